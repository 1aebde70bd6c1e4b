//! Files of the old system: one record of an entry or an exit becomes one fact, and the same record becomes the same
//! fact wherever it is adopted. Nothing here depends on the machine: id, salt, wall time and epoch come out of the record.
//!
//! ```text
//! stay = UUIDv7(entry time, SHA-256("parkir.lama.v1\n"        {entry_time, transaction_id, vehicle_number}))
//! exit = UUIDv7(exit time,  SHA-256("parkir.lama.keluar.v1\n" {stay, exit_time, fee}))
//! ```

use super::fact::{Fact, FactError, Origin, Sealed, Stamp};
use super::ids::GateId;
use super::kinds::{Entered, Event, Left};
use super::money::Rupiah;
use super::plate;
use super::seal::{self, GateKey, Hash};
use data_encoding::HEXLOWER;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// How adopted facts are marked: an entry's `source`, an exit's `known`, and who stands as terminal and operator.
pub const MARK: &str = "sistem lama";
/// The `source` of what a person wrote down and keyed in afterwards.
pub const MANUAL: &str = "manual";
/// The mark among an exit's flags.
pub const FLAG: &str = "sistem_lama";

/// A record that cannot become a fact, in the operator's language: it is kept beside the file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OldError {
    #[error("{0} tidak ada")]
    Missing(&'static str),
    #[error("{0} tidak terbaca: {1}")]
    Wrong(&'static str, String),
    #[error("tidak dapat dijadikan peristiwa: {0}")]
    Fact(String),
}

impl From<FactError> for OldError {
    fn from(e: FactError) -> Self {
        Self::Fact(e.to_string())
    }
}

/// Whether a JSON text is a record of the old system rather than a damaged fact.
pub fn is_record(value: &Value) -> bool {
    value.get("v").is_none() && (value.get("transaction_id").is_some() || value.get("vehicle_number").is_some())
}

/// Whether the old system's own server already had it: such a file was only waiting to be swept away.
pub fn is_done(value: &Value) -> bool {
    value.get("sync_status").and_then(Value::as_str).is_some_and(|s| s.eq_ignore_ascii_case("SYNCED"))
}

/// Turns a record into a fact of `gate`, sealed in an epoch of its own. `name` is the file's: it says whether this is
/// an exit, and when, where the record does not.
pub fn adopt(
    value: &Value,
    name: &str,
    site: &str,
    gate: &GateId,
    zone: &TimeZone,
    key: &GateKey,
) -> Result<Sealed, OldError> {
    let record = Record(value.as_object().ok_or(OldError::Missing("isi"))?);
    let typed = record.word(&["vehicle_number", "plate_number", "license_plate"]).unwrap_or_default();
    let number = plate::normalise(&typed);
    let ticket = record.word(&["transaction_id", "ticket_id", "ticket_number"]).unwrap_or_default();
    if ticket.is_empty() && number.is_empty() {
        return Err(OldError::Missing("transaction_id dan vehicle_number"));
    }
    let exit = name.contains("parking_exit_") || record.0.contains_key("exit_time");
    let entered = match record.time("entry_time")? {
        None if !exit => Some(in_name(name).ok_or(OldError::Missing("entry_time"))?),
        entered => entered,
    };
    let stay = entered.map(|at| {
        let parts = json!({"entry_time": at.to_string(), "transaction_id": ticket, "vehicle_number": number});
        made("parkir.lama.v1", &parts, at, zone)
    });
    let class = class(&record.word(&["vehicle_type", "vehicle_class"]).unwrap_or_default());
    let left = if exit {
        Some(record.time("exit_time")?.or_else(|| in_name(name)).ok_or(OldError::Missing("exit_time"))?)
    } else {
        None
    };
    let at = left.or(entered).ok_or(OldError::Missing("entry_time"))?;
    let (id, event) = match left {
        None => {
            let id = stay.ok_or(OldError::Missing("entry_time"))??;
            (
                id,
                Event::Entered(Entered {
                    ticket,
                    class,
                    source: record.source(),
                    tariff: 0,
                    paper: None,
                    prepaid: None,
                }),
            )
        }
        Some(out) => {
            let fee = record.fee()?;
            let stay = stay.transpose()?;
            let known = stay.map_or_else(|| format!("{ticket} {number}"), |s| s.to_string());
            let parts = json!({"stay": known, "exit_time": out.to_string(), "fee": fee});
            let id = made("parkir.lama.keluar.v1", &parts, out, zone)?;
            let flags = if stay.is_some() { vec![FLAG.into()] } else { vec![FLAG.into(), "no_data".into()] };
            let left = Left {
                stay: stay.unwrap_or(id),
                ticket: Some(ticket).filter(|t| !t.is_empty()),
                class,
                entered_at: wall(entered.unwrap_or(out), zone)?,
                entered_gate: None,
                known: MARK.into(),
                fee: Rupiah(fee),
                lines: Vec::new(),
                method: record.word(&["payment_method"]).unwrap_or_default().to_lowercase(),
                tendered: Rupiah(fee),
                change: Rupiah(0),
                receipt: None,
                tariff: 0,
                tax: None,
                lost: None,
                more: Default::default(),
                flags,
            };
            let method = if left.method.is_empty() { "tunai".into() } else { left.method };
            (id, Event::Left(Left { method, ..left }))
        }
    };
    let worker = if exit { "exit_operator" } else { "entry_operator" };
    let origin = Origin {
        site: site.into(),
        gate: gate.clone(),
        terminal: MARK.into(),
        operator: record.word(&[worker, "operator"]).unwrap_or_else(|| MARK.into()),
        shift: None,
        tariff: 0,
        config: 0,
    };
    let zoned = at.to_zoned(zone.clone()).map_err(|e| OldError::Wrong("waktu", e.to_string()))?;
    let stamp = Stamp { at: zoned, mono_ms: 0, boot: Uuid::nil(), clock: None };
    let personal: Vec<(&str, &str)> =
        if number.is_empty() { Vec::new() } else { vec![("plate", number.as_str()), ("typed", typed.as_str())] };
    let salt = || HEXLOWER.encode(&Hash::of("parkir.lama.salt.v1", &[id.as_bytes()]).0[..16]);
    let fact = Fact::new(id, &origin, &stamp, &event, &personal, salt)?;
    Ok(fact.seal(key, id, 1, Hash::ZERO)?)
}

struct Record<'a>(&'a Map<String, Value>);

