//! A scanner is a keyboard that types fast. Told apart from a person by time alone: pure, the moment is passed in.
//!
//! Printable keys are held until the silence after them says who typed. Four or more of them closer together than
//! `GAP` are a burst; a person's keys come out one by one, `GAP` late, which nobody feels. The Enter a scanner ends
//! with belongs to its burst and is never handed on as a key. Measures: serial wedges send a character a
//! millisecond, PS/2 ones every 10 ms, the fastest typists every 60 ms.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;

/// Keys further apart than this come from a person.
pub const GAP: Duration = Duration::from_millis(30);

/// Fewer characters than this are never a burst.
const SHORTEST: usize = 4;

/// No code on a ticket is longer; then the held keys are let go.
const LONGEST: usize = 512;

/// What the hands, or the scanner, did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Key(KeyEvent),
    /// Typed too fast for a person; `enter` tells whether it ended with one.
    Burst {
        text: String,
        enter: bool,
    },
}

/// Holds what may be the beginning of a burst. Moments count from any fixed start.
#[derive(Debug, Default)]
pub struct Wedge {
    held: Vec<KeyEvent>,
    last: Duration,
    /// A burst just ended with Enter: a line feed right behind it belongs to it.
    swallow_until: Option<Duration>,
}

impl Wedge {
    /// Takes one key, gives back what is certain by now.
    pub fn push(&mut self, key: KeyEvent, at: Duration) -> Vec<Input> {
        let mut out = if at.saturating_sub(self.last) > GAP { self.flush() } else { Vec::new() };
        if is_enter(&key) {
            // Only an Enter right behind a burst's own belongs to it.
            if self.swallow_until.take().is_some_and(|until| at <= until) {
                return out;
            }
            if self.held.len() >= SHORTEST {
                out.push(Input::Burst { text: text(&self.held), enter: true });
                self.held.clear();
                self.swallow_until = Some(at + GAP);
            } else {
                out.extend(self.flush());
                out.push(Input::Key(key));
            }
        } else if printable(&key).is_some() {
            self.swallow_until = None;
            self.held.push(key);
            self.last = at;
            if self.held.len() >= LONGEST {
                out.extend(self.flush());
            }
        } else {
            out.extend(self.flush());
            out.push(Input::Key(key));
        }
        out
    }

    /// When the held keys can be let go, if there are any.
    pub fn due(&self) -> Option<Duration> {
        (!self.held.is_empty()).then(|| self.last + GAP)
    }

    /// The silence has lasted long enough.
    pub fn wake(&mut self, at: Duration) -> Vec<Input> {
        if self.due().is_some_and(|due| at >= due) { self.flush() } else { Vec::new() }
    }

    fn flush(&mut self) -> Vec<Input> {
        let held = std::mem::take(&mut self.held);
        if held.len() >= SHORTEST {
            vec![Input::Burst { text: text(&held), enter: false }]
        } else {
            held.into_iter().map(Input::Key).collect()
        }
    }
}

/// Enter, also as the line feed some keypads and scanners send.
pub fn is_enter(key: &KeyEvent) -> bool {
    key.code == KeyCode::Enter || (key.code == KeyCode::Char('j') && key.modifiers == KeyModifiers::CONTROL)
}

fn printable(key: &KeyEvent) -> Option<char> {
    match key.code {
        KeyCode::Char(c) if (key.modifiers - KeyModifiers::SHIFT).is_empty() && !c.is_control() => Some(c),
        _ => None,
    }
}

fn text(keys: &[KeyEvent]) -> String {
    keys.iter().filter_map(printable).collect()
}

/// Whether a burst is a ticket's number or QR: then it goes to the ticket field from wherever the focus is.
pub fn is_ticket(text: &str) -> bool {
    let text = text.trim();
    let base32 = |b: u8| b.is_ascii_uppercase() || b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b);
    crate::domain::ticket::read(text).is_some() || (text.len() >= 100 && text.bytes().all(base32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(c: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)
    }

    fn enter() -> KeyEvent {
        KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)
    }

    /// Types `text` with `step` milliseconds between the keys, then lets silence fall.
    fn typed(text: &str, step: u64) -> Vec<Input> {
        let mut wedge = Wedge::default();
        let mut out = Vec::new();
        let mut at = Duration::from_secs(1);
        for c in text.chars() {
            out.extend(wedge.push(if c == '\n' { enter() } else { key(c) }, at));
            at += Duration::from_millis(step);
        }
        out.extend(wedge.wake(at + GAP));
        out
    }

    #[test]
    fn a_scanner_is_one_burst_and_its_enter_is_no_key() {
        let qr = "A".repeat(150);
        for (text, step) in [("A17K0042XR", 0), ("A17K0042XR", 10), (qr.as_str(), 1)] {
            let burst = Input::Burst { text: text.into(), enter: true };
            assert_eq!(typed(&format!("{text}\n"), step), [burst], "{step}");
        }
        let without = Input::Burst { text: "A17K0042XR".into(), enter: false };
        assert_eq!(typed("A17K0042XR", 5), [without]);
    }

    #[test]
    fn carriage_return_and_line_feed_are_one_end() {
        assert_eq!(typed("A17K0042XR\n\n", 1).len(), 1);
    }

    #[test]
    fn a_persons_keys_come_out_one_by_one() {
        let keys = typed("B 1234\n", 60);
        assert_eq!(keys.len(), 7);
        assert!(keys.iter().all(|k| matches!(k, Input::Key(_))));
        assert_eq!(keys[6], Input::Key(enter()));
    }

    #[test]
    fn nothing_waits_while_nobody_types() {
        assert_eq!(Wedge::default().due(), None);
    }

    #[test]
    fn a_plate_or_an_amount_is_no_ticket() {
        for text in ["B 1234 XYZ", "10000", "10.000.000", "AB2210UF"] {
            assert!(!is_ticket(text), "{text}");
        }
        assert!(is_ticket(&"A".repeat(150)));
    }
}
