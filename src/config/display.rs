//! `[display]`, `[sound]` and `[scanner]`: what the customer sees and hears, and the scanner the kernel knows.

use super::{Parity, words};
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Display {
    pub kind: DisplayKind,
    /// For file and serial.
    pub path: Option<PathBuf>,
    /// For tcp: `address:port`.
    #[serde(deserialize_with = "words::address")]
    pub address: Option<String>,
    #[serde(deserialize_with = "words::baud")]
    pub baud: u32,
    pub parity: Parity,
    #[serde(deserialize_with = "words::data_bits")]
    pub data_bits: u8,
    #[serde(deserialize_with = "words::stop_bits")]
    pub stop_bits: u8,
    /// A second screen of this machine: `parkir display`.
    pub screen: bool,
    /// Two lines while nobody stands there.
    pub welcome: Vec<String>,
}

impl Default for Display {
    fn default() -> Self {
        Self {
            kind: DisplayKind::None,
            path: None,
            address: None,
            baud: 9600,
            parity: Parity::None,
            data_bits: 8,
            stop_bits: 1,
            screen: false,
            welcome: vec!["SELAMAT DATANG".into(), String::new()],
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DisplayKind {
    #[default]
    None,
    File,
    Serial,
    Tcp,
}

impl Display {
    pub(super) fn missing(&self) -> Option<(&'static str, String)> {
        match self.kind {
            DisplayKind::File | DisplayKind::Serial if self.path.is_none() => {
                Some(("kind", "layar pelanggan memerlukan path, misalnya \"/dev/ttyUSB2\"".into()))
            }
            DisplayKind::Tcp if self.address.is_none() => {
                Some(("kind", "layar pelanggan \"tcp\" memerlukan address, misalnya \"10.0.0.8:9101\"".into()))
            }
            _ => None,
        }
    }
}

/// Off unless one of the two is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sound {
    /// A program; behind its arguments comes `paid`, `refused` or `warning`.
    pub command: Vec<String>,
    /// The terminal's own bell.
    pub bell: bool,
}

/// Left out, a scanner types like a keyboard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scanner {
    /// `/dev/input/by-id/…`: taken for this terminal alone.
    pub device: Option<PathBuf>,
}
