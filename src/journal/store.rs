//! journal.db: opened so that a commit that returned is on the platter, and one fact at a time.

use super::error::JournalError;
use super::outbox::text;
use super::place::Files;
use super::sound::ALL_TABLES;
use crate::domain::fact::Sealed;
use crate::domain::kinds::kind;
use crate::domain::seal::Hash;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use uuid::Uuid;

const MIGRATIONS: &[&str] = &[
    include_str!("../../sql/journal/0001_journal.sql"),
    include_str!("../../sql/journal/0002_printed.sql"),
    include_str!("../../sql/journal/0003_anchor.sql"),
    include_str!("../../sql/journal/0004_digest.sql"),
    include_str!("../../sql/journal/0005_shift.sql"),
    include_str!("../../sql/journal/0006_shift_range.sql"),
    include_str!("../../sql/journal/0007_claim.sql"),
    include_str!("../../sql/journal/0008_voucher.sql"),
    include_str!("../../sql/journal/0009_karcis.sql"),
];
const APPLICATION_ID: i64 = 0x7061_726b;
/// How long the WAL's file is made, and in which steps, when nobody waits: room for some hundred facts.
const WAL_ROOM: u64 = 4 * 1024 * 1024;
/// How long another's lock is waited for.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(300);
/// More than there are: none is compiled anew while a vehicle waits.
pub(super) const STATEMENTS: usize = 64;
const WAL_STEP: usize = 1024 * 1024;
/// With less free than this the WAL gets no room in advance.
const SMALL_DISK: u64 = 8 * WAL_ROOM;

pub(super) struct Store {
    pub conn: Connection,
    pub files: Files,
    path: PathBuf,
    /// An I/O error at the next commit.
    #[cfg(test)]
    pub plant: Plant,
}

#[cfg(test)]
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Plant {
    #[default]
    Nothing,
    /// Nothing was written.
    Before,
    /// It was, and nobody was told.
    After,
}

/// Where the chain stands at start.
#[derive(Debug, Clone)]
pub(super) struct Tip {
    pub epoch: Uuid,
    pub seq: u64,
    pub link: Hash,
}

/// Ours is 3.54; Debian's 3.40 has the WAL-reset bug (research/sync.md 0.4).
pub(super) fn assert_version() -> Result<(), JournalError> {
    if rusqlite::version_number() >= 3_051_003 {
        Ok(())
    } else {
        Err(JournalError::OldSqlite(rusqlite::version().into()))
    }
}

/// Of an envelope's text, as the column holds it.
pub(super) fn digest(envelope: &str) -> Hash {
    Hash::of("parkir.text.v1", &[envelope.as_bytes()])
}

/// Whether this program knows a journal of that version.
pub(super) fn known(version: i64) -> Result<(), JournalError> {
    if version > MIGRATIONS.len() as i64 { Err(JournalError::Newer(version)) } else { Ok(()) }
}

