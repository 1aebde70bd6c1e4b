//! The command line: which door of the house is opened, and with what. It parses, it does nothing.
//!
//! Exit codes of every command: 0 done, 1 failed, 2 not understood.

mod capacity;
mod duplicates;
mod journal;
mod keys;
mod members;
mod passages;
mod people;
mod righting;
mod shift;
mod sim;
mod stay;
mod superuser;
mod tariff;

pub use capacity::{Capacity, CapacitySet, WhenFull};
pub use duplicates::{Class, Duplicates, Group, Range};
pub use journal::{Journal, State};
pub use keys::{Keys, RevokeKey, RotateKey};
pub use members::{Fields, Member, Voucher};
pub use passages::Passages;
pub use people::{Role, User};
pub use righting::{Refund, Void};
pub use shift::Shift;
pub use sim::{BarrierSim, PrinterVerb, Sim, SimAuth, SimCamera, SimPayment, SimPrinter, SimScanner};
pub use stay::Stay;
pub use superuser::{SUPERUSER_ENV, Superuser, names_password, superuser_missing, without_password};
pub use tariff::{LostWord, Quote, Tariff};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::io::Write;
use std::path::PathBuf;

const TEMPLATE: &str = "{about-with-newline}\nPemakaian: {usage}\n\n{all-args}{after-help}";

/// Terminal parkir yang tetap bekerja saat database atau jaringan mati
#[derive(Debug, Parser)]
#[command(name = "parkir", version, disable_help_subcommand = true, disable_help_flag = true)]
#[command(disable_version_flag = true, after_help = "Tanpa perintah: menu utama.")]
pub struct Cli {
    /// Berkas konfigurasi; tanpa ini ./config.toml bila ada
    #[arg(long, global = true, value_name = "BERKAS")]
    pub config: Option<PathBuf>,
    /// Tampilkan bantuan
    #[arg(short, long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Tampilkan versi
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// Reads this process's command line; help and what is not understood end the process (0 and 2).
    pub fn read() -> Self {
        let told = in_indonesian(Self::command()).try_get_matches().and_then(|m| Self::from_arg_matches(&m));
        told.unwrap_or_else(|e| {
            // Nobody has to listen.
            let _ = if e.use_stderr() {
                std::io::stderr().write_all(not_understood(&e).as_bytes())
            } else {
                std::io::stdout().write_all(e.render().to_string().replace("[OPTIONS]", "[PILIHAN]").as_bytes())
            };
            std::process::exit(e.exit_code())
        })
    }
}

/// The headings of every help page, in the operator's language.
fn in_indonesian(command: clap::Command) -> clap::Command {
    command
        .help_template(TEMPLATE)
        .subcommand_help_heading("Perintah")
        .subcommand_value_name("PERINTAH")
        .mut_args(|arg| {
            let heading = if arg.is_positional() { "Isian" } else { "Pilihan" };
            arg.help_heading(heading)
        })
        .mut_subcommands(in_indonesian)
}

