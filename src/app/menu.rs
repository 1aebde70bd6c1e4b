//! The main menu: from here all components are reached, one after the other. A server begun here goes on while the menu
//! stands, whatever else is opened.

use super::gate::{Identity, screen as gate_screen, target};
use super::kit::Kit;
use super::server::screen::Running;
use super::stage::{self, Ends};
use super::{admin, doctor};
use crate::central::Central;
use crate::config::{Config, Lang};
use crate::domain::link::{DownReason, Link};
use crate::domain::vehicle;
use crate::domain::view::{Check, LinkView};
use crate::log::Log;
use crate::tui::msg::{Cmd, Component, Level, Msg};
use crate::tui::shell::Entry;
use crate::tui::{Exit, Screen};
use anyhow::Result;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::mpsc;

const EVERY: Duration = Duration::from_secs(10);
const LIMIT: Duration = Duration::from_secs(2);

/// Where each component finds its configuration; in the demo each has its own.
pub trait Places {
    fn config(&self, component: Component) -> &Config;

    /// Every terminal whose data lie on this computer.
    fn terminals(&self) -> Vec<&Config> {
        vec![self.config(Component::Sync)]
    }

    /// Whether the server begins with the menu.
    fn begins_server(&self) -> bool {
        false
    }
}

impl Places for Config {
    fn config(&self, _component: Component) -> &Config {
        self
    }
}

pub fn run(config: &Config, log: &Log) -> Result<ExitCode> {
    go_on(config, log, None)
}

/// The menu, with a component opened at once if one is named.
pub fn go_on(config: &Config, log: &Log, first: Option<Component>) -> Result<ExitCode> {
    loop_over(config, log, first)
}

/// Shows the menu and what is chosen from it until it is left.
pub fn loop_over(places: &impl Places, log: &Log, first: Option<Component>) -> Result<ExitCode> {
    let mut trouble = None;
    let mut next = first;
    let mut server = None;
    if places.begins_server() {
        match Running::start(places.config(Component::Server)) {
            Ok(running) => server = Some(running),
            Err(e) => trouble = Some(format!("{e:#}")),
        }
    }
    loop {
        let component = match next.take() {
            Some(component) => component,
            None => match ask(places, server.is_some(), trouble.take())? {
                Exit::Quit | Exit::Ended | Exit::Terminal(_) => break,
                Exit::Open(component) => component,
            },
        };
        match open(places, log, component, &mut server) {
            Ok(Exit::Quit | Exit::Terminal(_)) => {}
            Ok(Exit::Ended) => break,
            Ok(Exit::Open(component)) => next = Some(component),
            Err(e) => {
                tracing::error!(target: "menu", error = %format!("{e:#}"), ?component, "tidak terbuka");
                trouble = Some(format!("{e:#}"));
            }
        }
    }
    drop(server);
    Ok(ExitCode::SUCCESS)
}

fn open(places: &impl Places, log: &Log, component: Component, server: &mut Option<Running>) -> Result<Exit> {
    let config = places.config(component);
    match component {
        Component::GateIn | Component::GateOut => {
            let side = gate_screen::side(component).unwrap_or(super::dispatch::Side::In);
            gate_screen::play(config, side)
        }
        Component::Admin => admin::play(config, log),
        Component::Sync => gate_screen::play_sync(&places.terminals()),
        Component::Doctor => check(config),
        Component::Server => {
            if server.as_ref().is_none_or(Running::ended) {
                *server = Some(Running::start(config)?);
            }
            match server {
                Some(running) => running.show(config, true),
                None => Ok(Exit::Quit),
            }
        }
    }
}

/// The menu's lines: what stands behind each door.
fn entries(places: &impl Places, serving: bool) -> Vec<Entry> {
    let english = places.config(Component::GateIn).site.language == Lang::En;
    let say = |id: &'static str, en: &'static str| if english { en } else { id };
    let gate = |component, what: &str| {
        let found = Identity::find(places.config(component));
        let detail = match &found {
            Ok(identity) => format!("{what}, {} {}", say("gerbang", "gate"), identity.gate),
            Err(_) => say("gerbang belum diisi di config.toml", "no gate in config.toml").to_owned(),
        };
        Entry { component, detail, available: found.is_ok() }
    };
    let waits = count(&journals(places));
    let waiting = match waits.pending + waits.parked {
        0 => say("tidak ada yang menunggu", "nothing waits").to_owned(),
        n => format!("{n} {}", say("menunggu", "waiting")),
    };
    let listen = &places.config(Component::Server).hub.listen;
    let port = listen.rsplit(':').next().unwrap_or("8181");
    let state = if serving { say(": jalan", ": running") } else { "" };
    let plain = |component, detail: String| Entry { component, detail, available: true };
    vec![
        gate(Component::GateIn, say("terminal masuk", "entry terminal")),
        gate(Component::GateOut, say("terminal keluar", "exit terminal")),
        plain(
            Component::Admin,
            say("ringkasan, transaksi, duplikat, log", "overview, transactions, duplicates, log").into(),
        ),
        plain(Component::Server, format!("WebSocket {port}{state}")),
        Entry {
            available: Identity::find(places.config(Component::Sync)).is_ok(),
            ..plain(Component::Sync, waiting)
        },
        plain(
            Component::Doctor,
            say("konfigurasi, database, hub, jam, disk", "configuration, database, hub, clock, disk").into(),
        ),
    ]
}

