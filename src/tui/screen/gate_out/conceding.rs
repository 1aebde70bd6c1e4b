//! Member, voucher, free of charge: what a shown fee is reckoned with besides the ordinary price. It holds for this vehicle
//! only, and only once the fee that has it is on the screen.

use super::{GateOut, Step};
use crate::domain::concession::{Concession, FreePass};
use crate::domain::desk::Priced;
use crate::domain::lost::Approval;
use crate::tui::dialog::Dialog;
use crate::tui::dialog::concede::{Concede, Part};
use crate::tui::dialog::special::Special;
use crate::tui::msg::{Cmd, Level};
use crate::tui::shell::Cx;

impl GateOut {
    /// A line of the F8 list: without a vehicle there is nothing to give.
    pub(super) fn concede(&self, cx: &mut Cx, what: Special) {
        if self.quote.is_none() {
            let text = cx.shell.words.members.quote_first;
            cx.shell.say(Level::Warning, text);
            return;
        }
        let dialog = match what {
            Special::Voucher => Concede::voucher(),
            Special::Free => Concede::free(),
            _ => Concede::member(),
        };
        cx.layers.open(Dialog::Concede(Box::new(dialog)), cx.shell.at);
    }

    pub(super) fn conceded(&mut self, cx: &mut Cx, part: Part) {
        let mut wish = self.more.clone();
        match part {
            Part::Member(choice) => wish.member = choice,
            Part::Voucher(slip) => wish.voucher = Some(slip),
        }
        self.wish_for(cx, wish);
    }

    pub(super) fn freed(&mut self, cx: &mut Cx, reason: String, note: String, by: Approval) {
        let free = Some(FreePass { reason, note, by: Some(by) });
        self.wish_for(cx, Concession { free, ..self.more.clone() });
    }

    fn wish_for(&mut self, cx: &mut Cx, wish: Concession) {
        let Some((asked, _)) = &self.quote else { return };
        let asked = asked.clone();
        if self.step == Step::Ready {
            self.ask_with(cx, asked, wish);
        }
    }

    /// What is asked for anew keeps what it was given; another vehicle begins with nothing.
    pub(super) fn ask(&mut self, cx: &mut Cx, asked: Priced) {
        let same = self.quote.as_ref().is_some_and(|(shown, _)| *shown == asked);
        let wish = if same { self.more.clone() } else { Concession::default() };
        self.ask_with(cx, asked, wish);
    }

    fn ask_with(&mut self, cx: &mut Cx, asked: Priced, wish: Concession) {
        cx.shell.message = None;
        self.gone = None;
        self.number = self.number.wrapping_add(1);
        let (of, more) = (Box::new(asked), Box::new(wish.clone()));
        cx.ask(Cmd::Quote { number: self.number, of: of.clone(), more });
        (self.step, self.wish) = (Step::Quoting(of), wish);
    }
}
