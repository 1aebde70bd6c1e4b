//! F8 at the exit: what is not everyday, one digit each.

use super::{Answer, Reply};
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    Lost,
    Void,
    Method,
    Refund,
}

/// The digit of each, in the order in which they are shown.
const LIST: [(char, Special); 4] =
    [('4', Special::Lost), ('5', Special::Void), ('6', Special::Method), ('7', Special::Refund)];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct List {
    selected: usize,
}

impl List {
    pub fn key(&mut self, chord: Chord) -> Reply {
        match chord {
            Chord::Esc => return Reply::Close,
            Chord::Down | Chord::Tab => self.selected = (self.selected + 1) % LIST.len(),
            Chord::Up | Chord::BackTab => self.selected = (self.selected + LIST.len() - 1) % LIST.len(),
            Chord::Enter => return Reply::Done(Answer::Special(LIST[self.selected].1)),
            Chord::Char(c) => {
                if let Some((_, special)) = LIST.iter().find(|(digit, _)| *digit == c) {
                    return Reply::Done(Answer::Special(*special));
                }
            }
            _ => {}
        }
        Reply::Kept
    }

    pub fn hints(shell: &Shell) -> Vec<(&'static str, &'static str)> {
        vec![
            ("↑↓", shell.words.common.choose),
            ("Enter", shell.words.keys.open.0),
            ("Esc", shell.words.common.cancel),
        ]
    }

    pub fn view(self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (words, look) = (shell.words.lost, &shell.look);
        let tall = u16::try_from(LIST.len()).unwrap_or(4) + 4;
        let room = modal::open(buf, look, area, (46, tall), words.special_title);
        for (i, ((digit, _), word)) in LIST.iter().zip(words.special).enumerate() {
            let y = room.y + 1 + u16::try_from(i).unwrap_or(0);
            let chosen = i == self.selected;
            let mark = if chosen { look.glyphs.pointer } else { " " };
            let x = put(buf, room.x, y, room.width, mark, look.theme.text) + 1;
            let x = put(buf, x, y, room.width, &format!("[{digit}]"), look.theme.key) + 1;
            let style = if chosen { look.theme.selected } else { look.theme.text };
            put(buf, x, y, room.right().saturating_sub(x), &format!("{word} "), style);
        }
    }
}
