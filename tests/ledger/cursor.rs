//! The pull cursor: nothing is missed, nothing freezes it, a restore starts anew.

use crate::support::*;
use parkir::central::Central;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use uuid::Uuid;

const WRITERS: u128 = 4;
const ROUNDS: u128 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn pull_misses_nothing_among_rollbacks_and_transactions_of_every_length() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    // A transaction with a number of its own, somewhere else in the cluster, for all of it.
    let elsewhere = rig.client(&format!("{} dbname=postgres", rig.cluster.superuser().reveal())).await;
    elsewhere.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
    let central = rig.central("B1").await;
    let mut cursor = central.pull(None, LIMIT).await.unwrap().cursor;
    let done = Arc::new(AtomicUsize::new(0));
    let mut writers = Vec::new();
    for lane in 0..WRITERS {
        let (mut client, done) = (rig.plain("A1").await, done.clone());
        writers.push(tokio::spawn(async move {
            let mut pen = Pen::new("A1", lane + 1);
            let mut committed = BTreeSet::new();
            for n in 0..ROUNDS {
                let at = i64::try_from(n).unwrap();
                let stay = id_at(at, lane * 1000 + n + 1);
                let fact = vec![pen.enter(stay, at, "B1A")];
                let transaction = client.transaction().await.unwrap();
                transaction.execute("SELECT api.terima($1::text[]::json[])", &[&fact]).await.unwrap();
                // Some end at once, some lie open while others come and go.
                tokio::time::sleep(Duration::from_millis(u64::try_from((n * 7 + lane * 3) % 13).unwrap())).await;
                if (n + lane) % 4 == 0 {
                    transaction.rollback().await.unwrap();
                } else {
                    transaction.commit().await.unwrap();
                    committed.insert(stay);
                }
            }
            done.fetch_add(1, Ordering::SeqCst);
            committed
        }));
    }
    let mut heard = BTreeSet::new();
    let mut pulls = 0;
    loop {
        let last = done.load(Ordering::SeqCst) == writers.len();
        let pulled = central.pull(Some(&cursor), LIMIT).await.unwrap();
        assert!(!pulled.reset);
        heard.extend(pulled.stays.iter().map(|s| s.stay));
        cursor = pulled.cursor;
        pulls += 1;
        if last {
            break;
        }
    }
    let mut committed = BTreeSet::new();
    for writer in writers {
        committed.extend(writer.await.unwrap());
    }
    assert_eq!(heard, committed, "after {pulls} pulls");
    elsewhere.batch_execute("ROLLBACK").await.unwrap();
}

/// More changes than one answer holds: page by page all of them, once each, and what is committed in between is not
/// lost; the same where the cursor was kept and another connection goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_is_pulled_page_by_page() {
    const STAYS: i64 = 4_900;
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let (entry, exit) = (rig.central("A1").await, rig.central("B1").await);
    let first = exit.pull(None, LIMIT).await.unwrap();
    let mut pen = Pen::new("A1", 1);
    let stay = |n: i64| id_at(n, u128::try_from(n).unwrap() + 1);
    let facts: Vec<String> = (0..STAYS).map(|n| pen.enter(stay(n), n, "B1A")).collect();
    for batch in facts.chunks(500) {
        entry.ingest(batch, LIMIT).await.unwrap();
    }
    let mut heard = Vec::new();
    let mut pages = 0;
    let mut pulled = exit.pull(Some(&first.cursor), LIMIT).await.unwrap();
    while pulled.more {
        pages += 1;
        assert!(!pulled.reset && pulled.stays.len() < 3000);
        heard.extend(pulled.stays.iter().map(|s| s.stay));
        if pages == 1 {
            // One exit behind what was told, one ahead of it.
            let gone =
                [pen.leave(id_at(9000, 1), 9000, stay(3), 0), pen.leave(id_at(9000, 2), 9000, stay(4899), 0)];
            entry.ingest(&gone, LIMIT).await.unwrap();
        }
        let other = rig.central("B1").await;
        pulled = other.pull(Some(&pulled.cursor), LIMIT).await.unwrap();
    }
    heard.extend(pulled.stays.iter().map(|s| s.stay));
    let all: Vec<Uuid> = (0..STAYS).map(stay).collect();
    assert!(heard == all, "{} of {}, in {pages} pages and a last one", heard.len(), all.len());
    assert!(!pulled.stays.last().unwrap().is_inside());
    let rest = exit.pull(Some(&pulled.cursor), LIMIT).await.unwrap();
    assert!(!rest.more);
    assert_eq!(rest.stays.iter().map(|s| s.stay).collect::<Vec<Uuid>>(), [stay(3), stay(4899)]);
    assert!(exit.pull(Some(&rest.cursor), LIMIT).await.unwrap().stays.is_empty());
    let half = format!("{}|ini bukan|kursor", rest.cursor);
    assert!(exit.pull(Some(&half), LIMIT).await.unwrap().reset);
}

