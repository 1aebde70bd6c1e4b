//! Names of places and people: gate codes, sites, operators. Fact and stay ids are plain UUIDv7.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The alphabet people can read aloud and CODE39 can print: no I, L, O, U.
pub const READABLE: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Two readable characters that name one gate for ever (`A1`). `PUSAT` names the centre itself.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GateId(String);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("gate code {0:?}: two characters of 0-9 A-Z without I, L, O, U expected, for example A1")]
pub struct BadGateId(pub String);

impl GateId {
    /// The gate code of the centre's own facts.
    pub const CENTRE: &'static str = "PUSAT";

    pub fn parse(text: &str) -> Result<Self, BadGateId> {
        let code = text.trim().to_ascii_uppercase();
        let readable = code.len() == 2 && code.bytes().all(|b| READABLE.contains(&b));
        if readable || code == Self::CENTRE { Ok(Self(code)) } else { Err(BadGateId(text.to_owned())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The PostgreSQL login of this gate: `gate_a1`.
    pub fn login(&self) -> String {
        format!("gate_{}", self.0.to_ascii_lowercase())
    }
}

impl TryFrom<String> for GateId {
    type Error = BadGateId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<GateId> for String {
    fn from(gate: GateId) -> Self {
        gate.0
    }
}

impl fmt::Display for GateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for GateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_code_is_two_readable_characters() {
        assert_eq!(GateId::parse(" a1 ").map(|g| g.login()), Ok("gate_a1".into()));
        for bad in ["", "A", "A12", "AI", "O1", "A-"] {
            assert!(GateId::parse(bad).is_err(), "{bad}");
        }
    }
}
