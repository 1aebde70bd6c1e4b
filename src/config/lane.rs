//! `[barrier]` and `[button]`: what stands in the lane, on which line, and which dialect it speaks.

use super::words;
use crate::domain::dialect::{Written, table};
use crate::domain::lane::Side;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Barrier {
    pub kind: BarrierKind,
    /// Of `domain::dialect::table`; or `own`.
    pub dialect: String,
    /// For file and serial; for hid only where there are several.
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
    /// Which relay of a board, from 1.
    #[serde(deserialize_with = "words::channel")]
    pub channel: u8,
    /// How long a relay is held.
    #[serde(deserialize_with = "words::pulse")]
    pub pulse_ms: u16,
    /// Close so long after the loop fell free; left out the barrier closes by itself.
    #[serde(deserialize_with = "words::close_after")]
    pub close_after_s: Option<u16>,
    /// The site's own dialect.
    pub own: Option<Written>,
}

impl Default for Barrier {
    fn default() -> Self {
        Self {
            kind: BarrierKind::None,
            dialect: "A".into(),
            path: None,
            address: None,
            baud: 9600,
            parity: Parity::None,
            data_bits: 8,
            stop_bits: 1,
            channel: 1,
            pulse_ms: 1000,
            close_after_s: None,
            own: None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BarrierKind {
    #[default]
    None,
    Sim,
    File,
    Serial,
    Tcp,
    Hid,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Parity {
    #[default]
    None,
    Even,
    Odd,
}

/// Push-button entries: where the button is, and what it takes a vehicle for. A button on the barrier's own controller
/// needs no `kind`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Button {
    pub kind: ButtonKind,
    pub dialect: String,
    pub path: Option<PathBuf>,
    #[serde(deserialize_with = "words::address")]
    pub address: Option<String>,
    #[serde(deserialize_with = "words::baud")]
    pub baud: u32,
    pub parity: Parity,
    #[serde(deserialize_with = "words::data_bits")]
    pub data_bits: u8,
    #[serde(deserialize_with = "words::stop_bits")]
    pub stop_bits: u8,
    /// The class's code; empty: the site's first.
    pub class: String,
    /// Presses closer together than this are one.
    #[serde(deserialize_with = "words::seconds")]
    pub guard_s: u16,
    pub own: Option<Written>,
}

impl Default for Button {
    fn default() -> Self {
        Self {
            kind: ButtonKind::None,
            dialect: "E".into(),
            path: None,
            address: None,
            baud: 9600,
            parity: Parity::None,
            data_bits: 8,
            stop_bits: 1,
            class: String::new(),
            guard_s: 5,
            own: None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ButtonKind {
    #[default]
    None,
    Serial,
    Tcp,
}

/// One line, whatever hangs on it. With an address it is TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub path: Option<PathBuf>,
    pub address: Option<String>,
    pub baud: u32,
    pub parity: Parity,
    pub data_bits: u8,
    pub stop_bits: u8,
}

fn written(dialect: &str, own: Option<&Written>) -> Option<Written> {
    match own {
        Some(own) if dialect == "own" => Some(own.clone()),
        _ => table::named(dialect),
    }
}

fn unusable(dialect: &str, own: Option<&Written>) -> Option<(&'static str, String)> {
    if dialect == "own" && own.is_none() {
        return Some(("dialect", "dialek \"own\" memerlukan own = { .. }".into()));
    }
    let Some(written) = written(dialect, own) else {
        let known: Vec<&str> = table::names().collect();
        return Some((
            "dialect",
            format!("dialek \"{dialect}\" tidak dikenal; yang ada: {}, own", known.join(", ")),
        ));
    };
    let unread = written.read(Side::In, 1).and(written.read(Side::Out, 1)).err().map(|e| {
        format!(
            "dialek ini tidak terbaca: {e} tidak dikenal; byte ditulis seperti {{0A}}, arti seperti \"button\""
        )
    });
    unread.or_else(|| unworkable(&written).map(str::to_owned)).map(|text| ("own", text))
}

/// Why a dialect that can be read can still never work.
fn unworkable(own: &Written) -> Option<&'static str> {
    let pings = !own.ping.is_empty() && own.ping_ms > 0;
    if own.echoes && own.open.is_empty() {
        Some("echoes menunggu open diulang; tulis open")
    } else if own.echoes && !own.hears.is_empty() {
        Some("dengan echoes tidak ada yang didengar; hapus echoes atau hears")
    } else if !own.hears.is_empty() && own.ends.is_empty() && !own.idle_ends {
        Some("hears memerlukan akhir pesan: tulis ends, atau idle_ends = true")
    } else if pings && own.silence_ms > 0 && own.silence_ms <= own.ping_ms {
        Some("silence_ms harus lebih lama dari ping_ms; kalau tidak, sambungan terus diputus")
    } else {
        None
    }
}

impl Barrier {
    pub(super) fn missing(&self) -> Option<(&'static str, String)> {
        let kind = |text: &str| Some(("kind", text.to_owned()));
        let hid = table::HID.iter().any(|(name, ..)| self.dialect.eq_ignore_ascii_case(name));
        match self.kind {
            BarrierKind::File if self.path.is_none() => {
                kind("palang \"file\" memerlukan path, misalnya \"/dev/ttyUSB0\"")
            }
            BarrierKind::Serial if self.path.is_none() => {
                kind("palang \"serial\" memerlukan path, misalnya \"/dev/ttyUSB0\"")
            }
            BarrierKind::Tcp if self.address.is_none() => {
                kind("palang \"tcp\" memerlukan address, misalnya \"10.0.0.7:5000\"")
            }
            BarrierKind::Hid if !hid => kind("palang \"hid\" memerlukan dialect \"usbrelay\" atau \"ch551g\""),
            BarrierKind::Serial if hid => kind("dialek ini milik relai USB-HID; tulis kind = \"hid\""),
            BarrierKind::File if self.close_after_s.is_some() => Some((
                "close_after_s",
                "palang \"file\" tidak mendengar loop dan tidak pernah menutup; hapus close_after_s".into(),
            )),
            BarrierKind::Serial | BarrierKind::Tcp | BarrierKind::Hid | BarrierKind::File => {
                unusable(&self.dialect, self.own.as_ref())
            }
            BarrierKind::None | BarrierKind::Sim => None,
        }
    }

    pub fn line(&self) -> Line {
        Line {
            path: self.path.clone(),
            address: self.address.clone().filter(|_| self.kind == BarrierKind::Tcp),
            baud: self.baud,
            parity: self.parity,
            data_bits: self.data_bits,
            stop_bits: self.stop_bits,
        }
    }

    /// What it speaks; `missing` has told of a dialect that is not there.
    pub fn written(&self) -> Written {
        written(&self.dialect, self.own.as_ref()).unwrap_or_default()
    }
}

impl Button {
    pub(super) fn missing(&self) -> Option<(&'static str, String)> {
        match self.kind {
            ButtonKind::None => None,
            ButtonKind::Serial if self.path.is_none() => {
                Some(("kind", "tombol \"serial\" memerlukan path, misalnya \"/dev/ttyUSB1\"".into()))
            }
            ButtonKind::Tcp if self.address.is_none() => {
                Some(("kind", "tombol \"tcp\" memerlukan address, misalnya \"10.0.0.7:5001\"".into()))
            }
            ButtonKind::Serial | ButtonKind::Tcp => unusable(&self.dialect, self.own.as_ref()),
        }
    }

    pub fn line(&self) -> Line {
        Line {
            path: self.path.clone(),
            address: self.address.clone().filter(|_| self.kind == ButtonKind::Tcp),
            baud: self.baud,
            parity: self.parity,
            data_bits: self.data_bits,
            stop_bits: self.stop_bits,
        }
    }

    pub fn written(&self) -> Written {
        written(&self.dialect, self.own.as_ref()).unwrap_or_default()
    }
}
