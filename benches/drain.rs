//! An outage's backlog on its way to the centre, through the real binary: from the link's return to nothing waiting.
//! Budgets: 15 000 facts a second on loopback; within 4x of COPY of the same rows into the same tables and indexes;
//! 40 MB; and meanwhile a key is answered within 50 ms. Then what a start costs on such a backlog.
//! Behind `--`: a number of facts, and `keys` for the keys alone.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;
mod terminal;

use parkir::app::kit::Kit;
use serde_json::Value;
use std::time::{Duration, Instant};
use support::Rig;
use terminal::backlog::{bring, memory, outage};
use terminal::seat::Seat;
use terminal::{Desk, Folder, Piped, Times, cpu, cpu_in, held, load, proc, status};

/// Where a fact leaves its rows.
const TABLES: [&str; 4] = ["peristiwa", "kunjungan", "kendaraan", "transaksi"];
const COPIES: f64 = 4.0;
const RESIDENT_KIB: u64 = 40 * 1024;
const FRAME_MS: f64 = 50.0;
const KEY_MS: f64 = 50.0;
/// One key after another: slower than a scanner, faster than fingers.
const PACE: Duration = Duration::from_millis(50);
/// On a slow disk the spool files take longer to go than anybody types.
const TYPING: Duration = Duration::from_secs(60);
const PLATE: &str = "B1234XYZ";
const STARTS: usize = 5;

/// A site, and a terminal behind an outage of so many facts. PostgreSQL is stopped.
struct Outage {
    desk: Desk,
    rig: Rig,
    runtime: tokio::runtime::Runtime,
    _folder: Folder,
}

impl Outage {
    fn new(facts: usize, tcp: bool) -> Self {
        let folder = Folder::new("drain");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut rig = runtime.block_on(Rig::with(&[("A1", "both")], true, tcp));
        let path = rig.kit_path("A1");
        let made = memory().join(format!("parkir-drain-{}", std::process::id()));
        runtime.block_on(outage(&made, "A1", &Kit::open(&path).unwrap(), facts));
        let socket = rig.cluster.socket().display().to_string();
        let host = if tcp { "127.0.0.1" } else { &socket };
        let desk = Desk::new(&folder.0.join("a1"), "A1", Some((&path, host, rig.cluster.port())));
        bring(&made, &desk.data.join("offline_data"));
        let _ = std::fs::remove_dir_all(&made);
        rig.cluster.stop().unwrap();
        Self { desk, rig, runtime, _folder: folder }
    }

