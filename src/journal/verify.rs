//! One set of books: walks the chain and says where an edit, a gap or a foreign signature stands, and where the spool
//! says otherwise. Reads only, and beside a running terminal.
//!
//! An epoch made here is dense from 1, or from its anchor where its beginning was pruned, and hangs on the epoch its
//! `started` names. Adopted facts stand alone: of a dead PC only those come that were not acked.

use super::error::JournalError;
use super::look::{pruned_to, read_only};
use super::sound;
use super::spool::{Spool, is_old_system};
use crate::domain::fact::Sealed;
use crate::domain::kinds::Event;
use crate::domain::seal::{Hash, PublicKey};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;
use uuid::Uuid;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub epoch: Uuid,
    pub seq: u64,
    /// The spool file it stands in; `None`: in the journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// In the operator's language.
    pub what: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    pub facts: u64,
    pub epochs: u64,
    pub files: u64,
    pub faults: Vec<Fault>,
}

/// The chain of one epoch as far as it was walked.
struct Walk {
    seq: u64,
    link: Hash,
}

struct Line {
    n: i64,
    epoch: Uuid,
    seq: u64,
    link: Hash,
    envelope: String,
    own: bool,
}

/// Checks every fact: content hash, commitments, dense seq, chain, and the signature where the fact was made here.
/// Then the spool against the journal.
pub fn verify(dir: &Path, key: Option<&PublicKey>) -> Result<Audit, JournalError> {
    verify_with(dir, key.map(std::slice::from_ref).unwrap_or_default())
}

/// The same by all keys the gate ever had; by none, signatures are not looked at.
pub fn verify_with(dir: &Path, keys: &[PublicKey]) -> Result<Audit, JournalError> {
    // The spool first: whatever it holds by now, the journal holds too.
    let spool = Spool::new(dir);
    let names = spool.names()?;
    let conn = read_only(dir)?;
    // One moment for all of it, however much is recorded meanwhile.
    conn.execute_batch("BEGIN")?;
    let damage = match sound::damage(&conn) {
        Err(e) if sound::is_unreadable(&e, &dir.join("journal.db")) => Some(e.to_string()),
        other => other?,
    };
    // A file whose indices say other than its rows cannot be walked.
    if let Some(found) = damage {
        let what = format!("berkas jurnal rusak ({found}); jalankan parkir journal repair");
        let fault = Fault { epoch: Uuid::nil(), seq: 0, file: Some("journal.db".into()), what };
        return Ok(Audit { faults: vec![fault], ..Audit::default() });
    }
    let mut audit = chain(&conn, keys)?;
    for name in names {
        if let Some(what) = beside(&conn, &spool, &name, &mut audit.files)? {
            audit.faults.push(Fault { epoch: Uuid::nil(), seq: 0, file: Some(name), what });
        }
    }
    Ok(audit)
}

fn anchors(conn: &Connection) -> Result<HashMap<Uuid, Walk>, JournalError> {
    let mut statement = conn.prepare("SELECT epoch, seq, link FROM anchor")?;
    let rows = statement.query_map([], |r| Ok((r.get::<_, Vec<u8>>(0)?, r.get(1)?, r.get::<_, Vec<u8>>(2)?)))?;
    let mut found = HashMap::new();
    for row in rows {
        let (epoch, seq, link) = row?;
        let link = Hash::from_bytes(&link).unwrap_or_default();
        found.insert(Uuid::from_slice(&epoch).unwrap_or_default(), Walk { seq, link });
    }
    Ok(found)
}

