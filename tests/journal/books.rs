//! `parkir journal …`, as somebody types it.

use crate::rig::Folder;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn config(folder: &Path) {
    let text = format!("data_dir = \"{}\"\n[gate]\nid = \"A1\"\noperator = \"budi\"\n", folder.display());
    std::fs::write(folder.join("config.toml"), text).unwrap();
}

fn parkir(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parkir"));
    command.arg("--config").arg(folder.join("config.toml")).args(arguments);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    parkir(folder, arguments).output().unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, &[arguments, &["--json"]].concat());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// A headless entry terminal that took one vehicle in.
fn terminal(folder: &Path) -> Child {
    let mut child =
        parkir(folder, &["in", "--headless"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, r#"{{"cmd":"enter","id":1,"plate":"B 1234 XYZ","class":"mobil"}}"#).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = lines.find(|line| line.as_ref().unwrap().contains("ticket")).unwrap().unwrap();
    assert!(told.contains("\"ok\":true"), "{told}");
    child.stdin = Some(input);
    // Read on, so that it never stops at a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    child
}

fn end(mut child: Child) {
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn status_list_verify_and_export_work_beside_a_running_terminal_and_import_and_repair_do_not() {
    let (folder, other) = (Folder::new(), Folder::new());
    config(&folder.0);
    config(&other.0);
    let child = terminal(&folder.0);
    let status = json(&folder.0, &["journal", "status"]);
    assert_eq!((status["pending"].as_u64(), status["seq"].as_u64()), (Some(2), Some(2)), "{status}");
    assert!(status["oldest"].is_string() && status["last_verify"].is_null());
    let list = json(&folder.0, &["journal", "list", "--state", "pending", "--limit", "1"]);
    assert_eq!(
        (list[0]["kind"].as_str(), list[0]["state"].as_str()),
        (Some("entered"), Some("pending")),
        "{list}"
    );
    assert_eq!(json(&folder.0, &["journal", "list", "--state", "acked"]), Value::Array(vec![]));
    let audit = json(&folder.0, &["journal", "verify"]);
    assert_eq!((audit["facts"].as_u64(), audit["faults"].as_array().map(Vec::len)), (Some(2), Some(0)), "{audit}");
    assert_eq!(json(&folder.0, &["journal", "status"])["last_verify"]["faults"], 0);
    let export = folder.0.join("salinan.jsonl").display().to_string();
    assert_eq!(json(&folder.0, &["journal", "export", "--out", &export])["facts"], 2);
    assert!(!run(&folder.0, &["journal", "export", "--out", &export]).status.success(), "never over another file");
    for verb in [vec!["journal", "import", export.as_str()], vec!["journal", "repair"]] {
        let output = run(&folder.0, &verb);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("sudah berjalan"), "{verb:?}");
    }
    end(child);

    // Carried to another PC of this gate: original envelopes, and twice changes nothing.
    for (adopted, known) in [(2, 0), (0, 2)] {
        let told = json(&other.0, &["journal", "import", &export]);
        assert_eq!((told["adopted"].as_u64(), told["known"].as_u64()), (Some(adopted), Some(known)), "{told}");
    }
    let again = other.0.join("lagi.jsonl").display().to_string();
    run(&other.0, &["journal", "export", "--out", &again]);
    assert_eq!(std::fs::read(&again).unwrap(), std::fs::read(&export).unwrap(), "byte for byte");
    // And a whole data folder.
    let told = json(&other.0, &["journal", "import", &folder.0.display().to_string()]);
    assert_eq!(told["adopted"], 0, "{told}");
    assert_eq!(told["aside"], Value::Array(vec![]), "{told}");
}

#[test]
fn verify_says_what_is_wrong_and_repair_puts_a_damaged_journal_right() {
    let folder = Folder::new();
    config(&folder.0);
    end(terminal(&folder.0));
    let data = folder.0.join("offline_data");
    std::fs::write(data.join("parking_exit_20260101_000000_x.json"), "{").unwrap();
    let output = run(&folder.0, &["journal", "verify"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("RUSAK  parking_exit_20260101_000000_x.json: berkas rusak"), "{text}");

    let entry = std::fs::read_dir(&data).unwrap().map(|e| e.unwrap().path());
    assert_eq!(entry.filter(|p| p.display().to_string().contains("parking_entry_")).count(), 1);
    let mut bytes = std::fs::read(data.join("journal.db")).unwrap();
    bytes[..200].fill(0);
    std::fs::write(data.join("journal.db"), bytes).unwrap();
    assert_eq!(run(&folder.0, &["journal", "status"]).status.code(), Some(1));
    let output = run(&folder.0, &["journal", "repair"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1. Jurnal tidak terbaca: disisihkan utuh ke "), "{text}");
    let list = json(&folder.0, &["journal", "list", "--state", "pending"]);
    assert!(list.as_array().unwrap().iter().any(|row| row["kind"] == "entered"), "{list}");
    let again = run(&folder.0, &["journal", "repair"]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("1. Jurnal terbaca"));
}
