//! The story of a car park, through the real binary on a real PostgreSQL: a car comes in at one gate, is known at the
//! other, pays, leaves, and the books are right. And what a machine may say to a gate without doing it any harm.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use data_encoding::BASE32_NOPAD;
use jiff::{SignedDuration, Timestamp};
use parkir::app::kit::Kit;
use parkir::domain::qr::{self, Claim};
use parkir::domain::seal::GateKey;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::face::{Head, http, once, until};
use support::pty::Pty;
use support::site::{Site, files};
use uuid::Uuid;

/// From now on every minute costs money.
const NO_GRACE: &str = "INSERT INTO tarif (situs, versi, berlaku_sejak, aturan) SELECT situs, 2, '1971-01-01', \
    (SELECT jsonb_object_agg(key, value || '{\"grace_minutes\": 0}') FROM jsonb_each(aturan)) FROM tarif";

/// A ticket's QR as the gate with this kit prints it for a stay of so many minutes ago.
fn old_qr(kit: &Kit, minutes: i64) -> (Uuid, String) {
    let at = Timestamp::now() - SignedDuration::from_mins(minutes);
    let seconds = u64::try_from(at.as_second()).unwrap();
    let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0);
    let claim = Claim { stay: Uuid::new_v7(time), class: 1, tariff: 1, plate: Some("B77SIA".into()) };
    (claim.stay, qr::write(&kit.site, kit.key.as_ref().unwrap(), &claim))
}

