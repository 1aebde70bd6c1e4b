//! A default partition that holds much of a month.

use crate::support::*;
use parkir::app::enrol::db_months;
use parkir::central::{Central, IngestVerdict};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// 2036-11.
const FAR: i64 = 3_652 * 86_400;

/// Facts of a gate whose clock is ahead, straight into the ledger.
async fn pile_up(rig: &Rig, rows: i32, month: &str) {
    let sql = format!(
        "INSERT INTO peristiwa (situs, gerbang, id, epoch, seq, jenis, waktu, hash, isi) \
         SELECT 'S1', 'A1', (left(intern.uuid_batas('{month}'::timestamptz + g * interval '1 s')::text, 13) || '-7001-8000-' \
             || lpad(to_hex(g), 12, '0'))::uuid, '00000000-0000-0000-0000-0000000000aa', g, 'note', \
             '{month}'::timestamptz + g * interval '1 s', sha256(g::text::bytea), '{{\"body\":{{}}}}' \
         FROM generate_series(1, {rows}) g"
    );
    rig.root().await.batch_execute(&sql).await.unwrap();
}

async fn number(rig: &Rig, sql: &str) -> i64 {
    rig.root().await.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_piled_up_is_left_by_the_server_and_the_empty_ones_are_made() {
    let rig = Rig::new(&[("A1", "both")]).await;
    // Next month was never made, and holds much; the one behind it was not made either.
    let months = rig
        .root()
        .await
        .query_one(
            "SELECT to_char(m, 'YYYYMM'), to_char(m + interval '1 month', 'YYYYMM'), (m::text || '+00') \
             FROM (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month' AS m) x",
            &[],
        )
        .await
        .unwrap();
    let [full, empty, begins] = [0, 1, 2].map(|i| months.get::<_, String>(i));
    let drop = format!("DROP TABLE peristiwa_{full}, transaksi_{full}, peristiwa_{empty}, transaksi_{empty}");
    rig.root().await.batch_execute(&drop).await.unwrap();
    pile_up(&rig, 20_001, &begins).await;
    let hub = rig.central("hub").await;
    assert_eq!(hub.prepare_months(LIMIT).await.unwrap(), 2, "of the full month only the exits' table");
    assert_eq!(hub.months_left(LIMIT).await.unwrap(), [format!("peristiwa_{full}")]);
    assert_eq!(number(&rig, "SELECT count(*) FROM peristiwa_lain").await, 20_001);
    let made = format!(
        "SELECT count(to_regclass(n)) FROM unnest('{{transaksi_{full},peristiwa_{empty},transaksi_{empty}}}'::text[]) n"
    );
    assert_eq!(number(&rig, &made).await, 3);
    // One row fewer, and it is made at once.
    rig.root().await.batch_execute("DELETE FROM peristiwa_lain WHERE seq = 1").await.unwrap();
    assert_eq!(hub.prepare_months(LIMIT).await.unwrap(), 1);
    assert_eq!(hub.months_left(LIMIT).await.unwrap(), [""; 0]);
    assert_eq!(number(&rig, "SELECT count(*) FROM peristiwa_lain").await, 0);
}

/// Until it is through; what fails is a lock's or a deadlock's fault.
async fn insists(central: &Central, facts: &[String]) {
    for _ in 0..60 {
        match central.ingest(facts, LIMIT).await {
            Ok(verdicts) => {
                assert!(verdicts.iter().all(|v| *v == IngestVerdict::Inserted), "{verdicts:?}");
                return;
            }
            Err(error) => assert!(!error.is_permanent(), "{error}"),
        }
    }
    panic!("never through");
}

#[tokio::test(flavor = "multi_thread")]
async fn months_are_moved_while_gates_write_to_them_and_the_books_stay_as_they_were() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "both")]).await;
    pile_up(&rig, 30_000, "2036-11-01 00:00+00").await;
    pile_up(&rig, 30_000, "2038-02-01 00:00+00").await;
    pile_up(&rig, 10, "2050-01-01 00:00+00").await;
    let done = Arc::new(AtomicBool::new(false));
    let (central, stop) = (rig.central("B1").await, done.clone());
    let sender = tokio::spawn(async move {
        let mut pen = Pen::new("B1", 2);
        let (mut n, mut after) = (0_u32, 0);
        while after < 5 {
            after += i32::from(stop.load(Ordering::SeqCst));
            let at = FAR + i64::from(n) * 10;
            let (stay, exit) = (id_at(at, u128::from(n) + 1), id_at(at + 5, u128::from(n) + 500_000));
            // Rows come, change and go: an entry, its exit, and a void that books the exit anew.
            insists(&central, &[pen.enter(stay, at, "B1A")]).await;
            insists(&central, &[pen.leave(exit, at + 5, stay, 1000)]).await;
            let void = pen.write(Uuid::from_u128(exit.as_u128() + 1), at + 6, &voided(stay, exit, "B1"), None);
            insists(&central, &[void]).await;
            n += 1;
        }
        i64::from(n)
    });
    while number(&rig, "SELECT count(*) FROM transaksi_lain").await < 5 {
        tokio::task::yield_now().await;
    }
    let said = db_months(&rig.superuser).await.unwrap();
    done.store(true, Ordering::SeqCst);
    let n = sender.await.unwrap();
    assert_eq!(said, ["peristiwa: 2 bulan dipindahkan.", "transaksi: tidak ada bulan yang menumpuk."]);
    assert_eq!(number(&rig, "SELECT count(*) FROM peristiwa").await, 60_010 + 3 * n);
    assert_eq!(number(&rig, "SELECT count(*) FROM peristiwa_203611").await, 30_000 + 3 * n);
    assert_eq!(number(&rig, "SELECT count(*) FROM peristiwa_203802").await, 30_000);
    assert_eq!(number(&rig, "SELECT count(*) FROM peristiwa_lain").await, 10);
    assert_eq!(number(&rig, "SELECT count(*) FROM transaksi WHERE batal AND biaya = 1000").await, n);
    assert_eq!(number(&rig, "SELECT sum(batal)::bigint FROM pendapatan_harian").await, n);
    // Nothing of the copying stays, and the partition is one as any other.
    let rest = "SELECT count(*) FROM pg_class WHERE relname LIKE '%\\_baru' OR relname LIKE '%\\_baru\\_%' AND relkind = 'r'";
    assert_eq!(number(&rig, rest).await, 0);
    assert_eq!(number(&rig, "SELECT count(*) FROM pg_trigger WHERE tgname = 'cermin'").await, 0);
    assert_eq!(number(&rig, "SELECT count(*) FROM pg_constraint WHERE conname = 'bulan'").await, 0);
    let again = db_months(&rig.superuser).await.unwrap();
    assert!(again.iter().all(|line| line.contains("tidak ada")), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moving_that_was_killed_leaves_the_books_as_they_were_and_the_next_one_begins_anew() {
    let rig = Rig::new(&[("A1", "both")]).await;
    pile_up(&rig, 3_000, "2036-11-01 00:00+00").await;
    let central = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    // As far as the first slice, and no further.
    let root = rig.root().await;
    root.batch_execute("SET ROLE parkir_owner; SELECT intern.pindah_mulai('peristiwa', 1000)").await.unwrap();
    root.batch_execute("SELECT intern.pindah_salin('peristiwa', 0, 10)").await.unwrap();
    let (stay, exit) = (id_at(FAR, 1), id_at(FAR + 5, 2));
    insists(&central, &[pen.enter(stay, FAR, "B1A"), pen.leave(exit, FAR + 5, stay, 1000)]).await;
    assert_eq!(number(&rig, "SELECT count(*) FROM peristiwa").await, 3_002);
    assert_eq!(rig.central("hub").await.prepare_months(LIMIT).await.unwrap(), 0);
    let before = books(&rig).await;
    db_months(&rig.superuser).await.unwrap();
    assert_eq!(books(&rig).await, before);
    assert_eq!(number(&rig, "SELECT count(*) FROM peristiwa_203611").await, 3_002);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_goes_while_its_slice_is_copied_is_not_in_the_copy() {
    let rig = Rig::new(&[("A1", "both")]).await;
    pile_up(&rig, 3_000, "2036-11-01 00:00+00").await;
    let (root, mut other) = (rig.root().await, rig.root().await);
    root.batch_execute("SET ROLE parkir_owner; SELECT intern.pindah_mulai('peristiwa', 1000)").await.unwrap();
    let going = other.transaction().await.unwrap();
    going
        .batch_execute("DELETE FROM peristiwa WHERE seq = 5; UPDATE peristiwa SET jenis = 'x' WHERE seq = 6")
        .await
        .unwrap();
    let (copied, ()) =
        tokio::join!(root.batch_execute("SELECT intern.pindah_salin('peristiwa', 0, 100000)"), async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            going.commit().await.unwrap();
        });
    copied.unwrap();
    let same = root.query_one("SELECT intern.pindah_sama('peristiwa')", &[]).await.unwrap();
    assert!(same.get::<_, bool>(0));
    root.batch_execute("SELECT intern.pindah_ganti('peristiwa')").await.unwrap();
    assert_eq!(number(&rig, "SELECT count(*) FROM peristiwa").await, 2_999);
}
