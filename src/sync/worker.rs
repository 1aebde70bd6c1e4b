//! The worker: one task, one connection, one loop. Every await on the centre has a limit; after a failure the link is
//! down at once and the rows stay where they are.

use super::backoff::Backoff;
use super::{ClockWatch, Command, Event, LinkState, Mode, Options, Sync};
use crate::central::{Central, CentralError, HelloInfo, Target};
use crate::domain::link::{DownReason, Link};
use crate::domain::view::SyncSummary;
use crate::journal::{Journal, Scope};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

/// The badge is right within 12 s: a check every 10 s at the latest, each with a limit of 2 s.
const CHECK_EVERY: Duration = Duration::from_millis(9_500);
const CHECK_LIMIT: Duration = Duration::from_secs(2);
const CONNECT_LIMIT: Duration = Duration::from_secs(4);
const PHOTO_LIMIT: Duration = Duration::from_secs(1);
const PHOTO_PUT_LIMIT: Duration = Duration::from_secs(5);
/// A flapping cable must not flash dialogs: the question waits until the link held this long.
const ASK_AFTER: Duration = Duration::from_secs(3);

pub(crate) struct Worker {
    pub(super) central: Option<Central>,
    pub(super) journal: Journal,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) cursor: Option<String>,
    pub(super) round: i64,
    pub(super) settings_version: u32,
    target: Option<Target>,
    application: String,
    operator: String,
    mode: Mode,
    link: watch::Sender<LinkState>,
    clock: ClockWatch,
    backoff: Backoff,
    retry_at: Instant,
    check_at: Instant,
    ask_at: Option<Instant>,
}

/// Starts the worker on the current runtime. It ends when the last handle is dropped.
pub fn spawn(options: Options, journal: Journal, events: mpsc::Sender<Event>) -> Sync {
    let (commands, inbox) = mpsc::channel(64);
    let (link, watched) = watch::channel(LinkState::default());
    let clock = ClockWatch::default();
    let recorded = Arc::new(Notify::new());
    let worker = Worker {
        central: None,
        journal,
        events,
        cursor: None,
        round: 0,
        settings_version: 0,
        target: options.target,
        application: options.application,
        operator: options.operator,
        mode: options.mode,
        link,
        clock: clock.clone(),
        backoff: Backoff::default(),
        retry_at: Instant::now(),
        check_at: Instant::now(),
        ask_at: None,
    };
    tokio::spawn(worker.run(inbox, recorded.clone()));
    Sync { commands, recorded, link: watched, clock }
}

