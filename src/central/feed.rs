//! What the hub needs: the feed, the tokens, and the couriered facts it must check; for the hub's login only.

use super::{Central, CentralError, rows};
use crate::domain::stay::Stay;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio_postgres::types::{Json, Type};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FeedEvent {
    pub fact: Uuid,
    pub kind: String,
    pub gate: String,
    pub at: Timestamp,
    /// The stay as it is now.
    pub stay: Option<Stay>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Feed {
    pub cursor: String,
    /// The cursor given was foreign or none; no events then.
    pub reset: bool,
    #[serde(deserialize_with = "rows::each")]
    pub events: Vec<FeedEvent>,
    pub settings_version: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Counts {
    pub inside: u64,
    /// Couriered facts not yet checked.
    pub held: u64,
    pub quarantined: u64,
    /// Epochs that two lives name as their parent: a restored or cloned journal.
    pub forks: u64,
}

/// Names one couriered fact, as the centre keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldKey {
    pub gate: String,
    pub fact: Uuid,
    /// Lower-case hex of the content hash.
    pub hash: String,
}

/// A couriered fact that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub key: HeldKey,
    pub envelope: String,
}

#[derive(Debug, Serialize)]
struct Settle<'a> {
    #[serde(flatten)]
    key: &'a HeldKey,
    reason: Option<&'a str>,
}

impl Central {
    /// Gate (or `ADMIN`, `HUB`) and the lower-case hex SHA-256 of its token.
    pub async fn tokens(&self, limit: Duration) -> Result<Vec<(String, String)>, CentralError> {
        let rows = self.rows("SELECT gerbang, sidik FROM hub.tokens()", &[], limit).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    pub async fn feed(&self, cursor: Option<&str>, limit: Duration) -> Result<Feed, CentralError> {
        self.json("SELECT hub.feed($1)", &[(&cursor, Type::TEXT)], limit).await
    }

    /// Envelopes whose signature must be checked, at most 500.
    pub async fn held(&self, limit: Duration) -> Result<Vec<Held>, CentralError> {
        let rows = self.rows("SELECT gate, fact, hash, envelope FROM hub.held_facts()", &[], limit).await?;
        let held = |row: &tokio_postgres::Row| {
            let key = HeldKey { gate: row.try_get(0)?, fact: row.try_get(1)?, hash: row.try_get(2)? };
            Ok(Held { key, envelope: row.try_get(3)? })
        };
        rows.iter().map(held).collect()
    }

    /// Ends the wait of couriered facts: accepted ones are applied under the gate they name, rejected ones set
    /// aside with their reason.
    pub async fn settle(
        &self,
        accepted: &[HeldKey],
        rejected: &[(HeldKey, String)],
        limit: Duration,
    ) -> Result<(), CentralError> {
        let accepted = accepted.iter().map(|key| Settle { key, reason: None });
        let rejected = rejected.iter().map(|(key, reason)| Settle { key, reason: Some(reason) });
        let all: Vec<Settle<'_>> = accepted.chain(rejected).collect();
        self.rows("SELECT * FROM hub.settle($1)", &[(&Json(all), Type::JSONB)], limit).await.map(|_| ())
    }

    /// Ends the sessions of gates that lie in a transaction for too long; gives how many.
    pub async fn end_stuck_gates(&self, limit: Duration) -> Result<i32, CentralError> {
        Ok(self.row("SELECT hub.end_stuck_gates()", &[], limit).await?.try_get(0)?)
    }

    pub async fn counts(&self, limit: Duration) -> Result<Counts, CentralError> {
        self.json("SELECT hub.counts()", &[], limit).await
    }

    /// Makes the partitions of the months to come; gives how many months were new. Daily, harmless at any time.
    pub async fn prepare_months(&self, limit: Duration) -> Result<i32, CentralError> {
        Ok(self.row("SELECT hub.prepare_months()", &[], limit).await?.try_get(0)?)
    }

    /// Months to come that were not made, because too much of them stands in a default partition already.
    pub async fn months_left(&self, limit: Duration) -> Result<Vec<String>, CentralError> {
        Ok(self.row("SELECT hub.months_left()", &[], limit).await?.try_get(0)?)
    }
}
