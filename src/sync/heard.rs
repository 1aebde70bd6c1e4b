//! Bringing home what others did: changes since the cursor, or a whole snapshot when the cursor means nothing here.

use super::{Event, Teller};
use crate::central::{Central, CentralError};
use crate::domain::settings::Settings;
use crate::domain::stay::Stay;
use crate::journal::{Journal, Source};
use jiff::Timestamp;
use std::time::Duration;

const CURSOR: &str = "cursor";
const ROUND: &str = "round";
/// Where the last settings of the centre stand in the replica.
pub const SETTINGS: &str = "settings";

/// How far this terminal has heard the centre.
pub(super) struct Home {
    pub journal: Journal,
    pub events: Teller,
    cursor: Option<String>,
    round: i64,
    settings_version: u32,
}

impl Home {
    /// From what was kept when this terminal last ran.
    pub async fn open(journal: Journal, events: Teller) -> Self {
        let kept = async |key| journal.kept(key).await.ok().flatten();
        let (cursor, round, settings) = (kept(CURSOR).await, kept(ROUND).await, kept(SETTINGS).await);
        let mut settings_version = 0;
        if let Some(settings) = settings.and_then(|t| serde_json::from_str::<Settings>(&t).ok()) {
            settings_version = settings.version;
            events.tell(Event::Settings(Box::new(settings)));
        }
        let round = round.and_then(|r| r.parse().ok()).unwrap_or_default();
        Self { journal, events, cursor, round, settings_version }
    }

    /// Pulls what changed, and the settings when their version is another. `limit` is for each call; `heard` is told
    /// after each that was answered.
    pub async fn pull(
        &mut self,
        central: &Central,
        limit: Duration,
        heard: impl Fn(),
    ) -> Result<(), CentralError> {
        let pulled = central.pull(self.cursor.as_deref(), limit).await?;
        heard();
        let mut changed = 0;
        if pulled.reset {
            let round = self.round + 1;
            let mut after = None;
            loop {
                let page = central.snapshot(after, limit).await?;
                heard();
                changed += self.hear(page.stays, round).await;
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            changed += self.journal.end_round(round, Timestamp::now()).await.unwrap_or_default();
            self.round = round;
            self.keep(ROUND, round.to_string()).await;
            changed += 1;
        } else if !pulled.stays.is_empty() {
            changed += self.hear(pulled.stays, self.round).await;
        }
        if self.cursor.as_deref() != Some(pulled.cursor.as_str()) {
            self.keep(CURSOR, pulled.cursor.clone()).await;
            self.cursor = Some(pulled.cursor);
        }
        if pulled.settings_version != self.settings_version {
            self.fetch_settings(central, limit).await?;
        }
        if changed > 0 {
            self.events.tell(Event::Heard);
        }
        Ok(())
    }

    async fn hear(&self, stays: Vec<Stay>, round: i64) -> usize {
        self.journal.hear(stays, Source::Centre { round }).await.unwrap_or_default()
    }

    async fn keep(&self, key: &'static str, value: String) {
        if let Err(e) = self.journal.keep(key, value).await {
            tracing::warn!(target: "sync", error = %e, key, "replica");
        }
    }

    async fn fetch_settings(&mut self, central: &Central, limit: Duration) -> Result<(), CentralError> {
        let settings = central.settings(limit).await?;
        self.settings_version = settings.version;
        if let Ok(text) = serde_json::to_string(&settings) {
            self.keep(SETTINGS, text).await;
        }
        self.events.tell(Event::Settings(Box::new(settings)));
        Ok(())
    }
}
