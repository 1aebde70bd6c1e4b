//! The QR on a ticket: a stay that proves itself, so that an exit can work which heard nothing at all.
//!
//! ```text
//! version 1 | site tag 2 | key id 2 | class 1 | tariff 2 | stay 16 | plate length 1 + 6 bits a character | sig 64
//! ```
//!
//! in RFC 4648 base-32 without padding: about 150 characters, QR version 6-M in alphanumeric mode. The stay's
//! UUIDv7 holds the entry time (ms). The class is its place in the site's list, which
//! only ever grows at its end.

use super::ids::GateId;
use super::seal::{GateKey, Hash, PublicKey};
use super::vehicle::Class;
use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const VERSION: u8 = 1;
const SIGNATURE: usize = 64;
const HEAD: usize = 25;
const SIGNED: &[u8] = b"parkir.qr.v1\n";

/// What a ticket says of its stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub stay: Uuid,
    /// Place in the site's list of classes.
    pub class: u8,
    pub tariff: u16,
    pub plate: Option<String>,
}

impl Claim {
    /// When it entered, by the stay's id; `None` if the id carries no time.
    pub fn entered_at(&self) -> Option<Timestamp> {
        let (seconds, nanos) = self.stay.get_timestamp()?.to_unix();
        Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
    }
}

/// A gate's public key as every exit holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteKey {
    pub gate: GateId,
    /// Base-64.
    pub key: String,
    /// A revoked gate's tickets are refused from this moment on (by entry time).
    #[serde(default)]
    pub revoked_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    #[error("not a parkir ticket")]
    NotATicket,
    #[error("a ticket of another site")]
    Foreign,
    #[error("signed by nobody this site knows")]
    UnknownKey,
    #[error("altered or forged: the signature does not fit")]
    Signature,
    #[error("signed by a gate whose key was revoked")]
    Revoked,
}

/// The tag by which a ticket names its site.
pub fn site_tag(site: &str) -> [u8; 2] {
    let hash = Hash::of("parkir.site.v1", &[site.as_bytes()]);
    [hash.0[0], hash.0[1]]
}

/// The class's place in the site's list.
pub fn class_place(classes: &[Class], id: &str) -> u8 {
    classes.iter().position(|c| c.id == id).and_then(|i| u8::try_from(i).ok()).unwrap_or(u8::MAX)
}

/// The text of a QR, upper-case base-32.
pub fn write(site: &str, key: &GateKey, claim: &Claim) -> String {
    let mut bytes = Vec::with_capacity(96);
    bytes.push(VERSION);
    bytes.extend(site_tag(site));
    bytes.extend(key.public().id());
    bytes.push(claim.class);
    bytes.extend(claim.tariff.to_be_bytes());
    bytes.extend(claim.stay.as_bytes());
    pack_plate(claim.plate.as_deref().unwrap_or_default(), &mut bytes);
    let signature = key.sign(&[SIGNED, &bytes].concat());
    bytes.extend(signature);
    BASE32_NOPAD.encode(&bytes)
}

/// Whether a scanned text looks like a ticket's QR rather than a number.
pub fn looks_like(text: &str) -> bool {
    text.len() > 100 && BASE32_NOPAD.decode(text.trim().to_ascii_uppercase().as_bytes()).is_ok()
}

/// Reads a QR and says whose it is; the keys are all the site's.
pub fn read<'k>(text: &str, site: &str, keys: &'k [SiteKey]) -> Result<(Claim, &'k GateId), QrError> {
    let text = text.trim().to_ascii_uppercase();
    let bytes = BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| QrError::NotATicket)?;
    if bytes.len() < HEAD + SIGNATURE || bytes[0] != VERSION {
        return Err(QrError::NotATicket);
    }
    if bytes[1..3] != site_tag(site) {
        return Err(QrError::Foreign);
    }
    let (signed, signature) = bytes.split_at(bytes.len() - SIGNATURE);
    let message = [SIGNED, signed].concat();
    let mut known = false;
    for site_key in keys {
        let Ok(key) = PublicKey::from_base64(&site_key.key) else { continue };
        if bytes[3..5] != key.id() {
            continue;
        }
        known = true;
        if key.verifies(&message, signature) {
            let claim = unpack(signed).ok_or(QrError::NotATicket)?;
            let late = |revoked: Timestamp| claim.entered_at().is_none_or(|at| at >= revoked);
            if site_key.revoked_at.is_some_and(late) {
                return Err(QrError::Revoked);
            }
            return Ok((claim, &site_key.gate));
        }
    }
    Err(if known { QrError::Signature } else { QrError::UnknownKey })
}

