//! Every screen and dialog as it looks in one moment; `screens.rs` draws them all.

use super::world::*;
use crossterm::event::KeyCode;
use parkir::domain::capacity::{Fill, Room};
use parkir::domain::desk::{EnterAnswer, Quote, Refusal, Warning};
use parkir::domain::duplicates::{Certainty, Found, Group, Member};
use parkir::domain::link::Link;
use parkir::domain::money::Rupiah;
use parkir::domain::view::*;
use parkir::tui::msg::{ChargeView, Msg};
use parkir::tui::{Screen, Setup, Waits};
use uuid::Uuid;

pub type Scene = (&'static str, fn(Setup) -> Screen);

pub const SCENES: &[Scene] = &[
    ("entry_at_start", |s| Hands::on(Screen::gate_in(s)).screen),
    ("entry_class_chosen", |s| typed(s).screen),
    ("entry_plate_inside_question", |s| inside(s).screen),
    ("entry_saved", |s| saved(s).screen),
    ("entry_qr", |s| with(saved(s), |h| h.f(6))),
    ("entry_offline_with_banner", |s| with(typed(s), offline)),
    ("entry_correct_class", |s| with(saved(s), |h| h.f(4))),
    ("entry_overpaid", |s| with(saved(s), super::taking_back::overpaid)),
    ("entry_take_back", |s| with(saved(s), super::taking_back::asked)),
    ("entry_taken_back", |s| with(saved(s), super::taking_back::given_back)),
    ("entry_prepaid", |s| with(typed(s), super::prepaid::asked)),
    ("entry_prepaid_change", |s| with(typed(s), |h| super::prepaid::asked(h).types("20000"))),
    ("entry_prepaid_short", |s| with(typed(s), |h| super::prepaid::asked(h).types("2000").f(9))),
    ("entry_prepaid_saved", |s| with(typed(s), super::prepaid::saved)),
    ("entry_prepaid_qris", |s| with(typed(all_offers(s)), super::prepaid::by_qris)),
    ("entry_prepaid_charging", |s| with(typed(all_offers(s)), super::prepaid::charging)),
    ("entry_prepaid_unclear", |s| with(typed(all_offers(s)), super::prepaid::unclear)),
    ("entry_prepaid_unsaved", |s| with(typed(all_offers(s)), super::prepaid::unsaved)),
    ("exit_charge_paid_before", |s| super::cashless::scene(s, true)),
    ("exit_charge_unclear", |s| super::cashless::scene(s, false)),
    ("exit_other_money_question", super::cashless::besides),
    ("exit_prepaid", |s| with(exit(s), super::prepaid::quoted)),
    ("exit_prepaid_unknown", |s| with(exit(s), super::prepaid::unknown)),
    ("entry_without_plate", |s| with(entry(s), |h| h.f(8))),
    ("entry_plate_empty", |s| with(entry(s), |h| h.enter())),
    ("entry_unusual_plate", |s| with(entry(s), |h| h.types("x12").enter())),
    ("entry_saving", |s| with(typed(s), |h| h.enter().tell(seen("B 1234 XYZ", None)))),
    ("entry_leave_question", |s| with(typed(s), |h| h.f(10))),
    ("entry_help", |s| with(entry(s), |h| h.f(1))),
    ("entry_barrier_silent", |s| {
        with(entry(s), |h| h.tell(barrier(DeviceState::Failed("tidak menjawab".into()))))
    }),
    ("entry_barrier_by_hand", |s| with(entry(s), |h| h.tell(barrier(DeviceState::Ready)).f(11))),
    ("exit_barrier_unreasoned", |s| with(exit(s), |h| h.tell(barrier(DeviceState::Ready)).f(11).types("6").f(9))),
    ("exit_at_start", |s| exit(s).screen),
    ("exit_quoted", |s| quoted(s).screen),
    ("exit_short_of_money", |s| with(quoted(s), |h| h.types("5000").f(9))),
    ("exit_quick_amount", |s| with(quoted(s), |h| h.types("2"))),
    ("exit_paid", |s| with(quoted(s), |h| h.enter().f(9).tell(paid(car(), 10_000)))),
    ("exit_qris", |s| with(quoted(all_offers(s)), |h| h.f(6))),
    ("exit_qris_charging", |s| with(quoted(all_offers(s)), |h| h.f(6).f(9))),
    ("exit_qris_maybe_paid", |s| with(quoted(all_offers(s)), maybe_paid)),
    ("exit_emoney_proof", |s| with(quoted(all_offers(s)), |h| h.f(6).f(6).types("8841"))),
    ("exit_clock_question", |s| with(exit(s), doubtful)),
    ("exit_stated_inside_question", |s| with(exit(s), |h| super::seeking::stated_inside(h).enter().f(9))),
    ("exit_already_out", |s| with(exit(s), already_out)),
    ("exit_choose_from_list", |s| with(exit(s), choose)),
    ("exit_find", |s| with(exit(s), |h| h.f(3))),
    ("exit_nothing_found", |s| with(exit(s), nothing)),
    ("exit_without_data", |s| with(exit(s), |h| no_data(h).enter())),
    ("exit_without_data_quoted", |s| with(exit(s), stated)),
    ("exit_forged_qr", |s| with(exit(s), forged)),
    ("exit_member", |s| with(exit(s), super::members::quoted)),
    ("exit_f8", |s| with(exit(s), super::members::list)),
    ("exit_f8_member", |s| with(exit(s), super::members::card)),
    ("exit_f8_voucher", |s| with(exit(s), super::members::voucher)),
    ("exit_f8_free", |s| with(exit(s), super::members::free)),
    ("entry_member", |s| with(entry(s), super::members::at_entry)),
    ("exit_altered_qr", |s| with(exit(s), |h| scanned(h, Refusal::QrAltered))),
    ("exit_foreign_qr", |s| with(exit(s), |h| scanned(h, Refusal::QrForeign))),
    ("exit_revoked_qr", |s| with(exit(s), |h| scanned(h, Refusal::QrRevoked))),
    ("exit_used_qr", |s| with(exit(s), |h| scanned(h, Refusal::QrUsed(Box::new(left(car(), "13:31")))))),
    ("exit_qr_elsewhere", |s| with(exit(s), elsewhere)),
    ("entry_full", |s| with(entry(s), full)),
    ("entry_filling_as_heard", |s| with(entry(s), |h| h.tell(filling()))),
    ("entry_paper", |s| with(entry(s), papers)),
    ("entry_paper_twice", |s| with(entry(s), |h| papers(h).tell(keyed(true)))),
    ("sync_question", |s| with(entry(s), ask)),
    ("sync_question_exits_only", |s| {
        let ask = SyncAsk { entries: 0, exits: 3, from: at("13:02"), to: at("13:02") };
        with(entry(s), |h| h.tell(link(Link::Up, 6)).tell(Msg::SyncAsk(ask.clone())))
    }),
    ("sync_progress", |s| with(entry(s), progress)),
    ("sync_summary", |s| with(entry(s), summary)),
    ("sync_summary_full", |s| with(entry(s), summary_full)),
    ("sync_screen", |s| with(Hands::on(Screen::sync(s, terminals(&[]), 0)), |h| h.tell(link(Link::Up, 12)))),
    ("sync_screen_of_three", |s| {
        let gates = terminals(&[("A1", 0), ("A2", 12), ("B1", 7)]);
        with(Hands::on(Screen::sync(s, gates, 1)), |h| h.tell(link(Link::Up, 12)))
    }),
    ("menu", |s| with(Hands::on(Screen::menu(s)), |h| h.tell(link(Link::Up, 0)).key(KeyCode::Down))),
    ("sync_screen_deferred", |s| {
        let view = LinkView { link: Link::Up, pending: 12, deferred: 9, parked: 2, ..LinkView::default() };
        with(Hands::on(Screen::sync(s, terminals(&[]), 0)), |h| h.tell(Msg::Link(view.clone())))
    }),
    ("menu_set_aside", |s| {
        let view = LinkView { link: Link::Up, parked: 2, ..LinkView::default() };
        with(Hands::on(Screen::menu(s)), |h| h.tell(Msg::Link(view.clone())))
    }),
    ("menu_quit_question", |s| with(Hands::on(Screen::menu(s)), |h| h.esc())),
    ("doctor", |s| with(Hands::on(Screen::doctor(s)), checks)),
    ("server", |s| with(Hands::on(Screen::server(s)), server)),
    ("admin_overview", |s| admin(s).screen),
    ("admin_overview_offline", |s| {
        with(admin(s), |h| h.tell(link(Link::Down, 0)).tell(later()).tell(Msg::AdminOffline))
    }),
    ("admin_stays_filtered", |s| with(admin(s), stays)),
    ("admin_stay_detail", |s| with(admin(s), |h| stays(h).enter().key(KeyCode::Down).enter())),
    ("admin_terminals", |s| with(admin(s), |h| h.types("3"))),
    ("admin_log", |s| with(admin(s), log)),
    ("admin_duplicates", |s| with(admin(s), duplicates)),
    ("admin_duplicates_set_aside", |s| with(admin(s), |h| duplicates(h).key(KeyCode::Down))),
    ("admin_duplicates_reason", |s| with(admin(s), |h| duplicates(h).f(8).types("ditekan dua kali"))),
    ("admin_duplicates_question", |s| with(admin(s), |h| duplicates(h).f(8).types("ditekan dua kali").enter())),
    ("admin_duplicates_none", |s| with(admin(s), none_found)),
];

fn with(mut hands: Hands, more: impl for<'a> Fn(&'a mut Hands) -> &'a mut Hands) -> Screen {
    more(&mut hands);
    hands.screen
}

