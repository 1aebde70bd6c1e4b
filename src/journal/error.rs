//! What can go wrong with the stores of a terminal.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process holds this journal.
    #[error("sudah berjalan: {0} dipakai proses parkir lain")]
    AlreadyRunning(PathBuf),
    #[error("SQLite {0} is too old: 3.51.3 or newer is needed (WAL-reset bug)")]
    OldSqlite(String),
    #[error("the journal was written by a newer parkir (version {0})")]
    Newer(i64),
    /// Neither journal nor spool took the fact: nothing happened.
    #[error("neither journal nor spool can be written: {0}")]
    NoStore(String),
    #[error("the journal's keeper has ended")]
    Gone,
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] std::io::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Fact(#[from] crate::domain::fact::FactError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}
