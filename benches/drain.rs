//! An outage's backlog on its way to the centre, through the real binary: from the link's return to nothing waiting.
//! Budget: 15 000 facts a second on loopback. The same rows by COPY into the same tables and indexes stand beside it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;
mod terminal;

use parkir::app::gate::clock::{Clock, fresh_id};
use parkir::app::kit::Kit;
use parkir::domain::fact::Origin;
use parkir::domain::ids::GateId;
use parkir::domain::kinds::{Entered, Event};
use parkir::domain::stay::{State, Stay};
use parkir::journal::{Draft, Journal, Options};
use serde_json::Value;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::Rig;
use terminal::{Desk, Folder, cpu, cpu_in, held, load, proc, status};
use uuid::Uuid;

/// Vehicles inside at a time.
const INSIDE: usize = 400;
/// Where a fact leaves its rows.
const TABLES: [&str; 4] = ["peristiwa", "kunjungan", "kendaraan", "transaksi"];

fn stay_of(id: Uuid, plate: &str, at: jiff::Timestamp) -> Stay {
    Stay {
        stay: id,
        ticket: String::new(),
        plate: Some(plate.to_owned()),
        class: "mobil".into(),
        entered_at: at,
        entered_gate: "A1".into(),
        operator: "budi".into(),
        tariff: 1,
        state: State::Inside,
        version: 1,
    }
}

/// A journal with `facts` entries and exits of an outage, their spool files beside it. Made in memory, where a
/// thousand fsyncs cost nothing; recorded by the real keeper.
async fn outage(dir: &Path, kit: &Kit, facts: usize) {
    let clock = Clock::new(jiff::tz::TimeZone::get("Asia/Jakarta").unwrap());
    let origin = Origin {
        site: kit.site.clone(),
        gate: GateId::parse("A1").unwrap(),
        terminal: "pc-uji".into(),
        operator: "budi".into(),
        shift: None,
        tariff: 1,
        config: 1,
    };
    let stamp = clock.stamp();
    let journal = Journal::open(Options {
        dir: dir.to_owned(),
        key: kit.key.clone().unwrap(),
        origin: origin.clone(),
        epoch: fresh_id(&stamp),
        started: fresh_id(&stamp),
        stamp,
    })
    .unwrap();
    journal.set_link(false, true);
    let mut inside = VecDeque::new();
    for n in 0..facts {
        let stamp = clock.stamp();
        let id = fresh_id(&stamp);
        let plate = format!("B{}XYZ", 1000 + n % 9000);
        let gone = if inside.len() > INSIDE && n % 2 == 0 { inside.pop_front() } else { None };
        let (event, stay) = match gone {
            Some(stay) => (support::left(stay, 5000), None),
            None => {
                inside.push_back(id);
                let (ticket, source) = (String::new(), "operator".to_owned());
                let entered = Entered { ticket, class: "mobil".into(), source, tariff: 1 };
                (Event::Entered(entered), Some(stay_of(id, &plate, stamp.at.timestamp())))
            }
        };
        let personal = vec![("plate", plate.clone()), ("typed", plate)];
        journal.record(Draft { id, origin: origin.clone(), stamp, event, personal, stay }).await.unwrap();
    }
}

/// From memory to the disk, flushed.
fn bring(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let done = std::process::Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status().unwrap();
    assert!(done.success());
    std::process::Command::new("sync").status().unwrap();
}

fn memory() -> PathBuf {
    let shm = PathBuf::from("/dev/shm");
    if shm.is_dir() { shm } else { std::env::temp_dir() }
}

