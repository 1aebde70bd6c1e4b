//! Migrations of the centre: the files of `sql/central`, built in, applied once each and in order.
//!
//! One session at a time holds the advisory lock; every migration is a transaction of its own with a short
//! `lock_timeout`, tried again when a gate is in the way, so that no entry ever queues behind a waiting ALTER.

use super::connect::within;
use super::setup::Superuser;
use super::{CentralError, ErrorClass};
use crate::domain::seal::Hash;
use jiff::Timestamp;
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

pub struct Migration {
    pub version: i32,
    pub name: &'static str,
    pub sql: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal),* $(,)?) => {
        /// All migrations, oldest first. Files are only ever added.
        pub const MIGRATIONS: &[Migration] = &[$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../sql/central/", $name, ".sql")),
        }),*];
    };
}

migrations! {
    1 "0001_tabel",
    2 "0002_bulan",
    3 "0003_proyeksi",
    4 "0004_terima",
    5 "0005_ingest",
    6 "0006_api",
    7 "0007_pusat",
    8 "0008_hak",
    9 "0009_duplikat",
    10 "0010_pintu",
    11 "0011_urutan",
    12 "0012_bulan",
    13 "0013_arsip",
    14 "0014_tetap",
    15 "0015_tempat",
    16 "0016_tarik",
    17 "0017_tarif",
    18 "0018_lintasan",
    19 "0019_petugas",
    20 "0020_shift",
    21 "0021_anggota",
    22 "0022_voucher",
    23 "0023_hilang",
    24 "0024_kapasitas",
    25 "0025_cetakan",
    26 "0026_bayar_depan",
    27 "0027_ringkasan_bersih",
    28 "0028_tanda_masuk",
    29 "0029_serah_terima",
    30 "0030_batal_masuk",
}

/// A migration the database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    pub version: i32,
    pub name: String,
    pub at: Timestamp,
    /// Whether it is the one this program holds.
    pub intact: bool,
}

/// Where the database stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub applied: Vec<Applied>,
    /// What it lacks.
    pub pending: Vec<&'static str>,
}

/// Session lock of whoever migrates: "parkir" as a number.
const LOCK: i64 = 7_304_770;
const LOCK_TRIES: u32 = 40;
const LIMIT: Duration = Duration::from_secs(300);

impl Migration {
    fn checksum(&self) -> String {
        Hash::of("parkir.migration.v1", &[self.sql.as_bytes()]).hex()
    }

    /// The whole transaction, as `--dry-run` shows it and as it runs.
    pub fn script(&self) -> String {
        format!(
            "BEGIN;\nSET LOCAL lock_timeout = '500ms';\nSET LOCAL ROLE parkir_owner;\n{}\nINSERT INTO public.skema \
             (versi, nama, sidik) VALUES ({}, '{}', '{}');\nCOMMIT;\n",
            self.sql,
            self.version,
            self.name,
            self.checksum()
        )
    }
}

/// The table that remembers, made before the first of them.
pub(super) const BOOK: &str = "SET ROLE parkir_owner;
CREATE TABLE IF NOT EXISTS public.skema (
    versi integer PRIMARY KEY, nama text NOT NULL, sidik text NOT NULL, diterapkan timestamptz NOT NULL DEFAULT now());
RESET ROLE;
";

impl Superuser {
    /// Which migrations the database has and lacks.
    pub async fn status(&self) -> Result<Status, CentralError> {
        let known = self.row("SELECT to_regclass('public.skema') IS NOT NULL", &[]).await?;
        let mut status = Status::default();
        if known.try_get(0)? {
            let sql = "SELECT versi, nama, sidik, (extract(epoch FROM diterapkan) * 1000000)::bigint \
                       FROM public.skema ORDER BY versi";
            for row in self.rows(sql, &[]).await? {
                let version: i32 = row.try_get(0)?;
                let checksum: String = row.try_get(2)?;
                let mine = MIGRATIONS.iter().find(|m| m.version == version);
                status.applied.push(Applied {
                    version,
                    name: row.try_get(1)?,
                    at: Timestamp::from_microsecond(row.try_get(3)?).unwrap_or_default(),
                    intact: mine.is_none_or(|m| m.checksum() == checksum),
                });
            }
        }
        let lacks = |m: &&Migration| !status.applied.iter().any(|a| a.version == m.version);
        status.pending = MIGRATIONS.iter().filter(lacks).map(|m| m.name).collect();
        Ok(status)
    }

    /// Applies what is missing; gives the names of what it applied. A migration that was changed after it was
    /// applied is an error, and nothing is done then.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, CentralError> {
        self.rows("SELECT pg_advisory_lock($1)", &[(&LOCK, Type::INT8)]).await?;
        let done = self.migrate_locked().await;
        self.rows("SELECT pg_advisory_unlock($1)", &[(&LOCK, Type::INT8)]).await?;
        done
    }

    async fn migrate_locked(&self) -> Result<Vec<&'static str>, CentralError> {
        self.run(BOOK).await?;
        let status = self.status().await?;
        if let Some(changed) = status.applied.iter().find(|a| !a.intact) {
            let text = format!("migrasi {} sudah diterapkan dengan isi lain", changed.name);
            return Err(CentralError::Answer(text));
        }
        let mut done = Vec::new();
        for migration in MIGRATIONS.iter().filter(|m| status.pending.contains(&m.name)) {
            self.apply(migration).await?;
            done.push(migration.name);
        }
        Ok(done)
    }

    async fn apply(&self, migration: &Migration) -> Result<(), CentralError> {
        let script = migration.script();
        let mut tries = 0;
        loop {
            let Err(error) = within(LIMIT, self.client.batch_execute(&script)).await else {
                return Ok(());
            };
            if error.class() == ErrorClass::Connection && self.client.is_closed() {
                return Err(error);
            }
            self.run("ROLLBACK").await?;
            let busy =
                matches!(&error, CentralError::Postgres(e) if e.code() == Some(&SqlState::LOCK_NOT_AVAILABLE));
            tries += 1;
            if !busy || tries >= LOCK_TRIES {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(100 * u64::from(tries.min(20)))).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_sql_central_is_built_in_and_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/central");
        let mut files: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let names: Vec<String> = MIGRATIONS.iter().map(|m| format!("{}.sql", m.name)).collect();
        assert_eq!(files, names);
        for m in MIGRATIONS {
            assert!(m.name.starts_with(&format!("{:04}_", m.version)));
        }
    }
}
