//! Lost tickets and what a supervisor puts right, on the screen: found by what somebody saw, allowed by a PIN, and never by
//! an Enter.

use super::world::*;
use jiff::SignedDuration;
use parkir::domain::desk::Refusal;
use parkir::domain::duty::Duty;
use parkir::domain::lost::{Approval, LostClaim, Waiver};
use parkir::domain::money::Rupiah;
use parkir::domain::operator::{Granted, Role};
use parkir::domain::payment::{Method, Proof, Receipt};
use parkir::domain::tariff::{FeeLine, LineKind};
use parkir::domain::undo::{LastExit, MethodRequest, Undone, VoidRequest};
use parkir::tui::dialog::lost::Wanted;
use parkir::tui::msg::{Cmd, Msg};
use parkir::tui::{Lang, Screen, Setup};
use uuid::Uuid;

pub const SCENES: &[super::scenes::Scene] = &[
    ("lost_list", |s| with(s, |h| h.f(8))),
    ("lost_search", |s| with(s, |h| h.ctrl('l').types("123"))),
    ("lost_found", |s| with(s, found)),
    ("lost_none", |s| {
        with(s, |h| h.ctrl('l').types("zz").enter().tell(Msg::LostFound { wanted: wanted("ZZ"), stays: vec![] }))
    }),
    ("lost_claim", |s| with(s, |h| found(h).enter().types("123x").enter())),
    ("lost_fined", |s| with(s, fined)),
    ("lost_waiver_asks_supervisor", |s| with(s, |h| found(h).enter().enter().types("kenal").f(9))),
    ("void_list", |s| with(s, |h| exits(h, "5"))),
    ("void_none", |s| with(s, |h| h.f(8).types("5").tell(Msg::Exits(Vec::new())))),
    ("void_asks_supervisor", |s| with(s, |h| exits(h, "5").enter().types("salah kendaraan").f(9))),
    ("method_list", |s| with(s, |h| exits(h, "6").enter())),
    ("refund_form", |s| with(s, |h| h.f(8).types("7").f(9))),
];

fn people() -> Msg {
    let people = vec![("Budi".into(), Role::Operator), ("Sari".into(), Role::Supervisor)];
    let shift = Some(super::post::shift("Budi"));
    Msg::Duty(Box::new(Duty { people, operator: "Budi".into(), shift, ..Duty::default() }))
}

fn with(setup: Setup, act: impl FnOnce(&mut Hands) -> &mut Hands) -> Screen {
    let mut hands = Hands::on(Screen::gate_out(setup));
    hands.tell(people());
    act(&mut hands);
    hands.screen
}

fn gate() -> Hands {
    let mut hands = Hands::on(Screen::gate_out(setup(Lang::Id, colour())));
    hands.tell(people()).asked();
    hands
}

fn wanted(plate: &str) -> Wanted {
    Wanted { plate: plate.into(), class: None, hours: None }
}

fn cars() -> Vec<parkir::domain::stay::Stay> {
    vec![
        stay(1, &ticket(), Some("B1234XYZ"), "mobil", "11:54"),
        stay(2, "A17K000212", Some("D8123KK"), "motor", "12:30"),
        stay(3, "A17K000320", None, "motor", "13:01"),
    ]
}

fn found(hands: &mut Hands) -> &mut Hands {
    hands.ctrl('l').types("123").enter();
    hands.tell(Msg::LostFound { wanted: wanted("123"), stays: cars() }).tell(photo(1, false)).tell(photo(2, false))
}

fn fine_quote() -> Quote {
    let mut quote = quote(cars().remove(0));
    quote.fee.total += Rupiah(20_000);
    quote.fee.lines.push(FeeLine {
        kind: LineKind::LostFine,
        count: 1,
        minutes: 0,
        amount: Rupiah(20_000),
        text: "Denda tiket hilang".into(),
    });
    quote
}

fn fined(hands: &mut Hands) -> &mut Hands {
    found(hands).enter().types("12345x").f(9).quotes(fine_quote())
}