impl Store {
    /// Opens it for the first time in this process: the whole file is looked through.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let store = Self::reopen(path)?;
        store.conn.prepare(ALL_TABLES)?;
        let sound: String = store.conn.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
        if sound != "ok" {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(code, Some(sound)).into());
        }
        Ok(store)
    }

    /// Opens it anew after an I/O error: a vehicle waits, and the file was sound when this process began.
    pub fn reopen(path: &Path) -> Result<Self, JournalError> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)?;
        // EXTRA before WAL, so that the file's creation is synced too.
        conn.pragma_update(None, "synchronous", "EXTRA")?;
        #[cfg(feature = "planted")]
        if planted!("sync-normal") {
            conn.pragma_update(None, "synchronous", "NORMAL")?;
        }
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        // Nobody else writes here; whoever does all the same (a shell left open) must not hold up a ticket.
        conn.busy_timeout(PATIENCE)?;
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "trusted_schema", false)?;
        conn.pragma_update(None, "cell_size_check", true)?;
        conn.pragma_update(None, "mmap_size", 0)?;
        // Checkpoints are the keeper's, when nobody waits: never inside a recording.
        conn.pragma_update(None, "wal_autocheckpoint", 0)?;
        conn.pragma_update(None, "journal_size_limit", 8 * 1024 * 1024)?;
        conn.pragma_update(None, "cache_size", -1024)?;
        let mut store = Self {
            conn,
            files: Files::default(),
            path: path.to_owned(),
            #[cfg(test)]
            plant: Plant::Nothing,
        };
        store.migrate()?;
        Ok(store)
    }

    /// Whether its files are still under their names.
    pub fn stands(&mut self) -> bool {
        self.files.stand(&self.path)
    }

    fn migrate(&mut self) -> Result<(), JournalError> {
        let version: i64 = self.conn.pragma_query_value(None, "user_version", |r| r.get(0))?;
        known(version)?;
        for (i, sql) in MIGRATIONS.iter().enumerate().skip(version as usize) {
            let tx = self.conn.transaction()?;
            tx.execute_batch(sql)?;
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
            tx.pragma_update(None, "user_version", i as i64 + 1)?;
            tx.commit()?;
        }
        Ok(())
    }

    /// The last fact made here, and the ticket counter to go on with.
    pub fn tip(&self) -> Result<(Option<Tip>, u32), JournalError> {
        let row = |r: &rusqlite::Row<'_>| {
            let (epoch, link): (Vec<u8>, Vec<u8>) = (r.get(0)?, r.get(2)?);
            Ok((epoch, r.get::<_, u64>(1)?, link))
        };
        let sql = "SELECT epoch, seq, link FROM fact WHERE own = 1 ORDER BY n DESC LIMIT 1";
        let last = self.conn.query_row(sql, [], row).optional()?;
        let tip = last.map(|(epoch, seq, link)| Tip {
            epoch: Uuid::from_slice(&epoch).unwrap_or_default(),
            seq,
            link: Hash::from_bytes(&link).unwrap_or_default(),
        });
        let sql = "SELECT counter FROM fact WHERE counter IS NOT NULL AND own = 1 ORDER BY n DESC LIMIT 1";
        let counter: Option<u32> = self.conn.query_row(sql, [], |r| r.get(0)).optional()?;
        Ok((tip, counter.map_or(0, |c| c + 1)))
    }

    pub fn knows_epoch(&self, epoch: Uuid) -> bool {
        let sql = "SELECT EXISTS (SELECT 1 FROM fact WHERE epoch = ?1)";
        self.conn.query_row(sql, [epoch.as_bytes()], |r| r.get(0)).unwrap_or(true)
    }

    /// Fact and outbox row in one fsynced transaction. The row's number.
    pub fn append(&mut self, new: &NewRow<'_>) -> Result<i64, JournalError> {
        let fact = &new.sealed.fact;
        let tx = self.conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        tx.prepare_cached(
            "INSERT INTO fact (epoch, seq, id, kind, stay, counter, own, link, envelope, digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            new.sealed.epoch.as_bytes(),
            new.sealed.seq as i64,
            fact.id().as_bytes(),
            fact.kind(),
            fact.stay().map(|s| *s.as_bytes()),
            new.counter,
            new.own,
            new.sealed.link().0,
            new.envelope,
            digest(new.envelope).0,
        ])?;
        let n = tx.last_insert_rowid();
        let money = match fact.kind() {
            kind::ENTERED => 1,
            kind::LEFT => 2,
            _ => 0,
        };
        tx.prepare_cached("INSERT INTO outbox (n, outage, money) VALUES (?1, ?2, ?3)")?
            .execute(params![n, new.outage, money])?;
        #[cfg(test)]
        match std::mem::take(&mut self.plant) {
            Plant::Nothing => {}
            Plant::Before => return Err(planted()),
            Plant::After => {
                tx.commit()?;
                return Err(planted());
            }
        }
        tx.commit()?;
        Ok(n)
    }

    /// Whether a fact stands here, and whether it still waits.
    pub fn look(&self, id: Uuid) -> Result<Option<(i64, bool)>, JournalError> {
        let sql = "SELECT f.n, o.n IS NOT NULL FROM fact f LEFT JOIN outbox o USING (n) WHERE f.id = ?1";
        let row = self.conn.prepare_cached(sql)?.query_row([id.as_bytes()], |r| Ok((r.get(0)?, r.get(1)?)));
        Ok(row.optional()?)
    }

    /// How the last printing of a stay's ticket ended, in the fact's own word.
    pub fn printed(&self, stay: Uuid) -> Result<Option<String>, JournalError> {
        let sql = "SELECT coalesce(envelope ->> '$.body.outcome', '') FROM fact
                   WHERE kind = 'printed' AND stay = ?1 AND envelope ->> '$.body.what' = 'ticket'
                   ORDER BY n DESC LIMIT 1";
        Ok(self.conn.prepare_cached(sql)?.query_row([stay.as_bytes()], |r| r.get(0)).optional()?)
    }

    /// The text of a fact.
    pub fn envelope(&self, id: Uuid) -> Result<Option<String>, JournalError> {
        let sql = "SELECT envelope FROM fact WHERE id = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([id.as_bytes()], |r| text(r, 0)).optional()?)
    }

    /// Whether a fact is this gate's, and not one of the old system's.
    pub fn is_of(&self, id: Uuid, gate: &str) -> bool {
        let fact = self.envelope(id).ok().flatten().and_then(|text| serde_json::from_str::<Sealed>(&text).ok());
        fact.is_some_and(|f| f.fact.content.gate.as_str() == gate && f.epoch != id)
    }

    /// Puts a row's text back as it was written. Only the very fact that stands in the chain there is taken.
    pub fn heal(&mut self, n: i64, sealed: &Sealed, envelope: &str) -> Result<bool, JournalError> {
        let tx = self.conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let sql = "SELECT sql FROM sqlite_schema WHERE name = 'fact_is_immutable'";
        let trigger: String = tx.query_row(sql, [], |r| r.get(0))?;
        tx.execute_batch("DROP TRIGGER fact_is_immutable")?;
        let sql = "UPDATE fact SET envelope = ?2, digest = ?5 WHERE n = ?1 AND link = ?3 AND id = ?4";
        let id = sealed.fact.id();
        let healed =
            tx.execute(sql, params![n, envelope, sealed.link().0, id.as_bytes(), digest(envelope).0])? == 1;
        tx.execute_batch(&trigger)?;
        tx.commit()?;
        Ok(healed)
    }

    pub fn park(&self, n: i64, code: &str, reason: &str) -> Result<(), JournalError> {
        let sql = "UPDATE outbox SET state = 3, code = ?2, reason = ?3 WHERE n = ?1";
        self.conn.execute(sql, params![n, code, reason])?;
        Ok(())
    }

    /// The text of a fact that still waits.
    pub fn waiting_envelope(&self, id: Uuid) -> Result<Option<String>, JournalError> {
        let sql = "SELECT f.envelope FROM fact f JOIN outbox o USING (n) WHERE f.id = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([id.as_bytes()], |r| text(r, 0)).optional()?)
    }

    /// Whether a commit gets through.
    pub fn try_writing(&self) -> Result<(), JournalError> {
        let sql = "INSERT INTO meta (k, v) VALUES ('tried', 1) ON CONFLICT (k) DO UPDATE SET v = v + 1";
        self.conn.execute(sql, [])?;
        Ok(())
    }

    /// Writes the WAL back when more than `pages` of it wait; only called when nobody waits.
    pub fn checkpoint(&self, pages: i64) -> Result<(), JournalError> {
        let asked = self.conn.query_row("PRAGMA wal_checkpoint(NOOP)", [], |r| Ok((r.get(1)?, r.get(2)?)));
        let (written, back): (i64, i64) = asked?;
        if written - back > pages {
            self.write_wal_back("RESTART")?;
        }
        Ok(())
    }

    /// As far as it goes at once: somebody who reads beside us (`parkir journal verify`) is not waited for. Whether all
    /// of it went.
    fn write_wal_back(&self, manner: &str) -> Result<bool, JournalError> {
        self.conn.busy_timeout(std::time::Duration::ZERO)?;
        let busy = self.conn.query_row(&format!("PRAGMA wal_checkpoint({manner})"), [], |r| r.get::<_, i64>(0));
        self.conn.busy_timeout(PATIENCE)?;
        Ok(busy? == 0)
    }

    /// Writes all of the WAL into the database, synced, and begins it anew.
    pub fn write_all_back(&self) -> Result<(), JournalError> {
        if self.write_wal_back("TRUNCATE")? {
            Ok(())
        } else {
            Err(JournalError::NoStore("the WAL is being read".into()))
        }
    }

    /// Lengthens the WAL's file by a step, with zeros, which SQLite reads as its end; whether there is more to do.
    /// A recording that finds room in it has no new blocks and no new length to wait for.
    pub fn make_room(&self) -> Result<bool, JournalError> {
        let mut wal = self.path.as_os_str().to_owned();
        wal.push("-wal");
        let path = PathBuf::from(wal);
        let io = |e| JournalError::Io(path.clone(), e);
        // No lock is lost by closing it: SQLite's locks are on the other two files.
        let mut file = OpenOptions::new().append(true).open(&path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let disk = rustix::fs::fstatvfs(&file).map_err(|e| io(e.into()))?;
        // On a small disk the room is for sales.
        if length >= WAL_ROOM || disk.f_bavail.saturating_mul(disk.f_frsize) < SMALL_DISK {
            return Ok(false);
        }
        if let Err(e) = file.write_all(&vec![0; WAL_STEP]).and_then(|()| file.sync_all()) {
            let _ = file.set_len(length);
            return Err(io(e));
        }
        Ok(true)
    }
}

#[cfg(test)]
fn planted() -> JournalError {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC), None).into()
}

/// A fact about to be written.
pub(super) struct NewRow<'a> {
    pub sealed: &'a Sealed,
    pub envelope: &'a str,
    pub counter: Option<u32>,
    pub own: bool,
    pub outage: bool,
}
