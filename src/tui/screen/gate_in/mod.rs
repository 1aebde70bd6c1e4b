//! The entry: plate, class, Enter. Two Enters save; nothing is shown as saved before it is.
//!
//! ```text
//! Masuk A1  Budi  14.05                                     ◆ Database Terhubung
//! ┌ Kendaraan masuk ───────────────────────────┐┌ Di dalam ──────────────────────┐
//! │ plate, where it is from, class, what Enter ││ each class with its bar, today, │
//! │ does now                                   ││ devices                         │
//! └────────────────────────────────────────────┘└─────────────────────────────────┘
//! ┌ Terakhir ─────────────────────────────────────────────────────────────────────┐
//! ```

mod correcting;
mod papers;
mod saving;
mod upfront;
mod view;

use super::Page;
use crate::domain::desk::{EnterAnswer, Refusal};
use crate::domain::plate;
use crate::domain::stay::Stay;
use crate::domain::view::{Occupancy, Recent};
use crate::tui::dialog::qr::QrPage;
use crate::tui::dialog::question::{Question, Topic};
use crate::tui::dialog::search::Search;
use crate::tui::dialog::{Answer, Dialog};
use crate::tui::keys::{self, Action, Binding, Chord};
use crate::tui::msg::{Cmd, Level, Msg};
use crate::tui::screen::parts;
use crate::tui::shell::{Cx, Moment, Shell};
use crate::tui::widget::field::{Accept, Field, Typed};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::time::Duration;

/// So long a save waits for the answer whether the plate is inside; no car waits for it.
const LOOK_LASTS: Duration = Duration::from_millis(500);

/// Keys kept while the form is locked.
const AHEAD: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    Plate,
    Class,
}

/// How far the form is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Typing,
    /// Enter was pressed; the answer about the plate is awaited until then.
    Looking(Moment),
    /// A program charges what is due; the form is locked until it has ended.
    Charging,
    /// The form is locked until the answer.
    Saving,
}

pub struct GateIn {
    plate: Field,
    without_plate: bool,
    class: usize,
    focus: Focus,
    step: Step,
    /// The plate key that was asked about, and what is inside with it once told.
    looked: Option<(String, Option<Option<Box<Stay>>>)>,
    /// Typed while the form was locked: the next plate.
    ahead: Vec<Chord>,
    /// Who has to pay first, the newest last.
    visits: Vec<upfront::Visit>,
    last: Option<EnterAnswer>,
    recent: Vec<Recent>,
    occupancy: Occupancy,
}

impl GateIn {
    pub fn new() -> Self {
        Self {
            plate: Field::new(Accept::Plate, 16),
            without_plate: false,
            class: 0,
            focus: Focus::Plate,
            step: Step::Typing,
            looked: None,
            ahead: Vec::new(),
            visits: Vec::new(),
            last: None,
            recent: Vec::new(),
            occupancy: Occupancy::default(),
        }
    }

    fn key_of_plate(&self) -> String {
        plate::normalise(&self.plate.text())
    }

    /// The stay that is inside with the typed plate, if that is known by now.
    fn inside(&self) -> Option<&Stay> {
        let (key, told) = self.looked.as_ref()?;
        (*key == self.key_of_plate()).then_some(told.as_ref()?.as_deref()).flatten()
    }

    fn locked(&self) -> bool {
        self.step != Step::Typing
    }

    fn look(&mut self, cx: &mut Cx) {
        let key = self.key_of_plate();
        if self.looked.as_ref().is_none_or(|(asked, _)| *asked != key) {
            cx.ask(Cmd::LookPlate(self.plate.text().trim().to_owned()));
            self.looked = Some((key, None));
        }
    }

    fn plate_empty(&mut self, cx: &mut Cx) {
        self.focus = Focus::Plate;
        let text = (cx.shell.words.say.refusal)(&Refusal::PlateEmpty, &cx.shell.zone);
        cx.shell.say(Level::Warning, text);
    }

    /// Enter in the plate: on to the class, with the last class chosen already.
    fn go_to_class(&mut self, cx: &mut Cx) {
        if self.key_of_plate().is_empty() && !self.without_plate {
            self.plate_empty(cx);
            return;
        }
        if !self.without_plate {
            self.look(cx);
        }
        self.focus = Focus::Class;
    }

