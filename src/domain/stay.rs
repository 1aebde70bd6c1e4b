//! A stay as a terminal knows it: parked or left, never a bag of options; and how two reports of one merge.

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
    #[serde(flatten)]
    pub state: State,
    /// Facts behind this report; a report with more of them wins.
    pub version: i64,
}

impl Stay {
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
