//! A fact's way in words: for the operator's progress and summary, and for `logs/sync_*.log`.

use super::policy;
use crate::central::IngestVerdict;
use crate::domain::fact::Sealed;
use crate::domain::kinds::kind;
use crate::domain::plate;
use crate::journal::{OutRow, Outcome};

/// A fact in an operator's words: `B17K00112C  B 90 AA  keluar 13.31`.
pub(super) fn describe(row: &OutRow) -> String {
    let Ok(sealed) = serde_json::from_str::<Sealed>(&row.envelope) else { return format!("baris {}", row.n) };
    let content = &sealed.fact.content;
    let ticket = content.body.get("ticket").and_then(|t| t.as_str()).unwrap_or_default();
    let plate = sealed.fact.personal("plate").map(plate::spaced).unwrap_or_default();
    let what = match content.kind.as_str() {
        kind::ENTERED => "masuk",
        kind::LEFT => "keluar",
        other => other,
    };
    let time = content.at.get(11..16).unwrap_or_default().replace(':', ".");
    [ticket, plate.as_str(), &format!("{what} {time}")]
        .into_iter()
        .filter(|p| !p.is_empty())
        .collect::<Vec<_>>()
        .join("  ")
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
