//! Defect 6: SQL made of typed text, passwords everybody knows, a hub that let anybody listen.

use crate::support::face::{parkir, until};
use crate::support::site::Site;
use argon2::{Argon2, PasswordHash, PasswordVerifier};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};

const HOSTILE: &[&str] = &[
    "'); DROP TABLE kendaraan; --",
    "B' OR '1'='1",
    "B\\'; DELETE FROM peristiwa; --",
    "$$; TRUNCATE transaksi; $$",
    "B1\u{0}A",
    "%' --",
    "{\"plate\":1}",
    "\u{202e}B1",
    "B 1 ; SELECT pg_sleep(9)",
];

#[tokio::test(flavor = "multi_thread")]
async fn defect_6_what_is_typed_is_never_a_command_to_the_database() {
    let site = Site::new(&[("A1", "both")]);
    let mut gate = site.head("in", "A1");
    gate.settled();
    let objects =
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r','p','i')";
    let before = site.rows(objects).await;
    let mut taken = BTreeSet::new();
    for plate in HOSTILE {
        let answer = gate.ask(&json!({"cmd": "enter", "plate": plate, "class": "mobil"}));
        // What no plate field takes is refused with its reason; all else is stored as it was typed.
        if answer["ok"] == true {
            taken.insert((*plate).to_owned());
        }
        let found = gate.yes(&json!({"cmd": "find", "query": plate}))["stays"].clone();
        let wild = found.as_array().unwrap().iter().filter(|stay| stay["plate"] == "SENTINEL").count();
        assert_eq!(wild, 0, "{plate} found what it does not fit");
        let class = gate.ask(&json!({"cmd": "enter", "plate": "B 1", "class": plate}));
        assert_eq!(class["error"]["code"], "class_unknown", "{class}");
        let reason = json!({"cmd": "leave_no_data", "plate": plate, "class": "mobil", "reason": plate,
            "entered_at": "2026-11-22T00:00:00+07:00", "tendered": 0});
        assert_eq!(gate.ask(&reason)["ok"], false);
    }
    gate.enter("SENTINEL", "mobil");
    assert!(taken.len() >= 6, "{taken:?}");
    gate.settled();
    let typed = site.rows("SELECT plat_ketik FROM kendaraan WHERE plat_nomor <> 'SENTINEL'").await;
    for plate in taken.iter().filter(|plate| !plate.contains(['\u{0}', '\u{202e}', '\n'])) {
        assert!(typed.lines().any(|line| line == plate.trim()), "{plate} is not among\n{typed}");
    }
    assert_eq!(site.rows(objects).await, before);
    // An administrator's words go the same way.
    let config = site.config("admin", "admin", "");
    let run = |arguments: &[&str]| {
        let output = parkir().args(arguments).arg("--config").arg(&config).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let name = "'; DROP TABLE pengguna; --";
    let (_, told) = run(&["user", "add", name, "--role", "operator", "--json"]);
    let rows = site.rows("SELECT nama FROM pengguna").await;
    assert_eq!(
        rows.lines().any(|row| row == name),
        serde_json::from_str::<Value>(&told).is_ok_and(|t| t["pin"].is_string())
    );
    run(&["shift", "show", "' OR true; --"]);
    run(&["passages", "--gate", "' OR true; --"]);
    assert_eq!(site.rows(objects).await, before);
    gate.quit();
}

/// Passwords that came with the old system, or that people try first.
const COMMON: &[&str] =
    &["", "postgres", "root", "admin", "password", "parkir", "parkir2", "123456", "rahasia", "rsi", "root@rsi"];

#[tokio::test(flavor = "multi_thread")]
async fn defect_6_no_login_opens_with_a_password_somebody_could_guess() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let logins = site.rows("SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper ORDER BY 1").await;
    let logins: Vec<&str> = logins.lines().collect();
    assert!(logins.len() >= 4 && logins.contains(&"gate_a1"), "{logins:?}");
    let socket = site.rig.cluster.socket().display().to_string();
    for login in &logins {
        for password in COMMON.iter().copied().chain([*login]) {
            let mut config = tokio_postgres::Config::new();
            config.host(&socket).port(site.rig.cluster.port()).dbname("parkir2").user(*login).password(password);
            assert!(config.connect(tokio_postgres::NoTls).await.is_err(), "{login} opens with {password:?}");
        }
    }
    // Each kit has secrets of its own, long ones.
    let mut secrets = BTreeSet::new();
    for kit in ["A1", "B1", "hub", "admin"] {
        let folder = site.rig.kit_path(kit);
        let password = std::fs::read_to_string(folder.join("password")).unwrap();
        assert!(password.trim().len() >= 20, "{kit}");
        assert!(secrets.insert(password), "{kit} shares a password");
        if let Ok(token) = std::fs::read_to_string(folder.join("token")) {
            assert!(token.trim().len() >= 20 && secrets.insert(token), "{kit}");
        }
    }
    // One administrator, whose PIN was made up and shown once.
    let hash = site.rows("SELECT sidik_pin FROM pengguna").await;
    let hash = PasswordHash::new(&hash).unwrap();
    for pin in ["123456", "000000", "111111", "654321", "123123", "admin"] {
        assert!(Argon2::default().verify_password(pin.as_bytes(), &hash).is_err(), "{pin}");
    }
}

#[test]
fn defect_6_the_sites_own_hub_upgrades_nobody_without_a_token() {
    let site = Site::new(&[("A1", "in")]);
    let server = site.server();
    let token = std::fs::read_to_string(site.rig.kit_path("A1").join("token")).unwrap();
    let status = |bearer: &str| {
        let mut socket = std::net::TcpStream::connect(&site.hub).unwrap();
        let header = if bearer.is_empty() { String::new() } else { format!("Authorization: Bearer {bearer}\r\n") };
        write!(
            socket,
            "GET /parking HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{header}\r\n",
            site.hub
        )
        .unwrap();
        let mut answer = [0; 12];
        socket.read_exact(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[9..]).into_owned()
    };
    // The server has learnt of the gate by now, or does so soon.
    until("the gate's own token is taken", || (status(token.trim()) == "101").then_some(()));
    for wrong in ["", "parkir", "admin", &token.trim().to_lowercase().replace(|_: char| true, "0")] {
        assert_eq!(status(wrong), "401", "{wrong:?}");
    }
    server.stop();
}
