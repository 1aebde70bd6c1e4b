//! What stands on paper: the entry ticket and the exit receipt, in Indonesian (the customer's language, whatever the
//! operator's is), as wide as the roll. The site may add lines of its own (`Layout`); what a slip must say it always says.

mod claim;
mod trial;

pub use claim::Claim;
pub(super) use trial::trial;

use crate::domain::money::Rupiah;
use crate::domain::tariff::{FeeLine, TaxSplit};
use jiff::Zoned;
use uuid::Uuid;

/// Characters on a line of a 58 mm roll.
pub const NARROW: usize = 32;

/// Words a template's line may hold, in braces. A line whose word has no value is left out.
pub const PLACEHOLDERS: &[&str] = &["plate", "class", "ticket", "gate", "time", "site", "npwpd", "serial"];

/// How the site wants its slips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Characters on a line: 32 on 58 mm, 42 or 48 on 80 mm.
    pub columns: usize,
    pub site: String,
    /// Below the site's name, in the middle.
    pub header: Vec<String>,
    /// Number and series the tax office gave, for `{npwpd}` and `{serial}`; empty where there are none.
    pub npwpd: String,
    pub serial: String,
    pub ticket: Template,
    pub receipt: Template,
}

/// What the site adds to one kind of slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Behind the slip's own fields.
    pub lines: Vec<String>,
    /// At its end, in the middle.
    pub footer: Vec<String>,
}

impl Layout {
    pub fn new(columns: usize, site: impl Into<String>) -> Self {
        Self {
            columns,
            site: site.into(),
            header: Vec::new(),
            npwpd: String::new(),
            serial: String::new(),
            ticket: Template::of_ticket(),
            receipt: Template::of_receipt(),
        }
    }
}

impl Template {
    fn new(footer: &[&str]) -> Self {
        let lines = ["NPWPD   : {npwpd}", "No seri : {serial}"];
        Self {
            lines: lines.map(str::to_owned).to_vec(),
            footer: footer.iter().map(|&line| line.to_owned()).collect(),
        }
    }

    pub fn of_ticket() -> Self {
        Self::new(&["Simpan tiket ini dengan baik", "Terima kasih"])
    }

    pub fn of_receipt() -> Self {
        Self::new(&["Terima kasih"])
    }
}

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
    /// 1 for the first; every further one is marked as a reprint.
    pub copy: u32,
    pub prepaid: Option<Rupiah>,
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
    /// In the fee, where the tariff says so.
    pub tax: Option<TaxSplit>,
    /// `tunai`, …
    pub method: String,
    pub tendered: Rupiah,
    pub change: Rupiah,
    pub gate: String,
    pub operator: String,
    /// 1 for the first; every further one is marked as a reprint.
    pub copy: u32,
    /// A lost ticket was fined.
    pub claim: Option<Claim>,
    /// What was paid on the way in, all of it.
    pub prepaid: Option<Rupiah>,
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

/// Printable ASCII only: whatever was typed, no byte of it may be a printer's command. What writers like to put in place
/// of plain letters becomes plain again.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='~' => out.push(c),
            '\u{a0}' | '\t' => out.push(' '),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
            '\u{2018}' | '\u{2019}' => out.push('\''),
            '\u{201c}' | '\u{201d}' => out.push('"'),
            '\u{2026}' => out.push_str("..."),
            '\u{d7}' => out.push('x'),
            'à'..='å' => out.push('a'),
            'è'..='ë' => out.push('e'),
            'ì'..='ï' => out.push('i'),
            'ò'..='ö' => out.push('o'),
            'ù'..='ü' => out.push('u'),
            _ => out.push('?'),
        }
    }
    out
}

fn moment(at: &Zoned) -> String {
    at.strftime("%d-%m-%Y %H.%M.%S").to_string()
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

/// A slip on its way down the roll.
struct Sheet<'a> {
    layout: &'a Layout,
    marks: Vec<Mark>,
}

impl<'a> Sheet<'a> {
    fn new(layout: &'a Layout, title: &str, copy: u32) -> Self {
        let mut sheet = Self { layout, marks: Vec::new() };
        sheet.middle(&layout.site);
        for line in &layout.header {
            sheet.middle(line);
        }
        sheet.middle(title);
        if copy > 1 {
            sheet.marks.push(Mark::Large(format!("CETAK ULANG {}", copy - 1)));
        }
        sheet.rule();
        sheet
    }

    fn columns(&self) -> usize {
        self.layout.columns
    }

    /// In lines as long as the roll is wide, broken at blanks where there are any.
    fn text(&mut self, line: &str) {
        let lines = wrapped(&plain(line), self.columns());
        self.marks.extend(lines.into_iter().map(Mark::Text));
    }

    fn middle(&mut self, line: &str) {
        for line in wrapped(plain(line).trim(), self.columns()) {
            let left = (self.columns() - line.len()) / 2;
            self.marks.push(Mark::Text(format!("{}{line}", " ".repeat(left))));
        }
    }

    fn rule(&mut self) {
        self.marks.push(Mark::Text("-".repeat(self.columns())));
    }

    fn field(&mut self, name: &str, value: &str) {
        let line = plain(&format!("{name:<8}: {value}"));
        self.marks.push(Mark::Text(line.chars().take(self.columns()).collect()));
    }

