//! SCRAM-SHA-256 verifiers made here, so that a password never stands in a statement or in the server's log.

use data_encoding::BASE64;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};
use std::num::NonZeroU32;

/// 4096, what PostgreSQL itself uses.
const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4095);

/// What `ALTER ROLE … PASSWORD` takes instead of the password (RFC 5803, as PostgreSQL stores it). `password` must
/// be ASCII, as all generated ones are: other text would need SASLprep. `None` without randomness or for non-ASCII.
pub fn verifier(password: &str) -> Option<String> {
    let mut salt = [0; 16];
    SystemRandom::new().fill(&mut salt).ok()?;
    password.is_ascii().then(|| with_salt(password, &salt))
}

/// Whether a password is the one a stored verifier was made from.
pub fn proves(password: &str, stored: &str) -> bool {
    let salt = stored
        .strip_prefix(&format!("SCRAM-SHA-256${ITERATIONS}:"))
        .and_then(|rest| rest.split_once('$'))
        .and_then(|(salt, _)| BASE64.decode(salt.as_bytes()).ok());
    salt.is_some_and(|salt| with_salt(password, &salt) == stored)
}

fn with_salt(password: &str, salt: &[u8]) -> String {
    let mut salted = [0; digest::SHA256_OUTPUT_LEN];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, salt, password.as_bytes(), &mut salted);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &salted);
    let client = hmac::sign(&key, b"Client Key");
    let stored = digest::digest(&digest::SHA256, client.as_ref());
    let server = hmac::sign(&key, b"Server Key");
    format!(
        "SCRAM-SHA-256${ITERATIONS}:{}${}:{}",
        BASE64.encode(salt),
        BASE64.encode(stored.as_ref()),
        BASE64.encode(server.as_ref())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_has_the_shape_postgresql_stores_and_never_holds_the_password() {
        let text = verifier("rahasia-sekali").unwrap();
        assert!(text.starts_with("SCRAM-SHA-256$4096:") && text.matches('$').count() == 2);
        assert!(!text.contains("rahasia"));
        assert_ne!(text, verifier("rahasia-sekali").unwrap());
        assert_eq!(verifier("sandi-é"), None);
        assert!(proves("rahasia-sekali", &text) && !proves("rahasia", &text) && !proves("x", "md5abc"));
    }
}
