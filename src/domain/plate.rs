//! Number plates: a normalised key to search by, the text as typed beside it, warnings but never a refusal.
//!
//! Source: research/domain.md 3.2 (NRKB: 1-2 letters, 1-4 digits, 1-3 letters; CD/CC and RI differ).

mod kind;
mod regions;

pub use kind::{Kind, kind};
use regions::REGIONS;

/// What makes a plate unusual. A cashier is asked once and may always go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Not letters-digits-letters.
    Shape,
    /// A shape like a plate's, but no region has these first letters.
    Region,
    /// Over 12 characters.
    Long,
}

/// The key two spellings of one plate share: `b 1234-xyz` and `B1234XYZ`. At most 16 characters.
pub fn normalise(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).take(16).collect()
}

/// The three parts of an ordinary plate key: letters, digits, letters.
fn parts(key: &str) -> Option<(&str, &str, &str)> {
    let digits = key.find(|c: char| c.is_ascii_digit())?;
    let (letters, rest) = key.split_at(digits);
    let tail = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, suffix) = rest.split_at(tail);
    let shaped = (1..=2).contains(&letters.len())
        && (1..=4).contains(&digits.len())
        && suffix.len() <= 3
        && suffix.bytes().all(|b| b.is_ascii_uppercase());
    shaped.then_some((letters, digits, suffix))
}

/// How people read a key: `B1234XYZ` -> `B 1234 XYZ`; other shapes stay as they are.
pub fn spaced(key: &str) -> String {
    match parts(key) {
        Some((a, b, "")) => format!("{a} {b}"),
        Some((a, b, c)) => format!("{a} {b} {c}"),
        None => key.to_owned(),
    }
}

/// Whose plate it is where that is not an ordinary owner, else where it comes from: a hint beside a typed plate.
pub fn hint(key: &str) -> Option<&'static str> {
    kind(key).name().or_else(|| region(key))
}

/// Where a plate comes from, by its first letters.
pub fn region(key: &str) -> Option<&'static str> {
    let (letters, ..) = parts(key)?;
    REGIONS.iter().find(|(code, _)| *code == letters).map(|(_, name)| *name)
}

/// Why a cashier should look twice, if at all.
pub fn oddity(key: &str) -> Option<Oddity> {
    if key.len() > 12 {
        Some(Oddity::Long)
    } else if !matches!(kind(key), Kind::Ordinary | Kind::Unknown) {
        None
    } else if parts(key).is_none() {
        Some(Oddity::Shape)
    } else if region(key).is_none() {
        Some(Oddity::Region)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_plate_share_a_key() {
        for typed in ["b 1234 xyz", "B-1234.XYZ", " B1234XYZ "] {
            assert_eq!(normalise(typed), "B1234XYZ");
        }
        assert_eq!(spaced("B1234XYZ"), "B 1234 XYZ");
        assert_eq!(spaced("RI1"), "RI 1");
        assert_eq!(spaced("XXXX"), "XXXX");
    }

    #[test]
    fn an_unusual_plate_warns_and_says_why() {
        for (key, odd) in [
            ("B1234XYZ", None),
            ("AB2210UF", None),
            ("RI1", None),
            ("CD12456", None),
            ("1234V", None),
            ("1234", Some(Oddity::Shape)),
            ("ABC123", Some(Oddity::Shape)),
            ("X1234AB", Some(Oddity::Region)),
            ("B12345678901234", Some(Oddity::Long)),
        ] {
            assert_eq!(oddity(key), odd, "{key}");
        }
        assert_eq!(region("AB2210UF"), Some("Yogyakarta"));
        assert_eq!(hint("AB2210UF"), Some("Yogyakarta"));
        assert_eq!(hint("CD12456"), Some("Diplomatik"));
        assert_eq!(hint("X1234AB"), None);
    }

    #[test]
    fn every_prefix_of_the_list_has_a_region() {
        let known = "A AA AB AD AE AG B BA BB BD BE BG BH BK BL BM BN BP D DA DB DC DD DE DG DH DK DL DM DN DP DR DS \
            DT DW E EA EB ED F G H K KB KH KT KU L M N P PA PB PG PS PT PY R RI S T W Z CC CD";
        for prefix in known.split_whitespace() {
            assert!(region(&format!("{prefix}12")).is_some(), "{prefix}");
        }
        let codes: std::collections::BTreeSet<_> = REGIONS.iter().map(|(code, _)| code).collect();
        assert_eq!(
            codes.len(),
            known.split_whitespace().count(),
            "no region twice, and none the list does not have"
        );
    }
}
