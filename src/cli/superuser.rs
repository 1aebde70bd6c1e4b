//! How a superuser's connection is given, and that its password is not shown to every user of the machine.

use crate::domain::secret::Secret;
use clap::Args;
use std::ffi::OsString;
use std::io::Write;

/// The environment variable that stands in for `--superuser`.
pub const SUPERUSER_ENV: &str = "PARKIR_SUPERUSER";

/// How to reach PostgreSQL as somebody who may create roles. Its password does not belong on a command line, where
/// every user of the machine can read it; `without_password` is for whoever wrote it there all the same.
#[derive(Debug, Args)]
pub struct Superuser {
    /// Koneksi superuser, misalnya "host=/var/run/postgresql user=postgres"; tanpa ini dari PARKIR_SUPERUSER.
    /// Sandi di PGPASSWORD, bukan di sini
    #[arg(long, value_name = "KONEKSI", value_parser = |text: &str| Ok::<_, String>(Secret::new(text)))]
    superuser: Option<Secret>,
}

impl Superuser {
    /// The connection string: the option, else `PARKIR_SUPERUSER`; with the password of `PGPASSWORD` when it names
    /// none itself. `env` reads one variable. `None` if neither says.
    pub fn connection(&self, env: impl Fn(&str) -> Option<String>) -> Option<Secret> {
        let named = self.superuser.as_ref().map(|s| s.reveal().to_owned());
        let text = named.or_else(|| env(SUPERUSER_ENV)).filter(|text| !text.trim().is_empty())?;
        let password = env("PGPASSWORD").filter(|_| !names_password(&text));
        Some(Secret::new(match password {
            Some(password) => with_password(&text, &password),
            None => text,
        }))
    }
}

/// Ends the process (2), saying what to do without a superuser's connection.
pub fn superuser_missing() -> ! {
    let text = format!(
        "parkir: koneksi superuser tidak diberikan; tulis --superuser \"host=... user=postgres\" atau isi {SUPERUSER_ENV}\n"
    );
    // Nobody has to listen.
    let _ = std::io::stderr().write_all(text.as_bytes());
    std::process::exit(2)
}

fn is_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// Whether a connection string carries a password.
pub fn names_password(text: &str) -> bool {
    let authority = text.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or(rest));
    let in_url = authority.rsplit_once('@').is_some_and(|(who, _)| who.contains(':'));
    in_url || text.contains("password")
}

fn with_password(text: &str, password: &str) -> String {
    if is_url(text) {
        let encoded: String = password.bytes().map(|b| format!("%{b:02X}")).collect();
        let joint = if text.contains('?') { '&' } else { '?' };
        return format!("{text}{joint}password={encoded}");
    }
    let quoted = password.replace('\\', "\\\\").replace('\'', "\\'");
    format!("{text} password='{quoted}'")
}

/// Arguments without `--superuser`, and its value, if that carries a password: for starting anew with the value in
/// the environment, where only this user can read it. `None` if there is nothing to hide.
pub fn without_password(arguments: &[OsString]) -> Option<(Vec<OsString>, OsString)> {
    let mut kept = Vec::new();
    let mut hidden = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let text = argument.to_string_lossy();
        let value = match text.strip_prefix("--superuser") {
            Some("") => rest.next().cloned(),
            Some(tail) => tail.strip_prefix('=').map(OsString::from),
            None => None,
        };
        match value {
            Some(value) => hidden = Some(value),
            None => kept.push(argument.clone()),
        }
    }
    let hidden = hidden.filter(|value| names_password(&value.to_string_lossy()))?;
    Some((kept, hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_superusers_password_is_never_shown() {
        let superuser = Superuser { superuser: Some(Secret::new("user=postgres password=rahasia")) };
        assert!(!format!("{superuser:?}").contains("rahasia"));
        let line = ["db", "migrate", "--superuser", "user=postgres password=rahasia", "--config", "x"];
        let (kept, hidden) = without_password(&line.map(OsString::from)).unwrap();
        assert_eq!(
            (kept, hidden),
            (["db", "migrate", "--config", "x"].map(OsString::from).to_vec(), line[3].into())
        );
        let url = ["--superuser=postgres://postgres:rahasia@db/postgres"].map(OsString::from);
        assert!(without_password(&url).is_some_and(|(kept, _)| kept.is_empty()));
        let harmless = ["db", "migrate", "--superuser", "host=/run user=postgres"].map(OsString::from);
        assert!(without_password(&harmless).is_none());
    }

    #[test]
    fn the_superuser_comes_from_the_option_or_the_environment() {
        let env = |name: &str| match name {
            SUPERUSER_ENV => Some("user=postgres".to_owned()),
            "PGPASSWORD" => Some("it's".to_owned()),
            _ => None,
        };
        let given = |text: &str| Superuser { superuser: Some(Secret::new(text)) };
        let of = |s: Superuser| s.connection(env).map(|s| s.reveal().to_owned());
        assert_eq!(of(Superuser { superuser: None }), Some("user=postgres password='it\\'s'".into()));
        assert_eq!(of(given("user=a password=b")), Some("user=a password=b".into()));
        assert_eq!(of(given("postgres://a@h/d")), Some("postgres://a@h/d?password=%69%74%27%73".into()));
        assert!(Superuser { superuser: None }.connection(|_| None).is_none());
    }
}
