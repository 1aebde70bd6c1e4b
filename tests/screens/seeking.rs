//! Money is taken for the vehicle the ticket field names, and for no other.

use super::world::*;
use parkir::domain::desk::{Priced, Quote, Refusal, StayKey, Warning};
use parkir::domain::stay::Stay;
use parkir::tui::msg::{Cmd, Msg};
use parkir::tui::{Lang, Screen};
use ratatui::crossterm::event::KeyCode;

/// Rp 9.000, the cash for it typed, F9 not yet.
fn shown() -> Hands {
    let mut hands = Hands::on(Screen::gate_out(setup(Lang::Id, colour())));
    hands.scans(&ticket()).quotes(quote(car())).types("10000").asked();
    hands
}

fn takes_nothing(hands: &mut Hands) {
    assert!(!hands.text().contains("Rp 9.000"), "{}", hands.text());
    hands.f(9).types("1").f(9);
    let asked = hands.asked();
    assert!(!asked.iter().any(|cmd| matches!(cmd, Cmd::Leave(_))), "{asked:?}");
}

fn finds(hands: &mut Hands, stays: Vec<Stay>) {
    hands.f(2).types("QQQQ").enter().tell(Msg::Found { query: "QQQQ".into(), stays }).asked();
}

#[test]
fn a_search_that_found_nothing_leaves_no_fee_to_take() {
    let mut hands = shown();
    finds(&mut hands, Vec::new());
    assert!(hands.text().contains("QQQQ"), "kept, to be looked at: {}", hands.text());
    takes_nothing(&mut hands);
}

#[test]
fn a_list_nobody_chose_from_leaves_no_fee_to_take() {
    let mut hands = shown();
    finds(&mut hands, vec![stay(2, "A17K0041QD", Some("B1QQQQ"), "motor", "09:12"), car()]);
    hands.esc();
    takes_nothing(&mut hands);
}

#[test]
fn a_ticket_that_was_refused_leaves_no_fee_of_another_to_take() {
    let mut hands = shown();
    hands.scans(&"A".repeat(150)).quotes_not(Refusal::QrForged).asked();
    takes_nothing(&mut hands);
    // Nor one whose answer was given up.
    let mut hands = shown();
    hands.scans(&"A".repeat(150)).esc().asked();
    takes_nothing(&mut hands);
}

#[test]
fn another_number_under_the_fingers_leaves_no_fee_to_take() {
    let mut hands = shown();
    hands.f(2).types("B");
    takes_nothing(&mut hands);
    let mut hands = shown();
    hands.f(2).key(KeyCode::Backspace);
    takes_nothing(&mut hands);
}

#[test]
fn looking_around_costs_nothing_that_was_typed() {
    let mut hands = shown();
    // The field, the search, the same ticket once more.
    hands.f(2).f(3).esc().scans(&ticket()).quotes(quote(car())).f(9);
    let asked = hands.asked();
    assert!(
        matches!(&asked[..], [Cmd::Quote { of, .. }, Cmd::Leave(_)]
        if matches!(&**of, Priced::Key(StayKey::Ticket(_)))),
        "{asked:?}"
    );
}

/// Without data, by a plate that is inside.
pub fn stated_inside(hands: &mut Hands) -> &mut Hands {
    let inside = Warning::StatedInside { ticket: ticket(), entered_at: at("09:00") };
    hands.f(4).types("b 9 xx").f(9).types("9.30").f(9).types("hilang").enter();
    let stated = quote(stay(8, "", Some("B9XX"), "motor", "09:30"));
    hands.quotes(Quote { known: "stated".into(), warnings: vec![inside], ..stated })
}

#[test]
fn a_plate_that_is_inside_leaves_without_data_after_a_second_look_only() {
    let mut hands = Hands::on(Screen::gate_out(setup(Lang::Id, colour())));
    stated_inside(&mut hands).asked();
    hands.enter().f(9);
    assert!(hands.text().contains("MASIH DI DALAM"), "{}", hands.text());
    hands.enter();
    assert_eq!(hands.asked(), [], "Enter is no");
    hands.f(9).types("y");
    assert!(matches!(&hands.asked()[..], [Cmd::LeaveNoData { .. }]));
}

#[test]
fn a_plate_that_went_from_the_lost_ticket_to_the_form_leaves_no_fee_of_another_to_take() {
    let mut hands = Hands::on(Screen::gate_out(setup(Lang::Id, colour())));
    let unheard = quote(stay(5, "", Some("B4411KZA"), "mobil", "11:54"));
    hands.scans(&"A".repeat(150)).quotes(unheard).types("10000").asked();
    hands.ctrl('l').types("B 9 ZZ").f(4).esc();
    assert!(hands.text().contains("B 9 ZZ"), "{}", hands.text());
    takes_nothing(&mut hands);
}
