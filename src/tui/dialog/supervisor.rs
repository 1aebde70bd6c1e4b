//! A supervisor's permission: name and PIN, for whatever only a supervisor may allow. It stays until the answer comes:
//! `Granted` closes it, `Denied` is shown in it.

use super::permit::Permit;
use super::{Answer, Reply};
use crate::domain::desk::OpenRequest;
use crate::domain::operator::{Denial, Granted, pin_is_fit};
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::pin::Pin;
use crate::tui::widget::{modal, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[derive(Clone, Debug, PartialEq)]
pub struct Supervisor {
    /// What is to be allowed, in the operator's words.
    what: String,
    name: Field,
    pin: Pin,
    on_pin: bool,
    waits: bool,
    denied: Option<Denial>,
    /// The barrier opens when it is allowed; for anything else the page is told.
    opening: Option<OpenRequest>,
    /// What the page does when it is allowed.
    permit: Option<Permit>,
}

impl Supervisor {
    pub fn new(what: impl Into<String>) -> Self {
        let name = Field::new(Accept::Text, 40);
        Self {
            what: what.into(),
            name,
            pin: Pin::default(),
            on_pin: false,
            waits: false,
            denied: None,
            opening: None,
            permit: None,
        }
    }

    /// Of the one who is said to allow it.
    pub fn opening(what: &str, request: OpenRequest) -> Self {
        let mut dialog = Self::new(what);
        dialog.name.set(&request.supervisor);
        dialog.on_pin = !dialog.name.is_empty();
        Self { opening: Some(request), ..dialog }
    }

    /// For what a page wants to do.
    pub fn permitting(what: &str, permit: Permit) -> Self {
        Self { permit: Some(permit), ..Self::new(what) }
    }

    /// What the page may do now that it is allowed.
    pub fn permitted(&mut self) -> Option<Permit> {
        self.permit.take()
    }

    /// What is to be opened now that it is allowed by him.
    pub fn allowed(&mut self, by: &Granted) -> Option<OpenRequest> {
        let request = self.opening.take()?;
        Some(OpenRequest { supervisor: by.name.clone(), proven: true, ..request })
    }

    pub fn denied(&mut self, why: Denial) {
        (self.waits, self.denied) = (false, Some(why));
        if matches!(why, Denial::Unknown | Denial::NotSupervisor) {
            self.on_pin = false;
        }
    }

    pub fn key(&mut self, chord: Chord) -> Reply {
        match chord {
            Chord::Esc => return Reply::Close,
            _ if self.waits => {}
            Chord::Enter if self.on_pin => {
                let pin = self.pin.take();
                if pin_is_fit(pin.reveal()) {
                    (self.waits, self.denied) = (true, None);
                    let name = self.name.text().trim().to_owned();
                    return Reply::Asks(Answer::Supervisor { name, pin });
                }
                self.denied = Some(Denial::WrongPin { wait: 0 });
            }
            Chord::Enter | Chord::Tab | Chord::Down if !self.on_pin => self.on_pin = !self.name.is_empty(),
            Chord::Tab | Chord::BackTab | Chord::Up => self.on_pin = false,
            _ if self.on_pin => drop(self.pin.key(chord)),
            _ => drop(self.name.key(chord)),
        }
        Reply::Kept
    }

    pub fn hints(&self, shell: &Shell) -> Vec<(&'static str, &'static str)> {
        vec![("Enter", shell.words.duty.allow), ("Esc", shell.words.common.cancel)]
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (words, theme) = (shell.words.duty, &shell.look.theme);
        let room = modal::open(buf, &shell.look, area, (66, 11), words.supervisor_title);
        put(buf, room.x, room.y + 1, room.width, &self.what, theme.strong);
        let x = room.x + 12;
        for (i, word) in (0_u16..).zip([words.who, words.pin]) {
            let style = if (i == 1) == self.on_pin { theme.focus } else { theme.text };
            put(buf, room.x, room.y + 3 + i * 2, 11, word, style);
        }
        self.name.draw(&shell.look, buf, (x, room.y + 3, room.right().saturating_sub(x)), !self.on_pin);
        self.pin.draw(&shell.look, buf, (x, room.y + 5), self.on_pin);
        let (text, style) = match self.denied {
            _ if self.waits => (words.checking.to_owned(), theme.dim),
            Some(why) => ((words.denial)(why), theme.warn),
            None => (words.supervisor_hint.to_owned(), theme.dim),
        };
        put(buf, room.x, room.y + 7, room.width, &text, style);
    }
}
