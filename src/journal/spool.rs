//! The spool: one JSON file per fact not yet in PostgreSQL, under the seed's names. The journal's independent witness,
//! and the way out of a dead PC.

use super::error::JournalError;
use crate::domain::fact::Sealed;
use crate::domain::kinds::kind;
use crate::domain::old_system;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Where malformed files are set aside, with their reason beside them.
pub(super) const QUARANTINE: &str = "karantina";
/// Where the old system's files are kept once they are facts.
pub(super) const ADOPTED: &str = "sistem-lama";
/// Where the old system kept its files.
const OLD_FOLDERS: [&str; 2] = ["ParkingIN", "ParkingOut"];

/// A file laid out in advance: its blocks and its name in the folder are on disk before anybody waits for them.
const SPARE: &str = ".cadangan.tmp";
const SPARE_BYTES: usize = 4096;
/// What a temporary file of `write` looks like.
const HALF: &str = ".00000000-0000-0000-0000-000000000000.tmp";
/// No fact is longer, and no record of the old system.
const LONGEST: u64 = 256 * 1024;

pub(super) struct Spool {
    dir: PathBuf,
    spare: Option<File>,
    /// Laying out failed; the long way is taken from then on.
    no_spare: bool,
}

/// A file that stands in the spool.
pub(super) struct Found {
    pub path: PathBuf,
    pub read: Result<Sealed, String>,
}

