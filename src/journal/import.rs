//! The books from the command line, with the lock held and no terminal at work: facts brought from elsewhere, and the
//! repair a start does by itself, said step by step. No epoch is begun: bringing the same in twice changes nothing.

use super::error::JournalError;
use super::keeper::Keeper;
use super::open::{self, Options};
use super::reconcile::{TURN_TIME, Taken};
use super::sound;
use crate::domain::fact::Sealed;
use crate::domain::old_system;
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use serde_json::Value;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Facts of a lost journal looked at in one turn of the keeper.
const TURN: i64 = 16;

/// What an import came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// New here; they are sent by the next terminal.
    pub adopted: u64,
    /// Of those, records of the old system.
    pub old_system: u64,
    /// Already in this journal.
    pub known: u64,
    /// The old system's server had them.
    pub done: u64,
    /// What is no fact, and why. Copies stand in `karantina/`.
    pub aside: Vec<(String, String)>,
}

/// What a repair did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// Where the unreadable journal stands now; `None`: it could be read.
    pub aside: Option<PathBuf>,
    /// Its indices said other than its rows, and were made anew.
    pub reindexed: bool,
    /// Waiting facts read out of it.
    pub salvaged: u64,
    /// Spool files that were looked through, and facts of them the journal did not have.
    pub files: u64,
    pub adopted: u64,
    pub from: Imported,
    /// Facts that wait now, and those set aside.
    pub pending: u64,
    pub parked: u64,
}

/// A journal held by the command line.
pub struct Books(Keeper);

impl Books {
    /// Takes the lock; a journal that cannot be read is moved aside whole.
    pub fn open(options: &Options) -> Result<Self, JournalError> {
        Ok(Self(open::keeper(options)?))
    }

    /// Adopts what stands in these files and folders: spool files, exports, whole data folders, the old system's.
    pub fn import(&mut self, paths: &[PathBuf]) -> Result<Imported, JournalError> {
        let mut told = Imported::default();
        for path in paths {
            for file in files(path)? {
                // What cannot be read keeps nothing else away.
                match self.0.import_file(&file, &mut told) {
                    Err(JournalError::Io(at, e)) if at == file => {
                        told.aside.push((file.display().to_string(), e.to_string()));
                    }
                    done => done?,
                }
            }
        }
        self.0.hear_own();
        Ok(told)
    }

    /// Adopts records; each comes with what names it when it is refused.
    pub fn import_records(&mut self, records: Vec<(String, Value)>) -> Result<Imported, JournalError> {
        let mut told = Imported::default();
        for (name, record) in records {
            if let Err(reason) = self.0.import_value(record, &name, &mut told)? {
                told.aside.push((name, reason));
            }
        }
        self.0.hear_own();
        Ok(told)
    }

    pub fn repair(&mut self, paths: &[PathBuf]) -> Result<Repaired, JournalError> {
        let mut told = Repaired { aside: self.0.aside.clone(), ..Repaired::default() };
        if let Some(found) = self.0.store.as_ref().map(|s| sound::damage(&s.conn)).transpose()?.flatten() {
            self.0.reindex(&found)?;
            told.reindexed = true;
        }
        self.0.recount()?;
        let before = self.0.counts.pending();
        let mut after = Some(0);
        while let Some(from) = after {
            after = self.0.salvage_some(from);
        }
        self.0.recount()?;
        told.salvaged = self.0.counts.pending().saturating_sub(before);
        let before = self.0.counts.pending();
        for name in self.0.spool.names()? {
            told.files += 1;
            self.0.take_in(&name);
        }
        self.0.recount()?;
        told.adopted = self.0.counts.pending().saturating_sub(before);
        told.from = self.import(paths)?;
        let mut last = 0;
        while let Some(n) = self.0.refill_spool(last)? {
            last = n;
        }
        self.0.recount()?;
        self.0.hear_own();
        (told.pending, told.parked) = (self.0.counts.pending(), self.0.counts.parked());
        Ok(told)
    }
}

