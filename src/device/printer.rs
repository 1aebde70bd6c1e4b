//! A lane's printer: told what to print, answers later: done, failed, or unknown.

mod talk;

pub use talk::{Health, Ill};

use super::lane::Lane;
use super::outcome::{self, Outcome};
use super::patience::Patience;
use super::serial::{self, SerialOptions};
use super::slip::{self, Layout, Mark, NARROW, Receipt, Ticket};
use super::wire::Wire;
use super::{escpos, files, say, slip_shift};
use crate::domain::shift_slip::ShiftSlip;
use crate::domain::view::DeviceState;
use jiff::Zoned;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use talk::Habits;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use uuid::Uuid;

/// A car waits three seconds for its ticket, and is gone soon after.
const TICKET_WAITS: Duration = Duration::from_secs(6);
const RECEIPT_WAITS: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrinterKind {
    #[default]
    None,
    /// ESC/POS bytes to a device (`/dev/usb/lp0`) or an existing file.
    File,
    /// The same to `host:port`, usually port 9100.
    Tcp,
    /// The same over a serial line.
    Serial,
    /// Writes what a person would read to `logs/printer_sim.txt`.
    Sim,
}

#[derive(Clone, Debug)]
pub struct PrinterOptions {
    pub kind: PrinterKind,
    /// For file a path, for tcp `host:port`.
    pub target: String,
    pub serial: SerialOptions,
    /// For one job, all in all; a serial line gets the time its bytes take besides.
    pub timeout: Duration,
    pub data_dir: PathBuf,
    pub layout: Layout,
    pub english: bool,
}

