//! What the customer reads: two lines of twenty characters on a pole display. Plain ASCII, which all of them show.

use super::money::Rupiah;
use super::plate;
use serde::{Deserialize, Serialize};

pub const COLUMNS: usize = 20;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    #[default]
    Welcome,
    /// To be paid.
    Total {
        /// Its key; may be empty.
        plate: String,
        total: Rupiah,
    },
    Paid {
        total: Rupiah,
        tendered: Rupiah,
        change: Rupiah,
        /// Cash has change, other ways have none.
        cash: bool,
    },
}

/// What an exit tells a second screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub shown: Shown,
    pub welcome: Vec<String>,
    pub english: bool,
}

/// A word at the left and a figure at the right; the figure is never cut.
fn line(word: &str, figure: &str) -> String {
    let room = COLUMNS.saturating_sub(figure.len() + 1);
    let word: String = word.chars().take(room).collect();
    format!("{word:<room$} {figure}")
}

fn ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(COLUMNS).collect()
}

impl Shown {
    /// Two lines of exactly twenty characters. `welcome` is the site's own, centred.
    pub fn lines(&self, welcome: &[String], english: bool) -> [String; 2] {
        let say =
            |indonesian: &'static str, in_english: &'static str| if english { in_english } else { indonesian };
        let money = |sum: &Rupiah| sum.to_string();
        match self {
            Self::Welcome => {
                let centred = |at: usize| {
                    format!("{:^COLUMNS$}", ascii(welcome.get(at).map(String::as_str).unwrap_or_default()))
                };
                [centred(0), centred(1)]
            }
            Self::Total { plate, total } => {
                let plate = ascii(&plate::spaced(plate));
                [line("TOTAL", &plate), line("", &money(total))]
            }
            Self::Paid { total, cash: false, .. } => {
                [line(say("LUNAS", "PAID"), &money(total)), line(say("Terima kasih", "Thank you"), "")]
            }
            Self::Paid { tendered, change, .. } => {
                [line(say("Tunai", "Cash"), &money(tendered)), line(say("Kembali", "Change"), &money(change))]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_the_customer_reads() {
        let welcome = ["SELAMAT DATANG".to_owned(), "RS Harapan".to_owned()];
        let plate = "B4411KZA".to_owned();
        let (total, tendered, change) = (Rupiah(9_000), Rupiah(10_000), Rupiah(1_000));
        let cases = [
            (Shown::Welcome, false, ["   SELAMAT DATANG   ", "     RS Harapan     "]),
            (
                Shown::Total { plate: plate.clone(), total },
                false,
                ["TOTAL     B 4411 KZA", "            Rp 9.000"],
            ),
            (Shown::Total { plate: String::new(), total }, true, ["TOTAL               ", "            Rp 9.000"]),
            (
                Shown::Paid { total, tendered, change, cash: true },
                false,
                ["Tunai      Rp 10.000", "Kembali     Rp 1.000"],
            ),
            (
                Shown::Paid { total, tendered, change: Rupiah(0), cash: false },
                false,
                ["LUNAS       Rp 9.000", "Terima kasih        "],
            ),
        ];
        for (shown, english, lines) in cases {
            assert_eq!(shown.lines(&welcome, english), lines, "{shown:?}");
        }
    }

    proptest! {
        #[test]
        fn every_line_is_twenty_columns_of_ascii(plate in "[A-Z0-9]{0,16}", sum in 0_i64..99_000_000, welcome in ".{0,40}") {
            let total = Rupiah(sum);
            let welcome = [welcome.clone(), welcome];
            for shown in [Shown::Welcome, Shown::Total { plate, total },
                Shown::Paid { total, tendered: total, change: total, cash: true }] {
                for line in shown.lines(&welcome, true) {
                    prop_assert!(line.is_ascii() && line.len() == COLUMNS && line.bytes().all(|b| b >= b' '), "{line:?}");
                }
            }
        }
    }
}
