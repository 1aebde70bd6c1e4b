//! A photo in half-blocks: a hint of the vehicle, never evidence; file and time always stand under it.

use super::{put, put_centre, wrap};
use crate::domain::view::{PhotoView, Picture};
use crate::tui::glyphs::clean;
use crate::tui::shell::{Colours, Shell};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

/// Lines a caption may take.
const CAPTION: usize = 2;

/// Draws the photo, or why there is none, and its caption on the last row.
pub fn draw(shell: &Shell, photo: &PhotoView, area: Rect, buf: &mut Buffer) {
    let (c, theme) = (&shell.words.common, &shell.look.theme);
    let word = match photo {
        PhotoView::Here(picture) => {
            let caption = wrap(&clean(&picture.caption), area.width);
            let lines = caption.len().min(CAPTION);
            let rows = area.height.saturating_sub(u16::try_from(lines).unwrap_or(1));
            paint(shell, picture, Rect { height: rows, ..area }, buf);
            for (y, line) in (area.y + rows..area.bottom()).zip(&caption) {
                put(buf, area.x, y, area.width, line, theme.dim);
            }
            return;
        }
        PhotoView::Empty => c.photo_none,
        PhotoView::Waiting => c.photo_waiting,
        PhotoView::NotArrived => c.photo_not_arrived,
        PhotoView::Missing => c.photo_missing,
    };
    let lines = wrap(word, area.width);
    let top = area.y + area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(1)).div_ceil(2);
    for (y, line) in (top..area.bottom()).zip(&lines) {
        put_centre(buf, area, y, line, theme.dim);
    }
}

type Rgb = [u8; 3];

/// The mean colour of a cell's part of the picture; black where the picture is broken.
fn mean(picture: &Picture, (x, y): (usize, usize), (columns, rows): (usize, usize)) -> Rgb {
    let (width, height) = (usize::from(picture.width), usize::from(picture.height));
    let (x0, x1) = (x * width / columns, ((x + 1) * width / columns).max(x * width / columns + 1));
    let (y0, y1) = (y * height / rows, ((y + 1) * height / rows).max(y * height / rows + 1));
    let (mut sum, mut count) = ([0_usize; 3], 0);
    for row in y0..y1.min(height) {
        for column in x0..x1.min(width) {
            if let Some(pixel) = picture.rgb.get((row * width + column) * 3..).and_then(|p| p.first_chunk::<3>()) {
                count += 1;
                sum.iter_mut().zip(pixel).for_each(|(s, p)| *s += usize::from(*p));
            }
        }
    }
    sum.map(|s| u8::try_from(s / count.max(1)).unwrap_or(u8::MAX))
}

/// The largest box of the picture's shape that fits, a cell being twice as high as wide.
fn fitted(picture: &Picture, area: Rect) -> Rect {
    let (w, h) = (u32::from(picture.width.max(1)), u32::from(picture.height.max(1)));
    let (columns, halves) = (u32::from(area.width), u32::from(area.height) * 2);
    let (columns, halves) =
        if columns * h <= halves * w { (columns, columns * h / w) } else { (halves * w / h, halves) };
    let width = u16::try_from(columns.max(1)).unwrap_or(area.width).min(area.width);
    let height = u16::try_from(halves.div_ceil(2).max(1)).unwrap_or(area.height).min(area.height);
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

fn paint(shell: &Shell, picture: &Picture, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let area = fitted(picture, area);
    let grid = (usize::from(area.width), usize::from(area.height) * 2);
    let (glyphs, colours) = (shell.look.glyphs, shell.look.colours);
    for row in 0..area.height {
        for column in 0..area.width {
            let at = (usize::from(column), usize::from(row) * 2);
            let upper = mean(picture, at, grid);
            let lower = mean(picture, (at.0, at.1 + 1), grid);
            let (x, y) = (area.x + column, area.y + row);
            match (glyphs.halves, colours) {
                (Some([half, ..]), Colours::Sixteen | Colours::Indexed | Colours::True) => {
                    let style = Style::new().fg(colour(upper, colours)).bg(colour(lower, colours));
                    put(buf, x, y, 1, half, style);
                }
                _ => {
                    let light = (u32::from(luma(upper)) + u32::from(luma(lower))) / 2;
                    let shade = usize::try_from(light * 5 / 256).unwrap_or(0);
                    put(buf, x, y, 1, glyphs.shades[shade.min(4)], Style::new());
                }
            }
        }
    }
}

fn luma([r, g, b]: Rgb) -> u8 {
    let sum = u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114;
    u8::try_from(sum / 1000).unwrap_or(u8::MAX)
}

/// The console's sixteen colours, as its own palette defines them.
#[rustfmt::skip]
const SIXTEEN: [(Color, Rgb); 16] = [
    (Color::Black, [0, 0, 0]), (Color::Red, [170, 0, 0]), (Color::Green, [0, 170, 0]), (Color::Yellow, [170, 85, 0]),
    (Color::Blue, [0, 0, 170]), (Color::Magenta, [170, 0, 170]), (Color::Cyan, [0, 170, 170]),
    (Color::Gray, [170, 170, 170]), (Color::DarkGray, [85, 85, 85]), (Color::LightRed, [255, 85, 85]),
    (Color::LightGreen, [85, 255, 85]), (Color::LightYellow, [255, 255, 85]), (Color::LightBlue, [85, 85, 255]),
    (Color::LightMagenta, [255, 85, 255]), (Color::LightCyan, [85, 255, 255]), (Color::White, [255, 255, 255]),
];

fn colour(rgb: Rgb, colours: Colours) -> Color {
    let [r, g, b] = rgb;
    match colours {
        Colours::True => Color::Rgb(r, g, b),
        Colours::Indexed => {
            let six = |v: u8| if v < 48 { 0 } else { ((u16::from(v) - 35) / 40).min(5) };
            Color::Indexed(u8::try_from(16 + 36 * six(r) + 6 * six(g) + six(b)).unwrap_or(16))
        }
        Colours::Mono | Colours::Sixteen => {
            let far = |other: &Rgb| -> u32 {
                rgb.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
            };
            SIXTEEN.iter().min_by_key(|(_, c)| far(c)).map_or(Color::Black, |(name, _)| *name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_picture_is_black_and_never_out_of_bounds() {
        let picture = Picture { width: 40, height: 30, rgb: vec![9; 10], caption: String::new() };
        assert_eq!(mean(&picture, (39, 29), (40, 30)), [0, 0, 0]);
        assert_eq!(mean(&picture, (0, 0), (40, 30)), [9, 9, 9]);
    }

    #[test]
    fn colours_of_each_depth() {
        assert_eq!(colour([250, 250, 250], Colours::Sixteen), Color::White);
        assert_eq!(colour([255, 0, 0], Colours::Indexed), Color::Indexed(196));
        assert_eq!(colour([1, 2, 3], Colours::True), Color::Rgb(1, 2, 3));
    }
}
