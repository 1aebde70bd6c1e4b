//! The forms of the post, each with its keys: who is it, a new PIN, the float, the count, and what it came to.

use crate::domain::cash::{Count, DENOMINATIONS};
use crate::domain::duty::{Duty, Reckoned};
use crate::domain::money::Rupiah;
use crate::domain::operator::{Denial, pin_is_fit};
use crate::domain::shift::ODD_FLOAT;
use crate::tui::keys::Chord;
use crate::tui::msg::Cmd;
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field, Typed};
use crate::tui::widget::pin::Pin;

#[derive(Default)]
pub(super) struct Login {
    pub chosen: usize,
    pub typed: String,
    pub pin: Pin,
    pub waits: bool,
    pub denied: Option<Denial>,
}

#[derive(Default)]
pub(super) struct NewPin {
    pub first: Pin,
    pub second: Pin,
    pub on_second: bool,
    pub waits: bool,
    pub wrong: Option<String>,
}

/// The cash a shift begins with.
pub(super) struct Opening {
    pub float: Field,
    /// What the shift before said it left.
    pub left: Option<Rupiah>,
    /// Why the sum was asked about; F9 says that it is right all the same.
    pub doubt: Option<Doubt>,
    pub waits: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Found less what was left.
    Differs(Rupiah),
    Large(Rupiah),
}

pub(super) struct Counting {
    pub pieces: Vec<Field>,
    pub focus: usize,
    pub waits: bool,
}

pub(super) struct Outcome {
    pub reckoned: Reckoned,
    pub reason: Field,
    pub missing: bool,
    pub waits: bool,
}

impl Login {
    pub fn key(&mut self, duty: &Duty, chord: Chord) -> Option<Cmd> {
        let last = duty.people.len().saturating_sub(1);
        match chord {
            _ if self.waits => {}
            Chord::Enter => {
                let name = duty.people.get(self.chosen).map(|(name, _)| name.clone())?;
                let pin = self.pin.take();
                if pin_is_fit(pin.reveal()) {
                    (self.waits, self.denied) = (true, None);
                    return Some(Cmd::Login { name, pin });
                }
                self.denied = Some(Denial::WrongPin { wait: 0 });
            }
            Chord::Up | Chord::BackTab => self.choose(self.chosen.saturating_sub(1)),
            Chord::Down | Chord::Tab => self.choose((self.chosen + 1).min(last)),
            Chord::Backspace if self.pin.is_empty() => drop(self.typed.pop()),
            _ if self.pin.key(chord) => self.denied = None,
            Chord::Char(c) => self.find(duty, &c.to_lowercase().collect::<String>()),
            _ => {}
        }
        None
    }

    /// The first name that begins with what was typed so far, else with this letter alone.
    fn find(&mut self, duty: &Duty, letter: &str) {
        for typed in [format!("{}{letter}", self.typed), letter.to_owned()] {
            let begins = |(name, _): &(String, _)| name.to_lowercase().starts_with(&typed);
            if let Some(found) = duty.people.iter().position(begins) {
                self.choose(found);
                self.typed = typed;
                return;
            }
        }
    }

    fn choose(&mut self, at: usize) {
        if at != self.chosen {
            self.pin.clear();
        }
        self.chosen = at;
        self.typed.clear();
    }
}

impl NewPin {
    pub fn key(&mut self, shell: &Shell, chord: Chord) -> Option<Cmd> {
        match chord {
            _ if self.waits => {}
            Chord::Enter if !self.on_second => self.on_second = !self.first.is_empty(),
            Chord::Tab | Chord::BackTab | Chord::Up | Chord::Down => self.on_second = !self.on_second,
            Chord::Enter => {
                let (first, second) = (self.first.take(), self.second.take());
                self.on_second = false;
                if first == second && pin_is_fit(first.reveal()) {
                    (self.waits, self.wrong) = (true, None);
                    return Some(Cmd::NewPin(first));
                }
                let unfit = (shell.words.duty.denial)(Denial::NewPinUnfit);
                self.wrong = Some(if first == second { unfit } else { shell.words.duty.not_same.to_owned() });
            }
            _ if self.on_second => drop(self.second.key(chord)),
            _ => drop(self.first.key(chord)),
        }
        None
    }
}

impl Opening {
    pub fn new(left: Option<Rupiah>) -> Self {
        let mut float = Field::new(Accept::Money, 9);
        if let Some(left) = left {
            float.set(&left.0.to_string());
        }
        Self { float, left, doubt: None, waits: false }
    }

    fn doubted(&self, sum: Rupiah) -> Option<Doubt> {
        match self.left {
            Some(left) => (sum != left).then(|| Doubt::Differs(sum - left)),
            None => (sum > ODD_FLOAT).then_some(Doubt::Large(sum)),
        }
    }

    /// Enter never answers what was asked.
    pub fn key(&mut self, chord: Chord) -> Option<Cmd> {
        let sum = Rupiah::parse(&self.float.text()).unwrap_or_default();
        match (chord, self.doubt) {
            _ if self.waits => {}
            (Chord::Enter, Some(_)) => {}
            (Chord::Enter | Chord::F(9), None) if self.doubted(sum).is_some() => self.doubt = self.doubted(sum),
            (Chord::Enter | Chord::F(9), _) => {
                self.waits = true;
                return Some(Cmd::OpenShift(sum));
            }
            _ => {
                if self.float.key(chord) == Typed::Edited {
                    self.doubt = None;
                }
            }
        }
        None
    }
}

impl Counting {
    pub fn new() -> Self {
        let pieces = DENOMINATIONS.iter().map(|_| Field::new(Accept::Money, 5)).collect();
        Self { pieces, focus: 0, waits: false }
    }

    pub fn total(&self) -> (Count, Rupiah) {
        let pieces: Vec<u32> = self.pieces.iter().map(|field| field.text().parse().unwrap_or_default()).collect();
        let count = Count::of(&pieces);
        let total = count.total();
        (count, total)
    }

    pub fn key(&mut self, chord: Chord) -> Option<Cmd> {
        let many = self.pieces.len();
        match chord {
            Chord::F(9) => {
                self.waits = true;
                return Some(Cmd::CountCash(self.total().0));
            }
            Chord::Enter | Chord::Tab | Chord::Down => self.focus = (self.focus + 1) % many,
            Chord::BackTab | Chord::Up => self.focus = (self.focus + many - 1) % many,
            _ => drop(self.pieces[self.focus].key(chord)),
        }
        None
    }
}

impl Outcome {
    pub fn new(reckoned: Reckoned) -> Self {
        Self { reckoned, reason: Field::new(Accept::Text, 60), missing: false, waits: false }
    }

    pub fn key(&mut self, chord: Chord) -> Option<Cmd> {
        let reason = self.reason.text().trim().to_owned();
        let differs = self.reckoned.variance() != Rupiah::ZERO;
        match chord {
            Chord::F(9) if differs && reason.is_empty() => self.missing = true,
            Chord::F(9) => {
                self.waits = true;
                return Some(Cmd::CloseShift { reason });
            }
            _ if differs => {
                self.missing = false;
                self.reason.key(chord);
            }
            _ => {}
        }
        None
    }
}
