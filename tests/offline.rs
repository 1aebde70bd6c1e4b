//! The cable is pulled and put back: nothing is lost, nothing comes twice, and the badge says how it stands.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use parkir::central::IngestVerdict;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};
use support::face::{Head, http, once, until};
use support::pty::{ENTER, ESC, F7, Pty};
use support::site::Site;
use support::{LIMIT, books};

/// All facts of a journal, as they travel.
fn envelopes(data: &Path) -> Vec<String> {
    let journal = rusqlite::Connection::open(data.join("offline_data/journal.db")).unwrap();
    let mut statement = journal.prepare("SELECT envelope FROM fact ORDER BY n").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn stays(answers: &[Value]) -> BTreeSet<String> {
    answers.iter().map(|a| a["stay"].as_str().unwrap().to_owned()).collect()
}

/// The stays PostgreSQL has facts of this kind of; fails if one is there twice.
async fn in_postgresql(site: &Site, kind: &str) -> BTreeSet<String> {
    let rows = site.rows(&format!("SELECT kunjungan FROM peristiwa WHERE jenis = '{kind}'")).await;
    let all: Vec<String> = rows.lines().map(str::to_owned).collect();
    let set: BTreeSet<String> = all.iter().cloned().collect();
    assert_eq!(all.len(), set.len(), "{kind} twice");
    set
}

/// A gate without camera: its facts are entries and exits only.
fn gate(site: &Site, side: &str, name: &str) -> Head {
    Head::start(side, &site.config(name, name, ""))
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_entries_and_thirty_exits_of_an_outage_stand_in_postgresql_exactly_once() {
    let mut site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let (mut entry, mut exit) = (gate(&site, "in", "A1"), gate(&site, "out", "B1"));
    entry.settled();
    exit.settled();
    site.rig.cluster.stop_immediate().unwrap();
    entry.link("down");
    exit.link("down");

    let mut entered = Vec::new();
    for n in 0..50_u64 {
        let answer = entry.enter(&format!("D {} AB", 1000 + n), "motor");
        assert_eq!((&answer["link"], answer["pending"].as_u64()), (&json!("down"), Some(n + 1)));
        entered.push(answer);
    }
    let mut left = Vec::new();
    for (n, car) in entered.iter().take(30).enumerate() {
        let leave = json!({"cmd": "leave", "qr": car["qr"], "method": "tunai", "tendered": 10000});
        let answer = exit.yes(&leave);
        assert_eq!((&answer["link"], &answer["pending"]), (&json!("down"), &json!(n + 1)));
        assert_eq!(exit.no(&leave), "qr_used");
        left.push(answer);
    }
    assert_eq!((&entry.status()["pending"], &exit.status()["pending"]), (&json!(50), &json!(30)));
    let tickets: BTreeSet<&str> = entered.iter().map(|a| a["ticket"].as_str().unwrap()).collect();
    assert_eq!(tickets.len(), 50);
    // One file each, named as the old system named them, readable with no program of ours.
    let (entries, exits) = (site.spool("A1", "parking_entry_"), site.spool("B1", "parking_exit_"));
    assert_eq!((entries.len(), exits.len()), (50, 30));
    for (name, folder) in entries.iter().map(|n| (n, "A1")).chain(exits.iter().map(|n| (n, "B1"))) {
        let text = std::fs::read_to_string(site.data(folder).join("offline_data").join(name)).unwrap();
        let fact: Value = serde_json::from_str(&text).unwrap();
        let parts: Vec<&str> = name.trim_end_matches(".json").split('_').collect();
        assert_eq!((parts.len(), parts[2].len(), parts[3].len()), (5, 8, 6), "{name}");
        assert_eq!((fact["id"].as_str(), fact["gate"].as_str()), (Some(parts[4]), Some(folder)));
    }
    let spooled = entries.iter().map(|name| {
        let path = site.data("A1").join("offline_data").join(name);
        (path.clone(), std::fs::read(path).unwrap())
    });
    let spooled: Vec<_> = spooled.collect();

    site.rig.cluster.start_again().unwrap();
    entry.settled();
    exit.settled();
    assert_eq!(
        (in_postgresql(&site, "entered").await, in_postgresql(&site, "left").await),
        (stays(&entered), stays(&left))
    );
    let counts = "SELECT (SELECT count(*) FROM kendaraan), (SELECT count(*) FROM transaksi), \
        (SELECT sum(jumlah) FROM pendapatan_harian), (SELECT count(*) FROM kunjungan WHERE keadaan = 'keluar'), \
        (SELECT count(*) FROM karantina), (SELECT count(*) FROM titipan)";
    assert_eq!(site.rows(counts).await, "20|30|30|30|0|0");
    assert_eq!((site.spool("A1", "parking_"), site.spool("B1", "parking_")), (vec![], vec![]));
    for name in ["A1", "B1"] {
        let log = site.log(name, "sync_");
        for fact in envelopes(&site.data(name)) {
            let fact: Value = serde_json::from_str(&fact).unwrap();
            let id = fact["id"].as_str().unwrap();
            let told: Vec<&str> = log.lines().filter(|line| line.contains(id)).collect();
            assert!(
                told.len() == 1 && told[0].contains("verdict=inserted"),
                "{id} in the log of {name}: {told:?}"
            );
        }
    }
    assert_eq!(entry.yes(&json!({"cmd": "sync"}))["sent"], 0);
    entry.quit();
    exit.quit();

    // All of it once more, over fresh connections, in another order: nothing changes.
    let before = books(&site.rig).await;
    for name in ["A1", "B1"] {
        let central = site.rig.central(name).await;
        let mut facts = envelopes(&site.data(name));
        facts.reverse();
        for batch in facts.chunks(7) {
            let verdicts = central.ingest(batch, LIMIT).await.unwrap();
            assert!(verdicts.iter().all(|v| *v == IngestVerdict::Already), "{verdicts:?}");
        }
    }
    assert_eq!(books(&site.rig).await, before);
    // A backup of the folder brought the files back: they are cleared away, and nothing comes twice.
    for (path, bytes) in &spooled {
        std::fs::write(path, bytes).unwrap();
    }
    let mut entry = gate(&site, "in", "A1");
    entry.settled();
    assert_eq!(site.spool("A1", "parking_"), Vec::<String>::new());
    assert_eq!(in_postgresql(&site, "entered").await, stays(&entered));
    assert_eq!(site.rows(counts).await, "20|30|30|30|0|0");
    entry.quit();
    for name in ["A1", "B1"] {
        let (code, _, said) = once(&["journal", "verify"], &site.config(name, name, ""));
        assert_eq!(code, 0, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_postgresql_is_told_in_time_and_holds_up_no_car() {
    let site = Site::new(&[("A1", "both")]);
    let mut entry = gate(&site, "in", "A1");
    entry.settled();
    site.rig.cluster.pause().unwrap();
    let frozen = Instant::now();
    // Late between two checks: the send that finds the silence must not hide it from the badge.
    std::thread::sleep(Duration::from_millis(9500));
    let mut entered = Vec::new();
    loop {
        let answer = entry.enter(&format!("B {} AA", 1 + entered.len()), "mobil");
        let down = answer["link"] == "down";
        entered.push(answer);
        if down {
            break;
        }
        assert!(frozen.elapsed() < Duration::from_secs(14), "the badge is still green; the promise is 12 s");
        std::thread::sleep(Duration::from_millis(100));
    }
    for n in 0..20 {
        entered.push(entry.enter(&format!("D {n} X"), "motor"));
    }
    let status = entry.status();
    assert_eq!((&status["link"], &status["pending"]), (&json!("down"), &json!(entered.len())));
    // A fact that was recorded while the badge was green has its file a second later.
    until("a file for each", || (site.spool("A1", "parking_entry_").len() == entered.len()).then_some(()));
    site.rig.cluster.resume().unwrap();
    entry.settled();
    assert_eq!(in_postgresql(&site, "entered").await, stays(&entered));
    assert!(entry.events.iter().any(|e| e["event"] == "link" && e["link"] == "down"), "{:?}", entry.events);
    entry.quit();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_postgresql_took_in_the_hub_tells_a_gate_that_cannot_ask() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let server = site.server();
    let (mut entry, mut exit) = (Head::start("in", &site.hubless("A1")), site.head("out", "B1"));
    entry.settled();
    exit.settled();
    let seat = "parkir_terminal_waiting{gate=\"B1\"}";
    until("its seat", || http(&site.hub, "/metrics").ok()?.contains(seat).then_some(()));
    // PostgreSQL knows this gate no more; the hub still does.
    site.rows("ALTER ROLE gate_b1 NOLOGIN").await;
    site.rows("SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE usename = 'gate_b1'").await;
    exit.link("down");
    let car = entry.enter("B 1234 XYZ", "mobil");
    assert_eq!(
        (exit.knows(&car["ticket"])["stay"].clone(), &exit.status()["link"]),
        (car["stay"].clone(), &json!("down"))
    );
    entry.quit();
    exit.quit();
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_entries_nothing_shown_is_lost_and_nothing_comes_twice() {
    let mut site = Site::new(&[("A1", "both")]);
    let mut shown = Vec::new();
    for (round, answers) in [9, 1, 23, 4].into_iter().enumerate() {
        // By turns with and without a database.
        if round % 2 == 1 {
            site.rig.cluster.stop_immediate().unwrap();
        }
        let mut entry = gate(&site, "in", "A1");
        entry.link(if round % 2 == 1 { "down" } else { "up" });
        for n in 0..40 {
            let plate = format!("B {} R", 100 * (round + 1) + n);
            entry.write_if_alive(&json!({"cmd": "enter", "plate": plate, "class": "motor"}));
        }
        for _ in 0..answers {
            shown.push(entry.answer());
        }
        entry.kill();
        // What was said before it died was shown too.
        while let Some(answer) = entry.answer_if_alive() {
            shown.push(answer);
        }
        if round % 2 == 1 {
            site.rig.cluster.start_again().unwrap();
        }
    }
    assert!(shown.iter().all(|a| a["ok"] == true) && shown.len() >= 37, "{}", shown.len());
    let tickets: BTreeSet<&str> = shown.iter().map(|a| a["ticket"].as_str().unwrap()).collect();
    assert_eq!(tickets.len(), shown.len(), "a ticket number was given twice");
    let mut entry = gate(&site, "in", "A1");
    let after = entry.enter("B 1 AKHIR", "motor");
    assert!(!tickets.contains(after["ticket"].as_str().unwrap()));
    entry.settled();
    entry.quit();

    let kept = in_postgresql(&site, "entered").await;
    let lost: Vec<_> = stays(&shown).into_iter().filter(|stay| !kept.contains(stay)).collect();
    assert_eq!(lost, Vec::<String>::new());
    // What was written and not shown any more is a car all the same, once.
    let written = envelopes(&site.data("A1")).iter().filter(|e| e.contains("\"kind\":\"entered\"")).count();
    assert_eq!(kept.len(), written);
    assert_eq!(
        site.rows("SELECT count(*), count(DISTINCT tiket) FROM kendaraan").await,
        format!("{written}|{written}")
    );
    assert_eq!(site.rows("SELECT count(*), count(*) FILTER (WHERE bercabang) FROM epok").await, "5|0");
    assert_eq!(site.spool("A1", "parking_"), Vec::<String>::new());
    let (code, _, said) = once(&["journal", "verify"], &site.config("A1", "A1", ""));
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_second_process_on_the_same_journal_is_refused_politely() {
    let folder = support::own_folder();
    std::fs::create_dir_all(&folder).unwrap();
    let config = folder.join("config.toml");
    std::fs::write(&config, format!("data_dir = \"{}\"\n[gate]\nid = \"A1\"\n", folder.display())).unwrap();
    let mut first = Head::start("in", &config);
    let car = first.enter("B 1 A", "mobil");
    for arguments in [&["in", "--headless"][..], &["out", "--headless"], &["sync"]] {
        let (code, out, err) = once(arguments, &config);
        assert_eq!((code, out.as_str()), (1, ""), "{arguments:?}: {err}");
        assert!(err.contains("sudah berjalan") && err.lines().count() == 1, "{arguments:?}: {err}");
    }
    let screen = Pty::start(&["in"], &config);
    let (text, code) = screen.ends_saying("sudah berjalan");
    assert_eq!(code, 1, "{text}");
    // The first one did not notice, and whoever only reads is let in.
    assert_eq!(first.yes(&json!({"cmd": "find", "query": "B1A"}))["stays"][0]["stay"], car["stay"]);
    let (code, out, _) = once(&["journal", "status", "--json"], &config);
    assert_eq!((code, serde_json::from_str::<Value>(&out).unwrap()["pending"].as_u64()), (0, Some(2)), "{out}");
    first.quit();
    let mut next = Head::start("in", &config);
    next.status();
    next.quit();
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Plate, Enter, Enter; until the ticket stands there and is put away again.
fn enters(screen: &mut Pty, plate: &str) {
    screen.types(plate);
    screen.press_to_see(ENTER, "Enter menyimpan");
    screen.send(ENTER.as_bytes());
    screen.shows(&["Tersimpan", "tersimpan:"]);
    screen.press_until(ENTER, "the form", |text| !text.contains("Ketik plat berikut"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_badge_is_grey_then_red_then_green_and_the_operator_decides_when_the_outage_is_sent() {
    let mut site = Site::new(&[("A1", "both")]);
    let config = site.config("A1", "A1", "[sync]\nmode = \"ask\"");
    site.rig.cluster.pause().unwrap();
    let mut screen = Pty::start(&["in"], &config);
    screen.shows(&["Memeriksa Koneksi"]);
    let grey = screen.colour_on_top("Memeriksa");
    screen.shows(&["Database Terputus"]);
    let red = screen.colour_on_top("Database");
    site.rig.cluster.resume().unwrap();
    screen.shows(&["Database Terhubung"]);
    let green = screen.colour_on_top("Database");
    let colours = [7, 1, 2].map(|n| Some(vt100::Color::Idx(n)));
    assert_eq!([grey, red, green], colours);

    // An outage with three cars; the question comes by itself, and "later" keeps them.
    site.rig.cluster.stop_immediate().unwrap();
    screen.shows(&["Database Terputus"]);
    for (n, plate) in ["B 1 AA", "B 2 AA", "B 3 AA"].into_iter().enumerate() {
        enters(&mut screen, plate);
        let waiting = format!("antre {}", n + 1);
        screen.shows_when(&waiting, |text| text.lines().next().is_some_and(|top| top.ends_with(&waiting)));
    }
    assert_eq!(site.spool("A1", "parking_entry_").len(), 3);
    site.rig.cluster.start_again().unwrap();
    screen.shows(&["Database Terhubung", "Koneksi kembali", "3 masuk dari masa terputus", "Kirim sekarang?"]);
    screen.press_until(ESC, "no question", |text| !text.contains("Kirim sekarang?"));
    screen.shows(&["Ditunda"]);
    enters(&mut screen, "B 4 AA");
    // The new one flows, the three wait, in both stores.
    site.comes_to("SELECT string_agg(plat_nomor, ',') FROM kendaraan", "B4AA").await;
    screen
        .shows_when("antre 3", |text| text.lines().next().is_some_and(|top| top.contains("Terhubung · antre 3")));
    assert_eq!(site.spool("A1", "parking_entry_").len(), 3);
    let (_, out, _) = once(&["journal", "status", "--json"], &config);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["deferred"], 3, "{out}");

    // F7 sends them after all.
    screen.press_to_see(F7, "Ringkasan sinkronisasi");
    let summary = screen.shows(&["Terkirim", "Sudah ada", "Disisihkan", "logs/sync_"]);
    assert!(summary.lines().any(|l| l.contains("Terkirim  ") && l.contains(" 3 ")), "{summary}");
    site.comes_to("SELECT count(*), count(DISTINCT plat_nomor) FROM kendaraan", "4|4").await;
    screen.press_until(ENTER, "no summary", |text| !text.contains("Ringkasan"));
    screen.shows_when("nothing waiting", |text| !text.lines().next().is_some_and(|top| top.contains("antre")));
    assert_eq!(site.spool("A1", "parking_"), Vec::<String>::new());

    // The next outage is sent at once when asked.
    site.rig.cluster.stop_immediate().unwrap();
    screen.shows(&["Database Terputus"]);
    enters(&mut screen, "B 5 AA");
    site.rig.cluster.start_again().unwrap();
    screen.shows(&["1 masuk dari masa terputus", "Kirim sekarang?"]);
    screen.press_to_see("y", "Ringkasan sinkronisasi");
    site.comes_to("SELECT count(*), count(DISTINCT plat_nomor) FROM kendaraan", "5|5").await;
    screen.press_until(ENTER, "no summary", |text| !text.contains("Ringkasan"));
    assert!(site.log("A1", "sync_").contains("koneksi link=down"));
    assert_eq!(screen.leaves(), 0);
}

/// The whole cluster as its files stand, while it is stopped.
fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    assert!(std::process::Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}

/// A car park whose PostgreSQL is brought back as `save` had it, after more came in and went out.
async fn restored(save: impl Fn(&mut Site), bring_back: impl Fn(&mut Site)) {
    let mut site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let (mut entry, mut exit) = (gate(&site, "in", "A1"), gate(&site, "out", "B1"));
    let mut cars: Vec<Value> = (0..4).map(|n| entry.enter(&format!("D {} OLD", 1000 + n), "motor")).collect();
    entry.settled();
    save(&mut site);
    entry.link("up");
    exit.link("up");
    cars.extend((0..6).map(|n| entry.enter(&format!("D {} NEW", 2000 + n), "motor")));
    for car in cars.iter().take(7) {
        exit.yes(&json!({"cmd": "leave", "qr": car["qr"], "method": "tunai", "tendered": 10000}));
    }
    entry.settled();
    exit.settled();
    let before = books(&site.rig).await;

    bring_back(&mut site);
    // The connection comes back by itself, and so does what the backup lacks.
    entry.link("up");
    exit.link("up");
    site.comes_to("SELECT count(*) FROM peristiwa WHERE jenis IN ('entered', 'left')", "17").await;
    site.comes_to("SELECT count(*) FROM kendaraan", "3").await;
    assert_eq!(books(&site.rig).await, before);
    entry.settled();
    exit.settled();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_restored_from_an_older_backup_is_refilled_by_the_gates() {
    let swap = |site: &mut Site, from: &str, to: &str| {
        let folder = site.rig.folder.join("pg");
        site.rig.cluster.stop().unwrap();
        copy(&folder.join(from), &folder.join(to));
        site.rig.cluster.start_again().unwrap();
    };
    restored(|site| swap(site, "data", "backup"), |site| swap(site, "backup", "data")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_dropped_and_brought_back_by_pg_restore_is_refilled_by_the_gates() {
    let run = |site: &Site, program: &str, database: &str, arguments: &[&str]| {
        let text = site.rig.cluster.superuser();
        let (connection, password) = text.reveal().split_once(" password=").unwrap();
        let mut command = std::process::Command::new(parkir::app::cluster::binaries().unwrap().join(program));
        command
            .args(["-d", &format!("{connection} dbname={database}")])
            .args(arguments)
            .env("PGPASSWORD", password);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let file = |site: &Site| site.rig.folder.join("parkir2.backup").display().to_string();
    restored(
        |site| run(site, "pg_dump", "parkir2", &["-F", "c", "-f", &file(site)]),
        |site| {
            run(site, "psql", "postgres", &["-c", "DROP DATABASE parkir2 WITH (FORCE)"]);
            run(site, "pg_restore", "postgres", &["--create", &file(site)]);
        },
    )
    .await;
}
