//! `[printer]`: which printer hangs on this gate, and what the site wants on its slips.

use super::lane::Parity;
use super::words;
use crate::domain::disclaimer;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Printer {
    pub kind: PrinterKind,
    /// For file and serial: the device. For file also a plain file that ESC/POS bytes are appended to.
    pub path: Option<PathBuf>,
    /// For tcp: `address:port`, usually port 9100.
    #[serde(deserialize_with = "words::address")]
    pub address: Option<String>,
    /// For serial: bits a second.
    #[serde(deserialize_with = "words::baud")]
    pub baud: u32,
    pub parity: Parity,
    /// 5 to 8.
    #[serde(deserialize_with = "words::data_bits")]
    pub data_bits: u8,
    /// 1 or 2.
    #[serde(deserialize_with = "words::stop_bits")]
    pub stop_bits: u8,
    /// Characters on a line: 32 for 58 mm paper, 42 or 48 for 80 mm.
    #[serde(deserialize_with = "words::columns")]
    pub columns: u8,
    /// Below the site's name on every slip.
    pub header: Vec<String>,
    /// At the end of every slip, in place of the usual words.
    pub footer: Option<Vec<String>>,
    /// Nomor Pokok Wajib Pajak Daerah, for `{npwpd}`.
    pub npwpd: String,
    /// The series the tax office authorised, for `{serial}`.
    pub serial: String,
    pub ticket: Slip,
    pub receipt: Slip,
}

/// What the site adds to one kind of slip.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Slip {
    /// Behind the slip's own fields; without it NPWPD and series, where there are any.
    pub lines: Option<Vec<String>>,
    /// In place of `[printer] footer`.
    pub footer: Option<Vec<String>>,
}

impl Default for Printer {
    fn default() -> Self {
        Self {
            kind: PrinterKind::None,
            path: None,
            address: None,
            baud: 9600,
            parity: Parity::None,
            data_bits: 8,
            stop_bits: 1,
            columns: 32,
            header: Vec::new(),
            footer: None,
            npwpd: String::new(),
            serial: String::new(),
            ticket: Slip::default(),
            receipt: Slip::default(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrinterKind {
    #[default]
    None,
    Sim,
    File,
    Tcp,
    Serial,
}

impl Printer {
    pub(super) fn missing(&self) -> Option<(&'static str, String)> {
        match self.kind {
            PrinterKind::File if self.path.is_none() => {
                Some(("kind", "printer \"file\" memerlukan path, misalnya \"/dev/usb/lp0\"".into()))
            }
            PrinterKind::Serial if self.path.is_none() => {
                Some(("kind", "printer \"serial\" memerlukan path, misalnya \"/dev/ttyUSB0\"".into()))
            }
            PrinterKind::Tcp if self.address.is_none() => {
                Some(("kind", "printer \"tcp\" memerlukan address, misalnya \"10.0.0.8:9100\"".into()))
            }
            _ => None,
        }
    }

    /// Why the site's own words may not be printed: a liability disclaimer, in whatever lines it is spread over. `None`
    /// if they may. A terminal sells on all the same, with the usual words; `parkir printer check` and Periksa refuse.
    pub fn forbidden(&self) -> Option<String> {
        // Header, lines and footer in the order in which they are read, and everything else behind them.
        let read = |slip: &Slip| {
            let footer = slip.footer.as_ref().or(self.footer.as_ref());
            let lines = self.header.iter().chain(slip.lines.iter().flatten()).chain(footer.into_iter().flatten());
            let rest = self.footer.iter().flatten().chain([&self.npwpd, &self.serial]);
            lines.chain(rest).map(String::as_str).collect::<Vec<_>>().join("\n")
        };
        let texts = [read(&self.ticket), read(&self.receipt)];
        let phrase = texts.iter().find_map(|text| disclaimer::find(text))?;
        Some(format!(
            "[printer] memuat kalimat pengalihan tanggung jawab (\"{phrase}\"): dilarang UU 8/1999 Perlindungan Konsumen \
             pasal 18 ayat (1) huruf a dan batal demi hukum (ayat (3)), diancam pidana 5 tahun atau denda Rp 2 miliar \
             (pasal 62); hapus kalimat itu"
        ))
    }
}
