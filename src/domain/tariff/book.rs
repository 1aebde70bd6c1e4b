//! All versions a terminal knows of, those it cannot read too: what entered under one of them bears its number, and an
//! exit that can read it charges by it.

use super::Tariff;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A version with something in it that this program does not know: its number and its beginning, and the whole as told,
/// so that a newer program reads it without asking again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unread(Value);

impl Unread {
    fn version(&self) -> Option<u32> {
        u32::deserialize(self.0.get("version")?).ok()
    }

    fn effective_from(&self) -> Option<Timestamp> {
        Timestamp::deserialize(self.0.get("effective_from")?).ok()
    }
}

/// Reads versions one by one: what cannot be read hides no other. One without number or beginning is nothing.
pub fn read_versions(told: impl IntoIterator<Item = Value>) -> (Vec<Tariff>, Vec<Unread>) {
    let (mut read, mut unread) = (Vec::new(), Vec::new());
    for value in told {
        match Tariff::deserialize(&value) {
            Ok(tariff) => read.push(tariff),
            Err(_) => unread.push(Unread(value)),
        }
    }
    unread.retain(|u| u.version().is_some() && u.effective_from().is_some());
    (read, unread)
}

/// All versions a terminal knows; version 0 is always among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TariffBook {
    versions: BTreeMap<u32, Tariff>,
    unread: BTreeMap<u32, Timestamp>,
}

impl Default for TariffBook {
    fn default() -> Self {
        Self::new([])
    }
}

impl TariffBook {
    pub fn new(versions: impl IntoIterator<Item = Tariff>) -> Self {
        let mut all: BTreeMap<u32, Tariff> = versions.into_iter().map(|t| (t.version, t)).collect();
        all.entry(0).or_insert_with(Tariff::built_in);
        Self { versions: all, unread: BTreeMap::new() }
    }

    /// With versions that are known by number only.
    pub fn with_unread<'a>(mut self, unread: impl IntoIterator<Item = &'a Unread>) -> Self {
        self.unread = unread.into_iter().filter_map(|u| u.version().zip(u.effective_from())).collect();
        self
    }

    /// The version in force at a moment: the newest that had begun by then and can be read here.
    pub fn at(&self, moment: Timestamp) -> &Tariff {
        let begun = self.versions.values().filter(|t| t.effective_from <= moment);
        begun.max_by_key(|t| (t.effective_from, t.version)).unwrap_or_else(|| self.newest())
    }

    /// The number an entry at this moment bears: also of a version that cannot be read here.
    pub fn version_at(&self, moment: Timestamp) -> u32 {
        let read = self.at(moment);
        let read = (read.effective_from, read.version);
        let unread = self.unread.iter().map(|(version, from)| (*from, *version));
        unread.filter(|(from, _)| *from <= moment).fold(read, Ord::max).1
    }

    /// The version frozen at entry; where it cannot be read here the newest that can, and `false`.
    pub fn frozen(&self, version: u32) -> (&Tariff, bool) {
        self.versions.get(&version).map_or_else(|| (self.newest(), false), |t| (t, true))
    }

    /// Every version that can be read, oldest number first.
    pub fn versions(&self) -> impl Iterator<Item = &Tariff> {
        self.versions.values()
    }

    fn newest(&self) -> &Tariff {
        // `new` puts version 0 in, so there is always a last one.
        self.versions.last_key_value().map(|(_, t)| t).unwrap_or_else(|| unreachable!())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_later_version_does_not_touch_what_entered_before() {
        let mut dear = Tariff::built_in();
        dear.version = 1;
        dear.effective_from = second(1_800_000_000);
        let book = TariffBook::new([dear]);
        assert_eq!(book.at(second(1_799_999_999)).version, 0);
        assert_eq!(book.at(second(1_800_000_000)).version, 1);
        assert_eq!((book.frozen(0).0.version, book.frozen(0).1), (0, true));
        assert_eq!((book.frozen(9).0.version, book.frozen(9).1), (1, false));
    }

    #[test]
    fn a_version_nobody_can_read_here_is_frozen_by_its_number_and_charged_by_the_newest_that_can() {
        let told = json!([
            {"version": 1, "effective_from": "1970-01-01T00:00:00Z", "rules": {"mobil": {"flat_fee": 3000}}},
            {"version": 2, "effective_from": "2027-01-01T00:00:00Z", "rules": {"mobil": {"per_wheel": 500}}},
            {"version": 3, "effective_from": "2027-02-01T00:00:00Z", "rules": {}, "moon_phase": "full"},
            {"version": "x"}, null,
        ]);
        let Value::Array(told) = told else { panic!() };
        let (read, unread) = read_versions(told);
        assert_eq!((read.len(), unread.len()), (1, 2));
        let book = TariffBook::new(read).with_unread(&unread);
        let at = |text: &str| book.version_at(text.parse().unwrap());
        assert_eq!(at("2026-12-31T23:59:59Z"), 1);
        assert_eq!(at("2027-01-01T00:00:00Z"), 2);
        assert_eq!(at("2027-03-01T00:00:00Z"), 3);
        assert_eq!((book.frozen(3).0.version, book.frozen(3).1), (1, false));
        assert_eq!(book.at("2027-03-01T00:00:00Z".parse().unwrap()).version, 1);
    }
}
