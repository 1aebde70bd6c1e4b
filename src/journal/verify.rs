//! One set of books: walks the chain and says where an edit, a gap or a foreign signature stands. Reads only, and
//! beside a running terminal.

use super::error::JournalError;
use crate::domain::fact::Sealed;
use crate::domain::seal::{Hash, PublicKey};
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use std::path::Path;
use uuid::Uuid;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub epoch: Uuid,
    pub seq: u64,
    pub what: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub facts: u64,
    pub epochs: u64,
    pub pending: u64,
    pub deferred: u64,
    pub parked: u64,
    pub faults: Vec<Fault>,
}

fn read_only(dir: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(dir.join("journal.db"), flags)?)
}

/// The counts of a journal, without walking it.
pub fn status(dir: &Path) -> Result<Report, JournalError> {
    let conn = read_only(dir)?;
    let count = |sql: &str| conn.query_row(sql, [], |r| r.get::<_, u64>(0));
    Ok(Report {
        facts: count("SELECT count(*) FROM fact")?,
        epochs: count("SELECT count(DISTINCT epoch) FROM fact")?,
        pending: count("SELECT count(*) FROM outbox WHERE state = 0")?,
        deferred: count("SELECT count(*) FROM outbox WHERE state = 1")?,
        parked: count("SELECT count(*) FROM outbox WHERE state = 3")?,
        faults: Vec::new(),
    })
}

/// Checks every fact made here: content hash, commitments, dense seq, chain, and the gate's signature.
pub fn verify(dir: &Path, key: Option<&PublicKey>) -> Result<Report, JournalError> {
    let mut report = status(dir)?;
    let conn = read_only(dir)?;
    let mut statement = conn.prepare("SELECT epoch, seq, link, envelope, own FROM fact ORDER BY epoch, seq")?;
    let mut rows = statement.query([])?;
    let mut last: Option<(Vec<u8>, u64, Hash)> = None;
    while let Some(row) = rows.next()? {
        let (epoch, seq, link): (Vec<u8>, u64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (envelope, own) = (super::outbox::text(row, 3)?, row.get::<_, bool>(4)?);
        let link = Hash::from_bytes(&link).unwrap_or_default();
        let mut fault = |what: String| {
            let epoch = Uuid::from_slice(&epoch).unwrap_or_default();
            report.faults.push(Fault { epoch, seq, what });
        };
        match serde_json::from_str::<Sealed>(&envelope) {
            Err(e) => fault(format!("unreadable: {e}")),
            Ok(sealed) => {
                let checked = match key.filter(|_| own) {
                    Some(key) => sealed.verify(key),
                    None => sealed.check(),
                };
                if let Err(e) = checked {
                    fault(e.to_string());
                }
                if sealed.link() != link || sealed.seq != seq || sealed.epoch.as_bytes()[..] != epoch[..] {
                    fault("columns and envelope disagree".into());
                }
                match &last {
                    Some((e, s, _)) if *e == epoch && s + 1 != seq => fault(format!("seq {} is missing", s + 1)),
                    Some((e, _, prev)) if *e == epoch && *prev != sealed.prev => {
                        fault("does not hang on the fact before it".into());
                    }
                    Some((e, ..)) if *e != epoch && seq != 1 => fault("the epoch does not begin with 1".into()),
                    None if seq != 1 => fault("the epoch does not begin with 1".into()),
                    _ => {}
                }
            }
        }
        last = Some((epoch, seq, link));
    }
    Ok(report)
}
