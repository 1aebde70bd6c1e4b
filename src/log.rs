//! Log files: `logs/application_YYYYMMDD.log`, and `logs/sync_YYYYMMDD.log` for each fact's way to the centre.
//!
//! Events come through `tracing`; target "sync" has a file of its own, and its warnings stand in both. Lines go out
//! at once and whole, several processes may share a file, and nothing here ever fails a caller: a full disk or a
//! folder that cannot be written costs lines, which are counted and told by the next line that gets through.
//! stdout belongs to screens and to the headless face, stderr only to a service; log lines never stray there.

mod day_file;
mod line;
mod way;

pub use way::ways;

use crate::domain::view::LogLine;
use day_file::DayFile;
use jiff::Zoned;
use jiff::tz::TimeZone;
use line::Words;
use std::collections::VecDeque;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Lines kept for the log page.
pub const KEPT: usize = 500;

pub struct LogOptions {
    /// Made (0700) when the first line is written.
    pub folder: PathBuf,
    /// The site's zone: it decides the day a line belongs to.
    pub zone: TimeZone,
    /// Write to stderr too: for a service.
    pub stderr: bool,
}

/// The running log; clones share it.
#[derive(Clone)]
pub struct Log(Arc<Shared>);

struct Shared {
    zone: TimeZone,
    stderr: bool,
    state: Mutex<State>,
}

struct State {
    application: DayFile,
    sync: DayFile,
    ring: VecDeque<LogLine>,
}

impl Log {
    /// Begins logging for this process; a second call gives a log of its own that hears nothing. The page starts
    /// with what today's file already holds.
    pub fn start(options: LogOptions) -> Self {
        let log = Self::quiet(options);
        // Only a second start in one process fails, and that one has a hearer already.
        let _ = tracing_subscriber::registry().with(Hearer(log.clone())).try_init();
        log
    }

    fn quiet(options: LogOptions) -> Self {
        let LogOptions { folder, zone, stderr } = options;
        let application = DayFile::new(folder.clone(), "application");
        let today = Zoned::new(jiff::Timestamp::now(), zone.clone()).date();
        let ring = application.tail(today, KEPT).iter().filter_map(|text| line::read(text, &zone)).collect();
        let state = State { application, sync: DayFile::new(folder, "sync"), ring };
        Self(Arc::new(Shared { zone, stderr, state: Mutex::new(state) }))
    }

    /// The last lines, oldest first, at most `KEPT`.
    pub fn lines(&self) -> Vec<LogLine> {
        self.state().ring.iter().cloned().collect()
    }

    /// Lines that could not be written to their file.
    pub fn dropped(&self) -> u64 {
        let state = self.state();
        state.application.dropped() + state.sync.dropped()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, at: &Zoned, level: Level, component: &str, text: &str) {
        let whole = line::write(at, level, component, text);
        let own = component == "sync" || component.starts_with("sync::");
        let mut state = self.state();
        if own {
            state.sync.append(at.date(), &whole);
        }
        if !own || level <= Level::WARN {
            state.application.append(at.date(), &whole);
        }
        if state.ring.len() == KEPT {
            state.ring.pop_front();
        }
        state.ring.push_back(LogLine {
            at: at.timestamp(),
            level: level.to_string(),
            component: component.to_owned(),
            text: text.to_owned(),
        });
        drop(state);
        if self.0.stderr {
            // A closed stderr is no reason to stop serving.
            let _ = std::io::stderr().write_all(whole.as_bytes());
        }
    }
}

/// The `tracing` side of the log.
struct Hearer(Log);

