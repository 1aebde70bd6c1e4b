//! Cash in a drawer, counted piece by piece before anybody is told how much it should be.

use super::money::Rupiah;
use serde::{Deserialize, Serialize};

/// What a cashier counts, largest first: notes down to 1 000, coins down to 100 (1 000 is both).
pub const DENOMINATIONS: [i64; 10] = [100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100];

/// More of one kind than any drawer holds: a slip of the finger.
pub const MOST_PIECES: u32 = 99_999;

/// So many pieces of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pieces {
    pub value: Rupiah,
    pub count: u32,
}

/// A whole count: what was found, kind by kind; kinds of which there was none are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Count(pub Vec<Pieces>);

impl Count {
    /// From pieces in the order of `DENOMINATIONS`.
    pub fn of(pieces: &[u32]) -> Self {
        let some = DENOMINATIONS.iter().zip(pieces).filter(|(_, count)| **count > 0);
        Self(some.map(|(value, count)| Pieces { value: Rupiah(*value), count: *count }).collect())
    }

    pub fn total(&self) -> Rupiah {
        self.0.iter().map(|p| p.value * i64::from(p.count)).sum()
    }
}

/// What becomes of the counted cash: the float stays for whoever comes next, the rest is paid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parted {
    pub left: Rupiah,
    pub deposit: Rupiah,
}

/// Less than the float stays whole.
pub fn part(counted: Rupiah, float: Rupiah) -> Parted {
    let left = counted.min(float).max(Rupiah::ZERO);
    Parted { left, deposit: counted - left }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_count_is_the_sum_of_its_pieces_and_names_only_what_was_there() {
        let count = Count::of(&[2, 0, 1, 0, 0, 0, 0, 0, 0, 7]);
        assert_eq!((count.total(), count.0.len()), (Rupiah(220_700), 2 + 1));
        assert_eq!(Count::of(&[]).total(), Rupiah::ZERO);
    }

    proptest! {
        #[test]
        fn what_stays_and_what_is_paid_in_are_what_was_counted(counted in 0_i64..1 << 40, float in 0_i64..1 << 40) {
            let parted = part(Rupiah(counted), Rupiah(float));
            prop_assert_eq!(parted.left + parted.deposit, Rupiah(counted));
            prop_assert!(parted.left >= Rupiah::ZERO && parted.deposit >= Rupiah::ZERO);
            prop_assert!(parted.left <= Rupiah(float));
        }
    }
}
