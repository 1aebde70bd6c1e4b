//! The clocks of this machine, read at one place: wall time in the site's zone, time since boot, boot id, and how far
//! the server's clock was ahead when last heard.

use crate::domain::fact::Stamp;
use crate::sync::ClockWatch;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use std::fs;
use uuid::{NoContext, Uuid};

#[derive(Clone)]
pub struct Clock {
    zone: TimeZone,
    boot: Uuid,
    server: Option<ClockWatch>,
}

impl Clock {
    pub fn new(zone: TimeZone) -> Self {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self { zone, boot: boot.trim().parse().unwrap_or_default(), server: None }
    }

    /// From now on stamps carry what is known of the server's clock.
    pub fn watch(&mut self, server: ClockWatch) {
        self.server = Some(server);
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

/// CLOCK_BOOTTIME to 10 ms, as the kernel prints it.
fn since_boot_ms() -> u64 {
    let text = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let mut parts = text.split_ascii_whitespace().next().unwrap_or_default().split('.');
    let number = |p: Option<&str>| p.and_then(|p| p.parse::<u64>().ok()).unwrap_or_default();
    let (seconds, hundredths) = (number(parts.next()), number(parts.next()));
    seconds * 1000 + hundredths * 10
}
