//! Replay: what past exits would have cost under another tariff. Reckoned as plain stays, by entry and exit time alone:
//! what a fine, a voucher or a member's advantage changed then is part of what was paid, not of what would be.

use super::{Calendar, FeeRequest, Tariff};
use crate::domain::money::Rupiah;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An exit as it stands in the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastExit {
    pub class: String,
    pub entered_at: Option<Timestamp>,
    pub left_at: Timestamp,
    pub fee: Rupiah,
    /// The version it was charged by.
    pub tariff: u32,
}

/// Sums of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    pub exits: u64,
    pub paid: Rupiah,
    pub would: Rupiah,
    /// Exits that would have cost more, less.
    pub dearer: u64,
    pub cheaper: u64,
    /// Not reckoned: no entry time, no rule for the class, or a time that cannot be. Their money is in `untold`.
    pub skipped: u64,
    pub untold: Rupiah,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replay {
    pub classes: BTreeMap<String, Replayed>,
}

impl Replay {
    pub fn take(&mut self, exit: &PastExit, tariff: &Tariff, calendar: &Calendar) {
        if !self.classes.contains_key(&exit.class) {
            self.classes.insert(exit.class.clone(), Replayed::default());
        }
        let Some(sums) = self.classes.get_mut(&exit.class) else { return };
        let bill = exit.entered_at.and_then(|entered| {
            tariff.bill(&FeeRequest::plain(&exit.class, entered, exit.left_at, calendar)).ok()
        });
        let Some(bill) = bill else {
            sums.skipped += 1;
            sums.untold += exit.fee;
            return;
        };
        sums.exits += 1;
        sums.paid += exit.fee;
        sums.would += bill.total;
        sums.dearer += u64::from(bill.total > exit.fee);
        sums.cheaper += u64::from(bill.total < exit.fee);
    }

    pub fn total(&self) -> Replayed {
        self.classes.values().fold(Replayed::default(), |sum, one| Replayed {
            exits: sum.exits + one.exits,
            paid: sum.paid + one.paid,
            would: sum.would + one.would,
            dearer: sum.dearer + one.dearer,
            cheaper: sum.cheaper + one.cheaper,
            skipped: sum.skipped + one.skipped,
            untold: sum.untold + one.untold,
        })
    }
}
