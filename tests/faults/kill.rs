//! kill -9 at any moment: while it starts, records, sends, and clears away. And bytes that turn over in what it left.

use crate::dice::Dice;
use crate::lane::{Lane, pick};
use crate::proxy::{Rule, Way};
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// Commands a round, written before the first answer is read.
const ROUND: usize = 24;

/// 0 is AA.
fn letters(n: usize) -> String {
    [n / 26, n % 26].map(|at| char::from(b'A' + u8::try_from(at).unwrap())).iter().collect()
}

/// Entries and exits until it is dead or all is answered; what never was is counted.
fn talk(lane: &mut Lane, round: usize, tried: &mut BTreeSet<String>) {
    let inside: Vec<(String, String)> = lane
        .shown
        .entered
        .iter()
        .filter(|(stay, ..)| !lane.shown.left.contains_key(stay) && !tried.contains(stay))
        .take(ROUND / 2)
        .map(|(stay, _, qr)| (stay.clone(), qr.clone()))
        .collect();
    let mut leaving = inside.into_iter();
    let mut written = 0;
    for n in 0..ROUND {
        let command = match leaving.next().filter(|_| n % 2 == 1) {
            Some((stay, qr)) => {
                tried.insert(stay);
                json!({"cmd": "leave", "qr": qr, "method": "tunai", "tendered": 100_000})
            }
            None => json!({"cmd": "enter", "plate": format!("B {} X{}", 1 + round, letters(n)), "class": "motor"}),
        };
        if !lane.head.write_if_alive(&command) {
            break;
        }
        written += 1;
    }
    while written > 0 {
        let Some(answer): Option<Value> = lane.head.answer_if_alive() else { break };
        assert_eq!(answer["ok"], true, "{answer}");
        lane.shown.note(&answer);
        written -= 1;
    }
    lane.shown.unanswered += written;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_nothing_shown_is_lost_and_nothing_comes_twice() {
    let mut lane = Lane::open("kill -9 at random").await;
    lane.shown.once = true;
    let mut dice = Dice::new("kill -9");
    let mut tried = BTreeSet::new();
    let rounds = pick(15, 1000);
    for round in 0..rounds {
        lane.proxy.set([Rule::Pass, Rule::Refuse, Rule::Pass, Rule::Stall(Way::Reply)][round % 4]);
        lane.restart();
        let (pid, wait) = (lane.head.pid(), Duration::from_millis(dice.below(600) as u64));
        let killer = std::thread::spawn(move || {
            std::thread::sleep(wait);
            kill_process(pid, Signal::KILL).unwrap();
        });
        talk(&mut lane, round, &mut tried);
        killer.join().unwrap();
    }
    lane.restart();
    lane.runs = rounds;
    lane.enter();
    lane.ends().await;
}

/// The journal is gone while a sending hangs at the centre and comes to nothing: the files are still there.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_lost_while_a_sending_hangs_is_refilled_from_the_spool() {
    let mut lane = Lane::open("journal lost while a sending hangs").await;
    lane.excuse.damaged = true;
    for _ in 0..pick(1, 50) {
        lane.proxy.set(Rule::Refuse);
        lane.breaks();
        lane.traffic(4);
        lane.has_its_files();
        let mut root = lane.site.rig.root().await;
        let held = root.transaction().await.unwrap();
        held.batch_execute("LOCK TABLE epok IN ACCESS EXCLUSIVE MODE").await.unwrap();
        lane.proxy.set(Rule::Pass);
        let hangs =
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'gate_a1' AND wait_event_type = 'Lock'";
        lane.site.comes_to(hangs, "t").await;
        lane.head.kill();
        let end = "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE usename = 'gate_a1'";
        lane.site.rows(end).await;
        held.rollback().await.unwrap();
        for tail in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(lane.data().join(format!("journal.db{tail}")));
        }
        lane.restart();
        lane.heals();
    }
    lane.ends().await;
}

/// Turns one byte of one file over: which, and where.
fn flip(lane: &Lane, dice: &mut Dice) -> String {
    let folder = lane.data();
    let names = crate::support::site::files(&folder);
    let mut files: Vec<PathBuf> =
        names.iter().filter(|n| n.starts_with("parking_")).map(|n| folder.join(n)).collect();
    files = match dice.below(3) {
        0 => vec![folder.join("journal.db")],
        1 => vec![folder.join("journal.db-wal")],
        _ => files,
    };
    // One that ended in order has no WAL.
    let path = Some(files[dice.below(files.len())].clone()).filter(|p| p.exists());
    let path = path.unwrap_or_else(|| folder.join("journal.db"));
    let mut bytes = std::fs::read(&path).unwrap();
    // What was never written to, or is long checkpointed, is not worth a run.
    let used = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    if used == 0 {
        return format!("{} is empty", path.display());
    }
    let aimed = names.iter().filter(|n| n.starts_with("parking_")).nth(dice.below(9)).and_then(|name| {
        let id = name.trim_end_matches(".json").rsplit('_').next()?.as_bytes();
        bytes.windows(id.len()).rposition(|window| window == id)
    });
    let at = match aimed {
        // Within a fact that waits, or close by.
        Some(at) if dice.below(4) > 0 => (at + dice.below(1000)).saturating_sub(200).min(used - 1),
        _ => dice.below(used),
    };
    bytes[at] ^= 1 << dice.below(8);
    std::fs::write(&path, bytes).unwrap();
    format!("{} at {at} of {used}", path.display())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_byte_turned_over_in_journal_wal_or_spool_costs_no_ticket() {
    let mut lane = Lane::open("one byte turned over").await;
    lane.excuse.damaged = true;
    let mut dice = Dice::new("one byte turned over");
    for run in 0..pick(6, 300) {
        lane.proxy.set(Rule::Refuse);
        if run > 0 {
            lane.restart();
        }
        lane.falls_with_a_car();
        lane.traffic(2);
        lane.enter();
        lane.has_its_files();
        if dice.below(2) == 0 {
            // It ends in order, and all of the WAL is in the database.
            kill_process(lane.head.pid(), Signal::TERM).unwrap();
            while lane.head.answer_if_alive().is_some() {}
        }
        lane.head.kill();
        let what = flip(&lane, &mut dice);
        println!("run {run}: {what}");
        lane.restart();
        lane.heals();
        lane.check(&what).await;
    }
    lane.ends().await;
}
