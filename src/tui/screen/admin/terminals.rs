//! Terminal: every gate, whether it is heard, and what waits there.

use super::titled;
use crate::domain::view::TerminalRow;
use crate::tui::glyphs::clean;
use crate::tui::shell::Shell;
use crate::tui::widget::table::{self, column, figures};
use crate::tui::widget::{panel, put};
use jiff::Zoned;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[derive(Default)]
pub struct Terminals {
    pub as_of: Option<Zoned>,
    pub rows: Vec<TerminalRow>,
}

impl Terminals {
    pub fn view(&self, shell: &Shell, offline: bool, area: Rect, buf: &mut Buffer) {
        let (a, c, theme) = (&shell.words.admin, &shell.words.common, &shell.look.theme);
        let title = titled(shell, a.pages[2], self.as_of.as_ref(), offline);
        let room = panel(buf, &shell.look, area, &title);
        if self.rows.is_empty() {
            let text = match (&self.as_of, offline) {
                (None, true) => a.offline_empty,
                (None, false) => a.loading,
                (Some(_), _) => a.terminals_empty,
            };
            put(buf, room.x, room.y, room.width, text, theme.dim);
            return;
        }
        let columns = [
            column(c.gate, 7),
            column("", 8),
            column(c.operator, 10),
            column(a.state, 12),
            figures(c.waiting, 7),
            column(a.heard, 12),
            column(a.version, 0),
        ];
        let rows: Vec<_> = self.rows.iter().map(|r| row(shell, offline, r)).collect();
        let area = Rect { x: room.x - 2, width: room.width + 2, ..room };
        table::draw(&shell.look, buf, area, &columns, &rows, None);
    }
}

fn row(shell: &Shell, offline: bool, row: &TerminalRow) -> table::Row {
    let (a, theme, g) = (&shell.words.admin, &shell.look.theme, shell.look.glyphs);
    let kind = match row.kind.as_str() {
        "in" => a.kinds[0],
        "out" => a.kinds[1],
        _ => a.kinds[2],
    };
    let (state, style) = match (row.active, row.connected) {
        (false, _) => (format!("{} {}", g.info, a.inactive), theme.dim),
        // Whether it is heard is not known while nobody can be asked.
        (true, _) if row.forks > 0 => (format!("{} {}", g.down, a.forked), theme.error),
        (true, _) if offline => (format!("{} -", g.checking), theme.dim),
        (true, true) => (format!("{} {}", g.up, a.connected), theme.good),
        (true, false) => (format!("{} {}", g.down, a.alone), theme.warn),
    };
    let heard = row
        .last_seen
        .map_or(a.never.to_owned(), |at| (a.seconds_ago)(shell.now.timestamp().as_second() - at.as_second()));
    let operator = if row.operator.is_empty() { "-".to_owned() } else { clean(&row.operator) };
    let waits = if row.pending > 0 { theme.warn } else { theme.text };
    vec![
        (clean(&row.gate), theme.strong),
        (kind.to_owned(), theme.text),
        (operator, theme.text),
        (state, style),
        (row.pending.to_string(), waits),
        (heard, theme.text),
        (clean(&row.version), theme.dim),
    ]
}
