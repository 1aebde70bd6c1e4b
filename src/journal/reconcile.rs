//! Start-up: journal and spool are compared and each refills the other, with the same ids, behind the first commands.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use super::spool::is_old_system;
use super::store::NewRow;
use crate::domain::fact::Sealed;
use crate::domain::kinds::kind;
use std::io::ErrorKind;
use std::sync::atomic::Ordering;

/// Files or rows looked at in one turn of the keeper; a recording waits for one turn at most.
const TURN: usize = 16;

impl Journal {
    /// Queues the comparison, a turn at a time.
    pub(super) fn reconcile_later(&self) {
        // Not the handle itself: whoever drops the last one must find the lock free when the drop returns.
        let (queue, counts) = (self.inner.queue.clone(), self.inner.counts.clone());
        std::thread::spawn(move || {
            let Some(Ok(names)) = block(queue.call(false, |k| k.spool.names())) else { return };
            for turn in names.chunks(TURN * 16) {
                let turn = turn.to_vec();
                let Some(unknown) = block(queue.call(false, move |k| k.unknown(&turn))) else { return };
                counts.unadopted.fetch_add(unknown, Ordering::AcqRel);
            }
            for turn in names.chunks(TURN) {
                let turn = turn.to_vec();
                if block(queue.call(false, move |k| turn.iter().for_each(|name| k.take_in(name)))).is_none() {
                    return;
                }
            }
            let mut after = 0;
            while let Some(Ok(Some(last))) = block(queue.call(false, move |k| k.refill_spool(after))) {
                after = last;
            }
        });
    }
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
    /// old system -> left for its own import; damaged -> set aside.
    pub(super) fn take_in(&mut self, name: &str) {
        let done = self.try_take_in(name);
        match done {
            Ok(counted) => {
                if counted {
                    let less = |v: u64| Some(v.saturating_sub(1));
                    let _ = self.counts.unadopted.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
                }
            }
            Err(e) => tracing::error!(target: "journal", file = name, error = %e, "spool file not adopted"),
        }
    }

    /// How many of these files hold a fact the journal does not know.
    fn unknown(&self, names: &[String]) -> u64 {
        let known = |name: &String| {
            let look = |id| self.store.as_ref().is_some_and(|s| matches!(s.look(id), Ok(Some(_))));
            id_in(name).is_some_and(look)
        };
        names.iter().filter(|name| !known(name)).count() as u64
    }

    /// Whether a file that counted by itself does so no longer.
    pub(super) fn try_take_in(&mut self, name: &str) -> Result<bool, JournalError> {
        if let Some(store) = &self.store
            && let Some(id) = id_in(name)
            && let Some(envelope) = store.waiting_envelope(id)?
            && self.spool.is_same(name, &envelope)
        {
            return Ok(false);
        }
        let found = match self.spool.read(name) {
            // Acked and removed since the folder was read.
            Err(JournalError::Io(_, e)) if e.kind() == ErrorKind::NotFound => return Ok(false),
            found => found?,
        };
        let sealed = match found.read {
            Ok(sealed) => sealed,
            Err(_) if is_old_system(&found.path) => return Ok(false),
            Err(reason) => {
                tracing::error!(target: "journal", file = name, reason, "spool file set aside");
                self.spool.set_aside(&found.path, &reason)?;
                return Ok(true);
            }
        };
        let Some(store) = &mut self.store else { return Ok(false) };
        match store.look(sealed.fact.id())? {
            Some((_, true)) => return Ok(false),
            Some((_, false)) => {
                self.spool.remove(name)?;
                return Ok(false);
            }
            None => {
                self.adopt(&sealed)?;
                self.counts.pending.fetch_add(1, Ordering::AcqRel);
                tracing::warn!(target: "journal", file = name, "fact adopted from the spool");
            }
        }
        Ok(true)
    }

    fn adopt(&mut self, sealed: &Sealed) -> Result<(), JournalError> {
        let envelope = serde_json::to_string(sealed)?;
        let Some(store) = &mut self.store else { return Ok(()) };
        store.append(&NewRow { sealed, envelope: &envelope, counter: None, own: false, outage: true })?;
        Ok(())
    }

    /// Writes the missing files of waiting facts; the last row looked at, or `None` at the end.
    fn refill_spool(&mut self, after: i64) -> Result<Option<i64>, JournalError> {
        let rows = {
            let Some(store) = &self.store else { return Ok(None) };
            let mut statement = store.conn.prepare_cached(
                "SELECT o.n, f.envelope FROM outbox o JOIN fact f USING (n)
                 WHERE o.n > ?1 AND f.kind <> ?2 ORDER BY o.n LIMIT ?3",
            )?;
            let rows = statement.query_map(rusqlite::params![after, kind::STARTED, TURN as i64], |r| {
                Ok((r.get::<_, i64>(0)?, super::outbox::text(r, 1)?))
            })?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        for (_, envelope) in &rows {
            // A damaged row is mended, or set aside, when it is to be sent.
            let Some(sealed) = serde_json::from_str::<Sealed>(envelope).ok().filter(|s| s.check().is_ok()) else {
                continue;
            };
            if !self.spool.holds(&sealed) {
                self.spool.write(&sealed, envelope)?;
            }
        }
        Ok(rows.last().map(|(n, _)| *n))
    }
}
