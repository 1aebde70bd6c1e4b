//! What needs a superuser, once: roles, the database, migrations, the first people, gates. No component runs as one.
//!
//! Passwords never travel: a login is given its SCRAM verifier, made here.

use super::connect::{open, within};
use super::migrate::{BOOK, MIGRATIONS};
use super::{CentralError, Tls};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Row};

const ROLES: &str = include_str!("../../sql/setup/roles.sql");
const DOORS: &str = include_str!("../../sql/setup/database.sql");
const LIMIT: Duration = Duration::from_secs(60);

/// A superuser's connection to one database.
pub struct Superuser {
    pub(super) client: Client,
}

/// A login and whose group it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    Hub,
    Admin,
}

impl Login {
    pub fn name(self) -> &'static str {
        match self {
            Self::Hub => "parkir_hub",
            Self::Admin => "parkir_admin",
        }
    }
}

/// What stands in the books about a gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateRecord {
    pub code: String,
    /// `in`, `out` or `both`.
    pub kind: String,
    pub login: String,
    pub active: bool,
    /// Lower-case hex SHA-256 of its token.
    pub token_sha256: String,
    /// Its newest public key, base-64.
    pub key: String,
}

/// The first administrator, as the books will hold him.
pub struct FirstAdmin<'a> {
    pub name: &'a str,
    /// Argon2 in PHC form, never the PIN.
    pub pin_hash: &'a str,
}

pub(super) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// All that `db init` would do, as SQL with psql's `\connect` between the two databases.
pub fn dry_run_sql(database: &str, site: &str, site_name: &str, zone: &str) -> String {
    let mut text = format!("-- Peran\n{ROLES}\n-- Basis data, bila belum ada\n{}\n", create_database(database));
    text.push_str(&format!(
        "\\connect {}\n{DOORS}\n-- Migrasi, yang belum diterapkan saja\n{BOOK}",
        ident(database)
    ));
    for migration in MIGRATIONS {
        text.push_str(&migration.script());
    }
    let plant = [site, site_name, zone].map(literal).join(", ");
    text.push_str(&format!("-- Lokasi\nSELECT intern.tanam({plant});\n"));
    text
}

// Codes are compared by their bytes: half the work of a locale's rules in every index, and no index breaks when an
// upgrade of the machine changes those rules.
fn create_database(database: &str) -> String {
    format!(
        "CREATE DATABASE {} OWNER parkir_owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C';",
        ident(database)
    )
}

/// Anything that is not this machine is reached encrypted and verified, unless the string says `sslmode=disable`.
fn tls_for(config: &Config, text: &str, ca_file: Option<PathBuf>) -> Tls {
    let here = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|a| a.is_loopback()),
    };
    let said = config.get_ssl_mode();
    let local = config.get_hosts().iter().all(here) && config.get_hostaddrs().iter().all(IpAddr::is_loopback);
    let asked = said == SslMode::Require || (text.contains("sslmode=prefer") && !local);
    if said == SslMode::Disable || (local && !asked) { Tls::Off } else { Tls::VerifyFull { ca_file } }
}

