//! Bayar di depan at the desk: what an entry has to pay before it is recorded, and what its exit takes off.

use super::clock::fresh_id;
use super::desk::Desk;
use crate::domain::desk::{EnterRequest, Refusal, Warning};
use crate::domain::kinds::Event;
use crate::domain::member::{self, Standing};
use crate::domain::money::Rupiah;
use crate::domain::payment::{Payment, Unpaid};
use crate::domain::prepaid::{Due, Prepaid, Upfront};
use crate::domain::stay::Stay;
use crate::domain::tariff::Fee;
use crate::journal::{Draft, Recorded};
use jiff::Timestamp;

impl Desk {
    /// What this entry pays on the way in; refused with how much is due where nobody has paid yet.
    pub(super) async fn upfront(
        &self,
        request: &EnterRequest,
        class: &str,
        key: Option<&str>,
    ) -> Result<Option<Prepaid>, Refusal> {
        if request.upfront == Upfront::Nobody {
            return Ok(None);
        }
        let now = self.clock.now().timestamp();
        let charge = match &request.upfront {
            Upfront::Paid { visit: Some(visit), .. } => self.charge_of(*visit).await,
            _ => None,
        };
        // What was asked for by a program is the price that was asked for, whatever begins to hold meanwhile.
        let at = charge.as_ref().and_then(|charge| charge.held(now)).unwrap_or(now);
        let due = |group: Option<String>| {
            self.with_tariffs(|book, calendar| {
                let (tariff, _) = book.frozen(book.version_at(at));
                let group = group.and_then(|group| member::rule_of(tariff.members.keys(), &group));
                tariff.upfront(class, at, calendar, group.as_deref())
            })
        };
        // Where others pay nothing, nobody looks for a member.
        let fee = match due(None) {
            None => None,
            all => match key {
                Some(key) => match self.member_group(key, at).await {
                    Some(group) => due(Some(group)),
                    None => all,
                },
                None => all,
            },
        };
        let Some(fee) = fee else { return Self::not_due(&request.upfront) };
        let Upfront::Paid { payment, visit } = &request.upfront else {
            // Nobody is asked for money that cannot come in.
            self.admit(class).await?;
            let Fee { total: amount, lines, .. } = fee;
            let visit = fresh_id(&self.clock.stamp());
            return Err(Refusal::PrepaymentDue(Box::new(Due { visit, class: class.to_owned(), amount, lines })));
        };
        payment.check(fee.total)?;
        let mut paid = Prepaid::of(fee, payment);
        if let Some(visit) = *visit {
            paid.charge = charge.map(|charge| charge.charge);
            paid.flags.extend(self.charges_left(visit, payment).await);
        }
        Ok(Some(paid))
    }

    /// Nothing is due, now that it is here: what was asked for is not dropped without a word.
    fn not_due(upfront: &Upfront) -> Result<Option<Prepaid>, Refusal> {
        match upfront {
            // Nobody can count it back: it is written, and the exit takes it off.
            Upfront::Paid { payment: payment @ Payment::Cashless { amount, .. }, .. } => {
                let nothing = Fee { total: *amount, lines: Vec::new(), version: 0, seconds: 0, tax: None };
                Ok(Some(Prepaid::of(nothing, payment)))
            }
            // A screen asked for it, and it goes back over the counter.
            Upfront::Paid { payment, visit: Some(_) } => {
                Err(Unpaid::Other { fee: Rupiah::ZERO, paid: payment.tendered() }.into())
            }
            _ => Ok(None),
        }
    }

    /// The group of the member whose plate it is, while it is valid.
    async fn member_group(&self, key: &str, at: Timestamp) -> Option<String> {
        let day = at.to_zoned(self.clock.zone().clone()).date();
        let found = self.journal.members_by_plate(key.to_owned()).await.ok()?;
        let member = member::best(found, day).filter(|member| member.standing(day) == Standing::Valid)?;
        Some(member.group)
    }
}

/// Into the entry's fact, so that there is never one without the other.
pub(super) fn put(draft: &mut Draft, paid: Option<Prepaid>) {
    if let Some(stay) = &mut draft.stay {
        stay.prepaid = paid.as_ref().map(|paid| paid.amount);
    }
    if let Event::Entered(entered) = &mut draft.event {
        entered.prepaid = paid.map(Box::new);
    }
}

/// What was paid, as the fact on record says it.
pub(super) fn recorded(recorded: &Recorded) -> Option<Box<Prepaid>> {
    match recorded.sealed.fact.event() {
        Ok(Event::Entered(entered)) => entered.prepaid,
        _ => None,
    }
}

/// The fee of an exit without what was paid on the way in; `upfront`: its tariff says it had to be.
pub(super) fn taken_off(fee: Fee, stay: &Stay, upfront: bool, known: &str, warnings: &mut Vec<Warning>) -> Fee {
    match stay.prepaid {
        Some(paid) => return fee.less(paid),
        None if !upfront || fee.total.0 == 0 => {}
        None if known == "replica" => warnings.push(Warning::PrepaidUnpaid),
        // Money is asked for twice if nobody looks: it stands before the rest.
        None => warnings.insert(0, Warning::PrepaidUnknown),
    }
    fee
}
