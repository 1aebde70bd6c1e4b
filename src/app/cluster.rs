//! A private PostgreSQL cluster from the binaries of the machine, for the demo and the tests.
//!
//! It listens on a unix socket in its own folder, and on a loopback port only when asked to. Everyone logs in with
//! SCRAM, over the socket too; the superuser's password is made here and stays in the folder. PostgreSQL refuses to
//! run as root, so a root process hands folder and server to `postgres` or `nobody`. Dropping it stops it.

use super::kit::random_secret;
use crate::domain::secret::Secret;
use anyhow::{Context, Result, anyhow, bail};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How a private cluster is to be.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// Made if missing; a cluster that is in it is started again.
    pub folder: PathBuf,
    /// fsync: on for a demo that sells, off for tests.
    pub durable: bool,
    /// Listen on 127.0.0.1 too, on a free port.
    pub tcp: bool,
}

/// A running (or stopped) private cluster.
#[derive(Debug)]
pub struct PrivateCluster {
    folder: PathBuf,
    bin: PathBuf,
    owner: Option<(u32, u32)>,
    password: Secret,
    durable: bool,
    tcp: bool,
    port: u16,
    running: bool,
}

/// A unix socket's path has room for 107 bytes; PostgreSQL appends `/.s.PGSQL.65535`.
const LONGEST_FOLDER: usize = 90;
const SIGNAL_LIMIT: Duration = Duration::from_secs(30);

