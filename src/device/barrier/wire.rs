//! The thread of one line: waits for orders, bytes and moments at once, and does what `engine` says.

use super::engine::{Act, Engine, Ways};
use super::port::{CONNECT, Open, Port};
use super::{BarrierDone, Heard, Order};
use crate::device::outcome::{Outcome, trouble};
use crate::device::patience::{Patience, Waited};
use crate::device::say;
use crate::domain::view::DeviceState;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

/// Orders that may wait before new ones are handed back.
const DEPTH: usize = 4;

/// A line that is down is tried again after so long; an order tries it at once.
const AGAIN: Duration = Duration::from_secs(1);

/// A relay that is let go sooner may not have been seen.
const SHORTEST_PULSE: Duration = Duration::from_millis(300);

/// Nine bytes at 9600 take ten milliseconds.
const SENT: Duration = Duration::from_millis(50);

#[derive(Clone, Debug)]
pub struct WireOptions {
    pub port: Port,
    pub ways: Ways,
}

/// The near end; clones share it, and the thread ends with the last of them.
#[derive(Clone)]
pub struct Wire {
    queue: SyncSender<(Instant, Order)>,
    bell: Arc<PipeWriter>,
    state: watch::Receiver<DeviceState>,
}

impl Wire {
    pub fn start(
        name: &str,
        options: WireOptions,
        results: UnboundedSender<BarrierDone>,
        heard: UnboundedSender<Heard>,
    ) -> io::Result<Self> {
        let (queue, orders) = sync_channel(DEPTH);
        let (rung, bell) = io::pipe()?;
        let (tell, state) = watch::channel(DeviceState::Busy);
        let english = options.ways.english;
        let thread = Thread {
            engine: Engine::new(options.ways),
            port: options.port,
            open: None,
            begun: Instant::now(),
            try_at: Duration::ZERO,
            patience: Patience::default(),
            orders,
            rung,
            results,
            heard,
            tell,
            english,
        };
        thread::Builder::new().name(name.to_owned()).spawn(move || thread.run())?;
        Ok(Self { queue, bell: Arc::new(bell), state })
    }

    /// Hands the order back if too many wait or the thread is gone.
    pub fn put(&self, order: Order) -> Result<(), Order> {
        let put = self.queue.try_send((Instant::now(), order)).map_err(|e| match e {
            TrySendError::Full((_, order)) | TrySendError::Disconnected((_, order)) => order,
        });
        if put.is_ok() {
            let _ = (&*self.bell).write(&[1]);
        }
        put
    }

    pub fn state(&self) -> DeviceState {
        match self.state.has_changed() {
            Ok(_) => self.state.borrow().clone(),
            Err(_) => DeviceState::Failed("berhenti".to_owned()),
        }
    }

    pub fn watch(&self) -> watch::Receiver<DeviceState> {
        self.state.clone()
    }
}

struct Thread {
    engine: Engine,
    port: Port,
    open: Option<Open>,
    begun: Instant,
    try_at: Duration,
    patience: Patience,
    orders: Receiver<(Instant, Order)>,
    rung: PipeReader,
    results: UnboundedSender<BarrierDone>,
    heard: UnboundedSender<Heard>,
    tell: watch::Sender<DeviceState>,
    english: bool,
}

impl Thread {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn run(mut self) {
        loop {
            if self.open.is_none() && self.now() >= self.try_at {
                self.connect();
            }
            let Some((bytes, rang)) = self.wait() else { return };
            if bytes {
                self.read();
            }
            let at = self.now();
            let acts = self.engine.tick(at);
            self.carry_out(acts);
            if rang && !self.take_orders() {
                self.let_go();
                return;
            }
        }
    }

    /// Nobody orders any more: no relay stays held, but each is for long enough to be seen by its barrier.
    fn let_go(&mut self) {
        if let (Some(word), Some(open)) = (self.engine.held(), &mut self.open) {
            thread::sleep(SHORTEST_PULSE);
            // The last word on this line: nothing can be done about it.
            let _ = open.write(word);
            // A line that is let go forgets what it has not sent.
            thread::sleep(SENT);
        }
    }

