//! The lines of a fee: what is counted, and how screen, receipt and fact put it into words. Counting needs no words, so
//! they are made last, of the same items the total is the sum of.

use super::rule::Day;
use super::{FeeRequest, Tariff, Voucher};
use crate::domain::money::Rupiah;
use serde::{Deserialize, Serialize};

/// What a line of the fee is for; the screen and the receipt put it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Grace,
    First,
    Next,
    Cap,
    /// Minutes that are free of every stay.
    FreeMinutes,
    /// One price for the stay.
    Flat,
    /// One price for a special time.
    Special,
    Overnight,
    /// In place of the time's price, the time not being proven.
    LostFee,
    Member,
    Voucher,
    /// Free of charge, with a reason.
    Free,
    LostFine,
    Rounding,
    /// What a newer version of this program wrote; its text says what it is.
    #[serde(other)]
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeLine {
    pub kind: LineKind,
    /// Blocks charged (or windows capped).
    pub count: u32,
    /// Minutes of one block; 1 440 for a cap.
    pub minutes: u32,
    pub amount: Rupiah,
    /// Indonesian, as receipt and fact carry it.
    pub text: String,
}

/// A line without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub kind: LineKind,
    pub count: u32,
    pub minutes: u32,
    /// Of one; negative for what is taken off.
    pub unit: Rupiah,
    /// Whose price it is: the place in the version's list of special times.
    pub special: Option<usize>,
}

impl Item {
    pub(super) fn one(kind: LineKind, unit: Rupiah) -> Self {
        Self { kind, count: 1, minutes: 0, unit, special: None }
    }

    pub fn amount(&self) -> Rupiah {
        self.unit * i64::from(self.count)
    }

    pub(super) fn line(&self, tariff: &Tariff, request: &FeeRequest<'_>) -> FeeLine {
        let Self { kind, count, minutes, .. } = *self;
        FeeLine { kind, count, minutes, amount: self.amount(), text: self.text(tariff, request) }
    }

    fn text(&self, tariff: &Tariff, request: &FeeRequest<'_>) -> String {
        let special = self.special.and_then(|place| tariff.special.get(place)).map(|s| s.name.as_str());
        let text = match self.kind {
            LineKind::Grace => format!("Gratis sampai {} menit", self.minutes),
            LineKind::FreeMinutes => format!("{} menit pertama gratis", self.minutes),
            LineKind::First => self.times(format!("{} pertama", span(self.minutes))),
            LineKind::Next => {
                format!("{} x {} berikutnya @ {}", self.count, span(self.minutes), self.unit.plain())
            }
            LineKind::Cap => {
                let by_day = tariff.rules.get(request.class).is_some_and(|rule| rule.day == Day::Midnight);
                self.times(if by_day { "Maksimum per hari" } else { "Maksimum per 24 jam" }.to_owned())
            }
            LineKind::Flat => "Tarif sekali parkir".to_owned(),
            LineKind::Special => self.times("tarif khusus".to_owned()),
            LineKind::Overnight => self.times("Menginap".to_owned()),
            LineKind::LostFee => "Tiket hilang, lama parkir tidak terbukti".to_owned(),
            LineKind::Member => match request.member {
                Some(group) if self.minutes > 0 => format!("Anggota {group}, potongan {}%", self.minutes),
                Some(group) => format!("Anggota {group}"),
                None => "Anggota".to_owned(),
            },
            LineKind::Voucher => match request.voucher {
                Some(Voucher::Amount(amount)) => format!("Voucher {amount}"),
                Some(Voucher::Percent(percent)) => format!("Voucher {}%", percent.min(100)),
                Some(Voucher::Minutes(minutes)) => format!("Voucher {}", span_plain(minutes)),
                Some(Voucher::Free) | None => "Voucher gratis".to_owned(),
            },
            LineKind::Free => format!("Bebas biaya: {}", request.free.unwrap_or_default()),
            LineKind::LostFine if self.unit == Rupiah::ZERO => "Denda tiket hilang dibebaskan".to_owned(),
            LineKind::LostFine => "Denda tiket hilang".to_owned(),
            LineKind::Rounding => "Pembulatan".to_owned(),
            LineKind::Other => String::new(),
        };
        match (special, self.kind) {
            (Some(name), LineKind::Special | LineKind::Flat) => self.times(name.to_owned()),
            (Some(name), _) => format!("{name}: {text}"),
            (None, _) => text,
        }
    }

    fn times(&self, what: String) -> String {
        if self.count > 1 { format!("{} x {what} @ {}", self.count, self.unit.plain()) } else { what }
    }
}

/// `jam`, `2 jam`, `30 menit`.
pub(super) fn span(minutes: u32) -> String {
    match minutes {
        60 => "jam".to_owned(),
        m if m % 60 == 0 => format!("{} jam", m / 60),
        m => format!("{m} menit"),
    }
}

/// As `span`, with the one: `1 jam`.
pub(super) fn span_plain(minutes: u32) -> String {
    if minutes == 60 { "1 jam".to_owned() } else { span(minutes) }
}
