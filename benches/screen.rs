//! `parkir in` as a person meets it: how soon the first picture stands, what it weighs when nobody touches it, and
//! what wakes it then. Budgets: 50 ms, 15 MB, and only the clock's and the check's wake-ups.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;
mod terminal;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use support::Rig;
use terminal::{Desk, Folder, PARKIR, Times, cpu, held, load, proc, status};

const ROWS: u16 = 24;
const COLUMNS: u16 = 80;
const STARTS: usize = 20;
const SETTLE: Duration = Duration::from_secs(20);
const IDLE: Duration = Duration::from_secs(30);

/// The binary at a pseudo-terminal, and what it draws.
struct Seat {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    drawn: mpsc::Receiver<(Instant, usize)>,
    begun: Instant,
    _pair: portable_pty::PtyPair,
}

impl Seat {
    /// `(when, 1)` is sent once, when the badge stands on the screen; later `(when, bytes)` for all that is drawn.
    fn take(desk: &Desk) -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(PARKIR);
        command.args(["in", "--config"]);
        command.arg(&desk.config);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (tell, drawn) = mpsc::channel();
        let begun = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        std::thread::spawn(move || {
            let mut screen = vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
            let (mut buffer, mut stands) = ([0; 65536], false);
            while let Ok(read) = reader.read(&mut buffer) {
                let now = Instant::now();
                if read == 0 {
                    break;
                }
                screen.process(&buffer[..read]);
                let badge = screen.screen().contents().lines().next().is_some_and(|l| l.contains("Koneksi"));
                if !stands && badge {
                    stands = true;
                    let _ = tell.send((now, 1));
                } else if stands {
                    let _ = tell.send((now, read));
                }
            }
        });
        Self { child, drawn, begun, _pair: pair }
    }

    fn first_frame(&self) -> Duration {
        self.drawn.recv_timeout(Duration::from_secs(10)).unwrap().0 - self.begun
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(pid) = self.child.process_id() {
            let _ = std::process::Command::new("kill").arg(pid.to_string()).status();
        }
        let _ = self.child.wait();
    }
}

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
    idle("parkir in", seat.child.process_id().unwrap());
    let frames = seat.drawn.try_iter().filter(|(at, _)| at.elapsed() < IDLE).count();
    println!("{:<22} {frames} pieces drawn in 30 s (the clock's minute may be one)", "parkir in");
    idle("parkir in --headless", headless.pid());
}
