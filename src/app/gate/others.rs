//! What goes on around a desk once a fact is durable: the hub hears of it, the camera looks, paper comes out, the
//! barrier rises. Nothing here can hold up or undo a fact; what a device did becomes a fact of its own.

use super::Gate;
use super::desk::{Desk, Done};
use super::photos::{self, Photos};
use crate::config::{self, Config};
use crate::device::barrier::{BarrierDone, BarrierHandle, BarrierKind, BarrierOptions};
use crate::device::camera::{CameraHandle, CameraKind, CameraOptions, PhotoRequest, PhotoState, PhotoTaken, Side};
use crate::device::printer::{PrintDone, PrintJob, PrinterHandle, PrinterKind, PrinterOptions, Slip};
use crate::device::slip::Ticket;
use crate::domain::desk::EnterAnswer;
use crate::domain::kinds::{Event, kind};
use crate::domain::secret::Secret;
use crate::domain::stay::Stay;
use crate::domain::view::{Devices, PhotoView};
use crate::hub::client::{self, ClientOptions};
use crate::hub::{Incoming, Outgoing};
use crate::journal::Source;
use jiff::Zoned;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

/// News for the screen from around the desk.
#[derive(Clone, Debug)]
pub enum Peer {
    Hub(bool),
    /// The replica changed.
    Heard,
    Devices(Devices),
    Photo {
        stay: Uuid,
        out: bool,
        photo: PhotoView,
    },
}

/// Handles on everything around one desk.
#[derive(Clone)]
pub struct Others {
    camera: CameraHandle,
    shots: mpsc::UnboundedSender<PhotoTaken>,
    printer: PrinterHandle,
    barrier: BarrierHandle,
    photos: Arc<Photos>,
    hub: mpsc::Sender<Outgoing>,
    desk: Arc<Desk>,
    _stop: Arc<DropGuard>,
}

impl Others {
    /// Starts devices and the hub's client on the gate's own runtime.
    pub fn start(gate: &Gate, config: &Config) -> (Self, mpsc::Receiver<Peer>) {
        let (peers, heard) = mpsc::channel(64);
        let stop = CancellationToken::new();
        let (shots, taken) = mpsc::unbounded_channel();
        let (prints, printed) = mpsc::unbounded_channel();
        let (orders, opened) = mpsc::unbounded_channel();
        let (hub, outgoing) = mpsc::channel(64);
        let english = config.site.language == config::Lang::En;
        let photos = Arc::new(Photos::new(&config.data_dir));
        let desk = gate.desk.clone();
        let others = Self {
            camera: CameraHandle::start(camera(config, english), shots.clone()),
            shots,
            printer: PrinterHandle::start(printer(config, english), prints),
            barrier: BarrierHandle::start(barrier(config, english), orders),
            photos: photos.clone(),
            hub,
            desk: desk.clone(),
            _stop: Arc::new(stop.clone().drop_guard()),
        };
        let net = gate.net();
        if let Some(token) = gate.token() {
            let options = options(config, token, desk.gate.as_str());
            let (told, news) = mpsc::channel(256);
            net.spawn(client::run(options, outgoing, told, stop.clone()));
            net.spawn(listen(desk.clone(), news, peers.clone()));
        }
        net.spawn(photos::keep(photos.clone(), desk.clone(), taken, peers.clone(), stop.clone()));
        net.spawn(photos::tidy(photos.clone(), config.camera.keep_days, stop.clone()));
        net.spawn(photos::upload(photos, desk.clone(), stop.clone()));
        net.spawn(note_prints(desk.clone(), printed, peers.clone(), stop.clone()));
        net.spawn(note_openings(desk.clone(), opened, stop.clone()));
        net.spawn(watch_devices(others.clone_devices(), peers, stop.clone()));
        net.spawn(beat(desk, others.hub.clone(), stop));
        (others, heard)
    }

    fn clone_devices(&self) -> (CameraHandle, PrinterHandle, BarrierHandle) {
        (self.camera.clone(), self.printer.clone(), self.barrier.clone())
    }

    /// A fact is durable: everything that follows from it.
    pub fn after(&self, done: &Done) {
        match done {
            Done::Entered(answer) => {
                self.gossip(&answer.stay, kind::ENTERED);
                self.print_ticket(answer);
                self.barrier.open(kind::ENTERED, Some(answer.stay.stay));
                self.snap(&answer.stay, Side::In, &answer.at);
            }
            Done::Left { stay, at } => {
                self.gossip(stay, kind::LEFT);
                self.barrier.open(kind::LEFT, Some(stay.stay));
                self.exit_photo(stay, at);
            }
            Done::Closed(slip) => drop(self.printer.print(PrintJob::Shift(slip.clone()))),
        }
    }

