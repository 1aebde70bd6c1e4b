//! The lane's hardware and the books: every pulse and every passage becomes a fact, each passage is matched to the
//! opening it used, and a pressed button makes an entry by itself.

use super::clock::fresh_id;
use super::desk::Desk;
use super::others::Peer;
use crate::config::{self, Config};
use crate::device::barrier::port::Port;
use crate::device::barrier::{BarrierDone, BarrierKind, BarrierOptions, Heard, Order, WireOptions, engine};
use crate::device::serial;
use crate::domain::desk::{EnterRequest, OpenRequest, Refusal};
use crate::domain::dialect::{Written, table};
use crate::domain::kinds::{Event, kind};
use crate::domain::lane::{
    BarrierOpened, MANUAL, NotNow, Opening, PassageBy, Passages, Passed, Press, Pulsed, Side, Signal,
};
use crate::domain::prepaid::Upfront;
use anyhow::{Context, Result};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Sender, UnboundedReceiver};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// An opening that was ordered when the terminal is left is waited for so long.
const LAST: Duration = Duration::from_millis(300);

/// What this gate's barrier and button are; `side` is `None` for a screen at which nothing opens.
pub fn options(config: &Config, side: Option<Side>) -> Result<BarrierOptions> {
    let english = config.site.language == config::Lang::En;
    let (b, mut kind, mut button) = (&config.barrier, BarrierKind::None, None);
    let mut open = Vec::new();
    if let Some(side) = side {
        let close_after = b.close_after_s.map(|s| Duration::from_secs(s.into()));
        let wired = |line: &config::Line, dialect: &Written| -> Result<_> {
            let ways = engine::Ways {
                dialect: dialect.read(side, b.channel).context("dialek palang")?,
                timeout: BarrierOptions::default().timeout,
                pulse: Duration::from_millis(b.pulse_ms.into()),
                close_after,
                english,
            };
            Ok(Box::new(WireOptions { port: port(line, &dialect.name), ways }))
        };
        kind = match b.kind {
            config::BarrierKind::None => BarrierKind::None,
            config::BarrierKind::Sim => BarrierKind::Sim,
            config::BarrierKind::File => {
                open = b.written().read(side, b.channel).context("dialek palang")?.open;
                BarrierKind::File
            }
            config::BarrierKind::Serial | config::BarrierKind::Tcp | config::BarrierKind::Hid => {
                BarrierKind::Wire(wired(&b.line(), &b.written())?)
            }
        };
        if config.button.kind != config::ButtonKind::None {
            button = Some(wired(&config.button.line(), &config.button.written())?);
        }
    }
    Ok(BarrierOptions {
        kind,
        button,
        device: b.path.clone().unwrap_or_default(),
        open,
        data_dir: config.data_dir.clone(),
        english,
        ..BarrierOptions::default()
    })
}

fn port(line: &config::Line, dialect: &str) -> Port {
    let hid = table::HID.iter().find(|(name, ..)| *name == dialect);
    match (&line.address, hid) {
        (Some(address), _) => Port::Tcp(address.clone()),
        (None, Some((_, vendor, product))) => {
            Port::Hid { path: line.path.clone(), vendor: *vendor, product: *product }
        }
        (None, None) => Port::Serial(serial::SerialOptions {
            path: line.path.clone().unwrap_or_default(),
            baud: line.baud,
            parity: match line.parity {
                config::Parity::None => serial::Parity::None,
                config::Parity::Even => serial::Parity::Even,
                config::Parity::Odd => serial::Parity::Odd,
            },
            data_bits: line.data_bits,
            stop_bits: line.stop_bits,
        }),
    }
}

impl Desk {
    /// Opened by hand: the reason is durable before the arm rises. The order is to be given to the barrier then.
    pub async fn open_by_hand(&self, request: &OpenRequest) -> Result<Order, Refusal> {
        if !request.is_complete() {
            return Err(Refusal::ReasonMissing);
        }
        let short = |text: &str, most| text.trim().chars().take(most).collect::<String>();
        let stamp = self.clock.stamp();
        let id = fresh_id(&stamp);
        let body = BarrierOpened {
            reason: MANUAL.into(),
            stay: None,
            why: Some(request.why.clone()),
            text: Some(short(&request.text, 120)).filter(|t| !t.is_empty()),
            supervisor: Some(short(&request.supervisor, 64)),
            outcome: "ordered".into(),
            flags: if request.proven { Vec::new() } else { vec!["unproven_supervisor".into()] },
        };
        self.record_as(id, stamp, fact(kind::BARRIER_OPENED, &body)).await?;
        Ok(Order { id, reason: MANUAL.into(), stay: None })
    }
}

fn fact(kind: &str, body: &impl Serialize) -> Event {
    // Plain structs of texts and numbers: they always are JSON.
    Event::Other { kind: kind.into(), body: serde_json::to_value(body).unwrap_or_default() }
}

/// The three channels a lane speaks on.
pub struct Ears {
    /// Orders as they are given, before the barrier has them.
    pub ordered: UnboundedReceiver<Order>,
    pub done: UnboundedReceiver<BarrierDone>,
    pub heard: UnboundedReceiver<Heard>,
    /// Openings that are not on record yet, among what the terminal waits for before it is left.
    pub under_way: Arc<watch::Sender<usize>>,
}

