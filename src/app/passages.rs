//! `parkir gate passages`: what opened and who went through, and what has no match. With the admin's kit of all gates, from
//! the centre; else of this terminal, from its own journal, whatever the link does.

use super::gate::target;
use super::kit::Kit;
use crate::central::Central;
use crate::cli::Passages;
use crate::config::Config;
use crate::domain::ids::GateId;
use crate::domain::ledger::{Ledger, Row, Tally, What};
use crate::journal;
use anyhow::{Context, Result, anyhow, bail};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use std::process::ExitCode;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(15);

pub fn run(config: &Config, asked: &Passages) -> Result<ExitCode> {
    let span = span(config, asked)?;
    let kit = config.kit.as_ref().map(|path| Kit::open(path)).transpose().context("kit")?;
    let gate = asked.gate.as_deref().map(GateId::parse).transpose()?;
    let admin = kit.filter(|kit| !kit.login.starts_with("gate_"));
    let mut facts = match &admin {
        Some(kit) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
            runtime.block_on(async {
                let central = Central::connect(&target(config, kit), "parkir-passages", LIMIT).await?;
                central.lane_facts(span, gate.as_ref().map(GateId::as_str), LIMIT).await
            })?
        }
        None => {
            let dir = config.offline_data();
            journal::lane_facts(&dir, span.0, span.1)
                .with_context(|| format!("jurnal di {} tidak terbaca", dir.display()))?
        }
    };
    if let Some(gate) = &gate {
        facts.retain(|fact| fact.gate == gate.as_str());
    }
    let ledger = Ledger::of(facts);
    if asked.json {
        println!("{}", serde_json::to_string(&ledger)?);
        return Ok(ExitCode::SUCCESS);
    }
    for row in &ledger.rows {
        println!("{}", line(row));
    }
    for tally in &ledger.tallies {
        println!("{}", sum(tally));
    }
    if ledger.rows.is_empty() {
        println!("Tidak ada pembukaan palang dan tidak ada kendaraan lewat yang tercatat.");
    }
    Ok(ExitCode::SUCCESS)
}

/// The days asked for; without any since the beginning of yesterday.
fn span(config: &Config, asked: &Passages) -> Result<(Timestamp, Timestamp)> {
    let zone = config.site.timezone.clone();
    let now = Zoned::new(Timestamp::now(), zone.clone());
    let day = |text: &str| -> Result<Zoned> {
        let date: Date = text.trim().parse().map_err(|_| anyhow!("tanggal {text:?}: tulis seperti 2026-11-21"))?;
        Ok(date.to_zoned(zone.clone())?)
    };
    let from = match &asked.from {
        Some(text) => day(text)?,
        None => now.checked_sub(1.day())?.start_of_day()?,
    };
    let to = match &asked.to {
        Some(text) => day(text)?.checked_add(1.day())?,
        None => now.checked_add(1.day())?,
    };
    if from >= to {
        bail!("--from harus sebelum --to");
    }
    Ok((from.timestamp(), to.timestamp()))
}

fn line(row: &Row) -> String {
    let at = row.at.get(..19).unwrap_or(&row.at).replace('T', " ");
    let whom = row.ticket.as_deref().unwrap_or("-");
    let what = match &row.what {
        What::Opened { opening, passage } => {
            let reason = match opening.reason.as_str() {
                "entered" => "buka: masuk",
                "left" => "buka: keluar",
                _ => "buka: DENGAN TANGAN",
            };
            let outcome = match opening.outcome.as_str() {
                "ok" => "naik",
                "failed" => "TIDAK naik",
                "ordered" => "diperintah",
                _ => "tak terbukti",
            };
            let by = [&opening.why, &opening.text, &opening.supervisor];
            let by: Vec<&str> = by.into_iter().flatten().map(String::as_str).collect();
            let used = if passage.is_some() { "" } else { "  belum dilewati" };
            format!("{reason:<20} {outcome:<12} {whom:<10} {}{used}", by.join(", "))
        }
        What::Passed { passed, orphan } => {
            let way = match passed.direction.as_str() {
                "in" => "lewat: masuk",
                "out" => "lewat: keluar",
                _ => "lewat",
            };
            let note = if *orphan { "TANPA PEMBUKAAN" } else { "cocok" };
            format!("{way:<20} {note:<12} {whom:<10}")
        }
    };
    format!("{at}  {}  {}", row.gate, what.trim_end())
}

fn sum(tally: &Tally) -> String {
    let shift = tally.shift.map_or_else(String::new, |shift| format!(" giliran {shift}"));
    format!(
        "{}{shift}: dibuka {} ({} dengan tangan, {} tanpa bukti supervisor, {} gagal), lewat {}, tanpa pembukaan {}, belum dilewati {}",
        tally.gate,
        tally.opened,
        tally.manual,
        tally.unproven,
        tally.failed,
        tally.passed,
        tally.orphans,
        tally.unused
    )
}
