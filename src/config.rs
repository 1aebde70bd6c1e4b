//! config.toml: what this machine is, in one small file that nobody has to write.
//!
//! Every key has a safe default, a missing section means its defaults, and a wrong key or value is told with file,
//! line and what was expected. Nothing named here is opened by reading it: a kit, a certificate or a password file
//! is opened by whoever uses it. Relative paths are relative to the working directory. Secrets never stand here;
//! they have files of their own. This is the only place that knows the file's shape; rooms take plain options.

mod devices;
mod lane;
mod lost;
mod payment;
mod printer;
pub mod tariff;
mod words;

pub use devices::{Camera, CameraAuth, CameraKind, CameraModel};
pub use lane::{Barrier, BarrierKind, Button, ButtonKind, Line, Parity};
pub use lost::Lost;
pub use payment::Payment;
pub use printer::{Printer, PrinterKind, Slip};

use crate::domain::ids::GateId;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The file that is read when none is named, if it is there.
pub const DEFAULT_FILE: &str = "config.toml";

/// Everything a component is told before it starts.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `offline_data`, `Images` and `logs` live under it.
    pub data_dir: PathBuf,
    /// The folder this terminal was enrolled with.
    pub kit: Option<PathBuf>,
    pub site: Site,
    pub gate: Gate,
    pub central: Central,
    pub hub: Hub,
    pub sync: Sync,
    pub journal: Journal,
    pub camera: Camera,
    pub printer: Printer,
    pub barrier: Barrier,
    pub payment: Payment,
    pub lost: Lost,
    pub button: Button,
    /// The file it was read from; `None` means defaults.
    #[serde(skip)]
    pub path: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("."),
            kit: None,
            site: Site::default(),
            gate: Gate::default(),
            central: Central::default(),
            hub: Hub::default(),
            sync: Sync::default(),
            journal: Journal::default(),
            camera: Camera::default(),
            printer: Printer::default(),
            barrier: Barrier::default(),
            payment: Payment::default(),
            lost: Lost::default(),
            button: Button::default(),
            path: None,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Site {
    /// Shown on screens and tickets until the centre's own name is known.
    pub name: String,
    /// The zone of the site's clocks and of its business day.
    #[serde(deserialize_with = "words::zone")]
    pub timezone: TimeZone,
    pub language: Lang,
}

impl Default for Site {
    fn default() -> Self {
        let timezone = TimeZone::get("Asia/Jakarta").unwrap_or(TimeZone::UTC);
        Self { name: "Parkir".into(), timezone, language: Lang::Id }
    }
}

/// What an operator reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Id,
    En,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gate {
    /// Two readable characters; without it the kit's login says which gate this is.
    #[serde(deserialize_with = "words::gate")]
    pub id: Option<GateId>,
    /// Who works here until somebody signs on; the headless face trusts it.
    pub operator: String,
    /// Whether a headless gate keeps shifts of its own; left out, as soon as the site has operators.
    pub shifts: Option<bool>,
}

/// Where PostgreSQL is. Login and password stand in the kit.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Central {
    /// Name, address, or a socket folder (begins with `/`).
    #[serde(deserialize_with = "words::host")]
    pub host: String,
    #[serde(deserialize_with = "words::port")]
    pub port: u16,
    #[serde(deserialize_with = "words::database")]
    pub database: String,
    /// As written; `Central::encrypted` says what holds.
    pub tls: Option<TlsMode>,
    /// The site's own certificate authority (PEM); without it the system's.
    pub ca_file: Option<PathBuf>,
}

