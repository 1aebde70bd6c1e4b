//! Styles by meaning, out of the sixteen ANSI colours only, or out of none at all (NO_COLOR).
//!
//! Colour never stands alone: every state has a word and a shape too. White, black and yellow are not used as
//! foreground on the default background, since consoles disagree about them.

use ratatui::style::{Color, Modifier, Style};

/// One style for each thing a screen can mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    pub text: Style,
    pub dim: Style,
    pub strong: Style,
    pub title: Style,
    pub border: Style,
    /// The field that has the keys.
    pub focus: Style,
    /// The row or choice that Enter would take.
    pub selected: Style,
    pub key: Style,
    pub good: Style,
    pub warn: Style,
    pub error: Style,
    pub badge_checking: Style,
    pub badge_up: Style,
    pub badge_down: Style,
    /// QR modules: dark on light, whatever the terminal's own colours are.
    pub qr: Style,
}

impl Theme {
    pub fn colour() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        Self {
            text: plain,
            dim: plain.fg(Color::Gray),
            strong: bold,
            title: bold.fg(Color::Cyan),
            border: plain.fg(Color::Cyan),
            focus: bold.fg(Color::Cyan),
            selected: bold.add_modifier(Modifier::REVERSED),
            key: bold.fg(Color::Cyan),
            good: bold.fg(Color::Green),
            warn: bold.fg(Color::Magenta),
            error: bold.fg(Color::Red).add_modifier(Modifier::REVERSED),
            badge_checking: plain.fg(Color::Gray),
            badge_up: bold.fg(Color::Green),
            badge_down: bold.fg(Color::Red).add_modifier(Modifier::REVERSED),
            qr: plain.fg(Color::Black).bg(Color::White),
        }
    }

    /// No colours: weight, reverse and underline carry the meaning.
    pub fn mono() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let reversed = bold.add_modifier(Modifier::REVERSED);
        Self {
            text: plain,
            dim: plain,
            strong: bold,
            title: bold,
            border: plain,
            focus: bold.add_modifier(Modifier::UNDERLINED),
            selected: reversed,
            key: bold,
            good: bold,
            warn: bold.add_modifier(Modifier::UNDERLINED),
            error: reversed,
            badge_checking: plain,
            badge_up: bold,
            badge_down: reversed,
            qr: plain.add_modifier(Modifier::REVERSED),
        }
    }
}
