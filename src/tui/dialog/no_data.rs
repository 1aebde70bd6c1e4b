//! "Keluar tanpa data": no ticket, no record, and yet nobody is trapped. Plate, class, stated time, reason.

use super::{Answer, Reply};
use crate::domain::desk::NoDataRequest;
use crate::domain::paper::Paper;
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::text::when::{self, BadTime};
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const FIELDS: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoData {
    plate: Field,
    class: usize,
    time: Field,
    reason: Field,
    /// Book and number of a paper ticket.
    paper: Field,
    focus: usize,
    error: Option<&'static str>,
}

impl NoData {
    /// `typed` is what stood in the ticket field: a plate, perhaps.
    pub fn new(typed: &str, class: usize) -> Self {
        let mut plate = Field::new(Accept::Plate, 16);
        plate.set(typed);
        Self {
            plate,
            class,
            time: Field::new(Accept::Time, 16),
            reason: Field::new(Accept::Text, 40),
            paper: Field::new(Accept::Ticket, 20),
            focus: 0,
            error: None,
        }
    }

    pub fn insert(&mut self, text: &str) {
        if let Some(field) = self.field() {
            field.insert(text);
        }
    }

    fn field(&mut self) -> Option<&mut Field> {
        match self.focus {
            0 => Some(&mut self.plate),
            2 => Some(&mut self.time),
            3 => Some(&mut self.reason),
            4 => Some(&mut self.paper),
            _ => None,
        }
    }

    pub fn key(&mut self, shell: &Shell, chord: Chord) -> Reply {
        let classes = shell.classes.len().max(1);
        match chord {
            Chord::Esc => return Reply::Done(Answer::NoDataLeft(Box::new(self.clone()))),
            Chord::F(9) => return self.finish(shell),
            // Most have no paper: the reason is the last that Enter goes to.
            Chord::Enter if self.focus >= 3 => return self.finish(shell),
            Chord::Enter | Chord::Tab | Chord::Down => self.focus = (self.focus + 1) % FIELDS,
            Chord::BackTab | Chord::Up => self.focus = (self.focus + FIELDS - 1) % FIELDS,
            Chord::Left if self.focus == 1 => self.class = (self.class + classes - 1) % classes,
            Chord::Right if self.focus == 1 => self.class = (self.class + 1) % classes,
            Chord::Char(c) if self.focus == 1 => {
                if let Some(i) = shell.classes.iter().position(|class| class.key.eq_ignore_ascii_case(&c)) {
                    self.class = i;
                }
            }
            _ => {
                self.error = None;
                if let Some(field) = self.field() {
                    field.key(chord);
                }
            }
        }
        Reply::Kept
    }

    fn finish(&mut self, shell: &Shell) -> Reply {
        let d = &shell.words.dialogs;
        let entered_at = match when::stated(&self.time.text(), &shell.now) {
            Ok(at) => at,
            Err(why) => {
                self.focus = 2;
                let future = why == BadTime::Future;
                self.error = Some(if future { d.no_data_time_future } else { d.no_data_time_bad });
                return Reply::Kept;
            }
        };
        let typed = self.paper.text();
        let (book, serial) = typed.trim().rsplit_once([' ', '-', '.']).unwrap_or_default();
        let paper = Paper::read(book, serial);
        if paper.is_none() && !typed.trim().is_empty() {
            self.focus = 4;
            self.error = Some(shell.words.floor.paper_number);
            return Reply::Kept;
        }
        if self.reason.is_empty() && paper.is_none() {
            self.focus = 3;
            self.error = Some(d.no_data_reason_empty);
            return Reply::Kept;
        }
        let class = shell.classes.get(self.class).map(|c| c.id.clone()).unwrap_or_default();
        let (plate, reason) = (self.plate.text().trim().to_owned(), self.reason.text().trim().to_owned());
        Reply::Asks(Answer::NoData(NoDataRequest {
            plate,
            class,
            entered_at,
            reason,
            lost: None,
            more: Box::default(),
            paper,
            stay: None,
        }))
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (d, c, theme) = (&shell.words.dialogs, &shell.words.common, &shell.look.theme);
        let room = modal::open(buf, &shell.look, area, (74, 17), d.no_data_title);
        let x = room.x + 13;
        let wide = room.right().saturating_sub(x);
        let row = |i: u16| room.y + 1 + i * 2;
        for (i, word) in
            (0_u16..).zip([c.plate, c.class, d.no_data_time, d.no_data_reason, shell.words.floor.paper])
        {
            let style = if usize::from(i) == self.focus { theme.focus } else { theme.text };
            put(buf, room.x, row(i), 12, word, style);
        }
        self.plate.draw(&shell.look, buf, (x, row(0), wide), self.focus == 0);
        crate::tui::screen::parts::classes(shell, buf, (x, row(1), wide), self.class, self.focus == 1);
        self.time.draw(&shell.look, buf, (x, row(2), 17), self.focus == 2);
        put(buf, x + 18, row(2), wide.saturating_sub(18), d.no_data_time_hint, theme.dim);
        self.reason.draw(&shell.look, buf, (x, row(3), wide), self.focus == 3);
        if self.reason.is_empty() {
            put(buf, x + 2, row(3), wide.saturating_sub(2), d.no_data_reason_hint, theme.dim);
        }
        self.paper.draw(&shell.look, buf, (x, row(4), wide), self.focus == 4);
        if self.paper.is_empty() {
            let hint = shell.words.floor.paper_optional;
            put(buf, x + 2, row(4), wide.saturating_sub(2), hint, theme.dim);
        }
        match self.error {
            Some(error) => put(buf, room.x, row(5), room.width, error, theme.warn),
            None => put(buf, room.x, row(5), room.width, d.no_data_flagged, theme.dim),
        };
        let go = format!("{}[F9] {} ", shell.look.glyphs.pointer, d.no_data_go);
        let x = put(buf, room.x + 4, row(6), room.width, &go, theme.selected);
        put(buf, x + 6, row(6), room.width, &format!("[Esc] {}", c.cancel), theme.text);
    }
}
