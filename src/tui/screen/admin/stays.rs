//! Transaksi: the newest stays, `/` filters by a part of plate or ticket while typing, Enter shows one whole.

use super::titled;
use crate::domain::view::StayRow;
use crate::tui::dialog::Dialog;
use crate::tui::dialog::detail::Detail;
use crate::tui::glyphs::clean;
use crate::tui::keys::{Action, Chord};
use crate::tui::shell::{Cx, Shell};
use crate::tui::text::flags::flag;
use crate::tui::text::when;
use crate::tui::widget::field::{Accept, Field, Typed};
use crate::tui::widget::table::{self, column, figures};
use crate::tui::widget::{panel, put, put_right, rows};
use jiff::{Timestamp, Zoned};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const PAGE: usize = 16;

/// The column left out on a narrow screen.
const CLASS: usize = 2;

pub struct Stays {
    as_of: Option<Zoned>,
    rows: Vec<StayRow>,
    selected: usize,
    field: Field,
    filtering: bool,
}

impl Stays {
    pub fn new() -> Self {
        Self {
            as_of: None,
            rows: Vec::new(),
            selected: 0,
            field: Field::new(Accept::Ticket, 20),
            filtering: false,
        }
    }

    pub fn as_of(&self) -> Option<&Zoned> {
        self.as_of.as_ref()
    }

    pub fn filter(&self) -> String {
        self.field.text().trim().to_owned()
    }

    pub fn filtering(&self) -> bool {
        self.filtering
    }

    pub fn begin_filter(&mut self) {
        self.filtering = true;
    }

    /// Enter keeps the filter, Esc drops it; tells whether to load again.
    pub fn end_filter(&mut self, keep: bool) -> bool {
        self.filtering = false;
        !keep && self.clear_filter()
    }

    /// Whether there was one.
    pub fn clear_filter(&mut self) -> bool {
        let was = !self.field.is_empty();
        self.field.clear();
        was
    }

    /// A key while filtering; tells whether the filter changed.
    pub fn key(&mut self, chord: Chord) -> bool {
        self.field.key(chord) == Typed::Edited
    }

    /// An answer to an older filter is not shown.
    pub fn told(&mut self, as_of: Zoned, filter: String, rows: Vec<StayRow>) {
        if filter != self.filter() {
            return;
        }
        let chosen = self.rows.get(self.selected).map(|r| r.stay);
        self.as_of = Some(as_of);
        self.rows = rows;
        self.selected = chosen.and_then(|id| self.rows.iter().position(|r| r.stay == id)).unwrap_or(0);
    }

    pub fn step(&mut self, action: Action) {
        self.selected = table::moved(self.selected, action, self.rows.len(), PAGE);
    }

    pub fn detail(&self, cx: &mut Cx) {
        let Some(row) = self.rows.get(self.selected) else { return };
        let shell = &*cx.shell;
        let (a, c) = (&shell.words.admin, &shell.words.common);
        let at = |at: Option<Timestamp>, gate: &str| match at {
            Some(at) => {
                let at = at.to_zoned(shell.zone.clone());
                let (date, clock) = (when::date(shell.words, &at), when::clock(shell.words, &at));
                format!("{date}  {clock} {}   {}", when::zone_name(&at), clean(gate))
            }
            None => "-".to_owned(),
        };
        let said: Vec<String> = row.flags.iter().map(|code| flag(shell.lang, code)).collect();
        let flags = if row.flags.is_empty() { a.flags_none.to_owned() } else { clean(&said.join("; ")) };
        let lines = vec![
            (c.ticket, clean(&row.ticket)),
            (c.plate, plate(shell, row)),
            (c.class, shell.class_name(&row.class)),
            (c.entered, at(row.entered_at, &row.entered_gate)),
            (c.left, at(row.left_at, &row.left_gate)),
            (c.operator, clean(&row.operator)),
            (a.fee, row.fee.map_or("-".to_owned(), |fee| fee.to_string())),
            (a.method, if row.method.is_empty() { "-".to_owned() } else { clean(&row.method) }),
            (a.state, state(shell, row).to_owned()),
            (a.flags, flags),
        ];
        let title = format!("{} {}", shell.words.dialogs.detail_title, clean(&row.ticket));
        cx.layers.open(Dialog::Detail(Detail { title, lines }), cx.shell.at);
        cx.touch();
    }

    pub fn view(&self, shell: &Shell, offline: bool, area: Rect, buf: &mut Buffer) {
        let (a, c, theme) = (&shell.words.admin, &shell.words.common, &shell.look.theme);
        let title = titled(shell, a.pages[1], self.as_of.as_ref(), offline);
        let room = panel(buf, &shell.look, area, &title);
        let (line, list) = rows(room, 2);
        let x = put(buf, line.x, line.y, 12, a.filter, if self.filtering { theme.focus } else { theme.dim }) + 2;
        if self.filtering || !self.field.is_empty() {
            self.field.draw(&shell.look, buf, (x, line.y, 24), self.filtering);
        } else {
            put(buf, x, line.y, 8, "/", theme.key);
        }
        put_right(buf, line.right(), line.y, 16, &(a.rows)(self.rows.len()), theme.dim);
        if self.rows.is_empty() {
            let text = match (&self.as_of, offline) {
                (None, true) => a.offline_empty,
                (None, false) => a.loading,
                (Some(_), _) => a.none_fit,
            };
            put(buf, list.x, list.y, list.width, text, theme.dim);
            return;
        }
        // The class stands in the details where there is no room for it.
        let wide = room.width >= 90;
        let mut columns = vec![
            column(c.ticket, 10),
            column(c.plate, 12),
            column(c.class, 8),
            column(c.entered, 12),
            column(c.left, 12),
            figures(a.fee, 9),
            column(a.state, 0),
        ];
        let mut rows: Vec<_> = self.rows.iter().map(|r| row(shell, r)).collect();
        if !wide {
            columns.remove(CLASS);
            rows.iter_mut().for_each(|row| drop(row.remove(CLASS)));
        }
        let area = Rect { x: list.x - 1, width: list.width + 2, ..list };
        table::draw(&shell.look, buf, area, &columns, &rows, Some(self.selected));
    }
}

fn plate(shell: &Shell, row: &StayRow) -> String {
    shell.plate(Some(row.plate.as_str()))
}

fn state(shell: &Shell, row: &StayRow) -> &'static str {
    let a = &shell.words.admin;
    match row.state.as_str() {
        "di_dalam" => a.state_inside,
        "keluar" => a.state_left,
        "batal" => a.state_void,
        _ => "?",
    }
}

fn row(shell: &Shell, row: &StayRow) -> table::Row {
    let theme = &shell.look.theme;
    let at = |at: Option<Timestamp>| at.map(|at| shell.clock(at)).unwrap_or_default();
    let fee = row.fee.map(|fee| fee.plain()).unwrap_or_default();
    let flagged = if row.flags.is_empty() { "" } else { "!" };
    vec![
        (clean(&row.ticket), theme.strong),
        (plate(shell, row), theme.text),
        (shell.class_name(&row.class), theme.text),
        (at(row.entered_at), theme.text),
        (at(row.left_at), theme.text),
        (fee, theme.text),
        (format!("{flagged}{}", state(shell, row)), if flagged.is_empty() { theme.dim } else { theme.warn }),
    ]
}
