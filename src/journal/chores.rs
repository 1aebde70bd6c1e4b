//! What the keeper does when nobody waits, so that the next recording is quick.

use super::error::JournalError;
use super::keeper::{Keeper, RECENT_EXITS};
use super::replica::Source;
use crate::domain::fact::Sealed;
use crate::domain::kinds::Event;
use crate::domain::stay::Stay;
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The WAL is written back when it holds more than this many pages.
const CHECKPOINT_PAGES: i64 = 400;
/// An unwritable journal is tried again this often while facts wait for it.
pub(super) const REOPEN: Duration = Duration::from_secs(2);
/// The newest facts that are gone through at a start: more than a terminal records before a replica is on the platter.
const NEWEST: i64 = 256;
/// Spool files brought into the journal between two jobs, each with a sync of its own.
const STRAYS_AT_ONCE: usize = 2;

impl Keeper {
    /// The replica is not synced: what this terminal recorded last may not be in it after a crash. Before the first command
    /// it is, so that no stay that was paid is paid again. What was taken back does not stand.
    pub(super) fn remember_newest(&mut self) -> Result<(), JournalError> {
        let Some(store) = &self.store else { return Ok(()) };
        let sql = "SELECT envelope, kind FROM fact WHERE n > (SELECT max(n) FROM fact) - ?1
                   AND kind IN ('entered', 'left', 'voided') ORDER BY n";
        let mut statement = store.conn.prepare_cached(sql)?;
        let mut rows = statement.query([NEWEST])?;
        let (mut stays, mut exits, mut voided) = (Vec::new(), VecDeque::new(), HashSet::new());
        while let Some(row) = rows.next()? {
            let Ok(sealed) = serde_json::from_str::<Sealed>(row.get_ref(0)?.as_str().unwrap_or_default()) else {
                continue;
            };
            if let Ok(Event::Voided(void)) = sealed.fact.event() {
                voided.insert(void.target);
            } else if let Some(stay) = Stay::of(&sealed.fact) {
                if !stay.is_inside() {
                    exits.push_front((stay.stay, sealed.fact.id()));
                }
                stays.push((sealed.fact.id(), stay));
            }
        }
        drop(rows);
        drop(statement);
        let stands = stays.into_iter().filter(|(id, _)| !voided.contains(id));
        let stays: Vec<Stay> = stands.map(|(_, stay)| stay).collect();
        exits.truncate(RECENT_EXITS);
        self.recent_exits = exits;
        self.hear(&stays, Source::Own);
        Ok(())
    }

    /// What was recorded goes to the replica: behind its answer, and before the next question.
    pub(super) fn hear_own(&mut self) {
        let own = std::mem::take(&mut self.unheard);
        if !own.is_empty() {
            self.hear(&own, Source::Own);
        }
    }

    /// Whether files of acked facts may go: while the WAL is in doubt a power cut could take the rows, and a gate that stands
    /// alone would not know its own ticket. A full disk needs the room more: the centre has these facts.
    pub(super) fn may_leave(&mut self) -> bool {
        if self.wal_in_doubt && self.reopen_at <= Instant::now() {
            self.wal_in_doubt = self.store.as_ref().is_none_or(|store| store.write_all_back().is_err());
            if self.wal_in_doubt {
                self.reopen_at = Instant::now() + REOPEN;
            }
        }
        !self.wal_in_doubt || self.counts.disk_low()
    }

    /// Removes spool files of acked facts: at most `most`, and none is begun after `within`; how many.
    pub(super) fn remove_some(&mut self, most: usize, within: Duration) -> u64 {
        if self.leaving.is_empty() || !self.may_leave() {
            return 0;
        }
        let begun = Instant::now();
        let mut gone = 0;
        while gone < most as u64
            && (gone == 0 || begun.elapsed() < within)
            && let Some(name) = self.leaving.pop_front()
        {
            if let Err(e) = self.spool.remove(&name) {
                tracing::warn!(target: "journal", error = %e, "berkas cadangan belum terhapus");
            }
            gone += 1;
        }
        self.counts.leaving.store(self.leaving.len() as u64, Ordering::Release);
        gone
    }

    /// Chores for which nobody waits; whether more are left.
    pub(super) fn write_back(&mut self) -> bool {
        self.written_back = self.chain.seq;
        let Some(store) = &self.store else { return false };
        // On a full disk the room is for sales.
        let room = !self.counts.disk_low();
        let done =
            store.checkpoint(CHECKPOINT_PAGES).and_then(|()| if room { store.make_room() } else { Ok(false) });
        let done = self.doubt(done);
        if let Err(e) = &done {
            tracing::warn!(target: "journal", error = %e, "jurnal belum dirapikan");
        }
        done.unwrap_or(false)
    }

    /// Writes the files of facts that were recorded on a good link and are still unacked.
    pub(super) fn spool_overdue(&mut self, now: Instant) {
        while self.unspooled.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, sealed)) = self.unspooled.pop_front() else { break };
            // Where the journal cannot say, the file is written: it may be all that is left.
            let look = self.store.as_ref().map(|s| s.look(sealed.fact.id()));
            if matches!(look, Some(Ok(Some((_, false))))) {
                continue;
            }
            let written = serde_json::to_string(&sealed).map_err(JournalError::from);
            let written = written.and_then(|envelope| self.write_spool(&sealed, &envelope));
            if let Err(e) = written {
                tracing::error!(target: "journal", error = %e, "berkas cadangan");
            }
        }
    }

    /// A journal that was closed behind an error is opened again as soon as it can be, and facts that only the spool
    /// holds go into it, so that all is sent before the next start.
    pub(super) fn bring_in_strays(&mut self) {
        if self.reopen_at > Instant::now() {
            return;
        }
        if self.store.is_none() {
            self.store = self.open_again().ok();
            self.recount_due = true;
            self.reopen_at = Instant::now() + REOPEN;
        }
        if self.store.is_none() {
            return;
        }
        // A few at a time: somebody may be waiting.
        for _ in 0..STRAYS_AT_ONCE {
            let Some(name) = self.strays.pop_front() else { break };
            if !self.take_in_stray(&name) {
                self.strays.push_back(name);
                self.reopen_at = Instant::now() + REOPEN;
                break;
            }
        }
        // What an error left is counted anew: a row that was refused may have come to life.
        let settled = self.strays.is_empty() || self.reopen_at > Instant::now();
        if self.recount_due && settled {
            self.recount_due = self.recount().is_err();
        }
    }

    /// There are strays, and it is time to bring one in.
    pub(super) fn strays_due(&self) -> bool {
        !self.strays.is_empty() && self.reopen_at <= Instant::now()
    }

    /// Behind an error of a write nobody waited for: its pages may be among those the next recording builds upon, and
    /// the kernel takes them for clean now.
    pub(super) fn doubt<T, E>(&mut self, done: Result<T, E>) -> Result<T, E> {
        self.wal_in_doubt |= done.is_err();
        done
    }
}
