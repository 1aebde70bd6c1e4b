//! Every rule of the line, in a world whose clock is a number.

use super::*;
use crate::domain::dialect::table;
use crate::domain::lane::Side;
use proptest::prelude::*;
use uuid::Uuid;

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn ways(dialect: &str) -> Ways {
    Ways {
        dialect: table::named(dialect).unwrap().read(Side::In, 1).unwrap(),
        timeout: at(2000),
        pulse: at(1000),
        close_after: None,
        english: false,
    }
}

fn order(n: u128) -> Order {
    Order { id: Uuid::from_u128(n), reason: "left".into(), stay: None }
}

fn connected(ways: Ways) -> Engine {
    let mut engine = Engine::new(ways);
    engine.connected(at(0));
    engine
}

fn sent(acts: &[Act]) -> String {
    let sent = acts.iter().filter_map(|a| if let Act::Send(bytes) = a { Some(shown(bytes)) } else { None });
    sent.collect::<Vec<_>>().join(" ")
}

fn outcomes(acts: &[Act]) -> Vec<(u128, Outcome)> {
    let done =
        |a: &Act| if let Act::Done(o, outcome) = a { Some((o.id.as_u128(), outcome.clone())) } else { None };
    acts.iter().filter_map(done).collect()
}

/// Ticks whenever the engine asks for it, up to `until`.
fn run(engine: &mut Engine, until: u64) -> Vec<Act> {
    let (mut acts, mut now) = (Vec::new(), Duration::ZERO);
    while let Some(due) = engine.next().filter(|due| *due <= at(until)) {
        now = now.max(due);
        acts.extend(engine.tick(now));
    }
    acts
}

fn failed(why: &str) -> DeviceState {
    DeviceState::Failed(why.into())
}

#[test]
fn keep_alive_every_two_seconds_and_lost_after_five() {
    let mut engine = Engine::new(ways("A"));
    assert_eq!(sent(&engine.connected(at(0))), "GET_STATUS{0A} PING{0A}");
    assert_eq!(engine.bytes(at(100), b"PONG\r\n"), [Act::State(DeviceState::Ready)]);
    assert_eq!(sent(&run(&mut engine, 5000)), "PING{0A} PING{0A}");
    let acts = run(&mut engine, 5100);
    assert_eq!(acts, [Act::Cut, Act::Drop, Act::State(failed("tidak menjawab"))]);
    assert_eq!(engine.bytes(at(9000), b"PONG\n"), [Act::State(DeviceState::Ready)]);
}

#[test]
fn what_nobody_understands_is_no_sign_of_life() {
    let mut engine = connected(ways("A"));
    let acts = engine.bytes(at(100), b"\xF3\x80garbage\n");
    assert_eq!(acts, [Act::State(failed("jawaban tidak dikenal (dialek, baud?)"))]);
    assert!(run(&mut engine, 5000).contains(&Act::State(failed("tidak menjawab"))));
}

#[test]
fn an_order_is_answered_once_by_what_the_controller_says() {
    let cases: &[(&str, &[u8], Outcome)] = &[
        ("A", b"GATE_STATUS:OPENING\n", Outcome::Ok),
        ("A", b"GATE_ERROR:MOTOR\n", Outcome::Failed("GATE_ERROR:MOTOR".into())),
        ("C", b"OK:GATE_OPENED\r\n", Outcome::Ok),
        ("C", b"ERR:BUSY\r\n", Outcome::Failed("ERR:BUSY".into())),
        ("modbus", b"\x01\x05\x00\x00\xFF\x00\x8C\x3A", Outcome::Ok),
    ];
    for (dialect, answer, outcome) in cases {
        let mut engine = connected(ways(dialect));
        assert!(outcomes(&engine.order(at(10), at(10), order(1))).is_empty(), "{dialect}");
        assert_eq!(outcomes(&engine.bytes(at(50), answer)), [(1, outcome.clone())], "{dialect}");
        assert!(outcomes(&run(&mut engine, 60_000)).is_empty(), "{dialect}");
    }
    // Those that never say are never known.
    for dialect in ["B", "D", "F", "G", "H", "I", "usbrelay", "ch551g"] {
        let mut engine = connected(ways(dialect));
        assert_eq!(outcomes(&engine.order(at(10), at(10), order(1))), [(1, Outcome::Unknown)], "{dialect}");
    }
    let mut button = connected(ways("E"));
    assert!(matches!(&outcomes(&button.order(at(10), at(10), order(1)))[..], [(1, Outcome::Failed(_))]));
}

