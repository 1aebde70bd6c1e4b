//! Start-up: journal and spool are compared and each refills the other, with the same ids, behind the first commands.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::{Begun, Counts, Queue};
use super::sound::damage_in;
use super::spool::old_record;
use super::store::{NewRow, Store};
use crate::domain::fact::Sealed;
use crate::domain::kinds::kind;
use crate::domain::old_system::{self, OldError};
use crate::domain::stay::Stay;
use rusqlite::ErrorCode;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Files or rows looked at in one turn of the keeper; a recording waits for one turn at most.
const TURN: usize = 16;
/// And no turn takes longer, but for what is under way.
pub(super) const TURN_TIME: Duration = Duration::from_millis(15);

/// Queues the comparison, a turn at a time, until the queue is closed.
pub(super) fn compare_later(
    queue: Arc<Queue>,
    counts: Arc<Counts>,
    dir: PathBuf,
) -> std::io::Result<JoinHandle<()>> {
    let compare = move || {
        // An index that disagrees with its rows would say of a fact that it is not there.
        let closing = queue.clone();
        if let Some(found) = damage_in(&dir, move || closing.is_closed()) {
            match block(queue.call(false, move |k| k.reindex(&found))) {
                Some(Ok(true)) => {}
                told => {
                    tracing::error!(target: "journal", ?told, "jurnal rusak: jalankan parkir journal repair")
                }
            }
        }
        let look = |k: &mut Keeper| {
            k.spool.straighten();
            k.spool.names()
        };
        let Some(Ok(names)) = block(queue.call(false, look)) else { return };
        for turn in names.chunks(TURN * 16) {
            let turn = turn.to_vec();
            let Some(unknown) = block(queue.call(false, move |k| k.unknown(&turn))) else { return };
            counts.unadopted.fetch_add(unknown, Ordering::AcqRel);
        }
        let mut rest = &names[..];
        while !rest.is_empty() {
            let turn = rest[..rest.len().min(TURN)].to_vec();
            let take = move |k: &mut Keeper| {
                let begun = Instant::now();
                let taken = turn.iter().take_while(|_| begun.elapsed() < TURN_TIME);
                taken.map(|name| k.take_in_at_start(name)).count()
            };
            let Some(taken) = block(queue.call(false, take)) else { return };
            rest = &rest[taken..];
        }
        let mut after = Some(0);
        while let Some(from) = after {
            let Some(read) = block(queue.call(false, move |k| k.salvage_some(from))) else { return };
            after = read;
        }
        let mut after = 0;
        while let Some(Ok(Some(last))) = block(queue.call(false, move |k| k.refill_spool(after))) {
            after = last;
        }
    };
    let thread = std::thread::Builder::new().name("compare".into());
    thread.spawn(compare)
}

const OTHER_CONTENT: &str = "nomor peristiwa ini sudah dipakai isi lain di jurnal";
const OTHER_PLACE: &str = "tempatnya dalam rantai jurnal sudah dipakai peristiwa lain";

/// What became of a spool file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    /// Its fact is counted by the journal, or the file is gone.
    Counted,
    /// It is no fact, or one that is known: nothing waits for its sake.
    Nothing,
    /// Its fact waits now. `lost`: it had been a fact before.
    Pending { lost: bool },
}

/// What became of a fact brought here.
pub(super) enum Taken {
    Adopted,
    Known,
    Refused(&'static str),
}

/// The fact a spool file's name speaks of.
fn id_in(name: &str) -> Option<uuid::Uuid> {
    name.trim_end_matches(".json").rsplit('_').next()?.parse().ok()
}

/// Waits for an answer of the keeper on a thread that has no runtime.
fn block<T>(answer: impl Future<Output = Result<T, JournalError>>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
    runtime.block_on(answer).ok()
}

impl Keeper {
    /// One spool file: known and waiting -> stays; known and acked -> removed; unknown -> into the journal; of the
    /// old system -> becomes a fact; damaged -> set aside. Whether that could be done.
    pub(super) fn take_in(&mut self, name: &str) -> bool {
        match self.try_take_in(name) {
            Ok(became) => {
                if became != Became::Counted {
                    let less = |v: u64| Some(v.saturating_sub(1));
                    let _ = self.counts.unadopted.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
                }
                if let Became::Pending { lost } = became {
                    self.counts.pending.fetch_add(1, Ordering::AcqRel);
                    tracing::warn!(target: "journal", file = name, lost, "peristiwa diambil dari berkas cadangan");
                }
                true
            }
            Err(e) => {
                tracing::error!(target: "journal", file = name, error = %e, "berkas cadangan tidak dapat diambil");
                false
            }
        }
    }

