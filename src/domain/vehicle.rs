//! Vehicle classes (jenis): configured at the centre, four of them built in so that a new terminal can sell.

use serde::{Deserialize, Serialize};

/// One class of vehicle as the centre configures it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Short lower-case word that stands in facts: `mobil`.
    pub id: String,
    /// What the screen shows: `Mobil`.
    pub name: String,
    /// The one key that picks it.
    pub key: char,
    /// Places for it on this site; `None` means not counted.
    #[serde(default)]
    pub capacity: Option<u32>,
}

/// Motor, mobil, truk, bus: what a terminal knows before it ever met the centre.
pub fn built_in() -> Vec<Class> {
    [("motor", "Motor", '1'), ("mobil", "Mobil", '2'), ("truk", "Truk", '3'), ("bus", "Bus", '4')]
        .into_iter()
        .map(|(id, name, key)| Class { id: id.into(), name: name.into(), key, capacity: None })
        .collect()
}
