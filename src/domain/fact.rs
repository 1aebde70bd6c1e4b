//! The envelope, version 1: what every fact says of itself, and how it is sealed into a journal's chain.
//!
//! ```text
//! content  = {v,id,kind,site,gate,terminal,operator,shift,at,mono_ms,boot,clock,tariff,config,body,commit}
//! hash     = SHA-256("parkir.fact.v1\n" canonical(content))                        identity of the fact
//! commit.x = SHA-256("parkir.commit.v1\n" ["x", salt, value])                      a personal field
//! link     = SHA-256("parkir.link.v1\n" epoch seq prev hash)                       its place in the chain
//! sig      = Ed25519(gate key, "parkir.sig.v1\n" link)                             whose it is
//! ```
//!
//! Beside the content travel `personal` (salt and value of each commitment) and `epoch, seq, prev, hash, sig`.
//! This cannot be changed later: a version 2 would stand beside it.

use super::ids::GateId;
use super::kinds::Event;
use super::seal::{self, GateKey, Hash, PublicKey, SealError};
use data_encoding::BASE64;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The envelope version written here.
pub const VERSION: u32 = 1;

const SIGNED: &[u8] = b"parkir.sig.v1\n";

/// Where and by whom facts are made; the same for many of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub site: String,
    pub gate: GateId,
    /// The machine's name.
    pub terminal: String,
    pub operator: String,
    pub shift: Option<Uuid>,
    /// Versions of the tariff and of the settings in force here.
    pub tariff: u32,
    pub config: u32,
}

/// How far the server's clock was ahead of this one when last heard, and how long ago that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerClock {
    pub offset_ms: i64,
    pub age_ms: u64,
}

/// What the clocks of this machine said, all at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Wall time with the site's offset.
    pub at: Zoned,
    /// Milliseconds since boot.
    pub mono_ms: u64,
    pub boot: Uuid,
    pub clock: Option<ServerClock>,
}

/// A personal field with the salt of its commitment (32 hex digits).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    pub salt: String,
    pub value: String,
}

/// The hashed content of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub v: u32,
    pub id: Uuid,
    pub kind: String,
    pub site: String,
    pub gate: GateId,
    pub terminal: String,
    pub operator: String,
    pub shift: Option<Uuid>,
    /// RFC 3339 with microseconds and the site's offset.
    pub at: String,
    pub mono_ms: u64,
    pub boot: Uuid,
    pub clock: Option<ServerClock>,
    pub tariff: u32,
    pub config: u32,
    pub body: Value,
    pub commit: BTreeMap<String, String>,
}

/// A fact before it has a place in a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    #[serde(flatten)]
    pub content: Content,
    pub personal: BTreeMap<String, Personal>,
}

/// A fact in its place: what journal, spool and ledger hold, and what travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    #[serde(flatten)]
    pub fact: Fact,
    pub epoch: Uuid,
    pub seq: u64,
    #[serde(with = "hex_hash")]
    pub prev: Hash,
    #[serde(with = "hex_hash")]
    pub hash: Hash,
    /// Base-64; empty for facts adopted from the old system, and for the centre's own.
    pub sig: String,
}

#[derive(Debug, thiserror::Error)]
pub enum FactError {
    #[error("envelope version {0} is not known here")]
    Version(u32),
    #[error("time {0:?} is not RFC 3339")]
    Time(String),
    #[error("the content does not have the hash it claims")]
    Hash,
    #[error("personal field {0:?} does not match its commitment")]
    Commitment(String),
    #[error("the signature is not the gate's")]
    Signature,
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Wall time as facts carry it: `2026-11-22T14:04:05.123456+07:00`.
pub fn wall_time(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string()
}

/// The longest texts a fact carries, in characters. PostgreSQL turns longer names and plates away, and a fact that was
/// shown must never be turned away for what somebody typed.
const LONGEST: usize = 500;
const LONGEST_NAME: usize = 128;
const LONGEST_PLATE: usize = 64;

/// A text as any store and any screen can take it: PostgreSQL knows no U+0000, a terminal obeys escapes.
fn clean(text: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}

fn clean_all(body: Value) -> Value {
    match body {
        Value::String(text) => Value::String(clean(&text, LONGEST)),
        Value::Array(all) => all.into_iter().map(clean_all).collect(),
        Value::Object(all) => all.into_iter().map(|(name, value)| (name, clean_all(value))).collect(),
        other => other,
    }
}

impl Fact {
    /// Builds a fact. `salt` gives 32 fresh hex digits for each personal field.
    pub fn new(
        id: Uuid,
        origin: &Origin,
        stamp: &Stamp,
        event: &Event,
        personal: &[(&str, &str)],
        mut salt: impl FnMut() -> String,
    ) -> Result<Self, FactError> {
        let mut commit = BTreeMap::new();
        let mut fields = BTreeMap::new();
        for (name, value) in personal {
            let most = if *name == "plate" { LONGEST_PLATE } else { LONGEST_NAME };
            let (salt, value) = (salt(), &clean(value, most));
            commit.insert((*name).to_owned(), seal::commitment(name, &salt, value));
            fields.insert((*name).to_owned(), Personal { salt, value: (*value).to_owned() });
        }
        let content = Content {
            v: VERSION,
            id,
            kind: event.kind().to_owned(),
            site: origin.site.clone(),
            gate: origin.gate.clone(),
            terminal: origin.terminal.clone(),
            operator: clean(&origin.operator, LONGEST_NAME),
            shift: origin.shift,
            at: wall_time(&stamp.at),
            mono_ms: stamp.mono_ms,
            boot: stamp.boot,
            clock: stamp.clock,
            tariff: origin.tariff,
            config: origin.config,
            body: clean_all(event.body()?),
            commit,
        };
        Ok(Self { content, personal: fields })
    }

