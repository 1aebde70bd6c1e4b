//! Wrong PINs, remembered across restarts: a power cut gives nobody a new try. Within the process a clock that only
//! goes forward counts; on the disk stands how many were wrong, and whoever starts anew waits as long once more.

use crate::domain::operator::Guesses;
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

const FILE: &str = "pin-salah.json";

pub struct Lockout {
    path: PathBuf,
    began: Instant,
    guesses: Mutex<Guesses>,
}

impl Lockout {
    /// `dir` is `offline_data`.
    pub fn open(dir: &Path) -> Self {
        let path = dir.join(FILE);
        let kept = std::fs::read(&path).ok();
        let wrong: BTreeMap<String, u32> =
            kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Self { path, began: Instant::now(), guesses: Mutex::new(Guesses::restored(wrong, 0)) }
    }

    fn lock(&self) -> MutexGuard<'_, Guesses> {
        self.guesses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Counts a try before it is judged; how long he must wait instead, in seconds. Blocks for an fsync.
    pub fn begin(&self, name: &str) -> Result<(), u64> {
        let mut guesses = self.lock();
        guesses.begin(name, self.now())?;
        self.keep(guesses.wrong());
        Ok(())
    }

    /// It was right.
    pub fn right(&self, name: &str) {
        let mut guesses = self.lock();
        guesses.right(name);
        self.keep(guesses.wrong());
    }

    /// What the last try left behind, in seconds.
    pub fn wait(&self, name: &str) -> u64 {
        self.lock().wait(name)
    }

    /// A disk that takes nothing locks nobody out; until the next start the memory counts.
    fn keep(&self, wrong: &BTreeMap<String, u32>) {
        if let Err(e) = self.write(wrong) {
            tracing::warn!(target: "gate", error = %e, "hitungan PIN salah tidak tersimpan");
        }
    }

    fn write(&self, wrong: &BTreeMap<String, u32>) -> std::io::Result<()> {
        let temporary = self.path.with_extension("tmp");
        let mut file =
            std::fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(&serde_json::to_vec(wrong)?)?;
        file.sync_all()?;
        std::fs::rename(&temporary, &self.path)?;
        self.path.parent().map_or(Ok(()), |dir| std::fs::File::open(dir)?.sync_all())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_gives_no_new_try() {
        let dir = std::env::temp_dir().join(format!("parkir-pin-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&dir).unwrap();
        let before = Lockout::open(&dir);
        for _ in 0..3 {
            before.begin("Budi").unwrap();
        }
        assert!(before.begin("Budi").is_err());
        let after = Lockout::open(&dir);
        assert!(after.begin("budi").is_err(), "a restart gave a new try");
        after.begin("Sari").unwrap();
        after.right("Budi");
        assert!(Lockout::open(&dir).begin("Budi").is_ok());
        // What cannot be read or written locks nobody out.
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(after.begin("Budi").is_ok());
    }
}
