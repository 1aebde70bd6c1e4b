//! Whether the stores still stand where they were opened. A folder that is cleaned out under a running gate leaves it
//! writing into files without a name, which nobody ever finds again: each recording looks, and what is still open is
//! written back under its name before anything is shown.

use super::error::JournalError;
use super::keeper::Keeper;
use super::open;
use super::queue::Begun;
use super::store::Store;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

/// Device and inode.
type Id = (u64, u64);

pub(super) const TAILS: [&str; 3] = ["", "-wal", "-shm"];

fn id(path: &Path) -> Option<Id> {
    fs::metadata(path).ok().map(|m| (m.dev(), m.ino()))
}

pub(super) fn tailed(path: &Path, tail: &str) -> PathBuf {
    PathBuf::from(format!("{}{tail}", path.display()))
}

/// The three files of an open journal.
#[derive(Default)]
pub(super) struct Files(Option<[Id; 3]>);

impl Files {
    /// Whether they are still those of the first look.
    pub fn stand(&mut self, path: &Path) -> bool {
        let [Some(db), Some(wal), Some(shm)] = TAILS.map(|tail| id(&tailed(path, tail))) else { return false };
        *self.0.get_or_insert([db, wal, shm]) == [db, wal, shm]
    }

    /// Whether the database itself is.
    fn is_own(&self, path: &Path) -> bool {
        self.0.is_some_and(|ids| id(path) == Some(ids[0]))
    }
}

/// Moves a file that is not ours, or cannot be used, aside with its tails; where it stands now.
pub(super) fn move_aside(path: &Path, mark: &str) -> std::io::Result<PathBuf> {
    let mut number = 0;
    let mut aside = tailed(path, mark);
    while aside.symlink_metadata().is_ok() {
        number += 1;
        aside = tailed(path, &format!("{mark}.{number}"));
    }
    // The database last: SQLite would throw away a WAL that stands beside a new one.
    for tail in TAILS.into_iter().rev() {
        let from = tailed(path, tail);
        if from.symlink_metadata().is_ok() {
            fs::rename(&from, tailed(&aside, tail))?;
        }
    }
    Ok(aside)
}

impl Keeper {
    /// The folder of all stores.
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn is_locked(&self) -> bool {
        let own = self.lock.metadata().ok().map(|m| (m.dev(), m.ino()));
        own.is_some() && own == id(&self.lock_path)
    }

    /// The lock under its name, also where that was taken away.
    fn lock_again(&mut self) -> Result<(), JournalError> {
        if !self.is_locked() {
            (self.lock, self.lock_path) = open::lock(self.folder())?;
            let _ = self.remember_epoch();
        }
        Ok(())
    }

    /// The journal on a fresh connection; never one that another process holds by now.
    pub(super) fn open_again(&mut self) -> Result<Store, JournalError> {
        let folder = self.folder().to_owned();
        fs::create_dir_all(&folder).map_err(|e| JournalError::Io(folder, e))?;
        self.lock_again()?;
        Store::reopen(&self.path)
    }

    /// What was just written stands under the journal's name, or is put there.
    pub(super) fn stay_in_place(&mut self) -> Result<(), JournalError> {
        let Some(store) = &mut self.store else { return Ok(()) };
        if store.stands() && self.is_locked() {
            return Ok(());
        }
        tracing::error!(target: "journal", "berkas jurnal diambil saat gerbang berjalan: ditulis kembali");
        let Some(store) = self.store.take() else { return Ok(()) };
        self.put_back(store).inspect_err(|_| {
            // What only the open files held is gone: the files of the spool are what is left.
            self.chain.broken = true;
            self.strays = self.spool.names().unwrap_or_default().into();
            self.counts.unadopted.store(self.strays.len() as u64, Ordering::Release);
            self.counts.begin_as(Begun::Missing);
        })
    }

    fn put_back(&mut self, store: Store) -> Result<(), JournalError> {
        let folder = self.folder().to_owned();
        let io = |e| JournalError::Io(folder.clone(), e);
        fs::create_dir_all(&folder).map_err(io)?;
        self.lock_again()?;
        let mut store = store;
        if !store.stands() {
            let copy = tailed(&self.path, ".baru");
            let _ = fs::remove_file(&copy);
            store.conn.execute("VACUUM INTO ?1", [copy.display().to_string()])?;
            File::open(&copy).and_then(|file| file.sync_all()).map_err(io)?;
            let own = store.files.is_own(&self.path);
            // Before anything new has the name: closing removes the WAL by its name.
            drop(store);
            if own {
                TAILS.iter().for_each(|tail| drop(fs::remove_file(tailed(&self.path, tail))));
            } else {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
                move_aside(&self.path, &format!(".lain-{now}")).map_err(io)?;
            }
            fs::rename(&copy, &self.path).map_err(io)?;
            File::open(&folder).and_then(|folder| folder.sync_all()).map_err(io)?;
            self.store = Some(Store::reopen(&self.path)?);
        } else {
            self.store = Some(store);
        }
        self.counts.begin_as(Begun::Refilled);
        (self.recount_due, self.refill) = (true, Some(0));
        Ok(())
    }

    /// Some of the files that were taken away with the journal.
    pub(super) fn refill_some(&mut self) {
        let Some(after) = self.refill.take() else { return };
        match self.refill_spool(after) {
            Ok(next) => self.refill = next,
            Err(e) => tracing::error!(target: "journal", error = %e, "berkas cadangan"),
        }
    }
}
