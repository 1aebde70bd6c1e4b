//! The walls of the house: who may know whom, read from the sources themselves, so that a door nobody decided on is
//! found on the day it is opened. The rules are data; they are tried on planted breaches too, because a wall that
//! cannot fall over shows nothing.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::path::Path;

/// A room and the rooms it may name. `app` may name all, and nobody but `main` names `app`.
const DOORS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("journal", &["domain"]),
    ("central", &["domain"]),
    ("hub", &["domain"]),
    ("device", &["domain"]),
    ("tui", &["domain"]),
    ("sync", &["domain", "journal", "central"]),
    ("config", &["domain"]),
    ("cli", &["domain"]),
    ("log", &["domain"]),
    ("app", &["domain", "journal", "central", "hub", "device", "tui", "sync", "config", "cli", "log"]),
    ("main", &["app", "cli"]),
];

/// A library and the one room that knows it.
const OUTSIDE: &[(&str, &str)] = &[
    ("rusqlite", "journal"),
    ("tokio_postgres", "central"),
    ("tokio_postgres_rustls", "central"),
    ("tokio_tungstenite", "hub"),
    ("hyper", "hub"),
    ("hyper_util", "hub"),
    ("http_body_util", "hub"),
    ("evdev", "device"),
    ("v4l", "device"),
    ("ureq", "device"),
    ("jpeg_encoder", "device"),
    ("zune_jpeg", "device"),
    ("png", "device"),
    ("noto_sans_mono_bitmap", "device"),
    ("ratatui", "tui"),
    ("crossterm", "tui"),
    ("clap", "cli"),
    ("toml", "config"),
    ("tracing_subscriber", "log"),
];

/// Words a room may not say: the domain has no world and no clock, a screen no files.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "std::fs",
            "std::env",
            "std::net",
            "std::process",
            "std::thread",
            "tokio",
            "tracing",
            "SystemTime",
            "Instant",
            "Timestamp::now",
            "Zoned::now",
            "Uuid::now_v7",
            "getrandom",
        ],
    ),
    ("tui", &["std::fs", "std::net", "std::process", "tokio::fs", "tokio::net", "tokio::process"]),
];

/// The one screen file that has to open a terminal device.
const MAY_OPEN_FILES: &[&str] = &["tui/terminal.rs"];

const ATTICS: &[&str] = &["manager", "helper", "helpers", "util", "utils", "common", "misc"];

const LONGEST: usize = 400;

/// What is wrong with one source file; `path` is relative to `src`.
fn complaints(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |what: String| found.push(format!("{path}: {what}"));
    if !text.starts_with("//!") {
        say("does not begin with //! and why it exists".into());
    }
    let lines = text.lines().count();
    if lines > LONGEST {
        say(format!("{lines} lines; look for the second purpose"));
    }
    let whole = bare(text);
    for word in ["todo!", "unimplemented!"] {
        if whole.contains(word) {
            say(format!("says {word}"));
        }
    }
    for name in names(path, &whole).into_iter().filter(|name| is_attic(name)) {
        say(format!("{name} is the name of an attic"));
    }
    let room = path.split(['/', '.']).next().unwrap_or_default();
    let is_test = path.ends_with("tests.rs") || path.contains("/tests/");
    let code = if is_test { "" } else { whole.split("#[cfg(test)]").next().unwrap_or_default() };
    if room != "lib" {
        let open = DOORS.iter().find(|(name, _)| *name == room).map(|(_, doors)| *doors);
        if open.is_none() {
            say("a room that DOORS does not know".into());
        }
        for other in named_rooms(path, code) {
            if other != room && !open.unwrap_or_default().contains(&other.as_str()) {
                say(format!("{room} names {other}"));
            }
        }
    }
    for (library, owner) in OUTSIDE {
        if room != *owner && says(code, library, "::") {
            say(format!("{library} belongs to {owner}"));
        }
    }
    for (_, words) in FORBIDDEN.iter().filter(|(name, _)| *name == room && !MAY_OPEN_FILES.contains(&path)) {
        for word in words.iter().filter(|word| says(code, word, "")) {
            say(format!("{room} says {word}"));
        }
    }
    found
}

