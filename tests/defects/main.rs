//! The old system's defects (research/domain.md 1.10), each by its number: docs/defects.md says what parkir does instead
//! and which test goes red. What stands here has no better place.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod books;
mod fee;
mod gate;
mod outage;
mod strangers;
#[path = "../support/mod.rs"]
mod support;
mod table;
