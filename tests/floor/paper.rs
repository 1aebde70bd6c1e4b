//! Paper tickets of a power cut: entries of then, each number once, and paid also where nobody keyed them in.

use crate::support::face::{Head, once};
use crate::support::site::Site;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

fn ago(hours: i64) -> String {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    (now - SignedDuration::from_hours(hours)).to_string()
}

fn keyed(serial: &str, plate: &str, entered_at: &str) -> Value {
    json!({"cmd": "entry", "paper": {"book": "K-1", "serial": serial, "plate": plate, "class": "mobil", "entered_at": entered_at}})
}

fn twice(answer: &Value) -> bool {
    answer["warnings"].as_array().unwrap().iter().any(|w| w["paper_twice"].is_object())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_ticket_is_an_entry_of_then_and_its_number_is_used_once() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let front = site.config("A1", "A1", "[camera]\nkind = \"sim\"\n[paper]\ndays_back = 2\n");
    let (mut entry, mut exit) = (Head::start("in", &front), site.head("out", "B1"));
    entry.settled();
    let then = ago(5);
    let first = entry.yes(&keyed("345", "B 1 KA", &then));
    assert_eq!((&first["ticket"], twice(&first)), (&json!("K1000345"), false));
    for (asked, code) in [
        (keyed("346", "", &ago(-1)), "paper_future"),
        (keyed("346", "", &ago(49)), "paper_too_old"),
        (keyed("", "", &then), "paper_number"),
        (keyed("34a", "", &then), "paper_number"),
        (keyed("346", "", "kemarin"), "time_implausible"),
    ] {
        assert_eq!(entry.no(&asked), code, "{asked}");
    }
    assert_eq!(
        entry.ask(&keyed("346", "", &ago(49)))["error"]["message"],
        "Karcis itu lebih dari 2 hari lalu. Periksa tanggalnya; panggil pengawas."
    );
    entry.settled();
    // In the books with the time of the paper, as what it is.
    let books =
        "SELECT p.isi->'body'->>'source', p.isi->'body'->'paper'->>'book', p.isi->'body'->'paper'->>'serial',
        v.tiket, extract(epoch FROM v.waktu_masuk)::bigint FROM peristiwa p JOIN kendaraan v ON v.id = p.id";
    let seconds = then.parse::<Timestamp>().unwrap().as_second();
    assert_eq!(site.rows(books).await, format!("manual|K1|000345|K1000345|{seconds}"));

    // The exit has heard of it: five hours are paid, by the number on the paper.
    exit.knows(&json!("K1000345"));
    let quote = exit.yes(&json!({"cmd": "quote", "query": "K1 000345"}));
    assert!((18_000..18_100).contains(&quote["seconds"].as_i64().unwrap()), "{quote}");
    exit.yes(&json!({"cmd": "leave", "query": "K1000345", "tendered": 100000}));
    entry.settled();
    entry.asks_until(&json!({"cmd": "find", "query": "K1000345"}), |a| a["stays"].as_array().unwrap().is_empty());

    // The same number again: another vehicle, told and flagged, and not refused.
    let again = entry.yes(&keyed("345", "B 2 KA", &ago(1)));
    assert!(twice(&again), "{again}");
    entry.settled();
    let flagged = "SELECT count(*) FROM peristiwa WHERE isi->'body'->'paper'->'flags'->>0 = 'paper_twice'";
    assert_eq!(site.rows(flagged).await, "1");

    // After a restart too, and no clock is doubted for what the paper says.
    entry.quit();
    let mut entry = Head::start("in", &front);
    assert!(twice(&entry.yes(&keyed("345", "B 3 KA", &ago(1)))));
    let car = entry.enter("B 4 KA", "mobil");
    assert_eq!(car["warnings"], json!([]));
    entry.quit();
    let (code, out, _) = once(&["journal", "verify"], &front);
    assert_eq!(code, 0, "{out}");
    exit.quit();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_ticket_nobody_keyed_in_leaves_and_is_flagged() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let (mut entry, mut exit) = (site.head("in", "A1"), site.head("out", "B1"));
    entry.settled();
    let leave = |serial: &str| {
        json!({"cmd": "leave_no_data", "plate": "B 9 KA", "class": "mobil", "entered_at": ago(3), "tendered": 100000,
            "paper": {"book": "K1", "serial": serial}})
    };
    let left = exit.yes(&leave("7"));
    assert_eq!((&left["ticket"], twice(&left)), (&json!("K1000007"), false));
    exit.settled();
    let flags = "SELECT tiket, 'no_data' = ANY(tanda), 'paper_unkeyed' = ANY(tanda), 'paper_twice' = ANY(tanda)
        FROM transaksi ORDER BY diterima";
    let known = site
        .rows("SELECT string_agg(column_name, ',') FROM information_schema.columns WHERE table_name = 'transaksi'")
        .await;
    let flags = if known.contains("diterima") { flags.to_owned() } else { flags.replace("diterima", "tanggal") };
    assert_eq!(site.rows(&flags).await, "K1000007|t|t|f");
    // Paid once; a second time it is told.
    assert!(twice(&exit.yes(&leave("7"))));
    // One that was keyed in is that stay, and no other.
    entry.yes(&keyed("8", "B 8 KA", &ago(4)));
    exit.knows(&json!("K1000008"));
    let answer = exit.ask(&leave("8"));
    assert_eq!(answer["error"]["code"], "ambiguous", "{answer}");
    assert_eq!(answer["error"]["stays"][0]["ticket"], "K1000008");
    assert_eq!(exit.no(&leave("x")), "paper_number");
    exit.settled();
    assert_eq!(site.rows(&flags).await, "K1000007|t|t|f\nK1000007|t|t|t");
    entry.quit();
    exit.quit();
}
