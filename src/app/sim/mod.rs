//! `parkir sim`: devices that are none, driven by a person at a terminal.

mod barrier;

use crate::cli::Sim;
use anyhow::Result;
use std::process::ExitCode;

pub fn run(sim: Sim) -> Result<ExitCode> {
    match sim {
        Sim::Barrier(options) => barrier::run(options),
    }
}
