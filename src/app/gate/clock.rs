//! The clocks of this machine, read at one place: wall time in the site's zone, time since boot, boot id, and how far
//! the server's clock was ahead when last heard.

use crate::domain::clock::{ClockGuard, Doubt, Reading, Said};
use crate::domain::fact::Stamp;
use crate::sync::ClockWatch;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::{NoContext, Uuid};

#[derive(Clone)]
pub struct Clock {
    zone: TimeZone,
    boot: Uuid,
    server: Option<ClockWatch>,
    guard: Arc<Mutex<ClockGuard>>,
}

impl Clock {
    pub fn new(zone: TimeZone) -> Self {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self { zone, boot: boot.trim().parse().unwrap_or_default(), server: None, guard: Arc::default() }
    }

    /// From now on stamps carry what is known of the server's clock, and the clock is doubted where it does not fit
    /// that or the last facts recorded here. `alone`: no server will ever be heard.
    pub fn watch(&mut self, server: ClockWatch, facts: &[Said], alone: bool) {
        *self.guard.lock().unwrap_or_else(PoisonError::into_inner) =
            ClockGuard::begin(facts, Reading::from(&self.stamp()), alone);
        self.server = Some(server);
    }

    /// Whether this machine's clock can be believed now.
    pub fn doubt(&self) -> Option<Doubt> {
        let stamp = self.stamp();
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let before = guard.doubt();
        let doubt = guard.look(Reading::from(&stamp), stamp.clock);
        if doubt.is_some() != before.is_some() {
            tracing::warn!(target: "clock", ?doubt, "jam");
        }
        doubt
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Now, in the site's zone, to the microsecond (PostgreSQL keeps no more).
    pub fn now(&self) -> Zoned {
        let now = Timestamp::now();
        let micros = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        micros.to_zoned(self.zone.clone())
    }

    pub fn stamp(&self) -> Stamp {
        Stamp {
            at: self.now(),
            mono_ms: since_boot_ms(),
            boot: self.boot,
            clock: self.server.as_ref().and_then(ClockWatch::last),
        }
    }
}

/// A fresh UUIDv7 of a stamp's moment.
pub fn fresh_id(stamp: &Stamp) -> Uuid {
    let at = stamp.at.timestamp();
    let seconds = u64::try_from(at.as_second()).unwrap_or_default();
    let nanos = u32::try_from(at.subsec_nanosecond()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos))
}

/// Milliseconds since the machine was started, its sleep counted.
fn since_boot_ms() -> u64 {
    let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let number = |n: i64| u64::try_from(n).unwrap_or_default();
    number(since.tv_sec) * 1000 + number(since.tv_nsec) / 1_000_000
}
