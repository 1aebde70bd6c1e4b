//! People at gates: who may log in, what they may do, and how often a PIN may be guessed.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The fewest digits of a PIN: gate PCs hold PIN hashes, and shorter ones are guessed from a stolen disk.
pub const DIGITS: usize = 6;
/// The most that are typed.
pub const MOST_DIGITS: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Operator,
    Supervisor,
    Admin,
}

impl Role {
    /// `operator`, `supervisor`, `admin`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }
}

/// Argon2id in PHC form. Its Debug shows dots.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PinHash(String);

impl PinHash {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PinHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinHash(…)")
    }
}

/// Who may log in at a gate. Never an administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    pub name: String,
    pub role: Role,
    pub pin: PinHash,
    /// Goes up with every change.
    pub version: u32,
    /// A gate that held this hash was revoked: a new PIN is asked for as soon as the centre can be told.
    #[serde(default)]
    pub must_change: bool,
}

/// Whether a text can be a PIN: digits, six or more.
pub fn pin_is_fit(pin: &str) -> bool {
    (DIGITS..=MOST_DIGITS).contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_digit())
}

/// One of them by name; how it is written matters to nobody.
pub fn named<'a>(people: &'a [Operator], name: &str) -> Option<&'a Operator> {
    let name = name.trim().to_lowercase();
    people.iter().find(|p| p.name.to_lowercase() == name)
}

/// Somebody proved who he is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    pub name: String,
    pub role: Role,
    /// The centre could not be asked whether the PIN still holds.
    pub offline: bool,
    /// It should have been changed already.
    pub must_change: bool,
}

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    #[error("nobody of this name may log in here")]
    Unknown,
    #[error("wrong PIN")]
    WrongPin {
        /// Until the next try, in seconds; 0 for at once.
        wait: u64,
    },
    #[error("too many wrong PINs")]
    TooSoon { wait: u64 },
    #[error("a supervisor's PIN is asked for")]
    NotSupervisor,
    #[error("the PIN cannot be checked here")]
    Unreadable,
    #[error("the new PIN is not one, or the old one again")]
    NewPinUnfit,
    #[error("the centre did not take the new PIN")]
    NewPinNotTaken,
}

impl Denial {
    /// The machine's word for it, stable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "operator_unknown",
            Self::WrongPin { .. } => "pin_wrong",
            Self::TooSoon { .. } => "pin_too_soon",
            Self::NotSupervisor => "not_supervisor",
            Self::Unreadable => "pin_unreadable",
            Self::NewPinUnfit => "new_pin_unfit",
            Self::NewPinNotTaken => "new_pin_not_taken",
        }
    }
}

/// So many wrong PINs cost nothing: fingers slip.
const FREE: u32 = 3;
/// The first wait, doubled with every further wrong PIN.
const FIRST_WAIT: u64 = 5;
/// At five minutes a try, six digits last for years; and nobody stands before a shut gate for longer.
const LONGEST_WAIT: u64 = 300;

/// The wait after so many wrong PINs in a row, in seconds.
pub fn wait_after(wrong: u32) -> u64 {
    match wrong.checked_sub(FREE) {
        None => 0,
        Some(n) => FIRST_WAIT.saturating_mul(1 << n.min(16)).min(LONGEST_WAIT),
    }
}

/// Wrong PINs in a row, by name, and until when each has to wait. A try is counted before it is judged, so that pulling
/// the plug gives no new one; what is kept on disk is how many, and whoever is restored waits anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guesses {
    wrong: BTreeMap<String, u32>,
    /// Milliseconds of the same clock as `now`.
    until: BTreeMap<String, u64>,
}

impl Guesses {
    /// From what was kept; `now` is in milliseconds of a clock that only goes forward.
    pub fn restored(wrong: BTreeMap<String, u32>, now: u64) -> Self {
        let until = wrong.iter().map(|(name, n)| (name.clone(), now + wait_after(*n) * 1000)).collect();
        Self { wrong, until }
    }

    /// What is to be kept.
    pub fn wrong(&self) -> &BTreeMap<String, u32> {
        &self.wrong
    }

    /// Counts a try; how long he must wait instead, in whole seconds, if it is too soon.
    pub fn begin(&mut self, name: &str, now: u64) -> Result<(), u64> {
        let key = name.trim().to_lowercase();
        let until = self.until.get(&key).copied().unwrap_or_default();
        if now < until {
            return Err((until - now).div_ceil(1000));
        }
        let wrong = self.wrong.entry(key.clone()).or_default();
        *wrong = wrong.saturating_add(1);
        self.until.insert(key, now + wait_after(*wrong) * 1000);
        Ok(())
    }

    /// The wait that his last try left behind, in seconds.
    pub fn wait(&self, name: &str) -> u64 {
        self.wrong.get(&name.trim().to_lowercase()).map_or(0, |wrong| wait_after(*wrong))
    }

    /// It was right.
    pub fn right(&mut self, name: &str) {
        let key = name.trim().to_lowercase();
        self.wrong.remove(&key);
        self.until.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pin_is_six_digits_or_more() {
        for fit in ["123456", "0000000000000000"] {
            assert!(pin_is_fit(fit));
        }
        for unfit in ["", "12345", "12345a", "１２３４５６", "12345678901234567"] {
            assert!(!pin_is_fit(unfit), "{unfit}");
        }
    }

    #[test]
    fn three_slips_are_free_and_then_the_wait_doubles_up_to_five_minutes() {
        let waits: Vec<u64> = (0..12).map(wait_after).collect();
        assert_eq!(waits, [0, 0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn who_pulls_the_plug_waits_as_long_as_before() {
        let mut guesses = Guesses::default();
        for _ in 0..3 {
            guesses.begin("Budi", 1_000).unwrap();
        }
        assert_eq!(guesses.begin("budi ", 2_000), Err(4));
        // The clock of another life begins anywhere.
        let mut after = Guesses::restored(guesses.wrong().clone(), 0);
        assert_eq!(after.begin("BUDI", 0), Err(5));
        after.begin("sari", 0).unwrap();
        after.begin("budi", 5_000).unwrap();
        assert_eq!(after.begin("budi", 5_000), Err(10));
        after.right("Budi");
        after.begin("budi", 5_000).unwrap();
        assert_eq!(after.wait("budi"), 0);
    }

    proptest! {
        /// However often the power is cut, nobody has more tries than the waits allow.
        #[test]
        fn no_power_cut_gives_a_new_try(steps in proptest::collection::vec((0_u64..40_000, any::<bool>()), 1..60)) {
            let (mut guesses, mut now, mut tried) = (Guesses::default(), 0, Vec::new());
            for (pause, cut) in steps {
                now += pause;
                if cut {
                    guesses = Guesses::restored(guesses.wrong().clone(), now);
                }
                if guesses.begin("budi", now).is_ok() {
                    tried.push(now);
                }
            }
            for (n, pair) in tried.windows(2).enumerate() {
                let least = wait_after(u32::try_from(n + 1).unwrap()) * 1000;
                prop_assert!(pair[1] - pair[0] >= least, "{tried:?}");
            }
        }
    }
}
