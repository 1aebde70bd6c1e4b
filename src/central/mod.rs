//! PostgreSQL: the only room that knows tokio_postgres.
//!
//! One [`Central`] is one connection. Every call takes `&self`, so calls can be joined and travel down the wire
//! together; every await stands under the limit the caller gives, because neither keepalives nor connect timeouts
//! wake a query whose server was frozen. Dropping a call that ran into its limit does not stop the server: its
//! outcome is unknown, and the same facts are sent again.

mod capacity;
mod connect;
mod duplicates;
mod error;
mod feed;
mod fines;
mod gates;
mod lane;
mod listen;
mod members;
mod migrate;
mod months;
mod people;
mod photo;
mod pull;
mod push;
mod ranges;
mod report;
mod rows;
mod scram;
mod setup;
mod shifts;
mod tariffs;
mod tls;

pub use capacity::Places;
pub use connect::{Central, Target, Tls};
pub use duplicates::Recorded;
pub use error::{CentralError, ErrorClass};
pub use feed::{Counts, Feed, FeedEvent, Held, HeldKey};
pub use fines::{EntryRow, ExitRow, RefundRow};
pub use gates::NewGate;
pub use listen::{Doorbell, listen};
pub use members::{PulledMembers, Put, PutMembers, VoucherRow};
pub use migrate::{Applied, MIGRATIONS, Migration, Status};
pub use months::TABLES;
pub use people::UserRow;
pub use pull::{Hello, HelloInfo, Pulled, SnapshotPage, TicketPaper};
pub use push::IngestVerdict;
pub use scram::{proves, verifier};
pub use setup::{FirstAdmin, GateRecord, Login, Superuser, dry_run_sql};
pub use shifts::{ShiftFound, ShiftRow};
pub use tariffs::{AddedTariff, NewTariff};
pub use tls::TlsFault;