impl Record<'_> {
    fn word(&self, names: &[&str]) -> Option<String> {
        let text = |v: &Value| match v {
            Value::String(s) => Some(s.trim().chars().take(64).collect::<String>()),
            Value::Number(n) => Some(n.to_string()),
            _ => None,
        };
        names.iter().find_map(|name| self.0.get(*name).and_then(text)).filter(|t| !t.is_empty())
    }

    /// Who wrote the record: the old system, or a person (a list of what is inside, paper tickets keyed in).
    fn source(&self) -> String {
        if self.word(&["source"]).as_deref() == Some(MANUAL) { MANUAL.into() } else { MARK.into() }
    }

    /// Local time as the old system wrote it; an offset, where there is one, is left aside.
    fn time(&self, name: &'static str) -> Result<Option<DateTime>, OldError> {
        let Some(text) = self.word(&[name]) else { return Ok(None) };
        let text = text.replacen(' ', "T", 1);
        text.parse::<DateTime>().map(Some).map_err(|_| OldError::Wrong(name, text))
    }

    /// Whole rupiah. An amount that is not there is not guessed.
    fn fee(&self) -> Result<i64, OldError> {
        const NAMES: [&str; 6] = ["total_payment", "parking_fee", "total_fee", "fee", "amount", "biaya"];
        let name = NAMES.into_iter().find(|n| self.0.contains_key(*n)).ok_or(OldError::Missing("biaya"))?;
        let value = &self.0[name];
        let whole = match value {
            Value::Number(n) => {
                n.as_i64().or_else(|| n.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 1e12).map(|f| f as i64))
            }
            Value::String(s) => s.trim().parse().ok(),
            _ => None,
        };
        whole
            .filter(|fee| (0..=1_000_000_000_000).contains(fee))
            .ok_or_else(|| OldError::Wrong(name, value.to_string()))
    }
}

/// The time in `parking_entry_20231225_153045_A123BC.json`.
fn in_name(name: &str) -> Option<DateTime> {
    let mut parts = name.rsplit('/').next()?.split('_').skip(2);
    let (day, time) = (parts.next()?, parts.next()?);
    DateTime::strptime("%Y%m%d %H%M%S", format!("{day} {time}")).ok()
}

fn wall(at: DateTime, zone: &TimeZone) -> Result<String, OldError> {
    let zoned = at.to_zoned(zone.clone()).map_err(|e| OldError::Wrong("waktu", e.to_string()))?;
    Ok(super::fact::wall_time(&zoned))
}

