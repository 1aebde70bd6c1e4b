//! The one message, above the footer: good news pass, errors stay until Esc or the next transaction.

use super::put;
use crate::tui::msg::Level;
use crate::tui::shell::{Moment, Shell};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::time::Duration;

const INFO_LASTS: Duration = Duration::from_secs(8);
const WARNING_LASTS: Duration = Duration::from_secs(12);

/// What the message row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub level: Level,
    /// Something was carried out.
    pub good: bool,
    pub text: String,
    /// When it goes by itself; errors do not.
    pub until: Option<Moment>,
}

impl Message {
    pub fn new(level: Level, good: bool, text: impl Into<String>, at: Moment) -> Self {
        let until = match level {
            Level::Info => Some(at + INFO_LASTS),
            Level::Warning => Some(at + WARNING_LASTS),
            Level::Error => None,
        };
        Self { level, good, text: text.into(), until }
    }
}

pub fn draw(shell: &Shell, area: Rect, buf: &mut Buffer) {
    let (theme, glyphs) = (&shell.look.theme, shell.look.glyphs);
    let Some(message) = &shell.message else { return };
    let (shape, style) = match (message.level, message.good) {
        (Level::Info, true) => (glyphs.good, theme.good),
        (Level::Info, false) => (glyphs.info, theme.text),
        (Level::Warning, _) => (glyphs.warn, theme.warn),
        (Level::Error, _) => (glyphs.bad, theme.error),
    };
    let x = put(buf, area.x + 1, area.y, area.width - 1, &format!(" {shape} "), style);
    put(buf, x, area.y, area.right().saturating_sub(x), &format!("{} ", message.text), style);
}