/// The code without comments and without what stands in strings.
fn bare(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = String::new();
    let mut i = 0;
    while i < chars.len() {
        match (at(i), at(i + 1)) {
            ('/', '/') => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            ('\'', '\\') => i += 3,
            ('\'', _) if at(i + 2) == '\'' => i += 3,
            ('r', '"' | '#') if !out.ends_with(is_word) => {
                let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
                i += 1 + hashes;
                if at(i) == '"' {
                    let end: Vec<char> = std::iter::once('"').chain("#".repeat(hashes).chars()).collect();
                    i += 1;
                    while i < chars.len() && !chars[i..].starts_with(&end) {
                        i += 1;
                    }
                    i += end.len();
                }
            }
            ('"', _) => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                i += 1;
                out.push_str("\"\"");
            }
            (c, _) => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether the code says a word, as a word, with `tail` behind it.
fn says(code: &str, word: &str, tail: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + word.len()..];
        let whole = !before.is_some_and(is_word) && !after.starts_with(is_word);
        whole && (after.starts_with(tail) || code[..at].trim_end().ends_with("use"))
    })
}

/// First names behind `crate::`, behind `parkir::` in the binary, and behind enough `super::` to reach the root.
fn named_rooms(path: &str, code: &str) -> Vec<String> {
    let stem = path.trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = stem.split('/').count();
    let mut roots = vec!["crate::".to_owned(), "parkir::".to_owned()];
    roots.push("super::".repeat(depth));
    let mut rooms = Vec::new();
    for root in roots {
        for (at, _) in code.match_indices(&root) {
            if code[..at].ends_with(is_word) || code[..at].ends_with("super::") {
                continue;
            }
            rooms.extend(first_names(&code[at + root.len()..]));
        }
    }
    rooms
}

