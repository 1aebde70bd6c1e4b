//! The server with a person before it, and the server as a service.

use super::{ServerOptions, run};
use crate::app::gate::target;
use crate::app::kit::Kit;
use crate::app::stage::{self, Ends};
use crate::config::Config;
use crate::domain::vehicle;
use crate::domain::view::ServerView;
use crate::hub::ServerTls;
use crate::log::Log;
use crate::tui::msg::Msg;
use crate::tui::{Exit, Screen};
use anyhow::{Context, Result, anyhow};
use std::process::ExitCode;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

fn options(config: &Config) -> ServerOptions {
    let central = config.kit.as_ref().and_then(|path| match Kit::open(path) {
        Ok(kit) => Some(target(config, &kit)),
        Err(e) => {
            tracing::error!(target: "hub", error = %format!("{e:#}"), "kit tidak terbaca");
            None
        }
    });
    let files = config.hub.cert_file.clone().zip(config.hub.key_file.clone());
    let tls = files.map(|(cert_file, key_file)| ServerTls { cert_file, key_file });
    ServerOptions {
        listen: config.hub.listen.clone(),
        offline_data: config.offline_data(),
        central,
        origins: Vec::new(),
        tls,
        language: config.site.language,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// A server that goes on while its handle is held.
pub struct Running {
    stop: CancellationToken,
    view: watch::Receiver<ServerView>,
    task: Option<JoinHandle<Result<()>>>,
    runtime: Option<Runtime>,
}

impl Running {
    /// Starts serving. Errors if it cannot begin, for example because the port is taken.
    pub fn start(config: &Config) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("server")
            .enable_all()
            .build()
            .context("runtime")?;
        let stop = CancellationToken::new();
        let (tell, view) = watch::channel(ServerView::default());
        let task = runtime.spawn(run(options(config), stop.clone(), tell));
        let mut running = Self { stop, view, task: Some(task), runtime: Some(runtime) };
        running.begun()?;
        Ok(running)
    }

    /// Waits until the first view stands, or until it failed.
    fn begun(&mut self) -> Result<()> {
        let (Some(runtime), Some(task)) = (&self.runtime, &mut self.task) else { return Ok(()) };
        let mut view = self.view.clone();
        let failed = runtime.block_on(async {
            tokio::select! {
                ended = &mut *task => Some(ended),
                _ = view.wait_for(|v| v.started.is_some()) => None,
            }
        });
        match failed {
            None => Ok(()),
            Some(Ok(Err(e))) => Err(e),
            Some(_) => Err(anyhow!("server berhenti")),
        }
    }

    pub fn ended(&self) -> bool {
        self.task.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Shows it until the screen is left; it goes on behind.
    pub fn show(&self, config: &Config, behind_menu: bool) -> Result<Exit> {
        let setup = stage::setup(config, String::new(), vehicle::built_in(), Vec::new());
        let screen = if behind_menu { Screen::server_behind_menu(setup) } else { Screen::server(setup) };
        let mut view = self.view.clone();
        let (exit, ()) = stage::play(screen, async move |mut ends: Ends| {
            loop {
                let now = view.borrow_and_update().clone();
                let _ = ends.screen.send(Msg::Link(now.database.clone())).await;
                let _ = ends.screen.send(Msg::Server(Box::new(now))).await;
                tokio::select! {
                    () = ends.stop.cancelled() => return Ok(()),
                    changed = view.changed() => changed.context("server berhenti")?,
                    cmd = ends.asked.recv() => if cmd.is_none() { return Ok(()) },
                }
            }
        })?;
        Ok(exit)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
        if let (Some(runtime), Some(task)) = (self.runtime.take(), self.task.take()) {
            let ended =
                runtime.block_on(async { tokio::time::timeout(std::time::Duration::from_secs(5), task).await });
            if !matches!(ended, Ok(Ok(Ok(())))) {
                tracing::warn!(target: "hub", ?ended, "server berhenti tidak rapi");
            }
            runtime.shutdown_background();
        }
    }
}

/// `parkir server` on a terminal: leaving the screen stops it and shows the main menu.
pub fn screen(config: &Config, log: &Log) -> Result<ExitCode> {
    let running = Running::start(config)?;
    let exit = running.show(config, false)?;
    match exit {
        Exit::Ended => Ok(ExitCode::SUCCESS),
        left => {
            drop(running);
            let next = if let Exit::Open(component) = left { Some(component) } else { None };
            crate::app::menu::go_on(config, log, next)
        }
    }
}

/// `parkir server` as a service: serves until SIGTERM or SIGINT.
pub fn service(config: &Config) -> Result<ExitCode> {
    let mut running = Running::start(config)?;
    let (Some(runtime), Some(task)) = (running.runtime.as_ref(), running.task.as_mut()) else {
        return Ok(ExitCode::FAILURE);
    };
    let ended = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        anyhow::Ok(tokio::select! {
            _ = terminate.recv() => None,
            _ = interrupt.recv() => None,
            ended = task => Some(ended),
        })
    })?;
    match ended {
        None => Ok(ExitCode::SUCCESS),
        Some(ended) => {
            running.task = None;
            ended.context("server")??;
            Ok(ExitCode::SUCCESS)
        }
    }
}
