//! Enrolment: `parkir db init|migrate|months|status` and `parkir gate add|list|revoke`. The only doors that take a
//! superuser's connection, and only as long as they run. Each is harmless when run again.

use super::kit::{self, Kit, KitContent, random_gate_key, random_secret, token_sha256};
use super::pin;
use crate::central::{self, FirstAdmin, GateRecord, Login, NewGate, Superuser};
use crate::config::Config;
use crate::domain::ids::{GateId, READABLE};
use crate::domain::secret::Secret;
use anyhow::{Context, Result, anyhow, bail};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// The kits of the centre itself, and their folders.
const CENTRE_KITS: [(Login, &str); 2] = [(Login::Admin, "admin"), (Login::Hub, "hub")];

/// A superuser's way to the server.
#[derive(Clone, Debug)]
pub struct SuperuserOptions {
    /// `host=... user=postgres …`. A password stands better in PGPASSWORD than here, where `ps` shows it.
    pub text: Secret,
    pub database: String,
    pub ca_file: Option<PathBuf>,
}

/// What `parkir db init` is told.
#[derive(Clone, Debug)]
pub struct InitOptions {
    pub superuser: SuperuserOptions,
    /// The kits go to `out/admin` and `out/hub`.
    pub out: PathBuf,
    /// The site's code in the books; `None` makes one of its name.
    pub site: Option<String>,
    pub site_name: String,
    /// IANA zone.
    pub zone: String,
    /// Whether a PIN may be asked for on the terminal.
    pub ask: bool,
    /// New kits for hub and administrators, also where others are in force: those open nothing any more.
    pub rotate_kits: bool,
}

impl SuperuserOptions {
    /// The database and CA of a configuration, by this superuser.
    pub fn new(text: &str, config: &Config) -> Self {
        Self {
            text: Secret::new(text),
            database: config.central.database.clone(),
            ca_file: config.central.ca_file.clone(),
        }
    }

    async fn connect_to(&self, database: &str) -> Result<Superuser> {
        let password = std::env::var("PGPASSWORD").ok();
        Superuser::connect(self.text.reveal(), database, password.as_deref(), self.ca_file.clone())
            .await
            .with_context(|| format!("tidak dapat masuk ke basis data {database} sebagai superuser"))
    }

    async fn connect(&self) -> Result<Superuser> {
        self.connect_to(&self.database).await
    }

    /// Connects, and finds the site.
    pub(super) async fn site(&self) -> Result<(Superuser, String, String)> {
        let superuser = self.connect().await?;
        let site = superuser.site().await.context("jalankan parkir db init lebih dulu")?;
        let (code, name) = site.ok_or_else(|| anyhow!("belum ada lokasi: jalankan parkir db init lebih dulu"))?;
        Ok((superuser, code, name))
    }
}

/// A site's code: the one given, else made of its name and five random characters, so that two car parks of one name
/// never take each other's tickets: `Parkir Uji` -> `PARKIR-UJI-7K2QD`.
fn site_code(options: &InitOptions) -> Result<String> {
    let slug = slug(options);
    if options.site.is_some() {
        return Ok(slug);
    }
    let random = kit::random_bytes()?;
    let tail: String = random.iter().take(5).map(|b| char::from(READABLE[usize::from(b & 31)])).collect();
    let head: String = slug.chars().take(10).collect();
    Ok(format!("{}-{tail}", head.trim_end_matches('-')))
}

fn slug(options: &InitOptions) -> String {
    let from = options.site.as_deref().unwrap_or(&options.site_name);
    let upper = from.to_ascii_uppercase();
    let words: Vec<&str> = upper.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let code: String = words.join("-").chars().take(16).collect();
    if code.is_empty() { "PARKIR".to_owned() } else { code.trim_end_matches('-').to_owned() }
}

/// The SQL `db_init` would run. Needs no connection and changes nothing.
pub fn db_init_dry_run(options: &InitOptions) -> String {
    let database = &options.superuser.database;
    let mut text = central::dry_run_sql(database, &slug(options), &options.site_name, &options.zone);
    if options.rotate_kits {
        text.push_str("-- Kit diganti (--rotate-kits): yang lama tidak berlaku lagi, sambungannya diputus\n");
        for (login, folder) in CENTRE_KITS {
            let (name, path) = (login.name(), options.out.join(folder));
            text.push_str(&format!(
                "--   {}: ALTER ROLE {name} LOGIN PASSWORD 'SCRAM-SHA-256$...', token baru\n",
                path.display()
            ));
        }
    }
    text
}