impl Worker {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>, recorded: Arc<Notify>) {
        self.remember().await;
        loop {
            if self.central.is_none() {
                let enrolled = self.target.is_some();
                if !enrolled {
                    self.set_link(LinkState { link: Link::Down, reason: Some(DownReason::NotEnrolled) });
                }
                tokio::select! {
                    command = inbox.recv() => match command {
                        Some(command) => self.obey(command).await,
                        None => return,
                    },
                    () = sleep_until(self.retry_at), if enrolled => self.connect().await,
                }
            } else {
                tokio::select! {
                    biased;
                    command = inbox.recv() => match command {
                        Some(command) => self.obey(command).await,
                        None => return,
                    },
                    () = recorded.notified() => { self.flow().await; }
                    () = sleep_until(self.ask_at.unwrap_or(self.check_at)), if self.ask_at.is_some() => self.ask().await,
                    () = sleep_until(self.check_at) => self.check().await,
                }
            }
        }
    }

    fn set_link(&mut self, state: LinkState) {
        self.journal.set_link(state.link.is_up(), state.link == Link::Down);
        let changed = self.link.send_if_modified(|now| {
            let changed = *now != state;
            *now = state;
            changed
        });
        if changed {
            tracing::info!(target: "sync", link = state.link.word(), reason = ?state.reason, "koneksi");
        }
    }

    pub(super) fn why_down(&self) -> String {
        format!("{:?}", self.link.borrow().reason.unwrap_or(DownReason::Unreachable))
    }

    /// The connection is gone or useless: down at once, and tried again after a while.
    pub(super) fn lost(&mut self, state: LinkState) {
        self.central = None;
        self.ask_at = None;
        let wait = self.backoff.next(dice());
        self.retry_at = Instant::now() + wait;
        self.set_link(state);
    }

    fn failed(&mut self, error: &CentralError) {
        tracing::warn!(target: "sync", error = %error, "pusat");
        self.lost(LinkState { link: Link::Down, reason: Some(error.reason()) });
    }

    /// Connects, greets, brings home what changed; only then is the link up and what waits may flow.
    async fn connect(&mut self) {
        let Some(target) = &self.target else { return };
        match Central::connect(target, &self.application, CONNECT_LIMIT).await {
            Ok(central) => self.central = Some(central),
            Err(e) => return self.failed(&e),
        }
        let greeted = match self.hello().await {
            Ok(()) => self.pull().await,
            Err(e) => Err(e),
        };
        if let Err(e) = greeted {
            return self.failed(&e);
        }
        // What needs no question (this start's own fact) goes before the light turns green.
        self.drain(Scope::Flowing, false).await;
        self.cleared().await;
        if self.central.is_none() {
            return;
        }
        self.backoff.reset();
        self.check_at = Instant::now() + CHECK_EVERY;
        self.set_link(LinkState { link: Link::Up, reason: None });
        self.after_up().await;
    }

    async fn hello(&mut self) -> Result<(), CentralError> {
        let Some(central) = &self.central else { return Ok(()) };
        let counts = self.journal.counts();
        let info = HelloInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            operator: self.operator.clone(),
            pending: counts.pending(),
            epoch: self.journal.epoch(),
            seq: counts.seq(),
        };
        let asked = Timestamp::now();
        let hello = central.hello(&info, CHECK_LIMIT).await?;
        let answered = Timestamp::now();
        let middle = i64::midpoint(asked.as_millisecond(), answered.as_millisecond());
        self.clock.heard(hello.server_time.as_millisecond() - middle);
        let _ = self.events.try_send(Event::Greeted { site: hello.site, kind: hello.kind });
        Ok(())
    }

    async fn check(&mut self) {
        self.check_at = Instant::now() + CHECK_EVERY;
        let checked = match self.hello().await {
            Ok(()) => self.pull().await,
            Err(e) => Err(e),
        };
        match checked {
            Ok(()) => self.flow().await,
            Err(e) => self.failed(&e),
        }
    }

    /// The link is up again: facts of an outage are asked about, or sent at once where nobody is asked.
    async fn after_up(&mut self) {
        let waiting = self.journal.outage().await.unwrap_or_default();
        match (self.mode, waiting.ask) {
            (Mode::Ask, Some(_)) => {
                self.ask_at = Some(Instant::now() + ASK_AFTER);
                self.flow().await;
            }
            (Mode::Ask, None) => {
                // Nothing with money in it waits: no question, all may flow.
                self.drain(Scope::Pending, false).await;
            }
            (Mode::Auto, asked) => {
                let summary = self.drain(Scope::Pending, asked.is_some()).await;
                if asked.is_some() {
                    let _ = self.events.send(Event::Summary(summary)).await;
                    self.report().await;
                }
            }
        }
        self.cleared().await;
    }

    /// Tells the centre how much still waits here, so that the administrators' screen is true at once.
    async fn report(&mut self) {
        if let Err(e) = self.hello().await {
            self.failed(&e);
        }
    }

    async fn ask(&mut self) {
        self.ask_at = None;
        if let Ok(waiting) = self.journal.outage().await
            && let Some(ask) = waiting.ask
        {
            let _ = self.events.send(Event::Ask(ask)).await;
        }
    }

    /// Sends what needs no question.
    async fn flow(&mut self) {
        let scope = match self.mode {
            Mode::Ask => Scope::Flowing,
            Mode::Auto => Scope::Pending,
        };
        self.drain(scope, false).await;
        self.cleared().await;
    }

    /// Waits until the acked facts' spool files are gone too, and says so: only then does nothing wait any more.
    async fn cleared(&mut self) {
        match self.journal.files_gone().await {
            Ok(false) => {}
            Ok(true) => {
                let _ = self.events.try_send(Event::Settled);
            }
            Err(e) => tracing::warn!(target: "sync", error = %e, "berkas antrean"),
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Pull => {
                if let Err(e) = self.pull().await {
                    self.failed(&e);
                }
            }
            Command::Later => {
                self.ask_at = None;
                if let Err(e) = self.journal.defer().await {
                    tracing::error!(target: "sync", error = %e, "nanti");
                }
                let _ = self.events.send(Event::Settled).await;
            }
            Command::Send { retry_parked, answer } => self.send_all(retry_parked, answer).await,
            Command::PutPhoto { stay, side, sha256, jpeg, answer } => {
                let put = match &self.central {
                    Some(central) => {
                        central.photo_put(stay, &side, &sha256, &jpeg, PHOTO_PUT_LIMIT).await.map(|()| true)
                    }
                    None => Ok(false),
                };
                let _ = answer.send(put.as_ref().copied().unwrap_or(false));
                self.mind(put.err());
            }
            Command::GetPhoto { stay, side, answer } => {
                let got = match &self.central {
                    Some(central) => central.photo_get(stay, &side, PHOTO_LIMIT).await,
                    None => Ok(None),
                };
                let (photo, error) = match got {
                    Ok(photo) => (photo, None),
                    Err(e) => (None, Some(e)),
                };
                let _ = answer.send(photo);
                self.mind(error);
            }
        }
    }

    /// A photo that could not be moved says nothing about money; only a dead connection counts.
    fn mind(&mut self, error: Option<CentralError>) {
        if let Some(e) = error {
            if self.central.as_ref().is_none_or(Central::is_closed) {
                self.failed(&e);
            } else {
                tracing::warn!(target: "sync", error = %e, "foto");
                // The next check finds out what is left of the connection.
                self.check_at = Instant::now();
            }
        }
    }

    async fn send_all(&mut self, retry_parked: bool, answer: Option<oneshot::Sender<SyncSummary>>) {
        self.ask_at = None;
        if self.central.is_none() && self.target.is_some() {
            self.connect().await;
        }
        if retry_parked && let Err(e) = self.journal.retry_parked().await {
            tracing::error!(target: "sync", error = %e, "coba lagi");
        }
        if self.central.is_some()
            && let Err(e) = self.journal.undefer().await
        {
            tracing::error!(target: "sync", error = %e, "kirim yang ditunda");
        }
        let summary = self.drain(Scope::All, true).await;
        self.cleared().await;
        self.report().await;
        tracing::info!(target: "sync", sent = summary.sent, already = summary.already, parked = summary.parked,
            stopped = ?summary.stopped, "ringkasan");
        match answer {
            Some(answer) => {
                let _ = answer.send(summary);
            }
            None => {
                let _ = self.events.send(Event::Summary(summary)).await;
            }
        }
    }
}

/// A throw for the jitter.
fn dice() -> u16 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    (RandomState::new().build_hasher().finish() & 0xffff) as u16
}