/// What was wrong with the command line, and where help is.
fn not_understood(error: &clap::Error) -> String {
    let named = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(list)) => list.join(", "),
        _ => String::new(),
    };
    let (what, value) = (named(ContextKind::InvalidArg), named(ContextKind::InvalidValue));
    let text = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!("perintah tidak dikenal: {}", named(ContextKind::InvalidSubcommand))
        }
        ErrorKind::UnknownArgument => format!("tidak dikenal: {what}"),
        ErrorKind::MissingRequiredArgument => format!("belum diisi: {what}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{what} perlu isian"),
        ErrorKind::InvalidValue => {
            format!("{value:?} bukan isian {what}; pilihannya: {}", named(ContextKind::ValidValue))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return error.render().to_string().replace("[OPTIONS]", "[PILIHAN]");
        }
        ErrorKind::MissingSubcommand => "perintahnya belum lengkap".to_owned(),
        _ => error.render().to_string().trim_end().to_owned(),
    };
    format!("parkir: {text}\nBantuan: parkir --help, atau --help di belakang perintahnya\n")
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Terminal masuk
    In(Gate),
    /// Terminal keluar
    Out(Gate),
    /// Ringkasan, transaksi, terminal, log dan duplikat
    Admin,
    /// Server WebSocket bagi semua terminal
    Server {
        /// Tanpa layar, seperti sebagai layanan; log ke stderr
        #[arg(long)]
        no_screen: bool,
    },
    /// Layar kedua bagi pelanggan: total besar, mengikuti terminal keluar di komputer ini
    Display,
    /// Kirim data yang menunggu, sekali, lalu tampilkan ringkasannya
    Sync {
        /// Juga yang disisihkan: setelah sebabnya dibetulkan
        #[arg(long)]
        retry: bool,
    },
    /// Periksa konfigurasi, disk, jam, kit, kamera, database dan hub
    Doctor {
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Kendaraan di dalam
    #[command(subcommand)]
    Stay(Stay),
    /// Coba semuanya di satu mesin, dengan PostgreSQL pribadi dan perangkat tiruan
    Demo {
        /// Folder untuk semua isinya
        #[arg(long, value_name = "FOLDER", default_value = "demo")]
        dir: PathBuf,
        /// Tanpa menu: siapkan, lalu tunggu stdin ditutup atau SIGTERM
        #[arg(long)]
        no_menu: bool,
    },
    /// Siapkan dan mutakhirkan database
    #[command(subcommand)]
    Db(Db),
    /// Daftarkan dan cabut gerbang
    #[command(subcommand)]
    Gate(GateVerb),
    /// Periksa slip dan coba printer gerbang ini
    #[command(subcommand)]
    Printer(PrinterVerb),
    /// Anggota: kartu, plat, golongan, masa berlaku
    #[command(subcommand)]
    Member(Member),
    /// Voucher yang dipakai di pintu keluar
    Voucher(Voucher),
    /// Petugas: tambah, ganti PIN dan peran, nonaktifkan; dengan kit admin
    #[command(subcommand)]
    User(User),
    /// Shift: daftar dan laporan; dengan kit admin
    #[command(subcommand)]
    Shift(Shift),
    /// Kembalikan denda tiket hilang, atau daftar yang sudah kembali; dengan kit admin
    Refund(Refund),
    /// Batalkan transaksi keluar yang tidak dapat dibatalkan di gerbangnya; dengan kit admin
    Void(Void),
    /// Kapasitas: berapa tempat, area, dan apa yang terjadi bila penuh; dengan kit admin
    #[command(subcommand)]
    Capacity(Capacity),
    /// Periksa, salin, isi dan perbaiki jurnal terminal ini
    #[command(subcommand)]
    Journal(Journal),
    /// Cari, sisihkan dan urungkan data duplikat; hanya saat database terhubung, dengan kit admin
    #[command(subcommand)]
    Duplicates(Duplicates),
    /// Periksa, hitung, tambahkan tarif, dan hitung ulang yang lalu
    #[command(subcommand)]
    Tariff(Tariff),
    /// Perangkat tiruan lewat sambungan sungguhan, yang juga bisa berulah
    #[command(subcommand)]
    Sim(Sim),
}

#[derive(Debug, Args)]
pub struct Gate {
    /// Satu perintah JSON per baris di stdin, satu jawaban JSON per baris di stdout
    #[arg(long)]
    pub headless: bool,
}

