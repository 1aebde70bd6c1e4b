//! Does what the engine decides: one task, one connection. Every await on the centre has a limit, and nothing here
//! waits for anything but the next event.

use super::compare::Comparison;
use super::engine::{self, Action, Engine, Fault, Input, Ms};
use super::heard::Home;
use super::lane::{self, Wish};
use super::{ClockWatch, Command, Event, LinkState, Options, Sync, Teller, Upload, Works, words};
use crate::central::{Central, CentralError, ErrorClass, HelloInfo, Target};
use crate::domain::link::Link;
use crate::domain::view::SyncSummary;
use crate::journal::Journal;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, Notify, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const CONNECT_LIMIT: Duration = Duration::from_secs(4);
const PHOTO_GET_LIMIT: Duration = Duration::from_secs(1);
/// After a bug in the worker, before it is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Of a connection that is gone nobody asks any more.
const GONE: CentralError = CentralError::Silent(Duration::ZERO);

/// What stays when a worker is begun anew.
#[derive(Clone)]
struct Shared {
    options: Arc<Options>,
    journal: Journal,
    events: Teller,
    inbox: Arc<Mutex<mpsc::Receiver<Command>>>,
    recorded: Arc<Notify>,
    link: Arc<watch::Sender<LinkState>>,
    clock: ClockWatch,
    works: Works,
}

struct Photo {
    stay: Uuid,
    side: String,
    sha256: String,
    jpeg: Vec<u8>,
    answer: oneshot::Sender<Upload>,
}

/// What a call comes back with.
enum Done {
    Input(Input),
    Connected(u32, Result<Central, CentralError>),
}

struct Worker {
    shared: Shared,
    engine: Engine,
    began: Instant,
    home: Arc<Mutex<Home>>,
    central: Option<Arc<Central>>,
    comparison: Arc<Mutex<(u32, Comparison)>>,
    /// Cancelled with the connection: what takes many calls ends at the next.
    live: CancellationToken,
    calls: FuturesUnordered<BoxFuture<'static, Done>>,
    wishes: UnboundedSender<Wish>,
    inputs: UnboundedSender<Input>,
    photos: VecDeque<Photo>,
    waiting: VecDeque<oneshot::Sender<SyncSummary>>,
}

/// Starts the worker on the current runtime. It ends when the last handle is dropped.
pub fn spawn(options: Options, journal: Journal, events: Teller) -> Sync {
    let (commands, inbox) = mpsc::channel(64);
    let (link, watched) = watch::channel(LinkState::default());
    let works = Works::default();
    works.set(&options.operator);
    let shared = Shared {
        works: works.clone(),
        options: Arc::new(options),
        journal,
        events,
        inbox: Arc::new(Mutex::new(inbox)),
        recorded: Arc::new(Notify::new()),
        link: Arc::new(link),
        clock: ClockWatch::default(),
    };
    let (recorded, clock) = (shared.recorded.clone(), shared.clock.clone());
    let handle = Sync { commands, recorded, link: watched, clock, works };
    tokio::spawn(async move {
        while tokio::spawn(run(shared.clone())).await.is_err_and(|e| e.is_panic()) {
            tracing::error!(target: "sync", "sinkronisasi berhenti karena galat program dan dimulai lagi");
            tokio::time::sleep(AGAIN).await;
        }
    });
    handle
}

async fn run(shared: Shared) {
    let inbox = shared.inbox.clone();
    let mut inbox = inbox.lock().await;
    let (inputs, heard) = unbounded_channel();
    let (wishes, wished) = unbounded_channel();
    tokio::spawn(lane::run(shared.journal.clone(), wished, inputs.clone()));
    let home = Home::open(shared.journal.clone(), shared.events.clone()).await;
    let options = shared.options.clone();
    let dice = RandomState::new().build_hasher().finish();
    let worker = Worker {
        engine: Engine::new(options.target.is_some(), options.mode, dice),
        shared,
        began: Instant::now(),
        home: Arc::new(Mutex::new(home)),
        central: None,
        comparison: Arc::default(),
        live: CancellationToken::new(),
        calls: FuturesUnordered::new(),
        wishes,
        inputs,
        photos: VecDeque::new(),
        waiting: VecDeque::new(),
    };
    worker.run(&mut inbox, heard).await;
}

fn fault(error: &CentralError, central: Option<&Central>) -> Fault {
    Fault {
        class: error.class(),
        reason: error.reason(),
        text: error.to_string(),
        closed: central.is_none_or(Central::is_closed),
    }
}

fn millis(limit: Ms) -> Duration {
    Duration::from_millis(limit)
}

