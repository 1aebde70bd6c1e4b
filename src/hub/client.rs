//! A terminal's side of the hub: stays connected, tells what it hears, and never makes anybody wait.
//!
//! Whatever cannot be told in order (a gap, a foreign epoch, a full inbox) becomes one `Pull`: the centre knows.
//! Waits count on the monotonic clock, so that a clock set back or forth changes nothing.

use super::dial::{Address, DialError, Socket, dial};
use super::inbox::Inbox;
use super::pace::{Pace, jitter};
use super::wire::{self, Beat, Place, kind};
use crate::domain::kinds::kind as fact;
use crate::domain::link::Link;
use crate::domain::secret::Secret;
use crate::domain::stay::Stay;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use super::inbox::Incoming;

/// Own entries and exits kept for the hub while it is away; the oldest go first.
const OUTBOX: usize = 256;
/// Connecting, and the answer to hello.
const HANDSHAKE: Duration = Duration::from_secs(5);
const SEND: Duration = Duration::from_secs(5);
/// Full jitter: a random wait up to this, doubled at each failure.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Changes between two heartbeats are told at most this often.
const BEAT_GAP: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// `ws://host:port/parking` or `wss://…`.
    pub url: String,
    pub token: Secret,
    /// This terminal's gate, for the hub's log; the token decides.
    pub gate: String,
    pub version: String,
    /// PEM of the site's CA, needed by `wss`.
    pub ca_file: Option<PathBuf>,
    /// Between two heartbeats; the connection is given up after two and a half of them without any word.
    pub heartbeat: Duration,
}

impl ClientOptions {
    pub fn new(
        url: impl Into<String>,
        token: Secret,
        gate: impl Into<String>,
        version: impl Into<String>,
    ) -> Self {
        let (url, gate, version) = (url.into(), gate.into(), version.into());
        Self { url, token, gate, version, ca_file: None, heartbeat: Duration::from_secs(10) }
    }
}

/// What a terminal tells.
#[derive(Clone, Debug)]
pub enum Outgoing {
    /// Its own entry or exit (`kind` is the fact's), while the database is away.
    Stay {
        stay: Box<Stay>,
        kind: String,
    },
    /// How a ticket of its own came out: `ok`, `failed` or `unknown`.
    Paper {
        stay: Uuid,
        outcome: String,
    },
    Heartbeat {
        link: Link,
        pending: u64,
        operator: String,
    },
}

struct Client {
    options: ClientOptions,
    instance: Uuid,
    place: Option<Place>,
    beat: Beat,
    /// Type and data.
    outbox: VecDeque<(&'static str, Value)>,
    inbox: Inbox,
    pull_at: Option<Instant>,
    beat_at: Instant,
    beat_sent: Instant,
}

/// Why a connection is over.
enum End {
    Stopped,
    Lost(String),
}

/// Stays connected until `stop`, or until nobody holds the other end of `incoming`.
pub async fn run(
    options: ClientOptions,
    mut outgoing: mpsc::Receiver<Outgoing>,
    incoming: mpsc::Sender<Incoming>,
    stop: CancellationToken,
) {
    let now = Instant::now();
    let mut client = Client {
        beat: Beat { version: options.version.clone(), ..Default::default() },
        options,
        instance: Uuid::now_v7(),
        place: None,
        outbox: VecDeque::new(),
        inbox: Inbox::new(incoming),
        pull_at: None,
        beat_at: now,
        beat_sent: now,
    };
    let mut failures = 0;
    while !client.inbox.is_closed() {
        let options = client.options.clone();
        let reach = async {
            let address = Address::parse(&options.url)?;
            timeout(HANDSHAKE, dial(&address, &options.token, options.ca_file.as_ref()))
                .await
                .unwrap_or(Err(DialError::Late))
        };
        let Some(reached) = client.meanwhile(reach, &mut outgoing, &stop).await else { return };
        match reached {
            Ok(socket) => {
                let since = Instant::now();
                match client.serve(socket, &mut outgoing, &stop).await {
                    End::Stopped => return,
                    End::Lost(why) => {
                        tracing::info!(target: "hub", gate = %client.options.gate, why, "sambungan ke hub putus")
                    }
                }
                failures = if since.elapsed() > LONGEST_WAIT { 0 } else { failures };
            }
            Err(error) => {
                if failures == 0 {
                    tracing::info!(target: "hub", gate = %client.options.gate, %error, "hub tidak terjangkau");
                }
            }
        }
        client.inbox.link(false);
        let widest = (FIRST_WAIT * 2_u32.saturating_pow(failures)).min(LONGEST_WAIT);
        failures = (failures + 1).min(10);
        if client.meanwhile(sleep(jitter(widest)), &mut outgoing, &stop).await.is_none() {
            return;
        }
    }
}

impl Client {
    /// Waits for something while still taking what the terminal tells; `None` when it is over.
    async fn meanwhile<T>(
        &mut self,
        wait: impl Future<Output = T>,
        outgoing: &mut mpsc::Receiver<Outgoing>,
        stop: &CancellationToken,
    ) -> Option<T> {
        tokio::pin!(wait);
        let gone = self.inbox.gone();
        tokio::pin!(gone);
        loop {
            tokio::select! {
                done = &mut wait => return Some(done),
                () = stop.cancelled() => return None,
                () = &mut gone => return None,
                Some(out) = outgoing.recv() => self.keep(out),
            }
        }
    }

