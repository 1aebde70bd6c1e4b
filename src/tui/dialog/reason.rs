//! Asks for a reason in words: nothing that an auditor reads later is done without one.

use super::{Answer, Reply};
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    field: Field,
    missing: bool,
}

impl Reason {
    pub fn empty() -> Self {
        Self { field: Field::new(Accept::Text, 120), missing: false }
    }

    pub fn key(&mut self, chord: Chord) -> Reply {
        let text = self.field.text().trim().to_owned();
        match chord {
            Chord::Esc => return Reply::Close,
            Chord::Enter if text.is_empty() => self.missing = true,
            Chord::Enter => return Reply::Done(Answer::Reason(text)),
            _ => {
                self.missing = false;
                self.field.key(chord);
            }
        }
        Reply::Kept
    }

    pub fn hints(&self, shell: &Shell) -> Vec<(&'static str, &'static str)> {
        vec![("Enter", shell.words.duplicates.reason_go), ("Esc", shell.words.common.cancel)]
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (words, theme) = (shell.words.duplicates, &shell.look.theme);
        let room = modal::open(buf, &shell.look, area, (70, 7), words.reason_title);
        let x = put(buf, room.x, room.y + 1, room.width, words.reason, theme.text) + 2;
        self.field.draw(&shell.look, buf, (x, room.y + 1, room.right().saturating_sub(x)), true);
        let (hint, style) = if self.missing {
            ((words.refused)(crate::domain::duplicates::Refused::ReasonEmpty), theme.warn)
        } else {
            (words.reason_hint, theme.dim)
        };
        put(buf, room.x, room.y + 3, room.width, hint, style);
    }
}
