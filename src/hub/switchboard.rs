//! Who listens, what was said, and to whom it goes: the one shared state behind all sessions.
//!
//! One short lock; nothing waits inside it. A client that does not take its messages loses its seat, never the
//! others their time.

use super::limits::{Goodbye, Limits};
use super::metrics::Counters;
use super::pace::{Pace, jitter};
use super::ring::{Known, Ring, Speaker};
use super::seats::{CatchUp, Core, Joined, Kick, Seat};
use super::status::{DatabaseStatus, TerminalStatus};
use super::tokens::{TokenBook, TokenHash};
use super::wire::{self, Beat, Place, Text, kind};
use crate::domain::ids::GateId;
use crate::domain::kinds::kind as fact;
use crate::domain::link::{DownReason, Link};
use crate::domain::stay::Stay;
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, broadcast, mpsc};
use uuid::Uuid;

/// News told at once before the queues are looked at.
const BREATH: usize = 64;

/// What the centre's feed has to tell.
#[derive(Clone, Debug)]
pub enum News {
    /// A fact of this kind, from this gate, changed the stay to this.
    Stay {
        kind: String,
        gate: String,
        stay: Box<Stay>,
    },
    Settings {
        version: u32,
    },
}

/// What happens at the hub, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    Joined {
        gate: String,
        address: String,
    },
    Gone {
        gate: String,
        why: Goodbye,
    },
    Refused {
        address: String,
        status: u16,
    },
    Stay {
        kind: String,
        gate: String,
        ticket: String,
        plate: Option<String>,
        hint: bool,
    },
    Database {
        link: Link,
        reason: Option<DownReason>,
    },
    Settings {
        version: u32,
    },
    /// What was said before counts no more: all ask the centre.
    Reset,
}

/// The handle of the hub; clones are the same hub.
#[derive(Clone)]
pub struct Hub(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub limits: Limits,
    pub version: String,
    pub started: Timestamp,
    pub counters: Counters,
    pub tokens: RwLock<TokenBook>,
    pub core: Mutex<Core>,
    pub happenings: broadcast::Sender<(Timestamp, Happening)>,
    pub changed: Notify,
}

