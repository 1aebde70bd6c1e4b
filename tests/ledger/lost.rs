//! Lost tickets in the books: fines that go back, exits paid otherwise than was taken down, and what the centre's own
//! people put right.

use crate::support::*;
use parkir::domain::kinds::Event;
use parkir::domain::lost::{Approval, LostNote, Refunded};
use parkir::domain::money::Rupiah;
use serde_json::{Value, json};
use uuid::Uuid;

const CODE: &str = "7K29QX4M1";

fn by() -> Approval {
    Approval { supervisor: "Sari".into(), proven: true }
}

fn fined(stay: Uuid, fee: i64, fine: i64) -> Event {
    let Event::Left(mut exit) = left(stay, fee) else { unreachable!() };
    exit.lost = Some(Box::new(LostNote {
        how: "proven".into(),
        fine: Rupiah(fine),
        claim: Some(CODE.into()),
        until: Some("2099-11-24T07:00:00.000000+07:00".into()),
        waived: None,
        by: None,
        seen_by: None,
    }));
    Event::Left(exit)
}

fn refunded(exit: Option<(Uuid, Uuid)>, amount: i64) -> Event {
    Event::Refunded(Refunded {
        claim: CODE.into(),
        target: exit.map(|(exit, _)| exit),
        target_gate: exit.map(|_| "A1".into()),
        stay: exit.map(|(_, stay)| stay),
        class: "mobil".into(),
        amount: Rupiah(amount),
        reason: "ketemu".into(),
        by: by(),
        flags: vec![],
    })
}

