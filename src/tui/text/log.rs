//! A line of the log for people: the files hold `message key=value`, the page shows the message and, in brackets, its
//! fields in words.

use super::Lang;
use crate::domain::link::DownReason;

/// Field names, and how an Indonesian reads them.
const FIELDS: [(&str, &str); 22] = [
    ("accepted", "diterima"),
    ("address", "alamat"),
    ("already", "sudah ada"),
    ("component", "bagian"),
    ("error", "galat"),
    ("ended", "akhir"),
    ("fact", "peristiwa"),
    ("file", "berkas"),
    ("gate", "gerbang"),
    ("kind", "jenis"),
    ("link", "koneksi"),
    ("outcome", "hasil"),
    ("parked", "disisihkan"),
    ("path", "berkas"),
    ("reason", "sebab"),
    ("rejected", "ditolak"),
    ("sent", "terkirim"),
    ("stay", "kunjungan"),
    ("stopped", "berhenti"),
    ("verdict", "putusan"),
    ("version", "versi"),
    ("why", "sebab"),
];

/// Values of a fixed set, and how an Indonesian reads them.
const VALUES: [(&str, &str); 14] = [
    ("already", "sudah ada"),
    ("checking", "diperiksa"),
    ("down", "terputus"),
    ("entered", "masuk"),
    ("failed", "gagal"),
    ("gone", "pergi"),
    ("held", "dititipkan"),
    ("inserted", "tersimpan"),
    ("left", "keluar"),
    ("no_pong", "diam"),
    ("ok", "baik"),
    ("rejected", "ditolak"),
    ("unknown", "tidak pasti"),
    ("up", "terhubung"),
];

/// The line as the page shows it.
pub fn spell(text: &str, lang: Lang) -> String {
    let (message, fields) = split(text);
    let shown: Vec<String> = fields.iter().filter_map(|(name, value)| field(name, value, lang)).collect();
    if shown.is_empty() { message.to_owned() } else { format!("{message} ({})", shown.join(", ")) }
}

/// A name as `tracing` fields have, right before an `=`.
fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
}

/// Message and fields: a field begins at a blank, with a name and `=`.
fn split(text: &str) -> (&str, Vec<(&str, &str)>) {
    let mut begins: Vec<(usize, usize)> = Vec::new();
    let mut quoted = false;
    for (at, _) in text.match_indices(' ') {
        let word = text[at + 1..].split([' ', '=']).next().unwrap_or_default();
        let equals = at + 1 + word.len();
        if let Some((_, from)) = begins.last() {
            // A quoted value ends at a quotation mark before a blank.
            let value = &text[from + 1..at];
            quoted = value.starts_with('"') && (value.len() == 1 || !value.ends_with('"'));
        }
        if !quoted && is_name(word) && text[equals..].starts_with('=') {
            begins.push((at, equals));
        }
    }
    let message = begins.first().map_or(text, |(at, _)| &text[..*at]);
    let ends = begins.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
    let fields =
        begins.iter().zip(ends).map(|((at, equals), end)| (&text[at + 1..*equals], &text[equals + 1..end]));
    (message, fields.collect())
}

fn field(name: &str, value: &str, lang: Lang) -> Option<String> {
    let value = bare(value);
    if value.is_empty() || value == "None" {
        return None;
    }
    let known = |list: &[(&str, &'static str)], word: &str| {
        list.iter().find(|(en, _)| *en == word && lang == Lang::Id).map(|(_, id)| *id)
    };
    let reason = if ["reason", "stopped"].contains(&name) { DownReason::named(value) } else { None };
    let value = match reason {
        Some(reason) => (lang.words().say.why)(reason),
        None => known(&VALUES, value).unwrap_or(value),
    };
    Some(format!("{}: {value}", known(&FIELDS, name).unwrap_or(name)))
}

/// Without quotation marks and without Rust's `Some( )`.
fn bare(value: &str) -> &str {
    let strip = |v: &'static str, w: &'static str, text| -> Option<&str> {
        let text: &str = text;
        text.strip_prefix(v).and_then(|t| t.strip_suffix(w))
    };
    let value = strip("\"", "\"", value).unwrap_or(value);
    let value = strip("Some(", ")", value).unwrap_or(value);
    strip("\"", "\"", value).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_said_in_words_and_what_says_nothing_is_left_out() {
        for (line, shown) in [
            (
                "koneksi link=down reason=Some(Unreachable)",
                "koneksi (koneksi: terputus, sebab: server tak terjangkau)",
            ),
            ("koneksi link=up reason=None", "koneksi (koneksi: terhubung)"),
            (
                r#"ringkasan sent=3 already=0 parked=1 stopped="Some("Silent")""#,
                "ringkasan (terkirim: 3, sudah ada: 0, disisihkan: 1, berhenti: server tidak menjawab)",
            ),
            (
                r#"pusat error="connection refused: a=b (os error 111)""#,
                "pusat (galat: connection refused: a=b (os error 111))",
            ),
            ("server mulai", "server mulai"),
            ("a = b stays as it is", "a = b stays as it is"),
        ] {
            assert_eq!(spell(line, Lang::Id), shown);
        }
        let line = "koneksi link=down reason=Some(Unreachable)";
        assert_eq!(spell(line, Lang::En), "koneksi (link: down, reason: server not reachable)");
    }
}