    /// A file that was counted when its fact was recorded; whether it is dealt with.
    pub(super) fn take_in_stray(&mut self, name: &str) -> bool {
        let became = match self.try_take_in(name) {
            Ok(became) => became,
            Err(e) => {
                tracing::error!(target: "journal", file = name, error = %e, "berkas cadangan belum masuk jurnal");
                return false;
            }
        };
        let less = |v: u64| Some(v.saturating_sub(1));
        let _ = self.counts.unadopted.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
        match became {
            Became::Pending { .. } => drop(self.counts.pending.fetch_add(1, Ordering::AcqRel)),
            // The row that was refused has come to life.
            Became::Counted => self.recount_due = true,
            Became::Nothing => {}
        }
        true
    }

    /// As `take_in`; a fact this journal once had and has no more is told on the screen.
    fn take_in_at_start(&mut self, name: &str) {
        if self.strays.iter().any(|stray| stray == name) {
            return;
        }
        let known =
            id_in(name).is_none_or(|id| self.store.as_ref().is_none_or(|s| !matches!(s.look(id), Ok(None))));
        if self.take_in(name) && !known {
            let own = |s: &Store, id| s.is_of(id, self.home.gate.as_str());
            if id_in(name).zip(self.store.as_ref()).is_some_and(|(id, store)| own(store, id)) {
                self.counts.begin_as(Begun::Refilled);
            }
        }
        self.hear_own();
    }

    /// How many of these files hold a fact the journal does not know.
    fn unknown(&self, names: &[String]) -> u64 {
        let known = |name: &String| {
            let look = |id| self.store.as_ref().is_some_and(|s| matches!(s.look(id), Ok(Some(_))));
            id_in(name).is_some_and(look)
        };
        // What only the spool took since the start is counted already.
        names.iter().filter(|name| !known(name) && !self.strays.contains(name)).count() as u64
    }

    fn try_take_in(&mut self, name: &str) -> Result<Became, JournalError> {
        if let Some(store) = &self.store
            && let Some(id) = id_in(name)
            && let Some(envelope) = store.waiting_envelope(id)?
            && self.spool.is_same(name, &envelope)
        {
            return Ok(Became::Counted);
        }
        let found = match self.spool.read(name) {
            // Acked and removed since the folder was read.
            Err(JournalError::Io(_, e)) if e.kind() == ErrorKind::NotFound => {
                let counted = self.unknown(&[name.to_owned()]) == 0;
                return Ok(if counted { Became::Counted } else { Became::Nothing });
            }
            found => found?,
        };
        let sealed = match found.read {
            Ok(sealed) => sealed,
            Err(reason) => return self.take_in_old(name, &found.path, &reason),
        };
        let Some(store) = &mut self.store else { return Err(JournalError::NoStore("closed".into())) };
        let Some((n, waits)) = store.look(sealed.fact.id())? else {
            return self.adopt_or_set_aside(&sealed, &found.path);
        };
        let stored = store.envelope(sealed.fact.id())?.and_then(|text| serde_json::from_str::<Sealed>(&text).ok());
        match stored {
            Some(stored) if stored.check().is_ok() && stored.hash != sealed.hash => {
                self.spool.set_aside(&found.path, OTHER_CONTENT)?;
                return Ok(Became::Nothing);
            }
            Some(stored) if stored.check().is_ok() => {}
            // What the disk made of it is put back as it was written; the chain says that it is.
            _ if store.heal(n, &sealed, &serde_json::to_string(&sealed)?)? => {
                tracing::error!(target: "journal", file = name, "isi di jurnal rusak: dipulihkan dari berkas cadangan");
            }
            _ => {}
        }
        if !waits {
            self.spool.remove(name)?;
        }
        Ok(Became::Counted)
    }

    fn adopt_or_set_aside(&mut self, sealed: &Sealed, path: &Path) -> Result<Became, JournalError> {
        match self.adopt(sealed) {
            Err(JournalError::Sqlite(e)) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                self.spool.set_aside(path, OTHER_PLACE)?;
                Ok(Became::Nothing)
            }
            done => done.map(|()| Became::Pending { lost: true }),
        }
    }

