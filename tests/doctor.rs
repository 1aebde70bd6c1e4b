//! Periksa tells each step's end and what to do, and keeps its hands off what works.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use parkir::domain::settings::Settings;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

fn doctor(folder: &Path, config: &str, arguments: &[&str]) -> Output {
    let file = folder.join("config.toml");
    std::fs::write(&file, config).unwrap_or_default();
    let mut command = Command::new(env!("CARGO_BIN_EXE_parkir"));
    command.arg("doctor").args(arguments).arg("--config").arg(file).current_dir(folder);
    command.output().unwrap_or_else(|e| Output {
        status: Default::default(),
        stdout: vec![],
        stderr: e.to_string().into(),
    })
}

fn checks(output: &Output) -> Vec<Value> {
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// `ok`, `warn`, `fail` or `skipped` of the step with this name.
fn verdict(checks: &[Value], name: &str) -> String {
    let step = checks.iter().find(|check| check["name"] == name);
    step.map_or_else(
        || format!("no step {name}"),
        |check| check["verdict"].as_str().unwrap_or_default().to_owned(),
    )
}

/// A port where nobody listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_or(1, |a| a.port())
}

#[test]
fn the_first_step_that_fails_is_named_and_those_behind_it_are_not_tried() {
    let folder = tempfile::tempdir().unwrap();
    let (database, hub) = (closed_port(), closed_port());
    let config = format!(
        "[gate]\nid = \"A1\"\n[central]\nhost = \"127.0.0.1\"\nport = {database}\n[hub]\nurl = \"ws://127.0.0.1:{hub}/parking\""
    );
    let output = doctor(folder.path(), &config, &["--json"]);
    let checks = checks(&output);
    for (name, expected) in [
        ("Konfigurasi", "ok"),
        ("Folder data", "ok"),
        ("Jurnal", "ok"),
        ("Jam", "ok"),
        ("Kit", "warn"),
        ("Database: alamat", "ok"),
        ("Database: jaringan", "fail"),
        ("Database: login", "skipped"),
        ("Database: fungsi", "skipped"),
        ("Jam server", "skipped"),
        ("Hub", "warn"),
        ("Hub: token", "skipped"),
    ] {
        assert_eq!(verdict(&checks, name), expected, "{name}: {}", String::from_utf8_lossy(&output.stdout));
    }
    let failed = checks.iter().filter(|check| check["verdict"] == "fail" || check["verdict"] == "warn");
    assert!(failed.clone().all(|check| !check["todo"].as_str().unwrap_or_default().is_empty()), "{checks:?}");
    assert_eq!(output.status.code(), Some(1));
    let table = doctor(folder.path(), &config, &[]);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(text.contains("X gagal   Database: jaringan") && text.contains("-> "), "{text}");
}

#[test]
fn a_folder_that_cannot_be_written_and_a_kit_that_is_not_there_are_failures() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), "a file where the folder should be").unwrap();
    let config =
        "data_dir = \"data\"\nkit = \"nowhere\"\n[central]\nhost = \"/nowhere\"\n[site]\nlanguage = \"en\"";
    let checks = checks(&doctor(folder.path(), config, &["--json"]));
    for (name, expected) in
        [("Data folders", "fail"), ("Disk speed", "fail"), ("Kit", "fail"), ("Database: network", "fail")]
    {
        assert_eq!(verdict(&checks, name), expected, "{name}");
    }
}

#[test]
fn a_hub_that_answers_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let hub = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = hub.local_addr().unwrap().port();
    let answering = std::thread::spawn(move || {
        let (mut socket, _) = hub.accept()?;
        let mut asked = [0; 512];
        let read = socket.read(&mut asked)?;
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")?;
        std::io::Result::Ok(String::from_utf8_lossy(&asked[..read]).into_owned())
    });
    let config = format!("[central]\nhost = \"/nowhere\"\n[hub]\nurl = \"ws://127.0.0.1:{port}/parking\"");
    let checks = checks(&doctor(folder.path(), &config, &["--json"]));
    assert!(answering.join().unwrap().unwrap().starts_with("GET /healthz HTTP/1.1\r\n"));
    assert_eq!((verdict(&checks, "Hub"), verdict(&checks, "Hub: keadaan")), ("ok".into(), "ok".into()));
}

