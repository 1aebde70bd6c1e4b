//! From the moment a fact is durable to the last byte of its ticket at the printer: over TCP and over a terminal line, to
//! a simulated printer that answers, and over TCP to one that never does. Budget: 30 ms.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;
mod terminal;

use parkir::app::gate::Gate;
use parkir::app::gate::others::Others;
use parkir::config::Config;
use parkir::device::sim::printer::{Manners, PrinterSim};
use parkir::domain::desk::EnterRequest;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use terminal::{Folder, Times, held, load};

const PAUSE: Duration = Duration::from_millis(15);
const GUARD: Duration = Duration::from_secs(20);

fn measure(name: &str, rounds: usize, pty: bool, manners: Manners) {
    let folder = Folder::new("paper");
    let (slips, got) = mpsc::channel();
    let (sim, printer) = if pty {
        let sim = PrinterSim::pty(manners, slips).unwrap();
        let path = sim.path().unwrap().display().to_string();
        (sim, format!("kind = \"serial\"\npath = \"{path}\"\nbaud = 115200"))
    } else {
        let sim = PrinterSim::tcp("127.0.0.1:0", manners, slips).unwrap();
        let address = sim.address().unwrap();
        (sim, format!("kind = \"tcp\"\naddress = \"{address}\""))
    };
    let text = format!(
        "data_dir = {:?}\n[gate]\nid = \"A1\"\n[central]\nhost = \"/nowhere\"\n[printer]\n{printer}\n",
        folder.0
    );
    let config = Config::read(&text, "config.toml").unwrap();
    let gate = Gate::open(&config, true).unwrap();
    let (others, mut peers) = Others::start(&gate, &config, None);
    let (arrived, arrivals) = mpsc::channel();
    let reading = std::thread::spawn(move || {
        for slip in got {
            let _ = arrived.send((Instant::now(), slip.torn));
        }
    });
    let begun = load();
    let (mut waits, desk) = (Vec::new(), gate.desk.clone());
    let mut done = desk.watch();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for round in 0..rounds {
            let plate = Some(format!("B {} XYZ", 1000 + round));
            let request = EnterRequest {
                plate,
                class: "mobil".into(),
                source: "operator".into(),
                upfront: Default::default(),
            };
            desk.enter(request).await.unwrap();
            let durable = Instant::now();
            others.after(&done.recv().await.unwrap());
            let (at, torn) = arrivals.recv_timeout(GUARD).unwrap();
            assert!(!torn);
            waits.push(at.saturating_duration_since(durable));
            // The next car comes when this one's ticket is on record.
            while peers.try_recv().is_ok() {}
            while others.paper.printer().state() == parkir::domain::view::DeviceState::Busy {
                tokio::time::sleep(PAUSE).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    let times = Times::new(waits);
    println!(
        "{name:<22} n {:>4}  p50 {:7.2}  p99 {:7.2}  max {:7.2} ms  {}  load {begun}..{}",
        times.len(),
        times.percentile(50),
        times.percentile(99),
        times.percentile(100),
        held(times.percentile(99) < 30.0),
        load()
    );
    drop((others, done, desk));
    gate.close();
    drop(sim);
    reading.join().unwrap();
}

fn main() {
    measure("tcp", 300, false, Manners::default());
    measure("serial (pty)", 300, true, Manners::default());
    measure("tcp, never answers", 100, false, Manners { silent: true, ..Manners::default() });
}
