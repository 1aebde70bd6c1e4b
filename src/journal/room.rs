//! Room on the disk: a ballast that is let go when the disk is full, so that sales go on while photos stop; and the
//! trial by which a store that could not be written is found to work again.

use super::chores::REOPEN;
use super::error::JournalError;
use super::keeper::Keeper;
use crate::domain::fact::Sealed;
use rusqlite::ErrorCode;
use rustix::fs::FallocateFlags;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const BALLAST: &str = "cadangan-ruang";
const BALLAST_BYTES: u64 = 4 * 1024 * 1024;
/// Photos stop when less is free: this, or an eighth of a small disk.
const LOW: u64 = 64 * 1024 * 1024;
/// With less than this SQLite cannot even open a journal.
const NOTHING: u64 = 128 * 1024;
const LOOK_EVERY: Duration = Duration::from_secs(10);

pub(super) struct Room {
    dir: PathBuf,
    next: Instant,
}

impl Room {
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), next: Instant::now() }
    }

    fn ballast(&self) -> PathBuf {
        self.dir.join(BALLAST)
    }

    /// What an ordinary user may still write, and below what it is little.
    fn free(&self) -> Option<(u64, u64)> {
        let stat = rustix::fs::statvfs(&self.dir).ok()?;
        let low = LOW.min(stat.f_blocks.saturating_mul(stat.f_frsize) / 8);
        Some((stat.f_bavail.saturating_mul(stat.f_frsize), low))
    }

    /// Whether there is none at all.
    pub fn is_gone(&self) -> bool {
        self.free().is_some_and(|(free, _)| free < NOTHING)
    }

    /// Lets the ballast go.
    pub fn give_up(&self) {
        match fs::remove_file(self.ballast()) {
            Ok(()) => {
                tracing::error!(target: "journal", "disk penuh: cadangan ruang dilepas, penjualan jalan terus")
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => tracing::error!(target: "journal", error = %e, "cadangan ruang tidak terlepas"),
        }
    }

    fn is_laid(&self) -> bool {
        fs::metadata(self.ballast()).is_ok_and(|m| m.len() == BALLAST_BYTES)
    }

    fn lay(&self) -> std::io::Result<()> {
        let temp = self.dir.join(format!(".{BALLAST}.tmp"));
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&temp)?;
        match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, BALLAST_BYTES) {
            Err(rustix::io::Errno::OPNOTSUPP) => file.write_all(&vec![0x55; BALLAST_BYTES as usize])?,
            done => done?,
        }
        fs::rename(&temp, self.ballast())
    }

    /// Whether the disk is nearly full; with room to spare the ballast is laid (again).
    fn look(&mut self) -> Option<bool> {
        self.next = Instant::now() + LOOK_EVERY;
        let (free, low) = self.free()?;
        if !self.is_laid() {
            if free < low + low / 4 + BALLAST_BYTES {
                return Some(true);
            }
            if let Err(e) = self.lay() {
                tracing::warn!(target: "journal", error = %e, "cadangan ruang belum tersedia");
                let _ = fs::remove_file(self.dir.join(format!(".{BALLAST}.tmp")));
                return Some(true);
            }
        }
        Some(free < low)
    }
}

pub(super) fn is_full(error: &JournalError) -> bool {
    match error {
        JournalError::Io(_, e) => matches!(e.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded),
        JournalError::Sqlite(e) => e.sqlite_error_code() == Some(ErrorCode::DiskFull),
        _ => false,
    }
}

impl Keeper {
    /// After a failed write: on a full disk the ballast goes, and what failed is tried once more.
    pub(super) fn make_way(&mut self, error: &JournalError) {
        if is_full(error) || self.room.is_gone() {
            self.room.give_up();
            self.counts.disk_low.store(true, Ordering::Release);
        }
    }

    /// The spool file of a fact; on a full disk once more, with the ballast's room.
    pub(super) fn write_spool(&mut self, sealed: &Sealed, envelope: &str) -> Result<(), JournalError> {
        let written = match self.spool.write(sealed, envelope) {
            // Somebody cleaned up: the folder is made again.
            Err(JournalError::Io(_, e)) if e.kind() == ErrorKind::NotFound => {
                let _ = fs::create_dir_all(&self.room.dir);
                self.spool.write(sealed, envelope)
            }
            Err(e) if is_full(&e) => {
                self.make_way(&e);
                self.spool.write(sealed, envelope)
            }
            written => written,
        };
        let failed = self.counts.spool_failed.swap(written.is_err(), Ordering::AcqRel);
        if failed && written.is_ok() {
            // What was recorded meanwhile gets its second witness too.
            self.refill = Some(0);
        }
        written
    }

    /// Something is wrong that may be over by itself.
    pub(super) fn is_troubled(&self) -> bool {
        let (journal, spool) = self.counts.failed();
        journal || spool || self.counts.disk_low()
    }

    /// When nobody waits: how much room there is, and whether what could not be written can be by now.
    pub(super) fn look_around(&mut self) {
        if self.is_troubled() && self.reopen_at <= Instant::now() {
            self.reopen_at = Instant::now() + REOPEN;
            self.room.next = Instant::now();
            self.try_stores();
        }
        if let Err(e) = self.stay_in_place() {
            tracing::error!(target: "journal", error = %e, "jurnal tidak dapat ditulis kembali");
        }
        if self.room.next <= Instant::now()
            && let Some(low) = self.room.look()
        {
            self.counts.disk_low.store(low, Ordering::Release);
        }
    }

    fn try_stores(&mut self) {
        let (journal, spool) = self.counts.failed();
        if journal
            && let Ok(store) = self.open_again()
            && store.try_writing().is_ok()
        {
            self.store = Some(store);
            self.counts.journal_failed.store(false, Ordering::Release);
            tracing::info!(target: "journal", "jurnal dapat ditulis lagi");
        }
        if spool && self.spool.try_writing().is_ok() {
            self.counts.spool_failed.store(false, Ordering::Release);
            // What was recorded meanwhile gets its second witness.
            self.refill = Some(0);
            tracing::info!(target: "journal", "berkas cadangan dapat ditulis lagi");
        }
    }
}
