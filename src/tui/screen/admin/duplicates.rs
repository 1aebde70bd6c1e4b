//! Duplikat: groups of what was probably taken down twice, the chosen one side by side with its way to the centre;
//! F8 sets it aside (reason, then a question whose default is no), F6 undoes that, F4 lets another one stay.
//!
//! ```text
//! ┌ groups ──────────────────────────────┐
//! ├ why ─────────────────────────────────┤
//! │ stays             duplicate          │
//! │ sync log of both                     │
//! └──────────────────────────────────────┘
//! ```

use super::titled;
use crate::domain::duplicates::{Found, Group, Member};
use crate::domain::money::Rupiah;
use crate::domain::view::LogLine;
use crate::tui::dialog::Dialog;
use crate::tui::dialog::question::{Question, Topic};
use crate::tui::dialog::reason::Reason;
use crate::tui::glyphs::clean;
use crate::tui::keys::Action;
use crate::tui::msg::{Cmd, Level};
use crate::tui::shell::{Cx, Shell};
use crate::tui::widget::table::{self, column, figures};
use crate::tui::widget::{columns, panel, put, put_right, rows};
use jiff::Zoned;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use uuid::Uuid;

const PAGE: usize = 5;

#[derive(Default)]
pub struct Duplicates {
    pub as_of: Option<Zoned>,
    groups: Vec<Group>,
    total: u64,
    selected: usize,
    /// The group whose way was asked for, and what came.
    way: Option<(Uuid, Option<Vec<LogLine>>)>,
    /// What the open question is about: a list loaded meanwhile does not change it.
    asked: Option<(Box<Group>, String)>,
}

impl Duplicates {
    fn group(&self) -> Option<&Group> {
        self.groups.get(self.selected)
    }

    pub fn told(&mut self, cx: &mut Cx, as_of: Zoned, found: Found) {
        let chosen = self.group().map(|g| (g.group, g.removed, g.kept, g.kept_gate.clone()));
        self.as_of = Some(as_of);
        self.total = found.total;
        self.groups = found.groups;
        self.selected = 0;
        if let Some((group, removed, kept, gate)) = chosen
            && let Some(at) = self.groups.iter().position(|g| g.group == group)
        {
            self.selected = at;
            // Which one is to stay was chosen here, and holds until it is decided.
            if self.groups[at].removed == removed && !removed {
                (self.groups[at].kept, self.groups[at].kept_gate) = (kept, gate);
            }
        }
        self.ask_way(cx);
        cx.touch();
    }

    pub fn way(&mut self, cx: &mut Cx, group: Uuid, lines: Vec<LogLine>) {
        if let Some((asked, way)) = &mut self.way
            && *asked == group
        {
            *way = Some(lines);
            cx.touch();
        }
    }

    fn ask_way(&mut self, cx: &mut Cx) {
        let Some(group) = self.group() else { return };
        let (id, facts) = (group.group, group.members.iter().map(|m| m.fact).collect());
        let since = group.members.iter().map(|m| m.at).min().unwrap_or(group.at);
        if self.way.as_ref().is_none_or(|(asked, _)| *asked != id) {
            self.way = Some((id, None));
            cx.ask(Cmd::LoadWay { group: id, since, facts });
        }
    }

    pub fn enabled(&self, action: Action) -> bool {
        match action {
            Action::Remove | Action::Swap => self.group().is_some_and(|g| !g.removed),
            Action::Undo => self.group().is_some_and(|g| g.removed),
            _ => true,
        }
    }

