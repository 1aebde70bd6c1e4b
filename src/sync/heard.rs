//! Bringing home what others did: changes since the cursor, or a whole snapshot when the cursor means nothing here.

use super::{Event, compare};
use crate::central::{Central, CentralError};
use crate::domain::settings::Settings;
use crate::domain::stay::Stay;
use crate::journal::{Journal, Source};
use jiff::Timestamp;
use std::time::Duration;
use tokio::sync::mpsc;

const CURSOR: &str = "cursor";
const ROUND: &str = "round";
/// Stays the journal's thread takes in at once: a vehicle may wait behind them.
const AT_ONCE: usize = 200;
/// Where the last settings of the centre stand in the replica.
pub const SETTINGS: &str = "settings";

/// How far this terminal has heard the centre.
pub(super) struct Home {
    pub journal: Journal,
    pub events: mpsc::Sender<Event>,
    cursor: Option<String>,
    round: i64,
    settings_version: u32,
}

/// Whether the centre, in the same life, has seen fewer transactions than it had: a backup was put in its place. What
/// it was given since, also of adopted facts, it has lost. A cursor is `generation|xmin:xmax:…`.
fn went_back(before: &str, now: &str) -> bool {
    let read = |cursor: &str| {
        let (life, snapshot) = cursor.split_once('|')?;
        Some((life.to_owned(), snapshot.split(':').nth(1)?.parse::<u64>().ok()?))
    };
    match (read(before), read(now)) {
        (Some((life, seen)), Some((same, sees))) => life == same && sees < seen,
        _ => false,
    }
}

impl Home {
    /// From what was kept when this terminal last ran.
    pub async fn open(journal: Journal, events: mpsc::Sender<Event>) -> Self {
        let kept = async |key| journal.kept(key).await.ok().flatten();
        let (cursor, round, settings) = (kept(CURSOR).await, kept(ROUND).await, kept(SETTINGS).await);
        let mut settings_version = 0;
        if let Some(settings) = settings.and_then(|t| serde_json::from_str::<Settings>(&t).ok()) {
            settings_version = settings.version;
            let _ = events.send(Event::Settings(Box::new(settings))).await;
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
        let mut changed = 0;
        let mut pulled = central.pull(self.cursor.as_deref(), limit).await?;
        heard();
        while pulled.more {
            changed += self.hear(pulled.stays, self.round).await;
            self.move_on(pulled.cursor).await;
            pulled = central.pull(self.cursor.as_deref(), limit).await?;
            heard();
        }
        if pulled.reset {
            if self.cursor.as_deref().is_some_and(|before| went_back(before, &pulled.cursor)) {
                tracing::warn!(target: "sync", "pusat kembali ke keadaan yang lebih lama");
                self.keep(compare::GENERATION, String::new()).await;
            }
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
        } else {
            changed += self.hear(pulled.stays, self.round).await;
        }
        self.move_on(pulled.cursor).await;
        if pulled.settings_version != self.settings_version {
            self.fetch_settings(central, limit).await?;
        }
        if changed > 0 {
            let _ = self.events.try_send(Event::Heard);
        }
        Ok(())
    }

    async fn hear(&self, stays: Vec<Stay>, round: i64) -> usize {
        let mut changed = 0;
        for part in stays.chunks(AT_ONCE) {
            changed += self.journal.hear(part.to_vec(), Source::Centre { round }).await.unwrap_or_default();
        }
        changed
    }

    async fn move_on(&mut self, cursor: String) {
        if self.cursor.as_deref() != Some(cursor.as_str()) {
            self.keep(CURSOR, cursor.clone()).await;
            self.cursor = Some(cursor);
        }
    }

    async fn keep(&self, key: &'static str, value: String) {
        if let Err(e) = self.journal.keep(key, value).await {
            tracing::warn!(target: "sync", error = %e, key, "salinan data situs");
        }
    }

    async fn fetch_settings(&mut self, central: &Central, limit: Duration) -> Result<(), CentralError> {
        let settings = central.settings(limit).await?;
        self.settings_version = settings.version;
        if let Ok(text) = serde_json::to_string(&settings) {
            self.keep(SETTINGS, text).await;
        }
        let _ = self.events.send(Event::Settings(Box::new(settings))).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::went_back;

    #[test]
    fn only_the_same_life_with_fewer_transactions_went_back() {
        assert!(went_back("7.5.1|90:95:91,92", "7.5.1|40:40:"));
        for (before, now) in [
            ("7.5.1|90:95:", "7.5.1|96:96:"),
            ("7.5.1|90:95:", "7.5.1|90:95:"),
            ("7.5.1|90:95:", "7.5.2|40:40:"),
            ("", "7.5.1|40:40:"),
        ] {
            assert!(!went_back(before, now), "{before} {now}");
        }
    }
}