fn terminals(gates: &[(&str, u64)]) -> Vec<Waits> {
    gates.iter().map(|(gate, waiting)| Waits { gate: (*gate).into(), waiting: *waiting }).collect()
}

fn entry(setup: Setup) -> Hands {
    let mut hands = Hands::on(Screen::gate_in(setup));
    hands.tell(link(Link::Up, 0)).tell(occupancy()).tell(recent(false)).tell(devices());
    hands
}

fn typed(setup: Setup) -> Hands {
    let mut hands = entry(setup);
    hands.types("b 1234 xyz").enter().types("2");
    hands
}

fn seen(plate: &str, inside: Option<parkir::domain::stay::Stay>) -> Msg {
    Msg::PlateSeen { plate: plate.into(), inside: inside.map(Box::new) }
}

fn inside(setup: Setup) -> Hands {
    let mut hands = entry(setup);
    hands.types("b4411kza").enter().tell(seen("B4411KZA", Some(car()))).enter();
    hands
}

fn saved(setup: Setup) -> Hands {
    let mut hands = typed(setup);
    let stay = stay(5, &ticket(), Some("B1234XYZ"), "mobil", "14:05");
    hands.enter().tell(seen("B 1234 XYZ", None)).tell(entered(stay));
    hands
}

fn offline(hands: &mut Hands) -> &mut Hands {
    let view = LinkView {
        link: Link::Down,
        reason: Some(parkir::domain::link::DownReason::Silent),
        pending: 12,
        banner: Some(Trouble::SpoolOnly),
        ..LinkView::default()
    };
    hands.tell(Msg::Link(view))
}

