//! What a flag of an exit, an entry or a stay is called: the one table from a code to words. Some codes carry what they are
//! of behind a colon: a gate, a reason, the number of a payment.

use super::Lang;

/// The code, and how it is called in either language.
const TABLE: &[(&str, &str, &str)] = &[
    ("beda_jumlah", "jumlahnya lain dari dendanya", "another sum than the fine"),
    ("charge_unknown", "tagihan tanpa jawaban", "a charge without an answer"),
    ("charge_unused", "sudah dibayar, tidak dipakai", "paid, and not used"),
    ("clock_doubtful", "jam PC diragukan", "the PC's clock was doubted"),
    ("duplikat", "disisihkan sebagai duplikat", "set aside as a duplicate"),
    ("emergency", "darurat", "emergency"),
    ("free", "gratis", "free of charge"),
    ("ganda", "dikembalikan dua kali", "paid back twice"),
    ("keluar_ganda", "keluar dua kali", "left twice"),
    ("lewat", "lewat batas waktunya", "past its time"),
    ("lost", "tiket hilang", "lost ticket"),
    ("masuk_batal", "masuknya dibatalkan", "its entry was taken back"),
    ("masuk_belum_tiba", "catatan masuknya belum tiba", "its entry has not arrived"),
    ("masuk_ganda", "masuk dua kali", "entered twice"),
    ("maybe_out", "mungkin sudah keluar di", "perhaps left at"),
    ("member", "anggota", "member"),
    ("member_ended", "keanggotaan berakhir", "membership ended"),
    ("member_expired", "keanggotaan habis", "membership expired"),
    ("member_inside", "anggota ini sudah di dalam", "this member was inside"),
    ("member_no_entry", "anggota tanpa catatan masuk", "member without an entry"),
    ("member_no_rule", "anggota tanpa aturan tarif", "member without a rule"),
    ("member_not_yet", "keanggotaan belum mulai", "membership not begun"),
    ("member_other_plate", "plat lain dari plat anggota", "another plate than the member's"),
    ("metode_diralat", "cara bayar diralat", "method corrected"),
    ("no_data", "keluar tanpa data", "left without data"),
    ("paper", "dari karcis kertas", "from a paper ticket"),
    ("paper_twice", "nomor karcis tercatat dua kali", "paper number recorded twice"),
    ("paper_unkeyed", "karcis kertas belum dicatat", "paper ticket never keyed in"),
    ("plate_inside", "plat ini masih di dalam", "this plate is still inside"),
    ("prepaid_unknown", "bayar di depan tidak diketahui", "prepayment not known"),
    ("prepaid_unpaid", "belum bayar di depan", "not prepaid"),
    ("proof_seen", "bukti dilihat kasir, cocokkan", "proof seen by the cashier, to match"),
    ("qr_copy", "QR dipakai dua kali", "QR used twice"),
    ("qr_only", "hanya dari QR", "by its QR alone"),
    ("reason", "alasan", "reason"),
    ("sistem_lama", "dari sistem lama", "from the old system"),
    ("tanpa_denda", "tidak ada dendanya", "there was no such fine"),
    ("tariff_unknown", "tarif tidak dikenal", "tariff not known"),
    ("ticket_unproven", "cetak tiket tidak terbukti", "ticket never proven printed"),
    ("unproven_supervisor", "pengawas tanpa PIN", "supervisor without a PIN"),
    ("unverified", "belum dicocokkan dengan pusat", "not compared with the centre"),
    ("voucher", "voucher", "voucher"),
];

/// In words; a code nobody knows here stays what it is.
pub fn flag(lang: Lang, code: &str) -> String {
    let (name, of) = code.split_once(':').map_or((code, None), |(name, of)| (name, Some(of)));
    let Some((_, id, en)) = TABLE.iter().find(|(known, ..)| *known == name) else { return code.to_owned() };
    let word = match lang {
        Lang::Id => *id,
        Lang::En => *en,
    };
    match of {
        Some(of) => format!("{word} {of}"),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{charge, lost, paper, payment, prepaid};

    #[test]
    fn a_flag_is_said_in_words_with_what_it_is_of() {
        assert_eq!(flag(Lang::Id, "maybe_out:B2"), "mungkin sudah keluar di B2");
        assert_eq!(flag(Lang::En, "reason:wet: torn"), "reason wet: torn");
        assert_eq!(flag(Lang::Id, "besok"), "besok");
    }

    #[test]
    fn every_flag_this_program_sets_has_words() {
        let named = [
            charge::UNKNOWN,
            charge::UNUSED,
            lost::UNPROVEN_SUPERVISOR,
            paper::TWICE,
            paper::UNKEYED,
            payment::UNMATCHED,
            prepaid::UNKNOWN,
            prepaid::UNPAID,
        ];
        for code in named {
            assert_ne!(flag(Lang::Id, code), code);
        }
        let mut codes: Vec<&str> = TABLE.iter().map(|(code, ..)| *code).collect();
        codes.dedup();
        assert!(codes.is_sorted() && codes.len() == TABLE.len());
    }
}
