//! A PIN as it is typed: dots, and nothing that tells which.

use super::put;
use crate::domain::operator::MOST_DIGITS;
use crate::domain::secret::Secret;
use crate::tui::keys::Chord;
use crate::tui::shell::Look;
use ratatui::buffer::Buffer;

/// Its Debug shows dots too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pin(Secret);

impl Pin {
    pub fn is_empty(&self) -> bool {
        self.0.reveal().is_empty()
    }

    pub fn clear(&mut self) {
        self.0 = Secret::default();
    }

    /// What was typed; the field is empty afterwards.
    pub fn take(&mut self) -> Secret {
        std::mem::take(&mut self.0)
    }

    /// Whether the key was one of a PIN's.
    pub fn key(&mut self, chord: Chord) -> bool {
        let mut typed = self.0.reveal().to_owned();
        match chord {
            Chord::Char(c @ '0'..='9') if typed.len() < MOST_DIGITS => typed.push(c),
            Chord::Char('0'..='9') => {}
            Chord::Backspace if !typed.is_empty() => drop(typed.pop()),
            Chord::Ctrl('u') => typed.clear(),
            _ => return false,
        }
        self.0 = Secret::new(typed);
        true
    }

    pub fn draw(&self, look: &Look, buf: &mut Buffer, (x, y): (u16, u16), focused: bool) {
        let dots = look.glyphs.info.repeat(self.0.reveal().len());
        let style = if focused { look.theme.focus } else { look.theme.strong };
        let x = put(buf, x, y, 20, &dots, style);
        if focused {
            put(buf, x, y, 1, "_", look.theme.focus);
        }
    }
}
