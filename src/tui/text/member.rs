//! Words for members, vouchers and free passages.

use crate::domain::member::{Seen, Standing};
use jiff::civil::Date;

pub struct Members {
    /// Before those of `lost::special`.
    pub special: [&'static str; 3],
    pub member_title: &'static str,
    pub card: &'static str,
    pub card_hint: &'static str,
    pub nobody: &'static str,
    pub voucher_title: &'static str,
    pub number: &'static str,
    pub worth: &'static str,
    pub worth_hint: &'static str,
    pub number_missing: &'static str,
    pub worth_missing: &'static str,
    pub free_title: &'static str,
    pub why: &'static str,
    pub note: &'static str,
    pub note_hint: &'static str,
    pub go: &'static str,
    pub free_what: fn(&str) -> String,
    pub quote_first: &'static str,
}

pub static ID: Members = Members {
    special: ["Anggota", "Voucher", "Gratis"],
    member_title: "Anggota",
    card: "Kartu",
    card_hint: "pindai atau ketik nomornya",
    nobody: "Kosong: dihitung sebagai umum, apa pun platnya.",
    voucher_title: "Voucher",
    number: "Nomor",
    worth: "Nilai",
    worth_hint: "5000, 50%, 60m (menit) atau gratis",
    number_missing: "Isi nomor voucher: 3 huruf atau angka, atau lebih.",
    worth_missing: "Nilai tidak terbaca: 5000, 50%, 60m atau gratis.",
    free_title: "Gratis",
    why: "Alasan",
    note: "Keterangan",
    note_hint: "boleh kosong",
    go: "hitung",
    free_what: |why| format!("Gratis: {why}"),
    quote_first: "Cari kendaraannya dulu: pindai tiket, atau ketik plat.",
};

pub static EN: Members = Members {
    special: ["Member", "Voucher", "Free of charge"],
    member_title: "Member",
    card: "Card",
    card_hint: "scan or type its number",
    nobody: "Empty: charged as everybody, whatever the plate.",
    voucher_title: "Voucher",
    number: "Number",
    worth: "Worth",
    worth_hint: "5000, 50%, 60m (minutes) or gratis",
    number_missing: "Type the voucher's number: 3 letters or digits, or more.",
    worth_missing: "Cannot read its worth: 5000, 50%, 60m or gratis.",
    free_title: "Free of charge",
    why: "Reason",
    note: "Note",
    note_hint: "may stay empty",
    go: "reckon",
    free_what: |why| format!("Free of charge: {why}"),
    quote_first: "Find the vehicle first: scan the ticket, or type the plate.",
};

fn day(date: Option<Date>) -> String {
    date.map_or_else(String::new, |date| date.strftime("%d-%m-%Y").to_string())
}

fn named(seen: &Seen) -> String {
    format!("{} ({})", super::super::glyphs::clean(&seen.name), super::super::glyphs::clean(&seen.group))
}

pub fn seen_id(seen: &Seen) -> String {
    let who = named(seen);
    match seen.standing {
        Standing::Valid if seen.until.is_some() => format!("Anggota: {who}, sampai {}.", day(seen.until)),
        Standing::Valid => format!("Anggota: {who}."),
        Standing::NotYet => format!("Anggota {who} baru berlaku {}: tarif umum.", day(seen.from)),
        Standing::Expired => format!("Anggota {who} HABIS {}: tarif umum.", day(seen.until)),
        Standing::Ended => format!("Keanggotaan {who} DIAKHIRI: tarif umum."),
        Standing::NoRule => format!("Anggota {who}: golongan tanpa tarif, tarif umum."),
    }
}

pub fn seen_en(seen: &Seen) -> String {
    let who = named(seen);
    match seen.standing {
        Standing::Valid if seen.until.is_some() => format!("Member: {who}, until {}.", day(seen.until)),
        Standing::Valid => format!("Member: {who}."),
        Standing::NotYet => format!("Member {who} only from {}: ordinary price.", day(seen.from)),
        Standing::Expired => format!("Member {who} EXPIRED {}: ordinary price.", day(seen.until)),
        Standing::Ended => format!("Membership of {who} ENDED: ordinary price."),
        Standing::NoRule => format!("Member {who}: no tariff for the group, ordinary price."),
    }
}
