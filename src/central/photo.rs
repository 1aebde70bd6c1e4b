//! Thumbnails: at most 32 KiB, so that the exit can show who came in.

use super::{Central, CentralError};
use std::time::Duration;
use tokio_postgres::types::Type;
use uuid::Uuid;

impl Central {
    /// Keeps a thumbnail. `side` is `in` or `out`, `sha256` the original's lower-case hex.
    pub async fn photo_put(
        &self,
        stay: Uuid,
        side: &str,
        sha256: &str,
        jpeg: &[u8],
        limit: Duration,
    ) -> Result<(), CentralError> {
        let params: super::connect::Params<'_> =
            &[(&stay, Type::UUID), (&side, Type::TEXT), (&sha256, Type::TEXT), (&jpeg, Type::BYTEA)];
        self.row("SELECT api.photo_put($1, $2, $3, $4)", params, limit).await.map(|_| ())
    }

    /// The thumbnail of a side, `None` if it has not arrived.
    pub async fn photo_get(
        &self,
        stay: Uuid,
        side: &str,
        limit: Duration,
    ) -> Result<Option<Vec<u8>>, CentralError> {
        let params: super::connect::Params<'_> = &[(&stay, Type::UUID), (&side, Type::TEXT)];
        Ok(self.row("SELECT api.photo_get($1, $2)", params, limit).await?.try_get(0)?)
    }
}
