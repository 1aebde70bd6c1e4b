//! What can stand over a screen: one file a dialog. A dialog tells what was answered; the screen below acts on it.

pub mod big;
pub mod classes;
pub mod concede;
pub mod detail;
pub mod help;
pub mod lost;
pub mod no_data;
pub mod opening;
pub mod paper;
pub mod permit;
pub mod prepaid;
pub mod progress;
pub mod qr;
pub mod question;
pub mod reason;
pub mod refund;
pub mod search;
pub mod special;
pub mod summary;
pub mod supervisor;
pub mod take_back;
pub mod undo;

use super::keys::Chord;
use super::shell::Shell;
use crate::domain::charge::Charge;
use crate::domain::desk::{NoDataRequest, OpenRequest};
use crate::domain::lost::Approval;
use crate::domain::paper::PaperRequest;
use crate::domain::payment::Payment;
use crate::domain::secret::Secret;
use crate::domain::stay::Stay;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use uuid::Uuid;

pub enum Dialog {
    Question(question::Question),
    Search(search::Search),
    NoData(Box<no_data::NoData>),
    Big(big::Big),
    Qr(qr::QrPage),
    Help(help::Help),
    Progress(progress::Progress),
    Summary(summary::Summary),
    Detail(detail::Detail),
    Reason(reason::Reason),
    Classes(classes::Classes),
    Opening(Box<opening::Opening>),
    Supervisor(Box<supervisor::Supervisor>),
    Special(special::List),
    Concede(Box<concede::Concede>),
    Lost(Box<lost::Lost>),
    Undo(Box<undo::Undo>),
    Refund(Box<refund::Refund>),
    Paper(Box<paper::PaperForm>),
    Prepay(Box<prepaid::Prepay>),
    TakeBack(Box<take_back::TakeBack>),
}

/// What a key did to the top dialog.
pub enum Reply {
    /// It stays.
    Kept,
    /// It closes, and that is all.
    Close,
    /// It closes, and the key goes on to what lies below.
    Pass,
    /// It closes with an answer.
    Done(Answer),
    /// It stays and asks something meanwhile.
    Asks(Answer),
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Yes(question::Topic),
    No(question::Topic),
    /// Look for this.
    Search(String),
    Chosen(Box<Stay>),
    NoData(NoDataRequest),
    /// The form closed; what was typed is kept for the next time.
    NoDataLeft(Box<no_data::NoData>),
    ProgressHidden,
    Retry,
    Reason(String),
    /// This stay is of that class.
    Class {
        stay: Uuid,
        class: String,
    },
    Opening(OpenRequest),
    /// A name and a PIN that claim to be a supervisor's.
    Supervisor {
        name: String,
        pin: Secret,
    },
    Paper(PaperRequest),
    /// Paid on the way in: the money, and `Due::visit`.
    Upfront {
        payment: Payment,
        visit: Uuid,
    },
    /// What is due on the way in is to be charged by a program.
    Charge(Box<Charge>),
    CancelCharge,
    /// F6 in a dialog that shows a ticket.
    Qr,
    Special(special::Special),
    /// The fee is to be reckoned with this.
    Concede(concede::Part),
    FindLost(lost::Wanted),
    /// These stays' entry photos are to be seen.
    LookAt(Vec<Uuid>),
    /// The ticket of this stay is lost.
    Lost {
        stay: Uuid,
        seen: Option<String>,
    },
    /// Nothing inside fits: out without data, by this plate.
    LostNoData(String),
    /// This ticket's vehicle does not come in after all.
    TakeBack {
        stay: Uuid,
        ticket: String,
        plate: String,
    },
    /// A supervisor is to allow it.
    Permit(permit::Permit),
    Permitted(permit::Permit, Approval),
}

impl Dialog {
    /// Whether this key is not heard while the dialog is younger than its lock.
    pub fn locks(&self, chord: Chord) -> bool {
        match self {
            Self::Question(_) | Self::Summary(_) | Self::Progress(_) => true,
            Self::Big(_) | Self::Qr(_) => chord == Chord::Enter,
            Self::Search(_) | Self::NoData(_) | Self::Help(_) | Self::Detail(_) => false,
            Self::Concede(_) | Self::Special(_) | Self::Lost(_) | Self::Undo(_) | Self::Refund(_) => false,
            Self::Reason(_) | Self::Opening(_) | Self::Classes(_) | Self::Supervisor(_) | Self::Paper(_) => false,
            Self::TakeBack(_) => false,
            Self::Prepay(_) => chord == Chord::F(9),
        }
    }

    /// Whether a scan may close it on its way to the ticket field.
    pub fn yields_to_scan(&self) -> bool {
        !matches!(self, Self::Question(_) | Self::Supervisor(_) | Self::Paper(_) | Self::Prepay(_))
    }

