//! The replica: vehicles inside and settings as last heard. Disposable; a broken one is deleted and filled again.

use super::error::JournalError;
use super::keeper::Keeper;
use super::paper;
use super::place::{move_aside, tailed};
use super::places::COUNTED;
use super::queue::Journal;
use super::store::STATEMENTS;
use crate::domain::search::Query;
use crate::domain::stay::{State, Stay};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use uuid::Uuid;

/// What a search reads of every vehicle inside, without its report; put beside a replica of an earlier program too.
const SEARCHED: &str =
    "CREATE INDEX IF NOT EXISTS stay_searched ON stay (entered_us, ticket, plate) WHERE inside = 1";
const SCHEMA: [&str; 2] =
    [include_str!("../../sql/journal/0001_replica.sql"), include_str!("../../sql/journal/0002_replica.sql")];
/// Of today's entries those that were taken back.
const TAKEN_BACK: &str =
    "CREATE INDEX IF NOT EXISTS stay_taken_back ON stay (entered_us) WHERE inside = 0 AND left_us IS NULL";
/// Stays that left are kept this long, so that a second exit is told when and where the first was.
const KEEP_LEFT_DAYS: i64 = 3;
/// A vehicle known by a hint only is forgotten after this long.
const HINT_DAYS: i64 = 35;
const MOST_FOUND: usize = 50;
/// The `round` of a stay known by a hint only.
const HINTED: i64 = -1;

/// From where a stay was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Made here.
    Own,
    /// What the centre knows, by way of the hub.
    Hub,
    /// What another terminal says: ranks below everything else, and never decides.
    Hint,
    /// The centre, in this round of snapshots.
    Centre { round: i64 },
}

/// What stands inside, and what passed since a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Class and number of vehicles.
    pub inside: Vec<(String, u64)>,
    pub entered: u64,
    pub left: u64,
}

/// How long its WAL grows: it is never synced, so that writing it back costs little.
const WAL_PAGES: i64 = 64;

pub(super) struct Replica {
    pub(super) conn: Connection,
}