impl Spool {
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), spare: None, no_spare: false }
    }

    /// `parking_entry_[yyyyMMdd]_[HHmmss]_[id].json`, `parking_exit_…`; other kinds `parking_event_…`. The time is the
    /// fact's own wall time.
    pub fn name(fact: &Sealed) -> String {
        named(fact.fact.kind(), &fact.fact.content.at, &fact.fact.id().to_string())
    }

    /// The name from a fact's own text, without reading all of it; `None` where it is not the text we write.
    pub fn name_in(envelope: &str) -> Option<String> {
        // A quote within a value is escaped: these marks stand nowhere but at the fields.
        let field = |mark: &str| envelope.split_once(mark)?.1.split_once('"').map(|(value, _)| value);
        let (id, at) = (field(r#","id":""#)?, field(r#","at":""#)?);
        id.parse::<uuid::Uuid>().ok()?;
        Some(named(field(r#","kind":""#)?, at, id))
    }

    pub fn path(&self, fact: &Sealed) -> PathBuf {
        self.dir.join(Self::name(fact))
    }

    /// Writes a fact's file durably: temp, fsync, rename, directory fsync.
    pub fn write(&mut self, fact: &Sealed, envelope: &str) -> Result<(), JournalError> {
        let path = self.path(fact);
        let io = |e| JournalError::Io(path.clone(), e);
        let text = format!("{envelope}\n");
        if text.len() <= SPARE_BYTES
            && let Some(spare) = self.spare.take()
        {
            match self.fill(&spare, &text, &path) {
                Ok(()) => return self.sync_dir(),
                Err(e) => {
                    tracing::warn!(target: "journal", error = %e, "berkas cadangan kosong tidak dapat disiapkan")
                }
            }
        }
        let temp = self.dir.join(format!(".{}.tmp", fact.fact.id()));
        let put = || {
            let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&temp)?;
            file.write_all(text.as_bytes())?;
            file.sync_data()?;
            fs::rename(&temp, &path)
        };
        // What is half written takes room from what could be whole.
        put().inspect_err(|_| drop(fs::remove_file(&temp))).map_err(io)?;
        self.sync_dir()
    }

    /// What is left of the spare is line ends: with or without its true length the file is the same JSON.
    fn fill(&self, spare: &File, text: &str, path: &Path) -> std::io::Result<()> {
        spare.write_all_at(text.as_bytes(), 0)?;
        spare.sync_data()?;
        spare.set_len(text.len() as u64)?;
        fs::rename(self.dir.join(SPARE), path)
    }

    pub fn wants_spare(&self) -> bool {
        self.spare.is_none() && !self.no_spare
    }

    /// Lays out the file the next fact will be written into; only called when nobody waits.
    pub fn lay_out_spare(&mut self) {
        let path = self.dir.join(SPARE);
        let lay = || {
            let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&path)?;
            file.write_all(&[b'\n'; SPARE_BYTES])?;
            file.sync_all()?;
            Ok::<_, std::io::Error>(file)
        };
        self.spare = lay().ok();
        self.no_spare = self.spare.is_none();
    }

    /// Whether a file gets through.
    pub fn try_writing(&self) -> std::io::Result<()> {
        let path = self.dir.join(".coba.tmp");
        let mut file = File::create(&path)?;
        file.write_all(&[b'\n'; SPARE_BYTES])?;
        file.sync_all()?;
        fs::remove_file(&path)
    }

    pub fn give_up_spare(&mut self) {
        if self.spare.take().is_some() {
            let _ = fs::remove_file(self.dir.join(SPARE));
        }
    }

    pub fn holds(&self, fact: &Sealed) -> bool {
        self.path(fact).exists()
    }

    /// Removes a fact's file after its ack; one that is not there is fine.
    pub fn remove(&self, fact_name: &str) -> Result<(), JournalError> {
        let path = self.dir.join(fact_name);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(JournalError::Io(path, e)),
            _ => Ok(()),
        }
    }

    fn sync_dir(&self) -> Result<(), JournalError> {
        sync_dir(&self.dir)
    }

    /// A name that is no text becomes one, so that its file can be spoken of; what a power cut left half written goes.
    pub fn straighten(&self) {
        let folders = OLD_FOLDERS.iter().map(|folder| self.dir.join(folder)).chain([self.dir.clone()]);
        for entry in folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
            let (name, path) = (entry.file_name(), entry.path());
            let told = name.to_string_lossy();
            let half = told.starts_with('.') && told.ends_with(".tmp") && told.len() == HALF.len();
            if half && told != SPARE {
                let _ = fs::remove_file(&path);
            } else if name.to_str().is_none() && is_spool_file(&told) {
                let stem = told.trim_end_matches(".json").replace('\u{fffd}', "_");
                let names = (0..).map(|number| path.with_file_name(format!("{stem}_{number}.json")));
                if let Some(free) = names.into_iter().find(|name| name.symlink_metadata().is_err()) {
                    let _ = fs::rename(&path, free);
                }
            }
        }
    }

    /// Names of all spool files, the old system's folders after the rest; order by name is order by wall time.
    pub fn names(&self) -> Result<Vec<String>, JournalError> {
        let mut names = spool_files(&self.dir, "")?;
        for folder in OLD_FOLDERS {
            match spool_files(&self.dir.join(folder), folder) {
                Err(JournalError::Io(_, e))
                    if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
                found => names.extend(found?),
            }
        }
        Ok(names)
    }

    /// Whether a file holds this very fact, byte for byte.
    pub fn is_same(&self, name: &str, envelope: &str) -> bool {
        read_small(&self.dir.join(name)).is_ok_and(|bytes| bytes.trim_ascii_end() == envelope.as_bytes())
    }

    /// Reads one file and checks that it is whole.
    pub fn read(&self, name: &str) -> Result<Found, JournalError> {
        let path = self.dir.join(name);
        let read = match read_small(&path) {
            Err(e) if e.kind() != ErrorKind::InvalidData => return Err(JournalError::Io(path, e)),
            Err(e) => Err(e.to_string()),
            Ok(bytes) => serde_json::from_slice::<Sealed>(&bytes)
                .map_err(|e| e.to_string())
                .and_then(|fact| fact.check().map(|()| fact).map_err(|e| e.to_string())),
        };
        Ok(Found { path, read })
    }

    /// Moves a file that cannot be read into `karantina/`, with its reason; it is never deleted.
    pub fn set_aside(&self, path: &Path, reason: &str) -> Result<(), JournalError> {
        self.give_reason(path, reason, |from, to| fs::rename(from, to))?;
        // The very same content stands there already.
        if path.exists() { remove(path) } else { Ok(()) }
    }

    /// As `set_aside`, for a file that is not ours to move: a copy.
    pub fn copy_aside(&self, path: &Path, reason: &str) -> Result<(), JournalError> {
        self.give_reason(path, reason, |from, to| fs::copy(from, to).map(|_| ()))
    }

    fn give_reason(
        &self,
        path: &Path,
        reason: &str,
        place: impl Fn(&Path, &Path) -> std::io::Result<()>,
    ) -> Result<(), JournalError> {
        let dir = self.dir.join(QUARANTINE);
        let io = |e| JournalError::Io(dir.clone(), e);
        fs::create_dir_all(&dir).map_err(io)?;
        let Some(target) = free_name(&dir, path) else { return Ok(()) };
        let mut beside = target.clone().into_os_string();
        beside.push(".sebab.txt");
        fs::write(beside, format!("{reason}\n")).map_err(io)?;
        place(path, &target).map_err(io)?;
        sync_dir(&dir)?;
        self.sync_dir()
    }

    /// Moves a file of the old system whose record is a fact now into `sistem-lama/`.
    pub fn archive(&self, path: &Path) -> Result<(), JournalError> {
        let dir = self.dir.join(ADOPTED);
        let io = |e| JournalError::Io(dir.clone(), e);
        fs::create_dir_all(&dir).map_err(io)?;
        match free_name(&dir, path) {
            Some(target) => fs::rename(path, target).map_err(io)?,
            None => remove(path)?,
        }
        sync_dir(&dir)?;
        self.sync_dir()
    }
}

