//! Money on the way in: the question, the program that charges it, and what is known of it until the entry is recorded.

use super::{GateIn, Step};
use crate::domain::charge::Charge;
use crate::domain::desk::Refusal;
use crate::domain::payment::Payment;
use crate::domain::prepaid::{Due, Upfront};
use crate::tui::dialog::Dialog;
use crate::tui::dialog::prepaid::{Known, Prepay};
use crate::tui::dialog::qr::QrPage;
use crate::tui::glyphs::clean;
use crate::tui::msg::{ChargeView, Cmd, Level};
use crate::tui::shell::Cx;
use uuid::Uuid;

/// So many are remembered whose money came in, or may have, while others went first.
const VISITS: usize = 8;

/// What a vehicle owes before its entry, and what became of the money so far.
pub(super) struct Visit {
    /// `None`: without a plate.
    plate: Option<String>,
    due: Due,
    known: Known,
}

impl GateIn {
    /// Whether the refusal only says how much is due first: then that is asked for, and nothing is lost of the form.
    pub(super) fn asks_money(&mut self, cx: &mut Cx, why: &Refusal) -> bool {
        let Refusal::PrepaymentDue(due) = why else { return false };
        if self.step != Step::Saving {
            return false;
        }
        self.step = Step::Typing;
        self.ahead.clear();
        let plate = (!self.without_plate).then(|| self.key_of_plate());
        let mut due = due.as_ref().clone();
        let mut known = Known::default();
        // The same vehicle once more is charged under the name it had: its provider books it once.
        let same = |visit: &Visit| visit.plate == plate && visit.due.class == due.class;
        if let Some(before) = self.visits.iter().position(same).map(|at| self.visits.remove(at)) {
            due.visit = before.due.visit;
            known = before.known;
            if let Some(paid) = known.received.as_ref().map(Payment::tendered).filter(|paid| *paid != due.amount) {
                known.said = Some((cx.shell.words.charge.paid_other)(&paid.to_string(), &due.amount.to_string()));
            }
        }
        // Those whose money is nowhere are forgotten with the next.
        self.visits.retain(|visit| visit.known.received.is_some() || visit.known.maybe.is_some());
        self.visits.push(Visit { plate, due, known });
        self.visits.drain(..self.visits.len().saturating_sub(VISITS));
        self.ask_money(cx);
        true
    }

    fn ask_money(&mut self, cx: &mut Cx) {
        let Some(visit) = self.visits.last_mut() else { return };
        let plate = cx.shell.plate(visit.plate.as_deref());
        let dialog = Prepay::new(visit.due.clone(), plate, visit.known.clone());
        visit.known.said = None;
        cx.layers.open(Dialog::Prepay(Box::new(dialog)), cx.shell.at);
        cx.touch();
    }

    /// F9 with nothing in hand: the program is asked.
    pub(super) fn charge(&mut self, cx: &mut Cx, charge: Box<Charge>) {
        if let Some(visit) = self.visits.last_mut() {
            let at = cx.shell.offers.iter().position(|offer| offer.method == charge.method);
            visit.known.offer = at.unwrap_or_default();
        }
        self.step = Step::Charging;
        cx.shell.message = None;
        cx.ask(Cmd::Charge(charge));
        cx.touch();
    }

    pub(super) fn charged(&mut self, cx: &mut Cx, view: ChargeView) {
        if let ChargeView::Adrift(charge) = &view {
            let text = (cx.shell.words.charge.adrift)(charge.method.name(), &charge.amount.to_string());
            cx.shell.mention(Level::Warning, text);
            return cx.touch();
        }
        let Some(visit) = self.visits.last_mut().filter(|_| self.step == Step::Charging) else { return };
        let method = cx.shell.offers.get(visit.known.offer).map(|offer| offer.method).unwrap_or_default();
        let words = cx.shell.words;
        match &view {
            ChargeView::Unknown(_) => visit.known.maybe = Some(method),
            // Of another method nothing was said.
            _ => visit.known.maybe = visit.known.maybe.filter(|maybe| *maybe != method),
        }
        visit.known.said = match view {
            ChargeView::Show(qr) => {
                cx.layers.open(Dialog::Qr(QrPage::new(&visit.due.amount.to_string(), &qr)), cx.shell.at);
                return cx.touch();
            }
            ChargeView::Paid(receipt) => {
                // Kept, should the entry be refused: what was paid is not charged again.
                let payment = Payment::Cashless { method, receipt, amount: visit.due.amount };
                visit.known.received = Some(payment.clone());
                let id = visit.due.visit;
                cx.layers.close(|d| matches!(d, Dialog::Qr(_) | Dialog::Prepay(_)));
                return self.enter_paid(cx, payment, id);
            }
            ChargeView::Refused(why) => Some((words.gate_out.not_charged)(method.name(), &clean(&why))),
            ChargeView::NotBegun(why) => Some((words.say.refusal)(&why, &cx.shell.zone)),
            ChargeView::Unknown(why) => {
                Some(format!("{} {}", (words.gate_out.maybe_charged)(&clean(&why)), words.gate_out.maybe_hint))
            }
            ChargeView::Adrift(_) => None,
        };
        self.step = Step::Typing;
        self.ahead.clear();
        cx.layers.close(|d| matches!(d, Dialog::Qr(_) | Dialog::Prepay(_)));
        self.ask_money(cx);
    }

    /// Money came in: the entry is recorded with it.
    pub(super) fn enter_paid(&mut self, cx: &mut Cx, payment: Payment, visit: Uuid) {
        if let Some(of) = self.visits.last_mut() {
            // Paid for this class, whatever the list of classes became meanwhile.
            let at = cx.shell.classes.iter().position(|class| class.id == of.due.class);
            self.class = at.unwrap_or(self.class);
            if payment.receipt().is_some() {
                of.known.received = Some(payment.clone());
            }
        }
        self.enter_with(cx, Upfront::Paid { payment, visit: Some(visit) });
    }
}
