//! `parkir demo`: a whole site on one machine, made the way a real one is made, and gone when it is left.
//!
//! A private PostgreSQL, enrolment by the real commands (as processes of their own, the superuser's connection in
//! their environment), a server with its hub on a loopback port, gates A1, A2 and B1 with simulated devices, and a
//! small car park that drove in and out through the headless face. Then the main menu. Without PostgreSQL's programs
//! one gate sells alone, on its journal. What was made stays in the folder, and the next demo goes on with it.

mod children;
mod older;
mod papers;
mod traffic;

use super::cluster::{self, ClusterOptions, PrivateCluster};
use super::menu::{self, Places};
use super::stage::Signals;
use crate::config::Config;
use crate::domain::secret::Secret;
use crate::log::Log;
use crate::tui::msg::Component;
use anyhow::{Context, Result, bail};
use children::Service;
use older::OtherVersion;
use papers::{HUB_LIMIT, Papers};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Gates and what they are for.
const GATES: [(&str, &str); 3] = [("A1", "in"), ("A2", "in"), ("B1", "out")];

/// Sets everything up in `folder`, opens the menu (or, without it, waits for the end of stdin or a signal), and stops
/// what it started. `config` gives the language; everything else the demo writes for itself.
pub fn run(config: &Config, folder: PathBuf, no_menu: bool, log: &Log) -> Result<ExitCode> {
    let signals = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let stop = CancellationToken::new();
    signals.spawn(heed_signals(stop.clone()));
    // The menu listens from here on too, so that none is lost when it takes over.
    signals.block_on(async { Signals::take().map(Signals::keep) })?;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(&folder)
        .with_context(|| folder.display().to_string())?;
    let folder = folder.canonicalize()?;
    let mut demo = match Demo::set_up(&folder, &stop) {
        Ok(demo) => demo,
        Err(e) => {
            let Some(other) = e.downcast_ref::<OtherVersion>() else { return Err(e) };
            // Nobody has to listen.
            let _ = writeln!(std::io::stderr(), "parkir: {other}");
            return Ok(ExitCode::from(2));
        }
    };
    if stop.is_cancelled() {
        return Ok(ExitCode::SUCCESS);
    }
    if !no_menu {
        // From here on the menu's own server holds the hub, so that its screen shows the demo's terminals.
        demo.server = None;
        let code = menu::loop_over(&demo.doors(config)?, log, None);
        drop(demo);
        return code;
    }
    say(&format!("Siap. Semua ada di {}; tutup stdin atau kirim SIGTERM untuk berhenti.", folder.display()));
    signals.block_on(async {
        tokio::select! {
            () = stop.cancelled() => {}
            () = end_of_stdin() => {}
        }
    });
    drop(demo);
    say("Demo berhenti; semua yang dijalankannya ikut berhenti.");
    // A thread may still sit in a read of stdin, which nothing can call back.
    signals.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// SIGINT, SIGTERM and SIGHUP end the demo in order instead of leaving a database behind.
async fn heed_signals(stop: CancellationToken) {
    let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
    let [Ok(mut term), Ok(mut int), Ok(mut hangup)] = kinds else { return };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
        _ = hangup.recv() => {}
    }
    stop.cancel();
}

async fn end_of_stdin() {
    let read_all = || {
        let mut sink = [0; 1024];
        while std::io::stdin().read(&mut sink).is_ok_and(|read| read > 0) {}
    };
    // It only fails when the runtime is going away.
    let _ = tokio::task::spawn_blocking(read_all).await;
}

fn say(text: &str) {
    // Nobody has to listen.
    let _ = writeln!(std::io::stdout(), "demo: {text}");
}

/// What runs. Fields are dropped in this order: the server before its database.
struct Demo {
    papers: Papers,
    server: Option<Service>,
    _cluster: Option<PrivateCluster>,
}

impl Demo {
    fn set_up(folder: &Path, stop: &CancellationToken) -> Result<Self> {
        let on = || if stop.is_cancelled() { bail!("dihentikan") } else { Ok(()) };
        if cluster::binaries().is_none() {
            say("Program PostgreSQL tidak ada di mesin ini (pasang paket postgresql): berjualan tanpa pusat.");
            return Self::alone(folder);
        }
        let place = room_for_postgres(folder);
        say(&format!("PostgreSQL pribadi di {}", place.display()));
        let options = ClusterOptions { folder: place.clone(), durable: true, tcp: false };
        let cluster = match PrivateCluster::start(&options) {
            Ok(cluster) => cluster,
            Err(e) => {
                say(&format!("PostgreSQL tidak dapat dijalankan ({e:#}): berjualan tanpa pusat."));
                return Self::alone(folder);
            }
        };
        on()?;
        older::look(folder, &place, Some(&cluster.superuser()))?;
        let papers = Papers::write(folder, Some((&cluster.socket(), cluster.port())))?;
        enrol(&papers, &cluster.superuser())?;
        on()?;
        say(&format!("Server dan hub di {}", papers.hub));
        let mut server =
            Service::start(&["server", "--no-screen"], &papers.file("server"), &papers.folder.join("server.out"))?;
        wait_for_hub(&papers, &mut server)?;
        on()?;
        let demo = Self { papers, server: Some(server), _cluster: Some(cluster) };
        demo.traffic()?;
        Ok(demo)
    }