fn remove(path: &Path) -> Result<(), JournalError> {
    fs::remove_file(path).map_err(|e| JournalError::Io(path.to_owned(), e))
}

fn sync_dir(dir: &Path) -> Result<(), JournalError> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(|e| JournalError::Io(dir.to_owned(), e))
}

fn spool_files(dir: &Path, prefix: &str) -> Result<Vec<String>, JournalError> {
    let io = |e| JournalError::Io(dir.to_owned(), e);
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // A folder, a pipe or a link is nobody's fact, whatever it is called.
        if is_spool_file(&name) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            names.push(if prefix.is_empty() { name } else { format!("{prefix}/{name}") });
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn is_spool_file(name: &str) -> bool {
    name.starts_with("parking_") && name.ends_with(".json")
}

/// The bytes of a file that can be a fact: no link, no pipe, not too long. `InvalidData` says that it is none.
pub(super) fn read_small(path: &Path) -> std::io::Result<Vec<u8>> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(std::io::Error::new(ErrorKind::InvalidData, "bukan berkas biasa"));
    }
    if about.len() > LONGEST {
        return Err(std::io::Error::new(ErrorKind::InvalidData, "terlalu besar untuk sebuah peristiwa"));
    }
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes)?;
    // Some editors put a mark before UTF-8.
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    Ok(bytes)
}

/// A path in `dir` for a file, not taken by another content; `None` if this very content stands there already.
fn free_name(dir: &Path, path: &Path) -> Option<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut target = dir.join(&name);
    for number in 1.. {
        match read_small(&target) {
            Err(_) if target.symlink_metadata().is_err() => break,
            Ok(there) if read_small(path).is_ok_and(|here| here == there) => return None,
            _ => target = dir.join(format!("{name}.{number}")),
        }
    }
    Some(target)
}

fn named(fact_kind: &str, at: &str, id: &str) -> String {
    let kind = match fact_kind {
        kind::ENTERED => "entry",
        kind::LEFT => "exit",
        _ => "event",
    };
    let digits: String = at.chars().filter(char::is_ascii_digit).take(14).collect();
    let (day, time) = digits.split_at(digits.len().min(8));
    format!("parking_{kind}_{day}_{time}_{id}.json")
}

/// A file's record of the old system; `None` if it holds anything else.
pub(super) fn old_record(path: &Path) -> Option<serde_json::Value> {
    let value = serde_json::from_slice(&read_small(path).ok()?).ok()?;
    old_system::is_record(&value).then_some(value)
}

pub(super) fn is_old_system(path: &Path) -> bool {
    old_record(path).is_some()
}
