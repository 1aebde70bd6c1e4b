//! Scenes at a lane, as data: what the controller says on the left, whom it let through on the right.

use super::*;
use proptest::prelude::*;

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn opening(n: u128) -> Opening {
    Opening { id: Uuid::from_u128(n), stay: Some(Uuid::from_u128(n + 100)) }
}

fn signal(word: &str) -> Signal {
    match word {
        "p+" => Signal::Loop(Spot::Presence, true),
        "p-" => Signal::Loop(Spot::Presence, false),
        "s+" => Signal::Loop(Spot::Safety, true),
        "s-" => Signal::Loop(Spot::Safety, false),
        "passed" => Signal::Passed,
        "up" => Signal::Arm(Arm::Open),
        "down" => Signal::Arm(Arm::Closed),
        "button" => Signal::Button,
        other => panic!("{other}"),
    }
}

/// Plays words two seconds apart; `open` orders an opening. Gives each passage's opening (0: an orphan).
fn play(by: PassageBy, scene: &str) -> (Vec<u128>, Vec<Direction>) {
    let mut passages = Passages::new(by);
    let (mut used, mut ways, mut opened) = (Vec::new(), Vec::new(), 0);
    for (n, word) in (0_u64..).zip(scene.split_whitespace()) {
        let now = at(n * 2000);
        match word {
            "open" => {
                opened += 1;
                passages.opened(now, opening(opened));
            }
            "fail" => passages.failed(Uuid::from_u128(opened)),
            "wait" => passages.openings.iter_mut().for_each(|(opened, _)| *opened = Duration::ZERO),
            word => {
                let passage = passages.heard(now, &signal(word));
                used.extend(passage.iter().map(|p| p.opening.as_ref().map_or(0, |o| o.id.as_u128())));
                ways.extend(passage.iter().map(|p| p.direction));
            }
        }
    }
    (used, ways)
}

#[test]
fn every_passage_uses_one_opening_and_what_has_none_is_an_orphan() {
    use PassageBy::{Passed, Presence, Safety};
    let cases: &[(PassageBy, &str, &[u128])] = &[
        (Safety, "p+ open s+ p- s-", &[1]),
        // Two paid, two drive; one behind the other's bumper.
        (Safety, "open open s+ s- s+ s-", &[1, 2]),
        (Safety, "open s+ s- s+ s-", &[1, 0]),
        // Paid, the arm did not rise, opened by hand: one vehicle, one opening.
        (Safety, "open fail open s+ s- s+ s-", &[2, 0]),
        // Came in through the exit while one was let out: it used nobody's opening.
        (Safety, "open s+ p+ s- p- p+ s+ p- s-", &[0, 1]),
        (Safety, "p+ p-", &[]),
        (Safety, "s-", &[]),
        (Passed, "p+ open passed p- passed", &[1, 0]),
        (Passed, "p+ p- s+ s-", &[]),
        // One loop: who drives up and backs away while the arm is down did not go through.
        (Presence, "down p+ p-", &[]),
        (Presence, "down p+ open up p- down", &[1]),
        (Presence, "down p+ open up p- p+ p- down", &[1, 0]),
        (Presence, "p+ p-", &[]),
    ];
    for (by, scene, used) in cases {
        assert_eq!(play(*by, scene).0, *used, "{by:?} {scene}");
    }
}

#[test]
fn the_order_of_the_loops_tells_the_way() {
    use Direction::{Backward, Forward, Unknown};
    for (scene, way) in
        [("p+ s+ p- s-", Forward), ("p+ p- s+ s-", Forward), ("s+ p+ s-", Backward), ("s+ s-", Unknown)]
    {
        assert_eq!(play(PassageBy::Safety, scene).1, [way], "{scene}");
    }
    let passage = Passage { by: PassageBy::Safety, direction: Forward, ms: Some(2000), opening: None };
    assert_eq!(Passed::of(&passage, Side::In).direction, "in");
    assert_eq!(Passed::of(&passage, Side::Out).direction, "out");
    let back = Passage { direction: Backward, ..passage };
    assert_eq!(Passed::of(&back, Side::Out).direction, "in");
}

#[test]
fn an_opening_nobody_used_lets_nobody_through_minutes_later() {
    let mut passages = Passages::new(PassageBy::Passed);
    passages.opened(at(0), opening(1));
    let late = OPENING_LASTS + at(1);
    assert_eq!(passages.heard(late, &Signal::Passed).unwrap().opening, None);
}

