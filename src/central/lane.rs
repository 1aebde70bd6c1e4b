//! Openings and passages of all lanes at the centre; for the admin's login only.

use super::{Central, CentralError, rows};
use crate::domain::ledger::LaneFact;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use tokio_postgres::types::{Json, Type};

impl Central {
    /// Of `[from, to)`, oldest first, at most 20 000; of one gate or of all.
    pub async fn lane_facts(
        &self,
        (from, to): (Timestamp, Timestamp),
        gate: Option<&str>,
        limit: Duration,
    ) -> Result<Vec<LaneFact>, CentralError> {
        let asked = json!({"from": from, "to": to, "gate": gate});
        let facts: Vec<Value> =
            self.json("SELECT ops.lane_facts($1)", &[(&Json(asked), Type::JSONB)], limit).await?;
        Ok(facts.into_iter().filter_map(rows::one).collect())
    }
}
