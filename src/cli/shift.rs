//! `parkir shift`: what may be asked of shifts.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Shift {
    /// Daftar shift: petugas, pendapatan, selisih, setoran
    List {
        /// Sejak hari ini, misalnya 2026-11-21; tanpa ini sejak kemarin
        #[arg(long, value_name = "TANGGAL")]
        from: Option<String>,
        /// Sampai dan dengan hari ini; tanpa ini sampai sekarang
        #[arg(long, value_name = "TANGGAL")]
        to: Option<String>,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Laporan satu shift, seperti tercetak, dan jumlahnya di pusat
    Show {
        /// Nomor setoran, atau awal atau akhir nomor shift
        #[arg(value_name = "SHIFT")]
        shift: String,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
}
