//! Facts to the centre: one call a batch, one verdict a fact.

use super::{Central, CentralError};
use bytes::BytesMut;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// What became of one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngestVerdict {
    /// New, and applied.
    Inserted,
    /// It was there: the same id and content.
    Already,
    /// Another gate's: waits until its signature was checked.
    Held,
    /// Another content stands (or stood) under this id; both are kept, the smaller hash is projected.
    ConflictId,
    /// Taken and applied; another fact has the same epoch and seq.
    ConflictSeq,
    /// Not taken; kept aside at the centre.
    Rejected { code: String, text: String },
}

impl IngestVerdict {
    fn read(text: &str) -> Result<Self, CentralError> {
        Ok(match text {
            "inserted" => Self::Inserted,
            "already" => Self::Already,
            "held" => Self::Held,
            "conflict_id" => Self::ConflictId,
            "conflict_seq" => Self::ConflictSeq,
            other => {
                let mut parts = other.splitn(3, '|');
                match (parts.next(), parts.next()) {
                    (Some("rejected"), Some(code)) => {
                        Self::Rejected { code: code.to_owned(), text: parts.next().unwrap_or_default().to_owned() }
                    }
                    _ => return Err(CentralError::Answer(format!("verdict {other:?}"))),
                }
            }
        })
    }

    /// Whether the centre has the fact in its books (or keeps it with care): the journal need not send it again.
    pub fn is_settled(&self) -> bool {
        !matches!(self, Self::Rejected { .. })
    }
}

/// More brackets than any fact has, and fewer than could be nested too deep for PostgreSQL's stack.
const BRACKETS: usize = 1000;

/// What PostgreSQL can read as JSON; anything else travels as a string, to be turned away alone.
fn readable(fact: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(fact).is_ok()
        && !holds_nul(fact)
        && fact.bytes().filter(|b| matches!(b, b'[' | b'{')).count() <= BRACKETS
}

/// Whether a JSON text spells NUL. After an odd number of backslashes the escape is none: somebody typed those letters.
fn holds_nul(fact: &str) -> bool {
    let typed = |at: usize| fact[..at].bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1;
    fact.match_indices("\\u0000").any(|(at, _)| !typed(at))
}

/// An envelope as it stands: the binary form of json is its text, kept where it arrived.
#[derive(Debug)]
struct Envelope<'f>(Cow<'f, str>);

impl<'f> Envelope<'f> {
    fn of(fact: &'f str) -> Self {
        if readable(fact) {
            return Self(Cow::Borrowed(fact));
        }
        Self(Cow::Owned(Value::from(fact.replace('\0', "")).to_string()))
    }
}

impl ToSql for Envelope<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSON
    }

    to_sql_checked!();
}

impl Central {
    /// Sends up to 1000 envelopes; answers one verdict for each, in order, after the centre has applied them.
    pub async fn ingest(
        &self,
        facts: &[impl AsRef<str>],
        limit: Duration,
    ) -> Result<Vec<IngestVerdict>, CentralError> {
        if facts.is_empty() {
            return Ok(Vec::new());
        }
        let envelopes: Vec<Envelope> = facts.iter().map(|fact| Envelope::of(fact.as_ref())).collect();
        let answer = self.row("SELECT api.terima($1)", &[(&envelopes, Type::JSON_ARRAY)], limit).await;
        #[cfg(feature = "planted")]
        if planted!("drop-refused") && answer.as_ref().is_err_and(|e| e.class() == super::ErrorClass::NeedsAdmin) {
            return Ok(vec![IngestVerdict::Already; facts.len()]);
        }
        let row = answer?;
        let words: Vec<&str> = row.try_get(0)?;
        if words.len() != facts.len() {
            return Err(CentralError::Answer(format!("{} verdicts for {} facts", words.len(), facts.len())));
        }
        words.into_iter().map(IngestVerdict::read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_that_is_no_json_cannot_spoil_its_batch() {
        let facts = ["{\"a\":1}".to_owned(), "{oops".to_owned(), "{\"a\":\"\\u0000\"}".to_owned()];
        let value: Vec<Value> =
            facts.iter().map(|fact| serde_json::from_str(&Envelope::of(fact).0).unwrap()).collect();
        assert!(value[0].is_object() && value[1].is_string() && value[2].is_string());
    }

    #[test]
    fn letters_that_only_look_like_a_nul_are_sent_as_they_are() {
        for (text, nul) in [(r#"["\u0000"]"#, true), (r#"["\\u0000"]"#, false), (r#"["\\\u0000"]"#, true)] {
            assert_eq!((holds_nul(text), readable(text)), (nul, !nul), "{text}");
        }
    }

    #[test]
    fn verdicts_read_back() {
        let rejected = IngestVerdict::read("rejected|22P02|invalid input: \"a|b\"").unwrap();
        assert_eq!(
            rejected,
            IngestVerdict::Rejected { code: "22P02".into(), text: "invalid input: \"a|b\"".into() }
        );
        assert!(IngestVerdict::read("maybe").is_err());
        assert!(!rejected.is_settled() && IngestVerdict::ConflictSeq.is_settled());
    }
}
