//! Whether this machine's clock can be believed: against the time since boot, against the newest fact in its own
//! books, and against the server. Pure: readings in, a doubt out.

use super::fact::{Fact, ServerClock, Stamp};
use super::kinds::kind;
use super::old_system::MANUAL;
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
    /// The time since boot at which the server was heard, `age_ms` before this.
    fn heard_at(&self, server: ServerClock) -> i64 {
        self.mono_ms.saturating_sub(i64::try_from(server.age_ms).unwrap_or(i64::MAX))
    }
}

/// What a fact says of the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub reading: Reading,
    pub server: Option<ServerClock>,
}

impl Said {
    /// `None` when its time cannot be read, or is not a clock's.
    pub fn at(fact: &Fact) -> Option<Self> {
        // One that was keyed in afterwards tells the paper's time.
        if fact.kind() == kind::ENTERED && fact.content.body["source"] == MANUAL {
            return None;
        }
        let wall_ms = fact.at().ok()?.as_millisecond();
        let mono_ms = i64::try_from(fact.content.mono_ms).ok()?;
        let reading = Reading { wall_ms, mono_ms, boot: fact.content.boot };
        Some(Self { reading, server: fact.content.clock })
    }
}

/// Reads the books backwards, and tells when no earlier fact can matter: the server confirmed the clock after it.
#[derive(Clone, Copy, Debug, Default)]
pub struct LookBack {
    /// Boot, and the time since then.
    confirmed: Option<(Uuid, i64)>,
}

