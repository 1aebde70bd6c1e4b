//! Names and values of one row, any key closes.

use crate::tui::shell::Shell;
use crate::tui::widget::{modal, put, wrap};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const WIDE: u16 = 66;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    pub title: String,
    pub lines: Vec<(&'static str, String)>,
}

impl Detail {
    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let theme = &shell.look.theme;
        let lines = self.lines.iter().flat_map(|(name, value)| {
            let rows = wrap(value, WIDE - 19).into_iter().enumerate();
            rows.map(move |(i, row)| (if i == 0 { *name } else { "" }, row))
        });
        let lines: Vec<_> = lines.collect();
        let tall = u16::try_from(lines.len()).unwrap_or(10) + 4;
        let room = modal::open(buf, &shell.look, area, (WIDE, tall), &self.title);
        for (y, (name, value)) in (room.y + 1..room.bottom()).zip(&lines) {
            put(buf, room.x, y, 14, name, theme.dim);
            put(buf, room.x + 15, y, room.width.saturating_sub(15), value, theme.text);
        }
    }
}
