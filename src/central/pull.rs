//! What a terminal hears from the centre: who it is, what changed, what is inside, the settings.

use super::{Central, CentralError, rows};
use crate::domain::settings::Settings;
use crate::domain::stay::Stay;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio_postgres::types::{Json, Type};
use uuid::Uuid;

/// What a terminal tells of itself at every check.
#[derive(Clone, Debug, Serialize)]
pub struct HelloInfo {
    pub version: String,
    pub operator: String,
    pub pending: u64,
    pub epoch: Uuid,
    pub seq: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hello {
    pub site: String,
    /// Empty for the centre's own people.
    pub gate: String,
    /// `in`, `out`, `both`; `centre` for the centre's own people.
    pub kind: String,
    pub server_time: Timestamp,
    /// Changes when the centre was restored, promoted or made anew.
    pub generation: String,
    pub schema: i32,
    pub settings_version: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Pulled {
    #[serde(deserialize_with = "rows::each")]
    pub stays: Vec<Stay>,
    /// Where the next pull goes on.
    pub cursor: String,
    /// The cursor given was of another life of the centre (or none): take a snapshot, then pull with `cursor`.
    pub reset: bool,
    /// More changes than one answer holds: the next pull goes on at once.
    #[serde(default)]
    pub more: bool,
    pub settings_version: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SnapshotPage {
    #[serde(deserialize_with = "rows::each")]
    pub stays: Vec<Stay>,
    /// `None` after the last page.
    pub next: Option<Uuid>,
}

impl Central {
    pub async fn hello(&self, info: &HelloInfo, limit: Duration) -> Result<Hello, CentralError> {
        self.json("SELECT api.hello($1)", &[(&Json(info), Type::JSONB)], limit).await
    }

    /// The same answer without reporting anything of this terminal.
    pub async fn greeting(&self, limit: Duration) -> Result<Hello, CentralError> {
        self.json("SELECT api.hello('{}')", &[], limit).await
    }

    /// The stays that changed since the cursor, 2000 at a time.
    pub async fn pull(&self, cursor: Option<&str>, limit: Duration) -> Result<Pulled, CentralError> {
        self.json("SELECT api.pull($1)", &[(&cursor, Type::TEXT)], limit).await
    }

    /// The vehicles inside, by id, at most 1000 after `after`.
    pub async fn snapshot(&self, after: Option<Uuid>, limit: Duration) -> Result<SnapshotPage, CentralError> {
        self.json("SELECT api.snapshot($1)", &[(&after, Type::UUID)], limit).await
    }

    pub async fn settings(&self, limit: Duration) -> Result<Settings, CentralError> {
        self.json("SELECT api.settings()", &[], limit).await
    }
}
