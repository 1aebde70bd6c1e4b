//! Payment without cash: asked for once, never taken for granted, never charged again for nothing.

use super::world::*;
use parkir::domain::charge::{Charge, Standing};
use parkir::domain::desk::Refusal;
use parkir::domain::money::Rupiah;
use parkir::domain::payment::{Method, Payment, Proof, Receipt};
use parkir::tui::msg::{ChargeView, Cmd, Msg};
use parkir::tui::{Lang, Screen, Setup};

/// A car of Rp 9.000 at an exit that takes everything.
fn quoted() -> Hands {
    let mut hands = Hands::on(Screen::gate_out(all_offers(setup(Lang::Id, colour()))));
    hands.scans(&ticket()).quotes(quote(car())).asked();
    hands
}

fn receipt(reference: &str, proof: Proof) -> Receipt {
    Receipt { reference: reference.into(), proof }
}

/// The one payment among what was asked.
fn payment(hands: &mut Hands) -> Option<Payment> {
    let mut all = hands.asked().into_iter().filter_map(|cmd| match cmd {
        Cmd::Leave(request) => Some(request.payment),
        _ => None,
    });
    let first = all.next();
    assert!(all.next().is_none(), "paid twice");
    first
}

#[test]
fn f9_charges_and_only_the_providers_yes_lets_the_car_out() {
    let mut hands = quoted();
    hands.f(6).f(9);
    let amount = quote(car()).fee.total;
    let charge = Charge::begun(car().stay, Method::Qris, amount, now().timestamp());
    assert_eq!(hands.asked(), [Cmd::Charge(Box::new(charge))]);
    // Impatience, another ticket and another method change nothing meanwhile.
    hands.f(9).f(6).enter().scans(&ticket());
    assert_eq!(hands.asked(), []);
    hands.tell(Msg::Charge(ChargeView::Show("0002".into())));
    assert_eq!(hands.asked(), [], "shown is not paid");
    hands.tell(Msg::Charge(ChargeView::Paid(receipt("88412290", Proof::Confirmed))));
    let paid = Payment::Cashless { method: Method::Qris, receipt: receipt("88412290", Proof::Confirmed), amount };
    assert_eq!(payment(&mut hands), Some(paid));
}

#[test]
fn what_was_refused_is_said_and_cash_is_taken_instead() {
    let mut hands = quoted();
    hands.f(6).f(9).tell(Msg::Charge(ChargeView::Refused("saldo kurang".into())));
    assert!(hands.text().contains("QRIS tidak terbayar (saldo kurang)"), "{}", hands.text());
    hands.asked();
    hands.f(6).f(6).enter().f(9);
    assert_eq!(payment(&mut hands), Some(Payment::cash(quote(car()).fee.total)));
}

#[test]
fn where_nobody_knows_the_customers_proof_counts_and_is_marked_as_seen() {
    let mut hands = quoted();
    hands.f(6).f(9).tell(Msg::Charge(ChargeView::Unknown("alat bayar tidak menjawab".into())));
    hands.asked();
    assert!(hands.text().contains("Belum tentu terbayar"), "{}", hands.text());
    hands.types("12").f(9);
    assert_eq!(payment(&mut hands), None);
    assert!(hands.text().contains("Isi nomor pada bukti"), "{}", hands.text());
    hands.types("34").f(9);
    let seen = Payment::Cashless {
        method: Method::Qris,
        receipt: receipt("1234", Proof::Seen),
        amount: quote(car()).fee.total,
    };
    assert_eq!(payment(&mut hands), Some(seen));
}

#[test]
fn esc_cancels_once_and_a_yes_that_comes_all_the_same_is_taken() {
    let mut hands = quoted();
    hands.f(6).f(9).asked();
    hands.esc().esc();
    assert_eq!(hands.asked(), [Cmd::CancelCharge]);
    hands.tell(Msg::Charge(ChargeView::Paid(receipt("8841", Proof::Confirmed))));
    assert!(payment(&mut hands).is_some());
}

