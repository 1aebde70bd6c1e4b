//! What a lane's hardware says and does: loops, arm, button. Pure: which opening a passing vehicle belongs to, and
//! whether a pressed button is a vehicle that wants a ticket. Moments count from any fixed start.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;
use uuid::Uuid;

/// Which way a lane leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    #[default]
    In,
    Out,
}

/// Where a loop lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// Before the barrier: a vehicle waits. Where there is but one loop, this is it.
    Presence,
    /// Under the boom.
    Safety,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    Opening,
    Open,
    Closing,
    Closed,
}

/// One thing a controller said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// It is there, and that is all.
    Alive,
    Button,
    Help,
    /// A loop is occupied (`true`) or free.
    Loop(Spot, bool),
    /// A vehicle went through.
    Passed,
    /// The order to open was carried out.
    Ack,
    Arm(Arm),
    /// In the controller's own words.
    Fault(String),
    Card(String),
}

/// By what a controller lets us know that a vehicle went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PassageBy {
    /// It says so itself.
    Passed,
    /// The loop under the boom was occupied and is free again.
    Safety,
    /// The only loop was, while the arm was not down.
    Presence,
    #[default]
    Nothing,
}

/// The barrier was told to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The `barrier_opened` fact's id.
    pub id: Uuid,
    pub stay: Option<Uuid>,
}

/// The way a vehicle went, by the order of the loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Backward,
    Unknown,
}

/// A vehicle went through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    pub by: PassageBy,
    pub direction: Direction,
    /// How long the loop was occupied, where that is known.
    pub ms: Option<u64>,
    /// The opening it used; `None`: nobody let it through.
    pub opening: Option<Opening>,
}

/// An opening nobody used for so long lets nobody through any more.
pub const OPENING_LASTS: Duration = Duration::from_secs(180);

/// A loop that is free for less than this is a loop that flickers.
const BOUNCE: Duration = Duration::from_millis(300);

/// The tail of one vehicle is not the next one.
const SAME_VEHICLE: Duration = Duration::from_millis(1500);

/// Pairs passages with openings, the oldest first: each opening lets one vehicle through.
#[derive(Debug, Default)]
pub struct Passages {
    by: PassageBy,
    openings: VecDeque<(Duration, Opening)>,
    presence: Option<Duration>,
    presence_freed: Option<Duration>,
    safety: Option<Duration>,
    safety_freed: Option<Duration>,
    /// Under the boom is still the vehicle that was counted: its loop flickers.
    tail: bool,
    /// Presence was occupied, or just before, when the vehicle came under the boom.
    came_forward: bool,
    /// The arm was up at some moment since the only loop became occupied.
    arm: Option<Arm>,
    arm_was_up: bool,
    last: Option<Duration>,
    /// A loop became occupied since the last passage.
    fresh: bool,
}

impl Passages {
    pub fn new(by: PassageBy) -> Self {
        Self { by, ..Self::default() }
    }

    pub fn opened(&mut self, at: Duration, opening: Opening) {
        self.openings.retain(|(opened, _)| at.saturating_sub(*opened) <= OPENING_LASTS);
        if self.by != PassageBy::Nothing {
            self.openings.push_back((at, opening));
        }
    }

    /// The arm certainly did not rise for it.
    pub fn failed(&mut self, id: Uuid) {
        self.openings.retain(|(_, opening)| opening.id != id);
    }

    /// The line was cut: what loops and arm said last is not what they say now.
    pub fn cut(&mut self) {
        (self.presence, self.safety, self.arm) = (None, None, None);
        (self.safety_freed, self.tail) = (None, false);
    }

    pub fn heard(&mut self, at: Duration, signal: &Signal) -> Option<Passage> {
        if *signal == Signal::Loop(Spot::Safety, true) {
            let bounces = self.safety_freed.is_some_and(|freed| at.saturating_sub(freed) < BOUNCE);
            self.tail = bounces && (self.tail || self.last >= self.safety_freed);
            self.fresh |= !self.tail;
        }
        self.fresh |= *signal == Signal::Loop(Spot::Presence, true);
        match signal {
            Signal::Loop(Spot::Presence, true) => {
                self.presence = Some(at);
                self.arm_was_up = matches!(self.arm, Some(Arm::Opening | Arm::Open | Arm::Closing));
                None
            }
            Signal::Loop(Spot::Presence, false) => {
                let since = self.presence.take();
                self.presence_freed = Some(at);
                let drove = self.by == PassageBy::Presence && self.arm_was_up;
                since.filter(|_| drove).and_then(|since| self.passed(at, Some(since), Direction::Unknown))
            }
            Signal::Loop(Spot::Safety, true) => {
                self.safety = Some(at);
                let just = self.presence_freed.is_some_and(|freed| at.saturating_sub(freed) <= SAME_VEHICLE * 2);
                self.came_forward = self.presence.is_some() || just;
                None
            }
            Signal::Loop(Spot::Safety, false) => {
                let since = self.safety.take()?;
                self.safety_freed = Some(at);
                if self.by != PassageBy::Safety || self.tail {
                    return None;
                }
                let direction = match (self.came_forward, self.presence.is_some_and(|p| p > since)) {
                    (true, _) => Direction::Forward,
                    (false, true) => Direction::Backward,
                    (false, false) => Direction::Unknown,
                };
                self.passed(at, Some(since), direction)
            }
            Signal::Passed if self.by == PassageBy::Passed => {
                let just = |then: Option<Duration>| then.is_some_and(|t| at.saturating_sub(t) < SAME_VEHICLE);
                if self.tail || (just(self.last) && !self.fresh) {
                    return None;
                }
                let since = self.safety.or(self.presence);
                let came = since.is_some() || just(self.presence_freed);
                let direction = if came { Direction::Forward } else { Direction::Unknown };
                self.passed(at, since, direction)
            }
            Signal::Arm(arm) => {
                self.arm = Some(*arm);
                self.arm_was_up |= *arm != Arm::Closed;
                None
            }
            _ => None,
        }
    }

