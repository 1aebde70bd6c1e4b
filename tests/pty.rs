//! The real binary on a real terminal: every screen starts, takes keys, and gives the terminal back as it was,
//! however it ends.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use argon2::PasswordVerifier;
use parkir::tui::terminal;
use portable_pty::CommandBuilder;
use rustix::process::Signal;
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};
use support::Rig;
use support::face::Head;
use support::pty::{ENTER, ESC, F1, F4, F6, F9, F10, Pty};
use support::site::{Site, files};

/// A folder with a configuration that needs nobody else; gone with this value.
struct Alone(PathBuf);

impl Alone {
    fn new() -> Self {
        let folder = support::own_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "data_dir = \"{}\"\n[gate]\nid = \"A1\"\noperator = \"budi\"\n[central]\nhost = \"{0}\"\n\
             [hub]\nlisten = \"127.0.0.1:0\"\n",
            folder.display()
        );
        std::fs::write(folder.join("config.toml"), text).unwrap();
        Self(folder)
    }

    fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    fn no_panic(&self) {
        let logs = self.0.join("logs");
        for name in files(&logs) {
            let text = std::fs::read_to_string(logs.join(&name)).unwrap();
            assert!(!text.contains("[panic]"), "{text}");
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Every command that has a screen, and what its first picture says.
const SCREENS: &[(&[&str], &str)] = &[
    (&[], "Menu utama"),
    (&["in"], "Kendaraan masuk"),
    (&["out"], "Tiket atau plat"),
    (&["admin"], "Ringkasan"),
    (&["server"], "Alamat"),
];

#[test]
fn every_screen_starts_takes_keys_and_leaves_the_terminal_as_it_was() {
    for (arguments, words) in SCREENS {
        let place = Alone::new();
        let mut screen = Pty::start(arguments, &place.config());
        screen.shows(&[words]);
        assert!(screen.taken(), "{arguments:?}");
        screen.press_to_see(F1, "Bantuan");
        screen.press_until(ESC, words, |text| text.contains(words));
        assert_eq!(screen.leaves(), 0, "{arguments:?}");
        place.no_panic();
    }
}

#[test]
fn a_termination_signal_gives_the_terminal_back() {
    for (arguments, words) in SCREENS {
        for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
            let place = Alone::new();
            let screen = Pty::start(arguments, &place.config());
            screen.shows(&[words]);
            assert!(screen.taken(), "{arguments:?}");
            screen.signal(signal);
            assert_eq!(screen.ends(), 0, "{arguments:?}");
        }
    }
}

#[test]
fn from_the_main_menu_every_component_is_reached_and_left_again() {
    let place = Alone::new();
    let mut menu = Pty::start(&[], &place.config());
    for (key, words) in [
        ("1", "Kendaraan masuk"),
        ("2", "Tiket atau plat"),
        ("3", "Sekarang"),
        ("4", "Alamat"),
        ("5", "Menunggu dikirim"),
        ("6", "Pemeriksaan"),
    ] {
        menu.shows(&["Menu utama"]);
        menu.press_to_see(key, words);
        menu.goes_back("Menu utama");
    }
    assert_eq!(menu.leaves(), 0);
    place.no_panic();
}

#[test]
fn a_termination_signal_ends_what_was_opened_from_the_menu_and_the_menu_too() {
    for (key, words) in [("1", "Kendaraan masuk"), ("4", "Alamat"), ("6", "Pemeriksaan")] {
        let place = Alone::new();
        let mut menu = Pty::start(&[], &place.config());
        menu.press_to_see(key, words);
        menu.signal(Signal::TERM);
        assert_eq!(menu.ends(), 0);
    }
}

#[test]
fn the_menu_counts_what_was_put_off_as_waiting_and_names_what_was_set_aside() {
    let alone = Alone::new();
    let mut head = Head::start("in", &alone.config());
    (0..4).for_each(|n| drop(head.enter(&format!("B {n} UJI"), "motor")));
    head.quit();
    let journal = rusqlite::Connection::open(alone.0.join("offline_data/journal.db")).unwrap();
    let all: i64 = journal.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)).unwrap();
    // "Nanti", as it stands on the disk, and one that the centre refused.
    journal.execute("UPDATE outbox SET state = 1", []).unwrap();
    journal.execute("UPDATE outbox SET state = 3 WHERE n = (SELECT max(n) FROM outbox)", []).unwrap();
    drop(journal);
    let menu = Pty::start(&[], &alone.config());
    menu.shows(&[&format!("menunggu {}, disisihkan 1", all - 1), &format!("antre {}", all - 1)]);
}

