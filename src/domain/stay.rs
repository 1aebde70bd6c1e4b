//! A stay as a terminal knows it: parked or left, never a bag of options; and how two reports of one merge.

use super::fact::Fact;
use super::kinds::Event;
use super::money::Rupiah;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a stay stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    Inside,
    Left {
        left_at: Timestamp,
        left_gate: String,
        fee: Rupiah,
    },
    /// The entry was voided.
    Void,
}

/// One vehicle's time inside, as heard from the own journal, the hub or the centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    pub stay: Uuid,
    pub ticket: String,
    /// Normalised key; `None` at a push-button entry.
    #[serde(default)]
    pub plate: Option<String>,
    pub class: String,
    pub entered_at: Timestamp,
    pub entered_gate: String,
    #[serde(default)]
    pub operator: String,
    /// Tariff version frozen at entry.
    pub tariff: u32,
    /// What was paid on the way in (`domain::prepaid`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepaid: Option<Rupiah>,
    #[serde(flatten)]
    pub state: State,
    /// Facts behind this report; a report with more of them wins.
    pub version: i64,
}

impl Stay {
    /// What one entry or exit says by itself; `None` of any other fact.
    pub fn of(fact: &Fact) -> Option<Self> {
        let at = fact.at().ok()?;
        let content = &fact.content;
        let entry = |ticket: String, class: String, entered_at, entered_gate: String, tariff, prepaid| Self {
            stay: content.id,
            ticket,
            plate: fact.personal("plate").map(str::to_owned),
            class,
            entered_at,
            entered_gate,
            operator: content.operator.clone(),
            tariff,
            prepaid,
            state: State::Inside,
            version: 1,
        };
        let gate = content.gate.to_string();
        match fact.event().ok()? {
            Event::Entered(e) => {
                let prepaid = e.prepaid.map(|paid| paid.amount);
                Some(entry(e.ticket, e.class, at, gate, e.tariff, prepaid))
            }
            Event::Left(l) => {
                let entered_gate = l.entered_gate.unwrap_or_else(|| gate.clone());
                let entered_at = l.entered_at.parse().ok()?;
                let ticket = l.ticket.unwrap_or_default();
                let stay = entry(ticket, l.class, entered_at, entered_gate, l.tariff, l.more.prepaid);
                let state = State::Left { left_at: at, left_gate: gate, fee: l.fee };
                Some(Self { stay: l.stay, state, version: 2, ..stay })
            }
            _ => None,
        }
    }

    pub fn is_inside(&self) -> bool {
        self.state == State::Inside
    }

    /// Whether `self` should replace what is known. Facts only ever grow, so the higher count knows more; on equal
    /// counts an exit outweighs an entry (two terminals may each know one of two facts).
    pub fn outranks(&self, known: &Self) -> bool {
        let weight = |s: &Self| (s.version, !s.is_inside());
        weight(self) > weight(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stay(version: i64, state: State) -> Stay {
        Stay {
            stay: Uuid::from_u128(1),
            ticket: "A17K0042XR".into(),
            plate: None,
            class: "mobil".into(),
            entered_at: Timestamp::UNIX_EPOCH,
            entered_gate: "A1".into(),
            operator: String::new(),
            tariff: 0,
            prepaid: None,
            state,
            version,
        }
    }

    #[test]
    fn a_late_report_of_the_entry_never_reopens_a_stay() {
        let left = State::Left { left_at: Timestamp::UNIX_EPOCH, left_gate: "B1".into(), fee: Rupiah(0) };
        assert!(!stay(1, State::Inside).outranks(&stay(2, left.clone())));
        assert!(stay(1, left.clone()).outranks(&stay(1, State::Inside)));
        assert!(!stay(1, State::Inside).outranks(&stay(1, left)));
        assert!(stay(3, State::Inside).outranks(&stay(2, State::Void)));
    }
}