    fn save(&mut self, cx: &mut Cx) {
        if self.locked() {
            return;
        }
        if self.without_plate {
            self.enter(cx);
            return;
        }
        if self.key_of_plate().is_empty() {
            self.plate_empty(cx);
            return;
        }
        self.focus = Focus::Class;
        self.look(cx);
        match &self.looked {
            Some((_, None)) => self.step = Step::Looking(cx.shell.at + LOOK_LASTS),
            _ => self.ask_or_enter(cx),
        }
    }

    fn ask_or_enter(&mut self, cx: &mut Cx) {
        let Some(inside) = self.inside() else {
            self.enter(cx);
            return;
        };
        let (w, c) = (&cx.shell.words.gate_in, &cx.shell.words.common);
        let question = Question {
            topic: Topic::PlateInside,
            title: w.inside_title,
            lines: vec![
                cx.shell.plate(inside.plate.as_deref()),
                format!(
                    "{} {}, {} {}",
                    w.already_inside,
                    cx.shell.clock(inside.entered_at),
                    inside.entered_gate,
                    inside.ticket
                ),
            ],
            ask: w.inside_ask.to_owned(),
            yes: ('Y', w.inside_yes),
            no: (c.no.chars().next().unwrap_or('N'), c.no),
        };
        self.step = Step::Typing;
        self.ahead.clear();
        cx.layers.open(Dialog::Question(question), cx.shell.at);
        cx.touch();
    }

    fn no_plate(&mut self, cx: &mut Cx) {
        if !self.plate.is_empty() {
            let text = cx.shell.words.gate_in.plate_filled;
            cx.shell.say(Level::Warning, text);
            return;
        }
        self.without_plate = true;
        self.focus = Focus::Class;
    }

    fn class_key(&mut self, cx: &mut Cx, chord: Chord) {
        let count = cx.shell.classes.len().max(1);
        match chord {
            Chord::Left => self.class = (self.class + count - 1) % count,
            Chord::Right => self.class = (self.class + 1) % count,
            Chord::Backspace => self.focus = Focus::Plate,
            Chord::Char(' ') => self.class = (self.class + 1) % count,
            Chord::Char(c) => match cx.shell.classes.iter().position(|k| k.key.eq_ignore_ascii_case(&c)) {
                Some(i) => self.class = i,
                None => {
                    let text = cx.shell.words.gate_in.class_unknown_key;
                    cx.shell.say(Level::Warning, text);
                }
            },
            _ => {}
        }
    }
}

impl Page for GateIn {
    fn place(&self, shell: &Shell) -> String {
        format!("{} {}", shell.words.gate_in.place, shell.gate)
    }

