//! A member, a voucher and an ambulance: less than the price, each with its reason.

use super::{Day, office, today};
use serde_json::{Value, json};

/// A group's part of the price.
pub const RULES: &str = "[members.karyawan]\npercent = 50\n";
const CARD: &str = "K-77";
const PLATE: &str = "B 9 MBR";
const VOUCHER: i64 = 2000;

pub fn hire(day: &mut Day) {
    let arguments = ["member", "add", CARD, "Siti", "--group", "karyawan", "--plate", PLATE];
    office(&day.site, &arguments);
    for gate in [&mut day.entry, &mut day.exit] {
        gate.asks_until(&json!({"cmd": "status"}), |s| s["members"] == 1);
    }
}

/// Comes and goes; `of` says what is due of the full price. What was due.
fn through(day: &mut Day, plate: &str, mut leave: Value, of: fn(i64) -> i64) -> i64 {
    let car = day.comes(plate, "bus");
    (leave["cmd"], leave["qr"], leave["tendered"]) = (json!("leave"), car["qr"].clone(), json!(500_000));
    let answer = day.exit.yes(&leave);
    let due = of(Day::due(&today("bus"), &car["at"], &answer));
    assert_eq!(answer["fee"], due, "{leave} {answer}");
    assert_eq!(day.back.through(&mut day.exit)["stay"], answer["stay"]);
    day.takings.add("tunai", due);
    day.left += 1;
    due
}

pub fn leave(day: &mut Day) {
    through(day, PLATE, json!({}), |full| full / 2);
    let voucher = json!({"reference": "TOKO-0001", "worth": VOUCHER.to_string()});
    through(day, "B 9 VCR", json!({"voucher": voucher}), |full| (full - VOUCHER).max(0));
    let free = json!({"reason": "Ambulans", "note": "RS Harapan"});
    let pin = day.pin.clone();
    through(day, "B 9 AMB", json!({"free": free, "supervisor": "Rina", "pin": pin}), |_| 0);
}
