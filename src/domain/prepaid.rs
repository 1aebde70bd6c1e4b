//! Bayar di depan: a class whose price is due on the way in. What was paid stands in the fact of the entry itself, so that
//! entry and money are one; the exit takes it off.

use super::money::Rupiah;
use super::payment::{Payment, Receipt};
use super::tariff::{Fee, FeeLine, TaxSplit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Flag of an exit by its QR or a stated time: whether anything was paid on the way in, nobody here knows.
pub const UNKNOWN: &str = "prepaid_unknown";
/// Flag of an exit whose entry took no money though its tariff says so: a button without people, a paper ticket.
pub const UNPAID: &str = "prepaid_unpaid";

/// What was paid on the way in; part of the entry's fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepaid {
    pub amount: Rupiah,
    /// As `kinds::Left::method`.
    pub method: String,
    pub tendered: Rupiah,
    pub change: Rupiah,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// The provider's key of the charge (`domain::charge`) that was begun for it; `flags` say where it was paid otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<String>,
    pub lines: Vec<FeeLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<TaxSplit>,
    /// As an exit's: `payment::UNMATCHED`, and what other charges left behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

impl Prepaid {
    /// `payment` covers the fee: `Payment::check` said so.
    pub fn of(fee: Fee, payment: &Payment) -> Self {
        let tendered = payment.tendered();
        Self {
            amount: fee.total,
            method: payment.method().word().to_owned(),
            tendered,
            change: tendered - fee.total,
            receipt: payment.receipt().cloned(),
            charge: None,
            lines: fee.lines,
            tax: fee.tax,
            flags: payment.unmatched().map(str::to_owned).into_iter().collect(),
        }
    }
}

/// Who pays on the way in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Upfront {
    /// Nobody has yet: where money is due, the entry is refused with how much.
    #[default]
    Asked,
    Paid {
        payment: Payment,
        /// `Due::visit`, where that was asked.
        visit: Option<Uuid>,
    },
    /// Nobody is there to take it: all of it is due at the exit.
    Nobody,
}

/// What is due on the way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// What it is charged under without cash: the entry that it is paid for has no id yet.
    pub visit: Uuid,
    pub class: String,
    pub amount: Rupiah,
    pub lines: Vec<FeeLine>,
}