impl LookBack {
    /// Whether that is so at this fact; facts come newest first.
    pub fn is_enough(&mut self, said: &Said) -> bool {
        let now = said.reading;
        if self.confirmed.is_some_and(|(boot, at)| now.boot != boot || now.mono_ms <= at) {
            return true;
        }
        if let Some(server) = said.server.filter(|server| server.offset_ms.abs() <= SLACK_MS) {
            self.confirmed.get_or_insert((now.boot, now.heard_at(server)));
        }
        false
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
    /// At start, with what the last facts recorded before it said, newest first. They are gone through as the clock was
    /// looked at then: a doubt under which they were recorded is a doubt still, unless the server has confirmed the clock
    /// since. `alone`: there is no server to ask, and a reboot is all an owner can do to end a doubt.
    pub fn begin(facts: &[Said], now: Reading, alone: bool) -> Self {
        let mut guard = Self::default();
        let mut latest = i64::MIN;
        for Said { reading, server } in facts.iter().rev().copied().chain([Said { reading: now, server: None }]) {
            guard.boots(reading, latest, alone);
            guard.look(reading, server);
            latest = if guard.doubt.is_none() { reading.wall_ms } else { latest.max(reading.wall_ms) };
        }
        guard
    }

    /// The first reading of another boot can be held against the books alone.
    fn boots(&mut self, now: Reading, latest: i64, alone: bool) {
        if self.believed.is_none_or(|believed| believed.boot == now.boot) {
            return;
        }
        self.believed = Some(now);
        // Whatever the server says in this boot, it says after that.
        let since = i64::MIN;
        if now.wall_ms < latest.saturating_sub(SLACK_MS) {
            self.doubt = Some((Doubt::BehindBooks(now.wall_ms - latest), since));
        } else if alone {
            self.doubt = None;
        } else if let Some((_, from)) = &mut self.doubt {
            *from = since;
        }
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
            let heard_at = now.heard_at(server);
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
        let mut guard = ClockGuard::begin(&[], at(100 * HOUR, 0), false);
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
        let mut guard = ClockGuard::begin(&[said(newest)], at(0, 0), false);
        assert_eq!(guard.look(at(10, 10), None), Some(Doubt::BehindBooks(-100 * HOUR)));
        assert_eq!(guard.look(at(100 * HOUR + 60, 60), heard(0, 0)), None, "set right and confirmed");
        // Moved while the program was not running, the machine was.
        let mut guard = ClockGuard::begin(&[said(at(100 * HOUR, 0))], at(130 * HOUR, HOUR), false);
        assert_eq!(guard.look(at(130 * HOUR, HOUR), None), Some(Doubt::Jumped(29 * HOUR)));
        let steady = ClockGuard::begin(&[said(at(100 * HOUR, 0))], at(101 * HOUR, HOUR), false);
        assert_eq!(steady.doubt(), None);
    }

    fn said(reading: Reading) -> Said {
        Said { reading, server: None }
    }

    /// What a journal gives of these facts, oldest first.
    fn read_back(facts: &[Said]) -> Vec<Said> {
        let mut back = LookBack::default();
        let enough = facts.iter().rev().position(|fact| back.is_enough(fact));
        facts.iter().rev().take(enough.map_or(facts.len(), |at| at + 1)).copied().collect()
    }

    #[test]
    fn facts_sold_under_a_doubt_do_not_end_it() {
        let boot = |n, reading| Reading { boot: Uuid::from_u128(n), ..reading };
        // Moved by five hours; cars go out after that, and the program is begun again.
        let jumped = [said(at(100 * HOUR, 0)), said(at(105 * HOUR, 10)), said(at(105 * HOUR + 20, 30))];
        let doubt = |facts: &[Said], now, alone| ClockGuard::begin(&read_back(facts), now, alone).doubt();
        assert_eq!(doubt(&jumped, at(105 * HOUR + 40, 50), false), Some(Doubt::Jumped(5 * HOUR - 10)));
        // A dead battery: the same.
        let dead = [said(boot(9, at(100 * HOUR, 0))), said(at(0, 5)), said(at(10, 15))];
        assert_eq!(doubt(&dead, at(20, 25), false), Some(Doubt::BehindBooks(-100 * HOUR)));
        // A boot later the clock is still what it was, and only who has no server to ask takes that for an answer.
        assert_eq!(doubt(&jumped, boot(2, at(106 * HOUR, 5)), false), Some(Doubt::Jumped(5 * HOUR - 10)));
        assert_eq!(doubt(&jumped, boot(2, at(106 * HOUR, 5)), true), None);
        // What the server said before the jump does not end it, what it says behind it does.
        for (clock, ended) in [(heard(0, 25), false), (heard(0, 5), true), (heard(-5 * HOUR, 5), false)] {
            let mut facts = jumped.to_vec();
            facts.push(Said { server: clock, ..said(at(105 * HOUR + 20, 30)) });
            assert_eq!(doubt(&facts, at(105 * HOUR + 40, 50), false).is_none(), ended, "{clock:?}");
        }
        let mut facts = dead.to_vec();
        facts.push(Said { server: heard(3, 0), ..said(at(100 * HOUR + 20, 25)) });
        facts.push(said(at(100 * HOUR + 30, 35)));
        assert_eq!(doubt(&facts, at(100 * HOUR + 40, 45), false), None, "set right, and confirmed");
        assert!(doubt(&facts, boot(2, at(40, 45)), false).is_some(), "and dead again");
    }

    #[test]
    fn a_server_that_says_otherwise_is_told_with_the_side() {
        let mut guard = ClockGuard::begin(&[], at(100 * HOUR, 0), false);
        assert_eq!(guard.look(at(100 * HOUR, 0), heard(7 * HOUR, 0)), Some(Doubt::AgainstServer(-7 * HOUR)));
    }

    proptest! {
        #[test]
        fn whenever_it_is_begun_again_it_doubts_what_it_doubted(
            steps in prop::collection::vec((1_i64..HOUR, prop_oneof![5 => Just(0), 1 => -9 * HOUR..9 * HOUR], 0..4), 1..40),
        ) {
            let (mut wall, mut mono, mut ahead) = (100 * HOUR, 0, 0);
            let mut heard_at = None;
            let (mut guard, mut facts) = (ClockGuard::default(), Vec::new());
            for (step, jump, hears) in steps {
                ahead += jump;
                wall += step + jump;
                mono += step;
                if hears == 0 {
                    heard_at = Some((mono, -ahead));
                }
                let age = |at| u64::try_from(mono - at).unwrap();
                let server = heard_at.map(|(at, offset_ms)| ServerClock { offset_ms, age_ms: age(at) });
                let doubt = guard.look(at(wall, mono), server);
                facts.push(Said { reading: at(wall, mono), server });
                let again = ClockGuard::begin(&read_back(&facts), at(wall, mono), false);
                prop_assert_eq!(again.doubt().is_some(), doubt.is_some(), "{:?}", facts);
            }
        }

        #[test]
        fn a_steady_clock_is_never_doubted(steps in prop::collection::vec((0_i64..10 * HOUR, -20_000_i64..20_000), 1..50)) {
            let (mut wall, mut mono) = (100 * HOUR, 0);
            let mut guard = ClockGuard::begin(&[], at(wall, mono), false);
            for (step, slew) in steps {
                wall += step;
                mono += step;
                prop_assert_eq!(guard.look(at(wall + slew, mono), None), None);
            }
        }

        #[test]
        fn no_jump_beyond_the_slack_goes_unseen(jump in SLACK_MS + 1..1000 * HOUR, back in any::<bool>()) {
            let mut guard = ClockGuard::begin(&[], at(2000 * HOUR, 0), false);
            let jump = if back { -jump } else { jump };
            prop_assert_eq!(guard.look(at(2000 * HOUR + jump, 0), None), Some(Doubt::Jumped(jump)));
        }
    }
}
