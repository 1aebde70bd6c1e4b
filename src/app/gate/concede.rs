//! What an exit is given beside the ordinary price, from local state only: whose plate it is, a card, a voucher's number,
//! free of charge. And what the entry says of a member. None of it ever stops a vehicle, but a voucher that was taken here.

use super::desk::Desk;
use super::terms::Terms;
use crate::domain::concession::{
    Conceded, Concession, FreeNote, FreePass, MemberChoice, MemberNote, VoucherNote, VoucherSlip, reference,
};
use crate::domain::desk::{Refusal, Warning};
use crate::domain::kinds::{Event, kind};
use crate::domain::lost::{Approval, LostClaim, UNPROVEN_SUPERVISOR};
use crate::domain::member::{self, Member, Standing};
use crate::domain::money::Rupiah;
use crate::domain::operator::Role;
use crate::domain::stay::Stay;
use crate::domain::tariff::{Fee, LineKind, Tariff};
use crate::journal::Beside;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

/// `note` of an entry whose member was inside already.
pub const MEMBER_INSIDE: &str = "member_inside";

/// The member that a stay is reckoned for.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub member: Member,
    standing: Standing,
    by: &'static str,
}

/// What was looked up for an exit.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    pub member: Option<Known>,
    voucher: Option<VoucherSlip>,
    free: Option<FreePass>,
    warnings: Vec<Warning>,
}

/// What is special about an exit.
#[derive(Clone, Debug, Default)]
pub(super) struct Special<'a> {
    pub lost: Option<&'a LostClaim>,
    pub given: Given,
}

fn storage(e: crate::journal::JournalError) -> Refusal {
    Refusal::Storage(e.to_string())
}

impl Given {
    /// Into the terms of this tariff; what is to be told of the member goes to the warnings.
    pub(super) fn terms(&mut self, tariff: &Tariff, terms: Terms, warnings: &mut Vec<Warning>) -> Terms {
        let mut group = None;
        if let Some(known) = &mut self.member {
            if known.standing == Standing::Valid {
                group = member::rule_of(tariff.members.keys(), &known.member.group);
                if group.is_none() {
                    known.standing = Standing::NoRule;
                }
            }
            warnings.push(Warning::Member(known.member.seen(known.standing)));
        }
        warnings.append(&mut self.warnings);
        let voucher = self.voucher.as_ref().map(|slip| slip.worth);
        let free = self.free.as_ref().map(FreePass::words);
        Terms { member: group, voucher, free, ..terms }
    }

    /// What the exit's fact says of it, with its flags, and the member's card.
    pub(super) fn told(&self, fee: &Fee, flags: &mut Vec<String>) -> (Conceded, Option<String>) {
        let off = |kind: LineKind| {
            Rupiah::ZERO
                - fee.lines.iter().filter(|line| line.kind == kind).map(|line| line.amount).sum::<Rupiah>()
        };
        let member = self.member.as_ref().map(|known| {
            let valid = known.standing == Standing::Valid;
            flags.push(if valid { "member".into() } else { format!("member_{}", known.standing.word()) });
            let (group, by) = (known.member.group.clone(), known.by.to_owned());
            MemberNote { group, standing: known.standing, by }
        });
        let voucher = self.voucher.as_ref().map(|slip| {
            flags.push("voucher".into());
            let (reference, worth) = (slip.reference.clone(), slip.worth);
            VoucherNote { reference, worth, off: off(LineKind::Voucher) }
        });
        let free = self.free.as_ref().and_then(|pass| {
            let by = pass.by.clone()?;
            flags.push("free".into());
            if !by.proven {
                flags.push(UNPROVEN_SUPERVISOR.into());
            }
            Some(FreeNote { reason: pass.reason.clone(), note: pass.note.clone(), by, off: off(LineKind::Free) })
        });
        let card = self.member.as_ref().map(|known| known.member.card.clone());
        (Conceded { member, voucher, free, prepaid: None }, card)
    }

    /// Who allows what is free must be named before money is settled.
    pub(super) fn is_allowed(&self) -> Result<(), Refusal> {
        match &self.free {
            Some(FreePass { by: None, .. }) => Err(Refusal::ReasonMissing),
            _ => Ok(()),
        }
    }
}