fn drain(name: &str, desk: &Desk, rig: &mut Rig, most: u64, wanted: f64) {
    let cluster = rig.folder.join("pg/data");
    rig.cluster.stop().unwrap();
    let begun = load();
    let mut parkir = desk.headless("in");
    let process = proc(parkir.pid());
    // The outage goes on until the start's comparison of journal and spool is through.
    let mut worked = f64::NAN;
    while cpu(&process) != worked {
        worked = cpu(&process);
        std::thread::sleep(Duration::from_millis(700));
    }
    let started = cpu(&process);
    rig.cluster.start_again().unwrap();
    let mut up = None;
    let worked = cpu_in(&cluster);
    let (mut peak, mut sent) = (0, 0);
    while sent < most {
        let line: Value = serde_json::from_str(&parkir.line()).unwrap();
        if line["link"] == "up" {
            up = Some(Instant::now());
        }
        if line["event"] == "synced" {
            sent += line["sent"].as_u64().unwrap() + line["already"].as_u64().unwrap();
        }
        peak = status(&process, "VmHWM").max(peak);
    }
    let took = up.unwrap().elapsed().as_secs_f64();
    let (ours, theirs) = (cpu(&process) - started, cpu_in(&cluster) - worked);
    while !parkir.ask(r#"{"cmd":"status"}"#).1.contains("\"pending\":0") {
        std::thread::sleep(Duration::from_millis(5));
    }
    let cleared = up.unwrap().elapsed().as_secs_f64();
    let rate = sent as f64 / took;
    println!(
        "{name:<26} {sent:>7} facts  {took:6.2} s  {rate:8.0} facts/s (>= {wanted:.0})  {}  files gone {cleared:.2} s  peak RSS {:.1} MB {}  load {begun}..{}",
        held(rate >= wanted),
        peak as f64 / 1024.0,
        held(peak <= 40 * 1024),
        load()
    );
    println!("{:<26} CPU: terminal {ours:.2} s, PostgreSQL {theirs:.2} s", "");
}

/// The same rows once more, by COPY, into the same tables with all their indexes.
async fn copy(rig: &Rig) -> f64 {
    let root = rig.root().await;
    let file = |table: &str| rig.folder.join("pg/data").join(format!("{table}.copy")).display().to_string();
    for table in TABLES {
        let away = format!("COPY (SELECT * FROM public.{table}) TO '{}'", file(table));
        root.batch_execute(&away).await.unwrap();
    }
    root.batch_execute(&format!("TRUNCATE {} CASCADE", TABLES.join(", "))).await.unwrap();
    let begun = Instant::now();
    for table in TABLES {
        let back = format!("COPY public.{table} FROM '{}'", file(table));
        root.batch_execute(&back).await.unwrap();
    }
    begun.elapsed().as_secs_f64()
}

fn run(facts: usize, tcp: bool) {
    let folder = Folder::new("drain");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut rig = runtime.block_on(Rig::with(&[("A1", "both")], true, tcp));
    let kit = Kit::open(&rig.kit_path("A1")).unwrap();
    let made = memory().join(format!("parkir-drain-{}", std::process::id()));
    runtime.block_on(outage(&made, &kit, facts));
    let socket = rig.cluster.socket().display().to_string();
    let host = if tcp { "127.0.0.1" } else { &socket };
    let kit = rig.kit_path("A1");
    let desk = Desk::new(&folder.0.join("a1"), "A1", Some((&kit, host, rig.cluster.port())));
    bring(&made, &desk.data.join("offline_data"));
    let _ = std::fs::remove_dir_all(&made);
    let name = format!("{facts} over {}", if tcp { "TCP" } else { "the socket" });
    drain(&name, &desk, &mut rig, facts as u64, 15_000.0);
    let seconds = runtime.block_on(copy(&rig));
    println!("{:<26} {facts:>7} facts  {seconds:6.2} s  by COPY into the same tables", name);
}

fn main() {
    let only: Option<usize> = std::env::args().skip(1).find_map(|a| a.parse().ok());
    for (facts, tcp) in [(10_000, false), (10_000, true), (100_000, false)] {
        if only.is_none_or(|n| n == facts) {
            run(facts, tcp);
        }
    }
}
