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
    /// Taken off at the exit: paid on the way in.
    Prepaid,
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
        let mut text = String::with_capacity(48);
        let special = self.special.and_then(|place| tariff.special.get(place)).map(|s| s.name.as_str());
        match (special, self.kind) {
            (Some(name), LineKind::Special | LineKind::Flat) => self.times(&mut text, |text| text.push_str(name)),
            (Some(name), _) => {
                text.push_str(name);
                text.push_str(": ");
                self.words(tariff, request, &mut text);
            }
            (None, _) => self.words(tariff, request, &mut text),
        }
        text
    }

    /// No `format!` where a plain stay comes by: half of a quote's time would go there.
    fn words(&self, tariff: &Tariff, request: &FeeRequest<'_>, text: &mut String) {
        match self.kind {
            LineKind::Grace => {
                text.push_str("Gratis sampai ");
                push_count(text, self.minutes);
                text.push_str(" menit");
            }
            LineKind::FreeMinutes => {
                push_count(text, self.minutes);
                text.push_str(" menit pertama gratis");
            }
            LineKind::First => self.times(text, |text| {
                push_span(text, self.minutes);
                text.push_str(" pertama");
            }),
            LineKind::Next => {
                push_count(text, self.count);
                text.push_str(" x ");
                push_span(text, self.minutes);
                text.push_str(" berikutnya @ ");
                self.unit.write_plain(text);
            }
            LineKind::Cap => {
                let by_day = tariff.rules.get(request.class).is_some_and(|rule| rule.day == Day::Midnight);
                let what = if by_day { "Maksimum per hari" } else { "Maksimum per 24 jam" };
                self.times(text, |text| text.push_str(what));
            }
            LineKind::Flat => text.push_str("Tarif sekali parkir"),
            LineKind::Special => self.times(text, |text| text.push_str("tarif khusus")),
            LineKind::Overnight => self.times(text, |text| text.push_str("Menginap")),
            LineKind::LostFee => text.push_str("Tiket hilang, lama parkir tidak terbukti"),
            LineKind::Member => {
                text.push_str("Anggota");
                if let Some(group) = request.member {
                    text.push(' ');
                    text.push_str(group);
                }
                if self.minutes > 0 {
                    text.push_str(", potongan ");
                    push_count(text, self.minutes);
                    text.push('%');
                }
            }
            LineKind::Voucher => text.push_str(&match request.voucher {
                Some(Voucher::Amount(amount)) => format!("Voucher {amount}"),
                Some(Voucher::Percent(percent)) => format!("Voucher {}%", percent.min(100)),
                Some(Voucher::Minutes(minutes)) => format!("Voucher {}", span_plain(minutes)),
                Some(Voucher::Free) | None => "Voucher gratis".to_owned(),
            }),
            LineKind::Free => {
                text.push_str("Bebas biaya: ");
                text.push_str(request.free.unwrap_or_default());
            }
            LineKind::LostFine if self.unit == Rupiah::ZERO => text.push_str("Denda tiket hilang dibebaskan"),
            LineKind::LostFine => text.push_str("Denda tiket hilang"),
            LineKind::Rounding => text.push_str("Pembulatan"),
            LineKind::Prepaid => text.push_str(super::prepaid::WORDS),
            LineKind::Other => {}
        }
    }

    /// `2 x … @ 5.000`; of one just what it is.
    fn times(&self, text: &mut String, what: impl FnOnce(&mut String)) {
        if self.count <= 1 {
            return what(text);
        }
        push_count(text, self.count);
        text.push_str(" x ");
        what(text);
        text.push_str(" @ ");
        self.unit.write_plain(text);
    }
}

fn push_count(text: &mut String, count: u32) {
    let mut place = 1;
    while count / place >= 10 {
        place *= 10;
    }
    while place > 0 {
        text.push(char::from_digit(count / place % 10, 10).unwrap_or('0'));
        place /= 10;
    }
}

/// `jam`, `2 jam`, `30 menit`.
fn push_span(text: &mut String, minutes: u32) {
    if minutes != 60 {
        let whole = minutes.is_multiple_of(60);
        push_count(text, if whole { minutes / 60 } else { minutes });
        text.push_str(if whole { " jam" } else { " menit" });
    } else {
        text.push_str("jam");
    }
}

/// As in the lines, with the one: `1 jam`.
pub(super) fn span_plain(minutes: u32) -> String {
    let mut text = String::new();
    if minutes == 60 {
        text.push_str("1 ");
    }
    push_span(&mut text, minutes);
    text
}
