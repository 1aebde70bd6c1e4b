//! A day at a car park, told from the first customer to the deposit: real PostgreSQL, the real binary at both gates, and
//! devices over the transports real ones speak. At its end the journals, the slip on paper, `transaksi` and the roll-up
//! say what this test reckoned by itself, to the rupiah.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod devices;
mod manless;
mod reckoning;
mod story;
#[path = "../support/mod.rs"]
mod support;
