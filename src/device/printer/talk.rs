//! A printer asked how it is, and a page proven. Many printers and USB paths never answer (python-escpos #143 and #242,
//! escpos-php #43): silence is neither yes nor no.
//!
//! Two questions: `DLE EOT` is answered at once, also by a printer that stands still without paper; `GS r` is answered in
//! its turn, when everything before it has been processed. Their answers are told apart by fixed bits. An answer of other
//! bits is none, and whatever such a device says proves nothing.

use crate::device::escpos::{ASK_PAPER, ASK_STATUS};
use crate::device::outcome::{self, Outcome};
use crate::device::say;
use crate::device::wire::{Heard, Wire};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A printer that answers `DLE EOT` does so within milliseconds; a serial line needs a few more.
const AT_ONCE: Duration = Duration::from_millis(250);
/// For the answer to `GS r` of a printer that did not answer it the last time.
const IN_VAIN: Duration = Duration::from_millis(250);

/// What is wrong with a printer that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ill {
    Paper,
    Cover,
    Jam,
    Offline,
}

impl Ill {
    pub fn words(self, english: bool) -> &'static str {
        match self {
            Self::Paper => say(english, "kertas habis", "out of paper"),
            Self::Cover => say(english, "tutup terbuka", "cover open"),
            Self::Jam => say(english, "macet atau pisau rusak", "jammed or cutter fault"),
            Self::Offline => say(english, "offline", "offline"),
        }
    }
}

/// How a printer is, by its own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Well { paper_low: bool },
    Ill(Ill),
    Silent,
    Garbled,
}

/// What was learnt of one printer, so that no slip waits for the same silence twice.
#[derive(Debug, Default)]
pub struct Habits {
    /// It did not answer `DLE EOT` the last time.
    mute: AtomicBool,
    /// Nor `GS r`.
    vague: AtomicBool,
}

/// Bits 1 and 4 set, 0 and 7 clear.
fn is_status(byte: u8) -> bool {
    byte & 0x93 == 0x12
}

/// Bits 4 and 7 clear.
fn is_paper(byte: u8) -> bool {
    byte & 0x90 == 0
}

/// A serial printer's XON and XOFF stand between everything.
fn is_flow(byte: u8) -> bool {
    matches!(byte, 0x11 | 0x13)
}

fn byte(wire: &mut Wire, until: Instant) -> Heard {
    loop {
        match wire.byte(until) {
            Heard::Byte(b) if is_flow(b) && Instant::now() < until => {}
            Heard::Byte(b) if is_flow(b) => return Heard::Nothing,
            heard => return heard,
        }
    }
}

/// Asks, without printing anything.
pub fn health(wire: &mut Wire, until: Instant) -> Health {
    wire.drain();
    if wire.write_all(&ASK_STATUS, until).is_err() {
        return Health::Silent;
    }
    let (mut answers, mut count, mut late) = ([0; 3], 0, 0);
    while count < answers.len() {
        match byte(wire, until) {
            Heard::Byte(b) if is_status(b) => {
                answers[count] = b;
                count += 1;
            }
            // The answer to `GS r`, after all.
            Heard::Byte(b) if is_paper(b) && late == 0 => late = 1,
            Heard::Byte(_) => return Health::Garbled,
            Heard::Nothing | Heard::Closed => return Health::Silent,
        }
    }
    match byte(wire, Instant::now()) {
        Heard::Byte(b) if !is_paper(b) => Health::Garbled,
        _ => read(answers),
    }
}

fn read([printer, cause, paper]: [u8; 3]) -> Health {
    if paper & 0x60 != 0 || cause & 0x20 != 0 {
        Health::Ill(Ill::Paper)
    } else if cause & 0x04 != 0 {
        Health::Ill(Ill::Cover)
    } else if cause & 0x40 != 0 {
        Health::Ill(Ill::Jam)
    } else if printer & 0x08 != 0 {
        Health::Ill(Ill::Offline)
    } else {
        Health::Well { paper_low: paper & 0x0C != 0 }
    }
}

/// Prints one page. A printer that says beforehand that it cannot gets no byte of it, so that nothing comes out later.
pub fn print(wire: &mut Wire, page: &[u8], english: bool, until: Instant, habits: &Habits) -> Outcome {
    let failed = |why: Ill| Outcome::Failed(why.words(english).to_owned());
    let soon = |wait: Duration| until.min(Instant::now() + wait);
    if !habits.mute.load(Ordering::Relaxed) {
        match health(wire, soon(AT_ONCE)) {
            Health::Ill(why) => return failed(why),
            Health::Well { .. } => {}
            Health::Silent | Health::Garbled => habits.mute.store(true, Ordering::Relaxed),
        }
    }
    wire.drain();
    if let Err(broken) = wire.write_all(page, until) {
        // From the first byte on nobody knows what comes out.
        let nothing = broken.sent == 0;
        return if nothing { Outcome::Failed(outcome::trouble(english, &broken.error)) } else { Outcome::Unknown };
    }
    if wire.write_all(&ASK_PAPER, until).is_err() {
        return Outcome::Unknown;
    }
    let vague = habits.vague.load(Ordering::Relaxed);
    let processed = match byte(wire, if vague { soon(IN_VAIN) } else { until }) {
        Heard::Byte(b) if is_paper(b) => Some(b),
        Heard::Byte(_) => return Outcome::Unknown,
        Heard::Nothing | Heard::Closed => None,
    };
    habits.vague.store(processed.is_none(), Ordering::Relaxed);
    if processed.is_some_and(|paper| paper & 0x0C != 0) {
        return failed(Ill::Paper);
    }
    let after = health(wire, Instant::now() + AT_ONCE);
    habits.mute.store(matches!(after, Health::Silent | Health::Garbled), Ordering::Relaxed);
    match after {
        Health::Ill(why) => failed(why),
        // Its state is told ahead of what is being printed; only the answer behind the page says that it was.
        Health::Well { .. } | Health::Silent if processed.is_some() => Outcome::Ok,
        Health::Well { .. } | Health::Silent | Health::Garbled => Outcome::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_of_a_status_says_what_is_wrong() {
        const WELL: u8 = 0x12;
        for (answers, expected) in [
            ([WELL, WELL, WELL], Health::Well { paper_low: false }),
            ([WELL, WELL, WELL | 0x0C], Health::Well { paper_low: true }),
            ([WELL | 0x08, WELL | 0x20, WELL | 0x60], Health::Ill(Ill::Paper)),
            ([WELL | 0x08, WELL | 0x04, WELL], Health::Ill(Ill::Cover)),
            ([WELL | 0x08, WELL | 0x40, WELL], Health::Ill(Ill::Jam)),
            ([WELL | 0x08, WELL, WELL], Health::Ill(Ill::Offline)),
        ] {
            assert_eq!(read(answers), expected, "{answers:02x?}");
        }
    }

    #[test]
    fn no_byte_is_two_answers_at_once() {
        for b in 0..=255 {
            let kinds = [is_status(b), is_paper(b) && !is_flow(b), is_flow(b)];
            assert!(kinds.iter().filter(|k| **k).count() <= 1, "{b:02x}");
        }
    }
}
