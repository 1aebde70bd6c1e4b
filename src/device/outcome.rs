//! What came of a device's work, with the third answer most of them force on us: unknown.

use super::patience::Waited;
use super::say;
use crate::domain::view::DeviceState;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// How a print or an opening ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The device said so, or the bytes lie in a plain file.
    Ok,
    /// Certainly not done: why, for people.
    Failed(String),
    /// The bytes went out and nothing came back (or too late).
    Unknown,
}

impl Outcome {
    /// The word in a `printed` fact: `ok`, `failed`, `unknown`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(_) => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// What the device's state is after it. An unproven write leaves it ready: most devices never answer.
    pub(super) fn state(&self) -> DeviceState {
        match self {
            Self::Ok | Self::Unknown => DeviceState::Ready,
            Self::Failed(why) => DeviceState::Failed(why.clone()),
        }
    }
}

/// What a call left behind means: begun earlier and still hanging is certain, begun now is not.
pub(super) fn waited(english: bool, result: Result<Outcome, Waited>) -> Outcome {
    match result {
        Ok(outcome) => outcome,
        Err(Waited::StillBusy) => Outcome::Failed(say(english, "tidak menjawab", "not responding").to_owned()),
        Err(Waited::TimedOut | Waited::Died) => Outcome::Unknown,
    }
}

/// Writes to a device's path. A plain file is synced and thus certain; a device node swallows bytes and says
/// nothing. The path must exist: a file made in place of an unplugged device would swallow tickets for ever.
///
/// With `at_once` nothing waits for the device, neither a line without carrier nor a full buffer: an order that went
/// out minutes later would be worse than none.
pub(super) fn write_path(english: bool, path: &Path, bytes: &[u8], at_once: bool) -> Outcome {
    let flags = if at_once { O_NOCTTY | O_NONBLOCK } else { O_NOCTTY };
    let opened = OpenOptions::new().append(true).custom_flags(flags).open(path);
    let mut device = match opened {
        Ok(device) => device,
        Err(e) => return Outcome::Failed(trouble(english, &e)),
    };
    let plain = device.metadata().is_ok_and(|m| m.is_file());
    match device.write_all(bytes).and_then(|()| if plain { device.sync_all() } else { Ok(()) }) {
        Ok(()) if plain => Outcome::Ok,
        Ok(()) => Outcome::Unknown,
        // Some bytes may have gone before the error.
        Err(e) if e.raw_os_error() == Some(ENODEV) || plain => Outcome::Failed(trouble(english, &e)),
        Err(_) => Outcome::Unknown,
    }
}

const ENODEV: i32 = 19;
/// As on x86_64 and aarch64.
pub(super) const O_NOCTTY: i32 = 0o400;
pub(super) const O_NONBLOCK: i32 = 0o4000;

/// An I/O error in the operator's words.
pub(super) fn trouble(english: bool, error: &io::Error) -> String {
    let words = match error.kind() {
        io::ErrorKind::NotFound => say(english, "perangkat tidak ada", "device not found"),
        io::ErrorKind::PermissionDenied => say(english, "tidak ada izin", "permission denied"),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => say(english, "tidak menjawab", "not responding"),
        io::ErrorKind::ConnectionRefused => say(english, "sambungan ditolak", "connection refused"),
        io::ErrorKind::StorageFull => say(english, "disk penuh", "disk full"),
        io::ErrorKind::ResourceBusy => say(english, "dipakai program lain", "in use by another program"),
        _ => return error.to_string(),
    };
    words.to_owned()
}