#[test]
fn a_loop_that_flickers_is_one_vehicle_and_a_lane_that_tells_nothing_keeps_no_openings() {
    let mut passages = Passages::new(PassageBy::Safety);
    let told: Vec<bool> = [0, 150, 300, 2000]
        .into_iter()
        .map(|ms| {
            passages.heard(at(10_000 + ms), &signal("s+"));
            passages.heard(at(10_000 + ms + 60), &signal("s-")).is_some()
        })
        .collect();
    assert_eq!(told, [true, false, false, true]);
    // However long it flickers, and whoever drives up behind meanwhile.
    for by in [PassageBy::Safety, PassageBy::Passed] {
        let (mut passages, mut told) = (Passages::new(by), 0);
        for n in 0..30 {
            for (ms, word) in [(0, "s+"), (50, "p+"), (60, "s-"), (60, "passed"), (70, "p-")] {
                told += u32::from(passages.heard(at(10_000 + n * 200 + ms), &signal(word)).is_some());
            }
        }
        assert_eq!(told, 1, "{by:?}");
        for (ms, word) in [(20_000, "s+"), (21_000, "s-"), (21_000, "passed")] {
            told += u32::from(passages.heard(at(ms), &signal(word)).is_some());
        }
        assert_eq!(told, 2, "{by:?}");
    }
    let mut deaf = Passages::new(PassageBy::Nothing);
    (0..1000).for_each(|n| deaf.opened(at(n), opening(1)));
    assert_eq!(deaf.openings.len(), 0);
}

#[test]
fn one_vehicle_told_twice_passed_once() {
    let mut passages = Passages::new(PassageBy::Passed);
    assert!(passages.heard(at(5000), &Signal::Passed).is_some());
    assert!(passages.heard(at(5500), &Signal::Passed).is_none());
    assert!(passages.heard(at(9000), &Signal::Passed).is_some());
    // The loop flickers under one and the same.
    for ms in [9100, 9250, 9400] {
        passages.heard(at(ms), &signal("s+"));
        passages.heard(at(ms + 70), &signal("s-"));
        assert!(passages.heard(at(ms + 70), &Signal::Passed).is_none() || ms == 9100, "{ms}");
    }
    let mut passages = Passages::new(PassageBy::Passed);
    assert!(passages.heard(at(9000), &Signal::Passed).is_some());
    // A motorcycle right behind: the loop was occupied anew.
    passages.heard(at(9200), &signal("p+"));
    assert!(passages.heard(at(9700), &Signal::Passed).is_some());
}

#[test]
fn one_vehicle_gets_one_ticket_however_often_it_presses() {
    let cases: &[(&str, &str)] = &[
        ("p+ button button p- p+ button", "TAT"),
        ("p- button p+ button", "NT"),
        ("button wait button", "TT"),
        ("button button", "TA"),
        ("p+ button passed wait button", "TT"),
        ("p+ button fail button", "TT"),
        ("p- cut button", "T"),
        // A loop that tells of arrivals alone.
        ("p+ button wait p+ button button", "TTA"),
        ("p+ button wait button", "TA"),
    ];
    for (scene, wanted) in cases {
        let mut press = Press::new(at(5000));
        let mut now = 0;
        let mut told = String::new();
        for word in scene.split(' ') {
            now += 1000;
            match word {
                "button" => told.push(match press.press(at(now)) {
                    Ok(()) => 'T',
                    Err(NotNow::Again) => 'A',
                    Err(NotNow::NoVehicle) => 'N',
                }),
                "wait" => now += 5000,
                "fail" => press.failed(),
                "cut" => press.cut(),
                "p-" => {
                    press.heard(&signal(word));
                    now += 5000;
                }
                word => press.heard(&signal(word)),
            }
        }
        assert_eq!(told, *wanted, "{scene}");
    }
}

proptest! {
    /// No opening lets two vehicles through, and none is used that was not made.
    #[test]
    fn no_opening_is_used_twice(words in prop::collection::vec(
        prop::sample::select(vec!["p+", "p-", "s+", "s-", "passed", "up", "down", "open"]), 0..80),
        by in prop::sample::select(vec![PassageBy::Passed, PassageBy::Safety, PassageBy::Presence]))
    {
        let scene = words.join(" ");
        let (used, _) = play(by, &scene);
        let made = words.iter().filter(|w| **w == "open").count() as u128;
        let mut seen: Vec<u128> = used.into_iter().filter(|n| *n > 0).collect();
        prop_assert!(seen.iter().all(|n| *n <= made));
        let all = seen.len();
        seen.dedup();
        prop_assert_eq!(seen.len(), all);
    }
}
