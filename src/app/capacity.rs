//! `parkir capacity show|set`, with the admin's kit: places at the centre, from where gates hear of them.

use super::people::{office, trouble};
use crate::central::Places;
use crate::cli::{Capacity, CapacitySet, WhenFull};
use crate::config::Config;
use crate::domain::capacity::Room;
use crate::domain::ids::GateId;
use crate::tui::text::floor;
use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Map, Value, json};
use std::process::ExitCode;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(15);

/// 0 done, 1 refused, or the centre cannot be asked.
pub fn run(config: &Config, verb: Capacity) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    runtime.block_on(async {
        let central = office(config, "parkir-capacity").await?;
        match verb {
            Capacity::Show { json } => show(&central.capacity(LIMIT).await.map_err(trouble)?, json),
            Capacity::Set(asked) => {
                let change = change(&asked, config.gate.operator.trim())?;
                let changed = central.set_capacity(&change, LIMIT).await.map_err(trouble)?;
                if asked.json {
                    println!("{}", json!({"changed": changed}));
                } else if changed {
                    println!("Kapasitas diubah; gerbang mendengarnya dalam 10 detik.");
                } else {
                    println!("Tidak ada yang berubah.");
                }
                Ok(())
            }
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn show(places: &Places, json: bool) -> Result<()> {
    let rooms = places.rooms();
    if json {
        println!("{}", json!({"capacity": places.capacity, "classes": places.classes, "rooms": rooms}));
        return Ok(());
    }
    if rooms.is_empty() {
        println!("Kapasitas belum diatur: parkir capacity set --class mobil=100");
    }
    rooms.iter().for_each(|room| println!("{}", line(room)));
    for area in &places.capacity.areas {
        println!("area {:<8} {:<20} gerbang {}", area.id, area.name, area.gates.join(", "));
    }
    Ok(())
}

fn line(room: &Room) -> String {
    let full = if room.refuse { "bila penuh menolak" } else { "bila penuh memperingatkan" };
    format!("{:<24} {:<28} {full}", floor::ID.name(room), floor::ID.filled(room.inside, room.places))
}

/// What is named and nothing else, as `ops.capacity_set` reads it.
fn change(asked: &CapacitySet, operator: &str) -> Result<Value> {
    let mut change = Map::new();
    let mut put = |key: &str, value: Value| change.insert(key.into(), value);
    put("operator", json!(operator));
    if let Some(area) = &asked.area {
        let id = area.trim().to_ascii_uppercase();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if id.is_empty() || id.len() > 16 || !id.chars().all(plain) {
            bail!("kode area {area:?}: 1 sampai 16 huruf, angka atau -");
        }
        put("area", json!(id));
    }
    if let Some(name) = &asked.name {
        let name = name.trim();
        if !(1..=40).contains(&name.chars().count()) {
            bail!("nama area {name:?}: 1 sampai 40 huruf");
        }
        put("name", json!(name));
    }
    if !asked.gates.is_empty() {
        let gates = asked.gates.iter().map(|g| Ok(GateId::parse(g)?.to_string())).collect::<Result<Vec<_>>>()?;
        put("gates", json!(gates));
    }
    let mut classes = Map::new();
    for text in &asked.classes {
        let (class, number) =
            text.split_once('=').ok_or_else(|| anyhow!("--class {text:?}: tulis seperti mobil=100"))?;
        classes.insert(class.trim().to_lowercase(), places(number)?);
    }
    if !classes.is_empty() {
        put("classes", Value::Object(classes));
    }
    if let Some(total) = &asked.total {
        put("total", places(total)?);
    }
    if let Some(when) = asked.when_full {
        put("refuse", json!(when == WhenFull::Refuse));
    }
    if asked.remove {
        put("remove", json!(true));
    } else if change.keys().all(|key| ["operator", "area"].contains(&key.as_str())) {
        bail!("apa yang diubah? misalnya --class mobil=100 --when-full refuse");
    }
    Ok(Value::Object(change))
}

/// A number of places; `-`: not counted.
fn places(text: &str) -> Result<Value> {
    match text.trim() {
        "-" => Ok(Value::Null),
        number => match number.parse::<u32>().ok().filter(|n| *n <= 1_000_000) {
            Some(n) => Ok(json!(n)),
            None => bail!("{text:?}: jumlah tempat yang diharapkan, atau -"),
        },
    }
}