/// Where the server's programs are: `$PARKIR_PG_BIN`, else the newest of Debian's. `None` if there are none.
pub fn binaries() -> Option<PathBuf> {
    if let Some(bin) = std::env::var_os("PARKIR_PG_BIN") {
        return Some(PathBuf::from(bin)).filter(|bin| bin.join("postgres").exists());
    }
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<(u32, PathBuf)> = versions
        .flatten()
        .filter_map(|v| Some((v.file_name().to_str()?.parse().ok()?, v.path().join("bin"))))
        .filter(|(version, bin)| *version >= 14 && bin.join("initdb").exists() && bin.join("postgres").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

/// uid and gid of an unprivileged account, for a root process; `None` for anyone else.
fn servant() -> Result<Option<(u32, u32)>> {
    if fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").context("/etc/passwd")?;
    let find = |name: &str| {
        let fields = accounts.lines().map(|l| l.split(':').collect::<Vec<_>>()).find(|f| f[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).map(Some).ok_or_else(|| anyhow!("akun postgres tidak ada"))
}

impl PrivateCluster {
    /// Makes the cluster if the folder holds none, and starts it. Blocks until it answers (a second or two).
    pub fn start(options: &ClusterOptions) -> Result<Self> {
        let bin = binaries().ok_or_else(|| {
            anyhow!("program PostgreSQL tidak ditemukan: pasang paket postgresql, atau isi PARKIR_PG_BIN")
        })?;
        let owner = servant()?;
        let made = !options.folder.exists();
        fs::DirBuilder::new().recursive(true).mode(0o711).create(&options.folder)?;
        let folder = options.folder.canonicalize()?;
        if folder.as_os_str().len() > LONGEST_FOLDER {
            bail!("nama folder {} terlalu panjang untuk soket", folder.display());
        }
        if made {
            // A root's folder may lie behind others' closed doors; its own must let the servant through.
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o711))?;
        }
        let mut cluster = Self {
            folder,
            bin,
            owner,
            password: Secret::default(),
            durable: options.durable,
            tcp: options.tcp,
            port: 5432,
            running: false,
        };
        cluster.initialise()?;
        cluster.start_again()?;
        Ok(cluster)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The socket's folder, which is the `host` of a connection.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("soket")
    }

    /// The port: of the socket's name, and of 127.0.0.1 if asked for.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The connection string of the superuser, for `db init` and its like; holds the password, so keep it out of
    /// logs and argument lists.
    pub fn superuser(&self) -> Secret {
        Secret::new(format!(
            "host={} port={} user=postgres password={}",
            self.socket().display(),
            self.port,
            self.password.reveal()
        ))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.stdin(Stdio::null()).current_dir(&self.folder).env("LC_ALL", "C.UTF-8").env_remove("PGPASSWORD");
        if let Some((uid, gid)) = self.owner {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn give(&self, path: &Path) -> Result<()> {
        if let Some((uid, gid)) = self.owner {
            chown(path, Some(uid), Some(gid)).with_context(|| format!("chown {}", path.display()))?;
        }
        Ok(())
    }

    fn initialise(&mut self) -> Result<()> {
        let secret = self.folder.join("superuser.password");
        if self.data().join("PG_VERSION").exists() {
            self.password = Secret::new(fs::read_to_string(&secret)?.trim());
            return Ok(());
        }
        self.password = random_secret()?;
        let _ = fs::remove_file(&secret);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&secret)?;
        std::io::Write::write_all(&mut file, self.password.reveal().as_bytes())?;
        for name in ["data", "soket"] {
            let path = self.folder.join(name);
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
            self.give(&path)?;
        }
        fs::set_permissions(self.socket(), fs::Permissions::from_mode(0o711))?;
        self.give(&secret)?;
        let mut initdb = self.command("initdb");
        initdb.arg("-D").arg(self.data()).args(["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"]);
        initdb.args(["--auth=scram-sha-256", "--data-checksums"]).arg("--pwfile").arg(&secret);
        if !self.durable {
            initdb.arg("--no-sync");
        }
        let done = initdb.output().context("initdb")?;
        if !done.status.success() {
            let _ = fs::remove_dir_all(self.data());
            bail!(
                "initdb gagal di {} (dapatkah akun postgres masuk ke folder itu?): {}",
                self.folder.display(),
                String::from_utf8_lossy(&done.stderr).trim()
            );
        }
        Ok(())
    }

    /// Starts a stopped cluster again, on the port it had where that is still free.
    pub fn start_again(&mut self) -> Result<()> {
        if self.tcp && (self.port == 5432 || TcpListener::bind(("127.0.0.1", self.port)).is_err()) {
            self.port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        }
        let mut settings = vec![
            format!("port={}", self.port),
            format!("unix_socket_directories={}", self.socket().display()),
            format!("listen_addresses={}", if self.tcp { "127.0.0.1" } else { "" }),
            "max_connections=60".to_owned(),
            "shared_buffers=64MB".to_owned(),
            "max_wal_size=512MB".to_owned(),
            "jit=off".to_owned(),
            "timezone=UTC".to_owned(),
            "log_min_messages=warning".to_owned(),
        ];
        if !self.durable {
            settings.push("fsync=off".to_owned());
        }
        let options: String = settings.iter().map(|s| format!(" -c {s}")).collect();
        let log = self.folder.join("data/server.log");
        let mut start = self.command("pg_ctl");
        start.arg("-D").arg(self.data()).arg("-l").arg(&log).args(["-w", "-t", "60", "-s", "-o"]).arg(options);
        // pg_ctl's own words go to the server's log: a pipe would stay open as long as the server lives.
        let done = start.arg("start").stdout(Stdio::null()).stderr(Stdio::null()).status().context("pg_ctl")?;
        if !done.success() {
            let log = fs::read_to_string(&log).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(5).collect();
            bail!("PostgreSQL tidak mau mulai: {}", tail.into_iter().rev().collect::<Vec<_>>().join(" / "));
        }
        self.running = true;
        Ok(())
    }

    /// Stops it in order: sessions are ended, everything is on disk.
    pub fn stop(&mut self) -> Result<()> {
        self.halt("fast")
    }

    /// Stops it as a crash would: the next start recovers from the log.
    pub fn stop_immediate(&mut self) -> Result<()> {
        if self.halt("immediate").is_err() {
            // Now and then a child misses its signal, and the postmaster waits for it up to a minute.
            signal("KILL", &self.processes()?)?;
        }
        Ok(())
    }

    fn halt(&mut self, mode: &str) -> Result<()> {
        if !self.running {
            return Ok(());
        }
        let mut stop = self.command("pg_ctl");
        stop.arg("-D").arg(self.data()).args(["-m", mode, "-w", "-t", "30", "-s", "stop"]);
        let done = stop.stdout(Stdio::null()).stderr(Stdio::null()).status().context("pg_ctl")?;
        self.running = false;
        if done.success() { Ok(()) } else { bail!("PostgreSQL di {} tidak mau berhenti", self.folder.display()) }
    }

    /// The postmaster's process id.
    fn postmaster(&self) -> Result<u32> {
        let text = fs::read_to_string(self.data().join("postmaster.pid"))?;
        text.lines().next().and_then(|l| l.trim().parse().ok()).ok_or_else(|| anyhow!("postmaster.pid kosong"))
    }

    /// The postmaster and its children.
    fn processes(&self) -> Result<Vec<u32>> {
        let postmaster = self.postmaster()?;
        let mut all = vec![postmaster];
        for entry in fs::read_dir("/proc")?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
            // The name in brackets may hold blanks; state and parent follow the last bracket.
            let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
            if parent == Some(postmaster) {
                all.push(pid);
            }
        }
        Ok(all)
    }

    /// Freezes the whole server: connections stay open and nothing answers.
    pub fn pause(&self) -> Result<()> {
        // The postmaster first, so that it makes no child that would be missed.
        signal("STOP", &[self.postmaster()?])?;
        signal("STOP", &self.processes()?)
    }

    /// Lets a frozen server go on.
    pub fn resume(&self) -> Result<()> {
        signal("CONT", &self.processes()?)
    }

    pub fn is_running(&self) -> bool {
        self.running
    }
}

fn signal(name: &str, pids: &[u32]) -> Result<()> {
    let started = Instant::now();
    let mut kill = Command::new("/bin/kill");
    kill.arg(format!("-{name}")).args(pids.iter().map(u32::to_string)).stderr(Stdio::null());
    // A child may end in between; kill then fails for that one only.
    kill.status().context("kill")?;
    while name == "STOP" && started.elapsed() < SIGNAL_LIMIT {
        let stopped = |pid: &u32| match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with(['T', 'Z'])),
            Err(_) => true,
        };
        if pids.iter().all(stopped) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

impl Drop for PrivateCluster {
    fn drop(&mut self) {
        if self.running {
            let _ = self.resume();
            if let Err(error) = self.stop() {
                tracing::warn!("{error:#}");
            }
        }
    }
}