/// `parkir db init` by a superuser, at a terminal.
fn db_init(rig: &Rig) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_parkir"));
    let text = rig.cluster.superuser();
    let (connection, password) = text.reveal().split_once(" password=").unwrap();
    command.args(["db", "init", "--site-name", "Parkir Uji", "--superuser", connection, "--out"]);
    command.arg(rig.folder.join("kit"));
    command.env("PGPASSWORD", password);
    command.cwd(&rig.folder);
    Pty::run(command, 80, 24)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_administrators_pin_is_asked_twice_and_never_shown_and_who_stops_there_leaves_nothing_behind() {
    let (once, again) = ("PIN untuk admin (6 angka atau lebih):", "Sekali lagi:");
    let rig = Rig::bare(false, false);
    let there = "SELECT (SELECT count(*) FROM pg_database WHERE datname = 'parkir2') \
                 + (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'parkir%')";
    let stops = [None, Some(Signal::TERM), Some(Signal::HUP), Some(Signal::INT)];
    for (steps, stop) in
        [&[once][..], &[once, again]].into_iter().flat_map(|steps| stops.map(|stop| (steps, stop)))
    {
        let mut asking = db_init(&rig);
        for question in steps {
            asking.shows(&[question]);
            asking.types("24681");
            if *question != *steps.last().unwrap() {
                asking.types("0\r");
            }
        }
        match stop {
            None => asking.send(b"\x03"),
            Some(signal) => asking.signal(signal),
        }
        let (text, code) = asking.ends_saying("dibatalkan, tidak ada yang diubah");
        assert!(code == 1 && !text.contains("2468"), "{text}");
        let root = rig.client(rig.cluster.superuser().reveal()).await;
        assert_eq!(root.query_one(there, &[]).await.unwrap().get::<_, i64>(0), 0);
        assert!(!rig.folder.join("kit").exists());
    }

    let mut asking = db_init(&rig);
    let asked = |asking: &Pty, question: &str, times: usize| {
        asking.shows_when(question, |text| text.matches(question).count() == times);
    };
    for (n, (short, why)) in
        [("12345\r", "PIN harus 6"), ("\r", "PIN harus 6"), ("12345a\r", "PIN harus 6")].iter().enumerate()
    {
        asked(&asking, once, n + 1);
        asking.types(short);
        asking.shows_when(why, |text| text.matches(why).count() == n + 1);
    }
    asked(&asking, once, 4);
    asking.types("246810\r");
    asked(&asking, again, 1);
    asking.types("246811\r");
    asking.shows(&["Keduanya tidak sama."]);
    asked(&asking, once, 5);
    // Typed wrong and mended: by one, and as a whole.
    asking.types("24681x\x7f0\r");
    asked(&asking, again, 2);
    asking.types("99\x15246810\r");
    let (text, code) = asking.ends_saying("Pengguna pertama: admin.");
    assert_eq!(code, 0, "{text}");
    for typed in ["12345", "24681", "sekali tampil"] {
        assert!(!text.contains(typed), "{text}");
    }
    let hash: String = rig.root().await.query_one("SELECT sidik_pin FROM pengguna", &[]).await.unwrap().get(0);
    let hash = argon2::PasswordHash::new(&hash).unwrap();
    assert!(argon2::Argon2::default().verify_password(b"246810", &hash).is_ok());

    // Again: nothing is asked and nothing changes.
    let (text, code) = db_init(&rig).ends_saying("kit/hub sudah ada dan berlaku");
    assert!(code == 0 && !text.contains("PIN"), "{text}");
}

