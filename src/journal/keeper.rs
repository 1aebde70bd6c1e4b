//! The keeper: one thread, one writing connection. It gives a fact its place in the chain, makes it durable, and only
//! then answers. An I/O error means *unknown*: reopen, look the id up, try once more with the same id.

use super::chores::REOPEN;
use super::error::JournalError;
use super::prune::Pruning;
use super::queue::{Counts, Journal, Queue};
use super::replica::{Replica, Source};
use super::room::Room;
use super::spool::Spool;
use super::store::{NewRow, Store};
use crate::domain::fact::{Fact, Origin, Sealed, Stamp};
use crate::domain::ids::GateId;
use crate::domain::kinds::{Event, Parent, Started};
use crate::domain::seal::{GateKey, Hash};
use crate::domain::stay::Stay;
use crate::domain::ticket;
use data_encoding::HEXLOWER;
use jiff::tz::TimeZone;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::VecDeque;
use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A fact recorded while the link was up gets its spool file only when it is still unacked after this long.
const SPOOL_AFTER: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_millis(300);
/// Where facts come so fast that nobody is ever idle, the WAL is written back behind so many, in the next lull.
const WAL_FACTS: u64 = 80;
/// A lull this short is enough for what makes the next recording quick.
const LULL: Duration = Duration::from_millis(4);
pub(super) const RECENT_EXITS: usize = 32;
/// Spool files removed when nobody waits, and between two jobs that do.
const FILES_AT_ONCE: usize = 32;
const FILES_BETWEEN: usize = 4;
/// And not for longer than this: on a busy disk one of them takes many milliseconds, and a vehicle may wait.
pub(super) const FILES_WITHIN: Duration = Duration::from_millis(2);
/// While batches come and go the files wait: removing them meanwhile costs a centre on the same disk a fifth of its
/// speed. Behind so many names the memory counts for more.
const BATCHES_APART: Duration = Duration::from_millis(60);
const MANY_FILES: usize = 20_000;

/// A fact to be recorded.
pub struct Draft {
    pub id: Uuid,
    pub origin: Origin,
    pub stamp: Stamp,
    /// An `entered` with an empty ticket is given its number here.
    pub event: Event,
    pub personal: Vec<(&'static str, String)>,
    /// What the replica shall know of the stay; an empty ticket is filled in.
    pub stay: Option<Stay>,
}

/// Which of the two stores took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stores {
    /// All that were needed.
    All,
    JournalOnly,
    SpoolOnly,
}

/// What is known of a row in the journal.
enum Kept {
    Synced,
    /// It can be read, but a sync before it failed: a power cut may take it, and no later sync of the same file proves
    /// that it will not (the kernel forgets what it could not write).
    Seen,
}

/// It is durable.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub sealed: Sealed,
    pub ticket: Option<String>,
    pub stores: Stores,
    /// It was written at an earlier try, and may say other than this draft.
    pub again: bool,
}

/// Where the next fact hangs on.
pub(super) struct Chain {
    pub epoch: Uuid,
    pub seq: u64,
    pub prev: Hash,
    /// Where this epoch hangs on.
    pub parent: Option<Parent>,
    pub counter: u32,
    /// A write whose outcome nobody knows: this epoch takes no more facts.
    pub broken: bool,
}

/// Whose journal it is: what facts adopted from the old system are told to be of.
pub(super) struct Home {
    pub site: String,
    pub gate: GateId,
    pub zone: TimeZone,
}

