//! Places at a gate: how full it is by what this terminal knows, and whether one more may come in.

use super::desk::Desk;
use crate::domain::capacity::{Admission, Room, admit};
use crate::domain::desk::{Refusal, Warning};

impl Desk {
    /// The limits that hold at this gate. Empty where nothing is counted.
    pub async fn rooms(&self) -> Vec<Room> {
        let limited =
            self.with_book(|s, _| s.capacity.counts(&s.classes).then(|| (s.capacity.clone(), s.classes.clone())));
        let Some((capacity, classes)) = limited else { return Vec::new() };
        let inside = self.journal.counted_inside(!capacity.areas.is_empty()).await.unwrap_or_default();
        capacity.rooms_of(self.gate.as_str(), &classes, &inside)
    }

    /// Whether what left elsewhere is heard of now.
    pub fn counts_are_old(&self) -> bool {
        !self.sync.link.borrow().link.is_up()
    }

    /// One more of this class: nothing, a warning, or a full area that refuses. By an old count nobody is refused.
    pub(super) async fn admit(&self, class: &str) -> Result<Option<Warning>, Refusal> {
        let as_heard = self.counts_are_old();
        match admit(&self.rooms().await, class, !as_heard) {
            None => Ok(None),
            Some(Admission::Warn(room)) => Ok(Some(Warning::Filling { room, as_heard })),
            Some(Admission::Refuse(room)) => Err(Refusal::Full(Box::new(room))),
        }
    }
}
