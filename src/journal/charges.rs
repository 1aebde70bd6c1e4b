//! Notes of charges without cash, for a desk that starts.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use crate::domain::fact::Content;

/// Among the newest facts: what is older was paid for, or nobody stands there any more.
const NEWEST: i64 = 4096;
const NOTES: &str = "SELECT envelope FROM fact WHERE n > (SELECT max(n) FROM fact) - ?1 AND kind = 'note'
    AND instr(envelope, '\"what\":\"charge\"') > 0 ORDER BY n";

impl Journal {
    /// What was noted of charges (`domain::charge`), in their order.
    pub async fn charge_notes(&self) -> Result<Vec<Content>, JournalError> {
        self.call(false, move |k: &mut Keeper| k.contents(NOTES, [NEWEST])).await?
    }
}