fn exit(setup: Setup) -> Hands {
    let mut hands = Hands::on(Screen::gate_out(setup));
    hands.tell(link(Link::Up, 0)).tell(recent(true));
    hands
}

fn quoted(setup: Setup) -> Hands {
    let mut hands = exit(setup);
    hands.scans(&ticket()).quotes(quote(car())).tell(photo(1, false)).tell(photo(1, true));
    hands
}

fn doubtful(hands: &mut Hands) -> &mut Hands {
    hands.scans(&ticket()).quotes(doubtful_quote()).enter().f(9)
}

fn maybe_paid(hands: &mut Hands) -> &mut Hands {
    hands.f(6).f(9).tell(Msg::Charge(ChargeView::Unknown("alat bayar tidak menjawab".into())))
}

fn already_out(hands: &mut Hands) -> &mut Hands {
    let gone = Box::new(left(car(), "13:31"));
    hands.scans(&ticket()).quotes_not(Refusal::AlreadyOut(gone))
}

fn choose(hands: &mut Hands) -> &mut Hands {
    let one = stay(2, "A17K0041QD", Some("B1234UF"), "motor", "09:12");
    let two = left(stay(3, "A17K003ZP4", Some("B1234SIA"), "mobil", "13:02"), "13:40");
    let stays = vec![one, two, stay(4, "A17K00407M", Some("AD1234KO"), "truk", "13:44")];
    hands.types("1234").enter().tell(Msg::Found { query: "1234".into(), stays }).key(KeyCode::Down)
}

