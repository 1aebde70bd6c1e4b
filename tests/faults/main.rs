//! Never lose, never double, under every fault: real terminals through a cable that is cut, stalled and reset, against
//! a PostgreSQL that is frozen, killed, locked and full; terminals killed anywhere, power cuts, disks that fail.
//!
//! The bounded part runs with all other tests. `make faults` is the long run (`PARKIR_FAULTS=long`) with its table.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod cable;
mod checker;
mod dice;
mod frozen;
mod kill;
mod lane;
mod network;
mod order;
mod plants;
mod platter;
mod points;
mod power;
mod proxy;
mod refused;
mod soak;
#[path = "../support/mod.rs"]
mod support;
mod table;
