//! Paper tickets are keyed in, a stack at a time: book, number, plate, class, time. The form stays and counts on.

use super::{Answer, Reply};
use crate::domain::paper::{Paper, PaperRequest};
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::text::when::{self, BadTime};
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const FIELDS: usize = 5;
const CLASS: usize = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperForm {
    book: Field,
    serial: Field,
    plate: Field,
    class: usize,
    time: Field,
    focus: usize,
    /// What became of the last one, or what is missing; a warning where `true`.
    said: Option<(bool, String)>,
    /// An answer is awaited.
    saving: bool,
}

impl PaperForm {
    pub fn empty() -> Self {
        Self {
            book: Field::new(Accept::Ticket, 10),
            serial: Field::new(Accept::Money, 6),
            plate: Field::new(Accept::Plate, 16),
            class: 0,
            time: Field::new(Accept::Time, 16),
            focus: 0,
            said: None,
            saving: false,
        }
    }

    fn field(&mut self) -> Option<&mut Field> {
        match self.focus {
            0 => Some(&mut self.book),
            1 => Some(&mut self.serial),
            2 => Some(&mut self.plate),
            CLASS => None,
            _ => Some(&mut self.time),
        }
    }

    pub fn key(&mut self, shell: &Shell, chord: Chord) -> Reply {
        let classes = shell.classes.len().max(1);
        match chord {
            Chord::Esc => return Reply::Close,
            _ if self.saving => {}
            Chord::F(9) => return self.finish(shell),
            Chord::Enter if self.focus == FIELDS - 1 => return self.finish(shell),
            Chord::Enter | Chord::Tab | Chord::Down => self.focus = (self.focus + 1) % FIELDS,
            Chord::BackTab | Chord::Up => self.focus = (self.focus + FIELDS - 1) % FIELDS,
            Chord::Left if self.focus == CLASS => self.class = (self.class + classes - 1) % classes,
            Chord::Right if self.focus == CLASS => self.class = (self.class + 1) % classes,
            Chord::Char(c) if self.focus == CLASS => {
                if let Some(i) = shell.classes.iter().position(|class| class.key.eq_ignore_ascii_case(&c)) {
                    self.class = i;
                }
            }
            _ => {
                self.said = None;
                if let Some(field) = self.field() {
                    field.key(chord);
                }
            }
        }
        Reply::Kept
    }

    fn finish(&mut self, shell: &Shell) -> Reply {
        let d = &shell.words.dialogs;
        let (book, serial) = (self.book.text(), self.serial.text());
        if Paper::read(&book, &serial).is_none() {
            self.focus = usize::from(!book.trim().is_empty());
            self.said = Some((true, shell.words.floor.paper_number.to_owned()));
            return Reply::Kept;
        }
        let entered_at = match when::stated(&self.time.text(), &shell.now) {
            Ok(at) => at,
            Err(why) => {
                self.focus = FIELDS - 1;
                let future = why == BadTime::Future;
                self.said =
                    Some((true, if future { d.no_data_time_future } else { d.no_data_time_bad }.to_owned()));
                return Reply::Kept;
            }
        };
        self.saving = true;
        let class = shell.classes.get(self.class).map(|c| c.id.clone()).unwrap_or_default();
        let plate = self.plate.text().trim().to_owned();
        Reply::Asks(Answer::Paper(PaperRequest { book, serial, plate, class, entered_at }))
    }

    /// It is in the books: the next one of the stack.
    pub fn saved(&mut self, said: String, warned: bool) {
        let next = Paper::read(&self.book.text(), &self.serial.text()).and_then(|paper| paper.next());
        self.serial.set(&next.map(|paper| paper.serial.trim_start_matches('0').to_owned()).unwrap_or_default());
        self.plate.clear();
        self.time.clear();
        self.focus = 2;
        self.saving = false;
        self.said = Some((warned, said));
    }

    /// What was typed stays; gives whether an answer was awaited.
    pub fn refused(&mut self, said: String) -> bool {
        let waited = std::mem::take(&mut self.saving);
        if waited {
            self.said = Some((true, said));
        }
        waited
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (w, c) = (shell.words.floor, &shell.words.common);
        let theme = &shell.look.theme;
        let room = modal::open(buf, &shell.look, area, (74, 17), w.paper_title);
        let x = room.x + 13;
        let wide = room.right().saturating_sub(x);
        let row = |i: u16| room.y + 1 + i * 2;
        for (i, word) in
            (0_u16..).zip([w.paper_book, w.paper_serial, c.plate, c.class, shell.words.dialogs.no_data_time])
        {
            let style = if usize::from(i) == self.focus { theme.focus } else { theme.text };
            put(buf, room.x, row(i), 12, word, style);
        }
        self.book.draw(&shell.look, buf, (x, row(0), 11), self.focus == 0);
        put(buf, x + 12, row(0), wide.saturating_sub(12), w.paper_book_hint, theme.dim);
        self.serial.draw(&shell.look, buf, (x, row(1), 11), self.focus == 1);
        self.plate.draw(&shell.look, buf, (x, row(2), wide), self.focus == 2);
        if self.plate.is_empty() {
            put(buf, x + 2, row(2), wide.saturating_sub(2), shell.words.lane.text_hint, theme.dim);
        }
        crate::tui::screen::parts::classes(shell, buf, (x, row(3), wide), self.class, self.focus == CLASS);
        self.time.draw(&shell.look, buf, (x, row(4), 17), self.focus == 4);
        put(buf, x + 18, row(4), wide.saturating_sub(18), w.paper_time, theme.dim);
        match &self.said {
            Some((warned, said)) => {
                let style = if *warned { theme.warn } else { theme.good };
                put(buf, room.x, row(5), room.width, said, style)
            }
            None => put(buf, room.x, row(5), room.width, w.paper_hint, theme.dim),
        };
        let go = format!("{}[F9] {} ", shell.look.glyphs.pointer, w.paper_go);
        let x = put(buf, room.x + 4, row(6), room.width, &go, theme.selected);
        put(buf, x + 6, row(6), room.width, &format!("[Esc] {}", c.close), theme.text);
    }
}
