//! The bodies of facts: what each kind says. New kinds are added; an old one never changes its meaning.
//!
//! Personal fields (plate, typed text, member) do not stand in a body: the envelope carries them beside their
//! salted commitments, so that erasing them lawfully leaves hash and chain whole.

use super::cash::Count;
use super::concession::Conceded;
use super::lost::{Approval, LostNote, Refunded};
use super::money::Rupiah;
use super::paper::Keyed;
use super::payment::Receipt;
use super::prepaid::Prepaid;
use super::shift::Totals;
use super::tariff::{FeeLine, TaxSplit};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Words that stand in a fact's `kind`.
pub mod kind {
    pub const ENTERED: &str = "entered";
    pub const LEFT: &str = "left";
    pub const VOIDED: &str = "voided";
    pub const CORRECTED: &str = "corrected";
    pub const PHOTO: &str = "photo";
    pub const SHIFT_OPENED: &str = "shift_opened";
    pub const SHIFT_CLOSED: &str = "shift_closed";
    pub const BARRIER_OPENED: &str = "barrier_opened";
    pub const PULSED: &str = "pulsed";
    pub const PASSED: &str = "passed";
    pub const PRINTED: &str = "printed";
    pub const STARTED: &str = "started";
    pub const NOTE: &str = "note";
    pub const DUPLICATE: &str = "duplicate";
    pub const REFUNDED: &str = "refunded";
}

/// A vehicle came in. The fact's id is the stay's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    pub ticket: String,
    pub class: String,
    /// `operator`, `button` (no plate), `manual` (keyed in afterwards).
    pub source: String,
    /// The tariff version frozen for this stay.
    pub tariff: u32,
    /// The paper ticket it was keyed in from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<Keyed>,
    /// Paid on the way in: the money of this very fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepaid: Option<Box<Prepaid>>,
}

/// A vehicle paid and went out. Carries the entry data it knew, so that it stands alone if the entry never comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The stay it ends; its own id where there was no ticket at all.
    pub stay: Uuid,
    pub ticket: Option<String>,
    pub class: String,
    /// RFC 3339.
    pub entered_at: String,
    pub entered_gate: Option<String>,
    /// How the gate knew the stay: `replica`, `qr` or `stated` (keluar tanpa data).
    pub known: String,
    /// Due here: what was paid on the way in is taken off already.
    pub fee: Rupiah,
    pub lines: Vec<FeeLine>,
    /// `tunai`, `qris`, `emoney`.
    pub method: String,
    pub tendered: Rupiah,
    pub change: Rupiah,
    /// The proof of a payment without cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// The tariff version reckoned with.
    pub tariff: u32,
    /// The tax in the fee; not there where the tariff says nothing of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<TaxSplit>,
    /// There was no ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<Box<LostNote>>,
    /// Member, voucher, free of charge; the member's card is a personal field.
    #[serde(flatten)]
    pub more: Box<Conceded>,
    /// What an auditor should look at: `no_data`, `qr_only`, `tariff_unknown`, …
    pub flags: Vec<String>,
}

/// A fact was taken back. Waits at the centre for its target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voided {
    pub stay: Uuid,
    pub target: Uuid,
    pub target_gate: String,
    pub reason: String,
    /// Who allowed it, where somebody had to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Approval>,
}

/// The stay's class was taken down wrongly (a plate goes with the personal fields); or, of an exit, how it was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    pub stay: Uuid,
    pub target: Uuid,
    pub target_gate: String,
    pub class: Option<String>,
    pub reason: String,
    /// How the targeted exit was paid, as `Left::method`; of several corrections the newest holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Approval>,
}

/// An entry or exit is one that was taken down twice: it is set aside, another stands for it. Only of gate `PUSAT`;
/// a `voided` of `PUSAT` that targets it takes it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    pub stay: Uuid,
    pub target: Uuid,
    pub target_gate: String,
    /// What was found together, and is undone together.
    pub group: Uuid,
    /// `exact`, `strong` or `weak`.
    pub certainty: String,
    pub kept: Uuid,
    pub kept_gate: String,
    pub reason: String,
}

/// A photo of a stay, or that there is none. Never delays money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    pub stay: Uuid,
    /// `in` or `out`.
    pub side: String,
    /// `ok` or `missing`.
    pub state: String,
    /// Lower-case hex SHA-256 of the file; empty when missing.
    pub sha256: String,
    pub bytes: u64,
    /// Below `data_dir`: `Images/Masuk/…jpg`.
    pub file: String,
}

/// How a ticket's or receipt's printing ended. The newest of a stay's ticket counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    pub stay: Uuid,
    /// `ticket` or `receipt`.
    #[serde(default)]
    pub what: String,
    /// `ok`, `failed` or `unknown`. Only `ok` proves paper.
    #[serde(default)]
    pub outcome: String,
    /// 1 for the first; a higher one bears `CETAK ULANG copy - 1` on paper.
    #[serde(default = "first_copy")]
    pub copy: u32,
    /// Why it failed, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

