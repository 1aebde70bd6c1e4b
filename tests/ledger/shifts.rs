//! Shifts in the books: what slips say, what transaksi says, and that both say the same.

use crate::support::*;
use jiff::Timestamp;
use parkir::central::ShiftRow;
use parkir::domain::cash::Count;
use parkir::domain::kinds::{Event, ShiftOpened};
use parkir::domain::money::Rupiah;
use parkir::domain::shift::{Closing, OpenShift, Totals};
use uuid::Uuid;

const NIGHT: i64 = 15 * 3600;

/// Everything recorded so far in this shift, closed with what is counted.
fn close(pen: &mut Pen, facts: &[String], second: i64, n: u128, count: Count) -> String {
    let sealed: Vec<parkir::domain::fact::Sealed> =
        facts.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let mine = sealed.iter().map(|sealed| &sealed.fact.content).filter(|fact| fact.shift == pen.shift);
    let opened = sealed.iter().find(|s| Some(s.fact.id()) == pen.shift).unwrap();
    let shift = OpenShift {
        id: opened.fact.id(),
        operator: "budi".into(),
        opened_at: opened.fact.at().unwrap(),
        float: Rupiah(opened.fact.content.body["float"].as_i64().unwrap()),
        left: None,
    };
    let at = Timestamp::from_second(DAY + second).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
    let closing = Closing {
        shift: &shift,
        totals: Totals::of(mine),
        count: Some(count),
        reason: "sebab",
        how: "counted",
        at: &at,
        gate: "A1",
        waiting: 0,
    };
    let event = Event::ShiftClosed(Box::new(closing.body()));
    pen.write(id_at(second, n), second, &event, None)
}

fn open(pen: &mut Pen, second: i64, n: u128, from: Option<Uuid>) -> String {
    let id = id_at(second, n);
    pen.shift = Some(id);
    let accepted = from.map(|_| Rupiah(190_000));
    let opened =
        ShiftOpened { float: Rupiah(200_000), trust: "pin".into(), from_shift: from, accepted, left: None };
    pen.write(id, second, &Event::ShiftOpened(opened), None)
}

/// A night shift across midnight and the day shift that takes over.
fn two_shifts() -> (Vec<String>, Uuid, Uuid) {
    let mut pen = Pen::new("A1", 1);
    let mut facts = vec![open(&mut pen, NIGHT, 1, None)];
    let night = pen.shift.unwrap();
    for n in 0..6 {
        let (second, n) = (NIGHT + 4000 * n, 10 * u128::try_from(n + 1).unwrap());
        let stay = id_at(second, n);
        facts.push(pen.enter(stay, second, "B1A"));
        facts.push(pen.leave(id_at(second + 60, n + 1), second + 60, stay, 5000));
    }
    // The second exit is taken back in the same shift.
    let (stay, exit) = (id_at(NIGHT + 4000, 20), id_at(NIGHT + 4060, 21));
    facts.push(pen.write(id_at(NIGHT + 4100, 90), NIGHT + 4100, &voided(stay, exit, "A1"), None));
    facts.push(close(&mut pen, &facts, NIGHT + 28_800, 91, Count::of(&[2, 0, 1])));
    facts.push(open(&mut pen, NIGHT + 28_900, 92, Some(night)));
    let day = pen.shift.unwrap();
    // What came in by night and is paid by day is the day's.
    let stay = id_at(NIGHT + 100, 93);
    let paid = pen.leave(id_at(NIGHT + 29_000, 94), NIGHT + 29_000, stay, 9000);
    facts.push(paid);
    (facts, night, day)
}