impl Replica {
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        match Self::try_open(path) {
            Ok(replica) => Ok(replica),
            Err(e) => {
                tracing::warn!(target: "journal", error = %e, "salinan data situs tidak terbaca: dimulai lagi");
                for tail in ["", "-wal", "-shm", "-journal"] {
                    let path = tailed(path, tail);
                    if std::fs::remove_file(&path).is_err() && path.symlink_metadata().is_ok() {
                        let _ = move_aside(&path, ".bukan-berkas");
                    }
                }
                // Nothing in it is the only one of its kind: with no disk to stand on it stands in memory.
                Self::try_open(path).or_else(|_| Self::prepare(Connection::open_in_memory()?))
            }
        }
    }

    fn try_open(path: &Path) -> Result<Self, JournalError> {
        // It holds the hashes of PINs.
        let private = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        if let Ok(meta) = private.and_then(|file| file.metadata())
            && meta.permissions().mode() & 0o077 != 0
        {
            let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
        }
        let conn = Connection::open(path)?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        // It must not take the room that sales need.
        conn.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
        conn.pragma_update(None, "journal_size_limit", WAL_PAGES * 4096)?;
        conn.pragma_update(None, "synchronous", "OFF")?;
        Self::prepare(conn)
    }

    fn prepare(conn: Connection) -> Result<Self, JournalError> {
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        conn.pragma_update(None, "cache_size", -1024)?;
        let version: i64 = conn.pragma_query_value(None, "user_version", |r| r.get(0))?;
        for (i, sql) in SCHEMA.iter().enumerate().skip(version.clamp(0, 2) as usize) {
            conn.execute_batch(&format!("BEGIN; {sql} PRAGMA user_version = {}; COMMIT;", i + 1))?;
        }
        conn.execute_batch(SEARCHED)?;
        conn.execute_batch(super::members::TABLES)?;
        conn.execute_batch(COUNTED)?;
        conn.execute_batch(TAKEN_BACK)?;
        conn.query_row("SELECT count(*) FROM stay WHERE inside = 1", [], |r| r.get::<_, i64>(0))?;
        conn.prepare("SELECT stay, gate, outcome FROM paper")?;
        Ok(Self { conn })
    }

    /// Takes in what outranks the known; how many stays changed.
    pub fn hear(&mut self, stays: &[Stay], source: Source) -> Result<usize, JournalError> {
        let tx = self.conn.transaction()?;
        let mut changed = 0;
        {
            let mut look = tx.prepare_cached("SELECT report, round FROM stay WHERE stay = ?1")?;
            let mut put = tx.prepare_cached(
                "INSERT INTO stay (stay, ticket, plate, class, entered_us, left_us, inside, round, report)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (stay) DO UPDATE SET ticket = excluded.ticket, plate = excluded.plate,
                   class = excluded.class, entered_us = excluded.entered_us, left_us = excluded.left_us,
                   inside = excluded.inside, round = excluded.round, report = excluded.report",
            )?;
            let mut confirm = tx.prepare_cached("UPDATE stay SET round = ?2 WHERE stay = ?1")?;
            for heard in stays {
                let mut stay = heard.clone();
                let key = stay.stay.as_bytes();
                let known: Option<(String, i64)> =
                    look.query_row([key], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
                let hinted = known.as_ref().is_some_and(|(_, round)| *round == HINTED);
                let report = known.as_ref().and_then(|(report, _)| serde_json::from_str::<Stay>(report).ok());
                if source == Source::Hint {
                    // A hint may be one fact ahead of what is known, however many it claims.
                    stay.version = stay.version.min(report.as_ref().map_or(1, |k| k.version) + 1);
                }
                let round = match source {
                    Source::Centre { round } => round,
                    Source::Hint => HINTED,
                    Source::Own | Source::Hub => known.as_ref().map_or(0, |(_, round)| (*round).max(0)),
                };
                let outranks = match &report {
                    None => true,
                    Some(k) => stay.outranks(k) || hinted && source != Source::Hint && stay.version >= k.version,
                };
                if outranks {
                    let left = match &stay.state {
                        State::Left { left_at, .. } => Some(left_at.as_microsecond()),
                        State::Inside | State::Void => None,
                    };
                    put.execute(params![
                        key,
                        stay.ticket,
                        stay.plate,
                        stay.class,
                        stay.entered_at.as_microsecond(),
                        left,
                        stay.is_inside(),
                        round,
                        serde_json::to_string(&stay)?,
                    ])?;
                    changed += 1;
                } else if !hinted && source != Source::Hint && known.is_some_and(|(_, r)| r != round) {
                    confirm.execute(params![key, round])?;
                }
            }
        }
        tx.commit()?;
        Ok(changed)
    }

    /// The centre's snapshot of `round` is complete: what it had confirmed earlier and not now is no longer inside.
    fn end_round(&mut self, round: i64, now: Timestamp) -> Result<usize, JournalError> {
        let gone = self.conn.execute("DELETE FROM stay WHERE inside = 1 AND round > 0 AND round < ?1", [round])?;
        self.forget(now, HINT_DAYS)?;
        Ok(gone)
    }

    /// What left long ago, and hints nobody ever confirmed: also where the centre is not heard for weeks.
    pub fn forget(&self, now: Timestamp, hint_days: i64) -> Result<(), JournalError> {
        let before = |days: i64| now.as_microsecond() - days * 86_400_000_000;
        let old = before(KEEP_LEFT_DAYS);
        self.conn.execute("DELETE FROM stay WHERE inside = 0 AND coalesce(left_us, entered_us) < ?1", [old])?;
        let sql = "DELETE FROM stay WHERE round = ?1 AND entered_us < ?2";
        self.conn.execute(sql, [HINTED, before(hint_days)])?;
        let oldest = paper::first_id(now - jiff::SignedDuration::from_hours(24 * HINT_DAYS));
        self.conn.execute("DELETE FROM paper WHERE stay < ?1", [oldest])?;
        Ok(())
    }

    fn reports(&self, which: &str, args: &[&dyn rusqlite::ToSql]) -> Result<Vec<Stay>, JournalError> {
        let mut statement = self.conn.prepare_cached(&format!("SELECT report FROM stay WHERE {which}"))?;
        let texts = statement.query_map(args, |r| r.get::<_, String>(0))?;
        texts.map(|text| Ok(serde_json::from_str(&text?)?)).collect()
    }

    pub fn by_stay(&self, stay: Uuid) -> Result<Option<Stay>, JournalError> {
        Ok(self.reports("stay = ?1", &[stay.as_bytes()])?.pop())
    }

    pub fn is_hint(&self, stay: Uuid) -> Result<bool, JournalError> {
        let sql = "SELECT 1 FROM stay WHERE stay = ?1 AND round = ?2";
        Ok(self.conn.prepare_cached(sql)?.exists(params![stay.as_bytes(), HINTED])?)
    }

    /// All stays that carry this number, left ones too, newest first.
    pub fn by_ticket(&self, ticket: &str) -> Result<Vec<Stay>, JournalError> {
        self.reports("ticket = ?1 ORDER BY inside DESC, entered_us DESC", &[&ticket])
    }

    pub fn inside_by_plate(&self, key: &str) -> Result<Vec<Stay>, JournalError> {
        self.reports("plate = ?1 AND inside = 1 ORDER BY entered_us DESC", &[&key])
    }

    /// Inside: every vehicle that fits, best first, then newest first; at most 50.
    pub fn find_inside(&self, typed: &str) -> Result<Vec<Stay>, JournalError> {
        let Some(query) = Query::new(typed) else { return Ok(Vec::new()) };
        let sql = "SELECT stay, ticket, plate, entered_us FROM stay INDEXED BY stay_searched WHERE inside = 1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut hits = Vec::new();
        while let Some(row) = rows.next()? {
            let ticket = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            let plate = row.get_ref(2)?.as_str_or_null().map_err(rusqlite::Error::from)?;
            if let Some(hit) = query.fits(ticket, plate) {
                hits.push((hit, std::cmp::Reverse(row.get::<_, i64>(3)?), row.get::<_, [u8; 16]>(0)?));
            }
        }
        hits.sort_unstable();
        hits.truncate(MOST_FOUND);
        let stays = hits.iter().map(|(_, _, stay)| self.by_stay(Uuid::from_bytes(*stay)));
        stays.filter_map(Result::transpose).collect()
    }

    /// All that are inside, newest first.
    pub fn inside(&self) -> Result<Vec<Stay>, JournalError> {
        self.reports("inside = 1 ORDER BY entered_us DESC", &[])
    }

    /// The newest entries and the newest exits, at most `limit` of each.
    pub fn newest(&self, limit: usize) -> Result<(Vec<Stay>, Vec<Stay>), JournalError> {
        let limit = limit as i64;
        let entered =
            self.reports("(inside = 1 OR left_us IS NOT NULL) ORDER BY entered_us DESC LIMIT ?1", &[&limit])?;
        let left = self.reports("left_us IS NOT NULL ORDER BY left_us DESC LIMIT ?1", &[&limit])?;
        Ok((entered, left))
    }

    /// Inside by class, and what entered and left since `day_start`.
    pub fn tallies(&self, day_start: Timestamp) -> Result<Tallies, JournalError> {
        let mut statement =
            self.conn.prepare_cached("SELECT class, count(*) FROM stay WHERE inside = 1 GROUP BY class")?;
        let inside = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<Result<_, _>>()?;
        let since = day_start.as_microsecond();
        let count = |sql: &str| self.conn.prepare_cached(sql)?.query_row([since], |r| r.get::<_, u64>(0));
        let all = count("SELECT count(*) FROM stay WHERE entered_us >= ?1")?;
        let back = count("SELECT count(*) FROM stay WHERE entered_us >= ?1 AND inside = 0 AND left_us IS NULL")?;
        let entered = all.saturating_sub(back);
        let left = count("SELECT count(*) FROM stay WHERE left_us >= ?1")?;
        Ok(Tallies { inside, entered, left })
    }

    fn kept(&self, key: &str) -> Result<Option<String>, JournalError> {
        let sql = "SELECT v FROM kept WHERE k = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([key], |r| r.get(0)).optional()?)
    }

    fn keep(&self, key: &str, value: &str) -> Result<(), JournalError> {
        self.conn.execute(
            "INSERT INTO kept (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = ?2",
            [key, value],
        )?;
        Ok(())
    }
}

