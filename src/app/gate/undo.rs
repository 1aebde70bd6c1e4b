//! What a supervisor puts right: an exit of this gate taken back, or paid in another way than was taken down; an entry taken
//! back. Facts of their own, never a change; only of the shift that is open.

use super::clock::fresh_id;
use super::desk::{Desk, Done};
use crate::domain::desk::Refusal;
use crate::domain::kinds::{Corrected, Event, Voided};
use crate::domain::lost::Approval;
use crate::domain::payment::{Method, is_reference};
use crate::domain::plate;
use crate::domain::stay::{State, Stay};
use crate::domain::ticket;
use crate::domain::undo::{LastExit, MethodRequest, TakeBackRequest, TakenBack, Undone, VoidRequest, last_exits};
use crate::journal::Draft;
use uuid::Uuid;

fn storage(e: crate::journal::JournalError) -> Refusal {
    Refusal::Storage(e.to_string())
}

/// A reason and a name, or nothing is put right.
fn complete(reason: &str, by: &Approval) -> Result<String, Refusal> {
    let reason: String = reason.trim().chars().take(120).collect();
    if reason.is_empty() || by.supervisor.trim().is_empty() { Err(Refusal::ReasonMissing) } else { Ok(reason) }
}

impl Desk {
    /// The exits that may be put right here, newest first.
    pub async fn last_exits(&self) -> Result<Vec<LastExit>, Refusal> {
        let facts = self.journal.own_exits().await.map_err(storage)?;
        Ok(last_exits(&facts, self.post.shift().map(|shift| shift.id)))
    }

    async fn exit_to_undo(&self, fact: Uuid) -> Result<LastExit, Refusal> {
        let exits = self.last_exits().await?;
        exits.into_iter().find(|exit| exit.fact == fact).ok_or_else(|| Refusal::ExitUnknown(fact.to_string()))
    }

    /// The exit is taken back: its money leaves the till and the books, and the vehicle is inside again.
    pub async fn void_exit(&self, request: VoidRequest) -> Result<Undone, Refusal> {
        let reason = complete(&request.reason, &request.by)?;
        let claim = self.exit_to_undo(request.fact).await?.claim;
        if let Some(claim) = &claim {
            // The centre is asked first: no exit waits for the network.
            let paid = self.fine(claim).await?.and_then(|fine| fine.refunds.into_iter().next());
            if let Some(paid) = paid {
                return Err(Refusal::PaidBack { gate: paid.gate, at: paid.at });
            }
        }
        let _one_at_a_time = self.exits.lock().await;
        // What is put right is of the shift that is open until it is.
        let _selling = self.selling().await?;
        if let Some(claim) = &claim {
            self.not_paid_here(claim).await?;
        }
        let exit = self.exit_to_undo(request.fact).await?;
        let known = self.journal.by_stay(exit.stay).await.map_err(storage)?;
        let state = if exit.alone { State::Void } else { State::Inside };
        let stay = known.map(|known| Stay { state, version: known.version + 1, ..known });
        let event = Event::Voided(Voided {
            stay: exit.stay,
            target: exit.fact,
            target_gate: self.gate.to_string(),
            reason,
            by: Some(request.by),
        });
        let fact = self.put_right(event, stay.clone()).await?;
        let inside = stay.filter(Stay::is_inside).map(Box::new);
        Ok(Undone { fact, exit, method: None, stay: inside })
    }

    /// The entry is taken back: its ticket is worth nothing, what was paid with it leaves the till and the books, and the
    /// vehicle never was inside. Only here, of the shift that is open, and while it is inside.
    pub async fn take_back(&self, request: TakeBackRequest) -> Result<TakenBack, Refusal> {
        let reason = complete(&request.reason, &request.by)?;
        let _one_at_a_time = self.exits.lock().await;
        let _selling = self.selling().await?;
        let unknown = || Refusal::EntryUnknown(request.stay.to_string());
        let stay = self.journal.by_stay(request.stay).await.map_err(storage)?.ok_or_else(unknown)?;
        if let State::Left { .. } = stay.state {
            return Err(Refusal::AlreadyOut(Box::new(stay)));
        }
        let entry = self.journal.own_entry(stay.stay).await.map_err(storage)?;
        let open = self.post.shift().map(|shift| shift.id);
        let entry = entry.filter(|entry| stay.is_inside() && entry.shift == open).ok_or_else(unknown)?;
        let paid = match Event::read(&entry.kind, &entry.body) {
            Ok(Event::Entered(entered)) => entered.prepaid.map(|paid| (paid.amount, paid.method)),
            _ => None,
        };
        let stay = Stay { state: State::Void, version: stay.version + 1, ..stay };
        let event = Event::Voided(Voided {
            stay: stay.stay,
            target: stay.stay,
            target_gate: self.gate.to_string(),
            reason,
            by: Some(request.by),
        });
        let fact = self.put_right(event, Some(stay.clone())).await?;
        Ok(TakenBack { fact, stay, paid })
    }

    /// The stay with exactly this ticket's number; several inside are a list to choose from.
    pub async fn bears_ticket(&self, typed: &str) -> Result<Option<Uuid>, Refusal> {
        let number = ticket::read(typed).unwrap_or_else(|| plate::normalise(typed));
        let mut stays = self.journal.by_ticket(number).await.map_err(storage)?;
        if stays.iter().filter(|stay| stay.is_inside()).count() > 1 {
            stays.retain(Stay::is_inside);
            return Err(Refusal::Ambiguous(stays));
        }
        Ok(stays.first().map(|stay| stay.stay))
    }

    /// The exit was paid otherwise: its money moves from one method to the other.
    pub async fn correct_method(&self, request: MethodRequest) -> Result<Undone, Refusal> {
        let _one_at_a_time = self.exits.lock().await;
        let _selling = self.selling().await?;
        let reason = complete(&request.reason, &request.by)?;
        let exit = self.exit_to_undo(request.fact).await?;
        let proven = request.receipt.as_ref().is_some_and(|receipt| is_reference(&receipt.reference));
        if request.method != Method::Cash && !proven {
            return Err(Refusal::ReferenceMissing);
        }
        if exit.method == request.method.word() {
            return Err(Refusal::MethodUnknown(exit.method));
        }
        let known = self.journal.by_stay(exit.stay).await.map_err(storage)?;
        let stay = known.map(|known| Stay { version: known.version + 1, ..known });
        let event = Event::Corrected(Corrected {
            stay: exit.stay,
            target: exit.fact,
            target_gate: self.gate.to_string(),
            class: None,
            reason,
            method: Some(request.method.word().into()),
            receipt: request.receipt,
            by: Some(request.by),
        });
        let fact = self.put_right(event, stay).await?;
        let exit = LastExit { method: request.method.word().into(), ..exit };
        Ok(Undone { fact, exit, method: Some(request.method), stay: None })
    }

    async fn put_right(&self, event: Event, stay: Option<Stay>) -> Result<Uuid, Refusal> {
        let stamp = self.clock.stamp();
        let kind = event.kind().to_owned();
        let tariff = stay.as_ref().map_or(0, |stay| stay.tariff);
        let (id, origin) = (fresh_id(&stamp), self.origin(tariff));
        let draft = Draft { id, origin, stamp, event, personal: Vec::new(), stay: stay.clone() };
        let recorded = self.told(self.journal.record(draft).await, &mut Vec::new())?;
        if let Some(stay) = stay {
            let _ = self.done.send(Done::Undone { stay: Box::new(stay), kind });
        }
        Ok(recorded.sealed.fact.id())
    }
}
