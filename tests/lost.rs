//! Lost tickets and what supervisors put right, at real gates: fined with proof and without, let off, paid back once and
//! twice, exits taken back and corrected without the line, and the books that say it all.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use support::face::{Head, once, parkir, until};
use support::site::Site;

/// What `parkir` says with the admin's kit.
fn office(site: &Site, arguments: &[&str]) -> Value {
    let config = site.config("admin", "admin", "");
    let output = parkir().args(arguments).arg("--json").arg("--config").arg(config).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A site that fines: no grace, 20 000 for a lost ticket, 30 000 for a time that is not proven. Sari supervises.
async fn site(gates: &[(&str, &str)]) -> (Site, String) {
    let site = Site::new(gates);
    site.rows(
        "INSERT INTO tarif (situs, versi, berlaku_sejak, aturan)
         SELECT t.situs, t.versi + 1, now() - interval '1 day', jsonb_object_agg(j.key,
             j.value || '{\"grace_minutes\": 0, \"lost_fine\": 20000, \"lost_fee\": 30000}')
         FROM tarif t, jsonb_each(t.aturan) j GROUP BY t.situs, t.versi",
    )
    .await;
    let sari = office(&site, &["user", "add", "Sari", "--role", "supervisor"])["pin"].as_str().unwrap().to_owned();
    (site, sari)
}

fn gate(site: &Site, side: &str, name: &str) -> Head {
    let mut head = Head::start(side, &site.config(name, name, ""));
    head.settled();
    until("a shift", || head.status()["shift"].as_str().map(str::to_owned));
    head
}

/// Asks until the stay costs something: its first second is free.
fn due(head: &mut Head, stay: &Value) {
    head.asks_until(&json!({"cmd": "quote", "stay": stay}), |quote| quote["fee"].as_i64() > Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fine_goes_back_once_and_of_two_gates_without_a_line_the_second_is_flagged() {
    let (mut site, pin) = site(&[("A1", "in"), ("B1", "out"), ("B2", "out")]).await;
    let mut entry = gate(&site, "in", "A1");
    let (mut exit, mut other) = (gate(&site, "out", "B1"), gate(&site, "out", "B2"));
    let car = entry.enter("B 1234 XYZ", "mobil");
    entry.enter("D 77 KK", "motor");
    entry.settled();
    exit.knows(&car["ticket"]);

    let found = exit.asks_until(&json!({"cmd": "find_lost", "hours": 2}), |a| a["stays"][1].is_object());
    assert_eq!(found["stays"].as_array().map(Vec::len), Some(2));
    let found = exit.yes(&json!({"cmd": "find_lost", "query": "234", "class": "mobil", "hours": 1}));
    assert_eq!((&found["stays"][0]["stay"], found["stays"].as_array().map(Vec::len)), (&car["stay"], Some(1)));
    let none = exit.yes(&json!({"cmd": "find_lost", "query": "234", "class": "motor"}));
    assert_eq!(none["stays"], json!([]));

    due(&mut exit, &car["stay"]);
    let quote = exit.yes(&json!({"cmd": "quote", "stay": car["stay"], "lost": true}));
    let kinds: Vec<&str> = quote["lines"].as_array().unwrap().iter().filter_map(|l| l["kind"].as_str()).collect();
    assert_eq!((&quote["fee"], &kinds[..]), (&json!(25_000), &["first", "lost_fine"][..]));
    let leave =
        json!({"cmd": "leave", "stay": car["stay"], "lost": {"seen": "STNK 12-34 5X"}, "tendered": 25_000});
    let out = exit.yes(&leave);
    let code = out["lost"]["claim"].as_str().unwrap().to_owned();
    assert_eq!((&out["lost"]["how"], &out["lost"]["fine"]), (&json!("proven"), &json!(20_000)));
    exit.settled();
    let kept = "SELECT isi #>> '{personal,stnk,value}', isi #>> '{body,lost,seen_by}', isi::text LIKE '%STNK%' \
        FROM peristiwa WHERE jenis = 'left'";
    site.comes_to(kept, "345X|budi|f").await;

    site.rig.cluster.stop_immediate().unwrap();
    exit.link("down");
    other.link("down");
    let refund = |more: Value| {
        let mut asked = json!({"cmd": "refund", "code": code, "reason": "tiket ditemukan", "supervisor": "sari"});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        asked
    };
    assert_eq!(exit.no(&refund(json!({}))), "not_allowed");
    assert_eq!(exit.no(&refund(json!({"pin": "000000"}))), "not_allowed");
    assert_eq!(exit.no(&refund(json!({"pin": pin, "code": "7K29QX4M0"}))), "claim_unknown");
    let paid = exit.yes(&refund(json!({"pin": pin, "amount": 999_000})));
    assert_eq!(
        (&paid["amount"], &paid["unverified"]),
        (&json!(20_000), &json!(false)),
        "what was taken goes back"
    );
    assert_eq!(exit.no(&refund(json!({"pin": pin}))), "paid_back");
    // The other gate heard of nothing: the receipt says how much.
    assert_eq!(other.no(&refund(json!({"pin": pin}))), "amount_needed");
    let again = other.yes(&refund(json!({"pin": pin, "amount": 20_000})));
    assert_eq!(again["unverified"], true);
    // Nor is an exit taken back whose fine is gone.
    let void = json!({"cmd": "void", "stay": car["stay"], "reason": "salah", "supervisor": "Sari", "pin": pin});
    assert_eq!(exit.no(&void), "paid_back");

    site.rig.cluster.start_again().unwrap();
    exit.settled();
    other.settled();
    let rows = "SELECT gerbang, jumlah, pengawas, array_to_string(tanda, ',') FROM denda_kembali ORDER BY id";
    site.comes_to(rows, "B1|20000|Sari|\nB2|20000|Sari|unverified,ganda").await;
    site.comes_to(
        "SELECT sum(total), sum(dikembalikan), sum(bersih) FROM pendapatan_bersih",
        "25000|40000|-15000",
    )
    .await;
    let listed = office(&site, &["refund"]);
    assert_eq!((listed[0]["claim"].as_str(), listed.as_array().map(Vec::len)), (Some(code.as_str()), Some(2)));
    // With the line the centre says no, at any gate and in the office.
    entry.link("up");
    assert_eq!(entry.no(&refund(json!({"pin": pin, "amount": 20_000}))), "paid_back");
    let (status, _, said) = once(&["refund", &code, "--reason", "lagi"], &site.config("admin", "admin", ""));
    assert!(status == 1 && said.contains("SUDAH dikembalikan"), "{said}");

    let closed = exit.yes(&json!({"cmd": "shift_close"}));
    let totals = &closed["totals"];
    assert_eq!((&totals["lost"]["sum"], &totals["fines"]["sum"]), (&json!(5_000), &json!(20_000)));
    assert_eq!((&totals["refunds"]["sum"], &closed["revenue"]), (&json!(20_000), &json!(25_000)));
    assert_eq!(closed["expected"], 5_000);
    for head in [entry, exit, other] {
        head.quit();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_proof_more_is_due_and_no_fine_for_a_ticket_that_never_was_or_that_a_supervisor_lets_off() {
    let (site, pin) = site(&[("A1", "both")]).await;
    let printer = "[printer]\nkind = \"tcp\"\naddress = \"127.0.0.1:1\"";
    let mut head = Head::start("in", &site.config("A1", "A1", printer));
    head.settled();
    let stated = (jiff::Timestamp::now() - jiff::SignedDuration::from_mins(30)).to_string();
    let no_data = json!({"cmd": "leave_no_data", "plate": "B 9 ZZ", "class": "mobil", "entered_at": stated,
        "reason": "hilang", "lost": true, "tendered": 50_000});
    let out = head.yes(&no_data);
    assert_eq!((&out["fee"], &out["lost"]["how"]), (&json!(50_000), &json!("unproven")), "{out}");
    assert!(out["lost"]["claim"].is_string());

    let car = head.enter("B 1 AA", "mobil");
    due(&mut head, &car["stay"]);
    let quote = head.asks_until(&json!({"cmd": "quote", "stay": car["stay"], "lost": true}), |quote| {
        quote["warnings"].as_array().is_some_and(|w| w.contains(&json!("ticket_unproven")))
    });
    assert_eq!(quote["fee"], 5_000);
    let out = head.yes(&json!({"cmd": "leave", "stay": car["stay"], "lost": true, "tendered": 5_000}));
    let lost = &out["lost"];
    assert_eq!(
        (&lost["how"], &lost["waived"], &lost["fine"]),
        (&json!("waived"), &json!("not_printed"), &json!(0))
    );
    assert!(lost["claim"].is_null(), "nothing was taken");
    head.quit();

    let mut head = gate(&site, "in", "A1");
    let car = head.enter("B 2 BB", "mobil");
    let waive = |pin: &str| {
        json!({"cmd": "leave", "stay": car["stay"], "lost": {"waive": "pelanggan tetap"}, "supervisor": "Sari",
            "pin": pin, "tendered": 5_000})
    };
    due(&mut head, &car["stay"]);
    assert_eq!(head.no(&waive("123456")), "not_allowed");
    let out = head.yes(&waive(&pin));
    assert_eq!((&out["fee"], &out["lost"]["waived"]), (&json!(5_000), &json!("pelanggan tetap")));
    assert_eq!(out["lost"]["by"], json!({"supervisor": "Sari", "proven": true}));
    head.settled();
    site.comes_to("SELECT biaya, tanda @> '{lost}' FROM transaksi ORDER BY tanggal", "50000|t\n5000|t\n5000|t")
        .await;
    head.quit();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_is_taken_back_and_another_corrected_without_the_line_and_the_books_follow() {
    let (mut site, pin) = site(&[("A1", "both")]).await;
    let mut head = gate(&site, "in", "A1");
    site.rig.cluster.stop_immediate().unwrap();
    head.link("down");
    let cars: Vec<Value> = ["B 1 AA", "B 2 BB"].iter().map(|plate| head.enter(plate, "mobil")).collect();
    for car in &cars {
        due(&mut head, &car["stay"]);
        head.yes(&json!({"cmd": "leave", "stay": car["stay"], "tendered": 10_000}));
    }
    let exits = head.yes(&json!({"cmd": "exits"}));
    assert_eq!((&exits["exits"][0]["stay"], &exits["exits"][0]["method"]), (&cars[1]["stay"], &json!("tunai")));
    let void = |reason: &str, pin: &str| json!({"cmd": "void", "stay": cars[0]["stay"], "reason": reason, "supervisor": "Sari", "pin": pin});
    assert_eq!(head.no(&void("salah kendaraan", "111111")), "not_allowed");
    assert_eq!(head.no(&void(" ", &pin)), "reason_missing");
    assert_eq!(head.yes(&void("salah kendaraan", &pin))["inside"], true);
    assert_eq!(head.no(&void("lagi", &pin)), "exit_unknown");
    head.yes(&json!({"cmd": "quote", "stay": cars[0]["stay"]}));

    let correct = |more: Value| {
        let mut asked = json!({"cmd": "correct_method", "stay": cars[1]["stay"], "method": "qris",
            "reason": "dibayar QRIS", "supervisor": "Sari", "pin": pin});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        asked
    };
    assert_eq!(head.no(&correct(json!({}))), "reference_missing");
    assert_eq!(head.no(&correct(json!({"method": "tunai"}))), "method_unknown", "it is cash already");
    assert_eq!(head.yes(&correct(json!({"reference": "88412290"})))["exit"]["method"], "qris");

    let closed = head.yes(&json!({"cmd": "shift_close"}));
    let totals = &closed["totals"];
    assert_eq!((&totals["voids"]["count"], &totals["voids"]["sum"]), (&json!(1), &json!(5_000)));
    assert_eq!((&totals["methods"]["qris"]["sum"], totals["methods"].get("tunai")), (&json!(5_000), None));
    assert_eq!((&closed["revenue"], &closed["expected"]), (&json!(5_000), &json!(0)));
    // What is printed and signed is the admin's.
    let late = json!({"cmd": "void", "stay": cars[1]["stay"], "reason": "x", "supervisor": "Sari", "pin": pin});
    assert_eq!(head.no(&late), "exit_unknown");

    site.rig.cluster.start_again().unwrap();
    head.settled();
    site.comes_to("SELECT metode, batal, biaya FROM transaksi ORDER BY tanggal", "tunai|t|5000\nqris|f|5000")
        .await;
    site.comes_to(
        "SELECT metode, jumlah, total, batal, total_batal FROM pendapatan_harian ORDER BY metode",
        "qris|1|5000|0|0\ntunai|0|0|1|5000",
    )
    .await;
    site.comes_to("SELECT plat_nomor FROM kendaraan", "B1AA").await;
    let shift = office(&site, &["shift", "list"]);
    let row = shift.as_array().unwrap().iter().find(|row| row["closed_at"].is_string()).unwrap();
    assert_eq!((&row["reported"], &row["revenue"]), (&json!(5_000), &json!(5_000)), "the slip and the books");

    let ticket = cars[1]["ticket"].as_str().unwrap();
    let done = office(&site, &["void", ticket, "--reason", "uang kembali"]);
    assert_eq!((&done["exit"]["stay"], &done["inserted"]), (&cars[1]["stay"], &json!(1)));
    site.comes_to("SELECT count(*) FROM kendaraan", "2").await;
    head.asks_until(&json!({"cmd": "quote", "stay": cars[1]["stay"]}), |quote| quote["ok"] == true);
    let (status, _, said) = once(&["void", ticket, "--reason", "lagi"], &site.config("admin", "admin", ""));
    assert!(status == 1 && said.contains("tidak ada transaksi keluar"), "{said}");
    head.quit();
}
