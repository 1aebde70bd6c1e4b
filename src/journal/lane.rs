//! Openings and passages of this terminal, read from its journal beside a running terminal.

use super::error::JournalError;
use super::look::read_only;
use super::outbox::text;
use crate::domain::fact::Sealed;
use crate::domain::ledger::{KINDS, LaneFact};
use jiff::Timestamp;
use std::path::Path;

/// The lane's facts of `[from, to)`, in the order of recording, also those PostgreSQL has.
pub fn lane_facts(dir: &Path, from: Timestamp, to: Timestamp) -> Result<Vec<LaneFact>, JournalError> {
    let conn = read_only(dir)?;
    let sql = "SELECT envelope FROM fact WHERE own = 1 AND kind IN (?1, ?2, ?3) ORDER BY n";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query(KINDS)?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let Ok(sealed) = serde_json::from_str::<Sealed>(&text(row, 0)?) else { continue };
        let content = &sealed.fact.content;
        if !sealed.fact.at().is_ok_and(|at| at >= from && at < to) {
            continue;
        }
        facts.push(LaneFact {
            id: content.id,
            gate: content.gate.to_string(),
            at: content.at.clone(),
            operator: content.operator.clone(),
            shift: content.shift,
            kind: content.kind.clone(),
            body: content.body.clone(),
            ticket: None,
        });
    }
    Ok(facts)
}