    /// Whether what is typed into it is text.
    pub fn has_fields(&self) -> bool {
        matches!(
            self,
            Self::Search(_)
                | Self::NoData(_)
                | Self::Reason(_)
                | Self::TakeBack(_)
                | Self::Opening(_)
                | Self::Supervisor(_)
                | Self::Paper(_)
                | Self::Prepay(_)
                | Self::Concede(_)
                | Self::Lost(_)
                | Self::Undo(_)
                | Self::Refund(_)
        )
    }

    pub fn key(&mut self, shell: &Shell, chord: Chord) -> Reply {
        match self {
            Self::Question(d) => d.key(chord),
            Self::Search(d) => d.key(chord),
            Self::NoData(d) => d.key(shell, chord),
            Self::Big(d) => d.key(chord),
            Self::Qr(_) => Reply::Close,
            Self::Help(d) => d.key(chord),
            Self::Progress(_) => progress::key(chord),
            Self::Summary(d) => d.key(chord),
            Self::Detail(_) => Reply::Close,
            Self::Reason(d) => d.key(chord),
            Self::TakeBack(d) => d.key(chord),
            Self::Classes(d) => d.key(shell, chord),
            Self::Opening(d) => d.key(chord),
            Self::Supervisor(d) => d.key(chord),
            Self::Special(d) => d.key(chord),
            Self::Concede(d) => d.key(shell, chord),
            Self::Lost(d) => d.key(shell, chord),
            Self::Undo(d) => d.key(shell, chord),
            Self::Refund(d) => d.key(shell, chord),
            Self::Paper(d) => d.key(shell, chord),
            Self::Prepay(d) => d.key(shell, chord),
        }
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        match self {
            Self::Question(d) => d.view(shell, area, buf),
            Self::Search(d) => d.view(shell, area, buf),
            Self::NoData(d) => d.view(shell, area, buf),
            Self::Big(d) => d.view(shell, area, buf),
            Self::Qr(d) => d.view(shell, area, buf),
            Self::Help(d) => d.view(shell, area, buf),
            Self::Progress(d) => d.view(shell, area, buf),
            Self::Summary(d) => d.view(shell, area, buf),
            Self::Detail(d) => d.view(shell, area, buf),
            Self::Reason(d) => d.view(shell, area, buf),
            Self::TakeBack(d) => d.view(shell, area, buf),
            Self::Classes(d) => d.view(shell, area, buf),
            Self::Opening(d) => d.view(shell, area, buf),
            Self::Supervisor(d) => d.view(shell, area, buf),
            Self::Special(d) => d.view(shell, area, buf),
            Self::Concede(d) => d.view(shell, area, buf),
            Self::Lost(d) => d.view(shell, area, buf),
            Self::Undo(d) => d.view(shell, area, buf),
            Self::Refund(d) => d.view(shell, area, buf),
            Self::Paper(d) => d.view(shell, area, buf),
            Self::Prepay(d) => d.view(shell, area, buf),
        }
    }

    /// Keys and words for the footer while this dialog is on top.
    pub fn hints(&self, shell: &Shell) -> Vec<(&'static str, &'static str)> {
        let (d, c) = (&shell.words.dialogs, &shell.words.common);
        match self {
            Self::Question(q) => q.hints(),
            Self::Search(s) => s.hints(shell),
            Self::NoData(_) => vec![("Tab", shell.words.keys.field.1), ("F9", d.no_data_go), ("Esc", c.cancel)],
            Self::Big(big) if big.qr => vec![("F6", "QR"), ("Enter", c.close)],
            Self::Big(_) => vec![("Enter", c.close)],
            Self::Qr(_) | Self::Help(_) | Self::Detail(_) => vec![("Esc", c.close)],
            Self::Progress(_) => vec![("Esc", d.progress_hide)],
            Self::Summary(s) => s.hints(shell),
            Self::Reason(r) => r.hints(shell),
            Self::TakeBack(_) => take_back::TakeBack::hints(shell),
            Self::Classes(d) => d.hints(shell),
            Self::Opening(o) => o.hints(shell),
            Self::Supervisor(s) => s.hints(shell),
            Self::Special(_) => special::List::hints(shell),
            Self::Concede(_) => concede::Concede::hints(shell),
            Self::Lost(d) => d.hints(shell),
            Self::Undo(d) => d.hints(shell),
            Self::Refund(_) => refund::Refund::hints(shell),
            Self::Prepay(d) => d.hints(shell),
            Self::Paper(_) => {
                vec![("Tab", shell.words.keys.field.1), ("F9", shell.words.floor.paper_go), ("Esc", c.close)]
            }
        }
    }
}
