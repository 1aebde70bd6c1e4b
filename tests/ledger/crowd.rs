//! Nobody can hold up the others: not by having been away, not with what he carries, not with a lock.

use crate::support::*;
use parkir::app::server::couriered;
use parkir::central::IngestVerdict::*;
use parkir::central::{Central, HeldKey};
use parkir::domain::kinds::{Event, Parent, Started};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn who_was_away_for_long_starts_anew_instead_of_asking_for_everything() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let (entry, exit, hub) = (rig.central("A1").await, rig.central("B1").await, rig.central("hub").await);
    let mut pen = Pen::new("A1", 1);
    let cursor = exit.pull(None, LIMIT).await.unwrap().cursor;
    let feed = hub.feed(None, LIMIT).await.unwrap().cursor;
    let facts: Vec<String> = (0..5001_u32)
        .map(|n| pen.enter(id_at(n.into(), u128::from(n) + 1), n.into(), &format!("B{n}A")))
        .collect();
    for batch in facts[..5000].chunks(500) {
        entry.ingest(batch, LIMIT).await.unwrap();
    }
    let mut pulled = exit.pull(Some(&cursor), LIMIT).await.unwrap();
    let mut told = pulled.stays.len();
    while pulled.more {
        pulled = exit.pull(Some(&pulled.cursor), LIMIT).await.unwrap();
        assert!(!pulled.reset);
        told += pulled.stays.len();
    }
    assert_eq!(told, 5000);
    assert_eq!(hub.feed(Some(&feed), LIMIT).await.unwrap().events.len(), 5000);
    entry.ingest(&facts[5000..], LIMIT).await.unwrap();
    let anew = exit.pull(Some(&cursor), LIMIT).await.unwrap();
    assert!(anew.reset && anew.stays.is_empty());
    let told = hub.feed(Some(&feed), LIMIT).await.unwrap();
    assert!(told.reset && told.events.is_empty());
    // From there on it is as ever.
    let next = [pen.enter(id_at(9000, 9000), 9000, "B9A")];
    entry.ingest(&next, LIMIT).await.unwrap();
    assert_eq!(exit.pull(Some(&anew.cursor), LIMIT).await.unwrap().stays.len(), 1);
    assert_eq!(exit.pull(Some(&pulled.cursor), LIMIT).await.unwrap().stays.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_what_the_centre_has_lost_starts_anew() {
    let rig = Rig::new(&[("B1", "out")]).await;
    let (exit, hub) = (rig.central("B1").await, rig.central("hub").await);
    let cursor = exit.pull(None, LIMIT).await.unwrap().cursor;
    assert!(!exit.pull(Some(&cursor), LIMIT).await.unwrap().reset);
    // The same life, the same timeline, and transactions that were not yet when the backup was made.
    let life = cursor.split_once('|').unwrap().0;
    let ahead = format!("{life}|900000:900000:");
    assert!(exit.pull(Some(&ahead), LIMIT).await.unwrap().reset);
    assert!(hub.feed(Some(&ahead), LIMIT).await.unwrap().reset);
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_the_children_of_an_epoch_does_not_read_the_ledger() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (central, root) = (rig.central("A1").await, rig.root().await);
    let mut pen = Pen::new("A1", 1);
    let facts: Vec<String> =
        (0..3000_u32).map(|n| pen.enter(id_at(n.into(), u128::from(n) + 1), n.into(), "B1A")).collect();
    for batch in facts.chunks(500) {
        central.ingest(batch, LIMIT).await.unwrap();
    }
    let parent = Parent { epoch: pen.epoch, seq: 3000, hash: pen.prev.hex() };
    let event = Event::Started(Started { parent: Some(parent), version: "1".into() });
    let started = Pen::new("A1", 2).write(id_at(9000, 9000), 9000, &event, None);
    central.ingest(&[started], LIMIT).await.unwrap();
    // Another epoch of the same gate, so that what is counted of it is little.
    let read = "SELECT coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)::bigint \
                FROM pg_stat_xact_user_tables WHERE relname LIKE 'peristiwa%'";
    let sql = "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan";
    root.batch_execute(sql).await.unwrap();
    let empty = "SELECT intern.hitung_epok('S1', 'A1', '00000000-0000-0000-0000-000000000002')";
    root.execute(empty, &[]).await.unwrap();
    let rows: i64 = root.query_one(read, &[]).await.unwrap().get(0);
    assert!(rows < 20, "{rows} rows read");
    root.batch_execute("COMMIT").await.unwrap();
    let whole = "SELECT intern.hitung_epok('S1', 'A1', '00000000-0000-0000-0000-000000000001')";
    root.execute(whole, &[]).await.unwrap();
    let sql = "SELECT anak, jumlah, seq_tertinggi FROM epok ORDER BY epoch";
    let rows = root.query(sql, &[]).await.unwrap();
    let counted: Vec<(i32, i64, i64)> = rows.iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect();
    assert_eq!(counted, [(1, 3000, 3000), (0, 1, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_couriered_fact_nobody_can_read_or_apply_never_holds_up_the_others() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let (courier, hub, root) = (rig.central("B1").await, rig.central("hub").await, rig.root().await);
    // As they would lie there from before: nested deeper than the server reads, another way to write an id, no JSON
    // object at all; more of them than one page holds.
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let sql = "INSERT INTO titipan SELECT 'S1', 'A1', gen_random_uuid(), sha256(convert_to(n::text, 'UTF8')), 'B1', \
               $1::text::json, '2020-01-01' FROM generate_series(1, $2::int) n";
    for (envelope, count) in [(deep.as_str(), 400), ("{\"id\":\"a0ee-bc99\"}", 100), ("[]", 30)] {
        root.execute(sql, &[&envelope, &count]).await.unwrap();
    }
    let key = rig.key_of("A1");
    let mut pen = Pen { key, ..Pen::new("A1", 1) };
    let honest = pen.enter(id_at(0, 1), 0, "B1A");
    let sour = pen.enter(id_at(5, 2), 5, "B2RACUN");
    assert_eq!(courier.ingest(&[honest.clone(), sour.clone()], LIMIT).await.unwrap(), [Held, Held]);
    let sql = "CREATE FUNCTION intern.racun() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                   IF NEW.plat_nomor = 'B2RACUN' THEN RAISE numeric_value_out_of_range; END IF; RETURN NEW; END $$; \
               CREATE TRIGGER racun BEFORE INSERT ON kunjungan FOR EACH ROW EXECUTE FUNCTION intern.racun()";
    root.batch_execute(sql).await.unwrap();
    assert_eq!(couriered::settle(&hub, LIMIT).await.unwrap(), 532);
    assert!(hub.held(LIMIT).await.unwrap().is_empty());
    let counts = hub.counts(LIMIT).await.unwrap();
    assert_eq!((counts.inside, counts.held, counts.quarantined), (1, 0, 3 + 1));
    let sql = "SELECT kode FROM karantina WHERE id = $1";
    let code: String = root.query_one(sql, &[&id_at(5, 2)]).await.unwrap().get(0);
    assert_eq!(code, "22003");
    assert_eq!(courier.ingest(&[honest], LIMIT).await.unwrap(), [Already]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_couriered_fact_that_is_not_taken_any_more_is_kept_aside() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let (courier, hub, root) = (rig.central("B1").await, rig.central("hub").await, rig.root().await);
    let mut pen = Pen::new("A1", 1);
    assert_eq!(courier.ingest(&[pen.enter(id_at(0, 1), 0, "B1A")], LIMIT).await.unwrap(), [Held]);
    let sql = "UPDATE titipan SET isi = jsonb_set(isi::jsonb, '{body,tariff}', '-1')::json";
    root.execute(sql, &[]).await.unwrap();
    let keys: Vec<HeldKey> = hub.held(LIMIT).await.unwrap().into_iter().map(|held| held.key).collect();
    hub.settle(&keys, &[], LIMIT).await.unwrap();
    let row = root.query_one("SELECT gerbang, id, kode FROM karantina", &[]).await.unwrap();
    let kept: (String, uuid::Uuid, String) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(kept, ("A1".into(), id_at(0, 1), "badan".into()));
    assert!(hub.held(LIMIT).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_lies_in_a_transaction_is_shown_the_door() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "both")]).await;
    let (hub, root) = (rig.central("hub").await, rig.root().await);
    let (stuck, quiet) = (rig.plain("A1").await, rig.central("B1").await);
    let fact = vec![Pen::new("A1", 1).enter(id_at(0, 1), 0, "B1A")];
    stuck.batch_execute("SET idle_in_transaction_session_timeout = 0; BEGIN").await.unwrap();
    stuck.execute("SELECT api.terima($1::text[]::json[])", &[&fact]).await.unwrap();
    root.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
    assert_eq!(hub.end_stuck_gates(LIMIT).await.unwrap(), 0, "it has fifteen seconds");
    tokio::time::sleep(Duration::from_secs(16)).await;
    assert_eq!(hub.end_stuck_gates(LIMIT).await.unwrap(), 1);
    root.batch_execute("COMMIT").await.unwrap();
    assert!(stuck.batch_execute("COMMIT").await.is_err());
    quiet.settings(LIMIT).await.unwrap();
    let error = Central::end_stuck_gates(&quiet, LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("42501"), "gates may not: {error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_put_first_by_another_gate_takes_nobodys_place() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "both")]).await;
    let (a, b) = (rig.central("A1").await, rig.central("B1").await);
    let (stay, sha) = (id_at(0, 1), "0".repeat(64));
    let own = async |central: &Central| central.photo_get(stay, "in", LIMIT).await.unwrap();
    a.photo_put(stay, "in", &sha, b"palsu", LIMIT).await.unwrap();
    b.photo_put(stay, "in", &sha, b"lama", LIMIT).await.unwrap();
    b.photo_put(stay, "in", &sha, b"asli", LIMIT).await.unwrap();
    b.ingest(&[Pen::new("B1", 1).enter(stay, 0, "B1A")], LIMIT).await.unwrap();
    assert_eq!(own(&a).await.as_deref(), Some(&b"asli"[..]));
    a.photo_put(stay, "out", &sha, b"keluar", LIMIT).await.unwrap();
    assert_eq!(b.photo_get(stay, "out", LIMIT).await.unwrap().as_deref(), Some(&b"keluar"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn times_mean_the_same_whatever_a_session_thinks_of_them() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let sql = "SELECT count(*) FROM pg_proc p, unnest(ARRAY['TimeZone=UTC', 'DateStyle=ISO, YMD']) AS want \
               WHERE p.oid IN ('api.terima(json[])'::regprocedure, 'hub.settle(jsonb)'::regprocedure, \
                               'ops.duplicates_remove(json[])'::regprocedure, 'ops.duplicates_undo(json[])'::regprocedure) \
                 AND EXISTS (SELECT 1 FROM unnest(p.proconfig) c WHERE lower(c) = lower(want))";
    let pinned: i64 = rig.root().await.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(pinned, 8);
}
