//! Which characters a terminal can show: the 256 of code page 437 (every Linux console has them), or plain ASCII.
//!
//! A screen is never asked to be careful: `enforce` looks at every cell just before it is drawn and replaces what
//! the set does not hold, so that neither a name from the database nor a slip in a word can spoil the picture.

use ratatui::buffer::Buffer;
use ratatui::symbols::border;

/// The shapes of one set.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    pub border: border::Set<'static>,
    pub checking: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub pointer: &'static str,
    pub good: &'static str,
    pub warn: &'static str,
    pub bad: &'static str,
    pub info: &'static str,
    /// Between two remarks of one line.
    pub dot: &'static str,
    pub bar_full: &'static str,
    pub bar_rest: &'static str,
    /// From nothing to a full cell, for photos without colours and for bars.
    pub shades: [&'static str; 5],
    /// Upper half, lower half, both; `None` where only whole characters exist.
    pub halves: Option<[&'static str; 3]>,
    ascii: bool,
}

pub static CONSOLE: Glyphs = Glyphs {
    border: border::PLAIN,
    checking: "○",
    up: "◆",
    down: "▲",
    pointer: "►",
    good: "√",
    warn: "▲",
    bad: "■",
    info: "•",
    dot: "·",
    bar_full: "▓",
    bar_rest: "░",
    shades: [" ", "░", "▒", "▓", "█"],
    halves: Some(["▀", "▄", "█"]),
    ascii: false,
};

pub static ASCII: Glyphs = Glyphs {
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    checking: "[~]",
    up: "[+]",
    down: "[!]",
    pointer: ">",
    good: "OK",
    warn: "!",
    bad: "X",
    info: "*",
    dot: "-",
    bar_full: "#",
    bar_rest: ".",
    shades: [" ", ".", ":", "+", "#"],
    halves: None,
    ascii: true,
};

/// What the console's own table (`cp437.uni`) shows beyond ASCII.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
                     αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼◆";

impl Glyphs {
    /// Whether a terminal with this set can show the character.
    pub fn holds(&self, c: char) -> bool {
        c.is_ascii_graphic() || c == ' ' || (!self.ascii && CP437.contains(c))
    }

    /// Replaces every cell this set does not hold: the arrows of key names by letters, anything else by a question
    /// mark.
    pub fn enforce(&self, buf: &mut Buffer) {
        for cell in &mut buf.content {
            let symbol = cell.symbol();
            let mut chars = symbol.chars();
            let fits = matches!((chars.next(), chars.next()), (Some(c), None) if self.holds(c));
            if !fits {
                let stand_in = match symbol {
                    "" => " ",
                    "↑" => "^",
                    "↓" => "v",
                    _ => "?",
                };
                cell.set_symbol(stand_in);
            }
        }
    }
}

/// Text from a database or a network, safe to show: no control or escape characters, nothing that turns the
/// direction of writing, and no blanks at its ends.
pub fn clean(text: &str) -> String {
    let harmless = |c: char| match c {
        '\t' | '\n' | '\r' => Some(' '),
        c if c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
        {
            None
        }
        c => Some(c),
    };
    text.chars().filter_map(harmless).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    #[test]
    fn an_escape_in_a_name_never_reaches_the_terminal() {
        assert_eq!(clean(" B\u{1b}[2J1\u{7f}\n234\u{202e}\u{9b}31m "), "B[2J1 23431m");
    }

    #[test]
    fn what_a_set_does_not_hold_becomes_a_question_mark() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 6, 1));
        buf.set_string(0, 0, "a▓…é日", ratatui::style::Style::new());
        let mut ascii = buf.clone();
        CONSOLE.enforce(&mut buf);
        ASCII.enforce(&mut ascii);
        let row = |b: &Buffer| b.content.iter().map(|c| c.symbol()).collect::<String>();
        assert_eq!(row(&buf), "a▓?é? ");
        assert_eq!(row(&ascii), "a???? ");
    }
}
