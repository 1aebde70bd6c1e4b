//! A fact's way, for the operator's progress and summary, and for `logs/sync_*.log`.

use super::policy;
use crate::central::IngestVerdict;
use crate::domain::fact::Sealed;
use crate::domain::plate;
use crate::domain::view::FactName;
use crate::journal::{OutRow, Outcome};

/// What people know a fact by.
pub(super) fn describe(row: &OutRow) -> FactName {
    let Ok(sealed) = serde_json::from_str::<Sealed>(&row.envelope) else { return FactName::default() };
    let content = &sealed.fact.content;
    FactName {
        ticket: content.body.get("ticket").and_then(|t| t.as_str()).unwrap_or_default().to_owned(),
        plate: sealed.fact.personal("plate").map(plate::spaced).unwrap_or_default(),
        kind: content.kind.clone(),
        at: content.at.get(11..16).unwrap_or_default().to_owned(),
    }
}

/// One line a fact.
pub(super) fn log(settled: &[(OutRow, Outcome)], verdicts: &[IngestVerdict]) {
    for ((row, _), verdict) in settled.iter().zip(verdicts) {
        let id = field(&row.envelope, "\"id\":\"");
        let kind = field(&row.envelope, "\"kind\":\"");
        let word = policy::word(verdict);
        match verdict {
            IngestVerdict::Rejected { code, text } => {
                tracing::warn!(target: "sync", n = row.n, id, kind, verdict = word, code, text, "peristiwa");
            }
            _ => tracing::info!(target: "sync", n = row.n, id, kind, verdict = word, "peristiwa"),
        }
    }
}

/// A field of our own compact JSON, without parsing all of it: only for the log.
fn field<'t>(envelope: &'t str, name: &str) -> &'t str {
    let Some(at) = envelope.find(name) else { return "" };
    let rest = &envelope[at + name.len()..];
    rest.split('"').next().unwrap_or_default()
}