pub(super) struct Keeper {
    pub(super) store: Option<Store>,
    pub(super) spool: Spool,
    pub(super) replica: Replica,
    pub(super) counts: Arc<Counts>,
    pub(super) recent_exits: VecDeque<(Uuid, Uuid)>,
    pub(super) unheard: Vec<Stay>,
    /// Spool files of facts the journal could not take: brought in as soon as it can be written again.
    pub(super) strays: VecDeque<String>,
    /// The unreadable journal that was moved aside at start.
    pub(super) aside: Option<PathBuf>,
    pub(super) reopen_at: Instant,
    pub(super) recount_due: bool,
    /// A write or sync of the WAL failed since it was last begun anew: what stands behind that place may not be there
    /// after a power cut, however well it was synced.
    pub(super) wal_in_doubt: bool,
    /// Names of spool files whose facts are acked.
    pub(super) leaving: VecDeque<String>,
    /// The seq at which the WAL was last looked after.
    pub(super) written_back: u64,
    pub(super) path: PathBuf,
    pub(super) chain: Chain,
    pub(super) key: Arc<GateKey>,
    pub(super) link_up: Arc<AtomicBool>,
    pub(super) outage: Arc<AtomicBool>,
    pub(super) unspooled: VecDeque<(Instant, Sealed)>,
    pub(super) random: SystemRandom,
    /// One process per journal: held as long as the keeper lives.
    pub(super) lock: File,
    pub(super) lock_path: PathBuf,
    /// Waiting facts behind this row have no file any more: they get one when nobody waits.
    pub(super) refill: Option<i64>,
    pub(super) home: Home,
    pub(super) pruning: Pruning,
    pub(super) room: Room,
}

impl Journal {
    /// Records a fact: the answer comes when it is durable. Dropping the future does not take it back.
    pub async fn record(&self, draft: Draft) -> Result<Recorded, JournalError> {
        self.call(true, move |keeper| keeper.record(draft)).await?
    }
}

impl Keeper {
    pub(super) fn run(mut self, jobs: &Queue) {
        let mut touched = true;
        let mut lull = false;
        let mut pruning = false;
        loop {
            let due = self.unspooled.front().map(|(at, _)| at.saturating_duration_since(Instant::now()));
            let spare = !self.link_up.load(Ordering::Acquire) && self.spool.wants_spare();
            let full = self.chain.seq.saturating_sub(self.written_back) > WAL_FACTS;
            let leaves = !self.leaving.is_empty() && self.may_leave();
            let patience = if leaves {
                Some(if lull || self.leaving.len() > MANY_FILES { Duration::ZERO } else { BATCHES_APART })
            } else if spare || full {
                Some(LULL)
            } else if touched || pruning || self.refill.is_some() || self.strays_due() {
                let lull = pruning || self.refill.is_some() || self.strays_due();
                Some(due.unwrap_or(IDLE).min(if lull { LULL } else { IDLE }))
            } else if !(self.strays.is_empty() && self.leaving.is_empty())
                || self.is_troubled()
                || self.store.is_none()
            {
                Some(due.unwrap_or(REOPEN).min(REOPEN))
            } else {
                due
            };
            let next = jobs.next(patience);
            lull = matches!(next, Ok(None));
            match next {
                Err(()) => break,
                Ok(Some(job)) => {
                    // A bug in one job must not cost the gate its journal; whoever asked is told that nobody knows.
                    if std::panic::catch_unwind(AssertUnwindSafe(|| job(&mut self))).is_err() {
                        tracing::error!(target: "journal", "tugas jurnal gagal karena galat program");
                        self.chain.broken = true;
                        self.store = None;
                    }
                    self.hear_own();
                    self.remove_some(FILES_BETWEEN, FILES_WITHIN);
                    touched = true;
                }
                Ok(None) if leaves => drop(self.remove_some(FILES_AT_ONCE, FILES_WITHIN)),
                Ok(None) if spare => self.spool.lay_out_spare(),
                Ok(None) if touched || full => {
                    touched = self.write_back();
                    self.look_around();
                    pruning = pruning || self.may_prune();
                }
                Ok(None) if self.refill.is_some() => self.refill_some(),
                Ok(None) if pruning => pruning = self.prune(),
                Ok(None) => self.look_around(),
            }
            self.bring_in_strays();
            self.spool_overdue(Instant::now());
        }
        // What is still unacked leaves its witness before the lock is given up.
        self.spool_overdue(Instant::now() + SPOOL_AFTER);
        self.remove_some(usize::MAX, Duration::MAX);
        self.spool.give_up_spare();
    }

