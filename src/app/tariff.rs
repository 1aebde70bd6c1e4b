//! `parkir tariff`: a version looked at before it is in force, asked what a stay costs, tried on the past, added.

mod centre;
mod check;

use super::gate::target;
use super::kit::Kit;
use crate::central::{Central, CentralError, ErrorClass};
use crate::cli::{LostWord, Quote, Tariff as Verb};
use crate::config::Config;
use crate::config::tariff::{TariffFile, moment};
use crate::domain::settings::Settings;
use crate::domain::tariff::{Calendar, Fee, FeeError, FeeRequest, Lost, Tariff, Voucher};
use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(4);

/// 0 done, 1 refused, a bad tariff, or the centre cannot be asked.
pub fn run(config: &Config, verb: Verb) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    runtime.block_on(async {
        match verb {
            Verb::Check { file, board, json } => check::check(config, &file, board.as_deref(), json).await,
            Verb::Quote(asked) => quote(config, asked).await,
            Verb::Replay { from, to, file, tariff, json } => {
                centre::replay(config, (&from, &to), file.as_deref(), tariff, json).await
            }
            Verb::List { json } => centre::list(config, json).await,
            Verb::Add { file, now, json } => centre::add(config, &file, now, json).await,
            Verb::Holidays { add, name, remove, json } => {
                centre::holidays(config, add.as_deref().map(|day| (day, name.as_str())), remove.as_deref(), json)
                    .await
            }
        }
    })
}

fn read(config: &Config, path: &Path) -> Result<TariffFile> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("{name}: berkas tarif tidak terbaca"))?;
    Ok(TariffFile::read(&text, &name, &config.site.timezone)?)
}

/// The centre, by this machine's kit.
async fn centre(config: &Config) -> Result<Central> {
    let path = config.kit.as_deref().ok_or_else(|| anyhow!("kit belum ada di config.toml: isi kit"))?;
    let kit = Kit::open(path)?;
    Central::connect(&target(config, &kit), "parkir-tariff", LIMIT).await.map_err(|e| trouble(&e))
}

fn trouble(error: &CentralError) -> anyhow::Error {
    match error.class() {
        ErrorClass::Data { message, .. } => anyhow!("{message}"),
        _ => anyhow!("pusat tidak dapat ditanya: {error}"),
    }
}

/// What the centre says; what every terminal has built in, where no kit was ever given.
async fn settings(config: &Config) -> Result<Settings> {
    if config.kit.is_none() {
        return Ok(Settings::default());
    }
    centre(config).await?.settings(LIMIT).await.map_err(|e| trouble(&e))
}

/// The site's calendar as a terminal has it.
fn calendar(config: &Config, settings: &Settings) -> Calendar {
    let told = (settings.version > 0).then(|| TimeZone::get(&settings.zone).ok()).flatten();
    let holidays = settings.holidays.iter().map(|h| h.date).collect();
    Calendar { zone: told.unwrap_or_else(|| config.site.timezone.clone()), holidays }
}

fn version(settings: &Settings, version: u32) -> Result<Tariff> {
    let known = settings.tariffs.iter().find(|t| t.version == version).cloned();
    known.ok_or_else(|| anyhow!("versi tarif {version} tidak ada; lihat `parkir tariff list`"))
}

fn at(text: &str, zone: &TimeZone) -> Result<Timestamp> {
    moment(text, zone).ok_or_else(|| anyhow!("waktu \"{text}\": tulis seperti \"2027-01-31 07:30\""))
}

async fn quote(config: &Config, asked: Quote) -> Result<ExitCode> {
    // A file is tried also where no centre answers; its site's holidays are then only those in it.
    let settings = match (settings(config).await, &asked.file) {
        (Err(_), Some(_)) => Settings::default(),
        (told, _) => told?,
    };
    let calendar = calendar(config, &settings);
    let (entered, left) = (at(&asked.entered, &calendar.zone)?, at(&asked.left, &calendar.zone)?);
    let tariff = match (&asked.file, asked.tariff) {
        (Some(file), _) => read(config, file)?.tariff,
        (None, Some(number)) => version(&settings, number)?,
        (None, None) => {
            let book = settings.book();
            book.frozen(book.version_at(entered)).0.clone()
        }
    };
    let voucher = match &asked.voucher {
        Some(text) => Some(
            Voucher::read(text).ok_or_else(|| anyhow!("voucher \"{text}\": tulis 5000, 50%, 60m atau gratis"))?,
        ),
        None => None,
    };
    let class = asked.class.trim().to_lowercase();
    let request = FeeRequest {
        lost: asked.lost.map(|word| match word {
            LostWord::Proven => Lost::Proven,
            LostWord::Unproven => Lost::Unproven,
            LostWord::Waived => Lost::Waived,
        }),
        member: asked.member.as_deref(),
        voucher,
        free: asked.free.as_deref(),
        ..FeeRequest::plain(&class, entered, left, &calendar)
    };
    let fee = tariff.charge(&request).map_err(|e| say(&e, &tariff))?;
    let upfront = tariff.upfront(&class, entered, &calendar, asked.member.as_deref()).map(|fee| fee.total);
    if asked.json {
        println!(
            "{}",
            json!({"class": class, "fee": fee.total, "lines": fee.lines, "seconds": fee.seconds,
                              "tariff": fee.version, "tax": fee.tax, "prepaid": upfront})
        );
    } else {
        tell(&fee);
        if let Some(sum) = upfront {
            println!("{:<44} {:>12}", "di antaranya dibayar di depan, saat masuk", sum.to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say(error: &FeeError, tariff: &Tariff) -> anyhow::Error {
    match error {
        FeeError::EntryAfterExit => anyhow!("masuk sesudah keluar: jam tidak wajar"),
        FeeError::Implausible { days } => anyhow!("{days} hari: jam tidak wajar"),
        FeeError::NoRule { class, .. } => {
            let known: Vec<&str> = tariff.rules.keys().map(String::as_str).collect();
            anyhow!("jenis \"{class}\" tidak punya tarif; yang ada: {}", known.join(", "))
        }
    }
}

fn tell(fee: &Fee) {
    for line in &fee.lines {
        println!("{:<44} {:>12}", line.text, line.amount.plain());
    }
    println!("{:<44} {:>12}", "TOTAL", fee.total.to_string());
    if let Some(tax) = fee.tax {
        println!("{:<44} {:>12}", format!("termasuk PBJT {}", percent(tax.basis_points)), tax.amount.plain());
    }
    let minutes = fee.seconds.div_euclid(60);
    println!("{} jam {} menit, tarif versi {}", minutes / 60, minutes % 60, fee.version);
}

fn percent(basis_points: u32) -> String {
    match (basis_points / 100, basis_points % 100) {
        (whole, 0) => format!("{whole}%"),
        (whole, part) => format!("{whole},{part:02}%"),
    }
}

/// A bad file is not put in force: how many errors it has.
fn refuse(errors: usize) -> Result<()> {
    if errors > 0 {
        bail!("{errors} kesalahan: tarif ini belum dapat dipakai; lihat `parkir tariff check`")
    }
    Ok(())
}
