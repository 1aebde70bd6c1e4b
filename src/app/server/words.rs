//! What happens at the hub, said to people.

use crate::config::Lang;
use crate::domain::kinds::kind;
use crate::domain::link::Link;
use crate::domain::plate;
use crate::hub::Happening;
use std::net::SocketAddr;

/// A line of the server's screen.
pub fn of(what: &Happening, language: Lang) -> String {
    let id = language == Lang::Id;
    match what {
        Happening::Joined { gate, address } => {
            format!("{gate} {} {address}", if id { "tersambung dari" } else { "connected from" })
        }
        Happening::Gone { gate, why } => {
            format!("{gate} {} ({})", if id { "terputus" } else { "disconnected" }, gone(why.word(), id))
        }
        Happening::Refused { address, status } => {
            format!("{address} {} ({status})", if id { "ditolak" } else { "refused" })
        }
        Happening::Stay { kind: what, gate, ticket, plate, hint } => {
            let verb = match (what.as_str(), id) {
                (kind::ENTERED, true) => "masuk",
                (kind::ENTERED, false) => "in",
                (kind::LEFT, true) => "keluar",
                (kind::LEFT, false) => "out",
                (kind::VOIDED, true) => "dibatalkan",
                (kind::CORRECTED, true) => "dikoreksi",
                (kind::PHOTO, true) => "foto",
                (kind::STARTED, true) => "mulai",
                (kind::PRINTED, true) => "cetak",
                (kind::DUPLICATE, true) => "duplikat disisihkan",
                (kind::REFUNDED, true) => "denda kembali",
                (other, _) => other,
            };
            let mark = match (hint, id) {
                (false, _) => "",
                (true, true) => "  (kabar gerbang)",
                (true, false) => "  (gate's word)",
            };
            let plate = plate.as_deref().map_or_else(|| "-".to_owned(), plate::spaced);
            let words = [gate.as_str(), verb, ticket, &plate];
            let shown: String = words.join("  ").chars().filter(|c| !c.is_control()).collect();
            format!("{shown}{mark}")
        }
        Happening::Database { link, .. } => match (link, id) {
            (Link::Checking, true) => "Memeriksa Koneksi".into(),
            (Link::Up, true) => "Database Terhubung".into(),
            (Link::Down, true) => "Database Terputus".into(),
            (Link::Checking, false) => "Checking Connection".into(),
            (Link::Up, false) => "Database Connected".into(),
            (Link::Down, false) => "Database Disconnected".into(),
        },
        Happening::Settings { version } => {
            format!("{} {version}", if id { "setelan versi" } else { "settings version" })
        }
        Happening::Reset => {
            let words =
                if id { "semua terminal diminta membaca pusat" } else { "all terminals asked to read the centre" };
            words.into()
        }
    }
}

/// Why a terminal is gone, for people; the log keeps the protocol's word.
fn gone(word: &str, id: bool) -> &str {
    match (word, id) {
        ("gone", true) => "ditutup atau putus",
        ("gone", false) => "closed or lost",
        ("shutdown", true) => "server berhenti",
        ("shutdown", false) => "server stops",
        ("token_revoked", true) => "gerbang dicabut",
        ("too_slow", true) => "terlalu lambat",
        ("too_big", true) => "pesan terlalu besar",
        ("too_many", true) => "pesan terlalu banyak",
        ("protocol", true) => "pesan tidak dikenal",
        ("no_pong", true) => "tidak menjawab",
        (other, _) => other,
    }
}

/// The same for the log, in the log's words.
pub fn log(what: &Happening) {
    match what {
        Happening::Joined { gate, address } => tracing::info!(target: "hub", gate, address, "terminal tersambung"),
        Happening::Gone { gate, why } => {
            tracing::info!(target: "hub", gate, why = why.word(), "terminal terputus")
        }
        Happening::Refused { address, status } => {
            tracing::warn!(target: "hub", address, status, "koneksi ditolak")
        }
        Happening::Stay { kind, gate, ticket, hint, .. } => {
            tracing::debug!(target: "hub", kind, gate, ticket, hint, "peristiwa");
        }
        Happening::Database { link, reason } => {
            tracing::info!(target: "hub", link = link.word(), ?reason, "database");
        }
        Happening::Settings { version } => tracing::info!(target: "hub", version, "setelan baru"),
        Happening::Reset => tracing::info!(target: "hub", "epoch baru"),
    }
}

pub fn bad_listen(language: Lang, listen: &str) -> String {
    match language {
        Lang::Id => format!("[hub] listen = {listen:?}: bukan alamat:port"),
        Lang::En => format!("[hub] listen = {listen:?}: not an address:port"),
    }
}

pub fn port_taken(language: Lang, address: &SocketAddr) -> String {
    match language {
        Lang::Id => format!("{address} tidak dapat dipakai; apakah server sudah berjalan?"),
        Lang::En => format!("{address} cannot be used; is the server already running?"),
    }
}
