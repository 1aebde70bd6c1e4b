//! What config.toml promises: safe defaults, and every mistake told with its line and what was expected.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use parkir::config::{CameraKind, Config, ConfigError, Lang, PrinterKind, SyncMode};
use std::path::Path;

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::read(text, "config.toml")
}

fn complaint(text: &str) -> String {
    read(text).map_or_else(|e| e.to_string(), |_| format!("accepted: {text}"))
}

/// The commented-out keys of the example, switched on.
fn example_with_every_key() -> String {
    let example = include_str!("../config.toml.example");
    let is_key =
        |l: &str| l.strip_prefix("# ").and_then(|l| l.split_once(" = ")).is_some_and(|(k, _)| !k.contains(' '));
    let on = |l: &str| if is_key(l) { l.trim_start_matches("# ").to_owned() } else { l.to_owned() };
    example.lines().map(on).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_says_what_leaving_everything_out_means() {
    let example = read(include_str!("../config.toml.example")).unwrap();
    assert_eq!(format!("{example:?}"), format!("{:?}", Config::default()));
    assert_eq!(format!("{:?}", read("").unwrap()), format!("{:?}", Config::default()));
}

#[test]
fn the_example_documents_every_key() {
    let text = example_with_every_key();
    let full = read(&text).unwrap();
    assert!(
        full.kit.is_some() && full.gate.id.is_some() && full.central.ca_file.is_some() && full.hub.url.is_some()
    );
    let table: toml::Table = text.parse().unwrap();
    for section in [
        "", "site", "gate", "central", "hub", "sync", "journal", "camera", "printer", "barrier", "button",
        "payment", "lost", "paper", "display", "sound", "scanner",
    ] {
        let head = if section.is_empty() { String::new() } else { format!("[{section}]\n") };
        let message = complaint(&format!("{head}nonsense = 1"));
        let known = message.rsplit("yang ada: ").next().unwrap();
        let documented = if section.is_empty() { &table } else { table[section].as_table().unwrap() };
        for key in known.split(", ") {
            assert!(documented.contains_key(key), "[{section}] {key} is not in config.toml.example");
        }
    }
}

#[test]
fn a_wrong_key_or_value_is_told_with_file_line_and_what_was_expected() {
    let cases = [
        (
            "[central]\nhost = \"db\"\nprot = 5432\n",
            "config.toml baris 3: kunci \"prot\" tidak dikenal; yang ada: host, port, database, tls, ca_file",
        ),
        ("\n[sync]\nmode = \"later\"", "config.toml baris 3: nilai \"later\" tidak dikenal; yang ada: ask, auto"),
        ("[sync]\nmode = \"x\"", "config.toml baris 2: nilai \"x\" tidak dikenal; yang ada: ask, auto"),
        (
            "[central]\n\nport = \"5432\"",
            "config.toml baris 3: nilainya salah: teks \"5432\" ditemukan, bilangan bulat yang diharapkan",
        ),
        ("[central]\nport = 0", "config.toml baris 2: port 0 salah; bilangan 1 sampai 65535 yang diharapkan"),
        (
            "[central]\nport = 70000",
            "config.toml baris 2: port 70000 salah; bilangan 1 sampai 65535 yang diharapkan",
        ),
        (
            "[site]\ntimezone = \"WIB\"",
            "config.toml baris 2: zona waktu \"WIB\" tidak dikenal; nama IANA yang diharapkan, misalnya \"Asia/Jakarta\"",
        ),
        (
            "[gate]\nid = \"A10\"",
            "config.toml baris 2: kode gerbang \"A10\" salah; dua huruf atau angka tanpa I, L, O, U yang diharapkan, misalnya \"A1\"",
        ),
        (
            "[gate]\nid = \"PUSAT\"",
            "config.toml baris 2: kode gerbang \"PUSAT\" salah; dua huruf atau angka tanpa I, L, O, U yang diharapkan, misalnya \"A1\"",
        ),
        (
            "[hub]\nlisten = \"8181\"",
            "config.toml baris 2: alamat \"8181\" salah; alamat:port yang diharapkan, misalnya \"0.0.0.0:8181\"",
        ),
        (
            "# kamera\n[camera]\nkind = \"http\"",
            "config.toml baris 3: kamera \"http\" memerlukan url, misalnya \"http://10.0.0.9/snapshot.jpg\"",
        ),
        (
            "[printer]\nkind = \"serial\"",
            "config.toml baris 2: printer \"serial\" memerlukan path, misalnya \"/dev/ttyUSB0\"",
        ),
        ("[printer]\ndata_bits = 9", "config.toml baris 2: 9 salah; bilangan 5 sampai 8 yang diharapkan"),
        (
            "[camera]\nkind = \"rtsp\"\nurl = \"http://10.0.0.9/x\"",
            "config.toml baris 3: kamera \"rtsp\" memerlukan url yang diawali rtsp://",
        ),
        (
            "[camera]\nkind = \"http\"\nurl = \"https://10.0.0.9/x\"",
            "config.toml baris 3: https memerlukan ca_file (sertifikat yang menjamin kamera), atau tls_verify = false",
        ),
        (
            "[printer]\nkind = \"tcp\"",
            "config.toml baris 2: printer \"tcp\" memerlukan address, misalnya \"10.0.0.8:9100\"",
        ),
        (
            "[barrier]\nkind = \"file\"",
            "config.toml baris 2: palang \"file\" memerlukan path, misalnya \"/dev/ttyUSB0\"",
        ),
        (
            "[barrier]\nkind = \"serial\"\npath = \"/dev/ttyUSB0\"\ndialect = \"Z\"",
            "config.toml baris 4: dialek \"Z\" tidak dikenal; yang ada: A, B, C, D, E, F, G, H, I, enet, modbus, usbrelay, ch551g, own",
        ),
        (
            "[barrier]\nkind = \"tcp\"\naddress = \"h:1\"\ndialect = \"own\"\nown = { open = \"{0G}\" }",
            "config.toml baris 5: dialek ini tidak terbaca: {0G} tidak dikenal; byte ditulis seperti {0A}, arti seperti \"button\"",
        ),
        (
            "[barrier]\nkind = \"tcp\"\naddress = \"h:1\"\ndialect = \"own\"\nown = { open_out = \"A\", echoes = true }",
            "config.toml baris 5: echoes menunggu open diulang; tulis open",
        ),
        (
            "[barrier]\nkind = \"tcp\"\naddress = \"h:1\"\ndialect = \"own\"\nown = { open = \"A\", ping = \"P\", ping_ms = 2000, silence_ms = 500 }",
            "config.toml baris 5: silence_ms harus lebih lama dari ping_ms; kalau tidak, sambungan terus diputus",
        ),
        (
            "[barrier]\nkind = \"tcp\"\naddress = \"h:1\"\ndialect = \"own\"\nown = { open = \"A\", ends = \"\", hears = [[\"B\", \"button\"]] }",
            "config.toml baris 5: hears memerlukan akhir pesan: tulis ends, atau idle_ends = true",
        ),
        (
            "[barrier]\nkind = \"file\"\npath = \"/dev/null\"\nclose_after_s = 5",
            "config.toml baris 4: palang \"file\" tidak mendengar loop dan tidak pernah menutup; hapus close_after_s",
        ),
        (
            "[barrier]\nkind = \"hid\"",
            "config.toml baris 2: palang \"hid\" memerlukan dialect \"usbrelay\" atau \"ch551g\"",
        ),
        (
            "[button]\nkind = \"serial\"",
            "config.toml baris 2: tombol \"serial\" memerlukan path, misalnya \"/dev/ttyUSB1\"",
        ),
        ("[barrier]\npulse_ms = 1", "config.toml baris 2: 1 salah; bilangan 50 sampai 10000 yang diharapkan"),
        ("[printer]\ncolumns = 300", "config.toml baris 2: 300 salah; bilangan 24 sampai 64 yang diharapkan"),
    ];
    for (text, told) in cases {
        assert_eq!(complaint(text), told);
    }
    for (text, part) in [
        ("[central\n", "baris 1: susunan TOML salah"),
        ("data_dir = 1", "baris 1: nilainya salah: bilangan"),
        ("a = 1\na = 2", "baris 2"),
    ] {
        assert!(complaint(text).contains(part), "{}", complaint(text));
    }
}

#[test]
fn a_password_written_into_an_address_is_refused_and_not_repeated() {
    for text in [
        "[camera]\nurl = \"http://admin:rahasia@10.0.0.9/x.jpg\"",
        "[hub]\nurl = \"ws://a:rahasia@server:8181/parking\"",
    ] {
        let told = complaint(text);
        assert!(told.contains("baris 2") && !told.contains("rahasia"), "{told}");
    }
}

#[test]
fn another_machine_means_tls_unless_it_says_otherwise_in_words() {
    let encrypted = |section: &str| read(&format!("[central]\n{section}")).unwrap().central.encrypted();
    for local in
        ["host = \"localhost\"", "host = \"127.0.0.1\"", "host = \"::1\"", "host = \"/var/run/postgresql\""]
    {
        assert!(!encrypted(local), "{local}");
    }
    assert!(encrypted("host = \"10.0.0.5\"") && encrypted("host = \"localhost.example.com\""));
    assert!(!encrypted("host = \"10.0.0.5\"\ntls = \"off\""));
    assert!(encrypted("host = \"localhost\"\ntls = \"verify-full\""));
    assert!(complaint("[central]\nhost = \"/run/pg\"\ntls = \"verify-full\"").contains("baris 3: soket lokal"));
}

#[test]
fn a_hub_with_a_certificate_speaks_tls_and_needs_the_key_too() {
    let both = read("[hub]\ncert_file = \"a\"\nkey_file = \"b\"").unwrap();
    assert_eq!(both.hub_url(), "wss://localhost:8181/parking");
    assert!(complaint("[hub]\ncert_file = \"a\"").contains("baris 2: cert_file memerlukan key_file"));
    assert!(complaint("[hub]\nkey_file = \"a\"").contains("baris 2: key_file memerlukan cert_file"));
}

#[test]
fn the_hub_is_looked_for_beside_the_database() {
    let url = |text: &str| read(text).unwrap().hub_url();
    assert_eq!(url(""), "ws://localhost:8181/parking");
    assert_eq!(url("[central]\nhost = \"10.0.0.5\""), "ws://10.0.0.5:8181/parking");
    assert_eq!(url("[central]\nhost = \"fd00::5\""), "ws://[fd00::5]:8181/parking");
    assert_eq!(
        url("[central]\nhost = \"/run/pg\"\n[hub]\nlisten = \"127.0.0.1:9000\""),
        "ws://localhost:9000/parking"
    );
    assert_eq!(url("[hub]\nurl = \"ws://hub:1/parking\""), "ws://hub:1/parking");
}

#[test]
fn the_gate_is_the_configured_one_else_the_kits() {
    let id = |text: &str, login| read(text).unwrap().gate_id(login).map(|g| g.to_string());
    assert_eq!(id("[gate]\nid = \"b1\"", Some("gate_a1")), Some("B1".into()));
    assert_eq!(id("", Some("gate_a1")), Some("A1".into()));
    assert_eq!(id("", Some("parkir_admin")), None);
    assert_eq!(id("", None), None);
}

#[test]
fn files_named_in_it_need_not_exist_and_sections_may_be_missing() {
    let config = read(
        "kit = \"/nowhere/kit\"\n[central]\nca_file = \"/nowhere/ca.pem\"\n[camera]\nkind = \"http\"\n\
         url = \"http://10.0.0.9/x.jpg\"\npassword_file = \"/nowhere/password\"\n[printer]\nkind = \"sim\"\n\
         [site]\nlanguage = \"en\"\n[sync]\nmode = \"auto\"",
    )
    .unwrap();
    assert_eq!((config.camera.kind, config.printer.kind), (CameraKind::Http, PrinterKind::Sim));
    assert_eq!((config.site.language, config.sync.mode), (Lang::En, SyncMode::Auto));
}

#[test]
fn a_named_file_must_be_there() {
    let error = Config::find(Some(Path::new("/nowhere/parkir.toml"))).unwrap_err();
    assert!(
        matches!(error, ConfigError::Missing(_)) && error.to_string().contains("/nowhere/parkir.toml"),
        "{error}"
    );
}

/// UU 8/1999 art. 18: refused wherever the words stand and however they are spread over lines, and told why. The
/// configuration is read all the same: a gate must sell on.
#[test]
fn a_liability_disclaimer_on_a_slip_is_refused_with_the_law_and_stops_no_gate() {
    let refused = [
        "header = [\"Kehilangan bukan tanggung jawab kami\"]",
        "footer = [\"Terima kasih\", \"Segala kehilangan dan kerusakan\", \"bukan tanggung jawab\", \"pengelola\"]",
        "serial = \"parkir risiko sendiri\"",
        "[printer.ticket]\nlines = [\"Pengelola tidak bertanggung jawab atas {plate}\"]",
        "[printer.receipt]\nfooter = [\"Not responsible for loss or damage\"]",
    ];
    for text in refused {
        let config = read(&format!("[printer]\n{text}")).unwrap();
        let why = config.printer.forbidden().unwrap_or_else(|| panic!("{text}"));
        assert!(why.contains("UU 8/1999") && why.contains("pasal 18 ayat (1) huruf a"), "{why}");
        let layout = parkir::app::slips::layout(&config);
        assert_eq!(layout, parkir::device::slip::Layout::new(32, "Parkir"), "{text}");
    }
    let config = read(
        "[printer]\nheader = [\"Jangan tinggalkan barang berharga\"]\n[printer.ticket]\nlines = [\"{gate}\"]",
    );
    let config = config.unwrap();
    assert_eq!(config.printer.forbidden(), None);
    let layout = parkir::app::slips::layout(&config);
    assert_eq!((layout.header.len(), layout.ticket.lines.as_slice()), (1, ["{gate}".to_owned()].as_slice()));
}

#[test]
fn a_camera_model_fills_in_the_path_that_an_address_lacks() {
    for (kind, url, model, address) in [
        ("http", "http://10.0.0.9", "dahua", "http://10.0.0.9/cgi-bin/snapshot.cgi?channel=1"),
        (
            "http",
            "http://10.0.0.9:8080/",
            "hikvision",
            "http://10.0.0.9:8080/ISAPI/Streaming/channels/101/picture",
        ),
        ("http", "http://10.0.0.9/own.jpg", "hikvision", "http://10.0.0.9/own.jpg"),
        ("rtsp", "rtsp://10.0.0.9", "dahua", "rtsp://10.0.0.9/cam/realmonitor?channel=1&subtype=1"),
        ("rtsp", "rtsp://10.0.0.9:554", "hikvision", "rtsp://10.0.0.9:554/Streaming/Channels/102"),
    ] {
        let text = format!("[camera]\nkind = \"{kind}\"\nurl = \"{url}\"\nmodel = \"{model}\"\n");
        let config = read(&text).unwrap();
        assert_eq!(config.camera.address(), address);
    }
}
