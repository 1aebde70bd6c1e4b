//! What the world does with the engine's wishes: a network, a journal and a centre that may each fail.

use super::*;
use crate::journal::Waiting;

impl World {
    /// The answer to a call, or what becomes of it: `limit` is when the caller gives up, `halves` how many halves of a
    /// fact's time the line needs for it.
    fn reply<T>(&mut self, halves: u64, limit: Ms, done: T, make: impl Fn(Result<T, Fault>) -> Input) {
        self.line_free = self.line_free.max(self.now) + halves * self.a_fact / 2;
        let late = self.chance(5);
        let carried = self.line_free - self.now;
        let delay = 1 + carried + if late { self.throw(limit * 2) } else { self.throw(limit / 20 + 2) };
        let now = self.now;
        if self.net == Net::Refusing {
            return self
                .at(now + delay.min(limit), Happening::Input(make(Err(fault(DownReason::Unreachable, true)))));
        }
        if self.net != Net::Well || delay >= limit || self.chance(3) {
            return self.at(now + limit, Happening::Input(make(Err(fault(DownReason::Silent, false)))));
        }
        self.at(now + delay, Happening::Input(make(Ok(done))));
    }

    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Connect(c) => {
                self.conn = c;
                self.live = None;
                self.open.clear();
                self.line_free = self.now;
                self.reply(1, 4_000, (), |done| Input::Connected(c, done));
            }
            Action::Disconnect => {
                self.live = None;
                self.open.clear();
            }
            Action::Greet(c) => {
                assert_eq!(self.live, Some(c), "greeted over a connection that is not there");
                self.reply(1, CHECK_LIMIT, (), |done| Input::Greeted(c, done));
            }
            Action::Pull(c) => self.reply(2, PULL_LIMIT, (), |done| Input::Pulled(c, done)),
            Action::Photo(c) => self.reply(6, PHOTO_LIMIT, (), |done| Input::PhotoDone(c, done)),
            Action::NoPhoto => {}
            Action::Gather(c) => {
                if self.walked.0 != c || self.walked.1 > self.walked.2 {
                    self.walked = (c, 0, 1 + self.throw(4));
                }
                let more = self.walked.1 < self.walked.2;
                self.walked.1 += u64::from(!more);
                let done = if more && self.chance(2) { Err("disk".into()) } else { Ok(more) };
                // A large journal on an old disk.
                let slow = if self.throw(4) == 0 { 40_000 } else { 300 };
                let at = self.now + self.throw(slow);
                self.at(at, Happening::Input(Input::Gathered(c, done)));
            }
            Action::Compare(c) => self.compare(c),
            Action::Read { sending, scope, after } => {
                let fits = |row: &Row| match (scope, row) {
                    (Scope::Flowing, Row::Pending { outage }) => !outage,
                    (Scope::Pending | Scope::All, Row::Pending { .. }) | (Scope::All, Row::Deferred) => true,
                    _ => false,
                };
                let from = self.rows.range(after.saturating_add(1)..).filter(|(_, row)| fits(row));
                let waiting: Vec<i64> = from.take(BATCH).map(|(n, _)| *n).collect();
                let rows = waiting.into_iter().map(|n| OutRow { n, envelope: self.envelope(n) }).collect();
                let rows = if self.chance(2) { Err("disk".to_owned()) } else { Ok(rows) };
                self.soon(Input::Rows(sending, rows));
            }
            Action::Ingest { conn, batch, rows } => self.ingest(conn, batch, &rows),
            Action::Settle { sending, settled, .. } => {
                let fails = self.chance(2);
                for (row, outcome) in settled.iter().filter(|_| !fails) {
                    let state = match outcome {
                        Outcome::Acked => Row::Acked,
                        Outcome::Parked { .. } => Row::Parked,
                    };
                    assert!(
                        state != Row::Parked || self.poison.contains(&row.n),
                        "{} is parked for nothing",
                        row.n
                    );
                    let there = self.centre.contains(&id(row)) || self.awake() - self.restored_at < 100;
                    assert!(state != Row::Acked || there, "{} is acked and not there", row.n);
                    self.rows.insert(row.n, state);
                }
                let done = if fails { Err("disk".into()) } else { Ok(()) };
                self.soon(Input::Settled(sending, done));
            }
            Action::Count => self.count(),
            Action::Defer => {
                self.change(|row| if row == (Row::Pending { outage: true }) { Row::Deferred } else { row })
            }
            Action::Undefer => self.change(|row| match row {
                Row::Deferred | Row::Pending { .. } => Row::Pending { outage: false },
                row => row,
            }),
            Action::RetryParked => self.change(|row| match row {
                Row::Parked => Row::Pending { outage: false },
                row => row,
            }),
            Action::ClearFiles => self.soon(Input::Cleared { some: true }),
            Action::Link(state) => {
                self.ups += u64::from(state.link == Link::Up);
                let steady = self.now > HEALED + STEADY;
                self.reds += u64::from(steady && state.link == Link::Down);
                assert!(self.reds <= HALVES, "red again at {} on a line that is only slow", self.now);
                self.link = state.link;
            }
            Action::Ask(_) => {
                self.asks += 1;
                assert!(self.asks <= self.ups, "more questions than returns of the link");
                let answer = match self.throw(3) {
                    0 => Input::Later,
                    1 => Input::SendWanted { retry_parked: false, answer: false },
                    _ => return,
                };
                let at = self.now + self.throw(20_000);
                self.at(at, Happening::Input(answer));
            }
            Action::Summary { answer, .. } => {
                self.answered += u64::from(answer);
                assert!(self.answered <= self.wanted, "a summary nobody asked for");
            }
            Action::Progress(_) | Action::Changed | Action::Note(_) => {}
        }
    }

    /// The row as the journal gives it.
    fn envelope(&mut self, n: i64) -> String {
        let again = !self.sent.insert(n);
        let id = if self.new_ids && again { self.fresh_id(n) } else { self.ids[&n] };
        id.to_string()
    }

    fn soon(&mut self, input: Input) {
        let at = self.now + self.throw(30);
        self.at(at, Happening::Input(input));
    }

    fn change(&mut self, to: impl Fn(Row) -> Row) {
        for row in self.rows.values_mut() {
            *row = to(*row);
        }
    }

    fn count(&mut self) {
        let outage = self.rows.values().filter(|row| **row == Row::Pending { outage: true }).count() as u64;
        let from = jiff::Timestamp::UNIX_EPOCH;
        let ask = (outage > 0).then_some(SyncAsk { entries: outage, exits: 0, from, to: from });
        let counted = Waiting { ask, all: outage };
        let counted = if self.chance(10) { None } else { Some(counted) };
        self.soon(Input::Counted(counted));
    }

    fn compare(&mut self, conn: u32) {
        let lost: Vec<i64> = self
            .rows
            .iter()
            .filter(|(n, row)| **row == Row::Acked && !self.centre.contains(&self.ids[*n]))
            .filter(|(n, _)| **n as u64 % self.walked.2 == self.walked.1)
            .map(|(n, _)| *n)
            .collect();
        if self.net == Net::Well {
            self.walked.1 += 1;
            for n in &lost {
                self.rows.insert(*n, Row::Pending { outage: false });
            }
        }
        self.reply(2, COMPARE_LIMIT, lost.len() as u64, |done| Input::Compared(conn, done));
    }

    fn ingest(&mut self, conn: u32, batch: u32, rows: &[OutRow]) {
        assert_eq!(self.live, Some(conn), "sent over a connection that is gone");
        assert!(self.open.insert(batch) && self.open.len() <= 3, "more than three batches under way");
        let outage = |row: &OutRow| self.rows[&row.n] == Row::Pending { outage: true };
        assert!(self.engine.mode == Mode::Auto || !rows.iter().any(outage), "an outage's facts flow unasked");
        let bad = rows.iter().find(|row| self.poison.contains(&row.n));
        if bad.is_some_and(|row| raises(row.n)) && self.net == Net::Well {
            let class = ErrorClass::Data { sqlstate: "22P02".into(), message: "rusak".into() };
            let fault = Fault { class, reason: DownReason::Schema, text: "rusak".into(), closed: false };
            return self.soon(Input::Answered(conn, batch, Err(fault)));
        }
        let rejected = || IngestVerdict::Rejected { code: "badan".into(), text: "salah".into() };
        let mut verdicts = Vec::new();
        let mut taken = Vec::new();
        for row in rows {
            if self.poison.contains(&row.n) {
                verdicts.push(rejected());
                continue;
            }
            let there = self.centre.contains(&id(row));
            verdicts.push(if there { IngestVerdict::Already } else { IngestVerdict::Inserted });
            taken.push(id(row));
        }
        let applied = self.line_free.max(self.now) + rows.len() as u64 * self.a_fact;
        match self.net {
            // What arrives is applied, at once or after the caller has given up.
            Net::Well if applied == self.now => self.centre.extend(taken),
            Net::Well => self.at(applied, Happening::Apply(taken)),
            Net::OneWay => {
                let at = self.now + self.throw(15_000);
                self.at(at, Happening::Apply(taken));
            }
            Net::Silent | Net::Refusing => {}
        }
        if self.net == Net::Well && self.chance(5) {
            let at = applied + self.throw(5_000);
            self.at(at, Happening::Input(Input::Answered(conn, batch, Ok(verdicts.clone()))));
        }
        self.reply(2 * rows.len() as u64, limit(rows.len()), verdicts, |done| Input::Answered(conn, batch, done));
    }
}

fn id(row: &OutRow) -> u64 {
    row.envelope.parse().expect("an id")
}
