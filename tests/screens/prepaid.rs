//! Bayar di depan on the screen: the sum before the ticket, and no Enter that pays.

use super::world::*;
use parkir::domain::desk::{EnterAnswer, EnterRequest, Quote, Refusal, Warning};
use parkir::domain::money::Rupiah;
use parkir::domain::payment::{Method, Payment, Proof, Receipt};
use parkir::domain::prepaid::{Due, Prepaid, Upfront};
use parkir::domain::tariff::{FeeLine, LineKind};
use parkir::tui::msg::{ChargeView, Cmd, Msg};
use parkir::tui::{Lang, Screen};

const VISIT: uuid::Uuid = uuid::Uuid::from_u128(77);

fn first() -> FeeLine {
    let text = "jam pertama".into();
    FeeLine { kind: LineKind::First, count: 1, minutes: 60, amount: Rupiah(5_000), text }
}

fn due_of() -> Due {
    Due { visit: VISIT, class: "mobil".into(), amount: Rupiah(5_000), lines: vec![first()] }
}

fn due() -> Msg {
    Msg::Refused(Refusal::PrepaymentDue(Box::new(due_of())))
}

/// The class is chosen, Enter was pressed, and money is due.
pub fn asked(hands: &mut Hands) -> &mut Hands {
    hands.enter().tell(Msg::PlateSeen { plate: "B1234XYZ".into(), inside: None }).wait(600).tell(due())
}

fn prepaid_of() -> Prepaid {
    Prepaid {
        amount: Rupiah(5_000),
        method: "tunai".into(),
        tendered: Rupiah(20_000),
        change: Rupiah(15_000),
        receipt: None,
        charge: None,
        lines: vec![first()],
        tax: None,
        flags: vec![],
    }
}

fn entered(prepaid: Option<Prepaid>) -> EnterAnswer {
    let stay = parkir::domain::stay::Stay { prepaid: prepaid.as_ref().map(|paid| paid.amount), ..car() };
    EnterAnswer { stay, qr: "A".repeat(150), at: now(), warnings: vec![], prepaid: prepaid.map(Box::new) }
}

pub fn saved(hands: &mut Hands) -> &mut Hands {
    asked(hands).types("20000").f(9).tell(Msg::Entered(Box::new(entered(Some(prepaid_of())))))
}

pub fn quoted(hands: &mut Hands) -> &mut Hands {
    let mut quote = quote(car());
    quote.stay.prepaid = Some(Rupiah(5_000));
    quote.fee = quote.fee.less(Rupiah(5_000));
    hands.types(&ticket()).enter().quotes(quote)
}

pub fn unknown(hands: &mut Hands) -> &mut Hands {
    let warnings = vec![Warning::PrepaidUnknown, Warning::QrOnly];
    hands.scans(&"A".repeat(150)).quotes(Quote { warnings, known: "qr".into(), ..quote(car()) })
}

#[test]
fn money_comes_before_the_ticket_enter_never_pays_and_esc_loses_nothing() {
    let mut hands = Hands::on(Screen::gate_in(setup(Lang::Id, colour())));
    hands.types("b 1234 xyz").enter().types("2").enter();
    hands.tell(Msg::PlateSeen { plate: "B1234XYZ".into(), inside: None }).wait(600);
    let entry = |cmds: Vec<Cmd>| {
        let mut asked = cmds.into_iter().filter_map(|cmd| match cmd {
            Cmd::Enter(request) => Some(request),
            _ => None,
        });
        (asked.next(), asked.next())
    };
    let (request, none) = entry(hands.asked());
    let request = request.unwrap();
    assert_eq!((&request.upfront, none), (&Upfront::Asked, None));
    hands.tell(due());
    // An Enter, and one more: the exact sum stands there, nothing is paid. Too little is not taken.
    hands.enter().enter().esc();
    assert_eq!(entry(hands.asked()), (None, None));
    hands.enter().tell(due()).types("4999").wait(1_000).f(9);
    let (again, none) = entry(hands.asked());
    assert_eq!((again.unwrap().upfront, none), (Upfront::Asked, None));
    // Another sum: the first quick one above it.
    for _ in 0..4 {
        hands.key(crossterm::event::KeyCode::Backspace);
    }
    hands.types("2").f(9);
    let (paid, none) = entry(hands.asked());
    let paid = paid.unwrap();
    let visit = Some(VISIT);
    assert_eq!(paid.upfront, Upfront::Paid { payment: Payment::cash(Rupiah(10_000)), visit });
    assert_eq!((paid.plate, paid.class, none), (request.plate, request.class, None));
}

/// At an entry that takes every payment there is, money is due and QRIS is chosen.
pub fn by_qris(hands: &mut Hands) -> &mut Hands {
    asked(hands).f(6).wait(1_000)
}

pub fn charging(hands: &mut Hands) -> &mut Hands {
    by_qris(hands).f(9)
}

pub fn unclear(hands: &mut Hands) -> &mut Hands {
    charging(hands).tell(Msg::Charge(ChargeView::Unknown("tidak menjawab".into())))
}

/// The money came in and the entry could not be saved: the same vehicle once more.
pub fn unsaved(hands: &mut Hands) -> &mut Hands {
    charging(hands).tell(Msg::Charge(ChargeView::Paid(confirmed())));
    hands.tell(Msg::Refused(Refusal::Storage("penuh".into()))).wait(1_000).f(9).tell(due())
}

fn confirmed() -> Receipt {
    Receipt { reference: "8841".into(), proof: Proof::Confirmed }
}

fn at_entry() -> Hands {
    let mut hands = Hands::on(Screen::gate_in(all_offers(setup(Lang::Id, colour()))));
    hands.types("b 1234 xyz").enter().types("2");
    hands
}