async fn plates(central: &Central, cursor: &str) -> Vec<String> {
    let pulled = central.pull(Some(cursor), LIMIT).await.unwrap();
    assert!(!pulled.reset);
    pulled.stays.into_iter().filter_map(|s| s.plate).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_is_another_generation_and_is_refilled_by_whoever_has_the_facts() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let postgres = rig.client(&format!("{} dbname=postgres", rig.cluster.superuser().reveal())).await;
    let mut pen = Pen::new("A1", 1);
    let facts: Vec<String> =
        (0..6).map(|n| pen.enter(id_at(n, u128::try_from(n).unwrap() + 1), n, &format!("B{n}A"))).collect();
    let entry = rig.central("A1").await;
    entry.ingest(&facts[..3], LIMIT).await.unwrap();
    drop(entry);
    gone(&postgres).await;
    postgres.batch_execute("CREATE DATABASE cadangan TEMPLATE parkir2").await.unwrap();
    let (entry, exit) = (rig.central("A1").await, rig.central("B1").await);
    entry.ingest(&facts[3..], LIMIT).await.unwrap();
    let before = exit.pull(None, LIMIT).await.unwrap().cursor;
    let started = exit.greeting(LIMIT).await.unwrap().generation;
    drop((entry, exit));
    gone(&postgres).await;
    postgres.batch_execute("DROP DATABASE parkir2").await.unwrap();
    postgres.batch_execute("ALTER DATABASE cadangan RENAME TO parkir2").await.unwrap();
    let grant = "GRANT CONNECT ON DATABASE parkir2 TO parkir_gate, parkir_hub, parkir_admin";
    postgres.batch_execute(grant).await.unwrap();

    let (entry, exit) = (rig.central("A1").await, rig.central("B1").await);
    assert_ne!(exit.greeting(LIMIT).await.unwrap().generation, started);
    let anew = exit.pull(Some(&before), LIMIT).await.unwrap();
    assert!(anew.reset && anew.stays.is_empty());
    assert_eq!(exit.snapshot(None, LIMIT).await.unwrap().stays.len(), 3);
    // The gate's journal brings it back; those who pull on from the new cursor hear exactly that.
    let verdicts = entry.ingest(&facts, LIMIT).await.unwrap();
    assert_eq!(verdicts.iter().filter(|v| **v == parkir::central::IngestVerdict::Already).count(), 3);
    assert_eq!(plates(&exit, &anew.cursor).await, ["B3A", "B4A", "B5A"]);
}

/// Nobody is in the database any more.
async fn gone(postgres: &tokio_postgres::Client) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'parkir2'";
    for _ in 0..3000 {
        if postgres.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("somebody stays connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_restored_from_another_cluster_are_no_news_at_every_pull() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let (entry, exit, hub) = (rig.central("A1").await, rig.central("B1").await, rig.central("hub").await);
    let mut pen = Pen::new("A1", 1);
    entry.ingest(&[pen.enter(id_at(0, 1), 0, "B1A")], LIMIT).await.unwrap();
    // pg_restore brings the old cluster's numbers along: far ahead of this one's.
    rig.root().await.batch_execute("UPDATE peristiwa SET xid = '900000000'").await.unwrap();
    let cursor = exit.pull(None, LIMIT).await.unwrap().cursor;
    let feed = hub.feed(None, LIMIT).await.unwrap().cursor;
    entry.ingest(&[pen.enter(id_at(5, 2), 5, "B2A")], LIMIT).await.unwrap();
    assert_eq!(plates(&exit, &cursor).await, ["B2A"]);
    let events = hub.feed(Some(&feed), LIMIT).await.unwrap().events;
    assert_eq!(events.iter().map(|e| e.fact).collect::<Vec<Uuid>>(), [id_at(5, 2)]);
}
