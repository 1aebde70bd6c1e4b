//! How the sending ended: sent, already there, set aside, why, and who must act; what failed can be tried again.

use super::{Answer, Reply};
use crate::domain::link::DownReason;
use crate::domain::view::SyncSummary;
use crate::tui::glyphs::clean;
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::text::facts;
use crate::tui::widget::unicode::width;
use crate::tui::widget::{modal, put, put_right};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Reasons shown; the rest stands in the log.
const SHOWN: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub summary: SyncSummary,
}

impl Summary {
    /// Something is left that can be tried again.
    fn can_retry(&self) -> bool {
        self.summary.parked > 0 || self.summary.stopped.is_some()
    }

    pub fn key(&self, chord: Chord) -> Reply {
        match chord {
            Chord::Enter | Chord::Esc => Reply::Close,
            Chord::Char('u' | 'U' | 'r' | 'R') if self.can_retry() => Reply::Done(Answer::Retry),
            _ => Reply::Kept,
        }
    }

    pub fn hints(&self, shell: &Shell) -> Vec<(&'static str, &'static str)> {
        let mut hints = vec![("Enter", shell.words.common.close)];
        if self.can_retry() {
            hints.push(("U", shell.words.dialogs.retry));
        }
        hints
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (d, theme, s) = (&shell.words.dialogs, &shell.look.theme, &self.summary);
        let problems: Vec<_> =
            s.problems.iter().take(SHOWN).map(|p| (&p.fact, facts::why(&p.code, shell.lang))).collect();
        // What to do is said once for all that want the same, below the last of them.
        let last = |i: usize| problems.get(i + 1).is_none_or(|(_, next)| next.todo != problems[i].1.todo);
        let todos = (0..problems.len()).filter(|i| last(*i)).count();
        let extra = usize::from(s.stopped.is_some()) * 2 + problems.len() + todos;
        let tall = 10 + u16::try_from(extra).unwrap_or(0);
        let room = modal::open(buf, &shell.look, area, (70, tall), d.summary_title);
        let mut y = room.y + 1;
        let note = |n: u64, note: &'static str| if n > 0 { note } else { "" };
        for (word, count, note) in [
            (d.sent, s.sent, note(s.sent, d.sent_note)),
            (d.already, s.already, note(s.already, d.already_note)),
            (d.parked, s.parked, note(s.parked, d.parked_note)),
        ] {
            put(buf, room.x, y, 14, word, theme.text);
            put_right(buf, room.x + 22, y, 8, &count.to_string(), theme.strong);
            put(buf, room.x + 25, y, room.width.saturating_sub(25), note, theme.dim);
            y += 1;
        }
        if let Some(why) = &s.stopped {
            let known = DownReason::named(why).map(shell.words.say.why);
            put(buf, room.x, y, room.width, d.stopped, theme.warn);
            let why = known.unwrap_or(d.stopped_here);
            put(buf, room.x + 2, y + 1, room.width.saturating_sub(2), why, theme.text);
            y += 2;
        }
        y += 1;
        for (i, (fact, why)) in problems.iter().enumerate() {
            let x = put(buf, room.x, y, 22, &clean(&facts::short(fact, shell.lang)), theme.strong) + 2;
            put(buf, x, y, room.right().saturating_sub(x), why.what, theme.text);
            y += 1;
            if last(i) {
                put(buf, room.x + 2, y, room.width.saturating_sub(2), why.todo, theme.dim);
                y += 1;
            }
        }
        let log = format!("{}_{}.log", d.detail_in, shell.now.strftime("%Y%m%d"));
        put(buf, room.x, y, room.width, &log, theme.dim);
        let close = format!("{}[Enter] {} ", shell.look.glyphs.pointer, shell.words.common.close);
        put(buf, room.x + 4, y + 2, width(&close), &close, theme.selected);
        if self.can_retry() {
            put(buf, room.x + 26, y + 2, room.width.saturating_sub(26), &format!("[U] {}", d.retry), theme.text);
        }
    }
}
