//! The badge: whether the database can be reached, as a word, a shape and a colour at once.

use super::put;
use super::unicode::width;
use crate::domain::link::Link;
use crate::tui::shell::Shell;
use ratatui::buffer::Buffer;
use ratatui::style::Style;

/// The badge's words with its shape, and its style.
pub fn badge(shell: &Shell) -> (String, Style) {
    let (c, g, t) = (&shell.words.common, shell.look.glyphs, &shell.look.theme);
    let (shape, word, style) = match shell.link.link {
        Link::Checking => (g.checking, c.checking, t.badge_checking),
        Link::Up => (g.up, c.up, t.badge_up),
        Link::Down => (g.down, c.down, t.badge_down),
    };
    // Up with nothing waiting is the ordinary state: then no number distracts.
    let waits = match shell.link.link {
        Link::Down => shell.counts,
        _ => shell.link.pending > 0,
    };
    let text = if waits {
        format!("{shape} {word} {} {} {}", g.dot, c.waiting, shell.link.pending)
    } else {
        format!("{shape} {word}")
    };
    (text, style)
}

/// Draws it so that it ends at `right`; gives the column it begins at.
pub fn draw(shell: &Shell, buf: &mut Buffer, right: u16, y: u16) -> u16 {
    let (text, style) = badge(shell);
    let left = right.saturating_sub(width(&text));
    put(buf, left, y, right - left, &text, style);
    left
}
