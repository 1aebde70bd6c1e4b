//! In, and of another class, for machines.

use super::leaving::payment;
use super::{Command, Refused, key};
use crate::app::gate::desk::Desk;
use crate::domain::desk::{EnterAnswer, EnterRequest};
use crate::domain::fact::wall_time;
use crate::domain::prepaid::Upfront;
use serde_json::{Value, json};

/// In; where its class is paid on the way in, with the money (`tendered`, `method`, `reference`).
pub(super) async fn enter(desk: &Desk, command: Command) -> Result<Value, Refused> {
    let Some(plate) = command.plate.0.clone() else {
        return Err(Refused::new("bad_request", "plate kurang; null berarti tanpa plat"));
    };
    let class = command.class.clone().ok_or_else(|| Refused::new("class_unknown", "class kurang"))?;
    let source = if plate.is_none() { "button" } else { "operator" };
    let told = command.tendered.is_some() || command.reference.is_some();
    let upfront = if told { Upfront::Paid { payment: payment(&command)?, visit: None } } else { Upfront::Asked };
    let answer = desk.enter(EnterRequest { plate, class, source: source.into(), upfront }).await?;
    Ok(entered(desk, &answer))
}

pub(super) fn entered(desk: &Desk, answer: &EnterAnswer) -> Value {
    let mut told = json!({
        "ok": true, "event": "entered", "stay": answer.stay.stay, "ticket": answer.stay.ticket, "qr": answer.qr,
        "plate": answer.stay.plate, "class": answer.stay.class, "at": wall_time(&answer.at),
        "link": desk.sync.link.borrow().link.word(), "pending": desk.journal.counts().pending(),
        "warnings": answer.warnings,
    });
    if let Some(paid) = &answer.prepaid {
        told["prepaid"] = json!(paid);
    }
    told
}

/// The class of a vehicle inside was taken down wrongly.
pub(super) async fn correct(desk: &Desk, command: Command) -> Result<Value, Refused> {
    let class = command.class.clone().ok_or_else(|| Refused::new("class_unknown", "class kurang"))?;
    let stay = desk.quote(&key(&command)?).await?.stay.stay;
    let answer = desk.correct_class(stay, &class).await?;
    Ok(json!({"ok": true, "event": "corrected", "stay": answer.stay.stay, "ticket": answer.stay.ticket,
        "class": answer.stay.class, "qr": answer.qr, "at": wall_time(&answer.at), "warnings": answer.warnings}))
}
