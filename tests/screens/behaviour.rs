//! Promises of the forms: nothing typed is lost, nothing is confirmed by accident, nothing is done twice.

use super::scenes::doubles;
use super::world::*;
use crossterm::event::KeyCode;
use parkir::domain::desk::{Refusal, StayKey};
use parkir::domain::link::Link;
use parkir::domain::money::Rupiah;
use parkir::domain::payment::Payment;
use parkir::domain::view::{LinkView, SyncAsk, SyncSummary};
use parkir::tui::msg::{Cmd, Component, Level, Msg};
use parkir::tui::{Lang, Screen, keys};

fn entry() -> Hands {
    Hands::on(Screen::gate_in(setup(Lang::Id, colour())))
}

fn exit() -> Hands {
    Hands::on(Screen::gate_out(setup(Lang::Id, colour())))
}

fn quoted() -> Hands {
    let mut hands = exit();
    hands.scans(&ticket()).quotes(quote(car())).asked();
    hands
}

fn enters(cmds: &[Cmd]) -> usize {
    cmds.iter().filter(|c| matches!(c, Cmd::Enter(_))).count()
}

fn sync_ask() -> Msg {
    Msg::SyncAsk(SyncAsk { entries: 1, exits: 0, from: at("13:00"), to: at("13:30") })
}

#[test]
fn two_enters_save_and_a_third_does_nothing() {
    let mut hands = entry();
    hands.types("b 1234 xyz").enter();
    assert_eq!(hands.asked(), [Cmd::LookPlate("B 1234 XYZ".into())]);
    hands.tell(Msg::PlateSeen { plate: "B1234XYZ".into(), inside: None }).types("2").enter().enter().enter();
    let asked = hands.asked();
    assert_eq!(enters(&asked), 1, "{asked:?}");
    assert!(matches!(&asked[0], Cmd::Enter(r) if r.plate.as_deref() == Some("B 1234 XYZ") && r.class == "mobil"));
    assert!(!hands.text().contains("tersimpan"), "nothing is shown as saved before it is");
    hands.tell(entered(car()));
    assert!(hands.text().contains("tersimpan"));
}

#[test]
fn no_car_waits_for_the_answer_whether_its_plate_is_inside() {
    let mut hands = entry();
    hands.types("b1").enter().enter();
    assert_eq!(enters(&hands.asked()), 0);
    hands.wait(600);
    assert_eq!(enters(&hands.asked()), 1);
}

#[test]
fn a_class_just_taken_wrongly_is_put_right_in_two_keys() {
    let mut hands = entry();
    hands.types("b1").enter().enter().wait(600).tell(entered(car())).asked();
    hands.f(4).types("3");
    assert_eq!(hands.asked(), [Cmd::CorrectClass { stay: car().stay, class: "truk".into() }]);
    hands.f(4).types("2").f(4).esc();
    assert_eq!(hands.asked(), [], "what it is already, and nothing, are no corrections");
}

#[test]
fn a_plate_inside_is_asked_about_and_only_the_letter_says_yes() {
    let mut hands = entry();
    hands
        .types("b4411kza")
        .enter()
        .tell(Msg::PlateSeen { plate: "B4411KZA".into(), inside: Some(Box::new(car())) });
    hands.enter().wait(400).enter();
    assert_eq!(enters(&hands.asked()), 0);
    assert!(hands.text().contains("B4411KZA"), "the plate stays typed");
    hands.enter().enter().wait(400).types("y");
    assert_eq!(enters(&hands.asked()), 1);
}

#[test]
fn a_refused_entry_loses_nothing() {
    let mut hands = entry();
    hands.types("b 1234 xyz").enter().wait(600).enter().wait(600);
    hands.tell(Msg::Refused(Refusal::Storage("disk full".into())));
    let text = hands.text();
    assert!(text.contains("B 1234 XYZ") && text.contains("BELUM PASTI TERSIMPAN"), "{text}");
    hands.wait(60_000);
    assert!(hands.text().contains("BELUM PASTI TERSIMPAN"), "an error stays");
    hands.esc();
    assert!(!hands.text().contains("BELUM PASTI TERSIMPAN"));
    hands.asked();
    hands.enter().wait(600);
    assert_eq!(enters(&hands.asked()), 1, "and it can be tried again");
}

