//! Whether a stay's ticket ever came out of a printer, as this terminal knows it: from its own journal, else from the
//! gate that printed it.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use crate::domain::fact::Sealed;
use crate::domain::stay::Stay;
use crate::domain::view::Printed;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

impl Journal {
    /// `None` where nobody tried, or nobody told.
    pub async fn paper_of(&self, stay: &Stay) -> Result<Printed, JournalError> {
        let (id, gate) = (stay.stay, stay.entered_gate.clone());
        self.call(true, move |k| k.paper_of(id, &gate)).await?
    }

    /// Of this journal's newest entries before this start, at most `most`: those of whose ticket nobody knows how it came
    /// out. By the journal alone: the replica may not have heard of the last one.
    pub async fn unprinted(&self, most: usize) -> Result<Vec<Stay>, JournalError> {
        self.call(false, move |k| k.unprinted(most)).await?
    }

    /// Another gate tells how a ticket of its own came out.
    pub async fn hear_paper(&self, stay: Uuid, gate: String, outcome: String) -> Result<(), JournalError> {
        self.call(false, move |k| k.hear_paper(stay, &gate, &outcome)).await?
    }

    /// The same of several, as the centre tells them: stay, gate, outcome.
    pub async fn hear_papers(&self, told: Vec<(Uuid, String, String)>) -> Result<(), JournalError> {
        self.call(false, move |k| {
            told.iter().try_for_each(|(stay, gate, outcome)| k.hear_paper(*stay, gate, outcome))
        })
        .await?
    }

    /// How often a stay's `ticket` or `receipt` was printed here, the first time counted.
    pub async fn copies(&self, stay: Uuid, what: &'static str) -> Result<u32, JournalError> {
        self.call(false, move |k| k.copies(stay, what)).await?
    }
}

fn of(word: Option<&str>) -> Printed {
    match word {
        None => Printed::None,
        Some("ok") => Printed::Ok,
        Some("failed") => Printed::Failed,
        Some(_) => Printed::Unproven,
    }
}

/// The newest facts among which they are looked for.
const NEWEST: i64 = 500;

impl Keeper {
    fn unprinted(&self, most: usize) -> Result<Vec<Stay>, JournalError> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let sql =
            "SELECT envelope FROM fact WHERE n > (SELECT max(n) FROM fact) - ?1 AND kind = 'entered' AND own = 1
                   AND epoch <> ?2 ORDER BY n DESC LIMIT ?3";
        let mut statement = store.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params![NEWEST, self.chain.epoch.as_bytes(), most as i64])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let sealed = serde_json::from_str::<Sealed>(row.get_ref(0)?.as_str().unwrap_or_default());
            let Some(stay) = sealed.ok().and_then(|sealed| Stay::of(&sealed.fact)) else { continue };
            if self.printed(stay.stay)? == Printed::None {
                found.push(stay);
            }
        }
        Ok(found)
    }

    /// How the last printing of a ticket ended here.
    pub(super) fn printed(&self, stay: Uuid) -> Result<Printed, JournalError> {
        let word = self.store.as_ref().map_or(Ok(None), |store| store.printed(stay))?;
        Ok(of(word.as_deref()))
    }

    fn paper_of(&self, stay: Uuid, gate: &str) -> Result<Printed, JournalError> {
        let own = self.printed(stay)?;
        if own != Printed::None {
            return Ok(own);
        }
        let sql = "SELECT outcome FROM paper WHERE stay = ?1 AND gate = ?2";
        let mut statement = self.replica.conn.prepare_cached(sql)?;
        let word = statement.query_row(params![stay.as_bytes(), gate], |r| r.get::<_, String>(0)).optional()?;
        Ok(of(word.as_deref()))
    }

    fn hear_paper(&self, stay: Uuid, gate: &str, outcome: &str) -> Result<(), JournalError> {
        let sql = "INSERT INTO paper (stay, gate, outcome) VALUES (?1, ?2, ?3)
                   ON CONFLICT (stay) DO UPDATE SET gate = excluded.gate, outcome = excluded.outcome";
        self.replica.conn.prepare_cached(sql)?.execute(params![stay.as_bytes(), gate, outcome])?;
        Ok(())
    }

    fn copies(&self, stay: Uuid, what: &str) -> Result<u32, JournalError> {
        let Some(store) = &self.store else { return Ok(0) };
        let sql = "SELECT coalesce(max(coalesce(envelope ->> '$.body.copy', 1)), 0) FROM fact
                   WHERE kind = 'printed' AND stay = ?1 AND envelope ->> '$.body.what' = ?2";
        Ok(store.conn.prepare_cached(sql)?.query_row(params![stay.as_bytes(), what], |r| r.get(0))?)
    }
}

/// The smallest id of a stay that entered then.
pub(super) fn first_id(at: Timestamp) -> [u8; 16] {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    let mut id = [0; 16];
    id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    id
}
