//! How many vehicles stand inside, by the gate they came in by: the replica's count for the site's places.

use super::error::JournalError;
use super::queue::Journal;
use super::replica::Replica;
use crate::domain::capacity::Inside;

/// The count is read from this index alone; put beside a replica of an earlier program too.
pub(super) const COUNTED: &str = "CREATE INDEX IF NOT EXISTS stay_counted
    ON stay (json_extract(report, '$.entered_gate'), class) WHERE inside = 1";

impl Replica {
    fn inside(&self) -> Result<Vec<Inside>, JournalError> {
        let sql = "SELECT json_extract(report, '$.entered_gate'), class, count(*) FROM stay WHERE inside = 1
                   GROUP BY 1, 2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([], |r| {
            Ok(Inside {
                gate: r.get::<_, Option<String>>(0)?.unwrap_or_default(),
                class: r.get(1)?,
                count: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Journal {
    /// Inside by gate and class, as this terminal knows it.
    pub async fn inside(&self) -> Result<Vec<Inside>, JournalError> {
        self.call(true, move |k| k.replica.inside()).await?
    }
}