/// One column of one view, row by row.
async fn column(rig: &Rig, sql: &str) -> Vec<Value> {
    let sql = format!("SELECT coalesce(json_agg(to_json(x)), '[]')::text FROM ({sql}) x");
    let text: String = rig.root().await.query_one(&sql, &[]).await.unwrap().get(0);
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_gates_that_pay_a_fine_back_the_second_is_flagged_and_both_are_in_the_books() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "out")]).await;
    let (mut a, mut b) = (Pen::new("A1", 1), Pen::new("B1", 2));
    b.key = rig.key_of("B1");
    let (stay, exit) = (id_at(0, 1), id_at(100, 2));
    let entry = a.enter(stay, 0, "B1A");
    let paid = a.write(exit, 100, &fined(stay, 25_000, 20_000), Some("B1A"));
    let first = a.write(id_at(200, 3), 200, &refunded(Some((exit, stay)), 20_000), None);
    let second = b.write(id_at(300, 4), 300, &refunded(None, 20_000), None);
    let (ga, gb) = (rig.central("A1").await, rig.central("B1").await);
    // The other gate's refund comes before the centre ever heard of the fine.
    gb.ingest(std::slice::from_ref(&second), LIMIT).await.unwrap();
    let known = ga.fine(CODE, LIMIT).await.unwrap().unwrap();
    assert_eq!((known.fact, known.refunds.len()), (Uuid::nil(), 1), "{known:?}");
    ga.ingest(&[first, paid, entry], LIMIT).await.unwrap();
    let known = gb.fine(CODE, LIMIT).await.unwrap().unwrap();
    assert_eq!((known.fact, known.fine, known.voided), (exit, Rupiah(20_000), false));
    assert_eq!(known.refunds.iter().map(|r| r.gate.as_str()).collect::<Vec<_>>(), ["A1", "B1"]);
    assert_eq!(gb.fine("TAKADA", LIMIT).await.unwrap(), None);

    let rows = column(&rig, "SELECT gerbang, jumlah, tanda FROM denda_kembali ORDER BY id").await;
    assert_eq!(
        rows,
        [
            json!({"gerbang": "A1", "jumlah": 20_000, "tanda": []}),
            json!({"gerbang": "B1", "jumlah": 20_000, "tanda": ["ganda"]}),
        ]
    );
    let net = column(&rig, "SELECT gerbang, total, dikembalikan, bersih FROM pendapatan_bersih ORDER BY 1").await;
    assert_eq!(
        net,
        [
            json!({"gerbang": "A1", "total": 25_000, "dikembalikan": 20_000, "bersih": 5_000}),
            json!({"gerbang": "B1", "total": 0, "dikembalikan": 20_000, "bersih": -20_000}),
        ]
    );
    // Exits stay what they were: what went back is no exit.
    let exits = column(&rig, "SELECT jumlah, total FROM pendapatan_harian").await;
    assert_eq!(exits, [json!({"jumlah": 1, "total": 25_000})]);
    // A void of the exit leaves a refund without a fine.
    let undo = a.write(id_at(400, 5), 400, &voided(stay, exit, "A1"), None);
    ga.ingest(&[undo], LIMIT).await.unwrap();
    let flags = column(&rig, "SELECT tanda FROM denda_kembali ORDER BY id").await;
    assert_eq!(flags, [json!({"tanda": ["tanpa_denda"]}), json!({"tanda": ["ganda", "tanpa_denda"]})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_of_the_method_moves_the_money_and_the_newest_holds() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let gate = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    let (stay, exit) = (id_at(0, 1), id_at(100, 2));
    let mut facts = vec![pen.enter(stay, 0, "B1A"), pen.leave(exit, 100, stay, 5_000)];
    for (n, method) in [(3, "qris"), (4, "emoney")] {
        let Event::Corrected(mut body) = corrected(stay, exit, "A1", None) else { unreachable!() };
        body.method = Some(method.into());
        facts.push(pen.write(id_at(200, n), 200, &Event::Corrected(body), None));
    }
    // The correction before what it corrects.
    for fact in facts.iter().rev() {
        gate.ingest(std::slice::from_ref(fact), LIMIT).await.unwrap();
    }
    let rows = column(&rig, "SELECT metode, biaya, batal, ganda, tanda FROM transaksi").await;
    assert_eq!(
        rows,
        [json!({"metode": "emoney", "biaya": 5_000, "batal": false, "ganda": false,
            "tanda": ["qr_only", "metode_diralat"]})]
    );
    let roll = column(&rig, "SELECT metode, jumlah, total FROM pendapatan_harian").await;
    assert_eq!(roll, [json!({"metode": "emoney", "jumlah": 1, "total": 5_000})]);
    let stays = column(&rig, "SELECT keadaan, jenis, metode FROM kunjungan").await;
    assert_eq!(stays, [json!({"keadaan": "keluar", "jenis": "mobil", "metode": "emoney"})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_centres_people_pay_back_once_and_take_back_what_no_gate_may() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (gate, admin) = (rig.central("A1").await, rig.central("admin").await);
    let mut pen = Pen::new("A1", 1);
    let (stay, exit) = (id_at(0, 1), id_at(100, 2));
    let facts = [pen.enter(stay, 0, "B1A"), pen.write(exit, 100, &fined(stay, 25_000, 20_000), Some("B1A"))];
    gate.ingest(&facts, LIMIT).await.unwrap();
    let mut centre = Pen::new("PUSAT", 21);
    let pay = centre.write(id_at(200, 3), 200, &refunded(Some((exit, stay)), 20_000), None);
    let wrong = centre.write(id_at(201, 4), 201, &refunded(Some((exit, stay)), 30_000), None);
    let again = centre.write(id_at(202, 5), 202, &refunded(Some((exit, stay)), 20_000), None);
    let error = admin.put_right(&wrong, LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("tidak cocok"), "{error}");
    let (one, other) = (rig.central("admin").await, rig.central("admin").await);
    let (x, y) = tokio::join!(one.put_right(&pay, LIMIT), other.put_right(&again, LIMIT));
    assert_eq!([x.is_ok(), y.is_ok()].iter().filter(|ok| **ok).count(), 1, "{x:?} {y:?}");
    // Who heard no answer asks again, and nothing is paid twice.
    let kept = if x.is_ok() { &pay } else { &again };
    assert_eq!(admin.put_right(kept, LIMIT).await.unwrap().already, 1);
    let back = column(&rig, "SELECT jumlah, tanda FROM denda_kembali").await;
    assert_eq!(back, [json!({"jumlah": 20_000, "tanda": []})]);
    // Nor is an exit taken back whose fine is gone.
    let undo = centre.write(id_at(300, 6), 300, &voided(stay, exit, "A1"), None);
    let error = admin.put_right(&undo, LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("sudah dikembalikan"), "{error}");

    let (stay, exit) = (id_at(1_000, 7), id_at(1_100, 8));
    gate.ingest(&[pen.enter(stay, 1_000, "B2A"), pen.leave(exit, 1_100, stay, 5_000)], LIMIT).await.unwrap();
    let undo = centre.write(id_at(1_300, 9), 1_300, &voided(stay, exit, "A1"), None);
    assert_eq!(admin.put_right(&undo, LIMIT).await.unwrap().inserted, 1);
    let twice = centre.write(id_at(1_301, 10), 1_301, &voided(stay, exit, "A1"), None);
    let error = admin.put_right(&twice, LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("sudah dibatalkan"), "{error}");
    let inside = column(&rig, "SELECT plat_nomor FROM kendaraan").await;
    assert_eq!(inside, [json!({"plat_nomor": "B2A"})]);
    // An entry is taken back while its vehicle is inside, once, and no refund goes to it.
    let found = admin.entry_named(&stay.to_string(), LIMIT).await.unwrap();
    assert_eq!((found.len(), found[0].stay, found[0].paid), (1, stay, None), "{found:?}");
    let refund = centre.write(id_at(1_310, 12), 1_310, &refunded(Some((stay, stay)), 5_000), None);
    assert!(admin.put_right(&refund, LIMIT).await.is_err());
    let back = centre.write(id_at(1_311, 13), 1_311, &voided(stay, stay, "A1"), None);
    assert_eq!(admin.put_right(&back, LIMIT).await.unwrap().inserted, 1);
    assert_eq!(admin.put_right(&back, LIMIT).await.unwrap().already, 1);
    let twice = centre.write(id_at(1_312, 14), 1_312, &voided(stay, stay, "A1"), None);
    let error = admin.put_right(&twice, LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("tidak di dalam"), "{error}");
    assert!(column(&rig, "SELECT plat_nomor FROM kendaraan").await.is_empty());
    assert!(admin.entry_named(&stay.to_string(), LIMIT).await.unwrap().is_empty());
    let audit = column(&rig, "SELECT tindakan FROM audit WHERE tindakan LIKE '%batal' ORDER BY 1").await;
    assert_eq!(audit, [json!({"tindakan": "masuk_batal"}), json!({"tindakan": "transaksi_batal"})]);
    // No gate has that door, and no gate's fact goes through it.
    let error = gate.put_right(&undo, LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
    let mine = pen.write(id_at(1_400, 11), 1_400, &voided(stay, exit, "A1"), None);
    assert!(admin.put_right(&mine, LIMIT).await.is_err());
}

/// docs/lost-ticket.md: money that went back is nobody's revenue, whoever paid it back.
#[tokio::test(flavor = "multi_thread")]
async fn todays_overview_tells_what_was_paid_back_beside_what_was_taken_and_nothing_of_other_days() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (gate, admin) = (rig.central("A1").await, rig.central("admin").await);
    let now = jiff::Timestamp::now().as_second() - DAY;
    let mut pen = Pen::new("A1", 1);
    let (stay, exit, old) = (id_at(now, 1), id_at(now, 2), now - 3 * 86_400);
    let facts = [
        pen.enter(stay, now, "B1A"),
        pen.write(exit, now, &fined(stay, 25_000, 20_000), Some("B1A")),
        pen.write(id_at(old, 3), old, &refunded(None, 5_000), None),
    ];
    gate.ingest(&facts, LIMIT).await.unwrap();
    let seen = admin.overview(LIMIT).await.unwrap();
    assert_eq!((seen.revenue.0, seen.refunded.0), (25_000, 0));
    let back = pen.write(id_at(now, 4), now, &refunded(Some((exit, stay)), 20_000), None);
    gate.ingest(&[back], LIMIT).await.unwrap();
    let seen = admin.overview(LIMIT).await.unwrap();
    assert_eq!((seen.revenue.0, seen.refunded.0), (25_000, 20_000));
    // The roll-up that is read by SQL says the same.
    let day = "SELECT total - dikembalikan AS sisa, bersih FROM pendapatan_bersih ORDER BY hari DESC LIMIT 1";
    assert_eq!(column(&rig, day).await, [json!({"sisa": 5_000, "bersih": 5_000})]);
}
