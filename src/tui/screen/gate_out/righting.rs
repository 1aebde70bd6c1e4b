//! Lost tickets, and what a supervisor puts right: exits taken back or paid otherwise, fines that go back.

use super::{GateOut, Step};
use crate::domain::desk::Priced;
use crate::domain::lost::{Approval, LostClaim, RefundRequest, Waiver, spaced};
use crate::domain::money::Rupiah;
use crate::domain::stay::Stay;
use crate::domain::undo::{LastExit, MethodRequest, Undone, VoidRequest};
use crate::tui::dialog::lost::{Lost, Wanted};
use crate::tui::dialog::permit::{Permit, named};
use crate::tui::dialog::refund::Refund;
use crate::tui::dialog::special::{List, Special};
use crate::tui::dialog::undo::Undo;
use crate::tui::dialog::{Answer, Dialog};
use crate::tui::msg::{Cmd, Level};
use crate::tui::scan;
use crate::tui::shell::Cx;

impl GateOut {
    /// F8.
    pub(super) fn special(cx: &mut Cx) {
        cx.layers.open(Dialog::Special(List::default()), cx.shell.at);
    }

    /// The plate that was typed, or stated, is looked for again.
    pub(super) fn lost_ticket(&mut self, cx: &mut Cx) {
        let typed = self.ticket.text();
        let stated = self.quote.as_ref().filter(|(asked, _)| matches!(asked, Priced::NoData(_)));
        let plate = match stated {
            Some((_, quote)) => quote.stay.plate.as_deref().unwrap_or_default(),
            None if self.fresh || scan::is_ticket(&typed) => "",
            None => typed.as_str(),
        };
        cx.layers.open(Dialog::Lost(Box::new(Lost::new(plate))), cx.shell.at);
    }

    pub(super) fn lost_found(cx: &mut Cx, wanted: &Wanted, stays: Vec<Stay>) {
        let mut looks = Vec::new();
        if let Some(Dialog::Lost(lost)) = cx.layers.top_mut()
            && lost.told(wanted, stays)
        {
            looks = lost.looks_at();
            cx.touch();
        }
        looks.into_iter().for_each(|stay| cx.ask(Cmd::LookAt(stay)));
    }

    pub(super) fn exits(&mut self, cx: &mut Cx, exits: Vec<LastExit>) {
        let undo = match self.undo.take() {
            Some(Special::Method) => Undo::method(exits),
            Some(_) => Undo::void(exits),
            None => return,
        };
        cx.layers.open(Dialog::Undo(Box::new(undo)), cx.shell.at);
        cx.touch();
    }

    pub(super) fn undone(cx: &mut Cx, undone: &Undone) {
        let w = cx.shell.words.lost;
        let (exit, fee) = (named(&undone.exit), undone.exit.fee.to_string());
        let mut said = match undone.method {
            Some(method) => (w.corrected)(exit, &fee, method.name()),
            None => (w.voided)(exit, &fee),
        };
        if undone.stay.is_some() {
            said = format!("{said} {}", w.voided_inside);
        }
        cx.layers.clear();
        cx.shell.good(said);
        cx.touch();
    }

    pub(super) fn paid_back(cx: &mut Cx, code: &str, amount: Rupiah, unverified: bool) {
        let w = cx.shell.words.lost;
        let said = (w.refunded)(&spaced(code), &amount.to_string());
        cx.layers.clear();
        if unverified {
            cx.shell.say(Level::Warning, format!("{said} {}", w.unverified));
        } else {
            cx.shell.good(said);
        }
        cx.touch();
    }

    /// Answers of these dialogs.
    pub(super) fn put_right(&mut self, cx: &mut Cx, answer: Answer) {
        match answer {
            Answer::Special(Special::Lost) => self.lost_ticket(cx),
            Answer::Special(Special::Refund) => {
                cx.layers.open(Dialog::Refund(Box::new(Refund::empty())), cx.shell.at);
            }
            Answer::Special(what @ (Special::Member | Special::Voucher | Special::Free)) => self.concede(cx, what),
            Answer::Concede(part) => self.conceded(cx, part),
            Answer::Special(undo) => {
                self.undo = Some(undo);
                cx.ask(Cmd::LoadExits);
            }
            Answer::FindLost(wanted) => cx.ask(Cmd::FindLost(wanted)),
            Answer::LookAt(stays) => stays.into_iter().for_each(|stay| cx.ask(Cmd::LookAt(stay))),
            Answer::Lost { stay, seen } if self.step == Step::Ready => {
                self.ask(cx, Priced::Lost(stay, LostClaim { seen, waiver: None }));
            }
            Answer::LostNoData(plate) => {
                if self.ticket.is_empty() {
                    self.ticket.set(&plate);
                    self.fresh = false;
                    self.ready();
                }
                self.lost = true;
                self.form(cx);
            }
            Answer::Permitted(permit, by) if self.step == Step::Ready => self.permitted(cx, permit, by),
            _ => {}
        }
    }

    fn permitted(&mut self, cx: &mut Cx, permit: Permit, by: Approval) {
        match permit {
            Permit::Waive { stay, seen, reason } => {
                cx.layers.close(|d| matches!(d, Dialog::Lost(_)));
                let waiver = Some(Waiver { reason, by });
                self.ask(cx, Priced::Lost(stay, LostClaim { seen, waiver }));
            }
            Permit::Free { reason, note } => self.freed(cx, reason, note, by),
            Permit::Void { exit, reason } => cx.ask(Cmd::VoidExit(VoidRequest { fact: exit.fact, reason, by })),
            Permit::Method { exit, method, receipt, reason } => {
                cx.ask(Cmd::CorrectMethod(MethodRequest { fact: exit.fact, method, receipt, reason, by }));
            }
            Permit::TakeBack { .. } => {}
            Permit::Refund { code, amount, reason } => {
                cx.ask(Cmd::Refund(RefundRequest { code, amount, reason, by }));
            }
        }
    }
}
