//! Files of the old system, carried to several PCs: in the books they are there once.

use crate::support::*;
use parkir::app::kit::Kit;
use parkir::domain::fact::{Origin, Stamp};
use parkir::domain::ids::GateId;
use parkir::domain::kinds::Event;
use parkir::journal::{Books, Options, export};
use std::path::Path;
use uuid::Uuid;

const ENTRY: &str = r#"{"transaction_id":"T123456","vehicle_number":"A123BC","entry_time":"2023-12-25T15:30:45",
  "vehicle_type":"CAR","sync_status":"PENDING"}"#;
const EXIT: &str = r#"{"transaction_id":"T123456","vehicle_number":"A123BC","entry_time":"2023-12-25T15:30:45",
  "exit_time":"2023-12-25T17:30:45","vehicle_type":"CAR","total_payment":5000}"#;

/// What a PC of this gate makes of the old files: the envelopes its journal holds.
fn adopted(rig: &Rig, gate: &str, pc: &str) -> Vec<String> {
    let dir = rig.folder.join(pc);
    let old = rig.folder.join("lama");
    std::fs::create_dir_all(old.join("ParkingIN")).unwrap();
    std::fs::create_dir_all(old.join("ParkingOut")).unwrap();
    std::fs::write(old.join("ParkingIN/parking_entry_20231225_153045_A123BC.json"), ENTRY).unwrap();
    std::fs::write(old.join("ParkingOut/parking_exit_20231225_173045_A123BC.json"), EXIT).unwrap();
    let mut kit = Kit::open(&rig.kit_path(gate)).unwrap();
    let origin = Origin {
        site: kit.site.clone(),
        gate: GateId::parse(gate).unwrap(),
        terminal: pc.into(),
        operator: pc.into(),
        shift: None,
        tariff: 3,
        config: 4,
    };
    let at = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Asia/Jakarta").unwrap());
    let stamp = Stamp { at, mono_ms: 7, boot: Uuid::now_v7(), clock: None };
    let key = kit.key.take().unwrap();
    let options = Options { dir: dir.clone(), key, origin, stamp, epoch: Uuid::now_v7(), started: Uuid::now_v7() };
    let told = Books::open(&options).unwrap().import(&[old]).unwrap();
    assert_eq!((told.adopted, told.aside), (2, vec![]));
    envelopes(&dir)
}

