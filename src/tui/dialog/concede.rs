//! F8 at the exit, its first three lines: a member's card, a voucher, free of charge. What is answered only reckons the
//! fee anew; F9 of the exit itself takes it.

use super::permit::Permit;
use super::{Answer, Reply};
use crate::domain::concession::{MemberChoice, VoucherSlip, reference};
use crate::domain::tariff::Voucher;
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What the exit is to be given.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Member(MemberChoice),
    Voucher(VoucherSlip),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Member,
    Voucher,
    Free,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Concede {
    kind: Kind,
    /// Card; or number and worth; or reason (a list) and note.
    fields: Vec<Field>,
    focus: usize,
    reason: usize,
    missing: Option<&'static str>,
}

impl Concede {
    fn new(kind: Kind, fields: Vec<Field>) -> Self {
        Self { kind, fields, focus: 0, reason: 0, missing: None }
    }

    pub fn member() -> Self {
        Self::new(Kind::Member, vec![Field::new(Accept::Plate, 40)])
    }

    pub fn voucher() -> Self {
        Self::new(Kind::Voucher, vec![Field::new(Accept::Plate, 40), Field::new(Accept::Text, 12)])
    }

    pub fn free() -> Self {
        Self::new(Kind::Free, vec![Field::new(Accept::Text, 0), Field::new(Accept::Text, 80)])
    }

    pub fn key(&mut self, shell: &Shell, chord: Chord) -> Reply {
        let (count, reasons) = (self.fields.len(), shell.free_reasons.len());
        let listed = self.kind == Kind::Free && self.focus == 0;
        match chord {
            Chord::Esc => return Reply::Close,
            Chord::F(9) => return self.finish(shell),
            // A card that is scanned is the whole answer; it reckons, and takes no money.
            Chord::Enter if self.kind == Kind::Member => return self.finish(shell),
            Chord::Down if listed => self.reason = (self.reason + 1) % reasons.max(1),
            Chord::Up if listed => self.reason = (self.reason + reasons.max(1) - 1) % reasons.max(1),
            Chord::Enter | Chord::Tab | Chord::Down => self.focus = (self.focus + 1) % count,
            Chord::BackTab | Chord::Up => self.focus = (self.focus + count - 1) % count,
            Chord::Char(c) if listed => {
                let picked =
                    c.to_digit(10).and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=reasons).contains(n));
                if let Some(n) = picked {
                    (self.reason, self.focus) = (n - 1, 1);
                }
            }
            _ => {
                self.missing = None;
                self.fields[self.focus].key(chord);
            }
        }
        Reply::Kept
    }

    fn finish(&mut self, shell: &Shell) -> Reply {
        let w = shell.words.members;
        let text = |n: usize| self.fields[n].text().trim().to_owned();
        match self.kind {
            Kind::Member if text(0).is_empty() => Reply::Done(Answer::Concede(Part::Member(MemberChoice::None))),
            Kind::Member => Reply::Done(Answer::Concede(Part::Member(MemberChoice::Card(text(0))))),
            Kind::Voucher => {
                let Some(reference) = reference(&text(0)) else {
                    (self.missing, self.focus) = (Some(w.number_missing), 0);
                    return Reply::Kept;
                };
                let Some(worth) = Voucher::read(&text(1)) else {
                    (self.missing, self.focus) = (Some(w.worth_missing), 1);
                    return Reply::Kept;
                };
                Reply::Done(Answer::Concede(Part::Voucher(VoucherSlip { reference, worth })))
            }
            Kind::Free => match shell.free_reasons.get(self.reason) {
                Some(reason) => {
                    Reply::Done(Answer::Permit(Permit::Free { reason: reason.clone(), note: text(1) }))
                }
                None => Reply::Close,
            },
        }
    }

    pub fn hints(shell: &Shell) -> Vec<(&'static str, &'static str)> {
        let (w, c) = (shell.words.members, &shell.words.common);
        vec![("Tab", shell.words.keys.field.1), ("F9", w.go), ("Esc", c.cancel)]
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (w, theme) = (shell.words.members, &shell.look.theme);
        let listed = u16::try_from(shell.free_reasons.len()).unwrap_or(9).min(9);
        let (title, tall) = match self.kind {
            Kind::Member => (w.member_title, 9),
            Kind::Voucher => (w.voucher_title, 11),
            Kind::Free => (w.free_title, listed + 8),
        };
        let room = modal::open(buf, &shell.look, area, (66, tall), title);
        let x = room.x + 12;
        let wide = room.right().saturating_sub(x);
        let style = |n: usize| if n == self.focus { theme.focus } else { theme.text };
        let line = |buf: &mut Buffer, n: usize, y: u16, name: &str, hint: &str| {
            put(buf, room.x, y, 11, name, style(n));
            self.fields[n].draw(&shell.look, buf, (x, y, wide), n == self.focus);
            if self.fields[n].is_empty() {
                put(buf, x + 2, y, wide.saturating_sub(2), hint, theme.dim);
            }
        };
        let below = match self.kind {
            Kind::Member => {
                line(buf, 0, room.y + 1, w.card, w.card_hint);
                room.y + 3
            }
            Kind::Voucher => {
                line(buf, 0, room.y + 1, w.number, "");
                line(buf, 1, room.y + 3, w.worth, w.worth_hint);
                room.y + 5
            }
            Kind::Free => {
                put(buf, room.x, room.y + 1, 11, w.why, style(0));
                for (i, (y, reason)) in (room.y + 1..room.y + 1 + listed).zip(&shell.free_reasons).enumerate() {
                    let chosen = i == self.reason;
                    let mark = if chosen { shell.look.glyphs.pointer } else { " " };
                    let style = match (chosen, self.focus == 0) {
                        (true, true) => theme.selected,
                        (true, false) => theme.strong,
                        (false, true) => theme.text,
                        (false, false) => theme.dim,
                    };
                    put(buf, x - 1, y, wide + 1, &format!("{mark}{} {reason}", i + 1), style);
                }
                line(buf, 1, room.y + 2 + listed, w.note, w.note_hint);
                room.y + 4 + listed
            }
        };
        let (said, style) = match self.missing {
            Some(missing) => (missing, theme.warn),
            None if self.kind == Kind::Member => (w.nobody, theme.dim),
            None => ("", theme.dim),
        };
        put(buf, room.x, below, room.width, said, style);
    }
}
