//! `parkir sim`: the devices that can be played, and how each may misbehave. `parkir printer`: the real one, looked at
//! by hand.

use clap::{Args, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Sim {
    /// Kamera jaringan: melayani gambar lewat HTTP sampai dihentikan, satu baris per permintaan
    Camera(SimCamera),
    /// Pengendali palang: tampilkan yang diterima, tekan tombol dan lewatkan kendaraan dengan mengetik
    Barrier(BarrierSim),
    /// Printer: TCP dan pty, membaca ESC/POS, menjawab DLE EOT, menampilkan slip yang diterimanya
    Printer(SimPrinter),
    /// Pemindai: mengetik tiket seperti papan ketik; tanpa tujuan ke stdout
    Scanner(SimScanner),
    /// Layar pelanggan: pty, membaca perintah CD5220, menampilkan kedua barisnya
    Display,
    /// Alat bayar, untuk [payment.qris] atau [payment.emoney] command
    Payment(SimPayment),
}

#[derive(Debug, Args)]
pub struct SimCamera {
    /// Alamat; port 0 mengambil yang bebas dan menampilkannya
    #[arg(long, value_name = "ALAMAT:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Login yang diminta: none, basic, digest (MD5) atau digest-sha256
    #[arg(long, value_name = "CARA", value_enum, default_value = "none", hide_possible_values = true)]
    pub auth: SimAuth,
    /// Nama untuk login
    #[arg(long, value_name = "NAMA", default_value = "admin")]
    pub user: String,
    /// Sandi untuk login; hanya tiruan, terlihat di sini
    #[arg(long, value_name = "SANDI", default_value = "parkir")]
    pub password: String,
    /// Menerima permintaan dan diam
    #[arg(long)]
    pub silent: bool,
    /// Menunggu sekian milidetik sebelum setiap jawaban
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub slow: u64,
    /// Menjawab dengan teks, bukan gambar
    #[arg(long)]
    pub garbage: bool,
    /// Putus di tengah gambar
    #[arg(long)]
    pub truncate: bool,
    /// Menjawab dengan status ini, tanpa gambar
    #[arg(long, value_name = "KODE", value_parser = clap::value_parser!(u16).range(100..=599))]
    pub status: Option<u16>,
    /// Gambar yang sama terus
    #[arg(long)]
    pub frozen: bool,
    /// Gambar hitam, seperti lensa tertutup
    #[arg(long)]
    pub black: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SimAuth {
    None,
    Basic,
    Digest,
    #[value(name = "digest-sha256")]
    DigestSha256,
}

impl SimAuth {
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Digest => "digest",
            Self::DigestSha256 => "digest-sha256",
        }
    }
}

#[derive(Debug, Args)]
pub struct SimScanner {
    /// Nomor tiket atau isi QR; tanpa ini setiap baris stdin
    #[arg(value_name = "KODE")]
    pub codes: Vec<String>,
    /// Jalur serial, atau ujung lain sepasang pty
    #[arg(long, value_name = "PATH", conflicts_with_all = ["tmux", "uinput"])]
    pub tty: Option<PathBuf>,
    /// Panel tmux tempat terminal berjalan, misalnya parkir:0.0
    #[arg(long, value_name = "PANEL", conflicts_with = "uinput")]
    pub tmux: Option<String>,
    /// FIFO yang menggantikan perangkat input, untuk [scanner] device tanpa /dev/uinput
    #[arg(long, value_name = "FIFO", conflicts_with_all = ["tty", "tmux", "uinput"])]
    pub events: Option<PathBuf>,
    /// Papan ketik sungguhan bagi kernel, lewat /dev/uinput
    #[arg(long)]
    pub uinput: bool,
    /// Jarak antarkarakter dalam milidetik; pemindai sungguhan 1 sampai 20
    #[arg(long, value_name = "MS", default_value_t = 5)]
    pub slow: u64,
    /// Tanpa Enter di akhir
    #[arg(long)]
    pub no_enter: bool,
    /// Setiap kode dua kali
    #[arg(long)]
    pub double: bool,
    /// Kode rusak: setiap karakter ketiga tidak terbaca
    #[arg(long)]
    pub garbage: bool,
}

#[derive(Clone, Debug, Args)]
pub struct SimPayment {
    /// Milidetik sampai pelanggan membayar
    #[arg(long, default_value_t = 2_000, value_name = "MD")]
    pub after: u64,
    /// Menolak, dengan alasan ini
    #[arg(long, value_name = "ALASAN")]
    pub refuse: Option<String>,
    /// Tidak pernah menjawab
    #[arg(long)]
    pub silent: bool,
    /// Menjawab yang tidak terbaca
    #[arg(long)]
    pub garbage: bool,
    /// Berhenti tanpa jawaban
    #[arg(long)]
    pub dies: bool,
    /// Sudah terbayar, juga bila dibatalkan
    #[arg(long)]
    pub late: bool,
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
    /// Menjawab keadaan, tidak pernah menjawab di belakang cetakan
    #[arg(long)]
    pub hasty: bool,
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
