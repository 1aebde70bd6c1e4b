//! Which door a command opens: configuration read, log begun, and then one component of the house.

use super::enrol::{self, InitOptions, SuperuserOptions};
use super::kit::Kit;
use super::{
    admin, books, capacity, demo, display, doctor, duplicates, gate, headless, keys, members, menu, passages,
    people, righting, server, shifts, sim, slips, stays, tariff,
};
use crate::central::{Central, MIGRATIONS};
use crate::cli::{self, Cli, Command, Db, GateVerb};
use crate::config::Config;
use crate::domain::ids::GateId;
use crate::log::{Log, LogOptions};
use anyhow::{Context, Result};
use serde_json::json;
use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// What a shell says of a program that died of it.
const SIGPIPE: i32 = 128 + 13;
const LIMIT: Duration = Duration::from_secs(4);

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
pub fn open(mut cli: Cli) -> Result<ExitCode> {
    // Simulators belong to no gate and read no configuration.
    if let Some(Command::Sim(verb)) = cli.command.take_if(|c| matches!(c, Command::Sim(_))) {
        return sim::run(verb);
    }
    let config = Config::find(cli.config.as_deref())?;
    quiet_where_nobody_reads(cli.command.as_ref());
    match cli.command {
        Some(Command::Db(verb)) => return database(&config, verb),
        Some(Command::Gate(verb)) => return gates(&config, verb),
        Some(Command::Journal(verb)) => return books::journal(&config, verb),
        Some(Command::Member(verb)) => return members::run(&config, verb),
        Some(Command::Voucher(asked)) => return members::vouchers(&config, &asked),
        Some(Command::User(verb)) => return people::run(&config, verb),
        Some(Command::Capacity(verb)) => return capacity::run(&config, verb),
        Some(Command::Shift(verb)) => return shifts::run(&config, verb),
        Some(Command::Refund(asked)) => return righting::refund(&config, &asked),
        Some(Command::Void(asked)) => return righting::void(&config, &asked),
        Some(Command::Duplicates(verb)) => return duplicates::run(&config, verb),
        Some(Command::Stay(verb)) => return stays::run(&config, verb),
        Some(Command::Tariff(verb)) => return tariff::run(&config, verb),
        Some(Command::Printer(verb)) => return slips::run(&config, verb),
        Some(Command::Display) => return display::run(&config),
        Some(Command::Doctor { json }) => return doctor::run(&config, json),
        _ => {}
    }
    let service = matches!(&cli.command, Some(Command::Server { no_screen }) if *no_screen || !on_terminal());
    let log =
        Log::start(LogOptions { folder: config.logs(), zone: config.site.timezone.clone(), stderr: service });
    match cli.command {
        Some(Command::In(face)) if face.headless => headless::run(&config, Side::In),
        Some(Command::Out(face)) if face.headless => headless::run(&config, Side::Out),
        Some(Command::In(_)) => gate::screen::run(&config, Side::In, &log),
        Some(Command::Out(_)) => gate::screen::run(&config, Side::Out, &log),
        Some(Command::Admin) => admin::run(&config, &log),
        Some(Command::Server { .. }) if service => server::screen::service(&config),
        Some(Command::Server { .. }) => server::screen::screen(&config, &log),
        Some(Command::Sync { retry }) => books::send(&config, retry),
        Some(Command::Demo { dir, no_menu }) => demo::run(&config, dir, no_menu, &log),
        _ => menu::run(&config, &log),
    }
}

/// What is printed for a pipe that was closed (`| head`) ends the command as SIGPIPE would, and not with a backtrace. Gates and
/// the server print to nobody who leaves.
fn quiet_where_nobody_reads(command: Option<&Command>) {
    if matches!(command, None | Some(Command::In(_) | Command::Out(_) | Command::Admin | Command::Server { .. })) {
        return;
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let said = info.payload().downcast_ref::<String>().map_or("", String::as_str);
        if said.starts_with("failed printing to std") && said.contains("Broken pipe") {
            std::process::exit(SIGPIPE);
        }
        before(info);
    }));
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")
}

fn tell(lines: &[String]) {
    for line in lines {
        println!("{line}");
    }
}