#[test]
fn an_answer_that_never_comes_leaves_it_unknown_and_nothing_in_the_network() {
    let mut engine = connected(ways("A"));
    engine.order(at(10), at(10), order(1));
    let acts = run(&mut engine, 2010);
    assert_eq!(outcomes(&acts), [(1, Outcome::Unknown)]);
    assert!(acts.contains(&Act::Drop));
}

#[test]
fn a_late_order_is_refused() {
    let mut engine = connected(ways("A"));
    let late = Outcome::Failed("terlambat, tidak dibuka".into());
    let acts = engine.order(at(7000), at(1000), order(1));
    assert_eq!((outcomes(&acts), sent(&acts)), (vec![(1, late.clone())], String::new()));
    // One that became late behind others that were never answered.
    let mut slow = connected(Ways { timeout: at(6000), ..ways("A") });
    slow.order(at(0), at(0), order(1));
    slow.order(at(0), at(0), order(2));
    assert_eq!(outcomes(&run(&mut slow, 6100)), [(1, Outcome::Unknown), (2, late)]);
}

#[test]
fn without_a_line_an_order_fails_and_one_that_was_under_way_is_unknown() {
    let mut engine = connected(ways("A"));
    engine.order(at(0), at(0), order(1));
    engine.order(at(0), at(0), order(2));
    let why = Outcome::Failed("sambungan putus".into());
    assert_eq!(outcomes(&engine.lost("sambungan putus".into())), [(1, Outcome::Unknown), (2, why.clone())]);
    assert_eq!(outcomes(&engine.order(at(9), at(9), order(3))), [(3, why)]);
    assert_eq!(sent(&engine.connected(at(10))), "GET_STATUS{0A} PING{0A}", "no order of before");
}

#[test]
fn a_relay_is_let_go_after_its_pulse_and_after_a_cut() {
    let mut engine = connected(ways("I"));
    assert_eq!(sent(&engine.order(at(0), at(0), order(1))), "{A0}{01}{01}{A2}");
    assert_eq!(sent(&run(&mut engine, 999)), "");
    assert_eq!(sent(&run(&mut engine, 1000)), "{A0}{01}{00}{A1}");
    engine.order(at(2000), at(2000), order(2));
    engine.lost("x".into());
    assert_eq!(sent(&engine.connected(at(9000))), "{A0}{01}{00}{A1}");
}

#[test]
fn a_button_that_sends_no_line_feed_is_heard_after_a_moment_and_only_once() {
    let button = [Act::Heard(Signal::Button)];
    let mut engine = connected(ways("E"));
    assert_eq!(engine.bytes(at(0), b"17\r\n"), button);
    assert!(engine.bytes(at(1000), b"1").is_empty());
    assert_eq!(run(&mut engine, 2000), button);
    assert!(run(&mut engine, 3000).is_empty());
}

#[test]
fn a_loop_and_an_arm_are_told_when_they_change() {
    let mut engine = connected(ways("F"));
    let on = Act::Heard(Signal::Loop(Spot::Presence, true));
    assert!(engine.bytes(at(0), b"\xA6IN1ON\xA9").contains(&on));
    assert!(!engine.bytes(at(500), b"\xC2\xA6IN1ON\xC2\xA9").contains(&on), "the same again, in UTF-8");
    engine.lost("x".into());
    engine.connected(at(900));
    assert!(engine.bytes(at(1000), b"\xA6IN1ON\xA9").contains(&on), "nothing holds over a cut");
}

#[test]
fn it_closes_when_asked_to_and_the_loop_said_free() {
    let closing = || Ways { close_after: Some(at(3000)), ..ways("A") };
    let cases: &[(&str, &str)] = &[
        // Said free all the time; occupied; free again; never heard of.
        ("NO_VEHICLE open", "CLOSE_GATE{0A}"),
        ("NO_VEHICLE open VEHICLE_DETECTED", ""),
        ("NO_VEHICLE open VEHICLE_DETECTED NO_VEHICLE", "CLOSE_GATE{0A}"),
        ("open", ""),
        ("NO_VEHICLE open cut", ""),
        ("NO_VEHICLE open GATE_STATUS:CLOSED", ""),
        ("NO_VEHICLE", ""),
    ];
    for (scene, wanted) in cases {
        let mut engine = connected(closing());
        let mut now = 0;
        for word in scene.split(' ') {
            now += 100;
            match word {
                "open" => {
                    engine.order(at(now), at(now), order(1));
                    engine.bytes(at(now), b"GATE_STATUS:OPEN\n");
                }
                "cut" => {
                    engine.lost("x".into());
                    engine.connected(at(now));
                }
                word => drop(engine.bytes(at(now), format!("{word}\n").as_bytes())),
            }
        }
        let sent = sent(&run(&mut engine, 4800));
        let closed: Vec<_> = sent.split(' ').filter(|w| w.starts_with("CLOSE")).collect();
        assert_eq!(closed.join(" "), *wanted, "{scene}");
    }
    for dialect in ["F", "G", "H", "I", "B", "D"] {
        let mut engine = connected(Ways { close_after: Some(at(0)), ..ways(dialect) });
        engine.order(at(0), at(0), order(1));
        assert!(!sent(&run(&mut engine, 4000)).contains("CLOSE"), "{dialect} has no word or no loop");
    }
}

