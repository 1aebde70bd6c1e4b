//! How this terminal stands, for machines.

use crate::app::gate::desk::Desk;
use serde_json::{Value, json};

pub async fn status(desk: &Desk) -> Value {
    let view = desk.link_view(false);
    json!({
        "ok": true, "event": "status", "link": view.link.word(), "reason": view.reason,
        "pending": view.pending, "deferred": view.deferred, "parked": view.parked,
        "seq": desk.journal.counts().seq(), "epoch": desk.journal.epoch(), "gate": desk.gate.as_str(),
        "settings": desk.settings().version, "shift": desk.duty().shift.map(|shift| shift.id),
        "capacity": desk.rooms().await, "capacity_as_heard": desk.counts_are_old(),
        "members": desk.journal.members().await.unwrap_or_default(),
    })
}
