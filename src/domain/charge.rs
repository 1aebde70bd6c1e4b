//! A fee that was asked for without cash: from the moment a program is started until its exit, or the entry that is paid on
//! the way in, is recorded. What is known of it outlives the terminal, so that nobody is asked twice for what he may have
//! paid.

use super::money::Rupiah;
use super::payment::{Method, Payment, Receipt};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `what` of the notes that tell of a charge.
pub const CHARGE: &str = "charge";
/// Flag of an exit that was paid otherwise although a provider had confirmed a charge: its reference follows.
pub const UNUSED: &str = "charge_unused";
/// The same of a charge nobody knows the end of: its id follows.
pub const UNKNOWN: &str = "charge_unknown";

/// What was paid at the exit holds its fee for so long; afterwards the fee is reckoned anew and the cashier decides.
const PAID_HOLDS: SignedDuration = SignedDuration::from_hours(1);
/// What may have been paid, for so long.
const OPEN_HOLDS: SignedDuration = SignedDuration::from_mins(10);

/// How a charge stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// The program was asked; no end came yet, or the power went before it.
    Begun,
    Paid {
        receipt: Receipt,
    },
    /// Certainly not paid.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// One charge of a stay's fee; also the body of its notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The provider's key: the same for the same fee of the same stay by the same method, until an exit has taken it.
    pub charge: String,
    /// On the way in: `prepaid::Due::visit`, which becomes no stay.
    pub stay: Uuid,
    pub method: Method,
    pub amount: Rupiah,
    /// The moment the fee was reckoned for.
    pub as_of: Timestamp,
    #[serde(flatten)]
    pub standing: Standing,
}

impl Charge {
    pub fn begun(stay: Uuid, method: Method, amount: Rupiah, as_of: Timestamp) -> Self {
        let charge = format!("{}-{method}-{}", stay.simple(), amount.0);
        Self { charge, stay, method, amount, as_of, standing: Standing::Begun }
    }

    /// The same behind exits that were taken back: what was paid for them is not paid again by asking.
    pub fn behind(mut self, exits: usize) -> Self {
        if exits > 0 {
            self.charge = format!("{}-{}", self.charge, exits + 1);
        }
        self
    }

    /// Nobody knows its end.
    pub fn is_open(&self) -> bool {
        matches!(self.standing, Standing::Begun | Standing::Unknown)
    }

    /// The payment, once it is confirmed.
    pub fn payment(&self) -> Option<Payment> {
        let Standing::Paid { receipt } = &self.standing else { return None };
        Some(Payment::Cashless { method: self.method, receipt: receipt.clone(), amount: self.amount })
    }

    /// The moment whose fee is still asked for: what was, or may have been, paid.
    pub fn held(&self, now: Timestamp) -> Option<Timestamp> {
        let holds = match self.standing {
            Standing::Paid { .. } => PAID_HOLDS,
            Standing::Begun | Standing::Unknown => OPEN_HOLDS,
            Standing::Refused => return None,
        };
        let age = now.duration_since(self.as_of);
        (!age.is_negative() && age <= holds).then_some(self.as_of)
    }
}

/// Takes down what is newly known of a charge; an end is never taken back by its own beginning.
pub fn take_down(known: &mut Vec<Charge>, told: Charge) {
    match known.iter_mut().find(|charge| charge.charge == told.charge) {
        Some(old) if matches!(old.standing, Standing::Paid { .. }) => {}
        Some(old) => *old = told,
        None => known.push(told),
    }
}

/// The one that counts: a paid one before any other, the newest of these. What was refused is nothing.
pub fn counting(known: &[Charge]) -> Option<&Charge> {
    let open = known.iter().filter(|charge| charge.standing != Standing::Refused);
    open.max_by_key(|charge| (matches!(charge.standing, Standing::Paid { .. }), charge.as_of))
}

