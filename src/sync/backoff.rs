//! How long to wait before the next try: doubling, with full jitter, never past ten seconds.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const MOST: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// The next wait; `dice` is uniform in 0..=65535.
    pub fn next(&mut self, dice: u16) -> Duration {
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(10)).min(MOST);
        self.failures = self.failures.saturating_add(1);
        let share = f64::from(dice) / 65_535.0;
        // Never quite at once: a refusing server must not be hammered.
        ceiling.mul_f64(0.1 + 0.9 * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_ten_seconds_and_stay_there() {
        let mut backoff = Backoff::default();
        let most: Vec<u128> = (0..8).map(|_| backoff.next(u16::MAX).as_millis()).collect();
        assert_eq!(most, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
        assert_eq!(backoff.next(0).as_millis(), 1_000);
        backoff.reset();
        assert_eq!(backoff.next(0).as_millis(), 50);
    }
}
