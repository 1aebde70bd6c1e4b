//! A ticket's QR on the whole screen, its number beside it; where the QR finds no room, the number stands large.

use crate::tui::shell::Shell;
use crate::tui::widget::qr::Qr;
use crate::tui::widget::{big, put_centre};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrPage {
    pub ticket: String,
    qr: Option<Qr>,
}

impl QrPage {
    pub fn new(ticket: &str, text: &str) -> Self {
        Self { ticket: ticket.to_owned(), qr: Qr::of(text) }
    }

    /// Takes the whole screen.
    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (d, theme) = (&shell.words.dialogs, &shell.look.theme);
        Clear.render(area, buf);
        let last = area.bottom().saturating_sub(1);
        let above = Rect { height: area.height.saturating_sub(1), ..area };
        if self.qr.as_ref().is_some_and(|qr| qr.draw(&shell.look, buf, above)) {
            let caption = format!("{}   {}", self.ticket, d.qr_caption);
            put_centre(buf, area, last, &caption, theme.strong);
            return;
        }
        put_centre(buf, area, area.y + area.height / 2 - 6, d.qr_too_small, theme.text);
        let left = area.x + area.width.saturating_sub(big::width(&self.ticket)) / 2;
        big::draw(&shell.look, buf, left, area.y + area.height / 2 - 3, &self.ticket, theme.strong);
        put_centre(buf, area, last, d.qr_caption, theme.dim);
    }
}