    /// Seconds from green to all acked.
    fn drain(&mut self, name: &str, most: u64, wanted: f64) -> f64 {
        let cluster = self.rig.folder.join("pg/data");
        let begun = load();
        let mut parkir = self.desk.headless("in");
        let process = proc(parkir.pid());
        // The outage goes on until the start's comparison of journal and spool is through.
        let started = parkir.rests();
        self.rig.cluster.start_again().unwrap();
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
            held(peak <= RESIDENT_KIB),
            load()
        );
        println!("{:<26} CPU: terminal {ours:.2} s, PostgreSQL {theirs:.2} s", "");
        took
    }

    /// The same rows once more, by COPY, into the same tables with all their indexes. Seconds.
    async fn copy(&self) -> f64 {
        let root = self.rig.root().await;
        let file =
            |table: &str| self.rig.folder.join("pg/data").join(format!("{table}.copy")).display().to_string();
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

    /// What a start costs here: until the first picture, until the first ticket is answered.
    fn start(&self, name: &str) {
        let frames = (0..STARTS).map(|_| Seat::take(&self.desk).first_frame()).collect();
        tell(name, "first frame", &Times::new(frames), FRAME_MS);
        let first = |n: usize| {
            let begun = Instant::now();
            let mut parkir = Piped::start(self.desk.command("in").arg("--headless"));
            let (_, answer) = parkir.ask(&format!(r#"{{"cmd":"enter","plate":"A {n} XYZ","class":"mobil"}}"#));
            assert!(answer.contains("\"entered\""), "{answer}");
            begun.elapsed()
        };
        let tickets = Times::new((1..=STARTS).map(first).collect());
        println!(
            "{name:<26} first ticket   n {:>4}  p50 {:7.1}  max {:7.1} ms after the start  load {}",
            tickets.len(),
            tickets.percentile(50),
            tickets.percentile(100),
            load()
        );
    }

    /// Somebody types plates while it drains.
    fn typed(&mut self, name: &str) {
        let text = std::fs::read_to_string(&self.desk.config).unwrap();
        std::fs::write(&self.desk.config, format!("{text}[sync]\nmode = \"auto\"\n")).unwrap();
        let mut seat = Seat::take(&self.desk);
        seat.shows(|text| text.contains("Database Terputus"));
        std::thread::sleep(Duration::from_secs(20));
        let calm = type_until(&mut seat, |round, _| round == 10);
        tell(name, "letter, waiting", &calm.0, KEY_MS);
        tell(name, "rubout, waiting", &calm.1, KEY_MS);
        self.rig.cluster.start_again().unwrap();
        seat.shows(|text| text.contains("Database Terhubung"));
        let up = Instant::now();
        let (letters, rubouts) = type_until(&mut seat, |_, top| {
            let gone = top.contains("Terhubung") && !top.contains("antre");
            gone || up.elapsed() > TYPING
        });
        tell(name, "letter, draining", &letters, KEY_MS);
        tell(name, "rubout, draining", &rubouts, KEY_MS);
        let peak = status(&proc(seat.pid()), "VmHWM");
        println!(
            "{name:<26} screen: typed for {:.2} s  peak RSS {:.1} MB {}",
            up.elapsed().as_secs_f64(),
            peak as f64 / 1024.0,
            held(peak <= RESIDENT_KIB)
        );
    }
}

fn tell(name: &str, what: &str, times: &Times, most: f64) {
    println!(
        "{name:<26} {what:<17} n {:>4}  p50 {:6.1}  p99 {:6.1}  max {:6.1} ms (<= {most:.0})  {}  load {}",
        times.len(),
        times.percentile(50),
        times.percentile(99),
        times.percentile(100),
        held(times.percentile(99) <= most),
        load()
    );
}

/// What stands in the plate's field.
fn plate(text: &str) -> String {
    let line = text.lines().find(|l| l.contains("Plat ")).unwrap_or_default();
    let field = line.split("││").next().unwrap_or_default().split_once("Plat ").unwrap_or_default().1;
    field.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Types a plate and rubs it out again, round after round, until `done` says so of the rounds and the first line. How
/// long letters took, and how long rubouts, which no scanner sends.
fn type_until(seat: &mut Seat, done: impl Fn(usize, &str) -> bool) -> (Times, Times) {
    let (mut letters, mut rubouts) = (Vec::new(), Vec::new());
    for round in 1.. {
        let mut top = String::new();
        let back = (0..PLATE.len()).rev().map(|n| (&b"\x7f"[..], n));
        let there = (1..=PLATE.len()).map(|n| (&PLATE.as_bytes()[n - 1..n], n));
        for (key, n) in there.chain(back) {
            let pressed = Instant::now();
            let (took, line) = seat.press(key, |text| plate(text) == PLATE[..n]);
            if key == b"\x7f" {
                rubouts.push(took)
            } else {
                letters.push(took)
            }
            top = line;
            std::thread::sleep(PACE.saturating_sub(pressed.elapsed()));
        }
        if done(round, &top) {
            break;
        }
    }
    (Times::new(letters), Times::new(rubouts))
}

fn main() {
    let only: Option<usize> = std::env::args().skip(1).find_map(|a| a.parse().ok());
    let keys = std::env::args().any(|a| a == "keys");
    for (facts, tcp) in [(10_000, false), (10_000, true), (100_000, false)] {
        if only.is_some_and(|n| n != facts) {
            continue;
        }
        let name = format!("{facts} over {}", if tcp { "TCP" } else { "the socket" });
        if !keys {
            let mut outage = Outage::new(facts, tcp);
            if facts == 100_000 {
                outage.start(&name);
            }
            let took = outage.drain(&name, facts as u64, 15_000.0);
            let copied = outage.runtime.block_on(outage.copy());
            let ratio = took / copied;
            println!(
                "{name:<26} {facts:>7} facts  {copied:6.2} s  by COPY into the same tables  ratio {ratio:.2} (<= {COPIES:.0})  {}",
                held(ratio <= COPIES)
            );
        }
        if facts == 100_000 {
            Outage::new(facts, tcp).typed(&name);
        }
    }
}
