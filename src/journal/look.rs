//! Looking into a journal from outside: counts, rows, every envelope. Reads only, takes no lock, and works beside a
//! running terminal.

use super::error::JournalError;
use super::outbox::text;
use super::spool::Spool;
use super::store::known;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use uuid::Uuid;

/// What the last `verify` found, kept beside the journal.
const LAST: &str = "periksa-jurnal.json";

/// What a journal holds, without walking it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub facts: u64,
    pub epochs: u64,
    pub pending: u64,
    pub deferred: u64,
    pub parked: u64,
    pub acked: u64,
    /// The epoch of the last fact made here, and its seq.
    pub epoch: Option<Uuid>,
    pub seq: u64,
    /// Wall time of the oldest fact that waits.
    pub oldest: Option<String>,
    /// Spool files, the old system's too.
    pub spool_files: u64,
    /// Of journal.db and its WAL.
    pub bytes: u64,
    /// Facts up to this row were pruned; 0: none were.
    pub pruned_to: i64,
    pub last_verify: Option<Verified>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    pub at: String,
    pub facts: u64,
    pub faults: u64,
}

/// What was kept beside the stays (the site's settings), as this terminal last heard it.
pub fn kept(dir: &Path, key: &str) -> Option<String> {
    let conn = Connection::open_with_flags(dir.join("replica.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    conn.query_row("SELECT v FROM kept WHERE k = ?1", [key], |row| row.get(0)).optional().ok()?
}

/// Where a fact stands on its way to the centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    Pending,
    Deferred,
    Parked,
    Acked,
}

impl Standing {
    /// Of the outbox's `state`, where there is a row.
    fn of(state: Option<i64>) -> Self {
        match state {
            None => Self::Acked,
            Some(0) => Self::Pending,
            Some(1) => Self::Deferred,
            Some(_) => Self::Parked,
        }
    }

    fn condition(self) -> &'static str {
        match self {
            Self::Pending => "o.state = 0",
            Self::Deferred => "o.state = 1",
            Self::Parked => "o.state = 3",
            Self::Acked => "o.state IS NULL",
        }
    }
}

/// One fact, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub n: i64,
    pub id: Uuid,
    pub epoch: Uuid,
    pub seq: u64,
    pub kind: String,
    pub at: String,
    pub gate: String,
    pub ticket: Option<String>,
    pub state: Standing,
    /// Why it was set aside: the code, and the code with the raw reason.
    pub code: Option<String>,
    pub reason: Option<String>,
}

pub(super) fn read_only(dir: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(dir.join("journal.db"), flags)?;
    conn.busy_timeout(std::time::Duration::from_secs(2))?;
    known(conn.pragma_query_value(None, "user_version", |r| r.get(0))?)?;
    Ok(conn)
}

fn uuid(bytes: &[u8]) -> Uuid {
    Uuid::from_slice(bytes).unwrap_or_default()
}

/// The counts of a journal.
pub fn status(dir: &Path) -> Result<Report, JournalError> {
    let conn = read_only(dir)?;
    let count = |sql: &str| conn.query_row(sql, [], |r| r.get::<_, u64>(0));
    let facts = count("SELECT count(*) FROM fact")?;
    let sql = "SELECT epoch, seq FROM fact WHERE own = 1 ORDER BY n DESC LIMIT 1";
    let tip = conn.query_row(sql, [], |r| Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, u64>(1)?))).optional()?;
    let sql = "SELECT f.envelope FROM outbox o JOIN fact f USING (n) ORDER BY o.n LIMIT 1";
    let oldest = conn.query_row(sql, [], |r| text(r, 0)).optional()?;
    let size = |tail: &str| std::fs::metadata(dir.join(format!("journal.db{tail}"))).map_or(0, |m| m.len());
    let last = std::fs::read(dir.join(LAST)).ok().and_then(|text| serde_json::from_slice(&text).ok());
    Ok(Report {
        facts,
        epochs: count("SELECT count(DISTINCT epoch) FROM fact")?,
        pending: count("SELECT count(*) FROM outbox WHERE state = 0")?,
        deferred: count("SELECT count(*) FROM outbox WHERE state = 1")?,
        parked: count("SELECT count(*) FROM outbox WHERE state = 3")?,
        acked: facts - count("SELECT count(*) FROM outbox")?.min(facts),
        epoch: tip.as_ref().map(|(epoch, _)| uuid(epoch)),
        seq: tip.map_or(0, |(_, seq)| seq),
        oldest: oldest.as_deref().and_then(|text| word(text, "at")),
        spool_files: Spool::new(dir).names().map_or(0, |names| names.len() as u64),
        bytes: size("") + size("-wal"),
        pruned_to: pruned_to(&conn)?,
        last_verify: last,
    })
}

