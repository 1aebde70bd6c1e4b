//! What goes over a barrier's line and when. Sans-I/O: bytes, orders and moments go in, what to do comes out; nothing here
//! waits. `wire` carries it out.
//!
//! It never closes over an occupied loop: it closes only where the dialect has a word for it, the site asked for it, and
//! the loop has said since the last connection that it is free. A loop that was not heard of is not free (`due`).

mod due;
mod state;

use super::Order;
use crate::device::outcome::Outcome;
use crate::device::say;
use crate::domain::dialect::{Dialect, shown};
use crate::domain::lane::{Arm, Signal, Spot};
use crate::domain::view::DeviceState;
use std::collections::VecDeque;
use std::time::Duration;

/// An order older than this would open for the next vehicle: it is refused.
pub const TOO_LATE: Duration = Duration::from_secs(5);

/// A message that ends with silence ends after so long.
const IDLE: Duration = Duration::from_millis(60);

/// No controller says so much in one go.
const LONGEST: usize = 256;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ways {
    pub dialect: Dialect,
    /// So long the answer to an order is waited for.
    pub timeout: Duration,
    /// How long a relay is held.
    pub pulse: Duration,
    /// Close so long after the loop fell free; `None`: the barrier closes by itself.
    pub close_after: Option<Duration>,
    pub english: bool,
}

/// What is to be done now, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Send(Vec<u8>),
    Done(Order, Outcome),
    Heard(Signal),
    /// The connection was cut, or says nothing any more: what was heard of loops holds no longer.
    Cut,
    State(DeviceState),
    /// An order may still lie in the network: let go of the connection, so that it never arrives.
    Drop,
}

/// How the line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Down(String),
    /// Connected; nothing was heard yet where something should be.
    New,
    Well,
    Silent,
    /// Something comes that nobody understands.
    Babble,
    Fault(String),
}

pub struct Engine {
    ways: Ways,
    line: Line,
    shown: DeviceState,
    /// Of presence and safety, since the last connection.
    loops: [Option<bool>; 2],
    /// Since when none is occupied.
    free_since: Duration,
    arm: Option<Arm>,
    awaited: Option<(Order, Duration)>,
    waiting: VecDeque<(Duration, Order)>,
    release_at: Option<Duration>,
    /// An opening at this moment was not closed yet.
    opened: Option<Duration>,
    heard: Duration,
    ping_at: Option<Duration>,
    buffer: Vec<u8>,
    buffered: Duration,
    echo: Vec<u8>,
}

fn place(spot: Spot) -> usize {
    match spot {
        Spot::Presence => 0,
        Spot::Safety => 1,
    }
}

impl Engine {
    pub fn new(ways: Ways) -> Self {
        Self {
            ways,
            line: Line::Down(String::new()),
            shown: DeviceState::Busy,
            loops: [None; 2],
            free_since: Duration::ZERO,
            arm: None,
            awaited: None,
            waiting: VecDeque::new(),
            release_at: None,
            opened: None,
            heard: Duration::ZERO,
            ping_at: None,
            buffer: Vec::new(),
            buffered: Duration::ZERO,
            echo: Vec::new(),
        }
    }

    pub fn is_connected(&self) -> bool {
        !matches!(self.line, Line::Down(_))
    }

    fn pings(&self) -> bool {
        !self.ways.dialect.ping.is_empty() && self.ways.dialect.ping_ms > 0
    }

    pub fn connected(&mut self, at: Duration) -> Vec<Act> {
        let mut acts = Vec::new();
        self.forget();
        self.line = if self.pings() { Line::New } else { Line::Well };
        self.heard = at;
        let d = &self.ways.dialect;
        // A relay may have been held when the line was cut.
        for word in [&d.release, &d.status, &d.ping] {
            if !word.is_empty() {
                acts.push(Act::Send(word.clone()));
            }
        }
        self.ping_at = self.pings().then(|| at + ms(d.ping_ms));
        self.next_order(at, &mut acts);
        self.tell(acts)
    }

