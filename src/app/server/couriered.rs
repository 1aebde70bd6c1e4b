//! Facts another gate carried in: PostgreSQL cannot check an Ed25519 signature, so the server does, and nothing of
//! them is applied before.

use crate::central::{Central, CentralError, Held, HeldKey};
use crate::domain::fact::{FactError, Sealed};
use crate::domain::qr::SiteKey;
use crate::domain::seal::PublicKey;
use crate::domain::settings::Settings;
use serde_json::Value;
use std::time::Duration;

/// What the check of some envelopes came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub accepted: Vec<HeldKey>,
    /// With the reason, as it will stand in `karantina`.
    pub rejected: Vec<(HeldKey, String)>,
}

/// Checks and settles what waits, until nothing more moves. Gives how many were settled.
pub async fn settle(central: &Central, limit: Duration) -> Result<u64, CentralError> {
    let mut settled = 0;
    loop {
        let held = central.held(limit).await?;
        if held.is_empty() {
            return Ok(settled);
        }
        // The keys as of now: a gate just added must not be turned away.
        let settings = central.settings(limit).await?;
        let judged = judge(&held, &settings);
        let some = judged.accepted.len() + judged.rejected.len();
        if some == 0 {
            return Ok(settled);
        }
        for (key, reason) in &judged.rejected {
            tracing::warn!(target: "hub", gate = %key.gate, fact = %key.fact, reason, "titipan ditolak");
        }
        central.settle(&judged.accepted, &judged.rejected, limit).await?;
        tracing::info!(
            target: "hub", accepted = judged.accepted.len(), rejected = judged.rejected.len(), "titipan diperiksa"
        );
        settled += some as u64;
        if held.len() < 500 {
            return Ok(settled);
        }
    }
}

/// Whose these envelopes are. Every one of them is judged: what stays would be the next page too, for ever.
pub fn judge(held: &[Held], settings: &Settings) -> Judged {
    let mut judged = Judged::default();
    for Held { key, envelope } in held {
        match verify(key, envelope, settings) {
            Ok(()) => judged.accepted.push(key.clone()),
            Err(reason) => judged.rejected.push((key.clone(), reason)),
        }
    }
    judged
}

fn verify(key: &HeldKey, envelope: &str, settings: &Settings) -> Result<(), String> {
    // By way of a value: of a name that stands twice the last one counts, as it does in PostgreSQL.
    let value: Value = serde_json::from_str(envelope).map_err(|e| format!("envelope: {e}"))?;
    let sealed: Sealed = serde_json::from_value(value).map_err(|e| format!("envelope: {e}"))?;
    let content = &sealed.fact.content;
    if (content.gate.as_str(), content.id, sealed.hash.hex()) != (&*key.gate, key.fact, key.hash.clone()) {
        return Err("the envelope is not the fact it waits as".into());
    }
    // Sold before it was ever enrolled, a terminal did not know its site; its signature still has to be one of ours.
    if !content.site.is_empty() && content.site != settings.site {
        return Err(format!("site {} is not this one", content.site));
    }
    let mut verdict = Err(format!("gate {} has no key here", content.gate));
    for key in settings.keys.iter().filter(|key| key.gate == content.gate) {
        match verify_with(&sealed, key) {
            Ok(()) => return Ok(()),
            Err(reason) => verdict = Err(reason),
        }
    }
    verdict
}