impl Journal {
    /// Takes in what was heard; how many stays changed.
    pub async fn hear(&self, stays: Vec<Stay>, source: Source) -> Result<usize, JournalError> {
        self.call(false, move |k: &mut Keeper| k.hear(&stays, source)).await
    }

    pub async fn end_round(&self, round: i64, now: Timestamp) -> Result<usize, JournalError> {
        self.call(false, move |k| k.replica.end_round(round, now)).await?
    }

    pub async fn by_stay(&self, stay: Uuid) -> Result<Option<Stay>, JournalError> {
        self.call(true, move |k| k.replica.by_stay(stay)).await?
    }

    /// Whether what is known of a stay is only what another terminal said.
    pub async fn is_hint(&self, stay: Uuid) -> Result<bool, JournalError> {
        self.call(true, move |k| k.replica.is_hint(stay)).await?
    }

    pub async fn by_ticket(&self, ticket: String) -> Result<Vec<Stay>, JournalError> {
        self.call(true, move |k| k.replica.by_ticket(&ticket)).await?
    }

    pub async fn inside_by_plate(&self, key: String) -> Result<Vec<Stay>, JournalError> {
        self.call(true, move |k| k.replica.inside_by_plate(&key)).await?
    }

    pub async fn find_inside(&self, query: String) -> Result<Vec<Stay>, JournalError> {
        self.call(true, move |k| k.replica.find_inside(&query)).await?
    }

    /// Inside by class, and what entered and left since `day_start`.
    pub async fn tallies(&self, day_start: Timestamp) -> Result<Tallies, JournalError> {
        self.call(false, move |k| k.replica.tallies(day_start)).await?
    }

    /// A word kept beside the replica (settings, cursor), as last stored.
    pub async fn kept(&self, key: &'static str) -> Result<Option<String>, JournalError> {
        self.call(false, move |k| k.replica.kept(key)).await?
    }

    pub async fn keep(&self, key: &'static str, value: String) -> Result<(), JournalError> {
        self.call(false, move |k| k.replica.keep(key, &value)).await?
    }
}
