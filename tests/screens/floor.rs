//! What a scanner of the terminal's own reads, and paper tickets, by the keys.

use super::scenes::*;
use super::world::*;
use crossterm::event::KeyCode;
use parkir::domain::desk::StayKey;
use parkir::tui::msg::{Cmd, Msg};
use parkir::tui::{Lang, Screen};

fn exit() -> Hands {
    let mut hands = Hands::on(Screen::gate_out(setup(Lang::Id, colour())));
    hands.tell(link(parkir::domain::link::Link::Up, 0));
    hands.asked();
    hands
}

#[test]
fn what_the_scanner_reads_finds_the_ticket_field_from_any_focus() {
    let mut hands = exit();
    hands.scans(&ticket()).quotes(quote(car())).types("5000");
    hands.asked();
    hands.tell(Msg::Scanned(ticket()));
    assert_eq!(hands.priced(), [Priced::Key(StayKey::Ticket(ticket()))]);
}

#[test]
fn its_enter_answers_no_question_and_no_login() {
    let mut hands = exit();
    hands.types("x").f(10).wait(2000);
    hands.asked();
    hands.tell(Msg::Scanned(ticket())).tell(Msg::Scanned("Y".into()));
    assert_eq!(hands.asked(), [], "the question stands");
    assert!(hands.text().contains("Jawab pertanyaan ini dulu"), "{}", hands.text());
    hands.key(KeyCode::Char('y'));
    assert_eq!(hands.asked(), [Cmd::Quit], "a person answers");
}

#[test]
fn a_stack_of_paper_tickets_is_keyed_in_one_after_the_other() {
    let mut hands = Hands::on(Screen::gate_in(setup(Lang::Id, colour())));
    hands.ctrl('t').f(9);
    assert_eq!(hands.asked(), [], "nothing is filled in");
    let mut hands = Hands::on(Screen::gate_in(setup(Lang::Id, colour())));
    papers(&mut hands);
    let asked = hands.asked();
    let [Cmd::KeyIn(first)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((first.book.as_str(), first.serial.as_str(), first.class.as_str()), ("K-1", "345", "mobil"));
    assert_eq!(first.entered_at, at("09:30"));
    // Once is once, however often Enter comes.
    hands.enter().f(9);
    assert_eq!(hands.asked(), []);
    hands.tell(keyed(false)).types("b 13 ka").enter().enter().types("9.45").enter();
    let asked = hands.asked();
    let [Cmd::KeyIn(second)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((second.serial.as_str(), second.plate.as_str()), ("346", "B 13 KA"));
    hands.tell(Msg::Refused(parkir::domain::desk::Refusal::PaperTooOld(7)));
    assert!(hands.text().contains("B 13 KA") && hands.text().contains("7 hari lalu"), "{}", hands.text());
}
