//! Business days: which day's books a moment belongs to.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};

/// The business day of a moment: the calendar day of the site's zone, begun `cutoff_minutes` after midnight.
pub fn business_day(at: Timestamp, zone: &TimeZone, cutoff_minutes: u16) -> Date {
    let shifted = at.checked_sub(i64::from(cutoff_minutes).minutes()).unwrap_or(at);
    shifted.to_zoned(zone.clone()).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_in_the_morning_belongs_to_yesterday_with_a_cutoff_at_four() {
        let zone = TimeZone::get("Asia/Jakarta").unwrap();
        let at: Timestamp = "2026-11-22T03:00:00+07:00".parse().unwrap();
        assert_eq!(business_day(at, &zone, 240).to_string(), "2026-11-21");
        assert_eq!(business_day(at, &zone, 0).to_string(), "2026-11-22");
    }
}
