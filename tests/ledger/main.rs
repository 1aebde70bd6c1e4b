//! Promises of the ledger, on a real PostgreSQL in a private cluster.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod books;
mod doors;
mod feed;
mod old_system;
mod order;
mod people;
