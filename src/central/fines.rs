//! Fines of lost tickets by their code, what was paid back, and exits that the centre takes back.

use super::connect::Params;
use super::duplicates::Recorded;
use super::{Central, CentralError};
use crate::domain::lost::Fine;
use crate::domain::money::Rupiah;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio_postgres::types::Type;
use uuid::Uuid;

/// One fine paid back, as the books have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRow {
    pub fact: Uuid,
    pub gate: String,
    pub at: Timestamp,
    pub claim: String,
    pub amount: Rupiah,
    pub operator: String,
    pub supervisor: String,
    pub reason: String,
    /// `ganda` (another was first), `tanpa_denda`, `beda_jumlah`, `lewat`, and what the gate said.
    pub flags: Vec<String>,
}

/// An exit that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRow {
    pub fact: Uuid,
    pub gate: String,
    pub stay: Uuid,
    pub ticket: String,
    pub class: String,
    pub at: Timestamp,
    pub fee: Rupiah,
    pub method: String,
}

/// An entry whose vehicle is inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRow {
    /// Also the id of its fact.
    pub stay: Uuid,
    pub gate: String,
    pub ticket: String,
    pub class: String,
    pub at: Timestamp,
    /// On the way in, and how.
    pub paid: Option<Rupiah>,
    pub method: Option<String>,
}

impl Central {
    /// By its stay or its ticket's number.
    pub async fn entry_named(&self, name: &str, limit: Duration) -> Result<Vec<EntryRow>, CentralError> {
        self.json("SELECT ops.entry_named($1)", &[(&name, Type::TEXT)], limit).await
    }

    /// By its fact's id, its stay's, or its ticket's number.
    pub async fn exit_named(&self, name: &str, limit: Duration) -> Result<Vec<ExitRow>, CentralError> {
        self.json("SELECT ops.exit_named($1)", &[(&name, Type::TEXT)], limit).await
    }

    /// For gates; none: the centre has no such fine.
    pub async fn fine(&self, code: &str, limit: Duration) -> Result<Option<Fine>, CentralError> {
        self.json("SELECT coalesce(api.fine($1), 'null')", &[(&code, Type::TEXT)], limit).await
    }

    /// For administrators.
    pub async fn fine_there(&self, code: &str, limit: Duration) -> Result<Option<Fine>, CentralError> {
        self.json("SELECT coalesce(ops.fine($1), 'null')", &[(&code, Type::TEXT)], limit).await
    }

    /// What was paid back in a range, newest first, at most 500.
    pub async fn refunds(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: Duration,
    ) -> Result<Vec<RefundRow>, CentralError> {
        let (from, to) = (from.to_string(), to.to_string());
        let params: Params<'_> = &[(&from, Type::TEXT), (&to, Type::TEXT)];
        self.json("SELECT ops.refunds($1::timestamptz, $2::timestamptz)", params, limit).await
    }

    /// Takes the centre's own `refunded` or `voided` fact. Sending the same again is harmless.
    pub async fn put_right(&self, fact: &str, limit: Duration) -> Result<Recorded, CentralError> {
        self.json("SELECT ops.put_right($1::text::json)", &[(&fact, Type::TEXT)], limit).await
    }
}