    fn connect(&mut self) {
        let port = self.port.clone();
        let opened = self.patience.call("barrier-open", CONNECT + AGAIN, move || port.open());
        self.try_at = self.now() + AGAIN;
        let why = match opened {
            Ok(Ok(open)) => {
                self.open = Some(open);
                let acts = self.engine.connected(self.now());
                self.carry_out(acts);
                return;
            }
            Ok(Err(e)) => trouble(self.english, &e),
            Err(Waited::StillBusy | Waited::TimedOut | Waited::Died) => {
                say(self.english, "tidak menjawab", "not responding").to_owned()
            }
        };
        let acts = self.engine.lost(why);
        self.carry_out(acts);
    }

    /// Whether bytes came, and whether the bell rang; `None` if nothing can be waited for.
    fn wait(&mut self) -> Option<(bool, bool)> {
        let due = match &self.open {
            Some(_) => self.engine.next(),
            None => Some(self.try_at),
        };
        let span = due.map(|due| due.saturating_sub(self.now()) + Duration::from_millis(1));
        let span = span.and_then(|s| Timespec::try_from(s).ok());
        let bell = PollFd::from_borrowed_fd(self.rung.as_fd(), PollFlags::IN);
        let mut fds = vec![bell];
        if let Some(open) = &self.open {
            fds.push(PollFd::from_borrowed_fd(open.fd(), PollFlags::IN));
        }
        match poll(&mut fds, span.as_ref()) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Some((false, false)),
            Err(_) => return None,
        }
        let came = |at: usize| fds.get(at).is_some_and(|fd| !fd.revents().is_empty());
        Some((came(1), came(0)))
    }

    fn read(&mut self) {
        let mut buffer = [0; 256];
        let Some(open) = &mut self.open else { return };
        let acts = match open.read(&mut buffer) {
            Ok(None) => return,
            Ok(Some(bytes)) => {
                let at = self.begun.elapsed();
                self.engine.bytes(at, bytes)
            }
            Err(e) => return self.broken(&e),
        };
        self.carry_out(acts);
    }

    fn broken(&mut self, error: &io::Error) {
        self.open = None;
        self.try_at = self.now() + AGAIN;
        let why = match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected => say(self.english, "sambungan putus", "connection cut").to_owned(),
            _ if error.raw_os_error() == Some(EIO) => {
                say(self.english, "perangkat tercabut", "device unplugged").to_owned()
            }
            _ => trouble(self.english, error),
        };
        let acts = self.engine.lost(why);
        self.carry_out(acts);
    }

    /// Whether anybody can still order.
    fn take_orders(&mut self) -> bool {
        let mut bells = [0; 64];
        // It rang, or its last holder is gone: either way this does not wait.
        let _ = self.rung.read(&mut bells);
        loop {
            match self.orders.try_recv() {
                Ok((put, order)) => {
                    if self.open.is_none() {
                        self.connect();
                    }
                    let (at, put) = (self.now(), put.saturating_duration_since(self.begun));
                    let acts = self.engine.order(at, put, order);
                    self.carry_out(acts);
                }
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn carry_out(&mut self, acts: Vec<Act>) {
        // What was decided before the line broke says nothing of the line any more.
        let mut broke = false;
        for act in acts {
            match act {
                Act::Send(_) | Act::State(_) | Act::Drop if broke => {}
                Act::Send(bytes) => {
                    let Some(open) = &mut self.open else { continue };
                    if let Err(e) = open.write(&bytes) {
                        self.broken(&e);
                        broke = true;
                    }
                }
                Act::Done(order, outcome) => self.done(order, outcome),
                Act::Heard(signal) => drop(self.heard.send(Heard::Signal(signal))),
                Act::Cut => drop(self.heard.send(Heard::Cut)),
                Act::State(state) => {
                    self.tell.send_if_modified(|told| {
                        let other = *told != state;
                        *told = state;
                        other
                    });
                }
                Act::Drop => {
                    if self.open.as_ref().is_some_and(Open::is_socket) {
                        let why = say(self.english, "tidak menjawab", "not responding");
                        self.open = None;
                        self.try_at = self.now() + AGAIN;
                        let acts = self.engine.lost(why.to_owned());
                        self.carry_out(acts);
                        broke = true;
                    }
                }
            }
        }
    }

    fn done(&self, order: Order, outcome: Outcome) {
        let _ = self.results.send(BarrierDone { id: order.id, reason: order.reason, stay: order.stay, outcome });
    }
}

const EIO: i32 = 5;
