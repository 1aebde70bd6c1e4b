//! The last exits of this gate: one of them is taken back, or was paid otherwise. A supervisor has to allow it; F9 asks
//! him, and Enter only goes on.

use super::permit::{Permit, named};
use super::{Answer, Reply};
use crate::domain::payment::{Method, Proof, Receipt, is_reference};
use crate::domain::undo::LastExit;
use crate::tui::glyphs::clean;
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::table::{self, column, figures};
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[derive(Clone, Debug, PartialEq)]
pub struct Undo {
    /// How it was paid is corrected; else the exit is taken back.
    method: Option<Method>,
    exits: Vec<LastExit>,
    selected: usize,
    proof: Field,
    reason: Field,
    focus: usize,
    missing: Option<&'static str>,
}

impl Undo {
    pub fn void(exits: Vec<LastExit>) -> Self {
        let (proof, reason) = (Field::new(Accept::Text, 40), Field::new(Accept::Text, 60));
        Self { method: None, exits, selected: 0, proof, reason, focus: 0, missing: None }
    }

    pub fn method(exits: Vec<LastExit>) -> Self {
        let mut undo = Self { method: Some(Method::Cash), ..Self::void(exits) };
        undo.propose();
        undo
    }

    /// Another way than the one on record.
    fn propose(&mut self) {
        let paid = self.exits.get(self.selected).map(|exit| exit.method.clone()).unwrap_or_default();
        if let Some(method) = &mut self.method
            && method.word() == paid
        {
            *method = if paid == Method::Cash.word() { Method::Qris } else { Method::Cash };
        }
    }

    fn next_method(&mut self) {
        let paid = self.exits.get(self.selected).map(|exit| exit.method.clone()).unwrap_or_default();
        if let Some(method) = &mut self.method {
            let at = Method::ALL.iter().position(|m| m == method).unwrap_or(0);
            let others = (1..=Method::ALL.len()).map(|n| Method::ALL[(at + n) % Method::ALL.len()]);
            *method = others.into_iter().find(|m| m.word() != paid).unwrap_or(*method);
        }
    }

    fn needs_proof(&self) -> bool {
        self.method.is_some_and(|method| method != Method::Cash)
    }

    /// The fields there are: list, method and proof where it is about them, reason.
    fn fields(&self) -> Vec<usize> {
        let mut fields = vec![0];
        fields.extend(self.method.map(|_| 1));
        fields.extend(self.needs_proof().then_some(2));
        fields.push(3);
        fields
    }

    fn go_on(&mut self, back: bool) {
        let fields = self.fields();
        let at = fields.iter().position(|f| *f == self.focus).unwrap_or(0);
        self.focus = fields[(at + if back { fields.len() - 1 } else { 1 }) % fields.len()];
    }

    pub fn key(&mut self, shell: &Shell, chord: Chord) -> Reply {
        match chord {
            Chord::Esc => return Reply::Close,
            Chord::F(9) => return self.finish(shell),
            Chord::Enter | Chord::Tab => self.go_on(false),
            Chord::BackTab => self.go_on(true),
            Chord::Down if self.focus == 0 => self.choose(self.selected + 1),
            Chord::Up if self.focus == 0 => self.choose(self.selected.saturating_sub(1)),
            Chord::Down => self.go_on(false),
            Chord::Up => self.go_on(true),
            Chord::Left | Chord::Right | Chord::Char(' ') | Chord::F(6) if self.focus == 1 => self.next_method(),
            _ => {
                self.missing = None;
                match self.focus {
                    2 => _ = self.proof.key(chord),
                    3 => _ = self.reason.key(chord),
                    _ => {}
                }
            }
        }
        Reply::Kept
    }

    fn choose(&mut self, row: usize) {
        self.selected = row.min(self.exits.len().saturating_sub(1));
        self.propose();
    }

    fn finish(&mut self, shell: &Shell) -> Reply {
        let w = shell.words.lost;
        let Some(exit) = self.exits.get(self.selected) else { return Reply::Close };
        let reason = self.reason.text().trim().to_owned();
        let reference = self.proof.text().trim().to_owned();
        if self.needs_proof() && !is_reference(&reference) {
            (self.missing, self.focus) = (Some(w.proof_missing), 2);
            return Reply::Kept;
        }
        if reason.is_empty() {
            (self.missing, self.focus) = (Some(w.reason_missing), 3);
            return Reply::Kept;
        }
        let exit = Box::new(exit.clone());
        Reply::Asks(Answer::Permit(match self.method {
            None => Permit::Void { exit, reason },
            Some(method) => {
                let receipt = self.needs_proof().then_some(Receipt { reference, proof: Proof::Seen });
                Permit::Method { exit, method, receipt, reason }
            }
        }))
    }

    pub fn hints(&self, shell: &Shell) -> Vec<(&'static str, &'static str)> {
        let c = &shell.words.common;
        if self.exits.is_empty() {
            return vec![("Esc", c.close)];
        }
        vec![
            ("↑↓", c.choose),
            ("Tab", shell.words.keys.field.1),
            ("F9", shell.words.duty.allow),
            ("Esc", c.cancel),
        ]
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (w, c, theme) = (shell.words.lost, &shell.words.common, &shell.look.theme);
        let title = if self.method.is_some() { w.method_title } else { w.void_title };
        let room = modal::open(buf, &shell.look, area, (72, 20), title);
        if self.exits.is_empty() {
            for (y, line) in (room.y + 1..).zip(w.undo_none) {
                put(buf, room.x, y, room.width, line, theme.text);
            }
            return;
        }
        let columns = [
            column(w.exit_at, 6),
            column(c.ticket, 10),
            column(c.class, 8),
            figures(shell.words.gate_out.total, 12),
            column(w.new_method, 0),
        ];
        let row = |exit: &LastExit| -> table::Row {
            let method = Method::parse(&exit.method).map_or_else(|| exit.method.clone(), |m| m.name().to_owned());
            let cells = [
                shell.clock(exit.at),
                named(exit).to_owned(),
                shell.class_name(&exit.class),
                exit.fee.to_string(),
                method,
            ];
            cells.into_iter().map(|cell| (clean(&cell), theme.text)).collect()
        };
        let rows: Vec<_> = self.exits.iter().map(row).collect();
        let list = Rect { height: 9, ..room };
        table::draw(&shell.look, buf, list, &columns, &rows, Some(self.selected));
        let x = room.x + 11;
        let wide = room.right().saturating_sub(x);
        let label = |focus: usize| if self.focus == focus { theme.focus } else { theme.text };
        let mut y = room.y + 10;
        if let Some(method) = self.method {
            put(buf, room.x, y, 10, w.new_method, label(1));
            put(buf, x, y, wide, method.name(), if self.focus == 1 { theme.selected } else { theme.strong });
            y += 1;
        }
        if self.needs_proof() {
            put(buf, room.x, y, 10, w.proof, label(2));
            self.proof.draw(&shell.look, buf, (x, y, wide), self.focus == 2);
            y += 1;
        }
        put(buf, room.x, y, 10, w.reason, label(3));
        self.reason.draw(&shell.look, buf, (x, y, wide), self.focus == 3);
        let (said, style) = self.missing.map_or((w.undo_hint, theme.dim), |missing| (missing, theme.warn));
        put(buf, room.x, y + 2, room.width, said, style);
    }
}
