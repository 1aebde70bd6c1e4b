//! How many vehicles stand inside, by the gate they came in by: the replica's count for the site's places.

use super::error::JournalError;
use super::queue::Journal;
use super::replica::Replica;
use crate::domain::capacity::Inside;

/// In the count's own order; put beside a replica of an earlier program too.
pub(super) const COUNTED: &str = "CREATE INDEX IF NOT EXISTS stay_counted
    ON stay (json_extract(report, '$.entered_gate'), class) WHERE inside = 1";

/// From the index of classes alone, which is all a site without areas needs.
const BY_CLASS: &str = "SELECT '', class, count(*) FROM stay WHERE inside = 1 GROUP BY class";
const BY_GATE: &str = "SELECT json_extract(report, '$.entered_gate'), class, count(*) FROM stay WHERE inside = 1
    GROUP BY 1, 2";

impl Replica {
    pub(super) fn counted_inside(&self, by_gate: bool) -> Result<Vec<Inside>, JournalError> {
        let mut statement = self.conn.prepare_cached(if by_gate { BY_GATE } else { BY_CLASS })?;
        let rows = statement.query_map([], |r| {
            Ok(Inside {
                gate: r.get::<_, Option<String>>(0)?.unwrap_or_default(),
                class: r.get(1)?,
                count: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Journal {
    /// Inside by class, as this terminal knows it, and by gate where that is wished (else it is empty).
    pub async fn counted_inside(&self, by_gate: bool) -> Result<Vec<Inside>, JournalError> {
        self.call(true, move |k| k.replica.counted_inside(by_gate)).await?
    }
}

#[cfg(test)]
mod tests {
    use super::super::replica::Source;
    use super::*;
    use crate::domain::money::Rupiah;
    use crate::domain::stay::{State, Stay};
    use jiff::Timestamp;
    use uuid::Uuid;

    fn stay(n: u128, gate: &str, class: &str, state: State) -> Stay {
        Stay {
            stay: Uuid::from_u128(n),
            ticket: String::new(),
            plate: None,
            class: class.into(),
            entered_at: Timestamp::UNIX_EPOCH,
            entered_gate: gate.into(),
            operator: String::new(),
            tariff: 0,
            prepaid: None,
            state,
            version: 1,
        }
    }

    #[test]
    fn who_is_inside_is_counted_by_gate_and_class_in_the_order_of_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let mut replica = Replica::open(&folder.path().join("replica.db")).unwrap();
        let left = State::Left { left_at: Timestamp::UNIX_EPOCH, left_gate: "B1".into(), fee: Rupiah(0) };
        let stays = [
            stay(1, "A1", "mobil", State::Inside),
            stay(2, "A1", "mobil", State::Inside),
            stay(3, "A1", "motor", State::Inside),
            stay(4, "A2", "mobil", State::Inside),
            stay(5, "A2", "mobil", left),
        ];
        replica.hear(&stays, Source::Own).unwrap();
        let count = |gate: &str, class: &str, count| Inside { gate: gate.into(), class: class.into(), count };
        assert_eq!(
            replica.counted_inside(true).unwrap(),
            [count("A1", "mobil", 2), count("A1", "motor", 1), count("A2", "mobil", 1)]
        );
        assert_eq!(replica.counted_inside(false).unwrap(), [count("", "mobil", 3), count("", "motor", 1)]);
        for (sql, wished) in [
            (BY_CLASS, "SCAN stay USING COVERING INDEX stay_inside"),
            (BY_GATE, "SCAN stay USING INDEX stay_counted"),
        ] {
            let mut plan = replica.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps: Vec<String> = plan.query_map([], |r| r.get(3)).unwrap().map(Result::unwrap).collect();
            assert_eq!(steps, [wished], "no sorting, no walk through those that left");
        }
    }
}