    fn table(&self) -> &'static [Binding] {
        keys::GATE_IN
    }

    fn typing(&self) -> bool {
        true
    }

    fn charging(&self) -> bool {
        self.step == Step::Charging
    }

    fn offered(&self, shell: &Shell, action: Action) -> bool {
        match action {
            Action::Send => parts::can_send(shell),
            Action::NoPlate => self.plate.is_empty() && !self.locked() && !self.without_plate,
            Action::Qr | Action::Correct => self.last.is_some() || self.newest(shell).is_some(),
            _ => true,
        }
    }

    fn leave(&self, shell: &Shell) -> Option<Question> {
        Some(parts::leave(shell, shell.words.gate_in.place, !self.plate.is_empty()))
    }

    fn act(&mut self, cx: &mut Cx, action: Action) {
        if self.locked() && !matches!(action, Action::Find | Action::Qr) {
            return;
        }
        match action {
            Action::First | Action::Previous => self.focus = Focus::Plate,
            Action::Find => cx.layers.open(Dialog::Search(Search::empty()), cx.shell.at),
            Action::Qr => self.show_qr(cx),
            Action::Correct => self.correct(cx),
            Action::Paper => Self::papers(cx),
            Action::NoPlate => self.no_plate(cx),
            Action::Save => self.save(cx),
            Action::Next if self.focus == Focus::Class => self.save(cx),
            Action::Open if self.focus == Focus::Class => self.focus = Focus::Plate,
            Action::Next | Action::Open => self.go_to_class(cx),
            Action::Back if self.focus == Focus::Class => {
                self.focus = Focus::Plate;
                self.without_plate = false;
            }
            Action::Back => cx.ask(Cmd::Quit),
            _ => {}
        }
    }

    fn key(&mut self, cx: &mut Cx, chord: Chord) {
        if self.locked() {
            self.ahead.extend(matches!(chord, Chord::Char(_) | Chord::Backspace).then_some(chord));
            self.ahead.truncate(AHEAD);
            return;
        }
        if self.focus == Focus::Class {
            self.class_key(cx, chord);
        } else if self.plate.key(chord) == Typed::Edited {
            self.without_plate = false;
            if !cx.shell.has_error() {
                cx.shell.message = None;
            }
        }
    }

    fn scanned(&mut self, cx: &mut Cx, text: &str) -> bool {
        if !self.locked() {
            cx.layers.open(Dialog::Search(Search::searching(text)), cx.shell.at);
            cx.ask(Cmd::Find(text.to_owned()));
        }
        true
    }

    fn burst(&mut self, _cx: &mut Cx) -> bool {
        // A scanner's Enter must not save what a person has not looked at.
        self.focus == Focus::Class || self.locked()
    }

    fn told(&mut self, cx: &mut Cx, msg: Msg) {
        match msg {
            Msg::Occupancy(now) => cx.set(&mut self.occupancy, now),
            Msg::Recent(now) => cx.set(&mut self.recent, now),
            Msg::Classes(classes) => self.class = self.class.min(classes.len().saturating_sub(1)),
            Msg::PlateSeen { plate, inside } => {
                if let Some((key, told)) = &mut self.looked
                    && *key == plate::normalise(&plate)
                {
                    *told = Some(inside);
                    cx.touch();
                    if matches!(self.step, Step::Looking(_)) {
                        self.ask_or_enter(cx);
                    }
                }
            }
            Msg::MemberSeen { plate, told } => self.member_seen(cx, &plate, &told),
            Msg::Charge(view) => self.charged(cx, view),
            Msg::Entered(answer) => self.entered(cx, *answer),
            Msg::Keyed(answer) => Self::keyed(cx, &answer),
            Msg::Corrected(answer) => self.corrected(cx, *answer),
            Msg::TakenBack(taken) => self.taken_back(cx, &taken),
            Msg::Refused(why) if Self::not_keyed(cx, &why) || self.asks_money(cx, &why) => {}
            Msg::Refused(why) => {
                let saving = self.step == Step::Saving;
                if saving {
                    self.step = Step::Typing;
                    self.ahead.clear();
                } else if let Some(Dialog::Search(search)) = cx.layers.top_mut() {
                    search.failed();
                }
                let text = (cx.shell.words.say.refusal)(&why, &cx.shell.zone);
                cx.shell.mention(if saving { Level::Error } else { Level::Warning }, text);
                cx.touch();
            }
            Msg::Found { query, stays } => {
                if let Some(Dialog::Search(search)) = cx.layers.top_mut()
                    && search.told(&query, &stays)
                {
                    cx.touch();
                }
            }
            Msg::Qr { ticket, text } => {
                cx.layers.open(Dialog::Qr(QrPage::new(&ticket, &text)), cx.shell.at);
                cx.touch();
            }
            _ => {}
        }
    }

    fn answered(&mut self, cx: &mut Cx, answer: Answer) {
        match answer {
            Answer::Yes(Topic::PlateInside) => self.enter(cx),
            Answer::No(Topic::PlateInside) => self.focus = Focus::Plate,
            Answer::Chosen(stay) => cx.ask(Cmd::ShowQr(stay.stay)),
            Answer::Qr => self.show_qr(cx),
            Answer::Paper(request) => cx.ask(Cmd::KeyIn(request)),
            Answer::Upfront { payment, visit } => self.enter_paid(cx, payment, visit),
            Answer::Charge(charge) => self.charge(cx, charge),
            Answer::CancelCharge => cx.ask(Cmd::CancelCharge),
            Answer::Class { stay, class } => cx.ask(Cmd::CorrectClass { stay, class }),
            Answer::TakeBack { stay, ticket, plate } => Self::asks_back(cx, stay, &ticket, &plate),
            Answer::Permitted(permit, by) => Self::permitted(cx, permit, by),
            _ => {}
        }
    }

    fn wake(&mut self, cx: &mut Cx) {
        if matches!(self.step, Step::Looking(until) if cx.shell.at >= until) {
            self.enter(cx);
        }
    }

    fn next_wake(&self) -> Option<Moment> {
        if let Step::Looking(until) = self.step { Some(until) } else { None }
    }

    fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        view::draw(self, shell, area, buf);
    }
}
