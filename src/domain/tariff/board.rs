//! The tariff board (papan tarif): what so long a stay costs, class by class, to be hung up before the entry.

use super::calendar::{Calendar, Holds, Special};
use super::lines::span_plain;
use super::rule::{Day, Price, Rule};
use super::{FeeRequest, Member, Tariff, Way};
use crate::domain::money::Rupiah;
use jiff::{Timestamp, ToSpan};
use std::fmt;

/// Minutes a board shows, beside the classes' own grace.
const SHOWN: [u32; 13] = [30, 60, 120, 180, 240, 300, 360, 480, 600, 720, 1440, 2880, 4320];

/// Durations against classes, and what holds beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    pub title: String,
    pub classes: Vec<String>,
    /// Minutes inside, and the price for each class; `None` where it has none.
    pub rows: Vec<(u32, Vec<Option<Rupiah>>)>,
    pub notes: Vec<String>,
}

/// The board for who enters at this moment: special times show in the prices that meet them.
pub fn board(tariff: &Tariff, calendar: &Calendar, entered: Timestamp) -> Board {
    let mut minutes: Vec<u32> = SHOWN.into();
    minutes.extend(tariff.rules.values().map(|r| r.grace_minutes).filter(|m| *m > 0));
    minutes.sort_unstable();
    minutes.dedup();
    let price = |class: &str, minutes: u32| {
        let left = entered.checked_add(i64::from(minutes).minutes()).ok()?;
        tariff.bill(&FeeRequest::plain(class, entered, left, calendar)).ok().map(|bill| bill.total)
    };
    let rows = minutes.iter().map(|m| (*m, tariff.rules.keys().map(|class| price(class, *m)).collect())).collect();
    let mut notes: Vec<String> = tariff.rules.iter().map(|(class, rule)| of_rule(class, rule)).collect();
    notes.extend(tariff.special.iter().map(of_special));
    notes.extend(tariff.members.iter().map(|(group, member)| match member {
        Member::Free(true) => format!("Anggota {group}: gratis"),
        Member::Free(false) => format!("Anggota {group}: seperti umum"),
        Member::Percent(percent) => format!("Anggota {group}: potongan {percent}%"),
        Member::Rules(_) => format!("Anggota {group}: tarif sendiri"),
    }));
    if let Some(rounding) = tariff.rounding {
        let way = match rounding.way {
            Way::Up => "ke atas",
            Way::Nearest => "ke yang terdekat",
            Way::Down => "ke bawah",
        };
        notes.push(format!("Jumlah dibulatkan {way} ke {}", Rupiah(rounding.to.into())));
    }
    if let Some(tax) = tariff.tax {
        let (whole, part) = (tax.basis_points / 100, tax.basis_points % 100);
        let rate = if part == 0 { whole.to_string() } else { format!("{whole},{part:02}") };
        notes.push(format!("Sudah termasuk pajak parkir (PBJT) {rate}%"));
    }
    let zone = entered.to_zoned(calendar.zone.clone());
    let title = format!("{} (masuk {})", name(tariff), zone.strftime("%d/%m/%Y %H:%M"));
    Board { title, classes: tariff.rules.keys().cloned().collect(), rows, notes }
}

fn name(tariff: &Tariff) -> String {
    match (tariff.name.as_str(), tariff.version) {
        ("", 0) => "TARIF PARKIR".to_owned(),
        ("", version) => format!("TARIF PARKIR versi {version}"),
        (name, _) => format!("TARIF PARKIR: {name}"),
    }
}

fn of_price(price: Price) -> String {
    match price {
        Price::Flat(fee) => format!("{fee} sekali parkir"),
        Price::Blocks { first_minutes, first_fee, next_minutes, next_fee } => {
            let (first, next) = (span_plain(first_minutes), span_plain(next_minutes));
            format!("{first} pertama {first_fee}, tiap {next} berikutnya {next_fee}")
        }
    }
}

fn of_rule(class: &str, rule: &Rule) -> String {
    let mut parts = vec![of_price(rule.price)];
    if rule.grace_minutes > 0 {
        let grace = rule.grace_minutes;
        parts.push(if rule.grace_always {
            format!("{grace} menit pertama gratis")
        } else {
            format!("gratis sampai {grace} menit")
        });
    }
    let by = |day, midnight| if day == Day::Midnight { midnight } else { "24 jam" };
    parts.extend(rule.daily_cap.map(|cap| format!("maksimum {cap} per {}", by(rule.day, "hari"))));
    parts.extend(rule.overnight.map(|n| format!("menginap {} tiap lewat {}", n.fee, by(n.by, "tengah malam"))));
    if rule.prepaid {
        parts.push("bayar di depan".to_owned());
    }
    if rule.lost_fine > Rupiah::ZERO {
        parts.push(format!("denda tiket hilang {}", rule.lost_fine));
    }
    format!("{class}: {}", parts.join("; "))
}

fn of_special(special: &Special) -> String {
    let days = special.days.iter().filter_map(|d| serde_json::to_value(d).ok()?.as_str().and_then(day_name));
    let dates = special.dates.iter().map(ToString::to_string);
    let mut when: Vec<String> = days.map(str::to_owned).chain(dates).collect();
    when.extend(special.hours.map(String::from));
    let price = match special.price {
        Price::Flat(fee) => fee.to_string(),
        blocks @ Price::Blocks { .. } => of_price(blocks),
    };
    let who =
        if special.classes.is_empty() { String::new() } else { format!(" [{}]", special.classes.join(", ")) };
    let whole = if special.holds == Holds::Stay { ", bagi yang masuk saat itu" } else { "" };
    format!("{}{who} ({}{whole}): {price}", special.name, when.join(", "))
}

fn day_name(word: &str) -> Option<&'static str> {
    let names = [
        ("mon", "Senin"),
        ("tue", "Selasa"),
        ("wed", "Rabu"),
        ("thu", "Kamis"),
        ("fri", "Jumat"),
        ("sat", "Sabtu"),
        ("sun", "Minggu"),
        ("weekday", "hari kerja"),
        ("weekend", "akhir pekan"),
        ("holiday", "hari libur"),
    ];
    names.iter().find(|(english, _)| *english == word).map(|(_, ours)| *ours)
}

impl fmt::Display for Board {
    /// As many columns of 12 as there are classes; the notes below.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.title)?;
        write!(f, "{:<10}", "Lama")?;
        for class in &self.classes {
            write!(f, "{class:>12}")?;
        }
        for (minutes, prices) in &self.rows {
            let lasts = match minutes {
                m if *m >= 2880 && m % 1440 == 0 => format!("{} hari", m / 1440),
                m => span_plain(*m),
            };
            write!(f, "\n{lasts:<10}")?;
            for price in prices {
                write!(f, "{:>12}", price.map_or("-".to_owned(), Rupiah::plain))?;
            }
        }
        writeln!(f)?;
        self.notes.iter().try_for_each(|note| write!(f, "\n{note}"))
    }
}