fn envelopes(dir: &Path) -> Vec<String> {
    let mut out = Vec::new();
    export(dir, &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

async fn send(rig: &Rig, gate: &str, facts: &[String]) -> Vec<String> {
    let verdicts = rig.central(gate).await.ingest(facts, LIMIT).await.unwrap();
    verdicts.iter().map(|v| format!("{v:?}")).collect()
}

async fn money(rig: &Rig) -> (i64, i64, i64, i64, String) {
    let sql = "SELECT (SELECT count(*) FROM transaksi), (SELECT coalesce(sum(biaya), 0)::bigint FROM transaksi WHERE NOT batal),
               (SELECT coalesce(sum(total), 0)::bigint FROM pendapatan_harian), (SELECT count(*) FROM kunjungan),
               (SELECT coalesce(string_agg(array_to_string(tanda, ','), ';'), '') FROM kunjungan)";
    let row = rig.root().await.query_one(sql, &[]).await.unwrap();
    (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pcs_of_one_gate_adopt_the_same_old_files_and_the_second_is_told_already() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (one, two) = (adopted(&rig, "A1", "pc1"), adopted(&rig, "A1", "pc2"));
    assert_eq!(one, two, "byte for byte, whoever works there");
    assert_eq!(send(&rig, "A1", &one).await, ["Inserted", "Inserted"]);
    assert_eq!(send(&rig, "A1", &two).await, ["Already", "Already"]);
    assert_eq!(money(&rig).await, (1, 5_000, 5_000, 1, "sistem_lama".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gates_adopt_the_same_old_files_and_the_money_is_in_the_books_once_in_any_order() {
    let mut all = Vec::new();
    for order in [["A1", "B1"], ["B1", "A1"]] {
        let rig = Rig::new(&[("A1", "both"), ("B1", "both")]).await;
        for gate in order {
            let facts = adopted(&rig, gate, gate);
            assert_eq!(send(&rig, gate, &facts).await, ["Inserted", "Inserted"]);
            assert_eq!(money(&rig).await, (1, 5_000, 5_000, 1, "sistem_lama".into()), "{order:?}");
        }
        let facts: i64 = rig.root().await.query_one("SELECT count(*) FROM peristiwa", &[]).await.unwrap().get(0);
        assert_eq!(facts, 4, "the ledger keeps what each gate said");
        let row = rig.root().await.query_one("SELECT gerbang FROM transaksi", &[]).await.unwrap();
        all.push(row.get::<_, String>(0));
    }
    assert_eq!(all, ["A1", "A1"], "the set decides, not the order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_cannot_push_out_anothers_exit_by_marking_its_own_as_old() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "both")]).await;
    let facts = adopted(&rig, "B1", "B1");
    send(&rig, "B1", &facts).await;
    let mut forged: serde_json::Value = serde_json::from_str(&facts[1]).unwrap();
    forged["gate"] = "A1".into();
    forged["body"]["fee"] = 0.into();
    assert_eq!(send(&rig, "A1", &[forged.to_string()]).await, ["Inserted"]);
    let (rows, sum, ..) = money(&rig).await;
    assert_eq!((rows, sum), (2, 5_000), "both are kept, and the other's money stays");
}

/// An exit as both gates adopted it, of these stays and fees; `at` is when.
fn old_exit(gate: &str, epoch: u128, at: i64, stay: Uuid, fee: i64) -> (String, String) {
    let Event::Left(mut exit) = left(stay, fee) else { unreachable!() };
    exit.known = "sistem lama".into();
    let fact = Pen::new(gate, epoch).write(id_at(60, 3), at, &Event::Left(exit), None);
    let hash = fact.rsplit_once("\"hash\":\"").unwrap().1[..64].to_owned();
    (hash, fact)
}

async fn project_anew(rig: &Rig) {
    let sql = "TRUNCATE kunjungan, kendaraan, transaksi, pendapatan_harian, duplikat;
        SELECT intern.susun(situs, array_agg(ROW(kunjungan, awal, akhir)::intern.rentang ORDER BY kunjungan)) FROM (
            SELECT situs, kunjungan, min(id::text)::uuid AS awal, max(id::text)::uuid AS akhir FROM peristiwa
            GROUP BY situs, kunjungan) s GROUP BY situs";
    rig.root().await.batch_execute(sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gates_that_adopted_one_exit_at_different_times_book_it_once_in_any_order() {
    let stay = id_at(1, 1);
    let (_, a) = old_exit("A1", 1, 60, stay, 5_000);
    let (_, b) = old_exit("B1", 2, 90, stay, 5_000);
    let mut all = Vec::new();
    for order in [[("A1", &a), ("B1", &b)], [("B1", &b), ("A1", &a)]] {
        let rig = Rig::new(&[("A1", "both"), ("B1", "both")]).await;
        for (gate, fact) in order {
            assert_eq!(send(&rig, gate, std::slice::from_ref(fact)).await, ["Inserted"]);
        }
        let (rows, sum, total, ..) = money(&rig).await;
        assert_eq!((rows, sum, total), (1, 5_000, 5_000), "{order:?}");
        let before = books(&rig).await;
        project_anew(&rig).await;
        assert_eq!(books(&rig).await, before);
        all.push(before);
    }
    assert_eq!(all[0], all[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_that_moves_an_adopted_exit_to_another_stay_leaves_no_money_behind() {
    let (one, two) = (id_at(1, 1), id_at(2, 2));
    let (_, a) = old_exit("A1", 1, 60, one, 5_000);
    let (stands, c2) = old_exit("B1", 3, 60, one, 5_000);
    // Another content of B1's fact, of another stay, that has to yield.
    let yields = |fee| Some(old_exit("B1", 2, 60, two, fee)).filter(|(hash, _)| *hash > stands);
    let (_, c1) = (1_000..).find_map(yields).unwrap();
    let mut all = Vec::new();
    for order in [[&a, &c1, &c2], [&a, &c2, &c1], [&c1, &a, &c2], [&c1, &c2, &a]] {
        let rig = Rig::new(&[("A1", "both"), ("B1", "both")]).await;
        for fact in order {
            let gate = if fact.contains("\"gate\":\"A1\"") { "A1" } else { "B1" };
            send(&rig, gate, std::slice::from_ref(fact)).await;
        }
        let (rows, sum, total, ..) = money(&rig).await;
        assert_eq!((rows, sum, total), (1, 5_000, 5_000), "{order:?}");
        all.push(books(&rig).await);
    }
    assert!(all.iter().all(|books| *books == all[0]));
}
