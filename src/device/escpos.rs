//! A slip in ESC/POS, the language of receipt printers. Only what the cheap ones also know.

use super::slip::{Mark, NARROW};

const ESC: u8 = 0x1B;
const GS: u8 = 0x1D;

/// `GS r 1`: the printer answers with its paper sensor once everything before it has been processed.
pub const ASK_PAPER: [u8; 3] = [GS, b'r', 1];

/// `DLE EOT 1`, `2` and `4`: the printer, why it is offline, its paper. Answered at once, ahead of what is being printed.
pub const ASK_STATUS: [u8; 9] = [0x10, 4, 1, 0x10, 4, 2, 0x10, 4, 4];

/// The whole page: reset, lines, feed, cut.
pub fn page(marks: &[Mark], columns: usize) -> Vec<u8> {
    let mut out = vec![ESC, b'@'];
    for mark in marks {
        match mark {
            Mark::Text(line) => {
                out.extend(line.bytes());
                out.push(b'\n');
            }
            Mark::Large(line) => {
                out.extend([ESC, b'a', 1, GS, b'!', 0x11]);
                out.extend(line.bytes());
                out.extend([b'\n', GS, b'!', 0, ESC, b'a', 0]);
            }
            Mark::Code39(text) if text.is_empty() => {}
            Mark::Code39(text) => {
                // Height 80 dots, module 2: what scanned on the sites. The number stands above already.
                out.extend([ESC, b'a', 1, GS, b'H', 0, GS, b'h', 80, GS, b'w', 2, GS, b'k', 4]);
                out.extend(text.bytes());
                out.extend([0, b'\n', ESC, b'a', 0]);
            }
            Mark::Qr(text) if text.is_empty() => {}
            Mark::Qr(text) => qr(&mut out, text, if columns > NARROW { 6 } else { 5 }),
        }
    }
    // Feed to the knife and cut, leaving a corner.
    out.extend([b'\n', b'\n', GS, b'V', 66, 0]);
    out
}

/// Model 2, error correction M. A version 6 symbol is 26 mm wide with modules of 5 dots, and 31 mm with 6.
fn qr(out: &mut Vec<u8>, text: &str, module: u8) {
    let mut command = |function: u8, rest: &[u8]| {
        let length = u16::try_from(rest.len() + 2).unwrap_or(u16::MAX).to_le_bytes();
        out.extend([GS, b'(', b'k', length[0], length[1], b'1', function]);
        out.extend(rest);
    };
    command(65, &[50, 0]);
    command(67, &[module]);
    command(69, &[49]);
    let stored: Vec<u8> = std::iter::once(48).chain(text.bytes().take(500)).collect();
    command(80, &stored);
    out.extend([ESC, b'a', 1]);
    out.extend([GS, b'(', b'k', 3, 0, b'1', 81, 48]);
    out.extend([b'\n', ESC, b'a', 0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(page: &[u8], part: &[u8]) -> bool {
        page.windows(part.len()).any(|w| w == part)
    }

    #[test]
    fn a_page_resets_first_cuts_last_and_carries_both_codes() {
        let page = page(&[Mark::Text("halo".into()), Mark::Code39("A1-7".into()), Mark::Qr("P1".into())], 32);
        assert!(page.starts_with(b"\x1B@halo\n"));
        assert!(page.ends_with(b"\x1DVB\0"));
        assert!(has(&page, b"\x1Dk\x04A1-7\0"));
        // Length counts cn, fn and m with the two letters.
        assert!(has(&page, b"\x1D(k\x05\x001P0P1"));
        assert!(has(&page, b"\x1D(k\x03\x001Q0"));
    }
}
