//! A tariff version as a file (TOML): rules, special times, members, rounding, tax, and golden cases that it must meet.
//! What stands there is the version as the domain holds it, without its number.

use super::{ConfigError, words};
use crate::domain::money::Rupiah;
use crate::domain::tariff::{
    Calendar, CalendarDay, FeeError, FeeRequest, Finding, Lost, Member, Rounding, Rule, Special, Tariff, Tax,
    Voucher,
};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};
use std::collections::{BTreeMap, BTreeSet};

/// A file that was read; it may still be a bad tariff (`domain::tariff::check`).
#[derive(Clone, Debug)]
pub struct TariffFile {
    /// Version 0: the centre numbers it.
    pub tariff: Tariff,
    /// Whether the file says from when; else `tariff.effective_from` is 1970.
    pub dated: bool,
    pub cases: Vec<Case>,
    text: String,
}

/// One stay and what it must cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub class: String,
    /// As `moment` reads it.
    #[serde(rename = "in")]
    pub entered: String,
    #[serde(rename = "out")]
    pub left: String,
    pub total: Rupiah,
    #[serde(default)]
    pub lost: Option<Lost>,
    #[serde(default)]
    pub member: Option<String>,
    #[serde(default, deserialize_with = "voucher")]
    pub voucher: Option<Voucher>,
    /// Free of charge: why.
    #[serde(default)]
    pub free: Option<String>,
    /// The lines' texts and amounts, where they matter: `jam pertama = 5.000`.
    #[serde(default)]
    pub lines: Option<Vec<String>>,
    /// Rupiah of the total that are tax.
    #[serde(default)]
    pub tax: Option<Rupiah>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    name: String,
    #[serde(default)]
    effective_from: Option<String>,
    rules: BTreeMap<String, Rule>,
    #[serde(default)]
    special: Vec<Special>,
    #[serde(default)]
    members: BTreeMap<String, Member>,
    #[serde(default)]
    rounding: Option<Rounding>,
    #[serde(default)]
    tax: Option<Tax>,
    #[serde(default)]
    holidays: BTreeSet<CalendarDay>,
    #[serde(default)]
    case: Vec<Case>,
}

fn voucher<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Voucher>, D::Error> {
    let text = String::deserialize(from)?;
    let read = Voucher::read(&text);
    read.map(Some).ok_or_else(|| words::wrong(format!("voucher \"{text}\": tulis 5000, 50%, 60m atau gratis")))
}

/// Reads `2027-01-31 07:30` or `2027-01-31T07:30:00` by the site's clock, a bare day as its midnight, and RFC 3339 with
/// an offset.
pub fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|day| day.at(0, 0, 0, 0))).ok()?;
    zone.to_timestamp(civil).ok()
}

impl TariffFile {
    /// Reads a text; `file` is the name an error is told with.
    pub fn read(text: &str, file: &str, zone: &TimeZone) -> Result<Self, ConfigError> {
        let wrong = |line, message| ConfigError::Wrong { file: file.to_owned(), line, message };
        let read: File = toml::from_str(text).map_err(|e| wrong(words::line(text, e.span()), words::say(&e)))?;
        let from = match &read.effective_from {
            None => None,
            Some(told) => Some(moment(told, zone).ok_or_else(|| {
                let line = words::line_of_path(text, "effective_from");
                wrong(line, format!("waktu \"{told}\": tulis seperti \"2027-01-31 00:00\""))
            })?),
        };
        let File { name, rules, special, members, rounding, tax, holidays, case, .. } = read;
        let effective_from = from.unwrap_or(Timestamp::UNIX_EPOCH);
        let tariff = Tariff { version: 0, effective_from, rules, name, special, members, rounding, tax, holidays };
        Ok(Self { tariff, dated: from.is_some(), cases: case, text: text.to_owned() })
    }

    /// The line of the file a finding is about.
    pub fn line(&self, finding: &Finding) -> usize {
        words::line_of_path(&self.text, &finding.path)
    }

    /// The line a case begins on.
    pub fn line_of_case(&self, place: usize) -> usize {
        words::line_of_path(&self.text, &format!("case.{place}"))
    }
}

impl Case {
    /// What is wrong with this case under a tariff; `None` when it holds.
    pub fn failing(&self, tariff: &Tariff, calendar: &Calendar) -> Option<String> {
        let at =
            |text: &str| moment(text, &calendar.zone).ok_or_else(|| format!("waktu \"{text}\" tidak terbaca"));
        let (entered, left) = match (at(&self.entered), at(&self.left)) {
            (Ok(entered), Ok(left)) => (entered, left),
            (Err(why), _) | (_, Err(why)) => return Some(why),
        };
        let request = FeeRequest {
            lost: self.lost,
            member: self.member.as_deref(),
            voucher: self.voucher,
            free: self.free.as_deref(),
            ..FeeRequest::plain(&self.class, entered, left, calendar)
        };
        let fee = match tariff.charge(&request) {
            Ok(fee) => fee,
            Err(FeeError::NoRule { class, .. }) => return Some(format!("jenis \"{class}\" tidak punya tarif")),
            Err(FeeError::EntryAfterExit) => return Some("masuk sesudah keluar".into()),
            Err(FeeError::Implausible { days }) => return Some(format!("{days} hari tidak wajar")),
        };
        let lines: Vec<String> = fee.lines.iter().map(|l| format!("{} = {}", l.text, l.amount.plain())).collect();
        if fee.total != self.total {
            return Some(format!("menjadi {}, seharusnya {} ({})", fee.total, self.total, lines.join("; ")));
        }
        if self.lines.as_ref().is_some_and(|wished| *wished != lines) {
            return Some(format!("barisnya: {}", lines.join("; ")));
        }
        let tax = fee.tax.map(|tax| tax.amount);
        (self.tax.is_some() && self.tax != tax).then(|| format!("pajaknya {}", tax.unwrap_or_default()))
    }
}