    pub fn id(&self) -> Uuid {
        self.content.id
    }

    pub fn kind(&self) -> &str {
        &self.content.kind
    }

    /// The plate's key, if this fact has one and it was not erased.
    pub fn personal(&self, name: &str) -> Option<&str> {
        self.personal.get(name).map(|p| p.value.as_str())
    }

    pub fn at(&self) -> Result<Timestamp, FactError> {
        self.content.at.parse().map_err(|_| FactError::Time(self.content.at.clone()))
    }

    pub fn event(&self) -> Result<Event, FactError> {
        Ok(Event::read(&self.content.kind, &self.content.body)?)
    }

    /// The stay a fact belongs to: an entry's own id, or what its body names.
    pub fn stay(&self) -> Option<Uuid> {
        if self.content.kind == super::kinds::kind::ENTERED {
            return Some(self.content.id);
        }
        self.content.body.get("stay")?.as_str()?.parse().ok()
    }

    /// The content hash: identity.
    pub fn hash(&self) -> Result<Hash, FactError> {
        let bytes = seal::canonical(&serde_json::to_value(&self.content)?)?;
        Ok(Hash::of("parkir.fact.v1", &[bytes.as_bytes()]))
    }

    /// Puts the fact into its place and signs it.
    pub fn seal(self, key: &GateKey, epoch: Uuid, seq: u64, prev: Hash) -> Result<Sealed, FactError> {
        let hash = self.hash()?;
        let link = seal::link_hash(epoch, seq, &prev, &hash);
        let sig = BASE64.encode(&key.sign(&[SIGNED, &link.0].concat()));
        Ok(Sealed { fact: self, epoch, seq, prev, hash, sig })
    }

    /// Puts a fact of the centre into its place: nobody signs it, the login that brought it answers for it.
    pub fn place(self, epoch: Uuid, seq: u64, prev: Hash) -> Result<Sealed, FactError> {
        let hash = self.hash()?;
        Ok(Sealed { fact: self, epoch, seq, prev, hash, sig: String::new() })
    }
}

impl Sealed {
    /// What the next fact's `prev` must be.
    pub fn link(&self) -> Hash {
        seal::link_hash(self.epoch, self.seq, &self.prev, &self.hash)
    }

    /// Whether content, personal fields and hash belong together.
    pub fn check(&self) -> Result<(), FactError> {
        if self.fact.content.v != VERSION {
            return Err(FactError::Version(self.fact.content.v));
        }
        if self.fact.hash()? != self.hash {
            return Err(FactError::Hash);
        }
        for (name, field) in &self.fact.personal {
            let stands = self.fact.content.commit.get(name);
            if stands != Some(&seal::commitment(name, &field.salt, &field.value)) {
                return Err(FactError::Commitment(name.clone()));
            }
        }
        Ok(())
    }

