//! The kit: the folder a terminal is enrolled with. Written by `parkir db init` and `parkir gate add`, read at start.
//!
//! ```text
//! login      PostgreSQL login          password   its password
//! token      for the hub's door        gate.key   base-64 of the gate's Ed25519 seed (gates only)
//! site.pub   `site <code> <name>`, then `gate <code> <base-64 key> [revoked <time>]` a line
//! ```
//!
//! The folder is 0700, each file 0600; a kit open to others is refused.

use crate::domain::ids::GateId;
use crate::domain::qr::SiteKey;
use crate::domain::seal::{GateKey, Hash, PublicKey};
use crate::domain::secret::Secret;
use anyhow::{Context, Result, bail};
use data_encoding::HEXLOWER;
use ring::digest;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

/// A kit as a terminal uses it.
#[derive(Debug)]
pub struct Kit {
    pub login: String,
    pub password: Secret,
    pub token: Secret,
    /// `None` in the kits of the hub and the administrators.
    pub key: Option<Arc<GateKey>>,
    /// The site's code.
    pub site: String,
    pub site_name: String,
    pub keys: Vec<SiteKey>,
}

/// What a kit is made of when it is written.
pub struct KitContent<'a> {
    pub login: &'a str,
    pub password: &'a Secret,
    pub token: &'a Secret,
    /// Base-64 of the seed.
    pub key: Option<&'a Secret>,
    pub site: &'a str,
    pub site_name: &'a str,
    pub keys: &'a [SiteKey],
}

impl Kit {
    pub fn open(path: &Path) -> Result<Self> {
        let mode = fs::metadata(path).with_context(|| format!("kit {} tidak ada", path.display()))?.permissions();
        if mode.mode() & 0o077 != 0 {
            bail!("kit {} terbuka bagi pengguna lain: jalankan chmod -R go= {0}", path.display());
        }
        let key = match path.join("gate.key").try_exists()? {
            true => Some(Arc::new(GateKey::from_base64(&line(path, "gate.key")?).context("gate.key rusak")?)),
            false => None,
        };
        let (site, site_name, keys) = read_site(&read(path, "site.pub")?)?;
        Ok(Self {
            login: line(path, "login")?,
            password: Secret::new(line(path, "password")?),
            token: Secret::new(line(path, "token")?),
            key,
            site,
            site_name,
            keys,
        })
    }

    /// The login alone, of a kit that cannot be opened.
    pub fn login_in(path: &Path) -> Option<String> {
        line(path, "login").ok()
    }

    /// The gate this kit is for, by its login; `None` for the hub's and the administrators'.
    pub fn gate(&self) -> Option<GateId> {
        self.login.strip_prefix("gate_").and_then(|code| GateId::parse(code).ok())
    }
}

/// Lower-case hex SHA-256 of a token: all the centre knows of it.
pub fn token_sha256(token: &Secret) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, token.reveal().as_bytes()).as_ref())
}

/// Writes a kit into a new or existing folder; each file is replaced whole.
pub fn write(path: &Path, kit: &KitContent<'_>) -> Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true).mode(0o700);
    folder.create(path).with_context(|| format!("folder {} tidak dapat dibuat", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    put(path, "password", kit.password.reveal())?;
    put(path, "token", kit.token.reveal())?;
    if let Some(key) = kit.key {
        put(path, "gate.key", key.reveal())?;
    }
    write_site(path, kit.site, kit.site_name, kit.keys)?;
    put(path, "login", kit.login)
}

/// Another signing key, by its seed; everything else of the kit stays.
pub fn write_key(path: &Path, seed: &Secret) -> Result<()> {
    put(path, "gate.key", seed.reveal())
}

/// Renews the list of public keys alone.
pub fn write_site(path: &Path, site: &str, site_name: &str, keys: &[SiteKey]) -> Result<()> {
    let mut text = format!("site {site} {}", site_name.replace('\n', " "));
    for key in keys {
        text.push_str(&format!("\ngate {} {}", key.gate, key.key));
        if let Some(at) = key.revoked_at {
            text.push_str(&format!(" revoked {at}"));
        }
    }
    put(path, "site.pub", &text)
}

/// Whole or not at all, also behind a power cut.
pub(super) fn put(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    let fresh = folder.join(format!(".{name}.baru"));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .with_context(|| format!("{} tidak dapat ditulis", fresh.display()))?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&fresh, &path).with_context(|| format!("{} tidak dapat ditulis", path.display()))?;
    fs::File::open(folder)?.sync_all().with_context(|| format!("{} tidak dapat ditulis", folder.display()))
}

fn read(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    fs::read_to_string(&path).with_context(|| format!("{} tidak terbaca", path.display()))
}

fn line(folder: &Path, name: &str) -> Result<String> {
    let text = read(folder, name)?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        bail!("{} kosong", folder.join(name).display());
    }
    Ok(line.to_owned())
}

