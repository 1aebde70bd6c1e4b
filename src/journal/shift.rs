//! What a shift is summed up from: its own facts in the journal, from its opening on, and never from memory.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use crate::domain::fact::{Content, Sealed};
use rusqlite::Params;
use uuid::Uuid;

/// Openings and closings that are looked at to see where the terminal stands: the newest.
const MARKS: i64 = 64;

/// From the shift's opening on, and what was adopted before it. The whole journal where the opening is not there.
const BY_SHIFT: &str = "
    SELECT envelope FROM fact
    WHERE n >= coalesce((SELECT n FROM fact WHERE id = ?1), 0) AND instr(envelope, ?2) > 0
    UNION ALL
    SELECT envelope FROM fact
    WHERE own = 0 AND n < coalesce((SELECT n FROM fact WHERE id = ?1), 0) AND instr(envelope, ?2) > 0";
const MARKED: &str =
    "SELECT envelope FROM fact WHERE kind IN ('shift_opened', 'shift_closed') ORDER BY n DESC LIMIT ?1";

impl Journal {
    /// Every fact recorded here in this shift, in no order.
    pub async fn shift_facts(&self, shift: Uuid) -> Result<Vec<Content>, JournalError> {
        let args = (shift.as_bytes().to_vec(), format!("\"shift\":\"{shift}\""));
        let mut found = self.call(false, move |k: &mut Keeper| k.contents(BY_SHIFT, args)).await??;
        found.retain(|content| content.shift == Some(shift));
        Ok(found)
    }

    /// The newest openings and closings recorded here, the newest first.
    pub async fn shift_marks(&self) -> Result<Vec<Content>, JournalError> {
        self.call(false, move |k: &mut Keeper| k.contents(MARKED, [MARKS])).await?
    }
}

impl Keeper {
    pub(super) fn contents(&mut self, sql: &str, args: impl Params) -> Result<Vec<Content>, JournalError> {
        // What only the spool could take is of this shift too.
        self.bring_in_strays();
        let Some(store) = &self.store else { return Err(JournalError::NoStore("closed".into())) };
        let mut statement = store.conn.prepare_cached(sql)?;
        let mut rows = statement.query(args)?;
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
    use rusqlite::params;

    fn plan(store: &Store, sql: &str, args: impl Params) -> Vec<String> {
        let mut plan = store.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        plan.query_map(args, |row| row.get(3)).unwrap().map(Result::unwrap).collect()
    }

    /// Neither query may read the whole journal, however long it is.
    #[test]
    fn a_shift_is_found_without_the_facts_before_it() {
        let folder = std::env::temp_dir().join(format!("parkir-shift-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::open(&folder.join("journal.db")).unwrap();
        let by_shift = plan(&store, BY_SHIFT, params![[0_u8; 16], "x"]);
        let marked = plan(&store, MARKED, [1_i64]);
        drop(store);
        std::fs::remove_dir_all(&folder).unwrap();
        let has = |lines: &[String], words: &str| lines.iter().any(|line| line.contains(words));
        assert!(has(&by_shift, "USING INTEGER PRIMARY KEY (rowid>?)"), "{by_shift:?}");
        assert!(has(&by_shift, "USING INDEX fact_adopted"), "{by_shift:?}");
        assert!(!has(&by_shift, "SCAN fact"), "{by_shift:?}");
        assert!(has(&marked, "USING INDEX fact_shift_mark"), "{marked:?}");
    }
}
