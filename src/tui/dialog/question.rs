//! A yes-or-no question. Letters answer; Enter and Esc are always the harmless answer, which is the default.

use super::{Answer, Reply};
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::unicode::width;
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What the question is about; comes back with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Sync,
    PlateInside,
    Leave,
    /// Money by a clock that is doubted.
    Clock,
    /// Money although other money came in already.
    Besides,
    DuplicateRemove,
    DuplicateUndo,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub topic: Topic,
    pub title: &'static str,
    pub lines: Vec<String>,
    pub ask: String,
    /// Key and words of yes and no; every T and N is a no.
    pub yes: (char, &'static str),
    pub no: (char, &'static str),
}

impl Question {
    pub fn key(&self, chord: Chord) -> Reply {
        match chord {
            Chord::Char(c) if c.eq_ignore_ascii_case(&self.yes.0) => Reply::Done(Answer::Yes(self.topic)),
            Chord::Char('t' | 'T' | 'n' | 'N') | Chord::Enter | Chord::Esc => Reply::Done(Answer::No(self.topic)),
            _ => Reply::Kept,
        }
    }

    pub fn hints(&self) -> Vec<(&'static str, &'static str)> {
        vec![("Y", self.yes.1), ("Enter", self.no.1)]
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let theme = &shell.look.theme;
        let yes = format!("[{}] {}", self.yes.0, self.yes.1);
        let no = format!("{}[{}] {} ", shell.look.glyphs.pointer, self.no.0, self.no.1);
        let widest = self.lines.iter().chain([&self.ask]).map(|l| width(l)).max().unwrap_or(0);
        let wide = (widest + 4).max(width(&yes) + width(&no) + 16).max(46);
        let tall = u16::try_from(self.lines.len()).unwrap_or(4) + 8;
        let room = modal::open(buf, &shell.look, area, (wide + 4, tall), self.title);
        let mut y = room.y + 1;
        for line in &self.lines {
            put(buf, room.x, y, room.width, line, theme.text);
            y += 1;
        }
        y += 1;
        put(buf, room.x, y, room.width, &self.ask, theme.strong);
        let x = put(buf, room.x + 4, y + 2, room.width, &yes, theme.text);
        put(buf, x + 6, y + 2, room.right().saturating_sub(x + 6), &no, theme.selected);
    }
}
