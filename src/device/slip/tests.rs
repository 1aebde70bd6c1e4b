//! What slips say, at every width, whatever is typed and whatever the site adds.

use super::*;
use crate::domain::tariff::{LineKind, TaxSplit};
use proptest::prelude::*;

fn at(time: &str) -> Zoned {
    format!("2026-11-22T{time}+07:00[Asia/Jakarta]").parse().unwrap()
}

fn layout() -> Layout {
    Layout::new(NARROW, "Parkir Pasar Baru")
}

fn entry(plate: &str) -> Ticket {
    Ticket {
        stay: Uuid::nil(),
        ticket: "A17K0042XR".into(),
        qr: "P1ABC".into(),
        plate: Some(plate.into()),
        class: "Mobil".into(),
        at: at("14:15:02"),
        gate: "A1".into(),
        copy: 1,
        prepaid: None,
    }
}

fn exit() -> Receipt {
    let line = |text: &str, amount| FeeLine {
        kind: LineKind::Next,
        count: 1,
        minutes: 60,
        amount: Rupiah(amount),
        text: text.into(),
    };
    Receipt {
        stay: Uuid::nil(),
        ticket: Some("A17K0042XR".into()),
        plate: Some("B 1234 XYZ".into()),
        class: "Mobil".into(),
        entered_at: at("12:10:00"),
        left_at: at("14:15:02"),
        lines: vec![line("Jam pertama", 5_000), line("2 x jam berikutnya @ 2.000 setelah", 4_000)],
        fee: Rupiah(9_000),
        tax: Some(TaxSplit { basis_points: 1000, of: Rupiah(9_000), amount: Rupiah(818) }),
        method: "tunai".into(),
        tendered: Rupiah(10_000),
        change: Rupiah(1_000),
        gate: "B1".into(),
        operator: "sari".into(),
        copy: 1,
        claim: None,
        prepaid: None,
    }
}

#[test]
fn a_ticket_reads_like_this() {
    let expected = "
       Parkir Pasar Baru
          TIKET PARKIR
--------------------------------
Masuk   : 22-11-2026 14.15.02
Jenis   : Mobil
Plat    : B 1234 XYZ
Pintu   : A1
--------------------------------
A17K0042XR
[CODE39 A17K0042XR]
[QR P1ABC]
  Simpan tiket ini dengan baik
          Terima kasih
";
    let seen = readable(&ticket(&layout(), &entry("B 1234 XYZ")));
    assert_eq!(seen, expected.trim_start_matches('\n'));
}

#[test]
fn a_receipt_reads_like_this() {
    let expected = "
          STRUK PARKIR
--------------------------------
Tiket   : A17K0042XR
Plat    : B 1234 XYZ
Jenis   : Mobil
Masuk   : 22-11-2026 12.10.00
Keluar  : 22-11-2026 14.15.02
Lama    : 2 jam 6 menit
--------------------------------
Jam pertama             Rp 5.000
2 x jam berikutnya @ 2.000
setelah
                        Rp 4.000
TOTAL                   Rp 9.000
termasuk PBJT             Rp 818
Tunai                  Rp 10.000
Kembali                 Rp 1.000
--------------------------------
Pintu B1  Petugas sari
          Terima kasih
";
    let seen = readable(&receipt(&layout(), &exit()));
    assert!(seen.ends_with(expected), "{seen}");
}

/// research/domain.md 1.7: "Rp 5,000".
#[test]
fn defect_1_7_no_receipt_writes_rupiah_with_a_comma() {
    let mut exit = exit();
    (exit.fee, exit.tendered, exit.change) = (Rupiah(1_234_000), Rupiah(1_300_000), Rupiah(66_000));
    for columns in [32, 42, 48] {
        let seen = readable(&receipt(&Layout::new(columns, "Pasar"), &exit));
        assert!(seen.contains("Rp 1.234.000") && !seen.contains(','), "{seen}");
    }
}

/// research/domain.md 1.7: the plate stood in the ticket's field.
#[test]
fn defect_1_7_the_ticket_field_holds_the_ticket_and_never_the_plate() {
    let mut exit = exit();
    let field = |exit: &Receipt| {
        let seen = readable(&receipt(&layout(), exit));
        seen.lines().find(|line| line.starts_with("Tiket")).unwrap().to_owned()
    };
    assert_eq!(field(&exit), "Tiket   : A17K0042XR");
    exit.ticket = None;
    assert_eq!(field(&exit), "Tiket   : tanpa data");
}

#[test]
fn a_reprint_says_so_and_how_many_there_were() {
    let mut again = entry("B 1");
    assert!(!readable(&ticket(&layout(), &again)).contains("ULANG"));
    again.copy = 3;
    assert!(readable(&ticket(&layout(), &again)).contains("\nCETAK ULANG 2\n"));
    let again = Receipt { copy: 2, ..exit() };
    assert!(readable(&receipt(&layout(), &again)).contains("\nCETAK ULANG 1\n"));
}

