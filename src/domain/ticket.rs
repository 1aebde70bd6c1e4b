//! The short number people can read: gate 2, epoch tag 2, counter 5, check 1, all CODE39-safe.
//!
//! The check character is ISO 7064 MOD 37,36. Counters whose check would be I, L, O or U are never issued, so
//! that the printed number holds none of them; which ones those are can be computed, so a gap stays a gap.
//! The number is for people. It is never a key: two stays may carry one number, and a list is shown then.

use super::ids::{GateId, READABLE};
use uuid::Uuid;

/// Length of a ticket number.
pub const LENGTH: usize = 10;

/// Counters wrap after 32^5 tickets of one gate.
pub const COUNTERS: u32 = 1 << 25;

const ALNUM: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// ISO 7064 MOD 37,36 over upper-case letters and digits; `None` for any other character.
pub(super) fn check_character(body: &str) -> Option<char> {
    let mut p = 36;
    for b in body.bytes() {
        let value = ALNUM.iter().position(|a| *a == b)?;
        let mut s = (p + value) % 36;
        if s == 0 {
            s = 36;
        }
        p = (s * 2) % 37;
    }
    Some(ALNUM[(37 - p) % 36] as char)
}

/// One readable character of a byte.
pub(super) fn readable(b: u8) -> char {
    READABLE[usize::from(b & 31)] as char
}

/// The two characters that tell one life of a journal from another, taken from the epoch's id.
pub fn epoch_tag(epoch: Uuid) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, epoch.as_bytes());
    let bytes = digest.as_ref();
    [readable(bytes[0]), readable(bytes[1])].iter().collect()
}

/// The number of one counter value, or `None` for a counter that is never issued.
pub fn number(gate: &GateId, epoch: Uuid, counter: u32) -> Option<String> {
    let mut text = String::with_capacity(LENGTH);
    text.push_str(gate.as_str());
    text.push_str(&epoch_tag(epoch));
    for shift in [20, 15, 10, 5, 0] {
        text.push(READABLE[((counter >> shift) & 31) as usize] as char);
    }
    let check = check_character(&text)?;
    READABLE.contains(&(check as u8)).then(|| {
        text.push(check);
        text
    })
}

/// The next number from `counter` on, and the counter that follows it.
pub fn next(gate: &GateId, epoch: Uuid, counter: u32) -> (String, u32) {
    let mut counter = counter % COUNTERS;
    loop {
        let following = (counter + 1) % COUNTERS;
        if let Some(text) = number(gate, epoch, counter) {
            return (text, following);
        }
        counter = following;
    }
}

/// A character as numbers have it: upper case, and the four letters that are never printed as what they resemble.
pub fn tidy(c: char) -> char {
    match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        'U' => 'V',
        c => c,
    }
}

/// What a scanner or a cashier gave, as it stands in the books: upper case, no blanks or dashes, the four letters
/// that are never printed read as the digits they resemble. `None` if it is no ticket number or its check is wrong.
pub fn read(typed: &str) -> Option<String> {
    let text: String = typed.chars().filter(|c| !matches!(c, ' ' | '-' | '*')).map(tidy).collect();
    if text.len() != LENGTH || !text.is_ascii() {
        return None;
    }
    let (body, check) = text.split_at(LENGTH - 1);
    (check_character(body)? == check.chars().next()?).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gate() -> GateId {
        GateId::parse("A1").unwrap()
    }

    #[test]
    fn iso_7064_published_example() {
        assert_eq!(check_character("A12425GABC1234002"), Some('M'));
    }

    proptest! {
        #[test]
        fn every_number_reads_back_and_one_wrong_character_never_does(
            counter in 0..COUNTERS, at in 0..LENGTH, other in 0..32_usize, seed in any::<u128>(),
        ) {
            let (text, following) = next(&gate(), Uuid::from_u128(seed), counter);
            prop_assert_eq!(text.len(), LENGTH);
            prop_assert!(text.bytes().all(|b| READABLE.contains(&b)));
            prop_assert_ne!(following, counter);
            prop_assert_eq!(read(&text.to_lowercase()), Some(text.clone()));
            let mut wrong = text.clone().into_bytes();
            wrong[at] = READABLE[other];
            let wrong = String::from_utf8(wrong).unwrap();
            if wrong != text {
                prop_assert_eq!(read(&wrong), None);
            }
        }
    }
}
