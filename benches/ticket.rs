//! A ticket durable and answered, against a child that only appends 512 bytes and fdatasyncs: the same pipe, the same
//! pauses, one after the other, so that both meet the same disk. Budgets: median 3x with the link up, 6x with a spool
//! file, p99 100 ms whatever PostgreSQL does.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;
mod terminal;

use std::io::{BufRead, Write};
use std::time::Duration;
use support::Rig;
use terminal::{Desk, Folder, Piped, Times, held, load};

const ROUNDS: usize = 300;
const PAUSE: Duration = Duration::from_millis(20);
const BARE: &str = "--bare-append";

/// The child it is measured against.
fn bare(path: &str) {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        line.unwrap();
        file.write_all(&[b'x'; 512]).unwrap();
        file.sync_data().unwrap();
        out.write_all(b"ok\n").unwrap();
        out.flush().unwrap();
    }
}

/// One scenario: bare and ticket in turn.
fn measure(name: &str, bare: &mut Piped, desk: &mut Piped, most: f64, first: &mut usize) {
    let (mut bares, mut tickets) = (Vec::new(), Vec::new());
    let begun = load();
    for _ in 0..ROUNDS {
        *first += 1;
        bares.push(bare.ask("x").0);
        std::thread::sleep(PAUSE);
        let (took, answer) =
            desk.ask(&format!(r#"{{"cmd":"enter","plate":"B {} XYZ","class":"mobil"}}"#, 1000 + *first));
        assert!(answer.contains("\"entered\""), "{answer}");
        tickets.push(took);
        std::thread::sleep(PAUSE);
    }
    let (bares, tickets) = (Times::new(bares), Times::new(tickets));
    let ratio = tickets.percentile(50) / bares.percentile(50);
    for (who, times) in [("append", &bares), ("ticket", &tickets)] {
        print!(
            "{name:<22} {who}  n {:>4}  p50 {:7.2}  p99 {:7.2}  max {:7.2} ms",
            times.len(),
            times.percentile(50),
            times.percentile(99),
            times.percentile(100)
        );
        if who == "ticket" {
            let good = ratio <= most && times.percentile(99) < 100.0;
            print!("  ratio {ratio:5.2} (<= {most})  {}  load {begun}..{}", held(good), load());
        }
        println!();
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|a| a == BARE) {
        return bare(&arguments[at + 1]);
    }
    let folder = Folder::new("ticket");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut rig = runtime.block_on(Rig::with(&[("A1", "both")], true, false));
    let socket = rig.cluster.socket().display().to_string();
    let kit = rig.kit_path("A1");
    let desk = Desk::new(&folder.0.join("a1"), "A1", Some((&kit, &socket, rig.cluster.port())));
    let mut parkir = desk.headless("in");
    let beside = desk.data.join("offline_data/bare");
    std::fs::create_dir_all(desk.data.join("offline_data")).unwrap();
    let mut bare = std::process::Command::new(std::env::current_exe().unwrap());
    let mut bare = Piped::start(bare.arg(BARE).arg(beside));
    let mut n = 0;

    parkir.wait_link("up");
    measure("online", &mut bare, &mut parkir, 3.0, &mut n);
    rig.cluster.pause().unwrap();
    measure("frozen, unnoticed", &mut bare, &mut parkir, 6.0, &mut n);
    parkir.wait_link("down");
    measure("frozen, offline", &mut bare, &mut parkir, 6.0, &mut n);
    rig.cluster.resume().unwrap();
    parkir.wait_link("up");
    parkir.wait(|s| s["pending"] == 0);
    rig.cluster.stop().unwrap();
    parkir.wait_link("down");
    measure("stopped", &mut bare, &mut parkir, 6.0, &mut n);
    rig.cluster.start_again().unwrap();
    parkir.wait_link("up");
    parkir.wait(|s| s["pending"] == 0);
    measure("online again", &mut bare, &mut parkir, 3.0, &mut n);
}
