//! What was paid here last, and fines by their code: read when somebody asks, from the journal and never from memory.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use crate::domain::fact::Content;
use crate::domain::kinds::kind;
use crate::domain::search::Query;
use crate::domain::stay::Stay;
use uuid::Uuid;

/// Exits and what put them right, the newest; more than anybody looks back.
const LAST: i64 = 200;

const OWN: &str = "SELECT envelope FROM fact WHERE own = 1 AND kind IN ('left', 'voided', 'corrected') \
    ORDER BY n DESC LIMIT ?1";
const ENTRY: &str = "SELECT envelope FROM fact WHERE own = 1 AND kind = 'entered' AND id = ?1";
/// Of the few facts that the index `fact_claim` holds, those that name this.
const CLAIMED: &str = "SELECT envelope FROM fact INDEXED BY fact_claim \
    WHERE (kind IN ('refunded', 'voided') OR kind = 'left' AND instr(envelope, '\"claim\":\"') > 0) \
    AND instr(envelope, ?1) > 0";

impl Journal {
    /// The newest exits, voids and corrections recorded here, in no order.
    pub async fn own_exits(&self) -> Result<Vec<Content>, JournalError> {
        self.call(false, move |k: &mut Keeper| k.contents(OWN, [LAST])).await?
    }

    /// The entry of this stay, where it was recorded here.
    pub async fn own_entry(&self, stay: Uuid) -> Result<Option<Content>, JournalError> {
        self.call(false, move |k: &mut Keeper| Ok(k.contents(ENTRY, [stay.as_bytes()])?.pop())).await?
    }

    /// Inside and fitting: by a part of plate or ticket, best first; newest first where nothing is typed.
    pub async fn find_lost(
        &self,
        typed: String,
        fits: impl Fn(&Stay) -> bool + Send + 'static,
    ) -> Result<Vec<Stay>, JournalError> {
        let mut stays = self.call(false, |k: &mut Keeper| k.replica.inside()).await??;
        stays.retain(fits);
        if let Some(query) = Query::new(&typed) {
            let mut hits: Vec<_> = stays
                .into_iter()
                .filter_map(|stay| Some((query.fits(&stay.ticket, stay.plate.as_deref())?, stay)))
                .collect();
            // A stable sort: of equals the newest stays first.
            hits.sort_by_key(|(hit, _)| *hit);
            stays = hits.into_iter().map(|(_, stay)| stay).collect();
        }
        Ok(stays)
    }

    /// The facts here that bear this code of a fine, and the voids of its exit.
    pub async fn claimed(&self, code: String) -> Result<Vec<Content>, JournalError> {
        self.call(false, move |k: &mut Keeper| {
            let mut found = k.contents(CLAIMED, [&code])?;
            let exits: Vec<String> =
                found.iter().filter(|f| f.kind == kind::LEFT).map(|f| f.id.to_string()).collect();
            for exit in exits {
                found.extend(k.contents(CLAIMED, [&exit])?);
            }
            Ok(found)
        })
        .await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::store::Store;

    #[test]
    fn a_fine_is_found_without_reading_the_whole_journal() {
        let folder = std::env::temp_dir().join(format!("parkir-claim-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::open(&folder.join("journal.db")).unwrap();
        // Forced: without the index the statement would be an error.
        drop(store.conn.prepare(CLAIMED).unwrap());
        drop(store);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
