//! Bayar di depan at real gates: nothing is recorded before the money is there, the exit takes it off, with the line and
//! without, and the books have both sides.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use parkir::device::sim::display::DisplaySim;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::sync::mpsc::channel;
use support::face::{GUARD, Head, once, until};
use support::pty::{ENTER, F6, F9, Pty};
use support::site::Site;

/// No grace, and every class but the bus is paid on the way in.
async fn site(gates: &[(&str, &str)]) -> Site {
    let site = unmanned(gates).await;
    // Where there are people, gates keep shifts.
    let config = site.config("admin", "admin", "");
    let (status, _, said) = once(&["user", "add", "Sari", "--role", "supervisor"], &config);
    assert_eq!(status, 0, "{said}");
    site
}

/// The same where nobody logs in.
async fn unmanned(gates: &[(&str, &str)]) -> Site {
    let site = Site::new(gates);
    site.rows(
        "INSERT INTO tarif (situs, versi, berlaku_sejak, aturan)
         SELECT t.situs, t.versi + 1, now() - interval '1 day', jsonb_object_agg(j.key,
             j.value || '{\"grace_minutes\": 0}' || CASE j.key WHEN 'bus' THEN '{}' ELSE '{\"prepaid\": true}' END::jsonb)
         FROM tarif t, jsonb_each(t.aturan) j GROUP BY t.situs, t.versi",
    )
    .await;
    site
}

fn gate(site: &Site, side: &str, name: &str) -> Head {
    let mut head = Head::start(side, &site.config(name, name, ""));
    head.settled();
    until("a shift", || head.status()["shift"].as_str().map(str::to_owned));
    head
}

fn enter(plate: &str, class: &str, tendered: i64) -> Value {
    json!({"cmd": "enter", "plate": plate, "class": class, "tendered": tendered, "method": "tunai"})
}

/// Asks until the second it stands here is over: a stay of no time costs nothing.
fn quote(head: &mut Head, stay: &Value) -> Value {
    head.asks_until(&json!({"cmd": "quote", "stay": stay}), |quote| quote["seconds"].as_i64() > Some(0))
}

fn line(answer: &Value) -> Option<i64> {
    let lines = answer["lines"].as_array()?;
    lines.iter().find(|line| line["kind"] == "prepaid")?["amount"].as_i64()
}

