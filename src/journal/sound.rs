//! Whether the journal's file is sound. `open` looks at its pages, so that what cannot be read never gets a fact; whether
//! its indices still agree with its rows takes longer, and is looked at beside the first commands. An index that does not
//! is made anew from the rows: nothing is lost by it.

use super::error::JournalError;
use super::keeper::Keeper;
use super::look::read_only;
use rusqlite::Connection;
use std::path::Path;

/// What is wrong with the file, in SQLite's words; `None`: nothing.
pub(super) fn damage(conn: &Connection) -> Result<Option<String>, JournalError> {
    let said: String = conn.query_row("PRAGMA integrity_check(1)", [], |r| r.get(0))?;
    Ok((said != "ok").then_some(said))
}

/// The same, read beside a running terminal.
pub(super) fn damage_in(dir: &Path) -> Option<String> {
    match read_only(dir).and_then(|conn| damage(&conn)) {
        Ok(found) => found,
        Err(JournalError::Sqlite(e)) if is_unreadable(&e) => Some(e.to_string()),
        Err(e) => {
            tracing::warn!(target: "journal", error = %e, "jurnal tidak dapat diperiksa");
            None
        }
    }
}

pub(super) fn is_unreadable(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

impl Keeper {
    /// Makes the indices anew; whether the file is sound now.
    pub(super) fn reindex(&mut self, found: &str) -> Result<bool, JournalError> {
        let Some(store) = &self.store else { return Ok(false) };
        tracing::error!(target: "journal", found, "indeks jurnal rusak: dibuat ulang dari barisnya");
        store.conn.execute_batch("REINDEX")?;
        Ok(damage(&store.conn)?.is_none())
    }
}
