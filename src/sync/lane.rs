//! The worker's wishes to the journal, carried out one after another: what is marked is marked before what comes
//! behind is read.

use super::engine::{BATCH, Input};
use crate::journal::{Journal, OutRow, Outcome, Scope};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

pub(super) enum Wish {
    Read { sending: u32, scope: Scope, after: i64 },
    Settle { sending: u32, settled: Vec<(OutRow, Outcome)> },
    Count,
    Defer,
    Undefer,
    RetryParked,
}

/// Ends when nobody can wish any more.
pub(super) async fn run(journal: Journal, mut wishes: UnboundedReceiver<Wish>, inputs: UnboundedSender<Input>) {
    while let Some(wish) = wishes.recv().await {
        let done = match wish {
            Wish::Read { sending, scope, after } => {
                let rows = journal.waiting(scope, after, BATCH).await;
                Input::Rows(sending, rows.map_err(|e| e.to_string()))
            }
            Wish::Settle { sending, settled } => {
                let done = journal.settle(settled).await;
                Input::Settled(sending, done.map_err(|e| e.to_string()))
            }
            Wish::Count => {
                let counted = journal.outage().await;
                Input::Counted(counted.map_err(|e| tracing::error!(target: "sync", error = %e, "jurnal")).ok())
            }
            Wish::Defer => {
                mind("nanti", journal.defer().await);
                continue;
            }
            Wish::Undefer => {
                mind("kirim yang ditunda", journal.undefer().await);
                continue;
            }
            Wish::RetryParked => {
                mind("coba lagi", journal.retry_parked().await);
                continue;
            }
        };
        if inputs.send(done).is_err() {
            return;
        }
    }
}

fn mind<E: std::fmt::Display>(what: &str, done: Result<(), E>) {
    if let Err(e) = done {
        tracing::error!(target: "sync", error = %e, "{what}");
    }
}
