//! Entries and exits that were probably taken down twice: what was found, and what a person decides about it.

use super::fact::{Fact, FactError, Origin, Stamp};
use super::ids::GateId;
use super::kinds::{Duplicate, Event, Voided};
use super::money::Rupiah;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How certain it is. `Exact`: the same content. `Strong`: the same plate or ticket on the same side within minutes,
/// or two exits of one stay. `Weak`: plates one look-alike character apart, or one plate inside twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    Exact,
    Strong,
    Weak,
}

impl Certainty {
    pub const ALL: [Self; 3] = [Self::Exact, Self::Strong, Self::Weak];

    /// `exact`, `strong`, `weak`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Strong => "strong",
            Self::Weak => "weak",
        }
    }
}

/// One entry or exit of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub fact: Uuid,
    pub gate: String,
    /// `in` or `out`.
    pub side: String,
    pub stay: Uuid,
    pub ticket: String,
    pub plate: String,
    pub class: String,
    pub at: Timestamp,
    pub entered_at: Option<Timestamp>,
    pub entered_gate: String,
    pub operator: Option<String>,
    pub terminal: Option<String>,
    /// `None` for an entry.
    pub fee: Option<Rupiah>,
    pub method: String,
    /// The stay's: `di_dalam`, `keluar`, `batal`.
    pub state: String,
    pub void: bool,
    pub flags: Vec<String>,
    pub epoch: Uuid,
    pub seq: i64,
    /// When it reached the centre.
    pub received_at: Timestamp,
    pub removed: bool,
}

/// A group: found, or set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub group: Uuid,
    pub class: Certainty,
    /// `isi_sama`, `dua_keluar`, `tiket_sama`, `plat_sama`, `plat_mirip`, `dua_di_dalam`; none for a removed one.
    pub causes: Vec<String>,
    pub at: Timestamp,
    /// The one that stays, or that is proposed to.
    pub kept: Uuid,
    pub kept_gate: String,
    /// `false`: the others were set aside in favour of one that was voided or set aside since; none of them counts.
    #[serde(default = "stands")]
    pub kept_stands: bool,
    pub removed: bool,
    pub reason: Option<String>,
    pub removed_by: Option<String>,
    pub removed_at: Option<Timestamp>,
    /// Oldest first.
    pub members: Vec<Member>,
}

/// A centre that does not say takes it for granted.
fn stands() -> bool {
    true
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Search {
    pub from: Timestamp,
    pub to: Timestamp,
    pub class: Option<Certainty>,
    /// Part of a plate or ticket.
    pub filter: String,
    /// At most 500.
    pub limit: u32,
    /// The first digits of a group's id.
    pub group: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Groups there are; `groups` may be fewer.
    pub total: u64,
    pub site: String,
    pub groups: Vec<Group>,
}

/// A fact that sets something aside, and still stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Standing {
    pub fact: Uuid,
    pub stay: Uuid,
}

/// Why nothing can be set aside so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The group is set aside already.
    Removed,
    /// The one to keep is not in the group.
    KeptUnknown,
    /// None of those to remove is in the group, or one of them is to be kept.
    NothingChosen,
    ReasonEmpty,
}

impl Group {
    /// The group's short name.
    pub fn short(&self) -> String {
        self.group.simple().to_string()[..8].to_owned()
    }

    /// The member that stays, if it is known.
    pub fn kept(&self) -> Option<&Member> {
        self.members.iter().find(|m| m.fact == self.kept && m.gate == self.kept_gate)
    }

