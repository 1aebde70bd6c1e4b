//! Two hundred vehicles, and everything that goes wrong on a bad day.

mod given;
mod upfront;

use crate::devices::{Camera, Lane};
use crate::reckoning::{Price, Takings, before, pieces, rupiah, today};
use crate::support::face::{Head, once, parkir, until};
use crate::support::pty::{ENTER, F6, F9, Pty};
use crate::support::site::Site;
use jiff::{SignedDuration, Timestamp, Zoned};
use parkir::domain::lane::Side;
use serde_json::{Value, json};
use std::path::PathBuf;

const F12: &str = "\x1b[24~";
const CLASSES: [&str; 4] = ["motor", "mobil", "truk", "bus"];
const FLOAT: i64 = 200_000;
/// Minutes ago at which those taken in from a list had come: within the grace, by the hour, overnight, for days.
const AGES: [i64; 16] = [1, 8, 12, 30, 58, 62, 118, 122, 300, 655, 900, 1438, 1442, 1600, 2890, 4325];

struct Day {
    front: Lane,
    back: Lane,
    entry: Head,
    exit: Head,
    exit_config: PathBuf,
    takings: Takings,
    /// Vehicles let in and out by these gates.
    entered: i64,
    left: i64,
    pin: String,
    /// Goes last: the gates write into its folder until they end.
    site: Site,
}

