//! The reckoning as it was before special times, nights and discounts, kept to compare with.

use proptest::prelude::*;
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Rule {
    grace_minutes: u32,
    first_minutes: u32,
    first_fee: i64,
    next_minutes: u32,
    next_fee: i64,
    daily_cap: Option<i64>,
}

prop_compose! {
    pub fn rules()(
        grace_minutes in 0_u32..90,
        first_minutes in 1_u32..300,
        first_fee in 0_i64..20_000,
        next_minutes in 1_u32..300,
        next_fee in 0_i64..10_000,
        daily_cap in proptest::option::of(0_i64..80_000),
    ) -> Rule {
        Rule { grace_minutes, first_minutes, first_fee, next_minutes, next_fee, daily_cap }
    }
}

fn plain(amount: i64) -> String {
    parkir::domain::money::Rupiah(amount).plain()
}

fn span(minutes: u32) -> String {
    match minutes {
        60 => "jam".to_owned(),
        m if m % 60 == 0 => format!("{} jam", m / 60),
        m => format!("{m} menit"),
    }
}

fn times(count: u32, what: String, unit: i64) -> String {
    if count > 1 { format!("{count} x {what} @ {}", plain(unit)) } else { what }
}

impl Rule {
    /// Count, minutes, amount, text.
    pub fn lines(&self, seconds: i64) -> Vec<(u32, u32, i64, String)> {
        if seconds <= i64::from(self.grace_minutes) * 60 {
            return vec![(1, self.grace_minutes, 0, format!("Gratis sampai {} menit", self.grace_minutes))];
        }
        let (mut first, mut next, mut capped) = (0_u32, 0_u32, 0_u32);
        let mut rest = seconds;
        while rest > 0 {
            let window = rest.min(86_400);
            rest -= window;
            let after = window - i64::from(self.first_minutes) * 60;
            let block = i64::from(self.next_minutes) * 60;
            let blocks = if after <= 0 { 0 } else { u32::try_from((after + block - 1) / block).unwrap() };
            let plain = self.first_fee + self.next_fee * i64::from(blocks);
            if self.daily_cap.is_some_and(|cap| plain > cap) {
                capped += 1;
            } else {
                first += 1;
                next += blocks;
            }
        }
        let cap = self.daily_cap.unwrap_or_default();
        let all = [
            (capped, 1440, cap, times(capped, "Maksimum per 24 jam".into(), cap)),
            (
                first,
                self.first_minutes,
                self.first_fee,
                times(first, format!("{} pertama", span(self.first_minutes)), self.first_fee),
            ),
            (
                next,
                self.next_minutes,
                self.next_fee,
                format!("{next} x {} berikutnya @ {}", span(self.next_minutes), plain(self.next_fee)),
            ),
        ];
        all.into_iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, m, unit, text)| (n, m, unit * i64::from(n), text))
            .collect()
    }
}
