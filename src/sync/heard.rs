//! Bringing home what others did: changes since the cursor, or a whole snapshot when the cursor means nothing here.

use super::members::Walk;
use super::{Event, Teller};
use crate::central::{Central, CentralError, SnapshotPage, TicketPaper};
use crate::domain::settings::Settings;
use crate::domain::stay::Stay;
use crate::journal::{Journal, Source};
use jiff::Timestamp;
use std::time::Duration;
use uuid::Uuid;

const CURSOR: &str = "cursor";
const ROUND: &str = "round";
/// Stays the journal's thread takes in at once: a vehicle may wait behind them.
const AT_ONCE: usize = 200;
/// Where the last settings of the centre stand in the replica.
pub const SETTINGS: &str = "settings";

/// How far this terminal has heard the centre.
pub(super) struct Home {
    pub journal: Journal,
    pub events: Teller,
    cursor: Option<String>,
    round: i64,
    settings_version: u32,
    members: Walk,
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
    pub async fn open(journal: Journal, events: Teller) -> Self {
        let kept = async |key| journal.kept(key).await.ok().flatten();
        let (cursor, round, settings) = (kept(CURSOR).await, kept(ROUND).await, kept(SETTINGS).await);
        let mut settings_version = 0;
        if let Some(settings) = settings.and_then(|t| serde_json::from_str::<Settings>(&t).ok()) {
            settings_version = settings.version;
            events.tell(Event::Settings(Box::new(settings)));
        }
        let round = round.and_then(|r| r.parse().ok()).unwrap_or_default();
        let members = Walk::open(&journal).await;
        Self { journal, events, cursor, round, settings_version, members }
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
            changed += self.hear(pulled.stays, pulled.papers, self.round).await;
            self.move_on(pulled.cursor).await;
            pulled = central.pull(self.cursor.as_deref(), limit).await?;
            heard();
        }
        if pulled.reset {
            if self.cursor.as_deref().is_some_and(|before| went_back(before, &pulled.cursor)) {
                tracing::warn!(target: "sync", "pusat kembali ke keadaan yang lebih lama");
                self.members.begin_anew();
                if let Err(e) = self.journal.forget_life().await {
                    tracing::warn!(target: "sync", error = %e, "jurnal");
                }
            }
            changed += 1 + self.snapshot(|after| central.snapshot(after, limit), &heard).await?;
        } else {
            changed += self.hear(pulled.stays, pulled.papers, self.round).await;
        }
        // A lost connection may end this at any await.
        if changed > 0 {
            self.events.tell(Event::Heard);
        }
        self.move_on(pulled.cursor).await;
        if pulled.settings_version != self.settings_version {
            self.fetch_settings(central, limit).await?;
        }
        self.members.pull(&self.journal, central, limit, &heard).await
    }

    /// All that stands inside, page by page. The round has its number before its first page: what an attempt that broke
    /// had marked is not of the next one.
    async fn snapshot<F>(
        &mut self,
        page: impl Fn(Option<Uuid>) -> F,
        heard: impl Fn(),
    ) -> Result<usize, CentralError>
    where
        F: Future<Output = Result<SnapshotPage, CentralError>>,
    {
        self.round += 1;
        self.keep(ROUND, self.round.to_string()).await;
        let (mut after, mut changed) = (None, 0);
        loop {
            let page = page(after).await?;
            heard();
            changed += self.hear(page.stays, page.papers, self.round).await;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(changed + self.journal.end_round(self.round, Timestamp::now()).await.unwrap_or_default())
    }

    async fn hear(&self, stays: Vec<Stay>, papers: Vec<TicketPaper>, round: i64) -> usize {
        let mut changed = 0;
        for part in papers.chunks(AT_ONCE) {
            let papers = part.iter().map(|p| (p.stay, p.gate.clone(), p.outcome.clone())).collect();
            if let Err(e) = self.journal.hear_papers(papers).await {
                tracing::warn!(target: "sync", error = %e, "kabar cetakan tidak tersimpan");
            }
        }
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
        let text = serde_json::to_string(&settings);
        self.events.tell(Event::Settings(Box::new(settings)));
        if let Ok(text) = text {
            self.keep(SETTINGS, text).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::{Origin, Stamp};
    use crate::domain::ids::GateId;
    use crate::domain::seal::GateKey;
    use crate::domain::stay::State;
    use crate::journal::Options;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

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

    fn inside(stay: Uuid) -> Stay {
        Stay {
            stay,
            ticket: String::new(),
            plate: None,
            class: "mobil".into(),
            entered_at: Timestamp::now(),
            entered_gate: "A1".into(),
            operator: "budi".into(),
            tariff: 1,
            prepaid: None,
            state: State::Inside,
            version: 1,
        }
    }

    /// Pages as they come, then the connection breaks.
    async fn heard(home: &mut Home, pages: Vec<SnapshotPage>) -> Result<usize, CentralError> {
        let next = AtomicUsize::new(0);
        let page = |_| {
            let page = pages.get(next.fetch_add(1, Ordering::Relaxed)).cloned();
            std::future::ready(page.ok_or(CentralError::Silent(Duration::ZERO)))
        };
        home.snapshot(page, || ()).await
    }

    #[tokio::test]
    async fn a_car_that_left_while_a_snapshot_broke_is_no_ghost() {
        let dir = std::env::temp_dir().join(format!("parkir-heard-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&dir).unwrap();
        let origin = Origin {
            site: "S1".into(),
            gate: GateId::parse("A1").unwrap(),
            terminal: "pc".into(),
            operator: "budi".into(),
            shift: None,
            tariff: 0,
            config: 0,
        };
        let stamp = Stamp { at: jiff::Zoned::now(), mono_ms: 1, boot: Uuid::nil(), clock: None };
        let key = Arc::new(GateKey::from_seed(&[9; 32]).unwrap());
        let (epoch, started) = (Uuid::now_v7(), Uuid::now_v7());
        let journal = Journal::open(Options { dir: dir.clone(), key, origin, stamp, epoch, started }).unwrap();
        let mut home = Home::open(journal.clone(), super::super::channel().0).await;
        let (gone, stays) = (Uuid::now_v7(), Uuid::now_v7());
        let first = SnapshotPage { stays: vec![inside(gone)], papers: vec![], next: Some(gone) };
        assert!(heard(&mut home, vec![first]).await.is_err());
        assert!(journal.by_stay(gone).await.unwrap().is_some());
        // The next attempt is another worker's, as behind a restart.
        drop(home);
        let mut home = Home::open(journal.clone(), super::super::channel().0).await;
        let last = SnapshotPage { stays: vec![inside(stays)], papers: vec![], next: None };
        heard(&mut home, vec![last]).await.unwrap();
        assert!(journal.by_stay(stays).await.unwrap().is_some());
        assert!(journal.by_stay(gone).await.unwrap().is_none(), "stands inside for good");
        drop((home, journal));
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