fn last() -> Vec<LastExit> {
    let exit = |n: u128, ticket: &str, fee, method: &str| LastExit {
        fact: Uuid::from_u128(n),
        stay: Uuid::from_u128(100 + n),
        ticket: ticket.into(),
        class: "mobil".into(),
        at: at("13:40") - SignedDuration::from_mins(i64::try_from(n).unwrap() * 3),
        fee: Rupiah(fee),
        method: method.into(),
        claim: None,
        alone: ticket.is_empty(),
    };
    vec![exit(1, "A17K000212", 5_000, "tunai"), exit(2, "", 25_000, "qris"), exit(3, "A17K000320", 9_000, "tunai")]
}

fn exits<'a>(hands: &'a mut Hands, digit: &str) -> &'a mut Hands {
    hands.f(8).types(digit).tell(Msg::Exits(last()))
}

fn granted() -> Msg {
    Msg::Granted(Granted { name: "Sari".into(), role: Role::Supervisor, offline: true, must_change: false })
}

fn sari() -> Approval {
    Approval { supervisor: "Sari".into(), proven: true }
}

#[test]
fn a_lost_ticket_goes_from_what_was_seen_to_a_fee_and_is_paid_as_one() {
    let mut hands = gate();
    hands.types("123").ctrl('l').enter();
    assert_eq!(hands.asked(), [Cmd::FindLost(wanted("123"))], "what was typed is looked for again");
    hands.tell(Msg::LostFound { wanted: wanted("9"), stays: cars() });
    assert!(!hands.text().contains("D 8123 KK"), "the answer to another question");
    hands.tell(Msg::LostFound { wanted: wanted("123"), stays: cars() });
    let all: Vec<Cmd> = cars().iter().map(|car| Cmd::LookAt(car.stay)).collect();
    assert_eq!(hands.asked(), all, "the photos of those it may be");
    hands.key(crossterm::event::KeyCode::Down).key(crossterm::event::KeyCode::Up);
    assert_eq!(hands.asked(), [], "they are there");
    hands.enter().types("12-345x").f(9);
    let (stay, claim) = (cars()[0].stay, LostClaim { seen: Some("345X".into()), waiver: None });
    assert_eq!(hands.priced(), [Priced::Lost(stay, claim.clone())]);
    hands.quotes(fine_quote());
    assert!(hands.text().contains("Denda tiket hilang"), "{}", hands.text());
    hands.types("50000").f(9);
    let asked = hands.asked();
    let [Cmd::Leave(request)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(request.lost, Some(claim));
}

#[test]
fn the_photo_strip_goes_along_with_the_selection_and_asks_for_each_photo_once() {
    let many: Vec<_> = (1..=9).map(|n| stay(n, "", Some(&format!("B{n}AA")), "motor", "12:30")).collect();
    let looked = |hands: &mut Hands| -> Vec<u128> {
        let asked = hands.asked();
        asked.iter().map(|c| if let Cmd::LookAt(stay) = c { stay.as_u128() } else { 0 }).collect()
    };
    let mut hands = gate();
    hands.ctrl('l').types("a").enter().asked();
    hands.tell(Msg::LostFound { wanted: wanted("A"), stays: many });
    assert_eq!(looked(&mut hands), [1, 2, 3]);
    hands.key(crossterm::event::KeyCode::Down);
    assert_eq!(looked(&mut hands), [] as [u128; 0]);
    hands.key(crossterm::event::KeyCode::Down);
    assert_eq!(looked(&mut hands), [4]);
    hands.key(crossterm::event::KeyCode::PageDown);
    assert_eq!(looked(&mut hands), [9, 7, 8], "the selected one first");
}

#[test]
fn class_and_time_narrow_the_search_and_nothing_found_goes_on_without_data() {
    let mut hands = gate();
    hands.ctrl('l').key(crossterm::event::KeyCode::Tab).types(" ").key(crossterm::event::KeyCode::Tab).types("  ");
    hands.enter();
    let narrow = Wanted { plate: String::new(), class: Some("motor".into()), hours: Some(3) };
    assert_eq!(hands.asked(), [Cmd::FindLost(narrow.clone())]);
    hands.tell(Msg::LostFound { wanted: narrow, stays: Vec::new() });
    assert!(hands.text().contains("Tidak ada yang cocok"));
    hands.f(4);
    assert!(hands.text().contains("tanpa data"), "{}", hands.text());
}

#[test]
fn a_waived_fine_a_void_and_a_correction_wait_for_the_supervisors_pin() {
    let mut hands = gate();
    found(&mut hands).enter().enter().types("pelanggan tetap").f(9);
    assert!(!hands.asked().iter().any(|cmd| matches!(cmd, Cmd::Quote { .. })), "nobody allowed it");
    hands.types("sari").enter().types("123456").enter();
    assert!(matches!(&hands.asked()[..], [Cmd::CheckSupervisor { name, .. }] if name == "sari"));
    hands.tell(granted());
    let waiver = Some(Waiver { reason: "pelanggan tetap".into(), by: sari() });
    let claim = LostClaim { seen: None, waiver };
    assert_eq!(hands.priced(), [Priced::Lost(cars()[0].stay, claim)]);

    let mut hands = gate();
    hands.f(8).types("5");
    assert_eq!(hands.asked(), [Cmd::LoadExits]);
    hands.tell(Msg::Exits(last())).key(crossterm::event::KeyCode::Down).f(9);
    assert!(hands.text().contains("Tulis alasannya"), "{}", hands.text());
    hands.types("salah").enter().enter().enter();
    assert_eq!(hands.asked(), [], "an Enter takes nothing back");
    hands.f(9).types("sari").enter().types("123456").enter().asked();
    hands.tell(granted());
    let fact = last()[1].fact;
    assert_eq!(hands.asked(), [Cmd::VoidExit(VoidRequest { fact, reason: "salah".into(), by: sari() })]);
    // Refused: what was typed is still there.
    hands.tell(Msg::Refused(Refusal::ExitUnknown("x".into())));
    assert!(hands.text().contains("salah"), "{}", hands.text());
    let exit = last().remove(1);
    hands.tell(Msg::Undone(Box::new(Undone { fact: Uuid::nil(), exit, method: None, stay: None })));
    assert!(hands.text().contains("Kembalikan Rp 25.000"), "{}", hands.text());

    let mut hands = gate();
    exits(&mut hands, "6").enter().enter().types("8841").enter().types("bayar qris").f(9);
    hands.types("sari").enter().types("123456").enter().asked();
    hands.tell(granted());
    let receipt = Some(Receipt { reference: "8841".into(), proof: Proof::Seen });
    let (fact, reason) = (last()[0].fact, "bayar qris".to_owned());
    let request = MethodRequest { fact, method: Method::Qris, receipt, reason, by: sari() };
    assert_eq!(hands.asked(), [Cmd::CorrectMethod(request)]);
}

#[test]
fn a_permission_given_to_a_dialog_that_was_closed_does_nothing() {
    let mut hands = gate();
    exits(&mut hands, "5").enter().types("salah").f(9).types("sari").enter().types("123456").enter();
    hands.esc().asked();
    hands.tell(granted());
    assert_eq!(hands.asked(), []);
}

#[test]
fn a_fine_goes_back_by_its_code_and_where_nobody_knows_it_the_sum_is_flagged() {
    let code = parkir::domain::lost::code("B1", Uuid::from_u128(7));
    let mut hands = gate();
    hands.f(8).types("7").types("xxx").f(9);
    assert!(hands.text().contains("Isi kode"), "{}", hands.text());
    hands
        .ctrl('h')
        .ctrl('h')
        .ctrl('h')
        .types(&code.to_lowercase())
        .enter()
        .types("20000")
        .enter()
        .types("ketemu")
        .f(9);
    hands.types("sari").enter().types("123456").enter().asked();
    hands.tell(granted());
    let asked = hands.asked();
    let [Cmd::Refund(request)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((&request.code, request.amount, &request.by), (&code, Some(Rupiah(20_000)), &sari()));
    hands.tell(Msg::PaidBack { code, amount: Rupiah(20_000), unverified: true });
    assert!(hands.text().contains("bayar Rp 20.000") && hands.text().contains("Ditandai"), "{}", hands.text());
}
