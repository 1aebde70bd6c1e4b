//! Lost tickets at a gate: what the exit's fact says of one, and fines that are paid back. The code of a fine is looked up
//! in this journal first, then at the centre; where neither knows it a supervisor may pay back what the receipt says, and
//! the fact bears a flag. Two gates that cannot hear one another may both pay: the centre shows which was the second.

use super::clock::fresh_id;
use super::desk::Desk;
use crate::central::Central;
use crate::domain::desk::{Refusal, Warning};
use crate::domain::fact::{Content, wall_time};
use crate::domain::kinds::{Event, kind};
use crate::domain::lost::{
    self, Approval, Fine, LostClaim, LostNote, NOT_PRINTED, PaidBack, RefundRequest, Refunded, UNPROVEN_SUPERVISOR,
};
use crate::domain::money::{MOST_TENDERED, Rupiah};
use crate::domain::operator::{Denial, Role};
use crate::domain::secret::Secret;
use crate::domain::stay::Stay;
use crate::domain::tariff::{Fee, LineKind, Lost};
use crate::journal::Draft;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// The centre is asked for so long.
const ASK: Duration = Duration::from_secs(2);

/// A fine went back, durably.
#[derive(Clone, Debug)]
pub struct RefundAnswer {
    pub fact: Uuid,
    pub claim: String,
    pub amount: Rupiah,
    pub at: Zoned,
    /// Nobody here could say that it was ever taken.
    pub unverified: bool,
    pub warnings: Vec<Warning>,
}

fn short(text: &str, most: usize) -> String {
    text.trim().chars().take(most).collect()
}

/// So many vehicles inside are shown.
const MOST: usize = 50;

impl Desk {
    /// Vehicles inside, by a part of the plate (best first; an empty one is any), the class, and how many hours ago they
    /// came; newest first where nothing is typed.
    pub async fn find_lost(
        &self,
        typed: &str,
        class: Option<&str>,
        hours: Option<u32>,
    ) -> Result<Vec<Stay>, Refusal> {
        let since = hours.and_then(|hours| {
            self.clock.now().timestamp().checked_sub(SignedDuration::from_hours(i64::from(hours))).ok()
        });
        let class = class.map(|class| class.trim().to_lowercase()).filter(|class| !class.is_empty());
        let fits = move |stay: &Stay| {
            class.as_ref().is_none_or(|class| stay.class == *class)
                && since.is_none_or(|since| stay.entered_at >= since)
        };
        let found = self.journal.find_lost(typed.to_owned(), fits).await;
        let mut stays = found.map_err(|e| Refusal::Storage(e.to_string()))?;
        stays.truncate(MOST);
        Ok(stays)
    }

    /// What an exit's fact says of its lost ticket.
    pub(super) fn lost_note(&self, claim: &LostClaim, fee: &Fee, how: Lost, exit: Uuid, at: &Zoned) -> LostNote {
        let fines = fee.lines.iter().filter(|line| line.kind == LineKind::LostFine);
        let fine: Rupiah = fines.map(|line| line.amount).sum();
        let days = self.refund_days;
        let returns = fine > Rupiah::ZERO && days > 0;
        let until = at.checked_add(SignedDuration::from_hours(24 * i64::from(days))).ok();
        let word = match how {
            Lost::Proven => "proven",
            Lost::Unproven => "unproven",
            Lost::Waived => "waived",
        };
        let waived = match &claim.waiver {
            Some(waiver) => Some(short(&waiver.reason, 120)),
            None => (how == Lost::Waived).then(|| NOT_PRINTED.to_owned()),
        };
        LostNote {
            how: word.into(),
            fine,
            claim: returns.then(|| lost::code(self.gate.as_str(), exit)),
            until: until.filter(|_| returns).map(|until| wall_time(&until)),
            waived,
            by: claim.waiver.as_ref().map(|waiver| waiver.by.clone()),
            seen_by: claim.seen.as_ref().map(|_| self.operator()),
        }
    }

    /// Whether somebody may allow what only a supervisor may: by his PIN where the site has supervisors, else by name.
    pub async fn approve(&self, name: &str, pin: Option<Secret>) -> Result<Approval, Refusal> {
        let guarded = self.settings().operators.iter().any(|person| person.role >= Role::Supervisor);
        match pin {
            Some(pin) if guarded => {
                let granted = self.check_supervisor(name, pin).await.map_err(Refusal::NotAllowed)?;
                Ok(Approval { supervisor: granted.name, proven: true })
            }
            None if guarded => Err(Refusal::NotAllowed(Denial::NotSupervisor)),
            _ if name.trim().is_empty() => Err(Refusal::ReasonMissing),
            _ => Ok(Approval { supervisor: short(name, 64), proven: false }),
        }
    }

    /// What this terminal itself paid back is not paid again.
    pub(super) async fn not_paid_here(&self, code: &str) -> Result<(), Refusal> {
        let here = self.journal.claimed(code.to_owned()).await.map_err(|e| Refusal::Storage(e.to_string()))?;
        match own_refunds(code, &here).into_iter().next() {
            Some(paid) => Err(Refusal::PaidBack { gate: paid.gate, at: paid.at }),
            None => Ok(()),
        }
    }

