//! Tariff versions and holidays put into the centre, and past exits read from it; for the admin's login only.

use super::{Central, CentralError};
use crate::domain::tariff::{CalendarDay, PastExit};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_postgres::types::{Json, Type};

/// A version to be added; the centre gives it its number.
#[derive(Clone, Debug, Serialize)]
pub struct NewTariff {
    pub effective_from: Timestamp,
    /// Rules by class.
    pub rules: Value,
    /// All the rest of the version.
    pub general: Value,
    pub operator: String,
}

/// Its number; `already` when the very same stood there as the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct AddedTariff {
    pub version: u32,
    pub already: bool,
}

#[derive(Deserialize)]
struct Page {
    exits: Vec<PastExit>,
    next: Option<Value>,
}

impl Central {
    /// Sending the same again is harmless.
    pub async fn tariff_add(&self, new: &NewTariff, limit: Duration) -> Result<AddedTariff, CentralError> {
        self.json("SELECT ops.tariff_add($1)", &[(&Json(new), Type::JSONB)], limit).await
    }

    /// Names a day a holiday; without a name it is none any more. Whether anything changed.
    pub async fn holiday(
        &self,
        day: CalendarDay,
        name: Option<&str>,
        limit: Duration,
    ) -> Result<bool, CentralError> {
        let day = Date::from(day).to_string();
        let sql = "SELECT to_json(ops.holiday($1::text::date, $2))";
        self.json(sql, &[(&day, Type::TEXT), (&name, Type::TEXT)], limit).await
    }

    /// Gives every exit that counts, booked from `from` until before `to`, oldest first. Reads only. `limit` is for each
    /// page.
    pub async fn exits(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: Duration,
        mut each: impl FnMut(PastExit),
    ) -> Result<(), CentralError> {
        let mut after = None;
        loop {
            let mut asked = json!({"from": from, "to": to});
            if let (Some(after), Some(asked)) = (after, asked.as_object_mut()) {
                asked.insert("after".into(), after);
            }
            let page: Page = self.json("SELECT ops.exits($1)", &[(&Json(&asked), Type::JSONB)], limit).await?;
            page.exits.into_iter().for_each(&mut each);
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
