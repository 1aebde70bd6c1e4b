//! A lane's barrier and its inputs: told to open, answers later; tells what loops, button and arm say. It closes only
//! where the site asks for it, and never over an occupied loop (`engine`).

pub mod engine;
pub mod port;
pub mod sim;
mod wire;

use super::lane::Lane;
use super::outcome::{self, Outcome};
use super::patience::Patience;
use super::{printer, say};
use crate::domain::lane::{PassageBy, Signal};
use crate::domain::view::DeviceState;
use engine::TOO_LATE;
use jiff::Zoned;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use uuid::Uuid;
use wire::Wire;
pub use wire::WireOptions;

#[derive(Clone, Debug, Default)]
pub enum BarrierKind {
    #[default]
    None,
    /// Writes one line to a device (`/dev/ttyUSB0`, set up beforehand) or an existing file.
    File,
    /// Writes what happened to `logs/barrier_sim.txt`.
    Sim,
    /// A controller or relay that speaks a dialect.
    Wire(Box<WireOptions>),
}

#[derive(Clone, Debug)]
pub struct BarrierOptions {
    pub kind: BarrierKind,
    /// A button on a line of its own.
    pub button: Option<Box<WireOptions>>,
    pub device: PathBuf,
    /// What a `File` is written, as it is.
    pub open: Vec<u8>,
    pub timeout: Duration,
    pub data_dir: PathBuf,
    pub english: bool,
}

impl Default for BarrierOptions {
    fn default() -> Self {
        Self {
            kind: BarrierKind::None,
            button: None,
            device: PathBuf::from("/dev/ttyUSB0"),
            open: b"OPEN_GATE\n".to_vec(),
            timeout: Duration::from_secs(2),
            data_dir: PathBuf::from("."),
            english: false,
        }
    }
}

impl BarrierOptions {
    /// By what a passage is known at this lane.
    pub fn passage_by(&self) -> PassageBy {
        match &self.kind {
            BarrierKind::Wire(wire) => wire.ways.dialect.passage_by(),
            _ => PassageBy::Nothing,
        }
    }
}

/// An order to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Of the fact that says so.
    pub id: Uuid,
    /// For the books: `entered`, `left` or `manual`.
    pub reason: String,
    pub stay: Option<Uuid>,
}

/// The one answer to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarrierDone {
    pub id: Uuid,
    pub reason: String,
    pub stay: Option<Uuid>,
    pub outcome: Outcome,
}

/// What the lane's hardware said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Signal(Signal),
    /// A line was cut: what loops said before holds no longer.
    Cut,
}

/// Clones share one barrier.
#[derive(Clone)]
pub struct BarrierHandle {
    arm: Near,
    button: Near,
    results: UnboundedSender<BarrierDone>,
    english: bool,
}

#[derive(Clone)]
enum Near {
    None,
    Lane(Lane<Order>),
    Wire(Wire),
    /// Its thread could not be made.
    Broken(String),
}

impl Near {
    fn state(&self) -> DeviceState {
        match self {
            Self::None => DeviceState::None,
            Self::Lane(lane) => lane.state(),
            Self::Wire(wire) => wire.state(),
            Self::Broken(why) => DeviceState::Failed(why.clone()),
        }
    }

    fn watch(&self) -> Option<watch::Receiver<DeviceState>> {
        match self {
            Self::Lane(lane) => Some(lane.watch()),
            Self::Wire(wire) => Some(wire.watch()),
            Self::None | Self::Broken(_) => None,
        }
    }

    fn wired(made: io::Result<Wire>) -> Self {
        made.map_or_else(|e| Self::Broken(e.to_string()), Self::Wire)
    }
}

impl BarrierHandle {
    pub fn start(
        mut options: BarrierOptions,
        results: UnboundedSender<BarrierDone>,
        heard: UnboundedSender<Heard>,
    ) -> Self {
        let english = options.english;
        let button =
            options.button.take().map(|wire| Wire::start("button", *wire, results.clone(), heard.clone()));
        let button = button.map_or(Near::None, Near::wired);
        let arm = match options.kind {
            BarrierKind::None => Near::None,
            BarrierKind::Wire(wire) => Near::wired(Wire::start("barrier", *wire, results.clone(), heard)),
            BarrierKind::File | BarrierKind::Sim => lane(options, results.clone()),
        };
        Self { arm, button, results, english }
    }

    /// Never blocks; call it only after the fact it stands for is durable, where one is due. `true`: exactly one
    /// `BarrierDone` will come. `false`: this gate has no barrier and none comes.
    pub fn open(&self, order: Order) -> bool {
        let order = match &self.arm {
            Near::None => return false,
            Near::Broken(_) => Err(order),
            Near::Lane(lane) => lane.put(order),
            Near::Wire(wire) => wire.put(order),
        };
        if let Err(order) = order {
            let outcome = Outcome::Failed(say(self.english, "palang sibuk", "barrier busy").to_owned());
            let done = BarrierDone { id: order.id, reason: order.reason, stay: order.stay, outcome };
            let _ = self.results.send(done);
        }
        true
    }

    pub fn is_there(&self) -> bool {
        !matches!(self.arm, Near::None)
    }

    /// The barrier's state; a button that fails while the barrier does not is told in its place.
    pub fn state(&self) -> DeviceState {
        match (self.arm.state(), self.button.state()) {
            (arm @ DeviceState::Failed(_), _) => arm,
            (_, DeviceState::Failed(why)) => {
                DeviceState::Failed(format!("{}: {why}", say(self.english, "tombol", "button")))
            }
            (arm, _) => arm,
        }
    }

    /// Change when the state does: of the barrier, and of the button; `None` where there is no such thing.
    pub fn watch(&self) -> [Option<watch::Receiver<DeviceState>>; 2] {
        [self.arm.watch(), self.button.watch()]
    }
}

/// Barriers that take one line and never say anything.
fn lane(options: BarrierOptions, answers: UnboundedSender<BarrierDone>) -> Near {
    let (english, options, patience) = (options.english, Arc::new(options), Patience::default());
    let work = move |order: Order, waited: Duration| {
        let outcome = if waited > TOO_LATE {
            Outcome::Failed(say(english, "terlambat, tidak dibuka", "too late, not opened").to_owned())
        } else {
            let (inside, order) = (Arc::clone(&options), order.clone());
            let opened = patience.call("barrier-job", options.timeout, move || open(&inside, &order));
            outcome::waited(english, opened)
        };
        let state = outcome.state();
        let _ = answers.send(BarrierDone { id: order.id, reason: order.reason, stay: order.stay, outcome });
        state
    };
    Lane::start("barrier", DeviceState::Ready, work).map_or_else(|e| Near::Broken(e.to_string()), Near::Lane)
}

fn open(options: &BarrierOptions, order: &Order) -> Outcome {
    if matches!(options.kind, BarrierKind::File) {
        return outcome::write_path(options.english, &options.device, &options.open, true);
    }
    let stay = order.stay.map(|s| s.to_string()).unwrap_or_default();
    let line = format!("{} open {} {stay}\n", Zoned::now().strftime("%FT%T%:z"), order.reason);
    printer::note(&options.data_dir, "barrier_sim.txt", &line, options.english)
}
