//! What stands on paper: the entry ticket and the exit receipt, 32 columns, in Indonesian (the customer's language,
//! whatever the operator's is).

use crate::domain::money::Rupiah;
use crate::domain::tariff::FeeLine;
use jiff::Zoned;
use uuid::Uuid;

/// Columns of a 58 mm roll.
pub const COLUMNS: usize = 32;

/// The ticket of one stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub stay: Uuid,
    pub ticket: String,
    /// The signed text of the QR.
    pub qr: String,
    /// As typed; none at a push-button entry.
    pub plate: Option<String>,
    /// The class's name: `Mobil`.
    pub class: String,
    pub at: Zoned,
    pub gate: String,
}

/// The receipt of one exit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub stay: Uuid,
    /// None where the vehicle left without data.
    pub ticket: Option<String>,
    pub plate: Option<String>,
    pub class: String,
    pub entered_at: Zoned,
    pub left_at: Zoned,
    pub lines: Vec<FeeLine>,
    pub fee: Rupiah,
    /// `tunai`, …
    pub method: String,
    pub tendered: Rupiah,
    pub change: Rupiah,
    pub gate: String,
    pub operator: String,
}

/// One line or mark of a slip, before any printer's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Text(String),
    /// Twice as high and wide, in the middle.
    Large(String),
    Code39(String),
    Qr(String),
}

/// Printable ASCII only: whatever was typed, no byte of it may be a printer's command.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

fn text(line: impl AsRef<str>) -> Mark {
    Mark::Text(plain(line.as_ref()).chars().take(COLUMNS).collect())
}

fn middle(line: &str) -> Mark {
    let line: String = plain(line).chars().take(COLUMNS).collect();
    Mark::Text(format!("{}{line}", " ".repeat((COLUMNS - line.len()) / 2)))
}

fn rule() -> Mark {
    Mark::Text("-".repeat(COLUMNS))
}

fn field(name: &str, value: &str) -> Mark {
    text(format!("{name:<8}: {value}"))
}

fn moment(at: &Zoned) -> String {
    at.strftime("%d-%m-%Y %H.%M.%S").to_string()
}

/// The amount stands at the right border; a text too long for it gets lines of its own.
fn amount(what: &str, sum: Rupiah) -> Vec<Mark> {
    let sum = sum.to_string();
    let what = plain(what);
    if what.len() + 1 + sum.len() <= COLUMNS {
        return vec![Mark::Text(format!("{what}{sum:>width$}", width = COLUMNS - what.len()))];
    }
    let mut marks: Vec<Mark> = wrapped(&what).into_iter().map(Mark::Text).collect();
    marks.push(Mark::Text(format!("{sum:>COLUMNS$}")));
    marks
}

