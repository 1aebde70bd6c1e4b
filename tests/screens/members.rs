//! Members, vouchers and free passages at the counter: what is told, what is asked for, and that nothing given to one
//! vehicle reaches the next.

use super::world::*;
use jiff::civil::date;
use parkir::domain::concession::{Concession, FreePass, MemberChoice, VoucherSlip};
use parkir::domain::desk::{Quote, Refusal, StayKey, Warning};
use parkir::domain::duty::Duty;
use parkir::domain::lost::Approval;
use parkir::domain::member::{Seen, Standing};
use parkir::domain::money::Rupiah;
use parkir::domain::operator::{Granted, Role};
use parkir::domain::tariff::{FeeLine, LineKind, Voucher};
use parkir::tui::msg::{Cmd, Msg};
use parkir::tui::{Lang, Screen};

pub const STANDINGS: [Standing; 5] =
    [Standing::Valid, Standing::NotYet, Standing::Expired, Standing::Ended, Standing::NoRule];

pub fn siti(standing: Standing) -> Seen {
    Seen {
        name: "Siti Aminah".into(),
        group: "karyawan".into(),
        from: Some(date(2026, 12, 1)),
        until: Some(date(2026, 12, 31)),
        standing,
    }
}

/// As the desk quotes a member's car.
fn of_member() -> Quote {
    let mut quote = quote(car());
    let off = Rupiah::ZERO - quote.fee.total;
    let text = "Anggota karyawan".into();
    quote.fee.lines.push(FeeLine { kind: LineKind::Member, count: 1, minutes: 0, amount: off, text });
    quote.fee.total = Rupiah::ZERO;
    Quote { warnings: vec![Warning::Member(siti(Standing::Valid))], ..quote }
}

pub fn quoted(hands: &mut Hands) -> &mut Hands {
    hands.scans(&ticket()).quotes(of_member())
}

pub fn list(hands: &mut Hands) -> &mut Hands {
    hands.scans(&ticket()).quotes(quote(car())).f(8)
}

pub fn card(hands: &mut Hands) -> &mut Hands {
    list(hands).types("1")
}

pub fn voucher(hands: &mut Hands) -> &mut Hands {
    list(hands).types("2").types("v-001").enter().types("lima").f(9)
}

pub fn free(hands: &mut Hands) -> &mut Hands {
    list(hands).types("3").types("2").types("tamu RW")
}

pub fn at_entry(hands: &mut Hands) -> &mut Hands {
    let told = vec![Warning::Member(siti(Standing::Valid))];
    hands.types("b 4411 kza").enter().tell(Msg::MemberSeen { plate: "B4411KZA".into(), told })
}

fn exit() -> Hands {
    let mut hands = Hands::on(Screen::gate_out(setup(Lang::Id, colour())));
    hands.scans(&ticket()).quotes(quote(car())).asked();
    hands
}

fn asked_for(hands: &mut Hands) -> Concession {
    let asked = hands.asked();
    let [Cmd::Quote { of, more, .. }] = &asked[..] else { unreachable!("{asked:?}") };
    assert!(matches!(**of, Priced::Key(StayKey::Ticket(_))), "{of:?}");
    (**more).clone()
}

fn slip() -> VoucherSlip {
    VoucherSlip { reference: "V-001".into(), worth: Voucher::Amount(Rupiah(2_000)) }
}

fn given(hands: &mut Hands) -> Vec<Concession> {
    let left = hands.asked().into_iter().filter_map(|cmd| match cmd {
        Cmd::Leave(request) => Some(*request.more),
        _ => None,
    });
    left.collect()
}

#[test]
fn a_card_that_is_scanned_is_reckoned_with_and_paid_by_f9_alone() {
    let mut hands = exit();
    hands.f(8).types("1").types("K-01").enter();
    let wish = asked_for(&mut hands);
    assert_eq!(wish.member, MemberChoice::Card("K-01".into()));
    hands.quotes(of_member());
    assert!(hands.text().contains("Anggota: Siti Aminah (karyawan)"), "{}", hands.text());
    assert_eq!(hands.asked(), [], "nothing is taken yet");
    hands.f(9);
    assert_eq!(given(&mut hands), [wish]);
}

