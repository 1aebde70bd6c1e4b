//! Promises of the ledger, on a real PostgreSQL in a private cluster.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod books;
mod crowd;
mod cursor;
mod doors;
mod duplicates;
mod duplicates_cli;
mod entrance;
mod feed;
mod odd;
mod old_system;
mod order;
mod people;
mod races;
