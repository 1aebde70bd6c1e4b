//! `parkir sim`: devices that are none, on real transports. `parkir printer`: the real one, looked at by hand.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Sim {
    /// Printer tiruan: TCP dan pty, membaca ESC/POS, menjawab DLE EOT, menampilkan slip yang diterimanya
    Printer(SimPrinter),
}

#[derive(Debug, Args)]
pub struct SimPrinter {
    /// Alamat TCP; port 0 berarti port bebas mana pun
    #[arg(long, value_name = "ALAMAT:PORT", default_value = "127.0.0.1:9100")]
    pub listen: String,
    /// Karakter per baris: 32, 42 atau 48
    #[arg(long, value_name = "KOLOM", default_value_t = 32)]
    pub columns: u8,
    /// Simpan tiap slip sebagai gambar PNG di folder ini
    #[arg(long, value_name = "FOLDER")]
    pub png: Option<PathBuf>,
    /// Kertas habis: tidak mencetak, dan menjawab begitu
    #[arg(long)]
    pub paper_out: bool,
    /// Mencetak, tetapi tidak pernah menjawab
    #[arg(long)]
    pub silent: bool,
    /// Menjawab dengan byte tanpa arti
    #[arg(long)]
    pub garbage: bool,
    /// Sekian milidetik untuk tiap slip
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub slow: u64,
    /// Sambungan putus setelah sekian byte
    #[arg(long, value_name = "N")]
    pub cut_after: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum PrinterVerb {
    /// Tampilkan tiket dan struk seperti akan tercetak; tolak kalimat pengalihan tanggung jawab
    Check,
    /// Cetak satu slip uji: OK, FAIL atau UNKNOWN
    Test,
}
