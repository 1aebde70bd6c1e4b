//! Pruning: what PostgreSQL has and is older than the keeping time leaves the journal, a little at a time and only in
//! lulls. Where each epoch was cut stays behind as its anchor, so that the rest can still be verified.

use super::error::JournalError;
use super::keeper::Keeper;
use super::look::pruned_to;
use super::queue::Journal;
use super::store::Store;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use std::time::{Duration, Instant};

/// Rows looked at in one turn of the keeper; a recording waits for one turn at most.
const TURN: usize = 128;
const EVERY: Duration = Duration::from_secs(3600);
const DAY_MS: i64 = 86_400_000;

/// How much stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    pub days: u32,
    /// The newest facts stay whatever their clocks said.
    pub least: u64,
}

impl Default for Keep {
    fn default() -> Self {
        Self { days: 35, least: 2_000 }
    }
}

#[derive(Default)]
pub(super) struct Pruning {
    keep: Keep,
    /// `None`: at the next lull.
    next: Option<Instant>,
}

impl Journal {
    /// How long acked facts are kept from now on.
    pub async fn keep_for(&self, keep: Keep) -> Result<(), JournalError> {
        self.call(false, move |k| k.pruning = Pruning { keep, next: None }).await
    }
}

impl Keeper {
    pub(super) fn may_prune(&self) -> bool {
        self.pruning.next.is_none_or(|at| at <= Instant::now())
    }

    /// One turn; whether there is more to prune.
    pub(super) fn prune(&mut self) -> bool {
        let keep = self.pruning.keep;
        let now = Timestamp::now();
        let done = match &mut self.store {
            Some(store) => store.prune(keep, now),
            None => Ok(false),
        };
        let more = self.doubt(done).unwrap_or_else(|e| {
            tracing::warn!(target: "journal", error = %e, "jurnal belum dipangkas");
            false
        });
        if !more {
            self.pruning.next = Some(Instant::now() + EVERY);
            if let Err(e) = self.replica.forget(now, i64::from(keep.days)) {
                tracing::warn!(target: "journal", error = %e, "salinan data situs belum dipangkas");
            }
        }
        more
    }
}

/// A UUIDv7's first six bytes at a moment: ids compare with it as times do.
fn id_at(ms: i64) -> [u8; 6] {
    let bytes = ms.max(0).to_be_bytes();
    [bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]]
}

impl Store {
    /// Cuts at most a turn's rows off the journal's beginning. It stops before the first one that is too young.
    fn prune(&mut self, keep: Keep, now: Timestamp) -> Result<bool, JournalError> {
        let young = id_at(now.as_millisecond() - i64::from(keep.days) * DAY_MS);
        let tx = self.conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let sql = "SELECT n FROM fact ORDER BY n DESC LIMIT 1 OFFSET ?1";
        let Some(newest) = tx.query_row(sql, [keep.least.max(1) as i64], |r| r.get::<_, i64>(0)).optional()?
        else {
            return Ok(false);
        };
        let from = pruned_to(&tx)?;
        let (mut cut, mut seen) = (from, 0);
        {
            let sql = "SELECT n, substr(id, 1, 6) < ?2 FROM fact WHERE n > ?1 AND n <= ?3 ORDER BY n LIMIT ?4";
            let mut statement = tx.prepare_cached(sql)?;
            let mut rows = statement.query(params![from, &young[..], newest, TURN as i64])?;
            while let Some(row) = rows.next()? {
                if !row.get::<_, bool>(1)? {
                    break;
                }
                cut = row.get(0)?;
                seen += 1;
            }
        }
        // Facts that still waited at an earlier cut may have been acked since.
        let behind =
            "SELECT 1 FROM fact f WHERE n <= ?1 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.n = f.n) LIMIT 1";
        if cut == from && !tx.prepare_cached(behind)?.exists([from])? {
            return Ok(false);
        }
        tx.execute(
            "INSERT INTO meta (k, v) VALUES ('pruned_to', ?1) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
            [cut.to_string()],
        )?;
        tx.execute(
            "INSERT INTO anchor (epoch, seq, link)
             SELECT epoch, seq, link FROM (
                 SELECT epoch, seq, link, row_number() OVER (PARTITION BY epoch ORDER BY seq DESC) AS r
                 FROM fact f WHERE n > ?1 AND n <= ?2
                   AND EXISTS (SELECT 1 FROM fact o WHERE o.epoch = f.epoch AND o.own = 1)) WHERE r = 1
             ON CONFLICT (epoch) DO UPDATE SET seq = excluded.seq, link = excluded.link WHERE excluded.seq > seq",
            [from, cut],
        )?;
        tx.execute(
            "DELETE FROM fact WHERE n <= ?1 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.n = fact.n)",
            [cut],
        )?;
        tx.commit()?;
        Ok(seen == TURN)
    }
}
