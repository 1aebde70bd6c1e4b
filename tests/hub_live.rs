//! The server between a real PostgreSQL and real terminals: what a gate wrote is heard at once, also after the
//! database was away, and what another gate carried in only when its signature is the right one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

use jiff::Zoned;
use parkir::app::cluster::{self, ClusterOptions, PrivateCluster};
use parkir::app::enrol::{self, InitOptions, SuperuserOptions};
use parkir::app::kit::Kit;
use parkir::app::server::{self, ServerOptions};
use parkir::central::{Central, IngestVerdict, Target, Tls};
use parkir::config::Lang;
use parkir::domain::fact::{Fact, Origin, Sealed, Stamp};
use parkir::domain::ids::GateId;
use parkir::domain::kinds::{Entered, Event};
use parkir::domain::link::Link;
use parkir::domain::seal::{GateKey, Hash};
use parkir::domain::stay::{State, Stay};
use parkir::domain::view::ServerView;
use parkir::hub::{ClientOptions, Incoming, Outgoing, client};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// No step takes this long unless it hangs.
const GUARD: Duration = Duration::from_secs(60);

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Server {
    address: String,
    view: watch::Receiver<ServerView>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(target: Option<Target>, offline_data: &Path) -> Self {
        let listener = parkir::hub::server::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let options = ServerOptions {
            listen: address.clone(),
            offline_data: offline_data.to_owned(),
            central: target,
            origins: vec![],
            tls: None,
            language: Lang::Id,
            version: "test".into(),
        };
        let (sender, view) = watch::channel(ServerView::default());
        let stop = CancellationToken::new();
        let token = stop.clone();
        let task = tokio::spawn(async move { server::serve(listener, options, token, sender).await.unwrap() });
        Self { address, view, stop, task }
    }

    async fn shows(&mut self, what: impl FnMut(&ServerView) -> bool) -> ServerView {
        timeout(GUARD, self.view.wait_for(what)).await.expect("the server hangs").unwrap().clone()
    }

    async fn end(self) {
        self.stop.cancel();
        timeout(GUARD, self.task).await.unwrap().unwrap();
    }
}

struct Terminal {
    outgoing: mpsc::Sender<Outgoing>,
    incoming: mpsc::Receiver<Incoming>,
    _stop: tokio_util::sync::DropGuard,
}

impl Terminal {
    fn start(server: &Server, kit: &Kit) -> Self {
        let url = format!("ws://{}/parking", server.address);
        let options = ClientOptions::new(url, kit.token.clone(), kit.login.clone(), "test");
        let (outgoing, out) = mpsc::channel(64);
        let (inc, incoming) = mpsc::channel(64);
        let stop = CancellationToken::new();
        tokio::spawn(client::run(options, out, inc, stop.clone()));
        Self { outgoing, incoming, _stop: stop.drop_guard() }
    }

    async fn hears<T>(&mut self, mut what: impl FnMut(Incoming) -> Option<T>) -> T {
        loop {
            let heard = timeout(GUARD, self.incoming.recv()).await.expect("nothing is heard").unwrap();
            if let Some(found) = what(heard) {
                return found;
            }
        }
    }

    async fn pulls(&mut self) {
        self.hears(|heard| (heard == Incoming::Pull).then_some(())).await;
    }

    async fn stay(&mut self, id: Uuid) -> Stay {
        self.hears(|heard| match heard {
            Incoming::Stay(stay) if stay.stay == id => Some(stay),
            Incoming::Pull => panic!("it lost its place"),
            _ => None,
        })
        .await
    }
}

/// An entry as the gate with this kit would write it, signed by `key`.
fn entry(site: &str, gate: &str, key: &GateKey, epoch: Uuid, seq: u64) -> Sealed {
    let origin = Origin {
        site: site.into(),
        gate: GateId::parse(gate).unwrap(),
        terminal: "pc".into(),
        operator: "budi".into(),
        shift: None,
        tariff: 0,
        config: 0,
    };
    let stamp = Stamp { at: Zoned::now(), mono_ms: 1, boot: Uuid::now_v7(), clock: None };
    let ticket = format!("{gate}7K{seq:05}X");
    let event = Event::Entered(Entered {
        ticket,
        class: "mobil".into(),
        source: "operator".into(),
        tariff: 0,
        paper: None,
        prepaid: None,
    });
    let salt = || "00112233445566778899aabbccddeeff".to_owned();
    let fact = Fact::new(Uuid::now_v7(), &origin, &stamp, &event, &[("plate", "B1234XYZ")], salt).unwrap();
    fact.seal(key, epoch, seq, Hash::ZERO).unwrap()
}

