//! The shift of a gate without people: opened by itself at start, closed by command and at the business day's cut-off,
//! and begun again at once.

use super::desk::Desk;
use crate::domain::desk::Refusal;
use crate::domain::money::Rupiah;
use crate::domain::shift::{business_day, is_of_another_day};
use jiff::{SignedDuration, ToSpan};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// However long it is until then: a clock may be set meanwhile, and settings come.
const LONGEST_LOOK: Duration = Duration::from_secs(10);

/// Whether this gate keeps shifts: as `[gate] shifts` says; left out, as soon as the site has operators.
fn keeps(desk: &Desk) -> bool {
    desk.post.shifts.unwrap_or_else(|| !desk.settings().operators.is_empty())
}

/// Opens one where none is open; no sale waits for it, and one that cannot be written is tried again.
async fn begin(desk: &Desk) {
    if !keeps(desk) || desk.duty().shift.is_some() {
        return;
    }
    let float = desk.duty().handed.map_or(Rupiah::ZERO, |handed| handed.left);
    if let Err(e) = desk.open_shift(float).await {
        tracing::warn!(target: "gate", error = %e, "shift belum dibuka");
    }
}

/// Opens the first one, and from then on one for each business day.
pub async fn keep(desk: Arc<Desk>, stop: CancellationToken) {
    let mut told = desk.sync.link.clone();
    loop {
        if is_over(&desk) || desk.post.is_closing() {
            match desk.next_shift("", "cutoff").await {
                Ok(_) => tracing::info!(target: "gate", "shift ditutup pada pergantian hari"),
                Err(e) => tracing::warn!(target: "gate", error = %e, "shift belum ditutup"),
            }
        }
        begin(&desk).await;
        tokio::select! {
            () = stop.cancelled() => return,
            // Settings come with the link.
            Ok(()) = told.changed() => {}
            () = tokio::time::sleep(until_cutoff(&desk).min(LONGEST_LOOK)) => {}
        }
    }
}

/// `{"cmd":"shift_close"}`: the next one is open when the answer is given.
pub async fn close(desk: &Desk, reason: &str) -> Result<Value, Refusal> {
    let slip = if keeps(desk) {
        desk.next_shift(reason, "headless").await?
    } else {
        desk.close_shift(reason, "headless").await?
    };
    let closed = &slip.closed;
    Ok(json!({
        "ok": true, "event": "shift_closed", "shift": closed.shift, "revenue": closed.totals.revenue(),
        "expected": closed.expected, "totals": closed.totals, "deposit_number": closed.deposit_number,
        "seal": slip.seal, "next": desk.duty().shift.map(|shift| shift.id),
    }))
}

fn is_over(desk: &Desk) -> bool {
    let cutoff = desk.settings().cutoff_minutes;
    let now = || (desk.clock.now().timestamp(), desk.clock.doubt().is_some());
    desk.duty().shift.is_some_and(|shift| is_of_another_day(shift.opened_at, now(), desk.clock.zone(), cutoff))
}

fn until_cutoff(desk: &Desk) -> Duration {
    let (now, cutoff) = (desk.clock.now(), desk.settings().cutoff_minutes);
    let day = business_day(now.timestamp(), desk.clock.zone(), cutoff);
    let next = day.checked_add(1.day()).ok().and_then(|day| day.to_zoned(desk.clock.zone().clone()).ok());
    let next = next.map(|midnight| midnight.timestamp() + SignedDuration::from_mins(i64::from(cutoff)));
    next.map_or(LONGEST_LOOK, |next| {
        Duration::try_from(next.duration_since(now.timestamp()))
            .unwrap_or_default()
            .max(Duration::from_millis(200))
    })
}
