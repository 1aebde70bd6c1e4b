//! Fees that a program of the site charges: which program, and who hears what it said. How each charge stands is on record
//! before it begins and when it has ended (`charged`).

use super::desk::Desk;
use super::others::Peer;
use crate::config::{self, Config};
use crate::device::payment::{ChargeOrder, ChargeSaid, Charging, PaymentOptions, Said};
use crate::domain::charge::{Charge, Standing};
use crate::domain::desk::Refusal;
use crate::domain::payment::Receipt;
use crate::tui::msg::ChargeView;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;

pub struct Charges {
    config: config::Payment,
    english: bool,
    gate: String,
    results: UnboundedSender<ChargeSaid>,
    /// The screen waits for the last one; those given up before it still come to their end.
    under_way: Mutex<Vec<UnderWay>>,
}

struct UnderWay {
    charge: Charge,
    /// It was asked for before, and nobody knows the end of that.
    open: bool,
    charging: Charging,
}

impl Charges {
    pub fn new(config: &Config, gate: String) -> (Self, UnboundedReceiver<ChargeSaid>) {
        let (results, said) = mpsc::unbounded_channel();
        let english = config.site.language == config::Lang::En;
        let charges = Self { config: config.payment.clone(), english, gate, results, under_way: Mutex::default() };
        (charges, said)
    }

    fn under_way(&self) -> MutexGuard<'_, Vec<UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same fee of the same stay has the same number, also after a restart: a provider books it once.
    pub async fn begin(&self, desk: &Desk, charge: Charge) -> Result<(), Refusal> {
        let (charge, open) = desk.begin_charge(charge).await?;
        let adapter = self.config.adapter(charge.method).cloned().unwrap_or_default();
        let options = PaymentOptions {
            command: adapter.command,
            timeout: Duration::from_secs(adapter.timeout_seconds.into()),
            english: self.english,
        };
        let order = ChargeOrder {
            id: charge.charge.clone(),
            method: charge.method,
            amount: charge.amount,
            site: desk.settings().site,
            gate: self.gate.clone(),
        };
        tracing::info!(target: "payment", id = %order.id, method = %charge.method, amount = charge.amount.0, "tagih");
        // Held until it stands there: its end may come at once.
        let mut under_way = self.under_way();
        let charging = Charging::begin(options, order, self.results.clone());
        under_way.push(UnderWay { charge, open, charging });
        Ok(())
    }

    pub fn cancel(&self) {
        if let Some(last) = self.under_way().last() {
            last.charging.cancel();
        }
    }

    /// The charge that this was said of, whether an earlier end of it is not known, and whether the screen waits for it.
    /// An end ends it.
    fn of(&self, id: &str, ends: bool) -> Option<(Charge, bool, bool)> {
        let mut under_way = self.under_way();
        let at = under_way.iter().rposition(|one| one.charge.charge == id)?;
        let waited = at + 1 == under_way.len();
        let (charge, open) = (under_way[at].charge.clone(), under_way[at].open);
        if ends {
            under_way.remove(at);
        }
        Some((charge, open, waited))
    }

    /// Takes down what is said of charges, and tells it to the screen that waits.
    pub async fn listen(
        &self,
        desk: Arc<Desk>,
        mut results: UnboundedReceiver<ChargeSaid>,
        peers: mpsc::Sender<Peer>,
        stop: CancellationToken,
    ) {
        while let Some(Some(ChargeSaid { id, said })) = stop.run_until_cancelled(results.recv()).await {
            tracing::info!(target: "payment", %id, ?said, "jawaban alat bayar");
            let Some((charge, open, waited)) = self.of(&id, said.is_end()) else { continue };
            let (view, standing) = match said {
                Said::Show { qr } => (ChargeView::Show(qr), None),
                Said::Paid { reference } => {
                    let receipt = Receipt::confirmed(&reference, &id);
                    (ChargeView::Paid(receipt.clone()), Some(Standing::Paid { receipt }))
                }
                Said::Refused { reason } => (ChargeView::Refused(reason), Some(Standing::Refused)),
                Said::NotStarted { reason } if !open => (ChargeView::Refused(reason), Some(Standing::Refused)),
                Said::Unknown { reason } | Said::NotStarted { reason } => {
                    (ChargeView::Unknown(reason), Some(Standing::Unknown))
                }
            };
            if let Some(standing) = standing
                && let Err(e) = desk.note_charge(&Charge { standing, ..charge }).await
            {
                tracing::warn!(target: "payment", %id, error = %e, "jawaban alat bayar belum tercatat");
            }
            if waited && peers.send(Peer::Charge(view)).await.is_err() {
                return;
            }
        }
    }
}
