//! `parkir journal`: what this terminal's books hold, and whether they are as they were written.

use crate::app::kit::Kit;
use crate::config::Config;
use crate::domain::seal::GateKey;
use crate::journal::{self, JournalError, Report};
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::process::ExitCode;

/// Counts. 0 also where facts wait: waiting is no fault.
pub fn status(config: &Config, json: bool) -> Result<ExitCode> {
    tell(config, journal::status, json)?;
    Ok(ExitCode::SUCCESS)
}

/// Walks the chain; 1 if anything is not as it was written.
pub fn verify(config: &Config, json: bool) -> Result<ExitCode> {
    let key = own_key(config).map(|key| key.public());
    let report = tell(config, |dir| journal::verify(dir, key.as_ref()), json)?;
    if json {
        return Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let mut out = std::io::stdout().lock();
    for fault in &report.faults {
        writeln!(out, "RUSAK  epoch {} seq {}: {}", fault.epoch, fault.seq, fault.what)?;
    }
    if !report.faults.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let signed = if key.is_some() {
        "rantai dan tanda tangan utuh"
    } else {
        "rantai utuh; tanda tangan tidak diperiksa, kunci gerbang tidak ada"
    };
    writeln!(out, "{signed}")?;
    Ok(ExitCode::SUCCESS)
}

fn tell(
    config: &Config,
    read: impl Fn(&std::path::Path) -> Result<Report, JournalError>,
    json: bool,
) -> Result<Report> {
    let dir = config.offline_data();
    if !dir.join("journal.db").exists() {
        bail!("belum ada jurnal di {}", dir.display());
    }
    let report = read(&dir).with_context(|| format!("jurnal di {} tidak terbaca", dir.display()))?;
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        let Report { facts, epochs, pending, deferred, parked, .. } = report;
        writeln!(
            out,
            "{facts} peristiwa dalam {epochs} epoch: {pending} menunggu, {deferred} ditunda, {parked} disisihkan"
        )?;
    }
    Ok(report)
}

/// The key this terminal signs with: its kit's, else the one it made for itself.
fn own_key(config: &Config) -> Option<GateKey> {
    let own = || std::fs::read_to_string(config.offline_data().join("gate.key")).ok();
    let kit = || {
        let kit = config.kit.as_ref()?;
        Kit::open(kit).ok()?.key.is_some().then(|| std::fs::read_to_string(kit.join("gate.key")).ok())?
    };
    GateKey::from_base64(&kit().or_else(own)?).ok()
}
