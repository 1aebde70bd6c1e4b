//! A shift as its operator works it, on the real binary: login, float, sales, a blind count, the slip; with the line cut,
//! with the power cut, and without anybody.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "shift/books.rs"]
mod books;
#[path = "shift/charges.rs"]
mod charges;
mod support;

use rustix::process::Signal;
use serde_json::{Value, json};
use support::face::{Head, parkir, until};
use support::pty::{ENTER, ESC, F9, Pty};
use support::site::Site;

const F12: &str = "\x1b[24~";
const SIM: &str = "[printer]\nkind = \"sim\"";

/// What `parkir` says with the admin's kit.
fn office(site: &Site, arguments: &[&str]) -> Value {
    let config = site.config("admin", "admin", "");
    let output = parkir().args(arguments).arg("--json").arg("--config").arg(config).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn hire(site: &Site, name: &str, role: &str) -> String {
    office(site, &["user", "add", name, "--role", role])["pin"].as_str().unwrap().to_owned()
}

fn logs_in(screen: &mut Pty, letter: &str, pin: &str) {
    screen.shows(&["Masuk petugas"]);
    screen.types(letter);
    screen.types(pin);
    screen.send(ENTER.as_bytes());
}

/// Every stay costs its first block at once.
async fn without_grace(site: &Site) {
    site.rows(
        "INSERT INTO tarif (situs, versi, berlaku_sejak, aturan)
         SELECT situs, versi + 1, now() - interval '1 minute',
                replace(aturan::text, '\"grace_minutes\": 10', '\"grace_minutes\": 0')::jsonb FROM tarif",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn login_float_two_sales_count_and_slip_and_the_books_say_what_the_paper_says() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    without_grace(&site).await;
    let server = site.server();
    let mut entry = site.head("in", "A1");
    entry.link("up");
    entry.enter("B 1 AA", "mobil");
    entry.enter("B 2 BB", "motor");
    let pin = hire(&site, "Budi", "operator");
    let mut exit = Pty::start(&["out"], &site.config("B1", "B1", SIM));
    exit.shows(&["Database Terhubung"]);
    logs_in(&mut exit, "b", &pin);
    exit.shows(&["Modal awal"]);
    assert!(!exit.text().contains(&pin));
    exit.types("200000");
    exit.press_until(ENTER, "the form", |text| text.contains("Tiket atau plat") && text.contains("Budi, shift"));
    for (plate, fee) in [("B1AA", "Rp 5.000"), ("B2BB", "Rp 2.000")] {
        exit.types(plate);
        exit.press_until(ENTER, fee, |text| text.contains("TOTAL") && text.contains(fee));
        exit.send(ENTER.as_bytes());
        std::thread::sleep(std::time::Duration::from_millis(400));
        exit.press_to_see(F9, "Lunas");
        exit.press_until(ENTER, "the form", |text| !text.contains("Lunas"));
    }
    exit.press_to_see(F12, "Tutup shift");
    exit.types("2");
    exit.shows_when("the count", |text| text.contains("Hitung uang") || text.contains("Lanjut menghitung"));
    if exit.text().contains("Lanjut menghitung") {
        exit.press_to_see("n", "Hitung uang");
    }
    assert!(!exit.text().contains("207.000"), "told before it was counted");
    exit.types("2\r\r\r\r1\r1");
    exit.press_to_see(F9, "Seharusnya");
    exit.shows(&["Cocok.", "Rp 207.000"]);
    exit.press_to_see(F9, "LAPORAN SHIFT");

    let sim = site.data("B1").join("logs/printer_sim.txt");
    let paper = until("the slip on paper", || {
        std::fs::read_to_string(&sim).ok().filter(|text| text.contains("Segel jurnal"))
    });
    for line in [
        "Reguler          2      Rp 7.000",
        "PENDAPATAN              Rp 7.000",
        "Modal awal            Rp 200.000",
        "Dihitung              Rp 207.000",
        "SELISIH                     Rp 0",
        "SETORAN                 Rp 7.000",
    ] {
        assert!(paper.contains(line), "{line}\n{paper}");
    }
    site.comes_to(
        "SELECT operator, dilaporkan, selisih, setoran, tinggal FROM shift WHERE ditutup IS NOT NULL",
        "Budi|7000|0|7000|200000",
    )
    .await;
    let number = paper.lines().find_map(|line| line.strip_prefix("Setoran : ")).unwrap();
    let shown = office(&site, &["shift", "show", number]);
    assert_eq!((&shown["agrees"], &shown["shift"]["revenue"]), (&json!(true), &json!(7000)));
    let lines: Vec<&str> = shown["slip"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(paper.contains(&lines.join("\n")), "{paper}\n{lines:#?}");
    // Who comes next accepts what is left.
    exit.press_to_see(ENTER, "Masuk petugas");
    logs_in(&mut exit, "b", &pin);
    exit.shows(&["meninggalkan Rp 200.000"]);
    entry.quit();
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_line_and_after_a_power_cut_who_may_log_in_does_and_who_guessed_waits() {
    let mut site = Site::new(&[("B1", "out")]);
    let (budi, sari) = (hire(&site, "Budi", "operator"), hire(&site, "Sari", "supervisor"));
    let config = site.config("B1", "B1", SIM);
    let screen = Pty::start(&["out"], &config);
    screen.shows(&["Masuk petugas", "Database Terhubung"]);
    assert_eq!(screen.leaves(), 0);
    site.rig.cluster.stop().unwrap();

    let mut screen = Pty::start(&["out"], &config);
    screen.shows(&["Database Terputus"]);
    for wrong in ["000000", "000001", "000002"] {
        logs_in(&mut screen, "b", wrong);
        screen.shows(&["PIN salah"]);
        screen.shows_when("an empty PIN", |text| !text.contains('•'));
    }
    screen.shows(&["Tunggu 0:05"]);
    screen.signal(Signal::KILL);
    drop(screen);
    let mut screen = Pty::start(&["out"], &config);
    logs_in(&mut screen, "b", &budi);
    screen.shows(&["Terlalu sering salah"]);
    // Sari guessed nothing.
    logs_in(&mut screen, "s", &sari);
    screen.shows(&["Modal awal", "Database Terputus"]);
    screen.types("50000");
    screen.press_to_see(ENTER, "Sari, shift");
    screen.signal(Signal::KILL);
    drop(screen);
    // The shift goes on where it was, and only its own operator is let straight in.
    let mut screen = Pty::start(&["out"], &config);
    screen.shows(&["Shift Sari terbuka"]);
    std::thread::sleep(std::time::Duration::from_secs(6));
    logs_in(&mut screen, "b", &budi);
    screen.shows(&["Shift Sari masih terbuka"]);
    screen.press_to_see(ESC, "Masuk petugas");
    logs_in(&mut screen, "s", &sari);
    screen.shows(&["Tiket atau plat", "Sari, shift"]);
    drop(screen);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_without_people_keeps_its_own_shifts() {
    let site = Site::new(&[("A1", "both")]);
    hire(&site, "Budi", "operator");
    let mut head = site.head("in", "A1");
    head.link("up");
    let first = until("a shift", || {
        let status = head.yes(&json!({"cmd": "status"}));
        status["shift"].as_str().map(str::to_owned)
    });
    let car = head.enter("B 1 AA", "mobil");
    head.yes(&json!({"cmd": "leave", "stay": car["stay"], "method": "tunai", "tendered": 10000}));
    let closed = head.yes(&json!({"cmd": "shift_close"}));
    assert_eq!((&closed["event"], &closed["shift"]), (&json!("shift_closed"), &json!(first)));
    assert_eq!((&closed["totals"]["regular"]["count"], &closed["totals"]["entries"]), (&json!(1), &json!(1)));
    assert!(closed["seal"].as_str().unwrap().len() == 64 && closed["next"] != closed["shift"]);
    head.quit();
    // It goes on in the next life of the terminal.
    let mut head = Head::start("in", &site.config("A1", "A1", ""));
    head.link("up");
    assert_eq!(head.yes(&json!({"cmd": "status"}))["shift"], closed["next"]);
    head.quit();
    site.comes_to("SELECT count(*), count(ditutup), count(terhitung), max(cara) FROM shift", "2|1|0|headless")
        .await;
}