impl Default for PrinterOptions {
    fn default() -> Self {
        Self {
            kind: PrinterKind::None,
            target: "/dev/usb/lp0".to_owned(),
            serial: SerialOptions::default(),
            timeout: Duration::from_secs(3),
            data_dir: PathBuf::from("."),
            layout: Layout::new(NARROW, ""),
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
    /// As the job's.
    pub copy: u32,
    pub outcome: Outcome,
}

impl PrintJob {
    fn about(&self) -> (Uuid, Slip, u32) {
        match self {
            Self::Ticket(t) => (t.stay, Slip::Ticket, t.copy),
            Self::Receipt(r) => (r.stay, Slip::Receipt, r.copy),
            Self::Shift(s) => (s.closed.shift, Slip::Shift, 1),
        }
    }

    /// Whoever it is for has left: the next driver must not find it in the printer. A shift's slip is never late.
    fn is_too_late(&self, waited: Duration) -> bool {
        match self {
            Self::Ticket(ticket) if ticket.copy == 1 => waited > TICKET_WAITS,
            Self::Ticket(_) | Self::Receipt(_) => waited > RECEIPT_WAITS,
            Self::Shift(_) => false,
        }
    }

    fn marks(&self, layout: &Layout) -> Vec<Mark> {
        match self {
            Self::Ticket(t) => slip::ticket(layout, t),
            Self::Receipt(r) => slip::receipt(layout, r),
            Self::Shift(s) => slip_shift::shift(s),
        }
    }

    /// The bytes a printer gets.
    pub fn page(&self, layout: &Layout) -> Vec<u8> {
        escpos::page(&self.marks(layout), layout.columns)
    }

    /// As a person reads it, codes in words.
    pub fn readable(&self, layout: &Layout) -> String {
        slip::readable(&self.marks(layout))
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
        let habits = Arc::new(Habits::default());
        let work = move |job: PrintJob, waited: Duration| {
            let (stay, slip, copy) = job.about();
            if job.is_too_late(waited) {
                let why = say(english, "terlalu lama menunggu pencetak", "waited too long for the printer");
                let outcome = Outcome::Failed(why.to_owned());
                let state = outcome.state();
                let _ = answers.send(PrintDone { stay, slip, copy, outcome });
                return state;
            }
            let (inside, habits) = (Arc::clone(&options), Arc::clone(&habits));
            let page = job.page(&options.layout);
            // The grace lets the job's own limits speak first: they know more.
            let limit = limit(&options, page.len()) + Duration::from_secs(1);
            let print = move || match inside.kind {
                PrinterKind::Sim => {
                    let text = format!("{}\n", job.readable(&inside.layout));
                    note(&inside.data_dir, "printer_sim.txt", &text, english)
                }
                _ => deliver(&inside, &page, &habits),
            };
            let outcome = outcome::waited(english, patience.call("printer-job", limit, print));
            let state = outcome.state();
            let _ = answers.send(PrintDone { stay, slip, copy, outcome });
            state
        };
        match Lane::start("printer", DeviceState::Ready, work) {
            Ok(lane) => Self { lane: Some(lane), results, fallback: DeviceState::None, english },
            Err(e) => Self { lane: None, results, fallback: DeviceState::Failed(e.to_string()), english },
        }
    }

    /// Never blocks. `true`: exactly one `PrintDone` will come. `false`: this gate has no printer and none comes.
    pub fn print(&self, job: PrintJob) -> bool {
        let (stay, slip, copy) = job.about();
        match &self.lane {
            None if self.fallback == DeviceState::None => return false,
            Some(lane) if lane.put(job).is_ok() => return true,
            _ => {}
        }
        let why = say(self.english, "pencetak sibuk", "printer busy").to_owned();
        let _ = self.results.send(PrintDone { stay, slip, copy, outcome: Outcome::Failed(why) });
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

/// Prints a slip that is no ticket, now. Blocks for as long as a job may take.
pub fn trial(options: &PrinterOptions, at: &Zoned, gate: &str) -> Outcome {
    let marks = slip::trial(&options.layout, at, gate);
    if options.kind == PrinterKind::Sim {
        return note(
            &options.data_dir,
            "printer_sim.txt",
            &format!("{}\n", slip::readable(&marks)),
            options.english,
        );
    }
    let (inside, page) = (options.clone(), escpos::page(&marks, options.layout.columns));
    let limit = limit(options, page.len()) + Duration::from_secs(1);
    let print = move || deliver(&inside, &page, &Habits::default());
    outcome::waited(options.english, Patience::default().call("printer-trial", limit, print))
}

/// Asks the printer how it is, without printing. `Err`: it cannot even be reached, and why. Blocks for a job's time at most.
pub fn ask(options: &PrinterOptions) -> Result<Health, String> {
    let (inside, limit) = (options.clone(), limit(options, 0));
    let asked = move || -> io::Result<Health> {
        let until = Instant::now() + Duration::from_secs(1);
        match open(&inside, until)? {
            Reached::Line(mut wire) => Ok(talk::health(&mut wire, until)),
            Reached::Mute => Ok(Health::Silent),
        }
    };
    match Patience::default().call("printer-asked", limit, asked) {
        Ok(told) => told.map_err(|e| outcome::trouble(options.english, &e)),
        Err(_) => Err(outcome::trouble(options.english, &ErrorKind::TimedOut.into())),
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

/// A serial line carries a byte in eleven bits at most.
fn limit(options: &PrinterOptions, bytes: usize) -> Duration {
    match options.kind {
        PrinterKind::Serial => {
            options.timeout + Duration::from_secs_f64(bytes as f64 * 11.0 / f64::from(options.serial.baud.max(1)))
        }
        _ => options.timeout,
    }
}

/// The way to a printer.
enum Reached {
    Line(Wire),
    /// What is written there is certain or lost, and never answered: a plain file, a device that cannot be read.
    Mute,
}

fn open(options: &PrinterOptions, until: Instant) -> io::Result<Reached> {
    let line = match options.kind {
        PrinterKind::Tcp => {
            let address = options.target.to_socket_addrs()?.next();
            let address = address.ok_or(ErrorKind::NotFound)?;
            let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            Wire::tcp(TcpStream::connect_timeout(&address, left)?)?
        }
        PrinterKind::Serial => Wire::new(serial::open(&options.serial)?),
        PrinterKind::File | PrinterKind::None | PrinterKind::Sim => {
            let path = Path::new(&options.target);
            if !path.metadata()?.file_type().is_char_device() {
                return Ok(Reached::Mute);
            }
            let flags = outcome::O_NOCTTY | outcome::O_NONBLOCK;
            match OpenOptions::new().read(true).write(true).custom_flags(flags).open(path) {
                Ok(file) => Wire::new(file),
                // Some may only be written to.
                Err(e) if e.kind() == ErrorKind::PermissionDenied => return Ok(Reached::Mute),
                Err(e) => return Err(e),
            }
        }
    };
    Ok(Reached::Line(line))
}

fn deliver(options: &PrinterOptions, page: &[u8], habits: &Habits) -> Outcome {
    let until = Instant::now() + limit(options, page.len());
    match open(options, until) {
        Ok(Reached::Line(mut wire)) => talk::print(&mut wire, page, options.english, until, habits),
        Ok(Reached::Mute) => outcome::write_path(options.english, Path::new(&options.target), page, false),
        Err(e) => Outcome::Failed(outcome::trouble(options.english, &e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(copy: u32) -> PrintJob {
        PrintJob::Ticket(Box::new(Ticket {
            stay: Uuid::nil(),
            ticket: String::new(),
            qr: String::new(),
            plate: None,
            class: String::new(),
            at: Zoned::default(),
            gate: String::new(),
            copy,
            prepaid: None,
        }))
    }

    #[test]
    fn no_first_ticket_comes_for_a_car_that_has_left_and_a_copy_has_its_time() {
        for (copy, seconds, late) in [(1, 6, false), (1, 7, true), (2, 7, false), (2, 15, false), (2, 16, true)] {
            assert_eq!(ticket(copy).is_too_late(Duration::from_secs(seconds)), late, "{copy} {seconds}");
        }
    }
}
