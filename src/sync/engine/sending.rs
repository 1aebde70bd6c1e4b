//! Sending what waits: batches in the order of recording, three under way at once where the line carries so many, one
//! verdict a fact; a batch the data spoil is cut in two until the bad fact stands alone. Where more than a few are refused
//! and none is taken, the centre is at fault, and all of them wait.

use super::pace::BATCH;
use super::{Action, CHECK_EVERY, Counting, Engine, Fault, HONEST, Job, Ms, PULL_LIMIT, Phase, Request};
use crate::central::{ErrorClass, IngestVerdict};
use crate::domain::link::DownReason;
use crate::domain::view::{Aside, SyncProgress, SyncSummary};
use crate::journal::{OutRow, Outcome, Scope};
use crate::sync::policy::{self, Step};
use crate::sync::{Mode, words};
use std::collections::VecDeque;
use std::sync::Arc;

const MOST_PROBLEMS: usize = 20;
/// Of so few that are refused alone, with none taken beside them, nobody can tell whose fault it is: they are set aside.
const FEW: usize = 3;
/// Longer than this plus `PER_FACT` an answer is not waited for: the link is down, the outcome unknown, the rows
/// stay.
const INGEST_LIMIT: Ms = 2_000;
const PER_FACT: Ms = 12;

/// How long a call with so many facts may take.
pub fn limit(facts: usize) -> Ms {
    INGEST_LIMIT + PER_FACT * facts as Ms
}

#[derive(Debug)]
pub(super) struct Sending {
    pub id: u32,
    pub total: u64,
    request: Request,
    after: i64,
    more: bool,
    reading: bool,
    /// Number, when it went, and what.
    under_way: Vec<(u32, Ms, Part, Arc<Vec<OutRow>>)>,
    /// Read and not yet sent, halves of a spoilt batch first.
    ready: VecDeque<(Part, Vec<OutRow>)>,
    /// Refused alone, while nothing shows that the centre takes any.
    suspects: Vec<(OutRow, IngestVerdict)>,
    /// The centre took some since the last whole batch it refused.
    takes: bool,
    settling: u32,
    summary: SyncSummary,
    /// A batch waits for a check, which shows that the centre still answers, or for a pull that is due.
    checking: bool,
    /// One batch before the light is green, no more.
    first: bool,
    failed: bool,
}

/// Whether rows are as they were read, or what was cut out of such a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Half,
}

impl Engine {
    /// What needs no question.
    pub(super) fn flowing(&self) -> Request {
        let scope = match self.mode {
            Mode::Ask => Scope::Flowing,
            Mode::Auto => Scope::Pending,
        };
        Request { scope, report: false, retry_parked: false, answer: false }
    }

    /// Notes that something is to be sent. Quiet requests of the same scope are one.
    pub(super) fn request(&mut self, request: Request) {
        let same = |r: &Request| !r.report && r.scope == request.scope;
        if request.report || !self.requests.iter().any(same) {
            self.requests.push_back(request);
        }
    }

    pub(super) fn start(&mut self, request: Request) {
        self.sendings += 1;
        let id = self.sendings;
        if request.retry_parked {
            self.out.push(Action::RetryParked);
        }
        if request.scope == Scope::All {
            self.out.push(Action::Undefer);
        }
        let sending = Sending {
            id,
            total: 0,
            request,
            after: i64::MIN,
            more: true,
            reading: false,
            under_way: Vec::new(),
            ready: VecDeque::new(),
            suspects: Vec::new(),
            takes: false,
            settling: 0,
            summary: SyncSummary::default(),
            checking: false,
            first: self.phase == Phase::Homing,
            failed: false,
        };
        self.asked_at = self.now;
        self.job = Some(Job::Send(Box::new(sending)));
        if request.report {
            self.count(Counting::Total(id));
        }
        self.fill();
    }

    pub(super) fn waits_for_the_journal(&self) -> bool {
        matches!(&self.job, Some(Job::Send(s)) if s.under_way.is_empty() && !s.checking)
    }

