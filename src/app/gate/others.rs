//! What goes on around a desk once a fact is durable: the hub hears of it, the camera looks, paper comes out, the
//! barrier rises. Nothing here can hold up or undo a fact; what a device did becomes a fact of its own.

use super::Gate;
use super::audience::Audience;
use super::charges::Charges;
use super::clock::fresh_id;
use super::desk::{Desk, Done};
use super::lane::{self, Ears, Lane};
use super::paper::Paper;
use super::photos::{self, Photos};
use super::scan;
use crate::app::slips;
use crate::config::Config;
use crate::device::barrier::{BarrierDone, BarrierHandle, BarrierOptions, Order};
use crate::device::camera::{CameraHandle, PhotoRequest, PhotoState, PhotoTaken, Side};
use crate::device::printer::PrinterHandle;
use crate::device::scanner::ScannerHandle;
use crate::domain::charge::Charge;
use crate::domain::desk::{EnterAnswer, OpenRequest, Refusal};
use crate::domain::kinds::kind;
use crate::domain::lane::{Passed, Side as Way};
use crate::domain::secret::Secret;
use crate::domain::stay::Stay;
use crate::domain::view::{Devices, PhotoView};
use crate::hub::client::{self, ClientOptions};
use crate::hub::{Incoming, Outgoing};
use crate::journal::Source;
use crate::tui::msg::ChargeView;
use jiff::Zoned;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

/// News for the screen from around the desk.
#[derive(Clone, Debug)]
pub enum Peer {
    Hub(bool),
    /// The replica changed.
    Heard,
    Devices(Devices),
    Charge(ChargeView),
    Photo {
        stay: Uuid,
        out: bool,
        photo: PhotoView,
    },
    /// The button made an entry.
    Pressed(Box<EnterAnswer>),
    PressRefused(Refusal),
    /// The driver asks for help.
    Help,
    Barrier(Box<BarrierDone>),
    /// A scanner of this terminal's own read this.
    Scanned(String),
    /// That scanner is gone, or there again.
    Scanner(bool),
    Passed(Passed),
}

/// Longer than a vehicle waits for its ticket's proof.
const FINISHING: Duration = Duration::from_secs(4);

/// Handles on everything around one desk.
#[derive(Clone)]
pub struct Others {
    camera: CameraHandle,
    shots: mpsc::UnboundedSender<PhotoTaken>,
    pub paper: Arc<Paper>,
    barrier: BarrierHandle,
    orders: mpsc::UnboundedSender<Order>,
    photos: Arc<Photos>,
    hub: mpsc::Sender<Outgoing>,
    charges: Arc<Charges>,
    pub audience: Audience,
    _scanner: Option<Arc<ScannerHandle>>,
    desk: Arc<Desk>,
    net: tokio::runtime::Handle,
    /// Tickets whose proof is waited for, as the barrier opens behind it, and openings that are not on record yet.
    under_way: Arc<watch::Sender<usize>>,
    _stop: Arc<DropGuard>,
}