/// Whenever it comes: also while one screen is put away and before the next one listens, with a server behind the menu
/// whose own runtime hears signals too.
#[test]
fn a_termination_signal_between_two_screens_is_not_forgotten() {
    let place = Alone::new();
    for (i, signal) in [Signal::TERM, Signal::HUP].into_iter().cycle().take(32).enumerate() {
        let mut menu = Pty::start(&[], &place.config());
        menu.press_to_see("4", "Alamat");
        menu.goes_back("Menu utama");
        menu.press_to_see("5", "Menunggu dikirim");
        menu.send(F10.as_bytes());
        std::thread::sleep(std::time::Duration::from_micros(700 * i as u64));
        menu.signal(signal);
        assert_eq!(menu.ends(), 0);
    }
    place.no_panic();
}

/// Plate and two Enters, as a person does it.
fn enters(screen: &mut Pty, plate: &str) {
    screen.types(plate);
    screen.press_to_see(ENTER, "Enter menyimpan");
    screen.send(ENTER.as_bytes());
    screen.shows(&["Tersimpan", "tersimpan:"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_car_is_taken_in_on_one_screen_and_paid_for_on_another() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let server = site.server();
    let sim = "[camera]\nkind = \"sim\"";
    let mut entry = Pty::start(&["in"], &site.config("A1", "A1", sim));
    let mut exit = Pty::start(&["out"], &site.config("B1", "B1", sim));
    entry.shows(&["Database Terhubung"]);
    exit.shows(&["Database Terhubung"]);
    enters(&mut entry, "B 1234 XYZ");
    site.comes_to("SELECT count(*) FROM foto", "1").await;
    let stay = site.rows("SELECT id FROM kendaraan").await;

    // The exit finds it by its plate, and shows the photo that was taken at the entry.
    exit.types("B1234XYZ");
    exit.press_to_see(ENTER, "TOTAL");
    let kept = site.data("B1").join(format!("offline_data/photos/kept/{stay}_in.jpg"));
    support::face::until("the entry's photo at the exit", || kept.exists().then_some(()));
    exit.shows(&["▀▀▀▀"]);
    exit.press_to_see(F9, "Lunas");
    site.comes_to("SELECT (SELECT count(*) FROM kendaraan), count(*) FROM transaksi", "0|1").await;
    assert_eq!(entry.leaves(), 0);
    exit.press_until(ENTER, "the form", |text| !text.contains("Lunas"));
    assert_eq!(exit.leaves(), 0);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_elsewhere_appears_on_this_screen_without_any_key_pressed() {
    let site = Site::new(&[("A1", "both"), ("B1", "both")]);
    let server = site.server();
    let here = Pty::start(&["in"], &site.config("A1", "A1", ""));
    let mut there = Head::start("in", &site.config("B1", "B1", ""));
    here.shows(&["Database Terhubung"]);
    there.link("up");
    let inside = |text: &str, n: u32| {
        let line = text.lines().find(|line| line.contains("Motor  ")).unwrap_or_default();
        line.split_whitespace().any(|word| word == n.to_string())
    };
    for n in 1..=3 {
        let car = there.enter(&format!("D {n} AB"), "motor");
        here.shows_when(&format!("{n} inside"), |text| inside(text, n));
        if n == 3 {
            there.yes(&json!({"cmd": "leave", "stay": car["stay"], "method": "tunai", "tendered": 10000}));
        }
    }
    here.shows_when("2 inside", |text| inside(text, 2));
    there.quit();
    assert_eq!(here.leaves(), 0);
    server.stop();
}

#[test]
fn a_tiny_window_says_so_and_grows_again() {
    for (arguments, words) in SCREENS {
        let place = Alone::new();
        let mut screen = Pty::start(arguments, &place.config());
        screen.shows(&[words]);
        for (columns, rows) in [(40, 10), (1, 1), (79, 23), (300, 3)] {
            screen.resize(columns, rows);
            if columns >= 40 {
                screen.shows(&["terlalu kecil"]);
            }
            assert!(screen.alive());
        }
        screen.resize(80, 24);
        screen.shows_when(words, |text| text.contains(words) && !text.contains("terlalu kecil"));
        assert_eq!(screen.leaves(), 0);
        place.no_panic();
    }
}

#[test]
fn a_screen_that_starts_tiny_lives_too() {
    let place = Alone::new();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_parkir"));
    command.args(["in", "--config"]);
    command.arg(place.config());
    let screen = Pty::run(command, 40, 10);
    screen.shows(&["terlalu kecil"]);
    screen.resize(80, 24);
    screen.shows(&["Kendaraan masuk"]);
    assert_eq!(screen.leaves(), 0);
}

#[test]
fn garbage_and_long_pastes_do_no_harm() {
    let mut garbage: Vec<u8> = (0_u32..5000).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    // Ctrl-C and Ctrl-X leave, and Esc begins what they mean; those are tried elsewhere.
    garbage.retain(|byte| ![0x03, 0x18, 0x1b, 0x9b, 0x8f].contains(byte));
    let paste = format!("\x1b[200~{}\x1b[201~", "A1\u{1F697}\t\r\n\u{0}é'; DROP TABLE ".repeat(250));
    let long = format!("\x1b[200~{}\x1b[201~", "x".repeat(5000));
    for (arguments, words) in SCREENS {
        let place = Alone::new();
        let mut screen = Pty::start(arguments, &place.config());
        screen.shows(&[words]);
        for bytes in [paste.as_bytes(), long.as_bytes(), "9".repeat(5000).as_bytes(), &garbage] {
            screen.send(bytes);
            std::thread::sleep(std::time::Duration::from_millis(200));
            assert!(screen.alive(), "{arguments:?}");
        }
        screen.signal(Signal::TERM);
        assert_eq!(screen.ends(), 0, "{arguments:?}");
        place.no_panic();
        assert!(!saved(&place.0), "{arguments:?} made a car of garbage");
    }
}

/// Whether a car stands in the journal of this place.
fn saved(data: &Path) -> bool {
    files(&data.join("offline_data")).iter().any(|name| name.starts_with("parking_entry_"))
}

#[test]
fn without_a_terminal_a_screen_is_refused_in_words() {
    let place = Alone::new();
    for command in ["in", "out", "admin"] {
        let (code, out, err) = support::face::once(&[command], &place.config());
        assert_eq!((code, out.as_str()), (1, ""), "{command}: {err}");
        assert!(err.contains("terminal") && !err.contains("panicked"), "{command}: {err}");
    }
}

/// What the helper below is told to do.
const PLANTED: &str = "PARKIR_UJI_PANIC";

/// Not a test: the program that the next two run on a terminal of its own.
#[test]
fn on_a_terminal_of_its_own() {
    let Ok(planted) = std::env::var(PLANTED) else { return };
    let mut seat = terminal::take().unwrap();
    seat.terminal.draw(|frame| frame.render_widget("diambil", frame.area())).unwrap();
    let mut key = [0];
    std::io::stdin().read_exact(&mut key).unwrap();
    if planted == "own" {
        panic!("ditanam");
    }
    assert!(std::thread::spawn(|| panic!("di tempat lain")).join().is_err());
    seat.terminal.draw(|frame| frame.render_widget("masih di sini", frame.area())).unwrap();
    std::io::stdin().read_exact(&mut key).unwrap();
}

fn helper(planted: &str) -> Pty {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "on_a_terminal_of_its_own", "--nocapture"]);
    command.env(PLANTED, planted);
    // A backtrace would push the words off the screen.
    command.env("RUST_BACKTRACE", "0");
    let screen = Pty::run(command, 80, 24);
    screen.shows(&["diambil"]);
    assert!(screen.taken());
    screen
}

#[test]
fn a_panic_gives_the_terminal_back_and_its_words_can_be_read() {
    let mut screen = helper("own");
    screen.send(b"x");
    let (text, code) = screen.ends_saying("ditanam");
    assert!(code != 0 && !text.contains("diambil"), "{text}");
}

#[test]
fn a_panic_on_another_thread_leaves_the_screen_standing() {
    let mut screen = helper("elsewhere");
    screen.send(b"x");
    screen.shows(&["masih di sini"]);
    assert!(screen.taken() && !screen.text().contains("di tempat lain"), "{}", screen.text());
    screen.send(b"x");
    assert_eq!(screen.ends(), 0);
}

#[test]
fn control_c_ends_no_sale_by_itself_and_f10_asks_first() {
    let place = Alone::new();
    let mut screen = Pty::start(&["in"], &place.config());
    screen.shows(&["Kendaraan masuk"]);
    screen.types("B 12");
    screen.send(b"\x03");
    screen.press_to_see(F10, "[Y]");
    // Enter is no.
    screen.press_until(ENTER, "the form", |text| !text.contains("[Y]"));
    assert!(screen.alive() && screen.text().contains("B 12"), "{}", screen.text());
    assert_eq!(screen.leaves(), 0);
}

/// The programs of `[payment]` are real processes; what they misbehave in is told on the screen.
#[tokio::test(flavor = "multi_thread")]
async fn qris_is_charged_by_a_program_and_its_number_stands_in_the_books() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let payment = |arguments: &str| {
        let program = env!("CARGO_BIN_EXE_parkir");
        format!(
            "[payment]\nmethods = [\"tunai\", \"qris\"]\n[payment.qris]\n\
             command = [\"{program}\", \"sim\", \"payment\"{arguments}]"
        )
    };
    let mut entry = Pty::start(&["in"], &site.config("A1", "A1", ""));
    entry.shows(&["Database Terhubung"]);
    enters(&mut entry, "B 77 QR");
    enters(&mut entry, "B 78 QR");
    assert_eq!(entry.leaves(), 0);
    // Long enough inside to owe something.
    site.rows("UPDATE kunjungan SET waktu_masuk = waktu_masuk - interval '90 minutes'").await;
    site.rows("UPDATE kendaraan SET waktu_masuk = waktu_masuk - interval '90 minutes'").await;

    let mut exit = Pty::start(&["out"], &site.config("B1", "B1", &payment(", \"--after\", \"50\"")));
    exit.shows(&["Database Terhubung"]);
    exit.types("B77QR");
    exit.press_to_see(ENTER, "TOTAL");
    exit.press_to_see(F6, "F9 menagih QRIS");
    exit.press_to_see(F9, "Lunas");
    let paid = "SELECT count(*) FROM transaksi WHERE metode = 'qris' AND dibayar = biaya AND biaya > 0";
    site.comes_to(paid, "1").await;
    let receipt = "SELECT isi #>> '{body,receipt,proof}' FROM peristiwa WHERE jenis = 'left'";
    site.comes_to(receipt, "confirmed").await;
    exit.press_until(ENTER, "the form", |text| !text.contains("Lunas"));
    assert_eq!(exit.leaves(), 0);

    let mut exit = Pty::start(&["out"], &site.config("B1", "B1", &payment(", \"--dies\"")));
    exit.shows(&["Database Terhubung"]);
    exit.types("B78QR");
    exit.press_to_see(ENTER, "TOTAL");
    exit.press_to_see(F6, "F9 menagih QRIS");
    exit.press_to_see(F9, "Belum tentu terbayar");
    exit.types("4412");
    exit.press_to_see(F9, "Lunas");
    site.comes_to("SELECT count(*) FROM transaksi WHERE 'proof_seen' = ANY (tanda)", "1").await;
    exit.press_until(ENTER, "the form", |text| !text.contains("Lunas"));
    assert_eq!(exit.leaves(), 0);
}

