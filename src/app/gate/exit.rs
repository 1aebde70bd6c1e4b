//! The exit half of the desk: who is it, what does it cost, paid and out. An unknown ticket never traps a car.

use super::clock::fresh_id;
use super::concede::{Given, Special};
use super::desk::{Desk, Done, Paid};
use super::no_data::STATED_INSIDE;
use super::prepaid;
use super::terms::{self, Terms};
use super::tries::Thing;
use crate::domain::concession::Concession;
use crate::domain::desk::{LeaveAnswer, LeaveRequest, QUOTE_HONOURED_SECONDS, Quote, Refusal, StayKey, Warning};
use crate::domain::fact::Stamp;
use crate::domain::lost::{LostClaim, UNPROVEN_SUPERVISOR};
use crate::domain::paper::TWICE;
use crate::domain::payment::Payment;
use crate::domain::prepaid::{UNKNOWN, UNPAID};
use crate::domain::qr::{self, QrError};
use crate::domain::search;
use crate::domain::stay::{State, Stay};
use crate::domain::tariff::FeeError;
use crate::domain::ticket;
use crate::domain::view::Printed;
use crate::journal::Draft;
use jiff::{SignedDuration, Timestamp, Zoned};
use uuid::Uuid;

/// An entry gate's clock may be ahead of this one by so much without anybody being stopped.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

/// A stay, how it is known, and what to look at.
#[derive(Clone)]
pub(super) struct Known {
    pub stay: Stay,
    pub by: &'static str,
    pub warnings: Vec<Warning>,
}

fn storage(e: crate::journal::JournalError) -> Refusal {
    Refusal::Storage(e.to_string())
}

/// What of it an auditor should look at.
fn flags_of(warnings: &[Warning]) -> Vec<String> {
    let mut flags = Vec::new();
    for warning in warnings {
        match warning {
            Warning::QrOnly => flags.push("qr_only".into()),
            Warning::TicketUnproven => flags.push("ticket_unproven".into()),
            Warning::PrepaidUnknown => flags.push(UNKNOWN.into()),
            Warning::PrepaidUnpaid => flags.push(UNPAID.into()),
            Warning::TariffUnknown => flags.push("tariff_unknown".into()),
            Warning::ClockDoubtful => flags.push("clock_doubtful".into()),
            Warning::MaybeOut { gate, .. } => flags.push(format!("maybe_out:{gate}")),
            Warning::MemberNoEntry => flags.push("member_no_entry".into()),
            Warning::MemberOtherPlate => flags.push("member_other_plate".into()),
            Warning::Member(_) | Warning::MemberInside { .. } | Warning::RecordedBy(_) => {}
            Warning::QrElsewhere { gate, .. } => flags.extend([format!("maybe_out:{gate}"), "qr_copy".into()]),
            Warning::PaperTwice { .. } => flags.push(TWICE.to_owned()),
            Warning::StatedInside { .. } => flags.push(STATED_INSIDE.to_owned()),
            Warning::PlateInside { .. }
            | Warning::PlateUnusual
            | Warning::OneStoreOnly
            | Warning::PrepaidMore(_)
            | Warning::Filling { .. } => {}
        }
    }
    flags
}

impl Desk {
    /// Inside: every one that fits, best first (`domain::search`); a scanned code finds its own stay.
    pub async fn find(&self, query: &str) -> Result<Vec<Stay>, Refusal> {
        if qr::looks_like(query) {
            return self.by_qr(query).await.map(|known| vec![known.stay]);
        }
        self.journal.find_inside(query.to_owned()).await.map_err(storage)
    }

