//! The acked facts in ranges with a hash over each, so that a centre that lost some is found and refilled.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use crate::domain::seal::Hash;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use std::collections::{HashSet, VecDeque};
use uuid::Uuid;

/// Seqs in a range: small enough that the keeper is never long away, and that a gap costs few rows.
const WIDTH: i64 = 512;
const DOMAIN: &str = "parkir-ranges-v1";

/// The acked facts made here with seqs `from..=to` of an epoch: how many, and SHA-256 over their content hashes in
/// the order of seq, behind a domain line. Ids below `least` do not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    pub epoch: Uuid,
    pub from: i64,
    pub to: i64,
    pub count: u64,
    pub digest: String,
    pub least: Option<Uuid>,
}

/// An epoch's bounds: (epoch, first seq, last seq).
type Bounds = (Uuid, i64, i64);

/// Epochs found in one look: files of the old system stand in an epoch each.
const EPOCHS: i64 = 64;
/// The life of the centre to which adopted facts were told last.
const GENERATION: &str = "generation";

/// An epoch with its bounds; without when all its facts are adopted.
type Found = (Uuid, Option<(i64, i64)>);

/// How far a walk over all acked facts made here has come.
#[derive(Debug, Default)]
pub struct Walk {
    /// What was found and not yet told.
    found: VecDeque<Found>,
    /// The last epoch that was found.
    after: Option<Uuid>,
    over: bool,
}

impl Journal {
    /// The next acked facts made here, in at most `most` ranges; none when the walk is over. Ids below `least`, which the
    /// centre archived, are left out. Recordings go between.
    pub async fn ranges(
        &self,
        walk: &mut Walk,
        most: usize,
        least: Option<Uuid>,
    ) -> Result<Vec<Range>, JournalError> {
        let mut ranges = Vec::new();
        while ranges.len() < most {
            match walk.found.front().copied() {
                Some((epoch, Some((from, last)))) if from <= last => {
                    let to = last.min(from + WIDTH - 1);
                    ranges.extend(self.call(false, move |keeper| keeper.range((epoch, from, to), least)).await??);
                    walk.found[0].1 = Some((to + 1, last));
                }
                Some(_) => drop(walk.found.pop_front()),
                None if walk.over => break,
                None => {
                    let after = walk.after;
                    walk.found = self.call(false, move |keeper| keeper.epochs(after)).await??.into();
                    walk.after = walk.found.back().map(|(epoch, _)| *epoch);
                    walk.over = walk.found.is_empty();
                }
            }
        }
        Ok(ranges)
    }

    /// Facts of a range that the centre does not have (`there`: the hashes it has, hex) wait again; how many.
    pub async fn reopen(&self, range: Range, there: HashSet<String>) -> Result<u64, JournalError> {
        self.call(false, move |keeper| keeper.reopen(&range, &there)).await?
    }

    /// All facts adopted from elsewhere wait again when the centre's life is another than the last one they were told
    /// to; how many. Whose they are the centre finds out. A life is remembered only when that is done. Ids
    /// below `least` are left out.
    pub async fn reopen_adopted(&self, generation: String, least: Option<Uuid>) -> Result<u64, JournalError> {
        self.call(false, move |keeper| keeper.reopen_adopted(&generation, least)).await?
    }

    /// The centre went back within one life: whatever it was told of adopted facts since is told again.
    pub async fn forget_life(&self) -> Result<(), JournalError> {
        self.call(false, Keeper::forget_life).await?
    }
}

/// The content hash as it stands in the envelope.
fn hash_in(envelope: &str) -> Option<&str> {
    // It stands behind the body, so the last one is the envelope's own: a body's text cannot hold an unescaped quote.
    let at = envelope.rfind("\"hash\":\"")? + 8;
    envelope.get(at..at + 64)
}

/// As ids stand in the journal; all of them for none.
fn from_id(least: Option<Uuid>) -> Vec<u8> {
    least.unwrap_or_default().as_bytes().to_vec()
}

/// From one epoch to the next over the index of (epoch, seq), none of its rows between. An epoch counts when one of its
/// facts was made here: the first one nearly always says so.
pub(super) const NEXT_EPOCHS: &str = "
    WITH RECURSIVE next (epoch) AS (
        SELECT (SELECT min(epoch) FROM fact WHERE epoch > ?1)
        UNION ALL
        SELECT (SELECT min(epoch) FROM fact WHERE epoch > next.epoch) FROM next WHERE epoch IS NOT NULL LIMIT ?2
    )
    SELECT epoch, (SELECT min(seq) FROM fact f WHERE f.epoch = next.epoch),
        (SELECT max(seq) FROM fact f WHERE f.epoch = next.epoch),
        EXISTS (SELECT 1 FROM fact f WHERE f.epoch = next.epoch AND own = 1)
    FROM next WHERE epoch IS NOT NULL";

