//! Places (kapasitas): how many vehicles fit on the site, in an area, of a class, and how full it is.
//!
//! An area is a set of gates: whoever came in by one of them stands in it. A vehicle has to fit everywhere it counts:
//! the site, its class, every area of its gate. Warnings at 75 % and 90 % are what the old system had.

use super::vehicle::Class;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Limits beyond the classes' own (`Class::capacity`), as the centre tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Vehicles of all classes together.
    #[serde(default)]
    pub total: Option<u32>,
    /// A full site refuses; else it only warns.
    #[serde(default)]
    pub refuse: bool,
    #[serde(default)]
    pub areas: Vec<Area>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    pub id: String,
    pub name: String,
    /// Codes of the gates that lead in.
    pub gates: Vec<String>,
    #[serde(default)]
    pub total: Option<u32>,
    /// Places by class.
    #[serde(default)]
    pub classes: BTreeMap<String, u32>,
    #[serde(default)]
    pub refuse: bool,
}

/// Vehicles inside that came in by one gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inside {
    pub gate: String,
    pub class: String,
    pub count: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    #[default]
    Free,
    /// 75 % and more.
    Filling,
    /// 90 % and more.
    Nearly,
    Full,
}

impl Fill {
    pub fn of(inside: u64, places: u32) -> Self {
        let places = u64::from(places);
        match inside.saturating_mul(100) {
            _ if inside >= places => Self::Full,
            part if part >= places * 90 => Self::Nearly,
            part if part >= places * 75 => Self::Filling,
            _ => Self::Free,
        }
    }
}

/// One limit, and how many stand under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The area's id; empty: the whole site.
    pub area: String,
    /// As people call it: `Basement`, `Basement Mobil`, `Mobil`; empty for the site as a whole.
    pub name: String,
    /// Empty: all classes.
    pub class: String,
    pub inside: u64,
    pub places: u32,
    pub fill: Fill,
    /// Refuses when full.
    pub refuse: bool,
}

/// What a limit has to say to one more vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// A mark was passed, or there is no place: the worst of all, with this vehicle in it.
    Warn(Room),
    Refuse(Room),
}

impl Capacity {
    /// Every limit there is: site, classes, areas.
    pub fn rooms(&self, classes: &[Class], inside: &[Inside]) -> Vec<Room> {
        let name =
            |class: &str| classes.iter().find(|c| c.id == class).map_or(class, |c| c.name.as_str()).to_owned();
        let count = |gates: Option<&[String]>, class: &str| -> u64 {
            let here = |i: &&Inside| {
                gates.is_none_or(|gates| gates.contains(&i.gate)) && (class.is_empty() || i.class == class)
            };
            inside.iter().filter(here).map(|i| i.count).sum()
        };
        let room = |area: Option<&Area>, class: &str, places: u32, refuse: bool| {
            let inside = count(area.map(|a| a.gates.as_slice()), class);
            let words = [area.map(|a| a.name.clone()).unwrap_or_default(), name(class)];
            Room {
                area: area.map(|a| a.id.clone()).unwrap_or_default(),
                name: words.join(" ").trim().to_owned(),
                class: class.to_owned(),
                inside,
                places,
                fill: Fill::of(inside, places),
                refuse,
            }
        };
        let mut rooms = Vec::new();
        rooms.extend(self.total.map(|places| room(None, "", places, self.refuse)));
        rooms.extend(classes.iter().filter_map(|c| Some(room(None, &c.id, c.capacity?, self.refuse))));
        for area in &self.areas {
            rooms.extend(area.total.map(|places| room(Some(area), "", places, area.refuse)));
            rooms.extend(area.classes.iter().map(|(class, places)| room(Some(area), class, *places, area.refuse)));
        }
        rooms
    }

    /// The limits that hold at a gate.
    pub fn rooms_of(&self, gate: &str, classes: &[Class], inside: &[Inside]) -> Vec<Room> {
        let leads = |room: &Room| {
            let mut areas = self.areas.iter().filter(|a| a.id == room.area);
            room.area.is_empty() || areas.any(|a| a.gates.iter().any(|g| g == gate))
        };
        self.rooms(classes, inside).into_iter().filter(leads).collect()
    }

    /// Whether anything is counted at all.
    pub fn counts(&self, classes: &[Class]) -> bool {
        self.total.is_some() || !self.areas.is_empty() || classes.iter().any(|c| c.capacity.is_some())
    }
}

