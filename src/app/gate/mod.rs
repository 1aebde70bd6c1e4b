//! A gate at work: opens journal, sync, hub and devices, joins them at one desk, and puts a face before it.

pub mod audience;
pub mod charged;
pub mod charges;
pub mod clock;
pub mod concede;
pub mod correct;
pub mod desk;
pub mod duty;
pub mod effects;
pub mod enter;
pub mod exit;
pub mod keyed;
pub mod lane;
pub mod leaving;
pub mod lockout;
pub mod lost;
pub mod no_data;
pub mod others;
pub mod own_shift;
pub mod paper;
pub mod photos;
pub mod places;
pub mod prepaid;
pub mod scan;
pub mod screen;
pub mod terms;
pub mod tries;
pub mod turn;
pub mod undo;
pub mod unopened;

use crate::app::kit::{self, Kit};
use crate::central::{Target, Tls};
use crate::config::{self, Config, SyncMode};
use crate::domain::ids::GateId;
use crate::domain::qr::SiteKey;
use crate::domain::seal::GateKey;
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::view::{LinkView, Trouble};
use crate::journal::{Begun, Journal, Keep, Options as JournalOptions};
use crate::sync::{self, Mode, Sync};
use anyhow::{Context, Result, bail};
use clock::{Clock, fresh_id};
use data_encoding::BASE64;
use desk::{Desk, Place};
use duty::Post;
use std::path::Path;
use std::sync::Arc;

/// File of the key of a terminal without a kit, in `offline_data`.
const KEY: &str = "gate.key";
/// So many facts are asked at most what the clock said last, and so many where no server can confirm it: what once stood
/// in the future must not be held against a clock for ever.
const CLOCK_FACTS: usize = 4096;
const CLOCK_FACTS_ALONE: usize = 512;

/// Everything a face needs of a gate.
pub struct Gate {
    pub desk: Arc<Desk>,
    pub events: sync::Events,
    /// Sync, hub and photos run here, so that they never stand in a cashier's way.
    net: tokio::runtime::Runtime,
    token: Option<Secret>,
}

/// Who this terminal is: the kit where there is one, else a key of its own and no centre.
pub struct Identity {
    pub kit: Option<Kit>,
    pub gate: GateId,
    pub key: Arc<GateKey>,
    pub keys: Vec<SiteKey>,
}

impl Identity {
    /// A kit that cannot be read does not stop a sale: the terminal works alone and says so.
    pub fn find(config: &Config) -> Result<Self> {
        let mut unread = None;
        let mut kit = match &config.kit {
            None => None,
            Some(path) => match Kit::open(path) {
                Ok(kit) => Some(kit),
                Err(e) => {
                    tracing::error!(target: "gate", error = %format!("{e:#}"), "kit tidak terbaca: bekerja sendiri");
                    unread = Some((e, Kit::login_in(path)));
                    None
                }
            },
        };
        // The rest of a damaged kit may be gone, and the gate's name still there.
        let told = unread.as_ref().and_then(|(_, login)| login.as_deref());
        let login = kit.as_ref().map(|k| k.login.as_str()).or(told);
        let Some(gate) = config.gate_id(login) else {
            if let Some((error, _)) = unread {
                bail!(
                    "kit tidak terbaca ({error:#}), jadi gerbang ini tidak dikenal: perbaiki kit itu, atau isi [gate] id (misalnya \"A1\") di config.toml dan bekerja sendiri"
                );
            }
            bail!(
                "gerbang mana ini? Isi [gate] id (misalnya \"A1\") di config.toml, atau kit dengan folder dari `parkir gate add`"
            )
        };
        if let Some(login) = login
            && login != gate.login()
        {
            bail!(
                "kit ini milik {login}, padahal [gate] id = \"{gate}\": pakai kit gerbang {gate}, atau ubah id-nya"
            )
        }
        let key = match kit.as_mut().and_then(|k| k.key.take()) {
            Some(key) => key,
            None => Arc::new(own_key(&config.offline_data())?),
        };
        let mut keys = kit.as_ref().map(|k| k.keys.clone()).unwrap_or_default();
        let own = SiteKey { gate: gate.clone(), key: key.public().base64(), revoked_at: None };
        if !keys.iter().any(|k| k.key == own.key) {
            keys.push(own);
        }
        Ok(Self { kit, gate, key, keys })
    }
}

/// The key of a terminal that was never enrolled: made once, kept beside its journal. One that cannot be read (the power went while
/// an older version wrote it) is set aside and another made: a terminal that does not start sells nothing.
fn own_key(folder: &Path) -> Result<GateKey> {
    let path = folder.join(KEY);
    if let Ok(text) = std::fs::read(&path) {
        match GateKey::from_base64(&String::from_utf8_lossy(&text)) {
            Ok(key) => return Ok(key),
            Err(e) => {
                tracing::error!(target: "gate", error = %e, "gate.key rusak: disisihkan, kunci baru dibuat");
                let aside = folder.join(format!("{KEY}.rusak"));
                std::fs::rename(&path, &aside).with_context(|| aside.display().to_string())?;
            }
        }
    }
    let mut seed = [0; 32];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut seed)
        .map_err(|_| anyhow::anyhow!("sistem tidak memberi angka acak"))?;
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    kit::put(folder, KEY, &BASE64.encode(&seed))?;
    Ok(GateKey::from_seed(&seed)?)
}

