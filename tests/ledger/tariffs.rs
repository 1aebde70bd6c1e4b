//! Tariff versions in the centre: added once, never changed, frozen at every entry, told so that older programs lose
//! nothing by it; and the past under another tariff.

use crate::support::face::once;
use crate::support::site::Site;
use crate::support::*;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use parkir::domain::settings::Settings;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn tariff(config: &Path, arguments: &[&str]) -> (i32, String, String) {
    once(&[&["tariff"], arguments].concat(), config)
}

fn says(config: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = tariff(config, arguments);
    assert_eq!(code, 0, "{arguments:?}: {out}{err}");
    out
}

fn refuses(config: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = tariff(config, arguments);
    assert_eq!(code, 1, "{arguments:?}: {out}{err}");
    format!("{out}{err}")
}

fn file(site: &Site, name: &str, text: &str) -> PathBuf {
    let path = site.rig.folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

const FLAT: &str = "[rules.motor]\nflat_fee = 2000\n[rules.mobil]\nflat_fee = 4000\n[rules.truk]\nflat_fee = 9000\n\
                    [rules.bus]\nflat_fee = 9000\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_added_once_and_never_changed_and_older_programs_lose_no_settings_by_it() {
    let site = Site::new(&[("A1", "both")]);
    let admin = site.config("admin", "admin", "");
    let bad = file(&site, "bad.toml", "effective_from = \"2030-01-01\"\n[rules.mobil]\nflat_fee = 4000\n");
    assert!(refuses(&admin, &["add", bad.to_str().unwrap()]).contains("jenis \"motor\" tidak punya tarif"));
    let past = file(&site, "past.toml", &format!("effective_from = \"2020-01-01\"\n{FLAT}"));
    assert!(refuses(&admin, &["add", past.to_str().unwrap()]).contains("berlaku mundur"));
    let dateless = file(&site, "dateless.toml", FLAT);
    assert!(refuses(&admin, &["add", dateless.to_str().unwrap()]).contains("berlaku sejak kapan"));

    let good = file(&site, "good.toml", &format!("name = \"Baru\"\neffective_from = \"2030-01-01\"\n{FLAT}"));
    let good = good.to_str().unwrap();
    assert!(
        says(&admin, &["add", good])
            .contains("versi 2 ditambahkan, berlaku bagi yang masuk sejak 01/01/2030 00:00")
    );
    let again: Value = serde_json::from_str(&says(&admin, &["add", good, "--json"])).unwrap();
    assert_eq!((&again["version"], &again["already"]), (&json!(2), &json!(true)));
    let list = says(&admin, &["list"]);
    assert!(list.lines().any(|l| l.contains("   1  sejak 01/01/1970 07:00  berlaku")), "{list}");
    assert!(list.lines().any(|l| l.contains("   2  sejak 01/01/2030 00:00") && l.contains("Baru")), "{list}");
    assert_eq!(
        site.rows("SELECT count(*), max(rincian->>'petugas') FROM audit WHERE tindakan = 'tarif'").await,
        "1|budi"
    );

    let root = site.rig.root().await;
    for change in ["UPDATE tarif SET umum = '{}'", "DELETE FROM tarif WHERE versi = 2", "TRUNCATE tarif"] {
        let refused = root.batch_execute(change).await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "55000", "{change}");
    }

    // A program from before reads `tariffs` only, and there only keys it knows; this one reads both lists.
    let gate = site.rig.plain("A1").await;
    let told: Value = gate.query_one("SELECT api.settings()", &[]).await.unwrap().get(0);
    let old: Vec<&Value> = told["tariffs"].as_array().unwrap().iter().map(|t| &t["version"]).collect();
    assert_eq!(old, [1]);
    assert_eq!(told["tariffs"][0].as_object().unwrap().len(), 3, "{told}");
    assert_eq!(told["tariffs_more"][0]["rules"]["mobil"]["flat_fee"], 4000);
    let settings: Settings = serde_json::from_value(told).unwrap();
    assert_eq!(settings.tariffs.iter().map(|t| t.version).collect::<Vec<_>>(), [1, 2]);
    let later: Timestamp = "2030-06-01T00:00:00Z".parse().unwrap();
    assert_eq!((settings.book().version_at(Timestamp::now()), settings.book().version_at(later)), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_charges_what_was_frozen_at_entry_by_the_sites_clock_and_holidays() {
    let site = Site::new(&[("A1", "both")]);
    let admin = site.config("admin", "admin", "");
    // The terminal itself thinks it stands in another zone.
    let mut gate = support_head(&site, "A1");
    gate.link("up");
    let before = gate.enter("B 1 OLD", "mobil");

    let zone = TimeZone::get("Asia/Jakarta").unwrap();
    let now = Timestamp::now().to_zoned(zone);
    let hour =
        |hours: i64| (now.timestamp() + SignedDuration::from_hours(hours)).to_zoned(now.time_zone().clone());
    for day in [hour(-2).date(), now.date()] {
        says(&admin, &["holidays", "--add", &day.to_string(), "--name", "Uji"]);
    }
    assert!(says(&admin, &["holidays"]).contains("Uji"));
    let special = format!(
        "[[special]]\nname = \"Libur\"\ndays = [\"holiday\"]\nhours = \"{}-{}\"\nholds = \"stay\"\nflat_fee = 7000\n",
        hour(-1).strftime("%H:%M"),
        hour(2).strftime("%H:%M")
    );
    let path = file(&site, "now.toml", &format!("tax = {{ basis_points = 1000 }}\n{FLAT}{special}"));
    says(&admin, &["add", path.to_str().unwrap(), "--now"]);
    let wished: u64 = site.rows("SELECT versi_setelan FROM lokasi").await.parse().unwrap();
    gate.asks_until(&json!({"cmd": "status"}), |s| s["settings"] == wished);

    let after = gate.enter("B 2 NEW", "mobil");
    // A stay of no second costs nothing.
    let quote = gate.asks_until(&json!({"cmd": "quote", "ticket": after["ticket"]}), |q| q["seconds"] != 0);
    assert_eq!(
        (&quote["fee"], &quote["tariff"], &quote["lines"][0]["text"]),
        (&json!(7000), &json!(2), &json!("Libur"))
    );
    let first = gate.yes(&json!({"cmd": "quote", "ticket": before["ticket"]}));
    assert_eq!(
        (&first["fee"], &first["tariff"]),
        (&json!(0), &json!(1)),
        "it came in under version 1, within its grace"
    );
    // A quote is only a quote.
    assert_eq!(gate.yes(&json!({"cmd": "quote", "ticket": after["ticket"]}))["fee"], 7000);
    for car in [&before, &after] {
        gate.yes(&json!({"cmd": "leave", "ticket": car["ticket"], "method": "tunai", "tendered": 10000}));
    }
    site.comes_to(
        "SELECT string_agg(biaya || ' ' || tarif_versi, ', ' ORDER BY biaya) FROM transaksi",
        "0 1, 7000 2",
    )
    .await;
    let tax = "SELECT isi #>> '{body,tax,amount}', isi #>> '{body,lines,0,kind}' FROM peristiwa \
               WHERE jenis = 'left' AND (isi #>> '{body,fee}')::bigint > 0";
    assert_eq!(site.rows(tax).await, "636|flat");
    gate.quit();
}

fn support_head(site: &Site, gate: &str) -> crate::support::face::Head {
    let config = site.config(gate, gate, "[site]\ntimezone = \"Asia/Jayapura\"");
    crate::support::face::Head::start("out", &config)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_tells_what_the_past_would_have_been_and_changes_nothing() {
    let site = Site::new(&[("A1", "both")]);
    let central = site.rig.central("A1").await;
    let mut pen = Pen { site: site.rows("SELECT situs FROM lokasi").await, ..Pen::new("A1", 1) };
    // All entered at 07:00: out after 30 minutes, after two hours, and after two hours once more, which was voided.
    let (half, two) = (1_800, 7_200);
    let mut facts = Vec::new();
    for (n, second, fee) in [(1, half, 5_000), (2, two, 7_000), (3, two + 1, 7_000)] {
        facts.push(pen.leave(id_at(second, 100 + n), second, id_at(0, n), fee));
    }
    let taken_back = voided(id_at(0, 3), id_at(two + 1, 103), "A1");
    facts.push(pen.write(id_at(two + 9, 200), two + 9, &taken_back, None));
    central.ingest(&facts, LIMIT).await.unwrap();
    // More than a page of one more kind, all of one instant.
    let copies = "INSERT INTO transaksi SELECT situs, tanggal + interval '1 hour', gerbang, gen_random_uuid(), hari, kunjungan, \
                  tiket, plat_nomor, plat_ketik, 'motor', tanggal - interval '10 minutes', gerbang_masuk, operator, 2000, \
                  metode, 2000, 0, 1, false, false, tanda \
                  FROM transaksi, generate_series(1, 5200) WHERE biaya = 5000";
    site.rig.root().await.batch_execute(copies).await.unwrap();
    let before = books(&site.rig).await;

    let admin = site.config("admin", "admin", "");
    let dear = file(&site, "dear.toml", &FLAT.replace("4000", "6000"));
    let range = ["replay", "--from", "2026-11-22", "--to", "2026-11-22"];
    let told: Value =
        serde_json::from_str(&says(&admin, &[&range[..], &["--json", "--file", dear.to_str().unwrap()]].concat()))
            .unwrap();
    let mobil = &told["classes"]["mobil"];
    assert_eq!(
        (&mobil["exits"], &mobil["paid"], &mobil["would"], &mobil["dearer"], &mobil["cheaper"]),
        (&json!(2), &json!(12_000), &json!(12_000), &json!(1), &json!(1)),
        "{told}"
    );
    let motor = &told["classes"]["motor"];
    assert_eq!(
        (&motor["exits"], &motor["would"], &motor["dearer"]),
        (&json!(5200), &json!(10_400_000), &json!(0))
    );
    assert_eq!(told["total"]["exits"], 5202);
    // By the version they were charged by, the mobil's exits come to what was paid.
    let same: Value =
        serde_json::from_str(&says(&admin, &[&range[..], &["--json", "--tariff", "1"]].concat())).unwrap();
    assert_eq!(same["classes"]["mobil"]["would"], 12_000);
    let text = says(&admin, &[&range[..], &["--file", dear.to_str().unwrap()]].concat());
    assert!(text.contains("JUMLAH") && text.contains("10.412.000"), "{text}");
    let none = says(&admin, &["replay", "--from", "2026-11-23", "--to", "2026-11-23", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&none).unwrap()["total"]["exits"], 0);
    assert!(refuses(&admin, &["replay", "--from", "2026-11-23", "--to", "2026-11-21"]).contains("--from"));
    assert_eq!(books(&site.rig).await, before);

    // A gate's own login adds no tariff and reads no exits.
    let gate = site.config("A1", "A1", "");
    assert_eq!(tariff(&gate, &["add", dear.to_str().unwrap(), "--now"]).0, 1);
    assert_eq!(tariff(&gate, &range).0, 1);
    assert_eq!(site.rows("SELECT count(*) FROM tarif").await, "1");
}
