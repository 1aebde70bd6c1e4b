//! Whether a demo's folder can be gone on with: one made by another version of parkir is left alone, and its owner told.

use super::GATES;
use crate::app::enrol::{self, SuperuserOptions};
use crate::central::MIGRATIONS;
use crate::config::Config;
use crate::domain::secret::Secret;
use crate::journal::JournalError;
use anyhow::Result;
use std::fmt;
use std::path::{Path, PathBuf};

/// What is in the folder is another version's.
#[derive(Debug)]
pub struct OtherVersion {
    folder: PathBuf,
    /// Where its PostgreSQL is, when that is not inside.
    beside: Option<PathBuf>,
    what: String,
}

impl std::error::Error for OtherVersion {}

impl fmt::Display for OtherVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.folder.display();
        writeln!(f, "isi folder {folder} dibuat oleh versi parkir yang lain ({}).", self.what)?;
        writeln!(f, "Versi ini tidak dapat meneruskannya. Tidak ada yang diubah atau dihapus. Pilih salah satu:")?;
        writeln!(f, "  1. pakai folder lain:        parkir demo --dir FOLDER_LAIN")?;
        write!(f, "  2. hapus isi demo yang lama: rm -rf {folder}")?;
        if let Some(beside) = &self.beside {
            write!(f, " {}", beside.display())?;
        }
        let made_by_make = self.beside.is_none() && self.folder.ends_with("demo");
        f.write_str(if made_by_make { "   (atau make clean, bila dari make run)" } else { "" })
    }
}

/// Looks before anything is written. `place` is where its PostgreSQL is; `superuser` is there when that runs.
pub fn look(folder: &Path, place: &Path, superuser: Option<&Secret>) -> Result<()> {
    let Some(what) = other_journal(folder).or_else(|| superuser.and_then(other_database)) else { return Ok(()) };
    let beside = (!place.starts_with(folder)).then(|| place.to_owned());
    Err(OtherVersion { folder: folder.to_owned(), beside, what }.into())
}

fn other_database(superuser: &Secret) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let options = SuperuserOptions::new(superuser.reveal(), &Config::default());
    // No database yet: nothing that could be another's. Whatever else is wrong `db init` will say.
    let status = runtime.block_on(enrol::db_status(&options)).ok()?;
    let newest = MIGRATIONS.last().map_or(i32::MAX, |m| m.version);
    let other = status.applied.iter().find(|a| !a.intact || a.version > newest)?;
    Some(format!("database: {}", other.name))
}

fn other_journal(folder: &Path) -> Option<String> {
    GATES.iter().find_map(|(gate, _)| match crate::journal::status(&folder.join(gate).join("offline_data")) {
        Err(JournalError::Newer(version)) => Some(format!("jurnal {gate}: {version}")),
        _ => None,
    })
}
