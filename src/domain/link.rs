//! The connection's state as the badge shows it. It keeps no clock: the worker tells it what happened.

use serde::{Deserialize, Serialize};

/// Grey, green or red: `Memeriksa Koneksi`, `Database Terhubung`, `Database Terputus`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    /// At start, until the first check ends.
    #[default]
    Checking,
    Up,
    Down,
}

impl Link {
    /// `checking`, `up`, `down`: the headless face's words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    pub fn is_up(self) -> bool {
        self == Self::Up
    }
}

/// Why the link is down, in the order of what an operator can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DownReason {
    /// No kit: this terminal was never enrolled.
    NotEnrolled,
    /// Nobody answers at host and port.
    Unreachable,
    /// It answered once and is silent now, or too slow.
    Silent,
    /// The certificate or the encryption is refused.
    Tls,
    /// Login or password refused, or the gate was revoked.
    Refused,
    /// Database or functions missing, or another version's.
    Schema,
}

impl DownReason {
    /// The reason a log line or an old summary names, in either spelling: `Unreachable`, `unreachable`.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "NotEnrolled" | "not_enrolled" => Self::NotEnrolled,
            "Unreachable" | "unreachable" => Self::Unreachable,
            "Silent" | "silent" => Self::Silent,
            "Tls" | "tls" => Self::Tls,
            "Refused" | "refused" => Self::Refused,
            "Schema" | "schema" => Self::Schema,
            _ => return None,
        })
    }
}