#[test]
fn the_first_letter_of_the_next_plate_closes_the_saved_ticket_and_is_not_lost() {
    let mut hands = entry();
    hands.types("b1").enter().enter().wait(600).tell(entered(car())).types("d 77");
    assert!(hands.text().contains("D 77"), "{}", hands.text());
    assert!(!hands.text().contains("Ketik plat berikut"));
}

#[test]
fn a_push_button_entry_has_no_plate() {
    let mut hands = entry();
    hands.f(8).types("1").enter();
    let asked = hands.asked();
    assert!(matches!(&asked[..], [Cmd::Enter(r)] if r.plate.is_none() && r.source == "button"), "{asked:?}");
}

#[test]
fn esc_never_destroys_what_was_typed() {
    let mut hands = entry();
    hands.types("b 1234").esc().wait(400);
    assert!(hands.text().contains("B 1234") && hands.text().contains("Tinggalkan layar Masuk?"));
    hands.esc().wait(400);
    assert!(hands.text().contains("B 1234"));
    assert_eq!(hands.asked(), []);
    let mut hands = quoted();
    hands.types("20000").esc();
    assert!(hands.text().contains("20.000"), "cash stays");
    hands.f(4).types("b9").enter().enter().types("9.30").esc().f(4);
    assert!(hands.text().contains("B9") && hands.text().contains("9.30"), "the form stays");
}

#[test]
fn leaving_is_asked_and_enter_stays() {
    let mut hands = entry();
    hands.f(10).wait(400).enter();
    assert_eq!(hands.asked(), []);
    hands.f(10).wait(400).types("y");
    assert_eq!(hands.asked(), [Cmd::Quit]);
}

#[test]
fn a_scanners_enter_confirms_no_dialog() {
    let mut hands = entry();
    hands.tell(link(Link::Up, 3)).tell(sync_ask()).wait(3_000);
    assert!(hands.text().contains("Kirim sekarang?"));
    for burst in [ticket(), "YYYYYYYY".to_owned(), "4006381333931".to_owned()] {
        hands.scans(&burst);
        assert_eq!(hands.asked(), [], "{burst}");
        assert!(hands.text().contains("Kirim sekarang?"), "{burst}");
    }
    hands.types("y");
    assert_eq!(hands.asked(), [Cmd::SyncNow]);
}

#[test]
fn a_scan_reaches_the_ticket_field_from_any_focus() {
    let asked = [Priced::Key(StayKey::Ticket(ticket()))];
    let mut hands = quoted();
    hands.types("10").scans(&ticket());
    assert_eq!(hands.priced(), asked, "from the cash field");
    let mut hands = quoted();
    hands.enter().f(9).tell(paid(car(), 9_000)).asked();
    hands.scans(&ticket());
    assert_eq!(hands.priced(), asked, "through the dialog of the one before");
    let mut hands = exit();
    hands.f(4).types("b9").scans(&ticket());
    assert_eq!(hands.priced(), asked, "through the form");
    hands.esc().f(4);
    assert!(hands.text().contains("B9"), "whose contents are kept");
    let qr = "A2".repeat(75);
    let mut hands = exit();
    hands.scans(&qr);
    assert_eq!(hands.priced(), [Priced::Key(StayKey::Qr(qr))], "a long QR too");
}

#[test]
fn a_paste_is_typed_and_loses_its_escapes() {
    let mut hands = entry();
    hands.tell(Msg::Term(crossterm::event::Event::Paste("b 12\u{1b}[2J34\n".into())));
    assert!(hands.text().contains("B 122J34"), "{}", hands.text());
}

#[test]
fn dialogs_that_open_by_themselves_wait_for_the_typist() {
    let mut hands = entry();
    hands.types("b 12").tell(sync_ask()).types("34 yy");
    assert!(hands.text().contains("B 1234 YY") && !hands.text().contains("Kirim sekarang?"));
    // The last key was 100 ms ago; the question opens two seconds after it.
    hands.wait(1_910);
    assert!(hands.text().contains("Kirim sekarang?"));
    hands.types("yyyy");
    assert_eq!(hands.asked(), [], "who types on is not heard");
    hands.wait(400).types("y");
    assert_eq!(hands.asked(), [Cmd::SyncNow]);
}

