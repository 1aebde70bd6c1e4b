//! A ticket's QR on the screen, dark on light, two modules a character.
//!
//! Four light modules around it are the rule (ISO/IEC 18004); two are drawn, so that version 6 (41 modules) stands
//! in 24 rows: phones and the usual scanners read it, and the number is always beside it.

use super::put;
use crate::tui::shell::Look;
use qrcode::{Color, EcLevel, QrCode};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const QUIET: usize = 2;

/// A QR ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    side: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// `None` if the text does not fit any version.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let side = code.width();
        Some(Self { side, dark: code.to_colors().into_iter().map(|c| c == Color::Dark).collect() })
    }

    /// Columns and rows it takes; `None` where there are no half-blocks to draw it with.
    pub fn size(&self, look: &Look) -> Option<(u16, u16)> {
        look.glyphs.halves?;
        let side = self.side + 2 * QUIET;
        Some((u16::try_from(side).ok()?, u16::try_from(side.div_ceil(2)).ok()?))
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |v: usize| v.checked_sub(QUIET).filter(|v| *v < self.side);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark[y * self.side + x],
            _ => false,
        }
    }

    /// Draws it in the middle of `area`; `false`, and nothing drawn, if there is no room.
    pub fn draw(&self, look: &Look, buf: &mut Buffer, area: Rect) -> bool {
        let (Some((width, height)), Some([upper, lower, both])) = (self.size(look), look.glyphs.halves) else {
            return false;
        };
        if width > area.width || height > area.height {
            return false;
        }
        let (left, top) = (area.x + (area.width - width) / 2, area.y + (area.height - height) / 2);
        for row in 0..height {
            for column in 0..width {
                let (x, y) = (usize::from(column), usize::from(row) * 2);
                let symbol = match (self.is_dark(x, y), self.is_dark(x, y + 1)) {
                    (true, true) => both,
                    (true, false) => upper,
                    (false, true) => lower,
                    (false, false) => " ",
                };
                put(buf, left + column, top + row, 1, symbol, look.theme.qr);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::shell::Look;

    #[test]
    fn a_ticket_of_150_characters_stands_in_24_rows() {
        let text: String = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".chars().cycle().take(150).collect();
        let qr = Qr::of(&text).unwrap();
        let (width, height) = qr.size(&Look::default()).unwrap();
        assert!(width <= 80 && height <= 23, "{width} x {height}");
    }

    #[test]
    fn the_corners_are_finders_within_a_light_rim() {
        let qr = Qr::of("A17K0042XR").unwrap();
        let last = qr.side + 2 * QUIET - 1;
        for rim in [0, 1, last - 1, last] {
            assert!((0..=last).all(|i| !qr.is_dark(i, rim) && !qr.is_dark(rim, i)));
        }
        assert!((QUIET..QUIET + 7).all(|x| qr.is_dark(x, QUIET)));
        assert!((QUIET..QUIET + 7).all(|x| !qr.is_dark(x, last - QUIET - 5)) || qr.is_dark(QUIET, last - QUIET));
    }
}
