//! What a stay costs: a pure function of stay and tariff version, line by line.
//!
//! Pinned ambiguities: elapsed time counts in whole seconds; up to and including the grace it is free, one second more
//! and the first block is due from minute 0 (or, with `grace_always`, from the grace on); a started block is due whole;
//! the cap holds per day (24 hours from entry, or midnight to midnight), and every new day begins with a first block of
//! its own; nights come on top of the cap. Then, in this order: member, voucher, free of charge, fine, rounding. Tax is
//! in the price and only split off.
//!
//! Nothing falls as time goes on, nothing is below zero, and the total is the sum of its lines: tests/tariff.rs holds
//! it, and tests/tariff/ has the cases.

mod bill;
mod board;
mod book;
mod calendar;
mod check;
mod lines;
mod parking;
mod prepaid;
mod replay;
mod rule;

pub use bill::{Bill, Tax, TaxSplit};
pub use board::{Board, board};
pub use book::{TariffBook, Unread, read_versions};
pub use calendar::{Calendar, CalendarDay, DayWord, Holds, Hours, Special};
pub use check::{Finding, Level, check};
pub use lines::{FeeLine, Item, LineKind};
pub use replay::{PastExit, Replay, Replayed};
pub use rule::{Day, Overnight, Price, Rule};

use super::money::Rupiah;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The longest stay that is charged without a supervisor looking: past it a clock has more likely lied.
pub const LONGEST_PLAUSIBLE_DAYS: i64 = 400;

/// An immutable version of all classes' rules, in force from a moment on and frozen at entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// 0 is the one built in; the centre's count from 1.
    pub version: u32,
    pub effective_from: Timestamp,
    pub rules: BTreeMap<String, Rule>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The first that holds, holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub special: Vec<Special>,
    /// What members of a group have; `*` is any group.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub members: BTreeMap<String, Member>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Rounding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Tax>,
    /// Beside the site's.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub holidays: BTreeSet<CalendarDay>,
}

/// What a member has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Member {
    /// `free = true`. With `false` a member pays as everybody.
    Free(bool),
    /// Off the price, at most 100.
    Percent(u8),
    /// Rules of their own, whatever special times say; a class without one pays as everybody.
    Rules(BTreeMap<String, Rule>),
}

/// The total goes to a multiple of `to` rupiah.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rounding {
    pub to: u32,
    pub way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    Up,
    /// The half goes up.
    Nearest,
    Down,
}

/// A lost ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lost {
    /// The time is proven otherwise: the time's price, and the fine.
    Proven,
    /// It is not: the class's `lost_fee` where that is more than the time's price, and the fine.
    Unproven,
    /// The time's price, the fine let off.
    Waived,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voucher {
    Amount(Rupiah),
    /// At most 100.
    Percent(u8),
    /// As if the stay were so many minutes shorter.
    Minutes(u32),
    Free,
}

impl Voucher {
    /// `5000` or `Rp 5.000`, `50%`, `60m`, `gratis`.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("gratis") {
            return Some(Self::Free);
        }
        if let Some(percent) = text.strip_suffix('%') {
            return percent.trim().parse().ok().filter(|p| *p <= 100).map(Self::Percent);
        }
        if let Some(minutes) = text.strip_suffix('m') {
            return minutes.trim().parse().ok().map(Self::Minutes);
        }
        Rupiah::parse(text).ok().map(Self::Amount)
    }
}

/// What is asked: a stay, the site's calendar, and what is special about it.
#[derive(Clone, Copy, Debug)]
pub struct FeeRequest<'a> {
    pub class: &'a str,
    pub entered: Timestamp,
    pub left: Timestamp,
    pub calendar: &'a Calendar,
    pub lost: Option<Lost>,
    /// The member's group; one the tariff does not know has no advantage.
    pub member: Option<&'a str>,
    pub voucher: Option<Voucher>,
    /// Free of charge, fine and all: why.
    pub free: Option<&'a str>,
}

impl<'a> FeeRequest<'a> {
    /// A stay with nothing special about it.
    pub fn plain(class: &'a str, entered: Timestamp, left: Timestamp, calendar: &'a Calendar) -> Self {
        Self { class, entered, left, calendar, lost: None, member: None, voucher: None, free: None }
    }
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
    /// The part of the total that is tax; `None` where the tariff says nothing of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<TaxSplit>,
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
            grace_always: false,
            price: Price::Blocks {
                first_minutes: 60,
                first_fee: Rupiah(first),
                next_minutes: 60,
                next_fee: Rupiah(next),
            },
            daily_cap: Some(Rupiah(cap)),
            day: Day::Hours24,
            overnight: None,
            lost_fine: Rupiah::ZERO,
            lost_fee: None,
            prepaid: false,
        };
        let rules = [
            ("motor", rule(2_000, 1_000, 10_000)),
            ("mobil", rule(5_000, 2_000, 25_000)),
            ("truk", rule(10_000, 5_000, 60_000)),
            ("bus", rule(10_000, 5_000, 60_000)),
        ];
        let rules = rules.into_iter().map(|(class, rule)| (class.to_owned(), rule)).collect();
        Self::of_rules(0, Timestamp::UNIX_EPOCH, rules)
    }

    /// A version of rules and nothing else.
    pub fn of_rules(version: u32, effective_from: Timestamp, rules: BTreeMap<String, Rule>) -> Self {
        Self {
            version,
            effective_from,
            rules,
            name: String::new(),
            special: Vec::new(),
            members: BTreeMap::new(),
            rounding: None,
            tax: None,
            holidays: BTreeSet::new(),
        }
    }

    /// The fee of a plain stay by a clock of UTC and a calendar without holidays: for tariffs that look at neither.
    pub fn fee(&self, class: &str, entered: Timestamp, left: Timestamp) -> Result<Fee, FeeError> {
        self.charge(&FeeRequest::plain(class, entered, left, &Calendar::default()))
    }

    /// The fee of a stay; changes nothing, so a preview is as good as the charge.
    pub fn charge(&self, request: &FeeRequest<'_>) -> Result<Fee, FeeError> {
        let Bill { total, items, version, seconds, tax } = self.bill(request)?;
        let lines = items.iter().map(|item| item.line(self, request)).collect();
        Ok(Fee { total, lines, version, seconds, tax })
    }

    /// What members of a group have.
    pub fn member(&self, group: &str) -> Option<&Member> {
        self.members.get(group).or_else(|| self.members.get("*"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_voucher_is_read_as_it_is_written() {
        let read = [
            ("5000", Voucher::Amount(Rupiah(5_000))),
            ("Rp 5.000", Voucher::Amount(Rupiah(5_000))),
            ("50%", Voucher::Percent(50)),
            ("60m", Voucher::Minutes(60)),
            ("GRATIS", Voucher::Free),
        ];
        for (text, voucher) in read {
            assert_eq!(Voucher::read(text), Some(voucher), "{text}");
        }
        for bad in ["", "101%", "-5%", "m", "-60m", "lima ribu"] {
            assert_eq!(Voucher::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_version_of_before_is_read_and_written_as_it_was() {
        let old = r#"{"version":1,"effective_from":"1970-01-01T00:00:00Z","rules":{"mobil":{"grace_minutes":10,"first_minutes":60,"first_fee":5000,"next_minutes":60,"next_fee":2000,"daily_cap":25000}}}"#;
        assert_eq!(serde_json::to_string(&serde_json::from_str::<Tariff>(old).unwrap()).unwrap(), old);
    }
}
