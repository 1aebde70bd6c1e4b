//! What an exit's fact says.

use super::desk::Desk;
use crate::domain::concession::Conceded;
use crate::domain::fact::wall_time;
use crate::domain::kinds::{Event, Left};
use crate::domain::lost::LostNote;
use crate::domain::payment::Payment;
use crate::domain::stay::Stay;
use crate::domain::tariff::Fee;

impl Desk {
    /// The body of an exit.
    pub(super) fn left(
        &self,
        stay: &Stay,
        fee: &Fee,
        known: String,
        payment: &Payment,
        (lost, more, flags): (Option<LostNote>, Conceded, Vec<String>),
    ) -> Event {
        let tendered = payment.tendered();
        let entered = stay.entered_at.to_zoned(self.clock.zone().clone());
        Event::Left(Left {
            stay: stay.stay,
            ticket: (!stay.ticket.is_empty()).then(|| stay.ticket.clone()),
            class: stay.class.clone(),
            entered_at: wall_time(&entered),
            entered_gate: (!stay.entered_gate.is_empty()).then(|| stay.entered_gate.clone()),
            known,
            fee: fee.total,
            lines: fee.lines.clone(),
            method: payment.method().word().to_owned(),
            tendered,
            change: tendered - fee.total,
            receipt: payment.receipt().cloned(),
            tariff: fee.version,
            tax: fee.tax,
            lost: lost.map(Box::new),
            more: Box::new(more),
            flags,
        })
    }
}
