//! Thumbnails of this gate's photos, until the centre has them, and of others' that were fetched to be shown.
//!
//! Files only, one a photo: `waiting/{stay}_{side}_{sha256 of the original}.jpg` must still go up,
//! `kept/{stay}_{side}.jpg` has gone or came down. A rename between the two is the whole state, so that a crash at any moment
//! sends a thumbnail twice at worst (the centre takes it once). Nothing here is precious: the originals stand in
//! `Images/` and each photo has its fact.

use super::camera::Side;
use super::files;
use super::jpeg::THUMBNAIL_MOST;
use jiff::Timestamp;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use uuid::Uuid;

/// A thumbnail the centre does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    pub stay: Uuid,
    pub side: Side,
    /// Of the original, lower-case hex, as its fact carries it.
    pub sha256: String,
}

#[derive(Clone, Debug)]
pub struct PhotoStore {
    data_dir: PathBuf,
    waiting: PathBuf,
    kept: PathBuf,
    /// An empty file for each original whose thumbnail the centre confirmed, named by the original's SHA-256.
    confirmed: PathBuf,
}

impl PhotoStore {
    /// Below `data_dir/offline_data/photos`; folders are made when first needed. Only one process may hold it.
    pub fn open(data_dir: &Path) -> Self {
        let photos = data_dir.join("offline_data/photos");
        let store = Self {
            data_dir: data_dir.to_owned(),
            waiting: photos.join("waiting"),
            kept: photos.join("kept"),
            confirmed: photos.join("confirmed"),
        };
        files::sweep(&store.waiting);
        files::sweep(&store.kept);
        store
    }

    /// A photo taken here: kept, and it waits for the centre. At most 32 KiB.
    pub fn save_thumb(&self, stay: Uuid, side: Side, sha256: &str, jpeg: &[u8]) -> io::Result<()> {
        let hex: String = sha256.chars().filter(char::is_ascii_hexdigit).take(64).collect();
        save(&self.waiting, &format!("{}_{hex}.jpg", stem(stay, side)), jpeg)
    }

    /// A photo that came from the centre: kept to be shown again, and does not wait.
    pub fn keep_thumb(&self, stay: Uuid, side: Side, jpeg: &[u8]) -> io::Result<()> {
        save(&self.kept, &format!("{}.jpg", stem(stay, side)), jpeg)
    }

    /// What this terminal has of a stay's photo; `None` if nothing.
    pub fn load_thumb(&self, stay: Uuid, side: Side) -> io::Result<Option<Vec<u8>>> {
        for path in self.waiting_of(stay, side)? {
            match fs::read(path) {
                // It moved on in between.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                read => return read.map(Some),
            }
        }
        match fs::read(self.kept.join(format!("{}.jpg", stem(stay, side)))) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    fn waiting_of(&self, stay: Uuid, side: Side) -> io::Result<Vec<PathBuf>> {
        let prefix = format!("{}_", stem(stay, side));
        let mine = names(&self.waiting)?.into_iter().filter(|n| n.starts_with(&prefix));
        Ok(mine.map(|n| self.waiting.join(n)).collect())
    }

    /// What the centre does not have yet, oldest stay first.
    pub fn pending_uploads(&self) -> io::Result<Vec<Pending>> {
        let mut all: Vec<Pending> = names(&self.waiting)?.iter().filter_map(|n| parse(n)).collect();
        all.sort_by_key(|p| (p.stay, p.side.as_str()));
        Ok(all)
    }

    /// The centre has it. Harmless when repeated.
    pub fn mark_uploaded(&self, stay: Uuid, side: Side) -> io::Result<()> {
        for path in self.waiting_of(stay, side)? {
            fs::create_dir_all(&self.kept)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Some(pending) = parse(&name) {
                files::replace(&self.confirmed, &pending.sha256, b"")?;
            }
            fs::rename(path, self.kept.join(format!("{}.jpg", stem(stay, side))))?;
            files::sync_folder(&self.kept)?;
            files::sync_folder(&self.waiting)?;
        }
        Ok(())
    }

    /// Removes kept thumbnails written before `before`; what waits for the centre stays. Returns how many.
    pub fn prune_thumbs(&self, before: Timestamp) -> io::Result<usize> {
        remove_older(&self.kept, before)
    }

    /// Removes originals of either side written before `before`, oldest first; one whose thumbnail the centre has not
    /// confirmed stays, however old. Returns how many.
    pub fn prune_originals(&self, before: Timestamp) -> io::Result<usize> {
        let before = SystemTime::from(before);
        let mut old = Vec::new();
        for side in [Side::In, Side::Out] {
            let folder = self.data_dir.join(side.folder());
            let dated = names(&folder)?.into_iter().filter_map(|name| {
                let path = folder.join(name);
                let written = fs::metadata(&path).and_then(|m| m.modified()).ok()?;
                (written < before).then_some((written, path))
            });
            old.extend(dated);
        }
        old.sort();
        let mut removed = 0;
        for (_, path) in old {
            let digest = ring::digest::digest(&ring::digest::SHA256, &fs::read(&path)?);
            let mark = self.confirmed.join(data_encoding::HEXLOWER.encode(digest.as_ref()));
            if mark.exists() {
                fs::remove_file(&path)?;
                fs::remove_file(&mark)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

fn stem(stay: Uuid, side: Side) -> String {
    format!("{stay}_{}", side.as_str())
}

fn save(folder: &Path, name: &str, jpeg: &[u8]) -> io::Result<()> {
    if jpeg.len() > THUMBNAIL_MOST {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "thumbnail above 32 KiB"));
    }
    files::replace(folder, name, jpeg).map(|_| ())
}

fn parse(name: &str) -> Option<Pending> {
    let mut parts = name.strip_suffix(".jpg")?.splitn(3, '_');
    let stay = Uuid::try_parse(parts.next()?).ok()?;
    let side = Side::parse(parts.next()?)?;
    Some(Pending { stay, side, sha256: parts.next()?.to_owned() })
}

/// Names of the photos in a folder; none if there is no folder yet.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let name = |e: fs::DirEntry| e.file_name().into_string().ok();
    Ok(entries.flatten().filter_map(name).filter(|n| n.ends_with(".jpg")).collect())
}

fn remove_older(folder: &Path, before: Timestamp) -> io::Result<usize> {
    let before = SystemTime::from(before);
    let mut removed = 0;
    for name in names(folder)? {
        let path = folder.join(name);
        if fs::metadata(&path).and_then(|m| m.modified()).is_ok_and(|written| written < before) {
            fs::remove_file(&path)?;
            removed += 1;
        }
    }
    Ok(removed)
}