    /// All but the one that stays.
    pub fn others(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|m| m.fact != self.kept || m.gate != self.kept_gate)
    }

    /// The next member stays instead.
    pub fn keep_next(&mut self) {
        let at = self.members.iter().position(|m| m.fact == self.kept && m.gate == self.kept_gate);
        let next = at.map_or(0, |at| (at + 1) % self.members.len().max(1));
        if let Some(member) = self.members.get(next) {
            (self.kept, self.kept_gate) = (member.fact, member.gate.clone());
        }
    }

    /// What setting `chosen` aside says, one event a member; all but the kept one for an empty choice.
    pub fn removal(&self, chosen: &[Uuid], reason: &str) -> Result<Vec<Event>, Refused> {
        let reason = reason.trim();
        if self.removed {
            return Err(Refused::Removed);
        }
        if reason.is_empty() {
            return Err(Refused::ReasonEmpty);
        }
        let kept = self.kept().ok_or(Refused::KeptUnknown)?;
        if chosen.contains(&kept.fact) || !chosen.iter().all(|id| self.others().any(|m| m.fact == *id)) {
            return Err(Refused::NothingChosen);
        }
        let events: Vec<Event> = self
            .others()
            .filter(|m| chosen.is_empty() || chosen.contains(&m.fact))
            .map(|m| {
                Event::Duplicate(Duplicate {
                    stay: m.stay,
                    target: m.fact,
                    target_gate: m.gate.clone(),
                    group: self.group,
                    certainty: self.class.word().into(),
                    kept: kept.fact,
                    kept_gate: kept.gate.clone(),
                    reason: reason.chars().take(200).collect(),
                })
            })
            .collect();
        if events.is_empty() { Err(Refused::NothingChosen) } else { Ok(events) }
    }
}

/// What taking those facts back says.
pub fn undoing(standing: &[Standing], reason: &str) -> Vec<Event> {
    let voided = |s: &Standing| {
        Event::Voided(Voided {
            by: None,
            stay: s.stay,
            target: s.fact,
            target_gate: GateId::CENTRE.into(),
            reason: reason.chars().take(200).collect(),
        })
    };
    standing.iter().map(voided).collect()
}

/// The centre's facts of one decision: an epoch of its own, seq from 1. `ids` are as many as `events`.
pub fn facts(
    events: &[Event],
    ids: &[Uuid],
    epoch: Uuid,
    origin: &Origin,
    stamp: &Stamp,
) -> Result<Vec<String>, FactError> {
    let mut prev = super::seal::Hash::ZERO;
    let mut sealed = Vec::new();
    for ((event, id), seq) in events.iter().zip(ids).zip(1..) {
        let fact = Fact::new(*id, origin, stamp, event, &[], String::new)?;
        let placed = fact.place(epoch, seq, prev)?;
        prev = placed.link();
        sealed.push(serde_json::to_string(&placed)?);
    }
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(n: u128) -> Member {
        Member {
            fact: Uuid::from_u128(n),
            gate: "B1".into(),
            side: "out".into(),
            stay: Uuid::from_u128(1),
            ticket: "T".into(),
            plate: "B1A".into(),
            class: "mobil".into(),
            at: Timestamp::UNIX_EPOCH,
            entered_at: None,
            entered_gate: "A1".into(),
            operator: None,
            terminal: None,
            fee: Some(Rupiah(5000)),
            method: "tunai".into(),
            state: "keluar".into(),
            void: false,
            flags: vec![],
            epoch: Uuid::nil(),
            seq: 1,
            received_at: Timestamp::UNIX_EPOCH,
            removed: false,
        }
    }

    fn group() -> Group {
        Group {
            group: Uuid::from_u128(7),
            class: Certainty::Strong,
            causes: vec!["dua_keluar".into()],
            at: Timestamp::UNIX_EPOCH,
            kept: Uuid::from_u128(2),
            kept_gate: "B1".into(),
            kept_stands: true,
            removed: false,
            reason: None,
            removed_by: None,
            removed_at: None,
            members: vec![member(2), member(3), member(4)],
        }
    }

    fn targets(events: &[Event]) -> Vec<u128> {
        let target = |e: &Event| match e {
            Event::Duplicate(d) => d.target.as_u128(),
            _ => 0,
        };
        events.iter().map(target).collect()
    }

    #[test]
    fn one_of_a_group_always_stays() {
        let mut group = group();
        assert_eq!(targets(&group.removal(&[], "dua kali").unwrap()), [3, 4]);
        assert_eq!(targets(&group.removal(&[Uuid::from_u128(4)], "dua kali").unwrap()), [4]);
        assert_eq!(group.removal(&[Uuid::from_u128(2)], "x"), Err(Refused::NothingChosen));
        assert_eq!(group.removal(&[Uuid::from_u128(9)], "x"), Err(Refused::NothingChosen));
        assert_eq!(group.removal(&[], "  "), Err(Refused::ReasonEmpty));
        group.keep_next();
        assert_eq!(targets(&group.removal(&[], "dua kali").unwrap()), [2, 4]);
        group.removed = true;
        assert_eq!(group.removal(&[], "x"), Err(Refused::Removed));
    }
}
