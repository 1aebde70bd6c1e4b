//! `parkir member` and `parkir voucher`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What a member has; left out stays as it is, `-` takes it away.
#[derive(Debug, Args)]
pub struct Fields {
    /// Golongan, seperti di bagian members pada tarif
    #[arg(long, value_name = "GOLONGAN")]
    pub group: Option<String>,
    /// Plat; boleh berulang, atau dipisah koma
    #[arg(long = "plate", value_name = "PLAT", value_delimiter = ',')]
    pub plates: Vec<String>,
    /// Hari pertama berlaku, 2027-01-31 atau 31/01/2027; - tanpa batas
    #[arg(long, value_name = "TANGGAL", allow_hyphen_values = true)]
    pub from: Option<String>,
    /// Hari terakhir berlaku; - tanpa batas
    #[arg(long, value_name = "TANGGAL", allow_hyphen_values = true)]
    pub until: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Member {
    /// Daftar anggota; dengan potongan kartu, nama, golongan atau plat
    List {
        #[arg(value_name = "CARI", default_value = "")]
        part: String,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Satu anggota
    Show {
        #[arg(value_name = "KARTU")]
        card: String,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Tambah anggota
    Add {
        #[arg(value_name = "KARTU")]
        card: String,
        #[arg(value_name = "NAMA")]
        name: String,
        #[command(flatten)]
        fields: Fields,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Ubah anggota: yang tidak disebut tetap
    Change {
        #[arg(value_name = "KARTU")]
        card: String,
        #[arg(long, value_name = "NAMA")]
        name: Option<String>,
        #[command(flatten)]
        fields: Fields,
        /// Berlaku lagi sesudah diakhiri
        #[arg(long)]
        resume: bool,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Akhiri keanggotaan
    End {
        #[arg(value_name = "KARTU")]
        card: String,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Masukkan daftar CSV: semua baris, atau tidak satu pun
    Import {
        #[arg(value_name = "CSV")]
        file: PathBuf,
        /// Periksa saja, tidak mengubah apa pun
        #[arg(long)]
        dry_run: bool,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Tulis semua anggota sebagai CSV; - ke layar
    Export {
        #[arg(value_name = "CSV")]
        file: PathBuf,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
}

/// Vouchers that exits took.
#[derive(Debug, Args)]
pub struct Voucher {
    /// Hanya nomor yang dipakai lebih dari sekali
    #[arg(long)]
    pub twice: bool,
    /// Dari sekian hari yang lalu
    #[arg(long, value_name = "HARI", default_value_t = 30)]
    pub days: u16,
    /// Hasil sebagai JSON
    #[arg(long)]
    pub json: bool,
}
