//! What the worker decides, without doing any of it: events and the time in, actions out. It knows no clock, no
//! connection and no disk, so that a simulation can give it every fault there is (`sim.rs`).
//!
//! One thing at a time is under way on the connection (`Job`), and none is begun whose limit could end later than
//! the badge may still be green by the last good answer: then a check goes first.

mod counting;
mod events;
mod link;
mod pace;
mod sending;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod tests;

use super::backoff::Backoff;
use super::{LinkState, Mode};
use crate::domain::link::{DownReason, Link};
use crate::domain::view::SyncSummary;
use crate::journal::Scope;
use counting::Counting;
pub use events::{Action, Fault, Input};
pub use pace::BATCH;
use pace::Pace;
use sending::Sending;
pub use sending::limit;
use std::collections::VecDeque;

/// Milliseconds of the worker's own monotonic clock.
pub type Ms = u64;

/// The badge is right within 12 s: after this long without a good answer a check goes out.
pub const CHECK_EVERY: Ms = 9_500;
pub const CHECK_LIMIT: Ms = 2_000;
/// A green badge is never older than this by the last good answer.
const HONEST: Ms = 11_600;
pub const PULL_LIMIT: Ms = 8_000;
pub const PHOTO_LIMIT: Ms = 5_000;
pub const COMPARE_LIMIT: Ms = 6_000;
/// A flapping cable must not flash dialogs: the question waits until the link held this long.
const ASK_AFTER: Ms = 3_000;
/// Ranges are compared at every connection and this often besides.
const COMPARE_EVERY: Ms = 3_600_000;
const COMPARE_AGAIN: Ms = 60_000;
/// What waits goes before the first comparison.
const COMPARE_AFTER: Ms = 1_000;
/// Every call has its own limit. Should one be silent past all of them, the connection is given up.
const STALLED: Ms = 20_000;

/// A sending somebody asked for.
#[derive(Clone, Copy, Debug)]
struct Request {
    scope: Scope,
    /// Progress and a summary are wanted.
    report: bool,
    retry_parked: bool,
    answer: bool,
}

#[derive(Debug)]
enum Job {
    /// Greets, then pulls. Behind the first of a connection one batch goes before the light is green.
    Check,
    Pull,
    Send(Box<Sending>),
    Photo,
    Compare,
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    /// Never enrolled: sells alone.
    Alone,
    Waiting {
        until: Ms,
    },
    Connecting,
    /// Connected, the light not green yet.
    Homing,
    Up,
}

/// How the comparison stands.
#[derive(Debug, PartialEq, Eq)]
enum Comparing {
    /// From when on a step is due.
    Due(Ms),
    /// The journal gathers; the connection does other work.
    Gathering,
    /// What was gathered goes as soon as nothing is more urgent.
    Gathered,
}

pub struct Engine {
    mode: Mode,
    phase: Phase,
    link: LinkState,
    conn: u32,
    sendings: u32,
    batches: u32,
    backoff: Backoff,
    pace: Pace,
    job: Option<Job>,
    requests: VecDeque<Request>,
    counting: VecDeque<Counting>,
    /// Summaries that wait for the spool files to go.
    told: Vec<SyncSummary>,
    /// And for the centre to have heard of it.
    to_answer: Vec<SyncSummary>,
    clearing: bool,
    check_wanted: bool,
    pull_wanted: bool,
    photos: u32,
    heard_at: Ms,
    pulled_at: Ms,
    asked_at: Ms,
    ask_at: Option<Ms>,
    count_at: Option<Ms>,
    comparing: Comparing,
    dice: u64,
    now: Ms,
    out: Vec<Action>,
}

impl Engine {
    pub fn new(enrolled: bool, mode: Mode, dice: u64) -> Self {
        Self {
            mode,
            phase: if enrolled { Phase::Waiting { until: 0 } } else { Phase::Alone },
            link: LinkState::default(),
            conn: 0,
            sendings: 0,
            batches: 0,
            backoff: Backoff::default(),
            pace: Pace::default(),
            job: None,
            requests: VecDeque::new(),
            counting: VecDeque::new(),
            told: Vec::new(),
            to_answer: Vec::new(),
            clearing: false,
            check_wanted: false,
            pull_wanted: false,
            photos: 0,
            heard_at: 0,
            pulled_at: 0,
            asked_at: 0,
            ask_at: None,
            count_at: None,
            comparing: Comparing::Due(0),
            dice: dice | 1,
            now: 0,
            out: Vec::new(),
        }
    }