    fn gossip(&self, stay: &Stay, kind: &str) {
        let _ = self.hub.try_send(Outgoing::Stay { stay: stay.clone(), kind: kind.to_owned() });
    }

    fn print_ticket(&self, answer: &EnterAnswer) {
        let class = self.desk.settings().class(&answer.stay.class).map(|c| c.name.clone());
        let ticket = Ticket {
            stay: answer.stay.stay,
            ticket: answer.stay.ticket.clone(),
            qr: answer.qr.clone(),
            plate: answer.stay.plate.as_deref().map(crate::domain::plate::spaced),
            class: class.unwrap_or_else(|| answer.stay.class.clone()),
            at: answer.at.clone(),
            gate: self.desk.gate.to_string(),
        };
        self.printer.print(PrintJob::Ticket(Box::new(ticket)));
    }

    /// The exit's photo, once per stay and minute.
    pub fn exit_photo(&self, stay: &Stay, at: &Zoned) {
        if self.photos.first_look(stay.stay, at) {
            self.snap(stay, Side::Out, at);
        }
    }

    fn snap(&self, stay: &Stay, side: Side, at: &Zoned) {
        // The room that is left is for sales.
        if self.desk.journal.counts().disk_low() && self.camera.watch().is_some() {
            let state = PhotoState::Missing { reason: "disk hampir penuh".into() };
            let _ = self.shots.send(PhotoTaken { stay: stay.stay, side, state });
            return;
        }
        let ticket = if stay.ticket.is_empty() { "tanpa_tiket".to_owned() } else { stay.ticket.clone() };
        let (plate, class) = (stay.plate.clone(), stay.class.clone());
        self.camera.snap(PhotoRequest { stay: stay.stay, side, ticket, at: at.clone(), plate, class });
    }

    /// The photo of the entry: from here, or from the centre within a second.
    pub async fn entry_photo(&self, desk: &Desk, stay: Uuid) -> PhotoView {
        self.photos.entry(desk, stay).await
    }
}

fn camera(config: &Config, english: bool) -> CameraOptions {
    let c = &config.camera;
    // The file is opened here and only here: it is used now.
    let password = c.password_file.as_ref().and_then(|path| match std::fs::read_to_string(path) {
        Ok(text) => Some(Secret::new(text.trim())),
        Err(e) => {
            tracing::warn!(target: "gate", path = %path.display(), error = %e, "sandi kamera tidak terbaca");
            None
        }
    });
    CameraOptions {
        kind: match c.kind {
            config::CameraKind::None => CameraKind::None,
            config::CameraKind::Sim => CameraKind::Sim,
            config::CameraKind::Http => CameraKind::Http,
            config::CameraKind::V4l2 => CameraKind::V4l2,
        },
        device: c.device.clone(),
        url: c.url.clone().unwrap_or_default(),
        user: c.user.clone().unwrap_or_default(),
        password: password.unwrap_or_default(),
        width: c.width,
        height: c.height,
        data_dir: config.data_dir.clone(),
        english,
        ..CameraOptions::default()
    }
}

fn printer(config: &Config, english: bool) -> PrinterOptions {
    let p = &config.printer;
    let path = p.path.as_ref().map(|path| path.display().to_string());
    PrinterOptions {
        kind: match p.kind {
            config::PrinterKind::None => PrinterKind::None,
            config::PrinterKind::Sim => PrinterKind::Sim,
            config::PrinterKind::File | config::PrinterKind::Tcp => PrinterKind::File,
        },
        target: p.address.clone().or(path).unwrap_or_default(),
        data_dir: config.data_dir.clone(),
        site_name: config.site.name.clone(),
        english,
        ..PrinterOptions::default()
    }
}

fn barrier(config: &Config, english: bool) -> BarrierOptions {
    let b = &config.barrier;
    BarrierOptions {
        kind: match b.kind {
            config::BarrierKind::None => BarrierKind::None,
            config::BarrierKind::Sim => BarrierKind::Sim,
            config::BarrierKind::File => BarrierKind::File,
        },
        device: b.path.clone().unwrap_or_default(),
        data_dir: config.data_dir.clone(),
        english,
        ..BarrierOptions::default()
    }
}

