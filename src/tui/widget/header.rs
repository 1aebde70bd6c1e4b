//! Line 1: place, person, time at the left, the badge at the right.

use super::unicode::width;
use super::{badge, put};
use crate::tui::shell::Shell;
use crate::tui::text::when;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// `place` in bold, then person and time, as far as there is room before the badge.
pub fn draw(shell: &Shell, place: &str, person: &str, area: Rect, buf: &mut Buffer) {
    let theme = &shell.look.theme;
    let end = badge::draw(shell, buf, area.right().saturating_sub(1), area.y).saturating_sub(1);
    let mut x = area.x + 1;
    x = put(buf, x, area.y, end.saturating_sub(x), place, theme.strong) + 2;
    let time = when::clock(shell.words, &shell.now);
    for (text, style) in [(person, theme.text), (time.as_str(), theme.text)] {
        // The time is shown whole or not at all.
        if !text.is_empty() && x + width(text).min(if text == time { u16::MAX } else { 1 }) <= end {
            x = put(buf, x, area.y, end - x, text, style) + 2;
        }
    }
    let site = shell.site_name.as_str();
    if area.width >= 100 && x < end {
        put(buf, x, area.y, end - x, site, theme.dim);
    }
}
