//! ESC/POS read as a printer reads it: bytes in, slips out. For the simulated printer, for tests and for pictures; what
//! `escpos` writes and what other programs write is read alike, and what is not understood is shown as it is.

mod paint;

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    #[default]
    Left,
    Middle,
    Right,
}

/// Something on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Line {
        text: String,
        align: Align,
        /// Times as wide and high, 1 to 8.
        wide: u8,
        high: u8,
    },
    Code39 {
        text: String,
        align: Align,
        /// Dots of a narrow bar, and of the bars' height.
        module: u8,
        height: u8,
    },
    Qr {
        text: String,
        align: Align,
        /// Dots of a module.
        module: u8,
        /// 0 to 3: L, M, Q, H.
        level: u8,
    },
    /// A barcode or a command this reader does not know.
    Unknown(Vec<u8>),
}

/// One slip, up to its cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slip {
    pub items: Vec<Item>,
    /// It ended without a cut: the line broke in its middle.
    pub torn: bool,
}

/// What reading brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    Slip(Slip),
    /// `GS r 1`: everything before it has been processed.
    AskedPaper,
}

const ESC: u8 = 0x1B;
const GS: u8 = 0x1D;
const DLE: u8 = 0x10;

#[derive(Debug)]
struct Style {
    align: Align,
    wide: u8,
    high: u8,
    module: u8,
    height: u8,
    qr_module: u8,
    qr_level: u8,
}

impl Default for Style {
    fn default() -> Self {
        Self { align: Align::Left, wide: 1, high: 1, module: 3, height: 162, qr_module: 3, qr_level: 0 }
    }
}

/// A printer's head: remembers the style, the line begun, and a command that has not come whole yet.
#[derive(Debug, Default)]
pub struct Roll {
    unread: Vec<u8>,
    style: Style,
    line: String,
    qr: String,
    slip: Slip,
}

impl Roll {
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Read> {
        self.unread.extend_from_slice(bytes);
        let unread = std::mem::take(&mut self.unread);
        let (mut at, mut read) = (0, Vec::new());
        while at < unread.len() {
            let Some(length) = length(&unread[at..]) else { break };
            read.extend(self.obey(&unread[at..at + length]));
            at += length;
        }
        self.unread = unread[at..].to_vec();
        read
    }

    /// What stands on a slip that was never cut; `None` where there is nothing.
    pub fn torn(&mut self) -> Option<Slip> {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.unread.clear();
        self.style = Style::default();
        let slip = std::mem::take(&mut self.slip);
        (!slip.items.is_empty()).then_some(Slip { torn: true, ..slip })
    }

    fn end_line(&mut self) {
        let text = std::mem::take(&mut self.line);
        let Style { align, wide, high, .. } = self.style;
        self.slip.items.push(Item::Line { text, align, wide, high });
    }

    fn obey(&mut self, command: &[u8]) -> Option<Read> {
        let style = &mut self.style;
        let align = style.align;
        match *command {
            [b'\n'] => match (self.line.is_empty(), self.slip.items.last()) {
                // The line feed behind a code only ends it.
                (true, Some(Item::Code39 { .. } | Item::Qr { .. })) => {}
                _ => self.end_line(),
            },
            [b'\r' | 0] => {}
            [DLE, ..] => {}
            [b' '..=b'~'] => self.line.push(char::from(command[0])),
            [ESC, b'@'] => {
                *style = Style::default();
                self.line.clear();
            }
            [ESC, b'a', n] => {
                style.align = match n {
                    1 | b'1' => Align::Middle,
                    2 | b'2' => Align::Right,
                    _ => Align::Left,
                };
            }
            [ESC, b'!', n] => (style.wide, style.high) = (1 + (n >> 5 & 1), 1 + (n >> 4 & 1)),
            [ESC, b'd', n] => {
                for _ in 0..n {
                    self.end_line();
                }
            }
            [ESC, b'E' | b'-' | b't' | b'3' | b'M' | b'J' | b'2' | b'R' | b'=' | b'c' | b'p', ..] => {}
            [GS, b'!', n] => (style.wide, style.high) = (1 + (n >> 4 & 7), 1 + (n & 7)),
            [GS, b'h', n] => style.height = n,
            [GS, b'w', n] => style.module = n,
            [GS, b'H' | b'f' | b'a' | b'L' | b'W', ..] => {}
            [GS, b'k', 4, ref text @ .., 0] | [GS, b'k', 69, _, ref text @ ..] => {
                let text = String::from_utf8_lossy(text).into_owned();
                let (module, height) = (style.module, style.height);
                self.slip.items.push(Item::Code39 { text, align, module, height });
            }
            [GS, b'(', b'k', _, _, b'1', 67, n, ..] => style.qr_module = n,
            [GS, b'(', b'k', _, _, b'1', 69, n, ..] => style.qr_level = n.saturating_sub(48).min(3),
            [GS, b'(', b'k', _, _, b'1', 65, ..] => {}
            [GS, b'(', b'k', _, _, b'1', 80, _, ref text @ ..] => {
                self.qr = String::from_utf8_lossy(text).into_owned()
            }
            [GS, b'(', b'k', _, _, b'1', 81, ..] => {
                let (text, module, level) = (self.qr.clone(), style.qr_module, style.qr_level);
                self.slip.items.push(Item::Qr { text, align, module, level });
            }
            [GS, b'V', ..] => {
                if !self.line.is_empty() {
                    self.end_line();
                }
                let slip = std::mem::take(&mut self.slip);
                return (!slip.items.is_empty()).then_some(Read::Slip(slip));
            }
            [GS, b'r', 1 | b'1'] => return Some(Read::AskedPaper),
            _ => self.slip.items.push(Item::Unknown(command.to_vec())),
        }
        None
    }
}

