//! What to do with each outcome. Pure: a verdict or an error in, a decision out. Nothing is ever dropped.

use crate::central::{ErrorClass, IngestVerdict};
use crate::journal::Outcome;

/// What becomes of a fact by the centre's word. Held facts wait at the centre; both facts of a conflicting seq are
/// projected: in either case the centre has it.
pub(super) fn outcome(verdict: &IngestVerdict) -> Outcome {
    match verdict {
        IngestVerdict::Inserted | IngestVerdict::Already | IngestVerdict::Held | IngestVerdict::ConflictSeq => {
            Outcome::Acked
        }
        IngestVerdict::ConflictId => Outcome::Parked {
            code: "conflict_id".into(),
            reason: "isi lain dengan nomor peristiwa yang sama sudah ada di pusat".into(),
        },
        IngestVerdict::Rejected { code, text } => Outcome::Parked { code: code.clone(), reason: text.clone() },
    }
}

/// The log's word for a verdict.
pub(super) fn word(verdict: &IngestVerdict) -> &'static str {
    match verdict {
        IngestVerdict::Inserted => "inserted",
        IngestVerdict::Already => "already",
        IngestVerdict::Held => "held",
        IngestVerdict::ConflictId => "conflict_id",
        IngestVerdict::ConflictSeq => "conflict_seq",
        IngestVerdict::Rejected { .. } => "rejected",
    }
}

/// What a failed call means for its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Keep the rows, drop the connection, try again later.
    Reconnect,
    /// Cut the batch in two; a single fact is parked with this code and reason.
    Bisect { code: String, reason: String },
}

pub(super) fn step(class: &ErrorClass) -> Step {
    match class {
        ErrorClass::Connection | ErrorClass::NeedsAdmin | ErrorClass::Unknown => Step::Reconnect,
        ErrorClass::Data { sqlstate, message } => Step::Bisect { code: sqlstate.clone(), reason: message.clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_or_refused_login_never_costs_a_row() {
        for class in [ErrorClass::Connection, ErrorClass::NeedsAdmin, ErrorClass::Unknown] {
            assert_eq!(step(&class), Step::Reconnect);
        }
    }

    #[test]
    fn only_a_verdict_settles_a_fact() {
        assert_eq!(outcome(&IngestVerdict::Already), Outcome::Acked);
        assert_eq!(outcome(&IngestVerdict::ConflictSeq), Outcome::Acked);
        let rejected = IngestVerdict::Rejected { code: "x".into(), text: "y".into() };
        assert!(matches!(outcome(&rejected), Outcome::Parked { .. }));
    }
}