#[test]
fn later_defers_and_a_hidden_progress_ends_in_one_line() {
    let mut hands = entry();
    hands.tell(link(Link::Up, 3)).tell(sync_ask()).wait(3_000).enter();
    assert_eq!(hands.asked(), [Cmd::SyncLater]);
    hands.ctrl('s');
    assert_eq!(hands.asked(), [Cmd::SyncNow]);
    hands.wait(400).esc();
    hands.tell(Msg::SyncSummary(SyncSummary { sent: 3, ..SyncSummary::default() }));
    assert!(hands.text().contains("terkirim 3"), "{}", hands.text());
}

/// Whoever opened Sinkronisasi Data came to send: an Enter must never be taken for "later".
#[test]
fn no_question_opens_where_data_is_sent() {
    let mut hands = Hands::on(Screen::sync(setup(Lang::Id, colour()), Vec::new(), 0));
    hands.tell(link(Link::Up, 3)).tell(sync_ask()).wait(5_000);
    assert!(!hands.text().contains("Kirim sekarang?"), "{}", hands.text());
    hands.asked();
    hands.enter();
    assert_eq!(hands.asked(), [Cmd::SyncNow]);
}

#[test]
fn what_was_set_aside_can_be_tried_again() {
    let mut hands = entry();
    hands.tell(link(Link::Up, 3)).ctrl('s').asked();
    hands.tell(Msg::SyncSummary(SyncSummary { parked: 1, ..SyncSummary::default() })).wait(400);
    hands.types("u");
    assert_eq!(hands.asked(), [Cmd::SyncRetry]);

    // Long after the summary was closed, when nothing else waits: F7 still does.
    let mut hands = entry();
    hands.tell(Msg::Link(LinkView { link: Link::Up, parked: 1, ..LinkView::default() })).ctrl('s');
    assert_eq!(hands.asked(), [Cmd::SyncRetry]);
}

#[test]
fn only_f9_pays_and_only_enough() {
    let mut hands = quoted();
    hands.enter().enter().enter();
    assert_eq!(hands.asked(), [], "Enter fills the exact sum and no more");
    hands.f(9).f(9);
    let asked = hands.asked();
    assert!(matches!(&asked[..], [Cmd::Leave(r)] if r.payment == Payment::cash(Rupiah(9_000))), "{asked:?}");

    let mut hands = quoted();
    hands.f(9);
    assert!(hands.text().contains("Isi uang diterima dulu"));
    hands.types("8999").f(9);
    assert!(hands.text().contains("Uang kurang Rp 1 "), "{}", hands.text());
    hands.types("99999").f(9);
    assert!(hands.text().contains("terlalu besar") && hands.asked().is_empty());
    hands.ctrl('u').types("2").f(9);
    assert!(
        matches!(&hands.asked()[..], [Cmd::Leave(r)] if r.payment == Payment::cash(Rupiah(10_000))),
        "a digit is a quick sum"
    );
}

#[test]
fn a_digit_after_enter_is_a_sum_of_its_own_and_never_appended_to_the_exact_one() {
    let mut hands = quoted();
    hands.enter().types("2").f(9);
    let asked = hands.asked();
    assert!(matches!(&asked[..], [Cmd::Leave(r)] if r.payment == Payment::cash(Rupiah(10_000))), "{asked:?}");
}

#[test]
fn what_is_typed_while_the_disk_is_busy_is_the_next_plate() {
    let mut hands = entry();
    hands.types("b 1234 xyz").enter();
    hands.tell(Msg::PlateSeen { plate: "B1234XYZ".into(), inside: None }).enter().types("d 77 a");
    assert_eq!(enters(&hands.asked()), 1);
    hands.tell(entered(car())).wait(100);
    assert!(hands.text().contains("D 77 A"), "{}", hands.text());
}

#[test]
fn an_old_quote_is_reckoned_anew_and_not_paid() {
    let mut hands = quoted();
    hands.enter().f(9).asked();
    hands.tell(Msg::NotLeft(Refusal::QuoteTooOld));
    assert_eq!(hands.priced(), [Priced::Key(StayKey::Ticket(ticket()))]);
    hands.quotes(quote(car()));
    assert!(hands.text().contains("Rp 9.000"));
    hands.f(9);
    assert_eq!(hands.asked().len(), 1, "the cash was kept");
}

