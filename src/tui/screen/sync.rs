//! Sinkronisasi Data: how much waits, how much was put off or set aside, and the key that sends it.

use super::Page;
use crate::domain::link::Link;
use crate::tui::dialog::question::Question;
use crate::tui::glyphs::clean;
use crate::tui::keys::{self, Action, Binding};
use crate::tui::msg::{Cmd, Msg};
use crate::tui::shell::{Cx, Shell, Waits};
use crate::tui::widget::{panel, put, put_right};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub struct Sync {
    terminals: Vec<Waits>,
    at: usize,
}

impl Sync {
    pub fn new(terminals: Vec<Waits>, at: usize) -> Self {
        Self { terminals, at }
    }

    /// Which terminals there are to choose from, if there is a choice.
    fn draw_terminals(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        if self.terminals.len() < 2 {
            return;
        }
        let (o, theme) = (&shell.words.others, &shell.look.theme);
        let rows = u16::try_from(self.terminals.len().min(9)).unwrap_or(9);
        let frame = Rect { height: (rows + 2).min(area.height), ..area };
        let room = panel(buf, &shell.look, frame, o.sync_terminals);
        for (i, terminal) in self.terminals.iter().take(usize::from(room.height)).enumerate() {
            let y = room.y + u16::try_from(i).unwrap_or_default();
            let here = i == self.at;
            let style = if here { theme.strong } else { theme.text };
            let waiting = if here { shell.link.pending + shell.link.parked } else { terminal.waiting };
            put(buf, room.x, y, 3, &format!("{}", i + 1), style);
            put(buf, room.x + 3, y, 12, &clean(&terminal.gate), style);
            put_right(buf, room.x + 26, y, 9, &waiting.to_string(), style);
            if here {
                put(buf, room.x + 29, y, room.width.saturating_sub(29), o.sync_here, style);
            }
        }
    }
}

impl Page for Sync {
    fn place(&self, shell: &Shell) -> String {
        shell.words.others.sync_place.to_owned()
    }

    fn table(&self) -> &'static [Binding] {
        keys::SYNC
    }

    fn enabled(&self, _shell: &Shell, action: Action) -> bool {
        !matches!(action, Action::Pick(at) if self.terminals.len() < 2 || usize::from(at) >= self.terminals.len())
    }

    /// Whoever is here came to send: a question of its own would take the Enter for "later".
    fn busy(&self) -> bool {
        true
    }

    fn leave(&self, _shell: &Shell) -> Option<Question> {
        None
    }

    fn act(&mut self, cx: &mut Cx, action: Action) {
        match action {
            Action::Back => cx.ask(Cmd::Quit),
            Action::Pick(at) if usize::from(at) != self.at => cx.ask(Cmd::Terminal(usize::from(at))),
            _ => {}
        }
    }

    fn told(&mut self, cx: &mut Cx, msg: Msg) {
        if let Msg::Link(_) = msg {
            cx.touch();
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (o, d, theme, link) = (&shell.words.others, &shell.words.dialogs, &shell.look.theme, &shell.link);
        let frame = Rect { x: area.x + 4, y: area.y + 1, width: area.width - 8, height: 10.min(area.height - 1) };
        let room = panel(buf, &shell.look, frame, o.sync_state);
        for (y, (word, count)) in (room.y + 1..).zip([
            (o.sync_waiting, link.pending),
            (o.sync_deferred, link.deferred),
            (o.sync_parked, link.parked),
        ]) {
            put(buf, room.x, y, 16, word, theme.text);
            put_right(buf, room.x + 26, y, 9, &count.to_string(), theme.strong);
        }
        for (y, count, note) in
            [(room.y + 2, link.deferred, o.sync_deferred_note), (room.y + 3, link.parked, d.parked_note)]
        {
            if count > 0 {
                put(buf, room.x + 29, y, room.width.saturating_sub(29), note, theme.dim);
            }
        }
        let hint = match link.link {
            Link::Checking => shell.words.common.checking,
            Link::Down => d.sync_no_link,
            Link::Up if link.pending + link.parked == 0 => o.sync_none,
            Link::Up => o.sync_go,
        };
        put(buf, room.x, room.y + 6, room.width, hint, theme.strong);
        let below = frame.bottom();
        let rest = Rect { y: below, height: area.bottom().saturating_sub(below), ..frame };
        self.draw_terminals(shell, rest, buf);
    }
}
