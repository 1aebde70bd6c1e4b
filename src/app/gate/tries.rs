//! Requests that were refused for want of a store, or never answered. What they wrote may be in the books all the same,
//! so the next try of the same thing bears the same id, and is told what became of the first.

use super::desk::Desk;
use crate::domain::desk::{LeaveAnswer, Refusal, Warning};
use crate::domain::fact::{Fact, Sealed, Stamp};
use crate::domain::kinds::{Event, Left};
use crate::domain::payment::{Method, Payment};
use crate::domain::stay::State;
use crate::domain::tariff::Fee;
use crate::journal::JournalError;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What is asked for a second time. Nothing tells the next car from this one but that it asks for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    Entry {
        plate: Option<String>,
        class: String,
    },
    /// Of this stay.
    Exit(Uuid),
    NoData {
        plate: Option<String>,
        class: String,
        entered_at: Timestamp,
    },
    /// The number of a paper ticket.
    Paper(String),
    ShiftOpened,
    /// Of this shift.
    ShiftClosed(Uuid),
}

impl Thing {
    /// The same plate after longer than this is another visit. A stay leaves only once, whenever that is.
    fn is_over(&self, age: Duration) -> bool {
        !matches!(self, Self::Exit(_) | Self::ShiftClosed(_)) && age > SAME_VISIT
    }
}

const SAME_VISIT: Duration = Duration::from_secs(300);
const MOST: usize = 128;

/// A try whose outcome nobody knows.
#[derive(Clone, Debug)]
pub struct Try {
    pub id: Uuid,
    /// An entry's id, QR and time are of one moment: that of the first try.
    pub stamp: Stamp,
    /// The fact that may stand somewhere.
    pub refused: Option<Box<Sealed>>,
    since: Instant,
}

impl Try {
    pub fn new(id: Uuid, stamp: Stamp) -> Self {
        Self { id, stamp, refused: None, since: Instant::now() }
    }

    /// What is to be remembered of it after this error; `None` where it left nothing behind, or nothing that can be read.
    pub fn after(mut self, error: &JournalError) -> Option<Self> {
        match error {
            JournalError::Fact(_) | JournalError::Json(_) => return None,
            JournalError::Unsaved(sealed, _) => self.refused = Some(sealed.clone()),
            _ => {}
        }
        Some(self)
    }
}

#[derive(Debug, Default)]
pub struct Tries(Mutex<VecDeque<(Thing, Try)>>);

impl Tries {
    fn lock(&self) -> MutexGuard<'_, VecDeque<(Thing, Try)>> {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.retain(|(thing, tried)| !thing.is_over(tried.since.elapsed()));
        tries
    }

    /// The earlier try of this, forgotten here: whoever takes it brings it back if it is refused again.
    pub fn take(&self, thing: &Thing) -> Option<Try> {
        #[cfg(feature = "planted")]
        if planted!("fresh-id") {
            return None;
        }
        let mut tries = self.lock();
        let at = tries.iter().position(|(known, _)| known == thing)?;
        tries.remove(at).map(|(_, tried)| tried)
    }

    pub fn holds(&self, thing: &Thing) -> bool {
        self.lock().iter().any(|(known, _)| known == thing)
    }

    pub fn keep(&self, thing: Thing, tried: Try) {
        let mut tries = self.lock();
        if tries.len() >= MOST {
            tries.pop_front();
        }
        tries.push_back((thing, tried));
    }
}

impl Desk {
    /// An earlier try was recorded: it is what is told.
    pub(super) fn tell_as_recorded(&self, answer: &mut LeaveAnswer, fact: &Fact) -> Result<(), Refusal> {
        let unknown = |e: String| Refusal::OutcomeUnknown(e);
        let Event::Left(left) = fact.event().map_err(|e| unknown(e.to_string()))? else {
            return Err(unknown(fact.kind().to_owned()));
        };
        let at = fact.at().map_err(|e| unknown(e.to_string()))?;
        answer.at = at.to_zoned(self.clock.zone().clone());
        answer.stay.state = State::Left { left_at: at, left_gate: self.gate.to_string(), fee: left.fee };
        let seconds = at.duration_since(answer.stay.entered_at).as_secs();
        as_recorded(answer, left, seconds).map_err(unknown)
    }
}

