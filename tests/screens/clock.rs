//! Money by a clock that is doubted is never taken by one key.

use super::world::*;
use parkir::tui::msg::Cmd;
use parkir::tui::{Lang, Screen};

fn leaves(cmds: &[Cmd]) -> usize {
    cmds.iter().filter(|c| matches!(c, Cmd::Leave(_))).count()
}

#[test]
fn f9_asks_first_and_only_a_yes_takes_the_money() {
    let mut hands = Hands::on(Screen::gate_out(setup(Lang::Id, colour())));
    hands.scans(&ticket()).quotes(doubtful_quote()).asked();
    hands.enter().f(9);
    assert_eq!(leaves(&hands.asked()), 0, "asked first");
    hands.f(9).enter();
    assert_eq!(leaves(&hands.asked()), 0, "Enter is no");
    hands.f(9).types("y");
    assert_eq!(leaves(&hands.asked()), 1);
}

#[test]
fn too_little_money_is_said_before_the_clock_is() {
    let mut hands = Hands::on(Screen::gate_out(setup(Lang::Id, colour())));
    hands.scans(&ticket()).quotes(doubtful_quote()).asked();
    hands.types("1000").f(9).types("y");
    assert_eq!(leaves(&hands.asked()), 0);
}
