//! What is not yet in PostgreSQL: read in the order of recording, settled one verdict per fact.

use super::chores::REOPEN;
use super::error::JournalError;
use super::keeper::{FILES_WITHIN, Keeper};
use super::mend::Written;
use super::queue::Journal;
use super::spool::Spool;
use crate::domain::fact::Sealed;
use crate::domain::seal::Hash;
use crate::domain::view::SyncAsk;
use rusqlite::params;
use std::sync::atomic::Ordering;

/// Which facts a sending takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What is not part of an outage the operator still has to be asked about.
    Flowing,
    /// The outage's too, but not what was put off by "nanti".
    Pending,
    /// The deferred ones too.
    All,
}

/// A fact that waits.
#[derive(Clone, Debug)]
pub struct OutRow {
    pub n: i64,
    pub envelope: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Acked,
    Parked { code: String, reason: String },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Facts of the outage that waits for an answer, `None` when there is nothing to ask.
    pub ask: Option<SyncAsk>,
    /// Facts in the scope `All`.
    pub all: u64,
}

impl Journal {
    /// Up to `limit` waiting facts behind row `after`, in the order of recording; each of them is what was recorded.
    pub async fn waiting(&self, scope: Scope, after: i64, limit: usize) -> Result<Vec<OutRow>, JournalError> {
        let rows = self.call(false, move |keeper| keeper.waiting(scope, after, limit)).await??;
        self.whole(rows).await
    }

    /// Marks facts as acked or parked. The acked ones' spool files go right behind it, a few at a time, and are
    /// counted as pending until they are gone.
    pub async fn settle(&self, settled: Vec<(OutRow, Outcome)>) -> Result<(), JournalError> {
        self.call(false, move |keeper| keeper.settle(&settled)).await?
    }

    /// Comes back when the spool files of the facts acked so far are gone; whether there were any left. Recordings go between.
    pub async fn files_gone(&self) -> Result<bool, JournalError> {
        let leaving = || self.counts().leaving.load(Ordering::Acquire);
        // Those of a sending that goes on behind it wait for its end.
        let (all, mut gone, mut patience) = (leaving(), 0, 3);
        while gone < all && leaving() > 0 {
            let some = self.call(false, |keeper| keeper.remove_some(64, FILES_WITHIN)).await?;
            if some == 0 {
                // The disk is in doubt: they are kept until it is not, and counted so long.
                if patience == 0 {
                    break;
                }
                patience -= 1;
                tokio::time::sleep(REOPEN).await;
            }
            gone += some;
        }
        Ok(all > 0)
    }

    /// What an operator is to be asked about.
    pub async fn outage(&self) -> Result<Waiting, JournalError> {
        self.call(false, Keeper::outage).await?
    }

    /// "Nanti": the outage's facts are put off, durably.
    pub async fn defer(&self) -> Result<(), JournalError> {
        self.change("UPDATE outbox SET state = 1 WHERE state = 0 AND outage = 1").await
    }

    /// The outage's and the deferred facts flow again.
    pub async fn undefer(&self) -> Result<(), JournalError> {
        self.change("UPDATE outbox SET state = 0, outage = 0 WHERE state = 1 OR outage = 1 AND state = 0").await
    }

    /// Parked facts are tried again.
    pub async fn retry_parked(&self) -> Result<(), JournalError> {
        self.change("UPDATE outbox SET state = 0, outage = 0, attempts = attempts + 1 WHERE state = 3").await
    }

    async fn change(&self, sql: &'static str) -> Result<(), JournalError> {
        self.call(false, move |keeper| {
            if let Some(store) = &keeper.store {
                let done = store.conn.execute(sql, []);
                keeper.doubt(done)?;
            }
            keeper.recount()
        })
        .await?
    }

    /// Parked facts with their reasons: (ticket or fact, reason), newest first.
    pub async fn parked(&self, limit: usize) -> Result<Vec<(String, String)>, JournalError> {
        self.call(false, move |keeper| keeper.parked(limit)).await?
    }
}