    /// Keeps the connection busy, and ends the sending when all of it is through.
    pub(super) fn fill(&mut self) {
        let Some(Job::Send(sending)) = &mut self.job else { return };
        while sending.under_way.len() < self.pace.window && !sending.failed {
            if let Some((part, mut rows)) = sending.ready.pop_front() {
                if rows.len() > self.pace.batch {
                    sending.ready.push_front((part, rows.split_off(self.pace.batch)));
                }
                // Begun now, the call may end after the badge has stopped being honest: a check goes first.
                let quiet = self.now.saturating_sub(self.heard_at);
                let late = quiet + limit(rows.len()) > HONEST;
                let due = self.now.saturating_sub(self.pulled_at) >= CHECK_EVERY;
                if (late || due) && self.phase == Phase::Up {
                    sending.ready.push_front((part, rows));
                    if sending.under_way.is_empty() && !sending.checking {
                        sending.checking = true;
                        self.asked_at = self.now;
                        let conn = self.conn;
                        let fresh = quiet + PULL_LIMIT <= HONEST;
                        self.out.push(if fresh { Action::Pull(conn) } else { Action::Greet(conn) });
                    }
                    return;
                }
                self.batches += 1;
                self.asked_at = self.now;
                let rows = Arc::new(rows);
                sending.under_way.push((self.batches, self.now, part, rows.clone()));
                self.out.push(Action::Ingest { conn: self.conn, batch: self.batches, rows });
            } else if sending.more && !sending.reading {
                sending.reading = true;
                let (scope, after) = (sending.request.scope, sending.after);
                self.out.push(Action::Read { sending: sending.id, scope, after });
            } else {
                break;
            }
        }
        let through = sending.under_way.is_empty() && !sending.reading && sending.settling == 0;
        if through && (sending.failed || !sending.more && sending.ready.is_empty()) {
            if !sending.failed && (1..=FEW).contains(&sending.suspects.len()) {
                let (rows, verdicts) = std::mem::take(&mut sending.suspects).into_iter().unzip();
                return self.settle(rows, verdicts);
            }
            if let Some((_, IngestVerdict::Rejected { text, .. })) = sending.suspects.first() {
                let text = format!("pusat menolak semuanya: {text}");
                sending.fail(text.clone());
                let reason = DownReason::Schema;
                self.out.push(Action::Note(Fault { class: ErrorClass::Unknown, reason, text, closed: false }));
            }
            self.end();
        }
    }

    fn current(&mut self, id: u32) -> Option<&mut Sending> {
        match &mut self.job {
            Some(Job::Send(sending)) if sending.id == id => Some(sending),
            _ => None,
        }
    }

    /// The check or pull in the middle of it was answered.
    pub(super) fn checked(&mut self) {
        if let Some(Job::Send(sending)) = &mut self.job {
            sending.checking = false;
        }
        self.fill();
    }

    pub(super) fn rows(&mut self, id: u32, rows: Result<Vec<OutRow>, String>) {
        let batch = self.pace.batch;
        let Some(sending) = self.current(id) else { return };
        sending.reading = false;
        match rows {
            Ok(mut rows) => {
                sending.more = rows.len() == BATCH && !sending.first;
                if sending.first {
                    rows.truncate(batch);
                }
                if let Some(last) = rows.last() {
                    sending.after = last.n;
                    sending.ready.push_back((Part::Whole, rows));
                }
            }
            Err(text) => sending.fail(text),
        }
        self.fill();
    }

    pub(super) fn answered(&mut self, batch: u32, answer: Result<Vec<IngestVerdict>, Fault>) {
        let Some(Job::Send(sending)) = &mut self.job else { return };
        let Some(at) = sending.under_way.iter().position(|(id, ..)| *id == batch) else { return };
        let (_, sent_at, part, rows) = sending.under_way.remove(at);
        let mut rows = Arc::unwrap_or_clone(rows);
        match answer {
            Ok(verdicts) => {
                sending.takes = true;
                self.pace.answered(rows.len(), self.now - sent_at, limit(rows.len()));
                self.settle(rows, verdicts);
            }
            Err(fault) => match policy::step(&fault.class) {
                Step::Reconnect => {
                    self.pace.unanswered(rows.len());
                    return self.lost(fault);
                }
                // That can be done with the light green.
                Step::Bisect { .. } if sending.first => {}
                Step::Bisect { code, reason } => {
                    sending.takes &= part == Part::Half;
                    let second = rows.split_off(rows.len() / 2);
                    if rows.is_empty() {
                        let refused = |row| (row, IngestVerdict::Rejected { code, text: reason });
                        sending.suspects.extend(second.into_iter().next().map(refused));
                    } else {
                        sending.ready.push_front((Part::Half, second));
                        sending.ready.push_front((Part::Half, rows));
                    }
                }
            },
        }
        self.condemn();
        // The centre answered, if only to say no.
        self.heard();
        self.fill();
    }

