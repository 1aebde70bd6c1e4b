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

/// What the gate that let a vehicle in says of its ticket; nobody says anything of one printed at the first try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketPaper {
    pub stay: Uuid,
    pub gate: String,
    /// As in a `printed` fact.
    pub outcome: String,
}

/// Stays, each with what is told of its ticket.
#[derive(Deserialize)]
#[serde(transparent)]
struct Told(#[serde(deserialize_with = "rows::each")] Vec<Row>);

#[derive(Deserialize)]
struct Row {
    #[serde(flatten)]
    stay: Stay,
    /// Not told by centres from before it.
    #[serde(default)]
    paper: Option<String>,
}

impl Told {
    fn apart(self) -> (Vec<Stay>, Vec<TicketPaper>) {
        let mut papers = Vec::new();
        let apart = |Row { stay, paper }: Row| {
            let (id, gate) = (stay.stay, stay.entered_gate.clone());
            papers.extend(paper.map(|outcome| TicketPaper { stay: id, gate, outcome }));
            stay
        };
        let stays = self.0.into_iter().map(apart).collect();
        (stays, papers)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "PulledRows")]
pub struct Pulled {
    pub stays: Vec<Stay>,
    pub papers: Vec<TicketPaper>,
    /// Where the next pull goes on.
    pub cursor: String,
    /// The cursor given was of another life of the centre (or none): take a snapshot, then pull with `cursor`.
    pub reset: bool,
    /// More changes than one answer holds: the next pull goes on at once.
    pub more: bool,
    pub settings_version: u32,
}

#[derive(Deserialize)]
struct PulledRows {
    stays: Told,
    cursor: String,
    reset: bool,
    #[serde(default)]
    more: bool,
    settings_version: u32,
}

impl From<PulledRows> for Pulled {
    fn from(rows: PulledRows) -> Self {
        let PulledRows { stays, cursor, reset, more, settings_version } = rows;
        let (stays, papers) = stays.apart();
        Self { stays, papers, cursor, reset, more, settings_version }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "PageRows")]
pub struct SnapshotPage {
    pub stays: Vec<Stay>,
    pub papers: Vec<TicketPaper>,
    /// `None` after the last page.
    pub next: Option<Uuid>,
}

#[derive(Deserialize)]
struct PageRows {
    stays: Told,
    next: Option<Uuid>,
}

impl From<PageRows> for SnapshotPage {
    fn from(rows: PageRows) -> Self {
        let (stays, papers) = rows.stays.apart();
        Self { stays, papers, next: rows.next }
    }
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
