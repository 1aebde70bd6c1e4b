//! Bayar di depan on the screen: the sum before the ticket, and no Enter that pays.

use super::world::*;
use parkir::domain::desk::{EnterAnswer, Quote, Refusal, Warning};
use parkir::domain::money::Rupiah;
use parkir::domain::payment::Payment;
use parkir::domain::prepaid::{Due, Prepaid, Upfront};
use parkir::domain::tariff::{FeeLine, LineKind};
use parkir::tui::msg::{Cmd, Msg};
use parkir::tui::{Lang, Screen};

fn first() -> FeeLine {
    let text = "jam pertama".into();
    FeeLine { kind: LineKind::First, count: 1, minutes: 60, amount: Rupiah(5_000), text }
}

fn due() -> Msg {
    let due = Due { class: "mobil".into(), amount: Rupiah(5_000), lines: vec![first()] };
    Msg::Refused(Refusal::PrepaymentDue(Box::new(due)))
}

/// The class is chosen, Enter was pressed, and money is due.
pub fn asked(hands: &mut Hands) -> &mut Hands {
    hands.enter().tell(Msg::PlateSeen { plate: "B1234XYZ".into(), inside: None }).wait(600).tell(due())
}

pub fn saved(hands: &mut Hands) -> &mut Hands {
    let prepaid = Prepaid {
        amount: Rupiah(5_000),
        method: "tunai".into(),
        tendered: Rupiah(20_000),
        change: Rupiah(15_000),
        receipt: None,
        lines: vec![first()],
        tax: None,
    };
    let stay = parkir::domain::stay::Stay { prepaid: Some(Rupiah(5_000)), ..car() };
    let answer =
        EnterAnswer { stay, qr: "A".repeat(150), at: now(), warnings: vec![], prepaid: Some(prepaid.into()) };
    asked(hands).types("20000").f(9).tell(Msg::Entered(Box::new(answer)))
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
    assert_eq!(paid.upfront, Upfront::Paid(Payment::cash(Rupiah(10_000))));
    assert_eq!((paid.plate, paid.class, none), (request.plate, request.class, None));
}