/// Roles, database, migrations, the first administrator, the kits of hub and administrators. What stands already
/// is left as it is. Gives the lines to tell the operator.
pub async fn db_init(options: &InitOptions) -> Result<Vec<String>> {
    let database = &options.superuser.database;
    let mut said = Vec::new();
    let pin = first_pin(options).await?;
    let superuser = options.superuser.connect_to("postgres").await?;
    superuser.make_roles_and_database(database).await.context("peran dan basis data")?;
    drop(superuser);

    let superuser = options.superuser.connect().await?;
    superuser.set_doors().await.context("hak basis data")?;
    said.extend(
        superuser.migrate().await.context("migrasi")?.into_iter().map(|m| format!("Migrasi {m} diterapkan.")),
    );
    let (site, site_name) = match superuser.site().await? {
        Some(site) => site,
        None => {
            let code = site_code(options)?;
            superuser.plant(&code, &options.site_name, &options.zone).await.context("lokasi")?;
            (code, options.site_name.clone())
        }
    };
    said.push(format!("Basis data {database} siap, lokasi {site} ({site_name})."));
    if let Some(pin) = pin {
        said.extend(first_admin(&superuser, &site, pin).await?);
    }
    for (login, folder) in CENTRE_KITS {
        let path = options.out.join(folder);
        said.push(centre_kit(&superuser, login, (&site, &site_name), &path, options.rotate_kits).await?);
    }
    Ok(said)
}

/// The first administrator's PIN, where there is none yet: from the terminal, or a one-time PIN that is told once.
/// Asked for before anything is made, so that whoever thinks better of it leaves nothing behind.
async fn first_pin(options: &InitOptions) -> Result<Option<(Secret, bool)>> {
    let database =
        options.superuser.connect_to("postgres").await?.has_database(&options.superuser.database).await?;
    if database {
        let superuser = options.superuser.connect().await?;
        // A database without our tables has no administrator either.
        if let Ok(Some((site, _))) = superuser.site().await
            && superuser.has_admin(&site).await?
        {
            return Ok(None);
        }
    }
    let asked = options.ask && std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let pin = if asked { tokio::task::spawn_blocking(|| pin::ask("admin")).await?? } else { pin::made_up()? };
    Ok(Some((pin, asked)))
}

async fn first_admin(superuser: &Superuser, site: &str, (pin, asked): (Secret, bool)) -> Result<Vec<String>> {
    let hash = pin::hash(&pin)?;
    superuser.add_admin(site, &FirstAdmin { name: "admin", pin_hash: &hash }).await?;
    let mut said = vec!["Pengguna pertama: admin.".to_owned()];
    if !asked {
        said.push(format!("PIN sekali tampil untuk admin: {}", pin.reveal()));
    }
    Ok(said)
}

/// The kit of hub or administrators; a kit that still opens the door is left alone, unless it is to be rotated.
async fn centre_kit(
    superuser: &Superuser,
    login: Login,
    (site, site_name): (&str, &str),
    path: &Path,
    rotate: bool,
) -> Result<String> {
    let keys = superuser.site_keys(site).await?;
    let stored = superuser.stored_verifier(login.name()).await?;
    if let (Ok(known), Some(stored), false) = (Kit::open(path), &stored, rotate) {
        let token = superuser.login_token(site, login).await?;
        if known.login == login.name()
            && central::proves(known.password.reveal(), stored)
            && token == Some(token_sha256(&known.token))
        {
            kit::write_site(path, site, site_name, &keys)?;
            return Ok(format!("Kit {} sudah ada dan berlaku.", path.display()));
        }
    }
    if stored.is_some() && !path.join("login").exists() && !rotate {
        return Ok(format!(
            "Kit {} dilewati: login {} sudah punya kit lain yang berlaku. Bila kit itu hilang, jalankan lagi dengan \
             --rotate-kits: kit admin dan hub dibuat baru, dan yang lama tidak berlaku lagi.",
            path.display(),
            login.name()
        ));
    }
    let (password, token) = (random_secret()?, random_secret()?);
    let content = KitContent {
        login: login.name(),
        password: &password,
        token: &token,
        key: None,
        site,
        site_name,
        keys: &keys,
    };
    kit::write(path, &content)?;
    superuser.set_login(site, login, &verifier(&password)?, &token_sha256(&token)).await?;
    if rotate && stored.is_some() {
        superuser.end_sessions(login).await?;
        return Ok(format!(
            "Kit {} dibuat baru; kit {} yang lama tidak berlaku lagi.",
            path.display(),
            login.name()
        ));
    }
    Ok(format!("Kit {} dibuat.", path.display()))
}

fn verifier(password: &Secret) -> Result<String> {
    central::verifier(password.reveal()).ok_or_else(|| anyhow!("angka acak tidak tersedia"))
}

