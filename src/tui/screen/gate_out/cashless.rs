//! Payment without cash: a program charges it, or the cashier looks at the customer's proof and types its number.

use super::{Focus, GateOut, Step};
use crate::domain::desk::{QUOTE_HONOURED_SECONDS, Refusal};
use crate::domain::money::Rupiah;
use crate::domain::payment::{Method, Offer, Payment, Proof, Receipt};
use crate::tui::dialog::Dialog;
use crate::tui::dialog::qr::QrPage;
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

    /// F9. A number that was typed counts; without one the program is asked, where there is one.
    pub(super) fn take_cashless(&mut self, cx: &mut Cx) {
        let offer = self.offer(cx.shell);
        let typed = self.proof.text().trim().to_owned();
        let receipt = match self.receipt.clone() {
            Some(receipt) => receipt,
            None if typed.is_empty() && offer.charged => return self.charge(cx, offer.method),
            None => Receipt { reference: typed, proof: Proof::Seen },
        };
        let payment = Payment::Cashless { method: offer.method, receipt };
        match payment.check(self.total().unwrap_or_default()) {
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
        if age > CHARGED_WITHIN {
            let asked = asked.clone();
            self.ask(cx, asked);
            let text = cx.shell.words.gate_out.requoted;
            cx.shell.say(Level::Warning, text);
            return;
        }
        cx.ask(Cmd::Charge { stay: quote.stay.stay, method, amount: quote.fee.total });
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
        let Step::Charging { .. } = self.step else { return };
        let how = self.offer(cx.shell).method.name();
        if let ChargeView::Show(qr) = &view {
            let caption = self.total().unwrap_or_default().to_string();
            cx.layers.open(Dialog::Qr(QrPage::new(&caption, qr)), cx.shell.at);
            cx.touch();
            return;
        }
        cx.layers.close(|d| matches!(d, Dialog::Qr(_)));
        self.step = Step::Ready;
        self.maybe = matches!(view, ChargeView::Unknown(_));
        cx.touch();
        let w = &cx.shell.words.gate_out;
        match view {
            ChargeView::Paid(receipt) => {
                // Kept, should the exit be refused: what was paid is not charged again.
                self.receipt = Some(receipt);
                self.take_cashless(cx);
            }
            ChargeView::Refused(why) => {
                let text = (w.not_charged)(how, &clean(&why));
                cx.shell.say(Level::Error, text);
            }
            ChargeView::Unknown(why) => {
                self.focus = Focus::Cash;
                let text = (w.maybe_charged)(&clean(&why));
                cx.shell.say(Level::Error, text);
            }
            ChargeView::Show(_) => {}
        }
    }
}
