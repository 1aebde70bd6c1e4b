//! `parkir sim …`: stand-ins for devices, over the transports of real ones.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Sim {
    /// Alat bayar tiruan, untuk [payment.qris] atau [payment.emoney] command
    Payment(Payment),
}

#[derive(Clone, Debug, clap::Args)]
pub struct Payment {
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
