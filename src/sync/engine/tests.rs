//! What can be said of the engine without a world around it.

use super::*;
use crate::central::{ErrorClass, IngestVerdict};
use crate::journal::{OutRow, Outcome, Waiting};

/// A backlog in front of it, never read to its end, and files of former facts.
#[test]
fn the_light_is_green_behind_one_batch_however_much_waits() {
    let mut engine = Engine::new(true, Mode::Ask, 1);
    engine.handle(0, Input::Tick);
    engine.handle(1, Input::Connected(1, Ok(())));
    engine.handle(2, Input::Greeted(1, Ok(())));
    let mut todo: VecDeque<Action> = engine.handle(3, Input::Pulled(1, Ok(()))).into();
    let (mut now, mut batches) = (3, 0);
    while let Some(action) = todo.pop_front() {
        now += 1;
        let input = match action {
            Action::Read { sending, after, .. } => {
                let first = after.max(0) + 1;
                let row = |n| OutRow { n, envelope: String::new() };
                Input::Rows(sending, Ok((first..first + BATCH as i64).map(row).collect()))
            }
            Action::Ingest { conn, batch, rows } => {
                batches += 1;
                Input::Answered(conn, batch, Ok(vec![IngestVerdict::Inserted; rows.len()]))
            }
            Action::Settle { sending, .. } => Input::Settled(sending, Ok(())),
            Action::Link(state) if state.link == Link::Up => return assert_eq!(batches, 1),
            _ => continue,
        };
        assert!(batches <= 1, "{batches} batches, and no light");
        todo.extend(engine.handle(now, input));
    }
    panic!("no light");
}

#[test]
fn a_call_without_any_answer_costs_the_connection_not_the_worker() {
    let mut engine = Engine::new(true, Mode::Auto, 1);
    assert!(matches!(engine.handle(0, Input::Tick)[..], [Action::Connect(1)]));
    engine.handle(10, Input::Connected(1, Ok(())));
    let wake = engine.wake_at().unwrap();
    let actions = engine.handle(wake, Input::Tick);
    assert!(actions.iter().any(|a| matches!(a, Action::Disconnect)), "{actions:?}");
    assert!(engine.wake_at().unwrap() <= wake + 10_000);
}

/// An engine that sends 20 facts over a link that is up, to a centre that refuses every call in which `bad` says so.
/// Gives what was set aside and whether it still waits for anything.
fn refused(bad: impl Fn(i64) -> bool) -> (Vec<i64>, Vec<String>) {
    let mut engine = Engine::new(true, Mode::Auto, 1);
    let (mut now, mut parked, mut stopped) = (0, Vec::new(), Vec::new());
    let mut inputs = VecDeque::from([Input::Tick]);
    let mut sent = false;
    while let Some(input) = inputs.pop_front() {
        now += 1;
        for action in engine.handle(now, input) {
            match action {
                Action::Connect(c) => inputs.push_back(Input::Connected(c, Ok(()))),
                Action::Greet(c) => inputs.push_back(Input::Greeted(c, Ok(()))),
                Action::Pull(c) => inputs.push_back(Input::Pulled(c, Ok(()))),
                Action::Count => {
                    inputs.push_back(Input::Counted(Some(Waiting { ask: None, all: 20 })));
                    if !std::mem::replace(&mut sent, true) {
                        inputs.push_back(Input::SendWanted { retry_parked: false, answer: false });
                    }
                }
                Action::Read { sending, scope, .. } => {
                    let count = if scope == Scope::All { 20 } else { 0 };
                    let rows = (0..count).map(|n| OutRow { n, envelope: String::new() }).collect();
                    inputs.push_back(Input::Rows(sending, Ok(rows)));
                }
                Action::Ingest { conn, batch, rows } => {
                    let answer = if rows.iter().any(|row| bad(row.n)) {
                        let class = ErrorClass::Data { sqlstate: "P0001".into(), message: "tidak mau".into() };
                        Err(Fault { class, reason: DownReason::Schema, text: "tidak mau".into(), closed: false })
                    } else {
                        Ok(vec![IngestVerdict::Inserted; rows.len()])
                    };
                    inputs.push_back(Input::Answered(conn, batch, answer));
                }
                Action::Settle { sending, settled, .. } => {
                    let aside = settled.iter().filter(|(_, outcome)| *outcome != Outcome::Acked);
                    parked.extend(aside.map(|(row, _)| row.n));
                    inputs.push_back(Input::Settled(sending, Ok(())));
                }
                Action::ClearFiles => inputs.push_back(Input::Cleared { some: true }),
                Action::Summary { summary, .. } => stopped.extend(summary.stopped),
                _ => {}
            }
        }
    }
    parked.sort_unstable();
    (parked, stopped)
}

#[test]
fn a_centre_that_refuses_every_single_fact_costs_none_of_them() {
    let (parked, stopped) = refused(|_| true);
    assert!(parked.is_empty(), "{parked:?}");
    assert!(stopped.iter().any(|why| why.contains("tidak mau")), "{stopped:?}");
    for bad in [0, 9, 19] {
        assert_eq!(refused(|n| n == bad).0, [bad]);
    }
    assert_eq!(refused(|n| n > 2).0, (3..20).collect::<Vec<_>>(), "some were taken: the others are at fault");
}
