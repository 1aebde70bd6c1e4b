//! Whole rupiah, as printed on a receipt: `Rp 12.000`, a dot between thousands, never a comma, never a fraction.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};

/// An amount in whole rupiah. Negative only as a correction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rupiah(pub i64);

/// The most a cashier can be handed for one ticket: more is a slip of the finger.
pub const MOST_TENDERED: Rupiah = Rupiah(10_000_000);

/// Notes a customer is likely to hand over, smallest first.
const NOTES: [i64; 7] = [2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000];

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not an amount in rupiah")]
pub struct BadAmount(pub String);

impl Rupiah {
    pub const ZERO: Self = Self(0);

    /// What a cashier types: `10000`, `10.000`, `Rp 10.000`. Dots only between groups of three.
    pub fn parse(text: &str) -> Result<Self, BadAmount> {
        let bad = || BadAmount(text.to_owned());
        let digits = text.trim().trim_start_matches("Rp").trim();
        let mut groups = digits.split('.');
        let head = groups.next().unwrap_or_default();
        let mut plain = head.to_owned();
        for group in groups {
            if group.len() != 3 || head.is_empty() || head.len() > 3 {
                return Err(bad());
            }
            plain.push_str(group);
        }
        if plain.is_empty() || plain.len() > 12 || !plain.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        plain.parse().map(Self).map_err(|_| bad())
    }

    /// `12.000`, without the currency.
    pub fn plain(self) -> String {
        let mut text = String::with_capacity(12);
        self.write_plain(&mut text);
        text
    }

    /// `12.000` behind what stands in `text`.
    pub fn write_plain(self, text: &mut String) {
        if self.0 < 0 {
            text.push('-');
        }
        let mut groups = [0_u64; 7];
        let mut rest = self.0.unsigned_abs();
        let mut last = 0;
        while rest >= 1_000 {
            groups[last] = rest % 1_000;
            rest /= 1_000;
            last += 1;
        }
        push_number(text, rest, false);
        for group in groups[..last].iter().rev() {
            text.push('.');
            push_number(text, *group, true);
        }
    }

    /// Up to `most` sums a customer is likely to hand over for this fee, the exact one first.
    pub fn quick_amounts(self, most: usize) -> Vec<Self> {
        let mut sums = vec![self];
        sums.extend(NOTES.into_iter().map(Self).filter(|note| *note > self));
        sums.truncate(most);
        sums
    }
}

/// A number below 1 000, with its leading zeros or without.
fn push_number(text: &mut String, number: u64, whole: bool) {
    for (unit, least) in [(100, 100), (10, 10), (1, 0)] {
        if whole || number >= least {
            let digit = u32::try_from(number / unit % 10).unwrap_or_default();
            text.push(char::from_digit(digit, 10).unwrap_or('0'));
        }
    }
}

impl fmt::Display for Rupiah {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("Rp {}", self.plain()))
    }
}

impl Add for Rupiah {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Rupiah {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Rupiah {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<i64> for Rupiah {
    type Output = Self;
    fn mul(self, times: i64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Sum for Rupiah {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_cashier_types() {
        for (text, amount) in [("10000", 10_000), (" 10.000 ", 10_000), ("Rp 1.250.000", 1_250_000), ("0", 0)] {
            assert_eq!(Rupiah::parse(text), Ok(Rupiah(amount)), "{text}");
        }
        for bad in ["", "-5", "10,000", "1.00", "1.2345", "sepuluh", "10.00.000", "9999999999999", "5e3", ".500"] {
            assert!(Rupiah::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn prints_dots_between_thousands() {
        assert_eq!(Rupiah(0).to_string(), "Rp 0");
        assert_eq!(Rupiah(12_000).to_string(), "Rp 12.000");
        assert_eq!(Rupiah(-1_234_567).plain(), "-1.234.567");
        assert_eq!(Rupiah(1_002_030).plain(), "1.002.030");
        assert_eq!(
            [7, 70, 700, 7_000, 999_999, 1_000_000].map(|n| Rupiah(n).plain()).join(" "),
            "7 70 700 7.000 999.999 1.000.000"
        );
        assert_eq!(Rupiah(i64::MIN).plain(), "-9.223.372.036.854.775.808");
    }

    #[test]
    fn quick_amounts_begin_with_the_exact_sum() {
        assert_eq!(Rupiah(7_000).quick_amounts(3), [Rupiah(7_000), Rupiah(10_000), Rupiah(20_000)]);
    }
}
