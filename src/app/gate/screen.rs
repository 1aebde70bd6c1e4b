//! A gate with a person before it. The first picture does not wait for the journal; the form takes keys at once and is
//! served as soon as the journal is open.

use super::effects;
use super::others::Others;
use super::{Gate, Identity};
use crate::app::dispatch::Side;
use crate::app::stage::{self, Ends};
use crate::config::Config;
use crate::domain::vehicle;
use crate::log::Log;
use crate::tui::msg::Component;
use crate::tui::{Exit, Screen};
use anyhow::{Context, Result};
use std::process::ExitCode;

/// Runs the terminal; leaving it shows the main menu, as the screen says, and only a signal ends the program.
pub fn run(config: &Config, side: Side, log: &Log) -> Result<ExitCode> {
    match play(config, side)? {
        Exit::Ended => Ok(ExitCode::SUCCESS),
        Exit::Quit => crate::app::menu::go_on(config, log, None),
        Exit::Open(component) => crate::app::menu::go_on(config, log, Some(component)),
    }
}

/// Runs one gate screen until it is left.
pub fn play(config: &Config, side: Side) -> Result<Exit> {
    let identity = Identity::find(config)?;
    let setup = stage::setup(config, identity.gate.to_string(), vehicle::built_in(), Vec::new());
    drop(identity);
    let screen = match side {
        Side::In => Screen::gate_in(setup),
        Side::Out => Screen::gate_out(setup),
    };
    let config = config.clone();
    let (exit, gate) = stage::play(screen, async move |ends| serve(config, ends).await)?;
    gate.close();
    Ok(exit)
}

/// Sinkronisasi Data: the same gate, with the page that sends what waits.
pub fn play_sync(config: &Config) -> Result<Exit> {
    let setup = stage::setup(config, Identity::find(config)?.gate.to_string(), vehicle::built_in(), Vec::new());
    let config = config.clone();
    let (exit, gate) = stage::play(Screen::sync(setup), async move |ends| serve(config, ends).await)?;
    gate.close();
    Ok(exit)
}

async fn serve(config: Config, ends: Ends) -> Result<Gate> {
    let opening = config.clone();
    let gate = tokio::task::spawn_blocking(move || Gate::open(&opening, false)).await.context("gerbang")??;
    let (others, peers) = Others::start(&gate, &config);
    Ok(effects::serve(gate, others, peers, ends.asked, ends.screen, ends.stop).await)
}

/// Which side of a gate a component is.
pub fn side(component: Component) -> Option<Side> {
    match component {
        Component::GateIn => Some(Side::In),
        Component::GateOut => Some(Side::Out),
        _ => None,
    }
}