    fn keep(&mut self, out: Outgoing) {
        match out {
            Outgoing::Heartbeat { link, pending, operator } => {
                let beat = Beat { link: Some(link), pending, operator, version: self.options.version.clone() };
                if beat != self.beat {
                    self.beat = beat;
                    self.beat_at = self.beat_at.min(self.beat_sent + BEAT_GAP);
                }
            }
            Outgoing::Stay { stay, kind } => {
                if kind != fact::ENTERED && kind != fact::LEFT {
                    return;
                }
                let name = if stay.is_inside() { kind::ENTRY } else { kind::EXIT };
                self.gossip(name, serde_json::to_value(&stay).unwrap_or_default());
            }
            Outgoing::Paper { stay, outcome } => {
                self.gossip(kind::PAPER, json!({"stay": stay, "outcome": outcome}))
            }
        }
    }

    fn gossip(&mut self, name: &'static str, data: Value) {
        if self.outbox.len() == OUTBOX {
            self.outbox.pop_front();
        }
        self.outbox.push_back((name, data));
    }

    async fn serve(
        &mut self,
        mut socket: Socket,
        outgoing: &mut mpsc::Receiver<Outgoing>,
        stop: &CancellationToken,
    ) -> End {
        let hello = json!({
            "last": self.place, "instance": self.instance, "gate": self.options.gate, "link": self.beat.link,
            "pending": self.beat.pending, "operator": self.beat.operator, "version": self.beat.version,
        });
        if let Err(end) = self.send(&mut socket, kind::HELLO, hello).await {
            return end;
        }
        let mut pace = Pace::new(30.0, 100.0, std::time::Instant::now());
        let (mut greeted, mut heard) = (false, Instant::now());
        self.beat_sent = heard;
        self.beat_at = heard + self.options.heartbeat;
        loop {
            let may_gossip = greeted && !self.outbox.is_empty();
            let gossip_at = Instant::now() + pace.wait();
            let wake = [
                Some(self.beat_at),
                self.pull_at,
                may_gossip.then_some(gossip_at),
                (!greeted).then_some(heard + HANDSHAKE),
            ];
            let wake = wake.into_iter().flatten().min().unwrap_or(self.beat_at);
            let sent = tokio::select! {
                () = stop.cancelled() => {
                    let _ = timeout(Duration::from_secs(1), socket.close(None)).await;
                    return End::Stopped;
                }
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => {
                        heard = Instant::now();
                        match self.take(&text) {
                            Taken::Greeted => greeted = true,
                            Taken::Over => return End::Lost("server shut down".into()),
                            Taken::Other => {}
                        }
                        Ok(())
                    }
                    Some(Ok(Message::Close(frame))) => {
                        return End::Lost(frame.map_or("closed".into(), |f| format!("closed: {} {}", f.code, f.reason)));
                    }
                    Some(Ok(_)) => {
                        heard = Instant::now();
                        Ok(())
                    }
                    Some(Err(error)) => return End::Lost(error.to_string()),
                    None => return End::Lost("closed".into()),
                },
                Some(out) = outgoing.recv() => {
                    self.keep(out);
                    Ok(())
                }
                () = sleep_until(wake) => {
                    let now = Instant::now();
                    let silent = now.duration_since(heard);
                    if silent > self.options.heartbeat.mul_f64(2.5) || (!greeted && silent >= HANDSHAKE) {
                        return End::Lost("silent".into());
                    }
                    self.due(now, &mut socket, &mut pace, may_gossip).await
                }
            };
            if let Err(end) = sent {
                return end;
            }
            if self.inbox.is_closed() {
                return End::Stopped;
            }
        }
    }

