//! What a stay costs: a pure function of stay and tariff version, line by line.
//!
//! Pinned ambiguities (research/domain.md 3.3): elapsed time counts in whole seconds; up to and including the
//! grace it is free, one second more and the first block is due from minute 0; a started block is due whole; the
//! cap holds per 24-hour window from entry; every new window begins with a first block of its own.

use super::money::Rupiah;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const WINDOW_SECONDS: i64 = 24 * 3600;

/// The longest stay that is charged without a supervisor looking: past it a clock has more likely lied.
pub const LONGEST_PLAUSIBLE_DAYS: i64 = 400;

/// One class's rule. Minutes and rupiah; integers only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Free up to and including this many minutes.
    #[serde(default)]
    pub grace_minutes: u32,
    /// Length of the first block, at least 1.
    pub first_minutes: u32,
    pub first_fee: Rupiah,
    /// Length of each following block, at least 1.
    pub next_minutes: u32,
    pub next_fee: Rupiah,
    /// Most per 24-hour window from entry; `None` means no cap.
    #[serde(default)]
    pub daily_cap: Option<Rupiah>,
}

/// An immutable version of all classes' rules, in force from a moment on and frozen at entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    /// 0 is the one built in; the centre's count from 1.
    pub version: u32,
    pub effective_from: Timestamp,
    pub rules: BTreeMap<String, Rule>,
}

/// What a line of the fee is for; the screen and the receipt put it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Grace,
    First,
    Next,
    Cap,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeLine {
    pub kind: LineKind,
    /// Blocks charged (or windows capped).
    pub count: u32,
    /// Minutes of one block; 1 440 for a cap.
    pub minutes: u32,
    pub amount: Rupiah,
    /// Indonesian, as receipt and fact carry it.
    pub text: String,
}

/// The answer to "what does it cost": the sum of its lines, always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    pub total: Rupiah,
    pub lines: Vec<FeeLine>,
    /// The tariff version it was reckoned with.
    pub version: u32,
    /// Whole seconds inside.
    pub seconds: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeeError {
    #[error("entry lies after exit")]
    EntryAfterExit,
    #[error("implausible stay of {days} days")]
    Implausible { days: i64 },
    #[error("tariff {version} has no rule for class {class:?}")]
    NoRule { version: u32, class: String },
}

impl Tariff {
    /// What a terminal charges before the centre's tariff arrives.
    pub fn built_in() -> Self {
        let rule = |first, next, cap| Rule {
            grace_minutes: 10,
            first_minutes: 60,
            first_fee: Rupiah(first),
            next_minutes: 60,
            next_fee: Rupiah(next),
            daily_cap: Some(Rupiah(cap)),
        };
        let rules = [
            ("motor", rule(2_000, 1_000, 10_000)),
            ("mobil", rule(5_000, 2_000, 25_000)),
            ("truk", rule(10_000, 5_000, 60_000)),
            ("bus", rule(10_000, 5_000, 60_000)),
        ];
        Self {
            version: 0,
            effective_from: Timestamp::UNIX_EPOCH,
            rules: rules.into_iter().map(|(class, rule)| (class.to_owned(), rule)).collect(),
        }
    }

    /// The fee of a stay; changes nothing, so a preview is as good as the charge.
    pub fn fee(&self, class: &str, entered: Timestamp, left: Timestamp) -> Result<Fee, FeeError> {
        let rule = self
            .rules
            .get(class)
            .ok_or_else(|| FeeError::NoRule { version: self.version, class: class.to_owned() })?;
        let seconds = left.as_second() - entered.as_second();
        if seconds < 0 {
            return Err(FeeError::EntryAfterExit);
        }
        if seconds > LONGEST_PLAUSIBLE_DAYS * WINDOW_SECONDS {
            return Err(FeeError::Implausible { days: seconds / WINDOW_SECONDS });
        }
        let lines = rule.lines(seconds);
        Ok(Fee { total: lines.iter().map(|l| l.amount).sum(), lines, version: self.version, seconds })
    }
}

impl Rule {
    fn lines(&self, seconds: i64) -> Vec<FeeLine> {
        if seconds <= i64::from(self.grace_minutes) * 60 {
            let text = format!("Gratis sampai {} menit", self.grace_minutes);
            return vec![FeeLine {
                kind: LineKind::Grace,
                count: 1,
                minutes: self.grace_minutes,
                amount: Rupiah::ZERO,
                text,
            }];
        }
        let (mut first, mut next, mut capped) = (0_u32, 0_u32, 0_u32);
        let mut rest = seconds;
        while rest > 0 {
            let window = rest.min(WINDOW_SECONDS);
            rest -= window;
            let blocks = self.blocks_after_first(window);
            let plain = self.first_fee + self.next_fee * i64::from(blocks);
            if self.daily_cap.is_some_and(|cap| plain > cap) {
                capped += 1;
            } else {
                first += 1;
                next += blocks;
            }
        }
        let mut lines = Vec::with_capacity(3);
        let mut push = |kind, count: u32, minutes, unit: Rupiah, text: String| {
            if count > 0 {
                lines.push(FeeLine { kind, count, minutes, amount: unit * i64::from(count), text });
            }
        };
        let cap = self.daily_cap.unwrap_or_default();
        push(LineKind::Cap, capped, 1440, cap, times(capped, "Maksimum per 24 jam".into(), cap));
        let text = times(first, format!("{} pertama", span(self.first_minutes)), self.first_fee);
        push(LineKind::First, first, self.first_minutes, self.first_fee, text);
        let text = format!("{next} x {} berikutnya @ {}", span(self.next_minutes), self.next_fee.plain());
        push(LineKind::Next, next, self.next_minutes, self.next_fee, text);
        lines
    }

