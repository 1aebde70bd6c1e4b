//! PostgreSQL answers, and the answer is no: password, limits, a full disk, a commit that fails, a fact it cannot take.

use crate::lane::{Lane, pick};
use crate::proxy::Rule;
use crate::support::face::until;
use std::path::PathBuf;
use std::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_deletes_nothing_and_everything_goes_when_it_is_right_again() {
    let mut lane = Lane::open("wrong password").await;
    let sql = "SELECT rolpassword FROM pg_authid WHERE rolname = 'gate_a1'";
    let verifier = lane.site.rows(sql).await;
    for _ in 0..pick(1, 10) {
        lane.site.rows("ALTER ROLE gate_a1 PASSWORD 'salah'").await;
        lane.proxy.break_all();
        lane.breaks();
        let status = lane.head.asks_until(&serde_json::json!({"cmd": "status"}), |s| s["reason"] == "refused");
        assert_eq!(status["pending"], 1);
        lane.traffic(5);
        std::thread::sleep(std::time::Duration::from_secs(1));
        assert_eq!(lane.pending(), 11, "a refused login costs no row");
        lane.site.rows(&format!("ALTER ROLE gate_a1 PASSWORD '{verifier}'")).await;
        lane.heals();
    }
    lane.ends().await;
}

/// Its right to the one function is taken away on a connection that stands: told as refused, nothing is deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_taken_away_in_the_middle_deletes_nothing() {
    let mut lane = Lane::open("right taken away").await;
    for _ in 0..pick(1, 10) {
        lane.site.rows("REVOKE EXECUTE ON FUNCTION api.terima(json[]) FROM parkir_gate").await;
        lane.traffic(4);
        lane.falls();
        lane.traffic(1);
        assert_eq!(lane.pending(), 10, "a refusal costs no row");
        lane.site.rows("GRANT EXECUTE ON FUNCTION api.terima(json[]) TO parkir_gate").await;
        lane.heals();
    }
    lane.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_at_its_limit_and_a_server_without_connections_are_waited_out() {
    let mut lane = Lane::open("role limit, max_connections").await;
    for _ in 0..pick(1, 10) {
        lane.site.rows("ALTER ROLE gate_a1 CONNECTION LIMIT 0").await;
        lane.proxy.break_all();
        lane.breaks();
        lane.traffic(3);
        lane.site.rows("ALTER ROLE gate_a1 CONNECTION LIMIT 6").await;
        lane.heals();

        lane.proxy.set(Rule::Refuse);
        lane.breaks();
        let mut all = Vec::new();
        let text = format!("{} dbname=parkir2", lane.site.rig.cluster.superuser().reveal());
        while let Ok((client, connection)) = tokio_postgres::connect(&text, tokio_postgres::NoTls).await {
            tokio::spawn(connection);
            all.push(client);
        }
        // Three of them are the superuser's alone.
        all.truncate(57);
        lane.traffic(3);
        lane.proxy.set(Rule::Pass);
        std::thread::sleep(std::time::Duration::from_secs(1));
        assert_eq!(lane.head.status()["link"], "down");
        drop(all);
        lane.heals();
    }
    lane.ends().await;
}

