//! Bayar di depan: how much, how it is paid, and F9. No ticket before that; Enter never pays.

use super::{Answer, Reply};
use crate::domain::charge::Charge;
use crate::domain::desk::Refusal;
use crate::domain::money::{MOST_TENDERED, Rupiah};
use crate::domain::payment::{Method, Offer, Payment, Proof, Receipt};
use crate::domain::prepaid::Due;
use crate::tui::glyphs::clean;
use crate::tui::keys::Chord;
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::{modal, put, wrap};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Sums offered by one digit, as at the exit.
const QUICK: usize = 5;

/// What is known of the money when the question comes up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Of the shell's.
    pub offer: usize,
    /// It came in, and no entry is recorded with it yet.
    pub received: Option<Payment>,
    /// This method's program could not say whether it came in.
    pub maybe: Option<Method>,
    /// What a program said at the end.
    pub said: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Prepay {
    due: Due,
    /// Whose it is, for people.
    plate: String,
    known: Known,
    cash: Field,
    proof: Field,
    short: bool,
    charging: Option<Charging>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Charging {
    Waiting,
    Cancelled,
}

impl Prepay {
    pub fn new(due: Due, plate: String, known: Known) -> Self {
        let (cash, proof) = (Field::new(Accept::Money, 9), Field::new(Accept::Text, 40));
        Self { due, plate, known, cash, proof, short: false, charging: None }
    }

    fn offer(&self, shell: &Shell) -> Offer {
        shell.offers.get(self.known.offer).copied().unwrap_or(Offer::CASH)
    }

    /// What came in before and is exactly this.
    fn received(&self) -> Option<&Payment> {
        self.known.received.as_ref().filter(|payment| payment.check(self.due.amount).is_ok())
    }

    /// A single digit is a quick sum, nothing at all the exact one.
    fn tendered(&self) -> Rupiah {
        let (text, quick) = (self.cash.text(), self.due.amount.quick_amounts(QUICK));
        if let Ok(digit @ 1..=9) = text.parse::<usize>()
            && text.len() == 1
            && let Some(sum) = quick.get(digit - 1)
        {
            return *sum;
        }
        if text.is_empty() { self.due.amount } else { Rupiah::parse(&text).unwrap_or_default() }
    }

    pub fn key(&mut self, shell: &Shell, chord: Chord) -> Reply {
        if let Some(charging) = &mut self.charging {
            if chord != Chord::Esc || *charging == Charging::Cancelled {
                return Reply::Kept;
            }
            *charging = Charging::Cancelled;
            return Reply::Asks(Answer::CancelCharge);
        }
        let cash = self.offer(shell).method == Method::Cash;
        match chord {
            Chord::Esc => return Reply::Close,
            Chord::F(9) => return self.take(shell),
            Chord::F(6) if self.received().is_none() && !shell.offers.is_empty() => {
                self.known.offer = (self.known.offer + 1) % shell.offers.len();
                self.known.said = None;
                self.short = false;
            }
            Chord::Enter if cash => {
                let sum = self.tendered();
                self.cash.set(&sum.0.to_string());
            }
            Chord::Enter => {}
            _ => {
                (self.short, self.known.said) = (false, None);
                if cash {
                    self.cash.key(chord)
                } else {
                    self.proof.key(chord)
                };
            }
        }
        Reply::Kept
    }

    /// What came in counts, then cash or a number that was typed; without one the program is asked, where there is one.
    fn take(&mut self, shell: &Shell) -> Reply {
        let (offer, amount) = (self.offer(shell), self.due.amount);
        let typed = self.proof.text().trim().to_owned();
        let payment = match self.received().cloned() {
            Some(received) => received,
            None if offer.method == Method::Cash => {
                let tendered = self.tendered();
                self.short = tendered < amount;
                if self.short || tendered > MOST_TENDERED {
                    return Reply::Kept;
                }
                Payment::cash(tendered)
            }
            None if typed.is_empty() && offer.charged => {
                self.charging = Some(Charging::Waiting);
                self.known.said = None;
                let now = shell.now.timestamp();
                return Reply::Asks(Answer::Charge(Box::new(Charge::begun(
                    self.due.visit,
                    offer.method,
                    amount,
                    now,
                ))));
            }
            None => {
                let receipt = Receipt { reference: typed, proof: Proof::Seen };
                Payment::Cashless { method: offer.method, receipt, amount }
            }
        };
        match payment.check(amount) {
            Ok(()) => Reply::Done(Answer::Upfront { payment, visit: self.due.visit }),
            Err(why) => {
                self.known.said = Some((shell.words.say.refusal)(&Refusal::from(why), &shell.zone));
                Reply::Kept
            }
        }
    }

    pub fn hints(&self, shell: &Shell) -> Vec<(&'static str, &'static str)> {
        let cancel = ("Esc", shell.words.common.cancel);
        if self.charging.is_some() {
            return vec![cancel];
        }
        let other = shell.offers.len() > 1 && self.received().is_none();
        let method = other.then_some(("F6", shell.words.keys.method.0));
        [("F9", shell.words.floor.prepaid_go)].into_iter().chain(method).chain([cancel]).collect()
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (w, theme) = (shell.words.floor, &shell.look.theme);
        let room = modal::open(buf, &shell.look, area, (74, 14), w.prepaid_title);
        let x = room.x + 11;
        let what = format!("{}   {}", self.plate, shell.class_name(&self.due.class));
        put(buf, room.x, room.y + 1, room.width, &what, theme.text);
        put(buf, room.x, room.y + 3, 10, w.prepaid_due, theme.text);
        put(buf, x, room.y + 3, room.width, &self.due.amount.to_string(), theme.strong);
        let lines: Vec<String> = self.due.lines.iter().map(|line| (shell.words.say.fee_line)(line)).collect();
        put(buf, x + 14, room.y + 3, room.width.saturating_sub(25), &lines.join(", "), theme.dim);
        let offer = self.offer(shell);
        if shell.offers.len() > 1 || offer.method != Method::Cash {
            put(
                buf,
                room.x,
                room.y + 4,
                room.width,
                &(shell.words.gate_out.pay_by)(offer.method.name()),
                theme.strong,
            );
        }
        let (text, style) = if offer.method == Method::Cash && self.received().is_none() {
            self.view_cash(shell, room, buf)
        } else {
            self.view_cashless(shell, offer, room, buf)
        };
        for (y, line) in (room.y + 8..room.y + 10).zip(wrap(&text, room.width)) {
            put(buf, room.x, y, room.width, &line, style);
        }
        if self.charging.is_some() {
            return;
        }
        let go = format!("{}[F9] {} ", shell.look.glyphs.pointer, w.prepaid_go);
        let x = put(buf, room.x + 4, room.y + 10, room.width, &go, theme.selected);
        put(buf, x + 6, room.y + 10, room.width, &format!("[Esc] {}", shell.words.common.cancel), theme.text);
    }

    /// The field and its quick sums; what is to be said below them.
    fn view_cash(&self, shell: &Shell, room: Rect, buf: &mut Buffer) -> (String, ratatui::style::Style) {
        let (w, theme, x) = (shell.words.floor, &shell.look.theme, room.x + 11);
        put(buf, room.x, room.y + 5, 10, w.prepaid_got, theme.focus);
        self.cash.draw(&shell.look, buf, (x, room.y + 5, 20), true);
        let quick = self.due.amount.quick_amounts(QUICK);
        let quick: Vec<String> =
            (1..).zip(quick).map(|(n, sum): (usize, _)| format!("[{n}] {}", sum.plain())).collect();
        // From the edge: five sums with six digits each are as wide as the dialog.
        put(buf, room.x, room.y + 6, room.width, &quick.join("  "), theme.text);
        let change = self.tendered() - self.due.amount;
        match (&self.known.said, self.short, self.cash.is_empty()) {
            (Some(said), ..) => (said.clone(), theme.warn),
            (_, true, _) => (w.prepaid_short.to_owned(), theme.warn),
            (_, false, false) if change >= Rupiah::ZERO => {
                (format!("{} {change}", shell.words.gate_out.change), theme.strong)
            }
            _ => (w.prepaid_hint.to_owned(), theme.dim),
        }
    }

    /// The number of the proof, or the one that came in; what is to be said below it.
    fn view_cashless(
        &self,
        shell: &Shell,
        offer: Offer,
        room: Rect,
        buf: &mut Buffer,
    ) -> (String, ratatui::style::Style) {
        let (w, theme, x) = (&shell.words.gate_out, &shell.look.theme, room.x + 11);
        let how = offer.method.name();
        let label = if self.charging.is_none() { theme.focus } else { theme.text };
        put(buf, room.x, room.y + 5, 10, w.proof, label);
        if let Some(payment) = self.received() {
            let reference = payment.receipt().map(|receipt| clean(&receipt.reference)).unwrap_or_default();
            put(buf, x, room.y + 5, room.width.saturating_sub(11), &reference, theme.strong);
            let (how, sum) = (payment.method().name(), payment.tendered().to_string());
            return ((shell.words.charge.there_in)(how, &sum, &reference), theme.strong);
        }
        self.proof.draw(&shell.look, buf, (x, room.y + 5, 40), self.charging.is_none());
        let plain = |text: &str| (text.to_owned(), theme.strong);
        match (self.charging, &self.known.said) {
            (Some(Charging::Cancelled), _) => plain(w.cancelling),
            (Some(Charging::Waiting), _) => plain(w.charging),
            (None, Some(said)) => (said.clone(), theme.warn),
            (None, None) if self.known.maybe == Some(offer.method) && self.proof.is_empty() => plain(w.maybe_hint),
            (None, None) if offer.charged && self.proof.is_empty() => plain(&(w.charge_hint)(how)),
            (None, None) => plain(w.proof_hint),
        }
    }
}