    async fn resolve(&self, key: &StayKey) -> Result<Known, Refusal> {
        let known = match key {
            StayKey::Qr(text) => self.by_qr(text).await?,
            StayKey::Ticket(text) | StayKey::Typed(text) if qr::looks_like(text) => self.by_qr(text).await?,
            StayKey::Ticket(text) => self.by_ticket(text).await?,
            StayKey::Typed(text) => match self.by_ticket(text).await {
                Err(Refusal::TicketUnknown(_)) => self.by_plate(text).await?,
                found => found?,
            },
            StayKey::Stay(id) => {
                let stay = self.journal.by_stay(*id).await.map_err(storage)?;
                let stay = stay.ok_or_else(|| Refusal::TicketUnknown(id.to_string()))?;
                Known { stay, by: "replica", warnings: Vec::new() }
            }
        };
        match &known.stay.state {
            State::Inside => Ok(known),
            State::Void => Err(Refusal::TicketUnknown(known.stay.ticket)),
            State::Left { left_at, left_gate, .. } => {
                // Refused here, and known as out all the same: it came to life, and nobody was told.
                if *left_gate == self.gate.as_str() && self.tries.holds(&Thing::Exit(known.stay.stay)) {
                    return Ok(Known { stay: Stay { state: State::Inside, ..known.stay }, ..known });
                }
                // A hint can be false: it may cost a second look, never a refused exit.
                let scanned = key.is_qr();
                if !self.journal.is_hint(known.stay.stay).await.map_err(storage)? {
                    let gone = Box::new(known.stay);
                    return Err(if scanned { Refusal::QrUsed(gone) } else { Refusal::AlreadyOut(gone) });
                }
                let (gate, left_at) = (left_gate.clone(), *left_at);
                let maybe = if scanned {
                    Warning::QrElsewhere { gate, left_at }
                } else {
                    Warning::MaybeOut { gate, left_at }
                };
                let mut known = known.clone();
                known.warnings.push(maybe);
                known.stay.state = State::Inside;
                Ok(known)
            }
        }
    }

    async fn by_ticket(&self, text: &str) -> Result<Known, Refusal> {
        let unknown = || Refusal::TicketUnknown(text.trim().to_owned());
        let number = ticket::read(text).ok_or_else(unknown)?;
        let mut stays = self.journal.by_ticket(number).await.map_err(storage)?;
        let inside = stays.iter().filter(|s| s.is_inside()).count();
        if inside > 1 {
            stays.retain(Stay::is_inside);
            return Err(Refusal::Ambiguous(stays));
        }
        // Inside first, then the newest that left.
        let stay = stays.into_iter().next().ok_or_else(unknown)?;
        Ok(Known { stay, by: "replica", warnings: Vec::new() })
    }

    /// The one that fits exactly where no other fits, or a list to choose from; a fragment is never a guess.
    async fn by_plate(&self, text: &str) -> Result<Known, Refusal> {
        let found = self.journal.find_inside(text.to_owned()).await.map_err(storage)?;
        match search::certain(text, &found) {
            Some(stay) => Ok(Known { stay: stay.clone(), by: "replica", warnings: Vec::new() }),
            None if found.is_empty() => Err(Refusal::TicketUnknown(text.trim().to_owned())),
            None => Err(Refusal::Ambiguous(found)),
        }
    }

    /// A signed ticket lets an exit work that heard nothing at all.
    async fn by_qr(&self, text: &str) -> Result<Known, Refusal> {
        let mut keys = self.settings().keys;
        keys.extend(
            self.kit_keys.iter().filter(|k| !keys.iter().any(|s| s.key == k.key)).cloned().collect::<Vec<_>>(),
        );
        let (claim, gate) = qr::read(text, &self.site_code(), &keys).map_err(|e| match e {
            QrError::NotATicket => Refusal::QrNotATicket,
            QrError::Foreign => Refusal::QrForeign,
            QrError::UnknownKey if self.sync.link.borrow().link.is_up() => Refusal::QrForged,
            QrError::UnknownKey => Refusal::QrKeyUnknown,
            QrError::Signature => Refusal::QrAltered,
            QrError::Revoked => Refusal::QrRevoked,
        })?;
        if let Some(stay) = self.journal.by_stay(claim.stay).await.map_err(storage)? {
            return Ok(Known { stay, by: "replica", warnings: Vec::new() });
        }
        let class = self.with_book(|s, _| s.classes.get(usize::from(claim.class)).map(|c| c.id.clone()));
        let entered_at = claim.entered_at().ok_or(Refusal::QrNotATicket)?;
        let stay = Stay {
            stay: claim.stay,
            ticket: String::new(),
            plate: claim.plate,
            class: class.ok_or_else(|| Refusal::ClassUnknown(claim.class.to_string()))?,
            entered_at,
            entered_gate: gate.to_string(),
            operator: String::new(),
            tariff: u32::from(claim.tariff),
            prepaid: None,
            state: State::Inside,
            version: 0,
        };
        Ok(Known { stay, by: "qr", warnings: vec![Warning::QrOnly] })
    }

