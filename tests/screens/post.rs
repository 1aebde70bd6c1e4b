//! Logins and shifts on the screen: what is asked, what is told, and what no key gets past.

use super::world::*;
use crossterm::event::KeyCode;
use jiff::Zoned;
use parkir::domain::cash::Count;
use parkir::domain::desk::Refusal;
use parkir::domain::duty::{Duty, Reckoned};
use parkir::domain::link::Link;
use parkir::domain::money::Rupiah;
use parkir::domain::operator::{Denial, Granted, Role};
use parkir::domain::secret::Secret;
use parkir::domain::shift::{Closing, Handed, Line, OpenShift, Totals};
use parkir::domain::shift_slip::ShiftSlip;
use parkir::domain::view::{DeviceState, Devices};
use parkir::tui::msg::{Cmd, Msg};
use parkir::tui::{Lang, Screen, Setup};
use uuid::Uuid;

fn people() -> Vec<(String, Role)> {
    vec![("Andi".into(), Role::Operator), ("Budi".into(), Role::Operator), ("Sari".into(), Role::Supervisor)]
}

pub fn shift(operator: &str) -> OpenShift {
    OpenShift {
        id: Uuid::from_u128(77),
        operator: operator.into(),
        opened_at: at("07:02"),
        float: Rupiah(200_000),
        left: None,
    }
}

fn duty(duty: Duty) -> Msg {
    Msg::Duty(Box::new(Duty { people: people(), operator: "Budi".into(), ..duty }))
}

fn locked() -> Msg {
    duty(Duty { locked: true, ..Duty::default() })
}

fn working() -> Msg {
    duty(Duty { shift: Some(shift("Budi")), ..Duty::default() })
}

fn handed() -> Msg {
    let handed = Handed { shift: Uuid::from_u128(5), operator: "Andi".into(), left: Rupiah(200_000) };
    duty(Duty { handed: Some(handed), ..Duty::default() })
}

fn slip() -> Msg {
    let shift = shift("Budi");
    let line = |count, sum| Line { count, sum: Rupiah(sum) };
    let totals = Totals {
        regular: line(2, 14_000),
        fines: line(1, 20_000),
        lost: line(1, 5_000),
        methods: [("tunai".to_owned(), line(3, 39_000))].into(),
        openings: 1,
        ..Totals::default()
    };
    let closed_at: Zoned = now();
    let closing = Closing {
        shift: &shift,
        totals,
        count: Some(Count::of(&[2, 0, 1, 1, 1, 1, 1, 1])),
        reason: "kembalian keliru",
        how: "counted",
        at: &closed_at,
        gate: "A1",
        waiting: 0,
    };
    let closed = closing.body();
    Msg::ShiftClosed(Box::new(ShiftSlip {
        site: "RS Harapan".into(),
        gate: "A1".into(),
        closed_by: "Budi".into(),
        opened_at: at("07:02").to_zoned(now().time_zone().clone()),
        closed_at,
        closed,
        seal: "033e8d87911b7299d1936f43a906664336ca3becc81064c0b5a536a7eeba62a7".into(),
    }))
}

fn exit(setup: Setup) -> Hands {
    let mut hands = Hands::on(Screen::gate_out(setup));
    hands.tell(link(Link::Up, 0));
    hands
}

fn with(setup: Setup, work: impl FnOnce(&mut Hands)) -> Screen {
    let mut hands = exit(setup);
    work(&mut hands);
    hands.screen
}

fn done(_: &mut Hands) {}

pub const SCENES: &[super::scenes::Scene] = &[
    ("post_login", |s| with(s, |h| done(h.tell(locked()).types("123456")))),
    ("post_login_wrong_offline", |s| {
        with(s, |h| {
            let open = Duty { locked: true, shift: Some(shift("Budi")), ..Duty::default() };
            h.tell(link(Link::Down, 12)).tell(duty(open)).types("123456").enter();
            h.tell(Msg::Denied(Denial::WrongPin { wait: 80 }));
        })
    }),
    ("post_new_pin", |s| {
        with(s, |h| {
            done(h.tell(duty(Duty { change_pin: true, ..Duty::default() })).types("246810").enter().types("24"))
        })
    }),
    ("post_open", |s| with(s, |h| done(h.tell(duty(Duty::default())).types("200000")))),
    ("post_open_handed_over", |s| with(s, |h| done(h.tell(handed())))),
    ("post_open_differs", |s| {
        with(s, |h| {
            h.tell(handed());
            (0..6).for_each(|_| done(h.key(KeyCode::Backspace)));
            h.types("150000").enter();
        })
    }),
    ("post_menu", |s| with(s, |h| done(h.tell(working()).f(12)))),
    ("post_waiting_question", |s| with(s, |h| done(h.tell(working()).tell(link(Link::Up, 12)).f(12).types("2")))),
    ("post_count", |s| {
        with(s, |h| {
            done(h.tell(working()).f(12).types("2").types("2").enter().enter().types("1").enter().types("1"))
        })
    }),
    ("post_relieve", |s| with(s, |h| done(h.tell(duty(Duty { shift: Some(shift("Andi")), ..Duty::default() }))))),
    ("post_counted_with_variance", |s| {
        with(s, |h| {
            counted(h, 230_000);
            h.f(9);
        })
    }),
    ("post_counted_exactly", |s| with(s, |h| counted(h, 239_000))),
    ("post_slip", |s| {
        with(s, |h| {
            counted(h, 230_000);
            h.types("kembalian keliru").f(9).tell(slip()).tell(locked());
        })
    }),
    ("post_working", |s| with(s, |h| done(h.tell(working())))),
];

