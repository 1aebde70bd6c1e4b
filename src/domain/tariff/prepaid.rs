//! Bayar di depan: what is due on the way in, and how the exit takes it off.
//!
//! What is due is the price in force at the entry without its grace: the flat price, or the first block's, with what the
//! member has off it, rounded. Afterwards nothing of it goes back: a stay that costs less is not due, one that costs more
//! pays the rest. It is taken off the price, never off a fine.

use super::{Calendar, Fee, FeeLine, FeeRequest, LineKind, Member, Rule, Tariff, Tax};
use crate::domain::money::Rupiah;
use jiff::{SignedDuration, Timestamp};

/// As receipt and fact carry it.
pub(super) const WORDS: &str = "Sudah dibayar di masuk";

impl Tariff {
    /// Whether a class is paid on the way in.
    pub fn is_prepaid(&self, class: &str) -> bool {
        self.rules.get(class).is_some_and(|rule| rule.prepaid)
    }

    /// What is due on the way in; `None` of a class that pays at the exit, or of one for which nothing is due.
    pub fn upfront(&self, class: &str, at: Timestamp, calendar: &Calendar, member: Option<&str>) -> Option<Fee> {
        if !self.is_prepaid(class) {
            return None;
        }
        let mut tariff = self.clone();
        let without_grace = |rules: &mut std::collections::BTreeMap<String, Rule>| {
            rules.values_mut().for_each(|rule| rule.grace_minutes = 0);
        };
        without_grace(&mut tariff.rules);
        for member in tariff.members.values_mut() {
            if let Member::Rules(rules) = member {
                without_grace(rules);
            }
        }
        let moment = at.checked_add(SignedDuration::from_secs(1)).ok()?;
        let fee = tariff.charge(&FeeRequest { member, ..FeeRequest::plain(class, at, moment, calendar) }).ok()?;
        (fee.total > Rupiah::ZERO).then_some(fee)
    }
}

impl Fee {
    /// With what was paid on the way in taken off. The total is the sum of the lines, and never below zero.
    pub fn less(mut self, prepaid: Rupiah) -> Self {
        let fines: Rupiah =
            self.lines.iter().filter(|line| line.kind == LineKind::LostFine).map(|line| line.amount).sum();
        let off = prepaid.min(self.total - fines).max(Rupiah::ZERO);
        self.total = self.total - off;
        let amount = Rupiah::ZERO - off;
        self.lines.push(FeeLine { kind: LineKind::Prepaid, count: 1, minutes: 0, amount, text: WORDS.to_owned() });
        if let Some(tax) = &mut self.tax {
            // Its own split stands in the entry's fact: the two together are the tax of the whole.
            let paid = prepaid.min(tax.of).max(Rupiah::ZERO);
            let rate = Tax { basis_points: tax.basis_points, of_discounts: false };
            tax.of = tax.of - paid;
            tax.amount = tax.amount - rate.split(paid, Rupiah::ZERO).amount;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tariff(text: &str) -> Tariff {
        serde_json::from_str(&format!(
            r#"{{"version":1,"effective_from":"1970-01-01T00:00:00Z","rules":{text},
            "members":{{"karyawan":{{"percent":50}},"tamu":{{"free":true}}}},
            "tax":{{"basis_points":1000}}}}"#
        ))
        .unwrap()
    }

    fn blocks() -> Tariff {
        tariff(
            r#"{"mobil":{"grace_minutes":90,"first_minutes":60,"first_fee":5000,"next_minutes":60,"next_fee":2000,
            "lost_fine":20000,"prepaid":true},"motor":{"flat_fee":3000,"grace_minutes":10,"prepaid":true},
            "bus":{"flat_fee":9000}}"#,
        )
    }

    #[test]
    fn the_first_block_or_the_flat_price_is_due_whatever_the_grace_and_less_for_members() {
        let (tariff, at, calendar) =
            (blocks(), Timestamp::from_second(1_800_000_000).unwrap(), Calendar::default());
        for (class, member, due) in [
            ("mobil", None, Some(5_000)),
            ("mobil", Some("karyawan"), Some(2_500)),
            ("mobil", Some("tamu"), None),
            ("motor", None, Some(3_000)),
            ("bus", None, None),
            ("truk", None, None),
        ] {
            let fee = tariff.upfront(class, at, &calendar, member);
            assert_eq!(fee.map(|fee| fee.total.0), due, "{class} {member:?}");
        }
        assert!(serde_json::to_string(&tariff).unwrap().contains(r#""prepaid":true"#));
    }

    #[test]
    fn a_fine_is_due_whatever_was_paid_on_the_way_in() {
        let (tariff, calendar) = (blocks(), Calendar::default());
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let request = FeeRequest {
            lost: Some(super::super::Lost::Proven),
            ..FeeRequest::plain("mobil", at(0), at(60), &calendar)
        };
        let fee = tariff.charge(&request).unwrap().less(Rupiah(5_000));
        assert_eq!((fee.total, fee.lines.last().unwrap().amount), (Rupiah(20_000), Rupiah(0)));
    }

    proptest! {
        #[test]
        fn what_is_paid_on_both_sides_is_the_price_or_what_was_paid_before(
            seconds in 0..3_000_000_i64, paid in 0..60_000_i64,
        ) {
            let calendar = Calendar::default();
            let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
            let whole = blocks().charge(&FeeRequest::plain("mobil", at(0), at(seconds), &calendar)).unwrap();
            let rest = whole.clone().less(Rupiah(paid));
            prop_assert_eq!(rest.total, (whole.total - Rupiah(paid)).max(Rupiah::ZERO));
            prop_assert_eq!(rest.lines.iter().map(|line| line.amount).sum::<Rupiah>(), rest.total);
            let (tax, before) = (rest.tax.unwrap(), whole.tax.unwrap());
            prop_assert!(tax.amount >= Rupiah::ZERO && tax.amount <= before.amount);
            prop_assert_eq!(tax.of, rest.total);
        }
    }
}
