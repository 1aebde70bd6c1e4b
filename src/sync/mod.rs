//! From the journal to the centre and back: keeps the link, sends what waits exactly once, brings home what others did.
//!
//! The engine decides, and does nothing itself; one task (`worker`) does it and owns the one connection. Everybody else holds a `Sync` and listens to `Event`s. No decision at
//! the gate ever waits for anything here.

mod backoff;
mod compare;
mod engine;
mod heard;
mod lane;
mod members;
mod news;
mod policy;
mod words;
mod worker;

use crate::central::Target;
use crate::domain::fact::ServerClock;
use crate::domain::link::{DownReason, Link};
use crate::domain::settings::Settings;
use crate::domain::view::{SyncAsk, SyncProgress, SyncSummary};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use uuid::Uuid;

pub use heard::SETTINGS;
pub use news::{Events, Teller, channel};
pub use worker::spawn;

/// Whether an outage's facts wait for the operator's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Ask,
    Auto,
}

pub struct Options {
    /// `None`: this terminal was never enrolled and sells alone.
    pub target: Option<Target>,
    /// Seen in `pg_stat_activity`.
    pub application: String,
    pub mode: Mode,
    pub operator: String,
}

/// The link as the worker sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkState {
    pub link: Link,
    pub reason: Option<DownReason>,
}

/// What the worker tells.
#[derive(Clone, Debug)]
pub enum Event {
    /// Facts of an outage wait for an answer.
    Ask(SyncAsk),
    Progress(SyncProgress),
    Summary(SyncSummary),
    /// The replica changed.
    Heard,
    /// Facts were acked or set aside.
    Settled,
    Settings(Box<Settings>),
    /// What the centre calls this gate's site and kind (`in`, `out`, `both`).
    Greeted {
        site: String,
        kind: String,
    },
}

/// What became of a thumbnail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload {
    Done,
    /// The centre will not have this one; another it may.
    Refused,
    /// Nothing can be uploaded now.
    NotNow,
}

pub(crate) enum Command {
    Pull,
    Later,
    Send { retry_parked: bool, answer: Option<oneshot::Sender<SyncSummary>> },
    PutPhoto { stay: Uuid, side: String, sha256: String, jpeg: Vec<u8>, answer: oneshot::Sender<Upload> },
    GetPhoto { stay: Uuid, side: String, answer: oneshot::Sender<Option<Vec<u8>>> },
}

/// How far the server's clock was ahead when last heard.
#[derive(Clone, Debug, Default)]
pub struct ClockWatch(Arc<Mutex<Option<(i64, Instant)>>>);

impl ClockWatch {
    pub(crate) fn heard(&self, offset_ms: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((offset_ms, Instant::now()));
    }

    pub fn last(&self) -> Option<ServerClock> {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.map(|(offset_ms, at)| ServerClock {
            offset_ms,
            age_ms: u64::try_from(at.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}

/// The handle on the worker. When the last one is dropped the worker ends.
#[derive(Clone)]
pub struct Sync {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) recorded: Arc<Notify>,
    pub link: watch::Receiver<LinkState>,
    pub clock: ClockWatch,
    pub(crate) works: Works,
}

/// Who works at this terminal, as its next check tells the centre.
#[derive(Clone, Debug, Default)]
pub(crate) struct Works(Arc<Mutex<String>>);

impl Works {
    pub(crate) fn name(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set(&self, name: &str) {
        name.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Sync {
    /// Another operator took his place here.
    pub fn works_here(&self, name: &str) {
        self.works.set(name);
    }

    /// A fact was recorded: send it when the link allows.
    pub fn wake(&self) {
        self.recorded.notify_one();
    }

    /// Somebody says there is news: pull now.
    pub fn pull(&self) {
        let _ = self.commands.try_send(Command::Pull);
    }

    /// "Nanti".
    pub fn later(&self) {
        let _ = self.commands.try_send(Command::Later);
    }

    /// Send everything that waits, the deferred too, and the parked again if asked. Progress and summary come as
    /// events.
    pub fn send(&self, retry_parked: bool) {
        let _ = self.commands.try_send(Command::Send { retry_parked, answer: None });
    }

    /// The same, and wait for the summary; `None` when the worker has ended.
    pub async fn send_and_wait(&self, retry_parked: bool) -> Option<SyncSummary> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(Command::Send { retry_parked, answer: Some(answer) }).await.ok()?;
        answered.await.ok()
    }

    /// Uploads a thumbnail.
    pub async fn put_photo(&self, stay: Uuid, side: &str, sha256: &str, jpeg: Vec<u8>) -> Upload {
        let (answer, answered) = oneshot::channel();
        let (side, sha256) = (side.to_owned(), sha256.to_owned());
        let command = Command::PutPhoto { stay, side, sha256, jpeg, answer };
        if self.commands.send(command).await.is_err() {
            return Upload::NotNow;
        }
        answered.await.unwrap_or(Upload::NotNow)
    }

    /// Fetches a thumbnail within a second, if there is one.
    pub async fn get_photo(&self, stay: Uuid, side: &str) -> Option<Vec<u8>> {
        let (answer, answered) = oneshot::channel();
        self.commands.try_send(Command::GetPhoto { stay, side: side.to_owned(), answer }).ok()?;
        answered.await.ok().flatten()
    }
}