fn wrapped(line: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let word: String = word.chars().take(COLUMNS).collect();
        match lines.last_mut() {
            Some(last) if last.is_empty() => last.push_str(&word),
            Some(last) if last.len() + 1 + word.len() <= COLUMNS => {
                last.push(' ');
                last.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// `2 jam 5 menit`, started minutes counted.
fn duration(from: &Zoned, to: &Zoned) -> String {
    let seconds = (to.timestamp().as_second() - from.timestamp().as_second()).max(0);
    let minutes = (seconds + 59) / 60;
    match (minutes / 60, minutes % 60) {
        (0, m) => format!("{m} menit"),
        (h, m) => format!("{h} jam {m} menit"),
    }
}

pub(super) fn ticket(site: &str, t: &Ticket) -> Vec<Mark> {
    let mut marks = vec![middle(site), middle("TIKET PARKIR"), rule()];
    marks.push(field("Masuk", &moment(&t.at)));
    marks.push(field("Jenis", &t.class));
    if let Some(plate) = &t.plate {
        marks.push(field("Plat", plate));
    }
    marks.push(field("Pintu", &t.gate));
    marks.push(rule());
    marks.push(Mark::Large(plain(&t.ticket).chars().take(COLUMNS / 2).collect()));
    marks.push(Mark::Code39(code39(&t.ticket)));
    marks.push(Mark::Qr(plain(&t.qr)));
    marks.push(middle("Simpan tiket ini dengan baik"));
    marks.push(middle("Terima kasih"));
    marks
}

pub(super) fn receipt(site: &str, r: &Receipt) -> Vec<Mark> {
    let mut marks = vec![middle(site), middle("STRUK PARKIR"), rule()];
    marks.push(field("Tiket", r.ticket.as_deref().unwrap_or("tanpa data")));
    if let Some(plate) = &r.plate {
        marks.push(field("Plat", plate));
    }
    marks.push(field("Jenis", &r.class));
    marks.push(field("Masuk", &moment(&r.entered_at)));
    marks.push(field("Keluar", &moment(&r.left_at)));
    marks.push(field("Lama", &duration(&r.entered_at, &r.left_at)));
    marks.push(rule());
    for line in &r.lines {
        marks.extend(amount(&line.text, line.amount));
    }
    marks.extend(amount("TOTAL", r.fee));
    let mut method = r.method.clone();
    if let Some(first) = method.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    marks.extend(amount(&method, r.tendered));
    marks.extend(amount("Kembali", r.change));
    marks.push(rule());
    marks.push(text(format!("Pintu {}  Petugas {}", r.gate, r.operator)));
    marks.push(middle("Terima kasih"));
    marks
}

/// What CODE39 can hold, at most the ten characters that fit 58 mm.
fn code39(text: &str) -> String {
    let able = |c: &char| c.is_ascii_uppercase() || c.is_ascii_digit() || "-. $/+%".contains(*c);
    text.chars().map(|c| c.to_ascii_uppercase()).filter(able).take(10).collect()
}

/// The slip as a person reads it; marks in words.
pub(super) fn readable(marks: &[Mark]) -> String {
    let mut out = String::new();
    for mark in marks {
        match mark {
            Mark::Text(line) | Mark::Large(line) => out.push_str(line),
            Mark::Code39(text) => out.push_str(&format!("[CODE39 {text}]")),
            Mark::Qr(text) => out.push_str(&format!("[QR {text}]")),
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tariff::LineKind;
    use proptest::prelude::*;

    fn at(time: &str) -> Zoned {
        format!("2026-11-22T{time}+07:00[Asia/Jakarta]").parse().unwrap()
    }

    fn entry(plate: &str) -> Ticket {
        Ticket {
            stay: Uuid::nil(),
            ticket: "A17K0042XR".into(),
            qr: "P1ABC".into(),
            plate: Some(plate.into()),
            class: "Mobil".into(),
            at: at("14:15:02"),
            gate: "A1".into(),
        }
    }

    #[test]
    fn a_ticket_reads_like_this() {
        let expected = "
       Parkir Pasar Baru
          TIKET PARKIR
--------------------------------
Masuk   : 22-11-2026 14.15.02
Jenis   : Mobil
Plat    : B 1234 XYZ
Pintu   : A1
--------------------------------
A17K0042XR
[CODE39 A17K0042XR]
[QR P1ABC]
  Simpan tiket ini dengan baik
          Terima kasih
";
        let seen = readable(&ticket("Parkir Pasar Baru", &entry("B 1234 XYZ")));
        assert_eq!(seen, expected.trim_start_matches('\n'));
    }

    #[test]
    fn a_receipt_reads_like_this() {
        let line = |text: &str, amount| FeeLine {
            kind: LineKind::Next,
            count: 1,
            minutes: 60,
            amount: Rupiah(amount),
            text: text.into(),
        };
        let receipt_ = Receipt {
            stay: Uuid::nil(),
            ticket: Some("A17K0042XR".into()),
            plate: Some("B 1234 XYZ".into()),
            class: "Mobil".into(),
            entered_at: at("12:10:00"),
            left_at: at("14:15:02"),
            lines: vec![line("Jam pertama", 5_000), line("2 x jam berikutnya @ 2.000 setelah", 4_000)],
            fee: Rupiah(9_000),
            method: "tunai".into(),
            tendered: Rupiah(10_000),
            change: Rupiah(1_000),
            gate: "B1".into(),
            operator: "sari".into(),
        };
        let expected = "
          STRUK PARKIR
--------------------------------
Tiket   : A17K0042XR
Plat    : B 1234 XYZ
Jenis   : Mobil
Masuk   : 22-11-2026 12.10.00
Keluar  : 22-11-2026 14.15.02
Lama    : 2 jam 6 menit
--------------------------------
Jam pertama             Rp 5.000
2 x jam berikutnya @ 2.000
setelah
                        Rp 4.000
TOTAL                   Rp 9.000
Tunai                  Rp 10.000
Kembali                 Rp 1.000
--------------------------------
Pintu B1  Petugas sari
          Terima kasih
";
        let seen = readable(&receipt("Pasar", &receipt_));
        assert!(seen.ends_with(expected), "{seen}");
    }

    proptest! {
        #[test]
        fn nothing_typed_becomes_a_printers_command(plate in any::<String>(), number in any::<String>()) {
            let mut t = entry(&plate);
            t.ticket = number.clone();
            t.qr = number;
            for mark in ticket(&plate, &t) {
                if let Mark::Text(line) = &mark {
                    prop_assert!(line.len() <= COLUMNS);
                }
                let (Mark::Text(s) | Mark::Large(s) | Mark::Code39(s) | Mark::Qr(s)) = mark;
                prop_assert!(s.bytes().all(|b| (0x20..0x7F).contains(&b)));
            }
        }
    }
}
