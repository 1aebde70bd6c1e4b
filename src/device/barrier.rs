//! A lane's barrier: told to open, answers later. Closing is the barrier's own business, with its own loop.

use super::lane::Lane;
use super::outcome::{self, Outcome};
use super::patience::Patience;
use super::{printer, say};
use crate::domain::view::DeviceState;
use jiff::Zoned;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use uuid::Uuid;

/// An order older than this would open for the next vehicle: it is refused.
const TOO_LATE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BarrierKind {
    #[default]
    None,
    /// Writes one line to a device (`/dev/ttyUSB0`, set up beforehand) or an existing file.
    File,
    /// Writes what happened to `logs/barrier_sim.txt`.
    Sim,
}

#[derive(Clone, Debug)]
pub struct BarrierOptions {
    pub kind: BarrierKind,
    pub device: PathBuf,
    /// Sent as it is, with a line feed behind it.
    pub open_line: String,
    pub timeout: Duration,
    pub data_dir: PathBuf,
    pub english: bool,
}

impl Default for BarrierOptions {
    fn default() -> Self {
        Self {
            kind: BarrierKind::None,
            device: PathBuf::from("/dev/ttyUSB0"),
            open_line: "OPEN_GATE".to_owned(),
            timeout: Duration::from_secs(2),
            data_dir: PathBuf::from("."),
            english: false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Order {
    reason: String,
    stay: Option<Uuid>,
}

/// The one answer to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarrierDone {
    pub reason: String,
    pub stay: Option<Uuid>,
    pub outcome: Outcome,
}

/// Clones share one barrier.
#[derive(Clone)]
pub struct BarrierHandle {
    lane: Option<Lane<Order>>,
    results: UnboundedSender<BarrierDone>,
    fallback: DeviceState,
    english: bool,
}

impl BarrierHandle {
    pub fn start(options: BarrierOptions, results: UnboundedSender<BarrierDone>) -> Self {
        let english = options.english;
        if options.kind == BarrierKind::None {
            return Self { lane: None, results, fallback: DeviceState::None, english };
        }
        let (options, patience, answers) = (Arc::new(options), Patience::default(), results.clone());
        let work = move |order: Order, waited: Duration| {
            let outcome = if waited > TOO_LATE {
                Outcome::Failed(say(english, "terlambat, tidak dibuka", "too late, not opened").to_owned())
            } else {
                let (inside, order) = (Arc::clone(&options), order.clone());
                let opened = patience.call("barrier-job", options.timeout, move || open(&inside, &order));
                outcome::waited(english, opened)
            };
            let state = outcome.state();
            let _ = answers.send(BarrierDone { reason: order.reason, stay: order.stay, outcome });
            state
        };
        match Lane::start("barrier", DeviceState::Ready, work) {
            Ok(lane) => Self { lane: Some(lane), results, fallback: DeviceState::None, english },
            Err(e) => Self { lane: None, results, fallback: DeviceState::Failed(e.to_string()), english },
        }
    }

    /// Never blocks; call it only after the fact is durable. `true`: exactly one `BarrierDone` will come. `false`:
    /// this gate has no barrier and none comes. `reason` is for the books: `entered`, `left`, or why by hand.
    pub fn open(&self, reason: &str, stay: Option<Uuid>) -> bool {
        let order = Order { reason: reason.to_owned(), stay };
        let order = match &self.lane {
            None if self.fallback == DeviceState::None => return false,
            None => order,
            Some(lane) => match lane.put(order) {
                Ok(()) => return true,
                Err(order) => order,
            },
        };
        let outcome = Outcome::Failed(say(self.english, "palang sibuk", "barrier busy").to_owned());
        let _ = self.results.send(BarrierDone { reason: order.reason, stay, outcome });
        true
    }

    pub fn state(&self) -> DeviceState {
        self.lane.as_ref().map_or_else(|| self.fallback.clone(), Lane::state)
    }

    /// Changes when the state does; `None` where there is no barrier.
    pub fn watch(&self) -> Option<watch::Receiver<DeviceState>> {
        self.lane.as_ref().map(Lane::watch)
    }
}

fn open(options: &BarrierOptions, order: &Order) -> Outcome {
    match options.kind {
        BarrierKind::File => {
            let line = format!("{}\n", options.open_line.trim_end());
            outcome::write_path(options.english, &options.device, line.as_bytes(), true)
        }
        BarrierKind::Sim | BarrierKind::None => {
            let stay = order.stay.map(|s| s.to_string()).unwrap_or_default();
            let line = format!("{} open {} {stay}\n", Zoned::now().strftime("%FT%T%:z"), order.reason);
            printer::note(&options.data_dir, "barrier_sim.txt", &line, options.english)
        }
    }
}
