//! How the entry looks.

use super::{Focus, GateIn, Step};
use crate::domain::capacity::Fill;
use crate::domain::plate::{self, Oddity};
use crate::domain::view::ClassCount;
use crate::tui::glyphs::clean;
use crate::tui::screen::parts;
use crate::tui::shell::Shell;
use crate::tui::widget::{columns, gauge, panel, put, put_right, rows};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub fn draw(page: &GateIn, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let seen = &page.occupancy;
    let lines = u16::try_from(seen.classes.len() + seen.rooms.len()).unwrap_or(4).min(8);
    let (top, below) = rows(area, (lines + 9).clamp(12, 16));
    let (left, right) = columns(top, area.width * 55 / 100 + 1);
    form(page, shell, left, buf);
    inside(page, shell, right, buf);
    parts::recent(shell, &page.recent, shell.words.gate_in.recent, below, buf);
}

fn form(page: &GateIn, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let (w, c, theme) = (&shell.words.gate_in, &shell.words.common, &shell.look.theme);
    let room = panel(buf, &shell.look, area, w.form);
    let saving = page.step != Step::Typing;
    let focus = |f: Focus| page.focus == f && !saving;
    let label = |f: Focus| if focus(f) { theme.focus } else { theme.text };
    let x = room.x + 9;
    let wide = room.right().saturating_sub(x);

    put(buf, room.x, room.y + 1, 8, c.plate, label(Focus::Plate));
    if page.without_plate {
        put(buf, x, room.y + 1, wide, c.no_plate, theme.strong);
    } else {
        page.plate.draw(&shell.look, buf, (x, room.y + 1, wide.min(20)), focus(Focus::Plate));
    }
    let (remark, style) = remark(page, shell);
    put(buf, x, room.y + 2, wide, &remark, style);

    put(buf, room.x, room.y + 4, 8, c.class, label(Focus::Class));
    // Beside the label if they fit there on one line, else below it.
    let beside = parts::classes_width(shell) <= wide + 1;
    let (at, y) = if beside { (x - 1, room.y + 4) } else { (room.x, room.y + 5) };
    let lines = parts::classes(shell, buf, (at, y, room.right() - at), page.class, focus(Focus::Class));

    let hint = match (&page.step, page.focus) {
        (Step::Saving | Step::Looking(_), _) => w.hint_saving,
        (_, Focus::Plate) => w.hint_plate,
        (_, Focus::Class) if page.without_plate => w.hint_no_plate,
        (_, Focus::Class) => w.hint_class,
    };
    put(buf, room.x, y + lines + 1, room.width, hint, theme.dim);
}

/// What is to be said of the typed plate: inside already, unusual, or where it is from.
fn remark(page: &GateIn, shell: &Shell) -> (String, Style) {
    let (w, theme, warn) = (&shell.words.gate_in, &shell.look.theme, shell.look.glyphs.warn);
    if page.without_plate || page.plate.is_empty() {
        return (String::new(), theme.text);
    }
    if let Some(stay) = page.inside() {
        let since = shell.clock(stay.entered_at);
        return (format!("{warn} {} {since}", w.already_inside), theme.warn);
    }
    let key = page.key_of_plate();
    let typing = page.focus == Focus::Plate;
    match plate::oddity(&key) {
        None => (plate::hint(&key).unwrap_or_default().to_owned(), theme.dim),
        // Half a plate is always unusual; nobody is told so while typing.
        Some(_) if typing => (plate::hint(&key).unwrap_or_default().to_owned(), theme.dim),
        Some(Oddity::Shape) => (format!("{warn} {}", w.unusual), theme.warn),
        Some(Oddity::Region) => (format!("{warn} {}", w.unusual_region), theme.warn),
        Some(Oddity::Long) => (format!("{warn} {}", w.unusual_long), theme.warn),
    }
}

fn inside(page: &GateIn, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let (c, theme, seen) = (&shell.words.common, &shell.look.theme, &page.occupancy);
    let room = panel(buf, &shell.look, area, c.inside);
    let mut y = room.y;
    // What fills up here is not left out for want of lines.
    let rooms = &seen.rooms[..seen.rooms.len().min(4)];
    for class in seen.classes.iter().take(8 - rooms.len()) {
        count(shell, buf, room, y, class);
        y += 1;
    }
    let words = shell.words.floor;
    for limit in rooms {
        let text = words.filled(limit.inside, limit.places);
        let rest = room.width.saturating_sub(u16::try_from(text.len() + 1).unwrap_or(room.width));
        let x = put(buf, room.x, y, rest, &clean(words.name(limit)), theme.text) + 1;
        put(buf, x, y, room.right().saturating_sub(x), &text, filled(shell, limit.fill));
        y += 1;
    }
    let counted = !rooms.is_empty() || seen.classes.iter().any(|c| c.capacity.is_some());
    if seen.as_heard && counted {
        put(buf, room.x, y, room.width, words.as_heard, theme.dim);
    }
    y += 1;
    let today = format!(
        "{} {} {} {} {}",
        c.today,
        c.entered.to_lowercase(),
        seen.entered_today,
        c.left.to_lowercase(),
        seen.left_today
    );
    put(buf, room.x, y, room.width, &today, theme.text);
    y += 2;
    let d = &shell.devices;
    for (name, state) in [(c.printer, &d.printer), (c.barrier, &d.barrier), (c.camera, &d.camera)] {
        let (word, style) = parts::device(shell, state);
        put(buf, room.x, y, 9, name, theme.dim);
        put(buf, room.x + 10, y, room.width.saturating_sub(10), &word, style);
        y += 1;
    }
}

fn filled(shell: &Shell, fill: Fill) -> Style {
    if fill >= Fill::Nearly { shell.look.theme.warn } else { shell.look.theme.text }
}

fn count(shell: &Shell, buf: &mut Buffer, room: Rect, y: u16, class: &ClassCount) {
    let theme = &shell.look.theme;
    let fill = class.capacity.map_or(Fill::Free, |places| Fill::of(class.inside, places));
    let style = filled(shell, fill);
    put(buf, room.x, y, 8, &clean(&class.name), style);
    match class.capacity {
        Some(places) if fill > Fill::Free => {
            let text = shell.words.floor.filled(class.inside, places);
            put(buf, room.x + 9, y, room.width.saturating_sub(9), &text, style);
        }
        _ => put_right(buf, room.x + 13, y, 5, &class.inside.to_string(), theme.strong),
    }
    if let Some(places) = class.capacity.filter(|_| fill == Fill::Free) {
        put(buf, room.x + 13, y, 7, &format!(" /{places:>5}"), style);
        let bar = room.width.saturating_sub(22);
        gauge::draw(&shell.look, buf, (room.x + 22, y, bar), class.inside, u64::from(places), style);
    }
}
