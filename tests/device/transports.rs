//! A printer on each real transport, well and badly behaved: the answer is done, failed or unknown, never a guess.

use super::*;
use parkir::device::Outcome;
use parkir::device::printer::{
    Health, PrintDone, PrintJob, PrinterHandle, PrinterKind, PrinterOptions, ask, trial,
};
use parkir::device::roll::Slip as Paper;
use parkir::device::serial::SerialOptions;
use parkir::device::sim::printer::{Manners, PrinterSim};
use parkir::device::slip::{Layout, Ticket};
use std::sync::mpsc::{Receiver, channel};

const GUARD: Duration = Duration::from_secs(60);
const ALL: [PrinterKind; 3] = [PrinterKind::Tcp, PrinterKind::File, PrinterKind::Serial];

fn layout() -> Layout {
    Layout::new(32, "Parkir Pasar Baru")
}

fn ticket(copy: u32) -> PrintJob {
    PrintJob::Ticket(Box::new(Ticket {
        stay: Uuid::now_v7(),
        ticket: "A17K0042XR".into(),
        qr: "P1QRTEXT".into(),
        plate: Some("B 1234 XYZ".into()),
        class: "Mobil".into(),
        at: at("14:15:02"),
        gate: "A1".into(),
        copy,
        prepaid: None,
    }))
}

struct Bench {
    sim: PrinterSim,
    slips: Receiver<Paper>,
    options: PrinterOptions,
}

impl Bench {
    fn new(kind: PrinterKind, manners: Manners) -> Self {
        let (slips, got) = channel();
        let sim = match kind {
            PrinterKind::Tcp => PrinterSim::tcp("127.0.0.1:0", manners, slips).unwrap(),
            _ => PrinterSim::pty(manners, slips).unwrap(),
        };
        let path = sim.path().map(ToOwned::to_owned).unwrap_or_default();
        let target = sim.address().map_or_else(|| path.display().to_string(), |a| a.to_string());
        let serial = SerialOptions { path, baud: 115_200, ..SerialOptions::default() };
        let timeout = Duration::from_secs(2);
        let options =
            PrinterOptions { kind, target, serial, timeout, layout: layout(), ..PrinterOptions::default() };
        Self { sim, slips: got, options }
    }

    fn start(&self) -> (PrinterHandle, UnboundedReceiver<PrintDone>) {
        let (results, answers) = unbounded_channel();
        (PrinterHandle::start(self.options.clone(), results), answers)
    }

    fn print(&self) -> Outcome {
        let (printer, mut answers) = self.start();
        assert!(printer.print(ticket(1)));
        wait(&mut answers).outcome
    }
}

#[test]
fn a_good_printer_proves_its_slip_on_every_transport() {
    for kind in ALL {
        let bench = Bench::new(kind, Manners { slow: Duration::from_millis(300), ..Manners::default() });
        assert_eq!(bench.print(), Outcome::Ok, "{kind:?}");
        let seen = bench.slips.recv_timeout(GUARD).unwrap().text(32);
        for line in ["Parkir Pasar Baru", "Plat    : B 1234 XYZ", "A 1 7 K 0 0 4 2 X R", "[QR P1QRTEXT]"] {
            assert!(seen.contains(line), "{kind:?}: {seen}");
        }
        assert_eq!(ask(&bench.options), Ok(Health::Well { paper_low: false }), "{kind:?}");
        assert_eq!(trial(&bench.options, &at("14:15:02"), "A1"), Outcome::Ok);
        assert!(bench.slips.recv_timeout(GUARD).unwrap().text(32).contains("UJI CETAK"));
    }
}

#[test]
fn a_printer_without_paper_fails_and_is_sent_nothing_that_could_come_out_later() {
    for kind in ALL {
        let bench = Bench::new(kind, Manners { paper_out: true, ..Manners::default() });
        let (printer, mut answers) = bench.start();
        printer.print(ticket(1));
        assert_eq!(wait(&mut answers).outcome, Outcome::Failed("kertas habis".into()), "{kind:?}");
        wait_for(|| printer.state(), |s| matches!(s, DeviceState::Failed(_)));
        // Somebody puts a roll in: the next ticket comes, and only that.
        bench.sim.behave(Manners::default());
        printer.print(ticket(2));
        let done = wait(&mut answers);
        assert_eq!((done.copy, done.outcome), (2, Outcome::Ok), "{kind:?}");
        assert!(bench.slips.recv_timeout(GUARD).unwrap().text(32).contains("C E T A K   U L A N G   1"));
        assert!(bench.slips.try_recv().is_err(), "{kind:?}");
    }
}

#[test]
fn a_printer_that_never_answers_is_unknown_and_prints_all_the_same() {
    for kind in ALL {
        let bench = Bench::new(kind, Manners { silent: true, ..Manners::default() });
        assert_eq!(bench.print(), Outcome::Unknown, "{kind:?}");
        assert!(!bench.slips.recv_timeout(GUARD).unwrap().torn);
        assert_eq!(ask(&bench.options), Ok(Health::Silent), "{kind:?}");
    }
}

#[test]
fn a_state_that_is_told_ahead_of_the_page_proves_nothing() {
    for kind in ALL {
        let bench = Bench::new(kind, Manners { hasty: true, ..Manners::default() });
        for slip in ["first", "second"] {
            assert_eq!(bench.print(), Outcome::Unknown, "{kind:?}, the {slip}");
        }
        assert_eq!(ask(&bench.options), Ok(Health::Well { paper_low: false }), "{kind:?}");
    }
}

#[test]
fn answers_that_mean_nothing_prove_nothing() {
    for kind in ALL {
        let bench = Bench::new(kind, Manners { garbage: true, ..Manners::default() });
        assert_eq!(bench.print(), Outcome::Unknown, "{kind:?}");
        assert_eq!(ask(&bench.options), Ok(Health::Garbled), "{kind:?}");
    }
}

#[test]
fn a_line_that_breaks_in_the_middle_of_a_ticket_is_unknown() {
    for bytes in [30, 100, 200] {
        let bench = Bench::new(PrinterKind::Tcp, Manners { cut_after: Some(bytes), ..Manners::default() });
        assert_eq!(bench.print(), Outcome::Unknown, "{bytes}");
        assert!(bench.slips.recv_timeout(GUARD).unwrap().torn, "{bytes}");
    }
}

#[test]
fn a_serial_line_that_is_no_terminal_or_not_there_is_a_failure() {
    let folder = Folder::new();
    let plain = folder.0.join("ttyS9");
    for exists in [false, true] {
        if exists {
            fs::write(&plain, "").unwrap();
        }
        let serial = SerialOptions { path: plain.clone(), ..SerialOptions::default() };
        let options = PrinterOptions { kind: PrinterKind::Serial, serial, ..PrinterOptions::default() };
        assert!(matches!(trial(&options, &at("14:15:02"), "A1"), Outcome::Failed(_)));
        assert!(ask(&options).is_err());
    }
    assert_eq!(fs::read(&plain).unwrap(), b"");
}
