//! Months that piled up in a default partition, moved into partitions of their own while gates go on writing.
//!
//! What is copied stands beside the books until one short exchange of names; whatever ends the run before that leaves
//! the books as they were, and the next run begins anew. See `sql/central/0012_bulan.sql`.

use super::connect::within;
use super::setup::Superuser;
use super::{CentralError, ErrorClass};
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

/// The partitioned tables.
pub const TABLES: [&str; 2] = ["peristiwa", "transaksi"];

/// Months with fewer rows than this stay in the default partition.
const WORTH: i32 = 1_000;
/// Blocks (8 KiB) of a slice: its rows are locked as long as it takes, some tens of milliseconds.
const SLICE: i64 = 256;
const BREATH: Duration = Duration::from_millis(20);
const TRIES: u32 = 60;
/// The comparison reads both sides whole, without a lock.
const LIMIT: Duration = Duration::from_secs(3600);
/// Session lock of whoever moves months.
const LOCK: i64 = 7_304_771;

impl Superuser {
    /// Moves the months of one table out of its default partition; how many there were, `None` if there was nothing to
    /// move.
    pub async fn move_months(&self, table: &str) -> Result<Option<i32>, CentralError> {
        // Of two that wait for each other it is this one that gives way.
        self.run("SET lock_timeout = '500ms'; SET deadlock_timeout = '50ms'; SET statement_timeout = 0").await?;
        let lock = self.row("SELECT pg_try_advisory_lock($1)", &[(&LOCK, Type::INT8)]).await?;
        if !lock.try_get::<_, bool>(0)? {
            return Err(CentralError::Answer("bulan sedang dipindahkan oleh yang lain".into()));
        }
        self.run("SET ROLE parkir_owner").await?;
        let moved = self.copy_and_swap(table).await;
        if moved.is_err() && !self.client.is_closed() {
            let _ = self.insist(&format!("SELECT intern.pindah_batal('{table}')")).await;
        }
        self.run("RESET ROLE").await?;
        self.rows("SELECT pg_advisory_unlock($1)", &[(&LOCK, Type::INT8)]).await?;
        moved
    }

    async fn copy_and_swap(&self, table: &str) -> Result<Option<i32>, CentralError> {
        self.insist(&format!("SELECT intern.pindah_batal('{table}')")).await?;
        let begin = format!("SELECT intern.pindah_mulai('{table}', {WORTH})");
        let blocks: i64 = self.insist(&begin).await?.try_get(0)?;
        if blocks == 0 {
            return Ok(None);
        }
        for from in (0..blocks).step_by(usize::try_from(SLICE).unwrap_or(1)) {
            let slice = format!("SELECT intern.pindah_salin('{table}', {from}, {})", from + SLICE);
            self.insist(&slice).await?;
            tokio::time::sleep(BREATH).await;
        }
        let same: bool = self.insist(&format!("SELECT intern.pindah_sama('{table}')")).await?.try_get(0)?;
        if !same {
            return Err(CentralError::Answer("salinan tidak sama; tidak ada yang diubah, jalankan lagi".into()));
        }
        let swap = format!("SELECT intern.pindah_ganti('{table}')");
        Ok(Some(self.insist(&swap).await?.try_get(0)?))
    }

    /// One statement, again when a gate is in the way.
    async fn insist(&self, sql: &str) -> Result<tokio_postgres::Row, CentralError> {
        let mut tries = 0;
        loop {
            let error = match within(LIMIT, self.client.query_typed_one(sql, &[])).await {
                Ok(row) => return Ok(row),
                Err(error) => error,
            };
            let code = match &error {
                CentralError::Postgres(e) => e.code(),
                _ => None,
            };
            tries += 1;
            let busy =
                code == Some(&SqlState::LOCK_NOT_AVAILABLE) || code == Some(&SqlState::T_R_DEADLOCK_DETECTED);
            if !busy || tries >= TRIES || error.class() != ErrorClass::Connection {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(50 * u64::from(tries.min(20)))).await;
        }
    }
}
