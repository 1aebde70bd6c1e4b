//! The hub: the only room that knows WebSocket and HTTP service. It carries hints and status, never decisions.
//!
//! ```text
//! app ── publish ──> Hub ──────────────> session ──> client     one port: /parking (WebSocket), /healthz, /metrics
//!                    │ ring: what was said, numbered (epoch, offset)
//!                    │ seats: who listens, each with a bounded queue
//! terminal <── gossip, heartbeats ────── session
//! ```
//!
//! A hub that is dead costs latency and nothing else. It keeps nothing on disk: after a restart its epoch is
//! another one, and every client is told to ask the centre once.

pub mod client;
mod dial;
mod gossip;
mod http;
mod inbox;
pub mod limits;
mod metrics;
mod pace;
mod ring;
mod seats;
pub mod server;
mod session;
mod socket;
mod status;
pub mod switchboard;
mod tokens;
pub mod wire;

pub use client::{ClientOptions, Incoming, Outgoing};
pub use dial::{Address, DialError, Wire};
pub use limits::Limits;
pub use server::{HubOptions, ServerTls};
pub use status::{DatabaseStatus, ServerStatus, SystemStatus, TerminalStatus};
pub use switchboard::{Happening, Hub, News};
