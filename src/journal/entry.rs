//! An entry's look-ups and its recording as one job of the keeper: the vehicle waits for one answer, not for four.

use super::error::JournalError;
use super::keeper::{Draft, Keeper, Recorded};
use super::queue::Journal;
use crate::domain::capacity::Inside;
use crate::domain::member::Member;
use crate::domain::stay::Stay;

/// What an entry asks for.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Its key; `None` at a push-button entry.
    pub plate: Option<String>,
    /// Where places are limited: whether by gate.
    pub places: Option<bool>,
}

/// What is known beside it. Nothing of it stops a vehicle, so nothing is what cannot be read.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Inside with this plate, newest first.
    pub inside: Vec<Stay>,
    /// Whose plate it is.
    pub members: Vec<Member>,
    /// Inside with a plate of theirs.
    pub with_them: Vec<Stay>,
}

/// What became of an entry; `W` and `R` are what `admit` says.
#[derive(Debug)]
pub enum Entry<W, R> {
    Refused(R),
    Written { admitted: W, beside: Beside, recorded: Box<Result<Recorded, JournalError>> },
}

impl Keeper {
    fn beside(&self, plate: &str) -> Beside {
        let inside = |plate: &str| self.replica.inside_by_plate(plate).unwrap_or_default();
        let members = self.replica.members_by_plate(plate).unwrap_or_default();
        let with_them = members.iter().flat_map(|m| &m.plates).flat_map(|plate| inside(plate)).collect();
        Beside { inside: inside(plate), members, with_them }
    }

    /// All of it of one moment, and by one lock.
    fn look_up(&self, look: &Look) -> (Vec<Inside>, Beside) {
        let _one = self.replica.conn.unchecked_transaction();
        let places = look.places.map(|by_gate| self.replica.counted_inside(by_gate).unwrap_or_default());
        (places.unwrap_or_default(), look.plate.as_deref().map(|plate| self.beside(plate)).unwrap_or_default())
    }
}

impl Journal {
    /// What is known beside an entry with this plate.
    pub async fn beside(&self, plate: String) -> Beside {
        let look = Look { plate: Some(plate), places: None };
        self.call(true, move |k: &mut Keeper| k.look_up(&look).1).await.unwrap_or_default()
    }

    /// Records an entry where `admit` lets it in by the count of who is inside. `Err` where the journal is gone.
    pub async fn record_entry<W: Send + 'static, R: Send + 'static>(
        &self,
        draft: Draft,
        look: Look,
        admit: impl FnOnce(&[Inside]) -> Result<W, R> + Send + 'static,
    ) -> Result<Entry<W, R>, JournalError> {
        self.call(true, move |k: &mut Keeper| {
            let (inside, beside) = k.look_up(&look);
            match admit(&inside) {
                Err(why) => Entry::Refused(why),
                Ok(admitted) => Entry::Written { admitted, beside, recorded: Box::new(k.record(draft)) },
            }
        })
        .await
    }
}
