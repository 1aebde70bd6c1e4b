//! What the centre's people put right with the admin's kit: fines that go back, exits and entries that are taken back. A
//! fact of gate PUSAT each, made once; an answer that never came is asked for again with the same fact.

use super::duplicates::centre_origin;
use super::gate::clock::{Clock, fresh_id};
use super::kit::Kit;
use super::people::{office, trouble};
use crate::central::{Central, EntryRow, ErrorClass, Recorded};
use crate::cli::{Refund, Void};
use crate::config::Config;
use crate::domain::duplicates::facts;
use crate::domain::kinds::{Event, Voided};
use crate::domain::lost::{self, Approval, Refunded};
use crate::domain::money::Rupiah;
use anyhow::{Context, Result, anyhow, bail};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use uuid::Uuid;

const LIMIT: Duration = Duration::from_secs(10);
const TRIES: u32 = 3;
const AGAIN: Duration = Duration::from_millis(500);
const APPLICATION: &str = "parkir-ralat";

fn run<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?.block_on(work)
}

/// 0 done, 1 refused or the centre cannot be asked.
pub fn refund(config: &Config, asked: &Refund) -> Result<ExitCode> {
    run(async {
        let central = office(config, APPLICATION).await?;
        let Some(typed) = &asked.code else {
            list(config, &central, asked).await?;
            return Ok(ExitCode::SUCCESS);
        };
        let reason = asked.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        let reason = reason.ok_or_else(|| anyhow!("tulis --reason, misalnya --reason \"tiket ditemukan\""))?;
        let code = lost::read_code(typed)
            .ok_or_else(|| anyhow!("kode {typed:?} salah: 9 huruf atau angka seperti di struk"))?;
        let fine = central.fine_there(&code, LIMIT).await.map_err(trouble)?;
        let fine = fine.ok_or_else(|| anyhow!("denda {} tidak dikenal di pusat", lost::spaced(&code)))?;
        if let Some(paid) = fine.refunds.first() {
            bail!("denda {} SUDAH dikembalikan di {}, {}", lost::spaced(&code), paid.gate, paid.at);
        }
        let amount = fine.fine;
        let done = put_right(config, |person| {
            Event::Refunded(Refunded {
                claim: code.clone(),
                target: Some(fine.fact),
                target_gate: Some(fine.gate.clone()),
                stay: Some(fine.stay),
                class: fine.class.clone(),
                amount,
                reason: reason.chars().take(120).collect(),
                by: person,
                flags: Vec::new(),
            })
        })
        .await?;
        if asked.json {
            println!("{}", json!({"code": code, "amount": amount, "fact": done.0, "inserted": done.1.inserted}));
        } else {
            println!("Denda {}: bayar {amount} kepada pengemudi.", lost::spaced(&code));
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// 0 done, 1 refused, not found, or the centre cannot be asked.
pub fn void(config: &Config, asked: &Void) -> Result<ExitCode> {
    run(async {
        let reason: String = asked.reason.trim().chars().take(120).collect();
        if reason.is_empty() {
            bail!("tulis alasannya di --reason");
        }
        let central = office(config, APPLICATION).await?;
        let named = asked.exit.trim();
        if asked.entry {
            let entries = central.entry_named(named, LIMIT).await.map_err(trouble)?;
            return take_back(config, asked, one(entries, named)?, reason).await;
        }
        let exits = central.exit_named(named, LIMIT).await.map_err(trouble)?;
        // Never guessed: of an exit that has not arrived the centre knows the entry only.
        if exits.is_empty() && central.entry_named(named, LIMIT).await.is_ok_and(|entries| !entries.is_empty()) {
            bail!("tidak ada transaksi keluar dari {named}: tercatat di dalam. Kalau tidak jadi masuk: --entry");
        }
        let exit = one(exits, named)?;
        let done = put_right(config, voided(exit.stay, exit.fact, &exit.gate, reason)).await?;
        if asked.json {
            println!("{}", json!({"exit": exit, "fact": done.0, "inserted": done.1.inserted}));
        } else {
            println!(
                "{} di {}, {}: dibatalkan. Kendaraan tercatat di dalam lagi.",
                exit.ticket, exit.gate, exit.fee
            );
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn voided(stay: Uuid, target: Uuid, gate: &str, reason: String) -> impl FnOnce(Approval) -> Event {
    let target_gate = gate.to_owned();
    move |by| Event::Voided(Voided { stay, target, target_gate, reason, by: Some(by) })
}

/// An entry: the vehicle never came in.
async fn take_back(config: &Config, asked: &Void, entry: EntryRow, reason: String) -> Result<ExitCode> {
    let done = put_right(config, voided(entry.stay, entry.stay, &entry.gate, reason)).await?;
    if asked.json {
        println!("{}", json!({"entry": entry, "fact": done.0, "inserted": done.1.inserted}));
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} masuk di {}: dibatalkan, tidak di dalam lagi. Tarik tiketnya.", entry.ticket, entry.gate);
    if let Some(paid) = entry.paid.filter(|paid| *paid > Rupiah::ZERO) {
        println!(
            "Bayar di depan kembali kepada pengemudi: {paid} ({}), bila gerbang {} belum mengembalikannya.",
            entry.method.unwrap_or_default(),
            entry.gate
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn one<T>(mut found: Vec<T>, named: &str) -> Result<T> {
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => bail!("ada beberapa transaksi {named:?}: tulis nomor peristiwanya"),
        (None, _) => bail!("tidak ada transaksi yang berlaku bernama {named:?}"),
    }
}

async fn list(config: &Config, central: &Central, asked: &Refund) -> Result<()> {
    let zone = config.site.timezone.clone();
    let now = Zoned::new(Timestamp::now(), zone.clone());
    let from = match &asked.from {
        Some(text) => {
            let date: Date =
                text.trim().parse().map_err(|_| anyhow!("tanggal {text:?}: tulis seperti 2026-11-21"))?;
            date.to_zoned(zone.clone())?
        }
        None => now.checked_sub(30.days())?,
    };
    let rows = central.refunds(from.timestamp(), now.checked_add(1.day())?.timestamp(), LIMIT).await;
    let rows = rows.map_err(trouble)?;
    if asked.json {
        println!("{}", serde_json::to_string(&rows)?);
        return Ok(());
    }
    for row in &rows {
        let at = row.at.to_zoned(zone.clone()).strftime("%d-%m-%Y %H.%M").to_string();
        let flags = row.flags.join(" ");
        let text = format!(
            "{at}  {:<5}  {}  {:>12}  {}: {}  {flags}",
            row.gate,
            lost::spaced(&row.claim),
            row.amount.to_string(),
            row.supervisor,
            row.reason
        );
        println!("{}", text.trim_end().chars().filter(|c| !c.is_control()).collect::<String>());
    }
    if rows.is_empty() {
        println!("Tidak ada denda yang dikembalikan di rentang itu.");
    }
    Ok(())
}

/// Makes the fact once, and sends it until somebody answers.
async fn put_right(config: &Config, event: impl FnOnce(Approval) -> Event) -> Result<(Uuid, Recorded)> {
    let path = config.kit.as_deref().ok_or_else(|| anyhow!("kit admin belum ada di config.toml: isi kit"))?;
    let origin = centre_origin(config, &Kit::open(path)?)?;
    let stamp = Clock::new(config.site.timezone.clone()).stamp();
    // The administrators' login answers for it.
    let event = event(Approval { supervisor: origin.operator.clone(), proven: true });
    let id = fresh_id(&stamp);
    let sealed = facts(&[event], &[id], fresh_id(&stamp), &origin, &stamp)?;
    let fact = sealed.first().context("peristiwa")?;
    for again in 0..TRIES {
        if again > 0 {
            tokio::time::sleep(AGAIN).await;
        }
        let Ok(central) = office(config, APPLICATION).await else { continue };
        match central.put_right(fact, LIMIT).await {
            Ok(recorded) => return Ok((id, recorded)),
            Err(error) if error.class() == ErrorClass::Connection => {}
            Err(error) => return Err(trouble(error)),
        }
    }
    bail!("pusat tidak menjawab; BELUM PASTI tercatat: periksa dengan `parkir refund` sebelum mengulang")
}
