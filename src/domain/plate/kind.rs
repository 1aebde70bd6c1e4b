//! Whose plate it is, where the text alone tells: state, diplomats, armed forces and police, officials, temporary.
//!
//! Sources: research/domain.md 3.2 (CD/CC numeric, RI, the suffixes RF.; service plates are a number and a Roman
//! numeral). The suffixes ZZ. have taken the place of RF. since 2023. What the text cannot tell (a service plate's
//! branch by its colour) is not guessed.

/// Whose a plate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Letters, digits, letters: anybody's.
    Ordinary,
    /// `RI 1`.
    State,
    /// `CD 12 34`.
    Diplomatic,
    /// `CC 12 34`.
    Consular,
    /// A number and a Roman numeral: armed forces or police, told apart by colour only.
    Service,
    /// Suffix `RFD`, `RFL`, `RFU` and their successors.
    Military,
    /// Suffix `RFP` and its successor.
    Police,
    /// Other `RF.` and `ZZ.`: an official's.
    Official,
    /// Typed with the paper's name, `STCK` or `TCKB`: a vehicle without its own number yet.
    Temporary,
    Unknown,
}

impl Kind {
    /// For the operator; `None` where the region says more.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Ordinary | Self::Unknown => return None,
            Self::State => "Kenegaraan",
            Self::Diplomatic => "Diplomatik",
            Self::Consular => "Konsulat",
            Self::Service => "Dinas TNI/Polri",
            Self::Military => "Dinas TNI",
            Self::Police => "Dinas Polri",
            Self::Official => "Dinas",
            Self::Temporary => "Sementara",
        })
    }
}

/// Of a normalised key.
pub fn kind(key: &str) -> Kind {
    if key.starts_with("STCK") || key.starts_with("TCKB") {
        return Kind::Temporary;
    }
    let digits =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    for (letters, most, kind) in [("CD", 7, Kind::Diplomatic), ("CC", 7, Kind::Consular), ("RI", 3, Kind::State)] {
        if key.strip_prefix(letters).is_some_and(|rest| digits(rest, most)) {
            return kind;
        }
    }
    let number = key.find(|c: char| !c.is_ascii_digit()).unwrap_or(key.len());
    let (front, back) = key.split_at(number);
    if digits(front, 5) && (1..=5).contains(&back.len()) && back.bytes().all(|b| matches!(b, b'I' | b'V' | b'X')) {
        return Kind::Service;
    }
    let Some((_, _, suffix)) = super::parts(key) else { return Kind::Unknown };
    match suffix {
        "RFD" | "RFL" | "RFU" | "ZZD" | "ZZL" | "ZZU" => Kind::Military,
        "RFP" | "ZZP" => Kind::Police,
        _ if suffix.len() == 3 && (suffix.starts_with("RF") || suffix.starts_with("ZZ")) => Kind::Official,
        _ => Kind::Ordinary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plate::normalise;

    #[test]
    fn what_the_text_tells_of_its_owner_is_told_and_nothing_more() {
        for (typed, expected) in [
            ("B 1234 XYZ", Kind::Ordinary),
            ("B 12", Kind::Ordinary),
            ("ri 1", Kind::State),
            ("CD 12 34", Kind::Diplomatic),
            ("CD 124-1234", Kind::Diplomatic),
            ("CC 12 01", Kind::Consular),
            ("1234-XVII", Kind::Service),
            ("5678-V", Kind::Service),
            ("B 1700 RFD", Kind::Military),
            ("B 1701 RFP", Kind::Police),
            ("B 1702 ZZP", Kind::Police),
            ("B 1703 RFS", Kind::Official),
            ("B 1704 RF", Kind::Ordinary),
            ("STCK 123", Kind::Temporary),
            ("1234", Kind::Unknown),
            ("CDX12", Kind::Unknown),
            ("12345678V", Kind::Unknown),
            ("", Kind::Unknown),
        ] {
            assert_eq!(kind(&normalise(typed)), expected, "{typed}");
        }
    }
}
