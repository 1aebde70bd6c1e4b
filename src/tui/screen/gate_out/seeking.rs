//! From what was typed or scanned to the fee on the screen: exact matches go on, anything less is a list.

use super::{Focus, GateOut, Step};
use crate::domain::desk::{Priced, Quote, StayKey};
use crate::domain::search;
use crate::domain::stay::Stay;
use crate::domain::ticket;
use crate::tui::dialog::Dialog;
use crate::tui::dialog::search::Search;
use crate::tui::msg::{Cmd, Level};
use crate::tui::scan;
use crate::tui::shell::Cx;

impl GateOut {
    /// Enter in the ticket field.
    pub(super) fn submit(&mut self, cx: &mut Cx) {
        let typed = self.ticket.text().trim().to_owned();
        if self.step != Step::Ready {
            return;
        }
        if typed.is_empty() {
            if self.quote.is_some() {
                self.focus = Focus::Cash;
            } else {
                let text = cx.shell.words.gate_out.ticket_empty;
                cx.shell.say(Level::Warning, text);
            }
            return;
        }
        if let Some(number) = ticket::read(&typed) {
            self.ask(cx, Priced::Key(StayKey::Ticket(number)));
        } else if scan::is_ticket(&typed) {
            self.ask(cx, Priced::Key(StayKey::Qr(typed)));
        } else {
            cx.shell.message = None;
            self.step = Step::Finding(typed.clone());
            cx.ask(Cmd::Find(typed));
        }
    }

    /// Nothing is awaited any more. A fee stays on the screen only beside the ticket it is of: money is never taken for one
    /// vehicle while the field names another. Gives what was awaited.
    pub(super) fn ready(&mut self) -> Step {
        if self.quote.is_some() && self.ticket.text() != self.named {
            self.quote = None;
            self.cash.clear();
            self.proof.clear();
            self.filled = false;
            (self.received, self.maybe, self.besides) = (None, None, false);
            self.focus = Focus::Ticket;
        }
        std::mem::replace(&mut self.step, Step::Ready)
    }

    pub(super) fn found(&mut self, cx: &mut Cx, query: &str, stays: Vec<Stay>) {
        if let Some(Dialog::Search(search)) = cx.layers.top_mut()
            && search.told(query, &stays)
        {
            cx.touch();
            return;
        }
        if self.step != Step::Finding(query.to_owned()) {
            return;
        }
        self.ready();
        cx.touch();
        match search::certain(query, &stays) {
            Some(one) if one.is_inside() => {
                let asked = Priced::Key(StayKey::Stay(one.stay));
                self.ask(cx, asked);
            }
            _ if stays.is_empty() => {
                let w = &cx.shell.words.gate_out;
                let like_ticket =
                    query.len() == ticket::LENGTH && query.bytes().all(|b| b.is_ascii_alphanumeric());
                let text = if like_ticket { w.misread } else { w.nothing_found };
                cx.shell.say(Level::Error, text);
                self.missed = true;
            }
            _ => cx.layers.open(Dialog::Search(Search::choose(query, stays)), cx.shell.at),
        }
    }

    pub(super) fn quoted(&mut self, cx: &mut Cx, number: u32, quote: Quote) {
        // The answer to something that was given up, or that is paid for by now.
        let Step::Quoting(asked) = &self.step else { return };
        if number != self.number {
            return;
        }
        let mut asked = (**asked).clone();
        self.step = Step::Ready;
        let again = self.quote.as_ref().is_some_and(|(_, old)| old.stay.stay == quote.stay.stay);
        if !again {
            self.cash.clear();
            self.filled = false;
            self.proof.clear();
            (self.received, self.maybe) = (None, None);
        }
        self.charged_before(cx, &quote, again);
        if let Priced::NoData(request) = &mut asked {
            self.stated = Some(quote.stay.stay);
            request.stay = self.stated;
            if let Some(Dialog::NoData(form)) = cx.layers.top() {
                self.draft = Some(form.clone());
            }
            cx.layers.close(|d| matches!(d, Dialog::NoData(_)));
            // Another vehicle's number must not stand above this one.
            self.ticket.clear();
        } else {
            self.ticket.set(&quote.stay.ticket);
        }
        self.named = self.ticket.text();
        self.fresh = true;
        self.focus = Focus::Cash;
        self.more = std::mem::take(&mut self.wish);
        self.quote = Some((asked, quote));
        cx.touch();
    }
}
