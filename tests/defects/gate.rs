//! Defect 5: when a barrier opens, and whose.

use crate::support::face::{GUARD, Head, until};
use crate::support::site::Site;
use parkir::device::barrier::sim::{At, BarrierSim, Manners, News};
use parkir::device::sim::printer::{Manners as PaperManners, PrinterSim};
use parkir::domain::dialect::table;
use parkir::domain::lane::Side;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Receiver, channel};

/// A controller of dialect A on a real line.
struct Arm {
    sim: BarrierSim,
    news: Receiver<News>,
}

impl Arm {
    fn new() -> Self {
        let (tell, news) = channel();
        let dialect = table::named("A").unwrap().read(Side::Out, 1).unwrap();
        let at = At::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        Self { sim: BarrierSim::start(dialect, &at, Manners::default(), tell).unwrap(), news }
    }

    fn section(&self) -> String {
        format!("[barrier]\nkind = \"tcp\"\naddress = \"{}\"\ndialect = \"A\"\n", self.sim.endpoint())
    }

    fn is_opening(news: &News) -> bool {
        matches!(news, News::Got(got, _) if got.starts_with(b"OPEN_GATE"))
    }

    fn opens(&self) {
        while !Self::is_opening(&self.news.recv_timeout(GUARD).unwrap()) {}
    }

    fn opened_since(&self) -> usize {
        self.news.try_iter().filter(Self::is_opening).count()
    }

    fn connected(&self) {
        while self.news.recv_timeout(GUARD).unwrap() != News::Connected {}
    }
}

/// The exit's time was set and the gate opened on the scan, before anybody had paid; and every client was told to open.
#[tokio::test(flavor = "multi_thread")]
async fn defect_5_a_barrier_opens_for_its_own_paid_car_and_for_nothing_else() {
    let site = Site::new(&[("A1", "in"), ("B1", "out"), ("B2", "out")]);
    site.rows(
        "INSERT INTO tarif (situs, versi, berlaku_sejak, aturan) SELECT situs, 2, '1971-01-01', \
         (SELECT jsonb_object_agg(key, value || '{\"grace_minutes\": 0}') FROM jsonb_each(aturan)) FROM tarif",
    )
    .await;
    let server = site.server();
    let (here, there) = (Arm::new(), Arm::new());
    let mut entry = site.head("in", "A1");
    let mut exits = [("B1", &here), ("B2", &there)]
        .map(|(gate, arm)| Head::start("out", &site.config(gate, gate, &arm.section())));
    here.connected();
    there.connected();
    entry.asks_until(&json!({"cmd": "status"}), |s| s["settings"].as_u64() > Some(1));
    let car = entry.enter("B 1 AA", "mobil");
    let [exit, other] = &mut exits;
    exit.knows(&car["ticket"]);
    other.knows(&car["ticket"]);
    let before = exit.status()["seq"].clone();
    // Scanned by its QR and by its number, again and again, and with too little money.
    for key in ["qr", "ticket", "qr"] {
        exit.asks_until(&json!({"cmd": "quote", key: car[key]}), |quote| quote["fee"] == 5000);
        assert_eq!(exit.no(&json!({"cmd": "leave", key: car[key], "tendered": 4999})), "tendered_short");
    }
    assert_eq!((exit.status()["seq"].clone(), here.opened_since()), (before, 0), "before it is paid");
    assert_eq!(site.rows("SELECT keadaan, waktu_keluar FROM kunjungan").await, "di_dalam|-");

    exit.yes(&json!({"cmd": "leave", "qr": car["qr"], "tendered": 5000}));
    here.opens();
    // The other gate heard of it, and its barrier did not.
    other.asks_until(&json!({"cmd": "find", "query": car["ticket"]}), |found| found["stays"] == json!([]));
    let booked = "SELECT keadaan, gerbang_keluar, biaya FROM kunjungan";
    site.comes_to(booked, "keluar|B1|5000").await;
    assert_eq!((here.opened_since(), there.opened_since()), (0, 0));
    let ledger: Vec<Value> = ["B1", "B2"]
        .map(|gate| {
            let config = site.config(gate, gate, "");
            let told = until("the ledger", || {
                let (code, out, _) = crate::support::face::once(&["gate", "passages", "--json"], &config);
                (code == 0).then_some(out)
            });
            serde_json::from_str::<Value>(&told).unwrap()
        })
        .into();
    let opened = |told: &Value, gate: &str| {
        told["tallies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|t| t["gate"] == gate)
            .map(|t| t["opened"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!((opened(&ledger[0], "B1"), opened(&ledger[1], "B2")), (vec![json!(1)], vec![]));
    for exit in exits {
        exit.quit();
    }
    entry.quit();
    server.stop();
}

/// The same without a hub: what the printer said is in the books, and an exit that pulls from them knows it, also one that
/// starts long after; a reprint that came out makes it good.
#[tokio::test(flavor = "multi_thread")]
async fn defect_5_a_ticket_nobody_proved_is_known_at_another_gate_without_any_hub() {
    let site = Site::new(&[("A1", "in"), ("B1", "out"), ("B2", "out")]);
    let (slips, _got) = channel();
    let sim = PrinterSim::tcp("127.0.0.1:0", PaperManners::default(), slips).unwrap();
    let printer = format!("[printer]\nkind = \"tcp\"\naddress = \"{}\"", sim.address().unwrap());
    let mut entry = Head::start("in", &site.config("A1", "A1", &printer));
    let mut exit = Head::start("out", &site.hubless("B1"));
    exit.link("up");
    let quote = |car: &Value| json!({"cmd": "quote", "ticket": car["ticket"]});
    let proven = entry.enter("B 1 AA", "mobil");
    exit.knows(&proven["ticket"]);
    sim.behave(PaperManners { paper_out: true, ..PaperManners::default() });
    let jammed = entry.enter("B 2 AA", "mobil");
    exit.knows(&jammed["ticket"]);
    exit.asks_until(&quote(&jammed), |answer| answer["warnings"] == json!(["ticket_unproven"]));
    assert_eq!(exit.yes(&quote(&proven))["warnings"], json!([]));
    // By the snapshot of what is inside.
    let mut late = Head::start("out", &site.hubless("B2"));
    late.knows(&jammed["ticket"]);
    late.asks_until(&quote(&jammed), |answer| answer["warnings"] == json!(["ticket_unproven"]));
    sim.behave(PaperManners::default());
    entry.yes(&json!({"cmd": "reprint", "ticket": jammed["ticket"]}));
    for gate in [&mut exit, &mut late] {
        gate.asks_until(&quote(&jammed), |answer| answer["warnings"] == json!([]));
    }
    let kept = "SELECT string_agg(hasil, ',' ORDER BY id) FROM cetakan";
    site.comes_to(kept, "failed,ok").await;
    for gate in [entry, exit, late] {
        gate.quit();
    }
}