#[test]
fn an_exact_plate_is_quoted_and_a_fragment_is_a_list() {
    let mut hands = exit();
    hands.types("b 4411 kza").enter();
    hands.tell(Msg::Found { query: "B 4411 KZA".into(), stays: vec![car()] });
    hands.cmds.remove(0);
    assert_eq!(hands.priced(), [Priced::Key(StayKey::Stay(car().stay))]);
    let mut hands = exit();
    hands.types("4411").enter().tell(Msg::Found { query: "4411".into(), stays: vec![car()] }).asked();
    assert!(hands.text().contains("Pilih kendaraan"));
    hands.enter();
    assert_eq!(hands.priced(), [Priced::Key(StayKey::Stay(car().stay))]);
}

#[test]
fn an_answer_to_another_ticket_is_not_shown() {
    let mut hands = exit();
    let other = Box::new(quote(stay(9, "B17K0000XX", None, "truk", "13:00")));
    hands.scans(&"A2".repeat(75)).esc().scans(&"B3".repeat(75));
    // A slow disk: the answer to what was given up comes under the next one.
    hands.tell(Msg::Quoted { number: 1, quote: other.clone() });
    assert!(!hands.text().contains("B17K0000XX"), "{}", hands.text());
    hands.tell(Msg::NotQuoted { number: 1, why: Refusal::QrForged });
    hands.quotes(quote(car())).enter();
    assert!(hands.text().contains("B 4411 KZA"), "{}", hands.text());
    // Nor does it come between the money and its exit.
    hands.f(9).asked();
    hands.tell(Msg::Quoted { number: 1, quote: other });
    hands.tell(Msg::Refused(Refusal::Storage("disk".into()))).f(9);
    assert_eq!(hands.asked(), [], "it is under way");
    hands.tell(paid(car(), 9_000));
    assert!(hands.text().contains("Rp 9.000"), "{}", hands.text());
}

#[test]
fn an_exit_without_data_needs_a_time_and_a_reason() {
    let mut hands = exit();
    hands.f(4).f(9);
    assert!(hands.text().contains("Jam tidak terbaca"));
    hands.types("9.30").f(9);
    assert!(hands.text().contains("Tulis alasannya"));
    hands.types("tiket hilang").enter();
    let asked = hands.priced();
    assert!(matches!(&asked[..], [Priced::NoData(r)] if r.entered_at == at("09:30") && r.plate.is_empty()));
    let mut stated = quote(stay(8, "", None, "motor", "09:30"));
    stated.known = "stated".into();
    hands.quotes(stated).enter().f(9);
    assert!(
        matches!(&hands.asked()[..], [Cmd::LeaveNoData { payment: Payment::Cash { tendered }, .. }] if tendered.0 > 0)
    );
}

#[test]
fn the_badge_walks_grey_red_green_in_full_words() {
    let mut hands = entry();
    assert!(hands.text().lines().next().unwrap().ends_with("○ Memeriksa Koneksi"));
    hands.tell(link(Link::Down, 12));
    assert!(hands.text().lines().next().unwrap().ends_with("▲ Database Terputus · antre 12"));
    assert!(hands.text().contains("Server tak terjangkau"), "and why is said once");
    hands.tell(link(Link::Up, 12));
    assert!(hands.text().lines().next().unwrap().ends_with("◆ Database Terhubung · antre 12"));
    hands.tell(link(Link::Up, 0));
    assert!(hands.text().lines().next().unwrap().ends_with("◆ Database Terhubung"));
}

#[test]
fn an_admin_offline_keeps_what_was_loaded() {
    let mut hands = Hands::on(Screen::admin(setup(Lang::Id, colour())));
    hands.tell(Msg::AdminOffline);
    assert!(hands.text().contains("belum ada data"));
    let overview = Box::new(parkir::domain::view::Overview { inside: 602, ..Default::default() });
    hands.tell(Msg::Overview { as_of: now(), overview }).tell(Msg::AdminOffline);
    assert!(hands.text().contains("602") && hands.text().contains("data per 14.05"), "{}", hands.text());
    assert!(hands.text().contains("perubahan ditolak"));
}