fn nothing(hands: &mut Hands) -> &mut Hands {
    hands.types("9999").enter().tell(Msg::Found { query: "9999".into(), stays: Vec::new() })
}

fn no_data(hands: &mut Hands) -> &mut Hands {
    hands.f(4).types("b 99 xx").enter().types("1").enter().types("9.30").enter().types("tiket hilang")
}

fn stated(hands: &mut Hands) -> &mut Hands {
    let mut quote = quote(stay(8, "", Some("B99XX"), "motor", "09:30"));
    quote.known = "stated".into();
    quote.stay.entered_gate.clear();
    quote.stay.operator.clear();
    no_data(hands).enter().quotes(quote)
}

fn forged(hands: &mut Hands) -> &mut Hands {
    hands.scans(&"A".repeat(150)).quotes_not(Refusal::QrForged)
}

fn scanned(hands: &mut Hands, why: Refusal) -> &mut Hands {
    hands.scans(&"A".repeat(150)).quotes_not(why)
}

fn elsewhere(hands: &mut Hands) -> &mut Hands {
    let warnings = vec![Warning::QrElsewhere { gate: "B2".into(), left_at: at("13:58") }];
    hands.scans(&"A".repeat(150)).quotes(Quote { warnings, ..quote(car()) })
}

fn room(inside: u64, refuse: bool) -> Room {
    let (area, name, class) = ("B".into(), "Basement Mobil".into(), "mobil".into());
    Room { area, name, class, inside, places: 100, fill: Fill::of(inside, 100), refuse }
}

/// A class at every mark, an area, and a line that is dead.
fn filling() -> Msg {
    let count = |class: &str, name: &str, inside, places| ClassCount {
        class: class.into(),
        name: name.into(),
        inside,
        capacity: Some(places),
    };
    let classes = vec![
        count("motor", "Motor", 449, 600),
        count("mobil", "Mobil", 92, 100),
        count("truk", "Truk", 8, 10),
        count("bus", "Bus", 5, 5),
    ];
    Msg::Occupancy(Occupancy { classes, rooms: vec![room(100, true)], as_heard: true, ..Occupancy::default() })
}

fn full(hands: &mut Hands) -> &mut Hands {
    hands
        .types("b 4411 kza")
        .enter()
        .types("2")
        .enter()
        .tell(Msg::PlateSeen { plate: "B4411KZA".into(), inside: None });
    hands.tell(Msg::Refused(Refusal::Full(Box::new(room(100, true)))))
}

pub fn papers(hands: &mut Hands) -> &mut Hands {
    hands.ctrl('t').types("k-1").enter().types("345").enter().types("b 12 ka").enter().types("2").enter();
    hands.types("9.30").enter()
}

pub fn keyed(twice: bool) -> Msg {
    let number = "K1000345".to_owned();
    let warning = Warning::PaperTwice { number: number.clone(), entered_at: Some(at("09:10")) };
    let stay = stay(5, &number, Some("B12KA"), "mobil", "09:30");
    let warnings = if twice { vec![warning] } else { Vec::new() };
    Msg::Keyed(Box::new(EnterAnswer { stay, qr: String::new(), at: now(), warnings, prepaid: None }))
}

fn ask(hands: &mut Hands) -> &mut Hands {
    let ask = SyncAsk { entries: 50, exits: 30, from: at("13:02"), to: at("13:41") };
    hands.tell(link(Link::Up, 80)).tell(Msg::SyncAsk(ask))
}

fn progress(hands: &mut Hands) -> &mut Hands {
    let current = Some(fact("B17K00112C", "B 90 AA", "left"));
    let now = SyncProgress { done: 58, total: 80, sent: 57, already: 1, parked: 0, current };
    ask(hands).wait(500).types("y").tell(Msg::SyncProgress(now))
}

fn summary(hands: &mut Hands) -> &mut Hands {
    let problems = vec![Aside { fact: fact("B17K00114W", "B 90 AA", "left"), code: "23514".into() }];
    let summary = SyncSummary { sent: 78, already: 1, parked: 1, problems, stopped: None };
    progress(hands).tell(Msg::SyncSummary(summary))
}