async fn ingest(central: &Central, fact: &Sealed) -> IngestVerdict {
    let text = serde_json::to_string(fact).unwrap();
    central.ingest(&[text], GUARD).await.unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_gate_writes_is_heard_by_the_others_through_an_outage_too() {
    if cluster::binaries().is_none() {
        panic!("PostgreSQL's programs are missing: make test installs them");
    }
    let folder = Folder(std::env::temp_dir().join(format!("ph{}", std::process::id())));
    let options = ClusterOptions { folder: folder.0.join("pg"), durable: false, tcp: false };
    std::fs::create_dir_all(&folder.0).unwrap();
    let mut cluster = PrivateCluster::start(&options).unwrap();
    let superuser = SuperuserOptions { text: cluster.superuser(), database: "parkir2".into(), ca_file: None };
    let kits = folder.0.join("kits");
    let init = InitOptions {
        superuser: superuser.clone(),
        out: kits.clone(),
        site: Some("S1".into()),
        site_name: "Uji".into(),
        zone: "Asia/Jakarta".into(),
        ask: false,
        rotate_kits: false,
    };
    enrol::db_init(&init).await.unwrap();
    for gate in ["A1", "B1"] {
        enrol::gate_add(&GateId::parse(gate).unwrap(), "both", &superuser, &kits.join(gate)).await.unwrap();
    }
    let [a, b, hub] = ["A1", "B1", "hub"].map(|kit| Kit::open(&kits.join(kit)).unwrap());
    let target = |kit: &Kit| Target {
        host: cluster.socket().display().to_string(),
        port: cluster.port(),
        database: "parkir2".into(),
        tls: Tls::Off,
        login: kit.login.clone(),
        password: kit.password.clone(),
    };
    let (target_a, target_hub) = (target(&a), target(&hub));
    let offline_data = folder.0.join("offline_data");
    let (key_a, key_b) = (a.key.clone().unwrap(), b.key.clone().unwrap());
    let (epoch_a, epoch_b) = (Uuid::now_v7(), Uuid::now_v7());

    let mut server = Server::start(Some(target_hub.clone()), &offline_data).await;
    server.shows(|view| view.database.link == Link::Up).await;
    let mut exit = Terminal::start(&server, &b);
    exit.pulls().await;

    // In PostgreSQL, and on the other terminal without its asking.
    let gate = Central::connect(&target_a, "test", GUARD).await.unwrap();
    let first = entry("S1", "A1", &key_a, epoch_a, 1);
    assert_eq!(ingest(&gate, &first).await, IngestVerdict::Inserted);
    let heard = exit.stay(first.fact.id()).await;
    assert_eq!((heard.ticket.as_str(), heard.state.clone()), ("A17K00001X", State::Inside));

    // Carried in by another gate: heard once its signature was checked; a forged one never.
    let forged = entry("S1", "B1", &key_a, epoch_b, 1);
    let carried = entry("S1", "B1", &key_b, epoch_b, 2);
    assert_eq!(ingest(&gate, &forged).await, IngestVerdict::Held);
    assert_eq!(ingest(&gate, &carried).await, IngestVerdict::Held);
    let foreign = entry("S2", "B1", &key_b, epoch_b, 3);
    assert!(matches!(ingest(&gate, &foreign).await, IngestVerdict::Rejected { .. }), "of another site");
    let heard = exit
        .hears(|heard| match heard {
            Incoming::Stay(stay) => Some(stay),
            _ => None,
        })
        .await;
    assert_eq!((heard.stay, heard.entered_gate.as_str()), (carried.fact.id(), "B1"));
    // Sold before that gate ever knew its site, and carried all the same; no site is no way around the signature.
    let unsigned = entry("", "B1", &key_a, epoch_b, 4);
    let early = entry("", "B1", &key_b, epoch_b, 5);
    assert_eq!(ingest(&gate, &unsigned).await, IngestVerdict::Held);
    assert_eq!(ingest(&gate, &early).await, IngestVerdict::Held);
    exit.stay(early.fact.id()).await;
    assert_eq!(ingest(&gate, &early).await, IngestVerdict::Already);
    let office = Central::connect(&target_hub, "test", GUARD).await.unwrap();
    let counts = office.counts(GUARD).await.unwrap();
    assert_eq!((counts.held, counts.quarantined, counts.inside), (0, 3, 3));
    drop((gate, office));

    // The database dies: all are told, and the terminals still hear each other.
    cluster.stop_immediate().unwrap();
    server.shows(|view| view.database.link == Link::Down).await;
    let down = |heard| matches!(heard, Incoming::Status(s) if s.database.link == Link::Down).then_some(());
    exit.hears(down).await;
    let mut entrance = Terminal::start(&server, &a);
    entrance.pulls().await;
    entrance
        .outgoing
        .send(Outgoing::Stay { stay: Box::new(heard_at("A1")), kind: "entered".into() })
        .await
        .unwrap();
    let hint = exit.hears(|heard| matches!(heard, Incoming::Hint(_)).then_some(heard)).await;
    assert_eq!(hint, Incoming::Hint(heard_at("A1")));
    entrance.outgoing.send(Outgoing::Stay { stay: Box::new(gone_at("A1")), kind: "left".into() }).await.unwrap();
    exit.hears(|heard| (heard == Incoming::Hint(gone_at("A1"))).then_some(())).await;

    // A terminal that begins only now learns what entered and what left meanwhile: nobody but the hub can tell it.
    let mut late = Terminal::start(&server, &b);
    let mut told = Vec::new();
    while told.len() < 2 {
        told.push(late.hears(|heard| if let Incoming::Hint(stay) = heard { Some(stay) } else { None }).await);
    }
    assert_eq!(told, [heard_at("A1"), gone_at("A1")]);
    drop(late);

    // A server that starts now knows its terminals from its file.
    let mut other = Server::start(Some(target_hub), &offline_data).await;
    other.shows(|view| view.database.link == Link::Down).await;
    Terminal::start(&other, &b).pulls().await;
    other.end().await;

    // It comes back: nobody lost its place, and news go on.
    cluster.start_again().unwrap();
    server.shows(|view| view.database.link == Link::Up).await;
    let gate = Central::connect(&target_a, "test", GUARD).await.unwrap();
    let second = entry("S1", "A1", &key_a, epoch_a, 2);
    assert_eq!(ingest(&gate, &second).await, IngestVerdict::Inserted);
    exit.stay(second.fact.id()).await;
    let told = |(_, words): &(_, String)| words.starts_with("A1  masuk  A17K00002X");
    server.shows(|view| view.clients.len() == 2 && view.events.iter().any(told)).await;

    // A revoked gate loses its seat.
    enrol::gate_revoke(&GateId::parse("A1").unwrap(), &superuser).await.unwrap();
    entrance.hears(|heard| (heard == Incoming::Down).then_some(())).await;
    server.end().await;
    cluster.stop().unwrap();
}

/// Another car, gone again.
fn gone_at(gate: &str) -> Stay {
    let left_at = "2026-11-22T08:00:00Z".parse().unwrap();
    let state = State::Left { left_at, left_gate: gate.into(), fee: parkir::domain::money::Rupiah(4000) };
    Stay { stay: Uuid::from_u128(10), ticket: "A17K00010X".into(), state, version: 2, ..heard_at(gate) }
}

fn heard_at(gate: &str) -> Stay {
    Stay {
        stay: Uuid::from_u128(9),
        ticket: "A17K00009X".into(),
        plate: None,
        class: "mobil".into(),
        entered_at: "2026-11-22T07:00:00Z".parse().unwrap(),
        entered_gate: gate.into(),
        operator: String::new(),
        tariff: 0,
        prepaid: None,
        state: State::Inside,
        version: 1,
    }
}
