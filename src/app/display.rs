//! `parkir display`: a second screen on this machine, which an exit with `[display] screen = true` tells what to show by a
//! datagram socket beside its journal. Either may start, stop or die without the other.

use super::stage;
use crate::config::Config;
use crate::domain::display::{Shown, Told};
use crate::tui::{customer, terminal};
use anyhow::{Context, Result};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::UnixDatagram;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Sender, channel};

/// The exit speaks every two seconds: after this silence nobody knows what is to be paid.
const SILENCE: Duration = Duration::from_secs(8);

/// Where the exit's words come.
pub fn socket(config: &Config) -> PathBuf {
    config.offline_data().join("layar.sock")
}

/// Gone with the screen.
struct Bound<'a>(&'a Path);

impl Drop for Bound<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.0);
    }
}

pub fn run(config: &Config) -> Result<ExitCode> {
    let path = socket(config);
    let look = terminal::look(|name| std::env::var(name).ok());
    let english = matches!(stage::lang(config), crate::tui::Lang::En);
    let welcome = Told { shown: Shown::Welcome, welcome: config.display.welcome.clone(), english };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    runtime.block_on(async {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        // The last one that is started is the one that shows.
        let _ = std::fs::remove_file(&path);
        let told = UnixDatagram::bind(&path).with_context(|| format!("{} tidak dapat dipakai", path.display()))?;
        let _bound = Bound(&path);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        let (tell, news) = channel(8);
        tokio::spawn(listen(told, tell, welcome));
        let (mut terminate, mut hangup) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
        let mut seat = terminal::take().context("layar tidak dapat dipakai; jalankan di terminal")?;
        let keys = terminal::keys().context("papan ketik")?;
        tokio::select! {
            shown = customer::run(&mut seat, &look, keys, news) => shown,
            _ = terminate.recv() => Ok(()),
            _ = hangup.recv() => Ok(()),
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn listen(told: UnixDatagram, tell: Sender<Told>, welcome: Told) {
    let mut last = welcome.clone();
    let mut bytes = [0; 2048];
    let _ = tell.send(welcome.clone()).await;
    loop {
        let next = match tokio::time::timeout(SILENCE, told.recv(&mut bytes)).await {
            // What cannot be read is of another version.
            Ok(Ok(count)) => serde_json::from_slice(&bytes[..count]).unwrap_or_else(|_| last.clone()),
            Ok(Err(_)) => return,
            Err(_) => welcome.clone(),
        };
        if next != last {
            last = next.clone();
            if tell.send(next).await.is_err() {
                return;
            }
        }
    }
}