/// How many bytes the command at the front has; `None` while it is not whole.
fn length(bytes: &[u8]) -> Option<usize> {
    let at = |place: usize| bytes.get(place).copied();
    let needed = match (at(0)?, at(1)) {
        (ESC | GS | DLE, None) => return None,
        (ESC, Some(b'@' | b'2')) => 2,
        (ESC, Some(b'p')) => 5,
        (ESC, Some(b'c')) => 4,
        (ESC, Some(b'a' | b'!' | b'd' | b'E' | b'-' | b't' | b'3' | b'M' | b'J' | b'R' | b'=')) => 3,
        (GS, Some(b'!' | b'h' | b'w' | b'H' | b'f' | b'a' | b'r')) => 3,
        (GS, Some(b'L' | b'W')) => 4,
        (GS, Some(b'V')) => match at(2)? {
            65 | 66 | 97 | 98 | 103 | 104 => 4,
            _ => 3,
        },
        (GS, Some(b'k')) if at(2)? >= 65 => 4 + usize::from(at(3)?),
        (GS, Some(b'k')) => 3 + bytes[3..].iter().position(|b| *b == 0)? + 1,
        (GS, Some(b'(')) => 5 + usize::from(at(3)?) + 256 * usize::from(at(4)?),
        (DLE, Some(4)) => 3,
        (ESC | GS, Some(_)) => 2,
        _ => 1,
    };
    (bytes.len() >= needed).then_some(needed)
}

impl Slip {
    /// As a person reads it on a roll of so many columns; codes in words.
    pub fn text(&self, columns: usize) -> String {
        let mut out = String::new();
        for item in &self.items {
            let (line, align, wide) = match item {
                Item::Line { text, align, wide, .. } => (text.clone(), *align, usize::from(*wide)),
                Item::Code39 { text, align, .. } => (format!("[CODE39 {text}]"), *align, 1),
                Item::Qr { text, .. } => (format!("[QR {text}]"), Align::Left, 1),
                Item::Unknown(bytes) => (format!("<{}>", data_encoding::HEXLOWER.encode(bytes)), Align::Left, 1),
            };
            // A large line stands where its letters stand on paper, in letters of one size.
            let spaced = line.chars().flat_map(|c| std::iter::once(c).chain(std::iter::repeat_n(' ', wide - 1)));
            let line: String = spaced.collect();
            let line = line.trim_end();
            let left = match align {
                Align::Left => 0,
                Align::Middle => columns.saturating_sub(line.chars().count()) / 2,
                Align::Right => columns.saturating_sub(line.chars().count()),
            };
            out.push_str(&" ".repeat(left));
            out.push_str(line);
            out.push('\n');
        }
        if self.torn {
            out.push_str("~ ~ ~ terputus ~ ~ ~\n");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAGE: &[u8] = b"\x1B@halo\n\x1Ba\x01\x1D!\x11A1\n\x1D!\0\x1Dh\x50\x1Dw\x02\x1Dk\x04A1-7\0\n\
        \x1D(k\x03\x001C\x05\x1D(k\x03\x001E1\x1D(k\x05\x001P0P1\x1D(k\x03\x001Q0\n\x1Ba\0\x1D%tamat\n\x1DVB\0\x1Dr\x01";

    fn line(text: &str, align: Align, size: u8) -> Item {
        Item::Line { text: text.into(), align, wide: size, high: size }
    }

    fn expected() -> Vec<Read> {
        let items = vec![
            line("halo", Align::Left, 1),
            line("A1", Align::Middle, 2),
            Item::Code39 { text: "A1-7".into(), align: Align::Middle, module: 2, height: 80 },
            Item::Qr { text: "P1".into(), align: Align::Middle, module: 5, level: 1 },
            Item::Unknown(vec![GS, b'%']),
            line("tamat", Align::Left, 1),
        ];
        vec![Read::Slip(Slip { items, torn: false }), Read::AskedPaper]
    }

    #[test]
    fn a_page_is_read_whole_and_what_is_not_known_is_shown() {
        assert_eq!(Roll::default().take(PAGE), expected());
        let Read::Slip(slip) = &expected()[0] else { panic!("no slip") };
        assert_eq!(slip.text(12), "halo\n    A 1\n[CODE39 A1-7]\n[QR P1]\n<1d25>\ntamat\n");
    }

    #[test]
    fn a_line_that_breaks_leaves_a_torn_slip() {
        let mut roll = Roll::default();
        assert_eq!(roll.take(&PAGE[..13]), []);
        let torn = roll.torn().unwrap();
        assert!(torn.torn && torn.items == [line("halo", Align::Left, 1)], "{torn:?}");
        assert_eq!(roll.torn(), None);
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_up_changes_nothing(cuts in prop::collection::vec(0..PAGE.len(), 0..8)) {
            let (mut cuts, mut at, mut roll, mut read) = (cuts, 0, Roll::default(), Vec::new());
            cuts.sort_unstable();
            for cut in cuts.into_iter().chain([PAGE.len()]) {
                read.extend(roll.take(&PAGE[at..cut]));
                at = cut;
            }
            prop_assert_eq!(read, expected());
        }

        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut roll = Roll::default();
            for read in roll.take(&bytes) {
                if let Read::Slip(slip) = read {
                    slip.text(32);
                    prop_assert!(slip.png(32).is_ok());
                }
            }
            roll.torn();
        }
    }
}