    /// One gate for both directions, on its own journal.
    fn alone(folder: &Path) -> Result<Self> {
        older::look(folder, &room_for_postgres(folder), None)?;
        let demo = Self { papers: Papers::write(folder, None)?, server: None, _cluster: None };
        demo.traffic()?;
        Ok(demo)
    }

    /// Cars, the first time only: a demo that is opened again goes on with those it had.
    fn traffic(&self) -> Result<()> {
        if self.papers.folder.join("A1/offline_data/journal.db").exists() {
            say("Mobil-mobil dari demo yang lalu masih ada.");
            return Ok(());
        }
        let (entries, exits) = traffic::drive(&self.papers).context("kendaraan contoh")?;
        say(&format!("{entries} kendaraan masuk, {exits} keluar, lewat parkir in dan parkir out"));
        Ok(())
    }

    /// Each component's own configuration, as on the machines of a real site.
    fn doors(&self, outer: &Config) -> Result<Doors> {
        let read = |name: &str| {
            let mut config = Config::load(&self.papers.file(name))?;
            config.site.language = outer.site.language;
            anyhow::Ok(config)
        };
        let exit = if self.papers.central { "B1" } else { "A1" };
        let second = if self.papers.central { Some(read("A2")?) } else { None };
        let (entry, exit) = (read("A1")?, read(exit)?);
        Ok(Doors { entry, second, exit, admin: read("admin")?, server: read("server")? })
    }
}

struct Doors {
    entry: Config,
    /// The second entry gate, which only a demo with a centre has.
    second: Option<Config>,
    exit: Config,
    admin: Config,
    server: Config,
}

impl Places for Doors {
    fn config(&self, component: Component) -> &Config {
        match component {
            Component::GateIn | Component::Sync | Component::Doctor => &self.entry,
            Component::GateOut => &self.exit,
            Component::Admin => &self.admin,
            Component::Server => &self.server,
        }
    }

    fn terminals(&self) -> Vec<&Config> {
        let mut all = vec![&self.entry];
        if let Some(second) = &self.second {
            all.extend([second, &self.exit]);
        }
        all
    }

    fn begins_server(&self) -> bool {
        self.server.kit.is_some()
    }
}

/// Roles, database, kits, gates: by the commands an administrator would use.
fn enrol(papers: &Papers, superuser: &Secret) -> Result<()> {
    let kits = papers.folder.join("kit");
    let run =
        |arguments: &[&str], out: &Path| children::command(arguments, out, &papers.file("server"), superuser);
    say("parkir db init: peran, database, tabel, admin, kit");
    let told = run(&["db", "init"], &kits)?;
    // A PIN is told once, and by nobody else.
    told.lines().filter(|line| line.contains("PIN")).for_each(say);
    for (gate, kind) in GATES {
        say(&format!("parkir gate add {gate} --kind {kind}"));
        run(&["gate", "add", gate, "--kind", kind], &kits.join(gate))?;
    }
    Ok(())
}

fn wait_for_hub(papers: &Papers, server: &mut Service) -> Result<()> {
    let begin = Instant::now();
    while TcpStream::connect(&papers.hub).is_err() {
        if let Some(told) = server.ended()? {
            bail!("server berhenti: {told}");
        }
        if begin.elapsed() > HUB_LIMIT {
            bail!("server tidak menjawab di {} dalam {} detik", papers.hub, HUB_LIMIT.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// A folder the private PostgreSQL can live in. It refuses to run as root and runs as somebody else then, who must be
/// able to walk there, and a socket's name has room for about 100 bytes: where that fails, beside /tmp.
fn room_for_postgres(folder: &Path) -> PathBuf {
    let own = folder.join("pg");
    let root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let open = |path: &Path| path.metadata().is_ok_and(|m| m.permissions().mode() & 0o001 != 0);
    if own.as_os_str().len() < 80 && (!root || folder.ancestors().all(open)) {
        return own;
    }
    let name = crate::domain::seal::Hash::of("parkir.demo", &[folder.as_os_str().as_encoded_bytes()]).hex();
    std::env::temp_dir().join(format!("parkir-demo-{}", &name[..12]))
}
