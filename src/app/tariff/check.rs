//! `parkir tariff check`: findings with file and line, golden cases, and the board.

use super::{at, calendar, read, settings};
use crate::config::Config;
use crate::config::tariff::TariffFile;
use crate::domain::settings::Settings;
use crate::domain::tariff::{self, Calendar, CalendarDay, Level};
use anyhow::Result;
use jiff::civil::Time;
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

/// One remark, as it is told.
pub(super) struct Remark {
    line: usize,
    pub level: Level,
    text: String,
}

/// All that is to be said of a file.
pub(super) fn remarks(file: &TariffFile, settings: &Settings, calendar: &Calendar) -> Vec<Remark> {
    let classes: Vec<String> = settings.classes.iter().map(|c| c.id.clone()).collect();
    let found = tariff::check(&file.tariff, &classes);
    let mut said: Vec<Remark> =
        found.iter().map(|f| Remark { line: file.line(f), level: f.level, text: f.to_string() }).collect();
    for (place, case) in file.cases.iter().enumerate() {
        if let Some(why) = case.failing(&file.tariff, calendar) {
            let text = format!("SALAH    case.{place}: {} {} - {}: {why}", case.class, case.entered, case.left);
            said.push(Remark { line: file.line_of_case(place), level: Level::Error, text });
        }
    }
    said
}

pub(super) fn errors(said: &[Remark]) -> usize {
    said.iter().filter(|remark| remark.level == Level::Error).count()
}

pub(super) fn tell(name: &str, said: &[Remark]) {
    for remark in said {
        println!("{name} baris {}: {}", remark.line, remark.text);
    }
}

pub(super) async fn check(config: &Config, path: &Path, shown: Option<&str>, json: bool) -> Result<ExitCode> {
    let file = read(config, path)?;
    let (settings, alone) = match settings(config).await {
        Ok(settings) => (settings, config.kit.is_none().then(|| "kit belum ada".to_owned())),
        Err(error) => (Settings::default(), Some(format!("{error:#}"))),
    };
    let calendar = calendar(config, &settings);
    let said = remarks(&file, &settings, &calendar);
    let bad = errors(&said);
    let entered = match shown {
        Some(text) => at(text, &calendar.zone)?,
        None => workday(&file, &calendar),
    };
    let board = tariff::board(&file.tariff, &calendar, entered);
    let code = if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if json {
        let findings: Vec<_> = said
            .iter()
            .map(|r| json!({"line": r.line, "error": r.level == Level::Error, "text": r.text}))
            .collect();
        let rows: Vec<_> = board.rows.iter().map(|(m, prices)| json!({"minutes": m, "prices": prices})).collect();
        println!(
            "{}",
            json!({"errors": bad, "cases": file.cases.len(), "findings": findings,
                   "board": {"classes": board.classes, "rows": rows, "notes": board.notes}})
        );
        return Ok(code);
    }
    if let Some(why) = alone {
        println!("Jenis kendaraan dan hari libur bawaan yang dipakai: {why}.");
    }
    tell(&path.display().to_string(), &said);
    println!("{bad} kesalahan, {} peringatan, {} contoh hitungan\n", said.len() - bad, file.cases.len());
    println!("{board}");
    Ok(code)
}

/// 10:00 of the first day from the version's beginning on, or from today, that is neither weekend nor holiday.
fn workday(file: &TariffFile, calendar: &Calendar) -> Timestamp {
    let from = if file.dated { file.tariff.effective_from } else { Timestamp::now() };
    let holidays: BTreeSet<CalendarDay> = calendar.holidays.union(&file.tariff.holidays).copied().collect();
    let days = (1..30).filter_map(|n| from.to_zoned(calendar.zone.clone()).checked_add(n.days()).ok());
    let works = |at: &jiff::Zoned| {
        CalendarDay::try_from(at.date()).is_ok_and(|day| day.weekday() < 5 && !holidays.contains(&day))
    };
    let morning = days.filter(works).find_map(|at| at.with().time(Time::constant(10, 0, 0, 0)).build().ok());
    morning.map_or(from, |at| at.timestamp())
}
