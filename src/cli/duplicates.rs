//! `parkir duplicates`: what may be asked of duplicates.

use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub enum Duplicates {
    /// Daftar kelompok masuk dan keluar yang mungkin tercatat dua kali
    Find {
        #[command(flatten)]
        range: Range,
        /// Hanya satu kelas: exact (isi sama), strong (kuat) atau weak (lemah)
        #[arg(long, value_name = "KELAS", value_enum, hide_possible_values = true)]
        class: Option<Class>,
        /// Sebagian plat atau tiket
        #[arg(long, value_name = "TEKS", default_value = "")]
        filter: String,
        /// Paling banyak sekian kelompok
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Isi satu kelompok berdampingan, dengan log sinkronisasi tiap peristiwanya di komputer ini
    Show {
        #[command(flatten)]
        group: Group,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Sisihkan duplikat sebuah kelompok: tidak dihitung lagi, tidak dihapus, dapat diurungkan
    Remove {
        #[command(flatten)]
        group: Group,
        /// Sebabnya, untuk audit
        #[arg(long, value_name = "ALASAN")]
        reason: String,
        /// Peristiwa yang tetap berlaku; tanpa ini yang diusulkan
        #[arg(long, value_name = "ID")]
        keep: Option<Uuid>,
        /// Peristiwa yang disisihkan, boleh diulang; tanpa ini semua yang lain
        #[arg(long = "id", value_name = "ID")]
        ids: Vec<Uuid>,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Berlakukan lagi yang disisihkan
    Undo {
        #[command(flatten)]
        group: Group,
        /// Sebabnya, untuk audit
        #[arg(long, value_name = "ALASAN", default_value = "")]
        reason: String,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub struct Range {
    /// Sejak hari ini, misalnya 2026-11-21; tanpa ini sejak kemarin
    #[arg(long, value_name = "TANGGAL")]
    pub from: Option<String>,
    /// Sampai dan dengan hari ini; tanpa ini sampai sekarang
    #[arg(long, value_name = "TANGGAL")]
    pub to: Option<String>,
}

#[derive(Debug, Args)]
pub struct Group {
    /// Nomor kelompok dari `duplicates find`, sedikitnya 6 huruf pertama
    #[arg(value_name = "KELOMPOK")]
    pub group: String,
    #[command(flatten)]
    pub range: Range,
}

/// How certain it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Class {
    Exact,
    Strong,
    Weak,
}
