//! Places at a gate: how full it is by what this terminal knows, and whether one more may come in.

use super::desk::Desk;
use crate::domain::capacity::{Admission, Capacity, Inside, Room, admit};
use crate::domain::desk::{Refusal, Warning};
use crate::domain::vehicle::Class;

impl Desk {
    /// The limits that hold at this gate. Empty where nothing is counted.
    pub async fn rooms(&self) -> Vec<Room> {
        let Some((capacity, classes)) = self.limited() else { return Vec::new() };
        let inside = self.journal.counted_inside(!capacity.areas.is_empty()).await.unwrap_or_default();
        capacity.rooms_of(self.gate.as_str(), &classes, &inside)
    }

    fn limited(&self) -> Option<(Capacity, Vec<Class>)> {
        self.with_book(|s, _| s.capacity.counts(&s.classes).then(|| (s.capacity.clone(), s.classes.clone())))
    }

    /// Whether the count has to say from which gate, where anything is counted at all.
    pub(super) fn counted_by_gate(&self) -> Option<bool> {
        self.with_book(|s, _| s.capacity.counts(&s.classes).then_some(!s.capacity.areas.is_empty()))
    }

    /// Whether what left elsewhere is heard of now.
    pub fn counts_are_old(&self) -> bool {
        !self.sync.link.borrow().link.is_up()
    }

    /// One more of this class: nothing, a warning, or a full area that refuses. By an old count nobody is refused.
    pub(super) async fn admit(&self, class: &str) -> Result<Option<Warning>, Refusal> {
        let inside = match self.counted_by_gate() {
            Some(by_gate) => self.journal.counted_inside(by_gate).await.unwrap_or_default(),
            None => Vec::new(),
        };
        self.admission(class)(&inside)
    }

    /// The same, said of a count that is still to come.
    pub(super) fn admission(
        &self,
        class: &str,
    ) -> impl FnOnce(&[Inside]) -> Result<Option<Warning>, Refusal> + Send + use<> {
        let (gate, class, as_heard) = (self.gate.clone(), class.to_owned(), self.counts_are_old());
        let limited = self.limited();
        move |inside| {
            let Some((capacity, classes)) = limited else { return Ok(None) };
            match admit(&capacity.rooms_of(gate.as_str(), &classes, inside), &class, !as_heard) {
                None => Ok(None),
                Some(Admission::Warn(room)) => Ok(Some(Warning::Filling { room, as_heard })),
                Some(Admission::Refuse(room)) => Err(Refusal::Full(Box::new(room))),
            }
        }
    }
}
