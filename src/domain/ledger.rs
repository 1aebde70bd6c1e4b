//! The lane's ledger: openings and passages side by side, each with what it was matched to, and what has no match counted
//! per gate and shift. Pure; the rows come from a terminal's journal or from the centre.

use super::kinds::kind;
use super::lane::{BarrierOpened, MANUAL, Passed, Pulsed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Kinds that belong into it.
pub const KINDS: [&str; 3] = [kind::BARRIER_OPENED, kind::PULSED, kind::PASSED];

/// A fact of one of `KINDS`, as much of it as is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneFact {
    pub id: Uuid,
    pub gate: String,
    /// As the gate's clock said it, RFC 3339.
    pub at: String,
    pub operator: String,
    #[serde(default)]
    pub shift: Option<Uuid>,
    pub kind: String,
    pub body: Value,
    /// Of the stay it names, where that is known.
    #[serde(default)]
    pub ticket: Option<String>,
}

/// One opening or one passage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub id: Uuid,
    pub gate: String,
    pub at: String,
    pub operator: String,
    pub shift: Option<Uuid>,
    pub ticket: Option<String>,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    Opened {
        #[serde(flatten)]
        opening: BarrierOpened,
        /// The passage that used it.
        passage: Option<Uuid>,
    },
    Passed {
        #[serde(flatten)]
        passed: Passed,
        orphan: bool,
    },
}

/// What one shift at one gate has to answer for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub gate: String,
    pub shift: Option<Uuid>,
    pub opened: u64,
    /// By hand, with a reason.
    pub manual: u64,
    /// By hand, and nobody checked who allowed it.
    pub unproven: u64,
    /// The arm certainly did not rise.
    pub failed: u64,
    pub passed: u64,
    /// Passages nobody was let through for.
    pub orphans: u64,
    /// Openings nobody used, where passages are told at all.
    pub unused: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    pub rows: Vec<Row>,
    pub tallies: Vec<Tally>,
}

impl Ledger {
    /// Facts in the order of time; those that cannot be read are left out.
    pub fn of(facts: Vec<LaneFact>) -> Self {
        let mut outcomes: HashMap<Uuid, String> = HashMap::new();
        let mut passages: HashMap<Uuid, Uuid> = HashMap::new();
        let mut telling: BTreeSet<String> = BTreeSet::new();
        for fact in &facts {
            match fact.kind.as_str() {
                kind::PULSED => {
                    if let Ok(pulsed) = serde_json::from_value::<Pulsed>(fact.body.clone()) {
                        outcomes.insert(pulsed.opening, pulsed.outcome);
                    }
                }
                kind::PASSED => {
                    telling.insert(fact.gate.clone());
                    if let Some(opening) = fact.body["opening"].as_str().and_then(|id| id.parse().ok()) {
                        passages.insert(opening, fact.id);
                    }
                }
                _ => {}
            }
        }
        let mut rows = Vec::new();
        for LaneFact { id, gate, at, operator, shift, kind, body, ticket } in facts {
            let what = match kind.as_str() {
                kind::BARRIER_OPENED => serde_json::from_value(body).ok().map(|mut opening: BarrierOpened| {
                    if let Some(outcome) = outcomes.remove(&id) {
                        opening.outcome = outcome;
                    }
                    What::Opened { opening, passage: passages.get(&id).copied() }
                }),
                kind::PASSED => serde_json::from_value(body)
                    .ok()
                    .map(|passed: Passed| What::Passed { orphan: passed.opening.is_none(), passed }),
                _ => None,
            };
            rows.extend(what.map(|what| Row { id, gate, at, operator, shift, ticket, what }));
        }
        let mut tallies: BTreeMap<(String, Option<Uuid>), Tally> = BTreeMap::new();
        for row in &rows {
            let tally = tallies.entry((row.gate.clone(), row.shift)).or_default();
            (tally.gate, tally.shift) = (row.gate.clone(), row.shift);
            match &row.what {
                What::Opened { opening, passage } => {
                    let failed = opening.outcome == "failed";
                    tally.opened += 1;
                    tally.manual += u64::from(opening.reason == MANUAL);
                    tally.unproven += u64::from(opening.flags.iter().any(|f| f == "unproven_supervisor"));
                    tally.failed += u64::from(failed);
                    tally.unused += u64::from(!failed && passage.is_none() && telling.contains(&row.gate));
                }
                What::Passed { orphan, .. } => {
                    tally.passed += 1;
                    tally.orphans += u64::from(*orphan);
                }
            }
        }
        Self { rows, tallies: tallies.into_values().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fact(n: u128, gate: &str, kind: &str, body: Value) -> LaneFact {
        let (at, operator) = ("2026-11-22T14:04:05.000000+07:00".into(), "budi".into());
        let id = Uuid::from_u128(n);
        LaneFact { id, gate: gate.into(), at, operator, shift: None, kind: kind.into(), body, ticket: None }
    }

    #[test]
    fn every_opening_and_passage_is_matched_or_counted() {
        let id = |n: u128| Uuid::from_u128(n);
        let opened = |reason: &str, outcome: &str| json!({"reason": reason, "stay": null, "outcome": outcome});
        let passed = |opening: Option<Uuid>| json!({"loop": "safety", "direction": "out", "ms": 900, "opening": opening, "stay": null});
        let mut by_hand = opened("manual", "ordered");
        by_hand["why"] = json!("emergency");
        by_hand["flags"] = json!(["unproven_supervisor"]);
        let ledger = Ledger::of(vec![
            fact(1, "B1", kind::BARRIER_OPENED, opened("left", "ok")),
            fact(2, "B1", kind::PASSED, passed(Some(id(1)))),
            fact(3, "B1", kind::PASSED, passed(None)),
            fact(4, "B1", kind::BARRIER_OPENED, by_hand),
            fact(5, "B1", kind::PULSED, json!({"opening": id(4), "outcome": "ok"})),
            fact(6, "B1", kind::BARRIER_OPENED, opened("left", "failed")),
            // A gate without loops has no unused openings.
            fact(7, "A1", kind::BARRIER_OPENED, opened("entered", "unknown")),
            fact(8, "A1", kind::PASSED, json!({"nonsense": 1})),
        ]);
        let tally = |gate: &str| ledger.tallies.iter().find(|t| t.gate == gate).unwrap().clone();
        let exit = Tally {
            gate: "B1".into(),
            shift: None,
            opened: 3,
            manual: 1,
            unproven: 1,
            failed: 1,
            passed: 2,
            orphans: 1,
            unused: 1,
        };
        assert_eq!(tally("B1"), exit);
        assert_eq!((tally("A1").opened, tally("A1").passed), (1, 0));
        let What::Opened { opening, passage } = &ledger.rows[0].what else { panic!() };
        assert_eq!((opening.outcome.as_str(), *passage), ("ok", Some(id(2))));
        let What::Opened { opening, .. } = &ledger.rows[3].what else { panic!() };
        assert_eq!(opening.outcome, "ok", "what came of it was told later");
    }
}