fn counted(hands: &mut Hands, sum: i64) {
    hands.tell(working()).f(12).types("2").f(9);
    hands.tell(Msg::Reckoned(Reckoned { counted: Rupiah(sum), expected: Rupiah(239_000) }));
}

fn hands() -> Hands {
    exit(setup(Lang::Id, colour()))
}

#[test]
fn a_name_is_picked_by_letters_a_pin_by_digits_and_nobody_sees_it() {
    let mut h = hands();
    h.tell(locked()).types("s").types("654321");
    assert!(h.text().contains("••••••_") && !h.text().contains("654321"), "{}", h.text());
    h.enter();
    let pin = Secret::new("654321");
    assert_eq!(h.asked(), [Cmd::Login { name: "Sari".into(), pin: pin.clone() }]);
    assert!(!format!("{:?}", Cmd::Login { name: String::new(), pin }).contains("654321"));
    // While it is looked at nothing else is asked.
    h.types("111111").enter();
    assert_eq!(h.asked(), []);
    h.tell(Msg::Denied(Denial::WrongPin { wait: 5 }));
    assert!(h.text().contains("Tunggu 0:05"));
    // Another name begins with an empty PIN.
    h.types("123").key(KeyCode::Up).types("456").enter();
    assert_eq!(h.asked(), [], "three digits are no PIN");
    // One letter behind another's name begins anew.
    h.types("as").types("654321").enter();
    assert!(matches!(&h.asked()[..], [Cmd::Login { name, .. }] if name == "Sari"));
}

#[test]
fn no_key_and_no_scan_gets_past_the_login() {
    let mut h = hands();
    h.tell(locked());
    h.asked();
    for n in 1..=12 {
        if n != 10 {
            h.f(n);
        }
    }
    h.scans(&ticket()).ctrl('k').ctrl('f').ctrl('s').ctrl('t').ctrl('n').types("B 1234 XYZ").enter();
    assert_eq!(h.asked(), [], "{}", h.text());
    assert!(h.text().contains("Masuk petugas"));
    // What was under way is answered below, and does not open the page.
    h.tell(paid(car(), 10_000));
    assert!(h.text().contains("Masuk petugas") && !h.text().contains("Lunas"));
    h.tell(working());
    assert!(h.text().contains("Lunas"), "{}", h.text());
    let mut h = hands();
    h.tell(locked()).esc();
    assert_eq!(h.asked(), [Cmd::Quit]);
}

#[test]
fn a_site_without_users_is_asked_nothing() {
    let mut h = hands();
    h.tell(Msg::Duty(Box::new(Duty { operator: "Budi".into(), ..Duty::default() })));
    h.types(&ticket()).enter();
    assert!(matches!(h.asked().last(), Some(Cmd::Quote { .. })));
    // Shifts work here too, by the name the configuration gives.
    h.f(12).types("1").types("50000").enter();
    assert_eq!(h.asked(), [Cmd::OpenShift(Rupiah(50_000))]);
}

#[test]
fn a_count_is_blind_and_a_variance_needs_its_reason() {
    let mut h = hands();
    h.tell(working()).f(12).types("2").types("2").enter().types("1").f(9);
    assert!(!h.text().contains("Seharusnya "), "the sum is known before the count");
    assert_eq!(h.asked(), [Cmd::CountCash(Count::of(&[2, 1]))]);
    // The count is taken down: it cannot be bettered any more.
    h.types("9").f(9);
    assert_eq!(h.asked(), []);
    h.tell(Msg::Reckoned(Reckoned { counted: Rupiah(250_000), expected: Rupiah(239_000) }));
    assert!(h.text().contains("Rp 11.000"));
    h.f(9);
    assert_eq!(h.asked(), []);
    h.types("lebih").f(9);
    assert_eq!(h.asked(), [Cmd::CloseShift { reason: "lebih".into() }]);
    h.tell(Msg::Refused(Refusal::Storage("disk".into())));
    assert!(h.text().contains("BELUM PASTI TERSIMPAN"));
    h.esc().f(9);
    assert_eq!(h.asked().len(), 1, "tried again");
    h.tell(slip()).tell(locked()).enter();
    assert!(h.text().contains("Masuk petugas"));
    // Counting again is another count.
    let mut h = hands();
    counted(&mut h, 1);
    h.asked();
    h.esc().f(9);
    assert_eq!(h.asked(), [Cmd::CountCash(Count::of(&[]))]);
}

