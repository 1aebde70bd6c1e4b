//! Tariffs and stays made at random: every feature, alone and with every other.

use jiff::Timestamp;
use parkir::domain::money::Rupiah;
use parkir::domain::tariff::{Calendar, Lost, Tariff, Voucher};
use proptest::prelude::*;
use serde_json::{Value, json};

pub const CLASS: &str = "mobil";
/// Monday, 4 January 2027, midnight in Jakarta.
const MONDAY: i64 = 1_798_995_600;

pub fn calendar() -> Calendar {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(7));
    let day = serde_json::from_str("\"2027-01-06\"").unwrap();
    Calendar { zone, holidays: [day].into() }
}

#[derive(Clone, Debug)]
pub struct Stay {
    pub entered: Timestamp,
    pub seconds: i64,
    pub member: bool,
    pub voucher: Option<Voucher>,
    pub lost: Option<Lost>,
}

impl Default for Stay {
    fn default() -> Self {
        let entered = Timestamp::from_second(MONDAY).unwrap();
        Self { entered, seconds: 0, member: false, voucher: None, lost: None }
    }
}

impl Stay {
    pub fn left(&self, more: i64) -> Timestamp {
        Timestamp::from_second(self.entered.as_second() + self.seconds + more).unwrap()
    }
}

fn vouchers() -> impl Strategy<Value = Voucher> {
    prop_oneof![
        (0_i64..30_000).prop_map(|amount| Voucher::Amount(Rupiah(amount))),
        (0_u8..=100).prop_map(Voucher::Percent),
        (0_u32..600).prop_map(Voucher::Minutes),
        Just(Voucher::Free),
    ]
}

pub fn stays() -> impl Strategy<Value = Stay> {
    let lost =
        prop_oneof![Just(None), Just(Some(Lost::Proven)), Just(Some(Lost::Unproven)), Just(Some(Lost::Waived))];
    // Whole hours and minutes are where the borders are.
    let seconds = prop_oneof![
        0_i64..5 * 86_400,
        (0_i64..120).prop_map(|h| h * 3_600),
        (0_i64..600).prop_map(|m| m * 60 + 1)
    ];
    let entered = prop_oneof![0_i64..9 * 86_400, (0_i64..9 * 24).prop_map(|h| h * 3_600)];
    (entered, seconds, any::<bool>(), proptest::option::of(vouchers()), lost).prop_map(
        |(entered, seconds, member, voucher, lost)| {
            let entered = Timestamp::from_second(MONDAY + entered).unwrap();
            Stay { entered, seconds, member, voucher, lost }
        },
    )
}

fn price() -> impl Strategy<Value = Value> {
    let blocks = (1_u32..180, 0_i64..12, 1_u32..180, 0_i64..8).prop_map(|(fm, ff, nm, nf)| {
        json!({"first_minutes": fm, "first_fee": ff * 1_000 + 200, "next_minutes": nm, "next_fee": nf * 700})
    });
    prop_oneof![3 => blocks, 1 => (0_i64..20).prop_map(|fee| json!({"flat_fee": fee * 1_100}))]
}

/// The first with the keys of the second that are not null.
fn with(mut one: Value, two: Value) -> Value {
    if let (Value::Object(one), Value::Object(two)) = (&mut one, two) {
        one.extend(two.into_iter().filter(|(_, value)| !value.is_null()));
    }
    one
}

fn day() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("24h"), Just("midnight")]
}

fn rules() -> impl Strategy<Value = Value> {
    let night = (0_i64..10, day(), 0_u32..400)
        .prop_map(|(fee, by, after)| json!({"fee": fee * 1_000, "by": by, "after_minutes": after}));
    let fine = (0_i64..30, proptest::option::of(0_i64..40_000));
    (price(), 0_u32..90, any::<bool>(), proptest::option::of(0_i64..50), day(), proptest::option::of(night), fine)
        .prop_map(|(price, grace, always, cap, day, night, (fine, lost))| {
            let cap = cap.filter(|_| price.get("flat_fee").is_none()).map(|c| c * 1_000);
            let more = json!({
                "grace_minutes": grace, "grace_always": always, "daily_cap": cap, "day": day, "overnight": night,
                "lost_fine": fine * 1_000, "lost_fee": lost,
            });
            with(price, more)
        })
}

fn specials() -> impl Strategy<Value = Value> {
    let hours =
        (0_u32..24, 1_u32..24).prop_map(|(from, long)| format!("{from:02}:00-{:02}:30", (from + long) % 24));
    let days = proptest::sample::subsequence(vec!["mon", "wed", "sat", "weekday", "weekend", "holiday"], 0..4);
    (price(), proptest::option::of(hours), days, any::<bool>()).prop_map(|(price, hours, days, stay)| {
        let holds = if stay { "stay" } else { "hours" };
        with(price, json!({"name": "Khusus", "hours": hours, "days": days, "holds": holds}))
    })
}

fn members() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(|free| json!({"free": free})),
        (0_u8..=100).prop_map(|percent| json!({"percent": percent})),
        rules().prop_map(|rule| json!({"rules": {CLASS: rule}})),
    ]
}

pub fn tariffs() -> impl Strategy<Value = Tariff> {
    let rounding =
        (prop_oneof![Just(100), Just(500), Just(1_000)], prop_oneof![Just("up"), Just("nearest"), Just("down")])
            .prop_map(|(to, way)| json!({"to": to, "way": way}));
    let tax =
        (0_u32..2_000, any::<bool>()).prop_map(|(rate, all)| json!({"basis_points": rate, "of_discounts": all}));
    (
        rules(),
        proptest::collection::vec(specials(), 0..4),
        proptest::option::of(members()),
        proptest::option::of(rounding),
        proptest::option::of(tax),
    )
        .prop_map(|(rule, special, member, rounding, tax)| {
            let told = json!({"version": 7, "effective_from": "2027-01-01T00:00:00Z", "rules": {CLASS: rule}});
            let members = member.map(|member| json!({"a": member}));
            let more = json!({"special": special, "members": members, "rounding": rounding, "tax": tax});
            serde_json::from_value(with(told, more)).unwrap()
        })
}
