//! Bringing home what others did: changes since the cursor, or a whole snapshot when the cursor means nothing here.

use super::Event;
use super::worker::Worker;
use crate::central::CentralError;
use crate::journal::Source;
use jiff::Timestamp;
use std::time::Duration;

const CURSOR: &str = "cursor";
const ROUND: &str = "round";
/// Where the last settings of the centre stand in the replica.
pub const SETTINGS: &str = "settings";
const PULL_LIMIT: Duration = Duration::from_secs(8);

impl Worker {
    /// Pulls what changed, and the settings when their version is another.
    pub(super) async fn pull(&mut self) -> Result<(), CentralError> {
        let Some(central) = &self.central else { return Ok(()) };
        let pulled = central.pull(self.cursor.as_deref(), PULL_LIMIT).await?;
        let mut changed = 0;
        if pulled.reset {
            let round = self.round + 1;
            let mut after = None;
            loop {
                let page = central.snapshot(after, PULL_LIMIT).await?;
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
            self.fetch_settings().await?;
        }
        if changed > 0 {
            let _ = self.events.try_send(Event::Heard);
        }
        Ok(())
    }

    async fn hear(&self, stays: Vec<crate::domain::stay::Stay>, round: i64) -> usize {
        self.journal.hear(stays, Source::Centre { round }).await.unwrap_or_default()
    }

    async fn keep(&self, key: &'static str, value: String) {
        if let Err(e) = self.journal.keep(key, value).await {
            tracing::warn!(target: "sync", error = %e, key, "replica");
        }
    }

    async fn fetch_settings(&mut self) -> Result<(), CentralError> {
        let Some(central) = &self.central else { return Ok(()) };
        let settings = central.settings(PULL_LIMIT).await?;
        self.settings_version = settings.version;
        if let Ok(text) = serde_json::to_string(&settings) {
            self.keep(SETTINGS, text).await;
        }
        let _ = self.events.send(Event::Settings(Box::new(settings))).await;
        Ok(())
    }

    /// What was kept when this terminal last ran.
    pub(super) async fn remember(&mut self) {
        let kept = async |key| self.journal.kept(key).await.ok().flatten();
        let (cursor, round, settings) = (kept(CURSOR).await, kept(ROUND).await, kept(SETTINGS).await);
        self.cursor = cursor;
        self.round = round.and_then(|r| r.parse().ok()).unwrap_or_default();
        if let Some(settings) =
            settings.and_then(|t| serde_json::from_str::<crate::domain::settings::Settings>(&t).ok())
        {
            self.settings_version = settings.version;
            let _ = self.events.send(Event::Settings(Box::new(settings))).await;
        }
    }
}