/// As full as it gets: stopped, and five set aside, of which the last for other reasons.
fn summary_full(hands: &mut Hands) -> &mut Hands {
    let aside = |fact, code: &str| Aside { fact, code: code.into() };
    let problems = vec![
        aside(fact("B17K00114W", "B 90 AA", "left"), "23514"),
        aside(fact("B17K00115A", "B 91 AA", "left"), "P0001"),
        aside(fact("", "B 92 AA", "left"), "too_old"),
        aside(fact("B17K00117B", "", "entered"), "conflict_id"),
        aside(fact("", "", "barrier_opened"), "rusak"),
        aside(fact("", "", "photo"), "bentuk"),
    ];
    let stopped = Some("Silent".to_owned());
    progress(hands).tell(Msg::SyncSummary(SyncSummary { sent: 8, already: 0, parked: 6, problems, stopped }))
}

fn fact(ticket: &str, plate: &str, kind: &str) -> FactName {
    FactName { ticket: ticket.into(), plate: plate.into(), kind: kind.into(), at: "13:31".into() }
}

fn checks(hands: &mut Hands) -> &mut Hands {
    let check = |name: &str, verdict, detail: &str, todo: &str| Check {
        name: name.into(),
        verdict,
        detail: detail.into(),
        todo: todo.into(),
    };
    let checks = vec![
        check("Konfigurasi", Verdict::Ok, "config.toml", ""),
        check("Nama server", Verdict::Ok, "localhost", ""),
        check(
            "PostgreSQL",
            Verdict::Fail,
            "tidak ada jawaban di port 5432",
            "Nyalakan server, periksa kabel jaringan.",
        ),
        check("Hak akses", Verdict::Skipped, "PostgreSQL tidak terjangkau", ""),
        check("Disk", Verdict::Warn, "fdatasync p99 31 ms", "Disk lambat: tiket bisa lebih lama dari 100 ms."),
    ];
    hands.tell(Msg::Checks { checks, done: true })
}

fn server(hands: &mut Hands) -> &mut Hands {
    let client = |gate: &str, address: &str, pending| HubClient {
        gate: gate.into(),
        address: address.into(),
        since: at("07:00"),
        pending,
        queued: 0,
    };
    let view = ServerView {
        listen: "0.0.0.0:8181".into(),
        started: Some(at("06:58")),
        database: LinkView { link: Link::Up, ..LinkView::default() },
        clients: vec![client("A1", "192.168.1.11", 0), client("B1", "192.168.1.12", 3)],
        events: vec![(at("13:59"), "masuk A1 B 777 SIA".into()), (at("14:04"), "masuk A1 B 4411 KZA".into())],
        events_total: 1083,
    };
    hands.tell(Msg::Server(Box::new(view)))
}

/// The same exit three times, and one group that was set aside.
pub fn doubles() -> Found {
    let member = |n: u128, clock: &str, gate: &str, fee| Member {
        fact: Uuid::from_u128(n),
        gate: gate.into(),
        side: "out".into(),
        stay: Uuid::from_u128(1),
        ticket: "A17K0042XR".into(),
        plate: "B4411KZA".into(),
        class: "mobil".into(),
        at: at(clock),
        entered_at: Some(at("11:54")),
        entered_gate: "A1".into(),
        operator: Some("Sari".into()),
        terminal: Some("pc-keluar".into()),
        fee: Some(Rupiah(fee)),
        method: "tunai".into(),
        state: "keluar".into(),
        void: false,
        flags: vec![],
        epoch: Uuid::from_u128(2),
        seq: 17,
        received_at: at("14:03"),
        removed: false,
    };
    let group = Group {
        group: Uuid::from_u128(70),
        class: Certainty::Strong,
        causes: vec!["dua_keluar".into(), "plat_sama".into()],
        at: at("14:02"),
        kept: Uuid::from_u128(11),
        kept_gate: "B1".into(),
        kept_stands: true,
        removed: false,
        reason: None,
        removed_by: None,
        removed_at: None,
        members: vec![
            member(11, "14:00", "B1", 9000),
            member(12, "14:01", "B1", 9000),
            member(13, "14:02", "B2", 9000),
        ],
    };
    let aside = Group {
        group: Uuid::from_u128(71),
        class: Certainty::Exact,
        causes: vec![],
        at: at("13:00"),
        kept: Uuid::from_u128(21),
        removed: true,
        reason: Some("berkas lama diambil dua kali".into()),
        removed_by: Some("siti".into()),
        removed_at: Some(at("13:30")),
        members: vec![member(21, "13:00", "B1", 4000), member(22, "13:00", "B1", 4000)],
        ..group.clone()
    };
    Found { total: 2, site: "S1".into(), groups: vec![group, aside] }
}

