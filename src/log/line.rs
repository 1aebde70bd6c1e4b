//! The shape of a log line: `[2026-11-22 14:04:05.123] [INFO] [component] message key=value`.

use crate::domain::view::LogLine;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use std::fmt::{self, Write};
use tracing::Level;
use tracing::field::{Field, Visit};

/// The whole line, with its line end.
pub fn write(at: &Zoned, level: Level, component: &str, text: &str) -> String {
    format!("[{}] [{level}] [{component}] {text}\n", at.strftime("%Y-%m-%d %H:%M:%S%.3f"))
}

/// A line read back; `None` if it has another shape (the first of a tail may be cut).
pub fn read(line: &str, zone: &TimeZone) -> Option<LogLine> {
    let (time, rest) = line.strip_prefix('[')?.split_once("] [")?;
    let (level, rest) = rest.split_once("] [")?;
    let (component, text) = rest.split_once("] ")?;
    let at: DateTime = time.parse().ok()?;
    let at: Timestamp = zone.to_timestamp(at).ok()?;
    Some(LogLine { at, level: level.into(), component: component.into(), text: text.into() })
}

/// Gathers an event's message and fields.
#[derive(Default)]
pub struct Words {
    message: String,
    fields: String,
    /// The true target of a record that came through the `log` crate.
    pub target: Option<String>,
}

impl Words {
    pub fn text(self) -> String {
        self.message + &self.fields
    }

    fn add(&mut self, name: &str, value: &str) {
        match name {
            "message" => escape(value, &mut self.message),
            "log.target" => self.target = Some(value.to_owned()),
            other if other.starts_with("log.") => {}
            other => {
                let _ = write!(self.fields, " {other}=");
                let quoted = value.is_empty() || value.contains([' ', '"', '=']);
                let quote = if quoted { "\"" } else { "" };
                self.fields.push_str(quote);
                escape(value, &mut self.fields);
                self.fields.push_str(quote);
            }
        }
    }
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field.name(), &format!("{value:?}"));
    }
}

/// Control characters, line ends and marks that turn the reading direction become visible escapes.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
}
