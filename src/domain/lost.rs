//! A lost ticket: what is claimed at the exit, what the exit's fact says of it, and the code by which a fine is paid back
//! when the ticket turns up. No identity document is kept: at most the last characters of the registration paper (STNK).

use super::money::Rupiah;
use super::seal::Hash;
use super::ticket;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Of a number on a document at most so many last characters are taken down.
pub const SEEN: usize = 4;
/// Length of a claim code without its dashes.
pub const CODE: usize = 9;
/// `LostNote::waived` where nothing proves that the ticket was ever printed.
pub const NOT_PRINTED: &str = "not_printed";
/// A flag of what a supervisor allows without a PIN that proves him.
pub const UNPROVEN_SUPERVISOR: &str = "unproven_supervisor";

/// Who allows what only a supervisor may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub supervisor: String,
    /// His PIN was right; else the fact is flagged.
    pub proven: bool,
}

/// The fine is let off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    pub reason: String,
    pub by: Approval,
}

/// The driver has no ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostClaim {
    /// The last characters of the registration paper that was looked at.
    pub seen: Option<String>,
    pub waiver: Option<Waiver>,
}

/// A lost ticket in an exit's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostNote {
    /// `proven` (the stay was found), `unproven` (the time is what the driver states) or `waived`.
    pub how: String,
    /// What was taken; nothing when it was let off.
    pub fine: Rupiah,
    /// The code on the receipt, where a fine was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// The last moment it is paid back, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Why it was let off: `not_printed`, or the supervisor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<String>,
    /// Who let it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Approval>,
    /// Who looked at the registration paper; what he saw is a personal field, `stnk`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_by: Option<String>,
}

/// A fine goes back, in cash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    pub claim: String,
    /// The exit that took it, where it is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_gate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<Uuid>,
    #[serde(default)]
    pub class: String,
    pub amount: Rupiah,
    pub reason: String,
    pub by: Approval,
    /// `unverified`: neither this terminal nor the centre could say that the fine was taken.
    pub flags: Vec<String>,
}

/// What is to be paid back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRequest {
    /// As typed.
    pub code: String,
    /// As the receipt says; needed where nobody here knows the fine.
    pub amount: Option<Rupiah>,
    pub reason: String,
    pub by: Approval,
}

/// A fine by its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fine {
    pub claim: String,
    pub fact: Uuid,
    pub gate: String,
    pub stay: Uuid,
    pub class: String,
    pub fine: Rupiah,
    pub until: Option<String>,
    /// The exit was taken back: its money too.
    pub voided: bool,
    /// Paid back already: at which gate, and when.
    pub refunds: Vec<PaidBack>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidBack {
    pub fact: Uuid,
    pub gate: String,
    /// RFC 3339.
    pub at: String,
    pub amount: Rupiah,
}

/// The last characters of what was looked at: letters and digits only, never more than four.
pub fn seen(typed: &str) -> Option<String> {
    let all: Vec<char> =
        typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let last: String = all[all.len().saturating_sub(SEEN)..].iter().collect();
    (!last.is_empty()).then_some(last)
}

/// The code of an exit: eight readable characters of its hash and a check character, the same whoever makes it.
pub fn code(gate: &str, exit: Uuid) -> String {
    for turn in 0_u8.. {
        let hash = Hash::of("parkir.claim.v1", &[gate.as_bytes(), exit.as_bytes(), &[turn]]);
        let bytes = hash.0;
        let body: String = bytes[..CODE - 1].iter().map(|b| ticket::readable(*b)).collect();
        // Check characters that resemble digits are never printed.
        if let Some(check) = ticket::check_character(&body).filter(|c| *c == ticket::tidy(*c)) {
            return format!("{body}{check}");
        }
    }
    String::new()
}

/// A code as it was typed: upper case, without blanks and dashes. `None` if it is none, or its check is wrong.
pub fn read_code(typed: &str) -> Option<String> {
    let text: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).map(ticket::tidy).collect();
    if text.len() != CODE || !text.is_ascii() {
        return None;
    }
    let (body, check) = text.split_at(CODE - 1);
    (ticket::check_character(body)? == check.chars().next()?).then_some(text)
}

/// `7K2-9QX-4MB`.
pub fn spaced(code: &str) -> String {
    let chars: Vec<char> = code.chars().collect();
    chars.chunks(3).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_however_it_is_typed_and_a_slip_of_the_pen_is_found() {
        for n in 0..2_000 {
            let code = code("B1", Uuid::from_u128(n));
            assert_eq!(code.len(), CODE, "{code}");
            assert_eq!(read_code(&code), Some(code.clone()));
            assert_eq!(read_code(&spaced(&code).to_lowercase()), Some(code.clone()));
            // No ticket's number is taken for one.
            assert_eq!(ticket::read(&code), None);
            let wrong: String = code
                .chars()
                .enumerate()
                .map(|(i, c)| if i == 3 { if c == '7' { '8' } else { '7' } } else { c })
                .collect();
            assert_eq!(read_code(&wrong), None, "{wrong} for {code}");
        }
        assert_ne!(code("B1", Uuid::nil()), code("B2", Uuid::nil()));
    }

    #[test]
    fn no_more_of_a_document_is_kept_than_four_characters() {
        assert_eq!(seen("No. 12-345 678/ab").as_deref(), Some("78AB"));
        assert_eq!(seen(" 7 ").as_deref(), Some("7"));
        assert_eq!(seen(" - "), None);
    }
}
