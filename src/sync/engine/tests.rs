//! What can be said of the engine without a world around it.

use super::*;
use crate::central::IngestVerdict;
use crate::journal::OutRow;

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