    /// The amount stands at the right border; a text too long for it gets lines of its own.
    fn amount(&mut self, what: &str, sum: Rupiah) {
        let (sum, what, columns) = (sum.to_string(), plain(what), self.columns());
        if what.len() + 1 + sum.len() <= columns {
            self.marks.push(Mark::Text(format!("{what}{sum:>width$}", width = columns - what.len())));
            return;
        }
        self.text(&what);
        self.marks.push(Mark::Text(format!("{sum:>columns$}")));
    }

    /// The site's own lines, filled in.
    fn own(&mut self, lines: &[String], words: &[(&str, &str)]) {
        for line in lines {
            if let Some(line) = filled(line, words) {
                self.text(&line);
            }
        }
    }

    fn end(mut self, template: &Template, words: &[(&str, &str)]) -> Vec<Mark> {
        for line in &template.footer {
            if let Some(line) = filled(line, words) {
                self.middle(&line);
            }
        }
        self.marks
    }
}

/// A template's line with its words' values; `None` where one of them has none.
fn filled(line: &str, words: &[(&str, &str)]) -> Option<String> {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let known = behind.split_once('}').and_then(|(name, behind)| {
            let (_, value) = words.iter().find(|(word, _)| *word == name)?;
            Some((*value, behind))
        });
        match known {
            Some(("", _)) => return None,
            Some((value, behind)) => {
                out.push_str(value);
                rest = behind;
            }
            None => {
                out.push('{');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    Some(out)
}

/// Words in braces that no slip knows.
pub fn unknown_placeholders(line: &str) -> Vec<String> {
    let names = line.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
    names.filter(|name| !PLACEHOLDERS.contains(name)).map(str::to_owned).collect()
}

/// `line` is ASCII. Words longer than a line are cut into pieces.
fn wrapped(line: &str, columns: usize) -> Vec<String> {
    if line.len() <= columns {
        return vec![line.to_owned()];
    }
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let mut word = word;
        if let Some(last) = lines.last_mut()
            && (last.is_empty() || last.len() + 1 + word.len() <= columns)
            && word.len() <= columns
        {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
            continue;
        }
        while let Some((piece, rest)) = word.split_at_checked(columns).filter(|(_, rest)| !rest.is_empty()) {
            lines.push(piece.to_owned());
            word = rest;
        }
        lines.push(word.to_owned());
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn words<'a>(
    layout: &'a Layout,
    ticket: &'a str,
    plate: Option<&'a str>,
    class: &'a str,
    gate: &'a str,
    time: &'a str,
) -> [(&'static str, &'a str); 8] {
    [
        ("ticket", ticket),
        ("plate", plate.unwrap_or_default()),
        ("class", class),
        ("gate", gate),
        ("time", time),
        ("site", &layout.site),
        ("npwpd", &layout.npwpd),
        ("serial", &layout.serial),
    ]
}

pub(super) fn ticket(layout: &Layout, t: &Ticket) -> Vec<Mark> {
    let time = moment(&t.at);
    let words = words(layout, &t.ticket, t.plate.as_deref(), &t.class, &t.gate, &time);
    let mut sheet = Sheet::new(layout, "TIKET PARKIR", t.copy);
    sheet.field("Masuk", &time);
    sheet.field("Jenis", &t.class);
    if let Some(plate) = &t.plate {
        sheet.field("Plat", plate);
    }
    sheet.field("Pintu", &t.gate);
    sheet.own(&layout.ticket.lines, &words);
    sheet.rule();
    sheet.marks.push(Mark::Large(plain(&t.ticket).chars().take(layout.columns / 2).collect()));
    sheet.marks.push(Mark::Code39(code39(&t.ticket)));
    sheet.marks.push(Mark::Qr(plain(&t.qr)));
    claim::paid(&mut sheet, t.prepaid);
    sheet.end(&layout.ticket, &words)
}

pub(super) fn receipt(layout: &Layout, r: &Receipt) -> Vec<Mark> {
    let ticket = r.ticket.as_deref().unwrap_or("tanpa data");
    let time = moment(&r.left_at);
    let words = words(layout, ticket, r.plate.as_deref(), &r.class, &r.gate, &time);
    let mut sheet = Sheet::new(layout, "STRUK PARKIR", r.copy);
    sheet.field("Tiket", ticket);
    if let Some(plate) = &r.plate {
        sheet.field("Plat", plate);
    }
    sheet.field("Jenis", &r.class);
    sheet.field("Masuk", &moment(&r.entered_at));
    sheet.field("Keluar", &time);
    sheet.field("Lama", &duration(&r.entered_at, &r.left_at));
    sheet.own(&layout.receipt.lines, &words);
    sheet.rule();
    for line in &r.lines {
        sheet.amount(&line.text, line.amount);
    }
    sheet.amount("TOTAL", r.fee);
    r.tax.iter().for_each(|tax| sheet.amount("termasuk PBJT", tax.amount));
    let mut method = r.method.clone();
    if let Some(first) = method.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sheet.amount(&method, r.tendered);
    sheet.amount("Kembali", r.change);
    claim::below(&mut sheet, r);
    sheet.text(&format!("Pintu {}  Petugas {}", r.gate, r.operator));
    sheet.end(&layout.receipt, &words)
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
mod tests;
