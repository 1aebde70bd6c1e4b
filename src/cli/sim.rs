//! `parkir sim`: devices that are none, on real lines.

use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Sim {
    /// Pengendali palang tiruan: tampilkan yang diterima, tekan tombol dan lewatkan kendaraan dengan mengetik
    Barrier(BarrierSim),
}

#[derive(Debug, Args)]
pub struct BarrierSim {
    /// Dialek, seperti [barrier] dialect
    #[arg(long, value_name = "DIALEK", default_value = "A")]
    pub dialect: String,
    /// Dengarkan di alamat:port ini; tanpa ini terminal semu yang jalurnya ditampilkan
    #[arg(long, value_name = "ALAMAT")]
    pub tcp: Option<SocketAddr>,
    /// Nama tetap (symlink) bagi terminal semu
    #[arg(long, value_name = "JALUR", conflicts_with = "tcp")]
    pub link: Option<PathBuf>,
    /// Di gerbang keluar
    #[arg(long)]
    pub exit: bool,
    /// Diam: menerima, tidak menjawab
    #[arg(long)]
    pub silent: bool,
    /// Menjawab setelah sekian milidetik
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub slow: u64,
    /// Menjawab dengan sampah
    #[arg(long)]
    pub garbage: bool,
    /// Palang macet: tidak bergerak
    #[arg(long)]
    pub stuck: bool,
}
