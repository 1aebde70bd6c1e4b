//! HTTP digest authentication, RFC 7616: reading a camera's challenge and answering it, with MD5 or SHA-256, plain or
//! `-sess`, `qop=auth` or none. `auth-int` is not spoken by cameras and is passed over.
//!
//! A challenge is answered again with the next count until the camera calls its nonce stale: one round trip a photo.

use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};
use std::fmt::Write;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    /// Lower-case hex.
    fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 => HEXLOWER.encode(&Md5::digest(text.as_bytes())),
            Self::Sha256 => HEXLOWER.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref()),
        }
    }
}

/// What a server offers in one `WWW-Authenticate` challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    Basic,
    Digest(Challenge),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub algorithm: Algorithm,
    pub session: bool,
    pub realm: String,
    pub nonce: String,
    pub opaque: Option<String>,
    /// `qop=auth`; false: the older form without a count.
    pub qop: bool,
    /// The nonce that was used is too old, and nothing else was wrong.
    pub stale: bool,
    pub userhash: bool,
}

/// Every offer in these header values that can be answered, the strongest first.
pub fn offers<'a>(headers: impl IntoIterator<Item = &'a str>) -> Vec<Offer> {
    let mut found: Vec<Offer> = headers.into_iter().flat_map(schemes).filter_map(offer).collect();
    found.sort_by_key(|offer| match offer {
        Offer::Digest(c) => (0, std::cmp::Reverse(Some(c.algorithm))),
        Offer::Basic => (1, std::cmp::Reverse(None)),
    });
    found
}

type Scheme = (String, Vec<(String, String)>);

/// A header may hold several schemes; commas divide them and their parameters alike.
fn schemes(header: &str) -> Vec<Scheme> {
    let mut found: Vec<Scheme> = Vec::new();
    let mut rest = header.trim_start_matches([' ', ',', '\t']);
    while !rest.is_empty() {
        let end = rest.find([' ', ',', '=', '\t']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let name = name.to_ascii_lowercase();
        if let Some(value) = after.trim_start().strip_prefix('=') {
            let (value, after) = value_of(value.trim_start());
            if let Some((_, parameters)) = found.last_mut() {
                parameters.push((name, value));
            }
            rest = after;
        } else {
            found.push((name, Vec::new()));
            rest = after;
        }
        rest = rest.trim_start_matches([' ', ',', '\t']);
    }
    found
}

/// A token or a quoted text, and what follows it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return (value, &quoted[at + 1..]),
            c => {
                value.push(c);
                escaped = false;
            }
        }
    }
    (value, "")
}

fn offer((scheme, parameters): Scheme) -> Option<Offer> {
    if scheme == "basic" {
        return Some(Offer::Basic);
    }
    let value = |name: &str| parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let is = |name: &str| value(name).is_some_and(|v| v.eq_ignore_ascii_case("true"));
    if scheme != "digest" {
        return None;
    }
    let named = value("algorithm").unwrap_or_else(|| "MD5".to_owned()).to_ascii_uppercase();
    let (algorithm, session) = match named.as_str() {
        "MD5" => (Algorithm::Md5, false),
        "MD5-SESS" => (Algorithm::Md5, true),
        "SHA-256" => (Algorithm::Sha256, false),
        "SHA-256-SESS" => (Algorithm::Sha256, true),
        _ => return None,
    };
    let qop = match value("qop") {
        None => false,
        Some(list) if list.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth")) => true,
        Some(_) => return None,
    };
    Some(Offer::Digest(Challenge {
        algorithm,
        session,
        realm: value("realm").unwrap_or_default(),
        nonce: value("nonce")?,
        opaque: value("opaque"),
        qop,
        stale: is("stale"),
        userhash: is("userhash"),
    }))
}

/// Who answers, and with what.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    pub user: &'a str,
    pub password: &'a str,
}

/// One use of a challenge.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    pub method: &'a str,
    /// Path and query, as in the request line.
    pub uri: &'a str,
    /// Counts from 1 for each nonce.
    pub count: u32,
    pub cnonce: &'a str,
}

/// The `response` field.
pub fn response(challenge: &Challenge, login: Login, used: Use) -> String {
    let hash = |text: &str| challenge.algorithm.hash(text);
    let (nonce, cnonce) = (&challenge.nonce, used.cnonce);
    let mut a1 = hash(&format!("{}:{}:{}", login.user, challenge.realm, login.password));
    if challenge.session {
        a1 = hash(&format!("{a1}:{nonce}:{cnonce}"));
    }
    let a2 = hash(&format!("{}:{}", used.method, used.uri));
    if challenge.qop {
        hash(&format!("{a1}:{nonce}:{:08x}:{cnonce}:auth:{a2}", used.count))
    } else {
        hash(&format!("{a1}:{nonce}:{a2}"))
    }
}