    /// Does what its time has come for.
    async fn due(&mut self, now: Instant, socket: &mut Socket, pace: &mut Pace, gossip: bool) -> Result<(), End> {
        if self.pull_at.is_some_and(|at| at <= now) {
            self.pull_at = None;
            self.inbox.tell(Incoming::Pull);
        }
        if self.beat_at <= now {
            self.inbox.settle();
            let beat = serde_json::to_value(&self.beat).unwrap_or_default();
            self.send(socket, kind::HEARTBEAT, beat).await?;
            self.beat_sent = now;
            self.beat_at = now + self.options.heartbeat;
        }
        while gossip && !self.outbox.is_empty() && pace.take(std::time::Instant::now()) {
            let Some((name, data)) = self.outbox.pop_front() else { break };
            self.send(socket, name, data).await?;
        }
        Ok(())
    }

    async fn send(&self, socket: &mut Socket, name: &str, data: Value) -> Result<(), End> {
        let text = wire::write(name, &self.options.gate, data);
        match timeout(SEND, socket.send(Message::Text(text))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(End::Lost(error.to_string())),
            Err(_) => Err(End::Lost("it takes nothing any more".into())),
        }
    }

    fn take(&mut self, text: &str) -> Taken {
        let Ok(Value::Object(mut message)) = serde_json::from_str(text) else { return Taken::Other };
        let data = message.remove("data").unwrap_or_default();
        if let Some(offset) = message.get("offset").and_then(Value::as_u64)
            && !self.follows(offset)
        {
            return Taken::Other;
        }
        match message.get("type").and_then(Value::as_str).unwrap_or_default() {
            kind::RESUME => {
                self.inbox.link(true);
                return Taken::Greeted;
            }
            kind::RESET => {
                self.place = serde_json::from_value(data.clone()).ok();
                let wait = data.get("pull_after_ms").and_then(Value::as_u64).unwrap_or(0).min(10_000);
                self.pull_at = Some(Instant::now() + Duration::from_millis(wait));
                self.inbox.link(true);
                return Taken::Greeted;
            }
            kind::ENTRY | kind::EXIT | kind::STAY_CHANGED => {
                let hint = data.get("hint").and_then(Value::as_bool).unwrap_or(false);
                // A notice of an old terminal names no stay: nothing to know for good.
                if let Ok(stay) = serde_json::from_value(data) {
                    self.inbox.tell(if hint { Incoming::Hint(stay) } else { Incoming::Stay(stay) });
                }
            }
            kind::PAPER => {
                let word = |name: &str| data.get(name).and_then(Value::as_str).map(str::to_owned);
                let stay = word("stay").and_then(|id| id.parse().ok());
                if let (Some(stay), Some(gate), Some(outcome)) = (stay, word("gate"), word("outcome")) {
                    self.inbox.tell(Incoming::Paper { stay, gate, outcome });
                }
            }
            kind::SYSTEM_STATUS => {
                if let Ok(status) = serde_json::from_value(data) {
                    self.inbox.tell(Incoming::Status(status));
                }
            }
            kind::SETTINGS_CHANGED => self.inbox.tell(Incoming::SettingsChanged),
            kind::SYNC_REQUEST => self.inbox.tell(Incoming::Pull),
            kind::ERROR => tracing::warn!(target: "hub", error = %data, "hub menolak kabar terminal ini"),
            kind::SERVER_SHUTDOWN => return Taken::Over,
            _ => {}
        }
        Taken::Other
    }

    /// Whether an event is news; a jump in the numbers means something was missed.
    fn follows(&mut self, offset: u64) -> bool {
        let Some(place) = &mut self.place else { return true };
        if offset <= place.offset {
            return false;
        }
        if offset > place.offset + 1 {
            self.inbox.tell(Incoming::Pull);
        }
        place.offset = offset;
        true
    }
}

enum Taken {
    Greeted,
    Over,
    Other,
}