pub struct Lane {
    desk: Arc<Desk>,
    peers: Sender<Peer>,
    side: Side,
    /// What a vehicle that pressed the button is taken for; empty: the site's first class.
    class: String,
    passages: Passages,
    press: Press,
    /// Ordered, and not answered yet.
    open: usize,
    begun: Instant,
}

/// What came.
enum Next {
    Ordered(Order),
    Done(BarrierDone),
    Heard(Heard),
}

impl Lane {
    pub fn new(desk: Arc<Desk>, peers: Sender<Peer>, side: Side, by: PassageBy, button: &config::Button) -> Self {
        Self {
            desk,
            peers,
            side,
            class: button.class.clone(),
            passages: Passages::new(by),
            press: Press::new(Duration::from_secs(button.guard_s.into())),
            open: 0,
            begun: Instant::now(),
        }
    }

    /// Listens until the terminal is left.
    pub async fn run(mut self, mut ears: Ears, stop: CancellationToken) {
        // What was heard is written down to its end, whatever comes meanwhile.
        while let Some(Some(next)) = stop.run_until_cancelled(Self::next(&mut ears)).await {
            match next {
                Next::Ordered(order) => self.ordered(order),
                Next::Done(done) => {
                    self.done(done).await;
                    ears.under_way.send_modify(|count| *count = count.saturating_sub(1));
                }
                Next::Heard(heard) => self.heard(heard).await,
            }
        }
        while let Ok(order) = ears.ordered.try_recv() {
            self.ordered(order);
        }
        while self.open > 0 {
            let Ok(Some(done)) = tokio::time::timeout(LAST, ears.done.recv()).await else { return };
            self.done(done).await;
        }
    }

    /// In this order: an opening is known before its answer, and both before the vehicle that used it.
    async fn next(ears: &mut Ears) -> Option<Next> {
        tokio::select! {
            biased;
            Some(order) = ears.ordered.recv() => Some(Next::Ordered(order)),
            Some(done) = ears.done.recv() => Some(Next::Done(done)),
            Some(heard) = ears.heard.recv() => Some(Next::Heard(heard)),
            else => None,
        }
    }

    fn ordered(&mut self, order: Order) {
        self.open += 1;
        self.passages.opened(self.begun.elapsed(), Opening { id: order.id, stay: order.stay });
    }

    async fn done(&mut self, done: BarrierDone) {
        self.open = self.open.saturating_sub(1);
        let outcome = done.outcome.word().to_owned();
        tracing::info!(target: "gate", reason = %done.reason, stay = ?done.stay, outcome, gate = %self.desk.gate, "palang");
        if outcome == "failed" {
            self.passages.failed(done.id);
        }
        let stamp = self.desk.clock.stamp();
        let recorded = if done.reason == MANUAL {
            let body = Pulsed { opening: done.id, outcome };
            self.desk.record_as(fresh_id(&stamp), stamp, fact(kind::PULSED, &body)).await
        } else {
            let (why, text, supervisor, flags) = (None, None, None, Vec::new());
            let (reason, stay) = (done.reason.clone(), done.stay);
            let body = BarrierOpened { reason, stay, why, text, supervisor, outcome, flags };
            self.desk.record_as(done.id, stamp, fact(kind::BARRIER_OPENED, &body)).await
        };
        if let Err(e) = recorded {
            tracing::warn!(target: "gate", error = %e, "pembukaan palang tidak tercatat");
        }
        let _ = self.peers.try_send(Peer::Barrier(Box::new(done)));
    }

    async fn heard(&mut self, heard: Heard) {
        let signal = match heard {
            Heard::Signal(signal) => signal,
            Heard::Cut => {
                self.passages.cut();
                return self.press.cut();
            }
        };
        self.press.heard(&signal);
        if let Some(passage) = self.passages.heard(self.begun.elapsed(), &signal) {
            let passed = Passed::of(&passage, self.side);
            let recorded = self.desk.record_event(fact(kind::PASSED, &passed)).await;
            if let Err(e) = recorded {
                tracing::warn!(target: "gate", error = %e, "kendaraan lewat tidak tercatat");
            }
            if passed.opening.is_none() {
                tracing::warn!(target: "gate", gate = %self.desk.gate, "kendaraan lewat tanpa palang dibuka untuknya");
            }
            let _ = self.peers.try_send(Peer::Passed(passed));
        }
        match signal {
            Signal::Button => self.pressed().await,
            Signal::Help => drop(self.peers.try_send(Peer::Help)),
            Signal::Fault(said) => tracing::warn!(target: "gate", said, "palang"),
            _ => {}
        }
    }

    async fn pressed(&mut self) {
        if self.side == Side::Out {
            return;
        }
        if let Err(why) = self.press.press(self.begun.elapsed()) {
            let why = if why == NotNow::NoVehicle { "tidak ada kendaraan" } else { "sudah dilayani" };
            tracing::info!(target: "gate", why, "tombol");
            return;
        }
        let settings = self.desk.settings();
        let first = || settings.classes.first().map(|c| c.id.clone()).unwrap_or_default();
        let class = if self.class.is_empty() { first() } else { self.class.clone() };
        let request = EnterRequest { plate: None, class, source: "button".into(), upfront: Upfront::Nobody };
        let told = match self.desk.enter(request).await {
            Ok(answer) => Peer::Pressed(Box::new(answer)),
            Err(refusal) => {
                self.press.failed();
                tracing::error!(target: "gate", error = %refusal, "tombol: tiket tidak terbit");
                Peer::PressRefused(refusal)
            }
        };
        let _ = self.peers.try_send(told);
    }
}
