//! The doorbell. Exactly one connection of a site listens, the hub's: idle listeners slow every commit down.

use super::{Central, CentralError, Target};
use std::time::Duration;
use tokio::sync::mpsc;

/// Rings when something changed. It carries no data and may miss rings: whoever hears it reads the feed, and reads
/// it every two seconds anyway.
pub struct Doorbell {
    rings: mpsc::Receiver<()>,
    connection: Central,
}

impl Doorbell {
    /// Waits for the next ring; rings in between count as one. `None` when the connection is lost.
    pub async fn ring(&mut self) -> Option<()> {
        self.rings.recv().await
    }

    pub fn is_closed(&self) -> bool {
        self.connection.is_closed()
    }
}

/// Listens on a connection of its own.
pub async fn listen(target: &Target, application_name: &str, limit: Duration) -> Result<Doorbell, CentralError> {
    let (bell, rings) = mpsc::channel(1);
    let connection = Central::connect_ringing(target, application_name, bell, limit).await?;
    super::connect::within(limit, connection.client.batch_execute("LISTEN parkir_doorbell")).await?;
    Ok(Doorbell { rings, connection })
}
