//! The words on the wire: one versioned envelope, the canonical types, and the old system's names for them.
//!
//! ```json
//! {"v":1,"type":"parking_entry","id":"<uuid>","ts":"<RFC 3339>","src":"hub","offset":17,"data":{…}}
//! ```
//!
//! `offset` stands only on events of the ring. `data` of `parking_entry`, `parking_exit` and `stay_changed` is a
//! `domain::stay::Stay` with `kind`, `gate` and `hint` beside it. The old system's messages were flat
//! (`{"type":"vehicle_entry","plate_number":…}`) or wrapped (`{"type":…,"data":…}`): both are read.

use crate::domain::link::Link;
use crate::domain::stay::Stay;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::Uuid;

/// A message ready to go; cheap to give to many.
pub type Text = Utf8Bytes;

/// The envelope's version.
pub const VERSION: u64 = 1;

/// Words that stand in an envelope's `type`.
pub mod kind {
    pub const WELCOME: &str = "welcome";
    pub const HELLO: &str = "hello";
    pub const RESUME: &str = "resume";
    pub const RESET: &str = "reset";
    pub const HEARTBEAT: &str = "heartbeat";
    pub const HEARTBEAT_ACK: &str = "heartbeat_ack";
    pub const PING: &str = "ping";
    pub const PONG: &str = "pong";
    pub const ENTRY: &str = "parking_entry";
    pub const EXIT: &str = "parking_exit";
    pub const STAY_CHANGED: &str = "stay_changed";
    /// A gate tells how a ticket of its own came out of the printer.
    pub const PAPER: &str = "ticket_paper";
    pub const SETTINGS_CHANGED: &str = "settings_changed";
    pub const CONNECTION_STATUS: &str = "connection_status";
    pub const SYSTEM_STATUS: &str = "system_status";
    pub const GET_STATUS: &str = "get_status";
    pub const SYNC_REQUEST: &str = "sync_request";
    /// The sender's own event was taken and stands at this offset.
    pub const ACK: &str = "ack";
    pub const ERROR: &str = "error";
    pub const SERVER_SHUTDOWN: &str = "server_shutdown";
}

/// Where a client stood when it last heard something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub epoch: Uuid,
    pub offset: u64,
}

/// What a terminal says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Beat {
    /// Its own link to the database.
    pub link: Option<Link>,
    pub pending: u64,
    pub operator: String,
    pub version: String,
}

/// What a client may say.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    Hello {
        last: Option<Place>,
        instance: Option<Uuid>,
        beat: Beat,
    },
    Heartbeat(Beat),
    Ping,
    GetStatus,
    SyncRequest,
    Stay {
        kind: &'static str,
        id: Option<Uuid>,
        stay: Box<Stay>,
    },
    Paper {
        id: Option<Uuid>,
        stay: Uuid,
        /// As in a `printed` fact.
        outcome: String,
    },
    /// The old system's entry or exit: it names no stay, so it is a notice for people only.
    Notice {
        kind: &'static str,
        id: Option<Uuid>,
        data: Map<String, Value>,
    },
    /// Answers that need no answer.
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    #[error("not_json")]
    NotJson,
    #[error("no_type")]
    NoType,
    #[error("unknown_version")]
    Version,
    #[error("unknown_type")]
    UnknownType,
    #[error("bad_data")]
    Data,
}

impl WireError {
    /// Whether a well-meant newer client may say such a thing; it is told, and not counted as nonsense.
    pub fn is_forgiven(&self) -> bool {
        matches!(self, Self::UnknownType | Self::Version)
    }
}

/// Reads a client's message.
pub fn read(text: &str) -> Result<Heard, WireError> {
    let Ok(Value::Object(mut message)) = serde_json::from_str(text) else { return Err(WireError::NotJson) };
    if message.get("v").is_some_and(|v| v.as_u64() != Some(VERSION)) {
        return Err(WireError::Version);
    }
    let Some(Value::String(name)) = message.remove("type") else { return Err(WireError::NoType) };
    let id = message.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let data = match message.remove("data") {
        Some(Value::Object(data)) => data,
        Some(Value::Null) | None => message,
        Some(_) => return Err(WireError::Data),
    };
    match name.as_str() {
        kind::HELLO => hello(data),
        kind::HEARTBEAT | kind::CONNECTION_STATUS => Ok(Heard::Heartbeat(beat(data))),
        kind::PING => Ok(Heard::Ping),
        kind::GET_STATUS | kind::SYSTEM_STATUS => Ok(Heard::GetStatus),
        kind::SYNC_REQUEST => Ok(Heard::SyncRequest),
        kind::ENTRY | "vehicle_entry" => event(kind::ENTRY, id, data),
        kind::EXIT | "vehicle_exit" => event(kind::EXIT, id, data),
        kind::PAPER => paper(id, &data),
        kind::HEARTBEAT_ACK | kind::PONG | kind::WELCOME | kind::ERROR | kind::ACK => Ok(Heard::Nothing),
        _ => Err(WireError::UnknownType),
    }
}

