//! The exit: ticket, compare, cash, F9. Only F9 takes money, and nothing typed is lost by an error.
//!
//! ```text
//! ┌ Tiket ───────────────────────┐┌ Foto masuk           keluar ─┐
//! │ field; whose ticket it is    ││ the two photos, side by side │
//! └──────────────────────────────┘└──────────────────────────────┘
//! ┌ Biaya ───────────────────────┐┌ Bayar tunai ─────────────────┐
//! │ fee, line by line            ││ cash, quick sums, change     │
//! └──────────────────────────────┘└──────────────────────────────┘
//! ```

mod cashless;
mod conceding;
mod paying;
mod righting;
mod seeking;
mod view;

use super::{Page, parts};
use crate::domain::concession::Concession;
use crate::domain::desk::{NoDataRequest, Priced, Quote, Refusal, StayKey};
use crate::domain::lost::LostClaim;
use crate::domain::money::Rupiah;
use crate::domain::payment::{Method, Payment};
use crate::domain::stay::Stay;
use crate::domain::view::{PhotoView, Recent};
use crate::tui::dialog::no_data::NoData;
use crate::tui::dialog::question::{Question, Topic};
use crate::tui::dialog::search::Search;
use crate::tui::dialog::special::Special;
use crate::tui::dialog::{Answer, Dialog};
use crate::tui::keys::{self, Action, Binding, Chord};
use crate::tui::msg::{Cmd, Level, Msg};
use crate::tui::scan;
use crate::tui::shell::{Cx, Shell};
use crate::tui::widget::field::{Accept, Field, Typed};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    Ticket,
    Cash,
}

/// What is awaited.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Ready,
    Finding(String),
    Quoting(Box<Priced>),
    /// A program charges the fee; after Esc it still says what became of it.
    Charging {
        cancelled: bool,
    },
    Paying,
}

pub struct GateOut {
    ticket: Field,
    /// The ticket field holds something finished: the next character begins anew.
    fresh: bool,
    /// Nothing was found by it: likewise, but it stays to be looked at, and for the form without data.
    missed: bool,
    cash: Field,
    /// Enter filled the cash field: the next digit begins anew, it is never appended to the exact sum.
    filled: bool,
    /// The number on the customer's proof.
    proof: Field,
    /// Which of the ways to pay that are offered.
    offer: usize,
    /// What a provider confirmed, until the exit is recorded.
    received: Option<Payment>,
    /// Other money is taken although that is there.
    besides: bool,
    /// By this method the sum that is shown may have been paid.
    maybe: Option<Method>,
    focus: Focus,
    step: Step,
    /// Of the last price that was asked for; an answer of another number is of something that was given up.
    number: u32,
    quote: Option<(Priced, Quote)>,
    /// What the ticket field says of it.
    named: String,
    /// A stay that cannot be paid: out already, or void.
    gone: Option<Stay>,
    photos: Vec<(Uuid, bool, PhotoView)>,
    draft: Option<Box<NoData>>,
    /// What the form's first price named its stay.
    stated: Option<Uuid>,
    /// A program was asked for its fee.
    stated_charged: bool,
    /// The form without data is filled for a lost ticket.
    lost: bool,
    /// What the shown fee was reckoned with, and what the one that is asked for is.
    more: Concession,
    wish: Concession,
    /// The list of exits that is waited for: to take one back, or to correct how it was paid.
    undo: Option<Special>,
    recent: Vec<Recent>,
}

impl GateOut {
    pub fn new() -> Self {
        Self {
            ticket: Field::new(Accept::Ticket, 320),
            fresh: false,
            missed: false,
            cash: Field::new(Accept::Money, 9),
            filled: false,
            proof: Field::new(Accept::Text, 40),
            offer: 0,
            received: None,
            besides: false,
            maybe: None,
            focus: Focus::Ticket,
            step: Step::Ready,
            number: 0,
            quote: None,
            named: String::new(),
            gone: None,
            photos: Vec::new(),
            draft: None,
            stated: None,
            stated_charged: false,
            lost: false,
            undo: None,
            more: Concession::default(),
            wish: Concession::default(),
            recent: Vec::new(),
        }
    }

    fn photo(&self, stay: Uuid, out: bool) -> &PhotoView {
        let of = |(s, o, _): &&(Uuid, bool, PhotoView)| *s == stay && *o == out;
        self.photos.iter().find(of).map_or(&PhotoView::Empty, |(_, _, photo)| photo)
    }