#[test]
fn a_template_adds_lines_and_leaves_out_those_without_a_value() {
    let mut layout = Layout::new(42, "Pasar");
    layout.header = vec!["Jl. Merdeka 1 – Bandung".into()];
    layout.npwpd = "P.2.0001".into();
    layout.ticket.lines.push("{plate} di {gate}, {class}, {site}".into());
    layout.ticket.lines.push("{tidak} dikenal".into());
    layout.ticket.footer = vec!["Tiket {ticket}".into()];
    let seen = readable(&ticket(&layout, &entry("B 1")));
    assert!(seen.contains("Jl. Merdeka 1 - Bandung"), "{seen}");
    assert!(seen.contains("NPWPD   : P.2.0001\nB 1 di A1, Mobil, Pasar\n{tidak} dikenal\n"), "{seen}");
    assert!(seen.ends_with("            Tiket A17K0042XR\n") && !seen.contains("No seri"), "{seen}");
    let button = Ticket { plate: None, ..entry("") };
    let seen = readable(&ticket(&layout, &button));
    assert!(!seen.contains("Plat") && !seen.contains(" di A1"), "{seen}");
    assert_eq!(unknown_placeholders("{plate} {tidak} {"), ["tidak"]);
}

proptest! {
    #[test]
    fn nothing_typed_becomes_a_printers_command(
        plate in any::<String>(), number in any::<String>(), columns in 24_usize..=64,
    ) {
        let mut layout = Layout::new(columns, plate.clone());
        layout.header = vec![number.clone()];
        layout.receipt.lines = vec![plate.clone()];
        layout.ticket.footer = vec![number.clone(), "{plate}".into()];
        let mut t = entry(&plate);
        t.ticket = number.clone();
        t.qr = number.clone();
        let mut r = exit();
        r.operator = plate;
        r.lines[0].text = number;
        for mark in ticket(&layout, &t).into_iter().chain(receipt(&layout, &r)) {
            if let Mark::Text(line) = &mark {
                prop_assert!(line.len() <= columns, "{line}");
            }
            let (Mark::Text(s) | Mark::Large(s) | Mark::Code39(s) | Mark::Qr(s)) = mark;
            prop_assert!(s.bytes().all(|b| (0x20..0x7F).contains(&b)));
        }
    }
}

#[test]
fn a_fined_receipt_says_how_the_fine_comes_back() {
    let claim = Claim { code: "7K2-9QX-4MB".into(), fine: Rupiah(20_000), until: at("14:15:02") };
    let marks = receipt(&layout(), &Receipt { claim: Some(claim), ..exit() });
    let text = readable(&marks);
    assert!(text.contains("Denda Rp 20.000 kembali bila"), "{text}");
    assert!(text.contains("22-11-2026"), "{text}");
    assert!(marks.contains(&Mark::Large("7K2-9QX-4MB".into())));
    assert!(text.lines().all(|line| line.len() <= NARROW), "{text}");
    assert!(!readable(&receipt(&layout(), &exit())).contains("Denda"));
}

#[test]
fn a_ticket_that_was_paid_on_the_way_in_says_lunas_and_how_much_and_no_other_does() {
    for columns in [32, 48] {
        let layout = Layout::new(columns, "RS Harapan");
        let paid = Ticket { prepaid: Some(Rupiah(125_000)), ..entry("B 1234 XYZ") };
        let text = readable(&ticket(&layout, &paid));
        assert!(text.lines().any(|line| line == "LUNAS Rp 125.000"), "{text}");
        let dear = Ticket { prepaid: Some(Rupiah(1_250_000_000)), ..entry("B 1234 XYZ") };
        assert!(readable(&ticket(&layout, &dear)).contains("Rp 1.250.000.000"), "cut off");
        assert!(text.lines().filter(|line| !line.starts_with('[')).all(|line| line.len() <= columns), "{text}");
        assert!(!readable(&ticket(&layout, &entry("B 1234 XYZ"))).contains("LUNAS"));
    }
}

#[test]
fn the_receipt_of_a_stay_paid_on_the_way_in_says_lunas_and_all_that_was_paid_and_no_other_does() {
    // Gone within its grace: nothing was due, nothing was taken off, and 5.000 was paid all the same.
    let free = Receipt { fee: Rupiah(0), tendered: Rupiah(0), change: Rupiah(0), ..exit() };
    for columns in [32, 42, 48] {
        let layout = Layout::new(columns, "RS Harapan");
        for (sum, words) in [(5_000, "Rp 5.000"), (1_250_000_000, "Rp 1.250.000.000")] {
            let text = readable(&receipt(&layout, &Receipt { prepaid: Some(Rupiah(sum)), ..free.clone() }));
            let said = text.split_once("LUNAS di pintu masuk").unwrap_or_else(|| panic!("{text}")).1;
            assert!(said.trim_start().starts_with(words), "{text}");
            assert!(text.lines().all(|line| line.len() <= columns), "{text}");
        }
        assert!(!readable(&receipt(&layout, &free)).contains("LUNAS"));
    }
}
