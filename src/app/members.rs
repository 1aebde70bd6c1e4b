//! `parkir member list|show|add|change|end|import|export` and `parkir voucher`, with the admin's kit. A list goes in whole or
//! not at all, and each line that cannot be read says why.

mod table;

use super::people::{office, printable, trouble};
use crate::central::{Central, Put, PutMembers};
use crate::cli::{Fields, Member as Verb, Voucher};
use crate::config::Config;
use crate::domain::member::{self, Member};
use crate::domain::plate;
use anyhow::{Context, Result, anyhow, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

fn plates(typed: &[String]) -> Vec<String> {
    let mut keys: Vec<String> = typed.iter().map(|p| plate::normalise(p)).filter(|p| !p.is_empty()).collect();
    keys.sort();
    keys.dedup();
    keys
}

fn key(card: &str) -> Result<String> {
    let key = member::card(card);
    if key.is_empty() {
        bail!("kartu {card:?}: 1 sampai {} huruf atau angka", member::MOST_CARD)
    }
    Ok(key)
}

/// What was named, put upon what there is.
fn fill(member: &mut Member, fields: &Fields) -> Result<()> {
    if let Some(group) = &fields.group {
        member.group = group.trim().to_owned();
    }
    if !fields.plates.is_empty() {
        member.plates = plates(&fields.plates);
    }
    if let Some(from) = &fields.from {
        member.from = table::day(from)?;
    }
    if let Some(until) = &fields.until {
        member.until = table::day(until)?;
    }
    Ok(())
}

async fn one(central: &Central, card: &str) -> Result<Member> {
    let key = key(card)?;
    let found = central.members(&key, LIMIT).await.map_err(trouble)?;
    found.into_iter().find(|m| m.card == key).ok_or_else(|| anyhow!("anggota {key} tidak ada"))
}

fn show(member: &Member) {
    let day = |date: Option<jiff::civil::Date>| date.map_or_else(|| "-".to_owned(), |d| d.to_string());
    println!(
        "{:<16} {:<24} {:<14} {:>10} s.d. {:<10} {:<8} {}",
        member.card,
        printable(&member.name),
        printable(&member.group),
        day(member.from),
        day(member.until),
        if member.active { "aktif" } else { "BERAKHIR" },
        member.plates.join(" ")
    );
}

fn told(said: &str, member: &Member, done: PutMembers, json: bool) -> Result<()> {
    if json {
        println!("{}", json!({"member": member, "result": done}));
    } else {
        println!("{said}{}", if done.same > 0 { " (tidak ada yang berubah)" } else { "" });
        show(member);
    }
    Ok(())
}

/// 0 done, 1 refused or the centre cannot be asked.
pub fn run(config: &Config, verb: Verb) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    runtime.block_on(carry_out(config, verb))
}