fn chain(conn: &Connection, keys: &[PublicKey]) -> Result<Audit, JournalError> {
    let mut audit = Audit::default();
    let mut ends = anchors(conn)?;
    let pruned = pruned_to(conn)?;
    let mut parents = Vec::new();
    let mut statement = conn.prepare(
        "SELECT n, epoch, seq, link, envelope, own,
                EXISTS (SELECT 1 FROM fact o WHERE o.epoch = f.epoch AND o.own = 1)
         FROM fact f ORDER BY epoch, seq",
    )?;
    let mut rows = statement.query([])?;
    let mut before: Option<Uuid> = None;
    while let Some(row) = rows.next()? {
        let epoch = Uuid::from_slice(&row.get::<_, Vec<u8>>(1)?).unwrap_or_default();
        let link = Hash::from_bytes(&row.get::<_, Vec<u8>>(3)?).unwrap_or_default();
        let line = Line {
            n: row.get(0)?,
            epoch,
            seq: row.get(2)?,
            link,
            envelope: super::outbox::text(row, 4)?,
            own: row.get(5)?,
        };
        let dense: bool = row.get(6)?;
        let mut say = |what: String| audit.faults.push(Fault { epoch, seq: line.seq, file: None, what });
        audit.facts += 1;
        audit.epochs += u64::from(before != Some(epoch));
        before = Some(epoch);
        if let Some(sealed) = alone(&line, keys, &mut say)
            // What still waits from before the cut has no chain any more.
            && line.n > pruned
        {
            if line.own
                && let Ok(Event::Started(started)) = sealed.fact.event()
                && let Some(parent) = started.parent
            {
                parents.push((epoch, parent));
            }
            match ends.get(&epoch) {
                Some(end) if end.seq + 1 == line.seq && end.link != sealed.prev => {
                    say("tidak bersambung dengan peristiwa sebelumnya".into());
                }
                Some(end) if dense && end.seq + 1 != line.seq => say(format!("nomor {} hilang", end.seq + 1)),
                None if dense && line.seq != 1 => say("awal epoch ini hilang".into()),
                _ => {}
            }
        }
        if line.n > pruned {
            ends.insert(epoch, Walk { seq: line.seq, link });
        }
    }
    for (epoch, parent) in parents {
        let mut say = |what: String| audit.faults.push(Fault { epoch, seq: 1, file: None, what });
        match ends.get(&parent.epoch) {
            None => say(format!("epoch sebelumnya, {}, hilang", parent.epoch)),
            Some(end) if end.seq > parent.seq => {}
            Some(end) if end.seq < parent.seq => {
                say(format!("nomor {} sampai {} dari epoch {} hilang", end.seq + 1, parent.seq, parent.epoch));
            }
            Some(end) if end.link.hex() != parent.hash => say("tidak bersambung dengan epoch sebelumnya".into()),
            Some(_) => {}
        }
    }
    Ok(audit)
}

/// One fact by itself.
fn alone(line: &Line, keys: &[PublicKey], say: &mut impl FnMut(String)) -> Option<Sealed> {
    let sealed: Sealed = match serde_json::from_str(&line.envelope) {
        Ok(sealed) => sealed,
        Err(e) => {
            say(format!("tidak terbaca: {e}"));
            return None;
        }
    };
    let checked = match keys.split_first().filter(|_| line.own) {
        // A gate whose key was rotated signed its older facts with another.
        Some((first, others)) => match sealed.verify(first) {
            Err(_) if others.iter().any(|key| sealed.verify(key).is_ok()) => Ok(()),
            checked => checked,
        },
        None => sealed.check(),
    };
    if let Err(e) = checked {
        say(e.to_string());
    }
    if sealed.link() != line.link || sealed.seq != line.seq || sealed.epoch != line.epoch {
        say("kolom dan amplop tidak cocok".into());
    }
    Some(sealed)
}

/// What is wrong with a spool file, seen from the journal.
fn beside(conn: &Connection, spool: &Spool, name: &str, files: &mut u64) -> Result<Option<String>, JournalError> {
    let found = match spool.read(name) {
        // Acked and removed meanwhile.
        Err(JournalError::Io(_, e)) if e.kind() == ErrorKind::NotFound => return Ok(None),
        // One that cannot be read hides no other.
        Err(e) => return Ok(Some(format!("tidak terbaca: {e}"))),
        Ok(found) => found,
    };
    *files += 1;
    let sealed = match found.read {
        Ok(sealed) => sealed,
        Err(_) if is_old_system(&found.path) => return Ok(None),
        Err(reason) => return Ok(Some(format!("berkas rusak: {reason}"))),
    };
    let sql = "SELECT link FROM fact WHERE id = ?1";
    let link: Option<Vec<u8>> = conn.query_row(sql, [sealed.fact.id().as_bytes()], |r| r.get(0)).optional()?;
    Ok(match link {
        None => Some("peristiwa ini tidak ada di jurnal; mulai ulang terminal, atau parkir journal repair".into()),
        Some(link) if link[..] != sealed.link().0 => Some("isinya lain dari yang di jurnal".into()),
        Some(_) => None,
    })
}