fn options(config: &Config, token: Secret, gate: &str) -> ClientOptions {
    let mut options = ClientOptions::new(config.hub_url(), token, gate, env!("CARGO_PKG_VERSION"));
    options.ca_file.clone_from(&config.central.ca_file);
    options
}

/// What the hub says is a hint: it changes the replica, and never decides.
async fn listen(desk: Arc<Desk>, mut news: mpsc::Receiver<Incoming>, peers: mpsc::Sender<Peer>) {
    while let Some(incoming) = news.recv().await {
        match incoming {
            Incoming::Up => {
                let _ = peers.try_send(Peer::Hub(true));
            }
            Incoming::Down => {
                let _ = peers.try_send(Peer::Hub(false));
            }
            Incoming::Stay(stay) => absorb(&desk, &peers, stay, Source::Hub).await,
            Incoming::Hint(stay) => absorb(&desk, &peers, stay, Source::Hint).await,
            Incoming::SettingsChanged | Incoming::Pull => desk.sync.pull(),
            Incoming::Status(_) => {}
        }
    }
}

async fn absorb(desk: &Desk, peers: &mpsc::Sender<Peer>, stay: Stay, source: Source) {
    if desk.journal.hear(vec![stay], source).await.unwrap_or_default() > 0 {
        let _ = peers.try_send(Peer::Heard);
    }
}

/// Tells the hub how this terminal stands, when that changes.
async fn beat(desk: Arc<Desk>, hub: mpsc::Sender<Outgoing>, stop: CancellationToken) {
    let mut done = desk.watch();
    let mut link = desk.sync.link.clone();
    loop {
        let view = desk.link_view(false);
        let beat = Outgoing::Heartbeat { link: view.link, pending: view.pending, operator: desk.operator() };
        let _ = hub.try_send(beat);
        tokio::select! {
            () = stop.cancelled() => return,
            changed = link.changed() => if changed.is_err() { return },
            // A closed or lagging channel is only a missed beat.
            fact = done.recv() => if matches!(fact, Err(tokio::sync::broadcast::error::RecvError::Closed)) { return },
        }
    }
}

async fn note_prints(
    desk: Arc<Desk>,
    mut printed: mpsc::UnboundedReceiver<PrintDone>,
    peers: mpsc::Sender<Peer>,
    stop: CancellationToken,
) {
    while let Some(Some(done)) = stop.run_until_cancelled(printed.recv()).await {
        let what = match done.slip {
            Slip::Ticket => "ticket",
            Slip::Receipt => "receipt",
            Slip::Shift => "shift",
        };
        let body = json!({"stay": done.stay, "what": what, "outcome": done.outcome.word(), "copy": 1});
        let event = Event::Other { kind: kind::PRINTED.into(), body };
        if let Err(e) = desk.record_event(event).await {
            tracing::warn!(target: "gate", error = %e, "cetakan tidak tercatat");
        }
        // "Terakhir" reads it from the journal.
        let _ = peers.try_send(Peer::Heard);
    }
}

async fn note_openings(
    desk: Arc<Desk>,
    mut opened: mpsc::UnboundedReceiver<BarrierDone>,
    stop: CancellationToken,
) {
    while let Some(Some(done)) = stop.run_until_cancelled(opened.recv()).await {
        tracing::info!(target: "gate", reason = %done.reason, stay = ?done.stay, outcome = done.outcome.word(),
            gate = %desk.gate, "palang");
    }
}

async fn watch_devices(
    (camera, printer, barrier): (CameraHandle, PrinterHandle, BarrierHandle),
    peers: mpsc::Sender<Peer>,
    stop: CancellationToken,
) {
    let mut watched = [camera.watch(), printer.watch(), barrier.watch()];
    loop {
        let devices = Devices { printer: printer.state(), barrier: barrier.state(), camera: camera.state() };
        if peers.send(Peer::Devices(devices)).await.is_err() {
            return;
        }
        let [a, b, c] = &mut watched;
        let changed = async {
            tokio::select! {
                alive = changed(a) => alive,
                alive = changed(b) => alive,
                alive = changed(c) => alive,
            }
        };
        if stop.run_until_cancelled(changed).await != Some(true) {
            return;
        }
    }
}

/// Waits for ever where there is no such device.
async fn changed(watch: &mut Option<tokio::sync::watch::Receiver<crate::domain::view::DeviceState>>) -> bool {
    match watch {
        Some(watch) => watch.changed().await.is_ok(),
        None => std::future::pending().await,
    }
}