/// The value of the `Authorization` header.
pub fn authorization(challenge: &Challenge, login: Login, used: Use) -> String {
    let user = if challenge.userhash {
        challenge.algorithm.hash(&format!("{}:{}", login.user, challenge.realm))
    } else {
        login.user.to_owned()
    };
    let mut text = format!(
        "Digest username={}, realm={}, nonce={}, uri={}, algorithm={}{}, response=\"{}\"",
        quoted(&user),
        quoted(&challenge.realm),
        quoted(&challenge.nonce),
        quoted(used.uri),
        challenge.algorithm.name(),
        if challenge.session { "-sess" } else { "" },
        response(challenge, login, used),
    );
    // Writing into a text cannot fail.
    if challenge.qop {
        let _ = write!(text, ", qop=auth, nc={:08x}", used.count);
    }
    if challenge.qop || challenge.session {
        let _ = write!(text, ", cnonce={}", quoted(used.cnonce));
    }
    if let Some(opaque) = &challenge.opaque {
        let _ = write!(text, ", opaque={}", quoted(opaque));
    }
    if challenge.userhash {
        text.push_str(", userhash=true");
    }
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The parameters of an `Authorization: Digest` header, for who checks one.
pub fn parameters(authorization: &str) -> Option<Vec<(String, String)>> {
    let (scheme, parameters) = schemes(authorization).into_iter().next()?;
    (scheme == "digest").then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616, 3.9.1.
    const MUFASA: Login<'_> = Login { user: "Mufasa", password: "Circle of Life" };
    const USED: Use<'_> = Use {
        method: "GET",
        uri: "/dir/index.html",
        count: 1,
        cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    };
    const OFFERED: &str = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, \
        nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

    fn challenge(header: &str) -> Challenge {
        match offers([header]).into_iter().next() {
            Some(Offer::Digest(c)) => c,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_examples_of_rfc_7616_come_out_to_the_last_digit() {
        let md5 = challenge(OFFERED);
        assert_eq!(response(&md5, MUFASA, USED), "8ca523f5e9506fed4657c9700eebdbec");
        let sha = challenge(&OFFERED.replace("MD5", "SHA-256"));
        assert_eq!(
            response(&sha, MUFASA, USED),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
        let header = authorization(&md5, MUFASA, USED);
        let sent = parameters(&header).unwrap();
        let value = |name: &str| sent.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        assert_eq!(
            (value("nc"), value("qop"), value("username")),
            (Some("00000001"), Some("auth"), Some("Mufasa"))
        );
        assert_eq!(value("opaque"), Some("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"));
        assert!(header.contains("nc=00000001,"), "the count stands without quotes");
    }

    /// RFC 2069 as amended (its own example has a well-known error): the form without qop.
    #[test]
    fn a_camera_of_the_old_form_is_answered_without_a_count() {
        let old = challenge("Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"");
        let login = Login { user: "Mufasa", password: "CircleOfLife" };
        let header = authorization(&old, login, USED);
        assert!(header.contains("response=\"1949323746fe6a43ef61f9606e7febea\""), "{header}");
        assert!(!header.contains("nc=") && !header.contains("cnonce="));
    }

    #[test]
    fn of_several_offers_the_strongest_is_taken_and_what_is_not_understood_is_passed_over() {
        let both = "Basic realm=\"a, b\", Digest realm=\"x\", nonce=\"1\", algorithm=MD5, qop=\"auth\", \
            Digest realm=\"x\", nonce=\"2\", algorithm=SHA-256, qop=auth, stale=TRUE";
        let found = offers([both]);
        assert_eq!(found.len(), 3);
        assert!(
            matches!(&found[0], Offer::Digest(c) if c.algorithm == Algorithm::Sha256 && c.stale && c.nonce == "2")
        );
        assert!(matches!(&found[1], Offer::Digest(c) if c.algorithm == Algorithm::Md5 && c.qop));
        assert_eq!(found[2], Offer::Basic);
        assert_eq!(
            offers(["Digest realm=\"x\", nonce=\"1\", qop=\"auth-int\"", "Digest realm=\"x\"", "Bearer"]),
            []
        );
        assert_eq!(offers(["", ",,,", "=", "\"", "Digest nonce=\"\\"]).len(), 1);
        let quoted = challenge("Digest realm=\"a \\\"b\\\", c\", nonce=\"n\"");
        assert_eq!(quoted.realm, "a \"b\", c");
        assert!(authorization(&quoted, MUFASA, USED).contains("realm=\"a \\\"b\\\", c\""));
    }
}