impl Worker {
    async fn run(mut self, inbox: &mut mpsc::Receiver<Command>, mut heard: UnboundedReceiver<Input>) {
        let recorded = self.shared.recorded.clone();
        self.take(Input::Tick);
        loop {
            let wake = self.engine.wake_at().map(|at| self.began + millis(at));
            let input = tokio::select! {
                command = inbox.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                Some(done) = self.calls.next(), if !self.calls.is_empty() => Some(self.done(done)),
                Some(input) = heard.recv() => Some(input),
                () = recorded.notified() => Some(Input::Recorded),
                () = sleep_until(wake.unwrap_or(self.began)), if wake.is_some() => Some(Input::Tick),
            };
            if let Some(input) = input {
                self.take(input);
            }
        }
    }

    fn take(&mut self, input: Input) {
        let now = Ms::try_from(self.began.elapsed().as_millis()).unwrap_or(Ms::MAX);
        for action in self.engine.handle(now, input) {
            self.act(action);
        }
    }

    fn done(&mut self, done: Done) -> Input {
        match done {
            Done::Input(input) => input,
            Done::Connected(conn, Ok(central)) => {
                self.central = Some(Arc::new(central));
                Input::Connected(conn, Ok(()))
            }
            Done::Connected(conn, Err(e)) => Input::Connected(conn, Err(fault(&e, None))),
        }
    }

    /// A wish from outside. What needs no decision is begun here.
    fn obey(&mut self, command: Command) -> Option<Input> {
        match command {
            Command::Pull => Some(Input::PullWanted),
            Command::Later => Some(Input::Later),
            Command::Send { retry_parked, answer } => {
                let waits = answer.is_some();
                self.waiting.extend(answer);
                Some(Input::SendWanted { retry_parked, answer: waits })
            }
            Command::PutPhoto { stay, side, sha256, jpeg, answer } => {
                self.photos.push_back(Photo { stay, side, sha256, jpeg, answer });
                Some(Input::PhotoWanted)
            }
            Command::GetPhoto { stay, side, answer } => {
                let central = self.central.clone()?;
                let conn = self.engine.conn();
                self.calls.push(Box::pin(async move {
                    let got = central.photo_get(stay, &side, PHOTO_GET_LIMIT).await;
                    let trouble = got.as_ref().err().map(|e| fault(e, Some(&central)));
                    let _ = answer.send(got.ok().flatten());
                    Done::Input(trouble.map_or(Input::Heard(conn), |fault| Input::Trouble(conn, fault)))
                }));
                None
            }
        }
    }

    /// Begins a call on the connection; `input` makes of its outcome what the engine is told.
    fn call<T, F>(
        &self,
        work: impl FnOnce(Arc<Central>) -> F,
        input: impl FnOnce(Result<T, Fault>) -> Input + Send + 'static,
    ) where
        T: Send,
        F: Future<Output = Result<T, CentralError>> + Send + 'static,
    {
        let Some(central) = self.central.clone() else { return };
        let working = work(central.clone());
        self.calls.push(Box::pin(async move {
            let done = working.await.map_err(|e| fault(&e, Some(&central)));
            Done::Input(input(done))
        }));
    }