fn quoted(gate: &mut Head, ticket: &Value) -> Value {
    gate.yes(&json!({"cmd": "quote", "ticket": ticket}))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_a_car_comes_in_is_known_elsewhere_pays_leaves_and_the_books_are_right() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    site.rows(NO_GRACE).await;
    let server = site.server();
    let (mut entry, mut exit) = (site.head("in", "A1"), site.head("out", "B1"));
    for gate in [&mut entry, &mut exit] {
        gate.asks_until(&json!({"cmd": "status"}), |s| s["link"] == "up" && s["settings"].as_u64() > Some(1));
    }

    // In; with the hub the other gate knows it at once. Pulls alone, ten seconds apart, would need over a minute for
    // these eight.
    let begun = Instant::now();
    let plates: Vec<String> = (0..7).map(|n| format!("D {} AB", 1000 + n)).collect();
    for plate in &plates {
        let other = entry.enter(plate, "motor");
        assert_eq!(exit.knows(&other["ticket"])["stay"], other["stay"]);
    }
    // So fast a line of cars leaves the camera no time for each; what it made of them is told for each.
    site.comes_to("SELECT count(*) FROM peristiwa WHERE jenis = 'photo'", "7").await;
    let car = entry.yes(&json!({"cmd": "enter", "plate": " b 1234 xyz ", "class": "mobil", "ref": {"lane": 7}}));
    let (ticket, stay) = (&car["ticket"], car["stay"].as_str().unwrap().to_owned());
    let seen = exit.knows(ticket);
    assert!(begun.elapsed() < Duration::from_secs(50), "they were known by polling only");
    assert_eq!((&car["event"], &car["plate"]), (&json!("entered"), &json!("B1234XYZ")));
    assert_eq!((&car["link"], &car["ref"]), (&json!("up"), &json!({"lane": 7})));
    assert!(
        car["at"].as_str().is_some_and(|at| at.parse::<Timestamp>().is_ok()) && car["pending"].is_u64(),
        "{car}"
    );
    assert_eq!(
        (&seen["stay"], &seen["plate"], &seen["class"]),
        (&json!(stay), &json!("B1234XYZ"), &json!("mobil"))
    );
    assert_eq!(seen["entered_at"], car["at"]);

    // Its photo stands at the entry, and its thumbnail at the centre; neither at the exit.
    site.photo("A1", "Masuk", ticket.as_str().unwrap());
    let thumbnail = format!(
        "SELECT count(*), bool_and(octet_length(gambar) <= 32768) FROM foto WHERE kunjungan = '{stay}' AND sisi = 'in'"
    );
    site.comes_to(&thumbnail, "1|t").await;
    assert_eq!(files(&site.data("B1").join("Images/Masuk")), Vec::<String>::new());

    // A fragment gives a list, never a guess.
    let several = exit.yes(&json!({"cmd": "find", "query": "D100"}));
    assert_eq!(several["stays"].as_array().map(Vec::len), Some(7), "{several}");
    assert_eq!(
        exit.no(&json!({"cmd": "leave", "ticket": "D100", "method": "tunai", "tendered": 50000})),
        "ticket_unknown"
    );

    // What it costs, and what is no money.
    exit.asks_until(&json!({"cmd": "quote", "ticket": ticket}), |q| q["fee"] == 5000);
    let quote = quoted(&mut exit, ticket);
    let sum: i64 = quote["lines"].as_array().unwrap().iter().map(|l| l["amount"].as_i64().unwrap()).sum();
    assert_eq!((quote["stay"].as_str(), sum, &quote["known"]), (Some(stay.as_str()), 5000, &json!("replica")));
    assert!(quote["lines"].as_array().unwrap().iter().all(|l| l["text"].is_string()), "{quote}");
    for (tendered, code) in [
        (json!(4999), "tendered_short"),
        (json!(0), "tendered_short"),
        (json!(10_000_001), "tendered_too_much"),
        (json!(i64::MAX), "tendered_too_much"),
        (json!(-5000), "tendered_invalid"),
        (json!(5000.5), "tendered_invalid"),
        (json!("5000"), "tendered_invalid"),
        (json!(1e300), "tendered_invalid"),
        (json!(18_446_744_073_709_551_615_u64), "tendered_invalid"),
        (json!([5000]), "tendered_invalid"),
        (json!(null), "tendered_invalid"),
    ] {
        let leave = json!({"cmd": "leave", "ticket": ticket, "method": "tunai", "tendered": tendered});
        assert_eq!(exit.no(&leave), code, "{leave}");
    }
    assert_eq!(
        exit.no(&json!({"cmd": "leave", "ticket": ticket, "method": "janji", "tendered": 5000})),
        "method_unknown"
    );
    assert_eq!(exit.no(&json!({"cmd": "leave", "ticket": ticket})), "tendered_invalid");
    assert_eq!(quoted(&mut exit, ticket)["fee"], 5000);

    // Out, once.
    let leave = json!({"cmd": "leave", "ticket": ticket, "method": "tunai", "tendered": 10_000_000, "ref": "x"});
    let left = exit.yes(&leave);
    assert_eq!((&left["event"], &left["stay"], &left["ref"]), (&json!("left"), &json!(stay), &json!("x")));
    assert_eq!((&left["fee"], &left["change"]), (&json!(5000), &json!(9_995_000)));
    for again in ["leave", "quote"] {
        let command = json!({"cmd": again, "ticket": ticket, "method": "tunai", "tendered": 10000});
        assert_eq!(exit.no(&command), "already_out");
    }
    assert_eq!(
        exit.no(&json!({"cmd": "leave", "qr": car["qr"], "method": "tunai", "tendered": 10000})),
        "qr_used"
    );
    assert_eq!(exit.yes(&json!({"cmd": "find", "query": "B1234XYZ"}))["stays"], json!([]));
    entry.asks_until(&json!({"cmd": "find", "query": ticket}), |found| found["stays"] == json!([]));

    // A ticket nobody knows traps no car.
    assert_eq!(
        exit.no(&json!({"cmd": "leave", "ticket": "A1ZZ99999Z", "method": "tunai", "tendered": 10000})),
        "ticket_unknown"
    );
    let stated = (Timestamp::now() - SignedDuration::from_mins(150)).to_string();
    let mut lost = json!({"cmd": "leave_no_data", "plate": "B 1 LOS", "class": "mobil", "entered_at": stated,
        "method": "tunai", "tendered": 8999, "reason": "karcis hilang"});
    assert_eq!(exit.no(&lost), "tendered_short");
    lost["tendered"] = json!(9000);
    let lost = exit.yes(&lost);
    assert_eq!((&lost["fee"], &lost["change"]), (&json!(9000), &json!(0)));

    // The books.
    entry.settled();
    exit.settled();
    site.photo("B1", "Keluar", ticket.as_str().unwrap());
    let facts = format!(
        "SELECT jenis, gerbang, isi->>'operator', count(*) FROM peristiwa WHERE kunjungan = '{stay}' GROUP BY 1, 2, 3 ORDER BY 2, 1"
    );
    site.comes_to(&facts, "entered|A1|budi|1\nphoto|A1|budi|1\nleft|B1|budi|1\nphoto|B1|budi|1").await;
    let photo = format!(
        "SELECT DISTINCT isi #>> '{{body,state}}' FROM peristiwa WHERE jenis = 'photo' AND kunjungan = '{stay}'"
    );
    assert_eq!(site.rows(&photo).await, "ok");
    let row = format!(
        "SELECT tiket = '{}', plat_nomor, plat_ketik, jenis, keadaan, gerbang_masuk, gerbang_keluar, biaya, tarif_versi, tanda FROM kunjungan WHERE id = '{stay}'",
        ticket.as_str().unwrap()
    );
    assert_eq!(site.rows(&row).await, "t|B1234XYZ|b 1234 xyz|mobil|keluar|A1|B1|5000|2|{}");
    assert_eq!(
        site.rows("SELECT count(*), count(*) FILTER (WHERE plat_nomor LIKE 'D100%') FROM kendaraan").await,
        "7|7"
    );
    let money = "SELECT plat_nomor, biaya, dibayar, kembali, metode, operator, batal, ganda, 'no_data' = ANY (tanda), \
        'reason:karcis hilang' = ANY (tanda) FROM transaksi ORDER BY biaya";
    assert_eq!(
        site.rows(money).await,
        "B1234XYZ|5000|10000000|9995000|tunai|budi|f|f|f|f\nB1LOS|9000|9000|0|tunai|budi|f|f|t|t"
    );
    let day = "SELECT gerbang, jenis, metode, jumlah, total, hari = (now() AT TIME ZONE 'Asia/Jakarta')::date FROM pendapatan_harian";
    assert_eq!(site.rows(day).await, "B1|mobil|tunai|2|14000|t");
    assert_eq!(site.rows("SELECT count(*) FROM karantina").await, "0");
    entry.quit();
    exit.quit();
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_no_hub_at_all_the_other_gate_knows_within_one_pull() {
    let site = Site::new(&[("A1", "both"), ("B1", "both")]);
    let (mut entry, mut exit) = (site.head("in", "A1"), site.head("out", "B1"));
    entry.link("up");
    exit.link("up");
    let car = entry.enter("B 1234 XYZ", "mobil");
    let begun = Instant::now();
    assert_eq!(exit.knows(&car["ticket"])["stay"], car["stay"]);
    assert!(begun.elapsed() < Duration::from_secs(15), "the promise is 12 s");
    // And back: what left there has left here.
    exit.yes(&json!({"cmd": "leave", "stay": car["stay"], "method": "tunai", "tendered": 10000}));
    entry.asks_until(&json!({"cmd": "find", "query": car["ticket"]}), |found| found["stays"] == json!([]));
    entry.quit();
    exit.quit();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_appears_on_other_screens_without_a_key_pressed_there() {
    let mut site = Site::new(&[("A1", "in"), ("B1", "in"), ("C1", "in")]);
    let server = site.server();
    let mut entry = site.head("in", "A1");
    let told = Pty::start(&["in"], &site.config("B1", "B1", ""));
    // This one must find out for itself.
    let alone = Pty::start(&["in"], &site.hubless("C1"));
    entry.link("up");
    for screen in [&told, &alone] {
        screen.shows(&["Database Terhubung"]);
    }
    let car = entry.enter("B 1 AA", "mobil");
    for screen in [&told, &alone] {
        screen.shows(&[car["ticket"].as_str().unwrap()]);
    }

    // Without the database nobody can be asked: what the hub says is drawn at once.
    site.rig.cluster.stop_immediate().unwrap();
    entry.link("down");
    told.shows(&["Database Terputus"]);
    let car = entry.enter("B 2 BB", "mobil");
    told.shows(&[car["ticket"].as_str().unwrap()]);
    assert!(!alone.text().contains(car["ticket"].as_str().unwrap()));
    entry.quit();
    assert_eq!((told.leaves(), alone.leaves()), (0, 0));
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_database_down_the_hub_alone_tells_the_exit() {
    let mut site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let server = site.server();
    let (mut entry, mut exit) = (site.head("in", "A1"), site.head("out", "B1"));
    entry.link("up");
    exit.link("up");
    // Both have their seats at the hub when each has heard the other once.
    let first = entry.enter("B 1 AA", "mobil");
    exit.knows(&first["ticket"]);
    site.rig.cluster.stop_immediate().unwrap();
    entry.link("down");
    exit.link("down");
    let car = entry.enter("B 1234 XYZ", "mobil");
    exit.knows(&car["ticket"]);
    let left = exit.yes(&json!({"cmd": "leave", "ticket": car["ticket"], "method": "tunai", "tendered": 10000}));
    assert_eq!((&left["stay"], &left["link"]), (&car["stay"], &json!("down")));
    entry.quit();
    exit.quit();
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_ticket_opens_an_exit_that_heard_nothing_and_a_false_one_never() {
    let mut site = Site::new(&[("A1", "in"), ("B1", "out")]);
    site.rig.cluster.stop().unwrap();
    let (mut entry, mut exit) = (site.head("in", "A1"), site.head("out", "B1"));
    let car = entry.enter("B 1234 XYZ", "truk");
    assert_eq!(exit.no(&json!({"cmd": "quote", "ticket": car["ticket"]})), "ticket_unknown");

    let kit = Kit::open(&site.rig.kit_path("A1")).unwrap();
    let (old, paid) = old_qr(&kit, 150);
    let claim = Claim { stay: old, class: 1, tariff: 1, plate: None };
    let stranger = GateKey::from_seed(&[9; 32]).unwrap();
    let whole = BASE32_NOPAD.decode(paid.as_bytes()).unwrap();
    let mut altered = whole.clone();
    altered[5] ^= 1;
    let leave = |qr: &str| json!({"cmd": "leave", "qr": qr, "method": "tunai", "tendered": 100_000});
    for (qr, code) in [
        (qr::write(&kit.site, &stranger, &claim), "qr_key_unknown"),
        (BASE32_NOPAD.encode(&altered), "qr_altered"),
        (qr::write("LAIN", &stranger, &claim), "qr_foreign"),
        (qr::write("LAIN", kit.key.as_ref().unwrap(), &claim), "qr_foreign"),
        (BASE32_NOPAD.encode(&whole[..whole.len() - 5]), "qr_altered"),
        ("bukan karcis".to_owned(), "qr_not_a_ticket"),
        (String::new(), "qr_not_a_ticket"),
    ] {
        assert_eq!(exit.no(&leave(&qr)), code, "{qr}");
        assert_ne!(exit.ask(&json!({"cmd": "quote", "ticket": qr}))["ok"], true, "{qr}");
    }
    let quote = exit.yes(&json!({"cmd": "quote", "qr": paid.to_lowercase()}));
    assert_eq!((&quote["fee"], &quote["known"], &quote["class"]), (&json!(9000), &json!("qr"), &json!("mobil")));
    assert_eq!(exit.yes(&leave(&paid))["stay"], json!(old));
    let left = exit.yes(&leave(car["qr"].as_str().unwrap()));
    assert_eq!((&left["stay"], &left["class"]), (&car["stay"], &json!("truk")));
    assert_eq!(exit.no(&leave(&paid)), "qr_used");
    assert_eq!(exit.no(&leave(car["qr"].as_str().unwrap())), "qr_used");

    // The exit's fact comes first, the entry's later: the books are the same, and the exit is flagged.
    site.rig.cluster.start_again().unwrap();
    exit.settled();
    entry.settled();
    assert_eq!(exit.no(&leave(&qr::write(&kit.site, &stranger, &claim))), "qr_forged");
    let row = format!(
        "SELECT keadaan, tiket = '{}', 'qr_only' = ANY (tanda), jumlah_keluar FROM kunjungan WHERE id = '{}'",
        car["ticket"].as_str().unwrap(),
        car["stay"].as_str().unwrap()
    );
    site.comes_to(&row, "keluar|t|t|1").await;
    let unheard =
        format!("SELECT keadaan, biaya, 'masuk_belum_tiba' = ANY (tanda) FROM kunjungan WHERE id = '{old}'");
    assert_eq!(site.rows(&unheard).await, "keluar|9000|t");
    assert_eq!(site.rows("SELECT count(*) FROM kendaraan").await, "0");
    entry.quit();
    exit.quit();
}

#[test]
fn whatever_stands_on_stdin_is_answered_and_the_gate_lives_on() {
    let site = Site::new(&[("A1", "both")]);
    let mut gate = site.head("in", "A1");
    for line in
        ["halo", "{", "}{", "nul", "{\"cmd\":\"enter\",}", "\u{feff}{\"cmd\":\"status\"}", "[1,2", "\"", "NaN"]
    {
        gate.write(format!("{line}\n").as_bytes());
        let answer = gate.answer();
        assert_eq!((&answer["ok"], &answer["error"]["code"]), (&json!(false), &json!("bad_json")), "{line}");
    }
    for bytes in [&b"\xff\xfe\x00\x80\n"[..], b"{\"cmd\":\"\xc3\x28\"}\n", b"\x1b[31m\n", b"\x00\n"] {
        gate.write(bytes);
        assert_eq!(gate.answer()["ok"], false, "{bytes:?}");
    }
    let deep = format!("{}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    gate.write(deep.as_bytes());
    assert_eq!(gate.answer()["error"]["code"], "bad_json");
    let long = format!("{}\n", "x".repeat(3_000_000));
    gate.write(long.as_bytes());
    assert_eq!(gate.answer()["error"]["code"], "bad_json");
    // Nothing is said to nothing.
    gate.write(b"\n   \n\t\n\r\n");
    for (line, code) in [
        (json!(null), "bad_request"),
        (json!(7), "bad_request"),
        (json!([]), "bad_request"),
        (json!({}), "bad_request"),
        (json!({"cmd": 7}), "bad_request"),
        (json!({"cmd": "enter"}), "bad_request"),
        (json!({"cmd": "enter", "plate": 7, "class": "mobil"}), "bad_request"),
        (json!({"cmd": "leave", "method": "tunai", "tendered": 1}), "bad_request"),
        (json!({"cmd": "find"}), "bad_request"),
        (json!({"cmd": "terbang"}), "unknown_command"),
        (json!({"cmd": "enter", "plate": "", "class": "mobil"}), "plate_empty"),
        (json!({"cmd": "enter", "plate": " - . ", "class": "mobil"}), "plate_empty"),
        (json!({"cmd": "enter", "plate": "B 1 A", "class": "kapal"}), "class_unknown"),
        (json!({"cmd": "enter", "plate": "B 1 A"}), "class_unknown"),
        (json!({"cmd": "quote", "stay": "bukan"}), "ticket_unknown"),
        (json!({"cmd": "quote", "stay": Uuid::nil()}), "ticket_unknown"),
        (json!({"cmd": "quote", "ticket": ""}), "ticket_unknown"),
        (json!({"cmd": "quote", "ticket": "1".repeat(500_000)}), "ticket_unknown"),
        (
            json!({"cmd": "leave_no_data", "class": "mobil", "entered_at": "kemarin", "tendered": 1}),
            "time_implausible",
        ),
        (
            json!({"cmd": "leave_no_data", "class": "mobil", "entered_at": "2990-01-01T00:00:00Z", "tendered": 1}),
            "time_implausible",
        ),
        (
            json!({"cmd": "leave_no_data", "class": "mobil", "entered_at": "1990-01-01T00:00:00Z", "tendered": 1}),
            "time_implausible",
        ),
    ] {
        assert_eq!(gate.no(&line), code, "{:.200}", line.to_string());
    }
    let answer = gate.ask(&json!({"cmd": "terbang", "ref": [1, null]}));
    assert_eq!((&answer["ok"], &answer["ref"]), (&json!(false), &json!([1, null])));

    // A button has no plate; and two commands in one write are two answers in order.
    let button = gate.yes(&json!({"cmd": "enter", "plate": null, "class": "motor"}));
    assert_eq!((&button["plate"], button["ticket"].as_str().map(str::len)), (&json!(null), Some(10)));
    gate.write(b"{\"cmd\":\"status\",\"ref\":1}\r\n{\"cmd\":\"status\",\"ref\":2}\n");
    assert_eq!((&gate.answer()["ref"], &gate.answer()["ref"]), (&json!(1), &json!(2)));
    let status = gate.status();
    assert_eq!((&status["gate"], status["parked"].as_u64()), (&json!("A1"), Some(0)));
    assert!(
        status["seq"].as_u64() >= Some(2) && status["epoch"].as_str().is_some_and(|e| e.parse::<Uuid>().is_ok())
    );
    gate.quit();
}

/// The list of what is inside on the first day, keyed in by people; and paper tickets of a power cut.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_inside_before_is_taken_in_once_and_leaves_by_the_tariff() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let config = site.config("A1", "A1", "");
    let list = site.rig.folder.join("di dalam.csv");
    let entered = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::get("Asia/Jakarta").unwrap());
    let stated = (&entered - jiff::SignedDuration::from_mins(90)).strftime("%d/%m/%Y %H.%M").to_string();
    std::fs::write(
        &list,
        format!("plat;jenis;masuk;karcis\nB 1 LMA;Mobil;{stated};\n;motor;{stated};K-0013\nB 2;becak;{stated};\n"),
    )
    .unwrap();
    let take = |more: &[&str]| {
        let mut arguments = vec!["stay", "import", list.to_str().unwrap(), "--json"];
        arguments.extend(more);
        let (code, out, err) = once(&arguments, &config);
        let told: Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out} {err}"));
        (code, told["import"].clone())
    };
    assert_eq!(take(&["--dry-run"]).1["adopted"], 0);
    let (code, told) = take(&[]);
    assert_eq!((code, &told["adopted"], told["aside"].as_array().unwrap().len()), (1, &json!(2), 1), "{told}");
    let again = take(&[]).1;
    assert_eq!((&again["adopted"], &again["known"]), (&json!(0), &json!(2)), "taken in twice is taken in once");
    assert_eq!(once(&["sync"], &config).0, 0);
    site.comes_to("SELECT count(*) FROM kendaraan", "2").await;
    site.comes_to("SELECT count(*) FROM peristiwa WHERE isi #>> '{body,source}' = 'manual'", "2").await;

    let mut exit = site.head("out", "B1");
    exit.link("up");
    let paper = exit.yes(&json!({"cmd": "find", "query": "K-0013"}));
    let found = paper["stays"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{paper}");
    let left = exit.yes(&json!({"cmd": "leave", "stay": found[0]["stay"], "tendered": 50_000}));
    assert!(left["fee"].as_i64().unwrap() > 0, "ninety minutes are charged: {left}");
    exit.settled();
    site.comes_to("SELECT count(*) FROM kendaraan", "1").await;
}

/// A printer without paper: the other gate's exit knows that there is no ticket, until a reprint is proven.
#[tokio::test(flavor = "multi_thread")]
async fn a_jammed_ticket_is_known_at_another_gates_exit() {
    use parkir::device::sim::printer::{Manners, PrinterSim};
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let server = site.server();
    let (slips, got) = std::sync::mpsc::channel();
    let sim = PrinterSim::tcp("127.0.0.1:0", Manners::default(), slips).unwrap();
    let printer = format!("[printer]\nkind = \"tcp\"\naddress = \"{}\"", sim.address().unwrap());
    let mut entry = Head::start("in", &site.config("A1", "A1", &printer));
    let mut exit = site.head("out", "B1");
    for gate in ["A1", "B1"] {
        let seat = format!("parkir_terminal_waiting{{gate=\"{gate}\"}}");
        until("its seat", || http(&site.hub, "/metrics").ok()?.contains(&seat).then_some(()));
    }
    let quote = |car: &Value| json!({"cmd": "quote", "ticket": car["ticket"]});
    let proven = entry.enter("B 1 AA", "mobil");
    exit.knows(&proven["ticket"]);
    sim.behave(Manners { paper_out: true, ..Manners::default() });
    let jammed = entry.enter("B 2 AA", "mobil");
    exit.knows(&jammed["ticket"]);
    exit.asks_until(&quote(&jammed), |answer| answer["warnings"] == json!(["ticket_unproven"]));
    assert_eq!(exit.yes(&quote(&proven))["warnings"], json!([]));
    sim.behave(Manners::default());
    entry.yes(&json!({"cmd": "reprint", "ticket": jammed["ticket"]}));
    exit.asks_until(&quote(&jammed), |answer| answer["warnings"] == json!([]));
    let papers: Vec<String> = got.try_iter().map(|slip| slip.text(32)).collect();
    assert_eq!(papers.iter().filter(|paper| paper.contains("C E T A K   U L A N G   1")).count(), 1);
    entry.quit();
    exit.quit();
    server.stop();
}
