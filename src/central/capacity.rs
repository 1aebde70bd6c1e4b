//! Places and who is inside, by the gate they came in by; for the admin's login only.

use super::{Central, CentralError};
use crate::domain::capacity::{Capacity, Inside, Room};
use crate::domain::vehicle::Class;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tokio_postgres::types::{Json, Type};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Places {
    pub capacity: Capacity,
    pub classes: Vec<Class>,
    pub inside: Vec<Inside>,
}

impl Places {
    /// Every limit, the fullest first.
    pub fn rooms(&self) -> Vec<Room> {
        let mut rooms = self.capacity.rooms(&self.classes, &self.inside);
        rooms
            .sort_by_key(|room| std::cmp::Reverse((room.fill, room.inside * 100 / u64::from(room.places.max(1)))));
        rooms
    }
}

impl Central {
    pub async fn capacity(&self, limit: Duration) -> Result<Places, CentralError> {
        self.json("SELECT ops.capacity()", &[], limit).await
    }

    /// Sets what `change` names (`sql/central/0024_kapasitas.sql`). Whether anything changed.
    pub async fn set_capacity(&self, change: &Value, limit: Duration) -> Result<bool, CentralError> {
        self.json("SELECT to_json(ops.capacity_set($1))", &[(&Json(change), Type::JSONB)], limit).await
    }
}