#[test]
fn an_admin_reads_revenue_as_net_once_something_was_paid_back() {
    for (lang, gross, net) in [(Lang::Id, "Pendapatan", "Bersih"), (Lang::En, "Revenue", "Net")] {
        let mut hands = Hands::on(Screen::admin(setup(lang, colour())));
        let revenue = Rupiah(2_914_000);
        for (refunded, word, other, figure) in
            [(Rupiah(0), gross, net, "Rp 2.914.000"), (Rupiah(20_000), net, gross, "Rp 2.894.000")]
        {
            let overview = parkir::domain::view::Overview { revenue, refunded, ..Default::default() };
            hands.tell(Msg::Overview { as_of: now(), overview: Box::new(overview) });
            let text = hands.text();
            let line = text.lines().find(|line| line.contains(word)).unwrap_or_else(|| panic!("{word}\n{text}"));
            assert!(line.contains(figure) && !text.contains(other), "{text}");
        }
    }
}

#[test]
fn the_menu_opens_by_number_and_says_why_it_does_not() {
    let mut hands = Hands::on(Screen::menu(setup(Lang::Id, colour())));
    hands.types("3");
    assert!(hands.text().contains("tidak ada kit admin") && hands.asked().is_empty());
    hands.types("2");
    assert_eq!(hands.asked(), [Cmd::Open(Component::GateOut)]);
}

#[test]
fn an_idle_screen_asks_for_no_wake_up() {
    let mut hands = entry();
    hands.tell(link(Link::Up, 0));
    assert_eq!(hands.screen.next_wake(), None);
    hands.tell(Msg::Notice { level: Level::Info, text: "halo".into() });
    assert!(hands.screen.next_wake().is_some());
    hands.wait(20_000);
    assert_eq!(hands.screen.next_wake(), None);
    let same = hands.screen.update(link(Link::Up, 0), hands.at);
    assert!(!same.changed, "the same again draws nothing");
    let tick = hands.screen.update(Msg::Tick(now()), hands.at);
    assert!(!tick.changed, "nor does the same minute");
    hands.key(KeyCode::Char('b'));
    assert_eq!(hands.screen.next_wake(), None);
}

#[test]
fn every_help_sentence_fits_its_line_and_every_offered_key_is_explained() {
    for table in [keys::GATE_IN, keys::GATE_OUT, keys::ADMIN, keys::MENU, keys::SERVER, keys::DOCTOR, keys::SYNC] {
        for binding in table.iter().filter(|b| !b.shown.is_empty()) {
            for lang in [Lang::Id, Lang::En] {
                let (word, sentence) = (binding.words)(&lang.words().keys);
                assert!(!sentence.is_empty() && sentence.len() <= 61, "{word} {sentence}");
            }
        }
    }
}

#[test]
fn a_scanned_barcode_saves_no_entry_whatever_the_focus() {
    let mut hands = entry();
    hands.types("b 1234 xyz").enter().wait(600).asked();
    hands.scans("8991234567890");
    hands.scans("8991234567890").wait(1_000);
    assert_eq!(enters(&hands.asked()), 0);
    assert!(hands.text().contains("B 1234 XYZ"));
}

#[test]
fn a_ticket_scanned_at_the_entry_is_looked_up_and_a_failed_look_up_ends() {
    let mut hands = entry();
    hands.scans(&ticket());
    assert_eq!(hands.asked(), [Cmd::Find(ticket())]);
    assert!(hands.text().contains("Mencari"));
    hands.tell(Msg::Refused(Refusal::QrForged));
    assert!(hands.text().contains("Tidak ada yang cocok") && hands.text().contains("PALSU"));
}

#[test]
fn whoever_waits_for_an_answer_types_nothing_into_it() {
    let mut hands = exit();
    hands.scans(&ticket()).types("99");
    hands.quotes_not(Refusal::TicketUnknown(ticket()));
    let text = hands.text();
    assert!(text.contains(&ticket()) && text.contains("F4 tanpa data"), "{text}");
    hands.types("b");
    assert!(!hands.text().contains(&ticket()), "what was scanned is replaced, not added to");
}

