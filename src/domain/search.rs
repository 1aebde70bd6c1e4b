//! Finding a vehicle by what somebody read off a plate or a torn ticket: every vehicle that fits, best first, each
//! with the reason why it is in the list. Never a guess: who asks chooses, unless one fits exactly and no other does.
//!
//! Source: research/domain.md 3.2 and 1.10-5 (a search by "contains" let the wrong car out).

use super::stay::Stay;
use super::{plate, ticket};
use serde::Serialize;

/// So many last characters of a ticket number are enough to look for it.
pub const TICKET_PART: usize = 4;
/// Shorter texts look like too many others.
const ALIKE_FROM: usize = 3;

/// Why a vehicle fits, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The whole plate or the whole ticket number.
    Exact,
    /// The ticket number's last characters, four or more.
    TicketEnd,
    /// The plate begins with it.
    Prefix,
    /// It stands somewhere in the plate.
    Fragment,
    /// It stands somewhere in the ticket number, four characters or more.
    TicketPart,
    /// It fits where 0 and O, 1 and I, 8 and B, 5 and S are taken for each other.
    LookAlike,
}

/// How well one fits; the smaller, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    pub why: Why,
    /// Characters taken for another; then what is left of the plate or number.
    doubts: usize,
    rest: usize,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Letters and digits, as a plate's key has them.
    key: String,
    /// The same as a ticket number has them, whole or a part.
    number: String,
    alike_key: String,
    alike_number: String,
    /// A whole ticket number whose check is right: nothing in it was misread.
    whole: bool,
}

impl Query {
    /// `None` if nothing in it can be looked for. At most 16 characters of it count.
    pub fn new(typed: &str) -> Option<Self> {
        let key = plate::normalise(typed);
        let number: String = key.chars().map(ticket::tidy).collect();
        let (alike_key, alike_number) = (alike(&key), alike(&number));
        let whole = ticket::read(typed).is_some();
        (!key.is_empty()).then_some(Self { key, number, alike_key, alike_number, whole })
    }

    /// Whether a vehicle fits. `plate` is a normalised key; `number` may be empty.
    pub fn fits(&self, number: &str, plate: Option<&str>) -> Option<Hit> {
        let plate = plate.unwrap_or_default();
        let rest = |whole: &str| whole.len().saturating_sub(self.key.len());
        let hit = |why, whole: &str| Some(Hit { why, doubts: 0, rest: rest(whole) });
        let part = self.number.len() >= TICKET_PART;
        // A paper ticket's number is of any length, and bears letters that a ticket's own never has.
        let paper = !number.is_empty() && number == self.key;
        if plate == self.key || paper || (number.len() == ticket::LENGTH && number == self.number) {
            return hit(Why::Exact, "");
        }
        if part && number.ends_with(&self.number) {
            return hit(Why::TicketEnd, "");
        }
        if plate.starts_with(&self.key) {
            return hit(Why::Prefix, plate);
        }
        if plate.contains(&self.key) {
            return hit(Why::Fragment, plate);
        }
        if part && number.contains(&self.number) {
            return hit(Why::TicketPart, number);
        }
        if self.key.len() < ALIKE_FROM {
            return None;
        }
        let by_plate = doubts(&self.key, &self.alike_key, plate);
        let by_number = (part && !self.whole).then(|| doubts(&self.number, &self.alike_number, number)).flatten();
        let found = [by_plate.map(|n| (n, rest(plate))), by_number.map(|n| (n, rest(number)))];
        let (doubts, rest) = found.into_iter().flatten().min()?;
        Some(Hit { why: Why::LookAlike, doubts, rest })
    }
}

/// Why one stay of a list is there; `None` of what was found by other means (a scanned code).
pub fn why(typed: &str, number: &str, plate: Option<&str>) -> Option<Why> {
    Query::new(typed)?.fits(number, plate).map(|hit| hit.why)
}

/// The one that may be taken without asking, of all that were found: it fits exactly, and no other fits at all.
pub fn certain<'a>(typed: &str, found: &'a [Stay]) -> Option<&'a Stay> {
    match found {
        [one] if why(typed, &one.ticket, one.plate.as_deref()) == Some(Why::Exact) => Some(one),
        _ => None,
    }
}

fn same(c: char) -> char {
    match c {
        'O' => '0',
        'I' => '1',
        'B' => '8',
        'S' => '5',
        c => c,
    }
}

fn alike(text: &str) -> String {
    text.chars().map(same).collect()
}

