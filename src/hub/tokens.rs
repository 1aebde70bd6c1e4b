//! Which token belongs to which gate. Only SHA-256 values are kept: a stolen book opens nothing.

use ring::digest::{SHA256, digest};

/// The fingerprint under which a token stands in the book.
pub type TokenHash = [u8; 32];

#[derive(Clone, Debug, Default)]
pub struct TokenBook(Vec<(TokenHash, String)>);

impl TokenBook {
    /// Entries of (gate, lower- or upper-case hex of the token's SHA-256); what is not such a value is left out.
    pub fn new(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        let read = |(gate, hex): (String, String)| {
            let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.trim().as_bytes()).ok()?;
            Some((TokenHash::try_from(bytes).ok()?, gate))
        };
        Self(entries.into_iter().filter_map(read).collect())
    }

    /// The gate a token belongs to. Compares with every entry to its last byte, so that the time taken tells
    /// nothing about how much of a guess was right.
    pub fn gate_of(&self, token: &str) -> Option<(String, TokenHash)> {
        let hash = fingerprint(token);
        let mut found = None;
        for (entry, gate) in &self.0 {
            if same(entry, &hash) {
                found = Some(gate);
            }
        }
        found.map(|gate| (gate.clone(), hash))
    }

    /// Whether this fingerprint still opens this gate.
    pub fn holds(&self, gate: &str, hash: &TokenHash) -> bool {
        self.0.iter().any(|(entry, name)| name == gate && same(entry, hash))
    }

    pub fn gates(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, gate)| gate.as_str())
    }
}

pub fn fingerprint(token: &str) -> TokenHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

fn same(a: &TokenHash, b: &TokenHash) -> bool {
    let difference = a.iter().zip(b).fold(0, |sum, (x, y)| sum | (x ^ y));
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_its_own_gate_only() {
        let hex = |t: &str| data_encoding::HEXLOWER.encode(&fingerprint(t));
        let book = TokenBook::new([
            ("A1".into(), hex("one")),
            ("B1".into(), hex("two").to_uppercase()),
            ("X".into(), "zz".into()),
        ]);
        assert_eq!(book.gate_of("one").unwrap().0, "A1");
        assert_eq!(book.gate_of("two").unwrap().0, "B1");
        assert!(book.gate_of("three").is_none() && book.gate_of("").is_none());
        assert!(book.holds("A1", &fingerprint("one")) && !book.holds("B1", &fingerprint("one")));
        assert_eq!(book.gates().collect::<Vec<_>>(), ["A1", "B1"]);
    }
}