    /// A file that is no fact: a record of the old system becomes one, anything else is set aside.
    fn take_in_old(&mut self, name: &str, path: &Path, reason: &str) -> Result<Became, JournalError> {
        let Some(record) = old_record(path) else {
            tracing::error!(target: "journal", file = name, reason, "berkas cadangan disisihkan");
            self.spool.set_aside(path, reason)?;
            return Ok(Became::Nothing);
        };
        if old_system::is_done(&record) {
            self.spool.archive(path)?;
            return Ok(Became::Nothing);
        }
        let sealed = match self.of_old_system(&record, name) {
            Ok(sealed) => sealed,
            Err(e) => {
                tracing::error!(target: "journal", file = name, error = %e, "berkas sistem lama disisihkan");
                self.spool.set_aside(path, &e.to_string())?;
                return Ok(Became::Nothing);
            }
        };
        let became = match self.take(&sealed)? {
            Taken::Adopted => Became::Pending { lost: false },
            Taken::Known => Became::Nothing,
            Taken::Refused(why) => {
                self.spool.set_aside(path, why)?;
                return Ok(Became::Nothing);
            }
        };
        self.spool.archive(path)?;
        Ok(became)
    }

    pub(super) fn of_old_system(&self, record: &Value, name: &str) -> Result<Sealed, OldError> {
        let home = &self.home;
        old_system::adopt(record, name, &home.site, &home.gate, &home.zone, &self.key)
    }

    /// A fact from outside the spool: into the journal, and with a spool file of its own.
    pub(super) fn take(&mut self, sealed: &Sealed) -> Result<Taken, JournalError> {
        let Some(store) = &self.store else { return Err(JournalError::NoStore("closed".into())) };
        if let Some(text) = store.envelope(sealed.fact.id())? {
            let same = serde_json::from_str::<Sealed>(&text).is_ok_and(|stored| stored.hash == sealed.hash);
            return Ok(if same { Taken::Known } else { Taken::Refused(OTHER_CONTENT) });
        }
        match self.adopt(sealed) {
            Err(JournalError::Sqlite(e)) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                return Ok(Taken::Refused(OTHER_PLACE));
            }
            done => done?,
        }
        let envelope = serde_json::to_string(sealed)?;
        if let Err(e) = self.write_spool(sealed, &envelope) {
            tracing::error!(target: "journal", error = %e, "berkas cadangan tidak dapat ditulis; peristiwa ada di jurnal");
        }
        Ok(Taken::Adopted)
    }

    fn adopt(&mut self, sealed: &Sealed) -> Result<(), JournalError> {
        let envelope = serde_json::to_string(sealed)?;
        let Some(store) = &mut self.store else { return Err(JournalError::NoStore("closed".into())) };
        store.append(&NewRow { sealed, envelope: &envelope, counter: None, own: false, outage: true })?;
        self.unheard.extend(Stay::of(&sealed.fact));
        Ok(())
    }

    /// Writes the missing files of waiting facts; the last row looked at, or `None` at the end. What the disk made
    /// unreadable, and no file can put right, is parked: it must not go out as it is.
    pub(super) fn refill_spool(&mut self, after: i64) -> Result<Option<i64>, JournalError> {
        let rows = {
            let Some(store) = &self.store else { return Ok(None) };
            let mut statement = store.conn.prepare_cached(
                "SELECT o.n, f.envelope FROM outbox o JOIN fact f USING (n) WHERE o.n > ?1 ORDER BY o.n LIMIT ?2",
            )?;
            let rows = statement.query_map(rusqlite::params![after, TURN as i64], |r| {
                Ok((r.get::<_, i64>(0)?, super::outbox::text(r, 1)?))
            })?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        let begun = Instant::now();
        let mut last = None;
        for (n, envelope) in &rows {
            if begun.elapsed() > TURN_TIME {
                break;
            }
            last = Some(*n);
            let sealed = serde_json::from_str::<Sealed>(envelope).map_err(|e| e.to_string());
            let sealed = sealed.and_then(|s| s.check().map(|()| s).map_err(|e| e.to_string()));
            match sealed {
                // This start's own fact has its file in a second, if it still waits then.
                Ok(sealed) if sealed.epoch == self.chain.epoch && sealed.fact.kind() == kind::STARTED => {}
                Ok(sealed) if self.spool.holds(&sealed) => {}
                Ok(sealed) => self.write_spool(&sealed, envelope)?,
                Err(reason) => {
                    tracing::error!(target: "journal", n, reason, "isi di jurnal rusak: disisihkan");
                    if let Some(store) = &self.store {
                        store.park(*n, "rusak", &reason)?;
                    }
                    self.recount()?;
                }
            }
        }
        Ok(last)
    }
}
