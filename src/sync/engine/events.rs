//! What the engine is told and what it wants done.

use super::super::LinkState;
use crate::central::{ErrorClass, IngestVerdict};
use crate::domain::link::DownReason;
use crate::domain::view::{SyncAsk, SyncProgress, SyncSummary};
use crate::journal::{OutRow, Outcome, Scope, Waiting};
use std::sync::Arc;

/// A call that failed: what may be done about it, why the badge is red, and the words for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub class: ErrorClass,
    pub reason: DownReason,
    pub text: String,
    /// Nothing more can come over this connection.
    pub closed: bool,
}

/// What happened. Answers to actions on a connection carry its number; those of a former one are too late.
#[derive(Debug)]
pub enum Input {
    /// The time asked for by `wake_at`.
    Tick,
    Recorded,
    PullWanted,
    Later,
    /// Somebody wants everything sent: `answer` when a caller waits for the summary.
    SendWanted {
        retry_parked: bool,
        answer: bool,
    },
    PhotoWanted,
    Connected(u32, Result<(), Fault>),
    Greeted(u32, Result<(), Fault>),
    /// A part of a longer answer came.
    Heard(u32),
    Pulled(u32, Result<(), Fault>),
    PhotoDone(u32, Result<(), Fault>),
    /// Something beside the jobs failed.
    Trouble(u32, Fault),
    /// What the next step of a comparison needs was gathered: whether there is any; without, all was compared.
    Gathered(u32, Result<bool, String>),
    /// How many facts the centre turned out to lack; they wait again.
    Compared(u32, Result<u64, Fault>),
    Answered(u32, u32, Result<Vec<IngestVerdict>, Fault>),
    Rows(u32, Result<Vec<OutRow>, String>),
    Settled(u32, Result<(), String>),
    /// `None`: the journal could not say.
    Counted(Option<Waiting>),
    /// The acked facts' spool files are gone.
    Cleared {
        some: bool,
    },
}

/// What is to be done.
#[derive(Debug)]
pub enum Action {
    Connect(u32),
    Disconnect,
    Greet(u32),
    Pull(u32),
    /// The oldest photo that waits goes up.
    Photo(u32),
    /// There is no connection: photos that wait are told so.
    NoPhoto,
    /// Gathers from the journal what the next step of a comparison needs; on a new connection from the start.
    Gather(u32),
    Compare(u32),
    Read {
        sending: u32,
        scope: Scope,
        after: i64,
    },
    Ingest {
        conn: u32,
        batch: u32,
        rows: Arc<Vec<OutRow>>,
    },
    Settle {
        sending: u32,
        settled: Vec<(OutRow, Outcome)>,
        verdicts: Vec<IngestVerdict>,
    },
    Count,
    Defer,
    Undefer,
    RetryParked,
    ClearFiles,
    Link(LinkState),
    Ask(SyncAsk),
    Progress(SyncProgress),
    Summary {
        summary: SyncSummary,
        answer: bool,
    },
    /// The badge's numbers changed.
    Changed,
    Note(Fault),
}
