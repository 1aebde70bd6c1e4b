//! Whether this machine's clock can be believed: against the time since boot, against the newest fact in its own
//! books, and against the server. Pure: readings in, a doubt out.

use super::fact::{Fact, ServerClock, Stamp};
use uuid::Uuid;

/// More than this is no drift and no leap second: somebody or something moved the clock.
pub const SLACK_MS: i64 = 60_000;

/// What is wrong with the clock, and by how many milliseconds it seems to be ahead (negative: behind).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The wall clock moved and the time since boot did not.
    Jumped(i64),
    /// It is earlier than the newest fact recorded here.
    BehindBooks(i64),
    /// The server says otherwise.
    AgainstServer(i64),
}

/// Milliseconds of both clocks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub wall_ms: i64,
    pub mono_ms: i64,
    pub boot: Uuid,
}

impl Reading {
    /// What the clocks said at a fact; `None` when its time cannot be read.
    pub fn at(fact: &Fact) -> Option<Self> {
        let wall_ms = fact.at().ok()?.as_millisecond();
        let mono_ms = i64::try_from(fact.content.mono_ms).ok()?;
        Some(Self { wall_ms, mono_ms, boot: fact.content.boot })
    }
}

impl From<&Stamp> for Reading {
    fn from(stamp: &Stamp) -> Self {
        Self {
            wall_ms: stamp.at.timestamp().as_millisecond(),
            mono_ms: i64::try_from(stamp.mono_ms).unwrap_or(i64::MAX),
            boot: stamp.boot,
        }
    }
}

/// Remembers a reading that was believed, and the doubt until it is over.
#[derive(Clone, Debug, Default)]
pub struct ClockGuard {
    believed: Option<Reading>,
    /// With the time since boot at which it arose: what the server said before then proves nothing.
    doubt: Option<(Doubt, i64)>,
}

impl ClockGuard {
    /// At start, with what the last facts recorded before it said, newest first.
    pub fn begin(facts: &[Reading], now: Reading) -> Self {
        let mut guard = Self { believed: Some(now), doubt: None };
        if let Some(newest) = facts.first().filter(|fact| fact.boot == now.boot) {
            // The same boot: the clock can be followed right through the restart.
            guard.believed = Some(*newest);
            guard.look(now, None);
        } else if let Some(latest) = facts.iter().map(|fact| fact.wall_ms).max()
            && now.wall_ms < latest - SLACK_MS
        {
            guard.doubt = Some((Doubt::BehindBooks(now.wall_ms - latest), now.mono_ms));
        }
        guard
    }

    pub fn doubt(&self) -> Option<Doubt> {
        self.doubt.map(|(doubt, _)| doubt)
    }

    /// Looks at the clocks; `server` is how far the server's was ahead when last heard. A clock the server confirms
    /// is believed again; a jump back to where it was is not enough.
    pub fn look(&mut self, now: Reading, server: Option<ServerClock>) -> Option<Doubt> {
        let believed = *self.believed.get_or_insert(now);
        let moved = (now.wall_ms - believed.wall_ms) - (now.mono_ms - believed.mono_ms);
        if believed.boot == now.boot && moved.abs() > SLACK_MS {
            self.doubt = Some((Doubt::Jumped(moved), now.mono_ms));
            self.believed = Some(now);
        }
        if let Some(server) = server {
            let heard_at = now.mono_ms - i64::try_from(server.age_ms).unwrap_or(i64::MAX);
            let since = self.doubt.map_or(i64::MIN, |(_, since)| since);
            if heard_at >= since {
                let off = server.offset_ms.abs() > SLACK_MS;
                self.doubt = off.then_some((Doubt::AgainstServer(-server.offset_ms), since.max(0)));
                if !off {
                    self.believed = Some(now);
                }
            }
        }
        self.doubt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000;

    fn at(wall_ms: i64, mono_ms: i64) -> Reading {
        Reading { wall_ms, mono_ms, boot: Uuid::from_u128(1) }
    }

    fn heard(offset_ms: i64, age_ms: u64) -> Option<ServerClock> {
        Some(ServerClock { offset_ms, age_ms })
    }

    #[test]
    fn a_jump_is_seen_and_stays_until_the_server_confirms_the_clock() {
        let mut guard = ClockGuard::begin(&[], at(100 * HOUR, 0));
        assert_eq!(guard.look(at(101 * HOUR, HOUR), None), None);
        assert_eq!(guard.look(at(105 * HOUR, HOUR + 10), None), Some(Doubt::Jumped(4 * HOUR - 10)));
        // Back again, and what the server said before the jump: neither proves anything.
        assert!(guard.look(at(101 * HOUR + 20, HOUR + 20), None).is_some());
        assert!(guard.look(at(101 * HOUR + 30, HOUR + 30), heard(0, 5_000)).is_some());
        assert_eq!(guard.look(at(101 * HOUR + 40, HOUR + 40), heard(200, 0)), None);
    }

    #[test]
    fn a_dead_battery_is_seen_against_the_books_and_a_restart_is_followed() {
        let newest = Reading { boot: Uuid::from_u128(9), ..at(100 * HOUR, 5) };
        let mut guard = ClockGuard::begin(&[newest], at(0, 0));
        assert_eq!(guard.look(at(10, 10), None), Some(Doubt::BehindBooks(-100 * HOUR)));
        assert_eq!(guard.look(at(100 * HOUR + 60, 60), heard(0, 0)), None, "set right and confirmed");
        // Moved while the program was not running, the machine was.
        let mut guard = ClockGuard::begin(&[at(100 * HOUR, 0)], at(130 * HOUR, HOUR));
        assert_eq!(guard.look(at(130 * HOUR, HOUR), None), Some(Doubt::Jumped(29 * HOUR)));
        assert_eq!(ClockGuard::begin(&[at(100 * HOUR, 0)], at(101 * HOUR, HOUR)).doubt(), None);
    }

    #[test]
    fn a_server_that_says_otherwise_is_told_with_the_side() {
        let mut guard = ClockGuard::begin(&[], at(100 * HOUR, 0));
        assert_eq!(guard.look(at(100 * HOUR, 0), heard(7 * HOUR, 0)), Some(Doubt::AgainstServer(-7 * HOUR)));
    }

    proptest! {
        #[test]
        fn a_steady_clock_is_never_doubted(steps in prop::collection::vec((0_i64..10 * HOUR, -20_000_i64..20_000), 1..50)) {
            let (mut wall, mut mono) = (100 * HOUR, 0);
            let mut guard = ClockGuard::begin(&[], at(wall, mono));
            for (step, slew) in steps {
                wall += step;
                mono += step;
                prop_assert_eq!(guard.look(at(wall + slew, mono), None), None);
            }
        }

        #[test]
        fn no_jump_beyond_the_slack_goes_unseen(jump in SLACK_MS + 1..1000 * HOUR, back in any::<bool>()) {
            let mut guard = ClockGuard::begin(&[], at(2000 * HOUR, 0));
            let jump = if back { -jump } else { jump };
            prop_assert_eq!(guard.look(at(2000 * HOUR + jump, 0), None), Some(Doubt::Jumped(jump)));
        }
    }
}
