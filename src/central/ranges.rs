//! What of a gate's own facts the centre has, told by hashes over ranges.

use super::{Central, CentralError};
use serde::Serialize;
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{Json, Type};
use uuid::Uuid;

impl Central {
    /// The smallest id the centre's ledger still takes; `None` while nothing was archived, or where it is too old to
    /// have an archive.
    pub async fn archive(&self, limit: Duration) -> Result<Option<Uuid>, CentralError> {
        match self.row("SELECT api.archive()", &[], limit).await {
            Err(CentralError::Postgres(e)) if e.code() == Some(&SqlState::UNDEFINED_FUNCTION) => Ok(None),
            row => Ok(row?.try_get(0)?),
        }
    }

    /// Which of these ranges (places in the slice, from 0) are not at the centre as they are here. A range tells
    /// `epoch`, `from`, `to`, `count` and `digest`, and `least` where smaller ids do not count.
    pub async fn ranges(
        &self,
        ranges: &[impl Serialize + Sync],
        limit: Duration,
    ) -> Result<Vec<i32>, CentralError> {
        let ranges = serde_json::to_value(ranges).map_err(|e| CentralError::Answer(e.to_string()))?;
        let row = self.row("SELECT api.ranges($1)", &[(&Json(ranges), Type::JSONB)], limit).await?;
        Ok(row.try_get(0)?)
    }

    /// The content hashes (hex) of the gate's own facts with these seqs, at most 1000.
    pub async fn range_rows(
        &self,
        epoch: Uuid,
        from: i64,
        to: i64,
        limit: Duration,
    ) -> Result<Vec<String>, CentralError> {
        let params: &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)] =
            &[(&epoch, Type::UUID), (&from, Type::INT8), (&to, Type::INT8)];
        let row = self.row("SELECT api.rows($1, $2, $3)", params, limit).await?;
        Ok(row.try_get(0)?)
    }
}
