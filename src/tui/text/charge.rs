//! Words for money that came in, or may have, without being an exit yet.

pub struct ChargeWords {
    pub title: &'static str,
    /// Before method and sum.
    pub received: &'static str,
    /// Which method takes how much besides.
    pub ask: fn(&str, &str) -> String,
    pub yes: &'static str,
    /// Method, sum and number of what was received.
    pub there: fn(&str, &str, &str) -> String,
    /// The same on the way in.
    pub there_in: fn(&str, &str, &str) -> String,
    /// Method and sum of what may have been.
    pub open: fn(&str, &str) -> String,
    /// The same of a vehicle without data, before this program began.
    pub adrift: fn(&str, &str) -> String,
    /// Nobody leaves or hands over while a fee is charged.
    pub wait: &'static str,
    pub not_saved: &'static str,
    pub paid_other: fn(&str, &str) -> String,
    pub recorded_by: fn(&str) -> String,
}

pub const ID: ChargeWords = ChargeWords {
    title: "SUDAH ADA PEMBAYARAN",
    received: "Sudah diterima",
    ask: |how, sum| format!("Terima lagi {how} {sum}?"),
    yes: "Terima lagi",
    there: |how, sum, number| format!("{how} {sum} SUDAH DITERIMA ({number}). F9: keluar."),
    there_in: |how, sum, number| format!("{how} {sum} SUDAH DITERIMA ({number}). F9: simpan dan cetak."),
    open: |how, sum| format!("{how} {sum} sudah ditagih, hasilnya belum jelas. Tanyakan bukti."),
    adrift: |how, sum| format!("{how} {sum} ditagih sebelum padam, tanpa data. Tanyakan bukti dulu."),
    wait: "Pembayaran masih berjalan. Tunggu jawabannya, atau Esc untuk membatalkan.",
    not_saved: "BELUM PASTI tersimpan. Jangan minta uang lagi; tekan F9 sekali lagi.",
    paid_other: |paid, fee| format!("Yang dibayar {paid}, biaya sekarang {fee}. Periksa, lalu F9."),
    recorded_by: |how| format!("Yang tercatat: {how}. Uang lain dikembalikan, atau ralat (F8 6)."),
};

pub const EN: ChargeWords = ChargeWords {
    title: "MONEY IS THERE ALREADY",
    received: "Received already",
    ask: |how, sum| format!("Take {how} {sum} besides?"),
    yes: "Take it",
    there: |how, sum, number| format!("{how} {sum} IS PAID ALREADY ({number}). F9: out."),
    there_in: |how, sum, number| format!("{how} {sum} IS PAID ALREADY ({number}). F9: save and print."),
    open: |how, sum| format!("{how} {sum} was charged, nobody knows the end. Ask for the proof."),
    adrift: |how, sum| format!("{how} {sum} was charged before the restart, without data. Ask for proof."),
    wait: "A payment is under way. Wait for its answer, or Esc to cancel it.",
    not_saved: "PERHAPS NOT SAVED. Ask for no money again; press F9 once more.",
    paid_other: |paid, fee| format!("{paid} was paid, {fee} is due now. Check it, then F9."),
    recorded_by: |how| format!("On record: {how}. Give other money back, or correct it (F8 6)."),
};
