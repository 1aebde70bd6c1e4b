//! What the desk knows of charges without cash whose exit is not recorded yet: told to the journal before a program is
//! asked and when it has answered, and read from there at the first question after a start.

use super::clock::fresh_id;
use super::desk::Desk;
use crate::domain::charge::{CHARGE, Charge, counting, left_behind, take_down};
use crate::domain::desk::Refusal;
use crate::domain::duty::Need;
use crate::domain::fact::Content;
use crate::domain::kinds::{Event, kind};
use crate::domain::payment::Payment;
use crate::journal::JournalError;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

type ByStay = HashMap<Uuid, Vec<Charge>>;

#[derive(Debug, Default)]
pub(super) struct Charged {
    known: Mutex<ByStay>,
    /// The journal was asked, and answered.
    read: tokio::sync::Mutex<bool>,
}

/// What a note says of a charge.
fn told(content: &Content) -> Option<Charge> {
    let is_one = content.body.get("what").and_then(serde_json::Value::as_str) == Some(CHARGE);
    is_one.then(|| serde_json::from_value(content.body.clone()).ok()).flatten()
}

impl Desk {
    async fn charges(&self) -> MutexGuard<'_, ByStay> {
        let mut read = self.charged.read.lock().await;
        if !*read {
            match self.charges_on_record().await {
                Ok(mut all) => {
                    *read = true;
                    let mut known = self.charged.known.lock().unwrap_or_else(PoisonError::into_inner);
                    // What came meanwhile is newer.
                    for charge in known.drain().flat_map(|(_, charges)| charges) {
                        take_down(all.entry(charge.stay).or_default(), charge);
                    }
                    *known = all;
                }
                Err(e) => {
                    tracing::warn!(target: "payment", error = %e, "catatan tagihan belum terbaca dari jurnal")
                }
            }
        }
        self.charged.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn charges_on_record(&self) -> Result<ByStay, JournalError> {
        let mut known = ByStay::new();
        for content in self.journal.charge_notes().await? {
            if let Some(charge) = told(&content) {
                take_down(known.entry(charge.stay).or_default(), charge);
            }
        }
        for stay in known.keys().copied().collect::<Vec<_>>() {
            // Recorded: what became of its charges stands in its exit.
            if self.journal.by_stay(stay).await?.is_some_and(|stay| !stay.is_inside()) {
                known.remove(&stay);
            }
        }
        Ok(known)
    }

    /// The charge of this stay that counts: what was, or may have been, paid.
    pub async fn charge_of(&self, stay: Uuid) -> Option<Charge> {
        self.charges().await.get(&stay).and_then(|known| counting(known)).cloned()
    }

    /// Charged just before a start, and no exit will ever ask for it: its vehicle is not known, as without data.
    pub async fn charge_adrift(&self) -> Option<Charge> {
        let now = self.clock.now().timestamp();
        let held: Vec<Charge> = {
            let known = self.charges().await;
            let counting = known.values().filter_map(|known| counting(known));
            counting.filter(|charge| charge.held(now).is_some()).cloned().collect()
        };
        for charge in held {
            if matches!(self.journal.by_stay(charge.stay).await, Ok(None)) {
                return Some(charge);
            }
        }
        None
    }

    /// Flags of an exit that is paid like this.
    pub(super) async fn charges_left(&self, stay: Uuid, payment: &Payment) -> Vec<String> {
        self.charges().await.get(&stay).map(|known| left_behind(known, payment)).unwrap_or_default()
    }

    /// Its exit is recorded.
    pub(super) async fn charges_done(&self, stay: Uuid) {
        self.charges().await.remove(&stay);
    }

    /// The entry that it was paid for is recorded.
    pub(super) async fn charge_spent(&self, key: &str) {
        self.charges().await.retain(|_, known| known.iter().all(|charge| charge.charge != key));
    }

    /// A program is about to be asked: on record first, so that a power cut does not take it along. The charge as it is
    /// asked for, and whether it was before and nobody knows the end.
    pub async fn begin_charge(&self, charge: Charge) -> Result<(Charge, bool), Refusal> {
        if self.duty().need() != Need::Nothing {
            return Err(Refusal::NotOnDuty);
        }
        // Whoever pays now could not be let out.
        if self.post.is_closing() {
            return Err(Refusal::ClosingBegun);
        }
        let of_it = |fact: &&Content| {
            fact.kind == kind::LEFT && fact.body.get("stay").is_some_and(|stay| *stay == charge.stay.to_string())
        };
        let exits = self.journal.own_exits().await.map_err(|e| Refusal::Storage(e.to_string()))?;
        let charge = charge.clone().behind(exits.iter().filter(of_it).count());
        let known = self.charges().await.get(&charge.stay).cloned().unwrap_or_default();
        let open = known.iter().any(|known| known.charge == charge.charge && known.is_open());
        self.note_charge(&charge).await?;
        Ok((charge, open))
    }

    /// How a charge stands now; kept here even where it cannot be written.
    pub async fn note_charge(&self, charge: &Charge) -> Result<(), Refusal> {
        take_down(self.charges().await.entry(charge.stay).or_default(), charge.clone());
        let mut body = json!(charge);
        body["what"] = json!(CHARGE);
        let stamp = self.clock.stamp();
        let event = Event::Other { kind: kind::NOTE.into(), body };
        self.record_as(fresh_id(&stamp), stamp, event).await.map(|_| ())
    }
}
