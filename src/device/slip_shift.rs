//! The slip of a closed shift on paper: its lines as they are, with nothing in them that a printer could take for a
//! command.

use super::slip::Mark;
use crate::domain::shift_slip::ShiftSlip;

pub(super) fn shift(slip: &ShiftSlip) -> Vec<Mark> {
    slip.lines().iter().map(|line| Mark::Text(plain(line))).collect()
}

fn plain(line: &str) -> String {
    line.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_typed_becomes_a_printers_command() {
        assert_eq!(plain("Sebab: \u{1b}@é ok"), "Sebab: ?@? ok");
    }
}
