//! Lost tickets, and what a supervisor puts right, for machines. Whoever allows it is named in `supervisor` with his `pin`.

use super::{Command, Refused, found, key, local};
use crate::app::gate::desk::Desk;
use crate::domain::desk::Refusal;
use crate::domain::fact::wall_time;
use crate::domain::lost::{self, Approval, LostClaim, RefundRequest, Waiver};
use crate::domain::money::Rupiah;
use crate::domain::payment::{Method, Proof, Receipt};
use crate::domain::secret::Secret;
use crate::domain::undo::{LastExit, MethodRequest, TakeBackRequest, Undone, VoidRequest};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// What the other commands do not have.
#[derive(Debug, Default, Deserialize)]
pub struct More {
    /// `quote`, `leave`, `leave_no_data`: `true`, or `{seen, waive}`; who lets the fine off stands beside it.
    #[serde(default)]
    lost: Option<Value>,
    #[serde(default)]
    pin: Option<String>,
    /// `void`, `correct_method`: the exit's fact; without it, the exit of `ticket` or `stay`.
    #[serde(default)]
    exit: Option<String>,
    /// `leave`, `leave_no_data`: the moment of the quote that is paid, as `quote` told it.
    #[serde(default)]
    pub as_of: Option<String>,
    /// `refund`.
    #[serde(default)]
    code: Option<String>,
    /// `refund`; and what was paid without cash.
    #[serde(default)]
    pub amount: Option<i64>,
    /// `find_lost`: entered within the last so many hours.
    #[serde(default)]
    hours: Option<u32>,
}

pub async fn approval(desk: &Desk, command: &Command) -> Result<Approval, Refused> {
    let name = command.supervisor.as_deref().unwrap_or_default();
    Ok(desk.approve(name, command.more.pin.as_deref().map(Secret::new)).await?)
}

/// What is claimed of a lost ticket; `None`: nothing is.
pub async fn claim(desk: &Desk, command: &Command) -> Result<Option<LostClaim>, Refused> {
    let said = match &command.more.lost {
        None | Some(Value::Null | Value::Bool(false)) => return Ok(None),
        Some(said) => said,
    };
    let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty());
    let waiver = match text("waive") {
        Some(reason) => Some(Waiver { reason: reason.to_owned(), by: approval(desk, command).await? }),
        None => None,
    };
    Ok(Some(LostClaim { seen: text("seen").and_then(lost::seen), waiver }))
}

pub async fn run(desk: &Desk, command: Command) -> Result<Value, Refused> {
    let reason = command.reason.clone().unwrap_or_default();
    match command.cmd.as_str() {
        "exits" => {
            let exits = desk.last_exits().await?;
            Ok(
                json!({"ok": true, "event": "exits", "exits": exits.iter().map(|e| exit(desk, e)).collect::<Vec<_>>()}),
            )
        }
        "find_lost" => {
            let (query, class) = (command.query.unwrap_or_default(), command.class);
            let stays = desk.find_lost(&query, class.as_deref(), command.more.hours).await?;
            Ok(
                json!({"ok": true, "event": "found", "stays": stays.iter().map(|s| found(desk, s)).collect::<Vec<_>>()}),
            )
        }
        "void" => {
            let fact = which(desk, &command).await?;
            let by = approval(desk, &command).await?;
            let undone = desk.void_exit(VoidRequest { fact, reason, by }).await?;
            Ok(told(desk, "voided", &undone))
        }
        "take_back" => {
            let named = match (&command.stay, &command.ticket) {
                (None, Some(ticket)) => desk.bears_ticket(ticket).await?,
                (stay, _) => stay.as_deref().and_then(|stay| stay.parse().ok()),
            };
            let named = named.ok_or(Refusal::EntryUnknown(command.ticket.clone().unwrap_or_default()))?;
            let by = approval(desk, &command).await?;
            let taken = desk.take_back(TakeBackRequest { stay: named, reason, by }).await?;
            let (paid, method) = taken.paid.unzip();
            Ok(json!({"ok": true, "event": "taken_back", "fact": taken.fact, "stay": taken.stay.stay,
                "ticket": taken.stay.ticket, "paid": paid, "method": method,
                "pending": desk.journal.counts().pending()}))
        }
        "correct_method" => {
            let fact = which(desk, &command).await?;
            let word = command.method.clone().unwrap_or_default();
            let method = Method::parse(&word).ok_or(Refusal::MethodUnknown(word))?;
            let reference = command.reference.clone();
            let receipt =
                reference.map(|reference| Receipt { reference, proof: command.proof.unwrap_or(Proof::Seen) });
            let by = approval(desk, &command).await?;
            let undone = desk.correct_method(MethodRequest { fact, method, receipt, reason, by }).await?;
            Ok(told(desk, "method_corrected", &undone))
        }
        _ => {
            let code = command.more.code.clone().unwrap_or_default();
            let amount = command.more.amount.map(Rupiah);
            let by = approval(desk, &command).await?;
            let paid = desk.refund(RefundRequest { code, amount, reason, by }).await?;
            Ok(
                json!({"ok": true, "event": "refunded", "fact": paid.fact, "code": paid.claim, "amount": paid.amount,
                "at": wall_time(&paid.at), "unverified": paid.unverified, "warnings": paid.warnings}),
            )
        }
    }
}

/// The exit that is meant: of a stay the one that stands.
async fn which(desk: &Desk, command: &Command) -> Result<Uuid, Refused> {
    if let Some(fact) = &command.more.exit {
        return fact.parse().map_err(|_| Refusal::ExitUnknown(fact.clone()).into());
    }
    let named = match (&command.stay, &command.ticket) {
        (None, Some(ticket)) => crate::domain::ticket::read(ticket).unwrap_or_default(),
        _ => match key(command)? {
            crate::domain::desk::StayKey::Stay(stay) => stay.to_string(),
            _ => String::new(),
        },
    };
    let exits = desk.last_exits().await?;
    let mine = exits.iter().find(|e| !named.is_empty() && (e.ticket == named || e.stay.to_string() == named));
    mine.map(|exit| exit.fact).ok_or_else(|| Refusal::ExitUnknown(named).into())
}

fn exit(desk: &Desk, exit: &LastExit) -> Value {
    json!({"exit": exit.fact, "stay": exit.stay, "ticket": exit.ticket, "class": exit.class, "fee": exit.fee,
        "method": exit.method, "at": local(desk, exit.at), "claim": exit.claim})
}

fn told(desk: &Desk, event: &str, undone: &Undone) -> Value {
    let inside = undone.stay.is_some();
    json!({"ok": true, "event": event, "fact": undone.fact, "exit": exit(desk, &undone.exit), "inside": inside,
        "pending": desk.journal.counts().pending()})
}
