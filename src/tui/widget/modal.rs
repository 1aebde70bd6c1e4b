//! The box a dialog stands in: in the middle, over whatever is behind it.

use super::{inner, panel_styled};
use crate::tui::shell::Look;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

/// Clears and frames a box of this size in the middle of `area`; gives the room inside.
pub fn open(buf: &mut Buffer, look: &Look, area: Rect, (width, height): (u16, u16), title: &str) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let at = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    Clear.render(at, buf);
    panel_styled(buf, look, at, title, look.theme.strong);
    inner(at)
}
