//! What facts are called, and why one was set aside: the one table from a code to words. The codes are the centre's
//! (`intern.sebab` in `sql/central`, or an SQLSTATE) and the journal's own; the raw reason stands in `logs/sync_*.log`.

use super::Lang;
use crate::domain::view::FactName;

/// Why a fact was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Why {
    /// What happened.
    pub what: &'static str,
    /// Who must act, and how.
    pub todo: &'static str,
}

type Entry = (&'static str, Why, Why);

const fn entry(code: &'static str, id: [&'static str; 2], en: [&'static str; 2]) -> Entry {
    (code, Why { what: id[0], todo: id[1] }, Why { what: en[0], todo: en[1] })
}

const BUG_ID: &str = "Teknisi: laporkan ke pembuat program, dengan log ini.";
const BUG_EN: &str = "Technician: report it to the makers, with this log.";

/// A code, in full or the two characters an SQLSTATE begins with.
const TABLE: [Entry; 12] = [
    entry(
        "rusak",
        ["isinya rusak di disk komputer ini", "Teknisi: periksa disk, lalu: parkir journal verify"],
        ["damaged on this computer's disk", "Technician: check the disk, then: parkir journal verify"],
    ),
    entry(
        "conflict_id",
        ["nomornya sudah dipakai catatan lain di database", "Admin: bandingkan dengan catatan itu di database."],
        ["another record in the database has its number", "Administrator: compare it with that record."],
    ),
    entry(
        "versi",
        ["bentuknya lebih baru dari database", "Admin: mutakhirkan database (parkir db migrate), lalu coba lagi."],
        ["newer than the database understands", "Administrator: parkir db migrate, then try again."],
    ),
    entry("kurang", ["isinya tidak lengkap", BUG_ID], ["something is missing in it", BUG_EN]),
    entry("bentuk", ["isinya salah bentuk atau terlalu panjang", BUG_ID], ["malformed, or too long", BUG_EN]),
    entry("badan", ["isinya tidak lengkap atau salah", BUG_ID], ["incomplete or wrong", BUG_EN]),
    entry(
        "situs",
        ["berasal dari tempat parkir lain", "Admin: periksa kit komputer ini."],
        ["it is of another car park", "Administrator: check this computer's kit."],
    ),
    entry(
        "gerbang",
        ["gerbangnya tidak dikenal database", "Admin: daftarkan gerbangnya (parkir gate add), lalu coba lagi."],
        ["the database does not know its gate", "Administrator: parkir gate add, then try again."],
    ),
    entry(
        "too_old",
        ["lebih tua dari arsip database", "Admin: cocokkan dengan arsip; database tidak bisa memastikannya."],
        ["older than the database's archive", "Administrator: compare it with the archive."],
    ),
    entry("22", ["isinya tidak terbaca oleh database", BUG_ID], ["the database cannot read it", BUG_EN]),
    entry(
        "23",
        ["melanggar aturan di database", "Admin: lihat log, betulkan di database, lalu coba lagi."],
        ["against a rule in the database", "Administrator: see the log, put it right, try again."],
    ),
    entry("54", ["terlalu besar untuk database", BUG_ID], ["too large for the database", BUG_EN]),
];

const OTHER: Entry = entry(
    "",
    ["ditolak database", "Admin: lihat log, betulkan di database, lalu coba lagi."],
    ["refused by the database", "Administrator: see the log, put it right, try again."],
);

/// The words for a code, known or not.
pub fn why(code: &str, lang: Lang) -> Why {
    let is_sqlstate = code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    let class = if is_sqlstate { &code[..2] } else { code };
    let (_, id, en) = TABLE.iter().find(|(known, ..)| [code, class].contains(known)).unwrap_or(&OTHER);
    match lang {
        Lang::Id => *id,
        Lang::En => *en,
    }
}

/// What happened, in a word or two; a kind nobody knows yet stays as it is.
pub fn kind(kind: &str, lang: Lang) -> &str {
    let (id, en) = match kind {
        "entered" => ("masuk", "in"),
        "left" => ("keluar", "out"),
        "voided" => ("dibatalkan", "voided"),
        "corrected" => ("dibetulkan", "corrected"),
        "photo" => ("foto", "photo"),
        "shift_opened" => ("giliran mulai", "shift begun"),
        "shift_closed" => ("giliran selesai", "shift ended"),
        "barrier_opened" => ("palang dibuka", "barrier opened"),
        "pulsed" => ("palang digerakkan", "barrier moved"),
        "passed" => ("kendaraan lewat", "vehicle passed"),
        "printed" => ("cetakan", "printed"),
        "started" => ("terminal menyala", "terminal started"),
        "note" => ("keterangan", "note"),
        "duplicate" => ("duplikat", "duplicate"),
        other => return other,
    };
    match lang {
        Lang::Id => id,
        Lang::En => en,
    }
}

/// `B17K00112C  B 90 AA  keluar 13.31`
pub fn spell(fact: &FactName, lang: Lang) -> String {
    let clock = fact.at.replace(':', lang.words().common.clock.encode_utf8(&mut [0; 4]));
    let event = format!("{} {clock}", kind(&fact.kind, lang));
    let parts = [fact.ticket.as_str(), fact.plate.as_str(), event.trim()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}

/// The shortest that tells it from others: `B17K00112C`, else `cetakan 13.31`.
pub fn short(fact: &FactName, lang: Lang) -> String {
    match (fact.ticket.as_str(), fact.plate.as_str()) {
        ("", "") => spell(fact, lang),
        ("", plate) => plate.to_owned(),
        (ticket, _) => ticket.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_centre_and_the_journal_has_words_of_its_own_that_fit() {
        let centre = include_str!("../../../sql/central/0004_terima.sql");
        let codes = centre.lines().filter_map(|line| line.trim().strip_prefix("WHEN '")?.split('\'').next());
        let codes: Vec<&str> =
            codes.chain(["rusak", "conflict_id", "too_old", "22P02", "23514", "54000"]).collect();
        assert!(codes.contains(&"kurang") && codes.len() > 10, "{codes:?}");
        for lang in [Lang::Id, Lang::En] {
            for code in &codes {
                let why = why(code, lang);
                assert_ne!(why, super::why("P0001", lang), "{code}");
                // The summary's room at 80 columns.
                assert!(why.what.is_ascii() && why.what.len() <= 50, "{code}: {}", why.what);
                assert!(why.todo.is_ascii() && why.todo.len() <= 64, "{code}: {}", why.todo);
            }
            assert_eq!(super::why("22P02", lang), super::why("22023", lang));
            assert_eq!(super::why("99", lang), super::why("XX000", lang));
        }
    }

    #[test]
    fn a_fact_is_called_by_what_people_see_of_it() {
        let fact = |ticket: &str, plate: &str, kind: &str| FactName {
            ticket: ticket.into(),
            plate: plate.into(),
            kind: kind.into(),
            at: "13:31".into(),
        };
        let left = fact("B17K00112C", "B 90 AA", "left");
        assert_eq!(spell(&left, Lang::Id), "B17K00112C  B 90 AA  keluar 13.31");
        assert_eq!(spell(&left, Lang::En), "B17K00112C  B 90 AA  out 13:31");
        assert_eq!(short(&left, Lang::Id), "B17K00112C");
        assert_eq!(short(&fact("", "B 90 AA", "left"), Lang::Id), "B 90 AA");
        assert_eq!(short(&fact("", "", "printed"), Lang::Id), "cetakan 13.31");
    }
}
