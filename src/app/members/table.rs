//! Members as a table (CSV): columns by their names in the first line, comma or semicolon, dates as people write them.

use super::{key, plates};
use crate::domain::member::Member;
use anyhow::{Context, Result, bail};
use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// `baris 3` and why it cannot be read.
type Wrong = Vec<(String, String)>;

const HEADER: [&str; 7] = ["kartu", "nama", "golongan", "plat", "dari", "sampai", "aktif"];

/// A day, year first or day first; empty or `-` is none.
pub fn day(text: &str) -> Result<Option<Date>> {
    let text = text.trim();
    if matches!(text, "" | "-") {
        return Ok(None);
    }
    let read = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"].iter().find_map(|f| Date::strptime(f, text).ok());
    read.map(Some).with_context(|| format!("tanggal {text:?} tidak terbaca; tulis 2027-01-31 atau 31/01/2027"))
}

fn active(text: &str) -> Result<bool> {
    match text.to_lowercase().as_str() {
        "" | "ya" | "y" | "1" | "aktif" | "true" => Ok(true),
        "tidak" | "t" | "n" | "0" | "berakhir" | "nonaktif" | "false" => Ok(false),
        _ => bail!("aktif {text:?}: tulis ya atau tidak"),
    }
}

struct Columns([Option<usize>; 7]);

impl Columns {
    fn of(header: &StringRecord) -> Result<Self> {
        let names: [&[&str]; 7] = [
            &["kartu", "card", "nomor", "no"],
            &["nama", "name"],
            &["golongan", "group", "grup"],
            &["plat", "plate", "plates", "nopol"],
            &["dari", "from", "mulai"],
            &["sampai", "until", "berlaku_sampai"],
            &["aktif", "active"],
        ];
        let places = names.map(|known| header.iter().position(|h| known.contains(&h.to_lowercase().as_str())));
        for (place, name) in places.iter().zip(HEADER).take(3) {
            if place.is_none() {
                bail!("kolom {name} tidak ada di baris pertama: {}", header.iter().collect::<Vec<_>>().join(", "));
            }
        }
        Ok(Self(places))
    }

    /// `None` for a line with nothing in it.
    fn member(&self, row: &StringRecord) -> Result<Option<Member>> {
        if row.iter().all(str::is_empty) {
            return Ok(None);
        }
        let at = |n: usize| self.0[n].and_then(|i| row.get(i)).unwrap_or_default();
        let words = |n: usize, what: &str, most: usize| {
            let text = at(n);
            let fits = (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control);
            if fits { Ok(text.to_owned()) } else { Err(anyhow::anyhow!("{what}: 1 sampai {most} huruf")) }
        };
        let typed: Vec<String> = at(3).split(['|', '/', ',', ';', '+']).map(str::to_owned).collect();
        let member = Member {
            card: key(at(0))?,
            name: words(1, "nama", 60)?,
            group: words(2, "golongan", 40)?,
            plates: plates(&typed),
            from: day(at(4))?,
            until: day(at(5))?,
            active: active(at(6))?,
        };
        if let (Some(from), Some(until)) = (member.from, member.until)
            && until < from
        {
            bail!("sampai {until} lebih awal daripada dari {from}");
        }
        Ok(Some(member))
    }
}

/// The members, and the lines that cannot be taken with their reasons.
pub fn read(bytes: &[u8]) -> Result<(Vec<Member>, Wrong)> {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).into_owned();
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') { b';' } else { b',' };
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns = Columns::of(reader.headers()?)?;
    let (mut members, mut wrong) = (Vec::new(), Vec::new());
    let (mut cards, mut drive) = (BTreeMap::new(), BTreeMap::new());
    for row in reader.records() {
        let line = row.as_ref().ok().and_then(|r| r.position()).map_or(0, csv::Position::line);
        let read = row.map_err(anyhow::Error::from).and_then(|row| columns.member(&row));
        let member = match read {
            Ok(None) => continue,
            Ok(Some(member)) => member,
            Err(e) => {
                wrong.push((format!("baris {line}"), e.to_string()));
                continue;
            }
        };
        if let Some(other) = cards.insert(member.card.clone(), line) {
            wrong.push((format!("baris {line}"), format!("kartu {} sudah ada di baris {other}", member.card)));
        }
        for key in member.plates.iter().filter(|_| member.active) {
            if let Some(other) = drive.insert(key.clone(), line).filter(|other| *other != line) {
                wrong.push((format!("baris {line}"), format!("plat {key} sudah ada di baris {other}")));
            }
        }
        members.push(member);
    }
    Ok((members, wrong))
}

/// As `read` reads it.
pub fn write(members: &[Member]) -> Result<String> {
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(HEADER)?;
    let day = |date: Option<Date>| date.map(|d| d.to_string()).unwrap_or_default();
    for m in members {
        let active = if m.active { "ya" } else { "tidak" };
        let (plates, from, until) = (m.plates.join("|"), day(m.from), day(m.until));
        writer.write_record([m.card.as_str(), &m.name, &m.group, &plates, &from, &until, active])?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_list_as_people_write_it_is_read_and_what_is_written_is_read_the_same() {
        let text = "No;Nama;Golongan;Nopol;Sampai\nk-01;Siti Aminah;karyawan;B 1 AA/b2bb;31/12/2026\n;;;;\nK02;\"Budi, S.T.\";VIP;;\n";
        let (members, wrong) = read(text.as_bytes()).unwrap();
        assert_eq!(wrong, []);
        assert_eq!(
            (members[0].card.as_str(), &members[0].plates[..]),
            ("K01", &["B1AA".to_owned(), "B2BB".to_owned()][..])
        );
        assert_eq!((members[0].until, members[1].until), (Some(date(2026, 12, 31)), None));
        let again = read(write(&members).unwrap().as_bytes()).unwrap();
        assert_eq!(again, (members, vec![]));
    }

    #[test]
    fn each_line_that_cannot_be_taken_says_why() {
        let text = "kartu,nama,golongan,plat,dari,sampai,aktif\n--,Siti,a,,,,\nK1,,a,,,,\nK2,Siti,a,,besok,,\nK3,Siti,a,,2027-01-02,2027-01-01,\nK4,Siti,a,,,,mungkin\nK5,Siti,a,B1AA,,,\nK5,Ani,a,B1AA,,,\n";
        let (_, wrong) = read(text.as_bytes()).unwrap();
        for (line, word) in
            [(2, "kartu"), (3, "nama"), (4, "besok"), (5, "lebih awal"), (6, "mungkin"), (8, "K5"), (8, "B1AA")]
        {
            let found = wrong.iter().any(|(l, why)| *l == format!("baris {line}") && why.contains(word));
            assert!(found, "{line} {word}: {wrong:?}");
        }
        assert!(read(b"nama,golongan\nSiti,a\n").is_err(), "columns are named, never guessed");
    }
}