    /// `check`, and the signature is of the gate this key belongs to.
    pub fn verify(&self, key: &PublicKey) -> Result<(), FactError> {
        self.check()?;
        let sig = BASE64.decode(self.sig.as_bytes()).map_err(|_| FactError::Signature)?;
        let message = [SIGNED, &self.link().0].concat();
        if key.verifies(&message, &sig) { Ok(()) } else { Err(FactError::Signature) }
    }
}

mod hex_hash {
    use super::Hash;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(hash: &Hash, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hash.hex())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Hash, D::Error> {
        Hash::from_hex(&String::deserialize(d)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kinds::Entered;

    fn sealed() -> Sealed {
        let origin = Origin {
            site: "S1".into(),
            gate: GateId::parse("A1").unwrap(),
            terminal: "pc".into(),
            operator: "budi".into(),
            shift: None,
            tariff: 0,
            config: 0,
        };
        let stamp = Stamp {
            at: "2026-11-22T14:04:05.123456+07:00[Asia/Jakarta]".parse().unwrap(),
            mono_ms: 1234,
            boot: Uuid::from_u128(5),
            clock: Some(ServerClock { offset_ms: -3, age_ms: 10 }),
        };
        let event = Event::Entered(Entered {
            ticket: "A17K0042XR".into(),
            class: "mobil".into(),
            source: "operator".into(),
            tariff: 0,
            paper: None,
            prepaid: None,
        });
        let salt = || "00112233445566778899aabbccddeeff".to_owned();
        let fact = Fact::new(Uuid::from_u128(1), &origin, &stamp, &event, &[("plate", "B1234XYZ")], salt).unwrap();
        fact.seal(&GateKey::from_seed(&[7; 32]).unwrap(), Uuid::from_u128(2), 1, Hash::ZERO).unwrap()
    }

    #[test]
    fn the_canonical_bytes_never_change() {
        let sealed = sealed();
        let value = serde_json::to_value(&sealed.fact.content).unwrap();
        assert_eq!(
            seal::canonical(&value).unwrap(),
            r#"{"at":"2026-11-22T14:04:05.123456+07:00","body":{"class":"mobil","source":"operator","tariff":0,"ticket":"A17K0042XR"},"boot":"00000000-0000-0000-0000-000000000005","clock":{"age_ms":10,"offset_ms":-3},"commit":{"plate":"53e75c16fcf1673dabd76993ba9684cad9a2064790f26ccb4a33b2a1d1f1b8cb"},"config":0,"gate":"A1","id":"00000000-0000-0000-0000-000000000001","kind":"entered","mono_ms":1234,"operator":"budi","shift":null,"site":"S1","tariff":0,"terminal":"pc","v":1}"#
        );
        assert_eq!(sealed.hash.hex(), "5f47cc33722866c5dfde761db7bd85564881651fda1e2b6271559dae5ba9ce08");
        assert_eq!(sealed.link().hex(), "033e8d87911b7299d1936f43a906664336ca3becc81064c0b5a536a7eeba62a7");
    }

    #[test]
    fn a_sealed_fact_travels_whole_and_an_altered_one_is_found() {
        let key = GateKey::from_seed(&[7; 32]).unwrap().public();
        let text = serde_json::to_string(&sealed()).unwrap();
        let back: Sealed = serde_json::from_str(&text).unwrap();
        assert_eq!(back, sealed());
        back.verify(&key).unwrap();

        let mut altered = back.clone();
        altered.fact.content.operator = "tono".into();
        assert!(matches!(altered.verify(&key), Err(FactError::Hash)));
        let mut plate = back.clone();
        plate.fact.personal.get_mut("plate").unwrap().value = "B1".into();
        assert!(matches!(plate.verify(&key), Err(FactError::Commitment(_))));
        let mut moved = back.clone();
        moved.seq = 2;
        assert!(matches!(moved.verify(&key), Err(FactError::Signature)));
        let mut erased = back;
        erased.fact.personal.clear();
        erased.verify(&key).unwrap();
    }

    #[test]
    fn a_text_is_sealed_as_every_store_and_screen_can_take_it() {
        let key = GateKey::from_seed(&[7; 32]).unwrap();
        let content = sealed().fact.content;
        let origin = Origin {
            site: content.site,
            gate: content.gate,
            terminal: content.terminal,
            operator: "bu\0di".into(),
            shift: None,
            tariff: 0,
            config: 0,
        };
        let at = "2026-11-22T14:04:05+07:00[Asia/Jakarta]".parse().unwrap();
        let stamp = Stamp { at, mono_ms: 1, boot: Uuid::nil(), clock: None };
        let (ticket, class) = ("A1\u{1b}[2J".to_owned(), "x".repeat(3_000_000));
        let event = Event::Entered(Entered {
            ticket,
            class,
            source: "operator".into(),
            tariff: 0,
            paper: None,
            prepaid: None,
        });
        let salt = || "00112233445566778899aabbccddeeff".to_owned();
        let fact = Fact::new(Uuid::nil(), &origin, &stamp, &event, &[("plate", "B\0 1")], salt).unwrap();
        let sealed = fact.seal(&key, Uuid::nil(), 1, Hash::ZERO).unwrap();
        sealed.verify(&key.public()).unwrap();
        let text = serde_json::to_string(&sealed).unwrap();
        assert!(!text.contains("\\u00") && text.len() < 4_000, "{text}");
        assert_eq!(
            (sealed.fact.personal("plate"), sealed.fact.content.operator.as_str()),
            (Some("B  1"), "bu di")
        );
    }
}
