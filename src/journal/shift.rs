//! What a shift is summed up from: its own facts, by an index, and never from memory.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use crate::domain::fact::{Content, Sealed};
use rusqlite::ToSql;
use uuid::Uuid;

/// Openings and closings that are looked at to see where the terminal stands: the newest.
const MARKS: i64 = 64;

const BY_SHIFT: &str = "SELECT envelope FROM fact \
    WHERE CASE WHEN json_valid(envelope) THEN json_extract(envelope, '$.shift') END = ?1";
const MARKED: &str =
    "SELECT envelope FROM fact WHERE kind IN ('shift_opened', 'shift_closed') ORDER BY n DESC LIMIT ?1";

impl Journal {
    /// Every fact recorded here in this shift, in no order.
    pub async fn shift_facts(&self, shift: Uuid) -> Result<Vec<Content>, JournalError> {
        self.call(false, move |k: &mut Keeper| k.contents(BY_SHIFT, &shift.to_string())).await?
    }

    /// The newest openings and closings recorded here, in no order.
    pub async fn shift_marks(&self) -> Result<Vec<Content>, JournalError> {
        self.call(false, move |k: &mut Keeper| k.contents(MARKED, &MARKS)).await?
    }
}

impl Keeper {
    pub(super) fn contents(&mut self, sql: &str, arg: &dyn ToSql) -> Result<Vec<Content>, JournalError> {
        // What only the spool could take is of this shift too.
        self.bring_in_strays();
        let Some(store) = &self.store else { return Err(JournalError::NoStore("closed".into())) };
        let mut statement = store.conn.prepare_cached(sql)?;
        let mut rows = statement.query([arg])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let sealed = serde_json::from_str::<Sealed>(row.get_ref(0)?.as_str().unwrap_or_default());
            // A damaged row is told of by `journal verify`; the others are still the shift.
            found.extend(sealed.ok().map(|sealed| sealed.fact.content));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::store::Store;

    /// Neither query may read the whole journal, however long it is.
    #[test]
    fn a_shift_is_found_by_its_index() {
        let folder = std::env::temp_dir().join(format!("parkir-shift-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::open(&folder.join("journal.db")).unwrap();
        for (sql, arg, index) in [
            (BY_SHIFT, &"x" as &dyn ToSql, "USING INDEX fact_shift"),
            (MARKED, &1_i64 as &dyn ToSql, "USING INDEX fact_shift_mark"),
        ] {
            let mut plan = store.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let detail: String = plan.query_row([arg], |row| row.get(3)).unwrap();
            assert!(detail.contains(index), "{detail}");
        }
        drop(store);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