impl Keeper {
    fn waiting(&mut self, scope: Scope, after: i64, limit: usize) -> Result<Vec<Written>, JournalError> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let which = match scope {
            Scope::Flowing => "o.state = 0 AND o.outage = 0",
            Scope::Pending => "o.state = 0",
            Scope::All => "o.state IN (0, 1)",
        };
        let sql = format!(
            "SELECT o.n, f.envelope, f.digest, f.link FROM outbox o JOIN fact f USING (n) WHERE o.n > ?1 AND {which} ORDER BY o.n LIMIT ?2"
        );
        let mut statement = store.conn.prepare_cached(&sql)?;
        let rows = statement
            .query_map(params![after, limit as i64], |r| {
                let hash = |i| r.get_ref(i).ok()?.as_blob().ok().and_then(|bytes| Hash::from_bytes(bytes).ok());
                let row = OutRow { n: r.get(0)?, envelope: text(r, 1)? };
                Ok(Written { row, digest: hash(2), link: hash(3) })
            })?
            .collect::<Result<_, _>>()?;
        #[cfg(feature = "planted")]
        let rows = self.plant(rows)?;
        Ok(rows)
    }

    fn settle(&mut self, settled: &[(OutRow, Outcome)]) -> Result<(), JournalError> {
        let Some(store) = &mut self.store else { return Ok(()) };
        // An ack that a power cut takes back costs a resend and an `already`: no fsync of its own. The next
        // recording syncs the same WAL.
        store.conn.pragma_update(None, "synchronous", "NORMAL")?;
        let done = settle_rows(&mut store.conn, settled);
        #[cfg(feature = "planted")]
        let planted = planted!("sync-normal");
        #[cfg(not(feature = "planted"))]
        let planted = false;
        store.conn.pragma_update(None, "synchronous", if planted { "NORMAL" } else { "EXTRA" })?;
        let done = self.doubt(done).map_err(JournalError::from);
        // Room for this is what lets the rest go.
        done.as_ref().inspect_err(|e| self.make_way(e)).ok();
        let (acked, parked) = done?;
        for (row, outcome) in settled {
            let long_way = || serde_json::from_str::<Sealed>(&row.envelope).ok().map(|fact| Spool::name(&fact));
            if *outcome == Outcome::Acked
                && let Some(name) = Spool::name_in(&row.envelope).or_else(long_way)
            {
                self.leaving.push_back(name);
            }
        }
        // Until its file is gone a fact still counts as waiting.
        self.counts.leaving.store(self.leaving.len() as u64, Ordering::Release);
        let less = |counter: &std::sync::atomic::AtomicU64, by: u64| {
            let _ = counter.fetch_update(Ordering::AcqRel, Ordering::Acquire, |v| Some(v.saturating_sub(by)));
        };
        let deferred = self.counts.deferred();
        less(&self.counts.pending, acked + parked);
        self.counts.parked.fetch_add(parked, Ordering::AcqRel);
        if deferred > 0 { self.recount() } else { Ok(()) }
    }

    /// Counts the outbox anew.
    pub(super) fn recount(&mut self) -> Result<(), JournalError> {
        let Some(store) = &self.store else { return Ok(()) };
        let mut statement = store.conn.prepare_cached("SELECT state, count(*) FROM outbox GROUP BY state")?;
        let (mut pending, mut deferred, mut parked) = (0, 0, 0);
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            match row.get::<_, i64>(0)? {
                0 => pending = row.get(1)?,
                1 => deferred = row.get(1)?,
                _ => parked = row.get(1)?,
            }
        }
        self.counts.pending.store(pending, Ordering::Release);
        self.counts.deferred.store(deferred, Ordering::Release);
        self.counts.parked.store(parked, Ordering::Release);
        Ok(())
    }

    fn outage(&mut self) -> Result<Waiting, JournalError> {
        let Some(store) = &self.store else { return Err(JournalError::NoStore("closed".into())) };
        let all = store.conn.query_row("SELECT count(*) FROM outbox WHERE state IN (0, 1)", [], |r| r.get(0))?;
        let sql = "SELECT count(*) FILTER (WHERE money = 1), count(*) FILTER (WHERE money = 2), min(n), max(n)
                   FROM outbox WHERE state = 0 AND outage = 1 AND money > 0";
        let counted = store.conn.query_row(sql, [], |r| {
            Ok((
                r.get::<_, u64>(0)?,
                r.get::<_, u64>(1)?,
                r.get::<_, Option<i64>>(2)?,
                r.get::<_, Option<i64>>(3)?,
            ))
        })?;
        let (entries, exits, Some(first), Some(last)) = counted else { return Ok(Waiting { ask: None, all }) };
        let at = |n: i64| -> Result<jiff::Timestamp, JournalError> {
            let sql = "SELECT envelope FROM fact WHERE n = ?1";
            let envelope = store.conn.query_row(sql, [n], |r| text(r, 0))?;
            Ok(serde_json::from_str::<Sealed>(&envelope)?.fact.at()?)
        };
        Ok(Waiting { ask: Some(SyncAsk { entries, exits, from: at(first)?, to: at(last)? }), all })
    }

    fn parked(&mut self, limit: usize) -> Result<Vec<(String, String)>, JournalError> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let sql = "SELECT f.envelope, coalesce(o.code, ''), coalesce(o.reason, '')
                   FROM outbox o JOIN fact f USING (n) WHERE o.state = 3 ORDER BY o.n DESC LIMIT ?1";
        let mut statement = store.conn.prepare_cached(sql)?;
        let rows = statement
            .query_map([limit as i64], |r| Ok((text(r, 0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?)))?;
        let mut problems = Vec::new();
        for row in rows {
            let (envelope, code, reason) = row?;
            let what = serde_json::from_str::<Sealed>(&envelope).map(|sealed| {
                let ticket = sealed.fact.content.body.get("ticket").and_then(|t| t.as_str()).map(str::to_owned);
                ticket.unwrap_or_else(|| sealed.fact.id().to_string())
            });
            problems.push((what.unwrap_or_else(|_| "?".into()), format!("{code}: {reason}")));
        }
        Ok(problems)
    }
}

