//! What stands before a gate's own page: who is it, a new PIN, a shift opened, counted and closed. While it does, it has
//! the keys, and what lies below waits untouched.

mod forms;
mod view;

use crate::domain::duty::{Duty, Need};
use crate::domain::operator::Role;
use crate::tui::glyphs;
use crate::tui::keys::Chord;
use crate::tui::msg::{Cmd, Level, Msg};
use crate::tui::shell::Shell;
use forms::{Counting, Login, NewPin, Opening, Outcome};

enum Stage {
    /// The page has the keys.
    Off,
    Login(Login),
    NewPin(NewPin),
    Open(Opening),
    Menu(usize),
    Waiting,
    Count(Counting),
    Outcome(Box<Outcome>),
    Slip {
        lines: Vec<String>,
        from: usize,
    },
}

/// A line of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Lock,
    Close,
    Open,
}

pub struct Post {
    duty: Duty,
    stage: Stage,
    /// "Nanti": the new PIN is asked for at the next login.
    later: bool,
}

fn counting() -> Stage {
    Stage::Count(Counting::new())
}

impl Post {
    pub fn new() -> Self {
        Self { duty: Duty::default(), stage: Stage::Off, later: false }
    }

    /// Whether it has the keys.
    pub fn covers(&self) -> bool {
        !matches!(self.stage, Stage::Off)
    }

    /// Whether this site works with logins or shifts at all.
    pub fn in_use(&self) -> bool {
        !self.duty.people.is_empty() || self.duty.shift.is_some()
    }

    /// The operator, where he has proved that he is a supervisor.
    pub fn own_supervisor(&self) -> Option<String> {
        let is = |role: &Role| *role >= Role::Supervisor;
        let mut people = self.duty.people.iter().filter(|(name, role)| *name == self.duty.operator && is(role));
        people.next().filter(|_| !self.duty.locked).map(|(name, _)| name.clone())
    }

    pub fn has_supervisors(&self) -> bool {
        self.duty.people.iter().any(|(_, role)| *role == Role::Supervisor)
    }

    fn need(&self) -> Need {
        match self.duty.need() {
            Need::NewPin if self.later => Duty { change_pin: false, ..self.duty.clone() }.need(),
            need => need,
        }
    }

    fn stage_for(&self, need: Need) -> Stage {
        match need {
            Need::Nothing => Stage::Off,
            Need::Login => {
                let chosen = self.duty.people.iter().position(|(name, _)| *name == self.duty.operator);
                Stage::Login(Login { chosen: chosen.unwrap_or_default(), ..Login::default() })
            }
            Need::NewPin => Stage::NewPin(NewPin::default()),
            Need::Open => self.opening(),
            Need::Relieve => counting(),
        }
    }

    fn opening(&self) -> Stage {
        Stage::Open(Opening::new(self.duty.handed.as_ref().map(|handed| handed.left)))
    }

    /// Whether what is shown is still what is needed.
    fn fits(&self, need: Need) -> bool {
        match &self.stage {
            Stage::Slip { .. } => true,
            Stage::Off => need == Need::Nothing,
            Stage::Login(_) => need == Need::Login,
            Stage::NewPin(_) => need == Need::NewPin,
            Stage::Open(_) => need == Need::Open || need == Need::Nothing && self.duty.shift.is_none(),
            Stage::Menu(_) => need == Need::Nothing,
            Stage::Waiting | Stage::Count(_) | Stage::Outcome(_) => {
                matches!(need, Need::Nothing | Need::Relieve) && self.duty.shift.is_some()
            }
        }
    }

    fn settle(&mut self) {
        self.stage = self.stage_for(self.need());
    }

    /// F12.
    pub fn open_menu(&mut self) {
        self.stage = Stage::Menu(0);
    }

    fn choices(&self) -> Vec<Choice> {
        let till = if self.duty.shift.is_some() { Choice::Close } else { Choice::Open };
        let lock = (!self.duty.people.is_empty()).then_some(Choice::Lock);
        lock.into_iter().chain([till]).collect()
    }

    /// Takes what concerns it; `Err` gives back what does not.
    pub fn told(&mut self, shell: &mut Shell, msg: Msg) -> Result<bool, Box<Msg>> {
        match msg {
            Msg::Duty(duty) => {
                if *duty == self.duty {
                    return Ok(false);
                }
                let before = std::mem::replace(&mut self.duty, *duty);
                self.later &= before.operator == self.duty.operator && !self.duty.locked;
                shell.operator = self.person(shell);
                if before.shift.is_none() && self.duty.shift.is_some() && matches!(self.stage, Stage::Open(_)) {
                    shell.good(shell.words.duty.opened);
                }
                if before.change_pin && matches!(&self.stage, Stage::NewPin(new) if new.waits) {
                    shell.good(shell.words.duty.pin_changed);
                }
                if !self.fits(self.need()) {
                    self.settle();
                }
                Ok(true)
            }
            Msg::Denied(why) => {
                match &mut self.stage {
                    Stage::Login(login) => (login.waits, login.denied) = (false, Some(why)),
                    Stage::NewPin(new) => {
                        *new = NewPin { wrong: Some((shell.words.duty.denial)(why)), ..NewPin::default() };
                    }
                    _ => return Err(Box::new(Msg::Denied(why))),
                }
                Ok(true)
            }
            Msg::Reckoned(reckoned) => {
                self.stage = Stage::Outcome(Box::new(Outcome::new(reckoned)));
                Ok(true)
            }
            Msg::ShiftClosed(slip) => {
                shell.message = None;
                self.stage = Stage::Slip { lines: slip.lines(), from: 0 };
                Ok(true)
            }
            Msg::Refused(why) => {
                let waits = match &mut self.stage {
                    Stage::Open(opening) => &mut opening.waits,
                    Stage::Count(counting) => &mut counting.waits,
                    Stage::Outcome(outcome) => &mut outcome.waits,
                    _ => return Err(Box::new(Msg::Refused(why))),
                };
                if !std::mem::take(waits) {
                    return Err(Box::new(Msg::Refused(why)));
                }
                let text = (shell.words.say.refusal)(&why, &shell.zone);
                shell.say(Level::Error, text);
                Ok(true)
            }
            other => Err(Box::new(other)),
        }
    }

