//! What can go wrong with the stores of a terminal.

use crate::domain::fact::Sealed;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process holds this journal.
    #[error("sudah berjalan: {0} dipakai proses parkir lain")]
    AlreadyRunning(PathBuf),
    #[error("SQLite {0} terlalu lama: perlu 3.51.3 atau lebih baru (WAL-reset bug)")]
    OldSqlite(String),
    #[error("jurnal ini ditulis oleh parkir yang lebih baru (versi jurnal {0}): pasang parkir yang baru")]
    Newer(i64),
    /// Neither journal nor spool took the fact: nothing happened.
    #[error("jurnal dan berkas cadangan tidak dapat ditulis: {0}")]
    NoStore(String),
    /// The same for a fact that was sealed: it may stand somewhere all the same. Its next try is `record_again`.
    #[error("jurnal dan berkas cadangan tidak dapat ditulis: {1}")]
    Unsaved(Box<Sealed>, String),
    #[error("jurnal sudah berhenti")]
    Gone,
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Fact(#[from] crate::domain::fact::FactError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}
