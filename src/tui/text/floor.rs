//! Words of the gate floor: how full it is, paper tickets.

use crate::domain::capacity::{Fill, Room};

pub struct Floor {
    /// In the order of `domain::capacity::Fill`.
    pub fill: [&'static str; 4],
    /// The site as a whole.
    pub site: &'static str,
    pub as_heard: &'static str,
    pub paper_title: &'static str,
    pub paper_book: &'static str,
    pub paper_book_hint: &'static str,
    pub paper_serial: &'static str,
    pub paper_number: &'static str,
    pub paper_hint: &'static str,
    pub paper_time: &'static str,
    pub paper_go: &'static str,
    /// In the form without data.
    pub paper: &'static str,
    pub paper_optional: &'static str,
    pub prepaid_title: &'static str,
    pub prepaid_due: &'static str,
    pub prepaid_got: &'static str,
    pub prepaid_short: &'static str,
    pub prepaid_hint: &'static str,
    pub prepaid_go: &'static str,
    /// Amount, received, change.
    pub prepaid_done: fn(&str, &str, &str) -> String,
    /// Sum, method and the number on the proof.
    pub prepaid_by: fn(&str, &str, &str) -> String,
    /// When the class of a ticket that was paid is put right.
    pub prepaid_corrected: fn(&str, &str) -> String,
    pub scanner_gone: &'static str,
    pub scanner_back: &'static str,
}

pub static ID: Floor = Floor {
    fill: ["", "mulai penuh", "hampir penuh", "PENUH"],
    site: "Semua",
    as_heard: "menurut data terakhir",
    paper_title: "Catat karcis kertas",
    paper_book: "Buku",
    paper_book_hint: "huruf atau angka di sampulnya",
    paper_serial: "Nomor",
    paper_number: "Isi buku dan nomornya (angka, sampai 6).",
    paper_hint: "Jam masuk seperti di karcis; palang tidak dibuka, tiket tidak dicetak.",
    paper_time: "13.05 atau 21/11 13.05",
    paper_go: "catat",
    paper: "Karcis",
    paper_optional: "karcis kertas: buku, spasi, nomor; boleh kosong",
    prepaid_title: "Bayar di depan",
    prepaid_due: "Biaya",
    prepaid_got: "Diterima",
    prepaid_short: "Uang kurang dari biayanya.",
    prepaid_hint: "Angka 1-5 atau jumlahnya; kosong berarti uang pas. F9 baru tiketnya.",
    prepaid_go: "bayar dan cetak tiket",
    prepaid_done: |sum, got, back| format!("LUNAS {sum}   diterima {got}   KEMBALI {back}"),
    prepaid_by: |sum, how, number| format!("LUNAS {sum}   {how}   No. bukti {number}"),
    prepaid_corrected: |ticket, class| {
        format!("{ticket} sekarang {class}. Tukar tiketnya; kurangnya ditagih saat keluar.")
    },
    scanner_gone: "Pemindai terlepas. Ketik nomor tiket; colokkan lagi kabelnya.",
    scanner_back: "Pemindai siap lagi.",
};

pub static EN: Floor = Floor {
    fill: ["", "filling up", "nearly full", "FULL"],
    site: "Site",
    as_heard: "as last heard",
    paper_title: "Key in paper tickets",
    paper_book: "Book",
    paper_book_hint: "letters or digits on its cover",
    paper_serial: "Number",
    paper_number: "Fill in book and number (up to 6 digits).",
    paper_hint: "Time as on the ticket; no barrier opens, no ticket is printed.",
    paper_time: "13.05 or 21/11 13.05",
    paper_go: "record",
    paper: "Paper",
    paper_optional: "paper ticket: book, blank, number; may stay empty",
    prepaid_title: "Prepaid",
    prepaid_due: "Due",
    prepaid_got: "Received",
    prepaid_short: "The money is less than what is due.",
    prepaid_hint: "Digits 1-5 or the sum; empty means exactly. The ticket comes after F9.",
    prepaid_go: "pay and print the ticket",
    prepaid_done: |sum, got, back| format!("PAID {sum}   received {got}   CHANGE {back}"),
    prepaid_by: |sum, how, number| format!("PAID {sum}   {how}   proof {number}"),
    prepaid_corrected: |ticket, class| {
        format!("{ticket} is {class} now. Swap the ticket; what is missing is due at the exit.")
    },
    scanner_gone: "The scanner is gone. Type the number; plug its cable in again.",
    scanner_back: "The scanner is ready again.",
};

impl Floor {
    /// `92/100, hampir penuh`
    pub fn filled(&self, inside: u64, places: u32) -> String {
        match self.fill[Fill::of(inside, places) as usize] {
            "" => format!("{inside}/{places}"),
            word => format!("{inside}/{places}, {word}"),
        }
    }

    pub fn name<'a>(&'a self, room: &'a Room) -> &'a str {
        if room.name.is_empty() { self.site } else { &room.name }
    }

    /// `Basement Mobil 92/100, hampir penuh`
    pub fn room(&self, room: &Room) -> String {
        format!("{} {}", self.name(room), self.filled(room.inside, room.places))
    }
}