    /// Blocks started after the first one, within one window.
    fn blocks_after_first(&self, seconds: i64) -> u32 {
        let after = seconds - i64::from(self.first_minutes.max(1)) * 60;
        if after <= 0 {
            return 0;
        }
        let block = i64::from(self.next_minutes.max(1)) * 60;
        u32::try_from((after + block - 1) / block).unwrap_or(u32::MAX)
    }
}

fn times(count: u32, what: String, unit: Rupiah) -> String {
    if count > 1 { format!("{count} x {what} @ {}", unit.plain()) } else { what }
}

fn span(minutes: u32) -> String {
    match minutes {
        60 => "jam".to_owned(),
        m if m % 60 == 0 => format!("{} jam", m / 60),
        m => format!("{m} menit"),
    }
}

/// All versions a terminal knows; version 0 is always among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TariffBook {
    versions: BTreeMap<u32, Tariff>,
}

impl Default for TariffBook {
    fn default() -> Self {
        Self::new([])
    }
}

impl TariffBook {
    pub fn new(versions: impl IntoIterator<Item = Tariff>) -> Self {
        let mut all: BTreeMap<u32, Tariff> = versions.into_iter().map(|t| (t.version, t)).collect();
        all.entry(0).or_insert_with(Tariff::built_in);
        Self { versions: all }
    }

    /// The version in force at a moment: the newest that had begun by then.
    pub fn at(&self, moment: Timestamp) -> &Tariff {
        let begun = self.versions.values().filter(|t| t.effective_from <= moment);
        begun.max_by_key(|t| (t.effective_from, t.version)).unwrap_or_else(|| self.newest())
    }

    /// The version frozen at entry; where it is unknown here the newest known, and `false`.
    pub fn frozen(&self, version: u32) -> (&Tariff, bool) {
        self.versions.get(&version).map_or_else(|| (self.newest(), false), |t| (t, true))
    }

    fn newest(&self) -> &Tariff {
        // `new` puts version 0 in, so there is always a last one.
        self.versions.last_key_value().map(|(_, t)| t).unwrap_or_else(|| unreachable!())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fee(seconds: i64) -> i64 {
        let entered = Timestamp::from_second(1_800_000_000).unwrap();
        let left = Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        Tariff::built_in().fee("mobil", entered, left).unwrap().total.0
    }

    #[test]
    fn the_pinned_cases_of_the_research() {
        for (seconds, rupiah) in [
            (0, 0),
            (600, 0),
            (601, 5_000),
            (3_600, 5_000),
            (3_601, 7_000),
            (7_200, 7_000),
            (7_201, 9_000),
            (11 * 3_600, 25_000),
            (24 * 3_600, 25_000),
            (24 * 3_600 + 1, 30_000),
            (48 * 3_600, 50_000),
        ] {
            assert_eq!(fee(seconds), rupiah, "{seconds} s");
        }
    }

    #[test]
    fn an_entry_after_the_exit_is_never_charged() {
        let t = Timestamp::from_second(1_800_000_000).unwrap();
        let before = Timestamp::from_second(1_799_999_999).unwrap();
        assert_eq!(Tariff::built_in().fee("mobil", t, before), Err(FeeError::EntryAfterExit));
    }

    #[test]
    fn a_later_version_does_not_touch_what_entered_before() {
        let mut dear = Tariff::built_in();
        dear.version = 1;
        dear.effective_from = Timestamp::from_second(1_800_000_000).unwrap();
        let book = TariffBook::new([dear]);
        assert_eq!(book.at(Timestamp::from_second(1_799_999_999).unwrap()).version, 0);
        assert_eq!(book.at(Timestamp::from_second(1_800_000_000).unwrap()).version, 1);
        assert_eq!((book.frozen(0).0.version, book.frozen(0).1), (0, true));
        assert_eq!((book.frozen(9).0.version, book.frozen(9).1), (1, false));
    }

    proptest! {
        #[test]
        fn never_negative_never_falling_and_the_lines_add_up(seconds in 0_i64..40 * 86_400, more in 0_i64..86_400) {
            prop_assert!(fee(seconds) >= 0);
            prop_assert!(fee(seconds + more) >= fee(seconds));
            let windows = seconds / 86_400 + 1;
            prop_assert!(fee(seconds) <= 25_000 * windows);
            let entered = Timestamp::from_second(1_800_000_000).unwrap();
            let left = Timestamp::from_second(1_800_000_000 + seconds).unwrap();
            let f = Tariff::built_in().fee("mobil", entered, left).unwrap();
            prop_assert_eq!(f.total, f.lines.iter().map(|l| l.amount).sum());
        }
    }
}