pub(super) fn pruned_to(conn: &Connection) -> Result<i64, rusqlite::Error> {
    let sql = "SELECT CAST(v AS INTEGER) FROM meta WHERE k = 'pruned_to'";
    Ok(conn.query_row(sql, [], |r| r.get(0)).optional()?.unwrap_or(0))
}

fn word(envelope: &str, name: &str) -> Option<String> {
    let value: Value = serde_json::from_str(envelope).ok()?;
    value.get(name)?.as_str().map(str::to_owned)
}

/// Notes what a verification found. Nobody has to be able to write here.
pub fn note_verified(dir: &Path, verified: &Verified) {
    let written = serde_json::to_string(verified).map(|text| std::fs::write(dir.join(LAST), text));
    if let Ok(Err(e)) = written {
        tracing::debug!(target: "journal", error = %e, "result of the verification not kept");
    }
}

/// At most `limit` facts, newest first; all states, or one.
pub fn list(dir: &Path, state: Option<Standing>, limit: usize) -> Result<Vec<Row>, JournalError> {
    let conn = read_only(dir)?;
    let which = state.map_or("1", Standing::condition);
    let sql = format!(
        "SELECT f.n, f.id, f.epoch, f.seq, f.kind, f.envelope, o.state, o.code, o.reason
         FROM fact f LEFT JOIN outbox o USING (n) WHERE {which} ORDER BY f.n DESC LIMIT ?1"
    );
    let mut statement = conn.prepare(&sql)?;
    let rows = statement.query_map([limit as i64], |r| {
        let envelope: Value = serde_json::from_str(&text(r, 5)?).unwrap_or_default();
        let word = |path: &str| envelope.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let (code, reason): (Option<String>, Option<String>) = (r.get(7)?, r.get(8)?);
        Ok(Row {
            n: r.get(0)?,
            id: uuid(&r.get::<_, Vec<u8>>(1)?),
            epoch: uuid(&r.get::<_, Vec<u8>>(2)?),
            seq: r.get(3)?,
            kind: text(r, 4)?,
            at: word("/at").unwrap_or_default(),
            gate: word("/gate").unwrap_or_default(),
            ticket: word("/body/ticket"),
            state: Standing::of(r.get(6)?),
            reason: code.as_ref().map(|code| format!("{code}: {}", reason.unwrap_or_default())),
            code,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Writes every fact's envelope, one JSON a line, in the order of recording; how many.
pub fn export(dir: &Path, out: &mut dyn Write) -> Result<u64, JournalError> {
    let conn = read_only(dir)?;
    let io = |e| JournalError::Io(dir.to_owned(), e);
    let mut statement = conn.prepare("SELECT envelope FROM fact ORDER BY n")?;
    let mut rows = statement.query([])?;
    let mut written = 0;
    while let Some(row) = rows.next()? {
        // As it stands, also where the disk damaged it.
        let envelope = row.get_ref(0)?.as_bytes().unwrap_or_default();
        out.write_all(envelope).and_then(|()| out.write_all(b"\n")).map_err(io)?;
        written += 1;
    }
    out.flush().map_err(io)?;
    Ok(written)
}