fn database(config: &Config, verb: Db) -> Result<ExitCode> {
    match verb {
        Db::Init { superuser, out, site_name, rotate_kits, dry_run } => {
            let options = |superuser| InitOptions {
                superuser,
                out,
                site: None,
                site_name: site_name.unwrap_or_else(|| config.site.name.clone()),
                zone: config.site.timezone.iana_name().unwrap_or("Asia/Jakarta").to_owned(),
                ask: on_terminal(),
                rotate_kits,
            };
            if dry_run {
                let nobody = SuperuserOptions::new("", config);
                println!("{}", enrol::db_init_dry_run(&options(nobody)));
            } else {
                let options = options(connection(config, &superuser));
                tell(&runtime()?.block_on(enrol::db_init(&options))?);
            }
        }
        Db::Migrate { superuser } => {
            let applied = runtime()?.block_on(enrol::db_migrate(&connection(config, &superuser)))?;
            for name in &applied {
                println!("Migrasi {name} diterapkan.");
            }
            if applied.is_empty() {
                println!("Tidak ada migrasi yang tertunda.");
            }
        }
        Db::Months { superuser } => tell(&runtime()?.block_on(enrol::db_months(&connection(config, &superuser)))?),
        Db::Status { superuser, json } => {
            if superuser.connection(|name| std::env::var(name).ok()).is_none() && config.kit.is_some() {
                return schema_by_kit(config, json);
            }
            let status = runtime()?.block_on(enrol::db_status(&connection(config, &superuser)))?;
            if json {
                let applied: Vec<_> = status.applied.iter().map(|a| a.name.clone()).collect();
                println!("{}", json!({"applied": applied, "pending": status.pending}));
            } else {
                for one in &status.applied {
                    println!("diterapkan  {}", one.name);
                }
                for name in &status.pending {
                    println!("BELUM       {name}");
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a terminal can see of the schema with its own kit.
fn schema_by_kit(config: &Config, json: bool) -> Result<ExitCode> {
    let kit = Kit::open(config.kit.as_deref().unwrap_or_else(|| Path::new("")))?;
    let hello = runtime()?.block_on(async {
        let central = Central::connect(&gate::target(config, &kit), "parkir-status", LIMIT).await?;
        central.greeting(LIMIT).await
    })?;
    let newest = MIGRATIONS.last().map_or(0, |m| m.version);
    if json {
        println!("{}", json!({"schema": hello.schema, "program": newest, "site": hello.site, "login": kit.login}));
    } else {
        println!(
            "Skema {} di lokasi {}, masuk sebagai {}; program ini mengenal {newest}.",
            hello.schema, hello.site, kit.login
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn gates(config: &Config, verb: GateVerb) -> Result<ExitCode> {
    match verb {
        GateVerb::Add { code, kind, superuser, out } => {
            let gate = GateId::parse(&code)?;
            let superuser = connection(config, &superuser);
            tell(&runtime()?.block_on(enrol::gate_add(&gate, kind.word(), &superuser, &out))?);
        }
        GateVerb::List { superuser, json } => {
            let gates = runtime()?.block_on(enrol::gate_list(&connection(config, &superuser)))?;
            let rows: Vec<_> = gates
                .iter()
                .map(|g| json!({"code": g.code, "kind": g.kind, "login": g.login, "active": g.active, "key": g.key}))
                .collect();
            if json {
                println!("{}", serde_json::Value::from(rows));
            } else {
                for g in &gates {
                    let state = if g.active { "aktif" } else { "DICABUT" };
                    println!("{}  {:<5} {:<10} {state}", g.code, g.kind, g.login);
                }
            }
        }
        GateVerb::Keys(asked) => {
            runtime()?.block_on(keys::list(&asked, &connection(config, &asked.superuser), config))?;
        }
        GateVerb::RotateKey(asked) => {
            runtime()?.block_on(keys::rotate(&asked, &connection(config, &asked.superuser)))?;
        }
        GateVerb::RevokeKey(asked) => {
            runtime()?.block_on(keys::revoke(&asked, &connection(config, &asked.superuser), config))?;
        }
        GateVerb::Passages(asked) => return passages::run(config, &asked),
        GateVerb::Revoke { code, superuser } => {
            let gate = GateId::parse(&code)?;
            tell(&runtime()?.block_on(enrol::gate_revoke(&gate, &connection(config, &superuser)))?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The superuser's connection, or the usage error that says how to give one.
fn connection(config: &Config, superuser: &cli::Superuser) -> SuperuserOptions {
    match superuser.connection(|name| std::env::var(name).ok()) {
        Some(text) => SuperuserOptions::new(text.reveal(), config),
        None => cli::superuser_missing(),
    }
}

fn on_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}
