//! Payment without cash: a program charges it, or the cashier looks at the customer's proof and types its number.

use super::{Focus, GateOut, Step};
use crate::domain::charge::Charge;
use crate::domain::desk::{QUOTE_HONOURED_SECONDS, Quote, Refusal};
use crate::domain::money::Rupiah;
use crate::domain::payment::{Method, Offer, Payment, Proof, Receipt};
use crate::tui::dialog::Dialog;
use crate::tui::dialog::qr::QrPage;
use crate::tui::dialog::question::{Question, Topic};
use crate::tui::glyphs::clean;
use crate::tui::msg::{ChargeView, Cmd, Level};
use crate::tui::shell::{Cx, Shell};

/// A fee shown for longer than this is reckoned anew before it is charged: what was paid must still be honoured.
const CHARGED_WITHIN: i64 = QUOTE_HONOURED_SECONDS / 2;

impl GateOut {
    /// How the fee is to be paid.
    pub(super) fn offer(&self, shell: &Shell) -> Offer {
        shell.offers.get(self.offer).copied().unwrap_or(Offer::CASH)
    }

    pub(super) fn is_cashless(&self, shell: &Shell) -> bool {
        self.offer(shell).method != Method::Cash && self.total().is_some_and(|fee| fee > Rupiah::ZERO)
    }

    /// F6: the next way to pay. What was typed for another way stays for when it comes round again.
    pub(super) fn next_method(&mut self, cx: &mut Cx) {
        if self.step == Step::Ready && !cx.shell.offers.is_empty() {
            self.offer = (self.offer + 1) % cx.shell.offers.len();
            self.focus = Focus::Cash;
            cx.shell.message = None;
            cx.touch();
        }
    }

    /// What is known of earlier charges of the vehicle that is shown now.
    pub(super) fn charged_before(&mut self, cx: &Cx, quote: &Quote, again: bool) {
        self.besides = false;
        let Some(charge) = &quote.charge else { return };
        let offers = &cx.shell.offers;
        // What the cashier chose for this vehicle stays chosen.
        if let Some(at) = offers.iter().position(|offer| !again && offer.method == charge.method) {
            self.offer = at;
        }
        match charge.payment() {
            Some(payment) => self.received = Some(payment),
            // Another sum would be another charge.
            None => self.maybe = (charge.amount == quote.fee.total).then_some(charge.method),
        }
    }

    /// Money came in that is not this: nobody pays twice without a second look. Whether that is asked.
    pub(super) fn asks_besides(&mut self, cx: &mut Cx, fee: Rupiah) -> bool {
        let offer = self.offer(cx.shell);
        let Some(Payment::Cashless { method, receipt, amount }) = self.received.clone() else { return false };
        let fits = amount == fee && (method == offer.method || fee == Rupiah::ZERO);
        if self.besides || fits {
            return false;
        }
        let (w, c) = (cx.shell.words.charge, &cx.shell.words.common);
        let question = Question {
            topic: Topic::Besides,
            title: w.title,
            lines: vec![
                format!("{}: {} {amount}", w.received, method.name()),
                format!("{}: {}", cx.shell.words.gate_out.proof, receipt.reference),
            ],
            ask: (w.ask)(offer.method.name(), &fee.to_string()),
            yes: ('Y', w.yes),
            no: (c.no.chars().next().unwrap_or('N'), c.no),
        };
        cx.layers.open(Dialog::Question(question), cx.shell.at);
        cx.touch();
        true
    }

    pub(super) fn take_besides(&mut self, cx: &mut Cx) {
        self.besides = true;
        self.take(cx);
    }

