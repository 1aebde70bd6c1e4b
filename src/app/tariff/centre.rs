//! What `parkir tariff` asks the centre: its versions, a new one, holidays, and the past under another tariff.

use super::{LIMIT, at, calendar, centre, check, read, refuse, settings, trouble, version};
use crate::central::NewTariff;
use crate::config::Config;
use crate::domain::tariff::{CalendarDay, Replay, Replayed};
use anyhow::{Result, anyhow, bail};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// A page of 5 000 exits.
const PAGE: Duration = Duration::from_secs(30);

pub(super) async fn list(config: &Config, json: bool) -> Result<ExitCode> {
    let settings = settings(config).await?;
    let now = settings.book().version_at(Timestamp::now());
    if json {
        let told = json!({"in_force": now, "tariffs": settings.tariffs, "unread": settings.unread});
        println!("{told}");
        return Ok(ExitCode::SUCCESS);
    }
    let zone = calendar(config, &settings).zone;
    for tariff in &settings.tariffs {
        let from = tariff.effective_from.to_zoned(zone.clone()).strftime("%d/%m/%Y %H:%M").to_string();
        let mark = if tariff.version == now { "berlaku" } else { "" };
        let classes: Vec<&str> = tariff.rules.keys().map(String::as_str).collect();
        let text =
            format!("{:>4}  sejak {from}  {mark:<7}  {:<24} {}", tariff.version, tariff.name, classes.join(", "));
        println!("{}", text.trim_end());
    }
    if !settings.unread.is_empty() {
        println!("{} versi lagi tidak dikenal program ini: mutakhirkan program", settings.unread.len());
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn add(config: &Config, path: &Path, now: bool, json: bool) -> Result<ExitCode> {
    let file = read(config, path)?;
    let central = centre(config).await?;
    let settings = central.settings(LIMIT).await.map_err(|e| trouble(&e))?;
    let said = check::remarks(&file, &settings, &calendar(config, &settings));
    if !json {
        check::tell(&path.display().to_string(), &said);
    }
    refuse(check::errors(&said))?;
    if !file.dated && !now {
        bail!("berlaku sejak kapan? isi effective_from = \"2027-01-31 00:00\" di berkas, atau pakai --now");
    }
    let effective_from = if now { Timestamp::now() } else { file.tariff.effective_from };
    let mut general = serde_json::to_value(&file.tariff)?;
    let mut taken = |key: &str| general.as_object_mut().and_then(|all| all.remove(key)).unwrap_or(Value::Null);
    taken("version");
    taken("effective_from");
    let rules = taken("rules");
    let operator = config.gate.operator.trim().to_owned();
    let new = NewTariff { effective_from, rules, general, operator };
    let added = central.tariff_add(&new, LIMIT).await.map_err(|e| trouble(&e))?;
    if json {
        println!(
            "{}",
            json!({"version": added.version, "already": added.already, "effective_from": effective_from})
        );
    } else {
        let zone = calendar(config, &settings).zone;
        let from = effective_from.to_zoned(zone).strftime("%d/%m/%Y %H:%M").to_string();
        let word = if added.already { "sudah ada" } else { "ditambahkan" };
        println!("Tarif versi {} {word}, berlaku bagi yang masuk sejak {from}.", added.version);
    }
    Ok(ExitCode::SUCCESS)
}

fn date(text: &str) -> Result<Date> {
    text.trim().parse().map_err(|_| anyhow!("tanggal {text:?}: tulis seperti 2027-08-17"))
}

pub(super) async fn holidays(
    config: &Config,
    add: Option<(&str, &str)>,
    remove: Option<&str>,
    json: bool,
) -> Result<ExitCode> {
    let asked = add.map(|(day, name)| (day, Some(name))).or_else(|| remove.map(|day| (day, None)));
    if let Some((text, name)) = asked {
        let day = date(text)?;
        let changed = centre(config).await?.holiday(CalendarDay::try_from(day)?, name, LIMIT).await;
        let changed = changed.map_err(|e| trouble(&e))?;
        if json {
            println!("{}", json!({"date": day, "changed": changed}));
        } else {
            let day = day.strftime("%d/%m/%Y");
            println!(
                "{}",
                match (name, changed) {
                    (Some(_), true) => format!("{day} menjadi hari libur."),
                    (None, true) => format!("{day} bukan hari libur lagi."),
                    (_, false) => format!("{day}: tidak ada yang berubah."),
                }
            );
        }
        return Ok(ExitCode::SUCCESS);
    }
    let settings = settings(config).await?;
    if json {
        println!("{}", serde_json::to_string(&settings.holidays)?);
    } else if settings.holidays.is_empty() {
        println!("Belum ada hari libur.");
    } else {
        for day in &settings.holidays {
            println!("{}  {}", day.date, day.name);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Business days of the site, both ends included.
pub(super) async fn replay(
    config: &Config,
    (from, to): (&str, &str),
    file: Option<&Path>,
    number: Option<u32>,
    json: bool,
) -> Result<ExitCode> {
    let central = centre(config).await?;
    let settings = central.settings(LIMIT).await.map_err(|e| trouble(&e))?;
    let calendar = calendar(config, &settings);
    let tariff = match (file, number) {
        (Some(path), _) => {
            let file = read(config, path)?;
            refuse(check::errors(&check::remarks(&file, &settings, &calendar)))?;
            file.tariff
        }
        (None, Some(number)) => version(&settings, number)?,
        (None, None) => settings.book().at(Timestamp::now()).clone(),
    };
    let begins = |text: &str| -> Result<Zoned> {
        let midnight = at(text, &calendar.zone)?.to_zoned(calendar.zone.clone());
        Ok(midnight.checked_add(i64::from(settings.cutoff_minutes).minutes())?)
    };
    let (since, until) = (begins(from)?, begins(to)?.checked_add(1.day())?);
    if since >= until {
        bail!("--from harus sebelum --to");
    }
    let mut replay = Replay::default();
    central
        .exits(since.timestamp(), until.timestamp(), PAGE, |exit| replay.take(&exit, &tariff, &calendar))
        .await
        .map_err(|e| trouble(&e))?;
    if json {
        println!(
            "{}",
            json!({"from": since.timestamp(), "to": until.timestamp(), "tariff": tariff.version,
                              "classes": replay.classes, "total": replay.total()})
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{:<10}{:>9}{:>16}{:>16}{:>16}{:>9}{:>9}",
        "Jenis", "keluar", "dibayar", "menjadi", "selisih", "naik", "turun"
    );
    for (class, sums) in &replay.classes {
        row(class, *sums);
    }
    let total = replay.total();
    row("JUMLAH", total);
    if total.skipped > 0 {
        println!(
            "{} keluar tidak dapat dihitung ulang (waktu masuk atau tarifnya tidak ada), dibayar {}",
            total.skipped, total.untold
        );
    }
    println!("Dihitung dari waktu masuk dan keluar saja: denda, voucher dan potongan anggota ada di \"dibayar\".");
    Ok(ExitCode::SUCCESS)
}

fn row(name: &str, sums: Replayed) {
    let difference = sums.would - sums.paid;
    let sign = if difference.0 > 0 { "+" } else { "" };
    println!(
        "{name:<10}{:>9}{:>16}{:>16}{:>16}{:>9}{:>9}",
        sums.exits,
        sums.paid.plain(),
        sums.would.plain(),
        format!("{sign}{}", difference.plain()),
        sums.dearer,
        sums.cheaper
    );
}
