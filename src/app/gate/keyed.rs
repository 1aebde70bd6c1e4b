//! Paper tickets of a power cut: keyed in afterwards as entries of then, or paid at the exit before anybody did.

use super::clock::fresh_id;
use super::desk::{Desk, Done, claim_of};
use super::tries::Thing;
use crate::domain::desk::{EnterAnswer, NoDataRequest, Refusal, Warning};
use crate::domain::fact::{Stamp, wall_time};
use crate::domain::kinds::Event;
use crate::domain::old_system::MANUAL;
use crate::domain::paper::{Keyed, Paper, PaperRequest, TWICE};
use crate::domain::stay::Stay;
use crate::domain::{plate, qr, ticket};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

fn storage(e: crate::journal::JournalError) -> Refusal {
    Refusal::Storage(e.to_string())
}

impl Desk {
    /// An entry of the time that is written on the paper. No ticket is printed and nothing opens: the vehicle is inside.
    pub async fn key_in(&self, request: PaperRequest) -> Result<EnterAnswer, Refusal> {
        let paper = Paper::read(&request.book, &request.serial).ok_or(Refusal::PaperNumber)?;
        let number = paper.number();
        let class = request.class.trim().to_lowercase();
        if self.settings().class(&class).is_none() {
            return Err(Refusal::ClassUnknown(request.class));
        }
        let now = self.clock.now();
        self.written_when(request.entered_at, now.timestamp())?;
        let typed = request.plate.trim();
        let key = plate::normalise(typed);
        let mut warnings = Vec::new();
        if self.clock.doubt().is_some() {
            warnings.push(Warning::ClockDoubtful);
        }
        let thing = Thing::Paper(number.clone());
        let tried = self.tries.take(&thing);
        let own = tried.as_ref().map(|first| first.id);
        let twice = self.bears(&number, own).await?;
        let flags = if twice.is_some() { vec![TWICE.to_owned()] } else { Vec::new() };
        warnings.extend(twice);
        if !key.is_empty() {
            let inside = self.journal.inside_by_plate(key.clone()).await.unwrap_or_default();
            if let Some(other) = inside.iter().find(|other| Some(other.stay) != own) {
                let (ticket, entered_at) = (other.ticket.clone(), other.entered_at);
                warnings.push(Warning::PlateInside { ticket, entered_at });
            }
        }
        // Of that time no clock but the paper's is known.
        let at = request.entered_at.to_zoned(self.clock.zone().clone());
        let then = || Stamp { at: at.clone(), mono_ms: 0, boot: Uuid::nil(), clock: None };
        let stamp = tried.as_ref().map_or_else(then, |first| first.stamp.clone());
        let id = own.unwrap_or_else(|| fresh_id(&stamp));
        let version = self.with_book(|_, book| book.version_at(request.entered_at));
        let named = (!key.is_empty()).then_some((key.as_str(), typed));
        let mut draft = self.entry(id, &stamp, &class, named, MANUAL, version);
        if let Event::Entered(entered) = &mut draft.event {
            entered.ticket.clone_from(&number);
            entered.paper = Some(Keyed { paper, keyed_at: wall_time(&now), flags });
        }
        if let Some(stay) = &mut draft.stay {
            stay.ticket.clone_from(&number);
        }
        let stay = draft.stay.clone();
        let recorded = self.record(thing, tried, draft, &mut warnings).await?;
        let stay = if recorded.again { Stay::of(&recorded.sealed.fact) } else { stay };
        let Some(stay) = stay else { return Err(Refusal::OutcomeUnknown("kunjungan".into())) };
        let qr = self.with_book(|settings, _| qr::write(&self.site_code(), &self.key, &claim_of(&stay, settings)));
        let answer = EnterAnswer { stay, qr, at: stamp.at, warnings, prepaid: None };
        let _ = self.done.send(Done::Keyed(Box::new(answer.clone())));
        Ok(answer)
    }

    /// Not in the future, and no longer ago than the configuration allows.
    fn written_when(&self, entered: Timestamp, now: Timestamp) -> Result<(), Refusal> {
        let days = self.paper_days;
        if entered > now {
            return Err(Refusal::PaperFuture);
        }
        if now.duration_since(entered) > SignedDuration::from_hours(24 * i64::from(days)) {
            return Err(Refusal::PaperTooOld(days));
        }
        Ok(())
    }

    /// Whether an entry bears this number already, but for the entry `own`.
    async fn bears(&self, number: &str, own: Option<Uuid>) -> Result<Option<Warning>, Refusal> {
        let stays = self.journal.by_ticket(number.to_owned()).await.map_err(storage)?;
        let other = stays.iter().find(|stay| Some(stay.stay) != own).map(|stay| stay.entered_at);
        // What left long ago is in the journal only, and only that of this gate.
        let known =
            other.is_some() || own.is_none() && self.journal.keyed(number.to_owned()).await.map_err(storage)? > 0;
        Ok(known.then(|| Warning::PaperTwice { number: number.to_owned(), entered_at: other }))
    }

    /// Before a paper ticket that nobody keyed in is reckoned: if somebody did, that stay is to be chosen.
    pub(super) async fn unkeyed(&self, request: &NoDataRequest) -> Result<Option<Warning>, Refusal> {
        let Some(paper) = &request.paper else { return Ok(None) };
        let number = paper.number();
        let stays = self.journal.by_ticket(number.clone()).await.map_err(storage)?;
        if stays.iter().any(Stay::is_inside) {
            return Err(Refusal::Ambiguous(stays.into_iter().filter(Stay::is_inside).collect()));
        }
        self.bears(&number, None).await
    }

    /// A paper ticket whose number stands in the books more than once.
    pub(super) async fn twice(&self, stay: &Stay) -> Option<Warning> {
        if stay.ticket.is_empty() || ticket::read(&stay.ticket).is_some() {
            return None;
        }
        let stays = self.journal.by_ticket(stay.ticket.clone()).await.ok()?;
        let other = stays.iter().find(|other| other.stay != stay.stay)?;
        Some(Warning::PaperTwice { number: stay.ticket.clone(), entered_at: Some(other.entered_at) })
    }
}