    pub(super) fn begin_epoch(
        &mut self,
        id: Uuid,
        origin: Origin,
        stamp: Stamp,
        parent: Option<Parent>,
    ) -> Result<(), JournalError> {
        let event = Event::Started(Started { parent, version: env!("CARGO_PKG_VERSION").into() });
        self.record(Draft { id, origin, stamp, event, personal: Vec::new(), stay: None })?;
        if let Err(e) = self.remember_epoch() {
            tracing::warn!(target: "journal", error = %e, "journal.lock");
        }
        Ok(())
    }

    /// Seals, writes, and only then says so.
    pub(super) fn record(&mut self, mut draft: Draft) -> Result<Recorded, JournalError> {
        if self.chain.broken {
            self.renew_epoch(&draft)?;
        }
        let mut counter = None;
        let mut number = None;
        if let Event::Entered(entered) = &mut draft.event
            && entered.ticket.is_empty()
        {
            let (text, following) = ticket::next(&draft.origin.gate, self.chain.epoch, self.chain.counter);
            entered.ticket.clone_from(&text);
            counter = Some((following + ticket::COUNTERS - 1) % ticket::COUNTERS);
            number = Some(text);
        }
        let personal: Vec<(&str, &str)> = draft.personal.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let salt = || salt(&self.random);
        let fact = Fact::new(draft.id, &draft.origin, &draft.stamp, &draft.event, &personal, salt)?;
        let sealed = fact.seal(&self.key, self.chain.epoch, self.chain.seq + 1, self.chain.prev)?;
        let envelope = serde_json::to_string(&sealed)?;
        let outage = self.outage.load(Ordering::Acquire);
        let row = NewRow { sealed: &sealed, envelope: &envelope, counter, own: true, outage };
        let journal = self.append(&row).and_then(|kept| self.stay_in_place().map(|()| kept));
        self.counts.journal_failed.store(journal.is_err(), Ordering::Release);
        let up = self.link_up.load(Ordering::Acquire);
        let sure = matches!(journal, Ok(Kept::Synced));
        let spool = if up && sure { None } else { Some(self.write_spool(&sealed, &envelope)) };
        let stores = match (&journal, &spool) {
            (Ok(_), None | Some(Ok(()))) => Stores::All,
            (Ok(Kept::Seen), Some(Err(e))) => {
                tracing::error!(target: "journal", error = %e, "berkas cadangan tidak dapat ditulis, dan jurnal gagal disimpan");
                self.chain.broken = true;
                return Err(JournalError::Unsaved(Box::new(sealed), e.to_string()));
            }
            (Ok(Kept::Synced), Some(Err(e))) => {
                tracing::error!(target: "journal", error = %e, "berkas cadangan tidak dapat ditulis; peristiwa ada di jurnal");
                Stores::JournalOnly
            }
            (Err(e), Some(Ok(()))) => {
                tracing::error!(target: "journal", error = %e, "jurnal tidak dapat ditulis; peristiwa ada di berkas cadangan");
                Stores::SpoolOnly
            }
            (Err(e), _) => {
                self.chain.broken = true;
                return Err(JournalError::Unsaved(Box::new(sealed), e.to_string()));
            }
        };
        self.chain.seq = sealed.seq;
        self.chain.prev = sealed.link();
        self.counts.seq.store(sealed.seq, Ordering::Release);
        if let Some(counter) = counter {
            self.chain.counter = (counter + 1) % ticket::COUNTERS;
        }
        if stores == Stores::SpoolOnly {
            self.strays.push_back(Spool::name(&sealed));
        }
        let grown = if stores == Stores::SpoolOnly { &self.counts.unadopted } else { &self.counts.pending };
        grown.fetch_add(1, Ordering::AcqRel);
        if up && stores == Stores::All {
            self.spool_soon(sealed.clone());
        }
        self.reckon(&draft.event, draft.id, draft.stay, number.as_deref());
        Ok(Recorded { sealed, ticket: number, stores, again: false })
    }

    pub(super) fn spool_soon(&mut self, sealed: Sealed) {
        self.unspooled.push_back((Instant::now() + SPOOL_AFTER, sealed));
    }

