//! What terminals tell each other while the database is away: hints, each in its own gate's name only.

use super::ring::Known;
use super::switchboard::{Happening, Hub, content};
use super::wire::{self, kind};
use crate::domain::kinds::kind as fact;
use crate::domain::stay::{State, Stay};
use serde_json::{Value, json};
use uuid::Uuid;

impl Hub {
    /// A terminal's own entry or exit, told to all others as a hint. `Err` is the code of what is wrong with it.
    pub(super) fn gossip(&self, seat: u64, name: &str, id: Option<Uuid>, stay: Stay) -> Result<(), &'static str> {
        let mut core = self.core();
        let Some(speaker) = core.seats.get(&seat).map(|s| s.speaker.clone()) else { return Ok(()) };
        let gate = speaker.gate.clone();
        let (what, own) = match &stay.state {
            State::Inside => (fact::ENTERED, stay.entered_gate == gate),
            State::Left { left_gate, .. } => (fact::LEFT, *left_gate == gate),
            State::Void => return Err("bad_data"),
        };
        if !own {
            return Err("not_your_gate");
        }
        let content = content(what, &stay);
        if core.ring.known(stay.stay, &content) != Known::New {
            return Ok(());
        }
        core.say(Some((speaker, id)), &gate, name, wire::stay_data(&stay, what, &gate, true));
        core.ring.note(stay.stay, &content, true);
        drop(core);
        self.0.counters.hints.add(1);
        let Stay { ticket, plate, .. } = stay;
        self.happened(Happening::Stay { kind: what.into(), gate, ticket, plate, hint: true });
        Ok(())
    }

    /// A terminal tells all others how a ticket came out; whose ticket it was they look up themselves.
    pub(super) fn paper(&self, seat: u64, id: Option<Uuid>, stay: Uuid, outcome: &str) {
        let mut core = self.core();
        let Some(speaker) = core.seats.get(&seat).map(|s| s.speaker.clone()) else { return };
        let gate = speaker.gate.clone();
        let data = json!({"stay": stay, "gate": gate, "outcome": outcome, "hint": true});
        core.say(Some((speaker, id)), &gate, kind::PAPER, data);
        drop(core);
        self.0.counters.hints.add(1);
    }

    /// An old terminal's entry or exit that names no stay: a notice for people on the other screens.
    pub(super) fn notice(
        &self,
        seat: u64,
        name: &str,
        id: Option<Uuid>,
        mut data: serde_json::Map<String, Value>,
    ) {
        let mut core = self.core();
        let Some(speaker) = core.seats.get(&seat).map(|s| s.speaker.clone()) else { return };
        let gate = speaker.gate.clone();
        let what = if name == kind::ENTRY { fact::ENTERED } else { fact::LEFT };
        let word = |name: &str| data.get(name).and_then(Value::as_str).map(str::to_owned);
        let (ticket, plate) = (word("ticket").unwrap_or_default(), word("plate"));
        data.extend([("kind", what.into()), ("gate", gate.clone().into()), ("hint", true.into())].map(own_name));
        core.say(Some((speaker, id)), &gate, name, Value::Object(data));
        drop(core);
        self.0.counters.hints.add(1);
        self.happened(Happening::Stay { kind: what.into(), gate, ticket, plate, hint: true });
    }
}

fn own_name((name, value): (&str, Value)) -> (String, Value) {
    (name.to_owned(), value)
}
