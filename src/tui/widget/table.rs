//! Rows under headings, one of them chosen; the page that holds the chosen row is shown.

use super::unicode::width;
use super::{put, put_right};
use crate::tui::keys::Action;
use crate::tui::shell::Look;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// A column: its heading, its width in cells (0 takes what is left, at most once), figures at the right.
pub struct Column {
    pub title: &'static str,
    pub width: u16,
    pub right: bool,
}

pub fn column(title: &'static str, width: u16) -> Column {
    Column { title, width, right: false }
}

pub fn figures(title: &'static str, width: u16) -> Column {
    Column { title, width, right: true }
}

pub type Row = Vec<(String, Style)>;

/// Moves a choice among `count` rows as a key says, a page being `page` rows.
pub fn moved(selected: usize, action: Action, count: usize, page: usize) -> usize {
    let last = count.saturating_sub(1);
    let to = match action {
        Action::Up => selected.saturating_sub(1),
        Action::Down => selected + 1,
        Action::PageUp => selected.saturating_sub(page),
        Action::PageDown => selected + page,
        Action::Home => 0,
        Action::End => last,
        _ => selected,
    };
    to.min(last)
}

/// Draws headings (if any has a title) and the rows that fit.
pub fn draw(look: &Look, buf: &mut Buffer, area: Rect, columns: &[Column], rows: &[Row], selected: Option<usize>) {
    let fixed: u16 = columns.iter().map(|c| c.width).sum();
    let gaps = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(0) * 2;
    let rest = area.width.saturating_sub(fixed + gaps + 2);
    let wide = |c: &Column| if c.width == 0 { rest } else { c.width };
    let mut y = area.y;
    let line = |buf: &mut Buffer, y: u16, cells: &mut dyn Iterator<Item = (&str, Style)>| {
        let mut x = area.x + 2;
        for (c, (text, style)) in columns.iter().zip(cells) {
            let room = wide(c).min(area.right().saturating_sub(x));
            if c.right && width(text) <= room {
                put_right(buf, x + room, y, room, text, style);
            } else {
                put(buf, x, y, room, text, style);
            }
            x += room + 2;
        }
    };
    if columns.iter().any(|c| !c.title.is_empty()) {
        line(buf, y, &mut columns.iter().map(|c| (c.title, look.theme.dim)));
        y += 1;
    }
    let height = usize::from(area.bottom().saturating_sub(y)).max(1);
    let first = selected.map_or(0, |s| s / height * height);
    for (i, row) in rows.iter().enumerate().skip(first).take(height) {
        let chosen = selected == Some(i);
        line(buf, y, &mut row.iter().map(|(t, s)| (t.as_str(), *s)));
        if chosen {
            put(buf, area.x, y, 1, look.glyphs.pointer, look.theme.focus);
            buf.set_style(Rect { x: area.x, y, width: area.width, height: 1 }, look.theme.selected);
        }
        y += 1;
    }
}