/// The files a path stands for: itself, or what a data folder holds.
fn files(path: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let io = |e| JournalError::Io(path.to_owned(), e);
    if !fs::metadata(path).map_err(io)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for folder in
        [".", "ParkingIN", "ParkingOut", "offline_data", "offline_data/ParkingIN", "offline_data/ParkingOut"]
    {
        let entries = match fs::read_dir(path.join(folder)) {
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => continue,
            entries => entries.map_err(io)?,
        };
        for entry in entries {
            let entry = entry.map_err(io)?.path();
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let spool = name.starts_with("parking_") && name.ends_with(".json");
            if spool || name.ends_with(".jsonl") || name == "journal.db" {
                found.push(entry);
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

impl Keeper {
    fn import_file(&mut self, path: &Path, told: &mut Imported) -> Result<(), JournalError> {
        if path.file_name().is_some_and(|name| name == "journal.db") {
            return self.import_journal(path, told);
        }
        let name = path.display().to_string();
        let io = |e| JournalError::Io(path.to_owned(), e);
        // A link is followed here: somebody named it. Anything that is no file would be read without an end.
        if !fs::metadata(path).map_err(io)?.is_file() {
            return Err(io(std::io::Error::new(ErrorKind::InvalidInput, "bukan berkas biasa")));
        }
        let bytes = fs::read(path).map_err(io)?;
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes));
        let whole = serde_json::from_str::<Value>(&text);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let what = match whole {
            Ok(value) => self.import_value(value, &name, told)?,
            Err(e) if lines.len() < 2 => Err(e.to_string()),
            Err(_) => {
                for (i, line) in lines.iter().enumerate() {
                    let value = serde_json::from_str(line).map_err(|e| e.to_string());
                    let done = match value {
                        Ok(value) => self.import_value(value, &name, told)?,
                        Err(e) => Err(e),
                    };
                    if let Err(reason) = done {
                        told.aside.push((format!("{name} baris {}", i + 1), reason));
                    }
                }
                return Ok(());
            }
        };
        if let Err(reason) = what {
            self.spool.copy_aside(path, &reason)?;
            told.aside.push((name, reason));
        }
        Ok(())
    }

    fn import_value(
        &mut self,
        value: Value,
        name: &str,
        told: &mut Imported,
    ) -> Result<Result<(), String>, JournalError> {
        let old = old_system::is_record(&value);
        let sealed = if !old {
            serde_json::from_value::<Sealed>(value).map_err(|e| e.to_string())
        } else if old_system::is_done(&value) {
            told.done += 1;
            return Ok(Ok(()));
        } else {
            self.of_old_system(&value, name).map_err(|e| e.to_string())
        };
        let sealed = match sealed.and_then(|s| s.check().map(|()| s).map_err(|e| e.to_string())) {
            Ok(sealed) => sealed,
            Err(reason) => return Ok(Err(reason)),
        };
        match self.take(&sealed)? {
            Taken::Known => told.known += 1,
            Taken::Refused(why) => return Ok(Err(why.to_owned())),
            Taken::Adopted => {
                told.adopted += 1;
                told.old_system += u64::from(old);
            }
        }
        Ok(Ok(()))
    }

    /// The waiting facts of another PC's journal. It is read from a copy: a stick may be read-only, and SQLite writes
    /// even where it only reads.
    fn import_journal(&mut self, path: &Path, told: &mut Imported) -> Result<(), JournalError> {
        let same = |a: &Path, b: &Path| {
            fs::canonicalize(a).ok().zip(fs::canonicalize(b).ok()).is_some_and(|(a, b)| a == b)
        };
        if same(path, &self.path) {
            return Ok(());
        }
        let copy = self.path.with_file_name(".impor.db");
        let copied = ["", "-wal"].into_iter().try_for_each(|tail| {
            let from = PathBuf::from(format!("{}{tail}", path.display()));
            match fs::copy(&from, format!("{}{tail}", copy.display())) {
                Err(e) if e.kind() == ErrorKind::NotFound && !tail.is_empty() => Ok(()),
                copied => copied.map(|_| ()).map_err(|e| JournalError::Io(from, e)),
            }
        });
        let mut after = Some(0);
        while let (Ok(()), Some(from)) = (&copied, after) {
            let read = waiting_in(&copy, from);
            if let Err(e) = &read {
                told.aside.push((path.display().to_string(), e.to_string()));
            }
            after = None;
            for (n, envelope) in read.unwrap_or_default() {
                let value = serde_json::from_str(&envelope).unwrap_or_default();
                if let Err(reason) = self.import_value(value, "journal.db", told)? {
                    told.aside.push((format!("{} baris {n}", path.display()), reason));
                }
                after = Some(n);
            }
        }
        for tail in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{tail}", copy.display()));
        }
        copied
    }

    /// Facts that waited in the journal that was moved aside, as far as they can still be read; where to go on.
    pub(super) fn salvage_some(&mut self, after: i64) -> Option<i64> {
        let path = self.aside.clone()?;
        let rows = match waiting_in(&path, after) {
            Ok(rows) => rows,
            Err(e) => {
                tracing::warn!(target: "journal", error = %e, "jurnal yang disisihkan: selebihnya tidak terbaca");
                return None;
            }
        };
        let begun = Instant::now();
        let mut last = None;
        for (n, envelope) in &rows {
            if begun.elapsed() > TURN_TIME {
                break;
            }
            last = Some(*n);
            let Ok(sealed) = serde_json::from_str::<Sealed>(envelope) else { continue };
            if sealed.check().is_err() {
                continue;
            }
            match self.take(&sealed) {
                Ok(Taken::Adopted) => {
                    tracing::warn!(target: "journal", n, "peristiwa diselamatkan dari jurnal yang disisihkan");
                    self.counts.pending.fetch_add(1, std::sync::atomic::Ordering::AcqRel);
                }
                Ok(_) => {}
                Err(e) => {
                    tracing::error!(target: "journal", n, error = %e, "peristiwa yang diselamatkan tidak dapat diambil")
                }
            }
        }
        self.hear_own();
        last
    }
}

fn waiting_in(path: &Path, after: i64) -> Result<Vec<(i64, String)>, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    // What stands aside stays as it was found.
    conn.pragma_update(None, "query_only", true)?;
    conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let sql = "SELECT o.n, f.envelope FROM outbox o JOIN fact f USING (n) WHERE o.n > ?1 ORDER BY o.n LIMIT ?2";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([after, TURN], |r| Ok((r.get(0)?, super::outbox::text(r, 1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
