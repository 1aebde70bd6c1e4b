//! What barrier controllers say and understand, as data: `table` holds those that were met, a site can describe its
//! own in the same words.
//!
//! Bytes are written as text with `{..}` in it: `{A6}` a byte in hex, `{ch}` the relay's number, `{ch0}` the same from 0,
//! `{sum}` the sum of all bytes before it, `{crc}` their Modbus CRC-16, low byte first. What is heard is compared with
//! patterns, in which `*` is anything and `#` one or more digits.

pub mod table;

use super::lane::{Arm, PassageBy, Side, Signal, Spot};
use serde::Deserialize;
use std::fmt::Write;

/// One dialect as it is written down, in the table or in config.toml. Empty: there is no such thing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    pub name: String,
    /// What a message begins and ends with; neither: whatever comes is one.
    pub begins: String,
    pub ends: String,
    /// A message may also end with silence (a button that sends no line feed).
    pub idle_ends: bool,
    pub open: String,
    /// At an exit, where that is another word.
    pub open_out: String,
    /// Lets go of a relay, a pulse after `open`.
    pub release: String,
    pub close: String,
    pub close_out: String,
    /// Asked again and again; what answers is alive.
    pub ping: String,
    pub ping_ms: u32,
    /// Nothing heard for so long: it is lost.
    pub silence_ms: u32,
    /// Asked once after connecting: how things stand.
    pub status: String,
    /// It says what came of `open`.
    pub acks: bool,
    /// It repeats an order it carried out.
    pub echoes: bool,
    /// It closes by itself after a while without looking at its loop: a safety loop of its own must hold it up.
    pub closes_blindly: bool,
    /// Pattern, and what it means: words of `MEANINGS`, several with commas.
    pub hears: Vec<(String, String)>,
}

/// What a site leaves out when it describes its own.
impl Default for Written {
    fn default() -> Self {
        let none = String::new;
        Self {
            name: "own".to_owned(),
            begins: none(),
            ends: "{0A}".to_owned(),
            idle_ends: false,
            open: none(),
            open_out: none(),
            release: none(),
            close: none(),
            close_out: none(),
            ping: none(),
            ping_ms: 2000,
            silence_ms: 5000,
            status: none(),
            acks: false,
            echoes: false,
            closes_blindly: false,
            hears: Vec::new(),
        }
    }
}

/// Words for what a message means.
pub const MEANINGS: &[(&str, Option<Signal>)] = &[
    ("alive", Some(Signal::Alive)),
    ("button", Some(Signal::Button)),
    ("help", Some(Signal::Help)),
    ("presence on", Some(Signal::Loop(Spot::Presence, true))),
    ("presence off", Some(Signal::Loop(Spot::Presence, false))),
    ("safety on", Some(Signal::Loop(Spot::Safety, true))),
    ("safety off", Some(Signal::Loop(Spot::Safety, false))),
    ("passed", Some(Signal::Passed)),
    ("ack", Some(Signal::Ack)),
    ("opening", Some(Signal::Arm(Arm::Opening))),
    ("open", Some(Signal::Arm(Arm::Open))),
    ("closing", Some(Signal::Arm(Arm::Closing))),
    ("closed", Some(Signal::Arm(Arm::Closed))),
    // These two carry the controller's words.
    ("fault", None),
    ("card", None),
];

/// Why a dialect cannot be used: which entry, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("{{{0}}}")]
    Code(String),
    #[error("{0}")]
    Meaning(String),
}

/// A dialect ready for one lane: every byte worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub name: String,
    pub begins: Vec<u8>,
    pub ends: Vec<u8>,
    pub idle_ends: bool,
    pub open: Vec<u8>,
    pub release: Vec<u8>,
    pub close: Vec<u8>,
    pub ping: Vec<u8>,
    pub ping_ms: u32,
    pub silence_ms: u32,
    pub status: Vec<u8>,
    pub acks: bool,
    pub echoes: bool,
    pub closes_blindly: bool,
    hears: Vec<(String, Vec<Meaning>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Meaning {
    Signal(Signal),
    Fault,
    Card,
}

impl Written {
    /// Works the bytes out for one side and one relay (from 1).
    pub fn read(&self, side: Side, channel: u8) -> Result<Dialect, Unusable> {
        let code = |text: &str| bytes(text, channel);
        let sided = |in_: &str, out: &str| code(if side == Side::Out && !out.is_empty() { out } else { in_ });
        let mut hears = Vec::with_capacity(self.hears.len());
        for (pattern, words) in &self.hears {
            let meanings = words.split(',').map(str::trim).map(meaning).collect::<Result<_, _>>()?;
            hears.push((pattern.clone(), meanings));
        }
        Ok(Dialect {
            name: self.name.clone(),
            begins: code(&self.begins)?,
            ends: code(&self.ends)?,
            idle_ends: self.idle_ends,
            open: sided(&self.open, &self.open_out)?,
            release: code(&self.release)?,
            close: sided(&self.close, &self.close_out)?,
            ping: code(&self.ping)?,
            ping_ms: self.ping_ms,
            silence_ms: self.silence_ms,
            status: code(&self.status)?,
            acks: self.acks,
            echoes: self.echoes,
            closes_blindly: self.closes_blindly,
            hears,
        })
    }
}

fn meaning(word: &str) -> Result<Meaning, Unusable> {
    match (word, MEANINGS.iter().find(|(known, _)| *known == word)) {
        (_, Some((_, Some(signal)))) => Ok(Meaning::Signal(signal.clone())),
        ("fault", _) => Ok(Meaning::Fault),
        ("card", _) => Ok(Meaning::Card),
        _ => Err(Unusable::Meaning(word.to_owned())),
    }
}

/// Text with `{..}` as bytes.
pub fn bytes(text: &str, channel: u8) -> Result<Vec<u8>, Unusable> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let (code, behind) =
            rest[at + 1..].split_once('}').ok_or_else(|| Unusable::Code(rest[at + 1..].to_owned()))?;
        match code {
            "ch" => out.push(channel),
            "ch0" => out.push(channel.saturating_sub(1)),
            "sum" => out.push(out.iter().fold(0, |sum: u8, b| sum.wrapping_add(*b))),
            "crc" => out.extend_from_slice(&crc16(&out).to_le_bytes()),
            hex if hex.len() == 2 => {
                out.push(u8::from_str_radix(hex, 16).map_err(|_| Unusable::Code(hex.to_owned()))?);
            }
            other => return Err(Unusable::Code(other.to_owned())),
        }
        rest = behind;
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

/// Modbus RTU's checksum.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xA001 } else { crc >> 1 })
    })
}