    /// Says so where nothing proves that the ticket was printed. A QR that was scanned has been on paper or on a screen:
    /// then only a failure that is certain counts.
    async fn proven(&self, key: &StayKey, mut known: Known) -> Known {
        let scanned = key.is_qr();
        let printed = self.journal.paper_of(&known.stay).await.unwrap_or(Printed::None);
        if printed == Printed::Failed || printed == Printed::Unproven && !scanned {
            known.warnings.push(Warning::TicketUnproven);
        }
        known.warnings.extend(self.twice(&known.stay).await);
        known
    }

    /// What it costs now. Changes nothing.
    pub async fn quote(&self, key: &StayKey) -> Result<Quote, Refusal> {
        self.quote_with(key, None, &Concession::default()).await
    }

    /// The same where something is special about it.
    pub async fn quote_with(
        &self,
        key: &StayKey,
        lost: Option<&LostClaim>,
        more: &Concession,
    ) -> Result<Quote, Refusal> {
        let known = self.proven(key, self.resolve(key).await?).await;
        self.asked(known, self.clock.now(), lost, more).await.map(|(quote, _)| quote)
    }

    /// What it costs at this moment; what was, or may have been, paid without cash holds its own for a while.
    pub(super) async fn asked(
        &self,
        known: Known,
        as_of: Zoned,
        lost: Option<&LostClaim>,
        more: &Concession,
    ) -> Result<(Quote, Given), Refusal> {
        let charge = self.charge_of(known.stay.stay).await;
        if let Some((held, amount)) =
            charge.as_ref().and_then(|charge| Some((charge.held(as_of.timestamp())?, charge.amount)))
        {
            let mut given = self.conceded(more, &known.stay, known.by, held).await?;
            let then = held.to_zoned(self.clock.zone().clone());
            let quote = self.reckon(known.clone(), then, lost, &mut given)?;
            if quote.fee.total == amount {
                return Ok((Quote { charge, ..quote }, given));
            }
        }
        let mut given = self.conceded(more, &known.stay, known.by, as_of.timestamp()).await?;
        let quote = self.reckon(known, as_of, lost, &mut given)?;
        Ok((Quote { charge, ..quote }, given))
    }

    pub(super) fn reckon(
        &self,
        known: Known,
        as_of: Zoned,
        lost: Option<&LostClaim>,
        given: &mut Given,
    ) -> Result<Quote, Refusal> {
        let Known { stay, by, mut warnings } = known;
        let entered = stay.entered_at;
        let mut left = as_of.timestamp();
        let behind = left < entered && entered.duration_since(left) <= CLOCK_SLACK;
        if behind {
            left = entered;
        }
        if behind || self.clock.doubt().is_some() {
            warnings.push(Warning::ClockDoubtful);
        }
        let terms = Terms { lost: lost.map(|claim| terms::lost(claim, by, &warnings)), ..Terms::default() };
        let mut upfront = false;
        let (fee, frozen) = self.with_tariffs(|book, calendar| {
            let (tariff, frozen) = book.frozen(stay.tariff);
            let terms = given.terms(tariff, terms, &mut warnings);
            upfront = tariff.is_prepaid(&stay.class);
            (tariff.charge(&terms.request(&stay.class, (entered, left), calendar)), frozen)
        });
        if !frozen {
            warnings.push(Warning::TariffUnknown);
        }
        let fee = fee.map_err(|e| match e {
            FeeError::NoRule { class, .. } => Refusal::ClassUnknown(class),
            FeeError::EntryAfterExit | FeeError::Implausible { .. } => Refusal::TimeImplausible(e.to_string()),
        })?;
        let fee = prepaid::taken_off(fee, &stay, upfront, by, &mut warnings);
        Ok(Quote { stay, fee, as_of, known: by.to_owned(), warnings, charge: None })
    }

    /// The moment a fee is reckoned for: the one on the screen while it is honoured, or held by a charge; else now.
    pub(super) async fn moment(
        &self,
        shown: Option<Timestamp>,
        now: &Zoned,
        stay: Option<Uuid>,
    ) -> Result<Zoned, Refusal> {
        let Some(shown) = shown else { return Ok(now.clone()) };
        let age = now.timestamp().duration_since(shown).as_secs();
        let charge = match stay {
            Some(stay) => self.charge_of(stay).await,
            None => None,
        };
        let held = charge.and_then(|charge| charge.held(now.timestamp())) == Some(shown);
        if held || (0..=QUOTE_HONOURED_SECONDS).contains(&age) {
            Ok(shown.to_zoned(self.clock.zone().clone()))
        } else {
            Err(Refusal::QuoteTooOld)
        }
    }

