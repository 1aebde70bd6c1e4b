//! Things every screen is drawn with. Each draws itself and knows nothing of the screen around it.

pub mod badge;
pub mod big;
pub mod field;
pub mod footer;
pub mod gauge;
pub mod header;
pub mod message;
pub mod modal;
pub mod photo;
pub mod pin;
pub mod qr;
pub mod table;

use super::shell::Look;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Block, Widget};
use unicode::width;

/// Text at a place, cut at `room` cells; gives the column behind it.
pub fn put(buf: &mut Buffer, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
    let area = buf.area;
    if y < area.top() || y >= area.bottom() || x >= area.right() {
        return x;
    }
    buf.set_stringn(x, y, text, usize::from(room.min(area.right() - x)), style).0
}

/// Text that ends before column `right`.
pub fn put_right(buf: &mut Buffer, right: u16, y: u16, room: u16, text: &str, style: Style) {
    let length = width(text).min(room);
    put(buf, right.saturating_sub(length), y, length, text, style);
}

/// Text in the middle of a line of `area`.
pub fn put_centre(buf: &mut Buffer, area: Rect, y: u16, text: &str, style: Style) {
    let left = area.width.saturating_sub(width(text)) / 2;
    put(buf, area.x + left, y, area.width - left, text, style);
}

/// A bordered panel with a title; gives the room inside, two columns from the border.
pub fn panel(buf: &mut Buffer, look: &Look, area: Rect, title: &str) -> Rect {
    panel_styled(buf, look, area, title, look.theme.border)
}

pub fn panel_styled(buf: &mut Buffer, look: &Look, area: Rect, title: &str, border: Style) -> Rect {
    let area = area.intersection(buf.area);
    Block::bordered().border_set(look.glyphs.border).border_style(border).render(area, buf);
    if !title.is_empty() && area.width > 4 {
        put(buf, area.x + 1, area.y, area.width - 2, &format!(" {title} "), look.theme.title);
    }
    inner(area)
}

/// Inside a border, with a blank column at each side.
pub fn inner(area: Rect) -> Rect {
    Rect {
        x: area.x + 2.min(area.width),
        y: area.y + 1.min(area.height),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

/// `area` split into a left part of `left` columns and the rest.
pub fn columns(area: Rect, left: u16) -> (Rect, Rect) {
    let left = left.min(area.width);
    (Rect { width: left, ..area }, Rect { x: area.x + left, width: area.width - left, ..area })
}

/// `area` split into `top` rows and the rest.
pub fn rows(area: Rect, top: u16) -> (Rect, Rect) {
    let top = top.min(area.height);
    (Rect { height: top, ..area }, Rect { y: area.y + top, height: area.height - top, ..area })
}

/// Breaks at blanks into lines of at most `room` cells.
pub fn wrap(text: &str, room: u16) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let fits = lines.last().is_none_or(|l| l.is_empty() || width(l) + 1 + width(word) <= room);
        if !fits {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

pub mod unicode {
    //! Cells a text takes.

    /// In cells of a terminal.
    pub fn width(text: &str) -> u16 {
        u16::try_from(ratatui::text::Span::raw(text).width()).unwrap_or(u16::MAX)
    }
}