fn read_site(text: &str) -> Result<(String, String, Vec<SiteKey>)> {
    let (mut site, mut site_name, mut keys) = (String::new(), String::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        let bad = || format!("site.pub baris {}: tidak dikenal: {line:?}", number + 1);
        if let Some(rest) = line.strip_prefix("site ") {
            let (code, name) = rest.split_once(' ').unwrap_or((rest, ""));
            (site, site_name) = (code.to_owned(), name.to_owned());
        } else if let Some(rest) = line.strip_prefix("gate ") {
            let words: Vec<&str> = rest.split_whitespace().collect();
            let (gate, key, revoked) = match words[..] {
                [gate, key] => (gate, key, None),
                [gate, key, "revoked", at] => (gate, key, Some(at.parse().with_context(bad)?)),
                _ => bail!(bad()),
            };
            PublicKey::from_base64(key).with_context(bad)?;
            let gate = GateId::parse(gate).with_context(bad)?;
            keys.push(SiteKey { gate, key: key.to_owned(), revoked_at: revoked });
        } else if !line.trim().is_empty() {
            bail!(bad());
        }
    }
    if site.is_empty() {
        bail!("site.pub: baris `site <kode> <nama>` tidak ada");
    }
    Ok((site, site_name, keys))
}

/// Random text for a password or a token: 32 bytes, base-64 for addresses.
pub fn random_secret() -> Result<Secret> {
    Ok(Secret::new(data_encoding::BASE64URL_NOPAD.encode(&random_bytes()?)))
}

/// A new gate's signing key: the seed as it stands in the kit, and the public half.
pub fn random_gate_key() -> Result<(Secret, PublicKey)> {
    let seed = random_bytes()?;
    let public = GateKey::from_seed(&seed)?.public();
    Ok((Secret::new(data_encoding::BASE64.encode(&seed)), public))
}

pub(super) fn random_bytes() -> Result<[u8; 32]> {
    use ring::rand::SecureRandom;
    let mut bytes = Hash::ZERO.0;
    ring::rand::SystemRandom::new().fill(&mut bytes).map_err(|_| anyhow::anyhow!("angka acak tidak tersedia"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kit_reads_back_closed_to_others_and_silent_about_its_secrets() {
        let folder = std::env::temp_dir().join(format!("parkir-kit-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let (seed, public) = random_gate_key().unwrap();
        let revoked = Some("2026-11-22T07:00:00Z".parse().unwrap());
        let key = |at| SiteKey { gate: GateId::parse("A1").unwrap(), key: public.base64(), revoked_at: at };
        let content = KitContent {
            login: "gate_a1",
            password: &Secret::new("rahasia1"),
            token: &random_secret().unwrap(),
            key: Some(&seed),
            site: "S1",
            site_name: "Parkir Uji Coba",
            keys: &[key(revoked), key(None)],
        };
        write(&folder, &content).unwrap();
        write(&folder, &content).unwrap();
        let kit = Kit::open(&folder).unwrap();
        assert_eq!((kit.site.as_str(), kit.site_name.as_str()), ("S1", "Parkir Uji Coba"));
        assert_eq!(kit.gate(), GateId::parse("A1").ok());
        assert_eq!(kit.keys, [key(revoked), key(None)]);
        assert_eq!(kit.key.as_ref().unwrap().public(), public);
        assert!(!format!("{kit:?}").contains("rahasia1"));
        for file in fs::read_dir(&folder).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(Kit::open(&folder).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
