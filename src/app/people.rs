//! `parkir user add|list|pin|role|disable|enable`, with the admin's kit. A PIN is asked for on the terminal, or made up
//! where there is none and told once; what travels is its hash.

use super::gate::target;
use super::kit::Kit;
use super::pin;
use crate::central::{Central, CentralError, ErrorClass};
use crate::cli::{self, User};
use crate::config::Config;
use crate::domain::operator::Role;
use crate::domain::secret::Secret;
use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

impl From<cli::Role> for Role {
    fn from(role: cli::Role) -> Self {
        match role {
            cli::Role::Operator => Self::Operator,
            cli::Role::Supervisor => Self::Supervisor,
            cli::Role::Admin => Self::Admin,
        }
    }
}

/// What the centre says no to stands in its own words.
pub(super) fn trouble(error: CentralError) -> anyhow::Error {
    match error.class() {
        ErrorClass::Data { message, .. } => anyhow!("{message}"),
        _ => anyhow::Error::new(error).context("pusat tidak dapat ditanya"),
    }
}

/// The centre, as an administrator.
pub(super) async fn office(config: &Config, application: &str) -> Result<Central> {
    let path = config.kit.as_deref().ok_or_else(|| anyhow!("kit admin belum ada di config.toml: isi kit"))?;
    let kit = Kit::open(path)?;
    Central::connect(&target(config, &kit), application, LIMIT).await.map_err(trouble)
}

/// A PIN and whether it was made up.
fn new_pin(name: &str, asked: bool) -> Result<(Secret, bool)> {
    if asked { Ok((pin::ask(name)?, false)) } else { Ok((pin::made_up()?, true)) }
}

fn told(name: &str, pin: &(Secret, bool), said: String, json: bool, mut value: Value) {
    if json {
        if pin.1 {
            value["pin"] = json!(pin.0.reveal());
        }
        println!("{value}");
        return;
    }
    println!("{said}");
    if pin.1 {
        println!("PIN sekali tampil untuk {name}: {}", pin.0.reveal());
    }
}

/// 0 done, 1 refused or the centre cannot be asked.
pub fn run(config: &Config, verb: User) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    let central = runtime.block_on(office(config, "parkir-user"))?;
    let asks = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    match verb {
        User::Add { name, role, json } => {
            let (name, role) = (name.trim().to_owned(), Role::from(role));
            let pin = new_pin(&name, asks && !json)?;
            let hash = pin::hash(&pin.0)?;
            runtime.block_on(central.add_user(&name, role, &hash, LIMIT)).map_err(trouble)?;
            let said = format!("Pengguna {name} ditambahkan sebagai {}.", role.word());
            told(&name, &pin, said, json, json!({"name": name, "role": role}));
        }
        User::Pin { name, json } => {
            let pin = new_pin(&name, asks && !json)?;
            let hash = pin::hash(&pin.0)?;
            runtime.block_on(central.change_user(&name, None, Some(&hash), None, LIMIT)).map_err(trouble)?;
            told(&name, &pin, format!("PIN {name} diganti."), json, json!({"name": name}));
        }
        User::Role { name, role, json } => {
            let role = Role::from(role);
            let users = runtime.block_on(central.users(LIMIT)).map_err(trouble)?;
            let before = users.iter().find(|u| u.name.eq_ignore_ascii_case(name.trim())).map(|u| u.role);
            // Gates hold the one's hash and never the other's.
            let crosses = before.is_some_and(|before| (before == Role::Admin) != (role == Role::Admin));
            let pin = if crosses { new_pin(&name, asks && !json)? } else { (Secret::default(), false) };
            let hash = if crosses { Some(pin::hash(&pin.0)?) } else { None };
            runtime
                .block_on(central.change_user(&name, Some(role), hash.as_deref(), None, LIMIT))
                .map_err(trouble)?;
            let said = format!("Peran {name} sekarang {}.", role.word());
            told(&name, &pin, said, json, json!({"name": name, "role": role}));
        }
        User::Disable { name, json } => active(&runtime, &central, &name, false, json)?,
        User::Enable { name, json } => active(&runtime, &central, &name, true, json)?,
        User::List { json } => {
            let users = runtime.block_on(central.users(LIMIT)).map_err(trouble)?;
            if json {
                println!("{}", serde_json::to_string(&users)?);
            } else {
                for user in &users {
                    let state = match (user.active, user.must_change) {
                        (false, _) => "NONAKTIF",
                        (true, true) => "harus ganti PIN",
                        (true, false) => "aktif",
                    };
                    println!("{:<20} {:<11} {state}", printable(&user.name), user.role.word());
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn active(
    runtime: &tokio::runtime::Runtime,
    central: &Central,
    name: &str,
    active: bool,
    json: bool,
) -> Result<()> {
    runtime.block_on(central.change_user(name, None, None, Some(active), LIMIT)).map_err(trouble)?;
    if json {
        println!("{}", json!({"name": name, "active": active}));
    } else {
        println!("{name} {}", if active { "boleh masuk lagi." } else { "tidak boleh masuk lagi." });
    }
    Ok(())
}

/// What came from elsewhere may not steer a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
