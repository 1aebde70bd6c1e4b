//! Periksa: every check with its result, and below each that is not well what to do.

use super::Page;
use crate::domain::view::{Check, Verdict};
use crate::tui::dialog::question::Question;
use crate::tui::glyphs::clean;
use crate::tui::keys::{self, Action, Binding};
use crate::tui::msg::{Cmd, Level, Msg};
use crate::tui::shell::{Cx, Shell};
use crate::tui::widget::{panel, put, wrap};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub struct Doctor {
    checks: Vec<Check>,
    done: bool,
    from: usize,
}

impl Doctor {
    pub fn new() -> Self {
        Self { checks: Vec::new(), done: false, from: 0 }
    }

    fn run(&mut self, cx: &mut Cx) {
        self.done = false;
        self.from = 0;
        cx.shell.message = None;
        cx.ask(Cmd::RunChecks);
        cx.touch();
    }

    fn lines(&self, shell: &Shell, room: u16) -> Vec<Vec<(u16, String, Style)>> {
        let (theme, glyphs) = (&shell.look.theme, shell.look.glyphs);
        let mut lines = Vec::new();
        for check in &self.checks {
            let (at, shape, style) = match check.verdict {
                Verdict::Ok => (0, glyphs.good, theme.good),
                Verdict::Warn => (1, glyphs.warn, theme.warn),
                Verdict::Fail => (2, glyphs.bad, theme.error),
                Verdict::Skipped => (3, glyphs.info, theme.dim),
            };
            let verdict = format!("{shape:<2} {:<6}", shell.words.others.verdicts[at]);
            let mut detail = wrap(&clean(&check.detail), room.saturating_sub(32)).into_iter();
            let name = clean(&check.name);
            let first = detail.next().unwrap_or_default();
            lines.push(vec![(0, verdict, style), (11, name, theme.strong), (32, first, theme.text)]);
            lines.extend(detail.map(|more| vec![(32, more, theme.text)]));
            for (i, todo) in wrap(&clean(&check.todo), room.saturating_sub(14)).into_iter().enumerate() {
                if !todo.is_empty() {
                    let mark = if i == 0 { glyphs.pointer } else { " " };
                    lines.push(vec![(11, mark.to_owned(), theme.focus), (13, todo, theme.text)]);
                }
            }
        }
        lines
    }
}

impl Page for Doctor {
    fn place(&self, shell: &Shell) -> String {
        format!("{} {}", shell.words.others.doctor, shell.gate).trim_end().to_owned()
    }

    fn table(&self) -> &'static [Binding] {
        keys::DOCTOR
    }

    fn leave(&self, _shell: &Shell) -> Option<Question> {
        None
    }

    fn start(&mut self, cx: &mut Cx) {
        self.run(cx);
    }

    fn act(&mut self, cx: &mut Cx, action: Action) {
        match action {
            Action::Refresh if self.done => self.run(cx),
            Action::Up => self.from = self.from.saturating_sub(1),
            Action::Down => self.from = (self.from + 1).min(self.checks.len()),
            Action::Back => cx.ask(Cmd::Quit),
            _ => {}
        }
    }

    fn told(&mut self, cx: &mut Cx, msg: Msg) {
        if let Msg::Checks { checks, done } = msg {
            cx.set(&mut self.checks, checks);
            cx.set(&mut self.done, done);
            if done {
                let bad = |c: &&Check| matches!(c.verdict, Verdict::Warn | Verdict::Fail);
                match self.checks.iter().filter(bad).count() {
                    0 => cx.shell.good(cx.shell.words.others.done_ok),
                    n => cx.shell.say(Level::Warning, (cx.shell.words.others.done_bad)(n)),
                }
                cx.touch();
            }
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (o, theme) = (&shell.words.others, &shell.look.theme);
        let room = panel(buf, &shell.look, area, o.checks);
        let mut lines = self.lines(shell, room.width);
        if !self.done {
            lines.push(vec![(0, o.running.to_owned(), theme.dim)]);
        }
        let tall = usize::from(room.height);
        let bottom = if lines.len() > self.from + tall {
            let y = room.bottom().saturating_sub(1);
            put(buf, room.x, y, room.width, &(o.more_rows)(lines.len() - self.from + 1 - tall), theme.focus);
            y
        } else {
            room.bottom()
        };
        for (y, line) in (room.y..bottom).zip(lines.iter().skip(self.from)) {
            for (x, text, style) in line {
                put(buf, room.x + x, y, room.width.saturating_sub(*x), text, *style);
            }
        }
    }
}
