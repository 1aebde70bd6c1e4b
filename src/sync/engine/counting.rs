//! What waits, counted by the journal: for the question to the operator and for a report's total.

use super::{ASK_AFTER, Action, Engine, Job, Ms, Phase, Request};
use crate::journal::{Scope, Waiting};
use crate::sync::Mode;

/// The journal could not say what waits.
const COUNT_AGAIN: Ms = 2_000;

/// Why a count was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Counting {
    /// The link has just come up: is there anything to be asked about?
    AfterUp,
    /// The link held: ask now.
    Ask,
    /// The total for a report.
    Total(u32),
}

impl Engine {
    pub(super) fn count(&mut self, why: Counting) {
        self.counting.push_back(why);
        self.out.push(Action::Count);
    }

    pub(super) fn counted(&mut self, waiting: Option<Waiting>) {
        let why = self.counting.pop_front();
        let Some(waiting) = waiting else {
            // Nobody knows whether there is anything to ask: nothing flows unasked, and it is counted again.
            match why {
                Some(Counting::AfterUp) => self.count_at = Some(self.now + COUNT_AGAIN),
                Some(Counting::Ask) => self.ask_at = Some(self.now + ASK_AFTER),
                Some(Counting::Total(_)) | None => {}
            }
            return;
        };
        match (why, waiting.ask) {
            (Some(Counting::Total(id)), _) => {
                if let Some(Job::Send(sending)) = &mut self.job
                    && sending.id == id
                {
                    sending.total = waiting.all;
                }
            }
            (Some(Counting::AfterUp), ask) if self.phase == Phase::Up => match (self.mode, ask) {
                (Mode::Ask, Some(_)) => self.ask_at = Some(self.now + ASK_AFTER),
                // Nothing with money in it waits, or nobody is asked: all may flow.
                (Mode::Ask, None) => {
                    self.request(Request {
                        scope: Scope::Pending,
                        report: false,
                        retry_parked: false,
                        answer: false,
                    });
                }
                (Mode::Auto, ask) => self.request(Request {
                    scope: Scope::Pending,
                    report: ask.is_some(),
                    retry_parked: false,
                    answer: false,
                }),
            },
            (Some(Counting::Ask), Some(ask)) if self.phase == Phase::Up => self.out.push(Action::Ask(ask)),
            _ => {}
        }
    }
}
