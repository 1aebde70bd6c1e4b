//! The rows of "Terakhir": what came and went last, here and elsewhere, and whether it is in PostgreSQL.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use crate::domain::clock::{LookBack, Said};
use crate::domain::fact::Sealed;
use crate::domain::stay::{State, Stay};
use crate::domain::view::{Printed, Recent};

impl Journal {
    /// At most `limit` rows, newest first.
    pub async fn recent(&self, limit: usize) -> Result<Vec<Recent>, JournalError> {
        self.call(false, move |k| k.recent(limit)).await?
    }

    /// What the clocks said at the last facts recorded before this epoch, newest first: back to where the server confirmed
    /// the clock, and at most `limit`.
    pub async fn readings(&self, limit: usize) -> Result<Vec<Said>, JournalError> {
        self.call(false, move |k| k.readings(limit)).await?
    }
}

impl Keeper {
    fn recent(&mut self, limit: usize) -> Result<Vec<Recent>, JournalError> {
        let (entered, left) = self.replica.newest(limit)?;
        let mut rows: Vec<Recent> = Vec::with_capacity(limit * 2);
        for stay in &entered {
            let waits = self.waits(stay.stay)?;
            rows.push(Recent { printed: self.printed(stay.stay)?, ..row(stay, !waits, None) });
        }
        for stay in &left {
            let exit = self.recent_exits.iter().find(|(s, _)| *s == stay.stay).map(|(_, fact)| *fact);
            let waits = exit.map_or(Ok(false), |fact| self.waits(fact))?;
            rows.push(row(stay, !waits, Some(())));
        }
        rows.sort_by_key(|r| std::cmp::Reverse(r.at));
        rows.truncate(limit);
        Ok(rows)
    }

    fn readings(&mut self, limit: usize) -> Result<Vec<Said>, JournalError> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let sql = "SELECT envelope FROM fact WHERE own = 1 AND epoch <> ?1 ORDER BY n DESC LIMIT ?2";
        let mut statement = store.conn.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params![self.chain.epoch.as_bytes().as_slice(), limit as i64])?;
        let (mut readings, mut back) = (Vec::new(), LookBack::default());
        while let Some(row) = rows.next()? {
            let Ok(sealed) = serde_json::from_str::<Sealed>(row.get_ref(0)?.as_str().unwrap_or_default()) else {
                continue;
            };
            let Some(said) = Said::at(&sealed.fact) else { continue };
            readings.push(said);
            if back.is_enough(&said) {
                break;
            }
        }
        Ok(readings)
    }

    fn waits(&self, fact: uuid::Uuid) -> Result<bool, JournalError> {
        let Some(store) = &self.store else { return Ok(true) };
        Ok(store.look(fact)?.is_some_and(|(_, waits)| waits))
    }
}

fn row(stay: &Stay, sent: bool, exit: Option<()>) -> Recent {
    let (at, gate, fee) = match (&stay.state, exit) {
        (State::Left { left_at, left_gate, fee }, Some(())) => (*left_at, left_gate.clone(), Some(*fee)),
        _ => (stay.entered_at, stay.entered_gate.clone(), None),
    };
    Recent {
        stay: stay.stay,
        at,
        ticket: stay.ticket.clone(),
        plate: stay.plate.clone(),
        class: stay.class.clone(),
        gate,
        fee,
        printed: Printed::None,
        sent,
    }
}
