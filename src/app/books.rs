//! `parkir journal` and `parkir sync`: the books of this terminal from the command line.

use super::gate::{Gate, Identity, journal_options};
use super::stage;
use crate::cli;
use crate::config::Config;
use crate::domain::link::DownReason;
use crate::domain::seal::PublicKey;
use crate::domain::settings::Settings;
use crate::journal::{self, Books, Imported, Report, Standing, Verified};
use crate::tui::text::facts;
use anyhow::{Context, Result};
use serde::Serialize;
use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub fn journal(config: &Config, verb: cli::Journal) -> Result<ExitCode> {
    match verb {
        cli::Journal::Status { json } => status(config, json),
        cli::Journal::List { state, limit, json } => list(config, state, limit, json),
        cli::Journal::Verify { json } => verify(config, json),
        cli::Journal::Export { out, json } => export(config, &out, json),
        cli::Journal::Import { paths, json } => import(config, &paths, json),
        cli::Journal::Repair { paths, json } => repair(config, &paths, json),
    }
}

pub(super) fn as_json(value: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}

fn unreadable(dir: &Path) -> String {
    format!("jurnal di {} tidak terbaca", dir.display())
}

/// Counts of the journal, beside a running terminal.
fn status(config: &Config, json: bool) -> Result<ExitCode> {
    let dir = config.offline_data();
    let report = journal::status(&dir).with_context(|| unreadable(&dir))?;
    if json {
        as_json(&report)?;
    } else {
        println!("{}", counts(&report));
        if let Some(epoch) = report.epoch {
            println!("epoch {epoch}, nomor terakhir {}", report.seq);
        }
        if let Some(oldest) = &report.oldest {
            println!("menunggu paling lama sejak {oldest}");
        }
        println!("{} file cadangan, jurnal {} KiB", report.spool_files, report.bytes.div_ceil(1024));
        match &report.last_verify {
            None => println!("belum pernah diperiksa (parkir journal verify)"),
            Some(last) if last.faults == 0 => println!("diperiksa {}: {} peristiwa, utuh", last.at, last.facts),
            Some(last) => println!("diperiksa {}: {} MASALAH", last.at, last.faults),
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn counts(report: &Report) -> String {
    format!(
        "{} peristiwa dalam {} epoch; terkirim {}, menunggu {}, ditunda {}, disisihkan {}",
        report.facts, report.epochs, report.acked, report.pending, report.deferred, report.parked
    )
}

fn list(config: &Config, state: Option<cli::State>, limit: usize, json: bool) -> Result<ExitCode> {
    let dir = config.offline_data();
    let state = state.map(|state| match state {
        cli::State::Pending => Standing::Pending,
        cli::State::Deferred => Standing::Deferred,
        cli::State::Parked => Standing::Parked,
        cli::State::Acked => Standing::Acked,
    });
    let rows = journal::list(&dir, state, limit).with_context(|| unreadable(&dir))?;
    if json {
        as_json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let lang = stage::lang(config);
    for row in &rows {
        let state = match row.state {
            Standing::Pending => "menunggu",
            Standing::Deferred => "ditunda",
            Standing::Parked => "disisihkan",
            Standing::Acked => "terkirim",
        };
        let ticket = row.ticket.as_deref().unwrap_or("-");
        let kind = facts::kind(&row.kind, lang);
        println!("{}  {:<10} {:<16} {:<10} {}", row.at, state, kind, ticket, row.gate);
        if let Some(code) = &row.code {
            let why = facts::why(code, lang);
            println!("    {} ({code}). {}", why.what, why.todo);
        }
    }
    if rows.iter().any(|row| row.state == Standing::Parked) {
        println!("Coba lagi yang disisihkan: F7 di layar gerbang, atau: parkir sync --retry");
    }
    if rows.is_empty() {
        println!("Tidak ada.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Walks the chain; 1 when something is not as it was written.
/// The key this gate signs with, and those it had before: as the kit and the settings last heard name them.
fn own_keys(dir: &Path, identity: &Identity) -> Vec<PublicKey> {
    let settings = journal::kept(dir, crate::sync::SETTINGS);
    let settings = settings.and_then(|text| serde_json::from_str::<Settings>(&text).ok()).unwrap_or_default();
    let former = identity.keys.iter().chain(&settings.keys).filter(|key| key.gate == identity.gate);
    let former = former.filter_map(|key| PublicKey::from_base64(&key.key).ok());
    std::iter::once(identity.key.public()).chain(former).collect()
}

fn verify(config: &Config, json: bool) -> Result<ExitCode> {
    let dir = config.offline_data();
    // Without an identity the chain is checked all the same, only not whose signature it is.
    let keys = Identity::find(config).map(|i| own_keys(&dir, &i)).unwrap_or_default();
    let audit = journal::verify_with(&dir, &keys).with_context(|| unreadable(&dir))?;
    let now = jiff::Timestamp::now().to_zoned(config.site.timezone.clone());
    let at = now.strftime("%Y-%m-%d %H:%M:%S").to_string();
    journal::note_verified(&dir, &Verified { at, facts: audit.facts, faults: audit.faults.len() as u64 });
    if json {
        as_json(&audit)?;
    } else {
        println!("{} peristiwa dalam {} epoch, {} file cadangan", audit.facts, audit.epochs, audit.files);
        for fault in &audit.faults {
            match &fault.file {
                Some(file) => println!("RUSAK  {file}: {}", fault.what),
                None => println!("RUSAK  epoch {} nomor {}: {}", fault.epoch, fault.seq, fault.what),
            }
        }
        if audit.faults.is_empty() {
            println!("Utuh: rantai, isi, tanda tangan dan file cadangan cocok.");
        }
    }
    Ok(if audit.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every envelope into a file of its own: plates stand in it, so it is this user's only.
fn export(config: &Config, out: &Path, json: bool) -> Result<ExitCode> {
    let dir = config.offline_data();
    let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(out);
    let mut file = BufWriter::new(file.with_context(|| format!("{} tidak dapat dibuat", out.display()))?);
    let facts = journal::export(&dir, &mut file).with_context(|| unreadable(&dir))?;
    file.flush()?;
    file.get_ref().sync_all()?;
    if json {
        as_json(&serde_json::json!({"facts": facts, "out": out}))?;
    } else {
        println!("{facts} peristiwa disalin ke {}", out.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn import(config: &Config, paths: &[PathBuf], json: bool) -> Result<ExitCode> {
    let mut books = Books::open(&journal_options(config)?.1)?;
    let told = books.import(paths)?;
    if json {
        as_json(&told)?;
    } else {
        tell(&told);
    }
    Ok(if told.aside.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(super) fn tell(told: &Imported) {
    println!(
        "Diambil {} peristiwa ({} dari sistem lama), sudah ada {}, sudah terkirim oleh sistem lama {}",
        told.adopted, told.old_system, told.known, told.done
    );
    for (file, reason) in &told.aside {
        println!("DISISIHKAN  {file}: {reason}");
    }
    if told.adopted > 0 {
        println!("Dikirim oleh terminal ini begitu tersambung, atau dengan: parkir sync");
    }
}

fn repair(config: &Config, paths: &[PathBuf], json: bool) -> Result<ExitCode> {
    let dir = config.offline_data();
    let (identity, options) = journal_options(config)?;
    let mut books = Books::open(&options)?;
    let done = books.repair(paths)?;
    drop(books);
    let audit = journal::verify_with(&dir, &own_keys(&dir, &identity)).with_context(|| unreadable(&dir))?;
    if json {
        as_json(&serde_json::json!({"repair": done, "verify": audit}))?;
    } else {
        match &done.aside {
            None if done.reindexed => {
                println!("1. Indeks jurnal rusak: dibuat ulang dari isinya; tidak ada yang hilang.")
            }
            None => println!("1. Jurnal terbaca; tidak ada yang disisihkan."),
            Some(aside) => {
                println!("1. Jurnal tidak terbaca: disisihkan utuh ke {}; yang baru dibuat.", aside.display())
            }
        }
        println!("2. Dari jurnal yang disisihkan diselamatkan {} peristiwa yang belum terkirim.", done.salvaged);
        println!("3. {} file cadangan diperiksa; {} peristiwa masuk lagi ke jurnal.", done.files, done.adopted);
        if !paths.is_empty() {
            print!("4. ");
            tell(&done.from);
        }
        println!("Menunggu kirim {}, disisihkan {}.", done.pending, done.parked);
        for fault in &audit.faults {
            println!("MASIH RUSAK  {}", fault.what);
        }
    }
    Ok(if audit.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Sends what waits, once, and with `retry` what was set aside; 1 when something still waits.
pub fn send(config: &Config, retry: bool) -> Result<ExitCode> {
    let gate = Gate::open(config, true)?;
    let sync = gate.desk.sync.clone();
    let summary = gate.net().block_on(sync.send_and_wait(retry)).context("sinkronisasi berhenti")?;
    drop(sync);
    let counts = gate.desk.journal.counts();
    let (pending, parked) = (counts.pending(), counts.parked());
    gate.close();
    println!(
        "Terkirim {}, sudah ada {}, disisihkan {}, masih menunggu {pending}",
        summary.sent, summary.already, summary.parked
    );
    let lang = stage::lang(config);
    for aside in &summary.problems {
        let why = facts::why(&aside.code, lang);
        println!("  {}: {}. {}", facts::spell(&aside.fact, lang), why.what, why.todo);
    }
    if parked > 0 {
        println!("Disisihkan seluruhnya {parked}; setelah sebabnya dibetulkan: parkir sync --retry");
    }
    if let Some(why) = &summary.stopped {
        let known = DownReason::named(why).map(lang.words().say.why);
        println!("Berhenti: {}. Data tetap tersimpan; coba lagi nanti.", known.unwrap_or(why));
    }
    Ok(if summary.stopped.is_none() && pending == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
