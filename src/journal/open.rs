//! Opening a journal: the lock first, then the stores; what cannot be read is moved aside whole, and sales go on.

use super::error::JournalError;
use super::keeper::{Chain, Keeper};
use super::queue::{Counts, Inner, Journal, Queue};
use super::replica::Replica;
use super::spool::Spool;
use super::store::{self, Store};
use crate::domain::fact::{Origin, Stamp};
use crate::domain::kinds::Parent;
use crate::domain::seal::{GateKey, Hash};
use ring::rand::SystemRandom;
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use uuid::Uuid;

/// How a journal is opened.
pub struct Options {
    /// `offline_data`.
    pub dir: PathBuf,
    pub key: Arc<GateKey>,
    /// Who the `started` fact says it is.
    pub origin: Origin,
    pub stamp: Stamp,
    /// Fresh ids for the epoch and for its `started` fact.
    pub epoch: Uuid,
    pub started: Uuid,
}

/// One process per journal: the lock lives as long as the keeper.
fn lock(dir: &Path) -> Result<File, JournalError> {
    let path = dir.join("journal.lock");
    let io = |e| JournalError::Io(path.clone(), e);
    let file = OpenOptions::new().create(true).write(true).truncate(false).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(JournalError::AlreadyRunning(dir.to_owned())),
        Err(std::fs::TryLockError::Error(e)) => Err(io(e)),
    }
}

/// Opens the journal; one that cannot be read is moved aside whole, and a new one begun.
fn open_store(path: &Path, counts: &Counts, stamp: &Stamp) -> Result<Store, JournalError> {
    match Store::open(path) {
        Ok(store) => Ok(store),
        Err(JournalError::Sqlite(e)) if is_unreadable(&e) => {
            tracing::error!(target: "journal", error = %e, "journal unreadable: set aside, a new one begins");
            let mark = stamp.at.strftime("%Y%m%d_%H%M%S").to_string();
            for tail in ["", "-wal", "-shm"] {
                let from = PathBuf::from(format!("{}{tail}", path.display()));
                let to = PathBuf::from(format!("{}.corrupt-{mark}{tail}", path.display()));
                if from.exists() {
                    std::fs::rename(&from, &to).map_err(|e| JournalError::Io(from, e))?;
                }
            }
            counts.replaced.store(true, Ordering::Release);
            Store::open(path)
        }
        Err(e) => Err(e),
    }
}

fn is_unreadable(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

impl Journal {
    /// Opens journal, spool and replica in `dir`, takes the lock, records `started`, and begins to compare the stores
    /// behind everything else. Blocks for a few fsyncs.
    pub fn open(options: Options) -> Result<Self, JournalError> {
        store::assert_version()?;
        std::fs::create_dir_all(&options.dir).map_err(|e| JournalError::Io(options.dir.clone(), e))?;
        let lock = lock(&options.dir)?;
        let counts = Arc::new(Counts::default());
        let path = options.dir.join("journal.db");
        let store = open_store(&path, &counts, &options.stamp)?;
        let (tip, counter) = store.tip()?;
        let chain = Chain {
            epoch: options.epoch,
            seq: 0,
            prev: tip.as_ref().map_or(Hash::ZERO, |t| t.link),
            counter,
            broken: false,
        };
        let (link_up, outage) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let mut keeper = Keeper {
            store: Some(store),
            spool: Spool::new(&options.dir),
            replica: Replica::open(&options.dir.join("replica.db"))?,
            counts: counts.clone(),
            recent_exits: VecDeque::new(),
            unheard: Vec::new(),
            strays: Vec::new(),
            leaving: VecDeque::new(),
            written_back: 0,
            reopen_at: Instant::now(),
            recount_due: false,
            wal_in_doubt: false,
            path,
            chain,
            key: options.key,
            link_up: link_up.clone(),
            outage: outage.clone(),
            unspooled: VecDeque::new(),
            random: SystemRandom::new(),
            _lock: lock,
        };
        keeper.recount()?;
        keeper.counts.set_epoch(options.epoch);
        let parent = tip.map(|t| Parent { epoch: t.epoch, seq: t.seq, hash: t.link.hex() });
        keeper.begin_epoch(options.started, options.origin, options.stamp, parent)?;
        let queue = Arc::new(Queue::default());
        let jobs = queue.clone();
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || keeper.run(&jobs))
            .map_err(|e| JournalError::Io(options.dir.clone(), e))?;
        let thread = Mutex::new(Some(thread));
        let inner = Inner { queue, counts, link_up, outage, thread };
        let journal = Self { inner: Arc::new(inner) };
        journal.reconcile_later();
        Ok(journal)
    }
}
