//! How a screen is put together: header, banner, page, message, footer, and the dialogs over them.

use super::Screen;
use crate::tui::dialog::Dialog;
use crate::tui::keys::{Action, Binding};
use crate::tui::screen::parts;
use crate::tui::shell::Shell;
use crate::tui::widget::{footer, header, message, put, put_centre, rows};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The smallest terminal the screens are made for.
pub const SMALLEST: (u16, u16) = (80, 24);

impl Screen {
    pub fn view(&self, frame: &mut Frame) {
        let area = frame.area();
        self.draw(area, frame.buffer_mut());
    }

    /// Draws into any buffer; every cell is one the terminal can show.
    pub fn draw(&self, area: Rect, buf: &mut Buffer) {
        let shell = &self.shell;
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            too_small(shell, area, buf);
        } else {
            self.whole(area, buf);
        }
        shell.look.glyphs.enforce(buf);
    }

    fn whole(&self, area: Rect, buf: &mut Buffer) {
        let shell = &self.shell;
        let (head, rest) = rows(area, 1);
        header::draw(shell, &self.page.place(shell), &self.page.person(shell), head, buf);
        let (above, last) = rows(rest, rest.height - 1);
        let (mut body, line) = rows(above, above.height - 1);
        if let Some(trouble) = shell.link.banner {
            let text = format!(" {} {} ", shell.look.glyphs.bad, (shell.words.say.trouble)(trouble));
            let wide = usize::from(body.width);
            put(buf, body.x, body.y, body.width, &format!("{text:<wide$}"), shell.look.theme.error);
            (_, body) = rows(body, 1);
        }
        if let Some(post) = self.post.as_ref().filter(|post| post.covers()) {
            post.view(shell, body, buf);
            message::draw(shell, line, buf);
            footer::draw(&shell.look, &post.hints(shell), last, buf);
            return;
        }
        self.page.view(shell, body, buf);
        message::draw(shell, line, buf);
        match self.layers.top() {
            Some(dialog) => footer::draw(&shell.look, &dialog.hints(shell), last, buf),
            None => footer::draw(&shell.look, &self.hints(), last, buf),
        }
        for dialog in self.layers.iter() {
            match dialog {
                Dialog::Qr(qr) => qr.view(shell, area, buf),
                other => other.view(shell, body, buf),
            }
        }
    }

    fn hints(&self) -> Vec<(&'static str, &'static str)> {
        let there = |action| action != Action::Barrier || parts::has_barrier(&self.shell);
        let offered = |b: &&Binding| there(b.action) && self.page.offered(&self.shell, b.action);
        let table = self.page.table().iter().filter(offered);
        let shifts = self.post.as_ref().is_some_and(|post| post.in_use());
        let table = table.filter(|b| shifts || b.action != Action::Shift);
        table
            .map(|b| (b.shown, (b.words)(&self.shell.words.keys).0))
            .filter(|(_, word)| !word.is_empty())
            .collect()
    }
}

fn too_small(shell: &Shell, area: Rect, buf: &mut Buffer) {
    let text = shell.words.common.too_small;
    let lines = crate::tui::widget::wrap(text, area.width.max(1));
    let top = area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(1)) / 2;
    for (y, line) in (area.y + top..area.bottom()).zip(&lines) {
        put_centre(buf, area, y, line, shell.look.theme.text);
    }
}
