//! Defect 3: `hitung_biaya_parkir()`.

use crate::support::face::Head;
use parkir::domain::money::Rupiah;
use parkir::domain::tariff::{Calendar, FeeRequest, Member, Tariff};
use serde_json::{Value, json};

/// Monday morning in Jakarta.
const ENTERED: i64 = 1_799_024_400;

fn after(tariff: &Tariff, seconds: i64, member: Option<&str>) -> i64 {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(7));
    let calendar = Calendar { zone, holidays: [].into() };
    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    let plain = FeeRequest::plain("mobil", at(ENTERED), at(ENTERED + seconds), &calendar);
    tariff.charge(&FeeRequest { member, ..plain }).unwrap().total.0
}

#[test]
fn defect_3_within_the_grace_nothing_is_due_and_minute_11_costs_one_block() {
    let tariff = Tariff::built_in();
    for (seconds, fee) in [(0, 0), (59, 0), (9 * 60, 0), (10 * 60, 0), (10 * 60 + 1, 5000), (11 * 60, 5000)] {
        assert_eq!(after(&tariff, seconds, None), fee, "{seconds} s");
    }
}

#[test]
fn defect_3_the_cap_holds_wherever_the_grace_ends() {
    let mut tariff = Tariff::built_in();
    // A cap below the first block, the first second behind the grace.
    tariff.rules.get_mut("mobil").unwrap().daily_cap = Some(Rupiah(3000));
    for (seconds, fee) in [(600, 0), (601, 3000), (3600, 3000), (86_400, 3000)] {
        assert_eq!(after(&tariff, seconds, None), fee, "{seconds} s");
    }
}

#[test]
fn defect_3_no_second_is_rounded_away_or_added() {
    let tariff = Tariff::built_in();
    for (seconds, fee) in [(3600, 5000), (3601, 7000), (3629, 7000), (3631, 7000), (7200, 7000), (7201, 9000)] {
        assert_eq!(after(&tariff, seconds, None), fee, "{seconds} s");
    }
}

#[test]
fn defect_3_a_member_is_one_by_the_membership_and_not_by_a_number_that_looks_like_it() {
    let mut tariff = Tariff::built_in();
    tariff.members.insert("karyawan".into(), Member::Free(true));
    tariff.members.insert("toko".into(), Member::Percent(50));
    for (member, fee) in [(None, 5000), (Some("karyawan"), 0), (Some("toko"), 2500), (Some("B1234XYZ"), 5000)] {
        assert_eq!(after(&tariff, 1800, member), fee, "{member:?}");
    }
}

#[test]
fn defect_3_asking_for_the_fee_checks_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, format!("data_dir = {:?}\n[gate]\nid = \"A1\"\n", folder.path())).unwrap();
    let mut gate = Head::start("out", &config);
    let car = gate.enter("B 1 AA", "mobil");
    let before = gate.status()["seq"].clone();
    for key in ["ticket", "qr", "stay"] {
        let quote = gate.yes(&json!({"cmd": "quote", key: car[key]}));
        assert_eq!(quote["stay"], car["stay"]);
    }
    assert_eq!(gate.status()["seq"], before, "a fact was written");
    let inside = gate.yes(&json!({"cmd": "find", "query": car["ticket"]}))["stays"].clone();
    assert_eq!(inside.as_array().map(Vec::len), Some(1));
    // Without cash the books say what was paid, never what it would cost by now.
    let mut leave = json!({"cmd": "leave", "ticket": car["ticket"], "method": "qris", "reference": "88412290"});
    assert_eq!(gate.no(&leave), "amount_missing");
    leave["amount"] = json!(1);
    let error = gate.ask(&leave)["error"].clone();
    assert_eq!((&error["code"], &error["paid"]), (&json!("paid_other"), &json!(1)));
    leave["amount"] = error["fee"].clone();
    assert_eq!(gate.status()["seq"], before, "a fact was written");
    assert_eq!(gate.yes(&leave)["tendered"], error["fee"]);
    assert_ne!(gate.status()["seq"], before);
    assert_eq!(
        gate.ask(&json!({"cmd": "quote", "ticket": car["ticket"]}))["error"]["code"],
        Value::from("already_out")
    );
    gate.quit();
}
