//! Each fact's way to the centre, read back from this machine's `sync_YYYYMMDD.log` files.

use super::line;
use crate::domain::view::LogLine;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use uuid::Uuid;

/// The most lines that are given.
const MOST: usize = 50;

/// The lines that name one of these facts, oldest first, from the files of the day before `since` on. None where this
/// machine keeps no such log.
pub fn ways(folder: &Path, zone: &TimeZone, since: Timestamp, facts: &[Uuid]) -> Vec<LogLine> {
    let day = since.to_zoned(zone.clone()).date();
    let first = format!("sync_{}.log", day.checked_sub(1.day()).unwrap_or(day).strftime("%Y%m%d"));
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with("sync_") && name.ends_with(".log") && *name >= first)
        .collect();
    names.sort();
    let wanted: Vec<String> = facts.iter().map(|id| format!(" id={id}")).collect();
    let mut found = Vec::new();
    for name in names {
        let Ok(file) = File::open(folder.join(name)) else { continue };
        for text in BufReader::new(file).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&text);
            if wanted.iter().any(|id| text.contains(id.as_str())) {
                found.extend(line::read(&text, zone));
                if found.len() >= MOST {
                    return found;
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_facts_way_is_found_in_the_days_after_it() {
        let folder = std::env::temp_dir().join(format!("parkir-jalan-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let id = Uuid::from_u128(5);
        let line = |at: &str, id: Uuid| {
            format!("[{at}] [INFO] [sync] peristiwa n=1 id={id} kind=left verdict=inserted\n")
        };
        fs::write(folder.join("sync_20261101.log"), line("2026-11-01 10:00:00.000", id)).unwrap();
        let day = line("2026-11-22 10:00:00.000", Uuid::from_u128(6)) + "\u{fffd}cut\n";
        fs::write(folder.join("sync_20261122.log"), day + &line("2026-11-22 10:00:01.000", id)).unwrap();
        fs::write(folder.join("sync_20261123.log"), line("2026-11-23 09:00:00.000", id)).unwrap();
        fs::write(folder.join("application_20261123.log"), line("2026-11-23 09:00:00.000", id)).unwrap();
        let zone = TimeZone::get("Asia/Jakarta").unwrap();
        let found = ways(&folder, &zone, "2026-11-22T03:00:00Z".parse().unwrap(), &[id]);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found.len(), 2);
        assert!(found[0].text.contains("verdict=inserted") && found[0].component == "sync");
        assert!(ways(&folder, &zone, Timestamp::UNIX_EPOCH, &[id]).is_empty());
    }
}