fn closed() -> JournalError {
    JournalError::NoStore("closed".into())
}

impl Keeper {
    /// The next epochs behind one, by a few steps on the index for each, however many facts there are.
    pub(super) fn epochs(&mut self, after: Option<Uuid>) -> Result<Vec<Found>, JournalError> {
        let Some(store) = &self.store else { return Err(closed()) };
        let after = after.map(|epoch| epoch.as_bytes().to_vec()).unwrap_or_default();
        let mut statement = store.conn.prepare_cached(NEXT_EPOCHS)?;
        let rows = statement.query_map(params![after, EPOCHS], |r| {
            let epoch: Vec<u8> = r.get(0)?;
            let bounds = if r.get(3)? { Some((r.get(1)?, r.get(2)?)) } else { None };
            Ok((Uuid::from_slice(&epoch).unwrap_or_default(), bounds))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// (n, envelope) of the acked facts of a range with ids from `least` on.
    fn acked<T>(
        &self,
        (epoch, from, to): Bounds,
        least: Option<Uuid>,
        mut take: impl FnMut(i64, &str) -> T,
    ) -> Result<Vec<T>, JournalError> {
        let Some(store) = &self.store else { return Err(closed()) };
        let sql = "SELECT f.n, f.envelope FROM fact f
                   WHERE f.epoch = ?1 AND f.seq BETWEEN ?2 AND ?3 AND f.own = 1 AND f.id >= ?4
                     AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.n = f.n) ORDER BY f.seq";
        let mut statement = store.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params![epoch.as_bytes().as_slice(), from, to, from_id(least)])?;
        let mut taken = Vec::new();
        while let Some(row) = rows.next()? {
            let envelope = row.get_ref(1)?.as_str().unwrap_or_default();
            taken.push(take(row.get(0)?, envelope));
        }
        Ok(taken)
    }

    fn range(&mut self, bounds: Bounds, least: Option<Uuid>) -> Result<Option<Range>, JournalError> {
        let hash = |_: i64, envelope: &str| hash_in(envelope).and_then(|hex| Hash::from_hex(hex).ok());
        let hashes: Vec<Hash> = self.acked(bounds, least, hash)?.into_iter().flatten().collect();
        if hashes.is_empty() {
            return Ok(None);
        }
        let parts: Vec<&[u8]> = hashes.iter().map(|hash| hash.0.as_slice()).collect();
        let digest = Hash::of(DOMAIN, &parts).hex();
        let (epoch, from, to) = bounds;
        Ok(Some(Range { epoch, from, to, count: hashes.len() as u64, digest, least }))
    }

    fn reopen(&mut self, range: &Range, there: &HashSet<String>) -> Result<u64, JournalError> {
        let lacks = |n: i64, envelope: &str| hash_in(envelope).filter(|hex| !there.contains(*hex)).map(|_| n);
        let missing = self.acked((range.epoch, range.from, range.to), range.least, lacks)?;
        let Some(store) = &mut self.store else { return Err(closed()) };
        let tx = store.conn.transaction()?;
        let mut reopened = 0;
        for n in missing.into_iter().flatten() {
            reopened += tx.execute("INSERT INTO outbox (n) VALUES (?1) ON CONFLICT DO NOTHING", [n])? as u64;
        }
        tx.commit()?;
        self.recount()?;
        Ok(reopened)
    }

    fn forget_life(&mut self) -> Result<(), JournalError> {
        let Some(store) = &self.store else { return Err(closed()) };
        store.conn.execute("DELETE FROM meta WHERE k = ?1", [GENERATION])?;
        Ok(())
    }

    pub(super) fn reopen_adopted(&mut self, generation: &str, least: Option<Uuid>) -> Result<u64, JournalError> {
        let Some(store) = &mut self.store else { return Err(closed()) };
        let tx = store.conn.transaction()?;
        let known = "SELECT v FROM meta WHERE k = ?1";
        let known: Option<String> = tx.query_row(known, [GENERATION], |r| r.get(0)).optional()?;
        if known.as_deref() == Some(generation) {
            return Ok(0);
        }
        let sql = "INSERT INTO outbox (n) SELECT n FROM fact WHERE own = 0 AND id >= ?1 ORDER BY n ON CONFLICT DO NOTHING";
        let reopened = tx.execute(sql, [from_id(least)])? as u64;
        let sql = "INSERT INTO meta (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = excluded.v";
        tx.execute(sql, [GENERATION, generation])?;
        tx.commit()?;
        self.recount()?;
        Ok(reopened)
    }
}
