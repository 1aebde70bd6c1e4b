//! Members at the centre: a gate hears what changed, the admin's login changes them; and vouchers as exits took them.

use super::connect::Params;
use super::{Central, CentralError, rows};
use crate::domain::member::Member;
use crate::domain::money::Rupiah;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio_postgres::types::{Json, Type};
use uuid::Uuid;

/// Members that changed behind a cursor, at most 1000.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PulledMembers {
    #[serde(deserialize_with = "rows::each")]
    pub members: Vec<Member>,
    pub cursor: String,
    /// The cursor given means nothing to this centre (any more): these are the first of all.
    pub reset: bool,
    pub more: bool,
}

/// How members are put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// A card that is there is refused.
    Add,
    /// One that is not is.
    Change,
    /// Either.
    Import,
}

/// What that came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutMembers {
    pub added: u64,
    pub changed: u64,
    pub same: u64,
}

/// An exit that took a voucher and stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherRow {
    pub reference: String,
    pub gate: String,
    pub fact: Uuid,
    pub stay: Uuid,
    pub at: Timestamp,
    pub operator: String,
    pub off: Rupiah,
    /// Its place among the exits with this number, and how many there are: from 2 on it was taken again.
    pub nth: u64,
    pub times: u64,
}

impl Central {
    /// A gate's way to hear of members.
    pub async fn pull_members(
        &self,
        cursor: Option<&str>,
        limit: Duration,
    ) -> Result<PulledMembers, CentralError> {
        self.json("SELECT api.members($1)", &[(&cursor, Type::TEXT)], limit).await
    }

    /// By a part of card, name, group or plate (empty: all), by card. `limit` is for each page.
    pub async fn members(&self, part: &str, limit: Duration) -> Result<Vec<Member>, CentralError> {
        let mut all: Vec<Member> = Vec::new();
        loop {
            let after = all.last().map(|member| member.card.clone());
            let params: Params<'_> = &[(&part, Type::TEXT), (&after, Type::TEXT)];
            let page: Vec<Member> = self.json("SELECT ops.members($1, $2)", params, limit).await?;
            let done = page.is_empty();
            all.extend(page);
            if done {
                return Ok(all);
            }
        }
    }

    /// All of them or none. `trial` tells what would happen.
    pub async fn put_members(
        &self,
        members: &[Member],
        how: Put,
        trial: bool,
        limit: Duration,
    ) -> Result<PutMembers, CentralError> {
        let how = match how {
            Put::Add => "add",
            Put::Change => "change",
            Put::Import => "import",
        };
        let members = Json(members);
        let params: Params<'_> = &[(&members, Type::JSONB), (&how, Type::TEXT), (&trial, Type::BOOL)];
        self.json("SELECT ops.members_put($1, $2, $3)", params, limit).await
    }

    /// Uses of vouchers in a range, newest first; `twice`: only of numbers that were taken more than once.
    pub async fn vouchers(
        &self,
        from: Timestamp,
        to: Timestamp,
        twice: bool,
        limit: Duration,
    ) -> Result<Vec<VoucherRow>, CentralError> {
        let (from, to) = (from.to_string(), to.to_string());
        let params: Params<'_> = &[(&from, Type::TEXT), (&to, Type::TEXT), (&twice, Type::BOOL)];
        self.json("SELECT ops.vouchers($1::text::timestamptz, $2::text::timestamptz, $3)", params, limit).await
    }
}
