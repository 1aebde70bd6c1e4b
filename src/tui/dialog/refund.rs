//! The fine of a lost ticket goes back: its code, and the sum where nobody here knows it. A supervisor has to allow it.

use super::permit::Permit;
use super::{Answer, Reply};
use crate::domain::lost;
use crate::domain::money::Rupiah;
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[derive(Clone, Debug, PartialEq)]
pub struct Refund {
    fields: [Field; 3],
    focus: usize,
    missing: Option<&'static str>,
}

impl Refund {
    pub fn empty() -> Self {
        let fields = [Field::new(Accept::Plate, 14), Field::new(Accept::Money, 9), Field::new(Accept::Text, 60)];
        Self { fields, focus: 0, missing: None }
    }

    pub fn key(&mut self, shell: &Shell, chord: Chord) -> Reply {
        match chord {
            Chord::Esc => return Reply::Close,
            Chord::F(9) => return self.finish(shell),
            Chord::Enter | Chord::Tab | Chord::Down => self.focus = (self.focus + 1) % 3,
            Chord::BackTab | Chord::Up => self.focus = (self.focus + 2) % 3,
            _ => {
                self.missing = None;
                self.fields[self.focus].key(chord);
            }
        }
        Reply::Kept
    }

    fn finish(&mut self, shell: &Shell) -> Reply {
        let w = shell.words.lost;
        let [code, amount, reason] = self.fields.each_ref().map(Field::text);
        let Some(code) = lost::read_code(&code) else {
            let whole = code.chars().filter(char::is_ascii_alphanumeric).count() == lost::CODE;
            (self.missing, self.focus) = (Some(if whole { w.code_wrong } else { w.code_missing }), 0);
            return Reply::Kept;
        };
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            (self.missing, self.focus) = (Some(w.reason_missing), 2);
            return Reply::Kept;
        }
        let amount = Rupiah::parse(&amount).ok().filter(|amount| *amount > Rupiah::ZERO);
        Reply::Asks(Answer::Permit(Permit::Refund { code, amount, reason }))
    }

    pub fn hints(shell: &Shell) -> Vec<(&'static str, &'static str)> {
        let c = &shell.words.common;
        vec![("Tab", shell.words.keys.field.1), ("F9", shell.words.duty.allow), ("Esc", c.cancel)]
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (w, theme) = (shell.words.lost, &shell.look.theme);
        let room = modal::open(buf, &shell.look, area, (66, 12), w.refund_title);
        let x = room.x + 10;
        let wide = room.right().saturating_sub(x);
        for (i, ((y, name), field)) in
            (room.y + 1..).step_by(2).zip([w.code, w.amount, w.reason]).zip(&self.fields).enumerate()
        {
            let on = i == self.focus;
            put(buf, room.x, y, 9, name, if on { theme.focus } else { theme.text });
            field.draw(&shell.look, buf, (x, y, wide), on);
            if i == 1 && field.is_empty() {
                put(buf, x + 2, y, wide.saturating_sub(2), w.amount_hint, theme.dim);
            }
        }
        if let Some(missing) = self.missing {
            put(buf, room.x, room.y + 7, room.width, missing, theme.warn);
        }
    }
}