#[test]
fn the_barriers_line_is_tried_without_opening_and_each_trouble_has_its_own_advice() {
    use parkir::device::barrier::sim::{Asked, At, BarrierSim, Manners, News};
    use parkir::domain::dialect::table;
    use parkir::domain::lane::Side;
    let folder = tempfile::tempdir().unwrap();
    let sim = |dialect: &str, silent: bool| {
        let (tell, news) = std::sync::mpsc::channel();
        let dialect = table::named(dialect).unwrap().read(Side::In, 1).unwrap();
        let manners = Manners { silent, ..Manners::default() };
        (BarrierSim::start(dialect, &At::Pty, manners, tell).unwrap(), news)
    };
    let look = |dialect: &str, path: &str, more: &str| {
        let barrier = format!("[barrier]\nkind = \"serial\"\npath = \"{path}\"\ndialect = \"{dialect}\"\n{more}");
        let output = doctor(folder.path(), &format!("[gate]\nid = \"A1\"\n{barrier}"), &["--json"]);
        let step = checks(&output).into_iter().find(|check| check["name"] == "Palang").unwrap();
        let word = |key: &str| step[key].as_str().unwrap().to_owned();
        (word("verdict"), word("detail"), word("todo"))
    };
    let cases = [
        ("A", false, "", "ok", "dialek A: menjawab", ""),
        ("C", false, "", "warn", "dialek C", "menutup sendiri tanpa melihat loop"),
        ("I", false, "", "ok", "dialek I: tersambung, tidak pernah menjawab", ""),
        ("I", false, "close_after_s = 5", "warn", "dialek I", "close_after_s tidak berlaku"),
        ("E", false, "", "warn", "dialek E", "tidak dapat membuka"),
        ("A", true, "", "fail", "dialek A: tidak menjawab", "periksa daya dan kabel"),
    ];
    for (dialect, silent, more, verdict, detail, todo) in cases {
        let (sim, news) = sim(dialect, silent);
        let told = look(dialect, sim.endpoint(), more);
        assert_eq!((told.0.as_str(), told.1.as_str()), (verdict, detail), "{dialect}");
        assert!(told.2.contains(todo) && told.2.is_empty() == todo.is_empty(), "{dialect}: {}", told.2);
        assert!(!news.try_iter().any(|n| matches!(n, News::Got(_, Some(Asked::Open)))), "{dialect} was opened");
    }
    let (verdict, _, todo) = look("A", "/dev/tidak-ada", "");
    assert!(verdict == "fail" && todo.contains("colokkan"), "{todo}");
}

