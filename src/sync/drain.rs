//! Sending what waits: batches in the order of recording, three under way at once, one verdict per fact.

use super::policy::{self, Step};
use super::worker::Worker;
use super::{Event, LinkState};
use crate::central::{Central, CentralError, IngestVerdict};
use crate::domain::fact::Sealed;
use crate::domain::kinds::kind;
use crate::domain::plate;
use crate::domain::view::{SyncProgress, SyncSummary};
use crate::journal::{Journal, JournalError, OutRow, Outcome, Scope};
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use std::time::Duration;

/// Facts in one call; the centre takes 100 to 500.
const BATCH: usize = 500;
const UNDER_WAY: usize = 3;
/// Longer than this plus `PER_FACT` an answer is not waited for: the link is down, the outcome unknown, the rows stay.
/// A car's own fact, sent just before a check was due, may not hide a frozen server from the badge for longer than the
/// check would have; a whole batch has 8 s.
const INGEST_LIMIT: Duration = Duration::from_secs(2);
const PER_FACT: Duration = Duration::from_millis(12);
const MOST_PROBLEMS: usize = 20;

/// Why a sending ended early.
pub(super) enum Stopped {
    Central(CentralError),
    Journal(JournalError),
}

impl From<JournalError> for Stopped {
    fn from(e: JournalError) -> Self {
        Self::Journal(e)
    }
}

/// One sending, with what it counted so far.
pub(super) struct Drain<'a> {
    pub central: &'a Central,
    pub journal: &'a Journal,
    pub summary: SyncSummary,
    total: u64,
    events: &'a tokio::sync::mpsc::Sender<Event>,
    report: bool,
}

type Answer = (Vec<OutRow>, Result<Vec<IngestVerdict>, CentralError>);

async fn send(central: &Central, rows: Vec<OutRow>) -> Answer {
    let facts: Vec<String> = rows.iter().map(|r| r.envelope.clone()).collect();
    let facts_time = PER_FACT * u32::try_from(facts.len()).unwrap_or(u32::MAX);
    let verdicts = central.ingest(&facts, INGEST_LIMIT + facts_time).await;
    (rows, verdicts)
}

impl Drain<'_> {
    async fn run(&mut self, scope: Scope) -> Result<(), Stopped> {
        let mut under_way = FuturesOrdered::new();
        let mut after = i64::MIN;
        let mut more = true;
        loop {
            while more && under_way.len() < UNDER_WAY {
                let rows = self.journal.waiting(scope, after, BATCH).await?;
                more = rows.len() == BATCH;
                let Some(last) = rows.last() else { break };
                after = last.n;
                under_way.push_back(send(self.central, rows));
            }
            let Some((rows, answer)) = under_way.next().await else { return Ok(()) };
            match answer {
                Ok(verdicts) => self.settle(rows, &verdicts).await?,
                Err(e) => self.mend(rows, e).await?,
            }
        }
    }

    /// A failed call: cut down to the bad fact where the data is at fault, else stop with all rows kept.
    async fn mend(&mut self, rows: Vec<OutRow>, error: CentralError) -> Result<(), Stopped> {
        let mut open = vec![(rows, error)];
        while let Some((mut rows, error)) = open.pop() {
            let Step::Bisect { code, reason } = policy::step(&error.class()) else {
                return Err(Stopped::Central(error));
            };
            if rows.len() == 1 {
                self.park(rows, code, reason).await?;
                continue;
            }
            let second = rows.split_off(rows.len() / 2);
            for half in [rows, second] {
                let (half, answer) = send(self.central, half).await;
                match answer {
                    Ok(verdicts) => self.settle(half, &verdicts).await?,
                    Err(e) => open.push((half, e)),
                }
            }
        }
        Ok(())
    }

    async fn park(&mut self, rows: Vec<OutRow>, code: String, reason: String) -> Result<(), Stopped> {
        let verdict = IngestVerdict::Rejected { code, text: reason };
        let verdicts = vec![verdict; rows.len()];
        self.settle(rows, &verdicts).await
    }

    async fn settle(&mut self, rows: Vec<OutRow>, verdicts: &[IngestVerdict]) -> Result<(), Stopped> {
        let mut settled = Vec::with_capacity(rows.len());
        let mut current = String::new();
        let last = rows.len().saturating_sub(1);
        for (i, (row, verdict)) in rows.into_iter().zip(verdicts).enumerate() {
            let outcome = policy::outcome(verdict);
            match (&outcome, verdict) {
                (Outcome::Acked, IngestVerdict::Already) => self.summary.already += 1,
                (Outcome::Acked, _) => self.summary.sent += 1,
                (Outcome::Parked { .. }, _) => self.summary.parked += 1,
            }
            self.log(&row, verdict);
            if let Outcome::Parked { reason, .. } = &outcome
                && self.summary.problems.len() < MOST_PROBLEMS
            {
                self.summary.problems.push((describe(&row), reason.clone()));
            }
            if self.report && i == last {
                current = describe(&row);
            }
            settled.push((row, outcome));
        }
        self.journal.settle(settled).await?;
        if self.report {
            let s = &self.summary;
            let done = s.sent + s.already + s.parked;
            let progress = SyncProgress {
                done,
                total: self.total.max(done),
                sent: s.sent,
                already: s.already,
                parked: s.parked,
                current,
            };
            let _ = self.events.try_send(Event::Progress(progress));
        }
        let _ = self.events.try_send(Event::Settled);
        Ok(())
    }

    fn log(&self, row: &OutRow, verdict: &IngestVerdict) {
        let id = field(&row.envelope, "\"id\":\"");
        let kind = field(&row.envelope, "\"kind\":\"");
        let word = policy::word(verdict);
        match verdict {
            IngestVerdict::Rejected { code, text } => {
                tracing::warn!(target: "sync", n = row.n, id, kind, verdict = word, code, text, "peristiwa");
            }
            _ => tracing::info!(target: "sync", n = row.n, id, kind, verdict = word, "peristiwa"),
        }
    }
}

