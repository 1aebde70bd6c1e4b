//! What was inside before parkir was, and paper tickets of a power cut: written down by people, taken in as facts
//! whose ids come out of the line itself, so that a list that is taken in twice, or at two gates, stands once.

use super::books::{as_json, tell};
use super::gate::journal_options;
use crate::cli::Stay;
use crate::config::Config;
use crate::domain::old_system::MANUAL;
use crate::domain::settings::Settings;
use crate::domain::tariff::LONGEST_PLAUSIBLE_DAYS;
use crate::domain::vehicle::Class;
use crate::domain::{clock, plate, ticket};
use crate::journal::{Books, Imported};
use anyhow::{Context, Result, bail};
use csv::{ReaderBuilder, StringRecord};
use jiff::Zoned;
use jiff::civil::DateTime;
use serde_json::{Value, json};
use std::process::ExitCode;

pub fn run(config: &Config, verb: Stay) -> Result<ExitCode> {
    let Stay::Import { file, dry_run, json } = verb;
    let text = std::fs::read(&file).with_context(|| file.display().to_string())?;
    let text = String::from_utf8_lossy(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text)).into_owned();
    let now = jiff::Timestamp::now().to_zoned(config.site.timezone.clone());
    let (records, wrong) = read(&text, &settings(config).classes, &now)?;
    let mut told = if dry_run {
        Imported::default()
    } else {
        Books::open(&journal_options(config)?.1)?.import_records(records.clone())?
    };
    told.aside.splice(0..0, wrong);
    if json {
        as_json(&json!({"lines": records.len() + told.aside.len(), "dry_run": dry_run, "import": told}))?;
    } else if dry_run {
        println!("{} baris dapat dicatat, {} tidak; belum ada yang dicatat.", records.len(), told.aside.len());
        told.aside.iter().for_each(|(line, why)| println!("TIDAK BISA  {line}: {why}"));
    } else {
        tell(&told);
    }
    Ok(if told.aside.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The site's, as this terminal last heard them.
pub fn settings(config: &Config) -> Settings {
    crate::journal::kept(&config.offline_data(), crate::sync::SETTINGS)
        .and_then(|text| serde_json::from_str::<Settings>(&text).ok())
        .unwrap_or_default()
}

type Records = Vec<(String, Value)>;
type Wrong = Vec<(String, String)>;

/// The lines that can be taken in, as records, and the others with their reasons.
fn read(text: &str, classes: &[Class], now: &Zoned) -> Result<(Records, Wrong)> {
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') { b';' } else { b',' };
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns = Columns::of(reader.headers()?)?;
    let (mut records, mut wrong) = (Vec::new(), Vec::new());
    for row in reader.records() {
        let line = row.as_ref().ok().and_then(|r| r.position()).map_or(0, csv::Position::line);
        let name = format!("baris {line}");
        match row.map_err(anyhow::Error::from).and_then(|row| columns.record(&row, classes, now)) {
            Ok(None) => {}
            Ok(Some(record)) => records.push((name, record)),
            Err(e) => wrong.push((name, e.to_string())),
        }
    }
    Ok((records, wrong))
}

struct Columns {
    plate: usize,
    class: usize,
    entered: usize,
    ticket: Option<usize>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self> {
        let find = |names: &[&str]| header.iter().position(|h| names.contains(&h.to_lowercase().as_str()));
        let need = |names: &[&str]| {
            find(names).with_context(|| format!("kolom {} tidak ada di baris pertama: {header:?}", names[0]))
        };
        Ok(Self {
            plate: need(&["plat", "plate", "nopol"])?,
            class: need(&["jenis", "class", "kelas"])?,
            entered: need(&["masuk", "entered_at", "waktu_masuk"])?,
            ticket: find(&["karcis", "tiket", "ticket", "nomor"]),
        })
    }

    /// `None` for a line with nothing in it.
    fn record(&self, row: &StringRecord, classes: &[Class], now: &Zoned) -> Result<Option<Value>> {
        let at = |i: usize| row.get(i).unwrap_or_default();
        if row.iter().all(str::is_empty) {
            return Ok(None);
        }
        // Letters and digits only, as it is looked for: K-0012 and k 0012 are one number.
        let ticket = plate::normalise(self.ticket.map(at).unwrap_or_default());
        if plate::normalise(at(self.plate)).is_empty() && ticket.is_empty() {
            bail!("plat dan nomor karcis kosong: satu di antaranya perlu");
        }
        if ticket::read(&ticket).is_some() {
            bail!("karcis {ticket} adalah nomor tiket mesin, yang sudah tercatat: kosongkan kolomnya");
        }
        let word = at(self.class).to_lowercase();
        let Some(class) = classes.iter().find(|c| c.id == word || c.name.to_lowercase() == word) else {
            let known: Vec<&str> = classes.iter().map(|c| c.id.as_str()).collect();
            bail!("jenis {:?} tidak dikenal; yang ada: {}", at(self.class), known.join(", "));
        };
        let entered = moment(at(self.entered))
            .with_context(|| format!("masuk {:?} tidak terbaca; tulis 22/11/2026 14.05", at(self.entered)))?;
        let there = entered.to_zoned(now.time_zone().clone())?.timestamp();
        if there.as_millisecond() > now.timestamp().as_millisecond() + clock::SLACK_MS {
            bail!("masuk {:?} belum terjadi", at(self.entered));
        }
        let days = now.timestamp().duration_since(there).as_hours() / 24;
        if days > LONGEST_PLAUSIBLE_DAYS {
            bail!("masuk {:?} {days} hari yang lalu: periksa tahunnya", at(self.entered));
        }
        Ok(Some(json!({
            "transaction_id": ticket, "vehicle_number": at(self.plate), "entry_time": entered.to_string(),
            "vehicle_type": class.id, "source": MANUAL,
        })))
    }
}

/// Day first, as it is written here, or ISO.
fn moment(text: &str) -> Option<DateTime> {
    const FORMATS: [&str; 6] = [
        "%d/%m/%Y %H.%M.%S",
        "%d/%m/%Y %H.%M",
        "%Y-%m-%d %H.%M.%S",
        "%Y-%m-%d %H.%M",
        "%d-%m-%Y %H.%M.%S",
        "%d-%m-%Y %H.%M",
    ];
    let plain = text.trim().replace(['T', 't'], " ").replace(':', ".");
    FORMATS.iter().find_map(|format| DateTime::strptime(format, &plain).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Records, Wrong) {
        let now: Zoned = "2026-11-22T14:05:00+07:00[Asia/Jakarta]".parse().unwrap();
        read(text, &crate::domain::vehicle::built_in(), &now).unwrap()
    }

    #[test]
    fn a_list_as_people_write_it_is_read() {
        let (records, wrong) = of(
            "Plat;Jenis;Masuk;Karcis\nB 1234 XYZ;Mobil;22/11/2026 09.30;K-0012\n;;;\n;motor;2026-11-21 23:00;K-0013\n",
        );
        assert_eq!(wrong, []);
        let record = json!({"transaction_id": "K0012", "vehicle_number": "B 1234 XYZ", "source": "manual",
            "entry_time": "2026-11-22T09:30:00", "vehicle_type": "mobil"});
        assert_eq!(records[0], ("baris 2".to_owned(), record));
        assert_eq!(records.len(), 2);
    }

    #[test]
    fn each_line_that_cannot_be_taken_in_says_why() {
        let gate = crate::domain::ids::GateId::parse("A1").unwrap();
        let (issued, _) = ticket::next(&gate, uuid::Uuid::from_u128(7), 1234);
        let text = format!(
            "plate,class,entered_at,ticket\nB6,mobil,22/11/1999 09.30\nB7,mobil,22/11/2026 09.30,{issued}\nB1,becak,22/11/2026 09.30\nB2,mobil,kemarin\nB3,mobil,23/11/2026 09.30\n,mobil,22/11/2026 09.30\nB4,mobil,22/11/2026 09.30\n"
        );
        let (records, wrong) = of(&text);
        assert_eq!(records.len(), 1);
        for (line, word) in [
            (2, "periksa tahunnya"),
            (3, "tiket mesin"),
            (4, "becak"),
            (5, "kemarin"),
            (6, "belum terjadi"),
            (7, "kosong"),
        ] {
            assert!(wrong.iter().any(|(l, why)| *l == format!("baris {line}") && why.contains(word)), "{wrong:?}");
        }
        assert!(read("a,b\n1,2\n", &[], &jiff::Zoned::now()).is_err(), "columns are named, never guessed");
    }
}
