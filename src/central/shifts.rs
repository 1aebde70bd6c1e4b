//! Shifts as the books have them, for the admin's login.

use super::connect::Params;
use super::{Central, CentralError};
use crate::domain::fact::Sealed;
use crate::domain::money::Rupiah;
use crate::domain::shift::Line;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_postgres::types::Type;
use uuid::Uuid;

/// One shift: what its facts say, and beside it what transaksi comes to now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftRow {
    pub shift: Uuid,
    pub gate: String,
    pub operator: String,
    pub opened_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub closed_by: Option<String>,
    /// `counted`, `headless`, `cutoff`.
    pub how: Option<String>,
    pub float: Option<Rupiah>,
    pub counted: Option<Rupiah>,
    pub expected: Option<Rupiah>,
    pub variance: Option<Rupiah>,
    pub reason: Option<String>,
    pub deposit: Option<Rupiah>,
    pub deposit_number: Option<String>,
    pub left: Option<Rupiah>,
    /// The revenue as the slip says it.
    pub reported: Option<Rupiah>,
    pub from_shift: Option<Uuid>,
    pub accepted: Option<Rupiah>,
    /// Who took over its cash.
    pub accepted_by: Option<String>,
    /// How much of `left` was found then.
    #[serde(default)]
    pub accepted_then: Option<Rupiah>,
    /// Exits in the books that stand, and those that were taken back.
    pub count: u64,
    pub revenue: Rupiah,
    pub voids: u64,
    pub voided: Rupiah,
    pub methods: BTreeMap<String, Line>,
}

impl ShiftRow {
    /// Whether the slip and the books say the same; `None` while it is open.
    pub fn agrees(&self) -> Option<bool> {
        // A slip without a method of payment reports nothing, which is a sum too.
        self.closed_at.map(|_| self.reported.unwrap_or_default() == self.revenue)
    }

    /// What was found less what was left, where that is not the same.
    pub fn handed_over(&self) -> Option<Rupiah> {
        let by = self.accepted_then? - self.left?;
        (by != Rupiah::ZERO).then_some(by)
    }
}

/// One shift with its closing as it came.
#[derive(Clone, Debug, Deserialize)]
pub struct ShiftFound {
    pub row: ShiftRow,
    /// The site's name.
    pub site: String,
    pub closing: Option<Sealed>,
}

impl Central {
    /// Those that were open at some time of the range, newest first, at most 500.
    pub async fn shifts(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: Duration,
    ) -> Result<Vec<ShiftRow>, CentralError> {
        let (from, to) = (from.to_string(), to.to_string());
        let params: Params<'_> = &[(&from, Type::TEXT), (&to, Type::TEXT)];
        self.json("SELECT ops.shifts($1::timestamptz, $2::timestamptz)", params, limit).await
    }

    /// By the beginning or the end of an id, or by a deposit's number; two where that is not one.
    pub async fn shift(&self, name: &str, limit: Duration) -> Result<Vec<ShiftFound>, CentralError> {
        self.json("SELECT ops.shift($1)", &[(&name, Type::TEXT)], limit).await
    }
}
