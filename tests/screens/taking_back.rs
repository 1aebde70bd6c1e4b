//! An entry is taken back: a reason, a supervisor, and the money that goes back on the screen.

use super::world::*;
use parkir::domain::desk::{EnterAnswer, Warning};
use parkir::domain::lost::Approval;
use parkir::domain::money::Rupiah;
use parkir::domain::operator::{Granted, Role};
use parkir::domain::stay::{State, Stay};
use parkir::domain::undo::{TakeBackRequest, TakenBack};
use parkir::tui::msg::{Cmd, Msg};
use parkir::tui::{Lang, Screen};

/// The last ticket is in the driver's hand.
fn entry() -> Hands {
    let mut hands = Hands::on(Screen::gate_in(setup(Lang::Id, colour())));
    hands.types("b1").enter().enter().wait(600).tell(entered(car())).enter().asked();
    hands
}

pub fn asked(hands: &mut Hands) -> &mut Hands {
    hands.f(4).f(8)
}

fn taken(paid: Option<i64>) -> Msg {
    let stay = Stay { state: State::Void, version: 2, ..car() };
    let paid = paid.map(|sum| (Rupiah(sum), "tunai".to_owned()));
    Msg::TakenBack(Box::new(TakenBack { fact: uuid::Uuid::from_u128(9), stay, paid }))
}

pub fn given_back(hands: &mut Hands) -> &mut Hands {
    asked(hands).types("salah lajur").tell(taken(Some(10_000)))
}

pub fn overpaid(hands: &mut Hands) -> &mut Hands {
    let stay = Stay { prepaid: Some(Rupiah(10_000)), ..car() };
    let warnings = vec![Warning::PrepaidMore(Rupiah(8_000))];
    let answer = EnterAnswer { stay, qr: "A".repeat(150), at: now(), warnings, prepaid: None };
    hands.f(4).types("1").tell(Msg::Corrected(Box::new(answer)))
}

#[test]
fn it_takes_a_reason_and_f9_and_is_gone_from_the_last_ticket() {
    let mut hands = entry();
    asked(&mut hands).enter().f(9);
    assert!(hands.text().contains("Tulis alasannya"), "{}", hands.text());
    hands.types("salah lajur").enter().esc();
    assert_eq!(hands.asked(), [], "Enter and Esc take nothing back");
    asked(&mut hands).types("salah lajur").f(9);
    let by = Approval { supervisor: "Budi".into(), proven: false };
    let request = TakeBackRequest { stay: car().stay, reason: "salah lajur".into(), by };
    assert_eq!(hands.asked(), [Cmd::TakeBack(request)]);
    hands.tell(taken(None));
    assert!(hands.text().contains("dibatalkan. Tarik tiketnya"), "{}", hands.text());
    hands.f(4);
    assert!(!hands.text().contains("Batalkan masuk"), "there is no last ticket: {}", hands.text());
}

#[test]
fn where_there_are_supervisors_one_of_them_allows_it() {
    let mut hands = entry();
    hands.tell(super::members::on_duty(Role::Operator));
    asked(&mut hands).types("salah lajur").f(9);
    assert_eq!(hands.asked(), []);
    hands.types("Ani").enter().types("123456").enter();
    assert!(matches!(&hands.asked()[..], [Cmd::CheckSupervisor { .. }]));
    hands.tell(Msg::Granted(Granted {
        name: "Ani".into(),
        role: Role::Supervisor,
        offline: true,
        must_change: false,
    }));
    assert!(matches!(&hands.asked()[..], [Cmd::TakeBack(request)] if request.by.proven));
}

#[test]
fn what_was_paid_stays_on_the_screen_until_somebody_has_read_it() {
    let mut hands = entry();
    given_back(&mut hands);
    assert!(hands.text().contains("Kembalikan Rp 10.000 (Tunai)"), "{}", hands.text());
}

#[test]
fn the_newest_vehicle_of_another_gate_is_not_put_right_here() {
    let mut hands = Hands::on(Screen::gate_in(setup(Lang::Id, colour())));
    let Msg::Recent(mut rows) = recent(false) else { unreachable!() };
    rows.iter_mut().for_each(|row| row.gate = "A2".into());
    hands.tell(Msg::Recent(rows)).f(4).types("1").f(8);
    assert_eq!(hands.asked(), []);
    assert!(!hands.text().contains("Ubah jenis"), "{}", hands.text());
    hands.tell(recent(false)).f(4);
    assert!(hands.text().contains("Ubah jenis"), "{}", hands.text());
}
