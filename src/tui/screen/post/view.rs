//! The picture of what stands before a gate's page.
//!
//! ```text
//! Masuk A1  -                                               ◆ Database Terhubung
//!           ┌ Masuk petugas ───────────────────────────────┐
//!           │  ► Budi                                       │
//!           │    Sari           pengawas                    │
//!           │  PIN  ••••••_                                 │
//!           └───────────────────────────────────────────────┘
//! ```

use super::forms::{Counting, Doubt, Login, NewPin, Opening, Outcome};
use super::{Choice, Post, Stage};
use crate::domain::cash::DENOMINATIONS;
use crate::domain::duty::Need;
use crate::domain::money::Rupiah;
use crate::tui::glyphs::clean;
use crate::tui::shell::Shell;
use crate::tui::widget::{modal, put, put_right};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Names shown at once.
const NAMES: usize = 8;

impl Post {
    pub fn hints(&self, shell: &Shell) -> Vec<(&'static str, &'static str)> {
        let (d, c) = (shell.words.duty, &shell.words.common);
        match &self.stage {
            Stage::Off => Vec::new(),
            Stage::Login(_) => vec![("↑↓", c.choose), ("Enter", d.login_title), ("Esc", shell.words.keys.menu.0)],
            Stage::NewPin(_) => vec![("Enter", d.next_field), ("Esc", d.later)],
            Stage::Open(opening) => {
                vec![(if opening.doubt.is_some() { "F9" } else { "Enter" }, d.open_go), ("Esc", c.cancel)]
            }
            Stage::Menu(_) => vec![("↑↓", c.choose), ("Enter", shell.words.keys.open.0), ("Esc", c.close)],
            Stage::Waiting => vec![("Y", d.waiting_send), ("Enter", d.waiting_on), ("Esc", c.cancel)],
            Stage::Count(_) => vec![("Enter", d.next_field), ("F9", d.count_go), ("Esc", c.cancel)],
            Stage::Outcome(_) => vec![("F9", d.close_go), ("Esc", d.count_again)],
            Stage::Slip { .. } => vec![("↑↓", d.slip_scroll), ("Enter", c.close)],
        }
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let d = shell.words.duty;
        match &self.stage {
            Stage::Off => {}
            Stage::Login(login) => self.login(login, shell, area, buf),
            Stage::NewPin(new) => new_pin(new, shell, area, buf),
            Stage::Open(opening) => self.open(opening, shell, area, buf),
            Stage::Menu(at) => self.choose(*at, shell, area, buf),
            Stage::Waiting => {
                let room = modal::open(buf, &shell.look, area, (60, 9), d.waiting_title);
                let theme = &shell.look.theme;
                put(buf, room.x, room.y + 1, room.width, &(d.waiting)(shell.link.pending), theme.text);
                put(buf, room.x, room.y + 2, room.width, d.waiting_ask, theme.strong);
                let x = put(buf, room.x + 2, room.y + 4, 24, &format!("[Y] {}", d.waiting_send), theme.text);
                let on = format!("{}[N] {} ", shell.look.glyphs.pointer, d.waiting_on);
                put(buf, x + 4, room.y + 4, room.width, &on, theme.selected);
            }
            Stage::Count(counting) => self.count(counting, shell, area, buf),
            Stage::Outcome(outcome) => result(outcome, shell, area, buf),
            Stage::Slip { lines, from } => slip(lines, *from, shell, area, buf),
        }
    }

    fn login(&self, login: &Login, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (d, theme) = (shell.words.duty, &shell.look.theme);
        let shown = self.duty.people.len().min(NAMES);
        let tall = u16::try_from(shown).unwrap_or(8) + 8;
        let room = modal::open(buf, &shell.look, area, (68, tall), d.login_title);
        put(buf, room.x, room.y + 1, 11, d.who, theme.text);
        let from = login.chosen.saturating_sub(NAMES - 1);
        for (y, (i, (name, role))) in
            (room.y + 1..).zip(self.duty.people.iter().enumerate().skip(from).take(NAMES))
        {
            let here = i == login.chosen;
            let pointer = if here { shell.look.glyphs.pointer } else { " " };
            let style = if here { theme.selected } else { theme.text };
            put(buf, room.x + 11, y, 2, pointer, theme.strong);
            put(buf, room.x + 13, y, 30, &clean(name), style);
            put(buf, room.x + 45, y, room.width.saturating_sub(45), (d.role)(*role), theme.dim);
        }
        let y = room.y + 2 + u16::try_from(shown).unwrap_or(8);
        put(buf, room.x, y, 11, d.pin, theme.text);
        login.pin.draw(&shell.look, buf, (room.x + 13, y), !login.waits);
        let (text, style) = match (login.waits, login.denied) {
            (true, _) => (d.checking.to_owned(), theme.dim),
            (false, Some(why)) => ((d.denial)(why), theme.warn),
            (false, None) => (d.login_hint.to_owned(), theme.dim),
        };
        put(buf, room.x, y + 2, room.width, &text, style);
        if let Some(shift) = &self.duty.shift {
            let text = (d.login_shift)(&clean(&shift.operator), &shell.clock(shift.opened_at));
            put(buf, room.x, y + 3, room.width, &text, theme.strong);
        }
    }

