//! A backlog of 10 000 facts through `Central::ingest`, batches of 500, two in the pipe, on a durable private
//! cluster over a unix socket and loopback. Prints facts a second (the budget is 15 000), and what a fact costs the
//! backend in time on a processor, which a busy machine distorts less.

#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use futures_util::StreamExt;
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
    let batches = futures_util::stream::iter(facts.chunks(BATCH).map(|batch| central.ingest(batch, LIMIT)));
    let verdicts: Vec<_> = batches.buffered(2).collect().await;
    assert!(verdicts.into_iter().all(|v| v.unwrap().iter().all(|v| v.is_settled())));
    let seconds = started.elapsed().as_secs_f64();
    f64::from(u32::try_from(facts.len()).unwrap_or(0)) / seconds
}

/// Seconds the newest backend of the gate has spent on a processor; zero where the system does not say.
async fn backend_seconds(look: &tokio_postgres::Client) -> f64 {
    let sql = "SELECT pid FROM pg_stat_activity WHERE usename = 'gate_a1' ORDER BY backend_start DESC LIMIT 1";
    let pid: i32 = look.query_one(sql, &[]).await.unwrap().get(0);
    let said = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap_or_default();
    said.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or_default() / 1e9
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let rig = Rig::with(&[("A1", "both")], true, true).await;
        let look = rig.root().await;
        let mut pen = Pen::new("A1", 1);
        let mut round = 0;
        for (name, apart) in [("masuk saja", FACTS), ("keluar jauh", 2000), ("keluar dekat", 100)] {
            round += 1;
            let facts = backlog(&mut pen, apart, round);
            let bytes: usize = facts.iter().map(String::len).sum();
            let central = rig.central("A1").await;
            let before = backend_seconds(&look).await;
            let rate = drain(&central, &facts).await;
            let cost =
                (backend_seconds(&look).await - before) * 1e6 / f64::from(u32::try_from(FACTS).unwrap_or(1));
            let again = drain(&central, &facts).await;
            println!(
                "{name:14} {rate:8.0} fakta/detik {cost:6.1} µs   ulang {again:8.0} fakta/detik   ({} B/fakta)",
                bytes / facts.len()
            );
        }
    });
}
