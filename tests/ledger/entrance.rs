//! What enters the ledger can be read by everybody who must; and one row that nobody can read hides no other.

use crate::support::*;
use parkir::central::IngestVerdict::*;
use parkir::central::{Central, ErrorClass, HelloInfo};
use parkir::domain::duplicates::Search;
use serde_json::{Value, json};
use uuid::Uuid;

/// An honest fact, dishonestly changed.
fn changed(fact: &str, path: &str, value: Value) -> String {
    let mut fact: Value = serde_json::from_str(fact).unwrap();
    *fact.pointer_mut(path).unwrap() = value;
    fact.to_string()
}

/// A fact whose `source` is this, letter by letter: numbers no Rust type holds.
fn spelled(pen: &mut Pen, stay: Uuid, value: &str) -> String {
    pen.enter(stay, 0, "B1A").replace("\"source\":\"operator\"", &format!("\"source\":{value}"))
}

fn nested(levels: usize) -> String {
    format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
}

async fn turned_away(central: &Central, fact: String) {
    let verdicts = central.ingest(std::slice::from_ref(&fact), LIMIT).await.unwrap();
    let shown: String = fact.chars().take(900).collect();
    assert!(matches!(verdicts[..], [Rejected { .. }]), "{verdicts:?}: {shown}");
}

/// Everybody who reads the books can.
async fn all_can_read(rig: &Rig, cursor: &str, feed: &str, stays: usize) {
    let exit = rig.central("B1").await;
    assert_eq!(exit.pull(Some(cursor), LIMIT).await.unwrap().stays.len(), stays);
    assert_eq!(exit.snapshot(None, LIMIT).await.unwrap().stays.len(), stays);
    let hub = rig.central("hub").await;
    let events = hub.feed(Some(feed), LIMIT).await.unwrap().events;
    assert_eq!(events.iter().filter(|e| e.stay.is_some()).count(), stays);
    let admin = rig.central("admin").await;
    admin.duplicates(&everything(), LIMIT).await.unwrap();
    assert_eq!(admin.stays("", LIMIT).await.unwrap().len(), stays);
    assert_eq!(admin.terminals(LIMIT).await.unwrap().len(), 2);
}

