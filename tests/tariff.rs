//! What a tariff must cost. Cases are data: `tests/tariff/*.toml`, each a whole tariff version as `parkir tariff check`
//! reads it. What holds of every tariff is tried on tariffs made at random.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "tariff/oracle.rs"]
mod oracle;
#[path = "tariff/random.rs"]
mod random;

use jiff::tz::TimeZone;
use parkir::config::tariff::TariffFile;
use parkir::domain::money::Rupiah;
use parkir::domain::tariff::{Calendar, Day, FeeRequest, LineKind, Lost, Price, Tariff, Voucher, check};
use proptest::prelude::*;
use random::{CLASS, Stay, calendar, stays, tariffs};
use std::path::Path;
use std::process::Command;

fn site() -> Calendar {
    Calendar { zone: TimeZone::get("Asia/Jakarta").unwrap(), ..Calendar::default() }
}

#[test]
fn every_case_costs_what_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tariff");
    let (mut files, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let file = TariffFile::read(&text, &path.display().to_string(), &site().zone).unwrap();
        assert!(!file.cases.is_empty(), "{path:?}");
        files += 1;
        for (place, case) in file.cases.iter().enumerate() {
            if let Some(why) = case.failing(&file.tariff, &site()) {
                wrong.push(format!("{}:{}: {why}", path.display(), file.line_of_case(place)));
            }
        }
        let classes: Vec<String> = file.tariff.rules.keys().cloned().collect();
        let errors = check(&file.tariff, &classes);
        assert!(errors.iter().all(|f| f.level > parkir::domain::tariff::Level::Error), "{path:?}: {errors:?}");
        let told = serde_json::to_string(&file.tariff).unwrap();
        assert_eq!(serde_json::from_str::<Tariff>(&told).unwrap(), file.tariff, "as the centre keeps it");
    }
    assert!(files >= 8, "{files} files");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn ask<'a>(stay: &'a Stay, calendar: &'a Calendar) -> FeeRequest<'a> {
    FeeRequest {
        lost: stay.lost,
        member: stay.member.then_some("a"),
        voucher: stay.voucher,
        ..FeeRequest::plain(CLASS, stay.entered, stay.left(0), calendar)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_is_below_zero_nothing_falls_with_time_and_lines_are_the_total(
        tariff in tariffs(), stay in stays(), more in 0_i64..3 * 86_400,
    ) {
        let calendar = calendar();
        let request = ask(&stay, &calendar);
        let fee = tariff.charge(&request).unwrap();
        prop_assert!(fee.total >= Rupiah::ZERO);
        prop_assert_eq!(fee.total, fee.lines.iter().map(|l| l.amount).sum::<Rupiah>());
        let later = FeeRequest { left: stay.left(more), ..request };
        prop_assert!(tariff.charge(&later).unwrap().total >= fee.total);
        // A preview changes nothing, and the figure without words is the figure with them.
        let bill = tariff.bill(&request).unwrap();
        prop_assert_eq!(tariff.charge(&request).unwrap(), fee.clone());
        prop_assert_eq!((bill.total, bill.tax, bill.items.len()), (fee.total, fee.tax, fee.lines.len()));
        if let Some(tax) = fee.tax {
            prop_assert!(tax.amount >= Rupiah::ZERO && tax.amount <= tax.of);
        }
    }

    #[test]
    fn never_above_the_cap(tariff in tariffs(), stay in stays()) {
        let calendar = calendar();
        let plain = FeeRequest::plain(CLASS, stay.entered, stay.left(0), &calendar);
        let fee = tariff.charge(&plain).unwrap();
        let rule = &tariff.rules[CLASS];
        let (Some(cap), Price::Blocks { .. }) = (rule.daily_cap, rule.price) else { return Ok(()) };
        let whole_stay = tariff.special.iter().any(|s| s.holds == parkir::domain::tariff::Holds::Stay);
        prop_assume!(!whole_stay);
        let days = match rule.day {
            Day::Hours24 => (stay.seconds - 1).max(0) / 86_400 + 1,
            Day::Midnight => (stay.seconds - 1).max(0) / 86_400 + 2,
        };
        let beyond: Rupiah = fee.lines.iter()
            .filter(|l| matches!(l.kind, LineKind::Overnight | LineKind::Rounding))
            .map(|l| l.amount).sum();
        prop_assert!(fee.total.0 <= (cap * days + beyond).0, "{} over {} days of {}", fee.total, days, cap);
    }

    #[test]
    fn who_has_an_advantage_never_pays_more_and_a_fine_is_on_top(tariff in tariffs(), stay in stays()) {
        let calendar = calendar();
        let plain = FeeRequest::plain(CLASS, stay.entered, stay.left(0), &calendar);
        let total = |request: &FeeRequest<'_>| tariff.charge(request).unwrap().total;
        let full = total(&plain);
        let voucher = total(&FeeRequest { voucher: stay.voucher, ..plain });
        prop_assert!(voucher <= full);
        prop_assert_eq!(total(&FeeRequest { voucher: Some(Voucher::Free), ..plain }), Rupiah::ZERO);
        prop_assert_eq!(total(&FeeRequest { voucher: Some(Voucher::Minutes(0)), ..plain }), full);
        let free = FeeRequest { free: Some("tamu"), lost: stay.lost, voucher: stay.voucher, ..plain };
        prop_assert_eq!(total(&free), Rupiah::ZERO);
        let lost = [Lost::Waived, Lost::Proven, Lost::Unproven].map(|lost| total(&FeeRequest { lost: Some(lost), ..plain }));
        prop_assert_eq!(lost[0], full);
        prop_assert!(lost[1] >= full && lost[2] >= lost[1]);
    }

    /// The closed form and the walk block by block are one: special hours that never come change nothing.
    #[test]
    fn special_hours_that_never_come_change_nothing(tariff in tariffs(), stay in stays()) {
        let calendar = calendar();
        let plain = FeeRequest::plain(CLASS, stay.entered, stay.left(0), &calendar);
        let mut without = tariff.clone();
        without.special.retain(|s| s.holds == parkir::domain::tariff::Holds::Stay);
        let mut with = without.clone();
        let never = r#"{"name":"Tak pernah","dates":["1999-01-01"],"flat_fee":999}"#;
        with.special.push(serde_json::from_str(never).unwrap());
        prop_assert_eq!(with.charge(&plain).unwrap(), without.charge(&plain).unwrap());
    }

    /// Rules that were in force before this engine keep their amounts and their lines.
    #[test]
    fn rules_of_before_cost_what_they_did(rule in oracle::rules(), seconds in 0_i64..40 * 86_400) {
        let stay = Stay { seconds, ..Stay::default() };
        let told = serde_json::json!({"version": 1, "effective_from": "1970-01-01T00:00:00Z", "rules": {CLASS: &rule}});
        let tariff: Tariff = serde_json::from_value(told).unwrap();
        let fee = tariff.charge(&FeeRequest::plain(CLASS, stay.entered, stay.left(0), &calendar())).unwrap();
        let lines: Vec<_> = fee.lines.iter().map(|l| (l.count, l.minutes, l.amount.0, l.text.clone())).collect();
        prop_assert_eq!(lines, rule.lines(seconds));
    }
}

fn read(text: &str) -> TariffFile {
    TariffFile::read(text, "t.toml", &site().zone).unwrap()
}

fn classes(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_example_is_a_good_tariff_and_meets_its_own_cases() {
    let file = read(include_str!("../tarif.toml.example"));
    assert_eq!(check(&file.tariff, &classes(&["motor", "mobil", "truk", "bus"])), []);
    assert_eq!(file.cases.len(), 4);
    let failing: Vec<_> = file.cases.iter().filter_map(|case| case.failing(&file.tariff, &site())).collect();
    assert_eq!(failing, Vec::<String>::new());
    let mut wrong = file.cases[0].clone();
    wrong.total = Rupiah(1);
    assert!(wrong.failing(&file.tariff, &site()).unwrap().starts_with("menjadi Rp 11.000, seharusnya Rp 1 ("));
}

/// A rule of each mistake: the key it is told at, its line, and a word of what is said.
#[test]
fn what_is_wrong_or_looks_so_is_told_with_its_line() {
    let blocks = "first_minutes = 60\nfirst_fee = 5000\nnext_minutes = 60\nnext_fee = 2000\n";
    let good = format!("[rules.mobil]\n{blocks}");
    let with = |more: &str| format!("{good}{more}\n");
    let special = |more: &str| format!("{good}[[special]]\nname = \"Khusus\"\nflat_fee = 5000\n{more}\n");
    for (text, error, line, said) in [
        (with("daily_cap = 4000"), true, 6, "kurang dari blok pertama (Rp 5.000)"),
        (with("daily_cap = 90000"), false, 6, "24 jam penuh hanya Rp 51.000"),
        (with("daily_cap = 20050"), false, 6, "bukan kelipatan 100"),
        (with("lost_fine = 200000"), false, 6, "20 kali"),
        (with("lost_fine = -1"), true, 6, "kurang dari nol"),
        (with("grace_minutes = 90"), false, 6, "lebih lama daripada blok pertama"),
        (with("grace_minutes = 1440"), true, 6, "sehari penuh"),
        (good.replace("next_minutes = 60", "next_minutes = 0"), true, 4, "0 menit"),
        (good.replace("next_fee = 2000", "next_fee = 9000"), false, 5, "lebih mahal per menit"),
        (format!("{good}[rules.becak]\nflat_fee = 1000\n"), false, 6, "tidak dikenal"),
        (good.replace("mobil", "becak"), true, 1, "\"mobil\" tidak punya tarif"),
        (special(""), false, 6, "selalu berlaku"),
        (special("hours = \"07:00-09:00\"\nclasses = [\"bus\"]"), true, 10, "\"bus\" tidak punya tarif"),
        (format!("{}{}", special("hours = \"06:00-18:00\""), "[[special]]\nname = \"b\"\nflat_fee = 5000\nhours = \"17:00-06:00\"\n"), false, 13, "bertumpuk"),
        (format!("{}{}", special("hours = \"06:00-18:00\""), "[[special]]\nname = \"b\"\nflat_fee = 5000\nhours = \"18:30-06:00\"\n"), false, 9, "celah 30 menit"),
        ("[rules.mobil]\nflat_fee = 3000\n[[special]]\nname = \"a\"\nhours = \"06:00-18:00\"\nflat_fee = 2000\n".into(), false, 3, "holds = \"stay\""),
        (format!("tax = {{ basis_points = 1100 }}\n{good}"), false, 1, "10%"),
        (format!("tax = {{ basis_points = 11000 }}\n{good}"), true, 1, "1000 berarti 10%"),
        (format!("rounding = {{ to = 0, way = \"up\" }}\n{good}"), true, 1, "100, 500 atau 1000"),
        (with("[members.vip]\npercent = 101"), true, 7, "101%"),
        (with("[members.vip.rules.mobil]\nflat_fee = 9000"), false, 6, "lebih mahal daripada umum"),
    ] {
        let file = read(&text);
        let found = check(&file.tariff, &classes(&["mobil"]));
        let hit = found.iter().find(|f| f.text.contains(said)).unwrap_or_else(|| panic!("{said}: {found:?}\n{text}"));
        let is_error = hit.level == parkir::domain::tariff::Level::Error;
        assert_eq!((is_error, file.line(hit)), (error, line), "{hit}\n{text}");
    }
    assert_eq!(check(&read(&good).tariff, &classes(&["mobil"])), []);
}

#[test]
fn what_is_no_tariff_is_told_with_its_line_and_what_was_expected() {
    for (text, told) in [
        ("[rules.mobil]\nfirst_fee = 3\n", "t.toml baris 1: harga belum ada"),
        ("[rules.mobil]\nflat_fee = 3\nroda = 4\n", "t.toml baris 3: kunci \"roda\" tidak dikenal"),
        ("effective_from = \"besok\"\n[rules.mobil]\nflat_fee = 3\n", "t.toml baris 1: waktu \"besok\""),
        ("[rules.mobil]\nflat_fee = 3.5\n", "t.toml baris 2: "),
        (
            "[rules.mobil]\nflat_fee = 3\n[[special]]\nname=\"x\"\nhours=\"7-9\"\nflat_fee=2\n",
            "t.toml baris 5: jam \"7-9\"",
        ),
        (
            "[rules.mobil]\nflat_fee = 3\n[[special]]\nname=\"x\"\ndays=[\"senin\"]\nflat_fee=2\n",
            "t.toml baris 5: nilai \"senin\"",
        ),
        ("name = \"kosong\"\n", "t.toml baris 1: "),
    ] {
        let error = TariffFile::read(text, "t.toml", &site().zone).unwrap_err().to_string();
        assert!(error.starts_with(told), "{error}\n{text}");
    }
}

#[test]
fn the_command_checks_a_file_and_quotes_a_stay_without_any_centre() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_parkir"));
        let output = command.arg("tariff").args(arguments).current_dir(folder.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code(), text)
    };
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("tarif.toml.example").display().to_string();
    let (code, text) = run(&["check", &example]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("0 kesalahan, 0 peringatan, 4 contoh hitungan"), "{text}");
    assert!(text.contains("\n2 jam           15.000       8.000       3.000      15.000\n"), "{text}");

    let spoiled = std::fs::read_to_string(&example).unwrap().replace("total = 11000", "total = 11500");
    std::fs::write(folder.path().join("t.toml"), spoiled).unwrap();
    let (code, text) = run(&["check", "t.toml"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("case.0: mobil") && text.contains("menjadi Rp 11.000, seharusnya Rp 11.500"), "{text}");
    let (_, told) = run(&["check", "t.toml", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["errors"], &told["cases"]), (&1.into(), &4.into()));

    let stay = ["quote", "--class", "mobil", "--in", "2030-01-02 10:00", "--out", "2030-01-02 12:00:01"];
    let (code, text) = run(&[&stay[..], &["--file", &example, "--lost", "--json"]].concat());
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &told["fee"], &told["lines"][2]["kind"]), (Some(0), &36_000.into(), &"lost_fine".into()));
    let (code, text) = run(&stay);
    assert!(code == Some(0) && text.contains("TOTAL") && text.contains("Rp 9.000"), "the built-in one: {text}");
    let (code, text) = run(&["quote", "--class", "kapal", "--in", "2030-01-02", "--out", "2030-01-03"]);
    assert!(code == Some(1) && text.contains("\"kapal\" tidak punya tarif"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was written");
}

/// `parkir … | head`: whoever stops reading is no reason for a backtrace.
#[test]
fn a_list_nobody_reads_to_its_end_ends_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, format!("data_dir = {:?}\n[gate]\nid = \"A1\"\n", folder.path())).unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let case = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tariff/grace.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_parkir"));
    command.args(["tariff", "check", case, "--config"]).arg(&config).stdout(writer);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.as_ref()), (Some(141), ""));
}
