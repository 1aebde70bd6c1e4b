//! Opening a journal: the lock first, then the stores; what cannot be read is moved aside whole, and sales go on.

use super::error::JournalError;
use super::keeper::{Chain, Home, Keeper};
use super::prune::Pruning;
use super::queue::{Begun, Counts, Inner, Journal, Queue};
use super::replica::Replica;
use super::room::Room;
use super::sound::is_unreadable;
use super::spool::Spool;
use super::store::{self, Store, Tip};
use crate::domain::fact::{Origin, Stamp};
use crate::domain::kinds::Parent;
use crate::domain::seal::{GateKey, Hash};
use ring::rand::SystemRandom;
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use uuid::Uuid;

/// One process per journal; its text is the last epoch begun here.
const LOCK: &str = "journal.lock";

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
    let path = dir.join(LOCK);
    let io = |e| JournalError::Io(path.clone(), e);
    let file = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(JournalError::AlreadyRunning(dir.to_owned())),
        Err(std::fs::TryLockError::Error(e)) => Err(io(e)),
    }
}

/// Opens the journal; one that cannot be read is moved aside whole, and a new one begun.
fn open_store(path: &Path, counts: &Counts, stamp: &Stamp) -> Result<(Store, Option<PathBuf>), JournalError> {
    match Store::open(path) {
        Ok(store) => Ok((store, None)),
        Err(JournalError::Sqlite(e)) if is_unreadable(&e) => {
            tracing::error!(target: "journal", error = %e, "jurnal tidak terbaca: disisihkan, yang baru dimulai");
            let mark = stamp.at.strftime("%Y%m%d_%H%M%S").to_string();
            for tail in ["", "-wal", "-shm"] {
                let from = PathBuf::from(format!("{}{tail}", path.display()));
                let to = PathBuf::from(format!("{}.corrupt-{mark}{tail}", path.display()));
                if from.exists() {
                    std::fs::rename(&from, &to).map_err(|e| JournalError::Io(from, e))?;
                }
            }
            counts.begin_as(Begun::Replaced);
            let aside = PathBuf::from(format!("{}.corrupt-{mark}", path.display()));
            Ok((Store::open(path)?, Some(aside)))
        }
        Err(e) => Err(e),
    }
}

/// Lock, stores and replica, and nobody at work yet.
pub(super) fn keeper(options: &Options) -> Result<Keeper, JournalError> {
    store::assert_version()?;
    std::fs::create_dir_all(&options.dir).map_err(|e| JournalError::Io(options.dir.clone(), e))?;
    let counts = Arc::new(Counts::default());
    let path = options.dir.join("journal.db");
    let lock = lock(&options.dir)?;
    let (store, aside) = open_store(&path, &counts, &options.stamp)?;
    let (tip, counter) = store.tip()?;
    begun(&options.dir, tip.as_ref(), &counts);
    let chain = Chain {
        epoch: options.epoch,
        seq: 0,
        prev: tip.as_ref().map_or(Hash::ZERO, |t| t.link),
        parent: tip.map(|t| Parent { epoch: t.epoch, seq: t.seq, hash: t.link.hex() }),
        counter,
        broken: false,
    };
    let mut keeper = Keeper {
        store: Some(store),
        spool: Spool::new(&options.dir),
        replica: Replica::open(&options.dir.join("replica.db"))?,
        counts,
        recent_exits: VecDeque::new(),
        unheard: Vec::new(),
        strays: Vec::new(),
        aside,
        leaving: VecDeque::new(),
        written_back: 0,
        reopen_at: Instant::now(),
        recount_due: false,
        wal_in_doubt: false,
        path,
        chain,
        key: options.key.clone(),
        home: Home {
            site: options.origin.site.clone(),
            gate: options.origin.gate.clone(),
            zone: options.stamp.at.time_zone().clone(),
        },
        pruning: Pruning::default(),
        room: Room::new(&options.dir),
        link_up: Arc::new(AtomicBool::new(false)),
        outage: Arc::new(AtomicBool::new(false)),
        unspooled: VecDeque::new(),
        random: SystemRandom::new(),
        lock,
    };
    keeper.counts.set_epoch(options.epoch);
    keeper.recount()?;
    Ok(keeper)
}

/// Compares what the lock remembers of the last start with the journal that was found.
fn begun(dir: &Path, tip: Option<&Tip>, counts: &Counts) {
    let last = std::fs::read_to_string(dir.join(LOCK)).unwrap_or_default();
    let Ok(last) = last.trim().parse::<Uuid>() else { return };
    match tip {
        None => counts.begin_as(Begun::Missing),
        Some(tip) if tip.epoch != last => counts.begin_as(Begun::Older),
        Some(_) => {}
    }
}

impl Keeper {
    /// Notes in the lock which epoch was the last; a journal that knows nothing of it is an older one.
    pub(super) fn remember_epoch(&self) -> std::io::Result<()> {
        let text = format!("{}\n", self.chain.epoch);
        self.lock.write_all_at(text.as_bytes(), 0)?;
        self.lock.set_len(text.len() as u64)
    }
}

impl Journal {
    /// Opens journal, spool and replica in `dir`, takes the lock, records `started`, and begins to compare the stores
    /// behind everything else. Blocks for a few fsyncs.
    pub fn open(options: Options) -> Result<Self, JournalError> {
        let mut keeper = keeper(&options)?;
        let (counts, link_up, outage) = (keeper.counts.clone(), keeper.link_up.clone(), keeper.outage.clone());
        let parent = keeper.chain.parent.clone();
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
        journal.reconcile_later(&options.dir);
        Ok(journal)
    }
}