    /// What was refused alone is set aside when others were taken. A batch's worth of nothing but refusals is enough:
    /// no more of it is tried now.
    fn condemn(&mut self) {
        let Some(Job::Send(sending)) = &mut self.job else { return };
        if sending.takes && !sending.suspects.is_empty() {
            let (rows, verdicts) = std::mem::take(&mut sending.suspects).into_iter().unzip();
            self.settle(rows, verdicts);
        } else if sending.suspects.len() >= BATCH {
            sending.ready.clear();
            sending.more = false;
        }
    }

    fn settle(&mut self, rows: Vec<OutRow>, verdicts: Vec<IngestVerdict>) {
        let Some(Job::Send(sending)) = &mut self.job else { return };
        let summary = &mut sending.summary;
        let current = rows.last().filter(|_| sending.request.report).map(words::describe);
        let mut settled = Vec::with_capacity(rows.len());
        for (row, verdict) in rows.into_iter().zip(&verdicts) {
            let outcome = policy::outcome(verdict);
            match (&outcome, verdict) {
                (Outcome::Acked, IngestVerdict::Already) => summary.already += 1,
                (Outcome::Acked, _) => summary.sent += 1,
                (Outcome::Parked { code, .. }, _) => {
                    summary.parked += 1;
                    if summary.problems.len() < MOST_PROBLEMS {
                        summary.problems.push(Aside { fact: words::describe(&row), code: code.clone() });
                    }
                }
            }
            settled.push((row, outcome));
        }
        sending.settling += 1;
        let done = summary.sent + summary.already + summary.parked;
        let progress = sending.request.report.then(|| SyncProgress {
            done,
            total: sending.total.max(done),
            sent: summary.sent,
            already: summary.already,
            parked: summary.parked,
            current,
        });
        let id = sending.id;
        self.out.push(Action::Settle { sending: id, settled, verdicts });
        self.out.extend(progress.map(Action::Progress));
    }

    pub(super) fn settled(&mut self, id: u32, done: Result<(), String>) {
        self.out.push(Action::Changed);
        let Some(sending) = self.current(id) else { return };
        sending.settling = sending.settling.saturating_sub(1);
        if let Err(text) = done {
            sending.fail(text);
        }
        self.fill();
    }

    fn end(&mut self) {
        let Some(Job::Send(sending)) = self.job.take() else { return };
        let Sending { request, summary, first, .. } = *sending;
        if first {
            // Files are for the sending that follows.
            return self.up();
        }
        if request.answer {
            // Whoever asked is told when nothing of it waits any more, the files neither.
            self.told.push(summary);
        } else if request.report {
            self.check_wanted = true;
            self.out.push(Action::Summary { summary, answer: false });
        }
        self.clear();
    }

    fn clear(&mut self) {
        if !self.clearing {
            self.clearing = true;
            self.out.push(Action::ClearFiles);
        }
    }

    /// The acked facts' spool files are gone: only now does nothing of them wait any more.
    pub(super) fn cleared(&mut self, some: bool) {
        self.clearing = false;
        if some {
            self.out.push(Action::Changed);
        }
        // The centre hears how much still waits here before whoever asked may leave.
        let told = std::mem::take(&mut self.told);
        self.check_wanted |= !told.is_empty();
        self.to_answer.extend(told);
        if matches!(self.phase, Phase::Waiting { .. } | Phase::Alone) {
            self.answer();
        }
    }

    pub(super) fn answer(&mut self) {
        let answers = std::mem::take(&mut self.to_answer);
        self.out.extend(answers.into_iter().map(|summary| Action::Summary { summary, answer: true }));
    }

    /// The connection went in the middle of it: told as far as it came.
    pub(super) fn stop(&mut self, sending: Sending, why: &str) {
        if sending.request.report {
            let summary = SyncSummary { stopped: Some(why.to_owned()), ..sending.summary };
            self.out.push(Action::Summary { summary, answer: sending.request.answer });
        }
        self.clear();
    }
}

impl Sending {
    /// The journal would not: what is under way is still heard, no more is begun.
    fn fail(&mut self, text: String) {
        self.failed = true;
        self.summary.stopped.get_or_insert(text);
    }
}
