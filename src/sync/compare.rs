//! Whether the centre still has what it once acknowledged. A PostgreSQL restored from last night's backup is refilled
//! from here by itself: what it lacks waits again, with the same ids.
//!
//! In steps: so many ranges are gathered from the journal while the connection does other work, then one call compares
//! them. Between two steps the engine does what is more urgent.

use crate::central::{Central, CentralError};
use crate::journal::{Journal, JournalError, Range, Walk};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

/// Ranges told in one call.
const AT_ONCE: usize = 64;

/// One comparison on its way.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    walk: Walk,
    /// Gathered, and not yet compared.
    ranges: Vec<Range>,
    /// The centre's life is looked at first, and below which id it archived.
    known: bool,
    least: Option<Uuid>,
    over: bool,
    /// Something could not be done here.
    failed: bool,
}

impl Comparison {
    /// Gathers what the next call compares; whether there is any, or else all was compared.
    pub async fn gather(&mut self, journal: &Journal) -> Result<bool, JournalError> {
        if self.known && self.ranges.is_empty() {
            self.ranges = journal.ranges(&mut self.walk, AT_ONCE, self.least).await?;
        }
        self.over = self.known && self.ranges.is_empty();
        if self.over && self.failed { Err(JournalError::Gone) } else { Ok(!self.over) }
    }

    pub fn is_over(&self) -> bool {
        self.over
    }

    /// One step; how many facts wait again. `limit` is for each call; `heard` is told after each that was answered.
    pub async fn step(
        &mut self,
        journal: &Journal,
        central: &Central,
        limit: Duration,
        heard: impl Fn(),
    ) -> Result<u64, CentralError> {
        let mut missing = 0;
        if !self.known {
            // What was adopted from elsewhere is told in no range of ours: another life of the centre gets all of it.
            let generation = central.greeting(limit).await?.generation;
            heard();
            self.least = central.archive(limit).await?;
            heard();
            missing += self.here(journal.reopen_adopted(generation, self.least).await);
            self.known = true;
        }
        if !self.ranges.is_empty() {
            let differ = central.ranges(&self.ranges, limit).await?;
            heard();
            for at in differ {
                let Some(range) = usize::try_from(at).ok().and_then(|at| self.ranges.get(at)).cloned() else {
                    continue;
                };
                let there: HashSet<String> =
                    central.range_rows(range.epoch, range.from, range.to, limit).await?.into_iter().collect();
                heard();
                // What went to the archive since the comparison began is not missing either.
                let least = range.least.max(central.archive(limit).await?);
                heard();
                missing += self.here(journal.reopen(Range { least, ..range }, there).await);
            }
            self.ranges.clear();
        }
        if missing > 0 {
            tracing::warn!(target: "sync", missing, "dikirim lagi ke pusat");
        }
        Ok(missing)
    }

    /// What the journal could not do now is done by the next comparison, which comes the sooner for it.
    fn here(&mut self, done: Result<u64, JournalError>) -> u64 {
        done.unwrap_or_else(|e| {
            tracing::warn!(target: "sync", error = %e, "jurnal");
            self.failed = true;
            0
        })
    }
}