    /// Paid and out, durably.
    pub async fn leave(&self, request: LeaveRequest) -> Result<LeaveAnswer, Refusal> {
        let _one_at_a_time = self.exits.lock().await;
        let stamp = self.clock.stamp();
        let known = self.proven(&request.key, self.resolve(&request.key).await?).await;
        let lost = request.lost.as_ref();
        let as_of = self.moment(request.as_of, &stamp.at, Some(known.stay.stay)).await?;
        let mut given = self.conceded(&request.more, &known.stay, known.by, as_of.timestamp()).await?;
        given.is_allowed()?;
        let quote = self.reckon(known, as_of, lost, &mut given)?;
        if request.shown.is_some_and(|shown| shown != (quote.stay.stay, quote.fee.total)) {
            return Err(Refusal::QuoteTooOld);
        }
        request.payment.check(quote.fee.total)?;
        let thing = Thing::Exit(quote.stay.stay);
        self.pay(thing, stamp, quote, request.payment, Special { lost, given }, Vec::new()).await
    }

    pub(super) async fn pay(
        &self,
        thing: Thing,
        stamp: Stamp,
        quote: Quote,
        payment: Payment,
        Special { lost, given }: Special<'_>,
        mut flags: Vec<String>,
    ) -> Result<LeaveAnswer, Refusal> {
        let Quote { mut stay, fee, known, mut warnings, .. } = quote;
        flags.extend(self.charges_left(stay.stay, &payment).await);
        flags.extend(flags_of(&warnings));
        flags.extend(payment.unmatched().map(str::to_owned));
        let tried = self.tries.take(&thing);
        // Without data the stay is named after the exit itself.
        let stated = (known == "stated").then_some(stay.stay);
        let id = tried.as_ref().map(|first| first.id).or(stated).unwrap_or_else(|| fresh_id(&stamp));
        if stated.is_some() {
            stay.stay = id;
        }
        let tendered = payment.tendered();
        let change = tendered - fee.total;
        let note = lost.map(|claim| {
            let how = terms::lost(claim, &known, &warnings);
            flags.push("lost".into());
            if claim.waiver.as_ref().is_some_and(|waiver| !waiver.by.proven) {
                flags.push(UNPROVEN_SUPERVISOR.into());
            }
            self.lost_note(claim, &fee, how, id, &stamp.at)
        });
        let (mut more, card) = given.told(&fee, &mut flags);
        more.prepaid = stay.prepaid;
        let event = self.left(&stay, &fee, known, &payment, (note.clone(), more, flags));
        stay.state =
            State::Left { left_at: stamp.at.timestamp(), left_gate: self.gate.to_string(), fee: fee.total };
        stay.version += 1;
        let seen = lost.and_then(|claim| claim.seen.clone());
        let personal = stay.plate.iter().map(|p| ("plate", p.clone())).chain(seen.map(|s| ("stnk", s)));
        let personal = personal.chain(card.map(|card| ("member", card))).collect();
        let draft = Draft {
            id,
            origin: self.origin(fee.version),
            stamp: stamp.clone(),
            event,
            personal,
            stay: Some(stay.clone()),
        };
        let asked = stated.unwrap_or(stay.stay);
        let recorded = self.record(thing, tried, draft, &mut warnings).await?;
        self.charges_done(asked).await;
        let mut answer =
            LeaveAnswer { fact: id, stay, fee, payment, tendered, change, at: stamp.at, warnings, lost: note };
        if recorded.again {
            self.tell_as_recorded(&mut answer, &recorded.sealed.fact)?;
        }
        let paid = Paid {
            lines: answer.fee.lines.clone(),
            fee: answer.fee.total,
            tax: answer.fee.tax,
            method: answer.payment.method().word().to_owned(),
            tendered: answer.tendered,
            change: answer.change,
            lost: answer.lost.clone(),
        };
        let (stay, at) = (Box::new(answer.stay.clone()), answer.at.clone());
        let _ = self.done.send(Done::Left { stay, at, paid: Box::new(paid) });
        Ok(answer)
    }
}
