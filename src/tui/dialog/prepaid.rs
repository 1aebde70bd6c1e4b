//! Bayar di depan: how much, what was handed over, and F9. No ticket before that; Enter never pays.

use super::{Answer, Reply};
use crate::domain::money::{MOST_TENDERED, Rupiah};
use crate::domain::payment::Payment;
use crate::domain::prepaid::Due;
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Sums offered by one digit, as at the exit.
const QUICK: usize = 5;

#[derive(Clone, Debug, PartialEq)]
pub struct Prepay {
    due: Due,
    /// Whose it is, for people.
    plate: String,
    cash: Field,
    short: bool,
}

impl Prepay {
    pub fn new(due: Due, plate: String) -> Self {
        Self { due, plate, cash: Field::new(Accept::Money, 9), short: false }
    }

    /// A single digit is a quick sum, nothing at all the exact one.
    fn tendered(&self) -> Rupiah {
        let (text, quick) = (self.cash.text(), self.due.amount.quick_amounts(QUICK));
        if let Ok(digit @ 1..=9) = text.parse::<usize>()
            && text.len() == 1
            && let Some(sum) = quick.get(digit - 1)
        {
            return *sum;
        }
        if text.is_empty() { self.due.amount } else { Rupiah::parse(&text).unwrap_or_default() }
    }

    pub fn key(&mut self, chord: Chord) -> Reply {
        match chord {
            Chord::Esc => return Reply::Close,
            Chord::F(9) => {
                let tendered = self.tendered();
                self.short = tendered < self.due.amount;
                if !self.short && tendered <= MOST_TENDERED {
                    return Reply::Done(Answer::Upfront(Payment::cash(tendered)));
                }
            }
            Chord::Enter => {
                let sum = self.tendered();
                self.cash.set(&sum.0.to_string());
            }
            _ => {
                self.short = false;
                self.cash.key(chord);
            }
        }
        Reply::Kept
    }

    pub fn hints(shell: &Shell) -> Vec<(&'static str, &'static str)> {
        vec![("F9", shell.words.floor.prepaid_go), ("Esc", shell.words.common.cancel)]
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (w, theme) = (shell.words.floor, &shell.look.theme);
        let room = modal::open(buf, &shell.look, area, (74, 13), w.prepaid_title);
        let x = room.x + 11;
        let what = format!("{}   {}", self.plate, shell.class_name(&self.due.class));
        put(buf, room.x, room.y + 1, room.width, &what, theme.text);
        put(buf, room.x, room.y + 3, 10, w.prepaid_due, theme.text);
        put(buf, x, room.y + 3, room.width, &self.due.amount.to_string(), theme.strong);
        let lines: Vec<String> = self.due.lines.iter().map(|line| (shell.words.say.fee_line)(line)).collect();
        put(buf, x + 14, room.y + 3, room.width.saturating_sub(25), &lines.join(", "), theme.dim);
        put(buf, room.x, room.y + 5, 10, w.prepaid_got, theme.focus);
        self.cash.draw(&shell.look, buf, (x, room.y + 5, 20), true);
        let quick = self.due.amount.quick_amounts(QUICK);
        let quick: Vec<String> =
            (1..).zip(quick).map(|(n, sum): (usize, _)| format!("[{n}] {}", sum.plain())).collect();
        put(buf, x, room.y + 6, room.width.saturating_sub(11), &quick.join("  "), theme.text);
        let change = self.tendered() - self.due.amount;
        let (text, style) = match (self.short, self.cash.is_empty()) {
            (true, _) => (w.prepaid_short.to_owned(), theme.warn),
            (false, false) if change >= Rupiah::ZERO => {
                (format!("{} {change}", shell.words.gate_out.change), theme.strong)
            }
            _ => (w.prepaid_hint.to_owned(), theme.dim),
        };
        put(buf, room.x, room.y + 8, room.width, &text, style);
        let go = format!("{}[F9] {} ", shell.look.glyphs.pointer, w.prepaid_go);
        let x = put(buf, room.x + 4, room.y + 9, room.width, &go, theme.selected);
        put(buf, x + 6, room.y + 9, room.width, &format!("[Esc] {}", shell.words.common.cancel), theme.text);
    }
}
