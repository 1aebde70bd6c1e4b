//! From the last Enter to the ticket; where the class is paid on the way in, with the money between.

use super::{Focus, GateIn, Step};
use crate::domain::desk::{EnterAnswer, EnterRequest};
use crate::domain::payment::Method;
use crate::domain::prepaid::Upfront;
use crate::tui::dialog::Dialog;
use crate::tui::dialog::big::Big;
use crate::tui::msg::Cmd;
use crate::tui::shell::Cx;

impl GateIn {
    /// Asks for the entry; what is due on the way in comes back as a refusal.
    pub(super) fn enter(&mut self, cx: &mut Cx) {
        self.enter_with(cx, Upfront::Asked);
    }

    pub(super) fn enter_with(&mut self, cx: &mut Cx, upfront: Upfront) {
        let Some(class) = cx.shell.classes.get(self.class) else { return };
        let plate = (!self.without_plate).then(|| self.plate.text().trim().to_owned());
        let source = if plate.is_some() { "operator" } else { "button" };
        let request = EnterRequest { plate, class: class.id.clone(), source: source.to_owned(), upfront };
        self.step = Step::Saving;
        cx.shell.message = None;
        cx.ask(Cmd::Enter(request));
        cx.touch();
    }

    pub(super) fn entered(&mut self, cx: &mut Cx, answer: EnterAnswer) {
        self.step = Step::Typing;
        if answer.prepaid.is_some() {
            self.visits.pop();
        }
        self.plate.clear();
        self.without_plate = false;
        self.looked = None;
        self.focus = Focus::Plate;
        let shell = &mut *cx.shell;
        let (words, stay) = (shell.words, &answer.stay);
        let (plate, class) = (shell.plate(stay.plate.as_deref()), shell.class_name(&stay.class));
        let clock = crate::tui::text::when::clock(words, &answer.at);
        let zone = crate::tui::text::when::zone_name(&answer.at);
        shell.good(format!("{} {}: {plate}, {class}, {clock} {zone}", stay.ticket, words.gate_in.saved));
        let paid = answer.prepaid.as_ref().map(|paid| {
            let [sum, got, back] = [paid.amount, paid.tendered, paid.change].map(|sum| sum.to_string());
            match (&paid.receipt, Method::parse(&paid.method)) {
                (Some(receipt), Some(how)) => (words.floor.prepaid_by)(&sum, how.name(), &receipt.reference),
                _ => (words.floor.prepaid_done)(&sum, &got, &back),
            }
        });
        let big = Big {
            title: words.gate_in.saved_title,
            number: stay.ticket.clone(),
            lines: paid.into_iter().chain([format!("{plate}   {class}   {clock} {zone}")]).collect(),
            warnings: answer.warnings.iter().map(|w| (words.say.warning)(w, &shell.zone)).collect(),
            qr: true,
            hint: words.gate_in.saved_keys,
        };
        cx.layers.clear();
        cx.layers.open(Dialog::Big(big), cx.shell.at);
        self.last = Some(answer);
        for chord in std::mem::take(&mut self.ahead) {
            self.plate.key(chord);
        }
        cx.touch();
    }
}
