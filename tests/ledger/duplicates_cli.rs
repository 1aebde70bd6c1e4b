//! Duplicates as an administrator meets them: on the command line, and on the admin's screen.

use crate::support::face::parkir;
use crate::support::pty::{ENTER, F6, F8, Pty};
use crate::support::site::Site;
use crate::support::*;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;

struct Shell<'a> {
    config: &'a Path,
}

impl Shell<'_> {
    fn run(&self, arguments: &[&str]) -> Output {
        let range = ["--from", "2026-11-20", "--to", "2026-12-10"];
        let mut command = parkir();
        command.arg("duplicates").args(arguments).args(range).arg("--config").arg(self.config);
        command.output().unwrap()
    }

    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_finds_shows_sets_aside_and_undoes() {
    let mut site = Site::new(&[("A1", "both")]);
    let central = site.rig.central("A1").await;
    let code = site.rows("SELECT situs FROM lokasi").await;
    let mut pen = Pen { site: code, ..Pen::new("A1", 1) };
    let stay = id_at(0, 1);
    let all = [
        pen.enter(stay, 0, "B1A"),
        pen.leave(id_at(100, 2), 100, stay, 3000),
        pen.leave(id_at(200, 3), 200, stay, 5000),
    ];
    central.ingest(&all, LIMIT).await.unwrap();
    let config = site.config("admin", "admin", "");
    let shell = Shell { config: &config };
    let logs = site.data("admin").join("logs");
    fs::create_dir_all(&logs).unwrap();
    let way = format!(
        "[2026-11-22 07:05:00.000] [INFO] [sync] peristiwa n=3 id={} kind=left verdict=inserted\n",
        id_at(200, 3)
    );
    fs::write(logs.join("sync_20261122.log"), way).unwrap();

    let list = shell.says(&["find"]);
    assert!(list.contains("kuat  dua keluar untuk satu kunjungan") && list.contains("1 kelompok"), "{list}");
    let found: Value = serde_json::from_str(&shell.says(&["find", "--json", "--class", "strong"])).unwrap();
    let group = found["groups"][0]["group"].as_str().unwrap().to_owned();
    assert!(shell.says(&["find", "--class", "weak"]).contains("Tidak ada"));
    let shown = shell.says(&["show", &group[..8]]);
    assert!(shown.contains("kind=left verdict=inserted") && shown.contains("Rp 5.000"), "{shown}");
    let shown: Value = serde_json::from_str(&shell.says(&["show", &group, "--json"])).unwrap();
    assert_eq!(shown["sync_log"].as_array().unwrap().len(), 1);

    assert!(shell.refuses(&["undo", &group]).contains("tidak sedang disisihkan"));
    assert!(shell.refuses(&["remove", &group, "--reason", " "]).contains("alasan"));
    assert!(shell.refuses(&["remove", "ffffff", "--reason", "x"]).contains("tidak ada di rentang"));
    let said = shell.says(&["remove", &group[..8], "--reason", "ditekan dua kali"]);
    assert!(said.contains("1 duplikat disisihkan"), "{said}");
    let total = "SELECT sum(jumlah), sum(total), sum(batal) FROM pendapatan_harian";
    assert_eq!(site.rows(total).await, "1|3000|1");
    assert!(shell.refuses(&["remove", &group, "--reason", "x"]).contains("sudah disisihkan"));
    let list = shell.says(&["find"]);
    assert!(
        list.contains("DISISIHKAN") && list.contains("oleh budi") && list.contains("ditekan dua kali"),
        "{list}"
    );
    // Undone by name alone, whatever the range.
    let undone: Value =
        serde_json::from_str(&shell.says(&["undo", &group[..8], "--reason", "keliru", "--json"])).unwrap();
    assert_eq!(undone["inserted"], 1);
    assert_eq!(site.rows(total).await, "2|8000|0");
    let audit = "SELECT string_agg(tindakan || ' ' || (rincian->>'petugas'), ', ' ORDER BY waktu) FROM audit \
                 WHERE tindakan LIKE 'duplikat%'";
    assert_eq!(site.rows(audit).await, "duplikat_hapus budi, duplikat_urungkan budi");
    // Keeping the other one, named by its fact.
    let keep = id_at(200, 3).to_string();
    shell.says(&["remove", &group, "--keep", &keep, "--reason", "yang kedua benar"]);
    assert_eq!(site.rows(total).await, "1|5000|1");

    // A gate's kit, and no database at all.
    let gates = site.config("gerbang", "A1", "");
    assert!(Shell { config: &gates }.run(&["find"]).status.code() == Some(1));
    drop(central);
    site.rig.cluster.stop_immediate().unwrap();
    for verb in [&["find"][..], &["remove", &group, "--reason", "x"], &["undo", &group]] {
        let told = shell.refuses(verb);
        assert!(told.contains("Database terputus (") && told.contains("saat terhubung"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admins_screen_sets_aside_with_a_reason_and_undoes() {
    let site = Site::new(&[("A1", "both")]);
    let central = site.rig.central("A1").await;
    let code = site.rows("SELECT situs FROM lokasi").await;
    let mut pen = Pen { site: code, ..Pen::new("A1", 1) };
    let now = jiff::Timestamp::now().as_second() - DAY;
    let stay = id_at(now - 900, 1);
    let all = [
        pen.enter(stay, now - 900, "B1A"),
        pen.leave(id_at(now - 300, 2), now - 300, stay, 3000),
        pen.leave(id_at(now - 200, 3), now - 200, stay, 5000),
    ];
    central.ingest(&all, LIMIT).await.unwrap();
    let mut admin = Pty::start(&["admin"], &site.config("admin", "admin", ""));
    admin.shows(&["Database Terhubung", "Ringkasan"]);
    admin.press_to_see("5", "dua keluar untuk satu kunjungan");
    admin.shows(&["Rp 3.000 tunai", "Rp 5.000 tunai", "Tidak ada barisnya"]);
    admin.press_to_see(F8, "Alasan");
    admin.types("ditekan dua kali");
    admin.press_to_see(ENTER, "[Y] Ya, sisihkan");
    // Enter is no; so is everything before the question was there to be read.
    admin.press_until(ENTER, "the question gone", |text| !text.contains("[Y]"));
    let total = "SELECT sum(jumlah), sum(total), sum(batal) FROM pendapatan_harian";
    assert_eq!(site.rows(total).await, "2|8000|0");
    admin.press_to_see(F8, "Alasan");
    admin.types("ditekan dua kali");
    admin.press_to_see(ENTER, "[Y] Ya, sisihkan");
    admin.press_to_see("y", "1 duplikat disisihkan");
    assert_eq!(site.rows(total).await, "1|3000|1");
    admin.shows(&["DISISIHKAN oleh budi"]);
    admin.press_to_see(F6, "[Y] Ya, hitung lagi");
    admin.press_to_see("y", "1 duplikat dihitung lagi");
    assert_eq!(site.rows(total).await, "2|8000|0");
    admin.leaves();
}
