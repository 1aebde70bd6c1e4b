//! Canonical bytes, hashes and signatures: what makes a fact's identity and a journal's chain.
//!
//! Canonical JSON is RFC 8785 restricted to what facts hold: objects with their keys sorted by bytes, no blanks,
//! shortest escapes, integers; a float is refused. Every hash is SHA-256 over a domain line and those bytes.

use data_encoding::{BASE64, HEXLOWER};
use ring::digest::{Context, SHA256};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde_json::Value;
use std::fmt::{self, Write};
use uuid::Uuid;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SealError {
    #[error("a fact holds no fractions: {0}")]
    Float(String),
    #[error("{what}: {length} bytes expected in {encoding}")]
    Length { what: &'static str, length: usize, encoding: &'static str },
    #[error("the key is not an Ed25519 seed")]
    Key,
}

/// A SHA-256 value, shown and sent as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Before the first fact of all.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 over a domain line and parts, in this order.
    pub fn of(domain: &str, parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(domain.as_bytes());
        context.update(b"\n");
        for part in parts {
            context.update(part);
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        Self(bytes)
    }

    pub fn hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    pub fn from_hex(text: &str) -> Result<Self, SealError> {
        let error = SealError::Length { what: "hash", length: 32, encoding: "hex" };
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| error)?;
        Self::from_bytes(&bytes)
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let error = SealError::Length { what: "hash", length: 32, encoding: "bytes" };
        bytes.try_into().map(Self).map_err(|_| error)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

/// Canonical bytes of a JSON value.
pub fn canonical(value: &Value) -> Result<String, SealError> {
    let mut text = String::with_capacity(512);
    write_canonical(value, &mut text)?;
    Ok(text)
}

fn write_canonical(value: &Value, out: &mut String) -> Result<(), SealError> {
    match value {
        Value::Number(n) if n.is_f64() => return Err(SealError::Float(n.to_string())),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_canonical(item, out)?;
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort_unstable();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                let _ = write!(out, "{}:", Value::from(key.as_str()));
                write_canonical(&fields[key], out)?;
            }
            out.push('}');
        }
        scalar => {
            let _ = write!(out, "{scalar}");
        }
    }
    Ok(())
}

/// The commitment to a personal field that stands in the hashed content: `parkir.commit.v1`.
pub fn commitment(name: &str, salt: &str, value: &str) -> String {
    let parts = Value::from(vec![name, salt, value]).to_string();
    Hash::of("parkir.commit.v1", &[parts.as_bytes()]).hex()
}

/// The link of a chain: epoch (16 bytes), seq (8 bytes, big endian), previous link, content hash.
pub fn link_hash(epoch: Uuid, seq: u64, prev: &Hash, content: &Hash) -> Hash {
    Hash::of("parkir.link.v1", &[epoch.as_bytes(), &seq.to_be_bytes(), &prev.0, &content.0])
}

/// A gate's own signing key: an Ed25519 seed of 32 bytes, base-64 in the kit's `gate.key`.
pub struct GateKey(Ed25519KeyPair);

impl GateKey {
    pub fn from_seed(seed: &[u8]) -> Result<Self, SealError> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self).map_err(|_| SealError::Key)
    }

    pub fn from_base64(text: &str) -> Result<Self, SealError> {
        Self::from_seed(&BASE64.decode(text.trim().as_bytes()).map_err(|_| SealError::Key)?)
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.0.sign(message).as_ref());
        signature
    }

    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }
}

impl fmt::Debug for GateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GateKey(…)")
    }
}

/// A gate's public key, base-64 in `site.pub`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    pub fn from_base64(text: &str) -> Result<Self, SealError> {
        let error = SealError::Length { what: "public key", length: 32, encoding: "base-64" };
        let bytes = BASE64.decode(text.trim().as_bytes()).map_err(|_| error)?;
        let error = SealError::Length { what: "public key", length: 32, encoding: "base-64" };
        bytes.try_into().map(Self).map_err(|_| error)
    }

    pub fn base64(&self) -> String {
        BASE64.encode(&self.0)
    }

    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }

    /// The two bytes by which a QR names its key.
    pub fn id(&self) -> [u8; 2] {
        let hash = Hash::of("parkir.key.v1", &[&self.0]);
        [hash.0[0], hash.0[1]]
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn canonical_json_sorts_keys_and_keeps_integers() {
        let value = json!({"b": [1, -2, true, null], "a": "x\"\n\u{1}é", "aa": {}});
        assert_eq!(canonical(&value).unwrap(), r#"{"a":"x\"\n\u0001é","aa":{},"b":[1,-2,true,null]}"#);
        assert!(canonical(&json!({"a": 1.5})).is_err());
    }

    #[test]
    fn a_signature_holds_for_its_own_bytes_only() {
        let key = GateKey::from_seed(&[7; 32]).unwrap();
        let signature = key.sign(b"x");
        assert!(key.public().verifies(b"x", &signature));
        assert!(!key.public().verifies(b"y", &signature));
        assert!(!GateKey::from_seed(&[8; 32]).unwrap().public().verifies(b"x", &signature));
        assert_eq!(format!("{key:?}"), "GateKey(…)");
    }
}
