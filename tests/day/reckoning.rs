//! What the day must come to, reckoned here and not by parkir: whole rupiah, whole seconds, one plain formula.

use std::collections::BTreeMap;

/// First and next hour, cap of 24 hours, minutes of grace, and the fine of a lost ticket.
pub struct Price(pub i64, pub i64, pub i64, pub i64, pub i64);

/// The tariff of the day: what tests/day/story.rs writes into the file that is added.
pub fn today(class: &str) -> Price {
    match class {
        "motor" => Price(2000, 1000, 10_000, 10, 10_000),
        "mobil" => Price(5000, 2000, 25_000, 10, 20_000),
        "truk" => Price(10_000, 5000, 60_000, 0, 30_000),
        _ => Price(15_000, 5000, 80_000, 0, 30_000),
    }
}

/// Of vehicles taken in from a list: the built-in tariff, which stands at the centre as the first.
pub fn before(class: &str) -> Price {
    match class {
        "motor" => Price(2000, 1000, 10_000, 10, 0),
        "mobil" => Price(5000, 2000, 25_000, 10, 0),
        _ => Price(10_000, 5000, 60_000, 10, 0),
    }
}

impl Price {
    pub fn of(&self, seconds: i64) -> i64 {
        let Self(first, next, cap, grace, _) = *self;
        if seconds <= grace * 60 {
            return 0;
        }
        let days = seconds / 86_400;
        let rest = seconds % 86_400;
        // Each new window of 24 hours begins with a first hour of its own.
        let last = if rest == 0 { 0 } else { (first + next * ((rest + 3599) / 3600 - 1)).min(cap) };
        days * cap + last
    }
}

/// The exits of one shift that stand.
#[derive(Default, Debug)]
pub struct Takings {
    /// By method: how many, how much.
    pub by_method: BTreeMap<String, (i64, i64)>,
    pub voided: (i64, i64),
    pub fines: i64,
}

impl Takings {
    pub fn add(&mut self, method: &str, fee: i64) {
        let line = self.by_method.entry(method.to_owned()).or_default();
        *line = (line.0 + 1, line.1 + fee);
    }

    pub fn takes_back(&mut self, method: &str, fee: i64) {
        let line = self.by_method.get_mut(method).unwrap();
        *line = (line.0 - 1, line.1 - fee);
        self.voided = (self.voided.0 + 1, self.voided.1 + fee);
    }

    pub fn moves(&mut self, from: &str, to: &str, fee: i64) {
        let line = self.by_method.get_mut(from).unwrap();
        *line = (line.0 - 1, line.1 - fee);
        self.add(to, fee);
    }

    pub fn cash(&self) -> i64 {
        self.by_method.get("tunai").map_or(0, |line| line.1)
    }

    pub fn total(&self) -> i64 {
        self.by_method.values().map(|line| line.1).sum()
    }

    pub fn count(&self) -> i64 {
        self.by_method.values().map(|line| line.0).sum()
    }
}

/// `Rp 1.234.000` as people write it.
pub fn rupiah(amount: i64) -> String {
    let digits = amount.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    format!("Rp {text}")
}

/// How many of each piece a till of this much holds, largest first.
pub fn pieces(mut amount: i64) -> Vec<i64> {
    [100_000, 50_000, 20_000, 10_000, 5000, 2000, 1000]
        .into_iter()
        .map(|value| {
            let count = amount / value;
            amount %= value;
            count
        })
        .collect()
}

#[test]
fn the_reckoning_knows_the_cases_of_the_research() {
    let price = Price(5000, 2000, 25_000, 10, 0);
    for (seconds, fee) in
        [(600, 0), (601, 5000), (3600, 5000), (3601, 7000), (7201, 9000), (86_400, 25_000), (86_401, 30_000)]
    {
        assert_eq!(price.of(seconds), fee, "{seconds}");
    }
    assert_eq!(
        (rupiah(1_234_000), rupiah(500), pieces(207_000)),
        ("Rp 1.234.000".into(), "Rp 500".into(), vec![2, 0, 0, 0, 1, 1, 0])
    );
}
