//! After the outage the car park takes money on the way in: paid in full, put right into a dearer class, gone within the
//! grace, by QRIS, lost. The books must have both sides.

use super::{CLASSES, Day, office, tariff_file, today};
use crate::reckoning::Takings;
use serde_json::{Value, json};

/// So many of them drive out here.
pub const GONE: usize = 6;

/// Takes in, with the money; what was paid is the first hour, grace or not.
fn pays(day: &mut Day, taken: &mut Takings, plate: &str, class: &str, method: &str) -> Value {
    let price = today(class).0;
    let ask = json!({"cmd": "enter", "plate": plate, "class": class});
    let due = day.entry.ask(&ask);
    assert_eq!(
        (&due["error"]["code"], &due["error"]["amount"]),
        (&json!("prepayment_due"), &json!(price)),
        "{due}"
    );
    let mut ask = ask;
    ask["method"] = json!(method);
    if method == "tunai" {
        ask["tendered"] = json!(price + 500);
    } else {
        (ask["amount"], ask["reference"]) = (json!(price), json!("99887766"));
    }
    let car = day.entry.yes(&ask);
    assert_eq!(car["prepaid"]["amount"], price, "{car}");
    assert_eq!(day.front.through(&mut day.entry)["stay"], car["stay"]);
    taken.add(method, price);
    day.entered += 1;
    car
}

/// What the entry took: its own shift's, and no exit's.
pub fn hour(day: &mut Day) -> Takings {
    let rules = day.site.rig.folder.join("tarif-di-depan.toml");
    let text = CLASSES.iter().fold(tariff_file(), |text, class| {
        text.replace(&format!("[rules.{class}]\n"), &format!("[rules.{class}]\nprepaid = true\n"))
    });
    std::fs::write(&rules, text).unwrap();
    let settings = |gate: &mut crate::support::face::Head| gate.status()["settings"].as_u64();
    let before = [settings(&mut day.entry), settings(&mut day.exit)];
    office(&day.site, &["tariff", "add", rules.to_str().unwrap(), "--now"]);
    for (gate, before) in [&mut day.entry, &mut day.exit].into_iter().zip(before) {
        gate.asks_until(&json!({"cmd": "status"}), |s| s["settings"].as_u64() > before);
    }
    let mut taken = Takings::default();
    for (n, class) in CLASSES.into_iter().enumerate() {
        let method = if n % 2 == 0 { "tunai" } else { "qris" };
        let car = pays(day, &mut taken, &format!("G {} DP", 5000 + n), class, method);
        day.exit.knows(&car["ticket"]);
        // No class costs more than its first hour so soon, and within its grace what was paid does not go back.
        leaves(day, &car, class, today(class).0, 0, json!({}));
    }
    // One that stays, one of a class that was taken down wrongly, and one whose ticket is lost.
    pays(day, &mut taken, "G 5100 DP", "mobil", "tunai");
    let wrong = pays(day, &mut taken, "G 5200 DP", "motor", "tunai");
    day.entry.yes(&json!({"cmd": "correct", "stay": wrong["stay"], "class": "truk"}));
    day.exit.asks_until(&json!({"cmd": "quote", "stay": wrong["stay"]}), |quote| quote["class"] == "truk");
    leaves(day, &wrong, "truk", today("motor").0, 0, json!({}));
    let lost = pays(day, &mut taken, "G 5300 DP", "bus", "tunai");
    day.exit.knows(&lost["ticket"]);
    leaves(day, &lost, "bus", today("bus").0, today("bus").4, json!({"lost": true}));
    day.takings.fines += today("bus").4;
    taken
}

/// The price less what was paid, never below nothing; a fine is on top of it.
fn leaves(day: &mut Day, car: &Value, class: &str, paid: i64, fine: i64, mut leave: Value) {
    (leave["cmd"], leave["stay"], leave["tendered"]) = (json!("leave"), car["stay"].clone(), json!(500_000));
    // Of no second at all nothing costs anything, and nothing would be taken off.
    day.exit
        .asks_until(&json!({"cmd": "quote", "stay": car["stay"]}), |quote| quote["seconds"].as_i64() > Some(0));
    let answer = day.exit.yes(&leave);
    let due = (Day::due(&today(class), &car["at"], &answer) - paid).max(0) + fine;
    assert_eq!(answer["fee"], due, "{class} {leave} {answer}");
    assert_eq!(day.back.through(&mut day.exit)["stay"], answer["stay"]);
    day.takings.add("tunai", due);
    day.left += 1;
}