    /// F9. What was confirmed counts, then a number that was typed; without one the program is asked, where there is one.
    pub(super) fn take_cashless(&mut self, cx: &mut Cx) {
        let (offer, fee) = (self.offer(cx.shell), self.total().unwrap_or_default());
        let typed = self.proof.text().trim().to_owned();
        let payment = match self.received.clone() {
            Some(received) if !self.besides => received,
            _ if typed.is_empty() && offer.charged => return self.charge(cx, offer.method),
            _ => {
                let receipt = Receipt { reference: typed, proof: Proof::Seen };
                Payment::Cashless { method: offer.method, receipt, amount: fee }
            }
        };
        match payment.check(fee) {
            Ok(()) => self.hand_over(cx, payment),
            Err(why) => {
                self.focus = Focus::Cash;
                let text = (cx.shell.words.say.refusal)(&Refusal::from(why), &cx.shell.zone);
                cx.shell.say(Level::Warning, text);
            }
        }
    }

    fn charge(&mut self, cx: &mut Cx, method: Method) {
        let Some((asked, quote)) = &self.quote else { return };
        let age = cx.shell.now.timestamp().duration_since(quote.as_of.timestamp()).as_secs();
        // What was charged before holds its fee, and its number, as long as the desk says so.
        let held = quote.charge.as_ref().is_some_and(|charge| charge.amount == quote.fee.total);
        if age > CHARGED_WITHIN && !held || age > QUOTE_HONOURED_SECONDS {
            let asked = asked.clone();
            self.ask(cx, asked);
            let text = cx.shell.words.gate_out.requoted;
            cx.shell.say(Level::Warning, text);
            return;
        }
        self.stated_charged |= self.stated == Some(quote.stay.stay);
        let as_of = quote.as_of.timestamp();
        cx.ask(Cmd::Charge(Box::new(Charge::begun(quote.stay.stay, method, quote.fee.total, as_of))));
        self.step = Step::Charging { cancelled: false };
        cx.shell.message = None;
        cx.touch();
    }

    /// Esc while it is charged.
    pub(super) fn cancel_charge(&mut self, cx: &mut Cx) {
        if self.step == (Step::Charging { cancelled: false }) {
            self.step = Step::Charging { cancelled: true };
            cx.ask(Cmd::CancelCharge);
            cx.touch();
        }
    }

    pub(super) fn charged(&mut self, cx: &mut Cx, view: ChargeView) {
        if let ChargeView::Adrift(charge) = &view {
            let text = (cx.shell.words.charge.adrift)(charge.method.name(), &charge.amount.to_string());
            cx.shell.mention(Level::Warning, text);
            return cx.touch();
        }
        let Step::Charging { .. } = self.step else { return };
        let method = self.offer(cx.shell).method;
        if let ChargeView::Show(qr) = &view {
            let caption = self.total().unwrap_or_default().to_string();
            cx.layers.open(Dialog::Qr(QrPage::new(&caption, qr)), cx.shell.at);
            cx.touch();
            return;
        }
        cx.layers.close(|d| matches!(d, Dialog::Qr(_)));
        self.step = Step::Ready;
        match &view {
            ChargeView::Unknown(_) => self.maybe = Some(method),
            // Of another method nothing was said.
            _ => self.maybe = self.maybe.filter(|maybe| *maybe != method),
        }
        cx.touch();
        let w = &cx.shell.words.gate_out;
        match view {
            ChargeView::Paid(receipt) => {
                // Kept, should the exit be refused: what was paid is not charged again.
                let amount = self.total().unwrap_or_default();
                self.received = Some(Payment::Cashless { method, receipt, amount });
                self.besides = false;
                self.take_cashless(cx);
            }
            ChargeView::Refused(why) => {
                let text = (w.not_charged)(method.name(), &clean(&why));
                cx.shell.say(Level::Error, text);
            }
            ChargeView::NotBegun(why) => {
                let text = (cx.shell.words.say.refusal)(&why, &cx.shell.zone);
                cx.shell.say(Level::Error, text);
            }
            ChargeView::Unknown(why) => {
                self.focus = Focus::Cash;
                let text = (w.maybe_charged)(&clean(&why));
                cx.shell.say(Level::Error, text);
            }
            ChargeView::Show(_) | ChargeView::Adrift(_) => {}
        }
    }
}