/// Killed while the customer pays: the next start knows it, and the provider is asked under the same number.
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_a_kill_cut_off_is_told_at_the_next_start_and_is_charged_under_its_own_number() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let program = env!("CARGO_BIN_EXE_parkir");
    let payment = |arguments: &str| {
        format!(
            "[payment]\nmethods = [\"tunai\", \"qris\"]\n[payment.qris]\n\
             command = [\"{program}\", \"sim\", \"payment\", {arguments}]"
        )
    };
    let mut entry = Pty::start(&["in"], &site.config("A1", "A1", ""));
    entry.shows(&["Database Terhubung"]);
    enters(&mut entry, "B 79 QR");
    assert_eq!(entry.leaves(), 0);
    site.rows("UPDATE kunjungan SET waktu_masuk = waktu_masuk - interval '90 minutes'").await;
    site.rows("UPDATE kendaraan SET waktu_masuk = waktu_masuk - interval '90 minutes'").await;

    let mut exit = Pty::start(&["out"], &site.config("B1", "B1", &payment("\"--silent\"")));
    exit.shows(&["Database Terhubung"]);
    exit.types("B79QR");
    exit.press_to_see(ENTER, "TOTAL");
    exit.press_to_see(F6, "F9 menagih QRIS");
    exit.press_to_see(F9, "Esc");
    exit.press_to_see(F10, "Pembayaran masih berjalan");
    exit.signal(Signal::KILL);
    drop(exit);

    let mut exit = Pty::start(&["out"], &site.config("B1", "B1", &payment("\"--after\", \"50\"")));
    exit.shows(&["Database Terhubung"]);
    exit.types("B79QR");
    exit.press_to_see(ENTER, "sudah ditagih, hasilnya");
    exit.press_to_see(F9, "Lunas");
    let told = "SELECT count(DISTINCT isi #>> '{body,charge}'), string_agg(isi #>> '{body,state}', ' ' ORDER BY id) \
        FROM peristiwa WHERE jenis = 'note' AND isi #>> '{body,what}' = 'charge'";
    site.comes_to(told, "1|begun begun paid").await;
    site.comes_to("SELECT count(*) FROM transaksi WHERE metode = 'qris' AND tanda = '{}'", "1").await;
    exit.press_until(ENTER, "the form", |text| !text.contains("Lunas"));
    assert_eq!(exit.leaves(), 0);

    // Without data nobody will ask for that stay again: it is told at the start.
    let mut exit = Pty::start(&["out"], &site.config("B1", "B1", &payment("\"--silent\"")));
    exit.shows(&["Database Terhubung"]);
    exit.press_to_see(F4, "Jam masuk");
    exit.press_to_see(F9, "Jam tidak terbaca");
    let zone = jiff::tz::TimeZone::get("Asia/Jakarta").unwrap();
    let before = jiff::Zoned::now().with_time_zone(zone) - jiff::SignedDuration::from_mins(90);
    exit.types(&before.strftime("%d/%m %H.%M").to_string());
    exit.press_to_see(F9, "Tulis alasannya");
    exit.types("karcis basah");
    exit.press_to_see(ENTER, "TOTAL");
    exit.press_to_see(F6, "F9 menagih QRIS");
    exit.press_to_see(F9, "Esc");
    exit.signal(Signal::KILL);
    drop(exit);
    let exit = Pty::start(&["out"], &site.config("B1", "B1", ""));
    exit.shows(&["ditagih sebelum padam"]);
    assert_eq!(exit.leaves(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_taken_wrongly_is_another_in_the_books_and_at_the_other_gate() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let server = site.server();
    let mut entry = Pty::start(&["in"], &site.config("A1", "A1", ""));
    let mut exit = Pty::start(&["out"], &site.config("B1", "B1", ""));
    entry.shows(&["Database Terhubung"]);
    exit.shows(&["Database Terhubung"]);
    enters(&mut entry, "B 5 KLS");
    let before = site.rows("SELECT jenis FROM kendaraan").await;
    entry.press_to_see(F4, "Ubah jenis");
    let (key, class) = if before == "motor" { ("2", "mobil") } else { ("1", "motor") };
    entry.types(key);
    entry.shows(&["Tukar tiketnya"]);
    site.comes_to(
        "SELECT k.jenis || '|' || s.jenis FROM kendaraan k JOIN kunjungan s USING (situs, id)",
        &format!("{class}|{class}"),
    )
    .await;
    // The exit hears of it, and reckons by it.
    exit.types("B5KLS");
    exit.press_to_see(ENTER, &format!("tarif {}", if class == "motor" { "Motor" } else { "Mobil" }));
    exit.press_to_see(F9, "Lunas");
    site.comes_to("SELECT jenis FROM transaksi", class).await;
    assert_eq!(entry.leaves(), 0);
    exit.press_until(ENTER, "the form", |text| !text.contains("Lunas"));
    assert_eq!(exit.leaves(), 0);
    server.stop();
}
