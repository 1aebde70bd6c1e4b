//! An entry is taken back: the vehicle does not come in after all. Asks why; F9 asks the supervisor, and Enter does nothing.

use super::permit::Permit;
use super::{Answer, Reply};
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct TakeBack {
    stay: Uuid,
    ticket: String,
    /// Its plate, for people.
    plate: String,
    reason: Field,
    missing: bool,
}

impl TakeBack {
    pub fn new(stay: Uuid, ticket: &str, plate: &str) -> Self {
        let reason = Field::new(Accept::Text, 60);
        Self { stay, ticket: ticket.to_owned(), plate: plate.to_owned(), reason, missing: false }
    }

    pub fn key(&mut self, chord: Chord) -> Reply {
        match chord {
            Chord::Esc => return Reply::Close,
            Chord::F(9) => {
                let reason = self.reason.text().trim().to_owned();
                if !reason.is_empty() {
                    let (stay, ticket) = (self.stay, self.ticket.clone());
                    return Reply::Asks(Answer::Permit(Permit::TakeBack { stay, ticket, reason }));
                }
                self.missing = true;
            }
            Chord::Enter => {}
            _ => {
                self.missing = false;
                self.reason.key(chord);
            }
        }
        Reply::Kept
    }

    pub fn hints(shell: &Shell) -> Vec<(&'static str, &'static str)> {
        vec![("F9", shell.words.duty.allow), ("Esc", shell.words.common.cancel)]
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (w, theme) = (shell.words.lost, &shell.look.theme);
        let room = modal::open(buf, &shell.look, area, (70, 11), w.take_back_title);
        let ticket = format!("{}   {}", self.ticket, self.plate);
        put(buf, room.x, room.y + 1, room.width, &ticket, theme.strong);
        put(buf, room.x, room.y + 2, room.width, w.take_back_note, theme.text);
        let x = put(buf, room.x, room.y + 4, 10, w.reason, theme.focus) + 2;
        self.reason.draw(&shell.look, buf, (x, room.y + 4, room.right().saturating_sub(x)), true);
        let (said, style) =
            if self.missing { (w.reason_missing, theme.warn) } else { (w.take_back_hint, theme.dim) };
        put(buf, room.x, room.y + 6, room.width, said, style);
    }
}
