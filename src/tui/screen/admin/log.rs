//! Log: the last lines, newest at the bottom; the whole stands in `logs/`.

use crate::domain::view::LogLine;
use crate::tui::glyphs::clean;
use crate::tui::keys::Action;
use crate::tui::shell::Shell;
use crate::tui::text::log;
use crate::tui::widget::{panel, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const PAGE: usize = 18;

#[derive(Default)]
pub struct Log {
    pub lines: Vec<LogLine>,
    /// Lines scrolled back from the newest.
    back: usize,
}

impl Log {
    pub fn step(&mut self, action: Action) {
        let most = self.lines.len().saturating_sub(1);
        self.back = match action {
            Action::Up => self.back + 1,
            Action::Down => self.back.saturating_sub(1),
            Action::PageUp => self.back + PAGE,
            Action::PageDown => self.back.saturating_sub(PAGE),
            Action::Home => most,
            Action::End => 0,
            _ => self.back,
        }
        .min(most);
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (a, theme) = (&shell.words.admin, &shell.look.theme);
        let room = panel(buf, &shell.look, area, a.pages[3]);
        if self.lines.is_empty() {
            put(buf, room.x, room.y, room.width, a.log_empty, theme.dim);
            return;
        }
        let end = self.lines.len().saturating_sub(self.back);
        let first = end.saturating_sub(usize::from(room.height));
        for (y, line) in (room.y..).zip(&self.lines[first..end]) {
            let style = match line.level.as_str() {
                "ERROR" => theme.error,
                "WARN" => theme.warn,
                _ => theme.dim,
            };
            let at = line.at.to_zoned(shell.zone.clone()).strftime("%H:%M:%S").to_string();
            put(buf, room.x, y, 8, &at, theme.dim);
            put(buf, room.x + 9, y, 5, &clean(&line.level), style);
            put(buf, room.x + 15, y, 10, &clean(&line.component), theme.text);
            put(
                buf,
                room.x + 26,
                y,
                room.width.saturating_sub(26),
                &clean(&log::spell(&line.text, shell.lang)),
                theme.text,
            );
        }
    }
}