fn hello(mut data: Map<String, Value>) -> Result<Heard, WireError> {
    let last = match data.remove("last") {
        None | Some(Value::Null) => None,
        Some(place) => Some(serde_json::from_value(place).map_err(|_| WireError::Data)?),
    };
    let instance = data.get("instance").and_then(Value::as_str).and_then(|id| id.parse().ok());
    Ok(Heard::Hello { last, instance, beat: beat(data) })
}

fn paper(id: Option<Uuid>, data: &Map<String, Value>) -> Result<Heard, WireError> {
    let word = |name: &str| data.get(name).and_then(Value::as_str).ok_or(WireError::Data);
    let stay = word("stay")?.parse().map_err(|_| WireError::Data)?;
    match word("outcome")? {
        outcome @ ("ok" | "failed" | "unknown") => Ok(Heard::Paper { id, stay, outcome: outcome.to_owned() }),
        _ => Err(WireError::Data),
    }
}

/// Old heartbeats carry nothing, or things of their own: what cannot be read is as if not said.
fn beat(mut data: Map<String, Value>) -> Beat {
    let mut take = |name: &str| data.remove(name).unwrap_or_default();
    let words = |value: Value| value.as_str().map(short).unwrap_or_default();
    Beat {
        link: serde_json::from_value(take("link")).ok(),
        pending: take("pending").as_u64().unwrap_or(0),
        operator: words(take("operator")),
        version: words(take("version")),
    }
}

/// At most 64 printable characters of a client's words.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

fn event(kind: &'static str, id: Option<Uuid>, mut data: Map<String, Value>) -> Result<Heard, WireError> {
    if data.contains_key("stay") {
        let stay: Stay = serde_json::from_value(Value::Object(data)).map_err(|_| WireError::Data)?;
        let words = [&stay.ticket, &stay.class, &stay.entered_gate, &stay.operator];
        let plain = words.into_iter().chain(&stay.plate).all(|word| *word == short(word));
        let fits = stay.is_inside() == (kind == kind::ENTRY);
        return if plain && fits {
            Ok(Heard::Stay { kind, id, stay: Box::new(stay) })
        } else {
            Err(WireError::Data)
        };
    }
    let mut notice = Map::new();
    for (name, others) in OLD_FIELDS {
        let found = others.iter().find_map(|other| data.remove(*other));
        if let Some(Value::String(text)) = found {
            notice.insert((*name).to_owned(), short(&text).into());
        }
    }
    if notice.is_empty() { Err(WireError::Data) } else { Ok(Heard::Notice { kind, id, data: notice }) }
}

/// Our names for the old system's fields.
const OLD_FIELDS: &[(&str, &[&str])] = &[
    ("plate", &["plate_number", "licensePlate", "vehicle_number", "plate"]),
    ("class", &["vehicle_type", "vehicleType", "class"]),
    ("ticket", &["ticketNumber", "ticket_number", "ticket"]),
    ("entered_at", &["entry_time", "entryTime", "entered_at"]),
    ("left_at", &["exit_time", "exitTime", "left_at"]),
];

/// Writes an envelope.
pub fn write(kind: &str, src: &str, data: Value) -> Text {
    envelope(kind, src, Uuid::now_v7(), None, data)
}

/// Writes an event of the ring.
pub fn write_event(kind: &str, src: &str, offset: u64, data: Value) -> Text {
    envelope(kind, src, Uuid::now_v7(), Some(offset), data)
}

/// Tells a speaker at which offset its own event stands.
pub fn write_ack(id: Option<Uuid>, offset: u64) -> Text {
    envelope(kind::ACK, "hub", id.unwrap_or_else(Uuid::now_v7), Some(offset), json!({}))
}

pub fn write_error(code: &str) -> Text {
    write(kind::ERROR, "hub", json!({ "code": code }))
}

fn envelope(kind: &str, src: &str, id: Uuid, offset: Option<u64>, data: Value) -> Text {
    let ts = Timestamp::now();
    let mut message = json!({"v": VERSION, "type": kind, "id": id, "ts": ts, "src": src, "data": data});
    if let (Some(offset), Some(fields)) = (offset, message.as_object_mut()) {
        fields.insert("offset".into(), offset.into());
    }
    message.to_string().into()
}

/// A stay's report as `data`: the stay's fields, what happened, where, and whether only a terminal says so.
pub fn stay_data(stay: &Stay, kind: &str, gate: &str, hint: bool) -> Value {
    let mut data = serde_json::to_value(stay).unwrap_or_default();
    if let Some(fields) = data.as_object_mut() {
        fields.insert("kind".into(), kind.into());
        fields.insert("gate".into(), gate.into());
        fields.insert("hint".into(), hint.into());
    }
    data
}