impl Default for Central {
    fn default() -> Self {
        Self { host: "localhost".into(), port: 5432, database: "parkir2".into(), tls: None, ca_file: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    Off,
    VerifyFull,
}

impl Central {
    /// A socket folder or this very machine.
    pub fn is_local(&self) -> bool {
        let address = self.host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        self.host.starts_with('/')
            || self.host.eq_ignore_ascii_case("localhost")
            || address.is_ok_and(|a| a.is_loopback())
    }

    /// Whether the connection is encrypted and the server's name checked. Left out, anything but this machine is;
    /// only the words `tls = "off"` send a password over a network in the clear (SCRAM keeps it from being read).
    pub fn encrypted(&self) -> bool {
        match self.tls {
            Some(mode) => mode == TlsMode::VerifyFull,
            None => !self.is_local(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hub {
    /// Where `parkir server` listens: `address:port`.
    #[serde(deserialize_with = "words::listen")]
    pub listen: String,
    /// Where terminals find it, `ws://host:port/parking`; `Config::hub_url` derives it when left out.
    #[serde(deserialize_with = "words::ws_url")]
    pub url: Option<String>,
    /// PEM of the hub's certificate chain and of its key; with them `parkir server` speaks TLS, and only TLS.
    pub cert_file: Option<PathBuf>,
    pub key_file: Option<PathBuf>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { listen: "0.0.0.0:8181".into(), url: None, cert_file: None, key_file: None }
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sync {
    pub mode: SyncMode,
}

/// How long what PostgreSQL has stays in the journal too.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Journal {
    /// 35 or more: as long as a backup may be old from which the centre comes back.
    #[serde(deserialize_with = "words::keep_days")]
    pub keep_days: u32,
}

impl Default for Journal {
    fn default() -> Self {
        Self { keep_days: 35 }
    }
}

/// What happens with an outage's facts when the link comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SyncMode {
    /// A dialog asks: now or later.
    #[default]
    Ask,
    /// They go at once. Headless gates always do.
    Auto,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: berkas konfigurasi tidak ada; salin config.toml.example, atau jalankan tanpa --config", .0.display())]
    Missing(PathBuf),
    #[error("{}: tidak dapat dibaca: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// Line counts from 1.
    #[error("{file} baris {line}: {message}")]
    Wrong { file: String, line: usize, message: String },
}

impl Config {
    /// Reads the named file; without a name `./config.toml` if it is there, else the defaults.
    pub fn find(named: Option<&Path>) -> Result<Self, ConfigError> {
        match named {
            Some(path) => Self::load(path),
            None if Path::new(DEFAULT_FILE).exists() => Self::load(Path::new(DEFAULT_FILE)),
            None => Ok(Self::default()),
        }
    }

    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = match std::fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(ConfigError::Missing(path.into())),
            Err(source) => return Err(ConfigError::Unreadable { path: path.into(), source }),
        };
        let mut config = Self::read(&text, &path.display().to_string())?;
        config.path = Some(path.into());
        Ok(config)
    }

    /// Reads a text; `file` is the name an error is told with.
    pub fn read(text: &str, file: &str) -> Result<Self, ConfigError> {
        let wrong = |line, message| ConfigError::Wrong { file: file.to_owned(), line, message };
        let config: Self = toml::from_str(text).map_err(|e| wrong(words::line(text, e.span()), words::say(&e)))?;
        match config.contradiction() {
            Some((section, key, message)) => Err(wrong(words::line_of_key(text, section, key), message)),
            None => Ok(config),
        }
    }

    /// What no single value shows to be wrong: section, key, and what was expected.
    fn contradiction(&self) -> Option<(&'static str, &'static str, String)> {
        let camera = self.camera.missing().map(|(key, text)| ("camera", key, text));
        let printer = self.printer.missing().map(|(key, text)| ("printer", key, text));
        let barrier = self.barrier.missing().map(|(key, text)| ("barrier", key, text));
        let button = self.button.missing().map(|(key, text)| ("button", key, text));
        let socket =
            (self.central.host.starts_with('/') && self.central.tls == Some(TlsMode::VerifyFull)).then(|| {
                ("central", "tls", "soket lokal tidak memakai TLS; tulis \"off\" atau hapus kunci ini".into())
            });
        let half = match (&self.hub.cert_file, &self.hub.key_file) {
            (Some(_), None) => Some(("hub", "cert_file", "cert_file memerlukan key_file".into())),
            (None, Some(_)) => Some(("hub", "key_file", "key_file memerlukan cert_file".into())),
            _ => None,
        };
        camera.or(printer).or(barrier).or(button).or(socket).or(half)
    }

    pub fn offline_data(&self) -> PathBuf {
        self.data_dir.join("offline_data")
    }

    pub fn images(&self) -> PathBuf {
        self.data_dir.join("Images")
    }

    pub fn logs(&self) -> PathBuf {
        self.data_dir.join("logs")
    }

    /// Which gate this is: `[gate] id`, else the one the kit's login (`gate_a1`) belongs to. `None` if neither says.
    pub fn gate_id(&self, kit_login: Option<&str>) -> Option<GateId> {
        let enrolled = || GateId::parse(kit_login?.strip_prefix("gate_")?).ok();
        self.gate.id.clone().or_else(enrolled)
    }

    /// Where terminals find the hub: `[hub] url`, else the database's machine (this one for a socket or loopback)
    /// and the port of `[hub] listen`.
    pub fn hub_url(&self) -> String {
        if let Some(url) = &self.hub.url {
            return url.clone();
        }
        let host = match self.central.host.as_str() {
            socket if socket.starts_with('/') => "localhost".to_owned(),
            v6 if v6.contains(':') && !v6.starts_with('[') => format!("[{v6}]"),
            host => host.to_owned(),
        };
        let port = self.hub.listen.rsplit_once(':').and_then(|(_, p)| p.parse::<u16>().ok());
        let scheme = if self.hub.cert_file.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{host}:{}/parking", port.filter(|p| *p != 0).unwrap_or(8181))
    }
}
