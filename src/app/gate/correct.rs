//! What was taken down wrongly and is put right while the vehicle is still inside: a fact of its own, never a change.

use super::clock::fresh_id;
use super::desk::{Desk, Done};
use crate::domain::desk::{EnterAnswer, Refusal, Warning};
use crate::domain::kinds::{Corrected, Event};
use crate::domain::stay::{State, Stay};
use crate::journal::Draft;
use uuid::Uuid;

/// Why, as the fact says it.
const WRONG_CLASS: &str = "salah jenis";

impl Desk {
    /// The vehicle is of another class: its fee is reckoned by that one, and its ticket is printed anew.
    pub async fn correct_class(&self, stay: Uuid, class: &str) -> Result<EnterAnswer, Refusal> {
        let class = class.trim().to_lowercase();
        if self.settings().class(&class).is_none() {
            return Err(Refusal::ClassUnknown(class));
        }
        let unknown = || Refusal::TicketUnknown(stay.to_string());
        let known = self.journal.by_stay(stay).await.map_err(|e| Refusal::Storage(e.to_string()))?;
        let known = known.ok_or_else(unknown)?;
        match known.state {
            State::Inside => {}
            State::Left { .. } => return Err(Refusal::AlreadyOut(Box::new(known))),
            State::Void => return Err(unknown()),
        }
        let _selling = self.selling().await?;
        let stamp = self.clock.stamp();
        let version = known.version + 1;
        let now = Stay { class: class.clone(), version, ..known.clone() };
        let event = Event::Corrected(Corrected {
            stay,
            target: stay,
            target_gate: known.entered_gate,
            class: Some(class),
            reason: WRONG_CLASS.into(),
            method: None,
            receipt: None,
            by: None,
        });
        let draft = Draft {
            id: fresh_id(&stamp),
            origin: self.origin(known.tariff),
            stamp: stamp.clone(),
            event,
            personal: Vec::new(),
            stay: Some(now.clone()),
        };
        let mut warnings = Vec::new();
        self.told(self.journal.record(draft).await, &mut warnings)?;
        warnings.extend(self.overpaid(&now));
        let (_, qr) = self.qr_of(stay).await.unwrap_or_default();
        let answer = EnterAnswer { stay: now, qr, at: stamp.at, warnings, prepaid: None };
        let _ = self.done.send(Done::Corrected(Box::new(answer.clone())));
        Ok(answer)
    }

    /// What was paid on the way in for another class is more than this one costs.
    fn overpaid(&self, stay: &Stay) -> Option<Warning> {
        let paid = stay.prepaid?;
        let due = self.with_tariffs(|book, calendar| {
            let (tariff, _) = book.frozen(stay.tariff);
            // Of a class that pays at the exit all of it is taken off there.
            tariff.upfront(&stay.class, stay.entered_at, calendar, None).map_or(paid, |fee| fee.total)
        });
        (paid > due).then(|| Warning::PrepaidMore(paid - due))
    }
}