fn office(site: &Site, arguments: &[&str]) -> Value {
    let config = site.config("admin", "admin", "");
    let output = parkir().args(arguments).arg("--json").arg("--config").arg(config).output().unwrap();
    assert!(output.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn hire(site: &Site, name: &str, role: &str) -> String {
    office(site, &["user", "add", name, "--role", role])["pin"].as_str().unwrap().to_owned()
}

fn tariff_file() -> String {
    let mut text = "name = \"Hari uji\"\ntax = { basis_points = 1000 }\n".to_owned();
    for class in CLASSES {
        let Price(first, next, cap, grace, fine) = today(class);
        text.push_str(&format!(
            "[rules.{class}]\ngrace_minutes = {grace}\nfirst_minutes = 60\nfirst_fee = {first}\nnext_minutes = 60\n\
             next_fee = {next}\ndaily_cap = {cap}\nlost_fine = {fine}\n"
        ));
    }
    text + given::RULES
}

fn moment(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap_or_else(|e| panic!("{value}: {e}"))
}

impl Day {
    fn comes(&mut self, plate: &str, class: &str) -> Value {
        let car = self.entry.enter(plate, class);
        assert_eq!(self.front.through(&mut self.entry)["stay"], car["stay"]);
        self.entered += 1;
        car
    }

    /// What it must cost by this price, from the very times the answer bears.
    fn due(price: &Price, from: &Value, answer: &Value) -> i64 {
        // By the seconds on ticket and receipt.
        price.of(moment(&answer["at"]).as_second() - moment(from).as_second())
    }

    /// Pays and drives out; the answer, and what was due.
    fn goes(&mut self, mut leave: Value, from: &Value, price: &Price, extra: i64) -> (Value, i64) {
        leave["cmd"] = json!("leave");
        if leave["method"].is_null() {
            leave["tendered"] = json!(500_000);
        }
        let mut answer = self.exit.ask(&leave);
        if answer["error"]["code"] == "amount_missing" {
            leave["amount"] = self.exit.yes(&json!({"cmd": "quote", "stay": leave["stay"]}))["fee"].clone();
            answer = self.exit.ask(&leave);
        }
        if answer["error"]["code"] == "paid_other" {
            // Another minute began in between.
            leave["amount"] = answer["error"]["fee"].clone();
            answer = self.exit.ask(&leave);
        }
        assert_eq!(answer["ok"], true, "{leave} {answer}");
        let due = Self::due(price, from, &answer) + extra;
        assert_eq!(answer["fee"], due, "{leave} {answer}");
        let passed = self.back.through(&mut self.exit);
        assert_eq!((&passed["stay"], passed["opening"].is_string()), (&answer["stay"], true));
        self.takings.add(leave["method"].as_str().unwrap_or("tunai"), due);
        self.left += 1;
        (answer, due)
    }

    fn goes_with_its_ticket(&mut self, car: &Value) -> (Value, i64) {
        let price = today(car["class"].as_str().unwrap());
        self.goes(json!({"qr": car["qr"]}), &car["at"], &price, 0)
    }

    /// By hand, with a reason and a name, and through.
    fn by_hand(&mut self, reason: &str, text: &str) {
        self.exit.yes(&json!({"cmd": "open", "reason": reason, "text": text, "supervisor": "Rina"}));
        let passed = self.back.through(&mut self.exit);
        assert!(passed["opening"].is_string(), "{passed}");
    }
}

/// Those inside since before parkir was there, or since a power cut: taken in from a list.
fn list(site: &Site) -> Vec<(String, &'static str)> {
    let zone = jiff::tz::TimeZone::get("Asia/Jakarta").unwrap();
    let now = Zoned::new(Timestamp::now(), zone);
    let (mut text, mut cars) = ("plat;jenis;masuk;karcis\n".to_owned(), Vec::new());
    for n in 0..80_usize {
        let (class, age) = (CLASSES[n % 4], AGES[(n / 4 + n) % AGES.len()]);
        let at = (&now - SignedDuration::from_mins(age)).strftime("%d/%m/%Y %H.%M").to_string();
        let number = format!("K{:04}", 1000 + n);
        text.push_str(&format!("D {} LST;{class};{at};{number}\n", 1000 + n));
        cars.push((number, class));
    }
    let file = site.rig.folder.join("di dalam.csv");
    std::fs::write(&file, text).unwrap();
    let config = site.config("A1", "A1", "");
    let (code, out, err) = once(&["stay", "import", file.to_str().unwrap(), "--json"], &config);
    assert_eq!(code, 0, "{out} {err}");
    assert_eq!(once(&["sync"], &config).0, 0);
    cars
}

fn logs_in(screen: &mut Pty, pin: &str) {
    screen.shows(&["Masuk petugas"]);
    screen.types("b");
    screen.types(pin);
    screen.send(ENTER.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_at_a_car_park_ends_with_books_slip_and_roll_up_in_agreement() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let rules = site.rig.folder.join("tarif.toml");
    std::fs::write(&rules, tariff_file()).unwrap();
    let inside = list(&site);
    office(&site, &["tariff", "add", rules.to_str().unwrap(), "--now"]);
    let (budi, rina) = (hire(&site, "Budi", "operator"), hire(&site, "Rina", "supervisor"));
    let server = site.server();
    let (camera, front, back) = (Camera::start(), Lane::new(Side::In), Lane::new(Side::Out));
    let entry_config = site.config("A1", "A1", &format!("{}{}", camera.section, front.section()));
    let program = env!("CARGO_BIN_EXE_parkir");
    let exit_config = site.config(
        "B1",
        "B1",
        &format!(
            "{}{}[payment]\nmethods = [\"tunai\", \"qris\"]\n[payment.qris]\n\
             command = [\"{program}\", \"sim\", \"payment\", \"--after\", \"50\"]\n",
            camera.section,
            back.section()
        ),
    );

    // The morning: Budi counts his float, and the first customer pays with QRIS.
    let mut screen = Pty::start(&["out"], &exit_config);
    screen.shows(&["Database Terhubung"]);
    logs_in(&mut screen, &budi);
    screen.shows(&["Modal awal"]);
    screen.types(&FLOAT.to_string());
    screen.press_until(ENTER, "the form", |text| text.contains("Tiket atau plat") && text.contains("Budi, shift"));
    back.connected();
    screen.types("D1003LST");
    screen.press_to_see(ENTER, "TOTAL");
    screen.press_to_see(F6, "F9 menagih QRIS");
    screen.press_to_see(F9, "Lunas");
    back.opened_and_through();
    screen.press_until(ENTER, "the form", |text| !text.contains("Lunas"));
    assert_eq!(screen.leaves(), 0);

    let (entry, exit) = (Head::start("in", &entry_config), Head::start("out", &exit_config));
    front.connected();
    back.connected();
    let mut day = Day {
        site,
        front,
        back,
        entry,
        exit,
        exit_config,
        takings: Takings::default(),
        entered: 0,
        left: 1,
        pin: rina,
    };
    for gate in [&mut day.entry, &mut day.exit] {
        gate.asks_until(&json!({"cmd": "status"}), |s| s["link"] == "up" && s["settings"].as_u64() > Some(1));
    }
    let first = day.site.rows("SELECT t.biaya, k.waktu_keluar - k.waktu_masuk FROM transaksi t JOIN kunjungan k ON k.keluar_id = t.id").await;
    let fee: i64 = first.split('|').next().unwrap().parse().unwrap();
    // A bus, and what the list says of it.
    let seconds = day.site.rows("SELECT (floor(extract(epoch FROM waktu_keluar)) - floor(extract(epoch FROM waktu_masuk)))::int FROM kunjungan WHERE keadaan = 'keluar'").await;
    assert_eq!(fee, before("bus").of(seconds.parse().unwrap()), "{first}");
    day.takings.add("qris", fee);

    morning(&mut day, &inside);
    mishaps(&mut day);
    given::hire(&mut day);
    given::leave(&mut day);
    power_cut(&mut day);
    offline_hour(&mut day).await;
    let upfront = upfront::hour(&mut day);
    evening(day, &budi, server, &upfront).await;
}

/// From the list, of every class and length; and quick ones in and out within the grace.
fn morning(day: &mut Day, inside: &[(String, &'static str)]) {
    for (n, (number, class)) in inside.iter().enumerate().filter(|(n, _)| *n != 3 && n % 8 != 7) {
        let found = day.exit.knows(&json!(number));
        let mut leave = json!({"stay": found["stay"]});
        if n % 5 == 0 {
            leave["method"] = json!("qris");
            leave["reference"] = json!(format!("QR{n:06}"));
            leave["proof"] = json!(if n % 2 == 0 { "confirmed" } else { "seen" });
        }
        day.goes(leave, &found["entered_at"], &before(class), 0);
    }
    for n in 0..75_usize {
        let car = day.comes(&format!("B {} CD", 2000 + n), CLASSES[n % 4]);
        if n % 7 != 6 {
            day.goes_with_its_ticket(&car);
        }
    }
}

/// Jammed, damaged, forged, without data, lost, waved through, taken back, paid otherwise than said.
fn mishaps(day: &mut Day) {
    day.front.paper_out(true);
    let jammed = day.comes("B 1 JAM", "truk");
    day.front.paper_out(false);
    let asks = json!({"cmd": "quote", "ticket": jammed["ticket"]});
    day.exit.asks_until(&asks, |quote| quote["warnings"].to_string().contains("ticket_unproven"));
    let (answer, _) = day.goes(json!({"ticket": jammed["ticket"]}), &jammed["at"], &today("truk"), 0);
    assert!(answer["warnings"].to_string().contains("ticket_unproven"), "said at the exit: {answer}");

    let torn = day.comes("B 2 TRN", "bus");
    day.exit.knows(&torn["ticket"]);
    let end = &torn["ticket"].as_str().unwrap()[6..];
    let hits = day.exit.yes(&json!({"cmd": "find", "query": end}))["stays"].clone();
    let hit =
        hits.as_array().unwrap().iter().find(|stay| stay["ticket"] == torn["ticket"]).expect("by its end").clone();
    day.goes(json!({"stay": hit["stay"]}), &torn["at"], &today("bus"), 0);

    let honest = day.comes("B 3 HON", "truk");
    let qr = honest["qr"].as_str().unwrap();
    let at = qr.len() / 2;
    let forged = format!("{}{}{}", &qr[..at], if &qr[at..=at] == "A" { "B" } else { "A" }, &qr[at + 1..]);
    let code = day.exit.no(&json!({"cmd": "leave", "qr": forged, "tendered": 500_000}));
    assert!(code.starts_with("qr_"), "{code}");
    day.goes_with_its_ticket(&honest);

    let stated = Timestamp::now() - SignedDuration::from_mins(150);
    let stranger = json!({"cmd": "leave_no_data", "plate": "B 4 STR", "class": "mobil", "entered_at": stated.to_string(),
        "tendered": 500_000, "reason": "karcis terbawa angin"});
    let answer = day.exit.yes(&stranger);
    let due = Day::due(&today("mobil"), &json!(stated.to_string()), &answer);
    assert_eq!((&answer["fee"], due), (&json!(9000), 9000));
    day.back.through(&mut day.exit);
    day.takings.add("tunai", due);
    day.left += 1;

    let lost = day.comes("B 5 LST", "bus");
    day.exit.knows(&lost["ticket"]);
    let fine = today("bus").4;
    day.goes(json!({"stay": lost["stay"], "lost": true}), &lost["at"], &today("bus"), fine);
    day.takings.fines += fine;

    day.by_hand("emergency", "ambulans");

    // A cashier's slip of the finger: taken back by a supervisor, and paid properly.
    let slip = day.comes("B 6 VOD", "truk");
    let (_, fee) = day.goes_with_its_ticket(&slip);
    let void = json!({"cmd": "void", "stay": slip["stay"], "reason": "salah kendaraan", "supervisor": "Rina", "pin": day.pin});
    day.exit.yes(&void);
    day.takings.takes_back("tunai", fee);
    day.left -= 1;
    day.goes(json!({"stay": slip["stay"]}), &slip["at"], &today("truk"), 0);

    let other = day.comes("B 7 QRS", "bus");
    let (_, fee) = day.goes_with_its_ticket(&other);
    day.exit
        .yes(&json!({"cmd": "correct_method", "stay": other["stay"], "method": "qris", "reference": "77889900",
        "reason": "sebenarnya QRIS", "supervisor": "Rina", "pin": day.pin}));
    day.takings.moves("tunai", "qris", fee);
}

/// Between the payment and the barrier.
fn power_cut(day: &mut Day) {
    let car = day.comes("B 8 CUT", "bus");
    let answer = day.exit.yes(&json!({"cmd": "leave", "qr": car["qr"], "tendered": 500_000}));
    day.exit.kill();
    let due = Day::due(&today("bus"), &car["at"], &answer);
    assert_eq!(answer["fee"], due);
    day.takings.add("tunai", due);
    day.left += 1;
    day.exit = Head::start("out", &day.exit_config);
    day.back.connected();
    let again = json!({"cmd": "leave", "qr": car["qr"], "tendered": 500_000});
    assert_eq!(day.exit.no(&again), "qr_used", "nobody pays twice for a power cut");
    // The arm may be up or not, as the moment had it: the driver is let out by hand.
    day.by_hand("other", "listrik padam sesudah bayar");
}

async fn offline_hour(day: &mut Day) {
    day.site.rig.cluster.stop_immediate().unwrap();
    day.entry.link("down");
    day.exit.link("down");
    for n in 0..35_usize {
        let car = day.comes(&format!("F {} OF", 3000 + n), CLASSES[n % 4]);
        if n % 5 != 4 {
            day.goes_with_its_ticket(&car);
        }
    }
    assert!(day.exit.status()["pending"].as_u64() > Some(28));
    day.site.rig.cluster.start_again().unwrap();
    day.entry.settled();
    day.exit.settled();
    // A few more, on the line again.
    for n in 0..5_usize {
        let car = day.comes(&format!("F {} ON", 4000 + n), CLASSES[n % 4]);
        day.goes_with_its_ticket(&car);
    }
}

async fn evening(day: Day, budi: &str, server: crate::support::face::Service, upfront: &Takings) {
    let Day { site, front, back, mut entry, mut exit, exit_config, takings, entered, left, pin: _ } = day;
    assert!(80 + entered >= 200, "{entered} came");
    // The entry's own shift holds what was paid on the way in, and nothing else.
    let closed = entry.yes(&json!({"cmd": "shift_close"}));
    let told = &closed["totals"]["prepaid"];
    assert_eq!((&told["count"], &told["sum"]), (&json!(upfront.count()), &json!(upfront.total())), "{closed}");
    let sums = (&closed["revenue"], &closed["expected"]);
    assert_eq!(sums, (&json!(upfront.total()), &json!(upfront.cash())), "{closed}");
    entry.settled();
    exit.settled();
    entry.quit();
    exit.quit();

    // Budi counts before he is told.
    let mut screen = Pty::start(&["out"], &exit_config);
    screen.shows(&["Shift Budi terbuka"]);
    logs_in(&mut screen, budi);
    screen.press_to_see(F12, "Tutup shift");
    screen.types("2");
    screen.shows_when("the count", |text| text.contains("Hitung uang") || text.contains("Lanjut menghitung"));
    if screen.text().contains("Lanjut menghitung") {
        screen.press_to_see("n", "Hitung uang");
    }
    let expected = FLOAT + takings.cash();
    assert!(!screen.text().contains(&rupiah(expected)), "told before it was counted");
    let counted: Vec<String> = pieces(expected).iter().map(i64::to_string).collect();
    screen.types(&counted.join("\r"));
    screen.press_to_see(F9, "Seharusnya");
    screen.shows(&["Cocok.", &rupiah(expected)]);
    screen.press_to_see(F9, "LAPORAN SHIFT");

    // Paper.
    let mut papers = back.papers();
    let slip = until("the slip on paper", || {
        papers.extend(back.papers());
        papers.iter().find(|paper| paper.contains("Segel jurnal")).cloned()
    });
    let said = |name: &str| {
        let line = slip.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}\n{slip}"));
        line[name.len()..].trim().to_owned()
    };
    for (name, amount) in [
        ("PENDAPATAN", takings.total()),
        ("Modal awal", FLOAT),
        ("Tunai diterima", takings.cash()),
        ("Seharusnya", expected),
        ("Dihitung", expected),
        ("SELISIH", 0),
    ] {
        assert_eq!(said(name), rupiah(amount), "{name}\n{slip}\n{takings:#?}");
    }
    let pair = |(count, sum): (i64, i64)| format!("{count} {}", rupiah(sum));
    let squeezed = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(said("Dibatalkan")), pair(takings.voided), "{slip}");
    assert_eq!(squeezed(said("  qris")), pair(takings.by_method["qris"]), "{slip}");
    assert_eq!((said("Palang manual"), said("Lewat tanpa tiket")), ("2".into(), "0".into()), "{slip}");
    let number = said("Setoran :");
    let receipts = papers.iter().filter(|paper| paper.contains("STRUK PARKIR")).count();
    assert!(receipts >= usize::try_from(left).unwrap() - 1, "{receipts} receipts of {left}");
    let before = papers.iter().filter(|paper| paper.contains("LUNAS di pintu masuk")).count();
    assert_eq!(before, upfront::GONE, "receipts that say what was paid on the way in");
    let tickets = front.papers().iter().filter(|paper| paper.contains("TIKET PARKIR")).count();
    assert!(i64::try_from(tickets).unwrap() >= entered - 1, "{tickets} tickets of {entered}");

    // PostgreSQL.
    let sum = format!("{}|{}", takings.count(), takings.total());
    site.comes_to("SELECT count(*), sum(biaya) FROM transaksi WHERE NOT batal", &sum).await;
    site.comes_to("SELECT sum(jumlah), sum(total) FROM pendapatan_harian", &sum).await;
    let net = "SELECT gerbang, sum(total), sum(bayar_di_depan), sum(bersih) FROM pendapatan_bersih GROUP BY 1 ORDER BY 1";
    let (before, after) = (upfront.total(), takings.total());
    site.comes_to(net, &format!("A1|0|{before}|{before}\nB1|{after}|0|{after}")).await;
    assert_eq!(site.rows("SELECT sum(total_batal) FROM pendapatan_harian").await, takings.voided.1.to_string());
    let methods: Vec<String> = takings.by_method.iter().map(|(m, (n, sum))| format!("{m}|{n}|{sum}")).collect();
    let booked = "SELECT metode, count(*), sum(biaya) FROM transaksi WHERE NOT batal GROUP BY 1 ORDER BY 1";
    site.comes_to(booked, &methods.join("\n")).await;
    let stood = format!("{}|{}", 80 + entered + 1 - left, left);
    site.comes_to(
        "SELECT (SELECT count(*) FROM kendaraan), (SELECT count(*) FROM kunjungan WHERE keadaan = 'keluar')",
        &stood,
    )
    .await;
    assert_eq!(site.rows("SELECT (SELECT count(*) FROM karantina), (SELECT count(*) FROM titipan)").await, "0|0");
    let shift = office(&site, &["shift", "show", &number]);
    assert_eq!((&shift["agrees"], &shift["shift"]["revenue"]), (&json!(true), &json!(takings.total())), "{shift}");
    assert_eq!(shift["shift"]["operator"], "Budi");
    screen.press_to_see(ENTER, "Masuk petugas");
    drop(screen);

    // Both journals, by themselves.
    let mut from_journals = 0;
    for gate in ["A1", "B1"] {
        let config = site.config(gate, gate, "");
        let (code, out, err) = once(&["journal", "verify"], &config);
        assert_eq!(code, 0, "{gate}: {out} {err}");
        let file = site.rig.folder.join(format!("{gate}.jsonl"));
        assert_eq!(once(&["journal", "export", "--out", file.to_str().unwrap()], &config).0, 0);
        let facts: Vec<Value> = std::fs::read_to_string(&file)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let gone: Vec<&Value> =
            facts.iter().filter(|f| f["kind"] == "voided").map(|f| &f["body"]["target"]).collect();
        let stands = facts.iter().filter(|f| f["kind"] == "left" && !gone.contains(&&f["id"]));
        from_journals += stands.map(|f| f["body"]["fee"].as_i64().unwrap()).sum::<i64>();
    }
    assert_eq!(from_journals, takings.total());

    // Every passage had its opening, and the openings nobody used are the power cut's at most.
    let (code, told, err) = once(&["gate", "passages", "--json"], &site.config("admin", "admin", ""));
    assert_eq!(code, 0, "{err}");
    let told: Value = serde_json::from_str(&told).unwrap();
    let of = |gate: &str, what: &str| -> i64 {
        let tallies = told["tallies"].as_array().unwrap().iter().filter(|t| t["gate"] == gate);
        tallies.map(|t| t[what].as_i64().unwrap()).sum()
    };
    assert_eq!((of("A1", "passed"), of("A1", "orphans"), of("A1", "unused")), (entered, 0, 0));
    assert_eq!((of("B1", "orphans"), of("B1", "manual")), (0, 2));
    assert!(of("B1", "unused") <= 1, "{}", told["tallies"]);
    drop((front, back));
    server.stop();
}
