//! `parkir gate keys|rotate-key|revoke-key`: the keys a gate signs its tickets with.

use super::Superuser;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Keys {
    /// Hanya gerbang ini
    #[arg(value_name = "KODE")]
    pub code: Option<String>,
    #[command(flatten)]
    pub superuser: Superuser,
    /// Hasil sebagai JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct RotateKey {
    /// Kode gerbang
    #[arg(value_name = "KODE")]
    pub code: String,
    #[command(flatten)]
    pub superuser: Superuser,
    /// Folder kit gerbang itu
    #[arg(long, value_name = "KIT")]
    pub out: PathBuf,
    /// Hasil sebagai JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct RevokeKey {
    /// Kode gerbang
    #[arg(value_name = "KODE")]
    pub code: String,
    /// Nama kunci seperti di `parkir gate keys`
    #[arg(value_name = "KUNCI")]
    pub key: String,
    /// Sejak kapan karcisnya ditolak, misalnya "2026-11-22 14:05"; tanpa ini sekarang
    #[arg(long, value_name = "WAKTU")]
    pub since: Option<String>,
    #[command(flatten)]
    pub superuser: Superuser,
    /// Hasil sebagai JSON
    #[arg(long)]
    pub json: bool,
}