    fn wish(&self, wish: Wish) {
        let _ = self.wishes.send(wish);
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Connect(conn) => self.connect(conn),
            Action::Disconnect => {
                self.central = None;
                self.live.cancel();
                self.live = CancellationToken::new();
            }
            Action::Greet(conn) => self.greet(conn),
            Action::Pull(conn) => {
                let (home, inputs) = (self.home.clone(), self.inputs.clone());
                let live = self.live.clone();
                let work = |central: Arc<Central>| async move {
                    let heard = || drop(inputs.send(Input::Heard(conn)));
                    let pull = async { home.lock().await.pull(&central, millis(engine::PULL_LIMIT), heard).await };
                    live.run_until_cancelled(pull).await.unwrap_or(Err(GONE))
                };
                self.call(work, move |done| Input::Pulled(conn, done));
            }
            Action::Photo(conn) => self.photo(conn),
            Action::NoPhoto => {
                for photo in self.photos.drain(..) {
                    let _ = photo.answer.send(Upload::NotNow);
                }
            }
            Action::Gather(conn) => {
                let (journal, comparison, live) =
                    (self.shared.journal.clone(), self.comparison.clone(), self.live.clone());
                self.calls.push(Box::pin(async move {
                    let gather = async {
                        let mut own = comparison.lock().await;
                        if own.0 != conn || own.1.is_over() {
                            *own = (conn, Comparison::default());
                        }
                        own.1.gather(&journal).await.map_err(|e| {
                            tracing::warn!(target: "sync", error = %e, "jurnal");
                            e.to_string()
                        })
                    };
                    let done = live.run_until_cancelled(gather).await.unwrap_or(Ok(false));
                    Done::Input(Input::Gathered(conn, done))
                }));
            }
            Action::Compare(conn) => {
                let (journal, inputs) = (self.shared.journal.clone(), self.inputs.clone());
                let (comparison, live) = (self.comparison.clone(), self.live.clone());
                let work = |central: Arc<Central>| async move {
                    let heard = || drop(inputs.send(Input::Heard(conn)));
                    let step = async {
                        comparison
                            .lock()
                            .await
                            .1
                            .step(&journal, &central, millis(engine::COMPARE_LIMIT), heard)
                            .await
                    };
                    live.run_until_cancelled(step).await.unwrap_or(Err(GONE))
                };
                self.call(work, move |done| Input::Compared(conn, done));
            }
            Action::Read { sending, scope, after } => self.wish(Wish::Read { sending, scope, after }),
            Action::Ingest { conn, batch, rows } => {
                let work = |central: Arc<Central>| async move {
                    let facts: Vec<&str> = rows.iter().map(|r| r.envelope.as_str()).collect();
                    central.ingest(&facts, millis(engine::limit(facts.len()))).await
                };
                self.call(work, move |done| Input::Answered(conn, batch, done));
            }
            Action::Settle { sending, settled, verdicts } => {
                words::log(&settled, &verdicts);
                self.wish(Wish::Settle { sending, settled });
            }
            Action::Count => self.wish(Wish::Count),
            Action::Defer => self.wish(Wish::Defer),
            Action::Undefer => self.wish(Wish::Undefer),
            Action::RetryParked => self.wish(Wish::RetryParked),
            Action::ClearFiles => {
                let journal = self.shared.journal.clone();
                self.calls.push(Box::pin(async move {
                    let some = journal.files_gone().await.unwrap_or_else(|e| {
                        tracing::warn!(target: "sync", error = %e, "berkas cadangan belum terhapus");
                        true
                    });
                    Done::Input(Input::Cleared { some })
                }));
            }
            Action::Link(state) => self.set_link(state),
            Action::Ask(ask) => self.shared.events.tell(Event::Ask(ask)),
            Action::Progress(progress) => self.shared.events.tell(Event::Progress(progress)),
            Action::Summary { summary, answer } => self.summarise(summary, answer),
            Action::Changed => self.shared.events.tell(Event::Settled),
            Action::Note(fault) => {
                tracing::warn!(target: "sync", reason = ?fault.reason, error = fault.text, "pusat");
            }
        }
    }

    fn connect(&self, conn: u32) {
        let shared = self.shared.clone();
        self.calls.push(Box::pin(async move {
            let Some(target) = &shared.options.target else { return Done::Input(Input::Tick) };
            Done::Connected(conn, connect(target, &shared.options.application).await)
        }));
    }

    fn greet(&self, conn: u32) {
        let shared = self.shared.clone();
        let work = |central: Arc<Central>| async move {
            let counts = shared.journal.counts();
            let info = HelloInfo {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                operator: shared.works.name(),
                pending: counts.pending(),
                epoch: shared.journal.epoch(),
                seq: counts.seq(),
            };
            let asked = Timestamp::now();
            let hello = central.hello(&info, millis(engine::CHECK_LIMIT)).await?;
            let middle = i64::midpoint(asked.as_millisecond(), Timestamp::now().as_millisecond());
            shared.clock.heard(hello.server_time.as_millisecond() - middle);
            shared.events.tell(Event::Greeted { site: hello.site, kind: hello.kind });
            Ok(())
        };
        self.call(work, move |done| Input::Greeted(conn, done));
    }

    fn photo(&mut self, conn: u32) {
        let Some(photo) = self.photos.pop_front() else {
            let _ = self.inputs.send(Input::PhotoDone(conn, Ok(())));
            return;
        };
        let work = |central: Arc<Central>| async move {
            let Photo { stay, side, sha256, jpeg, answer } = photo;
            let put = central.photo_put(stay, &side, &sha256, &jpeg, millis(engine::PHOTO_LIMIT)).await;
            let _ = answer.send(match &put {
                Ok(()) => Upload::Done,
                Err(e) if matches!(e.class(), ErrorClass::Data { .. }) => Upload::Refused,
                Err(_) => Upload::NotNow,
            });
            put
        };
        self.call(work, move |done| Input::PhotoDone(conn, done));
    }

    fn set_link(&self, state: LinkState) {
        self.shared.journal.set_link(state.link.is_up(), state.link == Link::Down);
        self.shared.link.send_replace(state);
        tracing::info!(target: "sync", link = state.link.word(), reason = ?state.reason, "koneksi");
    }

    fn summarise(&mut self, summary: SyncSummary, answer: bool) {
        tracing::info!(target: "sync", sent = summary.sent, already = summary.already, parked = summary.parked,
            stopped = ?summary.stopped, "ringkasan");
        let caller = if answer { self.waiting.pop_front() } else { None };
        match caller {
            Some(caller) => drop(caller.send(summary)),
            None => self.shared.events.tell(Event::Summary(summary)),
        }
    }
}

/// The limit covers name, TCP, TLS and login.
async fn connect(target: &Target, application: &str) -> Result<Central, CentralError> {
    Central::connect(target, application, CONNECT_LIMIT).await
}
