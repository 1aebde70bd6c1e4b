//! Whether the centre still has what it once acknowledged. A PostgreSQL restored from last night's backup is refilled
//! from here by itself: what it lacks waits again, with the same ids.

use crate::central::{Central, CentralError};
use crate::journal::{Journal, JournalError, Range};
use std::collections::HashSet;
use std::time::Duration;

/// Ranges told in one call.
const AT_ONCE: usize = 64;
/// The centre's life in which this terminal last compared.
pub(super) const GENERATION: &str = "generation";

/// How many facts wait again. `limit` is for each call; `heard` is told after each that was answered.
pub(super) async fn refill(
    journal: &Journal,
    central: &Central,
    limit: Duration,
    heard: impl Fn(),
) -> Result<u64, CentralError> {
    let mut missing = adopted(journal, central, limit).await?;
    heard();
    let ranges = here(journal.ranges(central.archive(limit).await?).await);
    heard();
    for part in ranges.chunks(AT_ONCE) {
        let differ = central.ranges(part, limit).await?;
        heard();
        for at in differ {
            let Some(range) = usize::try_from(at).ok().and_then(|at| part.get(at)) else { continue };
            let there: HashSet<String> =
                central.range_rows(range.epoch, range.from, range.to, limit).await?.into_iter().collect();
            heard();
            // What went to the archive since the comparison began is not missing either.
            let least = range.least.max(central.archive(limit).await?);
            heard();
            missing += here(journal.reopen(Range { least, ..range.clone() }, there).await);
        }
    }
    if missing > 0 {
        tracing::warn!(target: "sync", missing, "pusat kehilangan peristiwa; dikirim lagi");
    }
    Ok(missing)
}

/// What was adopted from elsewhere is told in no range of ours: another life of the centre gets all of it again.
async fn adopted(journal: &Journal, central: &Central, limit: Duration) -> Result<u64, CentralError> {
    let generation = central.greeting(limit).await?.generation;
    let known = journal.kept(GENERATION).await.ok().flatten();
    if known.as_ref() == Some(&generation) {
        return Ok(0);
    }
    let reopened =
        if known.is_some() { here(journal.reopen_adopted(central.archive(limit).await?).await) } else { 0 };
    if let Err(e) = journal.keep(GENERATION, generation).await {
        tracing::warn!(target: "sync", error = %e, "salinan data situs");
    }
    Ok(reopened)
}

/// The journal's own trouble is told elsewhere; here it means that nothing could be compared.
fn here<T: Default>(done: Result<T, JournalError>) -> T {
    done.unwrap_or_else(|e| {
        tracing::warn!(target: "sync", error = %e, "jurnal");
        T::default()
    })
}