fn unpack(bytes: &[u8]) -> Option<Claim> {
    let stay = Uuid::from_slice(bytes.get(8..24)?).ok()?;
    let plate = unpack_plate(bytes.get(24..)?)?;
    Some(Claim {
        stay,
        class: bytes[5],
        tariff: u16::from_be_bytes([bytes[6], bytes[7]]),
        plate: (!plate.is_empty()).then_some(plate),
    })
}

/// 0-9 -> 0..10, A-Z -> 10..36, 6 bits each behind a length byte.
fn pack_plate(plate: &str, out: &mut Vec<u8>) {
    let values: Vec<u8> = plate.chars().filter_map(|c| c.to_digit(36)).map(|d| d as u8).take(16).collect();
    out.push(values.len() as u8);
    let (mut buffer, mut bits) = (0_u32, 0);
    for value in values {
        buffer = (buffer << 6) | u32::from(value);
        bits += 6;
        while bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits) as u8);
        }
    }
    if bits > 0 {
        out.push((buffer << (8 - bits)) as u8);
    }
}

fn unpack_plate(bytes: &[u8]) -> Option<String> {
    let (length, packed) = bytes.split_first()?;
    let length = usize::from(*length);
    if length > 16 || packed.len() != (length * 6).div_ceil(8) {
        return None;
    }
    (0..length)
        .map(|i| {
            let bit = i * 6;
            let pair = u16::from_be_bytes([packed[bit / 8], packed.get(bit / 8 + 1).copied().unwrap_or(0)]);
            let value = (pair >> (10 - bit % 8)) & 63;
            char::from_digit(u32::from(value), 36).map(|c| c.to_ascii_uppercase())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(seed: u8) -> GateKey {
        GateKey::from_seed(&[seed; 32]).unwrap()
    }

    fn keys() -> Vec<SiteKey> {
        vec![SiteKey { gate: GateId::parse("A1").unwrap(), key: key(1).public().base64(), revoked_at: None }]
    }

    fn claim(plate: Option<&str>) -> Claim {
        let stay = Uuid::parse_str("0193a1b2-c3d4-7abc-8def-0123456789ab").unwrap();
        Claim { stay, class: 1, tariff: 3, plate: plate.map(str::to_owned) }
    }

    #[test]
    fn a_ticket_fits_version_6_m_and_reads_back() {
        let text = write("S1", &key(1), &claim(Some("B1234XYZ")));
        assert!(text.len() <= 154, "{}", text.len());
        assert!(looks_like(&text) && !looks_like("A17K0042XR"));
        let keys = keys();
        let (back, gate) = read(&text.to_lowercase(), "S1", &keys).unwrap();
        assert_eq!((back.clone(), gate.as_str()), (claim(Some("B1234XYZ")), "A1"));
        assert_eq!(back.entered_at().unwrap().as_millisecond(), 0x0193_a1b2_c3d4);
    }

    #[test]
    fn forged_altered_foreign_and_revoked_each_have_their_own_answer() {
        let text = write("S1", &key(1), &claim(None));
        let mut altered = text.clone().into_bytes();
        altered[20] = if altered[20] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        assert_eq!(read(&altered, "S1", &keys()), Err(QrError::Signature));
        assert_eq!(read(&write("S1", &key(2), &claim(None)), "S1", &keys()), Err(QrError::UnknownKey));
        assert_eq!(read(&write("S2", &key(1), &claim(None)), "S1", &keys()), Err(QrError::Foreign));
        assert_eq!(read("A17K0042XR", "S1", &keys()), Err(QrError::NotATicket));
        let mut revoked = keys();
        revoked[0].revoked_at = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(read(&text, "S1", &revoked), Err(QrError::Revoked));
    }

    proptest! {
        #[test]
        fn every_plate_survives_packing(plate in "[A-Z0-9]{0,16}") {
            let text = write("S1", &key(1), &claim(Some(&plate)));
            let keys = keys();
            let (back, _) = read(&text, "S1", &keys).unwrap();
            prop_assert_eq!(back.plate.unwrap_or_default(), plate);
        }
    }
}
