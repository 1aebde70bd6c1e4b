//! What seldom happens: forked journals, wild clocks, facts older than the archive, voids before what they void.

use crate::support::*;
use parkir::central::IngestVerdict::*;
use parkir::central::{Central, ErrorClass};
use parkir::domain::kinds::{Event, Parent, Started};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn two_lives_that_name_one_parent_are_a_fork_that_administrators_see() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "in")]).await;
    let (central, admin, hub) = (rig.central("A1").await, rig.central("admin").await, rig.central("hub").await);
    let mut first = Pen::new("A1", 1);
    let begun = first.enter(id_at(0, 1), 0, "B1A");
    let parent = Parent { epoch: first.epoch, seq: first.seq, hash: first.prev.hex() };
    let started = |epoch: u128, at: i64| {
        let event = Event::Started(Started { parent: Some(parent.clone()), version: "1".into() });
        Pen::new("A1", epoch).write(id_at(at, epoch), at, &event, None)
    };
    // One child: an ordinary restart. Sent twice it is still one.
    let one = [started(2, 60)];
    for _ in 0..2 {
        central.ingest(&one, LIMIT).await.unwrap();
    }
    assert_eq!(admin.terminals(LIMIT).await.unwrap().iter().map(|t| t.forks).collect::<Vec<_>>(), [0, 0]);
    // The copy of the disk starts too, before the parent's own facts have come.
    central.ingest(&[started(3, 90)], LIMIT).await.unwrap();
    central.ingest(&[begun], LIMIT).await.unwrap();
    assert_eq!(admin.terminals(LIMIT).await.unwrap().iter().map(|t| t.forks).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(hub.counts(LIMIT).await.unwrap().forks, 1);
}

