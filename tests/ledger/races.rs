//! Many at once: the same batch, the two ends of one stay, locks held by somebody else.

use crate::support::face::once;
use crate::support::site::Site;
use crate::support::*;
use parkir::central::{Central, ErrorClass, IngestVerdict};
use parkir::domain::link::DownReason;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

/// Waits until a backend of this login waits for a lock.
async fn until_waiting(root: &tokio_postgres::Client, login: &str) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock'";
    for _ in 0..3000 {
        if root.query_one(sql, &[&login]).await.unwrap().get::<_, i64>(0) > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{login} never waited");
}

/// As `sync` does: what is the connection's fault is sent again.
async fn through(central: &Central, facts: &[String]) -> Vec<IngestVerdict> {
    for _ in 0..30 {
        match central.ingest(facts, LIMIT).await {
            Ok(verdicts) => return verdicts,
            Err(error) => assert_eq!(error.class(), ErrorClass::Connection, "{error}"),
        }
    }
    panic!("never through");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_connections_with_the_same_batch_insert_it_once_and_see_no_conflict() {
    let rig = Rig::new(&[("A1", "both")]).await;
    rig.root().await.batch_execute("ALTER ROLE gate_a1 CONNECTION LIMIT -1").await.unwrap();
    let mut doors = Vec::new();
    for _ in 0..20 {
        doors.push(Arc::new(rig.central("A1").await));
    }
    let mut pen = Pen::new("A1", 1);
    let rounds = 5;
    let mut known = None;
    for round in 0..rounds {
        // From the second round on one fact is known: the short cut for what is all new ends at once, for all twenty.
        let mut batch: Vec<String> = known.iter().cloned().collect();
        for n in 0..60 {
            let at = round * 10_000 + n * 10;
            let stay = id_at(at, u128::try_from(at).unwrap() + 1);
            batch.push(pen.enter(stay, at, &format!("B{at}AA")));
            batch.push(pen.leave(id_at(at + 5, u128::try_from(at).unwrap() + 2), at + 5, stay, 2000));
        }
        let new = batch.len() - usize::from(known.is_some());
        known = known.or_else(|| batch.first().cloned());
        let (batch, barrier) = (Arc::new(batch), Arc::new(Barrier::new(doors.len())));
        let senders = doors.iter().map(|central| {
            let (central, batch, barrier) = (central.clone(), batch.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                through(&central, &batch).await
            })
        });
        let mut inserted = 0;
        for sender in senders.collect::<Vec<_>>() {
            for verdict in sender.await.unwrap() {
                match verdict {
                    IngestVerdict::Inserted => inserted += 1,
                    IngestVerdict::Already => {}
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(inserted, new);
    }
    let sql = "SELECT (SELECT count(*) FROM peristiwa), (SELECT count(*) FROM transaksi), \
               (SELECT sum(jumlah)::bigint FROM pendapatan_harian), (SELECT sum(jumlah)::bigint FROM epok), \
               (SELECT count(*) FROM kendaraan) + (SELECT count(*) FROM karantina)";
    let row = rig.root().await.query_one(sql, &[]).await.unwrap();
    assert_eq!(
        [0, 1, 2, 3, 4].map(|i| row.get::<_, i64>(i)),
        [rounds * 120, rounds * 60, rounds * 60, rounds * 120, 0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_end_of_a_stay_waits_for_the_first_whichever_comes_first_and_whether_it_commits() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let root = rig.root().await;
    let (entry, exit) = (rig.central("A1").await, rig.central("B1").await);
    let (mut entry_held, mut exit_held) = (rig.plain("A1").await, rig.plain("B1").await);
    let (mut a, mut b) = (Pen::new("A1", 1), Pen::new("B1", 2));
    let (mut inside, mut left) = (0, 0);
    for n in 0..12_u32 {
        let at = i64::from(n) * 100;
        let stay = id_at(at, u128::from(n) + 1);
        let enter = a.enter(stay, at, "B1A");
        let leave = b.leave(id_at(at + 60, u128::from(n) + 500), at + 60, stay, 2000);
        let (entry_first, commits) = (n % 2 == 0, n % 3 > 0);
        let (held, first, second, other, login) = if entry_first {
            (&mut entry_held, &enter, &leave, &exit, "gate_b1")
        } else {
            (&mut exit_held, &leave, &enter, &entry, "gate_a1")
        };
        let transaction = held.transaction().await.unwrap();
        let text = vec![first.clone()];
        transaction.execute("SELECT api.terima($1::text[]::json[])", &[&text]).await.unwrap();
        let second = [second.clone()];
        let (verdicts, ()) = tokio::join!(other.ingest(&second, LIMIT), async {
            until_waiting(&root, login).await;
            if commits { transaction.commit().await.unwrap() } else { transaction.rollback().await.unwrap() }
        });
        assert_eq!(verdicts.unwrap(), [IngestVerdict::Inserted]);
        match (commits, entry_first) {
            (true, _) => left += 1,
            (false, true) => left += 1,
            (false, false) => inside += 1,
        }
        let row = root
            .query_one(
                "SELECT (SELECT count(*) FROM kendaraan), (SELECT count(*) FROM transaksi), \
                 (SELECT coalesce(sum(total), 0)::bigint FROM pendapatan_harian)",
                &[],
            )
            .await
            .unwrap();
        let now = [0, 1, 2].map(|i| row.get::<_, i64>(i));
        assert_eq!(now, [inside, left, left * 2000], "round {n}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gates_that_let_one_car_out_at_the_same_moment_are_both_kept_and_flagged() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "out"), ("C1", "out")]).await;
    let (entry, one, two) = (rig.central("A1").await, rig.central("B1").await, rig.central("C1").await);
    let (mut a, mut b, mut c) = (Pen::new("A1", 1), Pen::new("B1", 2), Pen::new("C1", 3));
    for n in 0..25_u32 {
        let at = i64::from(n) * 100;
        let stay = id_at(at, u128::from(n) + 1);
        entry.ingest(&[a.enter(stay, at, "B1A")], LIMIT).await.unwrap();
        let x = [b.leave(id_at(at + 60, u128::from(n) + 300), at + 60, stay, 2000)];
        let y = [c.leave(id_at(at + 61, u128::from(n) + 600), at + 61, stay, 3000)];
        let (x, y) = tokio::join!(one.ingest(&x, LIMIT), two.ingest(&y, LIMIT));
        assert_eq!((x.unwrap(), y.unwrap()), (vec![IngestVerdict::Inserted], vec![IngestVerdict::Inserted]));
    }
    let sql = "SELECT (SELECT count(*) FROM kunjungan WHERE 'keluar_ganda' = ANY (tanda) AND biaya = 2000), \
               (SELECT count(*) FROM transaksi WHERE ganda AND gerbang = 'C1'), \
               (SELECT sum(total)::bigint FROM pendapatan_harian), (SELECT count(*) FROM kendaraan)";
    let row = rig.root().await.query_one(sql, &[]).await.unwrap();
    assert_eq!([0, 1, 2, 3].map(|i| row.get::<_, i64>(i)), [25, 25, 25 * 5000, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_and_a_lock_timeout_are_the_connections_fault_and_the_same_batch_goes_through_later() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let root = rig.root().await;
    let sql = "ALTER ROLE gate_a1 SET deadlock_timeout = '2s'; ALTER ROLE gate_a1 SET lock_timeout = '20s'";
    root.batch_execute(sql).await.unwrap();
    let central = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    let (a, b) = (id_at(0, 1), id_at(10, 2));
    central.ingest(&[pen.enter(a, 0, "B1A"), pen.enter(b, 10, "B2A")], LIMIT).await.unwrap();
    // Its own locks go in key order: a, then it waits for b; whoever holds b then wants a.
    let leave = [pen.leave(id_at(60, 3), 60, a, 2000), pen.leave(id_at(70, 4), 70, b, 2000)];
    let holder = rig.root().await;
    holder.batch_execute("SET deadlock_timeout = '5min'; BEGIN").await.unwrap();
    holder.query("SELECT 1 FROM kunjungan WHERE id = $1 FOR UPDATE", &[&b]).await.unwrap();
    let (answer, held) = tokio::join!(central.ingest(&leave, LIMIT), async {
        until_waiting(&root, "gate_a1").await;
        holder.query("SELECT 1 FROM kunjungan WHERE id = $1 FOR UPDATE", &[&a]).await
    });
    held.unwrap();
    let error = answer.unwrap_err();
    assert!(error.to_string().contains("40P01"), "{error}");
    assert!(error.class() == ErrorClass::Connection && !error.is_permanent());
    assert_eq!(error.reason(), DownReason::Unreachable);

    root.batch_execute("ALTER ROLE gate_a1 SET lock_timeout = '200ms'").await.unwrap();
    let short = rig.central("A1").await;
    let error = short.ingest(&leave, LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("55P03") && error.class() == ErrorClass::Connection, "{error}");
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(short.ingest(&leave, LIMIT).await.unwrap(), vec![IngestVerdict::Inserted; 2]);
    let row = root.query_one("SELECT count(*) FROM karantina", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_whose_centre_is_locked_sells_on_and_sends_the_same_facts_when_it_is_free() {
    let site = Site::new(&[("A1", "both")]);
    let root = site.rig.root().await;
    root.batch_execute("ALTER ROLE gate_a1 SET lock_timeout = '200ms'").await.unwrap();
    let holder = site.rig.root().await;
    holder.batch_execute("BEGIN; LOCK TABLE kunjungan IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let mut head = site.head("in", "A1");
    for n in 1..4 {
        head.enter(&format!("B {n} AA"), "mobil");
    }
    crate::support::face::until("the lock timeout in the log", || {
        site.log("A1", "sync_").contains("55P03").then_some(())
    });
    holder.batch_execute("COMMIT").await.unwrap();
    site.comes_to("SELECT count(*), (SELECT count(*) FROM karantina) FROM kunjungan", "3|0").await;
    head.settled();
    head.quit();
    // What was recorded on the way out (a shift) goes too.
    let config = site.config("A1", "A1", "");
    assert_eq!(once(&["sync"], &config).0, 0);
    let (code, out, err) = once(&["journal", "status", "--json"], &config);
    assert_eq!(code, 0, "{err}");
    let status: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&status["parked"], &status["pending"]), (&json!(0), &json!(0)), "{status}");
}