    fn form(&mut self, cx: &mut Cx) {
        let typed = self.ticket.text();
        let plate = if self.fresh || scan::is_ticket(&typed) { "" } else { typed.as_str() };
        if self.draft.is_none() {
            (self.stated, self.stated_charged) = (None, false);
        }
        let form = self.draft.take().unwrap_or_else(|| Box::new(NoData::new(plate, 0)));
        cx.layers.open(Dialog::NoData(form), cx.shell.at);
    }

    /// Something else than a price or an exit was refused: what is under way goes on.
    fn refused(&mut self, cx: &mut Cx, why: &Refusal) {
        cx.touch();
        let text = (cx.shell.words.say.refusal)(why, &cx.shell.zone);
        if matches!(self.step, Step::Finding(_)) {
            self.ready();
            cx.shell.say(Level::Error, text);
            return;
        }
        match cx.layers.top_mut() {
            Some(Dialog::Search(search)) => search.failed(),
            Some(Dialog::Lost(lost)) => lost.failed(),
            _ => {}
        }
        cx.shell.mention(Level::Warning, text);
    }

    fn not_quoted(&mut self, cx: &mut Cx, number: u32, why: &Refusal) {
        if number == self.number && matches!(self.step, Step::Quoting(_)) {
            self.ended(cx, why);
        }
    }

    /// The price, or the exit, that was waited for was refused.
    fn ended(&mut self, cx: &mut Cx, why: &Refusal) {
        let step = self.ready();
        cx.touch();
        match (why, &step) {
            (Refusal::Ambiguous(stays), _) => {
                let query = self.ticket.text();
                cx.layers.open(Dialog::Search(Search::choose(&query, stays.clone())), cx.shell.at);
            }
            (Refusal::QuoteTooOld, Step::Paying) => {
                let asked = self.quote.as_ref().map(|(asked, _)| asked.clone());
                if let Some(asked) = asked {
                    self.ask(cx, asked);
                }
                let text = cx.shell.words.gate_out.requoted;
                cx.shell.say(Level::Warning, text);
                return;
            }
            (Refusal::AlreadyOut(stay) | Refusal::QrUsed(stay), _) => {
                self.quote = None;
                self.gone = Some((**stay).clone());
                self.focus = Focus::Ticket;
                self.fresh = true;
            }
            (_, Step::Quoting(_)) => self.missed = true,
            (Refusal::Storage(_), Step::Paying) => {
                let text = cx.shell.words.charge.not_saved;
                cx.shell.say(Level::Error, text);
                return;
            }
            _ => {}
        }
        let text = (cx.shell.words.say.refusal)(why, &cx.shell.zone);
        let level = if matches!(why, Refusal::Ambiguous(_)) { Level::Info } else { Level::Error };
        cx.shell.say(level, text);
    }

    /// Money is on its way: nothing else may begin.
    fn is_paying(&self) -> bool {
        matches!(self.step, Step::Paying | Step::Charging { .. })
    }

    fn total(&self) -> Option<Rupiah> {
        self.quote.as_ref().map(|(_, quote)| quote.fee.total)
    }
}

impl Page for GateOut {
    fn busy(&self) -> bool {
        self.quote.is_some()
    }

    fn charging(&self) -> bool {
        matches!(self.step, Step::Charging { .. })
    }

    fn place(&self, shell: &Shell) -> String {
        format!("{} {}", shell.words.gate_out.place, shell.gate)
    }

