//! Paper tickets out of a numbered book, written by hand while there is no power, and keyed in afterwards.

use super::plate;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// So many digits a number within a book has at most.
const DIGITS: usize = 6;
const LONGEST_BOOK: usize = 8;

/// A book's name and a number in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Letters and digits only.
    pub book: String,
    /// Six digits.
    pub serial: String,
}

impl Paper {
    /// As typed; `None` where one of the two is missing or is no number of a book.
    pub fn read(book: &str, serial: &str) -> Option<Self> {
        let book = plate::normalise(book);
        let serial: String = serial.chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
        let digits = !serial.is_empty() && serial.len() <= DIGITS && serial.bytes().all(|b| b.is_ascii_digit());
        let named = (1..=LONGEST_BOOK).contains(&book.len());
        (named && digits).then(|| Self { book, serial: format!("{serial:0>DIGITS$}") })
    }

    /// As it stands for the ticket's number, and is found: `K12` and `345` are `K12000345`.
    pub fn number(&self) -> String {
        format!("{}{}", self.book, self.serial)
    }

    /// The next one of the same book; `None` behind its last.
    pub fn next(&self) -> Option<Self> {
        let next = self.serial.parse::<u32>().ok()? + 1;
        Self::read(&self.book, &next.to_string())
    }
}

/// A paper ticket is keyed in: its vehicle came in while nothing could be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperRequest {
    pub book: String,
    pub serial: String,
    /// As typed; may be empty.
    pub plate: String,
    pub class: String,
    /// What is written on it.
    pub entered_at: Timestamp,
}

/// What an `entered` fact says of the paper it was keyed in from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyed {
    #[serde(flatten)]
    pub paper: Paper,
    /// RFC 3339: the fact's own time is the paper's.
    pub keyed_at: String,
    /// `paper_twice`: the number was in the books already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

/// Among an entry's or an exit's flags: the number stands in the books more than once.
pub const TWICE: &str = "paper_twice";
/// Among an exit's flags: nobody ever keyed it in.
pub const UNKEYED: &str = "paper_unkeyed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_one_however_it_is_typed() {
        let cases = [
            ("K-12", "345", Some("K12000345")),
            ("k 12", "000345", Some("K12000345")),
            ("12", " 7 ", Some("12000007")),
            ("120", "7", Some("120000007")),
            ("", "7", None),
            ("12", "", None),
            ("12", "7a", None),
            ("12", "1234567", None),
            ("ABCDEFGHI", "7", None),
        ];
        for (book, serial, number) in cases {
            assert_eq!(Paper::read(book, serial).map(|p| p.number()).as_deref(), number, "{book} {serial}");
        }
    }

    #[test]
    fn a_stack_is_keyed_in_number_by_number() {
        let paper = Paper::read("K1", "99").unwrap();
        assert_eq!(paper.next().unwrap().number(), "K1000100");
        assert_eq!(Paper::read("K1", "999999").unwrap().next(), None);
    }
}
