//! parkir: car-park terminals that keep working when the database or the network dies.
//!
//! Rooms, and the one dependency rule: `main -> app -> {tui, sync, hub, central, journal, device} -> domain`, and
//! `sync -> journal, central`. Side rooms have no doors to each other; `app` is the only hallway. A room is the
//! only one that knows its outside world. `tests/walls.rs` holds the rule.

/// Whether this bug is planted; nothing of it is in a program built without the feature.
#[cfg(feature = "planted")]
macro_rules! planted {
    ($bug:literal) => {
        std::env::var("PARKIR_PLANT").is_ok_and(|plant| plant == $bug)
    };
}

pub mod app;
pub mod central;
pub mod cli;
pub mod config;
pub mod device;
pub mod domain;
pub mod hub;
pub mod journal;
pub mod log;
pub mod sync;
pub mod tui;
