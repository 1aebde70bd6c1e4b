//! The journal: the only room that knows rusqlite. What happened at this terminal is fsynced here before anything is
//! shown; the spool beside it is its independent witness; the replica is what was heard of the rest of the world.
//!
//! One thread (`keeper`) owns the one writing connection. Everybody else holds a `Journal`, a cheap handle whose
//! async calls run on that thread, recordings first.

mod again;
mod charges;
mod chores;
mod entry;
mod error;
mod exits;
mod import;
mod keeper;
mod keyed;
mod lane;
mod look;
mod members;
mod mend;
mod open;
mod outbox;
mod paper;
mod place;
mod places;
mod prune;
mod queue;
mod ranges;
mod recent;
mod reconcile;
mod replica;
mod room;
mod shift;
mod sound;
mod spool;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod unopened;
mod verify;

pub use entry::{Beside, Entry, Look};
pub use error::JournalError;
pub use import::{Books, Imported, Repaired};
pub use keeper::{Draft, Recorded, Stores};
pub use lane::lane_facts;
pub use look::{Report, Row, Standing, Verified, export, kept, list, note_verified, status};
pub use open::Options;
pub use outbox::{OutRow, Outcome, Scope, Waiting};
pub use prune::Keep;
pub use queue::{Begun, Counts, Journal};
pub use ranges::{Range, Walk};
pub use replica::{Source, Tallies};
pub use verify::{Audit, Fault, verify, verify_with};
