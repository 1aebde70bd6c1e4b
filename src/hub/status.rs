//! How the whole site stands, as every terminal is told: server, database, terminals, facts that wait.

use super::seats::Seat;
use super::switchboard::Hub;
use super::wire::{self, Text, kind};
use crate::domain::link::{DownReason, Link};
use crate::domain::view::HubClient;
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

impl Hub {
    pub fn status(&self) -> SystemStatus {
        let core = self.core();
        let mut terminals = core.terminals.clone();
        let mut clients = 0;
        for seat in core.seats.values() {
            clients += 1;
            if let Some(terminal) = terminals.get_mut(&seat.speaker.gate) {
                terminal.connected = true;
            }
        }
        let waiting = terminals.values().filter(|t| t.connected).map(|t| t.pending).sum();
        let place = core.place();
        SystemStatus {
            server: ServerStatus {
                version: self.0.version.clone(),
                started: self.0.started,
                time: Timestamp::now(),
                clients,
                epoch: place.epoch,
                offset: place.offset,
            },
            database: core.database.clone(),
            terminals: terminals.into_values().collect(),
            waiting,
        }
    }

    pub(super) fn status_text(&self) -> Text {
        wire::write(kind::SYSTEM_STATUS, "hub", serde_json::to_value(self.status()).unwrap_or_default())
    }

    /// Waits for changes and tells them, gathered; for as long as it is polled.
    pub(super) async fn tell_changes(&self) {
        loop {
            self.0.changed.notified().await;
            tokio::time::sleep(self.0.limits.status_gather).await;
            let text = self.status_text();
            self.core().tell_all(&text);
        }
    }

    /// Who is connected now.
    pub fn clients(&self) -> Vec<HubClient> {
        let core = self.core();
        let view = |seat: &Seat| HubClient {
            gate: seat.speaker.gate.clone(),
            address: seat.address.to_string(),
            since: seat.since,
            pending: core.terminals.get(&seat.speaker.gate).map_or(0, |t| t.pending),
            queued: seat.queue.max_capacity() - seat.queue.capacity(),
        };
        core.seats.values().map(view).collect()
    }
}
