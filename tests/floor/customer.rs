//! What the customer reads and hears, over a real line, and that nobody waits for it.

use crate::support::face::{GUARD, Head, until};
use crate::support::own_folder;
use crate::support::pty::Pty;
use jiff::{SignedDuration, Timestamp};
use parkir::device::sim::display::DisplaySim;
use parkir::domain::money::Rupiah;
use rustix::process::Signal;
use serde_json::json;
use std::path::PathBuf;
use std::sync::mpsc::channel;

/// A terminal that never met the centre; the folder goes with it.
pub struct Alone(PathBuf);

impl Alone {
    pub fn new(more: &str) -> (Self, PathBuf) {
        let folder = own_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("config.toml");
        let text =
            format!("data_dir = \"{}\"\n[gate]\nid = \"A1\"\noperator = \"budi\"\n{more}\n", folder.display());
        std::fs::write(&path, text).unwrap();
        (Self(folder), path)
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_customer_reads_the_fee_and_the_change_and_hears_what_became_of_it() {
    let (told, shown) = channel();
    let sim = DisplaySim::start(told).unwrap();
    let heard = own_folder().with_extension("suara");
    let section = format!(
        "[display]\nkind = \"serial\"\npath = \"{}\"\nwelcome = [\"SELAMAT DATANG\", \"Parkir Uji\"]\n\
         [sound]\ncommand = [\"/bin/sh\", \"-c\", \"echo $0 >> {}\"]",
        sim.path().display(),
        heard.display()
    );
    let (_alone, config) = Alone::new(&section);
    let mut gate = Head::start("out", &config);
    let next = || shown.recv_timeout(GUARD).unwrap();
    assert_eq!(next(), ["   SELAMAT DATANG   ", "     Parkir Uji     "]);
    let then = (Timestamp::now() - SignedDuration::from_mins(330)).to_string();
    let paper = json!({"book": "K", "serial": "1", "plate": "B 4411 KZA", "class": "mobil", "entered_at": then});
    let car = gate.yes(&json!({"cmd": "entry", "paper": paper}));
    let fee = gate.yes(&json!({"cmd": "quote", "qr": car["qr"]}))["fee"].as_i64().unwrap();
    assert!(fee > 0);
    assert_eq!(next(), ["TOTAL     B 4411 KZA".to_owned(), format!("{:>20}", Rupiah(fee))]);
    gate.yes(&json!({"cmd": "leave", "qr": car["qr"], "tendered": 100_000}));
    let change = format!("Kembali {:>12}", Rupiah(100_000 - fee));
    assert_eq!(next(), ["Tunai     Rp 100.000".to_owned(), change]);
    let sounds = |wished: &str| {
        until(wished, || std::fs::read_to_string(&heard).ok().filter(|text| text.contains(wished)));
    };
    sounds("paid");
    assert_eq!(gate.no(&json!({"cmd": "quote", "qr": car["qr"]})), "qr_used");
    sounds("refused");
    // Whoever comes next is welcome again.
    gate.quit();
    assert_eq!(next(), ["   SELAMAT DATANG   ", "     Parkir Uji     "]);
    let (code, out, _) = crate::support::face::once(&["doctor"], &config);
    assert!(out.contains("Layar pelanggan") && out.contains("lihat apakah tampil"), "{code} {out}");
    assert_eq!(next()[0], "   SELAMAT DATANG   ");
    let _ = std::fs::remove_file(&heard);
}

#[test]
fn a_display_that_is_gone_and_a_sound_that_never_ends_hold_up_nobody() {
    let section = "[display]\nkind = \"file\"\npath = \"/nonexistent/layar\"\n[sound]\ncommand = [\"/bin/sh\", \"-c\", \"sleep 60\"]";
    let (_alone, config) = Alone::new(section);
    let mut gate = Head::start("out", &config);
    for plate in ["B 1 MA", "B 2 MA", "B 3 MA"] {
        let car = gate.enter(plate, "motor");
        gate.yes(&json!({"cmd": "quote", "qr": car["qr"]}));
        gate.yes(&json!({"cmd": "leave", "qr": car["qr"], "tendered": 20000}));
    }
    gate.quit();
    let (_, out, _) = crate::support::face::once(&["doctor"], &config);
    assert!(out.contains("periksa kabel, daya, dan [display] path atau address"), "{out}");
}

#[test]
fn a_second_screen_follows_the_exit_in_large_letters() {
    let (_alone, config) = Alone::new("[display]\nscreen = true\nwelcome = [\"SELAMAT\", \"Parkir Uji\"]");
    let screen = Pty::start(&["display"], &config);
    screen.shows(&["Parkir Uji"]);
    let mut gate = Head::start("out", &config);
    let then = (Timestamp::now() - SignedDuration::from_mins(330)).to_string();
    let paper = json!({"book": "K", "serial": "1", "plate": "B 4411 KZA", "class": "mobil", "entered_at": then});
    let car = gate.yes(&json!({"cmd": "entry", "paper": paper}));
    let fee = gate.yes(&json!({"cmd": "quote", "qr": car["qr"]}))["fee"].as_i64().unwrap();
    screen.shows(&["TOTAL (Rp)", "B 4411 KZA", "\u{2588}\u{2588}"]);
    gate.yes(&json!({"cmd": "leave", "qr": car["qr"], "tendered": 100_000}));
    let given = format!("Biaya {}   Tunai Rp 100.000", Rupiah(fee));
    screen.shows(&["KEMBALI (Rp)", &given]);
    gate.quit();
    screen.shows(&["Parkir Uji"]);
    screen.signal(Signal::TERM);
    assert_eq!(screen.ends(), 0);
}