#[test]
fn nothing_due_is_paid_with_f9_alone() {
    let mut hands = exit();
    let mut free = quote(stay(1, &ticket(), None, "mobil", "14:00"));
    free.fee = parkir::domain::tariff::Tariff::built_in().fee("mobil", at("14:00"), at("14:05")).unwrap();
    hands.scans(&ticket()).quotes(free).asked();
    hands.f(9);
    assert!(matches!(&hands.asked()[..], [Cmd::Leave(r)] if r.payment == Payment::cash(Rupiah(0))));
}

#[test]
fn duplicates_go_only_with_a_reason_and_a_yes_and_of_the_group_that_was_asked_about() {
    let mut hands = Hands::on(Screen::admin(setup(Lang::Id, colour())));
    hands.tell(link(Link::Up, 0)).types("5");
    assert!(hands.asked().contains(&Cmd::LoadDuplicates));
    let found = doubles();
    let tell = |found: &parkir::domain::duplicates::Found| Msg::Duplicates {
        as_of: now(),
        found: Box::new(found.clone()),
    };
    hands.tell(tell(&found));
    assert!(matches!(&hands.asked()[..], [Cmd::LoadWay { facts, .. }] if facts.len() == 3));
    // No reason, no question; Enter on the question is no.
    hands.f(8).enter();
    assert!(hands.text().contains("Tulis alasannya"));
    hands.types("dua kali").enter().wait(400).enter();
    assert!(hands.asked().is_empty());
    // Another one stays; the list changes under the open question.
    hands.types(" ").f(8).types("dua kali").enter().wait(400);
    let mut newer = found.clone();
    newer.groups.remove(0);
    hands.tell(tell(&newer)).asked();
    hands.types("y");
    let asked = hands.asked();
    assert!(
        matches!(&asked[..], [Cmd::RemoveDuplicates { group, reason }]
            if group.group == found.groups[0].group && group.kept == found.groups[0].members[1].fact
                && reason == "dua kali"),
        "{asked:?}"
    );
    // What is set aside is only undone, and not while the database is away.
    hands.f(8);
    assert!(!hands.text().contains("Alasan   "));
    hands.tell(Msg::AdminOffline).f(6);
    assert!(hands.text().contains("perubahan ditolak") && hands.asked().is_empty());
    hands.tell(tell(&newer)).asked();
    hands.f(6).wait(400).types("y");
    assert_eq!(hands.asked(), [Cmd::UndoDuplicates(found.groups[1].group)]);
}

#[test]
fn what_found_nothing_gives_way_to_the_next_character_and_stays_for_the_form_without_data() {
    let mut hands = exit();
    hands.types("xx 99 zz").enter().asked();
    hands.tell(Msg::Found { query: "XX 99 ZZ".into(), stays: vec![] });
    hands.types("b 4411 kza").enter();
    assert_eq!(hands.asked(), [Cmd::Find("B 4411 KZA".into())], "the plate before stands before it");
    hands.tell(Msg::Found { query: "B 4411 KZA".into(), stays: vec![] });
    hands.key(KeyCode::Backspace).types("b").enter();
    assert_eq!(hands.asked(), [Cmd::Find("B 4411 KZB".into())], "a rubout mends what stands there");
    hands.tell(Msg::Found { query: "B 4411 KZB".into(), stays: vec![] });
    hands.key(KeyCode::F(4));
    assert!(hands.text().contains("B 4411 KZB"), "the form without data begins with it");
}

#[test]
fn f9_says_which_stay_and_fee_it_pays_so_that_no_other_is_taken() {
    let mut hands = quoted();
    let shown = quote(car());
    hands.types("50000").f(9);
    let asked = hands.asked();
    let [Cmd::Leave(request)] = &asked[..] else { unreachable!("{asked:?}") };
    assert_eq!(request.shown, Some((shown.stay.stay, shown.fee.total)));
    // The desk found another vehicle behind that key: what it is stands on the screen first, and nothing is paid.
    hands.tell(Msg::NotLeft(Refusal::QuoteTooOld));
    let asked = hands.asked();
    assert!(matches!(&asked[..], [Cmd::Quote { .. }]), "{asked:?}");
    assert!(!hands.text().contains("Lunas"));
}