fn ask(places: &impl Places, serving: bool, trouble: Option<String>) -> Result<Exit> {
    let config = places.config(Component::GateIn);
    let setup = stage::setup(config, String::new(), vehicle::built_in(), entries(places, serving));
    let (probe, journals) = (config.clone(), journals(places));
    let (exit, ()) = stage::play(Screen::menu(setup), async move |mut ends: Ends| {
        if let Some(text) = trouble {
            let _ = ends.screen.send(Msg::Notice { level: Level::Error, text }).await;
        }
        let badge = tokio::spawn(badge(probe, journals, ends.screen.clone()));
        // The menu asks nothing but to be left.
        tokio::select! {
            () = ends.stop.cancelled() => {}
            () = async { while ends.asked.recv().await.is_some() {} } => {}
        }
        badge.abort();
        Ok(())
    })?;
    Ok(exit)
}

fn journals(places: &impl Places) -> Vec<PathBuf> {
    places.terminals().into_iter().map(Config::offline_data).collect()
}

/// What waits in these journals. One that is not there yet has sold nothing, so nothing waits in it.
fn count(journals: &[PathBuf]) -> LinkView {
    let mut sum = LinkView::default();
    for report in journals.iter().filter_map(|journal| crate::journal::status(journal).ok()) {
        sum.pending += report.pending + report.deferred;
        sum.deferred += report.deferred;
        sum.parked += report.parked;
    }
    sum
}

/// The badge where no gate is open: whether the database answers, and how much waits in these journals, looked at
/// every ten seconds.
async fn badge(config: Config, journals: Vec<PathBuf>, screen: mpsc::Sender<Msg>) {
    loop {
        let (link, reason) = database_link(&config).await;
        let view = LinkView { link, reason, ..count(&journals) };
        if screen.send(Msg::Link(view)).await.is_err() {
            return;
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn database_link(config: &Config) -> (Link, Option<DownReason>) {
    let Some(kit) = config.kit.as_ref().and_then(|path| Kit::open(path).ok()) else {
        return (Link::Down, Some(DownReason::NotEnrolled));
    };
    match Central::connect(&target(config, &kit), "parkir-menu", LIMIT).await {
        Ok(_) => (Link::Up, None),
        Err(e) => (Link::Down, Some(e.reason())),
    }
}

/// Periksa, step by step.
fn check(config: &Config) -> Result<Exit> {
    let setup = stage::setup(config, String::new(), vehicle::built_in(), Vec::new());
    let config = config.clone();
    let (exit, ()) = stage::play(Screen::doctor(setup), async move |mut ends: Ends| {
        let badge = tokio::spawn(badge(config.clone(), vec![config.offline_data()], ends.screen.clone()));
        loop {
            let cmd = tokio::select! {
                () = ends.stop.cancelled() => break,
                cmd = ends.asked.recv() => cmd,
            };
            match cmd {
                Some(Cmd::RunChecks) => run_checks(&config, &ends).await,
                Some(_) => {}
                None => break,
            }
        }
        badge.abort();
        Ok(())
    })?;
    Ok(exit)
}

async fn run_checks(config: &Config, ends: &Ends) {
    let (out, mut told) = mpsc::channel(8);
    let trying = tokio::spawn(doctor::checks(config.clone(), out));
    let mut checks: Vec<Check> = Vec::new();
    while let Some(Some(check)) = ends.stop.run_until_cancelled(told.recv()).await {
        checks.push(check);
        let _ = ends.screen.send(Msg::Checks { checks: checks.clone(), done: false }).await;
    }
    trying.abort();
    let _ = ends.screen.send(Msg::Checks { checks, done: true }).await;
}