/// Applies the missing migrations; gives their names.
pub async fn db_migrate(superuser: &SuperuserOptions) -> Result<Vec<&'static str>> {
    Ok(superuser.connect().await?.migrate().await?)
}

/// Moves what the default partitions hold of whole months; gives the lines to tell.
pub async fn db_months(superuser: &SuperuserOptions) -> Result<Vec<String>> {
    let mut said = Vec::new();
    let superuser = superuser.connect().await?;
    for table in central::TABLES {
        let moved = superuser.move_months(table).await.with_context(|| format!("bulan {table}"))?;
        said.push(match moved {
            None => format!("{table}: tidak ada bulan yang menumpuk."),
            Some(months) => format!("{table}: {months} bulan dipindahkan."),
        });
    }
    Ok(said)
}

pub async fn db_status(superuser: &SuperuserOptions) -> Result<central::Status> {
    Ok(superuser.connect().await?.status().await?)
}

/// Enrols a gate and writes its kit into a new or existing folder. For a gate whose kit in that folder still opens
/// the door only the list of keys is renewed; otherwise password, token and key are new, and the old public key
/// stays among the site's keys.
pub async fn gate_add(gate: &GateId, kind: &str, superuser: &SuperuserOptions, out: &Path) -> Result<Vec<String>> {
    if gate.as_str() == GateId::CENTRE {
        bail!("{gate} adalah pusat itu sendiri, bukan gerbang");
    }
    if !["in", "out", "both"].contains(&kind) {
        bail!("jenis gerbang {kind:?}: in, out, atau both yang diharapkan");
    }
    let (superuser, site, site_name) = superuser.site().await?;
    let known = superuser.gates(&site).await?.into_iter().find(|g| g.code == gate.as_str());
    if let Some(record) = &known
        && kit_holds(&superuser, record, out).await?
    {
        superuser.set_gate_kind(&site, gate, kind).await?;
        kit::write_site(out, &site, &site_name, &superuser.site_keys(&site).await?)?;
        return Ok(vec![format!("Gerbang {gate} sudah terdaftar; kit {} berlaku.", out.display())]);
    }
    if let Ok(other) = Kit::open(out)
        && other.gate().as_ref() != Some(gate)
    {
        bail!("folder {} berisi kit {}: pilih folder lain", out.display(), other.login);
    }
    let (password, token) = (random_secret()?, random_secret()?);
    let (seed, public) = random_gate_key()?;
    let login = gate.login();
    let mut content = KitContent {
        login: &login,
        password: &password,
        token: &token,
        key: Some(&seed),
        site: &site,
        site_name: &site_name,
        keys: &[],
    };
    // The kit first: a gate in the books without a kit would be locked out.
    kit::write(out, &content)?;
    let new = NewGate {
        gate,
        kind,
        verifier: &verifier(&password)?,
        token_sha256: &token_sha256(&token),
        public_key: &public.base64(),
    };
    superuser.enrol_gate(&site, &new).await?;
    let keys = superuser.site_keys(&site).await?;
    content.keys = &keys;
    kit::write(out, &content)?;
    let verb = if known.is_some() { "didaftar ulang dengan kata sandi dan kunci baru" } else { "terdaftar" };
    Ok(vec![format!("Gerbang {gate} ({kind}) {verb}; kit: {}.", out.display())])
}

/// Whether the kit in the folder is this gate's and still opens every door.
async fn kit_holds(superuser: &Superuser, record: &GateRecord, out: &Path) -> Result<bool> {
    let (Ok(kit), Some(stored)) = (Kit::open(out), superuser.stored_verifier(&record.login).await?) else {
        return Ok(false);
    };
    Ok(record.active
        && kit.login == record.login
        && kit.key.as_ref().is_some_and(|key| key.public().base64() == record.key)
        && token_sha256(&kit.token) == record.token_sha256
        && central::proves(kit.password.reveal(), &stored))
}

pub async fn gate_list(superuser: &SuperuserOptions) -> Result<Vec<GateRecord>> {
    let (superuser, site, _) = superuser.site().await?;
    Ok(superuser.gates(&site).await?)
}

/// Shuts a gate out at once.
pub async fn gate_revoke(gate: &GateId, superuser: &SuperuserOptions) -> Result<Vec<String>> {
    let (superuser, site, _) = superuser.site().await?;
    if !superuser.revoke_gate(&site, gate).await? {
        bail!("gerbang {gate} tidak terdaftar");
    }
    Ok(vec![format!("Gerbang {gate} dicabut: login ditutup, kuncinya tidak berlaku untuk karcis baru.")])
}
