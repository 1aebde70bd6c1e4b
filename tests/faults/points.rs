//! kill -9 at labelled points: right before and right behind each call on a ticket's way to the disk, to the screen, to
//! PostgreSQL and out of the spool. The terminal kills itself there (`disk.c`).

use crate::lane::{Lane, pick};
use crate::platter;
use crate::proxy::Rule;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// When a point is passed.
#[derive(Clone, Copy, PartialEq)]
enum While {
    /// It starts, and its journal is there.
    Starting,
    /// The link is up, and cars come and go.
    Up,
    /// The link is down, and cars come and go.
    Down,
    /// The link has come back, and what waited goes.
    Returning,
    /// It starts, and has no folder yet.
    First,
}
use While::{Down, First, Returning, Starting, Up};

/// Call, part of the name, when, and whether it is passed in the bounded run too.
const POINTS: &[(&str, &str, While, bool)] = &[
    ("write", "journal.db-wal", Starting, false),
    ("sync", "journal.db-wal", Starting, true),
    ("write", "replica.db", Starting, false),
    ("write", "journal.lock", Starting, true),
    ("write", "journal.db-wal", Up, false),
    ("sync", "journal.db-wal", Up, true),
    ("say", "stdout", Up, true),
    ("send", "pusat", Up, true),
    ("recv", "pusat", Up, true),
    ("write", "replica.db-wal", Up, false),
    ("write", "journal.db-wal", Down, false),
    ("sync", "journal.db-wal", Down, true),
    ("write", ".tmp", Down, false),
    ("sync", ".tmp", Down, false),
    ("rename", "parking_", Down, true),
    ("sync", "/", Down, true),
    ("say", "stdout", Down, false),
    ("send", "pusat", Returning, true),
    ("recv", "pusat", Returning, true),
    ("write", "journal.db-wal", Returning, true),
    ("unlink", "parking_", Returning, true),
    ("create", "journal.db", First, false),
    ("write", "journal.db", First, true),
    ("sync", "/", First, false),
    ("write", "replica.db", First, false),
];

/// Ends the process at the `nth` such call.
fn order(file: &Path, (call, part, when): (&str, &str, &str), nth: usize) {
    platter::order(file, &format!("{call} {part} {when} {nth}"));
}

/// Asks, and counts what was never answered; whether it lives.
fn asks(lane: &mut Lane, command: &Value) -> bool {
    if !lane.head.write_if_alive(command) {
        return false;
    }
    match lane.head.answer_if_alive() {
        Some(answer) => {
            assert_eq!(answer["ok"], true, "{answer}");
            if answer["event"] != "status" {
                lane.shown.note(&answer);
            }
            true
        }
        None => {
            lane.shown.unanswered += usize::from(command["cmd"] != "status");
            false
        }
    }
}

/// Cars until it is dead; whether it died of it.
fn dies(lane: &mut Lane, cars: bool, tried: &mut Vec<String>, patience: Duration) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        let inside = lane.shown.entered.iter().map(|(stay, _, qr)| (stay.clone(), qr.clone()));
        let next = inside.filter(|(s, _)| !lane.shown.left.contains_key(s) && !tried.contains(s)).nth(1);
        let lives = match next.filter(|_| cars) {
            Some((stay, qr)) => {
                tried.push(stay);
                asks(lane, &json!({"cmd": "leave", "qr": qr, "method": "tunai", "tendered": 100_000}))
            }
            None => true,
        } && asks(
            lane,
            &if cars {
                json!({"cmd": "enter", "plate": "B 7 MATI", "class": "motor"})
            } else {
                json!({"cmd": "status"})
            },
        );
        if !lives {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_labelled_point_nothing_shown_is_lost_and_nothing_comes_twice() {
    let mut lane = Lane::open("kill -9 at labelled points").await;
    let folder = crate::support::own_folder();
    let file = folder.join("mati");
    lane.environment = platter::killing(&platter::build(&folder), &lane.data(), &file, lane.proxy.port());
    let mut tried = Vec::new();
    let depths: &[usize] = if pick(0, 1) == 0 { &[1] } else { &[1, 2, 3, 7] };
    for (call, part, at, bounded) in POINTS.iter().copied().filter(|p| p.3 || pick(0, 1) == 1) {
        let whens: &[&str] = match call {
            "recv" => &["after"],
            _ if bounded && pick(0, 1) == 0 => &["before"],
            _ => &["before", "after"],
        };
        for (when, depth) in whens.iter().flat_map(|when| depths.iter().map(move |depth| (*when, *depth))) {
            let what = format!("{call} {part}, {when} the {depth}.");
            println!("{what}");
            let _ = std::fs::remove_file(&file);
            lane.proxy.set(if at == Down || at == Returning { Rule::Refuse } else { Rule::Pass });
            if at == First {
                // All is at PostgreSQL, and the folder is gone.
                lane.head.kill();
                std::fs::remove_dir_all(lane.data()).unwrap();
                lane.excuse.damaged = true;
            }
            if at == Starting || at == First {
                order(&file, (call, part, when), depth);
                lane.restart();
            } else {
                lane.restart();
                if at == Up {
                    lane.heals();
                } else {
                    lane.falls_with_a_car();
                    (0..4).for_each(|_| lane.enter());
                    lane.has_its_files();
                }
                order(&file, (call, part, when), depth);
                if at == Returning {
                    lane.proxy.set(Rule::Pass);
                }
            }
            // The way back may wait for its turn to try.
            let patience = Duration::from_secs(if depth == 1 { 30 } else { 8 });
            let died = dies(&mut lane, at != Returning, &mut tried, patience);
            // Some calls come only once.
            assert!(died || depth > 1, "never passed: {what}");
            std::fs::remove_file(&file).unwrap();
            lane.restart();
            lane.heals();
            lane.check(&what).await;
        }
    }
    lane.ends().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
