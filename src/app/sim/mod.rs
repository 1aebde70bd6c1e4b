//! `parkir sim`: devices that are none, over the transports real ones use, so that a gate can be tried without them
//! and shown what it does when they misbehave.

mod barrier;
mod camera;
mod display;
mod payment;
pub mod printer;
mod scanner;

use crate::cli::Sim;
use anyhow::Result;
use std::process::ExitCode;

pub fn run(verb: Sim) -> Result<ExitCode> {
    match verb {
        Sim::Barrier(options) => barrier::run(options),
        Sim::Camera(camera) => camera::run(&camera),
        Sim::Scanner(scanner) => scanner::run(&scanner),
        Sim::Printer(printer) => printer::run(&printer),
        Sim::Display => display::run(),
        Sim::Payment(payment) => payment::run(&payment),
    }
}
