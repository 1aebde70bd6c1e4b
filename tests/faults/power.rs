//! Power cuts at any moment, and disks that fail: a ticket that was shown is there.

use crate::checker::{Tally, envelopes};
use crate::dice::Dice;
use crate::lane::{Lane, note, pick};
use crate::platter::{self, Files, Record};
use crate::proxy::Rule;
use crate::support::face::{Head, until};
use crate::support::site::Site;
use parkir::domain::fact::Sealed;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A lane whose gate stands on the disk of `disk.c`: the disk's log, and the file that makes it fail.
async fn on_disk(scenario: &'static str) -> (Lane, PathBuf, PathBuf, PathBuf) {
    let folder = crate::support::own_folder();
    let library = platter::build(&folder);
    let (log, fail) = (folder.join("log"), folder.join("gagal"));
    let mut lane = Lane::open(scenario).await;
    // From its first byte on: the gate begins anew on an empty folder.
    lane.head.kill();
    std::fs::remove_dir_all(lane.data()).unwrap();
    lane.excuse.damaged = true;
    lane.environment = platter::environment(&library, &lane.data(), &log, &fail);
    lane.restart();
    lane.heals();
    (lane, log, fail, library)
}

/// (kind, stay) of what a gate showed, and of what its journal holds.
type Known = BTreeSet<(String, String)>;

fn shown(records: &[Record]) -> Known {
    let answers = platter::said(records).into_iter();
    let told = answers.filter(|a| matches!(a["event"].as_str(), Some("entered" | "left")));
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    told.map(|a| (text(&a["event"]), text(&a["stay"]))).collect()
}

fn held(data: &Path) -> Known {
    let facts = envelopes(data).into_iter().map(|e| serde_json::from_str::<Sealed>(&e).unwrap().fact);
    facts.filter_map(|f| Some((f.kind().to_owned(), f.stay()?.to_string()))).collect()
}

/// The spool files whose facts the journal does not have.
fn strange(data: &Path) -> Vec<String> {
    let facts =
        envelopes(data).into_iter().map(|e| serde_json::from_str::<Sealed>(&e).unwrap().fact.id().to_string());
    let known: BTreeSet<String> = facts.collect();
    let files = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let fact =
        |name: &String| Some(name.strip_prefix("parking_")?.strip_suffix(".json")?.rsplit_once('_')?.1.to_owned());
    files.filter(|name| fact(name).is_some_and(|id| !known.contains(&id))).collect()
}

/// A gate that stands alone on this folder.
pub fn alone(folder: &Path, environment: &[(String, String)]) -> Head {
    let config = folder.join("sendiri.toml");
    let text = format!(
        "data_dir = \"{}\"\n[gate]\nid = \"A1\"\n[central]\nhost = \"127.0.0.1\"\nport = 1\n",
        folder.display()
    );
    std::fs::write(&config, text).unwrap();
    Head::start_with("in", &config, environment)
}

/// A gate that stands alone on this folder: it runs, sells, and comes to hold all of these.
fn stands(folder: &Path, data: &Path, wanted: &Known, what: &str) {
    let mut gate = alone(folder, &[]);
    gate.enter("B 1 LAGI", "motor");
    let mut missing: Vec<(String, String)> = Vec::new();
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for _ in 0..100 {
            let held = held(data);
            missing = wanted.iter().filter(|w| !held.contains(*w)).cloned().collect();
            // What was never shown may have a file too; the comparison with the start brings it in.
            missing.extend(strange(data).into_iter().map(|file| ("file".to_owned(), file)));
            if missing.is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }));
    assert!(found.is_ok() && missing.is_empty(), "{what}: shown and gone after the cut: {missing:?}");
    gate.quit();
    let report = parkir::journal::verify(data, None).unwrap();
    assert_eq!(report.faults, [], "{what}");
}

