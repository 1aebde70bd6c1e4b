//! `parkir sim`: simulated devices that speak the real transports, so that a gate can be tried, and broken, without any.

pub mod printer;

use crate::cli::Sim;
use anyhow::Result;
use std::process::ExitCode;

pub fn run(verb: Sim) -> Result<ExitCode> {
    match verb {
        Sim::Printer(options) => printer::run(&options),
    }
}
