//! A backlog of 10 000 facts through `Central::ingest`, batches of 500, two in the pipe, on a durable private
//! cluster over a unix socket and loopback. Prints facts a second; the budget is 15 000.

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;
use support::*;

const FACTS: usize = 10_000;
const BATCH: usize = 500;

/// Entries and exits in the order a busy site makes them: an exit for every entry, `apart` facts later.
fn backlog(pen: &mut Pen, apart: usize, round: u128) -> Vec<String> {
    let mut facts = Vec::with_capacity(FACTS);
    let mut inside = std::collections::VecDeque::new();
    let mut n = round << 24;
    while facts.len() < FACTS {
        n += 1;
        let second = i64::try_from(facts.len()).unwrap_or(0);
        let stay = id_at(second, n);
        facts.push(pen.enter(stay, second, &format!("B{}XYZ", n % 9000)));
        inside.push_back(stay);
        if inside.len() > apart {
            n += 1;
            let second = i64::try_from(facts.len()).unwrap_or(0);
            let gone = inside.pop_front().unwrap_or(stay);
            facts.push(pen.leave(id_at(second, n), second, gone, 5000));
        }
    }
    facts.truncate(FACTS);
    facts
}

async fn drain(central: &parkir::central::Central, facts: &[String]) -> f64 {
    let started = Instant::now();
    let mut batches = facts.chunks(BATCH);
    while let Some(first) = batches.next() {
        let first = central.ingest(first, LIMIT);
        match batches.next() {
            Some(second) => {
                let (a, b) = tokio::join!(first, central.ingest(second, LIMIT));
                assert!(a.unwrap().iter().chain(&b.unwrap()).all(|v| v.is_settled()));
            }
            None => {
                first.await.unwrap();
            }
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    f64::from(u32::try_from(facts.len()).unwrap_or(0)) / seconds
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let rig = Rig::with(&[("A1", "both")], true, true).await;
        let mut pen = Pen::new("A1", 1);
        let mut round = 0;
        for (name, apart) in [("masuk saja", FACTS), ("keluar jauh", 2000), ("keluar dekat", 100)] {
            round += 1;
            let facts = backlog(&mut pen, apart, round);
            let bytes: usize = facts.iter().map(String::len).sum();
            let central = rig.central("A1").await;
            let rate = drain(&central, &facts).await;
            let again = drain(&central, &facts).await;
            println!(
                "{name:14} {rate:8.0} fakta/detik   ulang {again:8.0} fakta/detik   ({} B/fakta)",
                bytes / facts.len()
            );
        }
    });
}