/// Its fee, its time and how it was paid are what stands in the books. The change is of what is handed over now, so that
/// the till is right; of another method's money nothing goes back from it.
fn as_recorded(answer: &mut LeaveAnswer, left: Left, seconds: i64) -> Result<(), String> {
    let method = Method::parse(&left.method).ok_or(left.method)?;
    if method != answer.payment.method() {
        answer.warnings.insert(0, Warning::RecordedBy(method));
    }
    answer.payment = match left.receipt {
        Some(receipt) => Payment::Cashless { method, receipt, amount: left.fee },
        None if answer.payment.method() != Method::Cash => Payment::cash(left.fee),
        None => Payment::cash(answer.tendered.max(left.fee)),
    };
    answer.tendered = answer.payment.tendered();
    answer.change = answer.tendered - left.fee;
    answer.fee = Fee { total: left.fee, lines: left.lines, version: left.tariff, seconds, tax: left.tax };
    answer.lost = left.lost.map(|lost| *lost);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Rupiah;
    use crate::domain::payment::{Proof, Receipt};
    use crate::domain::stay::Stay;
    use jiff::Zoned;

    fn receipt(reference: &str) -> Receipt {
        Receipt { reference: reference.into(), proof: Proof::Confirmed }
    }

    fn qris(amount: i64) -> Payment {
        Payment::Cashless { method: Method::Qris, receipt: receipt("8841"), amount: Rupiah(amount) }
    }

    /// What the second try would have told.
    fn answer(payment: Payment) -> LeaveAnswer {
        let stay = Stay {
            stay: Uuid::nil(),
            ticket: String::new(),
            plate: None,
            class: "mobil".into(),
            entered_at: Timestamp::UNIX_EPOCH,
            entered_gate: "A1".into(),
            operator: String::new(),
            tariff: 0,
            prepaid: None,
            state: State::Inside,
            version: 1,
        };
        let fee = Fee { total: Rupiah(7_000), lines: Vec::new(), version: 0, seconds: 0, tax: None };
        let tendered = payment.tendered();
        let change = tendered - fee.total;
        LeaveAnswer {
            fact: Uuid::nil(),
            stay,
            fee,
            payment,
            tendered,
            change,
            at: Zoned::default(),
            warnings: Vec::new(),
            lost: None,
        }
    }

    /// What the first try wrote: Rp 5.000.
    fn recorded(receipt: Option<Receipt>) -> Left {
        let method = if receipt.is_some() { Method::Qris } else { Method::Cash };
        Left {
            stay: Uuid::nil(),
            ticket: None,
            class: "mobil".into(),
            entered_at: String::new(),
            entered_gate: None,
            known: "replica".into(),
            fee: Rupiah(5_000),
            lines: Vec::new(),
            method: method.word().into(),
            tendered: Rupiah(10_000),
            change: Rupiah(5_000),
            receipt,
            tariff: 0,
            tax: None,
            lost: None,
            more: Box::default(),
            flags: Vec::new(),
        }
    }

    #[test]
    fn a_second_try_by_another_method_tells_what_stands_in_the_books() {
        let by = |method| vec![Warning::RecordedBy(method)];
        for (second, first, method, change, warnings) in [
            (Payment::cash(Rupiah(20_000)), None, Method::Cash, 15_000, Vec::new()),
            (qris(7_000), None, Method::Cash, 0, by(Method::Cash)),
            (qris(7_000), Some(receipt("1122")), Method::Qris, 0, Vec::new()),
            (Payment::cash(Rupiah(10_000)), Some(receipt("1122")), Method::Qris, 0, by(Method::Qris)),
        ] {
            let mut told = answer(second.clone());
            as_recorded(&mut told, recorded(first.clone()), 60).unwrap();
            assert_eq!((told.fee.total, told.payment.method()), (Rupiah(5_000), method), "{second:?}");
            assert_eq!((told.change, told.warnings), (Rupiah(change), warnings), "{second:?}");
            assert_eq!(told.payment.receipt(), first.as_ref(), "{second:?}");
        }
    }
}