/// What an exit that is paid like this leaves behind of its charges, as flags for an auditor.
pub fn left_behind(known: &[Charge], payment: &Payment) -> Vec<String> {
    let used = payment.receipt().map(|receipt| receipt.reference.as_str());
    let flag = |charge: &Charge| match &charge.standing {
        Standing::Paid { receipt } if Some(receipt.reference.as_str()) != used => {
            Some(format!("{UNUSED}:{}", receipt.reference))
        }
        // The proof that was typed is of the one by this method and of this sum.
        Standing::Unknown | Standing::Begun
            if (payment.method(), payment.tendered()) != (charge.method, charge.amount) =>
        {
            Some(format!("{UNKNOWN}:{}", charge.charge))
        }
        _ => None,
    };
    known.iter().filter_map(flag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::payment::Proof;
    use serde_json::json;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn charge(amount: i64, standing: Standing) -> Charge {
        let begun = Charge::begun(Uuid::from_u128(7), Method::Qris, Rupiah(amount), AT);
        Charge { standing, ..begun }
    }

    fn paid(reference: &str) -> Standing {
        Standing::Paid { receipt: Receipt { reference: reference.into(), proof: Proof::Confirmed } }
    }

    #[test]
    fn a_note_of_a_charge_is_read_back_as_it_was() {
        for standing in [Standing::Begun, paid("8841"), Standing::Refused, Standing::Unknown] {
            let charge = charge(5_000, standing);
            let mut body = serde_json::to_value(&charge).unwrap();
            body["what"] = json!(CHARGE);
            assert_eq!(serde_json::from_value::<Charge>(body).unwrap(), charge);
        }
    }

    #[test]
    fn what_was_paid_stays_paid_and_comes_before_what_is_open() {
        let mut known = Vec::new();
        for told in [
            charge(5_000, Standing::Begun),
            charge(5_000, paid("8841")),
            charge(5_000, Standing::Begun),
            charge(7_000, Standing::Begun),
        ] {
            take_down(&mut known, told);
        }
        assert_eq!(counting(&known).map(|charge| charge.amount), Some(Rupiah(5_000)));
        assert_eq!(counting(&[charge(1, Standing::Refused)]), None);
        // A refusal ends what was begun; charging again begins it anew.
        let mut known = vec![charge(5_000, Standing::Begun)];
        take_down(&mut known, charge(5_000, Standing::Refused));
        assert_eq!(counting(&known), None);
        take_down(&mut known, charge(5_000, Standing::Begun));
        assert!(counting(&known).is_some());
    }

    #[test]
    fn a_fee_is_held_while_it_may_have_been_paid() {
        let later = |minutes| AT + SignedDuration::from_mins(minutes);
        for (standing, held, lost) in
            [(paid("8841"), 60, 61), (Standing::Unknown, 10, 11), (Standing::Begun, 10, 11)]
        {
            let charge = charge(5_000, standing);
            assert_eq!(charge.held(later(held)), Some(AT));
            assert_eq!(charge.held(later(lost)), None);
            assert_eq!(charge.held(later(-1)), None, "by a clock that went back");
        }
        assert_eq!(charge(5_000, Standing::Refused).held(AT), None);
    }

    #[test]
    fn money_that_no_exit_used_is_flagged() {
        let known = [charge(5_000, paid("8841")), charge(7_000, Standing::Unknown)];
        let used = known[0].payment().unwrap();
        assert_eq!(left_behind(&known[..1], &used), Vec::<String>::new());
        let both = ["charge_unused:8841".to_owned(), format!("charge_unknown:{}", known[1].charge)];
        assert_eq!(left_behind(&known, &Payment::cash(Rupiah(7_000))), both);
        // Another sum by the same method is another payment.
        let seen = |amount| {
            let receipt = Receipt { reference: "77812".into(), proof: Proof::Seen };
            Payment::Cashless { method: Method::Qris, receipt, amount: Rupiah(amount) }
        };
        assert_eq!(left_behind(&known[1..], &seen(7_000)), Vec::<String>::new());
        assert_eq!(left_behind(&known[1..], &seen(9_000)), both[1..]);
    }

    #[test]
    fn each_method_and_each_exit_has_a_key_of_its_own() {
        let by = |method, exits| Charge::begun(Uuid::from_u128(7), method, Rupiah(5_000), AT).behind(exits).charge;
        assert_eq!(by(Method::Qris, 0), by(Method::Qris, 0));
        let keys = [by(Method::Qris, 0), by(Method::EMoney, 0), by(Method::Qris, 1), by(Method::Qris, 2)];
        assert!((1..keys.len()).all(|n| !keys[..n].contains(&keys[n])), "{keys:?}");
        assert!(keys.iter().all(|key| key.len() <= crate::domain::payment::LONGEST_REFERENCE));
    }
}