async fn carry_out(config: &Config, verb: Verb) -> Result<ExitCode> {
    // A list that cannot be read asks nobody.
    if let Verb::Import { file, dry_run, json } = verb {
        return import(config, &file, dry_run, json).await;
    }
    let central = office(config, "parkir-member").await?;
    match verb {
        Verb::List { part, json } => {
            let members = central.members(&part, LIMIT).await.map_err(trouble)?;
            if json {
                println!("{}", serde_json::to_string(&members)?);
            } else {
                members.iter().for_each(show);
                if members.is_empty() {
                    println!("Tidak ada anggota{}.", if part.is_empty() { "" } else { " yang cocok" });
                }
            }
        }
        Verb::Show { card, json } => {
            let member = one(&central, &card).await?;
            if json {
                println!("{}", serde_json::to_string(&member)?);
            } else {
                show(&member);
            }
        }
        Verb::Add { card, name, fields, json } => {
            let (card, name) = (key(&card)?, name.trim().to_owned());
            let (group, plates) = (String::new(), Vec::new());
            let mut member = Member { card, name, group, plates, from: None, until: None, active: true };
            fill(&mut member, &fields)?;
            if member.group.is_empty() {
                bail!("golongan belum diisi: --group GOLONGAN");
            }
            let done = put(&central, &member, Put::Add).await?;
            told("Anggota ditambahkan.", &member, done, json)?;
        }
        Verb::Change { card, name, fields, resume, json } => {
            let mut member = one(&central, &card).await?;
            if let Some(name) = name {
                member.name = name.trim().to_owned();
            }
            fill(&mut member, &fields)?;
            member.active |= resume;
            let done = put(&central, &member, Put::Change).await?;
            told("Anggota diubah.", &member, done, json)?;
        }
        Verb::End { card, json } => {
            let member = Member { active: false, ..one(&central, &card).await? };
            let done = put(&central, &member, Put::Change).await?;
            told("Keanggotaan diakhiri.", &member, done, json)?;
        }
        Verb::Export { file, json } => {
            let members = central.members("", LIMIT).await.map_err(trouble)?;
            let text = table::write(&members)?;
            if file.as_os_str() == "-" {
                print!("{text}");
            } else {
                std::fs::write(&file, text).with_context(|| file.display().to_string())?;
                if json {
                    println!("{}", json!({"members": members.len()}));
                } else {
                    println!("{} anggota ditulis ke {}.", members.len(), file.display());
                }
            }
        }
        Verb::Import { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn put(central: &Central, member: &Member, how: Put) -> Result<PutMembers> {
    central.put_members(std::slice::from_ref(member), how, false, LIMIT).await.map_err(trouble)
}

async fn import(config: &Config, file: &std::path::Path, dry_run: bool, json: bool) -> Result<ExitCode> {
    let text = std::fs::read(file).with_context(|| file.display().to_string())?;
    let (members, wrong) = table::read(&text)?;
    if !wrong.is_empty() {
        if json {
            println!("{}", json!({"members": members.len(), "wrong": wrong, "result": null}));
        } else {
            wrong.iter().for_each(|(line, why)| println!("TIDAK BISA  {line}: {why}"));
            println!("{} baris salah: tidak satu pun dimasukkan.", wrong.len());
        }
        return Ok(ExitCode::FAILURE);
    }
    let central = office(config, "parkir-member").await?;
    let done = central.put_members(&members, Put::Import, dry_run, LIMIT).await.map_err(trouble)?;
    if json {
        println!("{}", json!({"members": members.len(), "wrong": [], "dry_run": dry_run, "result": done}));
    } else {
        let PutMembers { added, changed, same } = done;
        println!("{added} baru, {changed} diubah, {same} sama.");
        if dry_run {
            println!("Percobaan: belum ada yang dimasukkan.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `parkir voucher`: exits that took one.
pub fn vouchers(config: &Config, asked: &Voucher) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    let now = Timestamp::now();
    let from = now.checked_sub(SignedDuration::from_hours(24 * i64::from(asked.days)))?;
    let to = now.checked_add(SignedDuration::from_hours(24))?;
    let rows = runtime.block_on(async {
        let central = office(config, "parkir-voucher").await?;
        central.vouchers(from, to, asked.twice, LIMIT).await.map_err(trouble)
    })?;
    if asked.json {
        println!("{}", serde_json::to_string(&rows)?);
        return Ok(ExitCode::SUCCESS);
    }
    for row in &rows {
        let at = row.at.to_zoned(config.site.timezone.clone()).strftime("%d-%m-%Y %H.%M").to_string();
        let again = if row.times > 1 {
            format!("  DIPAKAI {} KALI, ini ke-{}", row.times, row.nth)
        } else {
            String::new()
        };
        println!(
            "{:<20} {at}  {:<3} {:<14} {:>12}{again}",
            printable(&row.reference),
            row.gate,
            printable(&row.operator),
            row.off
        );
    }
    if rows.is_empty() {
        println!("Tidak ada voucher yang dipakai di rentang itu.");
    }
    Ok(ExitCode::SUCCESS)
}
