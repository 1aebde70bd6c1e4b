//! What the time itself costs: blocks, windows and their cap, special times, nights. All in whole seconds.
//!
//! Where no special hours can hold it is reckoned in closed form, window by window alike; else block by block, each
//! with the price that holds where it begins.

use super::Tariff;
use super::calendar::{Calendar, CalendarDay, DAY, Holds, Special};
use super::lines::{Item, LineKind};
use super::rule::{Day, Price, Rule};
use crate::domain::money::Rupiah;

/// A stay by the site's clock: `entered` is what it showed, `seconds` how long it lasts.
#[derive(Clone, Copy)]
pub(super) struct Time<'a> {
    pub calendar: &'a Calendar,
    /// The special times that may hold for it.
    pub specials: &'a [Special],
    pub entered: i64,
    pub seconds: i64,
}

/// Blocks of one price.
#[derive(Clone, Copy, Default)]
struct Counts {
    first: u32,
    next: u32,
    flat: u32,
}

/// The price a stay has by itself, whose it is, and its cap.
#[derive(Clone, Copy)]
struct Base {
    price: Price,
    special: Option<usize>,
    cap: Option<Rupiah>,
}

/// Puts the items of a stay behind `items`, and gives their sum.
pub(super) fn parking(tariff: &Tariff, class: &str, rule: &Rule, time: Time<'_>, items: &mut Vec<Item>) -> Rupiah {
    let begun = items.len();
    let grace = i64::from(rule.grace_minutes) * 60;
    if time.seconds <= grace {
        items.push(Item { minutes: rule.grace_minutes, ..Item::one(LineKind::Grace, Rupiah::ZERO) });
        return Rupiah::ZERO;
    }
    let free = if rule.grace_always { grace } else { 0 };
    if free > 0 {
        items.push(Item { minutes: rule.grace_minutes, ..Item::one(LineKind::FreeMinutes, Rupiah::ZERO) });
    }
    let stay = Stay { tariff, class, time, free, day: rule.day };
    let base = stay.base(rule);
    if time.specials.iter().any(|s| s.holds == Holds::Hours && s.is_for(class)) && base.special.is_none() {
        stay.walk(base, items);
    } else {
        stay.closed(base, items);
    }
    if let Some(night) = rule.overnight {
        let nights = if time.seconds <= i64::from(night.after_minutes) * 60 { 0 } else { time.nights(night.by) };
        if nights > 0 {
            items.push(Item { count: nights, minutes: 1440, ..Item::one(LineKind::Overnight, night.fee) });
        }
    }
    items[begun..].iter().map(Item::amount).sum()
}

impl Time<'_> {
    fn nights(&self, by: Day) -> u32 {
        let from = if by == Day::Midnight { self.entered.rem_euclid(DAY) } else { 0 };
        small((from + self.seconds - 1).div_euclid(DAY))
    }
}

struct Stay<'a> {
    tariff: &'a Tariff,
    class: &'a str,
    time: Time<'a>,
    /// Seconds from entry that are free.
    free: i64,
    day: Day,
}