#[test]
fn a_printer_is_asked_how_it_is_and_a_forbidden_word_on_its_slips_is_a_failure() {
    use parkir::device::sim::printer::{Manners, PrinterSim};
    let folder = tempfile::tempdir().unwrap();
    let (slips, got) = std::sync::mpsc::channel();
    let sim = PrinterSim::tcp("127.0.0.1:0", Manners::default(), slips).unwrap();
    let address = sim.address().unwrap();
    let config = |more: &str| {
        format!("[printer]\nkind = \"tcp\"\naddress = \"{address}\"\n{more}\n[central]\nhost = \"/nowhere\"")
    };
    let step = |more: &str| {
        let checks = checks(&doctor(folder.path(), &config(more), &["--json"]));
        let step = checks.iter().find(|check| check["name"] == "Printer").cloned().unwrap_or_default();
        (verdict(&checks, "Printer"), step["detail"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(step("").0, "ok");
    for (manners, expected, word) in [
        (Manners { paper_out: true, ..Manners::default() }, "fail", "kertas habis"),
        (Manners { silent: true, ..Manners::default() }, "warn", "UNKNOWN"),
        (Manners { garbage: true, ..Manners::default() }, "warn", "UNKNOWN"),
    ] {
        sim.behave(manners);
        let (verdict, detail) = step("");
        assert!(verdict == expected && detail.contains(word), "{verdict} {detail}");
    }
    let (verdict, detail) = step("footer = [\"Kehilangan bukan tanggung jawab kami\"]");
    assert!(verdict == "fail" && detail.contains("UU 8/1999"), "{verdict} {detail}");
    drop(sim);
    assert_eq!(step("").0, "fail");
    assert!(got.try_recv().is_err(), "nothing is printed");
}

#[test]
fn a_barrier_file_that_is_not_there_is_a_failure_and_no_name_steers_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[central]\nhost = \"/nowhere\"\n[barrier]\nkind = \"file\"\npath = \"no\\u001b[2Jwhere\"";
    assert_eq!(verdict(&checks(&doctor(folder.path(), config, &["--json"])), "Palang"), "fail");
    let text = String::from_utf8(doctor(folder.path(), config, &[]).stdout).unwrap();
    assert!(text.contains("X gagal   Palang") && text.contains("no[2Jwhere"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn a_controller_that_reports_a_fault_behind_its_first_word_is_told_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let lane = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = lane.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in lane.incoming() {
            let (mut socket, mut asked) = (socket?, [0; 64]);
            while matches!(socket.read(&mut asked), Ok(1..)) {
                socket.write_all(b"PONG\n")?;
                std::thread::sleep(std::time::Duration::from_millis(200));
                socket.write_all(b"GATE_ERROR:MOTOR\n")?;
            }
        }
        std::io::Result::Ok(())
    });
    let barrier = format!("[barrier]\nkind = \"tcp\"\naddress = \"127.0.0.1:{port}\"\ndialect = \"A\"\n");
    let checks = checks(&doctor(folder.path(), &format!("[gate]\nid = \"A1\"\n{barrier}"), &["--json"]));
    let step = checks.iter().find(|check| check["name"] == "Palang").unwrap();
    assert_eq!(step["verdict"], "fail", "{step}");
    let says = |key: &str, words: &str| step[key].as_str().unwrap().contains(words);
    assert!(says("detail", "GATE_ERROR:MOTOR") && says("todo", "motor"), "{step}");
}

#[test]
fn a_button_for_a_class_nobody_has_is_a_failure_and_names_those_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let look = |class: &str| {
        let config = format!("[gate]\nid = \"A1\"\n[button]\nclass = \"{class}\"\n");
        let checks = checks(&doctor(folder.path(), &config, &["--json"]));
        checks.into_iter().find(|check| check["name"] == "Tombol")
    };
    let step = look("becak").unwrap();
    assert_eq!(step["verdict"], "fail");
    assert!(step["todo"].as_str().unwrap().contains("mobil"), "{step}");
    assert!(look("mobil").is_none());
}

#[test]
fn a_button_for_a_class_that_is_paid_on_the_way_in_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[gate]\nid = \"A1\"\n[button]\nclass = \"mobil\"\n";
    let look = || {
        let checks = checks(&doctor(folder.path(), config, &["--json"]));
        checks.into_iter().find(|check| check["name"] == "Tombol")
    };
    assert_eq!(look(), None);
    // What a terminal keeps of its site.
    let mut settings = Settings::default();
    for tariff in &mut settings.tariffs {
        tariff.rules.get_mut("mobil").unwrap().prepaid = true;
    }
    let data = folder.path().join("offline_data");
    std::fs::create_dir_all(&data).unwrap();
    let kept = rusqlite::Connection::open(data.join("replica.db")).unwrap();
    kept.execute_batch("CREATE TABLE kept (k TEXT PRIMARY KEY, v)").unwrap();
    let text = serde_json::to_string(&settings).unwrap();
    kept.execute("INSERT INTO kept VALUES (?1, ?2)", ["settings", &text]).unwrap();
    let step = look().unwrap();
    assert_eq!(step["verdict"], "warn", "{step}");
    assert!(step["detail"].as_str().unwrap().contains("bayar di depan"), "{step}");
}
