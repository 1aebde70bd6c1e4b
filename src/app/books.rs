//! `parkir journal` and `parkir sync`: the books of this terminal from the command line.

use super::gate::{Gate, Identity};
use crate::config::Config;
use crate::domain::link::DownReason;
use crate::journal::{self, Report};
use crate::tui::Lang;
use anyhow::{Context, Result};
use std::process::ExitCode;

/// Counts of the journal, beside a running terminal.
pub fn status(config: &Config, json: bool) -> Result<ExitCode> {
    let dir = config.offline_data();
    let report = journal::status(&dir).with_context(|| format!("jurnal di {} tidak terbaca", dir.display()))?;
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{}", counts(&report));
    }
    Ok(ExitCode::SUCCESS)
}

/// Walks the chain; 1 when a fact is not as it was written.
pub fn verify(config: &Config, json: bool) -> Result<ExitCode> {
    let dir = config.offline_data();
    // Without an identity the chain is checked all the same, only not whose signature it is.
    let key = Identity::find(config).ok().map(|i| i.key.public());
    let report = journal::verify(&dir, key.as_ref())
        .with_context(|| format!("jurnal di {} tidak terbaca", dir.display()))?;
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{}", counts(&report));
        for fault in &report.faults {
            println!("RUSAK  epoch {} nomor {}: {}", fault.epoch, fault.seq, fault.what);
        }
        if report.faults.is_empty() {
            println!("Utuh: rantai, isi dan tanda tangan cocok.");
        }
    }
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn counts(report: &Report) -> String {
    format!(
        "{} peristiwa dalam {} epoch; menunggu {}, ditunda {}, disisihkan {}",
        report.facts, report.epochs, report.pending, report.deferred, report.parked
    )
}

/// Sends what waits, once; 1 when something still waits.
pub fn send(config: &Config) -> Result<ExitCode> {
    let gate = Gate::open(config, true)?;
    let sync = gate.desk.sync.clone();
    let summary = gate.net().block_on(sync.send_and_wait()).context("sinkronisasi berhenti")?;
    drop(sync);
    let pending = gate.desk.journal.counts().pending();
    gate.close();
    println!(
        "Terkirim {}, sudah ada {}, disisihkan {}, masih menunggu {pending}",
        summary.sent, summary.already, summary.parked
    );
    for (what, why) in &summary.problems {
        println!("  {what}: {why}");
    }
    if let Some(why) = &summary.stopped {
        let known = DownReason::named(why).map(Lang::Id.words().say.why);
        println!("Berhenti: {}. Data tetap tersimpan; coba lagi nanti.", known.unwrap_or(why));
    }
    Ok(if summary.stopped.is_none() && pending == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
