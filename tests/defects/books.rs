//! What PostgreSQL makes of facts: defects 1, 2, 4 and 7.

use crate::support::*;
use parkir::central::IngestVerdict::*;
use parkir::domain::kinds::{Entered, Event};
use parkir::domain::ticket;

/// The exit's amounts by day, from the exits themselves and from the roll-up.
async fn days(rig: &Rig) -> [Vec<(String, i64)>; 2] {
    let root = rig.root().await;
    let mut both = [vec![], vec![]];
    let sums = ["sum(biaya)::bigint FROM transaksi WHERE NOT batal", "sum(total)::bigint FROM pendapatan_harian"];
    for (sum, into) in sums.iter().zip(&mut both) {
        let rows = root.query(&format!("SELECT hari::text, {sum} GROUP BY 1 ORDER BY 1"), &[]).await.unwrap();
        into.extend(rows.iter().map(|row| (row.get(0), row.get(1))));
    }
    both
}

/// 1: dedupe by plate and entry time; 2: by ticket number alone; 7: a counter that wraps gives a number twice.
#[tokio::test(flavor = "multi_thread")]
async fn defect_1_2_7_what_makes_two_records_one_is_their_id_and_nothing_else() {
    let rig = Rig::new(&[("A1", "both"), ("A2", "both")]).await;
    let (one, two) = (rig.central("A1").await, rig.central("A2").await);
    let (mut pen, mut other) = (Pen::new("A1", 1), Pen::new("A2", 2));
    let event = || {
        let (ticket, class) = ("A17K0042XR".into(), "mobil".into());
        Event::Entered(Entered { ticket, class, source: "operator".into(), tariff: 1, paper: None, prepaid: None })
    };
    let same: Vec<String> = (1..=2).map(|n| pen.write(id_at(0, n), 0, &event(), Some("B1234XYZ"))).collect();
    let elsewhere = [other.write(id_at(0, 3), 0, &event(), Some("B1234XYZ"))];
    assert_eq!(one.ingest(&same, LIMIT).await.unwrap(), [Inserted, Inserted]);
    assert_eq!(two.ingest(&elsewhere, LIMIT).await.unwrap(), [Inserted]);
    // The answer was lost, or the whole day is sent once more.
    for _ in 0..3 {
        assert_eq!(one.ingest(&same, LIMIT).await.unwrap(), [Already, Already]);
    }
    let inside = "SELECT count(*), count(DISTINCT tiket), count(DISTINCT plat_nomor) FROM kendaraan";
    let row = rig.root().await.query_one(inside, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)), (3, 1, 1));
}

/// 1: an exit failed when its entry's row was missing.
#[tokio::test(flavor = "multi_thread")]
async fn defect_1_an_exit_that_comes_before_its_entry_is_in_the_books_at_once() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let (entry, exit) = (rig.central("A1").await, rig.central("B1").await);
    let stay = id_at(0, 1);
    let leave = [Pen::new("B1", 2).leave(id_at(3600, 2), 3600, stay, 7000)];
    assert_eq!(exit.ingest(&leave, LIMIT).await.unwrap(), [Inserted]);
    let booked = vec![("2026-11-22".to_owned(), 7000)];
    assert_eq!(days(&rig).await, [booked.clone(), booked.clone()]);
    assert_eq!(entry.ingest(&[Pen::new("A1", 1).enter(stay, 0, "B1")], LIMIT).await.unwrap(), [Inserted]);
    assert_eq!(days(&rig).await, [booked.clone(), booked]);
    let sql = "SELECT (SELECT count(*) FROM kendaraan), (SELECT count(*) FROM kunjungan WHERE keadaan = 'keluar')";
    let row = rig.root().await.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (0, 1));
}

/// 4: one report summed by the day of entry and the roll-up by that of exit; and its trigger counted twice.
#[tokio::test(flavor = "multi_thread")]
async fn defect_4_money_belongs_to_the_day_it_was_paid_on_in_every_sum_and_counts_once() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let central = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    // 23:00 on the 22nd in Jakarta; out the same night, after midnight, and two days later.
    let evening = 16 * 3600;
    let mut facts = Vec::new();
    for (n, hours, fee) in [(1, 0, 2000), (2, 2, 5000), (3, 50, 25_000)] {
        let (stay, out) = (id_at(evening, n), evening + hours * 3600 + 60);
        facts.push(pen.enter(stay, evening, "B1A"));
        facts.push(pen.leave(id_at(out, 100 + n), out, stay, fee));
    }
    let want: Vec<(String, i64)> = [("2026-11-22", 2000), ("2026-11-23", 5000), ("2026-11-25", 25_000)]
        .map(|(day, fee)| (day.to_owned(), fee))
        .into();
    for _ in 0..3 {
        central.ingest(&facts, LIMIT).await.unwrap();
        assert_eq!(days(&rig).await, [want.clone(), want.clone()]);
    }
    let counted: i64 =
        rig.root().await.query_one("SELECT sum(jumlah)::bigint FROM pendapatan_harian", &[]).await.unwrap().get(0);
    assert_eq!(counted, 3);
}

/// 7: the counter of the OFF numbers began again at 1 with every start.
#[test]
fn defect_7_a_counter_begins_again_only_behind_32_million_and_under_another_tag() {
    let gate = parkir::domain::ids::GateId::parse("A1").unwrap();
    let life = |n: u128| uuid::Uuid::from_u128(n);
    let mut seen = std::collections::BTreeSet::new();
    let mut counter = ticket::COUNTERS - 50;
    for _ in 0..100 {
        let (number, following) = ticket::next(&gate, life(1), counter);
        assert_eq!(ticket::read(&number), Some(number.clone()), "whole, also behind the last");
        assert!(seen.insert(number), "given twice");
        counter = following;
    }
    let first: std::collections::BTreeSet<String> = (0..40).map(|n| ticket::next(&gate, life(n), 0).0).collect();
    assert!(first.len() > 35, "each life has its own: {first:?}");
}
