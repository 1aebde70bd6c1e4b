//! Reading single values, and telling what was wrong with one: where it stands and what was expected there.

use crate::domain::ids::GateId;
use jiff::tz::TimeZone;
use serde::de::{Deserialize, Deserializer, Error};
use std::ops::Range;

/// One to nine reasons in words.
pub fn reasons<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    let read: Vec<String> = Vec::deserialize(from)?;
    let reasons: Vec<String> = read.iter().map(|reason| reason.trim().to_owned()).collect();
    let fits =
        |reason: &String| (1..=40).contains(&reason.chars().count()) && !reason.chars().any(char::is_control);
    if (1..=9).contains(&reasons.len()) && reasons.iter().all(fits) {
        return Ok(Some(reasons));
    }
    Err(D::Error::custom("free_reasons: satu sampai sembilan alasan, masing-masing paling banyak 40 huruf"))
}

/// The line a byte range begins on, counted from 1.
pub fn line(text: &str, span: Option<Range<usize>>) -> usize {
    let start = span.map_or(0, |s| s.start).min(text.len());
    text.as_bytes()[..start].iter().filter(|b| **b == b'\n').count() + 1
}

/// The line of a key, else of its section, else the first.
pub fn line_of_key(text: &str, section: &str, key: &str) -> usize {
    let Ok(root) = toml::de::DeTable::parse(text) else { return 1 };
    let Some((name, value)) = root.get_ref().get_key_value(section) else { return 1 };
    let inside = value.get_ref().as_table().and_then(|table| table.get_key_value(key));
    line(text, Some(inside.map_or_else(|| name.span(), |(key, _)| key.span())))
}

/// The line of what stands at a path of keys and places, `special.0.hours`: of the last of it that is there.
pub fn line_of_path(text: &str, path: &str) -> usize {
    let Ok(root) = toml::de::DeTable::parse(text) else { return 1 };
    let mut found = 1;
    let mut at: Option<&toml::de::DeValue<'_>> = None;
    let mut rest = path;
    while !rest.is_empty() {
        // A key may hold dots itself (a class, a group): the longest that is there.
        let ends = rest.match_indices('.').map(|(i, _)| i).rev();
        let step = std::iter::once(rest.len()).chain(ends).find_map(|end| {
            let (name, value) = match at {
                None => root.get_ref().get_key_value(&rest[..end]).map(|(k, v)| (k.span(), v))?,
                Some(value) => match value.as_array() {
                    Some(list) => list.get(rest[..end].parse::<usize>().ok()?).map(|v| (v.span(), v))?,
                    None => value.as_table()?.get_key_value(&rest[..end]).map(|(k, v)| (k.span(), v))?,
                },
            };
            Some((name, value, end))
        });
        let Some((name, value, end)) = step else { break };
        found = line(text, Some(name));
        at = Some(value.get_ref());
        rest = rest[end..].trim_start_matches('.');
    }
    found
}

/// The parser's message in the operator's language; what cannot be translated stands behind a lead-in.
pub fn say(error: &toml::de::Error) -> String {
    let message = error.message();
    let names = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>().join(", ");
    let halves = |rest: &str| {
        let (found, expected) = rest.split_once(", expected ")?;
        Some((found.to_owned(), expected.to_owned()))
    };
    if let Some((found, expected)) = message.strip_prefix("unknown field ").and_then(halves) {
        return format!("kunci \"{}\" tidak dikenal; yang ada: {}", found.trim_matches('`'), names(&expected));
    }
    if let Some((found, expected)) = message.strip_prefix("unknown variant ").and_then(halves) {
        return format!("nilai \"{}\" tidak dikenal; yang ada: {}", found.trim_matches('`'), names(&expected));
    }
    let wrong = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some((found, expected)) = wrong.and_then(halves) {
        return format!("nilainya salah: {} ditemukan, {} yang diharapkan", noun(&found), noun(&expected));
    }
    if let Some(ours) = message.strip_prefix(OURS).or_else(|| message.strip_prefix("tarif: ")) {
        return ours.to_owned();
    }
    format!("susunan TOML salah: {}", message.replace('\n', "; "))
}

/// Serde's nouns in Indonesian; the value itself stays as it was written.
fn noun(found: &str) -> String {
    let kinds = [
        ("string ", "teks "),
        ("a string", "teks \"…\""),
        ("path string", "teks \"…\""),
        ("integer ", "bilangan "),
        ("floating point ", "pecahan "),
        ("boolean ", "ya/tidak "),
        ("sequence", "daftar"),
        ("map", "bagian [..]"),
        ("struct ", "bagian "),
        ("i64", "bilangan bulat"),
    ];
    let hit = kinds.iter().find_map(|(english, ours)| Some(format!("{ours}{}", found.strip_prefix(english)?)));
    hit.unwrap_or_else(|| found.to_owned()).replace('`', "\"")
}

/// Marks messages that are already in the operator's language.
const OURS: &str = "\u{1}";

pub fn wrong<E: Error>(text: impl std::fmt::Display) -> E {
    E::custom(format!("{OURS}{text}"))
}

pub fn zone<'de, D: Deserializer<'de>>(d: D) -> Result<TimeZone, D::Error> {
    let name = String::deserialize(d)?;
    TimeZone::get(&name).map_err(|_| {
        wrong(format!("zona waktu {name:?} tidak dikenal; nama IANA yang diharapkan, misalnya \"Asia/Jakarta\""))
    })
}