#[tokio::test(flavor = "multi_thread")]
async fn paid_on_the_way_in_nothing_or_the_rest_is_due_at_the_exit_and_the_books_have_both() {
    let site = site(&[("A1", "in"), ("B1", "out")]).await;
    let (mut entry, mut exit) = (gate(&site, "in", "A1"), gate(&site, "out", "B1"));
    let asked = entry.ask(&json!({"cmd": "enter", "plate": "B 1234 XYZ", "class": "mobil"}));
    assert_eq!((&asked["error"]["code"], &asked["error"]["amount"]), (&json!("prepayment_due"), &json!(5_000)));
    assert_eq!(entry.no(&enter("B 1234 XYZ", "mobil", 4_999)), "tendered_short");
    let car = entry.yes(&enter("B 1234 XYZ", "mobil", 20_000));
    let paid = &car["prepaid"];
    assert_eq!(
        (&paid["amount"], &paid["change"], &paid["method"]),
        (&json!(5_000), &json!(15_000), &json!("tunai"))
    );
    let qris = json!({"cmd": "enter", "plate": "D 77 KK", "class": "motor", "method": "qris", "reference": "88417", "amount": 2_000});
    let bike = entry.yes(&qris);
    let bus = entry.yes(&json!({"cmd": "enter", "plate": "D 7 BUS", "class": "bus"}));
    assert_eq!(bus["prepaid"], Value::Null);
    entry.settled();
    site.comes_to("SELECT count(*) FROM peristiwa WHERE jenis = 'entered'", "3").await;

    exit.knows(&car["ticket"]);
    let free = quote(&mut exit, &car["stay"]);
    assert_eq!((&free["fee"], line(&free), &free["warnings"]), (&json!(0), Some(-5_000), &json!([])));
    let out = exit.yes(&json!({"cmd": "leave", "qr": car["qr"], "tendered": 0}));
    assert_eq!((&out["fee"], &out["change"]), (&json!(0), &json!(0)));
    // A motorcycle that was a lorry: what was paid stays, the difference is due.
    let lorry = entry.yes(&json!({"cmd": "correct", "stay": bike["stay"], "class": "truk"}));
    assert_eq!(lorry["class"], "truk");
    entry.settled();
    let rest = exit.asks_until(&json!({"cmd": "quote", "stay": bike["stay"]}), |quote| {
        quote["class"] == "truk" && quote["seconds"].as_i64() > Some(0)
    });
    assert_eq!((&rest["fee"], line(&rest)), (&json!(8_000), Some(-2_000)));
    assert_eq!(exit.no(&json!({"cmd": "leave", "stay": bike["stay"], "tendered": 7_999})), "tendered_short");
    assert_eq!(exit.yes(&json!({"cmd": "leave", "stay": bike["stay"], "tendered": 10_000}))["change"], 2_000);
    exit.settled();

    let closed = entry.yes(&json!({"cmd": "shift_close"}));
    let totals = &closed["totals"];
    assert_eq!((&totals["prepaid"]["count"], &totals["prepaid"]["sum"]), (&json!(2), &json!(7_000)));
    assert_eq!((&closed["revenue"], &closed["expected"]), (&json!(7_000), &json!(5_000)), "QRIS is in no drawer");
    entry.settled();
    let books = "SELECT gerbang, total, bayar_di_depan, bersih FROM pendapatan_bersih ORDER BY gerbang";
    site.comes_to(books, "A1|0|7000|7000\nB1|8000|0|8000").await;
    let left = "SELECT isi #>> '{body,fee}', isi #>> '{body,prepaid}', array_to_string(t.tanda, ',') \
        FROM peristiwa p JOIN transaksi t ON t.id = p.id WHERE p.jenis = 'left' ORDER BY 1";
    site.comes_to(left, "0|5000|\n8000|2000|").await;
    entry.quit();
    exit.quit();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_line_the_own_gate_knows_and_another_says_that_it_cannot() {
    let mut site = site(&[("A1", "both"), ("B1", "out")]).await;
    let (mut own, mut other) = (gate(&site, "in", "A1"), gate(&site, "out", "B1"));
    site.rig.cluster.stop_immediate().unwrap();
    own.link("down");
    other.link("down");
    let (first, second) = (own.yes(&enter("B 1 A", "mobil", 5_000)), own.yes(&enter("B 2 A", "mobil", 5_000)));
    let free = quote(&mut own, &first["stay"]);
    assert_eq!((&free["fee"], line(&free)), (&json!(0), Some(-5_000)));
    own.yes(&json!({"cmd": "leave", "stay": first["stay"], "tendered": 0}));
    // All another gate has is the ticket's QR: it says what to look for, and its exit is flagged.
    let scanned = json!({"cmd": "quote", "qr": second["qr"]});
    let told = other.asks_until(&scanned, |quote| quote["fee"].as_i64() > Some(0));
    assert!(told["warnings"].as_array().unwrap().contains(&json!("prepaid_unknown")), "{told}");
    assert_eq!((&told["fee"], line(&told)), (&json!(5_000), None));
    other.yes(&json!({"cmd": "leave", "qr": second["qr"], "tendered": 5_000}));
    // A paper ticket took no money: all of it is due, and said.
    let at = (jiff::Timestamp::now() - jiff::SignedDuration::from_mins(30)).to_string();
    let paper = json!({"cmd": "enter", "paper": {"book": "K1", "serial": "345"}, "plate": "B 3 A", "class": "mobil",
        "entered_at": at});
    let paper = own.yes(&paper);
    let told = quote(&mut own, &paper["stay"]);
    assert_eq!((&told["fee"], line(&told)), (&json!(5_000), None));
    assert!(told["warnings"].as_array().unwrap().contains(&json!("prepaid_unpaid")), "{told}");

    // Killed at once: entry and money are one fact, and it is there.
    own.kill();
    site.rig.cluster.start_again().unwrap();
    let mut own = gate(&site, "in", "A1");
    own.settled();
    other.settled();
    site.comes_to("SELECT count(*), sum(jumlah) FROM bayar_di_depan WHERE NOT batal", "2|10000").await;
    let flags = "SELECT gerbang, biaya, 'prepaid_unknown' = ANY (tanda) FROM transaksi ORDER BY gerbang";
    site.comes_to(flags, "A1|0|f\nB1|5000|t").await;
    own.quit();
    other.quit();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_at_the_entry_reads_what_is_due_and_what_was_paid() {
    let site = site(&[("A1", "in")]).await;
    let (told, shown) = channel();
    let sim = DisplaySim::start(told).unwrap();
    let section = format!("[display]\nkind = \"serial\"\npath = \"{}\"\n", sim.path().display());
    let mut entry = Head::start("in", &site.config("A1", "A1", &section));
    entry.settled();
    until("a shift", || entry.status()["shift"].as_str().map(str::to_owned));
    let next =
        || shown.recv_timeout(GUARD).unwrap().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert_eq!(next()[0], "SELAMAT DATANG");
    // A class that pays at the exit shows nothing here: what is read next is of the car behind it.
    entry.yes(&json!({"cmd": "enter", "plate": "D 7 BUS", "class": "bus"}));
    assert_eq!(entry.no(&json!({"cmd": "enter", "plate": "B 1 A", "class": "mobil"})), "prepayment_due");
    assert_eq!(next(), ["TOTAL", "Rp 5.000"]);
    entry.yes(&enter("B 1 A", "mobil", 20_000));
    assert_eq!(next(), ["Tunai Rp 20.000", "Kembali Rp 15.000"]);
    let qris = json!({"cmd": "enter", "plate": "D 77 KK", "class": "motor", "method": "qris", "reference": "88417", "amount": 2_000});
    entry.yes(&qris);
    assert_eq!(next(), ["LUNAS Rp 2.000", "Terima kasih"]);
    entry.quit();
}

/// A program charges it at the entry's screen; what a kill cut off is told at the next start, what stands in an entry is not.
#[tokio::test(flavor = "multi_thread")]
async fn qris_on_the_way_in_is_charged_by_a_program_and_stands_in_the_entry() {
    let site = unmanned(&[("A1", "in")]).await;
    let payment = |argument: &str| {
        let program = env!("CARGO_BIN_EXE_parkir");
        let more = format!(
            "[payment]\nmethods = [\"tunai\", \"qris\"]\n[payment.qris]\n\
             command = [\"{program}\", \"sim\", \"payment\", {argument}]"
        );
        site.config("A1", "A1", &more)
    };
    let asks = |entry: &mut Pty, plate: &str| {
        entry.shows(&["Database Terhubung"]);
        entry.types(plate);
        entry.press_to_see(ENTER, "Enter menyimpan");
        entry.press_to_see(ENTER, "Bayar di depan");
        entry.press_to_see(F6, "F9 menagih QRIS");
    };
    let mut entry = Pty::start(&["in"], &payment("\"--after\", \"50\""));
    asks(&mut entry, "B 81 QR");
    entry.press_to_see(F9, "LUNAS Rp 2.000   QRIS");
    site.comes_to("SELECT metode, jumlah FROM bayar_di_depan", "qris|2000").await;
    let charge = "SELECT count(*) FROM peristiwa e JOIN peristiwa n ON n.jenis = 'note'
            AND n.isi #>> '{body,charge}' = e.isi #>> '{body,prepaid,charge}'
        WHERE e.jenis = 'entered' AND e.isi #>> '{body,prepaid,receipt,proof}' = 'confirmed'";
    site.comes_to(charge, "2").await;
    entry.press_until(ENTER, "the form", |text| !text.contains("LUNAS"));
    assert_eq!(entry.leaves(), 0);

    let mut entry = Pty::start(&["in"], &payment("\"--silent\""));
    // What a start tells comes before the link is looked at.
    entry.shows(&["Database Terhubung"]);
    assert!(!entry.text().contains("ditagih sebelum padam"), "{}", entry.text());
    asks(&mut entry, "B 82 QR");
    entry.press_to_see(F9, "Menunggu pembayaran");
    entry.signal(Signal::KILL);
    drop(entry);
    let entry = Pty::start(&["in"], &payment("\"--after\", \"50\""));
    entry.shows(&["ditagih sebelum padam"]);
    assert_eq!(entry.leaves(), 0);
    site.comes_to("SELECT count(*) FROM bayar_di_depan", "1").await;
}

/// A class that was taken down wrongly and cost too much: the entry is taken back by a supervisor, its money leaves the till and
/// the books, and its ticket is worth nothing anywhere.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_taken_back_gives_its_money_back_and_its_ticket_opens_nothing() {
    let site = site(&[("A1", "in"), ("A2", "in"), ("B1", "out")]).await;
    let office = site.config("admin", "admin", "");
    let (status, said, _) = once(&["user", "add", "Tini", "--role", "supervisor", "--json"], &office);
    assert_eq!(status, 0, "{said}");
    let pin = serde_json::from_str::<Value>(&said).unwrap()["pin"].as_str().unwrap().to_owned();
    let (mut entry, mut other, mut exit) =
        (gate(&site, "in", "A1"), gate(&site, "in", "A2"), gate(&site, "out", "B1"));
    let lorry = entry.yes(&enter("B 7 TRK", "truk", 10_000));
    // A bus pays at the exit, which takes all of it off.
    let bus = entry.yes(&json!({"cmd": "correct", "stay": lorry["stay"], "class": "bus"}));
    assert_eq!(bus["warnings"], json!([]), "{bus}");
    let correct = json!({"cmd": "correct", "stay": lorry["stay"], "class": "motor"});
    let more = entry.yes(&correct);
    assert_eq!(more["warnings"][0]["prepaid_more"], 8_000, "{more}");
    let back = |stay: &Value, reason: &str, pin: &str| json!({"cmd": "take_back", "stay": stay, "reason": reason, "supervisor": "Tini", "pin": pin});
    assert_eq!(entry.no(&back(&lorry["stay"], "salah jenis", "000000")), "not_allowed");
    assert_eq!(entry.no(&back(&lorry["stay"], " ", &pin)), "reason_missing");
    let part = &lorry["ticket"].as_str().unwrap()[..8];
    let guessed = json!({"cmd": "take_back", "ticket": part, "reason": "x", "supervisor": "Tini", "pin": pin});
    assert_eq!(entry.no(&guessed), "entry_unknown", "a part of a number names nobody");
    // Elsewhere nobody has its money.
    other.knows(&lorry["ticket"]);
    assert_eq!(other.no(&back(&lorry["stay"], "salah jenis", &pin)), "entry_unknown");
    let taken = entry.yes(&back(&lorry["stay"], "salah jenis", &pin));
    assert_eq!((&taken["paid"], &taken["method"]), (&json!(10_000), &json!("tunai")), "{taken}");
    assert_eq!(entry.no(&back(&lorry["stay"], "salah jenis", &pin)), "entry_unknown");
    let bike = entry.yes(&enter("B 7 TRK", "motor", 2_000));
    assert_eq!(bike["warnings"], json!([]), "it is not inside twice");
    entry.settled();
    exit.knows(&bike["ticket"]);
    assert_eq!(exit.no(&json!({"cmd": "quote", "ticket": lorry["ticket"]})), "ticket_unknown");
    assert_eq!(exit.no(&json!({"cmd": "quote", "qr": lorry["qr"]})), "ticket_unknown");
    exit.yes(&json!({"cmd": "leave", "qr": bike["qr"], "tendered": 0}));
    // Who left is taken back at the exit.
    entry.asks_until(&json!({"cmd": "find", "query": "B7TRK"}), |a| a["stays"].as_array().unwrap().is_empty());
    assert_eq!(entry.no(&back(&bike["stay"], "salah jenis", &pin)), "already_out");

    let closed = entry.yes(&json!({"cmd": "shift_close"}));
    let totals = &closed["totals"];
    assert_eq!((&totals["prepaid"]["sum"], &totals["voids"]["sum"]), (&json!(2_000), &json!(10_000)), "{closed}");
    assert_eq!((&totals["entries"], &closed["expected"]), (&json!(1), &json!(2_000)));
    // Of a shift that is closed nothing is taken back.
    let next = entry.yes(&enter("B 8 TRK", "truk", 10_000));
    entry.yes(&json!({"cmd": "shift_close"}));
    assert_eq!(entry.no(&back(&next["stay"], "salah jenis", &pin)), "entry_unknown");
    entry.settled();
    // The office does, and every gate hears of it.
    exit.knows(&next["ticket"]);
    let ticket = next["ticket"].as_str().unwrap();
    let (status, _, said) = once(&["void", ticket, "--reason", "tidak jadi masuk"], &office);
    assert!(status != 0 && said.contains("tercatat di dalam"), "{said}");
    let (status, said, _) = once(&["void", ticket, "--entry", "--reason", "tidak jadi masuk"], &office);
    assert!(status == 0 && said.contains("Rp 10.000"), "{said}");
    exit.asks_until(&json!({"cmd": "find", "query": ticket}), |a| a["stays"].as_array().unwrap().is_empty());
    assert_eq!(exit.no(&json!({"cmd": "quote", "qr": next["qr"]})), "ticket_unknown");
    assert_ne!(once(&["void", ticket, "--entry", "--reason", "lagi"], &office).0, 0);
    exit.settled();
    let books = "SELECT gerbang, total, bayar_di_depan, bersih FROM pendapatan_bersih ORDER BY gerbang";
    site.comes_to(books, "A1|0|2000|2000\nB1|0|0|0").await;
    for head in [entry, other, exit] {
        head.quit();
    }
}
