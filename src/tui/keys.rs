//! One table of keys a screen: dispatch, footer and help are all made from it, so that they cannot disagree.
//!
//! What crossterm reports in a real console decides some of it: numpad Enter may come as a line feed, Backspace as
//! Ctrl+H, Shift+F and Alt+F are not to be relied on, and emulators keep F1, F10 and F11 for themselves. Hence
//! every F-key but F9 of the exit (only F9 takes money) has a second way.

use super::text::KeyWords;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key as the tables name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chord {
    F(u8),
    Char(char),
    Ctrl(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
}

/// What a key does on a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Help,
    First,
    Find,
    NoPlate,
    Barrier,
    NoData,
    Qr,
    ReprintTicket,
    ReprintReceipt,
    Send,
    Save,
    Correct,
    Method,
    Pay,
    Next,
    Previous,
    Back,
    Leave,
    Refresh,
    Remove,
    /// What is not everyday, in a list; and a lost ticket at once.
    Special,
    Lost,
    /// Lock the screen, change the operator, count and close the till.
    Shift,
    Undo,
    Swap,
    Filter,
    Open,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    /// The n-th page or menu item, from 0.
    Pick(u8),
}

/// A row of a key table.
pub struct Binding {
    pub chords: &'static [Chord],
    pub action: Action,
    /// The key as the footer and the help write it.
    pub shown: &'static str,
    /// Short words for the footer (empty: not there) and a sentence for the help.
    pub words: fn(&KeyWords) -> (&'static str, &'static str),
}

const fn bind(
    chords: &'static [Chord],
    action: Action,
    shown: &'static str,
    words: fn(&KeyWords) -> (&'static str, &'static str),
) -> Binding {
    Binding { chords, action, shown, words }
}

use Chord::{BackTab, Char, Ctrl, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right, Tab, Up};

const HELP: Binding = bind(&[F(1), Char('?')], Action::Help, "F1", |k| k.help);
const FIND: Binding = bind(&[F(3), Ctrl('f')], Action::Find, "F3", |k| k.find);
const SEND: Binding = bind(&[F(7), Ctrl('s')], Action::Send, "F7", |k| k.send);
const BARRIER: Binding = bind(&[F(11), Ctrl('g')], Action::Barrier, "F11", |k| k.barrier);
const SHIFT: Binding = bind(&[F(12), Ctrl('k')], Action::Shift, "F12", |k| k.shift);
const LEAVE: Binding = bind(&[F(10), Ctrl('x')], Action::Leave, "F10", |k| k.menu);
const BACK: Binding = bind(&[Esc], Action::Back, "Esc", |k| k.back);

pub static GATE_IN: &[Binding] = &[
    HELP,
    bind(&[Enter], Action::Next, "Enter", |k| k.enter_in),
    bind(&[F(2), Ctrl('n')], Action::First, "F2", |k| k.plate),
    FIND,
    bind(&[F(4), Ctrl('e')], Action::Correct, "F4", |k| k.correct),
    bind(&[F(5), Ctrl('p')], Action::ReprintTicket, "F5", |k| k.reprint_ticket),
    bind(&[F(6), Ctrl('r')], Action::Qr, "F6", |k| k.qr),
    SEND,
    bind(&[F(8), Ctrl('o')], Action::NoPlate, "F8", |k| k.no_plate),
    bind(&[F(9)], Action::Save, "F9", |k| k.save),
    BARRIER,
    SHIFT,
    LEAVE,
    bind(&[Tab, Down], Action::Open, "Tab", |k| k.field),
    bind(&[BackTab, Up], Action::Previous, "Shift+Tab", |k| k.field_back),
    BACK,
];

pub static GATE_OUT: &[Binding] = &[
    HELP,
    bind(&[Enter], Action::Next, "Enter", |k| k.enter_out),
    bind(&[F(2), Ctrl('n')], Action::First, "F2", |k| k.ticket),
    FIND,
    bind(&[F(4), Ctrl('t')], Action::NoData, "F4", |k| k.no_data),
    bind(&[F(6), Ctrl('b')], Action::Method, "F6", |k| k.method),
    bind(&[F(5), Ctrl('p')], Action::ReprintReceipt, "F5", |k| k.reprint_receipt),
    SEND,
    bind(&[F(8), Ctrl('o')], Action::Special, "F8", |k| k.special),
    bind(&[Ctrl('l')], Action::Lost, "Ctrl+L", |k| k.lost),
    bind(&[F(9)], Action::Pay, "F9", |k| k.pay),
    BARRIER,
    SHIFT,
    LEAVE,
    bind(&[Tab, Down], Action::Open, "Tab", |k| k.field),
    bind(&[BackTab, Up], Action::Previous, "Shift+Tab", |k| k.field_back),
    BACK,
];

pub static ADMIN: &[Binding] = &[
    HELP,
    bind(&[Char('1')], Action::Pick(0), "1", |k| k.page_home),
    bind(&[Char('2')], Action::Pick(1), "2", |k| k.page_stays),
    bind(&[Char('3')], Action::Pick(2), "3", |k| k.page_terminals),
    bind(&[Char('4')], Action::Pick(3), "4", |k| k.page_log),
    bind(&[Char('5')], Action::Pick(4), "5", |k| k.page_duplicates),
    bind(&[Char('/'), F(3), Ctrl('f')], Action::Filter, "/", |k| k.filter),
    bind(&[Enter], Action::Open, "Enter", |k| k.detail),
    bind(&[F(5), Char('r'), Char('R')], Action::Refresh, "F5", |k| k.refresh),
    bind(&[F(6), Ctrl('u')], Action::Undo, "F6", |k| k.undo),
    bind(&[F(8), Ctrl('d')], Action::Remove, "F8", |k| k.set_aside),
    bind(&[F(4), Char(' ')], Action::Swap, "F4", |k| k.swap),
    LEAVE,
    bind(&[Tab, Right], Action::Next, "Tab", |k| k.next_page),
    bind(&[BackTab, Left], Action::Previous, "Shift+Tab", |k| k.previous_page),
    bind(&[Up], Action::Up, "↑", |k| k.row_up),
    bind(&[Down], Action::Down, "↓", |k| k.row_down),
    bind(&[PageUp], Action::PageUp, "PgUp", |k| k.page_up),
    bind(&[PageDown], Action::PageDown, "PgDn", |k| k.page_down),
    bind(&[Home], Action::Home, "Home", |k| k.row_first),
    bind(&[End], Action::End, "End", |k| k.row_last),
    BACK,
];

