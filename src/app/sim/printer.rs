//! `parkir sim printer`: shows every slip it gets, on the terminal and as pictures, until Ctrl+C.

use crate::cli::SimPrinter;
use crate::device::sim::printer::{Manners, PrinterSim};
use anyhow::{Context, Result};
use std::io::Write;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

pub fn run(options: &SimPrinter) -> Result<ExitCode> {
    let manners = Manners {
        paper_out: options.paper_out,
        silent: options.silent,
        garbage: options.garbage,
        hasty: options.hasty,
        slow: Duration::from_millis(options.slow),
        cut_after: options.cut_after,
    };
    if let Some(folder) = &options.png {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let (slips, got) = mpsc::channel();
    let tcp = PrinterSim::tcp(options.listen.as_str(), manners, slips.clone())
        .with_context(|| format!("{} tidak dapat dipakai", options.listen))?;
    let line = PrinterSim::pty(manners, slips).context("pty")?;
    let columns = usize::from(options.columns);
    let mut out = std::io::stdout();
    let (address, path) = (tcp.address(), line.path());
    writeln!(out, "Printer tiruan, {columns} kolom. Ctrl+C untuk berhenti.")?;
    if let (Some(address), Some(path)) = (address, path) {
        let path = path.display();
        writeln!(out, "tcp     [printer] kind = \"tcp\"     address = \"{address}\"")?;
        writeln!(out, "serial  [printer] kind = \"serial\"  path = \"{path}\"   (atau kind = \"file\")")?;
    }
    out.flush()?;
    for (count, slip) in (1..).zip(got) {
        writeln!(out, "\n--- slip {count} {}", "-".repeat(columns.saturating_sub(10)))?;
        out.write_all(slip.text(columns).as_bytes())?;
        if let Some(folder) = &options.png {
            let path = folder.join(format!("slip-{count:04}.png"));
            std::fs::write(&path, slip.png(columns)?).with_context(|| path.display().to_string())?;
            writeln!(out, "    {}", path.display())?;
        }
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}
