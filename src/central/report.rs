//! What administrators see; for the admin's login only.

use super::rows::Rows;
use super::{Central, CentralError};
use crate::domain::view::{Overview, StayRow, TerminalRow};
use std::time::Duration;
use tokio_postgres::types::Type;

impl Central {
    pub async fn overview(&self, limit: Duration) -> Result<Overview, CentralError> {
        self.json("SELECT ops.overview()", &[], limit).await
    }

    /// The newest stays whose ticket or plate holds `filter`, at most 500.
    pub async fn stays(&self, filter: &str, limit: Duration) -> Result<Vec<StayRow>, CentralError> {
        let Rows(rows) = self.json("SELECT ops.stays($1)", &[(&filter, Type::TEXT)], limit).await?;
        Ok(rows)
    }

    /// `connected` here means: heard at the centre within 25 s.
    pub async fn terminals(&self, limit: Duration) -> Result<Vec<TerminalRow>, CentralError> {
        let Rows(rows) = self.json("SELECT ops.terminals()", &[], limit).await?;
        Ok(rows)
    }
}
