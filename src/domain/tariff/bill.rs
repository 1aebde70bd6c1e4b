//! From the time's price to the total: member, voucher, free of charge, fine, rounding; and the tax that is in it.

use super::calendar::DAY;
use super::lines::{Item, LineKind};
use super::parking::{Time, parking};
use super::rule::Rule;
use super::{FeeError, FeeRequest, LONGEST_PLAUSIBLE_DAYS, Lost, Member, Rounding, Tariff, Voucher, Way};
use crate::domain::money::Rupiah;
use serde::{Deserialize, Serialize};

/// A fee without its words: as much as a replay of millions needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    pub total: Rupiah,
    pub items: Vec<Item>,
    pub version: u32,
    /// Whole seconds inside.
    pub seconds: i64,
    pub tax: Option<TaxSplit>,
}

/// PBJT, included in every price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tax {
    /// 1 000 is 10 %.
    pub basis_points: u32,
    /// The tax is also of what a voucher or a free passage took off (UU 1/2022, PP 35/2023: vouchers at their nominal,
    /// free parking at a comparable price).
    #[serde(default)]
    pub of_discounts: bool,
}

/// `amount` is the tax within `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxSplit {
    pub basis_points: u32,
    pub of: Rupiah,
    pub amount: Rupiah,
}

impl Tax {
    /// At 10 %: 10/110, the half rupiah going up.
    pub(super) fn split(self, paid: Rupiah, taken_off: Rupiah) -> TaxSplit {
        let of = if self.of_discounts { paid + taken_off } else { paid };
        let (rate, whole) = (i128::from(self.basis_points), 10_000 + i128::from(self.basis_points));
        let tax = (2 * i128::from(of.0) * rate + whole) / (2 * whole);
        TaxSplit { basis_points: self.basis_points, of, amount: Rupiah(i64::try_from(tax).unwrap_or(i64::MAX)) }
    }
}

impl Rounding {
    fn round(self, amount: Rupiah) -> Rupiah {
        let to = i64::from(self.to.max(1));
        let (whole, over) = (amount.0.div_euclid(to), amount.0.rem_euclid(to));
        let up = match self.way {
            Way::Up => over > 0,
            Way::Nearest => 2 * over >= to,
            Way::Down => false,
        };
        Rupiah(whole.saturating_add(i64::from(up)).saturating_mul(to))
    }
}

fn percent_of(amount: Rupiah, percent: u8) -> Rupiah {
    Rupiah(amount.0 / 100 * i64::from(percent.min(100)) + amount.0 % 100 * i64::from(percent.min(100)) / 100)
}

impl Tariff {
    /// The total and what it is made of; changes nothing.
    pub fn bill(&self, request: &FeeRequest<'_>) -> Result<Bill, FeeError> {
        let no_rule = || FeeError::NoRule { version: self.version, class: request.class.to_owned() };
        let rule = self.rules.get(request.class).ok_or_else(no_rule)?;
        let seconds = request.left.as_second() - request.entered.as_second();
        if seconds < 0 {
            return Err(FeeError::EntryAfterExit);
        }
        if seconds > LONGEST_PLAUSIBLE_DAYS * DAY {
            return Err(FeeError::Implausible { days: seconds / DAY });
        }
        let calendar = request.calendar;
        let time = Time { calendar, specials: &self.special, entered: calendar.local(request.entered), seconds };
        let mut items = Vec::with_capacity(4);
        let mut due = self.member_price(rule, request, time, &mut items);
        let mut taken_off = Rupiah::ZERO;
        let mut take = |items: &mut Vec<Item>, kind, off: Rupiah| {
            items.push(Item::one(kind, Rupiah::ZERO - off));
            taken_off += off;
            off
        };
        if let Some(voucher) = request.voucher {
            let off = match voucher {
                Voucher::Amount(amount) => amount.max(Rupiah::ZERO).min(due),
                Voucher::Percent(percent) => percent_of(due, percent),
                Voucher::Minutes(minutes) => {
                    let seconds = (seconds - i64::from(minutes) * 60).max(0);
                    due - self.member_price(rule, request, Time { seconds, ..time }, &mut Vec::new()).min(due)
                }
                Voucher::Free => due,
            };
            due = due - take(&mut items, LineKind::Voucher, off);
        }
        let fined = matches!(request.lost, Some(Lost::Proven | Lost::Unproven));
        if request.free.is_some() {
            due = due - take(&mut items, LineKind::Free, due);
        } else if request.lost.is_some() && rule.lost_fine > Rupiah::ZERO {
            let fine = if fined { rule.lost_fine } else { Rupiah::ZERO };
            items.push(Item::one(LineKind::LostFine, fine));
            due += fine;
        }
        let total = self.rounding.map_or(due, |rounding| rounding.round(due));
        if total != due {
            items.push(Item::one(LineKind::Rounding, total - due));
        }
        let tax = self.tax.map(|tax| tax.split(total, taken_off));
        Ok(Bill { total, items, version: self.version, seconds, tax })
    }

    /// The time's price with what a member has off it.
    fn member_price(
        &self,
        rule: &Rule,
        request: &FeeRequest<'_>,
        time: Time<'_>,
        items: &mut Vec<Item>,
    ) -> Rupiah {
        let member = request.member.and_then(|group| self.member(group));
        let (rule, time) = match member {
            Some(Member::Rules(own)) => match own.get(request.class) {
                Some(own) => {
                    items.push(Item::one(LineKind::Member, Rupiah::ZERO));
                    (own, Time { specials: &[], ..time })
                }
                None => (rule, time),
            },
            _ => (rule, time),
        };
        let begun = items.len();
        let mut due = parking(self, request.class, rule, time, items);
        if let (Some(Lost::Unproven), Some(flat)) = (request.lost, rule.lost_fee)
            && flat > due
        {
            items.truncate(begun);
            items.push(Item::one(LineKind::LostFee, flat));
            due = flat;
        }
        let (off, percent) = match member {
            Some(Member::Free(true)) => (due, 0),
            Some(Member::Percent(percent)) => (percent_of(due, *percent), (*percent).min(100)),
            _ => return due,
        };
        let line = Item::one(LineKind::Member, Rupiah::ZERO - off);
        items.push(Item { minutes: u32::from(percent), ..line });
        due - off
    }
}