/// A text as it stands, also where the disk damaged it.
pub(super) fn text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<String> {
    let bytes = row.get_ref(column)?.as_bytes().unwrap_or_default();
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

fn settle_rows(
    conn: &mut rusqlite::Connection,
    settled: &[(OutRow, Outcome)],
) -> Result<(u64, u64), rusqlite::Error> {
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let (mut acked, mut parked) = (0, 0);
    {
        let mut ack = tx.prepare_cached("DELETE FROM outbox WHERE n = ?1")?;
        let mut park = tx.prepare_cached(
            "UPDATE outbox SET state = 3, code = ?2, reason = ?3, attempts = attempts + 1 WHERE n = ?1 AND state <> 3",
        )?;
        for (row, outcome) in settled {
            match outcome {
                Outcome::Acked => acked += ack.execute([row.n])? as u64,
                Outcome::Parked { code, reason } => parked += park.execute(params![row.n, code, reason])? as u64,
            }
        }
    }
    tx.commit()?;
    Ok((acked, parked))
}

#[cfg(feature = "planted")]
impl Keeper {
    fn plant(&self, mut rows: Vec<Written>) -> Result<Vec<Written>, JournalError> {
        static SENT: std::sync::Mutex<std::collections::BTreeSet<i64>> =
            std::sync::Mutex::new(std::collections::BTreeSet::new());
        for Written { row, digest, .. } in &mut rows {
            let again = !SENT.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(row.n);
            if planted!("spool-first") {
                self.spool.remove(&Spool::name_in(&row.envelope).unwrap_or_default())?;
            }
            if planted!("new-id") && again {
                let sealed: Sealed = serde_json::from_str(&row.envelope)?;
                let (epoch, seq, prev, mut fact) = (sealed.epoch, sealed.seq, sealed.prev, sealed.fact);
                fact.content.id = uuid::Uuid::now_v7();
                row.envelope = serde_json::to_string(&fact.seal(&self.key, epoch, seq, prev)?)?;
                *digest = Some(super::store::digest(&row.envelope));
            }
        }
        Ok(rows)
    }
}
