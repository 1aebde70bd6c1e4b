//! What is being sent after an outage, fact by fact. Esc lets it go on behind the screen.

use super::{Answer, Reply};
use crate::domain::view::SyncProgress;
use crate::tui::glyphs::clean;
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::text::facts;
use crate::tui::widget::unicode::width;
use crate::tui::widget::{gauge, modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub now: SyncProgress,
}

pub fn key(chord: Chord) -> Reply {
    if chord == Chord::Esc { Reply::Done(Answer::ProgressHidden) } else { Reply::Kept }
}

impl Progress {
    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (d, theme, p) = (&shell.words.dialogs, &shell.look.theme, &self.now);
        let room = modal::open(buf, &shell.look, area, (66, 10), d.progress_title);
        let count = format!("{} / {}", p.done, p.total);
        let bar = room.width.saturating_sub(width(&count) + 2);
        gauge::draw(&shell.look, buf, (room.x, room.y + 1, bar), p.done, p.total, theme.good);
        put(buf, room.x + bar + 2, room.y + 1, room.width, &count, theme.strong);
        let counts = (d.progress_counts)(p.sent, p.already, p.parked);
        put(buf, room.x, room.y + 3, room.width, &counts, theme.text);
        if let Some(fact) = &p.current {
            let now = format!("{}: {}", d.progress_now, clean(&facts::spell(fact, shell.lang)));
            put(buf, room.x, room.y + 4, room.width, &now, theme.dim);
        }
        put(buf, room.x, room.y + 6, room.width, &format!("Esc {}", d.progress_hide), theme.dim);
    }
}