/// Where PostgreSQL is and who asks. Not on this machine means TLS, unless the configuration says otherwise.
pub fn target(config: &Config, kit: &Kit) -> Target {
    let central: &config::Central = &config.central;
    Target {
        host: central.host.clone(),
        port: central.port,
        database: central.database.clone(),
        tls: if central.encrypted() { Tls::VerifyFull { ca_file: central.ca_file.clone() } } else { Tls::Off },
        login: kit.login.clone(),
        password: kit.password.clone(),
    }
}

pub fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

/// Who this terminal is, and how its journal is opened in that name.
pub fn journal_options(config: &Config) -> Result<(Identity, JournalOptions)> {
    let identity = Identity::find(config)?;
    let stamp = Clock::new(config.site.timezone.clone()).stamp();
    let options = JournalOptions {
        dir: config.offline_data(),
        key: identity.key.clone(),
        origin: crate::domain::fact::Origin {
            site: identity.kit.as_ref().map(|k| k.site.clone()).unwrap_or_default(),
            gate: identity.gate.clone(),
            terminal: machine_name(),
            operator: config.gate.operator.clone(),
            shift: None,
            tariff: 0,
            config: 0,
        },
        epoch: fresh_id(&stamp),
        started: fresh_id(&stamp),
        stamp,
    };
    Ok((identity, options))
}

impl Gate {
    /// Opens everything. Blocks for a few fsyncs; the centre is not waited for. `headless` never asks.
    pub fn open(config: &Config, headless: bool) -> Result<Self> {
        let (identity, options) = journal_options(config)?;
        let mut clock = Clock::new(config.site.timezone.clone());
        let operator = config.gate.operator.clone();
        let place = Place {
            gate: identity.gate.clone(),
            site: options.origin.site.clone(),
            terminal: options.origin.terminal.clone(),
            key: identity.key.clone(),
            kit_keys: identity.keys,
            post: Post::new(
                &options.dir,
                &config.gate,
                identity.kit.as_ref().map(|kit| target(config, kit)),
                headless,
            ),
            refund_days: config.lost.refund_days,
            paper_days: config.paper.days_back,
        };
        let journal = Journal::open(options)?;
        let net = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("net")
            .enable_all()
            .build()
            .context("runtime")?;
        let keep = Keep { days: config.journal.keep_days, ..Keep::default() };
        net.block_on(journal.keep_for(keep))?;
        let kept = net.block_on(journal.kept(sync::SETTINGS)).ok().flatten();
        let settings = kept.and_then(|t| serde_json::from_str::<Settings>(&t).ok()).unwrap_or_default();
        let (told, events) = sync::channel();
        let options = sync::Options {
            target: identity.kit.as_ref().map(|kit| target(config, kit)),
            application: format!("parkir-{}", identity.gate),
            mode: if headless || config.sync.mode == SyncMode::Auto { Mode::Auto } else { Mode::Ask },
            operator,
        };
        let sync: Sync = {
            let _inside = net.enter();
            sync::spawn(options, journal.clone(), told)
        };
        let alone = identity.kit.is_none();
        let most = if alone { CLOCK_FACTS_ALONE } else { CLOCK_FACTS };
        let facts = net.block_on(journal.readings(most)).unwrap_or_default();
        clock.watch(sync.clock.clone(), &facts, alone);
        let desk = Arc::new(Desk::new(place, journal, sync, clock, settings));
        net.block_on(desk.resume_shift());
        Ok(Self { desk, events, net, token: identity.kit.map(|kit| kit.token) })
    }

    /// The runtime for everything that may wait for a network or a device.
    pub fn net(&self) -> &tokio::runtime::Runtime {
        &self.net
    }

    /// What this terminal shows the hub; none before enrolment.
    pub fn token(&self) -> Option<Secret> {
        self.token.clone()
    }

    /// Lets go of everything; the journal's thread finishes its queue first.
    pub fn close(self) {
        drop(self.events);
        drop(self.desk);
        self.net.shutdown_timeout(std::time::Duration::from_millis(500));
    }
}

impl Desk {
    /// What the badge says now.
    pub fn link_view(&self, hub: bool) -> LinkView {
        let state = *self.sync.link.borrow();
        let counts = self.journal.counts();
        let banner = match counts.failed() {
            (true, true) => Some(Trouble::NoStore),
            (true, false) => Some(Trouble::SpoolOnly),
            (false, true) => Some(Trouble::JournalOnly),
            (false, false) if counts.disk_low() => Some(Trouble::DiskLow),
            (false, false) => match counts.begun() {
                Begun::Whole => self.clock.doubt().map(|_| Trouble::Clock),
                Begun::Refilled => Some(Trouble::JournalRefilled),
                Begun::Older => Some(Trouble::JournalOlder),
                Begun::Missing => Some(Trouble::JournalMissing),
                Begun::Replaced => Some(Trouble::JournalReplaced),
            },
        };
        LinkView {
            link: state.link,
            reason: state.reason,
            pending: counts.pending(),
            deferred: counts.deferred(),
            parked: counts.parked(),
            hub,
            banner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_a_power_cut_left_empty_keeps_no_terminal_from_starting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY);
        let made = own_key(folder.path()).unwrap().public().base64();
        assert_eq!(own_key(folder.path()).unwrap().public().base64(), made, "made once");
        for left in [b"".as_slice(), b"\xff\x00", b"c2luZ2thdA==\n"] {
            std::fs::write(&path, left).unwrap();
            let new = own_key(folder.path()).unwrap().public().base64();
            assert_ne!(new, made);
            assert_eq!(own_key(folder.path()).unwrap().public().base64(), new);
            assert_eq!(std::fs::read(folder.path().join("gate.key.rusak")).unwrap(), left, "set aside");
        }
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
