//! Parts more than one page draws: the row of classes, the list of what happened last.

use crate::domain::money::Rupiah;
use crate::domain::view::{DeviceState, Printed, Recent};
use crate::tui::dialog::question::{Question, Topic};
use crate::tui::glyphs::clean;
use crate::tui::shell::Shell;
use crate::tui::widget::table::{self, column};
use crate::tui::widget::unicode::width;
use crate::tui::widget::{panel, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns all classes take on one line.
pub fn classes_width(shell: &Shell) -> u16 {
    shell.classes.iter().map(|class| width(&clean(&class.name)) + 6).sum()
}

/// `[1] Motor  ►[2] Mobil`, on as many lines as it takes; gives the lines used.
pub fn classes(
    shell: &Shell,
    buf: &mut Buffer,
    (x, y, room): (u16, u16, u16),
    chosen: usize,
    focused: bool,
) -> u16 {
    let theme = &shell.look.theme;
    let (mut column, mut line) = (x, y);
    for (i, class) in shell.classes.iter().enumerate() {
        let mark = if i == chosen { shell.look.glyphs.pointer } else { " " };
        let text = format!("{mark}[{}] {}", class.key, clean(&class.name));
        if column > x && column + width(&text) > x + room {
            (column, line) = (x, line + 1);
        }
        let style = match (i == chosen, focused) {
            (true, true) => theme.selected,
            (true, false) => theme.strong,
            (false, true) => theme.text,
            (false, false) => theme.dim,
        };
        column = put(buf, column, line, room, &text, style) + 1;
    }
    line - y + 1
}

/// The panel "Terakhir": what passed here last, newest first.
pub fn recent(shell: &Shell, list: &[Recent], title: &str, area: Rect, buf: &mut Buffer) {
    if area.height < 3 {
        return;
    }
    let room = panel(buf, &shell.look, area, title);
    let (c, theme) = (&shell.words.common, &shell.look.theme);
    if list.is_empty() {
        put(buf, room.x, room.y, room.width, shell.words.gate_in.recent_empty, theme.dim);
        return;
    }
    let columns = [
        column("", if list.iter().any(|r| shell.clock(r.at).len() > 5) { 12 } else { 5 }),
        column("", 10),
        column("", 12),
        column("", 8),
        column("", 16),
        column("", 9),
    ];
    let rows: Vec<table::Row> = list
        .iter()
        .take(usize::from(room.height))
        .map(|r| {
            let (printed, style) = match r.printed {
                Printed::None => ("", theme.text),
                Printed::Ok => (c.printed, theme.text),
                Printed::Unproven => (c.print_unproven, theme.warn),
                Printed::Failed => (c.print_failed, theme.error),
            };
            // Entries and exits stand in one list: an exit says so.
            let left = |fee: Rupiah| (format!("{} {}", c.left.to_lowercase(), fee.plain()), theme.strong);
            let middle = r.fee.map_or_else(|| (printed.to_owned(), style), left);
            let ticket = if r.ticket.is_empty() { shell.words.gate_out.known_stated } else { &r.ticket };
            let sent = if r.sent { (c.sent, theme.dim) } else { (c.unsent, theme.warn) };
            vec![
                (shell.clock(r.at), theme.text),
                (clean(ticket), theme.strong),
                (shell.plate(r.plate.as_deref()), theme.text),
                (shell.class_name(&r.class), theme.text),
                middle,
                (sent.0.to_owned(), sent.1),
            ]
        })
        .collect();
    table::draw(&shell.look, buf, Rect { x: room.x - 2, width: room.width + 2, ..room }, &columns, &rows, None);
}

/// The question before a screen is left; `typed` says that something would have to be typed again.
pub fn leave(shell: &Shell, place: &str, typed: bool) -> Question {
    let (d, c) = (&shell.words.dialogs, &shell.words.common);
    Question {
        topic: Topic::Leave,
        title: d.leave_title,
        lines: if typed { vec![d.leave_typed.to_owned()] } else { Vec::new() },
        ask: (d.leave_ask)(place),
        yes: ('Y', d.leave_yes),
        no: (c.no.chars().next().unwrap_or('N'), c.no),
    }
}

/// Whether something waits that could be sent now.
pub fn can_send(shell: &Shell) -> bool {
    shell.link.link.is_up() && shell.link.pending + shell.link.parked > 0
}

/// Whether there is a barrier to be opened by hand.
pub fn has_barrier(shell: &Shell) -> bool {
    shell.devices.barrier != DeviceState::None
}

/// A device's state in words.
pub fn device(shell: &Shell, state: &DeviceState) -> (String, Style) {
    let (c, theme) = (&shell.words.common, &shell.look.theme);
    match state {
        DeviceState::None => (c.device_none.to_owned(), theme.dim),
        DeviceState::Ready => (c.device_ready.to_owned(), theme.good),
        DeviceState::Busy => (c.device_busy.to_owned(), theme.text),
        DeviceState::Failed(why) => (clean(why), theme.warn),
    }
}
