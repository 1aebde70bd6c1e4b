//! The slip of a trial print.

use super::{Layout, Mark, Sheet, moment};
use crate::domain::money::Rupiah;
use jiff::Zoned;

/// A slip that only says that the printer works.
pub(in crate::device) fn trial(layout: &Layout, at: &Zoned, gate: &str) -> Vec<Mark> {
    let mut sheet = Sheet::new(layout, "UJI CETAK", 1);
    sheet.field("Waktu", &moment(at));
    sheet.field("Pintu", gate);
    let ruler = "1234567890".repeat(layout.columns / 10 + 1);
    sheet.marks.push(Mark::Text(ruler[..layout.columns].to_owned()));
    sheet.amount("Contoh", Rupiah(12_000));
    sheet.marks.push(Mark::Code39("UJI-CETAK".to_owned()));
    sheet.marks.push(Mark::Qr("UJI CETAK".to_owned()));
    sheet.middle("Bukan tiket");
    sheet.marks
}