/// One more vehicle of this class, among the limits of its gate. `sure`: the count is the centre's own, of now; one that
/// may be old warns and refuses nobody, else a dead line would shut the site.
pub fn admit(rooms: &[Room], class: &str, sure: bool) -> Option<Admission> {
    let mut worst: Option<Room> = None;
    for room in rooms.iter().filter(|room| room.class.is_empty() || room.class == class) {
        if room.fill == Fill::Full && room.refuse && sure {
            return Some(Admission::Refuse(room.clone()));
        }
        let after = Fill::of(room.inside + 1, room.places);
        let told = room.fill == Fill::Full || after > room.fill;
        // Of two that are as full, the smaller place: areas come last.
        if told && worst.as_ref().is_none_or(|w| after >= w.fill) {
            worst = Some(Room { inside: room.inside + 1, fill: after, ..room.clone() });
        }
    }
    worst.map(Admission::Warn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vehicle;
    use proptest::prelude::*;

    fn inside(list: &[(&str, &str, u64)]) -> Vec<Inside> {
        list.iter().map(|(g, c, n)| Inside { gate: (*g).into(), class: (*c).into(), count: *n }).collect()
    }

    fn basement(refuse: bool) -> Capacity {
        let area = Area {
            id: "B".into(),
            name: "Basement".into(),
            gates: vec!["A1".into(), "A2".into()],
            total: None,
            classes: [("mobil".to_owned(), 100)].into(),
            refuse,
        };
        Capacity { areas: vec![area], ..Capacity::default() }
    }

    #[test]
    fn the_marks_stand_at_75_90_and_full() {
        let cases = [
            (0, 100, Fill::Free),
            (74, 100, Fill::Free),
            (75, 100, Fill::Filling),
            (89, 100, Fill::Filling),
            (90, 100, Fill::Nearly),
            (99, 100, Fill::Nearly),
            (100, 100, Fill::Full),
            (101, 100, Fill::Full),
            (0, 0, Fill::Full),
            (2, 3, Fill::Free),
            (5, 6, Fill::Filling),
        ];
        for (inside, places, fill) in cases {
            assert_eq!(Fill::of(inside, places), fill, "{inside}/{places}");
        }
    }

    #[test]
    fn an_area_counts_who_came_in_by_its_gates() {
        let classes = vehicle::built_in();
        let seen = inside(&[("A1", "mobil", 60), ("A2", "mobil", 31), ("A2", "motor", 7), ("C1", "mobil", 500)]);
        let rooms = basement(false).rooms_of("A1", &classes, &seen);
        assert_eq!(rooms.len(), 1);
        assert_eq!((rooms[0].name.as_str(), rooms[0].inside, rooms[0].fill), ("Basement Mobil", 91, Fill::Nearly));
        assert!(basement(false).rooms_of("C1", &classes, &seen).is_empty(), "it does not lead in");
    }

    #[test]
    fn a_mark_is_told_when_it_is_passed_and_full_every_time() {
        let classes = vehicle::built_in();
        let told = |n: u64, refuse: bool, sure: bool| {
            let rooms = basement(refuse).rooms_of("A1", &classes, &inside(&[("A1", "mobil", n)]));
            admit(&rooms, "mobil", sure).map(|a| match a {
                Admission::Warn(room) => (room.inside, room.fill, false),
                Admission::Refuse(room) => (room.inside, room.fill, true),
            })
        };
        let cases = [
            (73, false, true, None),
            (74, false, true, Some((75, Fill::Filling, false))),
            (75, false, true, None),
            (89, false, true, Some((90, Fill::Nearly, false))),
            (99, false, true, Some((100, Fill::Full, false))),
            (100, false, true, Some((101, Fill::Full, false))),
            (100, true, true, Some((100, Fill::Full, true))),
            (99, true, true, Some((100, Fill::Full, false))),
            // What was last heard may be old.
            (100, true, false, Some((101, Fill::Full, false))),
        ];
        for (n, refuse, sure, wished) in cases {
            assert_eq!(told(n, refuse, sure), wished, "{n} {refuse} {sure}");
        }
        let rooms = basement(true).rooms_of("A1", &classes, &inside(&[("A1", "mobil", 100)]));
        assert_eq!(admit(&rooms, "motor", true), None, "another class has its own places");
    }

    #[test]
    fn the_site_its_classes_and_its_areas_all_have_to_hold() {
        let mut classes = vehicle::built_in();
        classes[1].capacity = Some(200);
        let capacity = Capacity { total: Some(300), refuse: true, ..basement(false) };
        let rooms = capacity.rooms_of("A1", &classes, &inside(&[("A1", "mobil", 100), ("C1", "motor", 200)]));
        let names: Vec<&str> = rooms.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["", "Mobil", "Basement Mobil"]);
        assert!(matches!(admit(&rooms, "mobil", true), Some(Admission::Refuse(room)) if room.name.is_empty()));
    }

    proptest! {
        #[test]
        fn fuller_is_never_said_to_be_emptier(places in 0_u32..5000, n in 0_u64..6000) {
            prop_assert!(Fill::of(n + 1, places) >= Fill::of(n, places));
        }
    }
}
