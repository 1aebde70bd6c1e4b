//! What screens and reports are told: plain data, filled by journal, centre, hub and sync.

use super::capacity::Room;
use super::desk::{EnterAnswer, Refusal};
use super::link::{DownReason, Link};
use super::money::Rupiah;
use super::stay::Stay;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The badge and what stands behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkView {
    pub link: Link,
    pub reason: Option<DownReason>,
    /// Facts not acked, and spool files not yet adopted or removed.
    pub pending: u64,
    /// Of those, put off by "nanti".
    pub deferred: u64,
    /// Set aside with a reason; need a person.
    pub parked: u64,
    pub hub: bool,
    /// A trouble that stays until it is over (a store that cannot be written, a doubtful clock).
    pub banner: Option<Trouble>,
}

/// Troubles with a banner of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    JournalOnly,
    SpoolOnly,
    NoStore,
    JournalReplaced,
    JournalMissing,
    JournalOlder,
    JournalRefilled,
    DiskLow,
    Clock,
}

/// Facts of an outage wait; now or later?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncAsk {
    pub entries: u64,
    pub exits: u64,
    pub from: Timestamp,
    pub to: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncProgress {
    pub done: u64,
    pub total: u64,
    pub sent: u64,
    pub already: u64,
    pub parked: u64,
    /// The fact just sent.
    pub current: Option<FactName>,
}

/// What a fact is known by; screens say it as `B17K00112C  B 90 AA  keluar 13.31`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactName {
    /// Empty where there is none, as is the plate.
    pub ticket: String,
    /// As people write it.
    pub plate: String,
    pub kind: String,
    /// By the gate's clock: `13:31`.
    pub at: String,
}

/// A fact that was set aside. The raw reason stands in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    pub fact: FactName,
    /// The centre's or the journal's code for why: screens have the words.
    pub code: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncSummary {
    pub sent: u64,
    pub already: u64,
    pub parked: u64,
    /// What was set aside now, at most 20.
    pub problems: Vec<Aside>,
    /// It stopped before the end: a `DownReason`'s name, or the journal's own words. What was not sent waits on.
    pub stopped: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCount {
    pub class: String,
    pub name: String,
    pub inside: u64,
    pub capacity: Option<u32>,
}

/// What stands inside and what passed today, as this terminal knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    pub classes: Vec<ClassCount>,
    pub entered_today: u64,
    pub left_today: u64,
    /// Limits of this gate beyond the classes' own.
    pub rooms: Vec<Room>,
    /// The counts are as last heard: other gates' news may be missing.
    pub as_heard: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Printed {
    /// No printer at this gate.
    None,
    Ok,
    Unproven,
    Failed,
}

/// A row of "Terakhir".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    pub stay: Uuid,
    pub at: Timestamp,
    pub ticket: String,
    pub plate: Option<String>,
    pub class: String,
    /// The gate it happened at.
    pub gate: String,
    /// `None` for an entry, the fee for an exit.
    pub fee: Option<Rupiah>,
    pub printed: Printed,
    /// In PostgreSQL.
    pub sent: bool,
}

/// The state of a device as the screen says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceState {
    None,
    Ready,
    Busy,
    /// What is wrong, for people.
    Failed(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Devices {
    pub printer: DeviceState,
    pub barrier: DeviceState,
    pub camera: DeviceState,
}

/// What a lane's hardware did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LaneNews {
    /// The button made an entry.
    Pressed(Box<EnterAnswer>),
    PressRefused(Refusal),
    /// The driver asks for help.
    Help,
    /// The barrier did not open: why, for people.
    NotOpened(String),
    /// The reason is in the books, and the barrier has its order.
    Ordered,
    /// On record before this program began, and its barrier is not: it may still stand there. `leaves`: it has paid.
    Unopened {
        stay: Box<Stay>,
        leaves: bool,
    },
}

/// A small picture: `width * height` pixels, rows first, three bytes each (RGB).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: u16,
    pub height: u16,
    pub rgb: Vec<u8>,
    /// File name and time, always shown with it.
    pub caption: String,
}

/// A photo's place on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PhotoView {
    /// Nothing asked for.
    #[default]
    Empty,
    Waiting,
    Here(Picture),
    /// "foto belum tiba"
    NotArrived,
    /// "foto tidak ada": taken as missing at the gate.
    Missing,
}

/// Today's figures of one class or gate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub name: String,
    pub inside: u64,
    pub entries: u64,
    pub exits: u64,
    pub revenue: Rupiah,
}

/// The admin's first page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    pub inside: u64,
    pub capacity: Option<u64>,
    pub entries: u64,
    pub exits: u64,
    /// Before what was paid back.
    pub revenue: Rupiah,
    #[serde(default)]
    pub refunded: Rupiah,
    pub classes: Vec<Tally>,
    pub gates: Vec<Tally>,
    /// Entries of each hour of the business day's calendar day, 0 to 23.
    pub hours: Vec<u64>,
    /// Inside for more than 24 hours.
    pub stale: u64,
    /// Every limit of the site, the fullest first.
    #[serde(default)]
    pub rooms: Vec<Room>,
}

/// One stay in the admin's list, entry and exit in one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StayRow {
    pub stay: Uuid,
    pub ticket: String,
    pub plate: String,
    pub class: String,
    pub entered_at: Option<Timestamp>,
    pub entered_gate: String,
    pub left_at: Option<Timestamp>,
    pub left_gate: String,
    pub operator: String,
    pub fee: Option<Rupiah>,
    pub method: String,
    /// `di_dalam`, `keluar`, `batal`.
    pub state: String,
    pub flags: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalRow {
    pub gate: String,
    /// `in`, `out` or `both`.
    pub kind: String,
    pub operator: String,
    /// Heard through the hub now.
    pub connected: bool,
    pub pending: u64,
    pub last_seen: Option<Timestamp>,
    pub version: String,
    pub active: bool,
    /// Epochs that two lives name as their parent: a restored or cloned journal.
    #[serde(default)]
    pub forks: u64,
}

/// A client of the hub, as the server's screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubClient {
    pub gate: String,
    pub address: String,
    pub since: Timestamp,
    pub pending: u64,
    pub queued: usize,
}

/// The server's own screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerView {
    pub listen: String,
    pub started: Option<Timestamp>,
    pub database: LinkView,
    pub clients: Vec<HubClient>,
    /// Newest last, at most 100: time and words.
    pub events: Vec<(Timestamp, String)>,
    pub events_total: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Ok,
    Warn,
    Fail,
    /// Could not be tried, because an earlier step failed or there is nothing to try.
    Skipped,
}

/// One step of Periksa: what was tried, how it ended, what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub verdict: Verdict,
    pub detail: String,
    /// Empty when all is well.
    pub todo: String,
}

/// A line of the log page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub at: Timestamp,
    /// `ERROR`, `WARN`, `INFO`, …
    pub level: String,
    pub component: String,
    pub text: String,
}
