//! Paid and out, for machines: with a ticket, and without data.

use super::conceding::concession;
use super::keyed::{Ticket, moment};
use super::undoing::claim;
use super::{Command, Refused, key};
use crate::app::gate::desk::Desk;
use crate::domain::desk::{LeaveAnswer, LeaveRequest, NoDataRequest, Refusal};
use crate::domain::fact::wall_time;
use crate::domain::money::Rupiah;
use crate::domain::payment::{Method, Payment, Proof, Receipt};
use serde_json::{Value, json};

fn money(command: &Command) -> Result<Rupiah, Refused> {
    let amount = command.tendered.as_ref().and_then(Value::as_i64).filter(|a| *a >= 0);
    amount.map(Rupiah).ok_or_else(|| Refused::new("tendered_invalid", "tendered harus bilangan bulat rupiah"))
}

/// Cash where nothing else is said; a proof nobody vouches for is one that somebody saw.
pub(super) fn payment(command: &Command) -> Result<Payment, Refused> {
    let word = command.method.as_deref().unwrap_or(Method::Cash.word());
    Ok(match Method::parse(word).ok_or_else(|| Refusal::MethodUnknown(word.to_owned()))? {
        Method::Cash => Payment::cash(money(command)?),
        method => {
            let reference = command.reference.clone().ok_or(Refusal::ReferenceMissing)?;
            let receipt = Receipt { reference, proof: command.proof.unwrap_or(Proof::Seen) };
            let amount = command.more.amount.map(Rupiah).ok_or_else(|| {
                Refused::new("amount_missing", "amount: berapa yang dibayar, bilangan bulat rupiah")
            })?;
            Payment::Cashless { method, receipt, amount }
        }
    })
}

pub async fn leave(desk: &Desk, command: Command) -> Result<Value, Refused> {
    let as_of = command.more.as_of.as_deref().map(moment).transpose()?;
    let lost = claim(desk, &command).await?;
    let more = concession(desk, &command, true).await?;
    let request =
        LeaveRequest { key: key(&command)?, payment: payment(&command)?, as_of, shown: None, lost, more };
    let answer = desk.leave(request).await?;
    Ok(left(desk, &answer))
}

pub async fn leave_no_data(desk: &Desk, command: Command) -> Result<Value, Refused> {
    let entered_at = moment(command.entered_at.as_deref().unwrap_or_default())?;
    let request = NoDataRequest {
        plate: command.plate.0.clone().flatten().unwrap_or_default(),
        class: command.class.clone().unwrap_or_default(),
        entered_at,
        reason: command.reason.clone().unwrap_or_default(),
        lost: claim(desk, &command).await?,
        more: concession(desk, &command, true).await?,
        paper: command.paper.as_ref().map(Ticket::paper).transpose()?,
        stay: None,
    };
    let answer = desk.leave_no_data(&request, payment(&command)?, None).await?;
    Ok(left(desk, &answer))
}

fn left(desk: &Desk, answer: &LeaveAnswer) -> Value {
    let mut told = json!({
        "ok": true, "event": "left", "stay": answer.stay.stay, "ticket": answer.stay.ticket,
        "plate": answer.stay.plate, "class": answer.stay.class, "fee": answer.fee.total,
        "lines": answer.fee.lines, "method": answer.payment.method(), "tendered": answer.tendered, "change": answer.change,
        "at": wall_time(&answer.at), "link": desk.sync.link.borrow().link.word(),
        "pending": desk.journal.counts().pending(), "warnings": answer.warnings, "fact": answer.fact,
    });
    if let Some(lost) = &answer.lost {
        told["lost"] = json!(lost);
    }
    told
}
