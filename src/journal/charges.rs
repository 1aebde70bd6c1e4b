//! Notes of charges without cash, for a desk that starts.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use crate::domain::fact::Content;
use crate::domain::kinds::kind;
use std::collections::HashSet;
use uuid::Uuid;

/// Among the newest facts: what is older was paid for, or nobody stands there any more.
const NEWEST: i64 = 2048;
const NOTES: &str = "SELECT envelope FROM fact WHERE n > (SELECT max(n) FROM fact) - ?1
    AND (kind = 'left' OR kind = 'note' AND instr(envelope, '\"what\":\"charge\"') > 0
        OR kind = 'entered' AND instr(envelope, '\"charge\":\"') > 0) ORDER BY n DESC";

fn stay(content: &Content) -> Option<Uuid> {
    content.body.get("stay")?.as_str()?.parse().ok()
}

impl Journal {
    /// What was noted of charges (`domain::charge`) and neither an exit nor an entry recorded here came behind, in their
    /// order. An exit that was taken back later has settled its charges all the same.
    pub async fn charge_notes(&self) -> Result<Vec<Content>, JournalError> {
        let newest = self.call(false, move |k: &mut Keeper| k.contents(NOTES, [NEWEST])).await??;
        let (mut left, mut spent) = (HashSet::new(), HashSet::new());
        let mut notes = Vec::new();
        for fact in newest {
            if fact.kind == kind::ENTERED {
                spent.extend(fact.body.pointer("/prepaid/charge").cloned());
                continue;
            }
            match stay(&fact) {
                Some(stay) if fact.kind == kind::LEFT => drop(left.insert(stay)),
                Some(stay) if !left.contains(&stay) => notes.push(fact),
                _ => {}
            }
        }
        notes.retain(|note| note.body.get("charge").is_none_or(|charge| !spent.contains(charge)));
        notes.reverse();
        Ok(notes)
    }
}