    /// The connection is gone, or could not be made: why, for people.
    pub fn lost(&mut self, why: String) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.is_connected() {
            acts.extend(self.cut());
        }
        if let Some((order, _)) = self.awaited.take() {
            acts.push(Act::Done(order, Outcome::Unknown));
        }
        for (_, order) in std::mem::take(&mut self.waiting) {
            acts.push(Act::Done(order, Outcome::Failed(why.clone())));
        }
        self.forget();
        self.shown = DeviceState::Failed(why.clone());
        self.line = Line::Down(why);
        // Always: what was to be told when the line broke may not have been.
        acts.push(Act::State(self.shown.clone()));
        acts
    }

    fn forget(&mut self) {
        self.loops = [None; 2];
        self.arm = None;
        self.release_at = None;
        self.ping_at = None;
        self.buffer.clear();
        self.echo.clear();
    }

    /// `put` is when it was asked for.
    pub fn order(&mut self, at: Duration, put: Duration, order: Order) -> Vec<Act> {
        let mut acts = Vec::new();
        if let Line::Down(why) = &self.line {
            acts.push(Act::Done(order, Outcome::Failed(why.clone())));
        } else {
            self.waiting.push_back((put, order));
            self.next_order(at, &mut acts);
        }
        self.tell(acts)
    }

    fn next_order(&mut self, at: Duration, acts: &mut Vec<Act>) {
        while self.awaited.is_none()
            && let Some((put, order)) = self.waiting.pop_front()
        {
            let english = self.ways.english;
            if at.saturating_sub(put) > TOO_LATE {
                let why = say(english, "terlambat, tidak dibuka", "too late, not opened");
                acts.push(Act::Done(order, Outcome::Failed(why.to_owned())));
                continue;
            }
            let d = &self.ways.dialect;
            if d.open.is_empty() {
                let why = say(english, "dialek ini tidak dapat membuka", "this dialect cannot open");
                acts.push(Act::Done(order, Outcome::Failed(why.to_owned())));
                continue;
            }
            acts.push(Act::Send(d.open.clone()));
            self.opened = Some(at);
            if !d.release.is_empty() {
                self.release_at = Some(at + self.ways.pulse);
            }
            self.echo.clear();
            if d.acks || d.echoes {
                self.awaited = Some((order, at + self.ways.timeout));
            } else {
                acts.push(Act::Done(order, Outcome::Unknown));
            }
        }
    }

    pub fn bytes(&mut self, at: Duration, bytes: &[u8]) -> Vec<Act> {
        let mut acts = Vec::new();
        if !self.is_connected() {
            return acts;
        }
        if self.ways.dialect.echoes {
            self.echoed(at, bytes, &mut acts);
        } else {
            for byte in bytes {
                self.buffer.push(*byte);
                self.buffered = at;
                if let Some(message) = self.message() {
                    self.understand(at, &message, &mut acts);
                }
                if self.buffer.len() > LONGEST {
                    self.babble();
                }
            }
        }
        self.tell(acts)
    }

    /// Relays that repeat what they did.
    fn echoed(&mut self, at: Duration, bytes: &[u8], acts: &mut Vec<Act>) {
        self.echo.extend_from_slice(bytes);
        let open = self.ways.dialect.open.clone();
        if !open.is_empty() && self.echo.windows(open.len()).any(|w| w == open) {
            self.echo.clear();
            self.well(at);
            if let Some((order, _)) = self.awaited.take() {
                acts.push(Act::Done(order, Outcome::Ok));
            }
            self.next_order(at, acts);
        }
        let surplus = self.echo.len().saturating_sub(LONGEST);
        self.echo.drain(..surplus);
    }

    /// A whole message off the buffer, as text between its marks.
    fn message(&mut self) -> Option<Vec<u8>> {
        let d = &self.ways.dialect;
        if d.ends.is_empty() || !self.buffer.ends_with(&d.ends) {
            return None;
        }
        let whole = std::mem::take(&mut self.buffer);
        let inner = &whole[..whole.len() - d.ends.len()];
        let from = if d.begins.is_empty() {
            0
        } else {
            inner.windows(d.begins.len()).rposition(|w| w == d.begins)? + d.begins.len()
        };
        Some(inner[from..].to_vec())
    }

    fn understand(&mut self, at: Duration, message: &[u8], acts: &mut Vec<Act>) {
        // A mark written in UTF-8 leaves its first byte behind; what steers a terminal is nobody's to send.
        let text: String = message.iter().filter(|b| (b' '..=b'~').contains(b)).map(|b| char::from(*b)).collect();
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let mut signals = self.ways.dialect.understand(text);
        // A level that is told again is no second vehicle.
        if signals.contains(&Signal::Loop(Spot::Safety, false)) && self.loops[place(Spot::Safety)] != Some(true) {
            signals.retain(|signal| *signal != Signal::Passed);
        }
        if signals.is_empty() {
            self.babble();
            return;
        }
        tracing::debug!(target: "gate", said = %shown(message), "palang");
        let fault = signals.iter().any(|s| matches!(s, Signal::Fault(_)));
        self.well(at);
        if self.answers(&signals)
            && let Some((order, _)) = self.awaited.take()
        {
            acts.push(Act::Done(order, Outcome::Ok));
            self.next_order(at, acts);
        }
        for signal in signals {
            self.signal(at, signal, acts);
        }
        if fault {
            self.line = Line::Fault(text.to_owned());
        }
    }

    /// Whether a message says that the order was carried out. That the arm is up says so only if it was not before, or in a
    /// dialect without a word for it.
    fn answers(&self, signals: &[Signal]) -> bool {
        let d = &self.ways.dialect;
        let up = signals.iter().any(|s| matches!(s, Signal::Arm(Arm::Opening | Arm::Open)));
        let was_down = matches!(self.arm, Some(Arm::Closing | Arm::Closed));
        d.acks && (signals.contains(&Signal::Ack) || (up && (was_down || !d.tells_of_ack())))
    }

    fn signal(&mut self, at: Duration, signal: Signal, acts: &mut Vec<Act>) {
        match &signal {
            Signal::Alive | Signal::Ack => return,
            Signal::Loop(spot, on) => {
                let known = &mut self.loops[place(*spot)];
                // Where nobody says that it is free again, each word of it is another vehicle.
                if *known == Some(*on) && self.ways.dialect.tells_of(*spot) {
                    return;
                }
                *known = Some(*on);
                self.free_since = at;
            }
            Signal::Arm(arm) => {
                if self.arm == Some(*arm) {
                    return;
                }
                self.arm = Some(*arm);
                if *arm == Arm::Closed {
                    self.opened = None;
                }
            }
            Signal::Fault(why) => {
                if let Some((order, _)) = self.awaited.take() {
                    acts.push(Act::Done(order, Outcome::Failed(why.clone())));
                    self.next_order(at, acts);
                }
            }
            Signal::Button | Signal::Help | Signal::Passed | Signal::Card(_) => {}
        }
        acts.push(Act::Heard(signal));
    }

    /// Something was understood.
    fn well(&mut self, at: Duration) {
        self.heard = at;
        self.line = Line::Well;
    }

    fn babble(&mut self) {
        self.buffer.clear();
        if self.ways.dialect.hears_nothing() {
            return;
        }
        if !matches!(self.line, Line::Well | Line::Fault(_)) || !self.pings() {
            self.line = Line::Babble;
        }
    }

    pub fn tick(&mut self, at: Duration) -> Vec<Act> {
        let mut acts = Vec::new();
        if !self.is_connected() {
            return acts;
        }
        if self.ways.dialect.idle_ends && !self.buffer.is_empty() && at >= self.buffered + IDLE {
            let message = std::mem::take(&mut self.buffer);
            self.understand(at, &message, &mut acts);
        }
        if self.release_at.take_if(|due| at >= *due).is_some() {
            acts.push(Act::Send(self.ways.dialect.release.clone()));
        }
        if let Some((order, _)) = self.awaited.take_if(|(_, due)| at >= *due) {
            acts.push(Act::Done(order, Outcome::Unknown));
            acts.push(Act::Drop);
        } else {
            self.next_order(at, &mut acts);
        }
        if self.ping_at.is_some_and(|due| at >= due) {
            acts.push(Act::Send(self.ways.dialect.ping.clone()));
            self.ping_at = Some(at + ms(self.ways.dialect.ping_ms));
        }
        if self.silent_at().is_some_and(|due| at >= due) {
            self.line = Line::Silent;
            self.loops = [None; 2];
            self.arm = None;
            acts.extend(self.cut());
            acts.push(Act::Drop);
        }
        if self.close_at().is_some_and(|due| at >= due) {
            acts.push(Act::Send(self.ways.dialect.close.clone()));
            self.opened = None;
        }
        self.tell(acts)
    }
}

fn ms(count: u32) -> Duration {
    Duration::from_millis(u64::from(count))
}

#[cfg(test)]
mod tests;