    /// What was recorded is on its way to the replica, and to the rows of "Terakhir".
    pub(super) fn reckon(&mut self, event: &Event, id: Uuid, stay: Option<Stay>, number: Option<&str>) {
        let Some(mut stay) = stay else { return };
        if let Event::Left(left) = event {
            self.recent_exits.push_front((left.stay, id));
            self.recent_exits.truncate(RECENT_EXITS);
        }
        if let Some(number) = number {
            stay.ticket = number.to_owned();
        }
        self.unheard.push(stay);
    }

    /// One append; on an error the outcome is unknown, so the id is looked up on a fresh connection.
    fn append(&mut self, row: &NewRow<'_>) -> Result<Kept, JournalError> {
        let first = match &mut self.store {
            Some(store) => {
                self.wal_in_doubt = self.wal_in_doubt && store.write_all_back().is_err();
                store.append(row)
            }
            None => Err(JournalError::NoStore("closed".into())),
        };
        let Err(error) = first else { return Ok(if self.wal_in_doubt { Kept::Seen } else { Kept::Synced }) };
        tracing::error!(target: "journal", error = %error, "hasil penulisan tidak pasti: jurnal dibuka ulang");
        self.store = None;
        (self.recount_due, self.wal_in_doubt) = (true, true);
        self.reopen_at = Instant::now() + REOPEN;
        self.make_way(&error);
        let mut fresh = self.open_again()?;
        let found = fresh.envelope(row.sealed.fact.id());
        let readable = found.is_ok();
        let outcome = match found {
            Ok(Some(text)) if text == row.envelope => Ok(()),
            Ok(Some(_)) => Err(JournalError::NoStore("its id is another fact's".into())),
            Ok(None) => fresh.append(row).map(|_| ()),
            Err(e) => Err(e),
        };
        if let Err(e) = outcome {
            // One that can only be read still answers.
            if readable {
                self.store = Some(fresh);
            }
            return Err(e);
        }
        #[cfg(feature = "planted")]
        if planted!("sync-forgotten") {
            (self.wal_in_doubt, self.store) = (false, Some(fresh));
            return Ok(Kept::Synced);
        }
        self.wal_in_doubt = fresh.write_all_back().is_err();
        self.store = Some(fresh);
        Ok(if self.wal_in_doubt { Kept::Seen } else { Kept::Synced })
    }

    /// After a write of unknown outcome this epoch is closed: no seq is ever used twice.
    fn renew_epoch(&mut self, draft: &Draft) -> Result<(), JournalError> {
        // An epoch that never held a fact is nobody's parent.
        if self.chain.seq > 0 {
            let (epoch, seq, hash) = (self.chain.epoch, self.chain.seq, self.chain.prev.hex());
            self.chain.parent = Some(Parent { epoch, seq, hash });
        }
        let parent = self.chain.parent.clone().or_else(|| self.parent_in_store());
        self.chain.epoch = uuid::Builder::from_random_bytes(fresh(&self.random)).into_uuid();
        self.counts.set_epoch(self.chain.epoch);
        (self.chain.seq, self.written_back) = (0, 0);
        self.chain.broken = false;
        let mut id = fresh(&self.random);
        id[..8].copy_from_slice(&draft.id.as_bytes()[..8]);
        id[8] = 0x80 | (id[8] & 0x3f);
        let begun = self.begin_epoch(Uuid::from_bytes(id), draft.origin.clone(), draft.stamp.clone(), parent);
        begun.map_err(|e| match e {
            // That was the epoch's own first fact: of the draft nothing was written.
            JournalError::Unsaved(_, why) => JournalError::NoStore(why),
            e => e,
        })
    }

    pub(super) fn hear(&mut self, stays: &[Stay], source: Source) -> usize {
        match self.replica.hear(stays, source) {
            Ok(changed) => changed,
            Err(e) => {
                tracing::warn!(target: "journal", error = %e, "salinan data situs");
                0
            }
        }
    }
}

fn fresh(random: &SystemRandom) -> [u8; 16] {
    let mut bytes = [0; 16];
    // The system's randomness does not fail on Linux after boot; a zero salt would still be a valid fact.
    let _ = random.fill(&mut bytes);
    bytes
}

fn salt(random: &SystemRandom) -> String {
    HEXLOWER.encode(&fresh(random))
}
