//! The tokens as last heard, on disk: so that a server started while PostgreSQL is down still knows its terminals.
//! Only SHA-256 values stand there; the file is for its owner all the same.

use anyhow::{Context, Result};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

type Tokens = Vec<(String, String)>;

pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub fn new(offline_data: &Path) -> Self {
        Self { folder: offline_data.to_owned() }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("hub_tokens.json")
    }

    /// What was kept; nothing when there is nothing that can be read.
    pub fn load(&self) -> Tokens {
        let read = |file: &Path| anyhow::Ok(serde_json::from_slice(&fs::read(file)?)?);
        match read(&self.file()) {
            Ok(tokens) => tokens,
            Err(error) => {
                if self.file().exists() {
                    tracing::warn!(target: "hub", %error, "hub_tokens.json tidak terbaca");
                }
                Tokens::new()
            }
        }
    }

    /// Replaces the file whole, or leaves it as it was.
    pub fn keep(&self, tokens: &[(String, String)]) -> Result<()> {
        fs::create_dir_all(&self.folder).with_context(|| self.folder.display().to_string())?;
        let temporary = self.folder.join(".hub_tokens.json.tmp");
        let _ = fs::remove_file(&temporary);
        let write = || -> Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
            file.write_all(&serde_json::to_vec(tokens)?)?;
            file.sync_all()?;
            fs::rename(&temporary, self.file())?;
            File::open(&self.folder)?.sync_all()?;
            Ok(())
        };
        write().context("hub_tokens.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn tokens_outlive_the_server_for_its_owner_only() {
        let folder = std::env::temp_dir().join(format!("parkir-tokens-{}", uuid::Uuid::now_v7()));
        let cache = Cache::new(&folder);
        assert!(cache.load().is_empty());
        let tokens = vec![("A1".to_owned(), "00ff".to_owned())];
        cache.keep(&[]).unwrap();
        cache.keep(&tokens).unwrap();
        assert_eq!(cache.load(), tokens);
        assert_eq!(fs::metadata(cache.file()).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(cache.file(), "{").unwrap();
        assert!(cache.load().is_empty());
        fs::remove_dir_all(&folder).unwrap();
    }
}
