//! Members: a card, plates, a group of the tariff, and the days on which it holds. What a gate says of one never stops a
//! vehicle.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A card's number is at most so long.
pub const MOST_CARD: usize = 32;

/// As the centre has it and terminals keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Letters and digits, upper case (`card`).
    pub card: String,
    pub name: String,
    /// As in the tariff's `members`.
    pub group: String,
    /// Keys of plates (`plate::normalise`).
    #[serde(default)]
    pub plates: Vec<String>,
    /// The first and the last day, by the site's clock; none: no such end.
    #[serde(default)]
    pub from: Option<Date>,
    #[serde(default)]
    pub until: Option<Date>,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// A card's key, however it is typed or scanned; empty if it is none.
pub fn card(typed: &str) -> String {
    let key: String = typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    if key.len() > MOST_CARD { String::new() } else { key }
}

/// Whether a membership holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Valid,
    /// Its first day is still to come.
    NotYet,
    Expired,
    /// It was ended.
    Ended,
    /// It holds, and the tariff has no rule for its group.
    NoRule,
}

impl Standing {
    /// The machine's word, as in a fact.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotYet => "not_yet",
            Self::Expired => "expired",
            Self::Ended => "ended",
            Self::NoRule => "no_rule",
        }
    }
}

impl Member {
    /// By the day of the site's calendar; the last day still counts.
    pub fn standing(&self, on: Date) -> Standing {
        if !self.active {
            Standing::Ended
        } else if self.until.is_some_and(|until| until < on) {
            Standing::Expired
        } else if self.from.is_some_and(|from| on < from) {
            Standing::NotYet
        } else {
            Standing::Valid
        }
    }

    /// What people at the gate are told of it.
    pub fn seen(&self, standing: Standing) -> Seen {
        let (name, group) = (self.name.clone(), self.group.clone());
        Seen { name, group, from: self.from, until: self.until, standing }
    }
}

/// A member as a screen names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub name: String,
    pub group: String,
    pub from: Option<Date>,
    pub until: Option<Date>,
    pub standing: Standing,
}

/// Of several members the one whose plate it is: one that holds before one that does not, then by card.
pub fn best(mut members: Vec<Member>, on: Date) -> Option<Member> {
    members.sort_by(|a, b| {
        let key = |m: &Member| m.standing(on) != Standing::Valid;
        key(a).cmp(&key(b)).then_with(|| a.card.cmp(&b.card))
    });
    members.into_iter().next()
}

/// The key of a group as a tariff writes it, however big its letters are; `*` is any group.
pub fn rule_of<'a>(mut groups: impl Iterator<Item = &'a String> + Clone, group: &str) -> Option<String> {
    let named = groups.clone().find(|known| known.trim().eq_ignore_ascii_case(group.trim()));
    named.or_else(|| groups.find(|known| *known == "*")).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn member(card: &str) -> Member {
        Member {
            card: card.into(),
            name: "Siti".into(),
            group: "karyawan".into(),
            plates: vec![],
            from: Some(date(2026, 11, 1)),
            until: Some(date(2026, 11, 30)),
            active: true,
        }
    }

    #[test]
    fn a_membership_holds_from_its_first_day_to_the_end_of_its_last() {
        for (day, standing) in [
            (date(2026, 10, 31), Standing::NotYet),
            (date(2026, 11, 1), Standing::Valid),
            (date(2026, 11, 30), Standing::Valid),
            (date(2026, 12, 1), Standing::Expired),
        ] {
            assert_eq!(member("1").standing(day), standing, "{day}");
        }
        let ended = Member { active: false, ..member("1") };
        assert_eq!(ended.standing(date(2026, 11, 2)), Standing::Ended);
        let open = Member { from: None, until: None, ..member("1") };
        assert_eq!(open.standing(date(2099, 1, 1)), Standing::Valid);
    }

    #[test]
    fn a_card_is_one_however_it_is_typed() {
        for typed in ["ab-0012", " AB 0012 ", "Ab0012"] {
            assert_eq!(card(typed), "AB0012");
        }
        assert_eq!(card(&"1".repeat(33)), "", "what is cut off could be another's");
    }

    #[test]
    fn of_two_cards_with_one_plate_the_one_that_holds_is_taken() {
        let old = Member { until: Some(date(2026, 11, 5)), ..member("A") };
        let found = best(vec![old.clone(), member("B")], date(2026, 11, 20)).unwrap();
        assert_eq!(found.card, "B");
        assert_eq!(best(vec![old], date(2026, 11, 20)).unwrap().card, "A");
    }

    #[test]
    fn a_groups_rule_is_found_however_big_its_letters_are() {
        let groups = ["*".to_owned(), "Karyawan".to_owned()];
        assert_eq!(rule_of(groups.iter(), "KARYAWAN ").as_deref(), Some("Karyawan"));
        assert_eq!(rule_of(groups.iter(), "vip").as_deref(), Some("*"));
        assert_eq!(rule_of(groups[1..].iter(), "vip"), None);
    }
}