/// The verdicts are on the wire before the commit is: they are worth nothing until it is done.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_fails_after_its_verdicts_is_no_ack() {
    let mut lane = Lane::open("commit fails after the verdicts").await;
    let sql = "CREATE FUNCTION intern.gagal() RETURNS trigger LANGUAGE plpgsql AS \
        'BEGIN RAISE disk_full; END'; CREATE CONSTRAINT TRIGGER gagal AFTER INSERT OR UPDATE ON epok \
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION intern.gagal()";
    for _ in 0..pick(1, 10) {
        lane.site.rows(sql).await;
        lane.traffic(3);
        lane.falls();
        lane.traffic(1);
        assert_eq!(lane.pending(), 8);
        lane.site.rows("DROP TRIGGER gagal ON epok; DROP FUNCTION intern.gagal()").await;
        lane.heals();
    }
    lane.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_fact_in_the_middle_of_a_backlog_is_set_aside_alone() {
    let mut lane = Lane::open("poison fact in the middle of 500").await;
    let cars = pick(120, 500);
    // The lane's own first car, and the one that found the line broken.
    let poison = 2 + cars / 2;
    lane.proxy.set(Rule::Refuse);
    lane.breaks();
    for _ in 0..cars {
        lane.enter();
    }
    let plate = format!("B{poison}UJI");
    lane.site.rows(&format!("ALTER TABLE kunjungan ADD CONSTRAINT racun CHECK (plat_nomor <> '{plate}')")).await;
    lane.heals();
    assert_eq!(lane.head.status()["parked"], 1);
    let sql = format!("SELECT count(*) FROM kendaraan WHERE plat_nomor <> '{plate}'");
    assert_eq!(lane.site.rows(&sql).await, cars.to_string());

    // The cause is gone and the operator tries again, as F7 does.
    lane.site.rows("ALTER TABLE kunjungan DROP CONSTRAINT racun").await;
    lane.head.kill();
    let journal = rusqlite::Connection::open(lane.data().join("journal.db")).unwrap();
    assert_eq!(journal.execute("UPDATE outbox SET state = 0 WHERE state = 3", []).unwrap(), 1);
    drop(journal);
    lane.restart();
    lane.ends().await;
}

/// A small file system of its own for PostgreSQL; gone with the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where one may not mount.
    fn mount(path: PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=3m,mode=0777", "tmpfs"]).arg(&path);
        let done = mount.output().is_ok_and(|out| out.status.success());
        done.then_some(Self(path))
    }

    fn fill(&self) -> std::io::Result<()> {
        let mut file = std::fs::File::create(self.0.join("penuh"))?;
        loop {
            std::io::Write::write_all(&mut file, &[0; 4096])?;
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_postgresql_is_waited_out() {
    let mut lane = Lane::open("PostgreSQL's disk full").await;
    let Some(disk) = SmallDisk::mount(lane.site.rig.folder.join("kecil")) else {
        println!("skipped: only root may mount the small disk this needs");
        return;
    };
    let space = disk.0.join("ruang");
    std::fs::create_dir(&space).unwrap();
    let owner = std::fs::metadata(lane.site.rig.folder.join("pg/data")).unwrap();
    let (uid, gid) = (std::os::unix::fs::MetadataExt::uid(&owner), std::os::unix::fs::MetadataExt::gid(&owner));
    std::os::unix::fs::chown(&space, Some(uid), Some(gid)).unwrap();
    lane.site.rows(&format!("CREATE TABLESPACE kecil LOCATION '{}'", space.display())).await;
    let sql = "SELECT string_agg(format('ALTER TABLE %I SET TABLESPACE kecil', tablename), ';') FROM pg_tables \
        WHERE tablename LIKE 'peristiwa\\_2%'";
    let moves = lane.site.rows(sql).await;
    lane.site.rows(&moves).await;
    for _ in 0..pick(1, 10) {
        assert!(disk.fill().is_err());
        // A page or two is still free in the table: on until there is none.
        until("the full disk", || {
            lane.traffic(2);
            (lane.head.status()["link"] == "down").then_some(())
        });
        lane.traffic(5);
        let log = lane.site.log("A1", "sync_");
        assert!(log.contains("53100"), "not refused for the disk: {log}");
        std::fs::remove_file(disk.0.join("penuh")).unwrap();
        lane.heals();
    }
    lane.ends().await;
}

/// A second cable that nobody answers at, as a host that is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_takes_everything_and_answers_nothing_costs_no_ticket() {
    let mut lane = Lane::open("host dead, connections taken").await;
    for _ in 0..pick(1, 10) {
        lane.proxy.set(Rule::Dead);
        lane.traffic(5);
        lane.falls();
        lane.traffic(5);
        std::thread::sleep(std::time::Duration::from_secs(1));
        lane.heals();
    }
    lane.ends().await;
}