#[test]
fn what_waits_is_offered_and_holds_up_no_closing() {
    let mut h = hands();
    h.tell(working()).tell(link(Link::Up, 3)).f(12).types("2").types("y");
    assert_eq!(h.asked(), [Cmd::SyncNow]);
    h.f(9);
    assert!(matches!(h.asked()[..], [Cmd::CountCash(_)]));
    let mut h = hands();
    h.tell(working()).tell(link(Link::Down, 3)).f(12).types("2").f(9);
    assert!(matches!(h.asked()[..], [Cmd::CountCash(_)]), "nobody to send to, nothing to ask");
}

#[test]
fn who_relieves_another_counts_his_till_first_and_a_new_pin_may_wait() {
    let mut h = hands();
    h.tell(duty(Duty { shift: Some(shift("Andi")), ..Duty::default() })).esc();
    assert_eq!(h.asked(), [Cmd::Lock]);
    let due = Duty { change_pin: true, shift: Some(shift("Budi")), ..Duty::default() };
    h.tell(duty(due.clone()));
    h.types("246810").enter().types("246811").enter();
    assert!(h.asked().is_empty() && h.text().contains("tidak sama"), "{}", h.text());
    h.types("246810").enter().types("246810").enter();
    assert_eq!(h.asked(), [Cmd::NewPin(Secret::new("246810"))]);
    h.tell(Msg::Denied(Denial::NewPinNotTaken)).esc();
    assert!(h.text().contains("Tiket atau plat"), "{}", h.text());
    h.tell(locked()).tell(duty(due));
    assert!(h.text().contains("PIN baru"), "asked again at the next login");
}

#[test]
fn nobody_is_granted_anything_by_a_dialog_that_is_gone() {
    let mut h = hands();
    let granted = Granted { name: "Sari".into(), role: Role::Supervisor, offline: true, must_change: false };
    h.tell(working());
    let before = h.text();
    h.tell(Msg::Granted(granted)).tell(Msg::Denied(Denial::NotSupervisor));
    assert_eq!(h.text(), before);
}

#[test]
fn an_opening_by_hand_waits_for_the_supervisors_pin_and_an_emergency_does_not() {
    let there = Devices { printer: DeviceState::None, barrier: DeviceState::Ready, camera: DeviceState::None };
    let mut h = Hands::on(Screen::gate_out(setup(Lang::Id, colour())));
    h.tell(working()).tell(Msg::Devices(there)).asked();
    h.f(11).types("2").enter().types("rina").f(9);
    assert_eq!(h.asked(), [], "nothing opens before it is allowed");
    h.types("482913").enter();
    let asked = h.asked();
    assert!(matches!(&asked[..], [Cmd::CheckSupervisor { name, .. }] if name == "rina"), "{asked:?}");
    let by = Granted { name: "Rina".into(), role: Role::Supervisor, offline: false, must_change: false };
    h.tell(Msg::Granted(by));
    let asked = h.asked();
    assert!(matches!(&asked[..], [Cmd::OpenBarrier(r)] if r.proven && r.supervisor == "Rina"), "{asked:?}");
    h.f(11).types("1").enter().types("rina").f(9);
    let asked = h.asked();
    assert!(matches!(&asked[..], [Cmd::OpenBarrier(r)] if !r.proven && r.why == "emergency"), "{asked:?}");
}

#[test]
fn a_float_that_is_not_what_was_left_or_is_very_large_is_asked_about_once() {
    let mut h = hands();
    h.tell(handed());
    for _ in 0..6 {
        h.key(KeyCode::Backspace);
    }
    h.types("150000").enter();
    assert_eq!(h.asked(), [], "asked first");
    assert!(h.text().contains("Selisih Rp -50.000"), "{}", h.text());
    h.enter().enter();
    assert_eq!(h.asked(), [], "Enter answers nothing");
    // Another sum is another question, and the right one is none.
    h.key(KeyCode::Backspace);
    assert!(!h.text().contains("Selisih"), "{}", h.text());
    h.types("0").f(9).f(9);
    assert_eq!(h.asked(), [Cmd::OpenShift(Rupiah(150_000))]);

    let mut h = hands();
    h.tell(duty(Duty::default())).types("999999999").enter().enter();
    assert_eq!(h.asked(), []);
    assert!(h.text().contains("Rp 999.999.999 besar sekali"), "{}", h.text());
    h.f(9);
    assert_eq!(h.asked(), [Cmd::OpenShift(Rupiah(999_999_999))]);
}
