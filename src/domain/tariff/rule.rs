//! One class's rule, as a tariff version holds it: price, grace, cap, nights, fines. What is written is read once, whole
//! or not at all: a rule without a price, or with two, does not exist.

use crate::domain::money::Rupiah;
use serde::{Deserialize, Serialize};

/// What time costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    /// Once for the whole stay.
    Flat(Rupiah),
    /// A started block is due whole. Minutes are at least 1.
    Blocks { first_minutes: u32, first_fee: Rupiah, next_minutes: u32, next_fee: Rupiah },
}

/// Where a day ends: the window of the cap, which every time begins with a first block of its own; or a night.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Day {
    /// 24 hours from entry.
    #[default]
    #[serde(rename = "24h")]
    Hours24,
    /// Midnight by the site's clock.
    #[serde(rename = "midnight")]
    Midnight,
}

impl Day {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// What each night inside costs, on top of everything and above the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overnight {
    pub fee: Rupiah,
    /// A night is each 24 hours that are over, or each midnight passed.
    #[serde(default)]
    pub by: Day,
    /// Up to and including so many minutes inside no night counts.
    #[serde(default)]
    pub after_minutes: u32,
}

/// One class's rule. Minutes and rupiah; integers only. On the wire it is flat: `Written`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Rule {
    /// Free up to and including this many minutes.
    pub grace_minutes: u32,
    /// The first `grace_minutes` are free of every stay; else a longer one is charged from minute 0.
    pub grace_always: bool,
    pub price: Price,
    /// Most per day; `None` means no cap.
    pub daily_cap: Option<Rupiah>,
    /// What the cap's day is.
    pub day: Day,
    pub overnight: Option<Overnight>,
    /// On top, when the ticket is lost; never capped.
    pub lost_fine: Rupiah,
    /// In place of the time's price, when the ticket is lost and the time not proven; never less than that price.
    pub lost_fee: Option<Rupiah>,
    /// Bayar di depan: the first block's or the flat price is due on the way in.
    pub prepaid: bool,
}

/// The keys of a rule. The first six are what every version of this program reads.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    grace_minutes: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_fee: Option<Rupiah>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_fee: Option<Rupiah>,
    #[serde(default)]
    daily_cap: Option<Rupiah>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flat_fee: Option<Rupiah>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    grace_always: bool,
    #[serde(default, skip_serializing_if = "Day::is_usual")]
    day: Day,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    overnight: Option<Overnight>,
    #[serde(default, skip_serializing_if = "is_zero")]
    lost_fine: Rupiah,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lost_fee: Option<Rupiah>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    prepaid: bool,
}

fn is_zero(amount: &Rupiah) -> bool {
    *amount == Rupiah::ZERO
}

/// Why what was written is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPrice {
    #[error("tarif: harga belum ada; isi flat_fee, atau first_minutes, first_fee, next_minutes dan next_fee")]
    Missing,
    #[error("tarif: flat_fee dan first_…/next_… tidak bisa bersama")]
    Two,
}

impl Price {
    /// The price that these keys say.
    pub(super) fn read(flat: Option<Rupiah>, blocks: Blocks) -> Result<Self, BadPrice> {
        match (flat, blocks) {
            (Some(fee), (None, None, None, None)) => Ok(Self::Flat(fee)),
            (None, (Some(first_minutes), Some(first_fee), Some(next_minutes), Some(next_fee))) => {
                Ok(Self::Blocks { first_minutes, first_fee, next_minutes, next_fee })
            }
            (Some(_), _) => Err(BadPrice::Two),
            (None, _) => Err(BadPrice::Missing),
        }
    }

    pub(super) fn written(self) -> (Option<Rupiah>, Blocks) {
        match self {
            Self::Flat(fee) => (Some(fee), (None, None, None, None)),
            Self::Blocks { first_minutes, first_fee, next_minutes, next_fee } => {
                (None, (Some(first_minutes), Some(first_fee), Some(next_minutes), Some(next_fee)))
            }
        }
    }
}

/// `first_minutes, first_fee, next_minutes, next_fee`.
pub(super) type Blocks = (Option<u32>, Option<Rupiah>, Option<u32>, Option<Rupiah>);

impl TryFrom<Written> for Rule {
    type Error = BadPrice;

    fn try_from(w: Written) -> Result<Self, BadPrice> {
        let price = Price::read(w.flat_fee, (w.first_minutes, w.first_fee, w.next_minutes, w.next_fee))?;
        let Written {
            grace_minutes, grace_always, daily_cap, day, overnight, lost_fine, lost_fee, prepaid, ..
        } = w;
        Ok(Self { grace_minutes, grace_always, price, daily_cap, day, overnight, lost_fine, lost_fee, prepaid })
    }
}

impl From<Rule> for Written {
    fn from(r: Rule) -> Self {
        let (flat_fee, (first_minutes, first_fee, next_minutes, next_fee)) = r.price.written();
        let Rule { grace_minutes, grace_always, daily_cap, day, overnight, lost_fine, lost_fee, prepaid, .. } = r;
        Self {
            grace_minutes,
            first_minutes,
            first_fee,
            next_minutes,
            next_fee,
            daily_cap,
            flat_fee,
            grace_always,
            day,
            overnight,
            lost_fine,
            lost_fee,
            prepaid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_before_is_read_and_written_as_it_was() {
        let old = r#"{"grace_minutes":10,"first_minutes":60,"first_fee":5000,"next_minutes":60,"next_fee":2000,"daily_cap":25000}"#;
        let rule: Rule = serde_json::from_str(old).unwrap();
        assert_eq!((rule.day, rule.grace_always, rule.overnight), (Day::Hours24, false, None));
        assert_eq!(serde_json::to_string(&rule).unwrap(), old);
        let bare: Rule =
            serde_json::from_str(r#"{"first_minutes":60,"first_fee":1,"next_minutes":60,"next_fee":1}"#).unwrap();
        assert_eq!((bare.grace_minutes, bare.daily_cap), (0, None));
    }

    #[test]
    fn a_rule_without_a_price_or_with_two_or_with_a_key_nobody_knows_is_none() {
        for bad in [
            "{}",
            r#"{"first_minutes":60,"first_fee":1}"#,
            r#"{"flat_fee":1,"first_minutes":60,"first_fee":1,"next_minutes":60,"next_fee":1}"#,
            r#"{"flat_fee":1,"gratis":true}"#,
            r#"{"flat_fee":1.5}"#,
        ] {
            assert!(serde_json::from_str::<Rule>(bad).is_err(), "{bad}");
        }
        assert_eq!(serde_json::from_str::<Rule>(r#"{"flat_fee":3000}"#).unwrap().price, Price::Flat(Rupiah(3000)));
    }
}
