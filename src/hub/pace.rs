//! A token bucket: how many messages a client may send, and how it paces itself so as not to be shown out.

use std::time::{Duration, Instant};

/// Holds `burst` messages at most and gains `rate` a second. Counts on the monotonic clock.
#[derive(Debug)]
pub struct Pace {
    rate: f64,
    burst: f64,
    held: f64,
    counted: Instant,
}

impl Pace {
    pub fn new(rate: f64, burst: f64, now: Instant) -> Self {
        Self { rate, burst, held: burst, counted: now }
    }

    /// Takes one message's worth; `false` when there is none left.
    pub fn take(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.counted).as_secs_f64() * self.rate;
        self.held = (self.held + gained).min(self.burst);
        self.counted = now;
        if self.held < 1.0 {
            return false;
        }
        self.held -= 1.0;
        true
    }

    /// How long until one message's worth is there.
    pub fn wait(&self) -> Duration {
        Duration::from_secs_f64(((1.0 - self.held) / self.rate).max(0.0))
    }
}

/// A random wait between nothing and `widest`: full jitter, so that many clients never come at once.
pub fn jitter(widest: Duration) -> Duration {
    let share = ring::rand::generate::<[u8; 4]>(&ring::rand::SystemRandom::new())
        .map_or(0.5, |random| f64::from(u32::from_le_bytes(random.expose())) / f64::from(u32::MAX));
    widest.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let start = Instant::now();
        let mut pace = Pace::new(10.0, 3.0, start);
        assert!((0..3).all(|_| pace.take(start)));
        assert!(!pace.take(start));
        assert!(pace.wait() <= Duration::from_millis(100));
        assert!(!pace.take(start + Duration::from_millis(50)));
        assert!(pace.take(start + Duration::from_millis(101)));
        let later = start + Duration::from_secs(60);
        assert_eq!((0..9).filter(|_| pace.take(later)).count(), 3);
    }
}
