//! F11: the barrier is opened by hand. Asks why and who allows it; Enter only goes on to the next field, so that nothing
//! a scanner sends can open it.

use super::{Answer, Reply};
use crate::domain::desk::{OPEN_REASONS, OpenRequest};
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const FIELDS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    Why,
    Text,
    Supervisor,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Of `OPEN_REASONS`; nothing is proposed, least of all what asks nobody.
    why: Option<usize>,
    text: Field,
    supervisor: Field,
    focus: usize,
    missing: Option<Missing>,
}

impl Opening {
    pub fn empty() -> Self {
        Self {
            why: None,
            text: Field::new(Accept::Text, 60),
            supervisor: Field::new(Accept::Text, 40),
            focus: 0,
            missing: None,
        }
    }

    pub fn key(&mut self, chord: Chord) -> Reply {
        let reasons = OPEN_REASONS.len();
        if chord != Chord::F(9) {
            self.missing = None;
        }
        match chord {
            Chord::Esc => return Reply::Close,
            Chord::F(9) => return self.finish(),
            Chord::Enter | Chord::Tab => self.focus = (self.focus + 1) % FIELDS,
            Chord::BackTab => self.focus = (self.focus + FIELDS - 1) % FIELDS,
            Chord::Down if self.focus == 0 => self.why = Some(self.why.map_or(0, |why| (why + 1) % reasons)),
            Chord::Up if self.focus == 0 => {
                self.why = Some(self.why.map_or(reasons - 1, |why| (why + reasons - 1) % reasons));
            }
            Chord::Down => self.focus = (self.focus + 1) % FIELDS,
            Chord::Up => self.focus -= 1,
            Chord::Char(c) if self.focus == 0 => {
                let picked =
                    c.to_digit(10).and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=reasons).contains(n));
                if let Some(n) = picked {
                    self.why = Some(n - 1);
                    self.focus = 1;
                }
            }
            _ => {
                let field = if self.focus == 1 { &mut self.text } else { &mut self.supervisor };
                field.key(chord);
            }
        }
        Reply::Kept
    }

    fn finish(&mut self) -> Reply {
        let Some(why) = self.why else {
            (self.missing, self.focus) = (Some(Missing::Why), 0);
            return Reply::Kept;
        };
        let request = OpenRequest {
            why: OPEN_REASONS[why].to_owned(),
            text: self.text.text().trim().to_owned(),
            supervisor: self.supervisor.text().trim().to_owned(),
            // The seam for the supervisor's PIN: whoever checks it sets this.
            proven: false,
        };
        if request.is_complete() {
            return Reply::Done(Answer::Opening(request));
        }
        let no_text = request.why == "other" && request.text.is_empty();
        (self.missing, self.focus) =
            if no_text { (Some(Missing::Text), 1) } else { (Some(Missing::Supervisor), 2) };
        Reply::Kept
    }

    pub fn hints(&self, shell: &Shell) -> Vec<(&'static str, &'static str)> {
        vec![("Tab", shell.words.keys.field.1), ("F9", shell.words.lane.go), ("Esc", shell.words.common.cancel)]
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (words, theme, glyphs) = (shell.words.lane, &shell.look.theme, &shell.look.glyphs);
        let room = modal::open(buf, &shell.look, area, (66, 18), words.title);
        let x = room.x + 13;
        let wide = room.right().saturating_sub(x);
        let label = |focus: usize| if self.focus == focus { theme.focus } else { theme.text };
        put(buf, room.x, room.y, 12, words.why, label(0));
        for (i, (y, reason)) in (room.y..).zip(words.reasons).enumerate() {
            let chosen = self.why == Some(i);
            let mark = if chosen { glyphs.pointer } else { " " };
            let style = match (chosen, self.focus == 0) {
                (true, true) => theme.selected,
                (true, false) => theme.strong,
                (false, true) => theme.text,
                (false, false) => theme.dim,
            };
            put(buf, x - 1, y, wide + 1, &format!("{mark}{} {reason}", i + 1), style);
        }
        let y = room.y + 7;
        put(buf, room.x, y, 12, words.text, label(1));
        self.text.draw(&shell.look, buf, (x, y, wide), self.focus == 1);
        if self.text.is_empty() && self.why.is_none_or(|why| OPEN_REASONS[why] != "other") {
            put(buf, x + 2, y, wide.saturating_sub(2), words.text_hint, theme.dim);
        }
        put(buf, room.x, y + 2, 12, words.supervisor, label(2));
        self.supervisor.draw(&shell.look, buf, (x, y + 2, wide), self.focus == 2);
        if self.supervisor.is_empty() {
            put(buf, x + 2, y + 2, wide.saturating_sub(2), words.supervisor_hint, theme.dim);
        }
        let (said, style) = match self.missing {
            Some(Missing::Why) => (words.why_missing, theme.warn),
            Some(Missing::Text) => (words.text_missing, theme.warn),
            Some(Missing::Supervisor) => (words.supervisor_missing, theme.warn),
            None => (words.kept, theme.dim),
        };
        put(buf, room.x, y + 4, room.width, said, style);
        let go = format!("{}[F9] {} ", glyphs.pointer, words.go);
        let x = put(buf, room.x + 4, y + 6, room.width, &go, theme.selected);
        put(buf, x + 6, y + 6, room.width, &format!("[Esc] {}", shell.words.common.cancel), theme.text);
    }
}