/// Until it is through; what fails is a lock's or a deadlock's fault.
async fn insists(central: &Central, facts: &[String]) {
    for _ in 0..60 {
        match central.ingest(facts, LIMIT).await {
            Ok(verdicts) => {
                assert!(verdicts.iter().all(|v| matches!(v, Inserted | Already)), "{verdicts:?}");
                return;
            }
            Err(error) => assert_eq!(error.class(), ErrorClass::Connection, "{error}"),
        }
    }
    panic!("never through");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_ten_years_off_is_made_while_facts_of_it_stream_in_and_none_is_lost() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "both")]).await;
    let root = rig.root().await;
    // 2036-11: nobody made that month, all of it goes to the default partitions.
    let far = 10 * 365 * 86_400;
    let made = Arc::new(AtomicBool::new(false));
    let mut senders = Vec::new();
    for (gate, lane) in [("A1", 1_u128), ("B1", 2)] {
        let (central, made) = (rig.central(gate).await, made.clone());
        senders.push(tokio::spawn(async move {
            let mut pen = Pen::new(gate, lane);
            let mut all = Vec::new();
            let mut after = 0;
            while after < 10 {
                after += u32::from(made.load(Ordering::SeqCst));
                let n = all.len();
                let at = far + i64::try_from(n).unwrap() * 10;
                let stay = id_at(at, lane * 1_000_000 + u128::try_from(n).unwrap());
                let exit = id_at(at + 5, lane * 1_000_000 + 500_000 + u128::try_from(n).unwrap());
                let batch = [pen.enter(stay, at, &format!("B{n}AA")), pen.leave(exit, at + 5, stay, 1000)];
                insists(&central, &batch).await;
                all.extend(batch);
            }
            insists(&central, &all[all.len().saturating_sub(1000)..]).await;
            all.len()
        }));
    }
    let count = "SELECT (SELECT count(*) FROM peristiwa_lain), (SELECT count(*) FROM transaksi_lain), \
                 (SELECT count(*) FROM peristiwa), (SELECT count(*) FROM transaksi), \
                 (SELECT sum(jumlah)::bigint FROM pendapatan_harian)";
    while root.query_one(count, &[]).await.unwrap().get::<_, i64>(0) < 60 {
        tokio::task::yield_now().await;
    }
    // As the server's daily work does it: a lock that is not given is asked for another time.
    let maker = rig.root().await;
    maker.batch_execute("SET lock_timeout = '500ms'; SET deadlock_timeout = '100ms'").await.unwrap();
    let mut tries = 0;
    while let Err(error) = maker.execute("SELECT intern.buat_bulan('2036-11-19')", &[]).await {
        let code = error.code().unwrap().code().to_owned();
        tries += 1;
        assert!(tries < 200 && ["55P03", "40P01"].contains(&code.as_str()), "{error:?}");
    }
    made.store(true, Ordering::SeqCst);
    let mut sent = 0;
    for sender in senders {
        sent += i64::try_from(sender.await.unwrap()).unwrap();
    }
    let row = root.query_one(count, &[]).await.unwrap();
    assert_eq!([0, 1, 2, 3, 4].map(|i| row.get::<_, i64>(i)), [0, 0, sent, sent / 2, sent / 2]);
    let row = root.query_one("SELECT count(*) FROM peristiwa_203611", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_the_archive_is_set_aside_unless_the_ledger_has_it() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "out")]).await;
    let (central, courier) = (rig.central("A1").await, rig.central("B1").await);
    let mut pen = Pen::new("A1", 1);
    let old = -900 * 86_400;
    let known = pen.enter(id_at(old, 1), old, "B1A");
    // Without a horizon, which is how a site begins, everything is taken.
    assert_eq!(central.ingest(std::slice::from_ref(&known), LIMIT).await.unwrap(), [Inserted]);
    let root = rig.root().await;
    let version = central.settings(LIMIT).await.unwrap().version;
    root.batch_execute("UPDATE lokasi SET arsip_sebelum = '2025-01-01 00:00+07'").await.unwrap();
    let late = pen.enter(id_at(old + 60, 2), old + 60, "B2A");
    let fresh = pen.enter(id_at(0, 3), 0, "B3A");
    let batch = [late.clone(), fresh, known];
    let verdicts = central.ingest(&batch, LIMIT).await.unwrap();
    assert!(matches!(&verdicts[0], Rejected { code, text } if code == "too_old" && text.contains("arsip")));
    assert_eq!(verdicts[1..], [Inserted, Already]);
    // Again, and by a courier: kept once for each who brought it, never in the books.
    central.ingest(&batch, LIMIT).await.unwrap();
    let by_courier = courier.ingest(&[late], LIMIT).await.unwrap();
    assert!(matches!(&by_courier[0], Rejected { code, .. } if code == "too_old"));
    let sql = "SELECT (SELECT count(*) FROM peristiwa), (SELECT count(*) FROM titipan), \
               (SELECT count(*) FROM karantina WHERE kode = 'too_old' AND id IS NOT NULL)";
    let row = root.query_one(sql, &[]).await.unwrap();
    assert_eq!([0, 1, 2].map(|i| row.get::<_, i64>(i)), [2, 0, 2]);
    assert_eq!(central.settings(LIMIT).await.unwrap().version, version, "terminals have nothing to reload");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_or_correction_that_comes_first_waits_for_its_target() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let central = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    let stay = id_at(0, 1);
    let exit = id_at(600, 2);
    let state = async || {
        let sql = "SELECT k.keadaan, k.jenis, (SELECT count(*) FROM kendaraan), \
                   (SELECT coalesce(sum(jumlah), 0)::bigint FROM pendapatan_harian), \
                   (SELECT coalesce(sum(batal), 0)::bigint FROM pendapatan_harian) FROM kunjungan k";
        let row = rig.root().await.query_one(sql, &[]).await.unwrap();
        let words: (String, String) = (row.get(0), row.get(1));
        (words.0, words.1, [2, 3, 4].map(|i| row.get::<_, i64>(i)))
    };
    let word = |state: &str, class: &str, counts| (state.to_owned(), class.to_owned(), counts);
    let early = [
        pen.write(id_at(900, 3), 900, &voided(stay, exit, "A1"), None),
        pen.write(id_at(910, 4), 910, &corrected(stay, stay, "A1", Some("bus")), None),
        pen.write(id_at(920, 5), 920, &voided(stay, Uuid::from_u128(77), "A1"), None),
    ];
    assert_eq!(central.ingest(&early, LIMIT).await.unwrap(), [Inserted, Inserted, Inserted]);
    assert_eq!(state().await, word("menunggu", "", [0, 0, 0]));
    assert!(central.snapshot(None, LIMIT).await.unwrap().stays.is_empty());
    assert_eq!(central.ingest(&[pen.enter(stay, 0, "B1A")], LIMIT).await.unwrap(), [Inserted]);
    assert_eq!(state().await, word("di_dalam", "bus", [1, 0, 0]));
    assert_eq!(central.ingest(&[pen.leave(exit, 600, stay, 2000)], LIMIT).await.unwrap(), [Inserted]);
    assert_eq!(state().await, word("di_dalam", "bus", [1, 0, 1]));
    let again = pen.leave(id_at(1200, 6), 1200, stay, 4000);
    assert_eq!(central.ingest(&[again], LIMIT).await.unwrap(), [Inserted]);
    assert_eq!(state().await, word("keluar", "bus", [0, 1, 1]));
}
