//! The seats of the hub and its ring under one lock: who hears what. Nothing in here waits.

use super::limits::Goodbye;
use super::pace::Pace;
use super::ring::{Ring, Said, Speaker};
use super::status::{DatabaseStatus, TerminalStatus};
use super::tokens::TokenHash;
use super::wire::{self, Place, Text};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(super) struct Core {
    pub ring: Ring,
    pub seats: BTreeMap<u64, Seat>,
    pub next_seat: u64,
    pub terminals: BTreeMap<String, TerminalStatus>,
    pub database: DatabaseStatus,
    pub refusals: Pace,
}

pub(super) struct Seat {
    pub speaker: Speaker,
    pub token: TokenHash,
    pub address: SocketAddr,
    pub since: Timestamp,
    pub queue: mpsc::Sender<Text>,
    pub kick: Kick,
    /// Caught up with the ring: events go straight into its queue.
    pub live: bool,
}

/// Tells a session from outside that it is over, and why.
#[derive(Clone, Default)]
pub(super) struct Kick {
    token: CancellationToken,
    why: Arc<OnceLock<Goodbye>>,
}

impl Kick {
    pub(super) fn out(&self, why: Goodbye) {
        let _ = self.why.set(why);
        self.token.cancel();
    }

    pub(super) async fn wait(&self) -> Goodbye {
        self.token.cancelled().await;
        self.why.get().copied().unwrap_or(Goodbye::Shutdown)
    }
}

/// What a new session holds.
pub(super) struct Joined {
    pub seat: u64,
    pub queue: mpsc::Receiver<Text>,
    pub kick: Kick,
    pub welcome: Text,
    pub place: Place,
}

pub(super) enum CatchUp {
    Events(Vec<Text>, Place),
    /// Nothing is left to tell; from now on the queue brings what is said.
    Live,
    Lost,
}

impl Core {
    pub fn place(&self) -> Place {
        Place { epoch: self.ring.epoch(), offset: self.ring.last() }
    }

    pub fn terminal(&mut self, gate: &str) -> &mut TerminalStatus {
        self.terminals
            .entry(gate.to_owned())
            .or_insert_with(|| TerminalStatus { gate: gate.to_owned(), ..Default::default() })
    }

    pub fn say(&mut self, by: Option<(Speaker, Option<Uuid>)>, src: &str, name: &str, data: Value) {
        let said = self.ring.say(by, |offset| wire::write_event(name, src, offset, data));
        for seat in self.seats.values().filter(|seat| seat.live) {
            seat.give(seat.words(said));
        }
    }

    pub fn tell_all(&self, text: &Text) {
        for seat in self.seats.values() {
            seat.give(text.clone());
        }
    }
}

impl Seat {
    pub fn has_room(&self) -> bool {
        self.queue.capacity() * 2 >= self.queue.max_capacity()
    }

    pub fn give(&self, text: Text) {
        if self.queue.try_send(text).is_err() {
            self.kick.out(Goodbye::Slow);
        }
    }

    /// An event as this client is told it; of its own ones it learns the offset only.
    pub fn words(&self, said: &Said) -> Text {
        if said.by.as_ref() == Some(&self.speaker) {
            return wire::write_ack(said.id, said.offset);
        }
        said.text.clone()
    }
}