/// `journal::x` names journal; `{journal::{a, b}, domain}` names journal and domain.
fn first_names(rest: &str) -> Vec<String> {
    let word = |text: &str| text.trim_start().chars().take_while(|c| is_word(*c)).collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![word(rest)] };
    let mut names = vec![word(group)];
    let mut depth = 0;
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(word(&group[i + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The file's own name, and the modules and types it makes.
fn names(path: &str, code: &str) -> Vec<String> {
    let mut names: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    let mut words = code.split(|c| !is_word(c)).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        if matches!(word, "mod" | "struct" | "enum" | "trait" | "type") {
            names.extend(words.next().map(str::to_owned));
        }
    }
    names
}

/// Whether one of a name's words is an attic's: `FactManager`, `plate_utils`.
fn is_attic(name: &str) -> bool {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_uppercase() {
            words.push('_');
        }
        words.extend(c.to_lowercase());
    }
    words.split('_').any(|word| ATTICS.contains(&word))
}

fn sources(folder: &Path, root: &Path, found: &mut Vec<(String, String)>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, root, found)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            found.push((name, fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

#[test]
fn the_walls_stand() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &root, &mut found).unwrap();
    assert!(found.len() > 30, "only {} sources seen", found.len());
    let broken: Vec<String> = found.iter().flat_map(|(path, text)| complaints(path, text)).collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn a_planted_breach_is_found() {
    let breaches = [
        ("domain/plate.rs", "use std::fs;", "domain says std::fs"),
        ("domain/plate.rs", "let now = jiff::Timestamp::now();", "domain says Timestamp::now"),
        ("domain/plate.rs", "let x = std::time::Instant::now();", "domain says Instant"),
        ("domain/plate.rs", "use crate::journal::Journal;", "domain names journal"),
        ("domain/plate.rs", "use super::super::config::Config;", "domain names config"),
        ("domain/mod.rs", "use super::config::Config;", "domain names config"),
        ("tui/screen/menu.rs", "use crate::{domain::view::Check, sync::Sync};", "tui names sync"),
        ("tui/screen/menu.rs", "let x = std::fs::read(p);", "tui says std::fs"),
        ("journal/store.rs", "fn f() { crate::central::Central::x() }", "journal names central"),
        ("sync/worker.rs", "use crate::{\n    central::Central,\n    hub::client,\n};", "sync names hub"),
        ("hub/server.rs", "use crate::config::Hub;", "hub names config"),
        ("device/mod.rs", "use crate::app::gate;", "device names app"),
        ("app/gate.rs", "use rusqlite::Connection;", "rusqlite belongs to journal"),
        ("app/gate.rs", "let c = tokio_postgres::connect();", "tokio_postgres belongs to central"),
        ("hub/server.rs", "use ratatui;", "ratatui belongs to tui"),
        ("main.rs", "use parkir::journal::Journal;", "main names journal"),
        ("attic/mod.rs", "", "a room that DOORS does not know"),
        ("sync/utils.rs", "", "utils is the name of an attic"),
        ("sync/worker.rs", "struct FactManager;", "FactManager is the name of an attic"),
        ("sync/worker.rs", "fn f() { todo!() }", "says todo!"),
    ];
    for (path, code, complaint) in breaches {
        let found = complaints(path, &format!("//! Why.\n\n{code}\n"));
        assert_eq!(found, [format!("{path}: {complaint}")], "{code}");
    }
    assert_eq!(complaints("sync/a.rs", "fn f() {}"), ["sync/a.rs: does not begin with //! and why it exists"]);
    let long = format!("//! Why.\n{}", "\n".repeat(LONGEST));
    assert_eq!(complaints("sync/a.rs", &long).len(), 1);
}

/// Words that an Indonesian message in the log does not have.
const ENGLISH: &[&str] = &[
    "the", "not", "from", "was", "and", "is", "be", "fact", "file", "files", "full", "written", "again", "set",
    "damaged", "behind", "read", "pruning", "replica", "ballast", "spool", "failed", "cannot", "lost",
];

/// The texts of one call, up to the bracket that ends it.
fn texts(call: &str) -> Vec<&str> {
    let (mut depth, mut texts) = (1, Vec::new());
    for (i, part) in call.split('"').enumerate() {
        if i % 2 == 1 {
            texts.push(part);
            continue;
        }
        for c in part.chars() {
            depth += i32::from(c == '(') - i32::from(c == ')');
            if depth == 0 {
                return texts;
            }
        }
    }
    texts
}

/// Messages in the log that are not in its one language.
fn english(text: &str) -> Vec<&str> {
    let calls = ["tracing::info!(", "tracing::warn!(", "tracing::error!("];
    let calls = calls.iter().flat_map(|call| text.match_indices(call).map(|(at, call)| &text[at + call.len()..]));
    let is_english =
        |said: &&str| said.split(|c: char| !c.is_ascii_alphabetic()).any(|word| ENGLISH.contains(&word));
    calls.flat_map(texts).filter(is_english).collect()
}

#[test]
fn the_log_speaks_one_language() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &root, &mut found).unwrap();
    for (path, text) in &found {
        assert_eq!(english(text), Vec::<&str>::new(), "{path}");
    }
    let planted = "tracing::warn!(target: \"journal\", file = name,\n    \"fact adopted\");";
    assert_eq!(english(planted), ["fact adopted"]);
    assert!(english("tracing::warn!(target: \"sync\", n, \"peristiwa\");").is_empty());
}

#[test]
fn what_only_looks_like_a_breach_is_left_alone() {
    let innocent = [
        ("domain/plate.rs", "/// As `std::fs` would.\nfn f() -> &'static str { \"crate::journal\" } // tokio"),
        ("domain/plate.rs", "fn f() {}\n#[cfg(test)]\nmod tests { use crate::journal::Journal; }"),
        (
            "domain/plate.rs",
            "const Q: char = '\"'; const R: &str = r#\"use crate::hub;\"#; use super::ids::GateId;",
        ),
        ("journal/spool.rs", "use super::store::Store; use crate::domain::fact::Sealed; use std::fs;"),
        ("sync/worker.rs", "use crate::{central::Central, domain::stay::Stay, journal::{Counts, Journal}};"),
        ("tui/terminal.rs", "use std::fs::File; use crossterm::event::Event;"),
        ("hub/tests.rs", "use crate::central::Central;"),
        ("app/gate/desk.rs", "use crate::{hub, journal, sync}; use super::clock::Clock;"),
        ("main.rs", "use parkir::{app, cli};"),
    ];
    for (path, code) in innocent {
        assert_eq!(complaints(path, &format!("//! Why.\n\n{code}\n")), Vec::<String>::new(), "{code}");
    }
}
