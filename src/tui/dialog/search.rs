//! Find a vehicle by a part of its plate or ticket, and choose it from the list: never a guess, even of one. Each row
//! says why it fits.

use super::{Answer, Reply};
use crate::domain::search;
use crate::domain::stay::{State, Stay};
use crate::tui::keys::{Action, Chord};
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field, Typed};
use crate::tui::widget::table::{self, column};
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const PAGE: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Searching,
    Here(Vec<Stay>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    field: Field,
    /// What the list belongs to.
    query: String,
    found: Found,
    selected: usize,
}

impl Search {
    pub fn empty() -> Self {
        Self { field: Field::new(Accept::Ticket, 320), query: String::new(), found: Found::Nothing, selected: 0 }
    }

    /// Opened with what was found already.
    pub fn choose(query: &str, stays: Vec<Stay>) -> Self {
        let mut search = Self::empty();
        search.field.set(query);
        search.query = search.field.text();
        search.found = Found::Here(stays);
        search
    }

    /// Opened while what was scanned is looked for.
    pub fn searching(query: &str) -> Self {
        let mut search = Self::empty();
        search.field.set(query);
        search.query = query.to_owned();
        search.found = Found::Searching;
        search
    }

    /// What was looked for cannot be told.
    pub fn failed(&mut self) {
        if self.found == Found::Searching {
            self.found = Found::Here(Vec::new());
        }
    }

    /// Whether this is what the dialog waits for.
    pub fn told(&mut self, query: &str, stays: &[Stay]) -> bool {
        let mine = self.found == Found::Searching && self.query == query;
        if mine {
            self.found = Found::Here(stays.to_vec());
            self.selected = 0;
        }
        mine
    }

    pub fn key(&mut self, chord: Chord) -> Reply {
        let stays: &[Stay] = if let Found::Here(stays) = &self.found { stays } else { &[] };
        let step = match chord {
            Chord::Up => Action::Up,
            Chord::Down | Chord::Tab => Action::Down,
            Chord::PageUp => Action::PageUp,
            Chord::PageDown => Action::PageDown,
            Chord::Esc => return Reply::Close,
            Chord::Enter if self.field.text() == self.query && !stays.is_empty() => {
                return match stays.get(self.selected) {
                    Some(stay) => Reply::Done(Answer::Chosen(Box::new(stay.clone()))),
                    None => Reply::Kept,
                };
            }
            Chord::Enter if self.field.is_empty() || self.found == Found::Searching => return Reply::Kept,
            Chord::Enter => {
                self.query = self.field.text();
                self.found = Found::Searching;
                return Reply::Asks(Answer::Search(self.query.clone()));
            }
            _ => {
                if self.field.key(chord) == Typed::Edited && self.found != Found::Searching {
                    self.found = Found::Nothing;
                    self.query.clear();
                }
                return Reply::Kept;
            }
        };
        self.selected = table::moved(self.selected, step, stays.len(), PAGE);
        Reply::Kept
    }

    pub fn hints(&self, shell: &Shell) -> Vec<(&'static str, &'static str)> {
        let c = &shell.words.common;
        match &self.found {
            Found::Here(stays) if !stays.is_empty() => {
                vec![("↑↓", c.choose), ("Enter", shell.words.keys.open.0), ("Esc", c.cancel)]
            }
            _ => vec![("Enter", shell.words.dialogs.find_field), ("Esc", c.cancel)],
        }
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (d, theme) = (&shell.words.dialogs, &shell.look.theme);
        let title = if matches!(self.found, Found::Here(_)) { d.choose_title } else { d.find_title };
        let room = modal::open(buf, &shell.look, area, (76, 15), title);
        let x = put(buf, room.x, room.y + 1, room.width, d.find_field, theme.text) + 2;
        self.field.draw(&shell.look, buf, (x, room.y + 1, room.right().saturating_sub(x)), true);
        let list = Rect { y: room.y + 3, height: room.height.saturating_sub(3), ..room };
        match &self.found {
            Found::Nothing => {
                put(buf, list.x, list.y, list.width, d.find_hint, theme.dim);
            }
            Found::Searching => {
                put(buf, list.x, list.y, list.width, d.find_searching, theme.dim);
            }
            Found::Here(stays) if stays.is_empty() => {
                put(buf, list.x, list.y, list.width, d.find_none, theme.warn);
            }
            Found::Here(stays) => {
                let c = &shell.words.common;
                let columns =
                    [column(c.ticket, 10), column(c.plate, 13), column(c.class, 8), column(c.entered, 0)];
                let rows: Vec<_> = stays.iter().map(|s| row(shell, &self.query, s)).collect();
                table::draw(&shell.look, buf, list, &columns, &rows, Some(self.selected));
            }
        }
    }
}

/// Inside vehicles say why they fit, others that they are gone.
fn row(shell: &Shell, query: &str, stay: &Stay) -> table::Row {
    let theme = &shell.look.theme;
    let text = |t: String| (crate::tui::glyphs::clean(&t), theme.text);
    let g = &shell.words.gate_out;
    let mut came = format!("{} {}", shell.clock(stay.entered_at), stay.entered_gate);
    match &stay.state {
        State::Inside => {
            if let Some(why) = search::why(query, &stay.ticket, stay.plate.as_deref()) {
                let word = shell.words.dialogs.find_why.get(why as usize).copied().unwrap_or_default();
                came.push_str(&format!("  {word}"));
            }
        }
        State::Left { left_at, left_gate, .. } => {
            came.push_str(&format!("  {} {} {left_gate}", g.already_out, shell.clock(*left_at)));
        }
        State::Void => came.push_str(&format!("  {}", g.void)),
    }
    vec![
        text(stay.ticket.clone()),
        text(shell.plate(stay.plate.as_deref())),
        text(shell.class_name(&stay.class)),
        text(came),
    ]
}
