//! The lane's hardware and the books, through the real binary: a controller on a real line at one end, the journal and
//! PostgreSQL at the other.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use parkir::device::barrier::sim::{At, BarrierSim, Do, Manners, News};
use parkir::domain::dialect::table;
use parkir::domain::lane::{Side, Spot};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use support::face::{GUARD, Head, once};
use support::own_folder;
use support::site::Site;

struct Controller {
    sim: BarrierSim,
    news: Receiver<News>,
}

impl Controller {
    fn start(dialect: &str, side: Side, at: &At) -> Self {
        let (tell, news) = channel();
        let dialect = table::named(dialect).unwrap().read(side, 1).unwrap();
        Self { sim: BarrierSim::start(dialect, at, Manners::default(), tell).unwrap(), news }
    }

    fn tcp(dialect: &str, side: Side) -> Self {
        Self::start(dialect, side, &At::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))
    }

    fn section(&self, dialect: &str) -> String {
        format!("[barrier]\nkind = \"tcp\"\naddress = \"{}\"\ndialect = \"{dialect}\"\n", self.sim.endpoint())
    }

    fn got(&self, bytes: &[u8]) {
        loop {
            if matches!(self.news.recv_timeout(GUARD).unwrap(), News::Got(got, _) if got == bytes) {
                return;
            }
        }
    }

    /// Nothing is done to it before somebody listens.
    fn connected(&self) {
        while self.news.recv_timeout(GUARD).unwrap() != News::Connected {}
    }
}

/// A terminal that never met the centre; the folder goes with it.
struct Alone(PathBuf);