    /// A fine by its code, as this terminal and, with the link up, the centre know it.
    pub async fn fine(&self, code: &str) -> Result<Option<Fine>, Refusal> {
        let here = self.journal.claimed(code.to_owned()).await.map_err(|e| Refusal::Storage(e.to_string()))?;
        let own = fine_of(code, &here);
        let refunds = own_refunds(code, &here);
        let mut asked = None;
        if let Some(target) = self.post.target().filter(|_| self.sync.link.borrow().link.is_up()) {
            let answer = async {
                let central = Central::connect(target, "parkir-denda", ASK).await?;
                central.fine(code, ASK).await
            };
            match answer.await {
                Ok(found) => asked = Some(found),
                Err(e) => tracing::warn!(target: "gate", error = %e, "kode denda tidak dapat ditanyakan ke pusat"),
            }
        }
        let mut fine = own;
        if let Some(Some(centre)) = asked {
            // What waits to be sent is known here only, and what others did there only.
            fine = Some(match fine {
                Some(mine) => Fine { refunds: centre.refunds, voided: mine.voided || centre.voided, ..mine },
                None => centre,
            });
        }
        if let Some(fine) = &mut fine {
            let known: Vec<Uuid> = fine.refunds.iter().map(|paid| paid.fact).collect();
            fine.refunds.extend(refunds.into_iter().filter(|paid| !known.contains(&paid.fact)));
        } else if let Some(paid) = refunds.into_iter().next() {
            return Err(Refusal::PaidBack { gate: paid.gate, at: paid.at });
        }
        Ok(fine)
    }

    /// Pays a fine back from this till.
    pub async fn refund(&self, request: RefundRequest) -> Result<RefundAnswer, Refusal> {
        if request.reason.trim().is_empty() {
            return Err(Refusal::ReasonMissing);
        }
        let code = lost::read_code(&request.code).ok_or_else(|| Refusal::ClaimUnknown(request.code.clone()))?;
        // The centre is asked first: no exit waits for the network.
        let fine = self.fine(&code).await?;
        let _one_at_a_time = self.exits.lock().await;
        self.not_paid_here(&code).await?;
        let stamp = self.clock.stamp();
        let mut flags = Vec::new();
        if let Some(fine) = &fine {
            if let Some(paid) = fine.refunds.first() {
                return Err(Refusal::PaidBack { gate: paid.gate.clone(), at: paid.at.clone() });
            }
            if fine.voided {
                return Err(Refusal::ClaimVoided);
            }
            let until = fine.until.as_deref().and_then(|until| until.parse::<Timestamp>().ok());
            if until.is_some_and(|until| until < stamp.at.timestamp()) {
                return Err(Refusal::ClaimOver(fine.until.clone().unwrap_or_default()));
            }
        } else {
            flags.push("unverified".to_owned());
        }
        if !request.by.proven {
            flags.push(UNPROVEN_SUPERVISOR.into());
        }
        let amount = match (&fine, request.amount) {
            (Some(fine), _) => fine.fine,
            (None, Some(amount)) if amount > Rupiah::ZERO && amount <= MOST_TENDERED => amount,
            (None, _) => return Err(Refusal::AmountNeeded),
        };
        let unverified = fine.is_none();
        let body = Refunded {
            claim: code.clone(),
            target: fine.as_ref().map(|fine| fine.fact),
            target_gate: fine.as_ref().map(|fine| fine.gate.clone()),
            stay: fine.as_ref().map(|fine| fine.stay),
            class: fine.map(|fine| fine.class).unwrap_or_default(),
            amount,
            reason: short(&request.reason, 120),
            by: request.by,
            flags,
        };
        let selling = self.selling().await?;
        let mut draft = Draft {
            id: fresh_id(&stamp),
            origin: self.origin(0),
            stamp: stamp.clone(),
            event: Event::Refunded(body),
            personal: Vec::new(),
            stay: None,
        };
        self.of_this_shift(&selling, &mut draft);
        let mut warnings = Vec::new();
        let recorded = self.told(self.journal.record(draft).await, &mut warnings)?;
        Ok(RefundAnswer {
            fact: recorded.sealed.fact.id(),
            claim: code,
            amount,
            at: stamp.at,
            unverified,
            warnings,
        })
    }
}

fn text(body: &Value, pointer: &str) -> String {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The exit of this journal that took it.
fn fine_of(code: &str, facts: &[Content]) -> Option<Fine> {
    let exit = facts.iter().find(|f| f.kind == kind::LEFT && text(&f.body, "/lost/claim") == code)?;
    let gone = |f: &&Content| f.kind == kind::VOIDED && text(&f.body, "/target") == exit.id.to_string();
    Some(Fine {
        claim: code.to_owned(),
        fact: exit.id,
        gate: exit.gate.to_string(),
        stay: text(&exit.body, "/stay").parse().ok()?,
        class: text(&exit.body, "/class"),
        fine: Rupiah(exit.body.pointer("/lost/fine")?.as_i64()?),
        until: exit.body.pointer("/lost/until").and_then(Value::as_str).map(str::to_owned),
        voided: facts.iter().any(|f| gone(&f)),
        refunds: Vec::new(),
    })
}

fn own_refunds(code: &str, facts: &[Content]) -> Vec<PaidBack> {
    let paid = facts.iter().filter(|f| f.kind == kind::REFUNDED && text(&f.body, "/claim") == code);
    paid.map(|f| PaidBack {
        fact: f.id,
        gate: f.gate.to_string(),
        at: f.at.clone(),
        amount: Rupiah(f.body["amount"].as_i64().unwrap_or_default()),
    })
    .collect()
}