#[test]
fn an_exit_that_was_paid_and_could_not_be_saved_is_not_charged_again() {
    let mut hands = quoted();
    hands.f(6).f(9).tell(Msg::Charge(ChargeView::Paid(receipt("8841", Proof::Confirmed)))).asked();
    hands.tell(Msg::NotLeft(Refusal::Storage("disk penuh".into()))).f(9);
    let asked = hands.asked();
    assert!(matches!(&asked[..], [Cmd::Leave(_)]), "{asked:?}");
}

#[test]
fn a_fee_that_was_shown_for_long_is_reckoned_anew_before_it_is_charged() {
    let mut hands = quoted();
    let later = now().checked_add(jiff::SignedDuration::from_mins(6)).unwrap();
    hands.tell(Msg::Tick(later)).f(6).f(9);
    let asked = hands.asked();
    assert!(matches!(&asked[..], [Cmd::Quote { .. }]), "{asked:?}");
}

#[test]
fn nothing_due_is_nothing_to_charge() {
    let mut hands = Hands::on(Screen::gate_out(all_offers(setup(Lang::Id, colour()))));
    let mut free = quote(car());
    free.fee.total = parkir::domain::money::Rupiah::ZERO;
    hands.scans(&ticket()).quotes(free).asked();
    hands.f(6).f(9);
    assert!(matches!(payment(&mut hands), Some(Payment::Cash { .. })));
}

/// PBJT is in the price: said beside the total, and nowhere where the tariff says nothing of it.
#[test]
fn the_tax_in_a_price_is_said_and_changes_no_total() {
    let mut hands = Hands::on(Screen::gate_out(setup(Lang::Id, colour())));
    hands.scans(&ticket()).quotes(taxed_quote());
    let seen = hands.text();
    let line = seen.lines().find(|line| line.contains("termasuk PBJT")).unwrap_or_else(|| panic!("{seen}"));
    assert!(line.contains("818"), "{seen}");
    assert!(seen.contains("Rp 9.000"), "{seen}");
    assert!(!quoted().text().contains("PBJT"));
}

/// The car's quote with what is known of a charge of `amount`.
pub fn charged(amount: Rupiah, standing: Standing) -> Quote {
    let begun = Charge::begun(car().stay, Method::Qris, amount, now().timestamp());
    Quote { charge: Some(Charge { standing, ..begun }), ..quote(car()) }
}

fn confirmed(reference: &str) -> Standing {
    Standing::Paid { receipt: receipt(reference, Proof::Confirmed) }
}

#[test]
fn a_charge_of_a_car_nobody_knows_is_told_at_the_start() {
    let mut hands = Hands::on(Screen::gate_out(all_offers(setup(Lang::Id, colour()))));
    let charge = charged(Rupiah(4_000), Standing::Unknown).charge.unwrap();
    hands.tell(Msg::Charge(ChargeView::Adrift(Box::new(charge))));
    assert!(hands.text().contains("QRIS Rp 4.000 ditagih sebelum padam"), "{}", hands.text());
}

/// A car whose QRIS is there already, or whose end nobody knows.
pub fn scene(setup: Setup, paid: bool) -> Screen {
    let standing = if paid { confirmed("8841 2290") } else { Standing::Unknown };
    let mut hands = Hands::on(Screen::gate_out(all_offers(setup)));
    hands.scans(&ticket()).quotes(charged(quote(car()).fee.total, standing));
    hands.screen
}

/// Cash is taken although QRIS is there.
pub fn besides(setup: Setup) -> Screen {
    let mut hands = Hands::on(Screen::gate_out(all_offers(setup)));
    hands.scans(&ticket()).quotes(charged(quote(car()).fee.total, confirmed("8841 2290")));
    hands.f(6).f(6).types("9000").f(9);
    hands.screen
}

fn at_exit(quote: Quote) -> Hands {
    let mut hands = Hands::on(Screen::gate_out(all_offers(setup(Lang::Id, colour()))));
    hands.scans(&ticket()).quotes(quote).asked();
    hands
}

