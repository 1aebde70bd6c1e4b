//! `parkir sim`: the devices that are none, as the real binary plays them over the real transports.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use parkir::device::camera::{CameraKind, CameraOptions, Tried, Untried, try_out};
use parkir::domain::secret::Secret;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

fn parkir() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parkir"));
    command.env("LC_ALL", "C.UTF-8").env("RUST_BACKTRACE", "0");
    command
}

/// `parkir sim camera`, and where it says it is.
struct Camera {
    child: Child,
    out: BufReader<ChildStdout>,
    url: String,
}

impl Camera {
    fn start(arguments: &[&str]) -> Self {
        let mut command = parkir();
        command.args(["sim", "camera"]).args(arguments).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("Kamera tiruan: ").unwrap().to_owned();
        Self { child, out, url }
    }

    fn try_out(&self, limit: Duration) -> Result<Tried, Untried> {
        let (user, password) = ("admin".to_owned(), Secret::new("parkir"));
        let (url, kind) = (self.url.clone(), CameraKind::Http);
        try_out(CameraOptions { kind, url, user, password, timeout: limit, ..CameraOptions::default() })
    }

    /// Ends it as a person would; everything it said after its address.
    fn end(mut self) -> String {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let mut said = String::new();
        self.out.read_to_string(&mut said).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        said
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const LONG: Duration = Duration::from_secs(20);

#[test]
fn the_simulated_camera_is_seen_with_every_login() {
    for auth in ["none", "basic", "digest", "digest-sha256"] {
        let camera = Camera::start(&["--auth", auth]);
        let tried = camera.try_out(LONG).unwrap();
        assert_eq!((tried.width, tried.height, tried.doubt), (1280, 720, None), "{auth}");
        let said = camera.end();
        assert!(said.contains("GET /snapshot.jpg HTTP/1.1  200 "), "{said}");
        assert_eq!(said.contains("  401  "), auth != "none", "{said}");
    }
}

#[test]
fn the_simulated_camera_misbehaves_as_it_is_told() {
    for (arguments, told) in [
        (&["--silent"][..], "kamera tidak menjawab"),
        (&["--slow", "60000"], "kamera tidak menjawab"),
        (&["--garbage"], "gambar kamera rusak"),
        (&["--truncate"], "gambar kamera rusak"),
        (&["--status", "500"], "kamera menjawab 500"),
    ] {
        let camera = Camera::start(arguments);
        // What answers at all is given the time of a slow machine.
        let limit = if told == "kamera tidak menjawab" { Duration::from_millis(500) } else { LONG };
        assert_eq!(camera.try_out(limit).unwrap_err().what, told, "{arguments:?}");
    }
    let black = Camera::start(&["--black"]).try_out(LONG).unwrap();
    assert_eq!(black.doubt.map(|d| d.what), Some("gambar gelap".to_owned()));
}

#[test]
fn the_simulated_camera_is_what_doctor_tries_and_tells() {
    let folder = tempfile::tempdir().unwrap();
    let check = |camera: &Camera, more: &str| -> Value {
        let config = folder.path().join("config.toml");
        let (data, url) = (folder.path().join("data"), &camera.url);
        let text = format!(
            "data_dir = {data:?}\n[central]\nhost = \"/nowhere\"\n[camera]\nkind = \"http\"\nurl = \"{url}\"\n{more}"
        );
        std::fs::write(&config, text).unwrap();
        let output = parkir().args(["doctor", "--json", "--config"]).arg(&config).output().unwrap();
        let checks: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        checks.into_iter().find(|check| check["name"] == "Kamera").unwrap()
    };
    let password = folder.path().join("password");
    std::fs::write(&password, "parkir\n").unwrap();
    let login = format!("user = \"admin\"\npassword_file = {password:?}\n");
    let camera = Camera::start(&["--auth", "digest"]);
    let well = check(&camera, &login);
    assert!(well["detail"].as_str().unwrap().contains("1280 x 720"), "{well}");
    let refused = check(&camera, "");
    assert_eq!((&refused["verdict"], refused["todo"].as_str().unwrap().is_empty()), (&"fail".into(), false));
    let gone = check(&camera, "user = \"admin\"\npassword_file = \"/nowhere/password\"\n");
    assert!(gone["detail"].as_str().unwrap().contains("/nowhere/password"), "{gone}");
    let black = check(&Camera::start(&["--black"]), "");
    assert_eq!(black["verdict"], "warn", "{black}");
}

fn scanned(arguments: &[&str], stdin: &str) -> String {
    let mut command = parkir();
    command.args(["sim", "scanner", "--slow", "0"]).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_simulated_scanner_types_codes_well_and_badly() {
    assert_eq!(scanned(&["A17K0042XR"], ""), "A17K0042XR\n");
    assert_eq!(scanned(&[], "ONE\nTWO\n"), "ONE\nTWO\n");
    assert_eq!(scanned(&["--no-enter", "AB", "CD"], ""), "ABCD");
    assert_eq!(scanned(&["--double", "AB"], ""), "AB\nAB\n");
    assert_eq!(scanned(&["--garbage", "ABCDEF"], ""), "AB?DE?\n");
}

#[test]
fn the_simulated_scanner_types_into_a_line_with_a_carriage_return() {
    let pair = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).unwrap();
    let path = pair.master.tty_name().unwrap();
    let mut reader = pair.master.try_clone_reader().unwrap();
    let status = parkir().args(["sim", "scanner", "A17K", "--tty"]).arg(&path).status().unwrap();
    assert!(status.success());
    let mut got = Vec::new();
    while !got.contains(&b'\r') {
        let mut part = [0; 64];
        let n = reader.read(&mut part).unwrap();
        assert!(n > 0, "{got:?}");
        got.extend_from_slice(&part[..n]);
    }
    assert!(got.starts_with(b"A17K\r"), "{got:?}");
}

#[test]
fn where_it_cannot_type_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain");
    std::fs::write(&path, "").unwrap();
    let output = parkir().args(["sim", "scanner", "A", "--tty"]).arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("tidak dapat ditulisi"));
    if !std::path::Path::new("/dev/uinput").exists() {
        let output = parkir().args(["sim", "scanner", "A", "--uinput"]).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("/dev/uinput tidak dapat dibuka"));
    }
}
