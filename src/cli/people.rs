//! `parkir user`: who may log in.

use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum User {
    /// Tambah petugas; PIN ditanya di terminal, atau dibuatkan dan tampil sekali
    Add {
        #[arg(value_name = "NAMA")]
        name: String,
        /// operator, supervisor atau admin
        #[arg(long, value_name = "PERAN", value_enum, hide_possible_values = true)]
        role: Role,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Daftar pengguna
    List {
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// PIN baru
    Pin {
        #[arg(value_name = "NAMA")]
        name: String,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Ganti peran; menjadi admin atau berhenti menjadi admin perlu PIN baru
    Role {
        #[arg(value_name = "NAMA")]
        name: String,
        /// operator, supervisor atau admin
        #[arg(value_name = "PERAN", value_enum, hide_possible_values = true)]
        role: Role,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Tidak boleh masuk lagi
    Disable {
        #[arg(value_name = "NAMA")]
        name: String,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Boleh masuk lagi
    Enable {
        #[arg(value_name = "NAMA")]
        name: String,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    Operator,
    Supervisor,
    Admin,
}
