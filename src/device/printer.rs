//! A lane's printer: told what to print, answers later: done, failed, or unknown.

use super::lane::Lane;
use super::outcome::{self, Outcome};
use super::patience::Patience;
use super::slip::{self, Mark, Receipt, Ticket};
use super::{escpos, files, say, slip_shift};
use crate::domain::shift_slip::ShiftSlip;
use crate::domain::view::DeviceState;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrinterKind {
    #[default]
    None,
    /// ESC/POS bytes to a device (`/dev/usb/lp0`), an existing file, or `host:port`.
    File,
    /// Writes what a person would read to `logs/printer_sim.txt`.
    Sim,
}

#[derive(Clone, Debug)]
pub struct PrinterOptions {
    pub kind: PrinterKind,
    /// A path if it holds a `/`, else `host:port`.
    pub target: String,
    /// For one job, all in all.
    pub timeout: Duration,
    pub data_dir: PathBuf,
    /// On top of every slip.
    pub site_name: String,
    pub english: bool,
}

impl Default for PrinterOptions {
    fn default() -> Self {
        Self {
            kind: PrinterKind::None,
            target: "/dev/usb/lp0".to_owned(),
            timeout: Duration::from_secs(3),
            data_dir: PathBuf::from("."),
            site_name: String::new(),
            english: false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrintJob {
    Ticket(Box<Ticket>),
    Receipt(Box<Receipt>),
    Shift(Box<ShiftSlip>),
}

/// What kind of slip an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    Ticket,
    Receipt,
    /// Of a shift, whose id stands in the stay's place.
    Shift,
}

/// The one answer to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintDone {
    pub stay: Uuid,
    pub slip: Slip,
    pub outcome: Outcome,
}

impl PrintJob {
    fn about(&self) -> (Uuid, Slip) {
        match self {
            Self::Ticket(t) => (t.stay, Slip::Ticket),
            Self::Receipt(r) => (r.stay, Slip::Receipt),
            Self::Shift(s) => (s.closed.shift, Slip::Shift),
        }
    }

    fn marks(&self, site: &str) -> Vec<Mark> {
        match self {
            Self::Ticket(t) => slip::ticket(site, t),
            Self::Receipt(r) => slip::receipt(site, r),
            Self::Shift(s) => slip_shift::shift(s),
        }
    }
}

/// Clones share one printer.
#[derive(Clone)]
pub struct PrinterHandle {
    lane: Option<Lane<PrintJob>>,
    results: UnboundedSender<PrintDone>,
    fallback: DeviceState,
    english: bool,
}

impl PrinterHandle {
    pub fn start(options: PrinterOptions, results: UnboundedSender<PrintDone>) -> Self {
        let english = options.english;
        if options.kind == PrinterKind::None {
            return Self { lane: None, results, fallback: DeviceState::None, english };
        }
        let (options, patience, answers) = (Arc::new(options), Patience::default(), results.clone());
        let work = move |job: PrintJob, _| {
            let (stay, slip) = job.about();
            let inside = Arc::clone(&options);
            let print = move || print(&inside, &job);
            // The grace lets the job's own limits speak first: they know more.
            let limit = options.timeout + Duration::from_millis(500);
            let outcome = outcome::waited(english, patience.call("printer-job", limit, print));
            let state = outcome.state();
            let _ = answers.send(PrintDone { stay, slip, outcome });
            state
        };
        match Lane::start("printer", DeviceState::Ready, work) {
            Ok(lane) => Self { lane: Some(lane), results, fallback: DeviceState::None, english },
            Err(e) => Self { lane: None, results, fallback: DeviceState::Failed(e.to_string()), english },
        }
    }

    /// Never blocks. `true`: exactly one `PrintDone` will come. `false`: this gate has no printer and none comes.
    pub fn print(&self, job: PrintJob) -> bool {
        let (stay, slip) = job.about();
        match &self.lane {
            None if self.fallback == DeviceState::None => return false,
            Some(lane) if lane.put(job).is_ok() => return true,
            _ => {}
        }
        let why = say(self.english, "pencetak sibuk", "printer busy").to_owned();
        let _ = self.results.send(PrintDone { stay, slip, outcome: Outcome::Failed(why) });
        true
    }

    pub fn state(&self) -> DeviceState {
        self.lane.as_ref().map_or_else(|| self.fallback.clone(), Lane::state)
    }

    /// Changes when the state does; `None` where there is no printer.
    pub fn watch(&self) -> Option<watch::Receiver<DeviceState>> {
        self.lane.as_ref().map(Lane::watch)
    }
}

fn print(options: &PrinterOptions, job: &PrintJob) -> Outcome {
    let marks = job.marks(&options.site_name);
    match options.kind {
        PrinterKind::Sim | PrinterKind::None => {
            let text = slip::readable(&marks);
            note(&options.data_dir, "printer_sim.txt", &format!("{text}\n"), options.english)
        }
        PrinterKind::File if options.target.contains('/') => {
            outcome::write_path(options.english, Path::new(&options.target), &escpos::page(&marks), false)
        }
        PrinterKind::File => over_network(options, &escpos::page(&marks)),
    }
}

/// What a simulated device's notes may grow to; as much again stands in the file before it, `….1`.
const NOTES_MOST: u64 = 1024 * 1024;

/// What a simulated device did, for people to read, below `data_dir/logs`.
pub(super) fn note(data_dir: &Path, name: &str, text: &str, english: bool) -> Outcome {
    let folder = data_dir.join("logs");
    let written = std::fs::create_dir_all(&folder)
        .and_then(|()| files::rotate(&folder.join(name), NOTES_MOST))
        .and_then(|()| OpenOptions::new().append(true).create(true).open(folder.join(name)))
        .and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Ok(()) => Outcome::Ok,
        Err(e) => Outcome::Failed(outcome::trouble(english, &e)),
    }
}

/// Raw TCP (port 9100). The page ends with a question; only its answer proves the page.
fn over_network(options: &PrinterOptions, page: &[u8]) -> Outcome {
    let english = options.english;
    let deadline = Instant::now() + options.timeout;
    let left = || deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let address = match options.target.to_socket_addrs().map(|mut all| all.next()) {
        Ok(Some(address)) => address,
        Ok(None) => return Outcome::Failed(say(english, "alamat tidak dikenal", "unknown address").to_owned()),
        Err(e) => return Outcome::Failed(outcome::trouble(english, &e)),
    };
    let mut stream = match TcpStream::connect_timeout(&address, left()) {
        Ok(stream) => stream,
        Err(e) => return Outcome::Failed(outcome::trouble(english, &e)),
    };
    // From the first byte on nobody knows what comes out.
    let asked = stream
        .set_write_timeout(Some(left()))
        .and_then(|()| stream.write_all(page))
        .and_then(|()| stream.write_all(&escpos::ASK_PAPER))
        .and_then(|()| stream.set_read_timeout(Some(left())));
    let mut status = [0; 1];
    match asked.and_then(|()| stream.read_exact(&mut status)) {
        Ok(()) if status[0] & escpos::PAPER_OUT != 0 => {
            Outcome::Failed(say(english, "kertas habis", "out of paper").to_owned())
        }
        Ok(()) => Outcome::Ok,
        Err(_) => Outcome::Unknown,
    }
}
