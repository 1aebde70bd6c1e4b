//! The way to the keeper's thread: two queues, recordings before everything else, and the handle all rooms hold.

use super::error::JournalError;
use super::keeper::Keeper;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

pub(super) type Job = Box<dyn FnOnce(&mut Keeper) + Send>;

#[derive(Default)]
struct Waiting {
    urgent: VecDeque<Job>,
    later: VecDeque<Job>,
    closed: bool,
}

#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    ring: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, urgent: bool, job: Job) -> bool {
        let mut waiting = self.lock();
        if waiting.closed {
            return false;
        }
        if urgent {
            waiting.urgent.push_back(job)
        } else {
            waiting.later.push_back(job)
        }
        self.ring.notify_one();
        true
    }

    /// The next job; `Ok(None)` when nothing came within `patience`, `Err` when closed and empty.
    pub(super) fn next(&self, patience: Option<Duration>) -> Result<Option<Job>, ()> {
        let mut waiting = self.lock();
        loop {
            if let Some(job) = waiting.urgent.pop_front() {
                return Ok(Some(job));
            }
            if let Some(job) = waiting.later.pop_front() {
                return Ok(Some(job));
            }
            if waiting.closed {
                return Err(());
            }
            match patience {
                None => waiting = self.ring.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(patience) => {
                    let (back, out) =
                        self.ring.wait_timeout(waiting, patience).unwrap_or_else(PoisonError::into_inner);
                    waiting = back;
                    if out.timed_out() && waiting.urgent.is_empty() && waiting.later.is_empty() {
                        return if waiting.closed { Err(()) } else { Ok(None) };
                    }
                }
            }
        }
    }

    /// Runs `job` on the keeper's thread. Once queued it cannot be cancelled: dropping the future only drops the
    /// answer.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        urgent: bool,
        job: impl FnOnce(&mut Keeper) -> T + Send + 'static,
    ) -> Result<T, JournalError> {
        let (answer, answered) = oneshot::channel();
        let boxed: Job = Box::new(move |keeper| {
            let _ = answer.send(job(keeper));
        });
        if !self.push(urgent, boxed) {
            return Err(JournalError::Gone);
        }
        answered.await.map_err(|_| JournalError::Gone)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.ring.notify_all();
    }
}

/// What the badge counts, readable without asking the keeper.
#[derive(Debug, Default)]
pub struct Counts {
    pub(super) pending: AtomicU64,
    pub(super) deferred: AtomicU64,
    pub(super) parked: AtomicU64,
    pub(super) unadopted: AtomicU64,
    pub(super) leaving: AtomicU64,
    pub(super) seq: AtomicU64,
    pub(super) journal_failed: AtomicBool,
    pub(super) spool_failed: AtomicBool,
    begun: AtomicU8,
    pub(super) disk_low: AtomicBool,
    epoch: Mutex<uuid::Uuid>,
}

/// What was found at start. What happened to the journal earlier is said until the next start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Begun {
    /// The journal of the last time, or the first of all.
    #[default]
    Whole,
    /// Facts the journal had lost came back from the spool.
    Refilled,
    /// Not the journal of the last time but an older one.
    Older,
    /// There had been a journal, and there was none.
    Missing,
    /// Unreadable: it stands aside whole, and a new one was begun.
    Replaced,
}

impl Counts {
    /// The worst that was found is what is said.
    pub(super) fn begin_as(&self, found: Begun) {
        self.begun.fetch_max(found as u8, Ordering::AcqRel);
    }

    pub fn begun(&self) -> Begun {
        match self.begun.load(Ordering::Acquire) {
            0 => Begun::Whole,
            1 => Begun::Refilled,
            2 => Begun::Older,
            3 => Begun::Missing,
            _ => Begun::Replaced,
        }
    }

    /// The disk is nearly full: photos stop, so that sales can go on.
    pub fn disk_low(&self) -> bool {
        self.disk_low.load(Ordering::Acquire)
    }

    pub(super) fn set_epoch(&self, epoch: uuid::Uuid) {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner) = epoch;
    }

    /// Facts not acked (deferred ones too), and spool files not yet adopted or removed.
    pub fn pending(&self) -> u64 {
        let files = self.unadopted.load(Ordering::Acquire) + self.leaving.load(Ordering::Acquire);
        self.pending.load(Ordering::Acquire) + self.deferred() + files
    }

    pub fn deferred(&self) -> u64 {
        self.deferred.load(Ordering::Acquire)
    }

    pub fn parked(&self) -> u64 {
        self.parked.load(Ordering::Acquire)
    }

    /// The newest seq of this epoch.
    pub fn seq(&self) -> u64 {
        self.seq.load(Ordering::Acquire)
    }

    /// The last write to the journal failed, the last write to the spool failed.
    pub fn failed(&self) -> (bool, bool) {
        (self.journal_failed.load(Ordering::Acquire), self.spool_failed.load(Ordering::Acquire))
    }
}

/// Everybody's handle on the journal. Dropping the last one lets the keeper finish its queue and end.
#[derive(Clone)]
pub struct Journal {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) queue: Arc<Queue>,
    pub(super) counts: Arc<Counts>,
    pub(super) link_up: Arc<AtomicBool>,
    pub(super) outage: Arc<AtomicBool>,
    /// The keeper's, and the one that compares the stores at start: it reads the file too.
    pub(super) threads: Vec<std::thread::JoinHandle<()>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!(target: "journal", "utas jurnal berhenti karena galat program");
            }
        }
    }
}

impl Journal {
    pub fn counts(&self) -> &Counts {
        &self.inner.counts
    }

    /// The epoch facts are recorded in now.
    pub fn epoch(&self) -> uuid::Uuid {
        *self.inner.counts.epoch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the keeper how the link stands: not up means every fact gets its spool file before it is shown; `outage`
    /// marks what is recorded now as something the operator is asked about when the link returns.
    pub fn set_link(&self, up: bool, outage: bool) {
        self.inner.link_up.store(up, Ordering::Release);
        self.inner.outage.store(outage, Ordering::Release);
    }

    pub(super) async fn call<T: Send + 'static>(
        &self,
        urgent: bool,
        job: impl FnOnce(&mut Keeper) -> T + Send + 'static,
    ) -> Result<T, JournalError> {
        self.inner.queue.call(urgent, job).await
    }
}