#[test]
fn what_was_paid_before_the_power_went_is_not_asked_for_again() {
    let fee = quote(car()).fee.total;
    let mut hands = at_exit(charged(fee, confirmed("8841")));
    assert!(hands.text().contains("QRIS Rp 9.000 SUDAH DITERIMA (8841)"), "{}", hands.text());
    hands.f(9);
    assert_eq!(
        payment(&mut hands).and_then(|paid| paid.receipt().cloned()),
        Some(receipt("8841", Proof::Confirmed))
    );
    // Nobody knows its end: the same fee under the same number, which a provider books once.
    let mut hands = at_exit(charged(fee, Standing::Begun));
    assert!(hands.text().contains("QRIS Rp 9.000 sudah ditagih"), "{}", hands.text());
    hands.f(9);
    let asked = hands.asked();
    let [Cmd::Charge(again)] = &asked[..] else { unreachable!("{asked:?}") };
    assert_eq!(again.charge, charged(fee, Standing::Begun).charge.unwrap().charge);
}

#[test]
fn nobody_pays_in_two_ways_without_a_second_look() {
    let fee = quote(car()).fee.total;
    let mut hands = at_exit(charged(fee, confirmed("8841")));
    // Cash although QRIS came in.
    hands.f(6).f(6).types("9000").f(9);
    assert_eq!(hands.asked(), []);
    assert!(hands.text().contains("Sudah diterima: QRIS Rp 9.000"), "{}", hands.text());
    hands.enter();
    assert_eq!(hands.asked(), [], "Enter is the harmless answer");
    hands.f(9).wait(1000).types("y");
    assert_eq!(payment(&mut hands), Some(Payment::cash(Rupiah(9_000))));
    // Another sum than what came in, by the same method: what is missing is not simply taken for paid.
    let mut hands = at_exit(charged(Rupiah(5_000), confirmed("8841")));
    hands.f(9);
    assert_eq!(hands.asked(), []);
    assert!(hands.text().contains("Sudah diterima: QRIS Rp 5.000"), "{}", hands.text());
    hands.wait(1000).types("y");
    assert!(matches!(&hands.asked()[..], [Cmd::Charge(again)] if again.amount == fee));
}

#[test]
fn nobody_leaves_or_hands_over_while_a_fee_is_charged_and_no_late_answer_ends_it() {
    let mut hands = quoted();
    hands.f(6).f(9).asked();
    for key in [10, 12] {
        hands.f(key);
        assert!(hands.text().contains("Pembayaran masih berjalan"), "{}", hands.text());
    }
    hands.tell(Msg::Refused(Refusal::Storage("disk".into()))).quotes(quote(stay(
        9,
        "B17K0000XX",
        None,
        "truk",
        "13:00",
    )));
    assert_eq!(hands.asked(), []);
    hands.tell(Msg::Charge(ChargeView::Paid(receipt("8841", Proof::Confirmed))));
    assert!(payment(&mut hands).is_some(), "what was paid lets the car out");
}

#[test]
fn without_data_what_is_charged_keeps_its_name_however_often_it_is_reckoned() {
    let mut hands = Hands::on(Screen::gate_out(all_offers(setup(Lang::Id, colour()))));
    hands.f(4).f(9).types("9.30").f(9).types("tiket hilang").enter();
    let [Priced::NoData(first)] = &hands.priced()[..] else { unreachable!() };
    assert_eq!(first.stay, None);
    let mut stated = quote(stay(8, "", None, "motor", "09:30"));
    stated.known = "stated".into();
    hands.quotes(stated.clone()).f(6).f(9);
    assert!(matches!(&hands.asked()[..], [Cmd::Charge(charge)] if charge.stay == stated.stay.stay));
    hands.tell(Msg::Charge(ChargeView::Unknown("diam".into())));
    hands.f(4).f(9);
    let [Priced::NoData(again)] = &hands.priced()[..] else { unreachable!() };
    assert_eq!(again.stay, Some(stated.stay.stay), "the form as it was, the name as it was");
}
