//! The server's own screen: where it listens, who is connected, what happens; leaving it stops the service.

use super::Page;
use crate::domain::link::Link;
use crate::domain::view::ServerView;
use crate::tui::dialog::question::{Question, Topic};
use crate::tui::glyphs::clean;
use crate::tui::keys::{self, Action, Binding};
use crate::tui::msg::{Cmd, Msg};
use crate::tui::shell::{Cx, Shell};
use crate::tui::widget::table::{self, column, figures};
use crate::tui::widget::{badge, panel, put, rows};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub struct Server {
    seen: ServerView,
    /// Events scrolled back from the newest.
    back: usize,
    /// It is served by the menu, and goes on when this screen is left.
    goes_on: bool,
}

impl Server {
    pub fn new(goes_on: bool) -> Self {
        Self { seen: ServerView::default(), back: 0, goes_on }
    }
}

impl Page for Server {
    fn place(&self, shell: &Shell) -> String {
        format!("{} {}", shell.words.others.server, shell.gate).trim_end().to_owned()
    }

    fn table(&self) -> &'static [Binding] {
        keys::SERVER
    }

    fn leave(&self, shell: &Shell) -> Option<Question> {
        if self.goes_on {
            return None;
        }
        let (o, c) = (&shell.words.others, &shell.words.common);
        Some(Question {
            topic: Topic::Leave,
            title: o.stop_title,
            lines: vec![o.stop_what.to_owned()],
            ask: o.stop_ask.to_owned(),
            yes: ('Y', o.stop_yes),
            no: (c.no.chars().next().unwrap_or('N'), c.no),
        })
    }

    fn start(&mut self, cx: &mut Cx) {
        cx.shell.counts = false;
        cx.shell.serves = true;
    }

    fn act(&mut self, cx: &mut Cx, action: Action) {
        match action {
            Action::Up => self.back = (self.back + 1).min(self.seen.events.len().saturating_sub(1)),
            Action::Down => self.back = self.back.saturating_sub(1),
            Action::Back => cx.ask(Cmd::Quit),
            _ => {}
        }
    }

    fn told(&mut self, cx: &mut Cx, msg: Msg) {
        if let Msg::Server(seen) = msg {
            if cx.shell.link != seen.database {
                cx.shell.link = seen.database.clone();
                cx.touch();
            }
            cx.set(&mut self.seen, *seen);
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (o, theme, seen) = (&shell.words.others, &shell.look.theme, &self.seen);
        let (state, rest) = rows(area, 5);
        let room = panel(buf, &shell.look, state, o.server);
        let since = seen.started.map(|at| shell.clock(at)).unwrap_or_default();
        let (database, style) = badge::badge(shell);
        let lines = [
            (o.listens, clean(&seen.listen), theme.strong),
            (o.since, since, theme.text),
            (o.database, database, style),
        ];
        for (y, (word, value, style)) in (room.y..).zip(lines) {
            put(buf, room.x, y, 10, word, theme.dim);
            let x = put(buf, room.x + 11, y, room.width.saturating_sub(11), &value, style) + 2;
            if let (Some(why), true) = (shell.link.reason, word == o.database && shell.link.link == Link::Down) {
                let text = (shell.words.say.down)(why);
                // Its first sentence is the reason; the rest is advice to those who sell.
                let reason = text.split(['.', ';']).next().unwrap_or(text);
                put(buf, x, y, room.right().saturating_sub(x), reason, theme.dim);
            }
        }
        let (clients, events) = rows(rest, rest.height / 2);
        self.clients(shell, clients, buf);
        self.events(shell, events, buf);
    }
}

impl Server {
    fn clients(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (o, c, theme) = (&shell.words.others, &shell.words.common, &shell.look.theme);
        let title = format!("{} {}", o.clients, self.seen.clients.len());
        let room = panel(buf, &shell.look, area, &title);
        if self.seen.clients.is_empty() {
            put(buf, room.x, room.y, room.width, o.no_clients, theme.dim);
            return;
        }
        let columns = [
            column(c.gate, 8),
            column(o.address, 0),
            column(o.since, 14),
            figures(c.waiting, 8),
            figures(o.queued, 8),
        ];
        let row = |h: &crate::domain::view::HubClient| {
            vec![
                (clean(&h.gate), theme.strong),
                (clean(&h.address), theme.text),
                (shell.clock(h.since), theme.text),
                (h.pending.to_string(), if h.pending > 0 { theme.warn } else { theme.text }),
                (h.queued.to_string(), theme.text),
            ]
        };
        let list: Vec<_> = self.seen.clients.iter().map(row).collect();
        table::draw(
            &shell.look,
            buf,
            Rect { x: room.x - 2, width: room.width + 2, ..room },
            &columns,
            &list,
            None,
        );
    }

    fn events(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (o, theme) = (&shell.words.others, &shell.look.theme);
        let title = format!("{} {}", o.events, self.seen.events_total);
        let room = panel(buf, &shell.look, area, &title);
        if self.seen.events.is_empty() {
            put(buf, room.x, room.y, room.width, o.no_events, theme.dim);
            return;
        }
        for (y, (at, text)) in (room.y..room.bottom()).zip(self.seen.events.iter().rev().skip(self.back)) {
            put(buf, room.x, y, 12, &shell.clock(*at), theme.dim);
            put(buf, room.x + 14, y, room.width.saturating_sub(14), &clean(text), theme.text);
        }
    }
}
