//! What is special about a stay when its fee is reckoned; nothing, as a rule.

use crate::domain::desk::Warning;
use crate::domain::lost::LostClaim;
use crate::domain::tariff::{Calendar, FeeRequest, Lost, Voucher};
use jiff::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The member's group.
    pub member: Option<String>,
    pub voucher: Option<Voucher>,
    /// Free of charge: why.
    pub free: Option<String>,
    pub lost: Option<Lost>,
}

impl Terms {
    pub fn request<'a>(
        &'a self,
        class: &'a str,
        (entered, left): (Timestamp, Timestamp),
        calendar: &'a Calendar,
    ) -> FeeRequest<'a> {
        FeeRequest {
            lost: self.lost,
            member: self.member.as_deref(),
            voucher: self.voucher,
            free: self.free.as_deref(),
            ..FeeRequest::plain(class, entered, left, calendar)
        }
    }
}

/// What a lost ticket comes to: nobody is fined for a ticket that never was, and a time is proven that is on record.
pub fn lost(claim: &LostClaim, known: &str, warnings: &[Warning]) -> Lost {
    if claim.waiver.is_some() || warnings.contains(&Warning::TicketUnproven) {
        Lost::Waived
    } else if known == "stated" {
        Lost::Unproven
    } else {
        Lost::Proven
    }
}