/// The fewest characters that had to be taken for another, wherever the text may stand in `whole`.
fn doubts(text: &str, alike_text: &str, whole: &str) -> Option<usize> {
    let (text, alike_text, whole) = (text.as_bytes(), alike_text.as_bytes(), whole.as_bytes());
    let folded = |b: &u8| same(char::from(*b)) as u8;
    whole
        .windows(text.len())
        .filter(|window| window.iter().map(folded).eq(alike_text.iter().copied()))
        .map(|window| window.iter().zip(text).filter(|(a, b)| a != b).count())
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CARS: &[(&str, &str)] = &[
        ("A17K0042XR", "B1234XYZ"),
        ("A17K0043ZZ", "B1234XY"),
        ("A17K00442W", "AB1234CD"),
        ("A17K0045QP", "B1Z34XY"),
        ("A17K1234TT", "D77AA"),
        ("A17K0048B1", "81234XY"),
        ("A17K0049T4", ""),
    ];

    fn find(typed: &str) -> Vec<(&'static str, Why)> {
        let Some(query) = Query::new(typed) else { return Vec::new() };
        let fits = |(number, plate): &(&'static str, &'static str)| {
            let hit = query.fits(number, (!plate.is_empty()).then_some(*plate))?;
            Some((hit, *number))
        };
        let mut hits: Vec<_> = CARS.iter().filter_map(fits).collect();
        hits.sort();
        hits.into_iter().map(|(hit, number)| (number, hit.why)).collect()
    }

    #[test]
    fn hits_stand_in_the_order_exact_prefix_fragment_look_alike_each_with_its_reason() {
        assert_eq!(
            find("b 1234 xy"),
            [("A17K0043ZZ", Why::Exact), ("A17K0042XR", Why::Prefix), ("A17K0048B1", Why::LookAlike)]
        );
        assert_eq!(
            find("1234"),
            [
                ("A17K0043ZZ", Why::Fragment),
                ("A17K0048B1", Why::Fragment),
                ("A17K0042XR", Why::Fragment),
                ("A17K00442W", Why::Fragment),
                ("A17K1234TT", Why::TicketPart),
            ]
        );
        assert_eq!(
            find("b12"),
            [
                ("A17K0043ZZ", Why::Prefix),
                ("A17K0042XR", Why::Prefix),
                ("A17K00442W", Why::Fragment),
                ("A17K0048B1", Why::LookAlike),
            ]
        );
        assert_eq!(find("QQQ"), []);
        assert_eq!(find("- . -"), []);
    }

    #[test]
    fn every_pair_that_is_read_wrongly_is_found_and_the_fewest_doubts_come_first() {
        let plates = [("T1", "B1085SI"), ("T2", "8IOB55I"), ("T3", "B1O85SI")];
        let query = Query::new("B1085SI").unwrap();
        let mut hits: Vec<_> = plates.iter().filter_map(|(n, p)| Some((query.fits("", Some(p))?, *n))).collect();
        hits.sort();
        assert_eq!(
            hits.iter().map(|(h, n)| (*n, h.why, h.doubts)).collect::<Vec<_>>(),
            [("T1", Why::Exact, 0), ("T3", Why::LookAlike, 1), ("T2", Why::LookAlike, 5),]
        );
        assert_eq!(Query::new("B1085SI").unwrap().fits("", Some("B1085SZ")), None);
    }

    #[test]
    fn a_torn_ticket_is_found_by_its_last_four_characters() {
        assert_eq!(find("42xr"), [("A17K0042XR", Why::TicketEnd)]);
        assert_eq!(find("0042XR"), [("A17K0042XR", Why::TicketEnd)]);
        assert_eq!(find("2XR"), [], "three are too few");
        assert_eq!(find("o42xr"), [("A17K0042XR", Why::TicketEnd)], "a ticket has no letter O");
        assert_eq!(find("48BI"), [("A17K0048B1", Why::TicketEnd)]);
        assert_eq!(find("4881"), [("A17K0048B1", Why::LookAlike)], "8 read for B");
        assert_eq!(find("a17k0042xr"), [("A17K0042XR", Why::Exact)]);
        assert_eq!(find("49T4"), [("A17K0049T4", Why::TicketEnd)], "without a plate");
    }

    fn stay(number: &str, plate: &str) -> Stay {
        let entered_at = jiff::Timestamp::UNIX_EPOCH;
        Stay {
            stay: uuid::Uuid::nil(),
            ticket: number.into(),
            plate: Some(plate.into()),
            class: "mobil".into(),
            entered_at,
            entered_gate: "A1".into(),
            operator: String::new(),
            tariff: 0,
            prepaid: None,
            state: crate::domain::stay::State::Inside,
            version: 1,
        }
    }

    /// research/domain.md 1.10-5: the plate search took the first row that contained what was typed.
    #[test]
    fn defect_5_a_search_never_picks_a_car_that_only_contains_what_was_typed() {
        let one = [stay("A17K1234TT", "D77AA")];
        let two = [stay("A17K0043ZZ", "B1234XY"), stay("A17K0042XR", "B1234XYZ")];
        assert_eq!(certain("d 77 aa", &one), Some(&one[0]));
        assert_eq!(certain("A17K1234TT", &one), Some(&one[0]));
        assert_eq!(certain("D77A", &one), None, "one car, but not this text");
        assert_eq!(certain("1234TT", &one), None, "a part of a number is a part");
        assert_eq!(certain("B1234XY", &two), None, "exact, but another fits too");
        assert_eq!(certain("D77AA", &[]), None);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_only_a_whole_plate_or_number_is_exact(
            typed in "[A-Z0-9 ]{0,20}", number in "[0-9A-HJKMNP-TV-Z]{10}", plate in "[A-Z0-9]{1,12}",
        ) {
            let why = why(&typed, &number, Some(&plate));
            let key = plate::normalise(&typed);
            let whole = key == plate || key.chars().map(ticket::tidy).collect::<String>() == number;
            prop_assert_eq!(why == Some(Why::Exact), whole);
            if plate.contains(&key) && !key.is_empty() {
                prop_assert!(why.is_some());
            }
        }
    }
}
