//! Users at the centre, for the admin's login; and a gate's way to change a PIN that is due.

use super::{Central, CentralError};
use crate::domain::operator::Role;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio_postgres::types::Type;

/// A user as the books hold him, without his PIN's hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    pub name: String,
    pub role: Role,
    pub active: bool,
    /// A gate that held his PIN's hash was revoked.
    pub must_change: bool,
    pub version: u32,
    pub created: Timestamp,
}

impl Central {
    pub async fn users(&self, limit: Duration) -> Result<Vec<UserRow>, CentralError> {
        self.json("SELECT ops.users()", &[], limit).await
    }

    /// `hash` is argon2id in PHC form.
    pub async fn add_user(&self, name: &str, role: Role, hash: &str, limit: Duration) -> Result<(), CentralError> {
        let params: super::connect::Params<'_> =
            &[(&name, Type::TEXT), (&role.word(), Type::TEXT), (&hash, Type::TEXT)];
        self.row("SELECT ops.user_add($1, $2, $3)", params, limit).await.map(|_| ())
    }

    /// Changes what is given.
    pub async fn change_user(
        &self,
        name: &str,
        role: Option<Role>,
        hash: Option<&str>,
        active: Option<bool>,
        limit: Duration,
    ) -> Result<(), CentralError> {
        let role = role.map(Role::word);
        let params: super::connect::Params<'_> =
            &[(&name, Type::TEXT), (&role, Type::TEXT), (&hash, Type::TEXT), (&active, Type::BOOL)];
        self.row("SELECT ops.user_change($1, $2, $3, $4)", params, limit).await.map(|_| ())
    }

    /// A gate puts a new PIN's hash in place of one that is due; `false`: it is not, or not that one any more.
    pub async fn change_pin(
        &self,
        name: &str,
        version: u32,
        hash: &str,
        limit: Duration,
    ) -> Result<bool, CentralError> {
        let version = i32::try_from(version).unwrap_or(i32::MAX);
        let params: super::connect::Params<'_> =
            &[(&name, Type::TEXT), (&version, Type::INT4), (&hash, Type::TEXT)];
        Ok(self.row("SELECT api.change_pin($1, $2, $3)", params, limit).await?.try_get(0)?)
    }
}
