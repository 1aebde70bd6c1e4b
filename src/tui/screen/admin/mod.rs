//! The admin over SSH: five pages; only duplicates can be changed. Offline, what was loaded stays, with its time, and
//! changes are refused.

mod duplicates;
mod home;
mod log;
mod stays;
mod terminals;

use super::Page;
use crate::domain::link::Link;
use crate::tui::dialog::Answer;
use crate::tui::dialog::question::Question;
use crate::tui::keys::{self, Action, Binding, Chord};
use crate::tui::msg::{Cmd, Level, Msg};
use crate::tui::shell::{Cx, Shell};
use crate::tui::text::when;
use jiff::Zoned;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Home,
    Stays,
    Terminals,
    Log,
    Duplicates,
}

const TABS: [Tab; 5] = [Tab::Home, Tab::Stays, Tab::Terminals, Tab::Log, Tab::Duplicates];

pub struct Admin {
    tab: usize,
    home: home::Home,
    stays: stays::Stays,
    terminals: terminals::Terminals,
    log: log::Log,
    duplicates: duplicates::Duplicates,
    /// The last loading was refused: the centre cannot be asked.
    offline: bool,
}

impl Admin {
    pub fn new() -> Self {
        Self {
            tab: 0,
            home: home::Home::default(),
            stays: stays::Stays::new(),
            terminals: terminals::Terminals::default(),
            log: log::Log::default(),
            duplicates: duplicates::Duplicates::default(),
            offline: false,
        }
    }

    fn tab(&self) -> Tab {
        TABS[self.tab.min(4)]
    }

    fn load(&mut self, cx: &mut Cx) {
        cx.ask(match self.tab() {
            Tab::Home => Cmd::LoadOverview,
            Tab::Stays => Cmd::LoadStays(self.stays.filter()),
            Tab::Terminals => Cmd::LoadTerminals,
            Tab::Log => Cmd::LoadLog,
            Tab::Duplicates => Cmd::LoadDuplicates,
        });
        if self.tab() == Tab::Home {
            cx.ask(Cmd::LoadTerminals);
        }
    }

    fn go(&mut self, cx: &mut Cx, tab: usize) {
        self.tab = tab % TABS.len();
        self.load(cx);
    }

    fn offline(&mut self, cx: &mut Cx) {
        self.offline = true;
        let a = &cx.shell.words.admin;
        let loaded = self.home.as_of.is_some()
            || self.stays.as_of().is_some()
            || self.terminals.as_of.is_some()
            || self.duplicates.as_of.is_some();
        let text = if loaded { a.offline } else { a.offline_empty };
        cx.shell.mention(Level::Warning, text);
        cx.touch();
    }
}

/// A panel's title, with `data per 14.05` when the centre cannot be asked or the data is older than a minute.
fn titled(shell: &Shell, title: &str, as_of: Option<&Zoned>, offline: bool) -> String {
    match as_of {
        Some(at) if offline || shell.now.timestamp().as_second() - at.timestamp().as_second() >= 60 => {
            format!("{title}, {} {}", shell.words.admin.as_of, when::clock(shell.words, at))
        }
        _ => title.to_owned(),
    }
}

impl Page for Admin {
    fn place(&self, shell: &Shell) -> String {
        shell.words.admin.place.to_owned()
    }

    fn person(&self, shell: &Shell) -> String {
        // Five whole names have no room beside the badge.
        let tabs = shell.words.admin.pages.iter().enumerate().map(|(i, name)| {
            let short: String = name.chars().take(4).collect();
            if i == self.tab { format!("[{} {name}]", i + 1) } else { format!("{} {short}", i + 1) }
        });
        tabs.collect::<Vec<_>>().join(" ")
    }

    fn table(&self) -> &'static [Binding] {
        keys::ADMIN
    }

    fn enabled(&self, _shell: &Shell, action: Action) -> bool {
        match action {
            Action::Filter => self.tab() == Tab::Stays,
            Action::Open => self.tab() == Tab::Stays,
            Action::Remove | Action::Undo | Action::Swap => {
                self.tab() == Tab::Duplicates && self.duplicates.enabled(action)
            }
            _ => true,
        }
    }

    fn typing(&self) -> bool {
        self.tab() == Tab::Stays && self.stays.filtering()
    }

    fn leave(&self, _shell: &Shell) -> Option<Question> {
        None
    }

    fn start(&mut self, cx: &mut Cx) {
        self.load(cx);
    }

    fn minute(&mut self, cx: &mut Cx) {
        if cx.shell.link.link != Link::Down && !self.typing() {
            self.load(cx);
        }
    }

    fn act(&mut self, cx: &mut Cx, action: Action) {
        match action {
            Action::Pick(n) => self.go(cx, usize::from(n)),
            Action::Next => self.go(cx, self.tab + 1),
            Action::Previous => self.go(cx, self.tab + TABS.len() - 1),
            Action::Refresh => self.load(cx),
            Action::Filter => self.stays.begin_filter(),
            Action::Open | Action::Back if self.typing() => {
                if self.stays.end_filter(action == Action::Open) {
                    self.load(cx);
                }
            }
            Action::Open => self.stays.detail(cx),
            Action::Back if self.tab() == Tab::Stays && self.stays.clear_filter() => self.load(cx),
            Action::Back if self.tab != 0 => self.go(cx, 0),
            Action::Back => cx.ask(Cmd::Quit),
            step => match self.tab() {
                Tab::Stays => self.stays.step(step),
                Tab::Log => self.log.step(step),
                Tab::Duplicates => self.duplicates.act(cx, step, self.offline),
                Tab::Home | Tab::Terminals => {}
            },
        }
    }

    fn key(&mut self, cx: &mut Cx, chord: Chord) {
        if self.typing() && self.stays.key(chord) {
            self.load(cx);
        }
    }

    fn answered(&mut self, cx: &mut Cx, answer: Answer) {
        match answer {
            Answer::Reason(reason) => self.duplicates.reasoned(cx, reason),
            Answer::Yes(topic) => self.duplicates.confirmed(cx, topic),
            _ => {}
        }
    }

    fn told(&mut self, cx: &mut Cx, msg: Msg) {
        match msg {
            Msg::Overview { as_of, overview } => {
                self.offline = false;
                self.home.as_of = Some(as_of);
                self.home.overview = Some(overview);
                cx.touch();
            }
            Msg::Stays { as_of, filter, rows } => {
                self.offline = false;
                self.stays.told(as_of, filter, rows);
                cx.touch();
            }
            Msg::Terminals { as_of, rows } => {
                self.offline = false;
                self.terminals.as_of = Some(as_of);
                self.terminals.rows = rows;
                cx.touch();
            }
            Msg::Log(lines) => {
                self.log.lines = lines;
                cx.touch();
            }
            Msg::Duplicates { as_of, found } => {
                self.offline = false;
                self.duplicates.told(cx, as_of, *found);
            }
            Msg::Way { group, lines } => self.duplicates.way(cx, group, lines),
            Msg::AdminOffline => self.offline(cx),
            Msg::Link(link) if link.link == Link::Up && self.offline => self.load(cx),
            _ => {}
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        match self.tab() {
            Tab::Home => self.home.view(shell, self.offline, &self.terminals, area, buf),
            Tab::Stays => self.stays.view(shell, self.offline, area, buf),
            Tab::Terminals => self.terminals.view(shell, self.offline, area, buf),
            Tab::Log => self.log.view(shell, area, buf),
            Tab::Duplicates => self.duplicates.view(shell, self.offline, area, buf),
        }
    }
}