    /// The connection of now.
    pub fn conn(&self) -> u32 {
        self.conn
    }

    /// When `Input::Tick` is due.
    pub fn wake_at(&self) -> Option<Ms> {
        match self.phase {
            Phase::Alone => None,
            Phase::Waiting { until } => Some(until),
            Phase::Connecting | Phase::Homing => Some(self.asked_at + STALLED),
            Phase::Up if self.job.is_some() => Some(self.asked_at + STALLED),
            Phase::Up => {
                let check = self.heard_at.min(self.pulled_at) + CHECK_EVERY;
                let compare = if let Comparing::Due(at) = self.comparing { at } else { Ms::MAX };
                Some(check.min(compare).min(self.ask_at.unwrap_or(Ms::MAX)).min(self.count_at.unwrap_or(Ms::MAX)))
            }
        }
    }

    /// Takes what happened at `now` and says what is to be done, in this order.
    pub fn handle(&mut self, now: Ms, input: Input) -> Vec<Action> {
        self.now = now.max(self.now);
        if self.phase == Phase::Alone {
            self.set_link(Link::Down, Some(DownReason::NotEnrolled));
        }
        self.take(input);
        self.go_on();
        std::mem::take(&mut self.out)
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Tick => self.tick(),
            Input::Recorded => self.request(self.flowing()),
            Input::PullWanted => self.pull_wanted = true,
            Input::Later => {
                self.ask_at = None;
                self.out.extend([Action::Defer, Action::Changed]);
            }
            Input::SendWanted { retry_parked, answer } => {
                self.ask_at = None;
                self.request(Request { scope: Scope::All, report: true, retry_parked, answer });
                if let Phase::Waiting { .. } = self.phase {
                    self.phase = Phase::Waiting { until: self.now };
                }
            }
            Input::PhotoWanted => self.photos += 1,
            Input::Connected(conn, done) if self.is_now(conn) => match done {
                Ok(()) => {
                    self.phase = Phase::Homing;
                    self.begin(Job::Check, Action::Greet(conn));
                }
                Err(fault) => self.lost(fault),
            },
            Input::Greeted(conn, done) if self.is_now(conn) => match done {
                Ok(()) => {
                    self.heard();
                    if !self.check_wanted {
                        self.answer();
                    }
                    match self.job {
                        Some(Job::Check) => self.begin(Job::Pull, Action::Pull(conn)),
                        Some(Job::Send(_)) => self.checked(),
                        _ => {}
                    }
                }
                Err(fault) => self.lost(fault),
            },
            Input::Heard(conn) if self.is_now(conn) => self.heard(),
            Input::Pulled(conn, done) if self.is_now(conn) => match done {
                Ok(()) => self.pulled(),
                Err(fault) => self.lost(fault),
            },
            Input::PhotoDone(conn, done) if self.is_now(conn) => self.minor(done.map(|()| 0)),
            Input::Trouble(conn, fault) if self.is_now(conn) => {
                if fault.closed {
                    self.lost(fault);
                } else {
                    self.check_wanted = true;
                    self.out.push(Action::Note(fault));
                }
            }
            Input::Gathered(conn, done) if self.is_now(conn) => {
                self.comparing = match done {
                    Ok(true) => Comparing::Gathered,
                    Ok(false) => Comparing::Due(self.now + COMPARE_EVERY),
                    Err(_) => Comparing::Due(self.now + COMPARE_AGAIN),
                };
            }
            Input::Compared(conn, done) if self.is_now(conn) => {
                // The next step, until nothing more is gathered.
                self.comparing = Comparing::Due(self.now + if done.is_ok() { 0 } else { COMPARE_AGAIN });
                if matches!(done, Ok(missing) if missing > 0) {
                    self.out.push(Action::Changed);
                    self.request(Request {
                        scope: Scope::Flowing,
                        report: false,
                        retry_parked: false,
                        answer: false,
                    });
                }
                self.minor(done);
            }
            Input::Answered(conn, batch, answer) if self.is_now(conn) => self.answered(batch, answer),
            Input::Rows(sending, rows) => self.rows(sending, rows),
            Input::Settled(sending, done) => self.settled(sending, done),
            Input::Counted(waiting) => self.counted(waiting),
            Input::Cleared { some } => self.cleared(some),
            // Of a connection that is gone: what it carried is sent again, and answered "already".
            Input::Connected(..)
            | Input::Greeted(..)
            | Input::Heard(_)
            | Input::Pulled(..)
            | Input::PhotoDone(..)
            | Input::Trouble(..)
            | Input::Gathered(..)
            | Input::Compared(..)
            | Input::Answered(..) => {}
        }
    }

    fn is_now(&self, conn: u32) -> bool {
        self.conn == conn && !matches!(self.phase, Phase::Alone | Phase::Waiting { .. })
    }

    fn begin(&mut self, job: Job, action: Action) {
        self.asked_at = self.now;
        self.job = Some(job);
        self.out.push(action);
    }

    fn pulled(&mut self) {
        self.heard();
        self.pulled_at = self.now;
        self.pull_wanted = false;
        if matches!(self.job, Some(Job::Send(_))) {
            return self.checked();
        }
        self.job = None;
        if self.phase == Phase::Homing {
            // What needs no question (this start's own fact) goes before the light turns green: one batch of it, for
            // what is sold while the light is red is an outage's.
            self.start(Request { scope: Scope::Flowing, report: false, retry_parked: false, answer: false });
        } else {
            self.request(self.flowing());
        }
    }

    /// However busy this gate is: what entered and left elsewhere is known here within 12 s.
    fn pull_is_due(&self) -> bool {
        self.now.saturating_sub(self.pulled_at) >= CHECK_EVERY
    }

    /// A photo or a comparison says nothing about money: only a dead connection counts, else a check finds out.
    fn minor(&mut self, done: Result<u64, Fault>) {
        self.job = None;
        match done {
            Ok(_) => self.heard(),
            Err(fault) if fault.closed => self.lost(fault),
            Err(fault) => {
                self.out.push(Action::Note(fault));
                self.begin(Job::Check, Action::Greet(self.conn));
            }
        }
    }

    /// Begins what is due, the most urgent first, when nothing is under way.
    fn go_on(&mut self) {
        match self.phase {
            Phase::Waiting { until } if until <= self.now => self.connect(),
            Phase::Waiting { .. } | Phase::Alone => {
                let why = format!("{:?}", self.link.reason.unwrap_or(DownReason::Unreachable));
                self.turn_away(&why);
            }
            Phase::Up if self.job.is_none() => self.next_job(),
            _ => {}
        }
    }

    fn next_job(&mut self) {
        let conn = self.conn;
        if matches!(self.comparing, Comparing::Due(at) if at <= self.now) {
            self.comparing = Comparing::Gathering;
            self.out.push(Action::Gather(conn));
        }
        let quiet = self.now.saturating_sub(self.heard_at);
        let may = |limit: Ms| quiet + limit <= HONEST;
        if quiet >= CHECK_EVERY || self.check_wanted || self.pull_is_due() {
            self.check_wanted = false;
            self.begin(Job::Check, Action::Greet(conn));
        } else if let Some(request) = self.requests.pop_front() {
            self.start(request);
        } else if self.pull_wanted || self.photos > 0 || self.comparing == Comparing::Gathered {
            // Each of them may take its whole limit, and a photo or a comparison a check behind it.
            let limit = PULL_LIMIT.max(PHOTO_LIMIT.max(COMPARE_LIMIT) + CHECK_LIMIT);
            if !may(limit) {
                self.begin(Job::Check, Action::Greet(conn));
            } else if self.pull_wanted {
                self.begin(Job::Pull, Action::Pull(conn));
            } else if self.photos > 0 {
                self.photos -= 1;
                self.begin(Job::Photo, Action::Photo(conn));
            } else {
                self.begin(Job::Compare, Action::Compare(conn));
            }
        }
    }
}