    pub fn act(&mut self, cx: &mut Cx, action: Action, offline: bool) {
        match action {
            Action::Swap => {
                if let Some(group) = self.groups.get_mut(self.selected) {
                    group.keep_next();
                }
            }
            Action::Remove | Action::Undo if offline => {
                let text = cx.shell.words.admin.offline;
                cx.shell.say(Level::Warning, text);
            }
            Action::Remove => cx.layers.open(Dialog::Reason(Reason::empty()), cx.shell.at),
            Action::Undo => {
                let Some(group) = self.group() else { return };
                let words = cx.shell.words.duplicates;
                let why = format!("{}: {}", words.reason, clean(group.reason.as_deref().unwrap_or("-")));
                let lines = vec![money(cx.shell, group), why.chars().take(60).collect()];
                let yes = ('Y', words.undo_yes);
                ask(cx, Topic::DuplicateUndo, words.undo_title, lines, words.undo_ask, yes);
                self.asked = Some((Box::new(group.clone()), String::new()));
            }
            step => {
                self.selected = table::moved(self.selected, step, self.groups.len(), PAGE);
                self.ask_way(cx);
            }
        }
        cx.touch();
    }

    pub fn reasoned(&mut self, cx: &mut Cx, reason: String) {
        let Some(group) = self.group() else { return };
        let words = cx.shell.words.duplicates;
        let lines = vec![money(cx.shell, group), words.remove_note.to_owned()];
        let yes = ('Y', words.remove_yes);
        ask(cx, Topic::DuplicateRemove, words.remove_title, lines, words.remove_ask, yes);
        self.asked = Some((Box::new(group.clone()), reason));
    }

    pub fn confirmed(&mut self, cx: &mut Cx, topic: Topic) {
        let Some((group, reason)) = self.asked.take() else { return };
        match topic {
            Topic::DuplicateRemove => cx.ask(Cmd::RemoveDuplicates { group, reason }),
            Topic::DuplicateUndo => cx.ask(Cmd::UndoDuplicates(group.group)),
            _ => {}
        }
    }

    pub fn view(&self, shell: &Shell, offline: bool, area: Rect, buf: &mut Buffer) {
        let (words, a, theme) = (shell.words.duplicates, &shell.words.admin, &shell.look.theme);
        let (top, below) = rows(area, (area.height / 3).max(7));
        let title = titled(shell, words.title, self.as_of.as_ref(), offline);
        let room = panel(buf, &shell.look, top, &title);
        if self.groups.is_empty() {
            let text = match (&self.as_of, offline) {
                (None, true) => a.offline_empty,
                (None, false) => a.loading,
                (Some(_), _) => words.none,
            };
            put(buf, room.x, room.y, room.width, text, theme.dim);
            return;
        }
        let count = format!(" {} ", (words.count)(self.total, self.groups.len()));
        put_right(buf, top.right() - 2, top.y, 24, &count, theme.dim);
        let wide = [column("", 10), column("", 6), column("", 12), column("", 12), figures("", 9), column("", 0)];
        let list: Vec<_> = self.groups.iter().map(|g| line(shell, g)).collect();
        let at = Rect { x: room.x - 1, width: room.width + 2, ..room };
        table::draw(&shell.look, buf, at, &wide, &list, Some(self.selected));
        if let Some(group) = self.group() {
            self.detail(shell, group, below, buf);
        }
    }

    fn detail(&self, shell: &Shell, group: &Group, area: Rect, buf: &mut Buffer) {
        let (words, theme) = (shell.words.duplicates, &shell.look.theme);
        let title = match (&group.removed_at, &group.removed_by) {
            (Some(at), Some(by)) => {
                format!("{} {}", words.state(group), clean(&(words.by)(by, &shell.clock(*at))))
            }
            _ => format!("{}: {}", words.cause, words.why(&group.causes)),
        };
        let room = panel(buf, &shell.look, area, &title);
        let (pair, log) = rows(room, 7);
        let (left, right) = columns(pair, pair.width / 2);
        if let Some(kept) = group.kept() {
            member(shell, words.kept, kept, left, buf);
        }
        let mut others = group.others();
        if let Some(other) = others.next() {
            let more = others.count();
            let mark = if more > 0 {
                format!("{} {}", words.duplicate, (words.more)(more))
            } else {
                words.duplicate.to_owned()
            };
            member(shell, &mark, other, right, buf);
        }
        put(buf, log.x, log.y, log.width, words.log, theme.title);
        let lines = match &self.way {
            Some((id, Some(lines))) if *id == group.group => lines,
            _ => return,
        };
        if lines.is_empty() {
            put(buf, log.x, log.y + 1, log.width, words.log_none, theme.dim);
        }
        let fits = usize::from(log.height.saturating_sub(1));
        for (y, line) in (log.y + 1..).zip(&lines[lines.len().saturating_sub(fits)..]) {
            let mine = |m: &Member| line.text.contains(&m.fact.to_string());
            let who = if group.kept().is_some_and(mine) { words.kept } else { words.duplicate };
            let at = line.at.to_zoned(shell.zone.clone()).strftime("%d/%m %H:%M:%S").to_string();
            put(buf, log.x, y, 9, who, theme.text);
            put(buf, log.x + 10, y, 14, &at, theme.dim);
            let verdict = line.text.split_once(" kind=").map_or(line.text.as_str(), |(_, rest)| rest);
            put(buf, log.x + 26, y, log.width.saturating_sub(26), &clean(verdict), theme.text);
        }
    }
}

