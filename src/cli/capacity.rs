//! `parkir capacity`: places of the site and of its areas.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum Capacity {
    /// Berapa di dalam, berapa tempat, seberapa penuh
    Show {
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Ubah kapasitas lokasi, atau buat dan ubah satu area; yang tidak disebut tetap
    Set(CapacitySet),
}

#[derive(Debug, Args)]
pub struct CapacitySet {
    /// Kode area, huruf besar, angka dan -; tanpa ini seluruh lokasi
    #[arg(long, value_name = "AREA")]
    pub area: Option<String>,
    /// Nama area di layar
    #[arg(long, value_name = "NAMA", requires = "area")]
    pub name: Option<String>,
    /// Gerbang masuk ke area ini, misalnya A1,A2
    #[arg(long, value_name = "GERBANG", value_delimiter = ',', requires = "area")]
    pub gates: Vec<String>,
    /// Tempat untuk satu jenis, misalnya mobil=100; mobil=- tidak dihitung lagi
    #[arg(long = "class", value_name = "JENIS=N")]
    pub classes: Vec<String>,
    /// Tempat untuk semua jenis bersama; - tidak dihitung lagi
    #[arg(long, value_name = "N")]
    pub total: Option<String>,
    /// Bila penuh: warn (peringatkan) atau refuse (tolak)
    #[arg(long, value_name = "CARA", value_enum, hide_possible_values = true)]
    pub when_full: Option<WhenFull>,
    /// Hapus area ini; kendaraannya tetap tercatat
    #[arg(long, requires = "area", conflicts_with_all = ["name", "gates", "classes", "total", "when_full"])]
    pub remove: bool,
    /// Hasil sebagai JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WhenFull {
    Warn,
    Refuse,
}
