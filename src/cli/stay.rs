//! `parkir stay …`: vehicles that are inside.

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Stay {
    /// Catat yang sudah di dalam, dari CSV: plat,jenis,masuk,karcis
    ///
    /// Untuk hari pertama, dan untuk karcis kertas bernomor dari saat listrik padam. Baris pertama menyebut kolomnya;
    /// pemisahnya koma atau titik koma. `masuk` seperti 22/11/2026 14.05 atau 2026-11-22 14:05. Diambil dua kali
    /// tidak menjadi dua.
    Import {
        /// Berkas CSV
        #[arg(value_name = "BERKAS")]
        file: PathBuf,
        /// Hanya periksa; tidak ada yang dicatat
        #[arg(long)]
        dry_run: bool,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
}