fn duplicates(hands: &mut Hands) -> &mut Hands {
    let way = |n: u128, clock: &str, verdict: &str| LogLine {
        at: at(clock),
        level: "INFO".into(),
        component: "sync".into(),
        text: format!("peristiwa n=4 id={} kind=left verdict={verdict}", Uuid::from_u128(n)),
    };
    let lines = vec![way(11, "14:01", "inserted"), way(12, "14:03", "inserted"), way(12, "14:04", "already")];
    hands.types("5").tell(Msg::Duplicates { as_of: now(), found: Box::new(doubles()) });
    hands.tell(Msg::Way { group: Uuid::from_u128(70), lines })
}

fn none_found(hands: &mut Hands) -> &mut Hands {
    let found = Found { total: 0, site: "S1".into(), groups: vec![] };
    hands.types("5").tell(Msg::Duplicates { as_of: now(), found: Box::new(found) })
}

fn later() -> Msg {
    Msg::Tick("2026-11-22T14:31:00+07:00[Asia/Jakarta]".parse().unwrap())
}

fn admin(setup: Setup) -> Hands {
    let mut hands = Hands::on(Screen::admin(setup));
    let tally = |name: &str, inside, entries, exits, revenue| Tally {
        name: name.into(),
        inside,
        entries,
        exits,
        revenue: Rupiah(revenue),
    };
    let mut hours = vec![0; 24];
    hours[6..15].copy_from_slice(&[40, 81, 60, 35, 90, 44, 70, 52, 9]);
    let overview = Overview {
        inside: 602,
        capacity: Some(810),
        entries: 641,
        exits: 442,
        revenue: Rupiah(2_914_000),
        refunded: Rupiah(0),
        classes: vec![
            tally("Motor", 412, 430, 300, 900_000),
            tally("Mobil", 187, 205, 140, 1_950_000),
            tally("Truk", 3, 6, 2, 64_000),
        ],
        gates: vec![tally("A1", 0, 641, 0, 0), tally("B1", 0, 0, 442, 2_914_000)],
        hours,
        stale: 3,
        rooms: vec![room(92, true), Room { fill: Fill::Filling, ..room(75, false) }],
    };
    let row = |gate: &str, kind: &str, operator: &str, connected, pending, clock| TerminalRow {
        gate: gate.into(),
        kind: kind.into(),
        operator: operator.into(),
        connected,
        pending,
        last_seen: Some(at(clock)),
        version: "1.0.0".into(),
        active: true,
        forks: u64::from(gate == "A2"),
    };
    let rows = vec![
        row("A1", "in", "Budi", true, 0, "14:05"),
        row("A2", "in", "", false, 12, "14:01"),
        row("B1", "out", "Sari", true, 0, "14:05"),
    ];
    hands.tell(link(Link::Up, 0)).tell(Msg::Overview { as_of: now(), overview: Box::new(overview) });
    hands.tell(Msg::Terminals { as_of: now(), rows });
    hands
}

fn stays(hands: &mut Hands) -> &mut Hands {
    let row = |n, ticket: &str, plate: &str, left: Option<&str>, flags: &[&str]| StayRow {
        stay: Uuid::from_u128(n),
        ticket: ticket.into(),
        plate: plate.into(),
        class: "mobil".into(),
        entered_at: Some(at("11:54")),
        entered_gate: "A1".into(),
        left_at: left.map(at),
        left_gate: left.map(|_| "B1".to_owned()).unwrap_or_default(),
        operator: "Sari".into(),
        fee: left.map(|_| Rupiah(9_000)),
        method: "tunai".into(),
        state: if left.is_some() { "keluar" } else { "di_dalam" }.into(),
        flags: flags.iter().map(|f| (*f).to_owned()).collect(),
    };
    let rows = vec![
        row(1, &ticket(), "B4411KZA", None, &[]),
        row(2, "A17K0041QD", "B4410UF", Some("13:40"), &["keluar_ganda", "maybe_out:B2", "proof_seen"]),
        row(3, "A17K00407M", "", Some("13:58"), &[]),
    ];
    hands.types("2/44").tell(Msg::Stays { as_of: now(), filter: "44".into(), rows })
}

