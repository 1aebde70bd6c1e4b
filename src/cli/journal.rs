//! `parkir journal …`: the verbs over the books of this terminal.

use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Journal {
    /// Berapa yang tercatat, terkirim, menunggu dan disisihkan
    Status {
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Peristiwa terakhir, satu per baris
    List {
        /// Hanya yang begini: pending, deferred, parked atau acked
        #[arg(long, value_name = "KEADAAN", value_enum, hide_possible_values = true)]
        state: Option<State>,
        /// Paling banyak sekian
        #[arg(long, value_name = "JUMLAH", default_value_t = 50)]
        limit: usize,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Hitung ulang rantai hash dari awal, dan bandingkan dengan file cadangan
    Verify {
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Salin semua peristiwa ke satu berkas, satu JSON per baris
    Export {
        /// Berkas tujuan; belum boleh ada
        #[arg(long, value_name = "BERKAS")]
        out: PathBuf,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Ambil peristiwa dari PC lain, dari salinan, atau dari sistem lama; aman diulang
    Import {
        /// Folder data atau berkas
        #[arg(value_name = "SUMBER", required = true)]
        paths: Vec<PathBuf>,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Perbaiki jurnal: yang rusak disisihkan utuh, isinya diambil lagi dari file cadangan
    Repair {
        /// Salinan atau folder data lain untuk diambil juga
        #[arg(value_name = "SUMBER")]
        paths: Vec<PathBuf>,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
}

/// Where a fact stands on its way to the centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum State {
    Pending,
    Deferred,
    Parked,
    Acked,
}
