//! The business day: its cut-off is dated.

use crate::support::*;
use parkir::central::IngestVerdict::*;
use std::time::Duration;
use uuid::Uuid;

const PAST: i64 = -900 * 86_400;
const FUTURE: i64 = 4_000 * 86_400;
/// 20:00Z is three in the morning at the site: yesterday's, once the day begins at five.
const NIGHT: i64 = 20 * 3600;

async fn days(rig: &Rig) -> Vec<(String, i64)> {
    let sql = "SELECT hari::text, total FROM pendapatan_harian ORDER BY hari";
    let rows = rig.root().await.query(sql, &[]).await.unwrap();
    let days: Vec<(String, i64)> = rows.iter().map(|r| (r.get(0), r.get(1))).collect();
    let sql = "SELECT hari::text, sum(biaya)::bigint FROM transaksi WHERE NOT batal GROUP BY hari ORDER BY hari";
    let rows = rig.root().await.query(sql, &[]).await.unwrap();
    assert_eq!(days, rows.iter().map(|r| (r.get(0), r.get(1))).collect::<Vec<_>>(), "roll-up and exits");
    days
}

async fn project_anew(rig: &Rig) {
    let sql = "TRUNCATE kunjungan, kendaraan, transaksi, pendapatan_harian, duplikat; \
        SELECT intern.susun(situs, array_agg(ROW(kunjungan, awal, akhir)::intern.rentang ORDER BY kunjungan)) FROM ( \
            SELECT situs, kunjungan, min(id::text)::uuid AS awal, max(id::text)::uuid AS akhir FROM peristiwa \
            GROUP BY situs, kunjungan) s GROUP BY situs";
    rig.root().await.batch_execute(sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_cut_off_moves_no_day_that_was_and_a_rebuild_says_the_same() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let central = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    // Two exits of one night long ago, one of a night to come (a clock that runs ahead).
    let nights = [(PAST + NIGHT, 1), (PAST + NIGHT + 1, 2), (FUTURE + NIGHT, 3)];
    let mut stays = Vec::new();
    for (at, n) in nights {
        let stay = id_at(at - 3600, n);
        let facts = [pen.enter(stay, at - 3600, "B1A"), pen.leave(id_at(at, 100 + n), at, stay, 1000)];
        assert_eq!(central.ingest(&facts, LIMIT).await.unwrap(), [Inserted, Inserted]);
        stays.push(stay);
    }
    let [old, ahead] = [("2024-06-06", 2000), ("2037-11-05", 1000)].map(|(day, sum)| (day.to_owned(), sum));
    assert_eq!(days(&rig).await, [old.clone(), ahead]);

    let version = central.settings(LIMIT).await.unwrap().version;
    rig.root().await.batch_execute("UPDATE lokasi SET pergantian_menit = 300").await.unwrap();
    let settings = central.settings(LIMIT).await.unwrap();
    assert!(settings.version > version && settings.cutoff_minutes == 300);
    // What is booked of later goes by the new one, what was stays; also when something touches it.
    let ahead = ("2037-11-04".to_owned(), 1000);
    assert_eq!(days(&rig).await, [old.clone(), ahead.clone()]);
    let touch = pen.write(id_at(0, 500), 0, &voided(stays[0], Uuid::from_u128(77), "A1"), None);
    assert_eq!(central.ingest(&[touch], LIMIT).await.unwrap(), [Inserted]);
    assert_eq!(days(&rig).await, [old.clone(), ahead.clone()]);
    project_anew(&rig).await;
    assert_eq!(days(&rig).await, [old, ahead]);

    // One batch with exits on both sides of the change, by the short cuts and anew.
    let mut batch = Vec::new();
    for (at, n) in [(PAST + NIGHT + 2, 11), (FUTURE + NIGHT + 2, 12)] {
        let stay = id_at(at - 3600, n);
        batch.extend([pen.enter(stay, at - 3600, "B1A"), pen.leave(id_at(at, 100 + n), at, stay, 500)]);
    }
    central.ingest(&batch, LIMIT).await.unwrap();
    let both = [("2024-06-06".to_owned(), 2500), ("2037-11-04".to_owned(), 1500)];
    assert_eq!(days(&rig).await, both);
    project_anew(&rig).await;
    assert_eq!(days(&rig).await, both);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_booked_while_the_cut_off_changes_belongs_to_one_day() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (central, mut held, mut root) = (rig.central("A1").await, rig.plain("A1").await, rig.root().await);
    let mut pen = Pen::new("A1", 1);
    let mut car = |n: u128| {
        let at = FUTURE + NIGHT + i64::try_from(n).unwrap();
        let stay = id_at(at - 3600, n);
        vec![pen.enter(stay, at - 3600, "B1A"), pen.leave(id_at(at, 500 + n), at, stay, 10)]
    };
    // Booked and not committed when the cut-off changes.
    let booking = held.transaction().await.unwrap();
    booking.execute("SELECT api.terima($1::text[]::json[])", &[&car(1)]).await.unwrap();
    let (changed, ()) = tokio::join!(root.batch_execute("UPDATE lokasi SET pergantian_menit = 300"), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        booking.commit().await.unwrap();
    });
    changed.unwrap();
    assert_eq!(days(&rig).await, [("2037-11-04".to_owned(), 10)]);
    // Changed and not committed when an exit is booked.
    let changing = root.transaction().await.unwrap();
    changing.batch_execute("UPDATE lokasi SET pergantian_menit = 0").await.unwrap();
    let exit = car(2);
    let (booked, ()) = tokio::join!(central.ingest(&exit, LIMIT), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        changing.commit().await.unwrap();
    });
    assert_eq!(booked.unwrap(), [Inserted, Inserted]);
    assert_eq!(days(&rig).await, [("2037-11-05".to_owned(), 20)]);
    project_anew(&rig).await;
    assert_eq!(days(&rig).await, [("2037-11-05".to_owned(), 20)]);
}
