//! Who may still stand before a barrier that was never opened: told at a start, opened by nobody but a person.

use super::others::Others;
use crate::domain::kinds::kind;
use crate::domain::stay::Stay;
use jiff::{SignedDuration, Timestamp};

/// Whoever stood there longer has been seen to.
const STANDS: SignedDuration = SignedDuration::from_mins(10);

/// A vehicle on record whose barrier is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unopened {
    pub stay: Stay,
    /// It has paid and wants out; else it has its ticket, perhaps, and wants in.
    pub leaves: bool,
}

impl Others {
    /// Newest first. Empty where nothing opens.
    pub async fn unopened(&self, now: Timestamp) -> Vec<Unopened> {
        if !self.opens() {
            return Vec::new();
        }
        let since = now.checked_sub(STANDS).unwrap_or(now);
        let mut found = Vec::new();
        for fact in self.desk().journal.unopened(since).await.unwrap_or_default().into_iter().rev() {
            let leaves = fact.kind == kind::LEFT;
            let id = if leaves {
                fact.body.get("stay").and_then(|stay| stay.as_str()?.parse().ok())
            } else {
                Some(fact.id)
            };
            let Some(id) = id else { continue };
            if let Ok(Some(stay)) = self.desk().journal.by_stay(id).await
                && stay.is_inside() != leaves
            {
                found.push(Unopened { stay, leaves });
            }
        }
        found
    }
}