/// A gate begins on these files, sells, and the power goes at any moment of that: what was shown before and since. The
/// folder is as it was left.
fn cut_again(folder: &Path, library: &Path, kept: &Files, mut known: Known, dice: &mut Dice) -> Known {
    let (log, fail) = (folder.join("log-lagi"), folder.join("gagal-lagi"));
    let _ = std::fs::remove_file(&log);
    let data = folder.join("offline_data");
    let mut gate = alone(folder, &platter::environment(library, &data, &log, &fail));
    (0..3).for_each(|_| drop(gate.enter("B 2 LAGI", "motor")));
    gate.kill();
    let records = platter::read(&log);
    let cut = dice.below(records.len()) + 1;
    let strict = dice.below(2) == 0;
    println!("and again behind record {cut} of {}, strict {strict}", records.len());
    platter::write(&data, &platter::after_another_cut(kept, &records[..cut], (!strict).then_some(dice)));
    known.extend(shown(&records[..cut]));
    known
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_at_any_moment_costs_no_ticket_that_was_shown() {
    let (mut lane, log, file, library) = on_disk("power cut").await;
    let folder = log.parent().unwrap().to_owned();
    lane.traffic(6);
    std::thread::sleep(Duration::from_millis(1500));
    lane.traffic(2);
    let quiet = platter::read(&log).len();
    // Syncs that fail, once and for a while: the kernel forgets what it could not write.
    for times in [1, -1] {
        fail(&file, "sync", "journal.db", EIO, times);
        lane.traffic(1);
        std::fs::remove_file(&file).unwrap();
        lane.traffic(2);
    }
    let failed = platter::read(&log).len();
    lane.proxy.set(Rule::Refuse);
    lane.breaks();
    for _ in 0..6 {
        lane.traffic(1);
        // Idle for a moment: the next spool file and the WAL's room are laid out.
        std::thread::sleep(Duration::from_millis(50));
    }
    lane.traffic(5);
    lane.heals();
    lane.traffic(3);
    lane.proxy.set(Rule::Refuse);
    lane.traffic(3);
    lane.head.kill();
    let records = platter::read(&log);
    let all = shown(&records);
    assert!(all.len() > 40, "{}", all.len());

    let mut dice = Dice::new("power cut");
    let seeds = pick(5, 200);
    let mut compared = 0;
    let ticket = |r: &Record| {
        let said = String::from_utf8_lossy(&r.bytes);
        r.kind == b'S' && (said.contains("\"entered\"") || said.contains("\"left\""))
    };
    let told: Vec<usize> = (0..records.len()).filter(|at| ticket(&records[*at])).collect();
    let data = folder.join("offline_data");
    for seed in 0..seeds {
        // Right behind an answer, where the promise is tightest, or anywhere.
        let (cut, strict) = match seed % 4 {
            // Spread over the whole story, so that few seeds see the good line, the bad one, and the way back.
            0 | 2 => (told[(told.len() * seed + dice.below(told.len())) / seeds] + 1, seed % 4 == 0),
            1 => (quiet + dice.below(failed + 20 - quiet), dice.below(2) == 0),
            _ => (dice.below(records.len()) + 1, dice.below(2) == 0),
        };
        let kept = platter::after_cut(&records[..cut], (!strict).then_some(&mut dice));
        platter::write(&data, &kept);
        let what = format!("cut {seed} behind record {cut} of {}, strict {strict}", records.len());
        let known = shown(&records[..cut]);
        compared += known.len();
        // The power comes back, and goes again while the gate puts itself right.
        let known = if seed % 5 == 1 { cut_again(&folder, &library, &kept, known, &mut dice) } else { known };
        stands(&folder, &data, &known, &what);
    }
    // And once to the end: what is left of the last moment heals with PostgreSQL.
    platter::write(&lane.data(), &platter::after_cut(&records, None));
    lane.environment.clear();
    lane.restart();
    lane.runs = seeds;
    lane.ends().await;
    std::fs::remove_dir_all(&folder).unwrap();
    note("power cut, shown before it", seeds, Tally { shown: compared, ..Tally::default() }, Duration::ZERO);
}

/// Lets a call fail on files whose name holds `part`; `times` -1 is until told otherwise.
fn fail(file: &Path, call: &str, part: &str, error: i32, times: i32) {
    platter::order(file, &format!("{call} {part} {error} {times}"));
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Cars in and out while the disk fails, beginning with the `first` kind: only what is refused first can come to life, behind
/// it no epoch begins. What was refused, to be asked for again.
fn sells(lane: &mut Lane, n: usize, first: usize) -> Vec<Value> {
    let mut leaving = lane.shown.all_inside().into_iter();
    let mut commands = Vec::new();
    for i in 0..n {
        commands.push(json!({"cmd": "enter", "plate": format!("B {i} RUSAK"), "class": "motor"}));
        let qr = leaving.next().expect("nobody inside");
        commands.push(json!({"cmd": "leave", "qr": qr, "method": "tunai", "tendered": 100_000}));
        // No plate, no ticket: of one class they would be one car that asks again, and PostgreSQL may have the first.
        let class = ["mobil", "truk"][i % 2];
        commands.push(json!({"cmd": "enter", "plate": null, "class": class}));
        let stated = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(90);
        commands.push(json!({"cmd": "leave_no_data", "plate": format!("B {i} LUPA"), "class": "motor",
            "entered_at": stated.to_string(), "reason": "hilang", "method": "tunai", "tendered": 100_000}));
    }
    commands.rotate_left(first);
    commands.retain(|command| {
        let answer = lane.head.ask(command);
        if answer["ok"] == true {
            lane.shown.note(&answer);
        }
        answer["ok"] != true
    });
    commands
}

/// The disk is back: each of these is asked for again, as a cashier presses F9 again. Whatever came to life of the first
/// try is this one.
fn repeats(lane: &mut Lane, refused: &[Value]) {
    for command in refused {
        let answer = lane.head.yes(command);
        lane.shown.note(&answer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_a_sync_or_a_write_loses_nothing_and_doubles_nothing() {
    let folder = crate::support::own_folder();
    let library = platter::build(&folder);
    let (log, file) = (folder.join("log"), folder.join("gagal"));
    let disk = |site: &Site| platter::environment(&library, &site.data("A1").join("offline_data"), &log, &file);
    let mut lane = Lane::open_with("EIO and ENOSPC", disk).await;
    lane.cars_inside(4);
    let kinds = [("sync", EIO, true), ("write", ENOSPC, false), ("sync", EIO, false), ("write", ENOSPC, true)];
    for round in 0..pick(1, 20) {
        for (call, error, up) in kinds.into_iter().take(pick(1, 4)) {
            {
                lane.proxy.set(if up { Rule::Pass } else { Rule::Refuse });
                if !up {
                    lane.falls_with_a_car();
                }
                // Once, then for as long as it takes, on one store, then on the other.
                for (part, times) in [("journal.db", 1), ("journal.db", -1), ("tmp", 1), ("tmp", -1)] {
                    fail(&file, call, part, error, times);
                    let refused = sells(&mut lane, 2, 0);
                    assert!(refused.is_empty(), "{round}: one store is enough: {call} {part} {error} {times}");
                    std::fs::remove_file(&file).unwrap();
                }
                // Neither store: nothing is shown as saved. Then the next try of each, at once, behind another car,
                // when all that came to life is at PostgreSQL.
                for (first, patience) in [(0, 0), (0, 2), (1, 0), (1, 1), (1, 2), (2, 1), (3, 0), (3, 2)] {
                    lane.proxy.set(if up { Rule::Pass } else { Rule::Refuse });
                    fail(&file, call, ".", error, -1);
                    let refused = sells(&mut lane, 2, first);
                    assert_eq!(refused.len(), 8, "shown as saved with no store: {call} {error} up {up}");
                    std::fs::remove_file(&file).unwrap();
                    if patience > 0 {
                        lane.enter();
                    }
                    if patience > 1 {
                        lane.heals();
                    }
                    repeats(&mut lane, &refused);
                }
                lane.heals();
            }
        }
        until("no fact left outside the journal", || (lane.pending() == 0).then_some(()));
        lane.check("a round of failures").await;
        lane.restart();
        lane.heals();
    }
    lane.ends().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
