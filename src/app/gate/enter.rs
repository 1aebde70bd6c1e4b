//! The entry half of the desk: a vehicle is looked up, admitted and written before its ticket is.

use super::clock::fresh_id;
use super::desk::{Desk, Done};
use super::prepaid;
use super::tries::{Thing, Try};
use crate::domain::desk::{EnterAnswer, EnterRequest, Refusal, Warning};
use crate::domain::fact::Stamp;
use crate::domain::kinds::{Entered, Event};
use crate::domain::plate;
use crate::domain::qr::{self, Claim};
use crate::domain::stay::{State, Stay};
use crate::journal::{Beside, Draft, Entry, Look, Recorded};
use uuid::Uuid;

impl Desk {
    /// A vehicle comes in.
    pub async fn enter(&self, request: EnterRequest) -> Result<EnterAnswer, Refusal> {
        let typed = request.plate.as_deref().map(str::trim);
        let key = typed.map(plate::normalise);
        if key.as_ref().is_some_and(String::is_empty) {
            return Err(Refusal::PlateEmpty);
        }
        let class = request.class.trim().to_lowercase();
        let place = self.with_book(|settings, _| {
            let known = settings.class(&class).is_some();
            known.then(|| qr::class_place(&settings.classes, &class))
        });
        let Some(place) = place else { return Err(Refusal::ClassUnknown(request.class)) };
        // Before anything is taken up: where money is due and not given, nothing happens.
        let paid = self.upfront(&request, &class, key.as_deref()).await?;
        let thing = Thing::Entry { plate: key.clone(), class: class.clone() };
        let tried = self.tries.take(&thing);
        let stamp = tried.as_ref().map_or_else(|| self.clock.stamp(), |first| first.stamp.clone());
        let id = tried.as_ref().map_or_else(|| fresh_id(&stamp), |first| first.id);
        let version = self.with_book(|_, book| book.version_at(stamp.at.timestamp()));
        let mut draft = self.entry(id, &stamp, &class, key.as_deref().zip(typed), &request.source, version);
        prepaid::put(&mut draft, paid);
        let stay = draft.stay.clone();
        let (admitted, beside, recorded, stored) = self.let_in(thing, tried, draft, &class, key.clone()).await?;
        let mut warnings = Vec::from_iter(admitted);
        if let Some(other) = beside.inside.iter().find(|other| other.stay != id) {
            let (ticket, entered_at) = (other.ticket.clone(), other.entered_at);
            warnings.push(Warning::PlateInside { ticket, entered_at });
        }
        if key.as_deref().is_some_and(|key| plate::oddity(key).is_some()) {
            warnings.push(Warning::PlateUnusual);
        }
        warnings.extend(self.member_at_entry(beside, Some(id)));
        warnings.extend(stored);
        let stay = if recorded.again { Stay::of(&recorded.sealed.fact) } else { stay };
        let Some(mut stay) = stay else { return Err(Refusal::OutcomeUnknown("kunjungan".into())) };
        let prepaid = prepaid::recorded(&recorded);
        if let Some(charge) = prepaid.as_ref().and_then(|paid| paid.charge.as_deref()) {
            self.charge_spent(charge).await;
        }
        stay.ticket = recorded.ticket.unwrap_or_default();
        let tariff = u16::try_from(stay.tariff).unwrap_or(u16::MAX);
        let claim = Claim { stay: id, class: place, tariff, plate: key };
        let qr = qr::write(&self.site_code(), &self.key, &claim);
        if !recorded.again {
            self.flag_member_inside(id, &warnings).await;
        }
        let answer = EnterAnswer { stay, qr, at: stamp.at, warnings, prepaid };
        let _ = self.done.send(Done::Entered(Box::new(answer.clone())));
        Ok(answer)
    }

    /// Looked up, admitted and written in one go: what may be in the books already is not asked whether it may come in.
    async fn let_in(
        &self,
        thing: Thing,
        tried: Option<Try>,
        mut draft: Draft,
        class: &str,
        plate: Option<String>,
    ) -> Result<(Option<Warning>, Beside, Recorded, Vec<Warning>), Refusal> {
        let mut stored = Vec::new();
        if tried.is_some() {
            let beside = match plate {
                Some(plate) => self.journal.beside(plate).await,
                None => Beside::default(),
            };
            let recorded = self.record(thing, tried, draft, &mut stored).await?;
            return Ok((None, beside, recorded, stored));
        }
        let selling = self.selling().await?;
        self.of_this_shift(&selling, &mut draft);
        let this = Try::new(draft.id, draft.stamp.clone());
        let look = Look { plate, places: self.counted_by_gate() };
        let (admitted, beside, written) = match self.journal.record_entry(draft, look, self.admission(class)).await
        {
            Ok(Entry::Refused(why)) => return Err(why),
            Ok(Entry::Written { admitted, beside, recorded }) => (admitted, beside, *recorded),
            Err(e) => (None, Beside::default(), Err(e)),
        };
        let recorded = self.settle(thing, this, written, &mut stored)?;
        Ok((admitted, beside, recorded, stored))
    }

    /// `plate` is its key, and as it was typed.
    pub(super) fn entry(
        &self,
        id: Uuid,
        stamp: &Stamp,
        class: &str,
        plate: Option<(&str, &str)>,
        source: &str,
        version: u32,
    ) -> Draft {
        let mut personal = Vec::new();
        if let Some((key, typed)) = plate {
            personal.push(("plate", key.to_owned()));
            personal.push(("typed", typed.chars().take(32).collect()));
        }
        let stay = Stay {
            stay: id,
            ticket: String::new(),
            plate: plate.map(|(key, _)| key.to_owned()),
            class: class.to_owned(),
            entered_at: stamp.at.timestamp(),
            entered_gate: self.gate.to_string(),
            operator: self.operator(),
            tariff: version,
            prepaid: None,
            state: State::Inside,
            version: 1,
        };
        let event = Event::Entered(Entered {
            ticket: String::new(),
            class: class.to_owned(),
            source: source.to_owned(),
            tariff: version,
            paper: None,
            prepaid: None,
        });
        Draft { id, origin: self.origin(version), stamp: stamp.clone(), event, personal, stay: Some(stay) }
    }
}
