//! Opening a journal: the lock first, then the stores; what cannot be read is moved aside whole, and sales go on.

use super::error::JournalError;
use super::keeper::{Chain, Home, Keeper};
use super::place::move_aside;
use super::prune::Pruning;
use super::queue::{Begun, Counts, Inner, Journal, Queue};
use super::reconcile::compare_later;
use super::replica::Replica;
use super::room::{Room, is_full};
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
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// One process per journal: the lock lives as long as the keeper. On a disk that cannot be written the folder itself is
/// locked. The lock, and what it stands on.
pub(super) fn lock(dir: &Path) -> Result<(File, PathBuf), JournalError> {
    let path = dir.join(LOCK);
    // Whatever took the name, it is not what is locked here.
    if path.symlink_metadata().is_ok_and(|m| !m.is_file()) {
        let _ = move_aside(&path, ".bukan-berkas");
    }
    let made = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(&path);
    let (file, path) = match made.or_else(|e| File::open(&path).map_err(|_| e)) {
        Ok(file) => (file, path),
        Err(e) => (File::open(dir).map_err(|_| JournalError::Io(path, e))?, dir.to_owned()),
    };
    match file.try_lock() {
        Ok(()) => Ok((file, path)),
        Err(std::fs::TryLockError::WouldBlock) => Err(JournalError::AlreadyRunning(dir.to_owned())),
        Err(std::fs::TryLockError::Error(e)) => Err(JournalError::Io(path, e)),
    }
}

/// Opens the journal; one that cannot be read is moved aside whole, and a new one begun. Where that cannot be done
/// either (no room, a disk that takes nothing) there is none for now: it is tried again while the gate runs.
fn open_store(
    path: &Path,
    counts: &Counts,
    room: &Room,
    stamp: &Stamp,
) -> Result<(Option<Store>, Option<PathBuf>), JournalError> {
    let error = match Store::open(path) {
        Ok(store) => return Ok((Some(store), None)),
        Err(e @ JournalError::Newer(_)) => return Err(e),
        Err(e) => e,
    };
    if is_full(&error) {
        room.give_up();
        if let Ok(store) = Store::open(path) {
            return Ok((Some(store), None));
        }
    }
    let none = |error: &JournalError| {
        tracing::error!(target: "journal", error = %error, "jurnal belum dapat dibuka: dicoba lagi");
        counts.journal_failed.store(true, Ordering::Release);
    };
    // A full disk makes SQLite say many things.
    if !is_unreadable(&error, path) || room.is_gone() {
        none(&error);
        return Ok((None, None));
    }
    tracing::error!(target: "journal", error = %error, "jurnal tidak terbaca: disisihkan, yang baru dimulai");
    let mark = format!(".corrupt-{}", stamp.at.strftime("%Y%m%d_%H%M%S"));
    let opened = move_aside(path, &mark)
        .map_err(|e| JournalError::Io(path.to_owned(), e))
        .and_then(|aside| Ok((Store::open(path)?, aside)));
    match opened {
        Ok((store, aside)) => {
            counts.begin_as(Begun::Replaced);
            Ok((Some(store), Some(aside)))
        }
        Err(e) => {
            none(&e);
            Ok((None, None))
        }
    }
}

