//! The acked facts in ranges with a hash over each, so that a centre that lost some is found and refilled.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use crate::domain::seal::Hash;
use rusqlite::params;
use serde::Serialize;
use std::collections::HashSet;
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

impl Journal {
    /// All acked facts made here, range by range, but for those with ids below `least`: what the centre archived.
    /// Recordings go between.
    pub async fn ranges(&self, least: Option<Uuid>) -> Result<Vec<Range>, JournalError> {
        let mut ranges = Vec::new();
        for (epoch, first, last) in self.call(false, |keeper| keeper.epochs()).await?? {
            let mut from = first;
            while from <= last {
                let to = last.min(from + WIDTH - 1);
                ranges.extend(self.call(false, move |keeper| keeper.range((epoch, from, to), least)).await??);
                from = to + 1;
            }
        }
        Ok(ranges)
    }

    /// Facts of a range that the centre does not have (`there`: the hashes it has, hex) wait again; how many.
    pub async fn reopen(&self, range: Range, there: HashSet<String>) -> Result<u64, JournalError> {
        self.call(false, move |keeper| keeper.reopen(&range, &there)).await?
    }

    /// All facts adopted from elsewhere wait again, but for those with ids below `least`; how many. Whose they are the
    /// centre finds out.
    pub async fn reopen_adopted(&self, least: Option<Uuid>) -> Result<u64, JournalError> {
        self.call(false, move |keeper| keeper.reopen_adopted(least)).await?
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

impl Keeper {
    fn epochs(&mut self) -> Result<Vec<Bounds>, JournalError> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let sql = "SELECT epoch, min(seq), max(seq) FROM fact WHERE own = 1 GROUP BY epoch ORDER BY min(n)";
        let mut statement = store.conn.prepare_cached(sql)?;
        let rows = statement.query_map([], |r| {
            let epoch: Vec<u8> = r.get(0)?;
            Ok((Uuid::from_slice(&epoch).unwrap_or_default(), r.get(1)?, r.get(2)?))
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
        let Some(store) = &self.store else { return Ok(Vec::new()) };
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
        let Some(store) = &mut self.store else { return Ok(0) };
        let tx = store.conn.transaction()?;
        let mut reopened = 0;
        for n in missing.into_iter().flatten() {
            reopened += tx.execute("INSERT INTO outbox (n) VALUES (?1) ON CONFLICT DO NOTHING", [n])? as u64;
        }
        tx.commit()?;
        self.recount()?;
        Ok(reopened)
    }

    fn reopen_adopted(&mut self, least: Option<Uuid>) -> Result<u64, JournalError> {
        let Some(store) = &self.store else { return Ok(0) };
        let sql = "INSERT INTO outbox (n) SELECT n FROM fact WHERE own = 0 AND id >= ?1 ORDER BY n ON CONFLICT DO NOTHING";
        let reopened = store.conn.execute(sql, [from_id(least)])? as u64;
        self.recount()?;
        Ok(reopened)
    }
}