    /// Line 1's person: with the shift's beginning where one is open.
    fn person(&self, shell: &Shell) -> String {
        let name = if self.duty.locked { "-".to_owned() } else { glyphs::clean(&self.duty.operator) };
        match &self.duty.shift {
            Some(shift) => format!("{name}, {} {}", shell.words.duty.shift_since, shell.clock(shift.opened_at)),
            None => name,
        }
    }

    /// A key, while it covers the page.
    pub fn key(&mut self, shell: &mut Shell, chord: Chord) -> Vec<Cmd> {
        if chord == Chord::Esc && shell.has_error() {
            shell.message = None;
            return Vec::new();
        }
        let mut cmds = Vec::new();
        match &mut self.stage {
            Stage::Off => {}
            Stage::Login(login) => {
                if matches!(chord, Chord::Esc | Chord::F(10)) {
                    return vec![Cmd::Quit];
                }
                cmds.extend(login.key(&self.duty, chord));
            }
            Stage::NewPin(_) if chord == Chord::Esc => {
                self.later = true;
                self.settle();
            }
            Stage::NewPin(new) => cmds.extend(new.key(shell, chord)),
            Stage::Open(opening) if chord == Chord::Esc && !opening.waits => {
                if self.duty.people.is_empty() {
                    self.settle();
                } else {
                    cmds.push(Cmd::Lock);
                }
            }
            Stage::Open(opening) => cmds.extend(opening.key(chord)),
            Stage::Menu(_) => cmds.extend(self.menu(shell, chord)),
            Stage::Waiting => match chord {
                Chord::Char('y' | 'Y' | 'k' | 'K') => {
                    cmds.push(Cmd::SyncNow);
                    self.stage = counting();
                }
                Chord::Char('n' | 'N' | 't' | 'T') | Chord::Enter => self.stage = counting(),
                Chord::Esc => self.settle(),
                _ => {}
            },
            Stage::Count(counting) if counting.waits => {}
            Stage::Count(_) if chord == Chord::Esc => {
                if self.need() == Need::Relieve {
                    cmds.push(Cmd::Lock);
                } else {
                    self.settle();
                }
            }
            Stage::Count(counting) => cmds.extend(counting.key(chord)),
            Stage::Outcome(outcome) if outcome.waits => {}
            Stage::Outcome(_) if chord == Chord::Esc => self.stage = counting(),
            Stage::Outcome(outcome) => cmds.extend(outcome.key(chord)),
            Stage::Slip { lines, from } => match chord {
                Chord::Enter | Chord::Esc => self.settle(),
                Chord::Up => *from = from.saturating_sub(1),
                Chord::PageUp => *from = from.saturating_sub(10),
                Chord::Down => *from = (*from + 1).min(lines.len().saturating_sub(1)),
                Chord::PageDown => *from = (*from + 10).min(lines.len().saturating_sub(1)),
                _ => {}
            },
        }
        cmds
    }

    fn menu(&mut self, shell: &Shell, chord: Chord) -> Vec<Cmd> {
        let choices = self.choices();
        let Stage::Menu(at) = &mut self.stage else { return Vec::new() };
        let picked = match chord {
            Chord::Up => {
                *at = at.saturating_sub(1);
                None
            }
            Chord::Down => {
                *at = (*at + 1).min(choices.len() - 1);
                None
            }
            Chord::Enter => choices.get(*at),
            Chord::Char(c) => {
                c.to_digit(10).and_then(|n| choices.get(usize::try_from(n).unwrap_or(0).wrapping_sub(1)))
            }
            Chord::Esc | Chord::F(12) => {
                self.settle();
                None
            }
            _ => None,
        };
        match picked {
            Some(Choice::Lock) => return vec![Cmd::Lock],
            Some(Choice::Open) => self.stage = self.opening(),
            Some(Choice::Close) if shell.link.pending > 0 && shell.link.link.is_up() => {
                self.stage = Stage::Waiting
            }
            Some(Choice::Close) => self.stage = counting(),
            None => {}
        }
        Vec::new()
    }
}
