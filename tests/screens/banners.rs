//! Troubles that stay until they are over, each as a cashier meets it, and what a red badge says.

use super::world::*;
use parkir::domain::link::{DownReason, Link};
use parkir::domain::view::{LinkView, Trouble};
use parkir::tui::msg::Msg;
use parkir::tui::{Lang, Screen};
use std::fmt::Write;

const TROUBLES: [Trouble; 9] = [
    Trouble::JournalOnly,
    Trouble::SpoolOnly,
    Trouble::NoStore,
    Trouble::JournalReplaced,
    Trouble::JournalMissing,
    Trouble::JournalOlder,
    Trouble::JournalRefilled,
    Trouble::DiskLow,
    Trouble::Clock,
];

/// A new trouble does not compile before it has its place above.
const fn place(trouble: Trouble) -> usize {
    match trouble {
        Trouble::JournalOnly => 0,
        Trouble::SpoolOnly => 1,
        Trouble::NoStore => 2,
        Trouble::JournalReplaced => 3,
        Trouble::JournalMissing => 4,
        Trouble::JournalOlder => 5,
        Trouble::JournalRefilled => 6,
        Trouble::DiskLow => 7,
        Trouble::Clock => 8,
    }
}

fn banner(lang: Lang, trouble: Trouble) -> String {
    let setup = setup(lang, colour());
    // A clock in doubt matters where money is taken.
    let screen = if trouble == Trouble::Clock { Screen::gate_out(setup) } else { Screen::gate_in(setup) };
    let mut hands = Hands::on(screen);
    hands.tell(occupancy()).tell(recent(trouble == Trouble::Clock)).tell(devices());
    let view = LinkView { link: Link::Up, banner: Some(trouble), hub: true, ..LinkView::default() };
    hands.tell(Msg::Link(view)).text()
}

#[test]
fn every_banner_is_whole_on_a_small_screen_and_says_what_to_do() {
    let mut page = String::new();
    for (i, trouble) in TROUBLES.into_iter().enumerate() {
        assert_eq!(place(trouble), i);
        for (lang, word) in [(Lang::Id, "id"), (Lang::En, "en")] {
            let seen = banner(lang, trouble);
            let sentence = (lang.words().say.trouble)(trouble);
            assert!(seen.lines().nth(1).unwrap().ends_with(&format!(" {sentence}")), "{seen}");
            writeln!(page, "=== {trouble:?} {word}\n{seen}").unwrap();
        }
    }
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("banners", page);
    });
}

#[test]
fn every_reason_of_a_red_badge_is_whole_on_a_small_screen() {
    let mut page = String::new();
    let reasons = [
        DownReason::NotEnrolled,
        DownReason::Unreachable,
        DownReason::Silent,
        DownReason::Tls,
        DownReason::Refused,
        DownReason::Schema,
    ];
    for (lang, word) in [(Lang::Id, "id"), (Lang::En, "en")] {
        for reason in reasons {
            let mut hands = Hands::on(Screen::gate_in(setup(lang, colour())));
            hands.tell(link(Link::Up, 0));
            let view = LinkView { link: Link::Down, reason: Some(reason), pending: 12, ..LinkView::default() };
            let seen = hands.tell(Msg::Link(view)).text();
            let line = seen.lines().nth(22).unwrap().trim_end();
            assert!(line.ends_with((lang.words().say.down)(reason)), "{seen}");
            writeln!(page, "{word} {reason:<12?}{line}").unwrap();
        }
    }
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("red_badge", page);
    });
}
