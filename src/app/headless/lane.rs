//! What the lane's hardware does, for machines: openings by hand, and events nobody asked for.

use super::entering::entered;
use super::{Command, Refused, refused};
use crate::app::gate::desk::Desk;
use crate::app::gate::others::{Others, Peer};
use crate::domain::desk::OpenRequest;
use crate::tui::text::Words;
use serde_json::{Value, json};

/// `open`: `reason` is one of `OPEN_REASONS`.
pub async fn open(others: &Others, command: Command) -> Result<Value, Refused> {
    let text = |field: Option<String>| field.unwrap_or_default();
    let (why, text, supervisor) = (text(command.reason), text(command.text), text(command.supervisor));
    let opening = others.open_by_hand(&OpenRequest { why, text, supervisor, proven: false }).await?;
    Ok(json!({"ok": true, "event": "opening", "opening": opening}))
}

/// What the lane's hardware did by itself; devices and hub speak to screens only.
pub fn around(desk: &Desk, words: &Words, peer: Peer) -> Option<Value> {
    Some(match peer {
        Peer::Pressed(answer) => {
            let mut told = entered(desk, &answer);
            told["source"] = json!("button");
            nobody_asked(&mut told);
            told
        }
        Peer::PressRefused(why) => {
            let mut told = refused(desk, words, &Refused::ByDesk(why), None);
            told["event"] = json!("press_refused");
            nobody_asked(&mut told);
            told
        }
        Peer::Help => json!({"event": "help"}),
        Peer::Barrier(done) => json!({"event": "barrier", "opening": done.id, "reason": done.reason,
            "stay": done.stay, "outcome": done.outcome.word()}),
        Peer::Passed(passed) => {
            let mut told = json!(passed);
            told["event"] = json!("passed");
            told
        }
        Peer::Scanned(text) => json!({"event": "scanned", "text": text}),
        Peer::Scanner(there) => json!({"event": "scanner", "there": there}),
        Peer::Hub(_) | Peer::Heard | Peer::Devices(_) | Peer::Charge(_) | Peer::Photo { .. } => return None,
    })
}

/// Answers have `ok`, events have not.
fn nobody_asked(told: &mut Value) {
    if let Some(fields) = told.as_object_mut() {
        fields.remove("ok");
    }
}
