//! Printers: done, failed, or unknown.

use super::*;
use parkir::device::Outcome;
use parkir::device::printer::{PrintDone, PrintJob, PrinterHandle, PrinterKind, PrinterOptions, Slip};
use parkir::device::slip::{Layout, Receipt, Ticket};
use parkir::domain::money::Rupiah;
use parkir::domain::tariff::{FeeLine, LineKind};
use std::io::{Read, Write};
use std::net::TcpListener;

fn ticket() -> PrintJob {
    PrintJob::Ticket(Box::new(Ticket {
        stay: Uuid::now_v7(),
        ticket: "A17K0042XR".into(),
        qr: "P1QRTEXT".into(),
        plate: Some("B 1234 XYZ".into()),
        class: "Mobil".into(),
        at: at("14:15:02"),
        gate: "A1".into(),
        copy: 1,
        prepaid: None,
    }))
}

fn receipt() -> PrintJob {
    let line = FeeLine {
        kind: LineKind::First,
        count: 1,
        minutes: 60,
        amount: Rupiah(12_000),
        text: "Jam pertama".into(),
    };
    PrintJob::Receipt(Box::new(Receipt {
        stay: Uuid::now_v7(),
        ticket: Some("A17K0042XR".into()),
        plate: None,
        class: "Mobil".into(),
        entered_at: at("12:00:00"),
        left_at: at("12:59:00"),
        lines: vec![line],
        fee: Rupiah(12_000),
        tax: None,
        method: "tunai".into(),
        tendered: Rupiah(20_000),
        change: Rupiah(8_000),
        gate: "B1".into(),
        operator: "sari".into(),
        copy: 1,
        claim: None,
        prepaid: None,
    }))
}

fn printer(folder: &Folder, kind: PrinterKind, target: &str) -> (PrinterHandle, UnboundedReceiver<PrintDone>) {
    let (results, answers) = unbounded_channel();
    let options = PrinterOptions {
        kind,
        target: target.to_owned(),
        timeout: Duration::from_secs(20),
        data_dir: folder.0.clone(),
        layout: Layout::new(32, "Parkir Pasar Baru"),
        ..PrinterOptions::default()
    };
    (PrinterHandle::start(options, results), answers)
}

/// A network printer that takes one page and answers its question so; none means it hangs up in silence.
fn network_printer(status: Option<u8>) -> (String, thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap().to_string();
    let paper = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut page = Vec::new();
        let mut byte = [0; 1];
        while !page.ends_with(b"\x1Dr\x01") && stream.read_exact(&mut byte).is_ok() {
            page.push(byte[0]);
        }
        if let Some(status) = status {
            stream.write_all(&[status]).unwrap();
        }
        page
    });
    (target, paper)
}

#[test]
fn a_network_printer_is_believed_only_when_it_answers() {
    let folder = Folder::new();
    for (status, expected) in
        [(Some(0), Outcome::Ok), (Some(0x0C), Outcome::Failed("kertas habis".into())), (None, Outcome::Unknown)]
    {
        let (target, paper) = network_printer(status);
        let (printer, mut answers) = printer(&folder, PrinterKind::Tcp, &target);
        assert!(printer.print(receipt()));
        let done = wait(&mut answers);
        assert_eq!((done.slip, done.outcome), (Slip::Receipt, expected));
        let page = String::from_utf8_lossy(&paper.join().unwrap()).into_owned();
        for text in ["Parkir Pasar Baru", "STRUK PARKIR", "Rp 12.000", "Lama    : 59 menit"] {
            assert!(page.contains(text), "{text}");
        }
    }
}

#[test]
fn nobody_at_the_printers_address_is_a_failure_and_shows_as_one() {
    let folder = Folder::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (printer, mut answers) = printer(&folder, PrinterKind::Tcp, &free);
    printer.print(ticket());
    assert_eq!(wait(&mut answers).outcome, Outcome::Failed("sambungan ditolak".into()));
    wait_for(|| printer.state(), |s| matches!(s, DeviceState::Failed(_)));
}

#[test]
fn a_ticket_in_a_file_carries_text_code39_and_qr() {
    let folder = Folder::new();
    let path = folder.0.join("lp0");
    let target = path.to_str().unwrap();
    let (printer, mut answers) = printer(&folder, PrinterKind::File, target);
    printer.print(ticket());
    // A printer that was unplugged is not made up as a file.
    assert_eq!(wait(&mut answers).outcome, Outcome::Failed("perangkat tidak ada".into()));
    assert!(!path.exists());
    fs::write(&path, "").unwrap();
    printer.print(ticket());
    assert_eq!(wait(&mut answers).outcome, Outcome::Ok);
    let page = fs::read(&path).unwrap();
    for part in [&b"B 1234 XYZ"[..], b"\x1Dk\x04A17K0042XR\0", b"1P0P1QRTEXT", b"\x1DVB\0"] {
        assert!(page.windows(part.len()).any(|w| w == part), "{part:?}");
    }
}

#[test]
fn a_device_that_swallows_bytes_proves_nothing() {
    let folder = Folder::new();
    let (printer, mut answers) = printer(&folder, PrinterKind::File, "/dev/null");
    printer.print(ticket());
    let outcome = wait(&mut answers).outcome;
    assert_eq!((outcome.word(), outcome), ("unknown", Outcome::Unknown));
}

#[test]
fn the_simulated_printer_writes_what_a_person_would_read() {
    let folder = Folder::new();
    let (printer, mut answers) = printer(&folder, PrinterKind::Sim, "");
    printer.print(ticket());
    printer.print(receipt());
    assert_eq!(wait(&mut answers).slip, Slip::Ticket);
    assert_eq!(wait(&mut answers).outcome, Outcome::Ok);
    let read = fs::read_to_string(folder.0.join("logs/printer_sim.txt")).unwrap();
    assert!(read.contains("[CODE39 A17K0042XR]") && read.contains("Kembali                 Rp 8.000"), "{read}");
    assert!(read.lines().all(|l| l.chars().count() <= 32), "{read}");
    let (none, _answers) = self::printer(&folder, PrinterKind::None, "");
    assert!(!none.print(ticket()));
}
