//! Quotes a second on one core: the figure alone (`bill`) and with the lines as screen, receipt and fact carry them
//! (`charge`). Budget: a million of each, of the tariffs most sites have. Special hours are walked block by block and
//! long stays with them are told beside it. The best of some rounds counts: this is about the program, not about who else
//! uses the machine.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use jiff::Timestamp;
use jiff::tz::TimeZone;
use parkir::domain::tariff::{Calendar, FeeRequest, Tariff};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;

const QUOTES: usize = 10_000;
const ROUNDS: usize = 200;
const BUDGET: f64 = 1e6;

fn tariff(rule: Value, special: Value) -> Tariff {
    let told = json!({
        "version": 2, "effective_from": "2027-01-01T00:00:00Z", "rules": {"mobil": rule, "motor": rule},
        "special": special, "rounding": {"to": 500, "way": "up"}, "tax": {"basis_points": 1000},
    });
    serde_json::from_value(told).unwrap()
}

/// Stays of up to `hours`, spread over a week.
fn stays(hours: i64) -> Vec<(Timestamp, Timestamp)> {
    (0..997_i64)
        .map(|n| {
            let entered = 1_798_995_600 + n * 7_919 % (7 * 86_400);
            let left = entered + n * 104_729 % (hours * 3_600);
            (Timestamp::from_second(entered).unwrap(), Timestamp::from_second(left).unwrap())
        })
        .collect()
}

fn measure(name: &str, tariff: &Tariff, calendar: &Calendar, hours: i64, budget: bool) {
    let stays = stays(hours);
    let requests: Vec<_> = stays.iter().map(|(i, o)| FeeRequest::plain("mobil", *i, *o, calendar)).collect();
    let speed = |quote: &dyn Fn(&FeeRequest<'_>) -> i64| {
        let (mut best, mut sum) = (0.0_f64, 0);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            sum = (0..QUOTES).map(|n| quote(black_box(&requests[n % requests.len()]))).sum();
            best = best.max(QUOTES as f64 / begun.elapsed().as_secs_f64());
        }
        (best, sum)
    };
    let (bill, sum) = speed(&|request| tariff.bill(request).unwrap().total.0);
    let (charge, same) = speed(&|request| tariff.charge(request).unwrap().total.0);
    assert_eq!(sum, same);
    let told = match budget {
        true if bill >= BUDGET && charge >= BUDGET => "  held",
        true => "  MISSED",
        false => "",
    };
    println!("{name:<34} figure {:>5.2} M/s   with lines {:>5.2} M/s{told}", bill / 1e6, charge / 1e6);
}

fn main() {
    let zone = TimeZone::get("Asia/Jakarta").unwrap();
    let calendar = Calendar { zone, holidays: [serde_json::from_str("\"2027-01-06\"").unwrap()].into() };
    let blocks = json!({"grace_minutes": 10, "first_minutes": 60, "first_fee": 5000, "next_minutes": 60,
                        "next_fee": 2000, "daily_cap": 25000});
    let mut night = blocks.clone();
    night["overnight"] = json!({"fee": 5000, "by": "midnight"});
    night["day"] = json!("midnight");
    let price = json!({"first_minutes": 60, "first_fee": 6000, "next_minutes": 60, "next_fee": 3000});
    let with = |more: Value| {
        let mut special = price.clone();
        special.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        special
    };
    let weekend = json!([with(json!({"name": "Akhir pekan", "days": ["weekend", "holiday"], "holds": "stay"}))]);
    let hours = json!([
        with(json!({"name": "Jam sibuk", "days": ["weekday"], "hours": "07:00-09:00"})),
        with(json!({"name": "Sore", "days": ["weekday"], "hours": "16:00-19:00"})),
        {"name": "Malam", "hours": "22:00-06:00", "flat_fee": 8000},
    ]);
    measure("blocks, cap, up to 3 days", &tariff(blocks.clone(), json!([])), &calendar, 72, true);
    measure("flat", &tariff(json!({"flat_fee": 3000}), json!([])), &calendar, 72, true);
    measure("nights by midnight, up to 3 days", &tariff(night, json!([])), &calendar, 72, true);
    measure("weekend and holidays", &tariff(blocks.clone(), weekend), &calendar, 72, true);
    let special = tariff(blocks, hours);
    measure("three special hours, up to 6 h", &special, &calendar, 6, false);
    measure("three special hours, up to 3 days", &special, &calendar, 72, false);
}