pub static MENU: &[Binding] = &[
    bind(&[Char('1')], Action::Pick(0), "1-6", |k| k.pick),
    bind(&[Char('2')], Action::Pick(1), "", |k| k.none),
    bind(&[Char('3')], Action::Pick(2), "", |k| k.none),
    bind(&[Char('4')], Action::Pick(3), "", |k| k.none),
    bind(&[Char('5')], Action::Pick(4), "", |k| k.none),
    bind(&[Char('6')], Action::Pick(5), "", |k| k.none),
    bind(&[Up, BackTab], Action::Up, "↑", |k| k.row_up),
    bind(&[Down, Tab], Action::Down, "↓", |k| k.row_down),
    bind(&[Enter], Action::Open, "Enter", |k| k.open),
    HELP,
    bind(&[Esc, F(10), Ctrl('x')], Action::Leave, "Esc", |k| k.quit),
];

pub static SERVER: &[Binding] = &[
    HELP,
    LEAVE,
    bind(&[Up], Action::Up, "↑", |k| k.row_up),
    bind(&[Down], Action::Down, "↓", |k| k.row_down),
    BACK,
];

pub static DOCTOR: &[Binding] = &[
    HELP,
    bind(&[F(5), Char('r'), Char('R'), Enter], Action::Refresh, "F5", |k| k.again),
    LEAVE,
    bind(&[Up], Action::Up, "↑", |k| k.row_up),
    bind(&[Down], Action::Down, "↓", |k| k.row_down),
    BACK,
];

pub static SYNC: &[Binding] = &[
    HELP,
    bind(&[F(7), Ctrl('s'), Enter], Action::Send, "F7", |k| k.send),
    bind(&[Char('1')], Action::Pick(0), "1-9", |k| k.terminal),
    bind(&[Char('2')], Action::Pick(1), "", |k| k.none),
    bind(&[Char('3')], Action::Pick(2), "", |k| k.none),
    bind(&[Char('4')], Action::Pick(3), "", |k| k.none),
    bind(&[Char('5')], Action::Pick(4), "", |k| k.none),
    bind(&[Char('6')], Action::Pick(5), "", |k| k.none),
    bind(&[Char('7')], Action::Pick(6), "", |k| k.none),
    bind(&[Char('8')], Action::Pick(7), "", |k| k.none),
    bind(&[Char('9')], Action::Pick(8), "", |k| k.none),
    LEAVE,
    BACK,
];

/// The key as tables name it; `None` for releases and keys no table uses.
pub fn chord(key: &KeyEvent) -> Option<Chord> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char('j' | 'm') if ctrl => Chord::Enter,
        KeyCode::Char('h') if ctrl => Chord::Backspace,
        KeyCode::Char(c) if ctrl => Chord::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(_) if key.modifiers.contains(KeyModifiers::ALT) => return None,
        KeyCode::Char(c) => Chord::Char(c),
        KeyCode::F(n) => Chord::F(n),
        KeyCode::Enter => Chord::Enter,
        KeyCode::Esc => Chord::Esc,
        KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => Chord::BackTab,
        KeyCode::Tab => Chord::Tab,
        KeyCode::BackTab => Chord::BackTab,
        KeyCode::Backspace => Chord::Backspace,
        KeyCode::Delete => Chord::Delete,
        KeyCode::Up => Chord::Up,
        KeyCode::Down => Chord::Down,
        KeyCode::Left => Chord::Left,
        KeyCode::Right => Chord::Right,
        KeyCode::PageUp => Chord::PageUp,
        KeyCode::PageDown => Chord::PageDown,
        KeyCode::Home => Chord::Home,
        KeyCode::End => Chord::End,
        _ => return None,
    })
}

/// What the table says this key does.
pub fn action(table: &[Binding], chord: Chord) -> Option<Action> {
    table.iter().find(|b| b.chords.contains(&chord)).map(|b| b.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_table_binds_a_key_twice() {
        for table in [GATE_IN, GATE_OUT, ADMIN, MENU, SERVER, DOCTOR, SYNC] {
            let mut seen = Vec::new();
            for chord in table.iter().flat_map(|b| b.chords) {
                assert!(!seen.contains(&chord), "{chord:?}");
                seen.push(chord);
            }
        }
    }

    #[test]
    fn only_f9_takes_money() {
        let pay: Vec<_> = GATE_OUT.iter().filter(|b| b.action == Action::Pay).flat_map(|b| b.chords).collect();
        assert_eq!(pay, [&F(9)]);
    }

    #[test]
    fn a_line_feed_is_enter_and_control_h_is_backspace() {
        let ctrl = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        assert_eq!(chord(&ctrl('j')), Some(Chord::Enter));
        assert_eq!(chord(&ctrl('h')), Some(Chord::Backspace));
    }
}
