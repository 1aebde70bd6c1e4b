//! The last exits of a gate that may still be put right there: taken back, or paid in another way than was taken down.
//! Only of the shift that is open: a closed one's slip is printed and signed.

use super::fact::Content;
use super::kinds::kind;
use super::lost::Approval;
use super::money::Rupiah;
use super::payment::{Method, Receipt};
use super::shift;
use super::stay::Stay;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// An exit of this gate that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastExit {
    pub fact: Uuid,
    pub stay: Uuid,
    pub ticket: String,
    pub class: String,
    pub at: Timestamp,
    pub fee: Rupiah,
    /// As it stands, corrections counted.
    pub method: String,
    /// The code of its fine.
    pub claim: Option<String>,
    /// It was let out without any entry: taken back it leaves nobody inside.
    pub alone: bool,
}

/// An exit is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoidRequest {
    pub fact: Uuid,
    pub reason: String,
    pub by: Approval,
}

/// An entry is taken back: the vehicle does not come in after all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeBackRequest {
    pub stay: Uuid,
    pub reason: String,
    pub by: Approval,
}

/// It was taken back, durably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// The fact that says so.
    pub fact: Uuid,
    pub stay: Stay,
    /// What was paid on the way in and goes back, and how it was paid.
    pub paid: Option<(Rupiah, String)>,
}

/// An exit was paid otherwise than was taken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodRequest {
    pub fact: Uuid,
    pub method: Method,
    /// The proof, of a payment without cash.
    pub receipt: Option<Receipt>,
    pub reason: String,
    pub by: Approval,
}

/// It was put right, durably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// The fact that says so.
    pub fact: Uuid,
    pub exit: LastExit,
    /// How it is paid now; `None`: it was taken back.
    pub method: Option<Method>,
    /// Inside again.
    pub stay: Option<Box<Stay>>,
}

/// The exits of `open` (of no shift: where none is kept) that stand, newest first.
pub fn last_exits(facts: &[Content], open: Option<Uuid>) -> Vec<LastExit> {
    let facts: BTreeMap<Uuid, &Content> = facts.iter().map(|fact| (fact.id, fact)).collect();
    let (gone, corrected) = (shift::taken_back(&facts), shift::corrected(&facts));
    let mine = facts
        .iter()
        .rev()
        .filter(|(id, fact)| fact.kind == kind::LEFT && fact.shift == open && !gone.contains(*id));
    let text = |body: &Value, name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    mine.filter_map(|(id, fact)| {
        let body = &fact.body;
        let stay = text(body, "stay").parse().ok()?;
        Some(LastExit {
            fact: *id,
            stay,
            ticket: text(body, "ticket"),
            class: text(body, "class"),
            at: fact.at.parse().ok()?,
            fee: Rupiah(body.get("fee").and_then(Value::as_i64).unwrap_or_default()),
            method: corrected.get(id).map_or_else(|| text(body, "method"), |method| (*method).to_owned()),
            claim: body.pointer("/lost/claim").and_then(Value::as_str).map(str::to_owned),
            alone: stay == *id,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::GateId;
    use serde_json::json;

    fn fact(n: u128, kind: &str, shift: Option<u128>, body: Value) -> Content {
        Content {
            v: 1,
            id: Uuid::from_u128(n),
            kind: kind.into(),
            site: "S1".into(),
            gate: GateId::parse("B1").unwrap(),
            terminal: "pc".into(),
            operator: "Sari".into(),
            shift: shift.map(Uuid::from_u128),
            at: "2026-11-22T22:00:00.000000+07:00".into(),
            mono_ms: 0,
            boot: Uuid::nil(),
            clock: None,
            tariff: 1,
            config: 1,
            body,
            commit: BTreeMap::new(),
        }
    }

    fn exit(n: u128, shift: Option<u128>) -> Content {
        let body = json!({"stay": Uuid::from_u128(n % 10), "ticket": "T", "class": "mobil", "fee": 5000,
            "method": "tunai", "lost": {"claim": format!("K{n}")}});
        fact(n, kind::LEFT, shift, body)
    }

    #[test]
    fn only_exits_of_the_open_shift_that_stand_are_offered_newest_first() {
        let of = |n: u128| json!({"target": Uuid::from_u128(n), "method": "qris"});
        let facts = [
            exit(11, Some(1)),
            exit(21, Some(2)),
            exit(22, Some(2)),
            exit(23, Some(2)),
            exit(5, Some(2)),
            exit(31, None),
            fact(40, kind::VOIDED, Some(2), of(22)),
            fact(41, kind::CORRECTED, Some(2), of(23)),
            fact(42, kind::VOIDED, Some(2), of(21)),
            fact(43, kind::VOIDED, Some(2), of(42)),
        ];
        let offered = |open: Option<u128>| {
            let exits = last_exits(&facts, open.map(Uuid::from_u128));
            exits.into_iter().map(|e| (e.fact.as_u128(), e.method, e.alone)).collect::<Vec<_>>()
        };
        let cash = || "tunai".to_owned();
        assert_eq!(offered(Some(2)), [(23, "qris".into(), false), (21, cash(), false), (5, cash(), true)]);
        assert_eq!(offered(Some(1)), [(11, cash(), false)]);
        assert_eq!(offered(None), [(31, cash(), false)]);
        assert_eq!(offered(Some(9)), []);
        assert_eq!(last_exits(&facts, None)[0].claim.as_deref(), Some("K31"));
    }
}
