//! `parkir gate passages`: what may be asked of openings and passages.

use clap::Args;

#[derive(Debug, Args)]
pub struct Passages {
    /// Sejak hari ini, misalnya 2026-11-21; tanpa ini sejak kemarin
    #[arg(long, value_name = "TANGGAL")]
    pub from: Option<String>,
    /// Sampai dan dengan hari ini; tanpa ini sampai sekarang
    #[arg(long, value_name = "TANGGAL")]
    pub to: Option<String>,
    /// Hanya gerbang ini
    #[arg(long, value_name = "KODE")]
    pub gate: Option<String>,
    /// Hasil sebagai JSON
    #[arg(long)]
    pub json: bool,
}
