//! Member, voucher, free of charge, for machines: `quote`, `leave` and `leave_no_data` take them.

use super::undoing::approval;
use super::{Command, Refused};
use crate::app::gate::desk::Desk;
use crate::domain::concession::{Concession, FreePass, MemberChoice, VoucherSlip};
use crate::domain::desk::Refusal;
use crate::domain::tariff::Voucher;
use serde::Deserialize;
use serde_json::Value;

/// What the other commands do not have.
#[derive(Debug, Default, Deserialize)]
pub struct Given {
    /// A card's number; `false`: nobody's, whatever the plate says.
    #[serde(default)]
    member: Option<Value>,
    /// `{reference, worth}`: worth is `5000`, `50%`, `60m` or `gratis`.
    #[serde(default)]
    voucher: Option<Value>,
    /// `{reason, note}`; who allows it stands beside it, `supervisor` with his `pin`.
    #[serde(default)]
    free: Option<Value>,
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// `settles`: it is for an exit, so that somebody must allow what is free.
pub async fn concession(desk: &Desk, command: &Command, settles: bool) -> Result<Box<Concession>, Refused> {
    let given = &command.given;
    let member = match &given.member {
        None | Some(Value::Null) => MemberChoice::ByPlate,
        Some(Value::Bool(false)) => MemberChoice::None,
        Some(Value::String(card)) => MemberChoice::Card(card.clone()),
        Some(_) => return Err(Refused::new("bad_request", "member: nomor kartu sebagai teks, atau false")),
    };
    let voucher = match &given.voucher {
        None | Some(Value::Null) => None,
        Some(slip) => {
            let worth = match slip.get("worth") {
                Some(Value::Number(amount)) => Voucher::read(&amount.to_string()),
                Some(Value::String(worth)) => Voucher::read(worth),
                _ => None,
            };
            let bad = || Refused::new("bad_request", "voucher.worth: 5000, 50%, 60m atau gratis");
            Some(VoucherSlip { reference: text(slip, "reference").to_owned(), worth: worth.ok_or_else(bad)? })
        }
    };
    let free = match &given.free {
        None | Some(Value::Null | Value::Bool(false)) => None,
        Some(pass) => {
            let (reason, note) = (text(pass, "reason").to_owned(), text(pass, "note").to_owned());
            if reason.trim().is_empty() {
                return Err(Refusal::FreeReasonMissing.into());
            }
            let by = if settles { Some(approval(desk, command).await?) } else { None };
            Some(FreePass { reason, note, by })
        }
    };
    Ok(Box::new(Concession { member, voucher, free }))
}