fn verify_with(sealed: &Sealed, key: &SiteKey) -> Result<(), String> {
    let public = PublicKey::from_base64(&key.key).map_err(|e| e.to_string())?;
    sealed.verify(&public).map_err(|e: FactError| e.to_string())?;
    let at = sealed.fact.at().map_err(|e| e.to_string())?;
    if key.revoked_at.is_some_and(|revoked| at >= revoked) {
        return Err("signed after its key was revoked".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::{Fact, Origin, Stamp};
    use crate::domain::ids::GateId;
    use crate::domain::kinds::{Entered, Event};
    use crate::domain::seal::{GateKey, Hash};
    use uuid::Uuid;

    fn sealed(site: &str, gate: &str, seed: u8) -> Sealed {
        let origin = Origin {
            site: site.into(),
            gate: GateId::parse(gate).unwrap(),
            terminal: "pc".into(),
            operator: "budi".into(),
            shift: None,
            tariff: 0,
            config: 0,
        };
        let at = "2026-11-22T14:04:05+07:00[Asia/Jakarta]".parse().unwrap();
        let stamp = Stamp { at, mono_ms: 1, boot: Uuid::from_u128(5), clock: None };
        let (ticket, class, source) = ("A17K0042XR".into(), "mobil".into(), "operator".into());
        let event = Event::Entered(Entered { ticket, class, source, tariff: 0, paper: None, prepaid: None });
        let salt = || "00112233445566778899aabbccddeeff".to_owned();
        let fact = Fact::new(Uuid::from_u128(1), &origin, &stamp, &event, &[("plate", "B1")], salt).unwrap();
        fact.seal(&GateKey::from_seed(&[seed; 32]).unwrap(), Uuid::from_u128(2), 1, Hash::ZERO).unwrap()
    }

    fn settings(revoked: Option<&str>) -> Settings {
        let key = |gate: &str, seed: u8| SiteKey {
            gate: GateId::parse(gate).unwrap(),
            key: GateKey::from_seed(&[seed; 32]).unwrap().public().base64(),
            revoked_at: revoked.map(|at| at.parse().unwrap()),
        };
        Settings { site: "S1".into(), keys: vec![key("A1", 1), key("B1", 2)], ..Settings::default() }
    }

    fn held(envelope: &str, hash: &str) -> Held {
        let key = HeldKey { gate: "A1".into(), fact: Uuid::from_u128(1), hash: hash.into() };
        Held { key, envelope: envelope.into() }
    }

    fn verdict(sealed: &Sealed, settings: &Settings) -> Result<(), String> {
        let judged = judge(&[held(&serde_json::to_string(sealed).unwrap(), &sealed.hash.hex())], settings);
        match (judged.accepted.as_slice(), judged.rejected.as_slice()) {
            ([key], []) => {
                assert_eq!((key.gate.as_str(), key.hash.clone()), ("A1", sealed.hash.hex()));
                Ok(())
            }
            ([], [(_, reason)]) => Err(reason.clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_the_gates_own_signature_passes() {
        let site = settings(None);
        assert_eq!(verdict(&sealed("S1", "A1", 1), &site), Ok(()));
        assert!(verdict(&sealed("S1", "A1", 2), &site).is_err(), "signed by another gate");
        assert!(verdict(&sealed("S2", "A1", 1), &site).is_err(), "another site");
        assert_eq!(verdict(&sealed("", "A1", 1), &site), Ok(()), "before it knew its site");
        assert!(verdict(&sealed("", "A1", 2), &site).is_err(), "signed by another gate, without a site");
        assert!(verdict(&sealed("", "C1", 1), &site).is_err(), "no such gate, without a site");
        assert!(verdict(&sealed("S1", "C1", 1), &site).is_err(), "no such gate");
        let mut altered = sealed("S1", "A1", 1);
        altered.fact.content.operator = "tono".into();
        assert!(verdict(&altered, &site).is_err());
    }

    #[test]
    fn a_revoked_key_vouches_for_what_came_before() {
        assert_eq!(verdict(&sealed("S1", "A1", 1), &settings(Some("2026-11-23T00:00:00Z"))), Ok(()));
        assert!(verdict(&sealed("S1", "A1", 1), &settings(Some("2026-11-22T00:00:00Z"))).is_err());
    }

    #[test]
    fn what_cannot_be_read_leaves_the_page_all_the_same() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        let id = Uuid::from_u128(1);
        for envelope in ["{", "{}", &deep, &format!("{{\"id\":\"{id}\",\"gate\":\"A1\"}}")] {
            let judged = judge(&[held(envelope, &"0".repeat(64))], &settings(None));
            assert_eq!((judged.accepted.len(), judged.rejected.len()), (0, 1), "{envelope}");
        }
        let mut other = held(&serde_json::to_string(&sealed("S1", "A1", 1)).unwrap(), &"0".repeat(64));
        assert_eq!(judge(std::slice::from_ref(&other), &settings(None)).rejected.len(), 1, "under another hash");
        other.key.hash = sealed("S1", "A1", 1).hash.hex();
        assert_eq!(judge(&[other], &settings(None)).accepted.len(), 1);
    }
}