/// 35 to 3650 days.
pub fn keep_days<'de, D: Deserializer<'de>>(d: D) -> Result<u32, D::Error> {
    match i64::deserialize(d)? {
        days @ 35..=3650 => Ok(days as u32),
        days => Err(wrong(format!("{days} hari; 35 sampai 3650 yang diharapkan"))),
    }
}

pub fn gate<'de, D: Deserializer<'de>>(d: D) -> Result<Option<GateId>, D::Error> {
    let code = String::deserialize(d)?;
    match GateId::parse(&code) {
        Ok(gate) if gate.as_str() != GateId::CENTRE => Ok(Some(gate)),
        _ => Err(wrong(format!(
            "kode gerbang {code:?} salah; dua huruf atau angka tanpa I, L, O, U yang diharapkan, misalnya \"A1\""
        ))),
    }
}

pub fn host<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    let host = String::deserialize(d)?.trim().to_owned();
    let fits = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
    if fits && (host.starts_with('/') || !host.contains('/')) {
        return Ok(host);
    }
    Err(wrong(
        "host salah; nama, alamat IP, atau folder soket (diawali /) yang diharapkan, misalnya \"localhost\"",
    ))
}

pub fn port<'de, D: Deserializer<'de>>(d: D) -> Result<u16, D::Error> {
    let port = i64::deserialize(d)?;
    u16::try_from(port)
        .ok()
        .filter(|p| *p > 0)
        .ok_or_else(|| wrong(format!("port {port} salah; bilangan 1 sampai 65535 yang diharapkan")))
}

pub fn database<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    let name = String::deserialize(d)?;
    // What psql needs no quotes for: the name also stands in statements and in backup file names.
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.is_empty()
        && name.len() <= 63
        && name.chars().all(plain)
        && !name.starts_with(|c: char| c.is_ascii_digit())
    {
        return Ok(name);
    }
    Err(wrong(format!(
        "nama database {name:?} salah; huruf kecil, angka dan _ yang diharapkan, misalnya \"parkir2\""
    )))
}

fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let bare = host.trim_matches(['[', ']']);
    let v6 = host.starts_with('[') && host.ends_with(']');
    let fits = !bare.is_empty() && (v6 || !bare.contains(':')) && !bare.contains(['/', '@', ' ']);
    fits && port.parse::<u16>().is_ok()
}

pub fn listen<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    let text = String::deserialize(d)?;
    if is_address(&text) {
        return Ok(text);
    }
    Err(wrong(format!("alamat {text:?} salah; alamat:port yang diharapkan, misalnya \"0.0.0.0:8181\"")))
}

pub fn address<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(d)?;
    if is_address(&text) {
        return Ok(Some(text));
    }
    Err(wrong(format!("alamat {text:?} salah; alamat:port yang diharapkan, misalnya \"10.0.0.8:9100\"")))
}

pub fn ws_url<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    url(d, &["ws://", "wss://"], "\"ws://server:8181/parking\"")
}

pub fn camera_url<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    url(
        d,
        &["http://", "https://", "rtsp://"],
        "\"http://10.0.0.9/snapshot.jpg\"; nama dan sandi di user dan password_file",
    )
}

/// The address is not repeated in the message: somebody may have written a password into it.
fn url<'de, D: Deserializer<'de>>(d: D, schemes: &[&str], example: &str) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(d)?;
    let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
    let authority = rest.and_then(|r| r.split(['/', '?', '#']).next());
    let fits = |a: &str| {
        !a.is_empty() && !a.contains('@') && !text.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    if authority.is_some_and(fits) {
        return Ok(Some(text));
    }
    Err(wrong(format!(
        "alamat salah; {} tanpa nama dan sandi yang diharapkan, misalnya {example}",
        schemes.join(" atau ")
    )))
}

pub fn pixels<'de, D: Deserializer<'de>>(d: D) -> Result<u32, D::Error> {
    between(d, 16, 8192)
}

pub fn channel<'de, D: Deserializer<'de>>(d: D) -> Result<u8, D::Error> {
    between(d, 1, 16)
}

pub fn pulse<'de, D: Deserializer<'de>>(d: D) -> Result<u16, D::Error> {
    between(d, 50, 10_000)
}

pub fn seconds<'de, D: Deserializer<'de>>(d: D) -> Result<u16, D::Error> {
    between(d, 0, 600)
}

pub fn close_after<'de, D: Deserializer<'de>>(d: D) -> Result<Option<u16>, D::Error> {
    between(d, 1, 600).map(Some)
}

pub fn baud<'de, D: Deserializer<'de>>(d: D) -> Result<u32, D::Error> {
    between(d, 300, 4_000_000)
}

pub fn data_bits<'de, D: Deserializer<'de>>(d: D) -> Result<u8, D::Error> {
    between(d, 5, 8)
}

pub fn stop_bits<'de, D: Deserializer<'de>>(d: D) -> Result<u8, D::Error> {
    between(d, 1, 2)
}

pub fn columns<'de, D: Deserializer<'de>>(d: D) -> Result<u8, D::Error> {
    between(d, 24, 64)
}

fn between<'de, D: Deserializer<'de>, N: TryFrom<i64>>(d: D, least: i64, most: i64) -> Result<N, D::Error> {
    let number = i64::deserialize(d)?;
    let fits = (least..=most).contains(&number);
    let converted = if fits { N::try_from(number).ok() } else { None };
    converted.ok_or_else(|| wrong(format!("{number} salah; bilangan {least} sampai {most} yang diharapkan")))
}
