//! What a tariff must cost. Cases are data: `tests/tariff/*.toml`, each a whole tariff version as `parkir tariff check`
//! reads it. What holds of every tariff is tried on tariffs made at random.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "tariff/oracle.rs"]
mod oracle;
#[path = "tariff/random.rs"]
mod random;

use jiff::tz::TimeZone;
use parkir::config::tariff::TariffFile;
use parkir::domain::money::Rupiah;
use parkir::domain::tariff::{Calendar, Day, FeeRequest, LineKind, Lost, Price, Tariff, Voucher, check};
use proptest::prelude::*;
use random::{CLASS, Stay, calendar, stays, tariffs};
use std::path::Path;

fn site() -> Calendar {
    Calendar { zone: TimeZone::get("Asia/Jakarta").unwrap(), ..Calendar::default() }
}

#[test]
fn every_case_costs_what_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tariff");
    let (mut files, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let file = TariffFile::read(&text, &path.display().to_string(), &site().zone).unwrap();
        assert!(!file.cases.is_empty(), "{path:?}");
        files += 1;
        for (place, case) in file.cases.iter().enumerate() {
            if let Some(why) = case.failing(&file.tariff, &site()) {
                wrong.push(format!("{}:{}: {why}", path.display(), file.line_of_case(place)));
            }
        }
        let classes: Vec<String> = file.tariff.rules.keys().cloned().collect();
        let errors = check(&file.tariff, &classes);
        assert!(errors.iter().all(|f| f.level > parkir::domain::tariff::Level::Error), "{path:?}: {errors:?}");
        let told = serde_json::to_string(&file.tariff).unwrap();
        assert_eq!(serde_json::from_str::<Tariff>(&told).unwrap(), file.tariff, "as the centre keeps it");
    }
    assert!(files >= 8, "{files} files");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn ask<'a>(stay: &'a Stay, calendar: &'a Calendar) -> FeeRequest<'a> {
    FeeRequest {
        lost: stay.lost,
        member: stay.member.then_some("a"),
        voucher: stay.voucher,
        ..FeeRequest::plain(CLASS, stay.entered, stay.left(0), calendar)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_is_below_zero_nothing_falls_with_time_and_lines_are_the_total(
        tariff in tariffs(), stay in stays(), more in 0_i64..3 * 86_400,
    ) {
        let calendar = calendar();
        let request = ask(&stay, &calendar);
        let fee = tariff.charge(&request).unwrap();
        prop_assert!(fee.total >= Rupiah::ZERO);
        prop_assert_eq!(fee.total, fee.lines.iter().map(|l| l.amount).sum::<Rupiah>());
        let later = FeeRequest { left: stay.left(more), ..request };
        prop_assert!(tariff.charge(&later).unwrap().total >= fee.total);
        // A preview changes nothing, and the figure without words is the figure with them.
        let bill = tariff.bill(&request).unwrap();
        prop_assert_eq!(tariff.charge(&request).unwrap(), fee.clone());
        prop_assert_eq!((bill.total, bill.tax, bill.items.len()), (fee.total, fee.tax, fee.lines.len()));
        if let Some(tax) = fee.tax {
            prop_assert!(tax.amount >= Rupiah::ZERO && tax.amount <= tax.of);
        }
    }

    #[test]
    fn never_above_the_cap(tariff in tariffs(), stay in stays()) {
        let calendar = calendar();
        let plain = FeeRequest::plain(CLASS, stay.entered, stay.left(0), &calendar);
        let fee = tariff.charge(&plain).unwrap();
        let rule = &tariff.rules[CLASS];
        let (Some(cap), Price::Blocks { .. }) = (rule.daily_cap, rule.price) else { return Ok(()) };
        let whole_stay = tariff.special.iter().any(|s| s.holds == parkir::domain::tariff::Holds::Stay);
        prop_assume!(!whole_stay);
        let days = match rule.day {
            Day::Hours24 => (stay.seconds - 1).max(0) / 86_400 + 1,
            Day::Midnight => (stay.seconds - 1).max(0) / 86_400 + 2,
        };
        let beyond: Rupiah = fee.lines.iter()
            .filter(|l| matches!(l.kind, LineKind::Overnight | LineKind::Rounding))
            .map(|l| l.amount).sum();
        prop_assert!(fee.total.0 <= (cap * days + beyond).0, "{} over {} days of {}", fee.total, days, cap);
    }

    #[test]
    fn who_has_an_advantage_never_pays_more_and_a_fine_is_on_top(tariff in tariffs(), stay in stays()) {
        let calendar = calendar();
        let plain = FeeRequest::plain(CLASS, stay.entered, stay.left(0), &calendar);
        let total = |request: &FeeRequest<'_>| tariff.charge(request).unwrap().total;
        let full = total(&plain);
        let voucher = total(&FeeRequest { voucher: stay.voucher, ..plain });
        prop_assert!(voucher <= full);
        prop_assert_eq!(total(&FeeRequest { voucher: Some(Voucher::Free), ..plain }), Rupiah::ZERO);
        prop_assert_eq!(total(&FeeRequest { voucher: Some(Voucher::Minutes(0)), ..plain }), full);
        let free = FeeRequest { free: Some("tamu"), lost: stay.lost, voucher: stay.voucher, ..plain };
        prop_assert_eq!(total(&free), Rupiah::ZERO);
        let lost = [Lost::Waived, Lost::Proven, Lost::Unproven].map(|lost| total(&FeeRequest { lost: Some(lost), ..plain }));
        prop_assert_eq!(lost[0], full);
        prop_assert!(lost[1] >= full && lost[2] >= lost[1]);
    }

    /// The closed form and the walk block by block are one: special hours that never come change nothing.
    #[test]
    fn special_hours_that_never_come_change_nothing(tariff in tariffs(), stay in stays()) {
        let calendar = calendar();
        let plain = FeeRequest::plain(CLASS, stay.entered, stay.left(0), &calendar);
        let mut without = tariff.clone();
        without.special.retain(|s| s.holds == parkir::domain::tariff::Holds::Stay);
        let mut with = without.clone();
        let never = r#"{"name":"Tak pernah","dates":["1999-01-01"],"flat_fee":999}"#;
        with.special.push(serde_json::from_str(never).unwrap());
        prop_assert_eq!(with.charge(&plain).unwrap(), without.charge(&plain).unwrap());
    }

    /// Rules that were in force before this engine keep their amounts and their lines.
    #[test]
    fn rules_of_before_cost_what_they_did(rule in oracle::rules(), seconds in 0_i64..40 * 86_400) {
        let stay = Stay { seconds, ..Stay::default() };
        let told = serde_json::json!({"version": 1, "effective_from": "1970-01-01T00:00:00Z", "rules": {CLASS: &rule}});
        let tariff: Tariff = serde_json::from_value(told).unwrap();
        let fee = tariff.charge(&FeeRequest::plain(CLASS, stay.entered, stay.left(0), &calendar())).unwrap();
        let lines: Vec<_> = fee.lines.iter().map(|l| (l.count, l.minutes, l.amount.0, l.text.clone())).collect();
        prop_assert_eq!(lines, rule.lines(seconds));
    }
}