fn qris(reference: &str, proof: Proof) -> Payment {
    let receipt = Receipt { reference: reference.into(), proof };
    Payment::Cashless { method: Method::Qris, receipt, amount: Rupiah(5_000) }
}

/// What the screen asked for since the last time: charges, cancellings, entries that were paid.
fn said(hands: &mut Hands) -> Vec<String> {
    let told = |cmd: Cmd| match cmd {
        Cmd::Charge(charge) => Some(format!("charge {} {} {}", charge.charge, charge.method, charge.amount.0)),
        Cmd::CancelCharge => Some("cancel".into()),
        Cmd::Quit => Some("quit".into()),
        Cmd::Enter(EnterRequest { upfront: Upfront::Paid { payment, visit }, .. }) => {
            assert_eq!(visit, Some(VISIT));
            Some(match payment.receipt() {
                Some(receipt) => format!("enter {} {:?}", receipt.reference, receipt.proof),
                None => "enter cash".into(),
            })
        }
        _ => None,
    };
    hands.asked().into_iter().filter_map(told).collect()
}

#[test]
fn what_is_due_on_the_way_in_is_charged_once_and_the_ticket_comes_with_the_money() {
    let mut hands = at_entry();
    charging(&mut hands);
    let asked = format!("charge {}-qris-5000 qris 5000", VISIT.simple());
    assert_eq!(said(&mut hands), std::slice::from_ref(&asked));
    // Nothing ends it but its own answer: not F9, not Enter, not F10 or F12, and Esc asks for one.
    hands.f(9).enter().f(10).f(12).esc().esc();
    assert_eq!(said(&mut hands), ["cancel"]);
    hands.tell(Msg::Charge(ChargeView::Refused("batal".into()))).wait(1_000).f(9);
    assert_eq!(said(&mut hands), std::slice::from_ref(&asked), "another name for the same money");
    hands.tell(Msg::Charge(ChargeView::Show("00020101".into()))).esc();
    assert_eq!(said(&mut hands), [] as [String; 0], "the QR is closed, nothing more");
    hands.tell(Msg::Charge(ChargeView::Paid(confirmed())));
    assert_eq!(said(&mut hands), ["enter 8841 Confirmed"]);
    // It could not be saved: the money is there, whatever was due is asked for under the old name.
    hands.tell(Msg::Refused(Refusal::Storage("penuh".into()))).wait(1_000).f(9);
    let mut other = Due { visit: uuid::Uuid::from_u128(78), ..due_of() };
    other.lines.clear();
    hands.tell(Msg::Refused(Refusal::PrepaymentDue(Box::new(other)))).wait(1_000).f(6).f(9);
    assert_eq!(said(&mut hands), ["enter 8841 Confirmed"]);
}

#[test]
fn a_charge_nobody_knows_the_end_of_is_answered_by_the_number_on_the_proof() {
    let mut hands = at_entry();
    unclear(&mut hands).wait(1_000).types("77 8").f(9);
    let charged = said(&mut hands);
    assert_eq!((charged.len(), charged[0].starts_with("charge")), (1, true), "three digits are no number");
    hands.types("812").f(9);
    assert_eq!(said(&mut hands), ["enter 77 8812 Seen"]);
    assert!(qris("77 8812", Proof::Seen).check(Rupiah(5_000)).is_ok());
}

#[test]
fn the_next_vehicle_owes_nothing_to_the_money_of_the_one_before() {
    let mut hands = at_entry();
    unsaved(&mut hands).esc().esc();
    said(&mut hands);
    for _ in 0..10 {
        hands.key(crossterm::event::KeyCode::Backspace);
    }
    hands.types("d 77 ab").enter().enter();
    hands.tell(Msg::PlateSeen { plate: "D77AB".into(), inside: None }).wait(600);
    let next = Due { visit: uuid::Uuid::from_u128(79), ..due_of() };
    hands.tell(Msg::Refused(Refusal::PrepaymentDue(Box::new(next)))).f(6).wait(1_000).f(9);
    assert_eq!(said(&mut hands), [format!("charge {}-qris-5000 qris 5000", uuid::Uuid::from_u128(79).simple())]);
}

#[test]
fn money_that_came_in_is_remembered_while_another_vehicle_goes_first() {
    let mut hands = at_entry();
    unsaved(&mut hands).esc().esc();
    for _ in 0..10 {
        hands.key(crossterm::event::KeyCode::Backspace);
    }
    let asks = |hands: &mut Hands, plate: &str, visit: u128| {
        hands.types(plate).enter().enter();
        hands.tell(Msg::PlateSeen { plate: plate.replace(' ', "").to_uppercase(), inside: None }).wait(600);
        let due = Due { visit: uuid::Uuid::from_u128(visit), ..due_of() };
        hands.tell(Msg::Refused(Refusal::PrepaymentDue(Box::new(due)))).wait(1_000);
    };
    // Another vehicle pays in cash and is let in; an entry where nothing was due forgets nobody either.
    asks(&mut hands, "d 77 ab", 79);
    hands.f(9).tell(Msg::Entered(Box::new(entered(Some(prepaid_of())))));
    hands.enter().types("d 78 ab").enter().enter();
    hands.tell(Msg::PlateSeen { plate: "D78AB".into(), inside: None }).wait(600);
    hands.tell(Msg::Entered(Box::new(entered(None)))).enter();
    hands.asked();
    asks(&mut hands, "b 1234 xyz", 80);
    hands.f(9);
    assert_eq!(said(&mut hands), ["enter 8841 Confirmed"]);
}
