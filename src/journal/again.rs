//! The next try of what was refused, or never answered: what was written at the first try is what happened. A sync that
//! failed leaves its row to be read, and a file whose folder was not synced stands there all the same: nobody was told of
//! them, and they are in the books. So the id is looked up, and what is found is made durable before it is told.

use super::error::JournalError;
use super::keeper::{Draft, Keeper, Recorded, Stores};
use super::queue::Journal;
use super::spool::Spool;
use crate::domain::fact::Sealed;
use crate::domain::stay::Stay;
use std::sync::atomic::Ordering;
use uuid::Uuid;

impl Journal {
    /// As `record`, for a draft that bears the id of an earlier try. `refused` is what that try's `Unsaved` gave back;
    /// `None` where no answer came. The fact in the answer may be the earlier one: then it says `again`.
    pub async fn record_again(
        &self,
        draft: Draft,
        refused: Option<Box<Sealed>>,
    ) -> Result<Recorded, JournalError> {
        self.call(true, move |keeper| keeper.record_again(draft, refused.as_deref())).await?
    }
}

impl Keeper {
    pub(super) fn record_again(
        &mut self,
        draft: Draft,
        refused: Option<&Sealed>,
    ) -> Result<Recorded, JournalError> {
        let Some((sealed, stores)) = self.known(draft.id, refused)? else { return self.record(draft) };
        tracing::warn!(target: "journal", id = %draft.id, ?stores, "sudah tercatat pada percobaan sebelumnya");
        let ticket = sealed.fact.content.body.get("ticket").and_then(|t| t.as_str()).map(str::to_owned);
        let stay = draft.stay.and_then(|now| Some(Stay { version: now.version, ..Stay::of(&sealed.fact)? }));
        self.reckon(&draft.event, draft.id, stay, None);
        // Nobody counted it when it was written.
        self.recount_due = true;
        Ok(Recorded { sealed, ticket, stores, again: true })
    }

    /// What an earlier try left, durable by now. Where that cannot be made sure of, this try is refused too.
    fn known(&mut self, id: Uuid, refused: Option<&Sealed>) -> Result<Option<(Sealed, Stores)>, JournalError> {
        if self.store.is_none() {
            self.store = self.open_again().ok();
            self.recount_due = true;
        }
        let read = match &self.store {
            None => Err(JournalError::NoStore("closed".into())),
            Some(store) => {
                // First of all: what can be read behind this is on the platter.
                self.wal_in_doubt = store.write_all_back().is_err();
                store.envelope(id).and_then(|text| Ok((text, store.look(id)?.is_some_and(|(_, waits)| waits))))
            }
        };
        match (read, refused) {
            (Ok((Some(envelope), waits)), _) => self.stands(&envelope, waits).map(Some),
            (Ok((None, _)), Some(sealed)) if self.spool.holds(sealed) => self.by_its_file(sealed).map(Some),
            (Ok((None, _)), _) => Ok(None),
            // The journal cannot say. Whatever it says later, its row and this file are one fact.
            (Err(_), Some(sealed)) => self.by_its_file(sealed).map(Some),
            (Err(e), None) => Err(e),
        }
    }

    /// It stands in the journal.
    fn stands(&mut self, envelope: &str, waits: bool) -> Result<(Sealed, Stores), JournalError> {
        let sealed: Sealed = serde_json::from_str(envelope)?;
        sealed.check()?;
        let up = self.link_up.load(Ordering::Acquire);
        if !waits {
            return Ok((sealed, Stores::All));
        }
        if up && !self.wal_in_doubt {
            self.spool_soon(sealed.clone());
            return Ok((sealed, Stores::All));
        }
        match self.write_spool(&sealed, envelope) {
            Ok(()) => Ok((sealed, Stores::All)),
            Err(_) if !self.wal_in_doubt => Ok((sealed, Stores::JournalOnly)),
            Err(e) => Err(JournalError::Unsaved(Box::new(sealed), e.to_string())),
        }
    }

    /// The spool takes it as it was sealed; the journal will, as soon as it can.
    fn by_its_file(&mut self, sealed: &Sealed) -> Result<(Sealed, Stores), JournalError> {
        let written = self.write_spool(sealed, &serde_json::to_string(sealed)?);
        written.map_err(|e| JournalError::Unsaved(Box::new(sealed.clone()), e.to_string()))?;
        // Counted until it is brought in, as every stray; what the journal holds of it is counted anew then.
        let name = Spool::name(sealed);
        if !self.strays.contains(&name) {
            self.strays.push_back(name);
            self.counts.unadopted.fetch_add(1, Ordering::AcqRel);
        }
        Ok((sealed.clone(), Stores::SpoolOnly))
    }
}