fn everything() -> Search {
    let (from, to) = ("1970-01-01T00:00:00Z".parse().unwrap(), "2100-01-01T00:00:00Z".parse().unwrap());
    Search { from, to, class: None, filter: String::new(), limit: 100, group: String::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_terminals_could_not_read_never_enters() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "out")]).await;
    let central = rig.central("A1").await;
    let cursor = central.pull(None, LIMIT).await.unwrap().cursor;
    let feed = rig.central("hub").await.feed(None, LIMIT).await.unwrap().cursor;
    let mut pen = Pen::new("A1", 1);
    let entry = pen.enter(id_at(0, 1), 0, "B1A");
    let exit = pen.leave(id_at(60, 2), 60, id_at(0, 3), 1000);
    for at in [
        "9999-12-31T23:59:59-15:00",
        "9999-12-31T12:00:00Z",
        "0044-03-15T10:00:00Z BC",
        "0044-03-15T10:00:00.0 BC  +00:00",
        "2026-11-22T10:00:00",
        "2026-11-22T10:00:00.123456",
        "2026-11-22T10:00:00 America/New_York",
        "2026-11-22T10:00:00 +07:00",
        "2026-02-30T00:00:00Z",
    ] {
        turned_away(&central, changed(&entry, "/at", json!(at))).await;
        turned_away(&central, changed(&exit, "/body/entered_at", json!(at))).await;
    }
    for (fact, path, value) in [
        (&entry, "/body/tariff", json!(-1)),
        (&exit, "/body/tariff", json!(-1)),
        (&exit, "/body/flags", json!([null])),
        (&exit, "/body/flags", json!(["a", 1])),
        (&exit, "/body/flags", json!([["a"]])),
        (&entry, "/id", json!(id_at(0, 1).to_string().to_uppercase())),
        (&entry, "/id", json!("019a-a8f8-0000-7000-800000000001")),
        (&entry, "/epoch", json!(format!("{{{}}}", pen.epoch))),
        (&exit, "/body/stay", json!(id_at(0, 3).simple().to_string())),
        (&entry, "/hash", json!(format!("{:64}", "ab"))),
    ] {
        turned_away(&central, changed(fact, path, value)).await;
    }
    // What other clocks and programs write, and can be read, is taken.
    for (n, at) in ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00.123456789+07:00", "1970-01-01T00:00:05+07:00"]
        .into_iter()
        .enumerate()
    {
        let stay = id_at(0, 100 + u128::try_from(n).unwrap());
        let fact = changed(&pen.enter(stay, 0, &format!("D{n}X")), "/at", json!(at));
        assert_eq!(central.ingest(&[fact], LIMIT).await.unwrap(), [Inserted], "{at}");
    }
    let info = HelloInfo { version: "1".into(), operator: "x".into(), pending: 0, epoch: pen.epoch, seq: 1 };
    central.hello(&info, LIMIT).await.unwrap();
    let told = json!({"version": "1", "operator": "x", "pending": -1, "epoch": pen.epoch, "seq": -5}).to_string();
    rig.plain("A1").await.execute("SELECT api.hello($1::text::jsonb)", &[&told]).await.unwrap();
    all_can_read(&rig, &cursor, &feed, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_projection_cannot_read_never_enters_the_ledger() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "out")]).await;
    let (central, exit, root) = (rig.central("A1").await, rig.central("B1").await, rig.root().await);
    let mut pen = Pen::new("A1", 1);
    let stay = id_at(0, 1);
    // By way of somebody else's program: this one would not send all of it as it stands.
    let plain = rig.plain("A1").await;
    let long = ["9".repeat(131_073), nested(14_432), nested(9_000), format!("\"{}\"", "x".repeat(17_000))];
    let short = ["1e999999", "-1e131072", "1e-20000", "\"\\ud800\"", "\"\\u0000\""].map(String::from);
    for value in short.into_iter().chain(long) {
        let fact = vec![spelled(&mut pen, stay, &value)];
        let sql = "SELECT (api.terima($1::text[]::json[]))[1]";
        let verdict: String = plain.query_one(sql, &[&fact]).await.unwrap().get(0);
        assert!(verdict.starts_with("rejected|"), "{verdict} for {}", &value[..value.len().min(20)]);
    }
    // The short cuts and the projection read the same words.
    let class = spelled(&mut pen, stay, "\"x\"").replace("\"class\":\"mobil\"", "\"class\":1e2");
    assert_eq!(central.ingest(&[class], LIMIT).await.unwrap(), [Inserted]);
    let short: String = root.query_one("SELECT jenis FROM kunjungan", &[]).await.unwrap().get(0);
    let leave = Pen::new("B1", 2).leave(id_at(60, 2), 60, stay, 1000);
    assert_eq!(exit.ingest(&[leave], LIMIT).await.unwrap(), [Inserted]);
    let void = Pen::new("B1", 3).write(id_at(90, 3), 90, &voided(stay, id_at(60, 2), "B1"), None);
    assert_eq!(exit.ingest(&[void], LIMIT).await.unwrap(), [Inserted]);
    let long: String = root.query_one("SELECT jenis FROM kunjungan", &[]).await.unwrap().get(0);
    assert_eq!(short, long);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_hides_no_other() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "out")]).await;
    let (central, root) = (rig.central("A1").await, rig.root().await);
    let cursor = central.pull(None, LIMIT).await.unwrap().cursor;
    let feed = rig.central("hub").await.feed(None, LIMIT).await.unwrap().cursor;
    let mut pen = Pen::new("A1", 1);
    let facts: Vec<String> = (0..6_u32).map(|n| pen.enter(id_at(n.into(), n.into()), 0, "B1SAMA")).collect();
    central.ingest(&facts, LIMIT).await.unwrap();
    let found = rig.central("admin").await.duplicates(&everything(), LIMIT).await.unwrap();
    assert_eq!((found.groups.len(), found.groups[0].members.len()), (1, 6));
    // As it would lie in books that were written before anybody looked so closely.
    let odd = format!(
        "UPDATE kunjungan SET tarif_versi = -1 WHERE id = '{}'; \
         UPDATE peristiwa SET diterima = '20000-01-01' WHERE id = '{0}'; \
         UPDATE kunjungan SET waktu_masuk = '20000-01-01' WHERE id = '{}'; \
         UPDATE gerbang SET tertunda = -1 WHERE kode = 'B1'",
        id_at(1, 1),
        id_at(2, 2)
    );
    root.batch_execute(&odd).await.unwrap();
    let exit = rig.central("B1").await;
    assert_eq!(exit.pull(Some(&cursor), LIMIT).await.unwrap().stays.len(), 4);
    assert_eq!(exit.snapshot(None, LIMIT).await.unwrap().stays.len(), 4);
    let (hub, admin) = (rig.central("hub").await, rig.central("admin").await);
    assert_eq!(hub.feed(Some(&feed), LIMIT).await.unwrap().events.len(), 4);
    assert_eq!(admin.terminals(LIMIT).await.unwrap().len(), 1);
    assert_eq!(admin.stays("", LIMIT).await.unwrap().len(), 5);
    let found = admin.duplicates(&everything(), LIMIT).await.unwrap();
    assert_eq!(found.groups[0].members.len(), 4, "two of them cannot be read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_of_notifications_is_no_fault_of_the_facts() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (central, root) = (rig.central("A1").await, rig.root().await);
    let fact = [Pen::new("A1", 1).enter(id_at(0, 1), 0, "B1A")];
    let fails = async |code: &str| {
        let sql = format!(
            "CREATE OR REPLACE FUNCTION intern.gagal() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'uji' USING ERRCODE = '{code}'; END $$"
        );
        root.batch_execute(&sql).await.unwrap();
    };
    fails("54000").await;
    let sql = "CREATE CONSTRAINT TRIGGER gagal AFTER INSERT OR UPDATE ON epok DEFERRABLE INITIALLY DEFERRED \
               FOR EACH ROW EXECUTE FUNCTION intern.gagal()";
    root.batch_execute(sql).await.unwrap();
    assert_eq!(central.ingest(&fact, LIMIT).await.unwrap_err().class(), ErrorClass::Connection);
    fails("54001").await;
    assert!(matches!(central.ingest(&fact, LIMIT).await.unwrap_err().class(), ErrorClass::Data { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stay_that_cannot_be_written_is_never_passed_over_in_silence() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (central, root) = (rig.central("A1").await, rig.root().await);
    let mut pen = Pen::new("A1", 1);
    let stay = id_at(0, 1);
    // As if somebody's row were there whenever it is to be written, and gone whenever it is looked for.
    let sql = "CREATE FUNCTION intern.lenyap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
               CREATE TRIGGER lenyap BEFORE INSERT ON kunjungan FOR EACH ROW EXECUTE FUNCTION intern.lenyap()";
    root.batch_execute(sql).await.unwrap();
    let batch = [pen.enter(stay, 0, "B1A"), pen.leave(id_at(60, 2), 60, stay, 1000)];
    let error = central.ingest(&batch, LIMIT).await.unwrap_err();
    assert!(error.class() == ErrorClass::Connection && error.to_string().contains("40001"), "{error}");
    root.batch_execute("DROP TRIGGER lenyap ON kunjungan").await.unwrap();
    assert_eq!(central.ingest(&batch, LIMIT).await.unwrap(), [Inserted, Inserted]);
}
