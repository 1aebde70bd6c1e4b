//! The demo's config.toml files: one for each component, as a real site would have on each of its machines.

use crate::config::DEFAULT_FILE;
use anyhow::{Context, Result};
use std::fmt::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the server may take to open its port.
pub const HUB_LIMIT: Duration = Duration::from_secs(20);

/// Where the demo's things are.
pub struct Papers {
    pub folder: PathBuf,
    /// `127.0.0.1:port` of the hub.
    pub hub: String,
    /// Whether there is a PostgreSQL.
    pub central: bool,
}

impl Papers {
    /// Writes them anew at every start: the hub's port changes. `central` is the socket's folder and its port.
    pub fn write(folder: &Path, central: Option<(&Path, u16)>) -> Result<Self> {
        let hub = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let papers = Self { folder: folder.to_owned(), hub, central: central.is_some() };
        for (name, operator) in [("A1", "Budi"), ("A2", "Andi"), ("B1", "Sari"), ("admin", "Rina"), ("server", "")]
        {
            let text = papers.page(name, operator, central)?;
            let file = papers.file(name);
            std::fs::write(&file, text).with_context(|| file.display().to_string())?;
        }
        Ok(papers)
    }

    /// The configuration file of a component.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name).with_extension("toml")
    }

    fn page(&self, name: &str, operator: &str, central: Option<(&Path, u16)>) -> Result<String> {
        let is_gate = name.len() == 2;
        let path = |tail: &str| quoted(&self.folder.join(tail));
        let mut page =
            format!("# Dibuat oleh `parkir demo`; lihat {DEFAULT_FILE}.example.\ndata_dir = {}\n", path(name)?);
        if self.central {
            let kit = if name == "server" { "hub" } else { name };
            writeln!(page, "kit = {}", path(&format!("kit/{kit}"))?)?;
        }
        page.push_str("\n[site]\nname = \"Parkir Demo\"\n");
        if is_gate {
            writeln!(page, "\n[gate]\nid = \"{name}\"\noperator = \"{operator}\"")?;
        } else {
            writeln!(page, "\n[gate]\noperator = \"{operator}\"")?;
        }
        // Without a PostgreSQL nobody is asked: a socket folder that is not there answers at once.
        let nowhere = self.folder.join("pg");
        let (socket, port) = central.unwrap_or((&nowhere, 5432));
        writeln!(page, "\n[central]\nhost = {}\nport = {port}", quoted(socket)?)?;
        writeln!(page, "\n[hub]\nlisten = \"{0}\"\nurl = \"ws://{0}/parking\"", self.hub)?;
        if is_gate {
            page.push_str(
                "\n[camera]\nkind = \"sim\"\n\n[printer]\nkind = \"sim\"\n\n[barrier]\nkind = \"sim\"\n",
            );
            let program = std::env::current_exe().context("program ini")?;
            writeln!(page, "\n[payment]\nmethods = [\"tunai\", \"qris\", \"emoney\"]")?;
            writeln!(page, "\n[payment.qris]\ncommand = [{}, \"sim\", \"payment\"]", quoted(&program)?)?;
        }
        Ok(page)
    }
}

/// A path as a TOML string; JSON's escapes are TOML's.
fn quoted(path: &Path) -> Result<String> {
    let text = path.to_str().with_context(|| format!("{} bukan UTF-8", path.display()))?;
    Ok(serde_json::to_string(text)?)
}
