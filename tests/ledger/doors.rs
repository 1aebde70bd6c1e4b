//! Who gets in, and where to.

use crate::support::*;
use parkir::app::enrol::{db_init, db_init_dry_run, db_migrate, db_status, gate_add, gate_list, gate_revoke};
use parkir::app::kit::Kit;
use parkir::central::{Central, HelloInfo, listen};
use parkir::domain::ids::GateId;
use parkir::domain::link::DownReason;
use std::fs;
use std::time::Duration;
use uuid::Uuid;

fn gate(code: &str) -> GateId {
    GateId::parse(code).unwrap()
}

/// The secrets of a kit; its list of public keys may grow.
fn files(path: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(path).unwrap().map(|f| f.unwrap().path()).collect();
    names.sort();
    names.retain(|f| !f.ends_with("site.pub"));
    names.iter().map(|f| fs::read_to_string(f).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_login_is_refused_on_every_table_and_every_function_outside_api() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (root, plain) = (rig.root().await, rig.plain("A1").await);
    let tables = root
        .query(
            "SELECT format('%I.%I', n.nspname, c.relname), c.relname FROM pg_class c JOIN pg_namespace n ON \
             n.oid = c.relnamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
             AND c.relkind IN ('r', 'p', 'v', 'm', 'S')",
            &[],
        )
        .await
        .unwrap();
    assert!(tables.len() > 20);
    for row in &tables {
        let name: &str = row.get(0);
        for sql in [
            format!("SELECT * FROM {name} LIMIT 1"),
            format!("DELETE FROM {name}"),
            format!("INSERT INTO {name} DEFAULT VALUES"),
        ] {
            let error = plain.batch_execute(&sql).await.unwrap_err();
            assert_eq!(error.code().unwrap().code(), "42501", "{sql}");
        }
    }
    let open: Vec<String> = root
        .query(
            "SELECT format('%I.%I', n.nspname, p.proname) FROM pg_proc p JOIN pg_namespace n ON \
             n.oid = p.pronamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') \
             AND (has_function_privilege('gate_a1', p.oid, 'EXECUTE') \
                  OR has_schema_privilege('gate_a1', n.oid, 'USAGE')) ORDER BY 1",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|r| r.get(0))
        .collect();
    assert!(open.len() >= 7 && open.iter().all(|f| f.starts_with("api.")), "{open:?}");
    for sql in [
        "CREATE TABLE public.x (a int)",
        "CREATE TEMP TABLE x (a int)",
        "CREATE SCHEMA x",
        "SELECT intern.terapkan('S1', '{}')",
        "SELECT hub.tokens()",
        "SELECT ops.overview()",
        "SET ROLE parkir_owner",
        "SET ROLE parkir_hub",
        "ALTER ROLE gate_a1 SUPERUSER",
        "SELECT lo_create(0)",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT rolpassword FROM pg_authid",
    ] {
        let error = plain.batch_execute(sql).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42501", "{sql}: {error}");
    }
    // Every SECURITY DEFINER function pins its search_path, and ends it in pg_temp.
    let loose: i64 = root
        .query_one(
            "SELECT count(*) FROM pg_proc p WHERE p.prosecdef AND NOT EXISTS (SELECT 1 FROM unnest(p.proconfig) c \
             WHERE c LIKE 'search\\_path=%pg_temp')",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(loose, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn init_and_enrolment_run_twice_and_rotate_nothing() {
    let rig = Rig::new(&[("A1", "in")]).await;
    let kits = ["admin", "hub", "A1"].map(|k| rig.kit_path(k));
    let before: Vec<_> = kits.iter().map(|k| files(k)).collect();
    let said = db_init(&rig.init()).await.unwrap();
    assert!(said.iter().all(|line| !line.contains("PIN")), "{said:?}");
    gate_add(&gate("A1"), "both", &rig.superuser, &kits[2]).await.unwrap();
    assert_eq!(kits.iter().map(|k| files(k)).collect::<Vec<_>>(), before);
    assert!(db_migrate(&rig.superuser).await.unwrap().is_empty());
    let status = db_status(&rig.superuser).await.unwrap();
    assert!(status.pending.is_empty() && status.applied.iter().all(|a| a.intact));
    let gates = gate_list(&rig.superuser).await.unwrap();
    assert_eq!((gates.len(), gates[0].kind.as_str(), gates[0].login.as_str()), (1, "both", "gate_a1"));

    // Another folder for hub and admin: the kits in use stay valid.
    let mut elsewhere = rig.init();
    elsewhere.out = rig.folder.join("lain");
    db_init(&elsewhere).await.unwrap();
    rig.central("hub").await.counts(LIMIT).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_kit_is_replaced_and_the_old_one_opens_nothing() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let old = rig.target("A1");
    let old_key = Kit::open(&rig.kit_path("A1")).unwrap().key.unwrap().public().base64();
    gate_add(&gate("A1"), "in", &rig.superuser, &rig.kit_path("A1-baru")).await.unwrap();
    let refused = Central::connect(&old, "uji", LIMIT).await.err().unwrap();
    assert_eq!(refused.reason(), DownReason::Refused);
    assert!(refused.is_permanent());
    let settings = rig.central("A1-baru").await.settings(LIMIT).await.unwrap();
    let keys: Vec<_> = settings.keys.iter().filter(|k| k.gate == gate("A1")).collect();
    assert!(keys.len() == 2 && keys.iter().any(|k| k.key == old_key && k.revoked_at.is_none()));
    let other = gate_add(&gate("C1"), "in", &rig.superuser, &rig.kit_path("B1")).await.unwrap_err();
    assert!(other.to_string().contains("gate_b1"), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_kit_of_hub_or_administrators_is_replaced_only_when_told_to() {
    let rig = Rig::new(&[]).await;
    let inside = rig.central("hub").await;
    let old = rig.target("hub");
    fs::remove_dir_all(rig.kit_path("hub")).unwrap();
    let said = db_init(&rig.init()).await.unwrap().join("\n");
    assert!(said.contains("--rotate-kits") && !said.contains("ALTER ROLE"), "{said}");
    assert!(!rig.kit_path("hub").exists());
    Central::connect(&old, "uji", LIMIT).await.unwrap();

    let rotate = parkir::app::enrol::InitOptions { rotate_kits: true, ..rig.init() };
    assert!(db_init_dry_run(&rotate).contains("ALTER ROLE parkir_hub LOGIN PASSWORD"));
    assert!(!db_init_dry_run(&rig.init()).contains("rotate"));
    let admin = files(&rig.kit_path("admin"));
    let said = db_init(&rotate).await.unwrap().join("\n");
    assert!(said.contains("parkir_hub yang lama tidak berlaku lagi"), "{said}");
    rig.central("hub").await;
    rig.central("admin").await;
    assert_ne!(files(&rig.kit_path("admin")), admin);
    let refused = Central::connect(&old, "uji", LIMIT).await.err().unwrap();
    assert_eq!(refused.reason(), DownReason::Refused);
    assert!(inside.counts(LIMIT).await.is_err(), "the old session goes out with its password");
    let again = db_init(&rig.init()).await.unwrap().join("\n");
    assert!(again.contains("sudah ada dan berlaku"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_gate_is_out_at_once_and_its_keys_are_dated() {
    let rig = Rig::new(&[("A1", "in")]).await;
    let central = rig.central("A1").await;
    central.settings(LIMIT).await.unwrap();
    gate_revoke(&gate("A1"), &rig.superuser).await.unwrap();
    gate_revoke(&gate("A1"), &rig.superuser).await.unwrap();
    assert!(central.settings(LIMIT).await.is_err());
    let refused = Central::connect(&rig.target("A1"), "uji", LIMIT).await.err().unwrap();
    assert_eq!(refused.reason(), DownReason::Refused);
    let hub = rig.central("hub").await;
    assert!(hub.settings(LIMIT).await.unwrap().keys[0].revoked_at.is_some());
    assert!(hub.tokens(LIMIT).await.unwrap().iter().all(|(gate, _)| gate != "A1"));
    assert!(gate_revoke(&gate("Z9"), &rig.superuser).await.is_err());
    // It may come back, with new secrets.
    gate_add(&gate("A1"), "in", &rig.superuser, &rig.kit_path("A1")).await.unwrap();
    rig.central("A1").await.settings(LIMIT).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seeds_own_sql_runs_or_says_it_is_there() {
    let rig = Rig::new(&[]).await;
    let root = rig.root().await;
    for sql in [
        "SELECT * FROM pg_stat_activity",
        "SELECT pg_size_pretty(pg_database_size('parkir2'))",
        "SELECT state, count(*) FROM pg_stat_activity GROUP BY state",
        "SELECT relname as table_name, n_live_tup as live_rows, n_dead_tup as dead_rows FROM pg_stat_user_tables",
        "GRANT ALL PRIVILEGES ON DATABASE parkir2 TO postgres",
        "ANALYZE kendaraan",
        "ANALYZE transaksi",
        "VACUUM ANALYZE",
        "REINDEX TABLE kendaraan",
        "REINDEX TABLE transaksi",
        "SELECT pid, now() - pg_stat_activity.query_start AS duration, query FROM pg_stat_activity \
         WHERE pg_stat_activity.query != ''::text ORDER BY duration DESC",
        "SELECT pg_stat_reset()",
        "DISCARD ALL",
        "SELECT schemaname, tablename, pg_size_pretty(pg_total_relation_size(schemaname || '.' || tablename)) as \
         total_size FROM pg_tables WHERE schemaname = 'public' \
         ORDER BY pg_total_relation_size(schemaname || '.' || tablename) DESC",
    ] {
        root.batch_execute(sql).await.unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    }
    for (sql, there) in [
        ("CREATE DATABASE parkir2", "42P04"),
        ("CREATE INDEX idx_kendaraan_plat ON kendaraan(plat_nomor)", "42P07"),
        ("CREATE INDEX idx_transaksi_tanggal ON transaksi(tanggal)", "42P07"),
    ] {
        assert_eq!(root.batch_execute(sql).await.unwrap_err().code().unwrap().code(), there, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_sql_that_works_and_no_password() {
    let rig = Rig::new(&[]).await;
    let sql = db_init_dry_run(&rig.init());
    for part in ["CREATE DATABASE \"parkir2\"", "parkir_owner", "api.ingest", "\\connect", "0008_hak"] {
        assert!(sql.contains(part), "{part}");
    }
    assert!(!sql.contains("SCRAM") && !sql.contains(rig.superuser.text.reveal()));
    assert!(!format!("{:?} {:?}", rig.init(), rig.cluster).contains("password="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_server_is_told_silent_within_the_limit_and_a_stopped_one_unreachable() {
    let mut rig = Rig::new(&[("A1", "in")]).await;
    let (target, central) = (rig.target("A1"), rig.central("A1").await);
    let info =
        HelloInfo { version: "1".into(), operator: "budi".into(), pending: 3, epoch: Uuid::from_u128(1), seq: 9 };
    let hello = central.hello(&info, LIMIT).await.unwrap();
    assert_eq!((hello.site.as_str(), hello.gate.as_str(), hello.kind.as_str()), ("S1", "A1", "in"));
    let mut bell = listen(&rig.target("hub"), "uji", LIMIT).await.unwrap();
    central.ingest(&[Pen::new("A1", 1).enter(id_at(0, 1), 0, "B1A")], LIMIT).await.unwrap();
    assert_eq!(bell.ring().await, Some(()));

    let short = Duration::from_millis(300);
    rig.cluster.pause().unwrap();
    let silent = central.hello(&info, short).await.unwrap_err();
    let no_door = Central::connect(&target, "uji", short).await.err().unwrap();
    rig.cluster.resume().unwrap();
    assert_eq!((silent.reason(), no_door.reason()), (DownReason::Silent, DownReason::Silent));
    let generation = central.hello(&info, LIMIT).await.unwrap().generation;

    rig.cluster.stop_immediate().unwrap();
    assert_eq!(bell.ring().await, None);
    let gone = Central::connect(&target, "uji", LIMIT).await.err().unwrap();
    assert!(gone.reason() == DownReason::Unreachable && !gone.is_permanent());
    rig.cluster.start_again().unwrap();
    let back = rig.central("A1").await.hello(&info, LIMIT).await.unwrap();
    assert_eq!(back.generation, generation);
}
