//! Whether the journal's file is sound. `open` looks at its pages, so that what cannot be read never gets a fact; whether
//! its indices still agree with its rows takes longer, and is looked at beside the first commands. An index that does not
//! is made anew from the rows: nothing is lost by it.

use super::error::JournalError;
use super::keeper::Keeper;
use super::look::read_only;
use super::place::{TAILS, tailed};
use rusqlite::{Connection, ErrorCode};
use std::path::Path;

/// SQLite's steps, or pages looked at, between two looks at whether to go on.
const STEPS: i32 = 1000;

/// Can be prepared where none is missing.
pub(super) const ALL_TABLES: &str = "SELECT 1 FROM fact, outbox, meta, anchor LIMIT 0";

/// What is wrong with the file, in SQLite's words; `None`: nothing.
pub(super) fn damage(conn: &Connection) -> Result<Option<String>, JournalError> {
    conn.prepare(ALL_TABLES)?;
    let said: String = conn.query_row("PRAGMA integrity_check(1)", [], |r| r.get(0))?;
    Ok((said != "ok").then_some(said))
}

/// The same, read beside a running terminal, until `stop` says so.
pub(super) fn damage_in(dir: &Path, stop: impl Fn() -> bool + Send + 'static) -> Option<String> {
    let look = || {
        let mut conn = read_only(dir)?;
        conn.progress_handler(STEPS, Some(stop))?;
        damage(&conn)
    };
    match look() {
        Ok(found) => found,
        Err(JournalError::Sqlite(e)) if e.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => None,
        Err(e) if is_unreadable(&e, &dir.join("journal.db")) => Some(e.to_string()),
        Err(e) => {
            tracing::warn!(target: "journal", error = %e, "jurnal tidak dapat diperiksa");
            None
        }
    }
}

/// Whether this is no journal any more, or none of ours. A passing failure, or a disk without room, is neither.
pub(super) fn is_unreadable(error: &JournalError, path: &Path) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, DatabaseCorrupt, NotADatabase, SystemIoFailure, Unknown};
    let JournalError::Sqlite(e) = error else { return false };
    match e.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => true,
        // A folder or a link to nowhere under one of its names.
        Some(CannotOpen | SystemIoFailure) => {
            TAILS.iter().any(|tail| tailed(path, tail).symlink_metadata().is_ok_and(|about| !about.is_file()))
        }
        // A table that is missing, or a stranger's.
        Some(Unknown) => e.to_string().contains("table"),
        Some(_) => false,
        None => matches!(e, rusqlite::Error::SqlInputError { .. }),
    }
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