    fn open(&self, opening: &Opening, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (d, theme) = (shell.words.duty, &shell.look.theme);
        let room = modal::open(buf, &shell.look, area, (66, 9), d.open_title);
        let (word, hint) = match &self.duty.handed {
            Some(handed) => {
                let text = (d.handed)(&clean(&handed.operator), &handed.left.to_string());
                put(buf, room.x, room.y + 1, room.width, &text, theme.strong);
                (d.accepted, d.handed_hint)
            }
            None => (d.float, d.float_hint),
        };
        let x = put(buf, room.x, room.y + 3, 14, word, theme.text).max(room.x + 14);
        let x = put(buf, x, room.y + 3, 3, "Rp ", theme.text);
        opening.float.draw(&shell.look, buf, (x, room.y + 3, 20), !opening.waits);
        let Some(doubt) = opening.doubt else {
            put(buf, room.x, room.y + 5, room.width, hint, theme.dim);
            return;
        };
        let said = match doubt {
            Doubt::Differs(by) => (d.float_differs)(&by.to_string()),
            Doubt::Large(sum) => (d.float_large)(&sum.to_string()),
        };
        put(buf, room.x, room.y + 5, room.width, &said, theme.warn);
        put(buf, room.x, room.y + 6, room.width, d.float_sure, theme.strong);
    }

    fn choose(&self, at: usize, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (d, theme) = (shell.words.duty, &shell.look.theme);
        let choices = self.choices();
        let tall = u16::try_from(choices.len()).unwrap_or(2) + 4;
        let room = modal::open(buf, &shell.look, area, (52, tall), d.menu_title);
        for (i, (y, choice)) in (room.y + 1..).zip(&choices).enumerate() {
            let word = match choice {
                Choice::Lock => d.menu_lock,
                Choice::Close => d.menu_close,
                Choice::Open => d.menu_open,
            };
            let here = i == at;
            let pointer = if here { shell.look.glyphs.pointer } else { " " };
            let style = if here { theme.selected } else { theme.text };
            put(buf, room.x, y, room.width, &format!("{pointer} {}  {word}", i + 1), style);
        }
    }

    fn count(&self, counting: &Counting, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (d, theme) = (shell.words.duty, &shell.look.theme);
        let title = match (&self.duty.shift, self.need()) {
            (Some(shift), Need::Relieve) => (d.relieve_title)(&clean(&shift.operator)),
            _ => d.count_title.to_owned(),
        };
        let room = modal::open(buf, &shell.look, area, (70, 13), &title);
        for (y, line) in (room.y..).zip(d.count_hint) {
            put(buf, room.x, y, room.width, line, theme.dim);
        }
        let rows = DENOMINATIONS.len().div_ceil(2);
        for (i, (value, field)) in DENOMINATIONS.iter().zip(&counting.pieces).enumerate() {
            let x = room.x + if i < rows { 2 } else { 34 };
            let y = room.y + 3 + u16::try_from(i % rows).unwrap_or(0);
            let here = i == counting.focus;
            put_right(buf, x + 9, y, 9, &Rupiah(*value).plain(), if here { theme.focus } else { theme.text });
            put(buf, x + 10, y, 1, "x", theme.dim);
            field.draw(&shell.look, buf, (x + 12, y, 8), here && !counting.waits);
        }
        put(buf, room.x + 2, room.y + 9, 20, d.counted, theme.text);
        put_right(buf, room.x + 34, room.y + 9, 22, &counting.total().1.to_string(), theme.strong);
    }
}

fn new_pin(new: &NewPin, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let (d, theme) = (shell.words.duty, &shell.look.theme);
    let room = modal::open(buf, &shell.look, area, (66, 11), d.new_pin_title);
    for (y, line) in (room.y + 1..).zip(d.new_pin_why) {
        put(buf, room.x, y, room.width, line, theme.text);
    }
    for (i, (word, pin)) in (0_u16..).zip([(d.new_pin, &new.first), (d.again, &new.second)]) {
        put(buf, room.x, room.y + 4 + i, 14, word, theme.text);
        pin.draw(&shell.look, buf, (room.x + 14, room.y + 4 + i), (i == 1) == new.on_second && !new.waits);
    }
    match &new.wrong {
        _ if new.waits => put(buf, room.x, room.y + 7, room.width, d.checking, theme.dim),
        Some(why) => put(buf, room.x, room.y + 7, room.width, why, theme.warn),
        None => room.x,
    };
}

fn result(outcome: &Outcome, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let (d, theme) = (shell.words.duty, &shell.look.theme);
    let room = modal::open(buf, &shell.look, area, (66, 11), d.result_title);
    let variance = outcome.reckoned.variance();
    let style = if variance == Rupiah::ZERO { theme.good } else { theme.warn };
    for (i, (word, sum, style)) in (0_u16..).zip([
        (d.counted, outcome.reckoned.counted, theme.text),
        (d.expected, outcome.reckoned.expected, theme.text),
        (d.variance, variance, style),
    ]) {
        put(buf, room.x, room.y + 1 + i, 14, word, theme.text);
        put_right(buf, room.x + 34, room.y + 1 + i, 20, &sum.to_string(), style);
    }
    if variance == Rupiah::ZERO {
        put(buf, room.x, room.y + 5, room.width, d.exact, theme.good);
        return;
    }
    put(buf, room.x, room.y + 5, 14, d.reason, theme.focus);
    outcome.reason.draw(
        &shell.look,
        buf,
        (room.x + 14, room.y + 5, room.width.saturating_sub(14)),
        !outcome.waits,
    );
    if outcome.missing {
        put(buf, room.x, room.y + 7, room.width, d.reason_missing, theme.warn);
    }
}

fn slip(lines: &[String], from: usize, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let theme = &shell.look.theme;
    let room = modal::open(buf, &shell.look, area, (38, area.height), shell.words.duty.slip_title);
    let from = from.min(lines.len().saturating_sub(usize::from(room.height)));
    for (y, line) in (room.y..room.bottom()).zip(&lines[from..]) {
        let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        put(buf, room.x + 1, y, room.width, &line, theme.text);
    }
    if from + usize::from(room.height) < lines.len() {
        put_right(buf, room.right(), room.bottom().saturating_sub(1), 1, "↓", theme.dim);
    }
}