fn log(hands: &mut Hands) -> &mut Hands {
    let line = |clock, level: &str, component: &str, text: &str| LogLine {
        at: at(clock),
        level: level.into(),
        component: component.into(),
        text: text.into(),
    };
    let lines = vec![
        line("13:02", "WARN", "sync", "koneksi putus: server tidak menjawab"),
        line("13:41", "INFO", "sync", "terhubung, 80 peristiwa menunggu"),
        line("13:42", "ERROR", "printer", "kertas habis\u{1b}[2J"),
    ];
    hands.types("4").tell(Msg::Log(lines))
}

/// Every refusal and warning, so that each is seen in both languages.
pub fn refusals() -> Vec<Refusal> {
    vec![
        Refusal::PlateEmpty,
        Refusal::ClosingBegun,
        Refusal::PaidOther { fee: Rupiah(7_000), paid: Rupiah(5_000) },
        Refusal::ClassUnknown("becak".into()),
        Refusal::TicketUnknown("A1".into()),
        Refusal::AlreadyOut(Box::new(left(car(), "13:31"))),
        Refusal::Ambiguous(Vec::new()),
        Refusal::QrNotATicket,
        Refusal::QrForeign,
        Refusal::QrForged,
        Refusal::QrKeyUnknown,
        Refusal::QrAltered,
        Refusal::QrRevoked,
        Refusal::TenderedShort { fee: Rupiah(1_234_000), tendered: Rupiah(1_000_000) },
        Refusal::TenderedTooMuch(Rupiah(99_000_000)),
        Refusal::MethodUnknown("kartu".into()),
        Refusal::ReferenceMissing,
        Refusal::MemberUnknown("K01".into()),
        Refusal::VoucherUnread("x".into()),
        Refusal::VoucherUsed { reference: "V-001".into(), at: at("11:54") },
        Refusal::FreeReasonMissing,
        Refusal::QuoteTooOld,
        Refusal::TimeImplausible("entry lies after exit".into()),
        Refusal::WrongGate,
        Refusal::NotOnDuty,
        Refusal::NoShift,
        Refusal::NotAllowed(parkir::domain::operator::Denial::NotSupervisor),
        Refusal::ExitUnknown("x".into()),
        Refusal::ClaimUnknown("x".into()),
        Refusal::AmountNeeded,
        Refusal::PaidBack { gate: "PUSAT".into(), at: "2026-11-22T07:00:00Z".into() },
        Refusal::ClaimOver("2026-11-22T07:00:00Z".into()),
        Refusal::ClaimVoided,
        Refusal::QrUsed(Box::new(left(car(), "13:31"))),
        Refusal::Full(Box::new(room(100, true))),
        Refusal::PaperNumber,
        Refusal::PaperFuture,
        Refusal::PaperTooOld(7),
        Refusal::Storage("disk full".into()),
        Refusal::OutcomeUnknown("I/O".into()),
    ]
}

pub fn warnings() -> Vec<Warning> {
    vec![
        Warning::PlateInside { ticket: ticket(), entered_at: at("11:54") },
        Warning::PlateUnusual,
        Warning::RecordedBy(parkir::domain::payment::Method::Qris),
        Warning::QrOnly,
        Warning::TariffUnknown,
        Warning::OneStoreOnly,
        Warning::ClockDoubtful,
        Warning::MemberInside { plate: "B1AA".into(), entered_at: at("11:54") },
        Warning::MemberNoEntry,
        Warning::MemberOtherPlate,
        Warning::QrElsewhere { gate: "B2".into(), left_at: at("13:58") },
        Warning::Filling { room: room(92, false), as_heard: false },
        Warning::Filling { room: room(100, false), as_heard: true },
        Warning::PaperTwice { number: "K1000345".into(), entered_at: Some(at("09:10")) },
        Warning::PaperTwice { number: "K1000345".into(), entered_at: None },
    ]
    .into_iter()
    .chain(super::members::STANDINGS.map(|standing| Warning::Member(super::members::siti(standing))))
    .collect()
}