impl Alone {
    fn new(more: &str) -> (Self, PathBuf) {
        let folder = own_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("config.toml");
        let text =
            format!("data_dir = \"{}\"\n[gate]\nid = \"A1\"\noperator = \"budi\"\n{more}\n", folder.display());
        std::fs::write(&path, text).unwrap();
        (Self(folder), path)
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn event(gate: &mut Head, name: &str) -> Value {
    let begun = std::time::Instant::now();
    loop {
        if let Some(at) = gate.events.iter().position(|e| e["event"] == name) {
            return gate.events.remove(at).unwrap();
        }
        assert!(begun.elapsed() < GUARD, "never came: {name}");
        gate.status();
    }
}

fn ledger(config: &Path) -> Value {
    let (code, out, err) = once(&["gate", "passages", "--json"], config);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn a_pressed_button_makes_the_entry_by_itself_and_each_passage_has_its_opening_or_none() {
    let lane = Controller::tcp("C", Side::In);
    let (_alone, config) = Alone::new(&format!("{}[button]\nclass = \"mobil\"\n", lane.section("C")));
    let mut gate = Head::start("in", &config);
    lane.connected();
    // Nobody stands there.
    lane.sim.act(Do::Loop(Spot::Presence, true));
    lane.sim.act(Do::Press);
    lane.sim.act(Do::Press);
    let entered = event(&mut gate, "entered");
    assert_eq!(
        (&entered["plate"], &entered["class"], &entered["source"]),
        (&json!(null), &json!("mobil"), &json!("button"))
    );
    let opened = event(&mut gate, "barrier");
    assert_eq!(
        (&opened["reason"], &opened["stay"], &opened["outcome"]),
        (&json!("entered"), &entered["stay"], &json!("ok"))
    );
    lane.got(b"OPEN:\n");
    lane.sim.act(Do::Drive);
    let passed = event(&mut gate, "passed");
    assert_eq!((&passed["stay"], &passed["opening"]), (&entered["stay"], &opened["opening"]));
    // One behind the other's bumper.
    lane.sim.act(Do::Drive);
    assert_eq!(event(&mut gate, "passed")["opening"], json!(null));
    assert!(
        !gate.events.iter().any(|e| e["event"] == "entered"),
        "pressed twice, entered once: {:?}",
        gate.events
    );
    gate.quit();

    let told = ledger(&config);
    let tally = &told["tallies"][0];
    for (what, count) in [("opened", 1), ("manual", 0), ("passed", 2), ("orphans", 1), ("unused", 0)] {
        assert_eq!(tally[what], count, "{what} {told}");
    }
    let (code, out, _) = once(&["journal", "verify"], &config);
    assert_eq!(code, 0, "{out}");
}

#[test]
fn by_hand_it_opens_only_with_a_reason_and_a_name_and_both_are_in_the_books() {
    let lane = Controller::start("A", Side::Out, &At::Pty);
    let section = format!("[barrier]\nkind = \"serial\"\npath = \"{}\"\n", lane.sim.endpoint());
    let (_alone, config) = Alone::new(&section);
    let mut gate = Head::start("out", &config);
    let open = |reason: &str, text: &str, who: &str| json!({"cmd": "open", "reason": reason, "text": text, "supervisor": who});
    for (reason, text, who) in [
        ("emergency", "", ""),
        ("", "x", "rina"),
        ("other", "", "rina"),
        ("fun", "x", "rina"),
        ("emergency", "", "  "),
    ] {
        assert_eq!(gate.no(&open(reason, text, who)), "reason_missing", "{reason} {who}");
    }
    let opening = gate.yes(&open("emergency", "ambulans", "rina"))["opening"].clone();
    lane.got(b"OPEN_GATE\n");
    let done = event(&mut gate, "barrier");
    assert_eq!((&done["opening"], &done["reason"]), (&opening, &json!("manual")));
    gate.quit();
    let told = ledger(&config);
    let row = &told["rows"][0];
    assert_eq!(told["rows"].as_array().unwrap().len(), 1, "what was refused is not there: {told}");
    for (key, value) in [
        ("id", opening),
        ("why", json!("emergency")),
        ("text", json!("ambulans")),
        ("supervisor", json!("rina")),
        ("flags", json!(["unproven_supervisor"])),
        ("outcome", done["outcome"].clone()),
    ] {
        assert_eq!(row[key], value, "{key} {row}");
    }
}

#[test]
fn a_gate_without_a_barrier_opens_none() {
    let (_alone, config) = Alone::new("");
    let mut gate = Head::start("out", &config);
    let open = json!({"cmd": "open", "reason": "emergency", "supervisor": "rina"});
    assert_eq!(gate.no(&open), "no_barrier");
    gate.quit();
    assert_eq!(ledger(&config)["rows"], json!([]));
}

#[test]
fn a_paid_car_leaves_though_the_barrier_is_dead_and_the_books_say_so() {
    // A port nobody listens at.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let section = format!("[barrier]\nkind = \"tcp\"\naddress = \"{free}\"\ndialect = \"A\"\n");
    let (_alone, config) = Alone::new(&section);
    let mut gate = Head::start("in", &config);
    let car = gate.enter("B 1234 XYZ", "mobil");
    assert_eq!(event(&mut gate, "barrier")["outcome"], "failed");
    gate.quit();
    let told = ledger(&config);
    assert_eq!((&told["rows"][0]["stay"], &told["tallies"][0]["failed"]), (&car["stay"], &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_centre_lists_openings_and_passages_of_every_gate_with_their_tickets() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let (front, back) = (Controller::tcp("F", Side::In), Controller::tcp("C", Side::Out));
    let entry_config = site.config("A1", "A1", &front.section("F"));
    let exit_config = site.config("B1", "B1", &back.section("C"));
    let (mut entry, mut exit) = (Head::start("in", &entry_config), Head::start("out", &exit_config));
    front.connected();
    back.connected();
    let car = entry.enter("B 1234 XYZ", "mobil");
    event(&mut entry, "barrier");
    front.sim.act(Do::Drive);
    assert_eq!(event(&mut entry, "passed")["stay"], car["stay"]);
    exit.yes(&json!({"cmd": "leave", "qr": car["qr"], "tendered": 50000}));
    event(&mut exit, "barrier");
    back.sim.act(Do::Drive);
    assert_eq!(event(&mut exit, "passed")["stay"], car["stay"]);
    entry.settled();
    exit.settled();
    let told = ledger(&site.config("kantor", "admin", ""));
    let tallies: Vec<(&str, u64, u64, u64)> = told["tallies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| {
            let count = |what: &str| t[what].as_u64().unwrap();
            (t["gate"].as_str().unwrap(), count("opened"), count("passed"), count("orphans"))
        })
        .collect();
    assert_eq!(tallies, [("A1", 1, 1, 0), ("B1", 1, 1, 0)], "{told}");
    assert!(told["rows"].as_array().unwrap().iter().all(|row| row["ticket"] == car["ticket"]), "{told}");
    entry.quit();
    exit.quit();
}

#[test]
fn who_stands_before_a_barrier_that_was_never_opened_is_told_at_the_next_start() {
    // What a power cut leaves between the fact and the order: an entry and a paid exit, and no opening.
    let (_alone, path) = Alone::new("");
    let mut gate = Head::start("in", &path);
    let (car, bike) = (gate.enter("B 1 AA", "mobil"), gate.enter("B 2 AA", "motor"));
    gate.yes(&json!({"cmd": "leave", "stay": bike["stay"], "tendered": 100_000}));
    gate.quit();
    let without = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{without}[barrier]\nkind = \"sim\"\n")).unwrap();
    let told = |gate: &mut Head| {
        gate.status();
        let events = gate.events.drain(..).filter(|event| event["event"] == "unopened");
        events.map(|event| (event["stay"].clone(), event["leaves"].clone())).collect::<Vec<_>>()
    };
    let mut gate = Head::start("in", &path);
    assert_eq!(told(&mut gate), [(bike["stay"].clone(), json!(true)), (car["stay"].clone(), json!(false))]);
    // One whose barrier was ordered is not told of.
    let third = gate.enter("B 3 AA", "mobil");
    gate.quit();
    let mut gate = Head::start("in", &path);
    assert!(!told(&mut gate).iter().any(|(stay, _)| *stay == third["stay"]));
    gate.quit();
}