impl Hub {
    pub fn new(limits: Limits, version: &str) -> Self {
        let core = Core {
            ring: Ring::new(Uuid::now_v7(), limits.ring),
            seats: BTreeMap::new(),
            next_seat: 0,
            terminals: BTreeMap::new(),
            database: DatabaseStatus::default(),
            refusals: Pace::new(2.0, 10.0, Instant::now()),
        };
        Self(Arc::new(Shared {
            limits,
            version: version.to_owned(),
            started: Timestamp::now(),
            counters: Counters::default(),
            tokens: RwLock::default(),
            core: Mutex::new(core),
            happenings: broadcast::channel(256).0,
            changed: Notify::new(),
        }))
    }

    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.0.counters
    }

    pub(super) fn core(&self) -> MutexGuard<'_, Core> {
        self.0.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens from now on, for the server's screen and log. A reader that lags loses the oldest.
    pub fn subscribe(&self) -> broadcast::Receiver<(Timestamp, Happening)> {
        self.0.happenings.subscribe()
    }

    pub(super) fn happened(&self, what: Happening) {
        let _ = self.0.happenings.send((Timestamp::now(), what));
    }

    /// Replaces the token book: (gate, hex SHA-256 of its token). Who came in with a token that is gone is shown out.
    pub fn set_tokens(&self, entries: impl IntoIterator<Item = (String, String)>) {
        let book = TokenBook::new(entries);
        let mut core = self.core();
        for seat in core.seats.values() {
            if !book.holds(&seat.speaker.gate, &seat.token) {
                seat.kick.out(Goodbye::Auth);
            }
        }
        core.terminals.retain(|gate, terminal| terminal.last_heard.is_some() || book.gates().any(|g| g == gate));
        // The kits of administrators and of the hub itself are no terminals.
        for gate in book.gates().filter(|gate| GateId::parse(gate).is_ok()) {
            core.terminals
                .entry(gate.to_owned())
                .or_insert_with(|| TerminalStatus { gate: gate.to_owned(), ..Default::default() });
        }
        *self.0.tokens.write().unwrap_or_else(PoisonError::into_inner) = book;
    }

    pub(super) fn knows_nobody(&self) -> bool {
        self.0.tokens.read().unwrap_or_else(PoisonError::into_inner).gates().next().is_none()
    }

    pub(super) fn gate_of(&self, token: &str) -> Option<(String, TokenHash)> {
        self.0.tokens.read().unwrap_or_else(PoisonError::into_inner).gate_of(token)
    }

    /// The server's own link to the database: told to all when it changes.
    pub fn set_database(&self, link: Link, reason: Option<DownReason>) {
        let mut core = self.core();
        if (core.database.link, core.database.reason) == (link, reason) {
            return;
        }
        let now = Timestamp::now();
        core.database = DatabaseStatus { link, reason, since: Some(now), held: core.database.held };
        let data = json!({"database": link, "reason": reason, "at": now});
        core.tell_all(&wire::write(kind::CONNECTION_STATUS, "hub", data));
        drop(core);
        self.happened(Happening::Database { link, reason });
        self.0.changed.notify_one();
    }

    /// How many envelopes of other gates wait for their signature to be checked.
    pub fn set_held(&self, held: u64) {
        let mut core = self.core();
        if core.database.held != held {
            core.database.held = held;
            self.0.changed.notify_one();
        }
    }

    /// Tells what the centre's feed brought. What the feed said before is not said again; what only a terminal
    /// said so far is confirmed by a `stay_changed`.
    pub fn publish(&self, news: News) {
        let happening = match news {
            News::Settings { version } => {
                self.core().say(None, "hub", kind::SETTINGS_CHANGED, json!({ "version": version }));
                Happening::Settings { version }
            }
            News::Stay { kind: what, gate, stay } => {
                let content = content(&what, &stay);
                let mut core = self.core();
                let known = core.ring.known(stay.stay, &content);
                let name = match (known, what.as_str()) {
                    (Known::AsFact, _) => return,
                    (Known::New, fact::ENTERED) => kind::ENTRY,
                    (Known::New, fact::LEFT) => kind::EXIT,
                    _ => kind::STAY_CHANGED,
                };
                core.say(None, "hub", name, wire::stay_data(&stay, &what, &gate, false));
                core.ring.note(stay.stay, &content, false);
                if known == Known::AsHint {
                    return;
                }
                let Stay { ticket, plate, .. } = *stay;
                Happening::Stay { kind: what, gate, ticket, plate, hint: false }
            }
        };
        self.0.counters.events.add(1);
        self.happened(happening);
    }

    /// Publishes many, a few at a time, so that a burst alone makes nobody too slow. A client that is stuck holds
    /// the others up by a tenth of a second at most, and then loses its seat.
    pub async fn publish_all(&self, news: impl IntoIterator<Item = News>) {
        for (count, news) in news.into_iter().enumerate() {
            if count % BREATH == BREATH - 1 {
                for _ in 0..20 {
                    if self.core().seats.values().all(Seat::has_room) {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            self.publish(news);
        }
    }

    /// The feed cannot be followed on (another centre, a restored one): a new epoch, and all ask the centre.
    pub fn reset(&self) {
        let mut core = self.core();
        core.ring = Ring::new(Uuid::now_v7(), self.0.limits.ring);
        let place = core.place();
        for seat in core.seats.values().filter(|s| s.live) {
            seat.give(self.reset_text(place));
        }
        drop(core);
        self.happened(Happening::Reset);
    }

    fn reset_text(&self, place: Place) -> Text {
        let wait = jitter(self.0.limits.pull_jitter).as_millis() as u64;
        let data = json!({"epoch": place.epoch, "offset": place.offset, "pull_after_ms": wait});
        wire::write(kind::RESET, "hub", data)
    }

    pub(super) fn join(&self, gate: &str, token: TokenHash, address: SocketAddr) -> Joined {
        let (sender, queue) = mpsc::channel(self.0.limits.queue);
        let (now, kick) = (Timestamp::now(), Kick::default());
        let mut core = self.core();
        let seat = core.next_seat;
        core.next_seat += 1;
        let speaker = Speaker { gate: gate.to_owned(), instance: Uuid::now_v7() };
        let held = Seat { speaker, token, address, since: now, queue: sender, kick: kick.clone(), live: false };
        core.seats.insert(seat, held);
        core.terminal(gate).last_heard = Some(now);
        let place = core.place();
        drop(core);
        let data = json!({
            "epoch": place.epoch, "offset": place.offset, "gate": gate, "server_time": now,
            "ping_ms": self.0.limits.ping_every.as_millis() as u64, "version": self.0.version, "message": "parkir",
        });
        self.happened(Happening::Joined { gate: gate.to_owned(), address: address.to_string() });
        self.0.counters.joined.add(1);
        self.0.changed.notify_one();
        Joined { seat, queue, kick, welcome: wire::write(kind::WELCOME, "hub", data), place }
    }

    pub(super) fn leave(&self, seat: u64, why: Goodbye) {
        let Some(gone) = self.core().seats.remove(&seat) else { return };
        if why == Goodbye::Slow {
            self.0.counters.kicks.add(1);
        }
        self.happened(Happening::Gone { gate: gone.speaker.gate, why });
        self.0.changed.notify_one();
    }

    /// Answers a hello: from where this client is served on, and the words that tell it so. Who begins anew asks the
    /// centre for everything else, but hears again from the ring what the centre has not confirmed yet: while the
    /// database is away nobody else could tell it.
    pub(super) fn hello(&self, seat: u64, last: Option<Place>, instance: Option<Uuid>) -> (Place, Text) {
        let mut core = self.core();
        let now = core.place();
        if let Some(seat) = core.seats.get_mut(&seat) {
            seat.live = false;
            seat.speaker.instance = instance.unwrap_or(seat.speaker.instance);
        }
        match last {
            Some(last) if last.epoch == now.epoch && core.ring.after(last.offset, 0).is_some() => {
                let data = json!({"epoch": now.epoch, "from": last.offset, "to": now.offset});
                (last, wire::write(kind::RESUME, "hub", data))
            }
            _ => {
                let unconfirmed = core.ring.unconfirmed().unwrap_or(now.offset + 1);
                let from = Place { offset: unconfirmed - 1, ..now };
                (from, self.reset_text(from))
            }
        }
    }

    /// The ring went on without this client: it begins at what is said now.
    pub(super) fn skip(&self, seat: u64) -> (Place, Text) {
        let mut core = self.core();
        if let Some(seat) = core.seats.get_mut(&seat) {
            seat.live = false;
        }
        let now = core.place();
        (now, self.reset_text(now))
    }

    /// The next events after `place`. The seat goes live under the same lock that finds nothing more to tell, so
    /// that no event can fall between.
    pub(super) fn catch_up(&self, seat: u64, place: Place, most: usize) -> CatchUp {
        let mut core = self.core();
        let Core { ring, seats, .. } = &mut *core;
        let Some(seat) = seats.get_mut(&seat) else { return CatchUp::Lost };
        if place.epoch != ring.epoch() {
            return CatchUp::Lost;
        }
        let Some(said) = ring.after(place.offset, most) else { return CatchUp::Lost };
        let Some(last) = said.last() else {
            seat.live = true;
            return CatchUp::Live;
        };
        let next = Place { offset: last.offset, ..place };
        CatchUp::Events(said.iter().map(|said| seat.words(said)).collect(), next)
    }

    pub(super) fn heard(&self, seat: u64, beat: Beat) {
        let mut core = self.core();
        let Some(gate) = core.seats.get(&seat).map(|s| s.speaker.gate.clone()) else { return };
        let terminal = core.terminal(&gate);
        let fresh = TerminalStatus {
            gate,
            connected: terminal.connected,
            link: beat.link.or(terminal.link),
            pending: beat.pending,
            operator: beat.operator,
            version: if beat.version.is_empty() { terminal.version.clone() } else { beat.version },
            last_heard: terminal.last_heard,
        };
        let changed = *terminal != fresh;
        *terminal = TerminalStatus { last_heard: Some(Timestamp::now()), ..fresh };
        if changed {
            self.0.changed.notify_one();
        }
    }

    /// Counts a refused connection, and tells people, though not about every one of a flood.
    pub(super) fn refused(&self, address: String, status: u16) {
        self.0.counters.refused.add(1);
        if self.core().refusals.take(Instant::now()) {
            self.happened(Happening::Refused { address, status });
        }
    }
}

/// What two reports must share to be the same news.
pub(super) fn content(what: &str, stay: &Stay) -> String {
    format!("{what} {}", serde_json::to_string(stay).unwrap_or_default())
}
