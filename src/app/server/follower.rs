//! Follows the centre: its doorbell, its feed, its tokens; and tells the hub how the link stands.
//!
//! Every call has two seconds. The bell only makes it quicker: the feed is read every two seconds anyway. The cursor
//! outlives connections, so that an outage of the database loses no event.

use super::{couriered, tokens::Cache};
use crate::central::{Central, CentralError, Doorbell, ErrorClass, FeedEvent, Target, listen};
use crate::domain::link::Link;
use crate::hub::{Hub, News};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const NAME: &str = "parkir server";
const LIMIT: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_secs(2);
/// Couriered facts may be five hundred to a call, and months of partitions.
const LONG: Duration = Duration::from_secs(10);
const TOKENS: Duration = Duration::from_secs(10);
const MONTHS: Duration = Duration::from_secs(6 * 3600);
/// After months could not be made, doubled each time up to `MONTHS`.
const MONTHS_AGAIN: Duration = Duration::from_secs(30);
/// More news at once than this is no news: all ask the centre.
const TOO_MANY: usize = 5_000;

pub struct Follower {
    pub hub: Hub,
    pub cache: Cache,
    pub stop: CancellationToken,
}

/// What is known of the centre, over all connections.
#[derive(Default)]
struct Known {
    cursor: Option<String>,
    settings: Option<u32>,
    tokens: Option<Vec<(String, String)>>,
    /// When months are made next, and how long to wait when that fails.
    months_due: Option<Instant>,
    months_wait: Option<Duration>,
    /// It was told that stuck gates cannot be ended here.
    unwatched: bool,
}

impl Follower {
    /// Until stopped.
    pub async fn run(&self, target: &Target) {
        let mut known = Known::default();
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = async {
                loop {
                    if let Err(error) = self.follow(target, &mut known).await {
                        tracing::warn!(target: "hub", %error, "database terputus");
                        self.hub.set_database(Link::Down, Some(error.reason()));
                    }
                    sleep(POLL).await;
                }
            } => {}
        }
    }

    /// One connection's life; only an error ends it.
    async fn follow(&self, target: &Target, known: &mut Known) -> Result<(), CentralError> {
        let central = Central::connect(target, NAME, LIMIT).await?;
        let mut bell: Option<Doorbell> = None;
        let mut learnt: Option<Instant> = None;
        loop {
            if bell.as_ref().is_none_or(Doorbell::is_closed) {
                bell = listen(target, NAME, LIMIT).await.ok();
            }
            let settings = self.read_feed(&central, known).await?;
            let changed = known.settings.replace(settings).is_some_and(|before| before != settings);
            if changed {
                self.hub.publish(News::Settings { version: settings });
            }
            if changed || learnt.is_none_or(|at| at.elapsed() >= TOKENS) {
                self.learn(&central, known).await?;
                learnt = Some(Instant::now());
            }
            self.hub.set_database(Link::Up, None);
            tokio::select! {
                () = sleep(POLL) => {}
                () = ring(&mut bell) => {}
            }
        }
    }

    /// Publishes what is new; gives the version of the settings.
    async fn read_feed(&self, central: &Central, known: &mut Known) -> Result<u32, CentralError> {
        let feed = central.feed(known.cursor.as_deref(), LIMIT).await?;
        if feed.reset || feed.events.len() > TOO_MANY {
            self.hub.reset();
        } else {
            let news = feed.events.into_iter().filter_map(|FeedEvent { kind, gate, stay, .. }| {
                Some(News::Stay { kind, gate, stay: Box::new(stay?) })
            });
            self.hub.publish_all(news).await;
        }
        known.cursor = Some(feed.cursor);
        Ok(feed.settings_version)
    }

    /// Tokens, stuck gates, couriered facts, counts, and the months to come.
    async fn learn(&self, central: &Central, known: &mut Known) -> Result<(), CentralError> {
        let tokens = central.tokens(LIMIT).await?;
        if known.tokens.as_ref() != Some(&tokens) {
            self.hub.set_tokens(tokens.clone());
            if let Err(error) = self.cache.keep(&tokens) {
                tracing::warn!(target: "hub", error = format!("{error:#}"), "token tidak tersimpan");
            }
            known.tokens = Some(tokens);
        }
        match central.end_stuck_gates(LIMIT).await {
            Ok(0) => {}
            Ok(ended) => tracing::warn!(target: "hub", ended, "gerbang yang menahan transaksi diputus"),
            // Without the right to it everything else goes on.
            Err(error) if error.class() == ErrorClass::NeedsAdmin => {
                if !std::mem::replace(&mut known.unwatched, true) {
                    tracing::warn!(target: "hub", %error,
                        "gerbang yang menahan transaksi tidak dapat diputus: jalankan lagi parkir db init");
                }
            }
            Err(error) => return Err(error),
        }
        couriered::settle(central, LONG).await?;
        self.hub.set_held(central.counts(LIMIT).await?.held);
        if known.months_due.is_none_or(|at| Instant::now() >= at) {
            known.months_due = Some(Instant::now() + prepare_months(central, &mut known.months_wait).await);
        }
        Ok(())
    }
}

/// Makes the months to come; gives how long to wait before the next time. A busy table may refuse the lock, and every
/// try holds gates up a little: it is tried less and less often.
async fn prepare_months(central: &Central, wait: &mut Option<Duration>) -> Duration {
    if let Err(error) = central.prepare_months(LONG).await {
        let next = wait.map_or(MONTHS_AGAIN, |before| (before * 2).min(MONTHS));
        tracing::warn!(target: "hub", %error, again_s = next.as_secs(), "partisi bulan belum dibuat");
        *wait = Some(next);
        return next;
    }
    *wait = None;
    if let Ok(left) = central.months_left(LONG).await
        && !left.is_empty()
    {
        let left = left.join(" ");
        tracing::warn!(target: "hub", left, "bulan menumpuk di partisi cadangan: jalankan parkir db months");
    }
    MONTHS
}

/// The next ring; never, when there is no bell or it is lost.
async fn ring(bell: &mut Option<Doorbell>) {
    if let Some(doorbell) = bell
        && doorbell.ring().await.is_some()
    {
        return;
    }
    *bell = None;
    std::future::pending().await
}
