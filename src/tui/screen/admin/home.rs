//! Ringkasan: what stands inside, what came and went today, by class, by gate and by the hour.

use super::terminals::Terminals;
use super::titled;
use crate::domain::capacity::Fill;
use crate::domain::money::Rupiah;
use crate::domain::view::{Overview, Tally};
use crate::tui::glyphs::clean;
use crate::tui::shell::Shell;
use crate::tui::widget::table::{self, column, figures};
use crate::tui::widget::{columns, panel, put, put_right, rows};
use jiff::Zoned;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[derive(Default)]
pub struct Home {
    pub as_of: Option<Zoned>,
    pub overview: Option<Box<Overview>>,
}

impl Home {
    pub fn view(&self, shell: &Shell, offline: bool, terminals: &Terminals, area: Rect, buf: &mut Buffer) {
        let a = &shell.words.admin;
        let (top, rest) = rows(area, 8);
        let (left, right) = columns(top, 36);
        let title = titled(shell, a.now, self.as_of.as_ref(), offline);
        let room = panel(buf, &shell.look, left, &title);
        let hours = panel(buf, &shell.look, right, a.per_hour);
        let Some(seen) = &self.overview else {
            let text = if offline { a.offline_empty } else { a.loading };
            for (y, line) in (room.y..).zip(crate::tui::widget::wrap(text, room.width)) {
                put(buf, room.x, y, room.width, &line, shell.look.theme.dim);
            }
            return;
        };
        now(shell, seen, room, buf);
        bars(shell, &seen.hours, hours, buf);
        let (tallies, below) = rows(rest, 7);
        let (classes, gates) = columns(tallies, area.width / 2);
        tally(shell, a.per_class, &seen.classes, classes, buf);
        tally(shell, a.per_gate, &seen.gates, gates, buf);
        if below.height >= 3 {
            terminals.view(shell, offline, below, buf);
        }
    }
}

fn now(shell: &Shell, seen: &Overview, room: Rect, buf: &mut Buffer) {
    let (a, theme) = (&shell.words.admin, &shell.look.theme);
    let inside = match seen.capacity {
        Some(capacity) if capacity > 0 => {
            format!("{} / {capacity}   {} %", seen.inside, seen.inside * 100 / capacity)
        }
        _ => seen.inside.to_string(),
    };
    // The tallies say what was taken; what went back is in nobody's pocket.
    let money = if seen.refunded > Rupiah::ZERO {
        (shell.words.lost.net, seen.revenue - seen.refunded)
    } else {
        (a.revenue, seen.revenue)
    };
    let stale = if seen.stale > 0 { theme.warn } else { theme.text };
    for (y, (word, value, style)) in (room.y..).zip([
        (a.inside, inside, theme.strong),
        (a.entries, seen.entries.to_string(), theme.strong),
        (a.exits, seen.exits.to_string(), theme.strong),
        (money.0, money.1.to_string(), theme.good),
        (a.stale, seen.stale.to_string(), stale),
    ]) {
        put(buf, room.x, y, 14, word, theme.text);
        put(buf, room.x + 15, y, room.width.saturating_sub(15), &value, style);
    }
    // One line is left: the fullest, and how many more fill up.
    let mut filling = seen.rooms.iter().filter(|room| room.fill > Fill::Free);
    if let Some(worst) = filling.next() {
        let more = filling.count();
        let more = if more > 0 { format!(" +{more}") } else { String::new() };
        let text = format!(
            "{} {} {}/{}{more}",
            shell.look.glyphs.warn,
            shell.words.floor.name(worst),
            worst.inside,
            worst.places
        );
        let style = if worst.fill >= Fill::Nearly { theme.warn } else { theme.text };
        put(buf, room.x, room.y + 5, room.width, &clean(&text), style);
    }
}

/// One column an hour, half-blocks high, the number of the highest beside it; only hours that have begun to count.
fn bars(shell: &Shell, hours: &[u64], room: Rect, buf: &mut Buffer) {
    let theme = &shell.look.theme;
    let highest = hours.iter().copied().max().unwrap_or(0).max(1);
    let first = hours.iter().position(|n| *n > 0).unwrap_or(0).min(6);
    let each = if room.width >= 24 * 3 { 3 } else { 2 };
    let base = room.bottom().saturating_sub(1);
    let height = base.saturating_sub(room.y);
    let shown = usize::from(room.width / each);
    let last = hours.len().min(24);
    let first = if last > shown { first.max(last - shown) } else { 0 };
    for (i, hour) in (first..last).enumerate() {
        let x = room.x + u16::try_from(i).unwrap_or(0) * each;
        let count = hours[hour];
        let steps = count * u64::from(height) * 2 / highest;
        let steps = u16::try_from(if count > 0 { steps.max(1) } else { 0 }).unwrap_or(0);
        for row in 0..height {
            let symbol = match (steps.saturating_sub(row * 2), shell.look.glyphs.halves) {
                (0, _) => continue,
                (1, Some([_, lower, _])) => lower,
                (_, Some([.., full])) => full,
                (_, None) => "#",
            };
            for dx in 0..each - 1 {
                put(buf, x + dx, base - 1 - row, 1, symbol, theme.title);
            }
        }
        let label = format!("{hour:02}");
        if each > 2 || hour % 2 == 0 {
            put(buf, x, base, 2, &label, theme.dim);
        }
    }
    put_right(buf, room.right(), room.y, 8, &highest.to_string(), theme.strong);
}

fn tally(shell: &Shell, title: &str, list: &[Tally], area: Rect, buf: &mut Buffer) {
    let (a, theme) = (&shell.words.admin, &shell.look.theme);
    let room = panel(buf, &shell.look, area, title);
    let columns = [column("", 7), figures(a.entries, 6), figures(a.exits, 6), figures("Rp", 0)];
    let row = |t: &Tally| {
        vec![
            (clean(&t.name), theme.text),
            (t.entries.to_string(), theme.text),
            (t.exits.to_string(), theme.text),
            (t.revenue.plain(), theme.strong),
        ]
    };
    let list: Vec<_> = list.iter().map(row).collect();
    table::draw(&shell.look, buf, Rect { x: room.x - 2, width: room.width + 2, ..room }, &columns, &list, None);
}
