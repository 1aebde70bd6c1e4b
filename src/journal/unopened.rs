//! Entries and exits whose barrier was never opened, as far as anything is on record: somebody may still stand there.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use crate::domain::fact::Content;
use crate::domain::kinds::kind;
use jiff::Timestamp;
use rusqlite::params;
use serde_json::Value;
use std::collections::HashSet;
use uuid::Uuid;

/// The newest facts are looked through: more than happens at a gate in the minutes that are asked for.
const NEWEST: i64 = 200;
const SQL: &str = "SELECT envelope FROM fact WHERE n > (SELECT max(n) FROM fact) - ?1 AND own = 1
    AND kind IN ('entered', 'left', 'barrier_opened', 'voided') ORDER BY n";

fn named(content: &Content, field: &str) -> Option<Uuid> {
    content.body.get(field).and_then(Value::as_str)?.parse().ok()
}

impl Journal {
    /// What was recorded here since `since`, oldest first, and has no opening of its own: entries and exits.
    pub async fn unopened(&self, since: Timestamp) -> Result<Vec<Content>, JournalError> {
        let mut newest = self.call(false, move |k: &mut Keeper| k.contents(SQL, params![NEWEST])).await??;
        let (mut opened, mut voided) = (HashSet::new(), HashSet::new());
        for fact in &newest {
            match fact.kind.as_str() {
                kind::BARRIER_OPENED => {
                    let reason = fact.body.get("reason").and_then(Value::as_str).unwrap_or_default();
                    opened.extend(named(fact, "stay").map(|stay| (stay, reason.to_owned())));
                }
                kind::VOIDED => voided.extend(named(fact, "target")),
                _ => {}
            }
        }
        newest.retain(|fact| {
            let car = match fact.kind.as_str() {
                // One that was keyed in from paper came in long before.
                kind::ENTERED if fact.body.get("paper").is_none_or(Value::is_null) => Some(fact.id),
                kind::LEFT => named(fact, "stay"),
                _ => None,
            };
            let recent = fact.at.parse::<Timestamp>().is_ok_and(|at| at >= since);
            let stands = recent && !voided.contains(&fact.id);
            stands && car.is_some_and(|stay| !opened.contains(&(stay, fact.kind.clone())))
        });
        Ok(newest)
    }
}