#[derive(Debug, Subcommand)]
pub enum Db {
    /// Buat peran, database, tabel, admin pertama, dan kit untuk admin dan hub; aman diulang
    Init {
        #[command(flatten)]
        superuser: Superuser,
        /// Folder tujuan kit: FOLDER/admin dan FOLDER/hub
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Nama tempat parkir; tanpa ini [site] name
        #[arg(long, value_name = "NAMA")]
        site_name: Option<String>,
        /// Ganti kit admin dan hub: sandi dan token baru, kit yang lama tidak berlaku lagi
        #[arg(long)]
        rotate_kits: bool,
        /// Hanya tampilkan SQL-nya
        #[arg(long)]
        dry_run: bool,
    },
    /// Jalankan migrasi yang belum dijalankan
    Migrate {
        #[command(flatten)]
        superuser: Superuser,
    },
    /// Pindahkan bulan yang menumpuk di partisi cadangan ke partisinya sendiri, tanpa menahan gerbang
    Months {
        #[command(flatten)]
        superuser: Superuser,
    },
    /// Versi skema, migrasi yang belum dijalankan, dan jumlah isi
    Status {
        #[command(flatten)]
        superuser: Superuser,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum GateVerb {
    /// Buat login, kunci dan kit sebuah gerbang
    Add {
        /// Kode gerbang, dua huruf atau angka: A1
        #[arg(value_name = "KODE")]
        code: String,
        /// Untuk apa gerbang ini: in (masuk), out (keluar) atau both (keduanya)
        #[arg(long, value_name = "ARAH", value_enum, hide_possible_values = true)]
        kind: GateKind,
        #[command(flatten)]
        superuser: Superuser,
        /// Folder kit; boleh sudah ada
        #[arg(long, value_name = "KIT")]
        out: PathBuf,
    },
    /// Daftar gerbang
    List {
        #[command(flatten)]
        superuser: Superuser,
        /// Hasil sebagai JSON
        #[arg(long)]
        json: bool,
    },
    /// Pembukaan palang dan kendaraan lewat, dengan pasangannya; yang tanpa pasangan dihitung per giliran
    Passages(Passages),
    /// Kunci karcis: yang dipakai, yang lama, yang dicabut
    Keys(Keys),
    /// Kunci karcis baru untuk sebuah gerbang; karcis dari kunci lama tetap berlaku
    RotateKey(RotateKey),
    /// Cabut satu kunci karcis: karcis yang masuk sejak itu ditolak
    RevokeKey(RevokeKey),
    /// Cabut gerbang: login, token dan kuncinya tidak berlaku lagi
    Revoke {
        /// Kode gerbang
        #[arg(value_name = "KODE")]
        code: String,
        #[command(flatten)]
        superuser: Superuser,
    },
}

/// What a gate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GateKind {
    In,
    Out,
    Both,
}

impl GateKind {
    /// `in`, `out`, `both`.
    pub fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Both => "both",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("parkir").chain(line.split_whitespace()))
    }

    #[test]
    fn the_command_line_is_sound() {
        in_indonesian(Cli::command()).debug_assert();
    }

    #[test]
    fn the_config_may_be_named_before_or_after_any_verb() {
        for line in [
            "--config x.toml in",
            "in --config x.toml --headless",
            "--config=x.toml db status",
            "db --config x.toml status",
            "db status --config x.toml",
            "gate add A1 --kind both --out k --config x.toml",
            "--config x.toml",
        ] {
            assert_eq!(parse(line).unwrap().config, Some("x.toml".into()), "{line}");
        }
    }

    #[test]
    fn what_it_does_not_understand_ends_with_2() {
        for line in ["masuk", "in --nonsense", "gate add A1", "gate add A1 --kind up --out k", "db init", "db"] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
        assert_eq!(parse("gate add --help").unwrap_err().exit_code(), 0);
    }

    #[test]
    fn what_it_does_not_understand_is_said_in_the_operators_language() {
        let told = |line: &str| {
            let words = std::iter::once("parkir").chain(line.split_whitespace());
            not_understood(&in_indonesian(Cli::command()).try_get_matches_from(words).unwrap_err())
        };
        assert!(told("masuk").starts_with("parkir: perintah tidak dikenal: masuk\n"), "{}", told("masuk"));
        assert!(told("in --apa").starts_with("parkir: tidak dikenal: --apa\n"), "{}", told("in --apa"));
        assert!(told("db init").contains("belum diisi: --out <FOLDER>"), "{}", told("db init"));
        let kind = told("gate add A1 --out k --kind atas");
        assert!(kind.contains("\"atas\" bukan isian --kind <ARAH>; pilihannya: in, out, both"), "{kind}");
        assert!(!told("db").contains("OPTIONS"));
    }
}
