//! Numbers a driver can read through the window: a 5x7 letter, half-blocks of the console or plain characters.

use super::put;
use crate::tui::shell::Look;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns of one letter with the gap behind it.
pub const ADVANCE: u16 = 6;

/// Rows the letters take with this look.
pub fn height(look: &Look) -> u16 {
    if look.glyphs.halves.is_some() { 4 } else { 7 }
}

/// Columns a text takes.
pub fn width(text: &str) -> u16 {
    u16::try_from(text.chars().count()).unwrap_or(u16::MAX).saturating_mul(ADVANCE).saturating_sub(1)
}

/// Draws upper-case letters, digits, dot and dash; anything else is a gap.
pub fn draw(look: &Look, buf: &mut Buffer, x: u16, y: u16, text: &str, style: Style) {
    let mut x = x;
    for c in text.chars() {
        let rows = letter(c);
        for column in 0..5_u16 {
            let on = |row: usize| rows.get(row).is_some_and(|bits| bits >> (4 - column) & 1 == 1);
            match look.glyphs.halves {
                Some([upper, lower, both]) => {
                    for pair in 0..4_u16 {
                        let row = usize::from(pair) * 2;
                        let symbol = match (on(row), on(row + 1)) {
                            (true, true) => both,
                            (true, false) => upper,
                            (false, true) => lower,
                            (false, false) => continue,
                        };
                        put(buf, x + column, y + pair, 1, symbol, style);
                    }
                }
                None => {
                    for row in (0..7_u16).filter(|row| on(usize::from(*row))) {
                        put(buf, x + column, y + row, 1, "#", style);
                    }
                }
            }
        }
        x += ADVANCE;
    }
}

/// As large as `area` has room for, centred in it; at least as `draw` has it.
pub fn fill(look: &Look, buf: &mut Buffer, area: Rect, text: &str, style: Style) {
    let letters = u16::try_from(text.chars().count()).unwrap_or(u16::MAX).max(1);
    let wide = (area.width + 1) / letters.saturating_mul(ADVANCE).max(1);
    // A console's cell is about twice as high as it is wide.
    let high = (wide.div_ceil(2)).min(area.height / 7);
    let full = match look.glyphs.halves {
        Some([.., full]) => full,
        None => "#",
    };
    if wide < 2 || high < 1 {
        let x = area.x + area.width.saturating_sub(width(text)) / 2;
        return draw(look, buf, x, area.y + area.height.saturating_sub(height(look)) / 2, text, style);
    }
    let left = area.x + (area.width + wide).saturating_sub(letters * ADVANCE * wide) / 2;
    let top = area.y + area.height.saturating_sub(7 * high) / 2;
    for (at, c) in (0_u16..).zip(text.chars()) {
        for (row, bits) in (0_u16..).zip(letter(c)) {
            for column in (0..5_u16).filter(|column| bits >> (4 - column) & 1 == 1) {
                let x = left + (at * ADVANCE + column) * wide;
                for (dx, dy) in (0..wide).flat_map(|dx| (0..high).map(move |dy| (dx, dy))) {
                    put(buf, x + dx, top + row * high + dy, 1, full, style);
                }
            }
        }
    }
}

/// Seven rows of five bits.
#[rustfmt::skip]
fn letter(c: char) -> [u8; 7] {
    match c.to_ascii_uppercase() {
        '0' => [0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E],
        '1' => [0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E],
        '2' => [0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F],
        '3' => [0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E],
        '4' => [0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02],
        '5' => [0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E],
        '6' => [0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E],
        '7' => [0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
        '8' => [0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E],
        '9' => [0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C],
        'A' => [0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11],
        'B' => [0x1E, 0x11, 0x11, 0x1E, 0x11, 0x11, 0x1E],
        'C' => [0x0E, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0E],
        'D' => [0x1E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1E],
        'E' => [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F],
        'F' => [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x10],
        'G' => [0x0E, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0F],
        'H' => [0x11, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11],
        'I' => [0x0E, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0E],
        'J' => [0x07, 0x02, 0x02, 0x02, 0x02, 0x12, 0x0C],
        'K' => [0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11],
        'L' => [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F],
        'M' => [0x11, 0x1B, 0x15, 0x15, 0x11, 0x11, 0x11],
        'N' => [0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11],
        'O' => [0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E],
        'P' => [0x1E, 0x11, 0x11, 0x1E, 0x10, 0x10, 0x10],
        'Q' => [0x0E, 0x11, 0x11, 0x11, 0x15, 0x12, 0x0D],
        'R' => [0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11],
        'S' => [0x0F, 0x10, 0x10, 0x0E, 0x01, 0x01, 0x1E],
        'T' => [0x1F, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04],
        'U' => [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E],
        'V' => [0x11, 0x11, 0x11, 0x11, 0x11, 0x0A, 0x04],
        'W' => [0x11, 0x11, 0x11, 0x15, 0x15, 0x1B, 0x11],
        'X' => [0x11, 0x11, 0x0A, 0x04, 0x0A, 0x11, 0x11],
        'Y' => [0x11, 0x11, 0x0A, 0x04, 0x04, 0x04, 0x04],
        'Z' => [0x1F, 0x01, 0x02, 0x04, 0x08, 0x10, 0x1F],
        '.' => [0x00, 0x00, 0x00, 0x00, 0x00, 0x0C, 0x0C],
        '-' => [0x00, 0x00, 0x00, 0x1F, 0x00, 0x00, 0x00],
        _ => [0; 7],
    }
}