async fn rows(rig: &Rig) -> Vec<ShiftRow> {
    let moment = |second| Timestamp::from_second(DAY + second).unwrap();
    rig.central("admin").await.shifts(moment(0), moment(5 * 86_400), LIMIT).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn slip_and_transaksi_agree_to_the_rupiah_whatever_the_order() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let gate = rig.central("A1").await;
    let (mut facts, night, day) = two_shifts();
    for fact in &facts {
        gate.ingest(std::slice::from_ref(fact), LIMIT).await.unwrap();
    }
    let expected = rows(&rig).await;
    let [second, first] = &expected[..] else { panic!("{expected:?}") };
    assert_eq!((first.shift, second.shift), (night, day));
    assert_eq!((first.revenue, first.count, first.voids, first.voided), (Rupiah(25_000), 5, 1, Rupiah(5000)));
    assert_eq!((first.reported, first.agrees()), (Some(Rupiah(25_000)), Some(true)));
    assert_eq!((first.expected, first.counted), (Some(Rupiah(225_000)), Some(Rupiah(220_000))));
    assert_eq!(
        (first.variance, first.deposit, first.left),
        (Some(Rupiah(-5000)), Some(Rupiah(20_000)), Some(Rupiah(200_000)))
    );
    assert_eq!((first.accepted_by.as_deref(), second.accepted), (Some("budi"), Some(Rupiah(190_000))));
    assert_eq!(
        (first.accepted_then, first.handed_over()),
        (Some(Rupiah(190_000)), Some(Rupiah(190_000) - first.left.unwrap()))
    );
    assert_eq!((second.revenue, second.closed_at, second.agrees()), (Rupiah(9000), None, None));
    assert_eq!(first.methods["tunai"].sum, Rupiah(25_000));

    let all = books(&rig).await;
    facts.reverse();
    rig.root()
        .await
        .batch_execute("TRUNCATE peristiwa, kunjungan, kendaraan, transaksi, pendapatan_harian, epok, shift")
        .await
        .unwrap();
    for batch in facts.chunks(3) {
        gate.ingest(batch, LIMIT).await.unwrap();
        gate.ingest(batch, LIMIT).await.unwrap();
    }
    assert_eq!(books(&rig).await, all);
    assert_eq!(rows(&rig).await, expected);

    // A void that comes later is the books', and the slip stays what was printed.
    let mut pen = Pen::new("A1", 2);
    let late = pen.write(
        id_at(NIGHT + 90_000, 95),
        NIGHT + 90_000,
        &voided(id_at(NIGHT, 10), id_at(NIGHT + 60, 11), "A1"),
        None,
    );
    gate.ingest(&[late], LIMIT).await.unwrap();
    let first = rows(&rig).await.pop().unwrap();
    assert_eq!(
        (first.revenue, first.reported, first.agrees()),
        (Rupiah(20_000), Some(Rupiah(25_000)), Some(false))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_and_closing_that_commit_at_the_same_moment_make_one_whole_shift() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (one, two) = (rig.central("A1").await, rig.central("A1").await);
    for n in 0..30 {
        let mut pen = Pen::new("A1", 100 + n);
        let second = i64::try_from(n).unwrap() * 10;
        let opened = open(&mut pen, second, 1 + n, None);
        let closed = close(&mut pen, std::slice::from_ref(&opened), second + 5, 1000 + n, Count::of(&[2]));
        let (opened, closed) = ([opened], [closed]);
        let (a, b) = tokio::join!(one.ingest(&opened, LIMIT), two.ingest(&closed, LIMIT));
        a.unwrap();
        b.unwrap();
    }
    let sql = "SELECT count(*) FROM shift WHERE dibuka IS NOT NULL AND ditutup IS NOT NULL";
    assert_eq!(rig.root().await.query_one(sql, &[]).await.unwrap().get::<_, i64>(0), 30);
    let rows = rows(&rig).await;
    assert!(rows.iter().all(|row| row.agrees() == Some(true)), "nothing sold is agreed upon too: {rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_is_found_by_its_names_and_by_its_index() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (gate, admin) = (rig.central("A1").await, rig.central("admin").await);
    let (facts, night, _) = two_shifts();
    gate.ingest(&facts, LIMIT).await.unwrap();
    let closing: parkir::domain::fact::Sealed = facts
        .iter()
        .map(|f| serde_json::from_str::<parkir::domain::fact::Sealed>(f).unwrap())
        .find(|s| s.fact.kind() == "shift_closed")
        .unwrap();
    let number = closing.fact.content.body["deposit_number"].as_str().unwrap().to_owned();
    let id = night.to_string();
    for name in [&number.to_lowercase(), &id, &id[..30].to_owned(), &id[20..].to_owned()] {
        let found = admin.shift(name, LIMIT).await.unwrap();
        assert_eq!(found.len(), 1, "{name}");
        let found = found[0].closing.as_ref().unwrap();
        found.check().unwrap();
        assert_eq!(found.link(), closing.link(), "the seal on paper is the ledger's");
    }
    for nobody in ["", "%", "SA1-000000-0000-000", "' OR 1=1"] {
        assert_ne!(admin.shift(nobody, LIMIT).await.unwrap().len(), 1, "{nobody}");
    }
    assert!(gate.shifts(Timestamp::MIN, Timestamp::MAX, LIMIT).await.is_err(), "a gate may not ask");
    let root = rig.root().await;
    root.batch_execute("SET enable_seqscan = off").await.unwrap();
    let sql = "EXPLAIN SELECT 1 FROM peristiwa q WHERE q.jenis = 'left' AND q.isi ->> 'shift' = 'x' \
               AND q.isi::text NOT LIKE '%\"shift\":null%' AND q.situs IS NOT DISTINCT FROM 'S1'";
    let plan: Vec<String> = root.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert!(
        plan.iter().any(|line| line.contains("text_idx")
            || line.contains("peristiwa_shift")
            || line.contains("expr_idx")),
        "{plan:#?}"
    );
}