fn ask(cx: &mut Cx, topic: Topic, title: &'static str, lines: Vec<String>, ask: &str, yes: (char, &'static str)) {
    let no = ('T', cx.shell.words.common.no);
    let question = Question { topic, title, lines, ask: ask.to_owned(), yes, no };
    cx.layers.open(Dialog::Question(question), cx.shell.at);
}

/// How many records, and their money.
fn money(shell: &Shell, group: &Group) -> String {
    let sum: Rupiah = group.others().filter_map(|m| m.fee).sum();
    (shell.words.duplicates.remove_what)(group.others().count(), &sum.to_string())
}

fn line(shell: &Shell, group: &Group) -> table::Row {
    let (words, theme) = (shell.words.duplicates, &shell.look.theme);
    let shown = group.others().next().or(group.kept());
    let side = |m: &Member| if m.side == "in" { words.side_in } else { words.side_out };
    let sum: Rupiah = group.others().filter_map(|m| m.fee).sum();
    let (state, style) = match (group.removed, group.kept_stands) {
        (true, true) => (words.aside, theme.dim),
        (true, false) => (words.gone, theme.warn),
        (false, _) => (words.class(group.class), theme.warn),
    };
    let why =
        if group.removed { clean(group.reason.as_deref().unwrap_or_default()) } else { words.why(&group.causes) };
    vec![
        (state.to_owned(), style),
        (shown.map(|m| side(m).to_owned()).unwrap_or_default(), theme.text),
        (shell.clock(group.at), theme.text),
        (shown.map(|m| shell.plate(Some(m.plate.as_str()))).unwrap_or_default(), theme.strong),
        (sum.plain(), theme.text),
        (why, theme.text),
    ]
}

fn member(shell: &Shell, mark: &str, m: &Member, area: Rect, buf: &mut Buffer) {
    let (words, c, theme) = (shell.words.duplicates, &shell.words.common, &shell.look.theme);
    let side = if m.side == "in" { words.side_in } else { words.side_out };
    let at = m.at.to_zoned(shell.zone.clone()).strftime("%d/%m %H:%M:%S").to_string();
    let fee = m.fee.map(|fee| format!("{fee} {}", clean(&m.method))).unwrap_or_else(|| "-".to_owned());
    let arrived = m.received_at.to_zoned(shell.zone.clone()).strftime("%d/%m %H:%M:%S").to_string();
    let operator = clean(m.operator.as_deref().unwrap_or("-"));
    put(buf, area.x, area.y, area.width.saturating_sub(1), mark, theme.strong);
    let lines = [
        (c.ticket, format!("{}  {}", clean(&m.ticket), shell.plate(Some(m.plate.as_str())))),
        (side, format!("{at}  {}", clean(&m.gate))),
        (shell.words.admin.fee, fee),
        (c.operator, operator),
        (words.terminal, clean(m.terminal.as_deref().unwrap_or("-"))),
        (words.arrived, format!("{arrived}  no. {}", m.seq)),
    ];
    for (y, (name, value)) in (area.y + 1..area.bottom()).zip(&lines) {
        put(buf, area.x, y, 9, name, theme.dim);
        put(buf, area.x + 10, y, area.width.saturating_sub(11), value, theme.text);
    }
}
