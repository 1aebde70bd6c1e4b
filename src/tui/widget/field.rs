//! A one-line field: what is typed, where the next character goes, and what it accepts.

use super::put;
use crate::tui::keys::Chord;
use crate::tui::shell::Look;
use ratatui::buffer::Buffer;

/// Which characters a field takes, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// Letters (made upper case), digits, blank, dot, dash.
    Plate,
    /// A ticket number, a QR or a plate.
    Ticket,
    /// Digits and dots.
    Money,
    /// A time a driver states.
    Time,
    /// Anything printable.
    Text,
}

impl Accept {
    fn read(self, c: char) -> Option<char> {
        let fits = match self {
            Self::Plate | Self::Ticket => c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-'),
            Self::Money => c.is_ascii_digit(),
            Self::Time => c.is_ascii_digit() || matches!(c, ' ' | '.' | ':' | '/' | '-'),
            Self::Text => !c.is_control(),
        };
        let upper = matches!(self, Self::Plate | Self::Ticket);
        fits.then(|| if upper { c.to_ascii_uppercase() } else { c })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    text: Vec<char>,
    cursor: usize,
    accept: Accept,
    most: usize,
}

/// What a key did to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    Edited,
    Moved,
    /// A character this field does not take, or no room for it.
    Refused,
    /// Not a key for fields.
    Other,
}

impl Field {
    /// An empty field for at most `most` characters.
    pub fn new(accept: Accept, most: usize) -> Self {
        Self { text: Vec::new(), cursor: 0, accept, most }
    }

    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    pub fn is_empty(&self) -> bool {
        self.text.iter().all(|c| c.is_whitespace())
    }

    pub fn clear(&mut self) {
        self.text.clear();
        self.cursor = 0;
    }

    /// Replaces what is there by what is acceptable of `text`.
    pub fn set(&mut self, text: &str) {
        let accept = self.accept;
        self.text = text.chars().filter_map(|c| accept.read(c)).take(self.most).collect();
        self.cursor = self.text.len();
    }

    /// Types a whole text at the cursor; gives whether any of it was taken.
    pub fn insert(&mut self, text: &str) -> bool {
        let before = self.text.len();
        for c in text.chars() {
            self.put(c);
        }
        self.text.len() > before
    }

    fn put(&mut self, c: char) -> bool {
        match self.accept.read(c) {
            Some(c) if self.text.len() < self.most => {
                self.text.insert(self.cursor, c);
                self.cursor += 1;
                true
            }
            _ => false,
        }
    }

    pub fn key(&mut self, chord: Chord) -> Typed {
        let before = self.text.len();
        match chord {
            Chord::Char(c) => return if self.put(c) { Typed::Edited } else { Typed::Refused },
            Chord::Backspace if self.cursor > 0 => {
                self.cursor -= 1;
                self.text.remove(self.cursor);
            }
            Chord::Delete if self.cursor < self.text.len() => {
                self.text.remove(self.cursor);
            }
            Chord::Ctrl('u') => self.clear(),
            Chord::Left => self.cursor = self.cursor.saturating_sub(1),
            Chord::Right => self.cursor = (self.cursor + 1).min(self.text.len()),
            Chord::Home | Chord::Ctrl('a') => self.cursor = 0,
            Chord::End | Chord::Ctrl('e') => self.cursor = self.text.len(),
            Chord::Backspace | Chord::Delete => {}
            _ => return Typed::Other,
        }
        if self.text.len() == before { Typed::Moved } else { Typed::Edited }
    }

    /// Draws it in `room` cells, with a cursor if it has the keys.
    pub fn draw(&self, look: &Look, buf: &mut Buffer, (x, y, room): (u16, u16, u16), focused: bool) {
        let shown: Vec<char> = match self.accept {
            Accept::Money => crate::domain::money::Rupiah::parse(&self.text())
                .map_or_else(|_| self.text.clone(), |sum| sum.plain().chars().collect()),
            _ => self.text.clone(),
        };
        let cursor = if self.accept == Accept::Money { shown.len() } else { self.cursor };
        let room = usize::from(room);
        let from = (cursor + 1).saturating_sub(room);
        let style = if focused { look.theme.focus } else { look.theme.strong };
        for (i, column) in (from..from + room).enumerate() {
            let at = x + u16::try_from(i).unwrap_or(u16::MAX);
            let here = focused && column == cursor;
            match shown.get(column) {
                Some(c) => {
                    let style = if here { look.theme.selected } else { style };
                    put(buf, at, y, 1, c.encode_utf8(&mut [0; 4]), style);
                }
                None if here => {
                    put(buf, at, y, 1, "_", look.theme.focus);
                }
                None => break,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_takes_what_fits_and_nothing_else() {
        let mut plate = Field::new(Accept::Plate, 8);
        for c in "b 12é34\u{1b}xyz".chars() {
            plate.key(Chord::Char(c));
        }
        assert_eq!(plate.text(), "B 1234XY");
        plate.key(Chord::Home);
        plate.key(Chord::Delete);
        plate.key(Chord::Char('d'));
        assert_eq!(plate.text(), "D 1234XY");
        assert_eq!(plate.key(Chord::F(2)), Typed::Other);
    }
}
