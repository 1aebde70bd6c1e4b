//! Words of the gate floor: how full it is, paper tickets.

use crate::domain::capacity::{Fill, Room};

pub struct Floor {
    /// In the order of `domain::capacity::Fill`.
    pub fill: [&'static str; 4],
    /// The site as a whole.
    pub site: &'static str,
    pub as_heard: &'static str,
}

pub static ID: Floor = Floor {
    fill: ["", "mulai penuh", "hampir penuh", "PENUH"],
    site: "Semua",
    as_heard: "menurut data terakhir",
};

pub static EN: Floor = Floor {
    fill: ["", "filling up", "nearly full", "FULL"],
    site: "Site",
    as_heard: "as last heard",
};

impl Floor {
    /// `92/100, hampir penuh`
    pub fn filled(&self, inside: u64, places: u32) -> String {
        match self.fill[Fill::of(inside, places) as usize] {
            "" => format!("{inside}/{places}"),
            word => format!("{inside}/{places}, {word}"),
        }
    }

    pub fn name<'a>(&'a self, room: &'a Room) -> &'a str {
        if room.name.is_empty() { self.site } else { &room.name }
    }

    /// `Basement Mobil 92/100, hampir penuh`
    pub fn room(&self, room: &Room) -> String {
        format!("{} {}", self.name(room), self.filled(room.inside, room.places))
    }
}
