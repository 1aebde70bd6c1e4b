//! The last line: the keys that work now, from the key table of whoever has the keys.

use super::put;
use super::unicode::width;
use crate::tui::shell::Look;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Pairs of key and word; what no longer fits is left out whole.
pub fn draw(look: &Look, hints: &[(&str, &str)], area: Rect, buf: &mut Buffer) {
    let wide = |gap: u16| hints.iter().map(|(key, word)| width(key) + 1 + width(word) + gap).sum::<u16>();
    // The way out stands last: closer together before anything is left out.
    let gap = if wide(2) <= area.width + 1 { 2 } else { 1 };
    let mut x = area.x + 1;
    for (key, word) in hints {
        let needs = width(key) + 1 + width(word);
        if x + needs > area.right() {
            break;
        }
        x = put(buf, x, area.y, area.right() - x, key, look.theme.key) + 1;
        x = put(buf, x, area.y, area.right().saturating_sub(x), word, look.theme.text) + gap;
    }
}