impl<S: Subscriber> Layer<S> for Hearer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut words = Words::default();
        event.record(&mut words);
        let level = *event.metadata().level();
        let from_log = words.target.take();
        let target = from_log.as_deref().unwrap_or(event.metadata().target());
        let component = target.strip_prefix("parkir::").unwrap_or(target);
        // Libraries speak up only when something is wrong; their informative lines may quote what they carry.
        let ours = target.starts_with("parkir") || !target.contains("::") && from_log.is_none();
        if !ours && level > Level::WARN {
            return;
        }
        let now = Zoned::new(jiff::Timestamp::now(), self.0.0.zone.clone());
        self.0.write(&now, level, component, &words.text());
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use std::os::unix::fs::PermissionsExt;

    fn log(folder: &std::path::Path) -> Log {
        Log::quiet(LogOptions {
            folder: folder.join("logs"),
            zone: TimeZone::get("Asia/Jakarta").unwrap(),
            stderr: false,
        })
    }

    fn jakarta(hour: i8) -> Zoned {
        date(2026, 11, 22).at(hour, 4, 5, 123_000_000).in_tz("Asia/Jakarta").unwrap()
    }

    fn hear(log: &Log, speak: impl FnOnce()) {
        tracing::subscriber::with_default(tracing_subscriber::registry().with(Hearer(log.clone())), speak);
    }

    #[test]
    fn a_day_has_a_file_and_sync_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        log.write(&jakarta(14), Level::INFO, "journal", "dibuka");
        log.write(&jakarta(14), Level::INFO, "sync", "A17K0042XR terkirim");
        log.write(&jakarta(14), Level::WARN, "sync", "terputus");
        log.write(&jakarta(14).tomorrow().unwrap(), Level::ERROR, "gate", "besok");
        let read = |name: &str| std::fs::read_to_string(folder.path().join("logs").join(name)).unwrap();
        assert_eq!(
            read("application_20261122.log"),
            "[2026-11-22 14:04:05.123] [INFO] [journal] dibuka\n[2026-11-22 14:04:05.123] [WARN] [sync] terputus\n"
        );
        assert_eq!(read("sync_20261122.log").lines().count(), 2);
        assert_eq!(read("application_20261123.log").lines().count(), 1);
        let mode = |name: &str| folder.path().join(name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("logs"), mode("logs/sync_20261122.log")), (0o700, 0o640));
        assert_eq!(log.lines().len(), 4);
    }

    #[test]
    fn what_cannot_be_written_is_counted_told_later_and_still_shown() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("logs"), "a file where the folder should be").unwrap();
        let log = log(folder.path());
        for _ in 0..3 {
            log.write(&jakarta(14), Level::INFO, "gate", "hilang");
        }
        assert_eq!((log.dropped(), log.lines().len()), (3, 3));
        std::fs::remove_file(folder.path().join("logs")).unwrap();
        log.write(&jakarta(14), Level::INFO, "gate", "kembali");
        let text = std::fs::read_to_string(folder.path().join("logs/application_20261122.log")).unwrap();
        assert!(text.contains("kembali") && text.contains("3 baris") && !text.contains("hilang\n"), "{text}");
    }

    #[test]
    fn a_value_cannot_forge_a_line_or_drive_a_terminal() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        hear(&log, || {
            let plate = "B 1\n[2026-11-22 00:00:00.000] [INFO] [x] palsu\u{1b}[2J\u{202e}";
            tracing::info!(target: "gate", plate, count = 3, "masuk");
        });
        let lines = log.lines();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].text.starts_with("masuk plate=\"B 1\\n["), "{}", lines[0].text);
        assert!(lines[0].text.ends_with("count=3") && !lines[0].text.contains(['\n', '\u{1b}', '\u{202e}']));
    }

    #[test]
    fn libraries_are_heard_only_when_something_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        hear(&log, || {
            tracing::info!(target: "tokio_postgres::connect", "chatter");
            tracing::warn!(target: "tokio_postgres::connect", "trouble");
            tracing::debug!(target: "gate", "detail");
            tracing::info!(target: "parkir::hub::server", "mulai");
        });
        let told: Vec<String> = log.lines().into_iter().map(|l| format!("{} {}", l.component, l.text)).collect();
        assert_eq!(told, ["tokio_postgres::connect trouble", "hub::server mulai"]);
    }

    #[test]
    fn the_page_begins_with_what_todays_file_holds() {
        let folder = tempfile::tempdir().unwrap();
        let now = Zoned::now().with_time_zone(TimeZone::get("Asia/Jakarta").unwrap());
        let before = log(folder.path());
        for n in 0..KEPT + 20 {
            before.write(&now, Level::INFO, "gate", &format!("baris {n}"));
        }
        let after = log(folder.path());
        assert_eq!((after.lines().len(), before.lines().len()), (KEPT, KEPT));
        let (last, first) = (after.lines()[KEPT - 1].clone(), after.lines()[0].clone());
        assert_eq!(
            (last.text.as_str(), last.component.as_str(), last.level.as_str()),
            ("baris 519", "gate", "INFO")
        );
        assert_eq!(first.text, "baris 20");
        assert_eq!(last.at.as_millisecond(), now.timestamp().as_millisecond());
    }
}
