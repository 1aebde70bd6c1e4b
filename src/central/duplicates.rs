//! Duplicates at the centre: found, set aside, taken back; for the admin's login only.

use super::{Central, CentralError, rows};
use crate::domain::duplicates::{Found, Group, Member, Search, Standing};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tokio_postgres::types::{Json, Type};
use uuid::Uuid;

/// What became of a decision: new facts, and those the centre had already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Recorded {
    pub inserted: u32,
    pub already: u32,
}

/// What was found, before it is read group by group.
#[derive(Deserialize)]
struct Raw {
    total: u64,
    site: String,
    groups: Vec<Value>,
}

impl Raw {
    fn read(self) -> Found {
        Found { total: self.total, site: self.site, groups: self.groups.into_iter().filter_map(group).collect() }
    }
}

/// A group with those of its members that can be read.
fn group(mut group: Value) -> Option<Group> {
    if let Some(members) = group.get_mut("members").and_then(Value::as_array_mut) {
        members.retain(|member| rows::one::<Member>(member.clone()).is_some());
    }
    rows::one(group)
}

impl Central {
    pub async fn duplicates(&self, search: &Search, limit: Duration) -> Result<Found, CentralError> {
        let raw: Raw = self.json("SELECT ops.duplicates($1)", &[(&Json(search), Type::JSONB)], limit).await?;
        Ok(raw.read())
    }

    /// The facts that set this group aside and still stand.
    pub async fn duplicate_facts(&self, group: Uuid, limit: Duration) -> Result<Vec<Standing>, CentralError> {
        self.json("SELECT ops.duplicate_facts($1)", &[(&group, Type::UUID)], limit).await
    }

    /// Takes the centre's own facts, all or none: `duplicate` ones, or for `undo` the `voided` ones that take such back.
    /// Sending the same again is harmless.
    pub async fn decide(&self, undo: bool, facts: &[String], limit: Duration) -> Result<Recorded, CentralError> {
        let verb = if undo { "undo" } else { "remove" };
        let sql = format!("SELECT ops.duplicates_{verb}($1::text[]::json[])");
        self.json(&sql, &[(&facts, Type::TEXT_ARRAY)], limit).await
    }
}
