//! What single facts do to the books.

use crate::support::*;
use parkir::central::IngestVerdict::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_and_its_exit_stand_in_the_books_once() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let central = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    let stay = id_at(0, 1);
    let enter = pen.enter(stay, 0, "B1234XYZ");
    assert_eq!(central.ingest(std::slice::from_ref(&enter), LIMIT).await.unwrap(), [Inserted]);
    let page = central.snapshot(None, LIMIT).await.unwrap();
    assert_eq!(page.stays.len(), 1);
    assert!(page.stays[0].is_inside() && page.stays[0].plate.as_deref() == Some("B1234XYZ"));

    let leave = pen.leave(id_at(3600, 2), 3600, stay, 7000);
    let both = [leave.clone(), enter.clone()];
    assert_eq!(central.ingest(&both, LIMIT).await.unwrap(), [Inserted, Already]);
    assert!(central.snapshot(None, LIMIT).await.unwrap().stays.is_empty());
    let root = rig.root().await;
    let row =
        root.query_one("SELECT count(*), sum(biaya)::bigint, min(hari)::text FROM transaksi", &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, &str>(2)), (1, 7000, "2026-11-22"));
    let row = root.query_one("SELECT jumlah, total FROM pendapatan_harian", &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1, 7000));
}

#[tokio::test(flavor = "multi_thread")]
async fn entry_and_exit_committing_at_the_same_moment_do_not_leave_the_car_inside() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let (entry, exit) = (rig.central("A1").await, rig.central("B1").await);
    let (mut a, mut b) = (Pen::new("A1", 1), Pen::new("B1", 2));
    for n in 0..60 {
        let stay = id_at(n, 1 + u128::try_from(n).unwrap());
        let enter = [a.enter(stay, n, "B1A")];
        let leave = [b.leave(id_at(n + 60, 1000 + u128::try_from(n).unwrap()), n + 60, stay, 2000)];
        let (one, two) = tokio::join!(entry.ingest(&enter, LIMIT), exit.ingest(&leave, LIMIT));
        assert_eq!((one.unwrap(), two.unwrap()), (vec![Inserted], vec![Inserted]));
    }
    let root = rig.root().await;
    let row = root
        .query_one(
            "SELECT (SELECT count(*) FROM kendaraan), (SELECT count(*) FROM transaksi), \
             (SELECT count(*) FROM kunjungan WHERE keadaan = 'keluar' AND versi = 2)",
            &[],
        )
        .await
        .unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)), (0, 60, 60));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_exits_of_one_stay_are_both_kept_and_summed() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let central = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    let stay = id_at(0, 1);
    let facts = [
        pen.enter(stay, 0, "B1A"),
        pen.leave(id_at(200, 3), 200, stay, 5000),
        pen.leave(id_at(100, 2), 100, stay, 3000),
    ];
    central.ingest(&facts, LIMIT).await.unwrap();
    let root = rig.root().await;
    let sql = "SELECT k.biaya, k.tanda, (SELECT sum(total)::bigint FROM pendapatan_harian), \
               (SELECT array_agg(biaya ORDER BY biaya) FROM transaksi WHERE ganda) FROM kunjungan k";
    let row = root.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(2)), (3000, 8000));
    assert_eq!(row.get::<_, Vec<String>>(1), ["qr_only", "keluar_ganda"]);
    assert_eq!(row.get::<_, Vec<i64>>(3), [5000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_fact_is_turned_away_alone_and_kept() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let central = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    let good = pen.enter(id_at(0, 1), 0, "B1A");
    let foreign = Pen { site: "S2".into(), ..Pen::new("A1", 1) }.enter(id_at(0, 2), 0, "B2A");
    let facts = [
        "{nonsense".to_owned(),
        good.replace("2026-11-22T", "now"),
        good.clone(),
        good.replace("\"seq\":1", "\"seq\":99999999999999999999"),
        good.replace("\"v\":1", "\"v\":2"),
        foreign,
        "[]".to_owned(),
        good.replace("B1A", "\\u0000"),
    ];
    let verdicts = central.ingest(&facts, LIMIT).await.unwrap();
    assert_eq!(verdicts[2], Inserted);
    for (i, verdict) in verdicts.iter().enumerate().filter(|(i, _)| *i != 2) {
        assert!(matches!(verdict, Rejected { .. }), "{i}: {verdict:?}");
    }
    central.ingest(&facts, LIMIT).await.unwrap();
    let root = rig.root().await;
    let kept: i64 = root.query_one("SELECT count(*) FROM karantina", &[]).await.unwrap().get(0);
    assert_eq!(kept, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_gate_sold_before_it_knew_its_site_is_its_sites() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "out")]).await;
    let (own, courier) = (rig.central("A1").await, rig.central("B1").await);
    let mut pen = Pen { site: String::new(), ..Pen::new("A1", 1) };
    let stay = id_at(0, 1);
    let facts = [pen.enter(stay, 0, "B1A"), Pen::new("A1", 2).leave(id_at(60, 2), 60, stay, 2000)];
    // Carried by another gate it waits for the server's look at its signature, as every carried fact does; one that
    // names another site is turned away at once.
    let foreign = [Pen { site: "S2".into(), ..Pen::new("A1", 3) }.enter(id_at(0, 3), 0, "B2A")];
    assert!(
        matches!(&courier.ingest(&foreign, LIMIT).await.unwrap()[..], [Rejected { code, .. }] if code == "situs")
    );
    assert_eq!(courier.ingest(&facts[..1], LIMIT).await.unwrap(), [Held]);
    assert_eq!(own.ingest(&facts, LIMIT).await.unwrap(), [Inserted, Inserted]);
    assert_eq!(own.ingest(&facts, LIMIT).await.unwrap(), [Already, Already]);
    let sql =
        "SELECT keadaan, (SELECT count(*) FROM peristiwa WHERE situs = 'S1') FROM kunjungan WHERE situs = 'S1'";
    let row = rig.root().await.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, &str>(0), row.get::<_, i64>(1)), ("keluar", 2));
}