fn first_copy() -> u32 {
    1
}

/// Where an epoch's chain hangs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    pub epoch: Uuid,
    pub seq: u64,
    /// Lower-case hex of the parent's link hash.
    pub hash: String,
}

/// A terminal started: the first fact of its epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// The last fact this journal held; `None` for a journal that was empty.
    pub parent: Option<Parent>,
    /// The program's version.
    pub version: String,
}

/// Somebody takes over a till. The fact's id is the shift's id, and its own envelope names it too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftOpened {
    pub float: Rupiah,
    /// Who vouches for the operator: `pin`, `pin_due` (one that should have been changed) or `config`.
    pub trust: String,
    /// The shift whose cash was handed over, and how much of it the new operator found.
    pub from_shift: Option<Uuid>,
    pub accepted: Option<Rupiah>,
    /// What that shift said it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Rupiah>,
}

/// A till was counted and closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftClosed {
    pub shift: Uuid,
    /// RFC 3339.
    pub opened_at: String,
    pub opened_by: String,
    /// `counted`, `headless` or `cutoff`.
    pub how: String,
    pub float: Rupiah,
    /// What the shift before left, where `float` is not that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed: Option<Rupiah>,
    /// Counted before the expected sum was shown; none where nobody counts.
    pub counted: Option<Rupiah>,
    pub pieces: Count,
    pub expected: Rupiah,
    /// Counted less expected.
    pub variance: Option<Rupiah>,
    pub reason: String,
    /// Paid in (setoran), its number, and what stays in the drawer.
    pub deposit: Rupiah,
    pub deposit_number: String,
    pub left: Rupiah,
    pub totals: Totals,
    /// Facts that had not reached the centre then.
    pub waiting: u64,
}

/// A fact's body, by kind. `Other` keeps what a newer version wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Entered(Entered),
    Left(Left),
    Voided(Voided),
    Corrected(Corrected),
    Photo(Photo),
    Printed(Printed),
    Started(Started),
    Duplicate(Duplicate),
    ShiftOpened(ShiftOpened),
    ShiftClosed(Box<ShiftClosed>),
    Refunded(Refunded),
    Other { kind: String, body: Value },
}

impl Event {
    pub fn kind(&self) -> &str {
        match self {
            Self::Entered(_) => kind::ENTERED,
            Self::Left(_) => kind::LEFT,
            Self::Voided(_) => kind::VOIDED,
            Self::Corrected(_) => kind::CORRECTED,
            Self::Photo(_) => kind::PHOTO,
            Self::Printed(_) => kind::PRINTED,
            Self::Started(_) => kind::STARTED,
            Self::Duplicate(_) => kind::DUPLICATE,
            Self::ShiftOpened(_) => kind::SHIFT_OPENED,
            Self::ShiftClosed(_) => kind::SHIFT_CLOSED,
            Self::Refunded(_) => kind::REFUNDED,
            Self::Other { kind, .. } => kind,
        }
    }

    /// The body as JSON: integers, strings, booleans, lists and objects, never a float.
    pub fn body(&self) -> Result<Value, serde_json::Error> {
        match self {
            Self::Entered(b) => serde_json::to_value(b),
            Self::Left(b) => serde_json::to_value(b),
            Self::Voided(b) => serde_json::to_value(b),
            Self::Corrected(b) => serde_json::to_value(b),
            Self::Photo(b) => serde_json::to_value(b),
            Self::Printed(b) => serde_json::to_value(b),
            Self::Started(b) => serde_json::to_value(b),
            Self::Duplicate(b) => serde_json::to_value(b),
            Self::ShiftOpened(b) => serde_json::to_value(b),
            Self::ShiftClosed(b) => serde_json::to_value(b),
            Self::Refunded(b) => serde_json::to_value(b),
            Self::Other { body, .. } => Ok(body.clone()),
        }
    }

    /// Reads a body back; an unknown kind is kept as it is.
    pub fn read(kind: &str, body: &Value) -> Result<Self, serde_json::Error> {
        let body = body.clone();
        Ok(match kind {
            kind::ENTERED => Self::Entered(serde_json::from_value(body)?),
            kind::LEFT => Self::Left(serde_json::from_value(body)?),
            kind::VOIDED => Self::Voided(serde_json::from_value(body)?),
            kind::CORRECTED => Self::Corrected(serde_json::from_value(body)?),
            kind::PHOTO => Self::Photo(serde_json::from_value(body)?),
            kind::PRINTED => Self::Printed(serde_json::from_value(body)?),
            kind::STARTED => Self::Started(serde_json::from_value(body)?),
            kind::DUPLICATE => Self::Duplicate(serde_json::from_value(body)?),
            kind::SHIFT_OPENED => Self::ShiftOpened(serde_json::from_value(body)?),
            kind::SHIFT_CLOSED => Self::ShiftClosed(serde_json::from_value(body)?),
            kind::REFUNDED => Self::Refunded(serde_json::from_value(body)?),
            other => Self::Other { kind: other.to_owned(), body },
        })
    }
}
