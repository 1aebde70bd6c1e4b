//! Which door a command opens: configuration read, log begun, and then one component of the house.

use super::{books, demo, doctor};
use crate::cli::{self, Cli, Command, Db, GateVerb, Journal};
use crate::config::Config;
use crate::domain::secret::Secret;
use crate::log::{Log, LogOptions};
use anyhow::{Context, Result, bail};
use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

/// Starts anew without the password, if one stands on the command line for every user of this machine to read.
pub fn hide_password() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let Some((kept, connection)) = cli::without_password(&arguments) else { return Ok(()) };
    let program = std::env::current_exe().context("berkas program ini tidak ditemukan")?;
    let error = std::process::Command::new(program).args(kept).env(cli::SUPERUSER_ENV, connection).exec();
    Err(error).context("tidak dapat mulai ulang tanpa sandi di baris perintah; pakai PGPASSWORD")
}

/// Which side of a gate a terminal works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    In,
    Out,
}

/// Opens the door a command names. The exit code is the command's own (0 done, 1 failed).
pub fn open(cli: Cli) -> Result<ExitCode> {
    let config = Config::find(cli.config.as_deref())?;
    let service = matches!(&cli.command, Some(Command::Server { no_screen }) if *no_screen || !on_terminal());
    let log =
        Log::start(LogOptions { folder: config.logs(), zone: config.site.timezone.clone(), stderr: service });
    match cli.command {
        None => menu(Configs::of(config), CancellationToken::new()),
        Some(Command::In(gate)) => gate_door(config, Side::In, gate.headless, log),
        Some(Command::Out(gate)) => gate_door(config, Side::Out, gate.headless, log),
        Some(Command::Admin) => not_yet("admin"),
        Some(Command::Server { .. }) => not_yet("server"),
        Some(Command::Sync) => not_yet("sync"),
        Some(Command::Doctor { json }) => doctor::run(&config, json),
        Some(Command::Demo { dir, no_menu }) => demo::run(&dir, !no_menu),
        Some(Command::Db(verb)) => database(config, verb),
        Some(Command::Gate(verb)) => gates(config, verb),
        Some(Command::Journal(Journal::Status { json })) => books::status(&config, json),
        Some(Command::Journal(Journal::Verify { json })) => books::verify(&config, json),
    }
}

/// The configuration of each component the main menu opens: one machine has one for all, the demo one for each.
pub struct Configs {
    pub entry: Config,
    pub exit: Config,
    pub admin: Config,
    pub server: Config,
}

impl Configs {
    pub fn of(config: Config) -> Self {
        Self { entry: config.clone(), exit: config.clone(), admin: config.clone(), server: config }
    }
}

/// The main menu, until it is left or `stop` is asked for.
pub fn menu(_configs: Configs, _stop: CancellationToken) -> Result<ExitCode> {
    not_yet("menu utama")
}

fn gate_door(config: Config, side: Side, headless: bool, _log: Log) -> Result<ExitCode> {
    if headless {
        return super::headless::run(&config, side);
    }
    not_yet("gerbang")
}

fn database(_config: Config, verb: Db) -> Result<ExitCode> {
    match verb {
        Db::Init { superuser, .. } | Db::Migrate { superuser } => {
            connection(&superuser);
        }
        Db::Status { .. } => {}
    }
    not_yet("db")
}

fn gates(_config: Config, verb: GateVerb) -> Result<ExitCode> {
    let (GateVerb::Add { superuser, .. } | GateVerb::List { superuser, .. } | GateVerb::Revoke { superuser, .. }) =
        &verb;
    connection(superuser);
    not_yet("gate")
}

/// The superuser's connection string; without one the process ends as with any other unfit command line.
fn connection(superuser: &cli::Superuser) -> Secret {
    superuser.connection(|name| std::env::var(name).ok()).unwrap_or_else(|| cli::superuser_missing().exit())
}

fn on_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

fn not_yet(door: &str) -> Result<ExitCode> {
    bail!("{door}: belum tersedia")
}
