//! Promises about the lane's hardware on the screen: who opens by hand says why, and what fails is seen.

use super::world::*;
use parkir::domain::desk::{OpenRequest, Refusal};
use parkir::domain::view::{DeviceState, LaneNews};
use parkir::tui::msg::{Cmd, Msg};
use parkir::tui::{Lang, Screen};

fn gate(out: bool) -> Hands {
    let setup = setup(Lang::Id, colour());
    let mut hands = Hands::on(if out { Screen::gate_out(setup) } else { Screen::gate_in(setup) });
    hands.tell(barrier(DeviceState::Ready)).asked();
    hands
}

#[test]
fn the_barrier_opens_by_hand_only_with_a_reason_and_a_supervisor() {
    for out in [false, true] {
        let mut hands = gate(out);
        hands.f(11).f(9);
        assert_eq!(hands.asked(), [], "no reason, and none is proposed");
        assert!(hands.text().contains("Pilih alasannya"), "{}", hands.text());
        hands.types("1").f(9);
        assert_eq!(hands.asked(), [], "no supervisor");
        hands.types("rina").f(9);
        let why = |why: &str, text: &str| OpenRequest {
            why: why.into(),
            text: text.into(),
            supervisor: "rina".into(),
            proven: false,
        };
        assert_eq!(hands.asked(), [Cmd::OpenBarrier(why("emergency", ""))]);
        hands.ctrl('g').types("6").enter().types("rina").f(9);
        assert_eq!(hands.asked(), [], "other, and not in words");
        hands.types("tamu wali").f(9);
        assert_eq!(hands.asked(), [Cmd::OpenBarrier(why("other", "tamu wali"))]);
    }
}

#[test]
fn no_enter_and_no_scanner_opens_the_barrier() {
    let mut hands = gate(true);
    hands.f(11).types("2").types("x").enter().types("rina");
    for _ in 0..6 {
        hands.enter();
    }
    hands.scans("4006381333931");
    hands.scans("12345");
    assert!(!hands.asked().iter().any(|cmd| matches!(cmd, Cmd::OpenBarrier(_))));
    assert!(hands.text().contains("Buka palang dengan tangan"));
}

#[test]
fn where_there_is_no_barrier_f11_says_so() {
    let mut hands = gate(true);
    hands.tell(barrier(DeviceState::None)).f(11);
    assert!(hands.text().contains("tidak punya palang") && !hands.text().contains("Supervisor"));
}

#[test]
fn a_barrier_that_falls_silent_is_seen_on_both_sides() {
    for out in [false, true] {
        let mut hands = gate(out);
        hands.tell(barrier(DeviceState::Failed("tidak menjawab".into())));
        assert!(hands.text().contains("Palang: tidak menjawab"), "{}", hands.text());
    }
}

#[test]
fn what_the_lane_does_by_itself_is_told_and_takes_nothing_from_who_types() {
    let mut hands = gate(false);
    hands.types("b 12");
    let stay = stay(5, &ticket(), None, "motor", "14:05");
    let Msg::Entered(answer) = entered(stay) else { unreachable!() };
    hands.tell(Msg::Lane(LaneNews::Pressed(answer)));
    let text = hands.text();
    assert!(text.contains(&format!("Tombol: masuk {}", ticket())) && text.contains("B 12"), "{text}");
    hands.tell(Msg::Lane(LaneNews::PressRefused(Refusal::Storage("disk".into()))));
    assert!(hands.text().contains("tiket TIDAK terbit"));
    hands.esc().tell(Msg::Lane(LaneNews::NotOpened("sambungan putus".into())));
    assert!(hands.text().contains("Palang: sambungan putus"));
    for (leaves, said) in
        [(false, "palang belum dibuka. Masih ada? F11"), (true, "LUNAS, palang belum dibuka. Masih ada? F11")]
    {
        let mut hands = gate(leaves);
        hands.tell(Msg::Lane(LaneNews::Unopened { stay: Box::new(car()), leaves }));
        let text = hands.text();
        assert!(text.contains("B 4411 KZA sudah") && text.contains(said), "{text}");
    }
}
