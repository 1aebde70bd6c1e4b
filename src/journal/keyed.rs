//! Paper tickets in this terminal's books.

use super::error::JournalError;
use super::queue::Journal;

impl Journal {
    /// How many entries bear this paper ticket's number, as far back as the journal goes.
    pub async fn keyed(&self, number: String) -> Result<u64, JournalError> {
        self.call(true, move |k| {
            let Some(store) = &k.store else { return Ok(0) };
            // As `sql/journal` has its index.
            let sql = "SELECT count(*) FROM fact WHERE kind = 'entered' AND counter IS NULL AND
                CASE WHEN json_valid(envelope) THEN json_extract(envelope, '$.body.ticket') END = ?1";
            Ok(store.conn.prepare_cached(sql)?.query_row([number], |r| r.get(0))?)
        })
        .await?
    }
}
