//! Promises of the ledger, on a real PostgreSQL in a private cluster.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod archive;
mod books;
mod crowd;
mod cursor;
mod days;
mod doors;
mod duplicates;
mod duplicates_cli;
mod entrance;
mod feed;
mod lost;
mod members;
mod months;
mod odd;
mod old_system;
mod operators;
mod order;
mod people;
mod places;
mod prepaid;
mod races;
mod set_aside;
mod shifts;
mod tariffs;
