//! The slip of a closed shift: 32 columns of text, the same on paper, on the screen and from the centre. Indonesian, as
//! everything on paper is.

use super::kinds::ShiftClosed;
use super::money::Rupiah;
use super::shift::{CASH, Line};
use jiff::Zoned;

/// Columns of a 58 mm roll.
pub const COLUMNS: usize = 32;

/// What the slip says beside the closing itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftSlip {
    pub site: String,
    pub gate: String,
    /// Who closed it.
    pub closed_by: String,
    pub opened_at: Zoned,
    pub closed_at: Zoned,
    pub closed: ShiftClosed,
    /// The closing's link in the journal's chain, 64 hex digits: whoever has the journal up to here gets the same.
    pub seal: String,
}

fn middle(line: &str) -> String {
    let line: String = line.chars().take(COLUMNS).collect();
    format!("{}{line}", " ".repeat((COLUMNS - line.chars().count()) / 2))
}

fn rule() -> String {
    "-".repeat(COLUMNS)
}

fn field(name: &str, value: &str) -> String {
    format!("{name:<8}: {value}").chars().take(COLUMNS).collect()
}

/// Left and right of one line.
fn pair(left: &str, right: &str) -> String {
    let room = COLUMNS.saturating_sub(right.chars().count());
    let left: String = left.chars().take(room.saturating_sub(1)).collect();
    format!("{left:<room$}{right}")
}

fn amount(what: &str, sum: Rupiah) -> String {
    pair(what, &sum.to_string())
}

/// `Reguler      12       Rp 60.000`
fn line(what: &str, line: Line) -> String {
    let room = 18_usize.saturating_sub(what.chars().count());
    pair(&format!("{what}{:>room$}", line.count), &line.sum.to_string())
}

fn moment(at: &Zoned) -> String {
    at.strftime("%d-%m-%Y %H.%M").to_string()
}

/// A text over as many lines as it takes.
fn wrapped(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(COLUMNS).map(|part| part.iter().collect()).collect()
}

impl ShiftSlip {
    /// Every line at most 32 columns.
    pub fn lines(&self) -> Vec<String> {
        let (c, t) = (&self.closed, &self.closed.totals);
        let mut out = vec![middle(&self.site), middle("LAPORAN SHIFT"), rule()];
        out.push(field("Gerbang", &self.gate));
        out.push(field("Petugas", &c.opened_by));
        if self.closed_by != c.opened_by {
            out.push(field("Ditutup", &self.closed_by));
        }
        out.push(field("Buka", &moment(&self.opened_at)));
        out.push(field("Tutup", &moment(&self.closed_at)));
        out.push(field("Setoran", &c.deposit_number));
        out.push(rule());
        for (what, sum) in [
            ("Reguler", t.regular),
            ("Tiket hilang", t.lost),
            ("Denda", t.fines),
            ("Member", t.members),
            ("Voucher/grts", t.free),
        ] {
            out.push(line(what, sum));
        }
        if t.prepaid.count > 0 {
            out.push(line("Bayar di depan", t.prepaid));
        }
        out.push(amount("PENDAPATAN", t.revenue()));
        for (method, sum) in t.methods.iter().filter(|(method, line)| *method != CASH && line.sum != Rupiah::ZERO)
        {
            out.push(line(&format!("  {method}"), *sum));
        }
        out.push(line("Dibatalkan", t.voids));
        out.push(pair("Kendaraan masuk", &t.entries.to_string()));
        out.push(pair("Palang manual", &t.openings.to_string()));
        out.push(pair("Lewat tanpa tiket", &t.orphans.to_string()));
        out.push(rule());
        if let Some(left) = c.handed {
            out.push(amount("Ditinggalkan", left));
            out.push(amount("SELISIH SERAH", c.float - left));
        }
        out.push(amount("Modal awal", c.float));
        out.push(amount("Tunai diterima", t.methods.get(CASH).map_or(Rupiah::ZERO, |l| l.sum)));
        if t.refunds.count > 0 {
            out.push(line("Denda kembali", t.refunds));
        }
        out.push(amount("Seharusnya", c.expected));
        match (c.counted, c.variance) {
            (Some(counted), Some(variance)) => {
                for pieces in &c.pieces.0 {
                    let what = format!("{:>9} x {}", pieces.value.plain(), pieces.count);
                    out.push(pair(&what, &(pieces.value * i64::from(pieces.count)).plain()));
                }
                out.push(amount("Dihitung", counted));
                out.push(amount("SELISIH", variance));
                if !c.reason.is_empty() {
                    out.extend(wrapped(&format!("Sebab: {}", c.reason)));
                }
                if t.counts > 1 {
                    out.push(format!("Dihitung {} kali", t.counts));
                }
                out.push(amount("SETORAN", c.deposit));
                out.push(amount("Tinggal di laci", c.left));
            }
            _ => out.push("Tidak dihitung (tanpa petugas)".into()),
        }
        if c.waiting > 0 {
            out.push(format!("{} data belum sampai di pusat", c.waiting).chars().take(COLUMNS).collect());
        }
        out.push(rule());
        out.push("Segel jurnal".into());
        out.extend(wrapped(&self.seal));
        out.push(String::new());
        out.push("Petugas        Penerima".into());
        out.extend([String::new(), String::new()]);
        out.push("(............)  (............)".into());
        out
    }
}
