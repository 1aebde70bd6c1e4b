//! Stand-ins for what hangs on a gate, over the real transports, so that a gate can be tried without them.

mod payment;

use crate::cli::Sim;
use anyhow::Result;
use std::process::ExitCode;

pub fn run(sim: Sim) -> Result<ExitCode> {
    match sim {
        Sim::Payment(options) => payment::run(&options),
    }
}
