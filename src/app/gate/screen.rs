//! A gate with a person before it. The first picture does not wait for the journal; the form takes keys at once and is
//! served as soon as the journal is open.

use super::effects;
use super::others::Others;
use super::{Gate, Identity};
use crate::app::dispatch::Side;
use crate::app::stage::{self, Ends};
use crate::config::Config;
use crate::domain::lane;
use crate::domain::vehicle;
use crate::log::Log;
use crate::tui::msg::Component;
use crate::tui::{Exit, Screen, Waits};
use anyhow::{Context, Result};
use std::process::ExitCode;

/// Runs the terminal; leaving it shows the main menu, as the screen says, and only a signal ends the program.
pub fn run(config: &Config, side: Side, log: &Log) -> Result<ExitCode> {
    match play(config, side)? {
        Exit::Ended => Ok(ExitCode::SUCCESS),
        Exit::Quit | Exit::Terminal(_) => crate::app::menu::go_on(config, log, None),
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
    let (exit, gate) = stage::play(screen, async move |ends| serve(config, Some(way(side)), ends).await)?;
    gate.close();
    Ok(exit)
}

/// Sinkronisasi Data: one gate after the other, as they are picked, with the page that sends what waits. It begins
/// with the first at which something does.
pub fn play_sync(terminals: &[&Config]) -> Result<Exit> {
    let waits = |config: &&Config| Waits {
        gate: Identity::find(config).map(|i| i.gate.to_string()).unwrap_or_default(),
        waiting: crate::journal::status(&config.offline_data()).map_or(0, |r| r.pending + r.deferred + r.parked),
    };
    let mut at = terminals.iter().position(|c| waits(c).waiting > 0).unwrap_or_default();
    loop {
        let Some(config) = terminals.get(at) else { return Ok(Exit::Quit) };
        let setup =
            stage::setup(config, Identity::find(config)?.gate.to_string(), vehicle::built_in(), Vec::new());
        let screen = Screen::sync(setup, terminals.iter().map(waits).collect(), at);
        let config = (*config).clone();
        let (exit, gate) = stage::play(screen, async move |ends| serve(config, None, ends).await)?;
        gate.close();
        match exit {
            Exit::Terminal(picked) => at = picked,
            left => return Ok(left),
        }
    }
}

async fn serve(config: Config, side: Option<lane::Side>, ends: Ends) -> Result<Gate> {
    let opening = config.clone();
    let gate = tokio::task::spawn_blocking(move || Gate::open(&opening, false)).await.context("gerbang")??;
    let (others, peers) = Others::start(&gate, &config, side);
    Ok(effects::serve(gate, others, peers, ends.asked, ends.screen, ends.stop).await)
}

/// The side as the lane knows it.
pub fn way(side: Side) -> lane::Side {
    match side {
        Side::In => lane::Side::In,
        Side::Out => lane::Side::Out,
    }
}

/// Which side of a gate a component is.
pub fn side(component: Component) -> Option<Side> {
    match component {
        Component::GateIn => Some(Side::In),
        Component::GateOut => Some(Side::Out),
        _ => None,
    }
}
