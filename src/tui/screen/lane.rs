//! What the lane's hardware did, in the message row, whatever page is shown; and F11 on either side of a gate.

use super::{Screen, Update};
use crate::domain::view::{DeviceState, Devices, LaneNews};
use crate::tui::dialog::Dialog;
use crate::tui::dialog::opening::Opening;
use crate::tui::glyphs::clean;
use crate::tui::msg::Level;
use crate::tui::scan::Input;
use crate::tui::shell::{Cx, Shell};
use crate::tui::text::when;

pub fn told(shell: &mut Shell, news: &LaneNews) {
    let words = shell.words.lane;
    match news {
        LaneNews::Pressed(answer) => {
            let stay = &answer.stay;
            let class = shell.class_name(&stay.class);
            let text =
                format!("{} {}, {class}, {}", words.pressed, stay.ticket, when::clock(shell.words, &answer.at));
            if !shell.has_error() {
                shell.good(text);
            }
        }
        LaneNews::PressRefused(why) => {
            let why = (shell.words.say.refusal)(why, &shell.zone);
            shell.say(Level::Error, format!("{}. {why}", words.press_refused));
        }
        LaneNews::Help => shell.mention(Level::Warning, words.help),
        LaneNews::NotOpened(why) => shell.say(Level::Error, format!("{}: {}", words.failed, clean(why))),
        LaneNews::Ordered => shell.good(words.opened),
        LaneNews::Unopened { stay, leaves } => {
            let who = stay.plate.as_deref().map_or_else(|| clean(&stay.ticket), |plate| shell.plate(Some(plate)));
            let what = if *leaves { words.stands_out } else { words.stands_in };
            shell.mention(Level::Warning, format!("{who} {what}"));
        }
    }
}

/// A barrier that fails is told when it begins to, also where no panel shows the devices.
pub fn changed(shell: &mut Shell, before: &Devices) {
    if let DeviceState::Failed(why) = &shell.devices.barrier
        && !matches!(before.barrier, DeviceState::Failed(_))
    {
        let text = format!("{}: {}", shell.words.lane.failed, clean(why));
        shell.mention(Level::Warning, text);
    }
}

pub fn ask(cx: &mut Cx) {
    if cx.shell.devices.barrier == DeviceState::None {
        let none = cx.shell.words.lane.none;
        cx.shell.say(Level::Info, none);
    } else {
        cx.layers.open(Dialog::Opening(Box::new(Opening::empty())), cx.shell.at);
    }
    cx.touch();
}

/// As from a wedge: it finds the ticket field by itself, and its Enter answers no question.
pub(super) fn scanned(screen: &mut Screen, text: String) -> Update {
    screen.shell.last_key = screen.shell.at;
    screen.input(Input::Burst { text: clean(&text), enter: true })
}

pub(super) fn scanner(shell: &mut Shell, there: bool) -> Update {
    if there {
        shell.good(shell.words.floor.scanner_back);
    } else {
        shell.mention(Level::Warning, shell.words.floor.scanner_gone);
    }
    Update { changed: true, cmds: Vec::new() }
}
