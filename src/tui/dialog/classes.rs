//! The class of a ticket that was taken down wrongly: one key names the right one.

use super::{Answer, Reply};
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    pub stay: Uuid,
    pub ticket: String,
    /// Its plate, for people.
    pub plate: String,
    /// What it is now.
    pub class: String,
}

impl Classes {
    pub fn key(&self, shell: &Shell, chord: Chord) -> Reply {
        let named = |c: char| shell.classes.iter().find(|class| class.key.eq_ignore_ascii_case(&c));
        match chord {
            Chord::Esc | Chord::Enter => Reply::Close,
            Chord::F(8) => Reply::Done(Answer::TakeBack {
                stay: self.stay,
                ticket: self.ticket.clone(),
                plate: self.plate.clone(),
            }),
            Chord::Char(c) => match named(c) {
                Some(class) if class.id == self.class => Reply::Close,
                Some(class) => Reply::Done(Answer::Class { stay: self.stay, class: class.id.clone() }),
                None => Reply::Kept,
            },
            _ => Reply::Kept,
        }
    }

    pub fn hints(&self, shell: &Shell) -> Vec<(&'static str, &'static str)> {
        vec![
            ("1-9", shell.words.gate_in.correct_pick),
            ("F8", shell.words.lost.take_back_title),
            ("Esc", shell.words.common.cancel),
        ]
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (w, theme) = (&shell.words.gate_in, &shell.look.theme);
        let rows = u16::try_from(shell.classes.len()).unwrap_or(9).min(12);
        let room = modal::open(buf, &shell.look, area, (56, rows + 9), w.correct_title);
        let ticket = format!("{}   {}", self.ticket, self.plate);
        put(buf, room.x, room.y + 1, room.width, &ticket, theme.strong);
        for (y, class) in (room.y + 3..).zip(shell.classes.iter().take(usize::from(rows))) {
            let now = class.id == self.class;
            let mark = if now { shell.look.glyphs.pointer } else { " " };
            let x = put(buf, room.x, y, room.width, mark, theme.text) + 1;
            let x = put(buf, x, y, room.width, &format!("[{}]", class.key), theme.key) + 1;
            let style = if now { theme.dim } else { theme.text };
            let x = put(buf, x, y, room.width, &shell.class_name(&class.id), style) + 2;
            if now {
                put(buf, x, y, room.width, w.correct_now, theme.dim);
            }
        }
        put(buf, room.x, room.y + 4 + rows, room.width, w.correct_hint, theme.dim);
        let x = put(buf, room.x, room.y + 5 + rows, room.width, "F8", theme.key) + 1;
        put(buf, x, room.y + 5 + rows, room.width, shell.words.lost.take_back_line, theme.dim);
    }
}
