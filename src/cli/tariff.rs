//! `parkir tariff`: what may be asked of tariffs.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Tariff {
    /// Periksa berkas tarif: yang salah, yang janggal, contoh hitungan di dalamnya, dan papan tarifnya
    Check {
        /// Berkas tarif (TOML)
        #[arg(value_name = "BERKAS")]
        file: PathBuf,
        /// Papan tarif bagi yang masuk pada waktu ini, misalnya "2027-01-09 08:00"; tanpa ini hari kerja pukul 10:00
        #[arg(long, value_name = "WAKTU")]
        board: Option<String>,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Berapa tarifnya: tidak mencatat apa pun
    Quote(Quote),
    /// Hitung ulang keluar yang lalu dengan tarif lain; hanya membaca
    Replay {
        /// Sejak hari ini, misalnya 2026-11-01
        #[arg(long, value_name = "TANGGAL")]
        from: String,
        /// Sampai dan dengan hari ini
        #[arg(long, value_name = "TANGGAL")]
        to: String,
        /// Tarif dari berkas ini; tanpa ini tarif yang berlaku sekarang
        #[arg(long, value_name = "BERKAS")]
        file: Option<PathBuf>,
        /// Versi tarif di pusat
        #[arg(long, value_name = "N", conflicts_with = "file")]
        tariff: Option<u32>,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Versi tarif di pusat, dan mana yang berlaku sekarang
    List {
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Tambahkan versi tarif ke pusat; tidak dapat diubah lagi sesudahnya
    Add {
        /// Berkas tarif (TOML)
        #[arg(value_name = "BERKAS")]
        file: PathBuf,
        /// Berlaku sekarang juga, apa pun effective_from di berkas
        #[arg(long)]
        now: bool,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Daftar hari libur tempat ini; atau tambah atau hapus satu
    Holidays {
        /// Jadikan tanggal ini hari libur
        #[arg(long, value_name = "TANGGAL", conflicts_with = "remove")]
        add: Option<String>,
        /// Nama hari libur yang ditambahkan
        #[arg(long, value_name = "NAMA", default_value = "")]
        name: String,
        /// Tanggal ini bukan hari libur lagi
        #[arg(long, value_name = "TANGGAL")]
        remove: Option<String>,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub struct Quote {
    /// Jenis kendaraan: mobil
    #[arg(long, value_name = "JENIS")]
    pub class: String,
    /// Waktu masuk, jam tempat ini: "2027-01-31 07:30"
    #[arg(long = "in", value_name = "WAKTU")]
    pub entered: String,
    /// Waktu keluar
    #[arg(long = "out", value_name = "WAKTU")]
    pub left: String,
    /// Tarif dari berkas ini; tanpa ini yang berlaku di pusat saat masuk
    #[arg(long, value_name = "BERKAS")]
    pub file: Option<PathBuf>,
    /// Versi tarif di pusat
    #[arg(long, value_name = "N", conflicts_with = "file")]
    pub tariff: Option<u32>,
    /// Tiket hilang: proven (lamanya terbukti), unproven (tidak terbukti) atau waived (denda dibebaskan)
    #[arg(long, value_name = "BUKTI", value_enum, hide_possible_values = true, num_args = 0..=1,
          default_missing_value = "proven")]
    pub lost: Option<LostWord>,
    /// Golongan anggota
    #[arg(long, value_name = "GOLONGAN")]
    pub member: Option<String>,
    /// Voucher: 5000, 50%, 60m atau gratis
    #[arg(long, value_name = "VOUCHER")]
    pub voucher: Option<String>,
    /// Bebas biaya, dengan alasannya
    #[arg(long, value_name = "ALASAN")]
    pub free: Option<String>,
    /// Hasil sebagai JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LostWord {
    Proven,
    Unproven,
    Waived,
}
