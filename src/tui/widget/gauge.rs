//! A bar that shows how much of something is used.

use super::put;
use crate::tui::shell::Look;
use ratatui::buffer::Buffer;
use ratatui::style::Style;

/// `part` of `whole` as a bar of `room` cells. Anything at all shows one cell; only the whole fills it.
pub fn draw(look: &Look, buf: &mut Buffer, (x, y, room): (u16, u16, u16), part: u64, whole: u64, style: Style) {
    let cells = u64::from(room);
    let mut full = (part.min(whole) * cells).checked_div(whole).unwrap_or(0);
    if part > 0 {
        full = full.max(1);
    }
    for i in 0..room {
        let symbol = if u64::from(i) < full { look.glyphs.bar_full } else { look.glyphs.bar_rest };
        put(buf, x + i, y, 1, symbol, style);
    }
}
