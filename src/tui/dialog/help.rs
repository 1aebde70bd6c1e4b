//! Every key of the screen below, in words, from the same table that dispatches them.

use super::Reply;
use crate::tui::keys::{Binding, Chord};
use crate::tui::shell::Shell;
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub struct Help {
    pub table: &'static [Binding],
    pub from: usize,
}

impl Help {
    pub fn key(&mut self, chord: Chord) -> Reply {
        match chord {
            Chord::Down | Chord::PageDown => self.from = (self.from + 1).min(self.table.len().saturating_sub(1)),
            Chord::Up | Chord::PageUp => self.from = self.from.saturating_sub(1),
            _ => return Reply::Close,
        }
        Reply::Kept
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (d, theme) = (&shell.words.dialogs, &shell.look.theme);
        let rows: Vec<_> = self.table.iter().map(|b| (b.shown, (b.words)(&shell.words.keys).1)).collect();
        let rows: Vec<_> = rows.into_iter().filter(|(key, text)| !key.is_empty() && !text.is_empty()).collect();
        let tall = u16::try_from(rows.len()).unwrap_or(20) + 5;
        let room = modal::open(buf, &shell.look, area, (76, tall.min(area.height)), d.help_title);
        let list = room.height.saturating_sub(3);
        for (y, (key, text)) in (room.y + 1..).zip(rows.iter().skip(self.from).take(usize::from(list))) {
            put(buf, room.x, y, 10, key, theme.key);
            put(buf, room.x + 11, y, room.width.saturating_sub(11), text, theme.text);
        }
        let hidden = rows.len() > usize::from(list) + self.from;
        let hint = if hidden { d.help_scroll } else { d.help_more };
        put(buf, room.x, room.bottom().saturating_sub(1), room.width, hint, theme.dim);
    }
}
