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
    AND (kind = 'left' OR kind = 'note' AND instr(envelope, '\"what\":\"charge\"') > 0) ORDER BY n DESC";

fn stay(content: &Content) -> Option<Uuid> {
    content.body.get("stay")?.as_str()?.parse().ok()
}

impl Journal {
    /// What was noted of charges (`domain::charge`) and no exit recorded here came behind, in their order. An exit that was
    /// taken back later has settled its charges all the same.
    pub async fn charge_notes(&self) -> Result<Vec<Content>, JournalError> {
        let newest = self.call(false, move |k: &mut Keeper| k.contents(NOTES, [NEWEST])).await??;
        let mut left = HashSet::new();
        let mut notes = Vec::new();
        for fact in newest {
            match stay(&fact) {
                Some(stay) if fact.kind == kind::LEFT => drop(left.insert(stay)),
                Some(stay) if !left.contains(&stay) => notes.push(fact),
                _ => {}
            }
        }
        notes.reverse();
        Ok(notes)
    }
}
