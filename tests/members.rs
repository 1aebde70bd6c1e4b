//! Members, vouchers and free passages through headless gates and the command line: from a list at the centre to an exit
//! while PostgreSQL is down.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use support::face::{Head, parkir, until};
use support::site::Site;

/// What `parkir` says with the admin's kit, and how it ended.
fn office(site: &Site, arguments: &[&str]) -> (bool, String) {
    let config = site.config("admin", "admin", "");
    let output = parkir().args(arguments).arg("--config").arg(config).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// No grace; employees pay half, everybody else the built-in price.
async fn tariff(site: &Site) {
    site.rows(
        "INSERT INTO tarif (situs, versi, berlaku_sejak, aturan, umum)
         SELECT situs, versi + 1, now() - interval '1 day',
                replace(aturan::text, '\"grace_minutes\": 10', '\"grace_minutes\": 0')::jsonb,
                '{\"members\": {\"Karyawan\": {\"percent\": 50}}}' FROM tarif",
    )
    .await;
}

fn list(site: &Site, name: &str, text: &str) -> String {
    let path = site.rig.folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn member(warnings: &Value) -> Option<&Value> {
    warnings.as_array().unwrap().iter().find_map(|w| w.get("member"))
}

fn has(warnings: &Value, name: &str) -> bool {
    warnings.as_array().unwrap().iter().any(|w| w == name || w.get(name).is_some())
}

/// The body of the newest fact of a kind in a gate's journal, and its commitments.
fn newest(site: &Site, gate: &str, kind: &str) -> Value {
    let journal = rusqlite::Connection::open(site.data(gate).join("offline_data/journal.db")).unwrap();
    let sql = "SELECT envelope FROM fact WHERE kind = ?1 ORDER BY n DESC LIMIT 1";
    let text: String = journal.query_row(sql, [kind], |row| row.get(0)).unwrap();
    serde_json::from_str(&text).unwrap()
}

const LIST: &str = "kartu;nama;golongan;plat;sampai\nK-01;Siti Aminah;karyawan;B 1 AA|B 2 BB;\nK-02;Joko;karyawan;B 3 CC;31/12/2020\n";

fn sell(head: &mut Head, more: Value) -> Value {
    let mut command = json!({"cmd": "leave", "method": "tunai", "tendered": 100000});
    command.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    head.yes(&command)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_enters_and_leaves_by_its_groups_price_while_postgresql_is_down() {
    let mut site = Site::new(&[("A1", "in"), ("B1", "out")]);
    tariff(&site).await;
    let bad = list(&site, "bad.csv", &format!("{LIST}K-03;;karyawan;;\n"));
    let (ok, said) = office(&site, &["member", "import", &bad]);
    assert!(!ok && said.contains("baris 4: nama"), "{said}");
    assert_eq!(
        office(&site, &["member", "list"]).1,
        "Tidak ada anggota.\n",
        "a bad line and all of them stay out"
    );
    let good = list(&site, "good.csv", LIST);
    assert!(office(&site, &["member", "import", &good]).1.contains("2 baru, 0 diubah, 0 sama"));
    assert!(office(&site, &["member", "import", &good]).1.contains("0 baru, 0 diubah, 2 sama"));
    let out = site.rig.folder.join("out.csv").display().to_string();
    assert!(office(&site, &["member", "export", &out]).0);
    assert!(office(&site, &["member", "import", &out]).1.contains("0 baru, 0 diubah, 2 sama"));

    let mut entry = Head::start("in", &site.config("A1", "A1", ""));
    let mut exit = Head::start("out", &site.config("B1", "B1", ""));
    for gate in [&mut entry, &mut exit] {
        gate.asks_until(&json!({"cmd": "status"}), |s| s["members"] == 2 && s["pending"] == 0);
    }
    site.rig.cluster.stop_immediate().unwrap();
    entry.link("down");
    exit.link("down");

    let siti = entry.enter("b 1 aa", "mobil");
    assert_eq!(member(&siti["warnings"]).unwrap()["name"], "Siti Aminah");
    assert!(!has(&siti["warnings"], "member_inside"));
    // The other car of the same card, while the first is inside: told, flagged, and let in.
    let second = entry.enter("B 2 BB", "mobil");
    assert!(has(&second["warnings"], "member_inside"), "{second}");
    let note = newest(&site, "A1", "note");
    assert_eq!((&note["body"]["what"], &note["body"]["stay"]), (&json!("member_inside"), &second["stay"]));
    let joko = entry.enter("B 3 CC", "mobil");
    assert_eq!(member(&joko["warnings"]).unwrap()["standing"], "expired");
    let guest = entry.enter("B 4 DD", "mobil");
    assert_eq!(member(&guest["warnings"]), None);

    // The first second of a stay is free of every tariff.
    let quote = exit.asks_until(&json!({"cmd": "quote", "qr": guest["qr"]}), |quote| quote["fee"] == 5000);
    assert_eq!(member(&quote["warnings"]), None);
    let quote = exit.yes(&json!({"cmd": "quote", "qr": siti["qr"]}));
    assert_eq!((&quote["fee"], &quote["lines"][1]["kind"]), (&json!(2500), &json!("member")));
    assert_eq!(exit.yes(&json!({"cmd": "quote", "qr": siti["qr"], "member": false}))["fee"], 5000);
    assert_eq!(sell(&mut exit, json!({"qr": siti["qr"]}))["fee"], 2500);
    let fact = newest(&site, "B1", "left");
    assert_eq!(fact["body"]["member"], json!({"group": "karyawan", "standing": "valid", "by": "plate"}));
    assert!(fact["body"]["flags"].as_array().unwrap().contains(&json!("member")));
    // The card is a personal field, and the body does not say it.
    assert_eq!(fact["personal"]["member"]["value"], "K01");
    assert!(fact["commit"]["member"].is_string() && !fact["body"].to_string().contains("K01"));
    assert!(!fact.to_string().contains("Siti"));

    // Expired: the ordinary price, and why.
    let left = sell(&mut exit, json!({"qr": joko["qr"]}));
    assert_eq!((&left["fee"], &member(&left["warnings"]).unwrap()["standing"]), (&json!(5000), &json!("expired")));
    // A card for a car that is not of it.
    let left = sell(&mut exit, json!({"qr": guest["qr"], "member": "k 01"}));
    assert_eq!(left["fee"], 2500);
    assert!(has(&left["warnings"], "member_other_plate"));
    assert_eq!(exit.no(&json!({"cmd": "quote", "qr": second["qr"], "member": "TIDAKADA"})), "member_unknown");
    // A member nobody saw come in.
    let hour = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(30);
    let left = exit.yes(&json!({"cmd": "leave_no_data", "plate": "B 1 AA", "class": "mobil", "tendered": 100000,
        "entered_at": hour.to_string(), "reason": "uji"}));
    assert!(has(&left["warnings"], "member_no_entry") && left["fee"] == 2500, "{left}");

    // Headless gates need no line to be right; with it all of it stands in the books.
    site.rig.cluster.start_again().unwrap();
    exit.settled();
    entry.settled();
    let sql = "SELECT count(*), sum(biaya) FROM transaksi WHERE 'member' = ANY (tanda)";
    site.comes_to(sql, "3|7500").await;

    // What the office changes is heard without a restart.
    assert!(office(&site, &["member", "end", "K01"]).0);
    let ended = until("the end of K01", || {
        let quote = exit.yes(&json!({"cmd": "quote", "qr": second["qr"]}));
        (quote["fee"] == 5000).then_some(quote)
    });
    assert_eq!(member(&ended["warnings"]).unwrap()["standing"], "ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_goes_once_and_a_free_passage_needs_a_supervisor() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    tariff(&site).await;
    let hired = office(&site, &["user", "add", "Ani", "--role", "supervisor", "--json"]).1;
    let pin = serde_json::from_str::<Value>(&hired).unwrap()["pin"].clone();
    let mut entry = Head::start("in", &site.config("A1", "A1", ""));
    let mut exit = Head::start("out", &site.config("B1", "B1", ""));
    entry.settled();
    exit.asks_until(&json!({"cmd": "status"}), |s| s["settings"].as_u64() > Some(1) && s["link"] == "up");
    let cars: Vec<Value> = ["B 1 AA", "B 2 BB", "B 3 CC"].iter().map(|p| entry.enter(p, "mobil")).collect();

    exit.asks_until(&json!({"cmd": "quote", "qr": cars[2]["qr"]}), |quote| quote["fee"] == 5000);

    let voucher = json!({"reference": "v-001", "worth": "2000"});
    let left = sell(&mut exit, json!({"qr": cars[0]["qr"], "voucher": voucher}));
    assert_eq!((&left["fee"], &left["lines"][1]["kind"]), (&json!(3000), &json!("voucher")));
    let note = newest(&site, "B1", "left")["body"]["voucher"].clone();
    assert_eq!(note, json!({"reference": "V-001", "worth": {"amount": 2000}, "off": 2000}));
    let again = json!({"cmd": "leave", "qr": cars[1]["qr"], "tendered": 100000, "voucher": voucher});
    assert_eq!(exit.no(&again), "voucher_used");
    assert_eq!(
        exit.no(&json!({"cmd": "quote", "qr": cars[1]["qr"], "voucher": {"reference": "x", "worth": "1"}})),
        "voucher_unread"
    );
    // Behind a restart it is still known.
    exit.quit();
    let mut exit = Head::start("out", &site.config("B1", "B1", ""));
    assert_eq!(exit.no(&again), "voucher_used");

    let free = json!({"reason": "Ambulans", "note": "RS Harapan"});
    let quote = exit.yes(&json!({"cmd": "quote", "qr": cars[1]["qr"], "free": free}));
    assert_eq!(
        (&quote["fee"], &quote["lines"][1]["text"]),
        (&json!(0), &json!("Bebas biaya: Ambulans, RS Harapan"))
    );
    let leave = |more: Value| {
        let mut command = json!({"cmd": "leave", "qr": cars[1]["qr"], "tendered": 0, "free": free});
        command.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        command
    };
    assert_eq!(exit.no(&leave(json!({}))), "not_allowed");
    assert_eq!(exit.no(&leave(json!({"supervisor": "Ani", "pin": "000000"}))), "not_allowed");
    let left = exit.yes(&leave(json!({"supervisor": "Ani", "pin": pin})));
    assert_eq!(left["fee"], 0);
    let body = newest(&site, "B1", "left")["body"].clone();
    assert_eq!(
        body["free"],
        json!({"reason": "Ambulans", "note": "RS Harapan",
        "by": {"supervisor": "Ani", "proven": true}, "off": 5000})
    );
    assert!(sell(&mut exit, json!({"qr": cars[2]["qr"]}))["fee"] == 5000);
    let status = exit.asks_until(&json!({"cmd": "status"}), |s| s["pending"] == 0);
    assert_eq!(status["parked"], 0);
    // The slip counts both apart from what was paid in full.
    exit.yes(&json!({"cmd": "shift_close", "reason": ""}));
    let totals = &newest(&site, "B1", "shift_closed")["body"]["totals"];
    assert_eq!(totals["free"], json!({"count": 2, "sum": 3000}), "{totals}");
    assert_eq!(totals["regular"]["count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_that_two_exits_took_in_an_outage_is_shown_to_the_office_by_gate() {
    let mut site = Site::new(&[("A1", "in"), ("B1", "out"), ("B2", "out")]);
    tariff(&site).await;
    let mut entry = Head::start("in", &site.config("A1", "A1", ""));
    let exits = ["B1", "B2"].map(|gate| Head::start("out", &site.config(gate, gate, "")));
    entry.settled();
    let cars = ["B 1 AA", "B 2 BB"].map(|plate| entry.enter(plate, "mobil"));
    let mut exits = exits.map(|mut exit| {
        exit.asks_until(&json!({"cmd": "status"}), |s| s["settings"].as_u64() > Some(1) && s["link"] == "up");
        exit
    });
    site.rig.cluster.stop_immediate().unwrap();
    let voucher = json!({"reference": "v-007", "worth": "2000"});
    for (exit, car) in exits.iter_mut().zip(&cars) {
        exit.link("down");
        exit.asks_until(&json!({"cmd": "quote", "qr": car["qr"]}), |quote| quote["fee"] == 5000);
        let left = sell(exit, json!({"qr": car["qr"], "voucher": voucher}));
        assert_eq!(left["fee"], 3000, "nobody can know here");
    }
    site.rig.cluster.start_again().unwrap();
    for exit in &mut exits {
        exit.settled();
    }
    let (ok, said) = office(&site, &["voucher", "--twice"]);
    let uses: Vec<&str> = said.lines().filter(|line| line.contains("V-007")).collect();
    assert!(ok && uses.len() == 2, "{said}");
    assert!(["B1", "B2"].iter().all(|gate| uses.iter().any(|line| line.contains(gate))), "{said}");
    let last = entry.enter("B 3 CC", "mobil");
    exits[0].asks_until(&json!({"cmd": "quote", "qr": last["qr"]}), |quote| quote["fee"] == 5000);
    let once = sell(&mut exits[0], json!({"qr": last["qr"], "voucher": {"reference": "v-008", "worth": "2000"}}));
    assert_eq!(once["ok"], true);
    for exit in &mut exits {
        exit.settled();
    }
    assert!(!office(&site, &["voucher", "--twice"]).1.contains("V-008"));
}
