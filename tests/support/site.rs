//! A site made as its owner makes it: `parkir db init` and `parkir gate add` on a private PostgreSQL, then terminals
//! with folders of their own.

use super::Rig;
use super::face::{GUARD, Head, Service, parkir, until};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio_postgres::SimpleQueryMessage;

pub struct Site {
    pub rig: Rig,
    /// Where the hub listens, or would.
    pub hub: String,
}

impl Site {
    /// Cluster, database and gates, through the command line only.
    pub fn new(gates: &[(&str, &str)]) -> Self {
        let site = Self { rig: Rig::bare(false, false), hub: free_port() };
        let kits = site.rig.folder.join("kit");
        site.as_superuser(&["db", "init", "--site-name", "Parkir Uji", "--out", &kits.display().to_string()]);
        for (gate, kind) in gates {
            site.enrol(gate, kind);
        }
        site
    }

    pub fn enrol(&self, gate: &str, kind: &str) {
        let kit = self.rig.kit_path(gate).display().to_string();
        self.as_superuser(&["gate", "add", gate, "--kind", kind, "--out", &kit]);
    }

    fn as_superuser(&self, arguments: &[&str]) {
        let text = self.rig.cluster.superuser();
        let (connection, password) = text.reveal().split_once(" password=").unwrap();
        let mut command = parkir();
        command.args(arguments).args(["--superuser", connection]).env("PGPASSWORD", password);
        let output = command.current_dir(&self.rig.folder).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A terminal's data folder.
    pub fn data(&self, name: &str) -> PathBuf {
        self.rig.folder.join("data").join(name)
    }

    /// Writes the configuration of a terminal with this name and kit; `more` is TOML to add.
    pub fn config(&self, name: &str, kit: &str, more: &str) -> PathBuf {
        let data = self.data(name);
        std::fs::create_dir_all(&data).unwrap();
        let path = self.rig.folder.join(format!("{name}.toml"));
        let text = format!(
            "data_dir = \"{}\"\nkit = \"{}\"\n[gate]\noperator = \"budi\"\n[central]\nhost = \"{}\"\nport = {}\n\
             [hub]\nlisten = \"{hub}\"\nurl = \"ws://{hub}/parking\"\n{more}\n",
            data.display(),
            self.rig.kit_path(kit).display(),
            self.rig.cluster.socket().display(),
            self.rig.cluster.port(),
            hub = self.hub,
        );
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The configuration of a gate that looks for the hub where none is.
    pub fn hubless(&self, gate: &str) -> PathBuf {
        let path = self.config(gate, gate, "");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(&format!("ws://{}/", self.hub), "ws://127.0.0.1:1/")).unwrap();
        path
    }

    /// A headless gate with its own folder and a simulated camera.
    pub fn head(&self, side: &str, gate: &str) -> Head {
        Head::start(side, &self.config(gate, gate, "[camera]\nkind = \"sim\""))
    }

    pub fn server(&self) -> Service {
        Service::start(&self.config("server", "hub", ""), &self.hub)
    }

    /// What a query gives: columns by `|`, rows by line end.
    pub async fn rows(&self, sql: &str) -> String {
        let root = self.rig.root().await;
        let messages = root.simple_query(sql).await.unwrap();
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                let cells: Vec<&str> = (0..row.len()).map(|i| row.get(i).unwrap_or("-")).collect();
                Some(cells.join("|"))
            }
            _ => None,
        });
        rows.collect::<Vec<_>>().join("\n")
    }

    /// Looks until the query gives this.
    pub async fn comes_to(&self, sql: &str, wished: &str) {
        let begun = Instant::now();
        loop {
            let now = self.rows(sql).await;
            if now == wished {
                return;
            }
            assert!(begun.elapsed() < GUARD, "{sql}\n  is   {now}\n  want {wished}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Spool files of a terminal whose name starts so.
    pub fn spool(&self, name: &str, prefix: &str) -> Vec<String> {
        files(&self.data(name).join("offline_data")).into_iter().filter(|f| f.starts_with(prefix)).collect()
    }

    /// All of a terminal's log files of one kind.
    pub fn log(&self, name: &str, prefix: &str) -> String {
        let folder = self.data(name).join("logs");
        let names = files(&folder).into_iter().filter(|f| f.starts_with(prefix));
        names.map(|name| std::fs::read_to_string(folder.join(name)).unwrap()).collect()
    }

    /// Waits for the photo of this ticket in a terminal's `Images`.
    pub fn photo(&self, name: &str, side: &str, ticket: &str) {
        let folder = self.data(name).join("Images").join(side);
        until(&format!("the photo of {ticket} in {}", folder.display()), || {
            files(&folder).into_iter().find(|f| f.starts_with(ticket) && f.ends_with(".jpg"))
        });
    }
}

/// Names in a folder, sorted; none if there is no folder.
pub fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// A port nobody listens on, outside those the kernel gives away: gates of a site without a server dial it all the time,
/// and must not reach another test's device.
fn free_port() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let n = std::process::id().wrapping_mul(7919).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(20_000 + n % 12_000).unwrap();
        if let Ok(free) = TcpListener::bind(("127.0.0.1", port)) {
            return free.local_addr().unwrap().to_string();
        }
    }
}
