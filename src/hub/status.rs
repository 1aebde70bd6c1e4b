//! How the whole site stands, as every terminal is told: server, database, terminals, facts that wait.

use crate::domain::link::{DownReason, Link};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemStatus {
    pub server: ServerStatus,
    pub database: DatabaseStatus,
    /// Every gate that has a token or was heard since the server's start, by code.
    pub terminals: Vec<TerminalStatus>,
    /// Facts waiting at the terminals that are connected.
    pub waiting: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerStatus {
    pub version: String,
    pub started: Timestamp,
    pub time: Timestamp,
    pub clients: u64,
    pub epoch: Uuid,
    pub offset: u64,
}

/// The server's own link to PostgreSQL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseStatus {
    pub link: Link,
    pub reason: Option<DownReason>,
    /// Since when it stands like this.
    pub since: Option<Timestamp>,
    /// Envelopes of other gates that wait for their signature to be checked.
    #[serde(default)]
    pub held: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalStatus {
    pub gate: String,
    pub connected: bool,
    /// The terminal's own link to the database, as it last said.
    pub link: Option<Link>,
    pub pending: u64,
    pub operator: String,
    pub version: String,
    pub last_heard: Option<Timestamp>,
}
