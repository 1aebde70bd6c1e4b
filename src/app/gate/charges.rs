//! Fees that a program of the site charges: which program, under which number, and who hears what it said.

use super::others::Peer;
use crate::config::{self, Config};
use crate::device::payment::{Charge, ChargeSaid, Charging, PaymentOptions, Said};
use crate::domain::money::Rupiah;
use crate::domain::payment::{Method, Receipt};
use crate::tui::msg::ChargeView;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub struct Charges {
    config: config::Payment,
    english: bool,
    gate: String,
    results: UnboundedSender<ChargeSaid>,
    /// One at a time: one customer stands there.
    under_way: Mutex<Option<(String, Charging)>>,
}

impl Charges {
    pub fn new(config: &Config, gate: String) -> (Self, UnboundedReceiver<ChargeSaid>) {
        let (results, said) = mpsc::unbounded_channel();
        let english = config.site.language == config::Lang::En;
        let charges = Self { config: config.payment.clone(), english, gate, results, under_way: Mutex::default() };
        (charges, said)
    }

    fn under_way(&self) -> MutexGuard<'_, Option<(String, Charging)>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same fee of the same stay has the same number, also after a restart: a provider books it once.
    pub fn begin(&self, site: String, stay: Uuid, method: Method, amount: Rupiah) {
        let adapter = self.config.adapter(method).cloned().unwrap_or_default();
        let options = PaymentOptions {
            command: adapter.command,
            timeout: Duration::from_secs(adapter.timeout_seconds.into()),
            english: self.english,
        };
        let id = format!("{}-{}", stay.simple(), amount.0);
        let charge = Charge { id: id.clone(), method, amount, site, gate: self.gate.clone() };
        tracing::info!(target: "payment", %id, %method, amount = amount.0, "tagih");
        *self.under_way() = Some((id, Charging::begin(options, charge, self.results.clone())));
    }

    pub fn cancel(&self) {
        if let Some((_, charging)) = &*self.under_way() {
            charging.cancel();
        }
    }

    /// Tells the screen what is said of the charge it waits for.
    pub async fn listen(
        &self,
        mut results: UnboundedReceiver<ChargeSaid>,
        peers: mpsc::Sender<Peer>,
        stop: CancellationToken,
    ) {
        while let Some(Some(ChargeSaid { id, said })) = stop.run_until_cancelled(results.recv()).await {
            tracing::info!(target: "payment", %id, ?said, "jawaban alat bayar");
            {
                let mut under_way = self.under_way();
                if under_way.as_ref().is_none_or(|(waited, _)| *waited != id) {
                    continue;
                }
                if said.is_end() {
                    *under_way = None;
                }
            }
            let view = match said {
                Said::Show { qr } => ChargeView::Show(qr),
                Said::Paid { reference } => ChargeView::Paid(Receipt::confirmed(&reference, &id)),
                Said::Refused { reason } => ChargeView::Refused(reason),
                Said::Unknown { reason } => ChargeView::Unknown(reason),
            };
            if peers.send(Peer::Charge(view)).await.is_err() {
                return;
            }
        }
    }
}
