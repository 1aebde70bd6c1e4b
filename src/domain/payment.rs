//! How a fee is paid, and what proves it.

use super::money::{MOST_TENDERED, Rupiah};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The word a fact's `method` carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Method {
    #[default]
    #[serde(rename = "tunai")]
    Cash,
    #[serde(rename = "qris")]
    Qris,
    #[serde(rename = "emoney")]
    EMoney,
}

impl Method {
    pub const ALL: [Self; 3] = [Self::Cash, Self::Qris, Self::EMoney];

    pub fn word(self) -> &'static str {
        match self {
            Self::Cash => "tunai",
            Self::Qris => "qris",
            Self::EMoney => "emoney",
        }
    }

    /// As a slip writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cash => "Tunai",
            Self::Qris => "QRIS",
            Self::EMoney => "E-money",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word() == word)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What says that money which nobody can count came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The provider's own answer.
    Confirmed,
    /// The cashier saw the customer's screen or slip: to be matched with the provider's statement.
    Seen,
}

/// The provider's number for a payment, and what it rests on; part of an exit's fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub reference: String,
    pub proof: Proof,
}

impl Receipt {
    /// What a provider said; where its number cannot stand in a fact, the charge's own `id` does.
    pub fn confirmed(reference: &str, id: &str) -> Self {
        let text: String = reference.chars().filter(|c| is_plain(*c)).take(LONGEST_REFERENCE).collect();
        let reference = if is_reference(&text) { text } else { id.chars().take(LONGEST_REFERENCE).collect() };
        Self { reference, proof: Proof::Confirmed }
    }
}

/// Fewer characters name no payment.
pub const SHORTEST_REFERENCE: usize = 4;
pub const LONGEST_REFERENCE: usize = 64;

/// The flag of an exit, or of an entry paid on the way in, whose money has to be matched with a provider's statement.
pub const UNMATCHED: &str = "proof_seen";

/// What is handed over for one fee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payment {
    Cash {
        tendered: Rupiah,
    },
    /// `amount`: what was paid, which is the fee or nothing is.
    Cashless {
        method: Method,
        receipt: Receipt,
        amount: Rupiah,
    },
}

/// A method this terminal offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub method: Method,
    /// A program charges it; else the cashier looks at the customer's proof.
    pub charged: bool,
}

impl Offer {
    pub const CASH: Self = Self { method: Method::Cash, charged: false };
}

/// Why a payment is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unpaid {
    Short {
        fee: Rupiah,
        tendered: Rupiah,
    },
    TooMuch(Rupiah),
    Reference,
    /// Another sum than the fee.
    Other {
        fee: Rupiah,
        paid: Rupiah,
    },
}

impl Payment {
    pub fn cash(tendered: Rupiah) -> Self {
        Self::Cash { tendered }
    }

    pub fn method(&self) -> Method {
        match self {
            Self::Cash { .. } => Method::Cash,
            Self::Cashless { method, .. } => *method,
        }
    }

    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Cash { .. } => None,
            Self::Cashless { receipt, .. } => Some(receipt),
        }
    }

    /// `UNMATCHED`, where a provider's statement has to be looked at.
    pub fn unmatched(&self) -> Option<&'static str> {
        self.receipt().is_some_and(|receipt| receipt.proof == Proof::Seen).then_some(UNMATCHED)
    }

    /// What came in: the cash handed over; without cash what was paid, and nothing goes back.
    pub fn tendered(&self) -> Rupiah {
        match self {
            Self::Cash { tendered } => *tendered,
            Self::Cashless { amount, .. } => *amount,
        }
    }

    pub fn check(&self, fee: Rupiah) -> Result<(), Unpaid> {
        match self {
            Self::Cash { tendered } if *tendered > MOST_TENDERED => Err(Unpaid::TooMuch(*tendered)),
            Self::Cash { tendered } if *tendered < fee => Err(Unpaid::Short { fee, tendered: *tendered }),
            Self::Cashless { receipt, .. } if !is_reference(&receipt.reference) => Err(Unpaid::Reference),
            Self::Cashless { amount, .. } if *amount != fee => Err(Unpaid::Other { fee, paid: *amount }),
            _ => Ok(()),
        }
    }
}

/// Letters, digits and what stands between them on a slip.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-/._ ".contains(c)
}

pub fn is_reference(text: &str) -> bool {
    let counted = text.chars().filter(char::is_ascii_alphanumeric).count();
    counted >= SHORTEST_REFERENCE && text.len() <= LONGEST_REFERENCE && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn qris(reference: &str) -> Payment {
        let receipt = Receipt { reference: reference.into(), proof: Proof::Seen };
        Payment::Cashless { method: Method::Qris, receipt, amount: Rupiah(5_000) }
    }

    #[test]
    fn a_method_is_its_word() {
        for method in Method::ALL {
            assert_eq!(Method::parse(method.word()), Some(method));
            assert_eq!(serde_json::to_value(method).unwrap(), method.word());
        }
        assert_eq!(Method::parse("cek"), None);
    }

    #[test]
    fn a_proof_nobody_can_look_up_is_none() {
        for bad in ["", "12", "   -  ", "1234\n", "😀😀😀😀"] {
            assert_eq!(qris(bad).check(Rupiah(5_000)), Err(Unpaid::Reference), "{bad:?}");
        }
        assert_eq!(qris("8841").check(Rupiah(5_000)), Ok(()));
        assert_eq!(qris(&"9".repeat(65)).check(Rupiah(5_000)), Err(Unpaid::Reference));
    }

    #[test]
    fn what_a_provider_says_always_names_the_payment() {
        for said in ["88 41", "", "\u{7}x", "😀"] {
            let receipt = Receipt::confirmed(said, "01a2-9000");
            assert!(is_reference(&receipt.reference), "{said:?}");
        }
        assert_eq!(Receipt::confirmed("88\n41", "x").reference, "8841");
    }

    proptest! {
        #[test]
        fn what_passes_covers_the_fee_and_the_change_is_never_negative(fee in 0..10_000_000_i64, cash in 0..20_000_000_i64) {
            for payment in [Payment::cash(Rupiah(cash)), qris("8841")] {
                if payment.check(Rupiah(fee)).is_ok() {
                    prop_assert!(payment.tendered() >= Rupiah(fee));
                    prop_assert!(payment.receipt().is_none() || payment.tendered() == Rupiah(fee));
                }
            }
        }
    }
}
