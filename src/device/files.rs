//! Files that are there whole or not at all, under names that cannot leave their folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Ends the name of a file that is still being written; what a crash left of them is removed by `sweep`.
const PART: &str = ".part";

/// Text as part of a file name: letters, digits and `-`, everything else `_`, at most 40 characters, never empty.
pub fn safe(text: &str) -> String {
    let tidy = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = text.chars().take(40).map(tidy).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

/// Writes `dir/name`, replacing what was there: temp, fsync, rename, fsync of the folder. Makes the folder.
pub fn replace(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let part = dir.join(format!(".{name}{PART}"));
    let path = dir.join(name);
    let written = write(&part, bytes).and_then(|()| fs::rename(&part, &path));
    if let Err(e) = written {
        let _ = fs::remove_file(&part);
        return Err(e);
    }
    sync_folder(dir)?;
    Ok(path)
}

fn write(part: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(part)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Moves a file that has grown to `most` out of the way, to `….1`, in place of the one that was there.
pub fn rotate(path: &Path, most: u64) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|m| m.len() >= most) {
        let mut before = path.as_os_str().to_owned();
        before.push(".1");
        fs::rename(path, PathBuf::from(before))?;
    }
    Ok(())
}

pub fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Removes what a crash left half written. Only for a folder nobody writes to at this moment.
pub fn sweep(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().ends_with(PART) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_grows_is_moved_aside_and_replaces_only_what_was_moved_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sim.txt");
        for round in ["satu", "dua", "tiga"] {
            fs::write(&path, round).unwrap();
            rotate(&path, 5).unwrap();
            assert!(path.exists(), "not yet full");
            rotate(&path, 3).unwrap();
            assert_eq!(fs::read_to_string(folder.path().join("sim.txt.1")).unwrap(), round);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    proptest! {
        #[test]
        fn no_text_makes_a_name_that_leaves_its_folder(text in "\\PC*") {
            let name = safe(&text);
            prop_assert!(!name.is_empty() && name.len() <= 40);
            let path = Path::new("dir").join(format!("{name}.jpg"));
            prop_assert_eq!(path.parent(), Some(Path::new("dir")));
            prop_assert_eq!(path.components().count(), 2);
        }
    }
}