impl Superuser {
    /// `text` is a connection string (`host=… user=postgres …`); its database is replaced by `database`. A
    /// password stands better in `password` (from PGPASSWORD) than in a string that `ps` shows.
    pub async fn connect(
        text: &str,
        database: &str,
        password: Option<&str>,
        ca_file: Option<PathBuf>,
    ) -> Result<Self, CentralError> {
        let mut config: Config = text.parse()?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host_path("/var/run/postgresql");
        }
        if let (None, Some(password)) = (config.get_password(), password) {
            config.password(password);
        }
        config.dbname(database).application_name("parkir-setup");
        let tls = tls_for(&config, text, ca_file);
        Ok(Self { client: open(config, &tls, None, Duration::from_secs(10)).await? })
    }

    pub(super) async fn run(&self, sql: &str) -> Result<(), CentralError> {
        within(LIMIT, self.client.batch_execute(sql)).await
    }

    pub(super) async fn rows(
        &self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, CentralError> {
        within(LIMIT, self.client.query_typed(sql, params)).await
    }

    pub(super) async fn row(
        &self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Row, CentralError> {
        within(LIMIT, self.client.query_typed_one(sql, params)).await
    }

    /// Makes the roles and the database where they are missing. Connected to any database.
    pub async fn make_roles_and_database(&self, database: &str) -> Result<(), CentralError> {
        self.run(ROLES).await?;
        if !self.has_database(database).await? {
            self.run(&create_database(database)).await?;
        }
        Ok(())
    }

    pub async fn has_database(&self, database: &str) -> Result<bool, CentralError> {
        let sql = "SELECT 1 FROM pg_database WHERE datname = $1";
        Ok(!self.rows(sql, &[(&database, Type::TEXT)]).await?.is_empty())
    }

    /// Closes the database to PUBLIC and gives it to its owner. Connected to it.
    pub async fn set_doors(&self) -> Result<(), CentralError> {
        self.run(DOORS).await
    }

    /// The site's code and name, once planted.
    pub async fn site(&self) -> Result<Option<(String, String)>, CentralError> {
        let rows = self.rows("SELECT situs, nama FROM public.lokasi ORDER BY situs LIMIT 1", &[]).await?;
        rows.first().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }

    /// Begins a site with classes and tariff 1; nothing if it is there.
    pub async fn plant(&self, site: &str, name: &str, zone: &str) -> Result<(), CentralError> {
        let params: &[(&(dyn ToSql + Sync), Type)] =
            &[(&site, Type::TEXT), (&name, Type::TEXT), (&zone, Type::TEXT)];
        self.rows("SELECT intern.tanam($1, $2, $3)", params).await.map(|_| ())
    }

    pub async fn has_admin(&self, site: &str) -> Result<bool, CentralError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM public.pengguna WHERE situs = $1 AND peran = 'admin')";
        Ok(self.row(sql, &[(&site, Type::TEXT)]).await?.try_get(0)?)
    }

    pub async fn add_admin(&self, site: &str, admin: &FirstAdmin<'_>) -> Result<(), CentralError> {
        let sql = "INSERT INTO public.pengguna (situs, nama, peran, sidik_pin) VALUES ($1, $2, 'admin', $3) \
                   ON CONFLICT DO NOTHING";
        let params: &[(&(dyn ToSql + Sync), Type)] =
            &[(&site, Type::TEXT), (&admin.name, Type::TEXT), (&admin.pin_hash, Type::TEXT)];
        self.rows(sql, params).await.map(|_| ())
    }

    /// What a login must prove; `None` if it may not log in.
    pub async fn stored_verifier(&self, login: &str) -> Result<Option<String>, CentralError> {
        let sql =
            "SELECT rolpassword FROM pg_authid WHERE rolname = $1 AND rolcanlogin AND rolpassword IS NOT NULL";
        let rows = self.rows(sql, &[(&login, Type::TEXT)]).await?;
        rows.first().map(|row| Ok(row.try_get(0)?)).transpose()
    }

    /// Gives the hub's or the admin's login its verifier and its token's hash.
    pub async fn set_login(
        &self,
        site: &str,
        login: Login,
        verifier: &str,
        token_sha256: &str,
    ) -> Result<(), CentralError> {
        self.run(&format!("ALTER ROLE {} LOGIN PASSWORD {}", login.name(), literal(verifier))).await?;
        let name = login.name().replace("parkir_", "token_");
        let sql = "INSERT INTO public.konfigurasi (situs, nama, nilai) VALUES ($1, $2, to_jsonb($3)) \
                   ON CONFLICT (situs, nama) DO UPDATE SET nilai = excluded.nilai";
        let params: &[(&(dyn ToSql + Sync), Type)] =
            &[(&site, Type::TEXT), (&name, Type::TEXT), (&token_sha256, Type::TEXT)];
        self.rows(sql, params).await.map(|_| ())
    }

    /// Ends the connections of a login: what came in with an old password goes out with it.
    pub async fn end_sessions(&self, login: Login) -> Result<(), CentralError> {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1";
        self.rows(sql, &[(&login.name(), Type::TEXT)]).await.map(|_| ())
    }

    /// The token's hash the books hold for the hub or the admin.
    pub async fn login_token(&self, site: &str, login: Login) -> Result<Option<String>, CentralError> {
        let name = login.name().replace("parkir_", "token_");
        let sql = "SELECT nilai #>> '{}' FROM public.konfigurasi WHERE situs = $1 AND nama = $2";
        let rows = self.rows(sql, &[(&site, Type::TEXT), (&name, Type::TEXT)]).await?;
        rows.first().map(|row| Ok(row.try_get(0)?)).transpose()
    }
}
