//! Words for lost tickets, and for what a supervisor puts right.

use super::Lang;
use super::when::{clock, date};
use crate::domain::desk::Refusal;
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub struct LostWords {
    /// The F8 list's lines, in the order of `dialog::special::Special`.
    pub special: [&'static str; 4],
    pub special_title: &'static str,
    /// Revenue less what was paid back, in the admin's overview.
    pub net: &'static str,
    pub title: &'static str,
    pub plate: &'static str,
    pub class: &'static str,
    pub any_class: &'static str,
    pub within: &'static str,
    /// Hours; 0 is any time.
    pub hours: fn(u32) -> String,
    pub look: &'static str,
    pub searching: &'static str,
    pub none: [&'static str; 2],
    pub entered: &'static str,
    pub claim_title: &'static str,
    pub seen: &'static str,
    pub seen_hint: &'static str,
    pub waive: &'static str,
    pub waive_hint: &'static str,
    pub claim_notes: [&'static str; 2],
    pub go: &'static str,
    pub no_data: &'static str,
    pub waive_what: fn(&str) -> String,
    pub void_title: &'static str,
    pub method_title: &'static str,
    pub undo_none: [&'static str; 2],
    pub undo_hint: &'static str,
    pub exit_at: &'static str,
    pub reason: &'static str,
    pub reason_missing: &'static str,
    pub void_what: fn(&str, &str) -> String,
    pub method_what: fn(&str, &str) -> String,
    pub new_method: &'static str,
    pub proof: &'static str,
    pub proof_missing: &'static str,
    pub voided: fn(&str, &str) -> String,
    pub voided_inside: &'static str,
    pub corrected: fn(&str, &str, &str) -> String,
    pub take_back_title: &'static str,
    pub take_back_line: &'static str,
    pub take_back_note: &'static str,
    pub take_back_hint: &'static str,
    pub take_back_what: fn(&str) -> String,
    pub taken_back: fn(&str) -> String,
    /// The sum and how it was paid.
    pub give_back: fn(&str, &str) -> String,
    pub refund_title: &'static str,
    pub code: &'static str,
    pub amount: &'static str,
    pub amount_hint: &'static str,
    pub code_missing: &'static str,
    pub code_wrong: &'static str,
    pub refund_what: fn(&str) -> String,
    pub refunded: fn(&str, &str) -> String,
    pub unverified: &'static str,
    pub claim_code: fn(&str) -> String,
}

pub static ID: LostWords = LostWords {
    special: ["Tiket hilang", "Batalkan transaksi", "Ralat cara bayar", "Kembalikan denda tiket"],
    special_title: "Lainnya",
    net: "Bersih",
    title: "Tiket hilang: cari kendaraannya",
    plate: "Plat",
    class: "Jenis",
    any_class: "semua",
    within: "Masuk",
    hours: |hours| match hours {
        0 => "kapan saja".into(),
        hours => format!("{hours} jam terakhir"),
    },
    look: "cari",
    searching: "Mencari ...",
    none: ["Tidak ada yang cocok di dalam.", "F4 keluar tanpa data, tiket hilang"],
    entered: "Masuk",
    claim_title: "Tiket hilang",
    seen: "STNK",
    seen_hint: "4 huruf terakhir yang dilihat; boleh kosong",
    waive: "Bebas denda",
    waive_hint: "alasan; perlu pengawas; kosong: denda ditagih",
    claim_notes: [
        "Jangan tahan KTP atau STNK. Bandingkan foto, plat, dan jenis.",
        "Denda kembali bila tiket ditemukan: kodenya di struk.",
    ],
    go: "hitung",
    no_data: "tanpa data",
    waive_what: |reason| format!("Bebaskan denda tiket hilang: {reason}"),
    void_title: "Batalkan transaksi",
    method_title: "Ralat cara bayar",
    undo_none: ["Tidak ada transaksi shift ini yang dapat diubah di sini.", "Yang lain lewat admin: parkir void."],
    exit_at: "Jam",
    undo_hint: "Hanya transaksi gerbang ini, shift yang terbuka.",
    reason: "Alasan",
    reason_missing: "Tulis alasannya.",
    void_what: |ticket, fee| format!("Batalkan {ticket}, {fee}"),
    method_what: |ticket, method| format!("Ralat {ticket} menjadi {method}"),
    new_method: "Dibayar",
    proof: "No. bukti",
    proof_missing: "Isi nomor pada bukti bayar (4 atau lebih).",
    voided: |ticket, fee| format!("{ticket} dibatalkan. Kembalikan {fee}."),
    voided_inside: "Kendaraan di dalam lagi.",
    corrected: |ticket, fee, method| format!("{ticket}: {fee} sekarang tercatat {method}."),
    take_back_title: "Batalkan masuk",
    take_back_line: "kendaraannya tidak jadi masuk (pengawas)",
    take_back_note: "Ambil tiketnya dari pengemudi dulu: pintu keluar bisa belum tahu.",
    take_back_hint: "Yang dibayar di depan kembali kepada pengemudi. F9 minta izin.",
    take_back_what: |ticket| format!("Batalkan masuk {ticket}"),
    taken_back: |ticket| format!("{ticket} dibatalkan. Tarik tiketnya."),
    give_back: |sum, how| format!("Kembalikan {sum} ({how}) kepada pengemudi."),
    refund_title: "Kembalikan denda tiket",
    code: "Kode",
    amount: "Denda",
    amount_hint: "bila tidak dikenal di sini: seperti di struk",
    code_missing: "Isi kode pada struk, 9 huruf atau angka.",
    code_wrong: "Kode tidak cocok: satu huruf atau angka keliru. Baca lagi di struk.",
    refund_what: |code| format!("Kembalikan denda {code}"),
    refunded: |code, amount| format!("Denda {code}: bayar {amount} kepada pengemudi."),
    unverified: "Ditandai: belum cocok.",
    claim_code: |code| format!("Kode denda {code}"),
};

pub static EN: LostWords = LostWords {
    special: ["Lost ticket", "Take an exit back", "Correct how it was paid", "Pay a fine back"],
    special_title: "More",
    net: "Net",
    title: "Lost ticket: find the vehicle",
    plate: "Plate",
    class: "Class",
    any_class: "all",
    within: "Entered",
    hours: |hours| match hours {
        0 => "at any time".into(),
        hours => format!("last {hours} hours"),
    },
    look: "find",
    searching: "Looking ...",
    none: ["Nothing inside fits.", "F4 out without data, ticket lost"],
    entered: "Entered",
    claim_title: "Lost ticket",
    seen: "STNK",
    seen_hint: "last 4 characters seen; may stay empty",
    waive: "Let off fine",
    waive_hint: "why; needs a supervisor; empty: it is due",
    claim_notes: [
        "Never keep a document. Compare photo, plate and class.",
        "The fine is paid back when the ticket turns up: see the receipt.",
    ],
    go: "reckon",
    no_data: "no data",
    waive_what: |reason| format!("Let off the fine of a lost ticket: {reason}"),
    void_title: "Take an exit back",
    method_title: "Correct how it was paid",
    undo_none: ["No exit of this shift can be put right here.", "Others by the admin: parkir void."],
    exit_at: "Time",
    undo_hint: "Only exits of this gate, of the shift that is open.",
    reason: "Reason",
    reason_missing: "Say why.",
    void_what: |ticket, fee| format!("Take back {ticket}, {fee}"),
    method_what: |ticket, method| format!("Correct {ticket} to {method}"),
    new_method: "Paid by",
    proof: "Proof no.",
    proof_missing: "Give the number on the proof (4 or more).",
    voided: |ticket, fee| format!("{ticket} is taken back. Return {fee}."),
    voided_inside: "The vehicle is inside again.",
    corrected: |ticket, fee, method| format!("{ticket}: {fee} now stands as {method}."),
    take_back_title: "Take the entry back",
    take_back_line: "the vehicle does not come in (supervisor)",
    take_back_note: "Take its ticket from the driver first: an exit may not know yet.",
    take_back_hint: "What was paid on the way in goes back to the driver. F9 asks leave.",
    take_back_what: |ticket| format!("Take entry {ticket} back"),
    taken_back: |ticket| format!("{ticket} taken back. Collect the ticket."),
    give_back: |sum, how| format!("Give {sum} ({how}) back to the driver."),
    refund_title: "Pay a fine back",
    code: "Code",
    amount: "Fine",
    amount_hint: "where it is not known here: as on the receipt",
    code_missing: "Give the code on the receipt, 9 characters.",
    code_wrong: "The code does not fit: one character is wrong. Read it again.",
    refund_what: |code| format!("Pay back fine {code}"),
    refunded: |code, amount| format!("Fine {code}: pay {amount} to the driver."),
    unverified: "Flagged: not matched.",
    claim_code: |code| format!("Fine's code {code}"),
};

fn moment(lang: Lang, at: &str, zone: &TimeZone) -> String {
    at.parse::<Timestamp>().map_or_else(
        |_| at.to_owned(),
        |at| {
            let at = at.to_zoned(zone.clone());
            format!("{} {}", date(lang.words(), &at), clock(lang.words(), &at))
        },
    )
}

/// Why something of this was not done.
pub fn refusal(lang: Lang, why: &Refusal, zone: &TimeZone) -> String {
    let id = lang == Lang::Id;
    match why {
        Refusal::NotAllowed(why) => (lang.words().duty.denial)(*why),
        Refusal::EntryUnknown(_) if id => {
            "Bukan tiket gerbang ini dari shift yang terbuka, atau sudah batal.".into()
        }
        Refusal::EntryUnknown(_) => "Not a ticket of this gate's open shift, or taken back already.".into(),
        Refusal::ExitUnknown(_) if id => {
            "Bukan transaksi gerbang ini dalam shift yang terbuka. Panggil admin.".into()
        }
        Refusal::ExitUnknown(_) => "Not an exit of this gate's open shift. Call the admin.".into(),
        Refusal::ClaimUnknown(_) if id => "Kode denda salah. Periksa kode pada struk.".into(),
        Refusal::ClaimUnknown(_) => "No such code. Check the receipt.".into(),
        Refusal::AmountNeeded if id => "Denda ini belum dikenal di sini. Isi jumlahnya seperti di struk.".into(),
        Refusal::AmountNeeded => "This fine is not known here. Give the amount on the receipt.".into(),
        Refusal::PaidBack { gate, at } if id => {
            format!("Denda ini SUDAH dikembalikan di {gate}, {}.", moment(lang, at, zone))
        }
        Refusal::PaidBack { gate, at } => {
            format!("This fine was paid back ALREADY, at {gate}, {}.", moment(lang, at, zone))
        }
        Refusal::ClaimOver(until) if id => {
            format!("Denda hanya kembali sampai {}. Panggil pengawas.", moment(lang, until, zone))
        }
        Refusal::ClaimOver(until) => {
            format!("The fine was returnable until {}. Call the supervisor.", moment(lang, until, zone))
        }
        _ if id => "Transaksi denda itu sudah dibatalkan; uangnya sudah kembali.".into(),
        _ => "The exit of this fine was taken back; its money too.".into(),
    }
}
