//! `parkir in` as a person meets it: how soon the first picture stands, what it weighs when nobody touches it, and
//! what wakes it then. Budgets: 50 ms, 15 MB, and only the clock's and the check's wake-ups.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;
mod terminal;

use std::fs;
use std::path::Path;
use std::time::Duration;
use support::Rig;
use terminal::seat::Seat;
use terminal::{Desk, Folder, Times, cpu, held, load, proc, status};

const STARTS: usize = 20;
const SETTLE: Duration = Duration::from_secs(20);
const IDLE: Duration = Duration::from_secs(30);

/// Sum of voluntary context switches by thread, and CPU time in ms (to 10).
fn stirrings(process: &Path) -> (Vec<(String, String, u64)>, u64) {
    let mut threads = Vec::new();
    for task in fs::read_dir(process.join("task")).unwrap().flatten() {
        let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default().trim().to_owned();
        let id = task.file_name().to_string_lossy().into_owned();
        threads.push((id, name, status(&task.path(), "voluntary_ctxt_switches")));
    }
    (threads, (cpu(process) * 1000.0).round() as u64)
}

fn rollup(process: &Path, field: &str) -> u64 {
    let text = fs::read_to_string(process.join("smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Weight after a while, and what stirs in an idle half minute.
fn idle(name: &str, pid: u32) {
    std::thread::sleep(SETTLE);
    let process = proc(pid);
    let rss = status(&process, "VmRSS");
    let (anon, file) = (status(&process, "RssAnon"), status(&process, "RssFile"));
    println!(
        "{name:<22} RSS {:.1} MB (own {:.1}, program {:.1}, PSS {:.1}, threads {})  {}",
        rss as f64 / 1024.0,
        anon as f64 / 1024.0,
        file as f64 / 1024.0,
        rollup(&process, "Pss") as f64 / 1024.0,
        status(&process, "Threads"),
        held(rss <= 15 * 1024)
    );
    let (before, busy) = stirrings(&process);
    std::thread::sleep(IDLE);
    let (after, busier) = stirrings(&process);
    let mut total = 0;
    let mut who = Vec::new();
    for (id, thread, switches) in &after {
        let known = before.iter().find(|(b, _, _)| b == id).map_or(0, |(_, _, n)| *n);
        let woken = switches.saturating_sub(known);
        total += woken;
        if woken > 0 {
            who.push(format!("{thread} {woken}"));
        }
    }
    println!(
        "{name:<22} {total} wake-ups and {} ms CPU in 30 s ({})  load {}",
        busier - busy,
        who.join(", "),
        load()
    );
}

fn main() {
    let folder = Folder::new("screen");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let rig = runtime.block_on(Rig::with(&[("A1", "both"), ("A2", "both")], false, false));
    let socket = rig.cluster.socket().display().to_string();
    let port = rig.cluster.port();
    let (kit1, kit2) = (rig.kit_path("A1"), rig.kit_path("A2"));
    let desk = Desk::new(&folder.0.join("a1"), "A1", Some((&kit1, &socket, port)));
    let other = Desk::new(&folder.0.join("a2"), "A2", Some((&kit2, &socket, port)));

    let mut times = Vec::new();
    for _ in 0..STARTS {
        let seat = Seat::take(&desk);
        times.push(seat.first_frame());
    }
    let times = Times::new(times);
    println!(
        "first frame            n {STARTS}  p50 {:.1}  max {:.1} ms  {}  load {}",
        times.percentile(50),
        times.percentile(100),
        held(times.percentile(50) < 50.0),
        load()
    );
    let seat = Seat::take(&desk);
    seat.first_frame();
    let mut headless = other.headless("in");
    headless.wait_link("up");
    idle("parkir in", seat.pid());
    let frames = seat.drawn.try_iter().filter(|p| p.at.elapsed() < IDLE).count();
    println!("{:<22} {frames} pieces drawn in 30 s (the clock's minute may be one)", "parkir in");
    idle("parkir in --headless", headless.pid());
}
