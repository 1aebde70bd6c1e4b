//! `parkir sim display`: shows what a pole display would, until stopped.

use crate::device::sim::display::DisplaySim;
use anyhow::{Context, Result};
use std::io::Write;
use std::process::ExitCode;
use std::sync::mpsc::channel;

pub fn run() -> Result<ExitCode> {
    let (told, shown) = channel();
    let sim = DisplaySim::start(told).context("pty")?;
    let mut out = std::io::stdout();
    writeln!(out, "Layar pelanggan tiruan, 2 x 20. Ctrl+C untuk berhenti.")?;
    writeln!(out, "[display] kind = \"serial\"  path = \"{}\"", sim.path().display())?;
    out.flush()?;
    for [upper, lower] in shown {
        writeln!(out, "+{dash}+\n|{upper:<20}|\n|{lower:<20}|\n+{dash}+", dash = "-".repeat(20))?;
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}
