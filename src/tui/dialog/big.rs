//! The number of a saved ticket, or the money of a paid one, as large as the screen allows, until the next key.
//!
//! A letter or digit closes it and is not lost: it is the beginning of the next plate or ticket.

use super::{Answer, Reply};
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::{big, modal, put, put_centre};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Big {
    pub title: &'static str,
    pub number: String,
    /// In normal letters below.
    pub lines: Vec<String>,
    /// What to look at before the car goes.
    pub warnings: Vec<String>,
    /// F6 shows the QR of it.
    pub qr: bool,
    pub hint: &'static str,
}

impl Big {
    pub fn key(&self, chord: Chord) -> Reply {
        match chord {
            Chord::F(6) if self.qr => Reply::Done(Answer::Qr),
            Chord::Enter | Chord::Esc => Reply::Close,
            _ => Reply::Pass,
        }
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let theme = &shell.look.theme;
        let text = u16::try_from(self.lines.len() + self.warnings.len()).unwrap_or(4);
        let wide = (big::width(&self.number) + 8).clamp(60, 78);
        let tall = big::height(&shell.look) + text + 7;
        let room = modal::open(buf, &shell.look, area, (wide, tall), self.title);
        let left = room.x + room.width.saturating_sub(big::width(&self.number)) / 2;
        big::draw(&shell.look, buf, left, room.y + 1, &self.number, theme.strong);
        let mut y = room.y + 2 + big::height(&shell.look);
        for (i, line) in self.lines.iter().enumerate() {
            put_centre(buf, room, y, line, if i == 0 { theme.strong } else { theme.text });
            y += 1;
        }
        for warning in &self.warnings {
            put(buf, room.x, y, room.width, &format!("{} {warning}", shell.look.glyphs.warn), theme.warn);
            y += 1;
        }
        put_centre(buf, room, room.bottom().saturating_sub(1), self.hint, theme.dim);
    }
}