    fn table(&self) -> &'static [Binding] {
        keys::GATE_OUT
    }

    fn typing(&self) -> bool {
        true
    }

    fn offered(&self, shell: &Shell, action: Action) -> bool {
        match action {
            Action::Send => parts::can_send(shell),
            Action::Pay => self.quote.is_some(),
            Action::Method => self.quote.is_some() && shell.offers.len() > 1,
            _ => true,
        }
    }

    fn leave(&self, shell: &Shell) -> Option<Question> {
        let typed = !self.ticket.is_empty() || self.quote.is_some() || self.draft.is_some();
        Some(parts::leave(shell, shell.words.gate_out.place, typed))
    }

    fn act(&mut self, cx: &mut Cx, action: Action) {
        match (&self.step, action) {
            (Step::Paying, _) => return,
            (Step::Charging { .. }, Action::Back) => return self.cancel_charge(cx),
            (Step::Charging { .. }, _) => return,
            _ => {}
        }
        match action {
            Action::Method => self.next_method(cx),
            Action::First => {
                self.focus = Focus::Ticket;
                self.fresh = true;
            }
            Action::Find => cx.layers.open(Dialog::Search(Search::empty()), cx.shell.at),
            Action::NoData => {
                self.lost = false;
                self.form(cx);
            }
            Action::Special => Self::special(cx),
            Action::Lost => self.lost_ticket(cx),
            Action::Pay => self.pay(cx),
            Action::Next if self.focus == Focus::Cash && self.is_cashless(cx.shell) => {
                let text = cx.shell.words.gate_out.check_then_pay;
                cx.shell.say(Level::Info, text);
            }
            Action::Next if self.focus == Focus::Cash => self.fill_exact(cx),
            Action::Next => self.submit(cx),
            Action::Open | Action::Previous => {
                let cash = self.focus == Focus::Ticket && self.quote.is_some();
                self.focus = if cash { Focus::Cash } else { Focus::Ticket };
            }
            Action::Back if self.step != Step::Ready => {
                self.ready();
            }
            Action::Back if self.focus == Focus::Cash => self.focus = Focus::Ticket,
            Action::Back => cx.ask(Cmd::Quit),
            _ => {}
        }
    }

    fn key(&mut self, cx: &mut Cx, chord: Chord) {
        if self.step != Step::Ready {
            return;
        }
        match self.focus {
            Focus::Ticket => {
                if matches!(chord, Chord::Char(_)) && (self.fresh || self.missed) {
                    self.ticket.clear();
                }
                if self.ticket.key(chord) != Typed::Other {
                    (self.fresh, self.missed) = (false, false);
                    self.ready();
                }
            }
            Focus::Cash if self.is_cashless(cx.shell) => {
                self.proof.key(chord);
            }
            Focus::Cash => {
                if std::mem::take(&mut self.filled) && matches!(chord, Chord::Char('0'..='9')) {
                    self.cash.clear();
                }
                if self.cash.key(chord) == Typed::Refused && chord != Chord::Char('.') {
                    let text = cx.shell.words.gate_out.digits_only;
                    cx.shell.say(Level::Warning, text);
                }
            }
        }
    }

    fn scanned(&mut self, cx: &mut Cx, text: &str) -> bool {
        if !self.is_paying() {
            self.ticket.set(text);
            self.focus = Focus::Ticket;
            self.submit(cx);
            self.fresh = true;
        }
        true
    }

    fn burst(&mut self, _cx: &mut Cx) -> bool {
        self.is_paying()
    }

    fn told(&mut self, cx: &mut Cx, msg: Msg) {
        match msg {
            Msg::Quoted { number, quote } => self.quoted(cx, number, *quote),
            Msg::NotQuoted { number, why } => self.not_quoted(cx, number, &why),
            Msg::NotLeft(why) if self.step == Step::Paying => self.ended(cx, &why),
            Msg::Charge(view) => self.charged(cx, view),
            Msg::Refused(why) => self.refused(cx, &why),
            Msg::Left(answer) => self.left(cx, &answer),
            Msg::Found { query, stays } => self.found(cx, &query, stays),
            Msg::LostFound { wanted, stays } => Self::lost_found(cx, &wanted, stays),
            Msg::Exits(exits) => self.exits(cx, exits),
            Msg::Undone(undone) => Self::undone(cx, &undone),
            Msg::PaidBack { code, amount, unverified } => Self::paid_back(cx, &code, amount, unverified),
            Msg::Recent(now) => cx.set(&mut self.recent, now),
            Msg::Photo { stay, out, photo } => {
                if let Some(Dialog::Lost(lost)) = cx.layers.top_mut()
                    && !out
                {
                    lost.show(stay, &photo);
                }
                self.photos.retain(|(s, o, _)| (*s, *o) != (stay, out));
                // Two of this stay, two of the one before: more are nobody's.
                if self.photos.len() >= 4 {
                    self.photos.remove(0);
                }
                self.photos.push((stay, out, photo));
                cx.touch();
            }
            _ => {}
        }
    }

    fn answered(&mut self, cx: &mut Cx, answer: Answer) {
        match answer {
            Answer::Chosen(stay) => {
                self.ticket.set(&stay.ticket);
                self.fresh = true;
                self.ask(cx, Priced::Key(StayKey::Stay(stay.stay)));
            }
            Answer::NoData(request) if self.step == Step::Ready => {
                let lost = self.lost.then(LostClaim::default);
                self.ask(cx, Priced::NoData(NoDataRequest { lost, stay: self.stated, ..request }));
            }
            Answer::Yes(Topic::PlateInside) => self.pay_by_clock(cx),
            Answer::Yes(Topic::Clock) => self.take(cx),
            Answer::Yes(Topic::Besides) => self.take_besides(cx),
            Answer::NoDataLeft(form) => {
                self.draft = Some(form);
                if matches!(&self.step, Step::Quoting(asked) if matches!(**asked, Priced::NoData(_))) {
                    self.ready();
                }
            }
            other => self.put_right(cx, other),
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        view::draw(self, shell, area, buf);
    }
}
