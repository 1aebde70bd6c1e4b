//! `parkir printer`, and how a gate's printer and slips follow from the configuration.

use crate::cli::PrinterVerb;
use crate::config::{self, Config};
use crate::device::Outcome;
use crate::device::printer::{self, Health, PrintJob, PrinterKind, PrinterOptions};
use crate::device::roll::{Read, Roll};
use crate::device::serial::{Parity, SerialOptions};
use crate::device::slip::{self, Layout, Receipt, Template, Ticket};
use crate::domain::money::Rupiah;
use crate::domain::tariff::{FeeLine, LineKind};
use anyhow::Result;
use jiff::{ToSpan, Zoned};
use std::process::ExitCode;
use uuid::Uuid;

/// The slips the site wants. Words the law forbids are not printed: the usual ones stand in their place.
pub fn layout(config: &Config) -> Layout {
    let p = &config.printer;
    let usual = Layout::new(usize::from(p.columns), config.site.name.clone());
    if p.forbidden().is_some() {
        return usual;
    }
    let template = |own: &config::Slip, usual: Template| Template {
        lines: own.lines.clone().unwrap_or(usual.lines),
        footer: own.footer.clone().or_else(|| p.footer.clone()).unwrap_or(usual.footer),
    };
    Layout {
        header: p.header.clone(),
        npwpd: p.npwpd.clone(),
        serial: p.serial.clone(),
        ticket: template(&p.ticket, Template::of_ticket()),
        receipt: template(&p.receipt, Template::of_receipt()),
        ..usual
    }
}

pub fn options(config: &Config) -> PrinterOptions {
    let p = &config.printer;
    if let Some(why) = p.forbidden() {
        tracing::error!(target: "gate", %why, "kata-kata di slip tidak dipakai");
    }
    let path = p.path.clone().unwrap_or_default();
    PrinterOptions {
        kind: match p.kind {
            config::PrinterKind::None => PrinterKind::None,
            config::PrinterKind::Sim => PrinterKind::Sim,
            config::PrinterKind::File => PrinterKind::File,
            config::PrinterKind::Tcp => PrinterKind::Tcp,
            config::PrinterKind::Serial => PrinterKind::Serial,
        },
        target: match p.kind {
            config::PrinterKind::Tcp => p.address.clone().unwrap_or_default(),
            _ => path.display().to_string(),
        },
        serial: SerialOptions {
            path,
            baud: p.baud,
            parity: match p.parity {
                config::Parity::None => Parity::None,
                config::Parity::Even => Parity::Even,
                config::Parity::Odd => Parity::Odd,
            },
            data_bits: p.data_bits,
            stop_bits: p.stop_bits,
        },
        data_dir: config.data_dir.clone(),
        layout: layout(config),
        english: config.site.language == config::Lang::En,
        ..PrinterOptions::default()
    }
}

pub fn run(config: &Config, verb: PrinterVerb) -> Result<ExitCode> {
    match verb {
        PrinterVerb::Check => Ok(check(config)),
        PrinterVerb::Test => Ok(test(config)),
    }
}

/// The slips as they would be printed, and what is wrong with the site's own words.
fn check(config: &Config) -> ExitCode {
    let layout = layout(config);
    let border = format!("+{}+", "-".repeat(layout.columns));
    for slip in samples(config) {
        println!("{border}");
        let slips = Roll::default().take(&slip.page(&layout));
        let text = slips
            .iter()
            .map(|read| if let Read::Slip(slip) = read { slip.text(layout.columns) } else { String::new() });
        for line in text.collect::<String>().trim_end().lines() {
            let line: String = if line.starts_with("[QR ") { "[QR ...]".into() } else { line.to_owned() };
            println!("|{line:<width$}|", width = layout.columns);
        }
        println!("{border}");
    }
    let p = &config.printer;
    let slips = [&p.ticket, &p.receipt].into_iter().flat_map(|s| s.lines.iter().chain(&s.footer).flatten());
    let mut unknown: Vec<String> =
        slips.chain(p.footer.iter().flatten()).flat_map(|l| slip::unknown_placeholders(l)).collect();
    unknown.dedup();
    for name in &unknown {
        println!("! {{{name}}} tidak dikenal; yang ada: {{{}}}", slip::PLACEHOLDERS.join("} {"));
    }
    if let Some(why) = p.forbidden() {
        println!("X DITOLAK: {why}.\n  Selama masih ada, yang tercetak kata-kata bawaan seperti di atas.");
        return ExitCode::FAILURE;
    }
    if unknown.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A ticket and a receipt that never were.
fn samples(config: &Config) -> [PrintJob; 2] {
    let left_at = Zoned::now().with_time_zone(config.site.timezone.clone());
    let entered_at = left_at.checked_sub(125.minutes()).unwrap_or_else(|_| left_at.clone());
    let gate = config.gate.id.as_ref().map_or_else(|| "A1".to_owned(), ToString::to_string);
    let (plate, class, number) = (Some("B 1234 XYZ".to_owned()), "Mobil".to_owned(), "A17K0042XR".to_owned());
    let line = |kind, count, amount, text: &str| FeeLine {
        kind,
        count,
        minutes: 60,
        amount: Rupiah(amount),
        text: text.into(),
    };
    let ticket = Ticket {
        stay: Uuid::nil(),
        ticket: number.clone(),
        qr: "CONTOH".into(),
        plate: plate.clone(),
        class: class.clone(),
        at: entered_at.clone(),
        gate: gate.clone(),
        copy: 1,
        prepaid: None,
    };
    let receipt = Receipt {
        stay: Uuid::nil(),
        ticket: Some(number),
        plate,
        class,
        entered_at,
        left_at,
        lines: vec![
            line(LineKind::First, 1, 5_000, "Jam pertama"),
            line(LineKind::Next, 2, 4_000, "2 x jam berikutnya"),
        ],
        fee: Rupiah(9_000),
        tax: None,
        method: "tunai".into(),
        tendered: Rupiah(10_000),
        change: Rupiah(1_000),
        gate,
        operator: config.gate.operator.clone(),
        copy: 1,
        claim: None,
        prepaid: None,
    };
    [PrintJob::Ticket(Box::new(ticket)), PrintJob::Receipt(Box::new(receipt))]
}

/// One slip on the real printer. 0 only when the printer itself says that it came out.
fn test(config: &Config) -> ExitCode {
    let options = options(config);
    if options.kind == PrinterKind::None {
        println!("Tidak ada printer: isi [printer] kind di config.toml.");
        return ExitCode::FAILURE;
    }
    let now = Zoned::now().with_time_zone(config.site.timezone.clone());
    let gate = config.gate.id.as_ref().map(ToString::to_string).unwrap_or_default();
    let (word, detail) = match printer::trial(&options, &now, &gate) {
        Outcome::Ok => ("OK", low(&options)),
        Outcome::Failed(why) => ("FAIL", format!(": {why}")),
        Outcome::Unknown => {
            let why = "byte terkirim, printer tidak menjawab dengan benar; lihat kertasnya. Tiket dari printer ini \
                       tercatat \"tak terbukti\"";
            ("UNKNOWN", format!(": {why}"))
        }
    };
    println!("{word}{detail}");
    if word == "OK" { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn low(options: &PrinterOptions) -> String {
    match printer::ask(options) {
        Ok(Health::Well { paper_low: true }) => "; kertas hampir habis".to_owned(),
        _ => String::new(),
    }
}
