//! The keys gates sign their tickets with: a new one beside the old, whose tickets stay good until their stays end; and
//! one of them revoked, by the entry time of its tickets.

use super::enrol::SuperuserOptions;
use super::kit::{self, Kit};
use crate::cli::{Keys, RevokeKey, RotateKey};
use crate::config::Config;
use crate::config::tariff::moment;
use crate::domain::ids::GateId;
use crate::domain::qr::SiteKey;
use crate::domain::seal::PublicKey;
use anyhow::{Result, anyhow, bail};
use jiff::Timestamp;
use serde_json::json;

/// What people call a key: the four hex digits that tickets name it by, and the beginning of its base-64.
fn name(key: &SiteKey) -> String {
    let id = PublicKey::from_base64(&key.key).map(|public| public.id()).unwrap_or_default();
    let head: String = key.key.chars().filter(char::is_ascii_alphanumeric).take(6).collect();
    format!("{:02x}{:02x}-{head}", id[0], id[1])
}

pub async fn list(asked: &Keys, superuser: &SuperuserOptions, config: &Config) -> Result<()> {
    let gate = asked.code.as_deref().map(GateId::parse).transpose()?;
    let (superuser, site, _) = superuser.site().await?;
    let mut keys = superuser.site_keys(&site).await?;
    keys.retain(|key| gate.as_ref().is_none_or(|gate| *gate == key.gate));
    let newest = |key: &SiteKey| keys.iter().rev().find(|k| k.gate == key.gate).is_some_and(|k| k.key == key.key);
    if asked.json {
        let rows: Vec<_> = keys
            .iter()
            .map(|k| json!({"gate": k.gate, "name": name(k), "key": k.key, "revoked_at": k.revoked_at, "newest": newest(k)}))
            .collect();
        println!("{}", serde_json::Value::from(rows));
        return Ok(());
    }
    for key in &keys {
        let state = match key.revoked_at {
            Some(at) => {
                let at = at.to_zoned(config.site.timezone.clone()).strftime("%d/%m/%Y %H:%M:%S").to_string();
                format!("DICABUT: karcis yang masuk sejak {at} ditolak")
            }
            None if newest(key) => "dipakai".to_owned(),
            None => "lama, karcisnya tetap berlaku".to_owned(),
        };
        println!("{}  {:<12} {state}", key.gate, name(key));
    }
    Ok(())
}

/// The centre first: a key that nobody holds harms nobody, a key that nobody knows makes forgeries.
pub async fn rotate(asked: &RotateKey, superuser: &SuperuserOptions) -> Result<()> {
    let gate = GateId::parse(&asked.code)?;
    let held = Kit::open(&asked.out)?;
    if held.gate().as_ref() != Some(&gate) {
        bail!("folder {} berisi kit {}, bukan kit gerbang {gate}", asked.out.display(), held.login);
    }
    let (superuser, site, site_name) = superuser.site().await?;
    if held.site != site {
        bail!("kit ini milik lokasi {}, bukan {site}", held.site);
    }
    let record = superuser.gates(&site).await?.into_iter().find(|g| g.code == gate.as_str());
    if !record.ok_or_else(|| anyhow!("gerbang {gate} tidak terdaftar"))?.active {
        bail!("gerbang {gate} sudah dicabut: daftarkan lagi dengan `parkir gate add`");
    }
    let (seed, public) = kit::random_gate_key()?;
    superuser.add_gate_key(&site, &gate, &public.base64()).await?;
    let keys = superuser.site_keys(&site).await?;
    kit::write_site(&asked.out, &site, &site_name, &keys)?;
    kit::write_key(&asked.out, &seed)?;
    let made = SiteKey { gate: gate.clone(), key: public.base64(), revoked_at: None };
    let old: Vec<_> =
        keys.iter().filter(|k| k.gate == gate && k.key != made.key && k.revoked_at.is_none()).map(name).collect();
    if asked.json {
        println!("{}", json!({"gate": gate, "key": name(&made), "old": old}));
        return Ok(());
    }
    println!("Gerbang {gate} mendapat kunci {}; mulai ulang terminalnya agar dipakai.", name(&made));
    println!("Karcis dari kunci lama ({}) tetap berlaku sampai kendaraannya keluar.", old.join(", "));
    println!("Bila kunci lama bocor: parkir gate revoke-key {gate} NAMA --since WAKTU");
    Ok(())
}

pub async fn revoke(asked: &RevokeKey, superuser: &SuperuserOptions, config: &Config) -> Result<()> {
    let gate = GateId::parse(&asked.code)?;
    let since = match asked.since.as_deref() {
        None => Timestamp::now(),
        Some(text) => moment(text, &config.site.timezone)
            .or_else(|| text.parse().ok())
            .ok_or_else(|| anyhow!("waktu \"{text}\": tulis seperti \"2026-11-22 14:05\""))?,
    };
    let (superuser, site, _) = superuser.site().await?;
    let keys = superuser.site_keys(&site).await?;
    let wished = asked.key.trim();
    let fits = |key: &&SiteKey| key.gate == gate && (name(key).starts_with(wished) || key.key == wished);
    let found: Vec<_> = if wished.is_empty() { Vec::new() } else { keys.iter().filter(fits).collect() };
    let key = match found[..] {
        [key] => key,
        [] => bail!("gerbang {gate} tidak punya kunci {wished:?}; lihat `parkir gate keys {gate}`"),
        _ => bail!("beberapa kunci bernama {wished:?}: tulis lebih panjang"),
    };
    let at = superuser.revoke_gate_key(&site, &gate, &key.key, since).await?;
    if asked.json {
        println!("{}", json!({"gate": gate, "key": name(key), "revoked_at": at}));
        return Ok(());
    }
    let at = at.to_zoned(config.site.timezone.clone()).strftime("%d/%m/%Y %H:%M:%S").to_string();
    println!("Kunci {} dicabut: karcis gerbang {gate} yang masuk sejak {at} dengan kunci ini ditolak.", name(key));
    if keys.iter().rev().find(|k| k.gate == gate).is_some_and(|newest| newest.key == key.key) {
        println!(
            "Kunci ini yang sedang dipakai gerbang {gate}: parkir gate rotate-key {gate} --out KIT, lalu mulai ulang terminalnya."
        );
    }
    Ok(())
}
