//! What an exit is given beside the tariff's ordinary price: a membership, a voucher, free of charge. What is asked at the
//! gate, and what the exit's fact says of it.

use super::lost::Approval;
use super::member::Standing;
use super::money::Rupiah;
use super::tariff::Voucher;
use serde::{Deserialize, Serialize};

/// A voucher's number is at least and at most so long.
pub const REFERENCE: std::ops::RangeInclusive<usize> = 3..=32;

/// Why vehicles go free of charge, where `[gate] free_reasons` names nothing else.
pub const FREE_REASONS: [&str; 6] =
    ["Ambulans", "Pemadam atau polisi", "Dinas", "Tamu pengelola", "Uji atau servis", "Lain-lain"];

/// A voucher as it is handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherSlip {
    /// Its number (`reference`).
    pub reference: String,
    pub worth: Voucher,
}

/// A voucher's number, however it is typed: letters, digits and dashes, upper case.
pub fn reference(typed: &str) -> Option<String> {
    let text = typed.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect::<String>();
    let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (fits && REFERENCE.contains(&text.len())).then_some(text)
}

/// Free of charge: why, and who allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreePass {
    pub reason: String,
    pub note: String,
    /// None only before somebody allowed it: a fee is shown, and no exit recorded.
    pub by: Option<Approval>,
}

impl FreePass {
    /// As the line of the fee says it.
    pub fn words(&self) -> String {
        let note = self.note.trim();
        if note.is_empty() { self.reason.clone() } else { format!("{}, {note}", self.reason) }
    }
}

/// Which member's a stay is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MemberChoice {
    /// The one whose plate it is, if it is one's.
    #[default]
    ByPlate,
    /// Nobody's, whatever the plate says.
    None,
    /// A card, as typed or scanned.
    Card(String),
}

/// What an exit asks for. Nothing special, as a rule: then only the plate tells a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concession {
    pub member: MemberChoice,
    pub voucher: Option<VoucherSlip>,
    pub free: Option<FreePass>,
}

/// The same in an exit's body; the card is a personal field, `member`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conceded {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberNote>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<VoucherNote>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<FreeNote>,
    /// Paid on the way in, as the gate knew it; how much of it was taken off stands in the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepaid: Option<Rupiah>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberNote {
    pub group: String,
    /// Anything but `valid` was charged as everybody is.
    pub standing: Standing,
    /// `plate` or `card`.
    pub by: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherNote {
    pub reference: String,
    pub worth: Voucher,
    /// What it took off this fee.
    pub off: Rupiah,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeNote {
    pub reason: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    pub by: Approval,
    /// The price that was let off.
    pub off: Rupiah,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vouchers_number_is_one_however_it_is_typed() {
        assert_eq!(reference(" v-00 12 ").as_deref(), Some("V-0012"));
        for bad in ["", "v1", "Rp 5.000", &"1".repeat(33)] {
            assert_eq!(reference(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_nothing_special_leaves_no_trace_in_a_body() {
        assert_eq!(serde_json::to_string(&Conceded::default()).unwrap(), "{}");
    }
}
