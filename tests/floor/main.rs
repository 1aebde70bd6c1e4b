//! The gate floor through the real binary: places, paper tickets, keys, the customer's display, the scanner.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod capacity;
mod customer;
mod keys;
mod paper;
mod scanner;
mod stated;
