//! The connection's life: made, lost, made again after a while; and the light that says so.

use super::{Action, COMPARE_AFTER, Comparing, Counting, Engine, Fault, Job, Ms, Phase, Request, STALLED};
use crate::central::ErrorClass;
use crate::domain::link::{DownReason, Link};
use crate::domain::view::SyncSummary;
use crate::journal::Scope;
use crate::sync::LinkState;

impl Engine {
    pub(super) fn tick(&mut self) {
        #[cfg(feature = "planted")]
        if planted!("no-timeout") && (self.job.is_some() || self.phase == Phase::Connecting) {
            self.asked_at = self.now;
        }
        match self.phase {
            Phase::Alone => {}
            Phase::Waiting { until } if until <= self.now => self.connect(),
            Phase::Waiting { .. } => {}
            Phase::Connecting | Phase::Homing if self.now < self.asked_at + STALLED => {}
            Phase::Up if self.job.is_none() || self.now < self.asked_at + STALLED => {
                if self.job.is_none() && self.ask_at.is_some_and(|at| at <= self.now) {
                    self.ask_at = None;
                    self.count(Counting::Ask);
                }
                if self.job.is_none() && self.count_at.is_some_and(|at| at <= self.now) {
                    self.count_at = None;
                    self.count(Counting::AfterUp);
                }
            }
            // The journal's own disk may be what hangs: then it is no fault of the connection's.
            Phase::Homing | Phase::Up if self.waits_for_the_journal() => self.asked_at = self.now,
            _ => self.lost(Fault {
                class: ErrorClass::Connection,
                reason: DownReason::Silent,
                text: "tidak ada jawaban".into(),
                closed: true,
            }),
        }
    }

    pub(super) fn heard(&mut self) {
        self.heard_at = self.now;
        self.asked_at = self.now;
    }

    pub(super) fn connect(&mut self) {
        self.conn += 1;
        self.phase = Phase::Connecting;
        self.asked_at = self.now;
        self.out.push(Action::Connect(self.conn));
    }

    /// The connection is gone or useless: down at once, tried again after a while, every row still where it was.
    pub(super) fn lost(&mut self, fault: Fault) {
        let stopped = format!("{:?}", fault.reason);
        // Who asked first is answered first.
        let told = std::mem::take(&mut self.told);
        self.to_answer.extend(told);
        self.answer();
        if let Some(Job::Send(sending)) = self.job.take() {
            self.stop(*sending, &stopped);
        }
        let dice = self.throw();
        self.phase = Phase::Waiting { until: self.now + self.backoff.next(dice).as_millis() as Ms };
        (self.ask_at, self.count_at) = (None, None);
        self.pull_wanted = false;
        self.set_link(Link::Down, Some(fault.reason));
        self.out.extend([Action::Disconnect, Action::Note(fault)]);
        self.turn_away(&stopped);
    }

    /// Without a connection nobody is kept waiting for one.
    pub(super) fn turn_away(&mut self, why: &str) {
        for request in std::mem::take(&mut self.requests) {
            if request.report {
                let summary = SyncSummary { stopped: Some(why.to_owned()), ..SyncSummary::default() };
                self.out.push(Action::Summary { summary, answer: request.answer });
            }
        }
        if self.photos > 0 {
            self.photos = 0;
            self.out.push(Action::NoPhoto);
        }
    }

    pub(super) fn throw(&mut self) -> u16 {
        // xorshift64: jitter needs to differ between terminals, no more.
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 24) as u16
    }

    pub(super) fn set_link(&mut self, link: Link, reason: Option<DownReason>) {
        let state = LinkState { link, reason };
        if self.link != state {
            self.link = state;
            self.out.push(Action::Link(state));
        }
    }

    pub(super) fn up(&mut self) {
        self.backoff.reset();
        self.phase = Phase::Up;
        self.comparing = Comparing::Due(self.now + COMPARE_AFTER);
        self.set_link(Link::Up, None);
        self.request(Request { scope: Scope::Flowing, report: false, retry_parked: false, answer: false });
        self.count(Counting::AfterUp);
    }
}
