//! How much the line is given at once: all at first, half when an answer did not come in time, more again while answers
//! come quickly. So a backlog goes over any line that carries a single fact. Beginning with little cost a good line a fifth
//! of its speed and more (benches/drain).

use super::Ms;

/// Facts in one call at most; the centre takes 100 to 500.
pub const BATCH: usize = 500;
/// Calls under way at once at most.
pub const UNDER_WAY: usize = 3;

#[derive(Debug)]
pub(super) struct Pace {
    /// Facts in a call.
    pub batch: usize,
    /// Calls under way.
    pub window: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { batch: BATCH, window: UNDER_WAY }
    }
}

impl Pace {
    /// A call with so many facts was answered after `took`; its limit was `limit`. What it grows to would still have
    /// been answered within two thirds of its limit.
    pub fn answered(&mut self, facts: usize, took: Ms, limit: Ms) {
        if facts < self.batch {
            return;
        }
        let by = match () {
            () if took * 8 <= limit => 4,
            () if took * 3 <= limit => 2,
            () if took * 4 > limit * 3 => return self.shrink(facts),
            () => return,
        };
        if self.batch < BATCH {
            self.batch = (self.batch * by).min(BATCH);
        } else {
            self.window = (self.window + by - 1).min(UNDER_WAY);
        }
    }

    /// A call with so many facts did not come back.
    pub fn unanswered(&mut self, facts: usize) {
        self.window = 1;
        // One alone says nothing about the line.
        if facts > 1 {
            self.batch = self.batch.min(facts) / 2;
        }
    }

    fn shrink(&mut self, facts: usize) {
        if self.window > 1 {
            self.window -= 1;
        } else if facts > 1 {
            self.batch = self.batch.min(facts) / 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::limit;
    use super::*;

    #[test]
    fn a_good_line_is_full_at_once_and_again_after_a_few_answers() {
        let mut pace = Pace::default();
        assert_eq!((pace.batch, pace.window), (BATCH, UNDER_WAY));
        for _ in 0..5 {
            pace.unanswered(pace.batch);
        }
        assert_eq!((pace.batch, pace.window), (15, 1));
        for _ in 0..4 {
            pace.answered(pace.batch, 20, limit(pace.batch));
        }
        assert_eq!((pace.batch, pace.window), (BATCH, UNDER_WAY));
        pace.unanswered(1);
        assert_eq!((pace.batch, pace.window), (BATCH, 1));
    }

    /// Milliseconds a fact from a good line to one that carries half a fact a second.
    #[test]
    fn every_line_that_carries_one_fact_finds_its_pace_and_keeps_it() {
        for a_fact in [0, 1, 3, 10, 16, 30, 80, 200, 700, 1_900] {
            let mut pace = Pace::default();
            let mut late = 0;
            for round in 0..200 {
                let facts = pace.batch;
                let took = (facts * pace.window) as Ms * a_fact;
                if took > limit(facts) {
                    late += 1;
                    assert!(round < 20, "{a_fact} ms a fact: still too much in round {round}: {pace:?}");
                    pace.unanswered(facts);
                } else {
                    pace.answered(facts, took, limit(facts));
                }
            }
            assert!(late <= 9, "{a_fact} ms a fact: {late} times too late");
        }
    }
}
