//! The journal: the only room that knows rusqlite. What happened at this terminal is fsynced here before anything is
//! shown; the spool beside it is its independent witness; the replica is what was heard of the rest of the world.
//!
//! One thread (`keeper`) owns the one writing connection. Everybody else holds a `Journal`, a cheap handle whose
//! async calls run on that thread, recordings first.

mod chores;
mod error;
mod keeper;
mod mend;
mod open;
mod outbox;
mod queue;
mod recent;
mod reconcile;
mod replica;
mod spool;
mod store;
mod verify;

pub use error::JournalError;
pub use keeper::{Draft, Recorded, Stores};
pub use open::Options;
pub use outbox::{OutRow, Outcome, Scope, Waiting};
pub use queue::{Counts, Journal};
pub use replica::{Source, Tallies};
pub use verify::{Fault, Report, status, verify};
