//! What the last ticket can still be given: another class, and its QR once more. And whose the plate is that stands there.

use super::GateIn;
use crate::domain::desk::{EnterAnswer, Warning};
use crate::domain::lost::Approval;
use crate::domain::member::Standing;
use crate::domain::payment::Method;
use crate::domain::plate;
use crate::domain::undo::{TakeBackRequest, TakenBack};
use crate::domain::view::Recent;
use crate::tui::dialog::Dialog;
use crate::tui::dialog::big::Big;
use crate::tui::dialog::classes::Classes;
use crate::tui::dialog::permit::Permit;
use crate::tui::dialog::qr::QrPage;
use crate::tui::dialog::take_back::TakeBack;
use crate::tui::msg::{Cmd, Level};
use crate::tui::shell::{Cx, Shell};
use uuid::Uuid;

impl GateIn {
    /// A member's plate is told while it is typed; what is odd about it comes before who it is.
    pub(super) fn member_seen(&self, cx: &mut Cx, key: &str, told: &[Warning]) {
        if self.looked.as_ref().is_none_or(|(looked, _)| *looked != plate::normalise(key)) {
            return;
        }
        let inside = told.iter().find(|warning| matches!(warning, Warning::MemberInside { .. }));
        let Some(first) = inside.or(told.first()) else { return };
        let good = matches!(first, Warning::Member(seen) if seen.standing == Standing::Valid);
        let text = (cx.shell.words.say.warning)(first, &cx.shell.zone);
        cx.shell.mention(if good { Level::Info } else { Level::Warning }, text);
        cx.touch();
    }

    /// The newest vehicle that came in here, of those on the screen: other gates' are theirs.
    pub(super) fn newest(&self, shell: &Shell) -> Option<&Recent> {
        self.recent.iter().find(|row| row.fee.is_none() && row.gate == shell.gate)
    }

    /// F4, and then the class's key. The newest that came in here, whoever sat here then.
    pub(super) fn correct(&mut self, cx: &mut Cx) {
        let recent = || self.newest(cx.shell);
        let last = match &self.last {
            Some(last) => Some((last.stay.stay, &last.stay.ticket, last.stay.plate.as_deref(), &last.stay.class)),
            None => recent().map(|r| (r.stay, &r.ticket, r.plate.as_deref(), &r.class)),
        };
        let Some((stay, ticket, plate, class)) = last else {
            let text = cx.shell.words.gate_in.no_ticket_yet;
            cx.shell.say(Level::Info, text);
            return;
        };
        let plate = cx.shell.plate(plate);
        let dialog = Classes { stay, ticket: ticket.clone(), plate, class: class.clone() };
        cx.layers.open(Dialog::Classes(dialog), cx.shell.at);
        cx.touch();
    }

    /// It is another class now, durably.
    pub(super) fn corrected(&mut self, cx: &mut Cx, answer: EnterAnswer) {
        let EnterAnswer { stay, qr, warnings, .. } = answer;
        let class = cx.shell.class_name(&stay.class);
        let mut text = (cx.shell.words.gate_in.corrected)(&stay.ticket, &class);
        if stay.prepaid.is_some() {
            text = (cx.shell.words.floor.prepaid_corrected)(&stay.ticket, &class);
        }
        let more = warnings.iter().find(|warning| matches!(warning, Warning::PrepaidMore(_)));
        if let Some(more) = more {
            let more = (cx.shell.words.say.warning)(more, &cx.shell.zone);
            cx.shell.say(Level::Warning, more);
        } else {
            cx.shell.good(text);
        }
        if let Some(last) = self.last.as_mut().filter(|last| last.stay.stay == stay.stay) {
            last.stay = stay;
            last.qr = qr;
        }
        cx.touch();
    }

    /// F8 in that dialog.
    pub(super) fn asks_back(cx: &mut Cx, stay: Uuid, ticket: &str, plate: &str) {
        let dialog = TakeBack::new(stay, ticket, plate);
        cx.layers.open(Dialog::TakeBack(Box::new(dialog)), cx.shell.at);
        cx.touch();
    }

    pub(super) fn permitted(cx: &mut Cx, permit: Permit, by: Approval) {
        if let Permit::TakeBack { stay, reason, .. } = permit {
            cx.ask(Cmd::TakeBack(TakeBackRequest { stay, reason, by }));
        }
    }

    /// It never came in, durably. What was paid is on the screen until somebody has read it.
    pub(super) fn taken_back(&mut self, cx: &mut Cx, taken: &TakenBack) {
        let (w, ticket) = (cx.shell.words.lost, &taken.stay.ticket);
        let said = (w.taken_back)(ticket);
        cx.layers.close(|d| matches!(d, Dialog::TakeBack(_)));
        if let Some((sum, method)) = &taken.paid {
            let how = Method::parse(method).map_or(method.as_str(), |method| method.name());
            let big = Big {
                title: w.take_back_title,
                number: sum.to_string(),
                lines: vec![(w.give_back)(&sum.to_string(), how), said.clone()],
                warnings: Vec::new(),
                qr: false,
                hint: cx.shell.words.common.any_key,
            };
            cx.layers.open(Dialog::Big(big), cx.shell.at);
        }
        cx.shell.good(said);
        self.last.take_if(|last| last.stay.stay == taken.stay.stay);
        cx.touch();
    }

    pub(super) fn show_qr(&mut self, cx: &mut Cx) {
        if let Some(last) = &self.last {
            let page = QrPage::new(&last.stay.ticket, &last.qr);
            cx.layers.open(Dialog::Qr(page), cx.shell.at);
        } else if let Some(recent) = self.newest(cx.shell) {
            cx.ask(Cmd::ShowQr(recent.stay));
        } else {
            let text = cx.shell.words.gate_in.no_ticket_yet;
            cx.shell.say(Level::Info, text);
        }
    }
}
