//! What waits for a supervisor's yes, and how it is said to him.

use crate::domain::lost;
use crate::domain::money::Rupiah;
use crate::domain::payment::{Method, Receipt};
use crate::domain::undo::LastExit;
use crate::tui::shell::Shell;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub enum Permit {
    /// A lost ticket's fine is let off.
    Waive { stay: Uuid, seen: Option<String>, reason: String },
    /// An exit is taken back.
    Void { exit: Box<LastExit>, reason: String },
    /// An entry is taken back.
    TakeBack { stay: Uuid, ticket: String, reason: String },
    /// An exit was paid otherwise.
    Method { exit: Box<LastExit>, method: Method, receipt: Option<Receipt>, reason: String },
    /// Nothing is charged.
    Free { reason: String, note: String },
    /// A fine goes back.
    Refund { code: String, amount: Option<Rupiah>, reason: String },
}

impl Permit {
    pub fn what(&self, shell: &Shell) -> String {
        let w = shell.words.lost;
        match self {
            Self::Waive { reason, .. } => (w.waive_what)(reason),
            Self::Void { exit, .. } => (w.void_what)(named(exit), &exit.fee.to_string()),
            Self::TakeBack { ticket, .. } => (w.take_back_what)(ticket),
            Self::Method { exit, method, .. } => (w.method_what)(named(exit), method.name()),
            Self::Free { reason, .. } => (shell.words.members.free_what)(reason),
            Self::Refund { code, .. } => (w.refund_what)(&lost::spaced(code)),
        }
    }
}

/// What an exit is called: its ticket, or a dash.
pub fn named(exit: &LastExit) -> &str {
    if exit.ticket.is_empty() { "-" } else { &exit.ticket }
}