/// Lock, stores and replica, and nobody at work yet.
pub(super) fn keeper(options: &Options) -> Result<Keeper, JournalError> {
    store::assert_version()?;
    std::fs::create_dir_all(&options.dir).map_err(|e| JournalError::Io(options.dir.clone(), e))?;
    let counts = Arc::new(Counts::default());
    let path = options.dir.join("journal.db");
    let (lock, lock_path) = lock(&options.dir)?;
    let room = Room::new(&options.dir);
    let (store, aside) = open_store(&path, &counts, &room, &options.stamp)?;
    let (tip, counter) = store.as_ref().map_or(Ok((None, 0)), Store::tip)?;
    if let Some(store) = &store {
        begun(&options.dir, tip.as_ref(), |epoch| store.knows_epoch(epoch), &counts);
    }
    let chain = Chain {
        epoch: options.epoch,
        seq: 0,
        prev: tip.as_ref().map_or(Hash::ZERO, |t| t.link),
        parent: tip.map(|t| Parent { epoch: t.epoch, seq: t.seq, hash: t.link.hex() }),
        counter,
        broken: false,
    };
    let mut keeper = Keeper {
        store,
        spool: Spool::new(&options.dir),
        replica: Replica::open(&options.dir.join("replica.db"))?,
        refill: None,
        counts,
        recent_exits: VecDeque::new(),
        unheard: Vec::new(),
        strays: VecDeque::new(),
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
        room,
        link_up: Arc::new(AtomicBool::new(false)),
        outage: Arc::new(AtomicBool::new(false)),
        unspooled: VecDeque::new(),
        random: SystemRandom::new(),
        lock,
        lock_path,
    };
    keeper.counts.set_epoch(options.epoch);
    if keeper.store.is_some() {
        keeper.recount()?;
        if let Err(e) = keeper.remember_newest() {
            tracing::warn!(target: "journal", error = %e, "salinan data situs");
        }
    }
    Ok(keeper)
}

/// Compares what the lock remembers of the last start with the journal that was found.
fn begun(dir: &Path, tip: Option<&Tip>, knows: impl Fn(Uuid) -> bool, counts: &Counts) {
    let last = std::fs::read_to_string(dir.join(LOCK)).unwrap_or_default();
    let Ok(last) = last.trim().parse::<Uuid>() else { return };
    match tip {
        None => counts.begin_as(Begun::Missing),
        Some(tip) if tip.epoch != last && !knows(last) => counts.begin_as(Begun::Older),
        Some(_) => {}
    }
}

impl Keeper {
    /// What the next epoch hangs on where the journal could not be read at start.
    pub(super) fn parent_in_store(&self) -> Option<Parent> {
        let tip = self.store.as_ref()?.tip().ok()?.0?;
        Some(Parent { epoch: tip.epoch, seq: tip.seq, hash: tip.link.hex() })
    }

    /// Notes in the lock which epoch was the last; a journal that knows nothing of it is an older one.
    pub(super) fn remember_epoch(&self) -> std::io::Result<()> {
        let text = format!("{}\n", self.chain.epoch);
        self.lock.write_all_at(text.as_bytes(), 0)?;
        self.lock.set_len(text.len() as u64)?;
        // A power cut must not make the journal look older than its lock, or newer.
        self.lock.sync_data()
    }
}

impl Journal {
    /// Opens journal, spool and replica in `dir`, takes the lock, records `started`, and begins to compare the stores
    /// behind everything else. Blocks for a few fsyncs.
    pub fn open(options: Options) -> Result<Self, JournalError> {
        let mut keeper = keeper(&options)?;
        let (counts, link_up, outage) = (keeper.counts.clone(), keeper.link_up.clone(), keeper.outage.clone());
        let parent = keeper.chain.parent.clone();
        // With no store to write into the gate runs all the same, refuses what it cannot keep, and says so.
        if let Err(e) = keeper.begin_epoch(options.started, options.origin, options.stamp, parent) {
            tracing::error!(target: "journal", error = %e, "awal epoch tidak tersimpan");
            keeper.chain.broken = true;
        }
        let queue = Arc::new(Queue::default());
        let jobs = queue.clone();
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || keeper.run(&jobs))
            .map_err(|e| JournalError::Io(options.dir.clone(), e))?;
        let mut threads = vec![thread];
        match compare_later(queue.clone(), counts.clone(), options.dir) {
            Ok(compares) => threads.push(compares),
            Err(e) => {
                tracing::error!(target: "journal", error = %e, "jurnal dan berkas cadangan tidak dibandingkan")
            }
        }
        let inner = Inner { queue, counts, link_up, outage, threads };
        Ok(Self { inner: Arc::new(inner) })
    }
}
