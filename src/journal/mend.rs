//! A waiting fact whose text turned over on the disk: made whole again from its spool file, or set aside. SQLite keeps
//! no sums over its pages, and the centre cannot tell: what is sent as it is would be booked as it is.

use super::error::JournalError;
use super::keeper::Keeper;
use super::outbox::OutRow;
use super::queue::Journal;
use super::store::digest;
use crate::domain::fact::Sealed;
use crate::domain::seal::Hash;
use rusqlite::{OptionalExtension, params};

const CODE: &str = "rusak";
const REASON: &str = "isi di jurnal rusak dan berkas cadangannya tidak ada; periksa dengan: parkir journal verify";

/// A row, and what it had when it was written: its text's digest, its place in the chain.
pub(super) struct Written {
    pub row: OutRow,
    pub digest: Option<Hash>,
    pub link: Option<Hash>,
}

/// By its digest, and where that does not fit (it may be what the disk changed) by the fact's own hash and its place: what
/// it says of its epoch, seq and the fact before it is in the link, and not in the hash.
fn is_whole(written: &Written) -> bool {
    let fits = |sealed: Sealed| sealed.check().is_ok() && Some(sealed.link()) == written.link;
    let envelope = &written.row.envelope;
    written.digest == Some(digest(envelope)) || serde_json::from_str(envelope).is_ok_and(fits)
}

impl Journal {
    /// These rows, the damaged ones mended; what cannot be is parked and left out. Looked at here and not by the
    /// keeper, whom a ticket may be waiting for.
    pub(super) async fn whole(&self, rows: Vec<Written>) -> Result<Vec<OutRow>, JournalError> {
        let mut whole = Vec::with_capacity(rows.len());
        for written in rows {
            if is_whole(&written) {
                whole.push(written.row);
                continue;
            }
            let n = written.row.n;
            if let Some(envelope) = self.call(false, move |keeper| keeper.mend(n)).await?? {
                whole.push(OutRow { n, envelope });
            }
        }
        Ok(whole)
    }
}

impl Keeper {
    /// The text this row had, if its spool file still says so; else the row is parked.
    fn mend(&mut self, n: i64) -> Result<Option<String>, JournalError> {
        let Some(store) = &mut self.store else { return Ok(None) };
        let sql = "SELECT id, link FROM fact WHERE n = ?1";
        let row = store.conn.query_row(sql, [n], |r| Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, Vec<u8>>(1)?)));
        let Some((id, link)) = row.optional()? else { return Ok(None) };
        let id = uuid::Uuid::from_slice(&id).unwrap_or_default();
        let tail = format!("_{id}.json");
        let file = self.spool.names()?.into_iter().find(|name| name.ends_with(&tail));
        let found = file.and_then(|name| self.spool.read(&name).ok()?.read.ok());
        let public = self.key.public();
        let found =
            found.filter(|f| f.fact.id() == id && (f.link().0[..] == link[..] || f.verify(&public).is_ok()));
        let tx = store.conn.transaction()?;
        let mended = match found {
            Some(sealed) => {
                let envelope = serde_json::to_string(&sealed)?;
                let sql = "SELECT sql FROM sqlite_schema WHERE name = 'fact_is_immutable'";
                let trigger: String = tx.query_row(sql, [], |r| r.get(0))?;
                tx.execute_batch("DROP TRIGGER fact_is_immutable")?;
                let sql = "UPDATE fact SET envelope = ?2, digest = ?3 WHERE n = ?1";
                tx.execute(sql, params![n, envelope, digest(&envelope).0])?;
                tx.execute_batch(&trigger)?;
                tracing::error!(target: "journal", n, %id, "isi di jurnal rusak: dipulihkan dari berkas cadangan");
                Some(envelope)
            }
            None => {
                let sql = "UPDATE outbox SET state = 3, code = ?2, reason = ?3 WHERE n = ?1";
                tx.execute(sql, params![n, CODE, REASON])?;
                tracing::error!(target: "journal", n, %id, "isi di jurnal rusak dan berkas cadangannya tidak ada: disisihkan");
                None
            }
        };
        tx.commit()?;
        // Into the database at once: should the WAL be lost next, the damaged text must not come back, its file gone.
        if let Err(e) = store.write_all_back() {
            tracing::warn!(target: "journal", error = %e, "jurnal belum dirapikan sesudah pemulihan");
        }
        self.recount()?;
        Ok(mended)
    }
}
