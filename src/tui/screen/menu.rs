//! The main menu: six doors, what stands behind each, one key to open it.

use super::Page;
use crate::domain::link::Link;
use crate::tui::dialog::question::{Question, Topic};
use crate::tui::glyphs::clean;
use crate::tui::keys::{self, Action, Binding};
use crate::tui::msg::{Cmd, Component, Level};
use crate::tui::shell::{Cx, Entry, Shell};
use crate::tui::widget::table::moved;
use crate::tui::widget::{panel, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub struct Menu {
    entries: Vec<Entry>,
    selected: usize,
}

impl Menu {
    pub fn new(entries: Vec<Entry>) -> Self {
        let selected = entries.iter().position(|e| e.available).unwrap_or(0);
        Self { entries, selected }
    }

    fn open(&mut self, cx: &mut Cx, at: usize) {
        let Some(entry) = self.entries.get(at) else { return };
        self.selected = at;
        if entry.available {
            cx.ask(Cmd::Open(entry.component));
        } else {
            let text = format!("{}: {}", cx.shell.words.others.not_here, clean(&entry.detail));
            cx.shell.say(Level::Warning, text);
        }
    }
}

/// A component's name and its place in the words' list.
fn name(shell: &Shell, component: Component) -> &'static str {
    let at = match component {
        Component::GateIn => 0,
        Component::GateOut => 1,
        Component::Admin => 2,
        Component::Server => 3,
        Component::Sync => 4,
        Component::Doctor => 5,
    };
    shell.words.others.menu[at]
}

impl Page for Menu {
    fn place(&self, _shell: &Shell) -> String {
        "parkir".to_owned()
    }

    fn person(&self, shell: &Shell) -> String {
        if shell.site_name.is_empty() { shell.gate.clone() } else { shell.site_name.clone() }
    }

    fn table(&self) -> &'static [Binding] {
        keys::MENU
    }

    fn leave(&self, shell: &Shell) -> Option<Question> {
        let (o, c) = (&shell.words.others, &shell.words.common);
        Some(Question {
            topic: Topic::Leave,
            title: o.quit_title,
            lines: Vec::new(),
            ask: o.quit_ask.to_owned(),
            yes: ('Y', o.quit_yes),
            no: (c.no.chars().next().unwrap_or('N'), c.no),
        })
    }

    fn act(&mut self, cx: &mut Cx, action: Action) {
        match action {
            Action::Pick(at) => self.open(cx, usize::from(at)),
            Action::Open => self.open(cx, self.selected),
            Action::Up if self.selected == 0 => self.selected = self.entries.len().saturating_sub(1),
            Action::Down if self.selected + 1 >= self.entries.len() => self.selected = 0,
            other => self.selected = moved(self.selected, other, self.entries.len(), 6),
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let theme = &shell.look.theme;
        let tall = u16::try_from(self.entries.len()).unwrap_or(6) + 4;
        let wide = (area.width - 8).min(90);
        let left = area.x + (area.width - wide) / 2;
        let frame = Rect { x: left, y: area.y + 1, width: wide, height: tall.min(area.height - 1) };
        let room = panel(buf, &shell.look, frame, shell.words.others.menu_title);
        for (i, entry) in self.entries.iter().enumerate() {
            let y = room.y + 1 + u16::try_from(i).unwrap_or(0);
            let chosen = i == self.selected;
            let style = if entry.available { theme.text } else { theme.dim };
            if chosen {
                put(buf, room.x, y, 1, shell.look.glyphs.pointer, theme.focus);
            }
            put(buf, room.x + 2, y, 1, &(i + 1).to_string(), theme.key);
            let word = format!(" {} ", name(shell, entry.component));
            let named = if chosen { theme.selected } else { style };
            put(buf, room.x + 4, y, 20, &word, named);
            let detail = self.detail(shell, entry);
            put(buf, room.x + 26, y, room.width.saturating_sub(26), &detail, theme.dim);
        }
    }
}

impl Menu {
    /// What waits is known here better than by whoever made the entries.
    fn detail(&self, shell: &Shell, entry: &Entry) -> String {
        let (o, link) = (&shell.words.others, &shell.link);
        if entry.component == Component::Sync && entry.available && shell.link.link != Link::Checking {
            let some = |word: &str, n: u64| (n > 0).then(|| format!("{} {n}", word.to_lowercase()));
            let told = [some(o.sync_waiting, link.pending), some(o.sync_parked, link.parked)];
            let told: Vec<String> = told.into_iter().flatten().collect();
            return if told.is_empty() { o.sync_none.to_owned() } else { told.join(", ") };
        }
        clean(&entry.detail)
    }
}
