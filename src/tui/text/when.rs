//! Times and spans as people say them: `14.05`, `22 Nov 2026`, `2 jam 11 menit`; and reading a time a driver states.

use super::Words;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

/// `14.05`
pub fn clock(words: &Words, at: &Zoned) -> String {
    format!("{:02}{}{:02}", at.hour(), words.common.clock, at.minute())
}

/// `14.05` in the site's zone.
pub fn clock_at(words: &Words, at: Timestamp, zone: &TimeZone) -> String {
    clock(words, &at.to_zoned(zone.clone()))
}

/// `22 Nov 2026`
pub fn date(words: &Words, at: &Zoned) -> String {
    let month = usize::try_from(at.month()).unwrap_or(1).saturating_sub(1);
    format!("{} {} {}", at.day(), words.common.months[month.min(11)], at.year())
}

/// The zone's short name: `WIB`.
pub fn zone_name(at: &Zoned) -> String {
    at.strftime("%Z").to_string()
}

/// The time alone when it was today, else day and month before it: `22 Nov 14.05`.
pub fn brief(words: &Words, at: Timestamp, now: &Zoned) -> String {
    let at = at.to_zoned(now.time_zone().clone());
    if at.date() == now.date() {
        return clock(words, &at);
    }
    let month = usize::try_from(at.month()).unwrap_or(1).saturating_sub(1);
    format!("{} {} {}", at.day(), words.common.months[month.min(11)], clock(words, &at))
}

/// `2 jam 11 menit`, `3 hari 4 jam`; whole minutes, begun ones count.
pub fn span(words: &Words, seconds: i64) -> String {
    let c = &words.common;
    let minutes = (seconds.max(0) + 59) / 60;
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{rest} {}", c.minute),
        (0, _) => format!("{hours} {} {rest} {}", c.hour, c.minute),
        _ => format!("{days} {} {hours} {}", c.day, c.hour),
    }
}

/// Why a stated time was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadTime {
    Unreadable,
    Future,
}

/// Reads `14.05` (today, or yesterday if that lies ahead) or `21/11 14.05` (this year, or the last one).
pub fn stated(text: &str, now: &Zoned) -> Result<Timestamp, BadTime> {
    let mut words = text.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    if words.next().is_some() {
        return Err(BadTime::Unreadable);
    }
    let (day, time) = match second {
        Some(time) => (Some(day(first, now)?), time),
        None => (None, first),
    };
    let time = time_of_day(time)?;
    let zone = now.time_zone();
    let at = |date: Date| date.to_datetime(time).to_zoned(zone.clone()).map_err(|_| BadTime::Unreadable);
    let stated = match day {
        Some(date) => at(date)?,
        None => {
            let today = at(now.date())?;
            if today > *now { at(now.date().saturating_sub(Span::new().days(1)))? } else { today }
        }
    };
    if stated > *now { Err(BadTime::Future) } else { Ok(stated.timestamp()) }
}

fn two(text: &str, signs: [char; 2]) -> Result<(i8, i8), BadTime> {
    let (a, b) = text.split_once(signs).ok_or(BadTime::Unreadable)?;
    let number = |t: &str| match t.len() {
        1 | 2 => t.parse::<i8>().map_err(|_| BadTime::Unreadable),
        _ => Err(BadTime::Unreadable),
    };
    Ok((number(a)?, number(b)?))
}

fn day(text: &str, now: &Zoned) -> Result<Date, BadTime> {
    let (day, month) = two(text, ['/', '-'])?;
    let this = Date::new(now.year(), month, day).map_err(|_| BadTime::Unreadable)?;
    if this > now.date() {
        return Date::new(now.year() - 1, month, day).map_err(|_| BadTime::Unreadable);
    }
    Ok(this)
}

fn time_of_day(text: &str) -> Result<Time, BadTime> {
    let (hour, minute) = two(text, ['.', ':'])?;
    Time::new(hour, minute, 0, 0).map_err(|_| BadTime::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_time_a_driver_states() {
        let now: Zoned = "2026-01-02T14:05:00+07:00[Asia/Jakarta]".parse().unwrap();
        for (text, expected) in [
            ("13.05", "2026-01-02T13:05:00+07:00"),
            ("13:05", "2026-01-02T13:05:00+07:00"),
            ("23.10", "2026-01-01T23:10:00+07:00"),
            ("1/1 9.00", "2026-01-01T09:00:00+07:00"),
            ("31/12 09.00", "2025-12-31T09:00:00+07:00"),
        ] {
            assert_eq!(stated(text, &now), Ok(expected.parse().unwrap()), "{text}");
        }
        for bad in ["", "25.00", "13", "13.5.0", "32/1 10.00", "kemarin", "29/2 10.00", "1.234", "13.-5"] {
            assert_eq!(stated(bad, &now), Err(BadTime::Unreadable), "{bad}");
        }
        assert_eq!(stated("2/1 15.00", &now), Err(BadTime::Future));
    }
}
