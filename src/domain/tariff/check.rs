//! What is wrong with a tariff version, or looks so: said before it is in force, because a version never changes.

use super::bill::Tax;
use super::calendar::{Holds, Hours, Special};
use super::rule::{Price, Rule};
use super::{Member, Tariff};
use crate::domain::money::Rupiah;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It must not be put in force.
    Error,
    /// Somebody should look.
    Warning,
}

/// One remark; `path` is where, as the keys of the file: `rules.mobil.daily_cap`, `special.0.hours`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub level: Level,
    pub path: String,
    /// Indonesian.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.level == Level::Error { "SALAH" } else { "PERIKSA" };
        write!(f, "{level:<7}  {}: {}", self.path, self.text)
    }
}

/// A fine above so many first blocks is hard to explain at a window.
const FINE_TIMES: i64 = 20;
/// UU 1/2022 art. 58: at most 10 %.
const MOST_TAX: u32 = 1_000;
/// Hours that nearly meet were meant to.
const NEARLY: u16 = 60;

/// Looks at a whole version. `classes` are those the site has.
pub fn check(tariff: &Tariff, classes: &[String]) -> Vec<Finding> {
    let mut found = Findings(Vec::new());
    for class in classes.iter().filter(|class| !tariff.rules.contains_key(*class)) {
        found.error("rules", format!("jenis \"{class}\" tidak punya tarif: kendaraannya tidak dapat keluar"));
    }
    if tariff.rules.is_empty() {
        found.error("rules", "tidak ada tarif satu pun".into());
    }
    for (class, rule) in &tariff.rules {
        let path = format!("rules.{class}");
        if !classes.contains(class) {
            found.warn(&path, format!("jenis \"{class}\" tidak dikenal; yang ada: {}", classes.join(", ")));
        }
        found.rule(&path, rule);
        found.multiples(&path, rule, tariff);
    }
    for (place, special) in tariff.special.iter().enumerate() {
        found.special(&format!("special.{place}"), special, tariff);
    }
    found.hours(tariff);
    for (group, member) in &tariff.members {
        let path = format!("members.{group}");
        match member {
            Member::Free(_) => {}
            Member::Percent(percent) if *percent > 100 => {
                found.error(&format!("{path}.percent"), format!("{percent}% lebih dari seluruh tarif"));
            }
            Member::Percent(_) => {}
            Member::Rules(rules) => {
                for (class, own) in rules {
                    let path = format!("{path}.rules.{class}");
                    found.rule(&path, own);
                    if own.prepaid {
                        let text = "bayar di depan berlaku per jenis: tulis di [rules], bukan di members";
                        found.warn(&format!("{path}.prepaid"), text.into());
                    }
                    match tariff.rules.get(class) {
                        None => found.warn(&path, format!("tarif umum tidak punya jenis \"{class}\"")),
                        Some(all) if own.price.first() > all.price.first() => {
                            found.warn(&path, "anggota membayar lebih mahal daripada umum".into());
                        }
                        Some(_) => {}
                    }
                }
            }
        }
    }
    if tariff.rounding.is_some_and(|r| r.to == 0) {
        found.error("rounding.to", "0: isi 100, 500 atau 1000".into());
    }
    if let Some(Tax { basis_points, .. }) = tariff.tax {
        if basis_points > 10_000 {
            found.error("tax.basis_points", format!("{basis_points}: 1000 berarti 10%"));
        } else if basis_points > MOST_TAX {
            found.warn("tax.basis_points", "lebih dari 10%, batas PBJT parkir (UU 1/2022 pasal 58)".into());
        }
    }
    found.0.sort_by_key(|f| f.level);
    found.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn error(&mut self, path: &str, text: String) {
        self.0.push(Finding { level: Level::Error, path: path.to_owned(), text });
    }

    fn warn(&mut self, path: &str, text: String) {
        self.0.push(Finding { level: Level::Warning, path: path.to_owned(), text });
    }

    fn no_less_than_zero(&mut self, path: &str, named: &[(&str, Option<Rupiah>)]) {
        for (key, amount) in named {
            if let Some(amount) = amount.filter(|a| *a < Rupiah::ZERO) {
                self.error(&format!("{path}.{key}"), format!("{amount}: kurang dari nol"));
            }
        }
    }

    fn price(&mut self, path: &str, price: Price) {
        let Price::Blocks { first_minutes, first_fee, next_minutes, next_fee } = price else {
            let Price::Flat(fee) = price else { return };
            return self.no_less_than_zero(path, &[("flat_fee", Some(fee))]);
        };
        self.no_less_than_zero(path, &[("first_fee", Some(first_fee)), ("next_fee", Some(next_fee))]);
        for (key, minutes) in [("first_minutes", first_minutes), ("next_minutes", next_minutes)] {
            if minutes == 0 {
                self.error(&format!("{path}.{key}"), "0 menit: isi sedikitnya 1".into());
            } else if minutes > 1440 {
                self.warn(
                    &format!("{path}.{key}"),
                    "lebih dari 24 jam: setiap hari mulai dengan blok pertama".into(),
                );
            }
        }
        let dearer = next_fee.0.saturating_mul(i64::from(first_minutes))
            > first_fee.0.saturating_mul(i64::from(next_minutes));
        if dearer && first_fee > Rupiah::ZERO {
            self.warn(
                &format!("{path}.next_fee"),
                "blok berikutnya lebih mahal per menit daripada yang pertama".into(),
            );
        }
        if next_fee == Rupiah::ZERO && next_minutes > 0 {
            self.warn(
                &format!("{path}.next_fee"),
                "blok berikutnya gratis; untuk tarif sekali parkir pakai flat_fee".into(),
            );
        }
    }

    fn rule(&mut self, path: &str, rule: &Rule) {
        self.price(path, rule.price);
        let night = rule.overnight.map(|o| o.fee);
        self.no_less_than_zero(
            path,
            &[
                ("daily_cap", rule.daily_cap),
                ("overnight.fee", night),
                ("lost_fine", Some(rule.lost_fine)),
                ("lost_fee", rule.lost_fee),
            ],
        );
        if rule.grace_minutes >= 1440 {
            self.error(&format!("{path}.grace_minutes"), "gratis sehari penuh atau lebih".into());
        } else if let Price::Blocks { first_minutes, .. } = rule.price
            && rule.grace_minutes >= first_minutes
            && !rule.grace_always
        {
            self.warn(&format!("{path}.grace_minutes"), "gratis lebih lama daripada blok pertama".into());
        }
        let first = rule.price.first();
        if let Some(cap) = rule.daily_cap {
            let at = format!("{path}.daily_cap");
            match rule.price {
                Price::Flat(_) => self.error(&at, "flat_fee tidak perlu batas per hari".into()),
                Price::Blocks { .. } if cap < first => {
                    self.error(&at, format!("{cap}: kurang dari blok pertama ({first})"));
                }
                Price::Blocks { .. } => match rule.price.of_a_day() {
                    day if cap >= day => {
                        self.warn(&at, format!("{cap}: tidak pernah tercapai, 24 jam penuh hanya {day}"));
                    }
                    _ => {}
                },
            }
        }
        if first > Rupiah::ZERO && rule.lost_fine > first * FINE_TIMES {
            let text = format!("{}: lebih dari {FINE_TIMES} kali blok pertama ({first})", rule.lost_fine);
            self.warn(&format!("{path}.lost_fine"), text);
        }
    }

    fn multiples(&mut self, path: &str, rule: &Rule, tariff: &Tariff) {
        let to = tariff.rounding.map_or(100, |r| i64::from(r.to.max(1)));
        let (flat, (_, first, _, next)) = rule.price.written();
        let amounts = [
            ("flat_fee", flat),
            ("first_fee", first),
            ("next_fee", next),
            ("daily_cap", rule.daily_cap),
            ("lost_fine", Some(rule.lost_fine)),
        ];
        for (key, amount) in amounts {
            if let Some(amount) = amount.filter(|a| a.0 % to != 0) {
                let text = format!("{amount}: bukan kelipatan {}", Rupiah(to).plain());
                self.warn(&format!("{path}.{key}"), text);
            }
        }
    }

    fn special(&mut self, path: &str, special: &Special, tariff: &Tariff) {
        self.price(path, special.price);
        self.no_less_than_zero(path, &[("daily_cap", special.daily_cap)]);
        for class in special.classes.iter().filter(|class| !tariff.rules.contains_key(*class)) {
            self.error(&format!("{path}.classes"), format!("jenis \"{class}\" tidak punya tarif"));
        }
        if special.days.is_empty() && special.dates.is_empty() && special.hours.is_none() {
            self.warn(path, format!("\"{}\" selalu berlaku: isi days, dates atau hours", special.name));
        }
        if special.name.trim().is_empty() {
            self.error(&format!("{path}.name"), "kosong: namanya tampil di struk".into());
        }
        if let Some(cap) = special.daily_cap
            && cap < special.price.first()
        {
            self.error(
                &format!("{path}.daily_cap"),
                format!("{cap}: kurang dari blok pertama ({})", special.price.first()),
            );
        }
        let flat = tariff.rules.iter().find(|(class, rule)| {
            special.holds == Holds::Hours && special.is_for(class) && matches!(rule.price, Price::Flat(_))
        });
        if let Some((class, _)) = flat {
            let text = format!(
                "\"{class}\" bertarif sekali parkir: pakai holds = \"stay\", kalau tidak keduanya ditagih"
            );
            self.warn(path, text);
        }
    }

    /// Hours of the same days that overlap, or leave a gap nobody meant.
    fn hours(&mut self, tariff: &Tariff) {
        for (place, one) in tariff.special.iter().enumerate() {
            let Some(a) = one.hours else { continue };
            let path = format!("special.{place}.hours");
            let same = |two: &Special| two.holds == one.holds && two.days == one.days && two.dates == one.dates;
            let meets = |two: &Special| one.classes == two.classes && same(two);
            let (mut gap, mut covered) = (None, false);
            for (other, two) in tariff.special.iter().enumerate().filter(|(other, _)| *other != place) {
                let Some(b) = two.hours.filter(|_| meets(two)) else { continue };
                if other < place && overlap(a, b) {
                    let text = format!("bertumpuk dengan \"{}\"; yang lebih dulu tertulis yang berlaku", two.name);
                    self.warn(&path, text);
                }
                let after = (b.from + 1440 - a.to % 1440) % 1440;
                covered |= after == 0;
                if (1..=NEARLY).contains(&after) {
                    gap = Some((two.name.clone(), after));
                }
            }
            if let Some((name, minutes)) = gap.filter(|_| !covered) {
                let text =
                    format!("ada celah {minutes} menit sampai \"{name}\"; di sana tarif biasa yang berlaku");
                self.warn(&path, text);
            }
        }
    }
}

fn overlap(a: Hours, b: Hours) -> bool {
    let parts = |h: Hours| if h.from < h.to { [(h.from, h.to), (0, 0)] } else { [(h.from, 1440), (0, h.to)] };
    parts(a).iter().any(|(from, to)| parts(b).iter().any(|(f, t)| from.max(f) < to.min(t)))
}

impl Price {
    pub(super) fn first(self) -> Rupiah {
        match self {
            Self::Flat(fee) => fee,
            Self::Blocks { first_fee, .. } => first_fee,
        }
    }

    /// Of 24 hours, without a cap.
    fn of_a_day(self) -> Rupiah {
        match self {
            Self::Flat(fee) => fee,
            Self::Blocks { first_minutes, first_fee, next_minutes, next_fee } => {
                let rest = 1440_u32.saturating_sub(first_minutes);
                first_fee + next_fee * i64::from(rest.div_ceil(next_minutes.max(1)))
            }
        }
    }
}