/// A UUIDv7 of this moment whose other bits are the parts' hash.
fn made(domain: &str, parts: &Value, at: DateTime, zone: &TimeZone) -> Result<Uuid, OldError> {
    let zoned = at.to_zoned(zone.clone()).map_err(|e| OldError::Wrong("waktu", e.to_string()))?;
    let ms =
        u64::try_from(zoned.timestamp().as_millisecond()).map_err(|e| OldError::Wrong("waktu", e.to_string()))?;
    let bytes = seal::canonical(parts).map_err(|e| OldError::Fact(e.to_string()))?;
    let hash = Hash::of(domain, &[bytes.as_bytes()]);
    let mut rest = [0; 10];
    rest.copy_from_slice(&hash.0[..10]);
    Ok(uuid::Builder::from_unix_timestamp_millis(ms, &rest).into_uuid())
}

fn class(word: &str) -> String {
    match word.to_uppercase().as_str() {
        "CAR" | "MOBIL" => "mobil".into(),
        "MOTORCYCLE" | "MOTORBIKE" | "BIKE" | "MOTOR" => "motor".into(),
        "TRUCK" | "TRUK" => "truk".into(),
        "BUS" => "bus".into(),
        "" => "mobil".into(),
        other => other.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = r#"{"transaction_id":"T123456","vehicle_number":"A123BC","entry_time":"2023-12-25T15:30:45",
        "vehicle_type":"CAR","image_path":"Images/Masuk/A123BC_20231225_153045.jpg","sync_status":"PENDING"}"#;
    const NAME: &str = "parking_entry_20231225_153045_A123BC.json";
    const EXIT: &str = r#"{"transaction_id":"T123456","vehicle_number":"a 123 bc","entry_time":"2023-12-25T15:30:45",
        "exit_time":"2023-12-25T17:30:45","vehicle_type":"CAR","total_payment":5000.0}"#;

    fn taken(text: &str, name: &str, seed: u8) -> Result<Sealed, OldError> {
        let value = serde_json::from_str(text).unwrap();
        let (gate, zone) = (GateId::parse("A1").unwrap(), TimeZone::get("Asia/Jakarta").unwrap());
        adopt(&value, name, "S1", &gate, &zone, &GateKey::from_seed(&[seed; 32]).unwrap())
    }

    #[test]
    fn the_same_record_is_the_same_fact_everywhere() {
        let one = taken(ENTRY, NAME, 1).unwrap();
        let again = taken(&ENTRY.replace("PENDING", "FAILED").replace('\n', " "), "elsewhere/x.json", 2).unwrap();
        assert_eq!((one.fact.id(), one.hash, one.epoch, one.seq), (again.fact.id(), again.hash, again.epoch, 1));
        assert_eq!(one.fact.id().get_version_num(), 7);
        assert_eq!(
            one.fact.id().to_string(),
            "018ca019-0b08-7489-9147-7d65106c3bde",
            "pinned: it can never change"
        );
        assert_eq!(one.fact.content.at, "2023-12-25T15:30:45.000000+07:00");
        one.verify(&GateKey::from_seed(&[1; 32]).unwrap().public()).unwrap();
    }

    #[test]
    fn an_exit_finds_its_entry_without_looking_it_up() {
        let (entry, exit) = (taken(ENTRY, NAME, 1).unwrap(), taken(EXIT, "parking_exit_x.json", 1).unwrap());
        assert_eq!(exit.fact.stay(), Some(entry.fact.id()));
        let Event::Left(left) = exit.fact.event().unwrap() else { panic!("an exit") };
        assert_eq!((left.fee, left.known.as_str()), (Rupiah(5_000), MARK));
    }

    #[test]
    fn what_is_missing_is_said_and_money_is_never_guessed() {
        assert_eq!(taken("{\"vehicle_number\":\"B1\"}", "x.json", 1), Err(OldError::Missing("entry_time")));
        assert_eq!(
            taken(&EXIT.replace("total_payment", "x"), "parking_exit_x.json", 1),
            Err(OldError::Missing("biaya"))
        );
        let torn = taken(&EXIT.replace("5000.0", "5000.5"), "parking_exit_x.json", 1);
        assert!(matches!(torn, Err(OldError::Wrong("total_payment", _))));
        assert!(taken(&ENTRY.replace("2023-12-25T", "kemarin "), NAME, 1).is_err());
        assert!(taken("{\"vehicle_number\":\"B1\"}", NAME, 1).is_ok(), "the name tells when");
    }
}