/// A field of our own compact JSON, without parsing all of it: only for the log.
fn field<'t>(envelope: &'t str, name: &str) -> &'t str {
    let Some(at) = envelope.find(name) else { return "" };
    let rest = &envelope[at + name.len()..];
    rest.split('"').next().unwrap_or_default()
}

/// A fact in an operator's words: `B17K00112C  B 90 AA  keluar 13.31`.
fn describe(row: &OutRow) -> String {
    let Ok(sealed) = serde_json::from_str::<Sealed>(&row.envelope) else { return format!("baris {}", row.n) };
    let content = &sealed.fact.content;
    let ticket = content.body.get("ticket").and_then(|t| t.as_str()).unwrap_or_default();
    let plate = sealed.fact.personal("plate").map(plate::spaced).unwrap_or_default();
    let what = match content.kind.as_str() {
        kind::ENTERED => "masuk",
        kind::LEFT => "keluar",
        other => other,
    };
    let time = content.at.get(11..16).unwrap_or_default().replace(':', ".");
    [ticket, plate.as_str(), &format!("{what} {time}")]
        .into_iter()
        .filter(|p| !p.is_empty())
        .collect::<Vec<_>>()
        .join("  ")
}

impl Worker {
    /// Sends what waits in `scope`. A lost connection is noted; the summary says how far it came.
    pub(super) async fn drain(&mut self, scope: Scope, report: bool) -> SyncSummary {
        let Some(central) = &self.central else {
            return SyncSummary { stopped: Some(self.why_down()), ..SyncSummary::default() };
        };
        let total = if report { self.journal.outage().await.map(|w| w.all).unwrap_or_default() } else { 0 };
        let mut drain = Drain {
            central,
            journal: &self.journal,
            summary: SyncSummary::default(),
            total,
            events: &self.events,
            report,
        };
        let ended = drain.run(scope).await;
        let mut summary = std::mem::take(&mut drain.summary);
        match ended {
            Ok(()) => {}
            Err(Stopped::Central(e)) => {
                summary.stopped = Some(e.to_string());
                tracing::warn!(target: "sync", error = %e, "pengiriman berhenti");
                self.lost(LinkState { link: crate::domain::link::Link::Down, reason: Some(e.reason()) });
            }
            Err(Stopped::Journal(e)) => {
                summary.stopped = Some(e.to_string());
                tracing::error!(target: "sync", error = %e, "jurnal");
            }
        }
        summary
    }
}