impl Desk {
    /// The day of the site's calendar.
    fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.clock.zone().clone()).date()
    }

    /// What an exit of this stay is given. `known` is how the gate knows it; `stated`: nobody saw it come in.
    pub(super) async fn conceded(
        &self,
        asked: &Concession,
        stay: &Stay,
        known: &str,
        at: Timestamp,
    ) -> Result<Given, Refusal> {
        let mut given = Given::default();
        let day = self.day(at);
        let mut found = match (&asked.member, &stay.plate) {
            (MemberChoice::ByPlate, Some(plate)) => {
                member::best(self.journal.members_by_plate(plate.clone()).await.unwrap_or_default(), day)
                    .map(|member| (member, "plate"))
            }
            (MemberChoice::Card(typed), plate) => {
                let member = self.journal.member(member::card(typed)).await.map_err(storage)?;
                let member = member.ok_or_else(|| Refusal::MemberUnknown(typed.trim().to_owned()))?;
                if plate.as_ref().is_some_and(|plate| !member.plates.contains(plate)) {
                    given.warnings.push(Warning::MemberOtherPlate);
                }
                Some((member, "card"))
            }
            _ => None,
        };
        if let Some((member, by)) = found.take() {
            if known == "stated" {
                given.warnings.push(Warning::MemberNoEntry);
            }
            given.member = Some(Known { standing: member.standing(day), member, by });
        }
        if let Some(slip) = &asked.voucher {
            let number = reference(&slip.reference)
                .ok_or_else(|| Refusal::VoucherUnread(slip.reference.trim().to_owned()))?;
            self.voucher_is_free(&number, stay.stay).await?;
            given.voucher = Some(VoucherSlip { reference: number, worth: slip.worth });
        }
        if let Some(pass) = &asked.free {
            if pass.reason.trim().is_empty() {
                return Err(Refusal::FreeReasonMissing);
            }
            let cut = |text: &str, most: usize| text.trim().chars().take(most).collect::<String>();
            let (reason, note) = (cut(&pass.reason, 40), cut(&pass.note, 80));
            given.free = Some(FreePass { reason, note, by: pass.by.clone() });
        }
        Ok(given)
    }

    /// Taken here already, and not by this very stay (whose exit is tried again).
    async fn voucher_is_free(&self, number: &str, stay: Uuid) -> Result<(), Refusal> {
        let uses = self.journal.voucher_uses(number.to_owned()).await.map_err(storage)?;
        let own = stay.to_string();
        let other = uses.iter().find(|exit| exit.body.get("stay").and_then(|s| s.as_str()) != Some(own.as_str()));
        match other {
            None => Ok(()),
            Some(exit) => Err(Refusal::VoucherUsed {
                reference: number.to_owned(),
                at: exit.at.parse().unwrap_or(Timestamp::UNIX_EPOCH),
            }),
        }
    }

    /// The member whose plate it is, and where the member is inside already (`except` is the stay that enters now).
    pub fn member_at_entry(&self, beside: Beside, except: Option<Uuid>) -> Vec<Warning> {
        let at = self.clock.now().timestamp();
        let day = self.day(at);
        let Some(member) = member::best(beside.members, day) else { return Vec::new() };
        let standing = match member.standing(day) {
            Standing::Valid => self.with_book(|_, book| {
                let rule = member::rule_of(book.at(at).members.keys(), &member.group);
                rule.map_or(Standing::NoRule, |_| Standing::Valid)
            }),
            other => other,
        };
        let mut warnings = vec![Warning::Member(member.seen(standing))];
        for key in &member.plates {
            let theirs = |stay: &&Stay| stay.plate.as_ref() == Some(key) && Some(stay.stay) != except;
            if let Some(stay) = beside.with_them.iter().find(theirs) {
                warnings.push(Warning::MemberInside { plate: key.clone(), entered_at: stay.entered_at });
                break;
            }
        }
        warnings
    }

    /// The entry of a member who is inside already is flagged, by a fact of its own behind it.
    pub(super) async fn flag_member_inside(&self, stay: Uuid, warnings: &[Warning]) {
        let since = warnings.iter().find_map(|warning| match warning {
            Warning::MemberInside { entered_at, .. } => Some(*entered_at),
            _ => None,
        });
        let Some(since) = since else { return };
        let since = crate::domain::fact::wall_time(&since.to_zoned(self.clock.zone().clone()));
        let body = json!({"what": MEMBER_INSIDE, "stay": stay, "since": since});
        if let Err(e) = self.record_event(Event::Other { kind: kind::NOTE.into(), body }).await {
            tracing::warn!(target: "gate", error = %e, "tanda anggota masih di dalam belum tercatat");
        }
    }

    /// A supervisor at the desk allows by being there.
    pub fn own_approval(&self) -> Option<Approval> {
        let granted = self.post.proven().filter(|granted| granted.role >= Role::Supervisor)?;
        Some(Approval { supervisor: granted.name, proven: true })
    }
}
