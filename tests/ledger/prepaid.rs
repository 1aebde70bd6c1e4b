//! Bayar di depan in the books: once, on the day and at the gate it was paid, whatever comes first and whatever is undone.

use crate::support::*;
use serde_json::{Value, json};

async fn column(rig: &Rig, sql: &str) -> Vec<Value> {
    let sql = format!("SELECT coalesce(json_agg(to_json(x)), '[]')::text FROM ({sql}) x");
    let text: String = rig.root().await.query_one(&sql, &[]).await.unwrap().get(0);
    serde_json::from_str(&text).unwrap()
}

const NET: &str = "SELECT gerbang, total, bayar_di_depan, bersih FROM pendapatan_bersih ORDER BY hari, gerbang";

#[tokio::test(flavor = "multi_thread")]
async fn the_entrys_money_is_in_the_books_once_in_any_order_and_not_when_the_entry_is_undone() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "out")]).await;
    let (a, b) = (rig.central("A1").await, rig.central("B1").await);
    let (mut pen, mut out) = (Pen::new("A1", 1), Pen::new("B1", 2));
    out.key = rig.key_of("B1");
    pen.shift = Some(id_at(0, 900));
    let (stay, exit, day) = (id_at(0, 1), id_at(90_000, 2), 90_000);
    let entry = pen.write(stay, 0, &prepaid(stay, 5_000), Some("B1A"));
    let leaving = out.leave(exit, day, stay, 2_000);
    // The rest, a day later at another gate, before anybody heard of the entry; and everything twice.
    b.ingest(std::slice::from_ref(&leaving), LIMIT).await.unwrap();
    for _ in 0..2 {
        a.ingest(std::slice::from_ref(&entry), LIMIT).await.unwrap();
        b.ingest(std::slice::from_ref(&leaving), LIMIT).await.unwrap();
    }
    let first = json!({"gerbang": "A1", "total": 0, "bayar_di_depan": 5_000, "bersih": 5_000});
    let second = json!({"gerbang": "B1", "total": 2_000, "bayar_di_depan": 0, "bersih": 2_000});
    assert_eq!(column(&rig, NET).await, [first.clone(), second.clone()]);
    let told = column(&rig, "SELECT intern.kunjungan_json(k)->'prepaid' AS paid FROM kunjungan k").await;
    assert_eq!(told, [json!({"paid": 5_000})], "every gate hears of it");
    let shift = |what: &str| format!("SELECT {what} FROM intern.jumlah_shift('S1', 'A1', '{}')", id_at(0, 900));
    let cash = json!({"tunai": {"count": 1, "sum": 5_000}});
    assert_eq!(
        column(&rig, &shift("jumlah, total, metode")).await,
        [json!({"jumlah": 0, "total": 5_000, "metode": cash})]
    );

    // The exit taken back: what was paid on the way in stays.
    let undo = out.write(id_at(day + 60, 3), day + 60, &voided(stay, exit, "B1"), None);
    b.ingest(&[undo], LIMIT).await.unwrap();
    let net: i64 = column(&rig, NET).await.iter().filter_map(|row| row["bersih"].as_i64()).sum();
    assert_eq!(net, 5_000);
    // The entry taken back: it is not there any more; and that taken back: there again.
    let (gone, back) = (id_at(100, 4), id_at(200, 5));
    let undo = pen.write(gone, 100, &voided(stay, stay, "A1"), None);
    a.ingest(&[undo], LIMIT).await.unwrap();
    assert_eq!(column(&rig, "SELECT batal FROM bayar_di_depan").await, [json!({"batal": true})]);
    let totals = column(&rig, &shift("total, batal, total_batal")).await;
    assert_eq!(totals, [json!({"total": 0, "batal": 1, "total_batal": 5_000})]);
    let undo = pen.write(back, 200, &voided(stay, gone, "A1"), None);
    a.ingest(&[undo], LIMIT).await.unwrap();
    assert_eq!(column(&rig, "SELECT batal FROM bayar_di_depan").await, [json!({"batal": false})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn todays_overview_counts_it_by_gate_and_class_and_a_duplicate_that_was_set_aside_does_not() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (gate, admin) = (rig.central("A1").await, rig.central("admin").await);
    let now = jiff::Timestamp::now().as_second() - DAY;
    let mut pen = Pen::new("A1", 1);
    let stays = [id_at(now - 2, 1), id_at(now - 1, 2)];
    let facts = stays.map(|stay| pen.write(stay, now - 2, &prepaid(stay, 5_000), Some("B1A")));
    gate.ingest(&facts, LIMIT).await.unwrap();
    // A fact whose money nobody can read takes none in, and holds nothing up.
    let odd = id_at(now, 9);
    let body = json!({"ticket": "X", "class": "mobil", "source": "operator", "tariff": 1,
        "prepaid": {"amount": "banyak", "method": 7}});
    let odd = pen.write(odd, now, &parkir::domain::kinds::Event::Other { kind: "entered".into(), body }, None);
    gate.ingest(&[odd], LIMIT).await.unwrap();
    let seen = admin.overview(LIMIT).await.unwrap();
    assert_eq!(seen.revenue.0, 10_000);
    assert_eq!(seen.gates.iter().map(|g| g.revenue.0).sum::<i64>(), 10_000);
    assert_eq!(seen.classes.iter().find(|c| c.name == "Mobil").map(|c| (c.revenue.0, c.exits)), Some((10_000, 0)));

    let mut centre = Pen::new("PUSAT", 21);
    let event = parkir::domain::kinds::Event::Duplicate(parkir::domain::kinds::Duplicate {
        stay: stays[1],
        target: stays[1],
        target_gate: "A1".into(),
        group: stays[0],
        certainty: "strong".into(),
        kept: stays[0],
        kept_gate: "A1".into(),
        reason: "dua kali".into(),
    });
    let fact = centre.write(id_at(now, 30), now, &event, None);
    let sql = "SELECT intern.terapkan('S1', ARRAY[$1::text]::json[], intern.baca_semua(ARRAY[$1::text]::json[]))";
    rig.root().await.execute(sql, &[&fact]).await.unwrap();
    assert_eq!(admin.overview(LIMIT).await.unwrap().revenue.0, 5_000);
}
