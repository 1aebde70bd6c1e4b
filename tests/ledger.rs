//! Promises of the ledger, on a real PostgreSQL in a private cluster.

mod support;

use parkir::central::IngestVerdict::*;
use support::*;

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
