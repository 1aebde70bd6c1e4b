//! `parkir shift list|show`, with the admin's kit.

use super::people::{office, trouble};
use crate::central::{ShiftFound, ShiftRow};
use crate::cli::Shift;
use crate::config::Config;
use crate::domain::kinds::Event;
use crate::domain::money::Rupiah;
use crate::domain::shift_slip::ShiftSlip;
use anyhow::{Context, Result, anyhow, bail};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(15);

/// 0 done, 1 refused, not found, or the centre cannot be asked.
pub fn run(config: &Config, verb: Shift) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    let zone = config.site.timezone.clone();
    runtime.block_on(async {
        let central = office(config, "parkir-shift").await?;
        match verb {
            Shift::List { from, to, json } => {
                let (from, to) = range(from.as_deref(), to.as_deref(), &zone)?;
                let rows = central.shifts(from, to, LIMIT).await.map_err(trouble)?;
                if json {
                    println!("{}", serde_json::to_string(&rows)?);
                } else {
                    rows.iter().for_each(|row| println!("{}", line(row, &zone)));
                    if rows.is_empty() {
                        println!("Tidak ada shift di rentang itu.");
                    }
                }
            }
            Shift::Show { shift, json } => {
                let mut found = central.shift(shift.trim(), LIMIT).await.map_err(trouble)?;
                let one = match (found.pop(), found.is_empty()) {
                    (Some(one), true) => one,
                    (Some(_), false) => bail!("ada beberapa shift bernama {shift:?}: tulis lebih panjang"),
                    (None, _) => bail!("shift {shift:?} tidak ada"),
                };
                show(&one, json, &zone)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn range(from: Option<&str>, to: Option<&str>, zone: &TimeZone) -> Result<(Timestamp, Timestamp)> {
    let now = Zoned::new(Timestamp::now(), zone.clone());
    let day = |text: &str| -> Result<Zoned> {
        let date: Date = text.trim().parse().map_err(|_| anyhow!("tanggal {text:?}: tulis seperti 2026-11-21"))?;
        Ok(date.to_zoned(zone.clone())?)
    };
    let begin = match from {
        Some(text) => day(text)?,
        None => now.checked_sub(1.day())?.start_of_day()?,
    };
    let end = match to {
        Some(text) => day(text)?.checked_add(1.day())?,
        None => now.checked_add(1.day())?,
    };
    if begin >= end {
        bail!("--from harus sebelum --to");
    }
    Ok((begin.timestamp(), end.timestamp()))
}

fn at(moment: Option<Timestamp>, zone: &TimeZone) -> String {
    moment.map_or_else(|| "-".into(), |at| at.to_zoned(zone.clone()).strftime("%d-%m-%Y %H.%M").to_string())
}

fn line(row: &ShiftRow, zone: &TimeZone) -> String {
    let state = match (row.closed_at, row.agrees()) {
        (None, _) => "TERBUKA".to_owned(),
        (Some(_), Some(false)) => "BEDA DENGAN PUSAT".to_owned(),
        (Some(_), _) => match (row.variance.filter(|v| *v != Rupiah::ZERO), row.handed_over()) {
            (Some(variance), _) => format!("selisih {variance}"),
            (None, Some(by)) => format!("serah terima {by}"),
            (None, None) => "cocok".to_owned(),
        },
    };
    let number = row.deposit_number.clone().unwrap_or_else(|| row.shift.to_string());
    let text = format!(
        "{}  {:<12} {}  {}  {:>4} keluar {:>14}  {state:<23} {number}",
        row.gate,
        row.operator,
        at(row.opened_at, zone),
        at(row.closed_at, zone),
        row.count,
        row.revenue.to_string()
    );
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The slip as it was printed, from the closing the ledger holds: its seal is reckoned anew.
fn slip(found: &ShiftFound, zone: &TimeZone) -> Option<ShiftSlip> {
    let sealed = found.closing.as_ref()?;
    sealed.check().ok()?;
    let Event::ShiftClosed(closed) = sealed.fact.event().ok()? else { return None };
    let opened_at = closed.opened_at.parse::<Timestamp>().ok()?.to_zoned(zone.clone());
    Some(ShiftSlip {
        site: found.site.clone(),
        gate: found.row.gate.clone(),
        closed_by: sealed.fact.content.operator.clone(),
        opened_at,
        closed_at: sealed.fact.at().ok()?.to_zoned(zone.clone()),
        closed: *closed,
        seal: sealed.link().hex(),
    })
}

fn show(found: &ShiftFound, json: bool, zone: &TimeZone) -> Result<()> {
    let slip = slip(found, zone);
    if json {
        let (row, seal) = (&found.row, slip.as_ref().map(|slip| slip.seal.clone()));
        let lines = slip.as_ref().map(ShiftSlip::lines);
        println!("{}", json!({"shift": row, "agrees": row.agrees(), "seal": seal, "slip": lines}));
        return Ok(());
    }
    match &slip {
        Some(slip) => slip.lines().iter().for_each(|line| println!("{line}")),
        None => println!("{}", line(&found.row, zone)),
    }
    println!();
    let row = &found.row;
    println!("Di pusat: {} keluar, {}; dibatalkan {} ({}).", row.count, row.revenue, row.voids, row.voided);
    match row.agrees() {
        Some(true) => println!("Laporan dan pusat cocok."),
        Some(false) => println!(
            "BEDA: laporan {}. Mungkin ada data yang belum tiba atau dibatalkan sesudahnya.",
            row.reported.unwrap_or_default()
        ),
        None => println!("Shift ini masih terbuka."),
    }
    if let Some(by) = &row.accepted_by {
        let found = row.accepted_then.map(|sum| format!(": {sum}")).unwrap_or_default();
        println!("Uang di laci diterima {by}{found}.");
    }
    if let Some(differs) = row.handed_over() {
        println!("SELISIH SERAH TERIMA {differs}: ditinggalkan {}.", row.left.unwrap_or_default());
    }
    Ok(())
}
