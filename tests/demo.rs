//! `parkir demo` sets a whole site up through the real commands, and stops everything it started.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use parkir::app::cluster::{ClusterOptions, PrivateCluster};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn demo(folder: &Path, binaries: Option<&str>) -> std::io::Result<(Child, Vec<String>)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parkir"));
    command.args(["demo", "--no-menu", "--dir"]).arg(folder.join("demo")).current_dir(folder);
    if let Some(binaries) = binaries {
        command.env("PARKIR_PG_BIN", binaries);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut told = Vec::new();
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).lines() {
            told.push(line?);
            if told.last().is_some_and(|line| line.contains("Siap.")) {
                break;
            }
        }
    }
    Ok((child, told))
}

fn parkir(folder: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_parkir")).args(arguments).current_dir(folder).output();
    output.ok().and_then(|o| serde_json::from_slice(&o.stdout).ok()).unwrap_or_default()
}

/// Processes whose command line names this folder.
fn left_over(folder: &Path) -> Vec<String> {
    let name = folder.display().to_string();
    let lines = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = lines.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(&name)).map(|line| line.replace('\0', " ")).collect()
}

/// What another user may walk into, for the private PostgreSQL of a root process.
fn open_folder() -> std::io::Result<tempfile::TempDir> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711))?;
    Ok(folder)
}

/// Makes the demo's database one of another version, opens the demo again, and looks what is still in it: the number
/// of vehicles inside, and how the demo ended.
fn with_another_migration(folder: &Path) -> (i64, (Option<i32>, String)) {
    let place = folder.join("demo/pg");
    let options = ClusterOptions { folder: place, durable: false, tcp: false };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ask = |sql: &str| {
        let cluster = PrivateCluster::start(&options).unwrap();
        let text = format!("{} dbname=parkir2", cluster.superuser().reveal());
        let rows = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&text, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.query(sql, &[]).await.unwrap()
        });
        rows.first().map_or(0, |row| row.get::<_, i64>(0))
    };
    ask("UPDATE skema SET sidik = 'lain' WHERE versi = 3 RETURNING 1::bigint");
    let ended = again(folder, None);
    (ask("SELECT count(*) FROM kendaraan"), ended)
}

#[test]
fn the_demo_is_a_whole_site_and_leaves_nothing_running() {
    let folder = open_folder().unwrap();
    let (mut child, told) = demo(folder.path(), None).unwrap();
    let ready = told.last().is_some_and(|line| line.contains("Siap."));
    let books = parkir(folder.path(), &["journal", "status", "--json", "--config", "demo/B1.toml"]);
    let checks = parkir(folder.path(), &["doctor", "--json", "--config", "demo/A1.toml"]);
    let running = left_over(folder.path());
    drop(child.stdin.take());
    let status = child.wait().unwrap();
    let left = left_over(folder.path());

    let (kept, other) = with_another_migration(folder.path());

    assert!(other.0 == Some(2) && told_what_to_do(&other.1), "{other:?}");
    assert!(other.1.contains("database: 0003_proyeksi"), "{other:?}");
    assert_eq!(kept, 40 - 15, "vehicles inside");
    assert_eq!(left_over(folder.path()), Vec::<String>::new());
    assert!(ready && status.success(), "{told:#?}");
    assert!(told.iter().any(|line| line.contains("40 kendaraan masuk, 18 keluar")), "{told:#?}");
    assert_eq!((books["pending"].as_u64(), books["parked"].as_u64()), (Some(0), Some(0)), "{books}");
    let failed = |check: &&Value| check["verdict"] == "fail" || check["verdict"] == "skipped";
    let checks = checks.as_array().cloned().unwrap_or_default();
    assert!(checks.len() > 10 && checks.iter().find(failed).is_none(), "{checks:#?}");
    assert!(running.len() >= 2, "{running:?}");
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn without_postgresql_the_demo_says_so_and_sells_all_the_same() {
    let folder = open_folder().unwrap();
    let (mut child, told) = demo(folder.path(), Some("/nowhere")).unwrap();
    let books = parkir(folder.path(), &["journal", "status", "--json", "--config", "demo/A1.toml"]);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success(), "{told:#?}");
    assert!(told.iter().any(|line| line.contains("Program PostgreSQL tidak ada")), "{told:#?}");
    // 40 in, 18 out, each waiting for a centre, and what every start of a terminal writes.
    assert!(books["pending"].as_u64().is_some_and(|pending| pending >= 58), "{books} {told:#?}");
}

/// The demo once more: its exit code and what it said was wrong.
fn again(folder: &Path, binaries: Option<&str>) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parkir"));
    command.args(["demo", "--no-menu", "--dir"]).arg(folder.join("demo")).current_dir(folder);
    if let Some(binaries) = binaries {
        command.env("PARKIR_PG_BIN", binaries);
    }
    let done = command.stdin(Stdio::null()).output().unwrap();
    (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
}

fn told_what_to_do(told: &str) -> bool {
    ["versi parkir yang lain", "Tidak ada yang diubah", "--dir FOLDER_LAIN", "rm -rf "]
        .iter()
        .all(|w| told.contains(w))
}

#[test]
fn a_folder_of_another_version_is_left_alone_and_its_owner_told() {
    let folder = open_folder().unwrap();
    let (mut child, told) = demo(folder.path(), Some("/nowhere")).unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success(), "{told:#?}");
    let journal = folder.path().join("demo/A1/offline_data/journal.db");
    let conn = rusqlite::Connection::open(&journal).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    let before = std::fs::read(&journal).unwrap();
    let (code, told) = again(folder.path(), Some("/nowhere"));
    assert!(code == Some(2) && told_what_to_do(&told) && told.contains("jurnal A1: 99"), "{code:?} {told}");
    assert_eq!(std::fs::read(&journal).unwrap(), before);
}
