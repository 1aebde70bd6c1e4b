//! `parkir refund` and `parkir void`: what the centre's people put right.

use clap::Args;

#[derive(Debug, Args)]
pub struct Refund {
    /// Kode pada struk; tanpa ini daftar denda yang sudah dikembalikan
    #[arg(value_name = "KODE")]
    pub code: Option<String>,
    /// Alasannya, misalnya "tiket ditemukan"
    #[arg(long, value_name = "ALASAN")]
    pub reason: Option<String>,
    /// Daftar sejak hari ini, misalnya 2026-11-21; tanpa ini 30 hari terakhir
    #[arg(long, value_name = "TANGGAL")]
    pub from: Option<String>,
    /// Hasil sebagai JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Void {
    /// Nomor tiket, atau nomor peristiwa keluar
    #[arg(value_name = "TRANSAKSI")]
    pub exit: String,
    /// Bukan keluarnya, tetapi masuknya: kendaraan yang tercatat di dalam tidak jadi masuk
    #[arg(long)]
    pub entry: bool,
    /// Alasannya
    #[arg(long, value_name = "ALASAN")]
    pub reason: String,
    /// Hasil sebagai JSON
    #[arg(long)]
    pub json: bool,
}
