//! The very bytes of a ticket and a receipt at 32, 42 and 48 columns, and the pictures of them in `docs/printer/`.
//! `PARKIR_GOLDEN=write cargo test --test device golden` writes both anew; then look at the pictures.

use super::*;
use parkir::device::printer::PrintJob;
use parkir::device::roll::{Read, Roll};
use parkir::device::slip::{Layout, Receipt, Ticket};
use parkir::domain::money::Rupiah;
use parkir::domain::tariff::{FeeLine, LineKind, TaxSplit};
use std::path::Path;

/// As long as a real one, and nobody's.
const QR: &str = "AEL4QZ2D7YAQAAMNDWUQV5HH2EXGXQ6N5JZDNT3RWHC3GQ5DUL2GQYKXU4ZL7TN2R5BOQX3C6EYMHW2V\
                  KQ7FJ4NIPS5OGD3TLZ6XRBA2EWMVHUCY7KQJ4F5NIP2SOG6DTLZ3XRBA7EWMVHUCYK";

fn layout(columns: usize) -> Layout {
    let mut layout = Layout::new(columns, "Parkir Pasar Baru");
    layout.header = vec!["Jl. Merdeka 1, Bandung".into()];
    layout.npwpd = "P.2.0001234.05.01".into();
    layout.serial = "PB-2026 A".into();
    layout
}

fn jobs() -> [(&'static str, PrintJob); 2] {
    let line = |kind, count, amount, text: &str| FeeLine {
        kind,
        count,
        minutes: 60,
        amount: Rupiah(amount),
        text: text.into(),
    };
    let ticket = Ticket {
        stay: Uuid::nil(),
        ticket: "A17K0042XR".into(),
        qr: QR.into(),
        plate: Some("B 1234 XYZ".into()),
        class: "Mobil".into(),
        at: at("12:10:00"),
        gate: "A1".into(),
        copy: 1,
        prepaid: None,
    };
    let receipt = Receipt {
        stay: Uuid::nil(),
        ticket: Some("A17K0042XR".into()),
        plate: Some("B 1234 XYZ".into()),
        class: "Mobil".into(),
        entered_at: at("12:10:00"),
        left_at: at("14:15:02"),
        lines: vec![
            line(LineKind::First, 1, 5_000, "Jam pertama"),
            line(LineKind::Next, 2, 4_000, "2 x jam berikutnya @ Rp 2.000"),
        ],
        fee: Rupiah(9_000),
        tax: Some(TaxSplit { basis_points: 1000, of: Rupiah(9_000), amount: Rupiah(818) }),
        method: "tunai".into(),
        tendered: Rupiah(20_000),
        change: Rupiah(11_000),
        gate: "B1".into(),
        operator: "sari".into(),
        copy: 2,
        claim: None,
        prepaid: None,
    };
    [("ticket", PrintJob::Ticket(Box::new(ticket))), ("receipt", PrintJob::Receipt(Box::new(receipt)))]
}

fn dots(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut dots = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut dots).unwrap();
    (info.width, info.height, dots)
}

#[test]
fn golden_bytes_stay_as_they_are_and_their_pictures_show_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (bytes, pictures) = (root.join("tests/device/golden"), root.join("docs/printer"));
    let write = std::env::var("PARKIR_GOLDEN").is_ok_and(|what| what == "write");
    for columns in [32, 42, 48] {
        for (name, job) in jobs() {
            let page = job.page(&layout(columns));
            let read = Roll::default().take(&page);
            let [Read::Slip(slip)] = read.as_slice() else { panic!("{name} {columns}: {read:?}") };
            let picture = slip.png(columns).unwrap();
            let file = bytes.join(format!("{name}_{columns}.bin"));
            let png = pictures.join(format!("{name}_{columns}.png"));
            if write {
                fs::create_dir_all(&bytes).unwrap();
                fs::create_dir_all(&pictures).unwrap();
                fs::write(&file, &page).unwrap();
                fs::write(&png, &picture).unwrap();
            }
            assert!(fs::read(&file).unwrap() == page, "{} is another", file.display());
            assert!(dots(&fs::read(&png).unwrap()) == dots(&picture), "{} shows another", png.display());
        }
    }
}

/// What is printed, is read back as it was meant: the interpreter is no second opinion of the writer's alone.
#[test]
fn a_golden_ticket_is_read_back_line_by_line() {
    for columns in [32, 42, 48] {
        let layout = layout(columns);
        for (name, job) in jobs() {
            let read = Roll::default().take(&job.page(&layout));
            let [Read::Slip(slip)] = read.as_slice() else { panic!("{name}") };
            let seen = slip.text(columns);
            assert!(!seen.contains('<'), "{seen}");
            for line in job.readable(&layout).lines().filter(|l| !l.starts_with(['A', 'C', '['])) {
                assert!(seen.lines().any(|s| s == line.trim_end()), "{line:?} is not in\n{seen}");
            }
            assert!(seen.lines().all(|l| l.len() <= columns || l.starts_with("[QR ")), "{seen}");
        }
    }
}
