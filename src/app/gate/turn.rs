//! From one shift to the next: what is sold while nobody closes, and a closing that nothing is sold into. So every fact
//! stands on the slip of the shift it names.

use super::desk::Desk;
use crate::domain::desk::Refusal;
use crate::journal::Draft;
use tokio::sync::RwLockReadGuard;

/// As long as this is held no shift is closed and none is opened.
pub(super) type Selling<'a> = RwLockReadGuard<'a, ()>;

impl Desk {
    /// Before anything is sold. A closing that may be in the books already is ended first: what is sold after it would
    /// stand on no slip.
    pub(super) async fn selling(&self) -> Result<Selling<'_>, Refusal> {
        if self.post.is_closing() && self.post.headless {
            // Nobody is there to close it again.
            let closed = self.next_shift("", "headless").await;
            tracing::warn!(target: "gate", ended = closed.is_ok(), "shift yang belum pasti tertutup ditutup sekali lagi");
        }
        let selling = self.post.books.read().await;
        if self.post.is_closing() { Err(Refusal::ClosingBegun) } else { Ok(selling) }
    }

    /// What was drafted before a shift ended is of the one that is open when it is written.
    pub(super) fn of_this_shift(&self, _: &Selling<'_>, draft: &mut Draft) {
        let now = self.origin(draft.origin.tariff);
        if draft.origin.shift != now.shift {
            (draft.origin.shift, draft.origin.operator) = (now.shift, now.operator);
        }
    }
}