#[test]
fn a_voucher_that_is_refused_leaves_the_fee_and_the_payment_as_they_were() {
    let mut hands = exit();
    hands.f(8).types("2").types("v-001").enter().types("2000").f(9);
    assert_eq!(asked_for(&mut hands).voucher, Some(slip()));
    hands.quotes_not(Refusal::VoucherUsed { reference: "V-001".into(), at: at("11:54") });
    assert!(hands.text().contains("SUDAH DIPAKAI") && hands.text().contains("Rp 9.000"), "{}", hands.text());
    hands.enter().f(9);
    assert_eq!(given(&mut hands), [Concession::default()]);
}

#[test]
fn what_one_vehicle_was_given_does_not_reach_the_next() {
    let mut hands = exit();
    hands.f(8).types("2").types("v-001").enter().types("2000").f(9);
    hands.asked();
    hands.quotes(quote(car()));
    let other = parkir::domain::stay::Stay { stay: uuid::Uuid::from_u128(2), ticket: ticket_of(2), ..car() };
    hands.scans(&other.ticket);
    assert_eq!(hands.priced(), [Priced::Key(StayKey::Ticket(other.ticket.clone()))]);
    hands.quotes(quote(other)).enter().f(9);
    assert_eq!(given(&mut hands), [Concession::default()]);
}

fn ticket_of(n: u128) -> String {
    let gate = parkir::domain::ids::GateId::parse("A1").unwrap();
    parkir::domain::ticket::next(&gate, uuid::Uuid::from_u128(n), 77).0
}

pub fn on_duty(role: Role) -> Msg {
    let people = vec![("Budi".to_owned(), role), ("Ani".to_owned(), Role::Supervisor)];
    let shift = parkir::domain::shift::OpenShift {
        id: uuid::Uuid::from_u128(5),
        operator: "Budi".into(),
        opened_at: at("06:00"),
        float: Rupiah::ZERO,
        left: None,
    };
    Msg::Duty(Box::new(Duty { people, operator: "Budi".into(), shift: Some(shift), ..Duty::default() }))
}

#[test]
fn an_operator_needs_a_supervisor_to_let_a_vehicle_go_free_and_a_supervisor_does_not() {
    let pass = |by: &str| FreePass {
        reason: "Dinas".into(),
        note: "tamu".into(),
        by: Some(Approval { supervisor: by.into(), proven: true }),
    };
    let mut hands = exit();
    hands.tell(on_duty(Role::Operator)).f(8).types("3").types("2").types("tamu").f(9);
    assert!(hands.text().contains("Gratis: Dinas") && hands.text().contains("PIN"), "{}", hands.text());
    assert_eq!(hands.asked(), []);
    let granted = Granted { name: "Ani".into(), role: Role::Supervisor, offline: false, must_change: false };
    hands.tell(Msg::Granted(granted));
    assert_eq!(asked_for(&mut hands).free, Some(pass("Ani")));

    let mut hands = exit();
    hands.tell(on_duty(Role::Supervisor)).f(8).types("3").types("2").types("tamu").f(9);
    assert_eq!(asked_for(&mut hands).free, Some(pass("Budi")));
}

#[test]
fn a_member_is_named_while_its_plate_stands_there_and_not_above_another() {
    let mut hands = Hands::on(Screen::gate_in(setup(Lang::Id, colour())));
    at_entry(&mut hands);
    assert!(hands.text().contains("Anggota: Siti Aminah (karyawan), sampai 31-12-2026."), "{}", hands.text());
    let mut hands = Hands::on(Screen::gate_in(setup(Lang::Id, colour())));
    hands.types("b 1 zz").enter();
    let told = vec![Warning::Member(siti(Standing::Valid))];
    hands.tell(Msg::MemberSeen { plate: "B4411KZA".into(), told });
    assert!(!hands.text().contains("Siti"), "{}", hands.text());
}