/// What may happen at a lane, in any order.
#[derive(Clone, Debug)]
enum Step {
    Say(&'static str),
    Order,
    Cut,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let said = prop::sample::select(vec![
        "VEHICLE_DETECTED",
        "NO_VEHICLE",
        "PONG",
        "GATE_STATUS:OPEN",
        "GATE_STATUS:CLOSED",
        "GATE_ERROR:VEHICLE_DETECTED",
        "STATUS:VEHICLE=1,GATE=OPEN",
        "STATUS:VEHICLE=0,GATE=OPEN",
        "EVENT:VEHICLE_DETECTED",
        "EVENT:VEHICLE_PASSED",
        "OK:GATE_OPENED",
        "STATUS:OPEN:VEHICLE_PRESENT",
        "\u{fffd}garbage",
    ]);
    let step = prop_oneof![
        5 => said.prop_map(Step::Say),
        2 => Just(Step::Order),
        1 => Just(Step::Cut),
        4 => (0_u64..6000).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..60)
}

/// The loop as anybody would read it off what was said: `None` where nobody said anything since the last cut or silence.
fn oracle(dialect: &str, said: &str) -> Option<bool> {
    match (dialect, said) {
        ("A", "VEHICLE_DETECTED" | "GATE_ERROR:VEHICLE_DETECTED" | "STATUS:VEHICLE=1,GATE=OPEN")
        | ("C", "EVENT:VEHICLE_DETECTED" | "STATUS:OPEN:VEHICLE_PRESENT") => Some(true),
        ("A", "NO_VEHICLE" | "STATUS:VEHICLE=0,GATE=OPEN") | ("C", "EVENT:VEHICLE_PASSED") => Some(false),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
    #[test]
    fn it_never_closes_over_an_occupied_loop(
        steps in steps(),
        dialect in prop::sample::select(vec!["A", "C"]),
        after in 0_u64..8000,
    ) {
        let mut engine = connected(Ways { close_after: Some(at(after)), ..ways(dialect) });
        let (mut now, mut truth) = (0, None);
        for step in steps {
            let before = truth;
            let acts = match step {
                Step::Say(said) => {
                    truth = oracle(dialect, said).or(truth);
                    engine.bytes(at(now), format!("{said}\n").as_bytes())
                }
                Step::Order => engine.order(at(now), at(now), order(1)),
                Step::Cut => {
                    truth = None;
                    let mut acts = engine.lost("x".into());
                    acts.extend(engine.connected(at(now)));
                    acts
                }
                Step::Wait(ms) => {
                    now += ms;
                    run(&mut engine, now)
                }
            };
            if acts.contains(&Act::Cut) {
                truth = None;
            }
            if sent(&acts).contains("CLOSE") {
                prop_assert_eq!(before, Some(false));
            }
        }
    }
}

/// Two words of a vehicle, two presses: two tickets, whatever the dialect tells of loops.
#[test]
fn every_lane_with_a_button_serves_a_second_vehicle() {
    use crate::domain::lane::Press;
    for (dialect, first, second) in [
        ("G", "LOOP1\nSTRUK\n", "LOOP1\nSTRUK\n"),
        (
            "C",
            "EVENT:VEHICLE_DETECTED\nEVENT:BUTTON_PRESS\nEVENT:VEHICLE_PASSED\n",
            "EVENT:VEHICLE_DETECTED\nEVENT:BUTTON_PRESS\n",
        ),
        ("enet", ":IN1ON;:IN2ON;:IN1OFF;", ":IN1ON;:IN2ON;"),
        ("B", "IN:1\n", "IN:1\nOUT:1\n"),
    ] {
        let (mut engine, mut press, mut tickets) = (connected(ways(dialect)), Press::new(at(5000)), 0);
        for (ms, said) in [(10_000, first), (20_000, second)] {
            for act in engine.bytes(at(ms), said.as_bytes()) {
                if let Act::Heard(signal) = &act {
                    press.heard(signal);
                    tickets += usize::from(*signal == Signal::Button && press.press(at(ms)).is_ok());
                }
            }
        }
        assert_eq!(tickets, 2, "{dialect}");
    }
}

#[test]
fn a_level_told_again_is_no_vehicle_and_a_faults_words_steer_no_terminal() {
    let mut engine = connected(ways("enet"));
    let passed = |acts: Vec<Act>| acts.contains(&Act::Heard(Signal::Passed));
    assert!(!passed(engine.bytes(at(0), b":IN3OFF;")));
    engine.bytes(at(100), b":IN3ON;");
    assert!(passed(engine.bytes(at(900), b":IN3OFF;")));
    assert!((1..50).all(|n| !passed(engine.bytes(at(1000 + n * 500), b":IN1OFF,IN2OFF,IN3OFF;"))));
    let mut engine = connected(ways("A"));
    let acts = engine.bytes(at(0), b"GATE_ERROR:\x1b[2J\x07 macet\n");
    assert!(!format!("{acts:?}").contains("u{1b}"), "{acts:?}");
    assert!(acts.iter().any(|act| matches!(act, Act::State(DeviceState::Failed(why)) if why.contains("macet"))));
}

#[test]
fn a_dialect_that_hears_nothing_is_not_babbled_at_and_takes_no_loop_along() {
    let mut engine = connected(ways("D"));
    assert_eq!(engine.bytes(at(0), b"CLOSED\n"), []);
    assert_eq!(
        connected(ways("E")).lost("putus".into()),
        [Act::State(failed("putus"))],
        "a button knows of no loop"
    );
    let mut own = table::named("modbus").unwrap();
    own.open = String::new();
    let mut engine = connected(Ways { dialect: own.read(Side::In, 1).unwrap(), ..ways("modbus") });
    engine.bytes(at(0), b"anything");
}

#[test]
fn how_things_stand_is_no_answer_to_an_order_unless_the_arm_rose_since() {
    let (open, closed) = ("STATUS:OPEN:NO_VEHICLE\n", "STATUS:CLOSED:NO_VEHICLE\n");
    let a_open = "STATUS:VEHICLE=0,GATE=OPEN\n";
    let a_closed = "STATUS:VEHICLE=0,GATE=CLOSED\n";
    for (dialect, before, after, outcome) in [
        ("C", open, open, Outcome::Unknown),
        ("C", "", open, Outcome::Unknown),
        ("C", closed, open, Outcome::Ok),
        ("C", open, "OK:GATE_OPENED\n", Outcome::Ok),
        ("A", a_open, a_open, Outcome::Unknown),
        ("A", a_closed, a_open, Outcome::Ok),
        ("A", a_open, "GATE_STATUS:OPEN\n", Outcome::Ok),
    ] {
        let mut engine = connected(ways(dialect));
        engine.bytes(at(5), before.as_bytes());
        let mut acts = engine.order(at(10), at(10), order(1));
        acts.extend(engine.bytes(at(50), after.as_bytes()));
        acts.extend(run(&mut engine, 2010));
        assert_eq!(outcomes(&acts), [(1, outcome)], "{dialect} {before:?} {after:?}");
    }
    // One answer is the answer to one order.
    let mut engine = connected(ways("C"));
    engine.bytes(at(5), closed.as_bytes());
    engine.order(at(10), at(10), order(1));
    engine.order(at(10), at(10), order(2));
    assert_eq!(outcomes(&engine.bytes(at(50), b"OK:GATE_OPENED\n")), [(1, Outcome::Ok)]);
    // A site's own dialect that knows no "ack" is answered by the arm, as ever.
    let hears = vec![("UP".to_owned(), "open".to_owned())];
    let own = crate::domain::dialect::Written { open: "O".into(), acks: true, hears, ..Default::default() };
    let mut engine = connected(Ways { dialect: own.read(Side::In, 1).unwrap(), ..ways("A") });
    for n in [1, 2] {
        engine.order(at(10), at(10), order(n));
        assert_eq!(outcomes(&engine.bytes(at(50), b"UP\n")), [(n, Outcome::Ok)]);
    }
}