impl Dialect {
    /// What a message means, all of it; empty for one nobody knows.
    pub fn understand(&self, message: &str) -> Vec<Signal> {
        let fitting = self.hears.iter().filter(|(pattern, _)| fits(pattern, message));
        let mut signals: Vec<Signal> = Vec::new();
        for (_, meanings) in fitting {
            for meaning in meanings {
                let signal = match meaning {
                    Meaning::Signal(signal) => signal.clone(),
                    Meaning::Fault => Signal::Fault(message.to_owned()),
                    Meaning::Card => Signal::Card(message.to_owned()),
                };
                if !signals.contains(&signal) {
                    signals.push(signal);
                }
            }
        }
        signals
    }

    fn tells(&self, wanted: impl Fn(&Signal) -> bool) -> bool {
        let meanings = self.hears.iter().flat_map(|(_, meanings)| meanings);
        meanings.into_iter().any(|m| matches!(m, Meaning::Signal(signal) if wanted(signal)))
    }

    /// Whether it says when this loop is occupied, and when it is free.
    pub fn tells_of(&self, spot: Spot) -> bool {
        self.tells(|s| *s == Signal::Loop(spot, true)) && self.tells(|s| *s == Signal::Loop(spot, false))
    }

    /// Whether it says anything of a loop.
    pub fn tells_of_loops(&self) -> bool {
        self.tells(|s| matches!(s, Signal::Loop(..)))
    }

    /// Whether whatever it says is nothing to this dialect.
    pub fn hears_nothing(&self) -> bool {
        self.hears.is_empty()
    }

    /// Whether it has a word for an order that was carried out.
    pub fn tells_of_ack(&self) -> bool {
        self.tells(|s| *s == Signal::Ack)
    }

    pub fn tells_of_button(&self) -> bool {
        self.tells(|s| *s == Signal::Button)
    }

    /// By what a passage is known.
    pub fn passage_by(&self) -> PassageBy {
        if self.tells(|s| *s == Signal::Passed) {
            PassageBy::Passed
        } else if self.tells_of(Spot::Safety) {
            PassageBy::Safety
        } else if self.tells_of(Spot::Presence) && self.tells(|s| matches!(s, Signal::Arm(_))) {
            PassageBy::Presence
        } else {
            PassageBy::Nothing
        }
    }

    /// What a controller of this dialect would send to mean exactly this; `None` where it has no word for it.
    pub fn word_for(&self, signal: &Signal) -> Option<Vec<u8>> {
        let means = |m: &Meaning| match (m, signal) {
            (Meaning::Signal(known), signal) => known == signal,
            (Meaning::Fault, Signal::Fault(_)) | (Meaning::Card, Signal::Card(_)) => true,
            _ => false,
        };
        let exactly = self.hears.iter().find(|(_, meanings)| matches!(&meanings[..], [one] if means(one)));
        let among = || self.hears.iter().find(|(_, meanings)| meanings.iter().any(means));
        let (pattern, _) = exactly.or_else(among)?;
        let mut text = pattern.trim_start_matches('*').replace('#', "1");
        if let Some(head) = text.strip_suffix('*') {
            text = if head.ends_with([':', '=', 'W', 'X']) { format!("{head}1") } else { head.to_owned() };
        }
        Some(self.frame(text.replace('*', "").as_bytes()))
    }

    /// A message as it goes over the line.
    pub fn frame(&self, message: &[u8]) -> Vec<u8> {
        [&self.begins[..], message, &self.ends[..]].concat()
    }
}

/// Whether a message is what a pattern says: `*` is anything, `#` one or more digits.
pub fn fits(pattern: &str, message: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => message.is_empty(),
        Some('*') => {
            let rest = letters.as_str();
            message.char_indices().any(|(at, _)| fits(rest, &message[at..])) || fits(rest, "")
        }
        Some('#') => {
            let digits = message.bytes().take_while(u8::is_ascii_digit).count();
            (1..=digits).any(|n| fits(letters.as_str(), &message[n..]))
        }
        Some(letter) => message.strip_prefix(letter).is_some_and(|rest| fits(letters.as_str(), rest)),
    }
}

/// Bytes for people: text where it is text, `{A6}` elsewhere.
pub fn shown(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        match byte {
            b' '..=b'~' => out.push(char::from(*byte)),
            byte => {
                let _ = write!(out, "{{{byte:02X}}}");
            }
        }
        out
    })
}

#[cfg(test)]
mod tests;