impl Others {
    /// Starts devices and the hub's client on the gate's own runtime. At a screen of no side nothing opens.
    pub fn start(gate: &Gate, config: &Config, side: Option<Way>) -> (Self, mpsc::Receiver<Peer>) {
        let (peers, heard) = mpsc::channel(64);
        let stop = CancellationToken::new();
        let (shots, taken) = mpsc::unbounded_channel();
        let (opens, done) = mpsc::unbounded_channel();
        let (signals, heard_there) = mpsc::unbounded_channel();
        let (orders, ordered) = mpsc::unbounded_channel();
        let (hub, outgoing) = mpsc::channel(64);
        let photos = Arc::new(Photos::new(&config.data_dir));
        let desk = gate.desk.clone();
        let (charges, said) = Charges::new(config, desk.gate.to_string());
        let charges = Arc::new(charges);
        let barrier = lane::options(config, side).unwrap_or_else(|e| {
            tracing::error!(target: "gate", error = %format!("{e:#}"), "palang tidak dapat dipakai");
            BarrierOptions::default()
        });
        let by = barrier.passage_by();
        let (paper, printed) = Paper::start(slips::options(config), desk.clone(), hub.clone());
        let others = Self {
            camera: CameraHandle::start(crate::app::camera::options(config), shots.clone()),
            shots,
            barrier: BarrierHandle::start(barrier, opens, signals),
            orders,
            paper,
            photos: photos.clone(),
            hub,
            charges: charges.clone(),
            audience: Audience::start(config, side),
            _scanner: scan::start(config, side, peers.clone()).map(Arc::new),
            desk: desk.clone(),
            net: gate.net().handle().clone(),
            under_way: Arc::new(watch::Sender::new(0)),
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
        let heard_charges = {
            let (desk, peers, stop) = (desk.clone(), peers.clone(), stop.clone());
            async move { charges.listen(desk, said, peers, stop).await }
        };
        net.spawn(heard_charges);
        let lane = Lane::new(desk.clone(), peers.clone(), side.unwrap_or_default(), by, &config.button);
        let ears = Ears { ordered, done, heard: heard_there, under_way: others.under_way.clone() };
        net.spawn(lane.run(ears, stop.clone()));
        net.spawn(others.paper.clone().note(printed, peers.clone(), stop.clone()));
        net.spawn(watch_devices(others.clone_devices(), peers, stop.clone()));
        net.spawn(beat(desk, others.hub.clone(), stop));
        (others, heard)
    }

    fn clone_devices(&self) -> (CameraHandle, PrinterHandle, BarrierHandle) {
        (self.camera.clone(), self.paper.printer(), self.barrier.clone())
    }

    /// A fact is durable: everything that follows from it.
    pub fn after(&self, done: &Done) {
        match done {
            Done::Entered(answer) => {
                if !answer.warnings.is_empty() {
                    self.audience.warned();
                }
                self.audience.entered(answer);
                self.gossip(&answer.stay, kind::ENTERED);
                self.ticket_then_barrier(answer);
                self.snap(&answer.stay, Side::In, &answer.at);
            }
            Done::Keyed(answer) => self.gossip(&answer.stay, kind::ENTERED),
            Done::Corrected(answer) => {
                self.gossip(&answer.stay, kind::CORRECTED);
                let (paper, stay) = (self.paper.clone(), answer.stay.stay);
                self.net.spawn(async move { paper.reprint_ticket(stay).await });
            }
            Done::Left { stay, at, paid } => {
                self.gossip(stay, kind::LEFT);
                self.audience.paid(paid);
                self.raise(kind::LEFT, stay.stay);
                self.paper.receipt(stay, at, paid);
                self.exit_photo(stay, at);
            }
            Done::Undone { stay, kind } => self.gossip(stay, kind),
            Done::Closed(slip) => self.paper.shift(slip),
        }
    }

    /// Asks the site's program for a fee without cash.
    pub async fn charge(&self, charge: Charge) -> Result<(), Refusal> {
        self.charges.begin(&self.desk, charge).await
    }

    pub fn cancel_charge(&self) {
        self.charges.cancel();
    }

    fn raise(&self, reason: &str, stay: Uuid) {
        let id = fresh_id(&self.desk.clock.stamp());
        self.order(Order { id, reason: reason.to_owned(), stay: Some(stay) });
    }

    fn order(&self, order: Order) {
        if self.barrier.is_there() {
            // Before the barrier has it: whoever drives through at once is known.
            self.under_way.send_modify(|count| *count += 1);
            let _ = self.orders.send(order.clone());
            self.barrier.open(order);
        }
    }

    /// Whether there is anything that opens.
    pub(super) fn opens(&self) -> bool {
        self.barrier.is_there()
    }

    pub(super) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Opens by hand, once the reason is durable. Gives the opening.
    pub async fn open_by_hand(&self, request: &OpenRequest) -> Result<Uuid, Refusal> {
        if !self.barrier.is_there() {
            return Err(Refusal::NoBarrier);
        }
        let order = self.desk.open_by_hand(request).await?;
        let id = order.id;
        self.order(order);
        Ok(id)
    }

    /// The barrier opens when it is on record whether there is a ticket.
    fn ticket_then_barrier(&self, answer: &EnterAnswer) {
        let stay = answer.stay.stay;
        let Some(proven) = self.paper.ticket(answer) else {
            return self.raise(kind::ENTERED, stay);
        };
        let others = self.clone();
        self.under_way.send_modify(|count| *count += 1);
        self.net.spawn(async move {
            others.paper.on_record(stay, proven).await;
            others.raise(kind::ENTERED, stay);
            others.under_way.send_modify(|count| *count -= 1);
        });
    }

    /// The terminal is left: what was recorded has its ticket and its barrier first, as far as the printer lets it.
    pub async fn finish(&self, done: &mut broadcast::Receiver<Done>) {
        while let Ok(fact) = done.try_recv() {
            self.after(&fact);
        }
        let mut under_way = self.under_way.subscribe();
        let _ = tokio::time::timeout(FINISHING, under_way.wait_for(|count| *count == 0)).await;
    }

    fn gossip(&self, stay: &Stay, kind: &str) {
        let _ = self.hub.try_send(Outgoing::Stay { stay: Box::new(stay.clone()), kind: kind.to_owned() });
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
            Incoming::Paper { stay, gate, outcome } => {
                if let Err(e) = desk.journal.hear_paper(stay, gate, outcome).await {
                    tracing::warn!(target: "gate", error = %e, "kabar cetakan tidak tersimpan");
                }
            }
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

async fn watch_devices(
    (camera, printer, barrier): (CameraHandle, PrinterHandle, BarrierHandle),
    peers: mpsc::Sender<Peer>,
    stop: CancellationToken,
) {
    let [arm, button] = barrier.watch();
    let mut watched = [camera.watch(), printer.watch(), arm, button];
    loop {
        let devices = Devices { printer: printer.state(), barrier: barrier.state(), camera: camera.state() };
        if peers.send(Peer::Devices(devices)).await.is_err() {
            return;
        }
        let [a, b, c, d] = &mut watched;
        let changed = async {
            tokio::select! {
                alive = changed(a) => alive,
                alive = changed(b) => alive,
                alive = changed(c) => alive,
                alive = changed(d) => alive,
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
