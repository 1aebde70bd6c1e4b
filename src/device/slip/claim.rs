//! What a receipt says of a fine for a lost ticket: that it comes back, until when, and by which code. And what slips say of
//! money that was paid on the way in.

use super::{Mark, Receipt, Sheet};
use crate::domain::money::Rupiah;
use jiff::Zoned;

/// A fine that is paid back when the ticket turns up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// As people read it: `7K2-9QX-4MB`.
    pub code: String,
    pub fine: Rupiah,
    pub until: Zoned,
}

impl Claim {
    fn put_on(&self, sheet: &mut Sheet<'_>) {
        let until = self.until.strftime("%d-%m-%Y");
        sheet.text(&format!("Denda {} kembali bila tiket ditemukan, sampai {until}. Kode:", self.fine));
        sheet.marks.push(Mark::Large(self.code.clone()));
        sheet.rule();
    }
}

/// A ticket that was paid on the way in says so, and how much.
pub(super) fn paid(sheet: &mut Sheet<'_>, amount: Option<Rupiah>) {
    let Some(amount) = amount else { return };
    let words = format!("LUNAS {amount}");
    if words.len() <= sheet.layout.columns / 2 {
        sheet.marks.push(Mark::Large(words));
    } else {
        sheet.marks.push(Mark::Large("LUNAS".into()));
        sheet.amount("Dibayar di depan", amount);
    }
    sheet.text("Sudah dibayar di depan. Kelebihan waktu dibayar di pintu keluar.");
}

/// Below the change: all that was paid on the way in, also where the price was less and only that was taken off; and the fine.
pub(super) fn below(sheet: &mut Sheet<'_>, receipt: &Receipt) {
    if let Some(amount) = receipt.prepaid {
        sheet.amount("LUNAS di pintu masuk", amount);
    }
    sheet.rule();
    if let Some(claim) = &receipt.claim {
        claim.put_on(sheet);
    }
}
