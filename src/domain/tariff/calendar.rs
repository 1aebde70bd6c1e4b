//! The site's calendar as a tariff needs it: days, holidays, hours of the day, and the special times made of them.
//! Passed in as data: the domain looks at no clock and no zone file.

use super::rule::{BadPrice, Price};
use crate::domain::money::Rupiah;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

pub(super) const DAY: i64 = 86_400;

/// A calendar day, counted from 1970-01-01; `2027-01-31` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Date", into = "Date")]
pub struct CalendarDay(i64);

impl TryFrom<Date> for CalendarDay {
    type Error = jiff::Error;

    fn try_from(date: Date) -> Result<Self, jiff::Error> {
        Ok(Self(date.to_zoned(TimeZone::UTC)?.timestamp().as_second().div_euclid(DAY)))
    }
}

impl From<CalendarDay> for Date {
    fn from(day: CalendarDay) -> Self {
        // Made of a date, or of a timestamp's: jiff holds both.
        Date::constant(1970, 1, 1).saturating_add(day.0.days())
    }
}

impl fmt::Display for CalendarDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Date::from(*self).strftime("%d/%m/%Y").fmt(f)
    }
}

impl CalendarDay {
    pub(super) fn of_local(seconds: i64) -> Self {
        Self(seconds.div_euclid(DAY))
    }

    /// 0 is Monday.
    pub fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        u8::try_from((self.0 + 3).rem_euclid(7)).unwrap_or_default()
    }

    pub(super) fn local_start(self) -> i64 {
        self.0 * DAY
    }

    pub(super) fn before(self) -> Self {
        Self(self.0 - 1)
    }
}

/// Zone and holidays of the site.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub zone: TimeZone,
    pub holidays: BTreeSet<CalendarDay>,
}

impl Default for Calendar {
    /// UTC, no holidays: enough for a tariff that looks at no clock.
    fn default() -> Self {
        Self { zone: TimeZone::UTC, holidays: BTreeSet::new() }
    }
}

impl Calendar {
    /// Seconds that the site's clock shows, as if it were UTC. The offset of the entry holds for the whole stay:
    /// Indonesia's zones have no summer time.
    pub(super) fn local(&self, at: Timestamp) -> i64 {
        at.as_second() + i64::from(self.zone.to_offset(at).seconds())
    }
}

/// Which days a special time has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DayWord {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
    /// Monday to Friday, holidays excepted.
    Weekday,
    /// Saturday and Sunday.
    Weekend,
    Holiday,
}

impl DayWord {
    fn holds(self, day: CalendarDay, holiday: impl Fn(CalendarDay) -> bool) -> bool {
        match self {
            Self::Weekday => day.weekday() < 5 && !holiday(day),
            Self::Weekend => day.weekday() >= 5,
            Self::Holiday => holiday(day),
            named => day.weekday() == named as u8,
        }
    }
}

/// Minutes of the day, `06:00-09:30`; over midnight where the end is not behind the beginning. `24:00` is the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    pub from: u16,
    pub to: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tarif: jam {0:?}: tulis seperti \"06:00-09:30\"")]
pub struct BadHours(pub String);

impl TryFrom<String> for Hours {
    type Error = BadHours;

    fn try_from(text: String) -> Result<Self, BadHours> {
        let minute = |clock: &str| {
            let (hour, minute) = clock.trim().split_once(':')?;
            let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
            (minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
        };
        let read = text.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
        match read {
            Some((from, to)) if from < 1440 && to > 0 => Ok(Self { from, to }),
            Some((from, 0)) if from < 1440 => Ok(Self { from, to: 1440 }),
            _ => Err(BadHours(text)),
        }
    }
}

impl From<Hours> for String {
    fn from(h: Hours) -> Self {
        format!("{:02}:{:02}-{:02}:{:02}", h.from / 60, h.from % 60, h.to / 60, h.to % 60)
    }
}

/// How a special time takes hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// Blocks that begin within it cost its price; a flat price covers from there to its end.
    #[default]
    Hours,
    /// Who enters within it has its price for the whole stay.
    Stay,
}

/// A price of its own within hours, on days: jam sibuk, malam, akhir pekan, acara.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Special {
    pub name: String,
    /// Empty: all classes.
    pub classes: Vec<String>,
    /// `days` and `dates` both empty: every day.
    pub days: Vec<DayWord>,
    pub dates: Vec<CalendarDay>,
    /// `None`: the whole day. Hours over midnight belong to the day they begin on.
    pub hours: Option<Hours>,
    pub holds: Holds,
    pub price: Price,
    /// Only with `holds = "stay"`: in place of the class's cap.
    pub daily_cap: Option<Rupiah>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    classes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    days: Vec<DayWord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dates: Vec<CalendarDay>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hours: Option<Hours>,
    #[serde(default)]
    holds: Holds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flat_fee: Option<Rupiah>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_fee: Option<Rupiah>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_fee: Option<Rupiah>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    daily_cap: Option<Rupiah>,
}