impl Stay<'_> {
    fn is_holiday(&self, day: CalendarDay) -> bool {
        self.time.calendar.holidays.contains(&day) || self.tariff.holidays.contains(&day)
    }

    /// The special time in force at a local second: its place, and when it ends.
    fn special(&self, holds: Holds, local: i64) -> Option<(usize, i64)> {
        let all = self.time.specials.iter().enumerate();
        all.filter(|(_, s)| s.holds == holds && s.is_for(self.class))
            .find_map(|(place, s)| Some((place, s.until(local, |day| self.is_holiday(day))?)))
    }

    fn base(&self, rule: &Rule) -> Base {
        match self.special(Holds::Stay, self.time.entered).map(|(place, _)| (place, &self.time.specials[place])) {
            Some((place, s)) => {
                let own = if matches!(s.price, Price::Flat(_)) { None } else { rule.daily_cap };
                Base { price: s.price, special: Some(place), cap: s.daily_cap.or(own) }
            }
            None => Base { price: rule.price, special: None, cap: rule.daily_cap },
        }
    }

    /// Seconds from entry to the end of the first window.
    fn first_window(&self) -> i64 {
        match self.day {
            Day::Hours24 => DAY,
            Day::Midnight => DAY - self.time.entered.rem_euclid(DAY),
        }
    }

    /// Windows of equal length are equally dear: the first, whole ones between, the last.
    fn closed(&self, base: Base, items: &mut Vec<Item>) {
        let Base { price, special, cap } = base;
        let Price::Blocks { first_minutes, first_fee, next_minutes, next_fee } = price else {
            let Price::Flat(fee) = price else { return };
            let fee = cap.map_or(fee, |cap| fee.min(cap));
            return items.push(Item { special, ..Item::one(LineKind::Flat, fee) });
        };
        let (mut first, mut next, mut capped) = (0_u32, 0_u32, 0_u32);
        let mut window = |seconds: i64, times: u32| {
            if seconds <= 0 || times == 0 {
                return;
            }
            let blocks = blocks_after_first(seconds, first_minutes, next_minutes);
            let plain = first_fee + next_fee * i64::from(blocks);
            if cap.is_some_and(|cap| plain > cap) {
                capped = capped.saturating_add(times);
            } else {
                first = first.saturating_add(times);
                next = next.saturating_add(blocks.saturating_mul(times));
            }
        };
        let opening = self.first_window().min(self.time.seconds);
        window(opening - self.free, 1);
        let rest = self.time.seconds - opening;
        if rest > 0 {
            // The free minutes may reach beyond a first window that ends at midnight.
            let left_over = (self.free - opening).clamp(0, DAY);
            if left_over > 0 {
                window(rest.min(DAY) - left_over, 1);
            }
            let rest = if left_over > 0 { (rest - DAY).max(0) } else { rest };
            let whole = (rest - 1).max(0) / DAY;
            window(DAY, small(whole));
            window(rest - whole * DAY, 1);
        }
        let mut push = |kind, count, minutes, unit| {
            if count > 0 {
                items.push(Item { kind, count, minutes, unit, special });
            }
        };
        push(LineKind::Cap, capped, 1440, cap.unwrap_or_default());
        push(LineKind::First, first, first_minutes, first_fee);
        push(LineKind::Next, next, next_minutes, next_fee);
    }

    /// Block by block: each costs what holds where it begins, a first one where its window begins.
    fn walk(&self, base: Base, items: &mut Vec<Item>) {
        let specials = self.time.specials;
        // The class's own price stands behind the special ones.
        let own = specials.len();
        let price = |place: usize| specials.get(place).map_or(base.price, |s| s.price);
        let mut sums = vec![Counts::default(); own + 1];
        let mut window = sums.clone();
        let (mut capped, mut over) = (0_u32, false);
        let (mut opens, mut closes) = (0, self.first_window());
        // A flat price covers its special time also where a window ends in it.
        let mut paid = self.free;
        while opens < self.time.seconds && !over {
            window.fill(Counts::default());
            let (mut at, mut sum, mut is_first) = (opens.max(paid), Rupiah::ZERO, true);
            let end = closes.min(self.time.seconds);
            while at < end {
                let held = self.special(Holds::Hours, self.time.entered + at);
                let place = held.map_or(own, |(place, _)| place);
                let counts = &mut window[place];
                match (price(place), held) {
                    (Price::Flat(fee), Some((_, until))) => {
                        counts.flat += 1;
                        sum += fee;
                        paid = until - self.time.entered;
                        at = paid;
                    }
                    // Once for the stay: nothing comes behind it.
                    (Price::Flat(fee), None) => {
                        counts.flat += 1;
                        sum += fee;
                        (at, over) = (end, true);
                    }
                    (Price::Blocks { first_minutes, first_fee, .. }, _) if is_first => {
                        counts.first += 1;
                        sum += first_fee;
                        at += i64::from(first_minutes.max(1)) * 60;
                    }
                    (Price::Blocks { next_minutes, next_fee, .. }, _) => {
                        counts.next += 1;
                        sum += next_fee;
                        at += i64::from(next_minutes.max(1)) * 60;
                    }
                }
                is_first = false;
            }
            if base.cap.is_some_and(|cap| sum > cap) {
                capped += 1;
            } else {
                for (sum, new) in sums.iter_mut().zip(&window) {
                    sum.first += new.first;
                    sum.next += new.next;
                    sum.flat += new.flat;
                }
            }
            (opens, closes) = (closes, closes + DAY);
        }
        if capped > 0 {
            let unit = base.cap.unwrap_or_default();
            items.push(Item { count: capped, minutes: 1440, ..Item::one(LineKind::Cap, unit) });
        }
        for place in std::iter::once(own).chain(0..own) {
            let special = (place < own).then_some(place);
            let mut push = |kind, count, minutes, unit| {
                if count > 0 {
                    items.push(Item { kind, count, minutes, unit, special });
                }
            };
            match price(place) {
                Price::Flat(fee) if place < own => push(LineKind::Special, sums[place].flat, 0, fee),
                Price::Flat(fee) => push(LineKind::Flat, sums[place].flat, 0, fee),
                Price::Blocks { first_minutes, first_fee, next_minutes, next_fee } => {
                    push(LineKind::First, sums[place].first, first_minutes, first_fee);
                    push(LineKind::Next, sums[place].next, next_minutes, next_fee);
                }
            }
        }
    }
}

/// Blocks started after the first one, within one window.
fn blocks_after_first(seconds: i64, first_minutes: u32, next_minutes: u32) -> u32 {
    let after = seconds - i64::from(first_minutes.max(1)) * 60;
    if after <= 0 {
        return 0;
    }
    let block = i64::from(next_minutes.max(1)) * 60;
    small((after + block - 1) / block)
}

fn small(count: i64) -> u32 {
    u32::try_from(count.max(0)).unwrap_or(u32::MAX)
}