    fn passed(&mut self, at: Duration, since: Option<Duration>, direction: Direction) -> Option<Passage> {
        self.last = Some(at);
        self.fresh = false;
        self.openings.retain(|(opened, _)| at.saturating_sub(*opened) <= OPENING_LASTS);
        // Who comes out through the entry uses nobody's opening.
        let takes = direction != Direction::Backward;
        let opening = if takes { self.openings.pop_front().map(|(_, opening)| opening) } else { None };
        let ms = since.map(|s| u64::try_from(at.saturating_sub(s).as_millis()).unwrap_or(u64::MAX));
        Some(Passage { by: self.by, direction, ms, opening })
    }
}

/// Why a pressed button gives no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// The loop says that nobody is there.
    NoVehicle,
    /// This vehicle has its ticket, or the finger has not left the button.
    Again,
}

/// One ticket a vehicle, however often the button is pressed.
#[derive(Debug)]
pub struct Press {
    guard: Duration,
    present: Option<bool>,
    served: bool,
    last: Option<Duration>,
}

impl Press {
    /// `guard`: presses closer together than this are one, whatever the loop says: loops flicker.
    pub fn new(guard: Duration) -> Self {
        Self { guard, present: None, served: false, last: None }
    }

    pub fn heard(&mut self, signal: &Signal) {
        match signal {
            Signal::Loop(Spot::Presence, on) => {
                // Occupied once more, and never free in between: this loop tells of arrivals alone.
                self.served &= *on && self.present != Some(true);
                self.present = Some(*on);
            }
            Signal::Passed => self.served = false,
            _ => {}
        }
    }

    /// The line was cut: what the loop said last is not what it says now.
    pub fn cut(&mut self) {
        self.present = None;
    }

    pub fn press(&mut self, at: Duration) -> Result<(), NotNow> {
        if self.present == Some(false) {
            return Err(NotNow::NoVehicle);
        }
        let again = self.last.is_some_and(|last| at.saturating_sub(last) < self.guard);
        if again || (self.served && self.present == Some(true)) {
            return Err(NotNow::Again);
        }
        self.last = Some(at);
        self.served = true;
        Ok(())
    }

    /// No ticket came of it after all.
    pub fn failed(&mut self) {
        self.served = false;
        self.last = None;
    }
}

/// The `reason` of an opening by hand.
pub const MANUAL: &str = "manual";

/// The body of a `barrier_opened` fact: the barrier was told to open, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarrierOpened {
    /// `entered`, `left` or `manual`.
    pub reason: String,
    pub stay: Option<Uuid>,
    /// By hand: the reason's code (`why`), what was written beside it, and who allowed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervisor: Option<String>,
    /// `ok`, `failed`, `unknown`; by hand `ordered`, and a `pulsed` fact follows: it is written before the arm rises.
    pub outcome: String,
    /// `unproven_supervisor`: nobody checked that it was he.
    #[serde(default)]
    pub flags: Vec<String>,
}

/// The body of a `pulsed` fact: what came of an opening that was written down before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulsed {
    pub opening: Uuid,
    /// `ok`, `failed` or `unknown`.
    pub outcome: String,
}

/// The body of a `passed` fact: a vehicle went through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// `safety`, `presence` or `controller`.
    pub r#loop: String,
    /// `in`, `out` or `unknown`.
    pub direction: String,
    pub ms: Option<u64>,
    /// The opening it used, and through it the stay; without one it is an orphan.
    pub opening: Option<Uuid>,
    pub stay: Option<Uuid>,
}

impl Passed {
    pub fn of(passage: &Passage, side: Side) -> Self {
        let direction = match (passage.direction, side) {
            (Direction::Unknown, _) => "unknown",
            (Direction::Forward, Side::In) | (Direction::Backward, Side::Out) => "in",
            (Direction::Backward, Side::In) | (Direction::Forward, Side::Out) => "out",
        };
        let spot = match passage.by {
            PassageBy::Safety => "safety",
            PassageBy::Presence => "presence",
            PassageBy::Passed | PassageBy::Nothing => "controller",
        };
        Self {
            r#loop: spot.to_owned(),
            direction: direction.to_owned(),
            ms: passage.ms,
            opening: passage.opening.as_ref().map(|o| o.id),
            stay: passage.opening.as_ref().and_then(|o| o.stay),
        }
    }
}

#[cfg(test)]
mod tests;