/// Why what was written is no special time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSpecial {
    #[error(transparent)]
    Price(#[from] BadPrice),
    #[error("tarif: daily_cap di [[special]] hanya bersama holds = \"stay\"; batas per jam khusus tidak ada")]
    CapOfHours,
}

impl TryFrom<Written> for Special {
    type Error = BadSpecial;

    fn try_from(w: Written) -> Result<Self, BadSpecial> {
        let price = Price::read(w.flat_fee, (w.first_minutes, w.first_fee, w.next_minutes, w.next_fee))?;
        if w.daily_cap.is_some() && w.holds == Holds::Hours {
            return Err(BadSpecial::CapOfHours);
        }
        let Written { name, classes, days, dates, hours, holds, daily_cap, .. } = w;
        Ok(Self { name, classes, days, dates, hours, holds, price, daily_cap })
    }
}

impl From<Special> for Written {
    fn from(s: Special) -> Self {
        let (flat_fee, (first_minutes, first_fee, next_minutes, next_fee)) = s.price.written();
        let Special { name, classes, days, dates, hours, holds, daily_cap, .. } = s;
        Self {
            name,
            classes,
            days,
            dates,
            hours,
            holds,
            flat_fee,
            first_minutes,
            first_fee,
            next_minutes,
            next_fee,
            daily_cap,
        }
    }
}

impl Special {
    pub fn is_for(&self, class: &str) -> bool {
        self.classes.is_empty() || self.classes.iter().any(|c| c == class)
    }

    fn has(&self, day: CalendarDay, holiday: impl Fn(CalendarDay) -> bool) -> bool {
        let every = self.days.is_empty() && self.dates.is_empty();
        every || self.dates.contains(&day) || self.days.iter().any(|word| word.holds(day, &holiday))
    }

    /// The local second at which the special time that holds at `local` ends; `None` while none holds.
    pub(super) fn until(&self, local: i64, holiday: impl Fn(CalendarDay) -> bool) -> Option<i64> {
        let day = CalendarDay::of_local(local);
        let start = day.local_start();
        let Some(Hours { from, to }) = self.hours else {
            return self.has(day, holiday).then_some(start + DAY);
        };
        let (from, to) = (i64::from(from) * 60, i64::from(to) * 60);
        let second = local - start;
        if from < to {
            return (second >= from && second < to && self.has(day, holiday)).then_some(start + to);
        }
        if second >= from && self.has(day, &holiday) {
            return Some(start + DAY + to);
        }
        (second < to && self.has(day.before(), holiday)).then_some(start + to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CalendarDay {
        text.parse::<Date>().unwrap().try_into().unwrap()
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        assert_eq!((day("1970-01-01").0, day("2026-11-23").weekday(), day("1969-12-28").weekday()), (0, 0, 6));
        assert_eq!(day("2027-02-28").to_string(), "28/02/2027");
        assert_eq!(serde_json::to_string(&day("2026-08-17")).unwrap(), "\"2026-08-17\"");
    }

    #[test]
    fn hours_are_read_and_what_is_none_is_refused() {
        let read = |text: &str| Hours::try_from(text.to_owned());
        assert_eq!(read("06:00-09:30"), Ok(Hours { from: 360, to: 570 }));
        assert_eq!(read("22:00-6:00"), Ok(Hours { from: 1320, to: 360 }));
        assert_eq!(read("18:00-00:00"), Ok(Hours { from: 1080, to: 1440 }));
        for bad in ["", "6-9", "06:00", "24:00-06:00", "06:60-07:00", "06:00-25:00"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_they_begin_on() {
        let night: Special =
            serde_json::from_str(r#"{"name":"Malam","days":["fri"],"hours":"22:00-06:00","flat_fee":10000}"#)
                .unwrap();
        let at = |date: &str, hour: i64| day(date).local_start() + hour * 3600;
        let friday = "2026-11-27";
        assert_eq!(night.until(at(friday, 22), |_| false), Some(at("2026-11-28", 6)));
        assert_eq!(night.until(at("2026-11-28", 5), |_| false), Some(at("2026-11-28", 6)));
        for (date, hour) in [(friday, 5), (friday, 21), ("2026-11-28", 6), ("2026-11-28", 23)] {
            assert_eq!(night.until(at(date, hour), |_| false), None, "{date} {hour}");
        }
    }

    #[test]
    fn a_holiday_on_a_weekday_is_no_weekday() {
        let tuesday = day("2026-11-24");
        assert!(DayWord::Weekday.holds(tuesday, |_| false) && !DayWord::Weekday.holds(tuesday, |d| d == tuesday));
        assert!(DayWord::Tue.holds(tuesday, |_| true) && DayWord::Holiday.holds(tuesday, |d| d == tuesday));
        assert!(!DayWord::Weekend.holds(tuesday, |_| true));
    }
}
