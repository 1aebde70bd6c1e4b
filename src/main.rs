//! The front door: reads the command line and opens one door of the house.

use parkir::{app, cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Err(e) = app::dispatch::hide_password() {
        eprintln!("parkir: {e:#}");
        return ExitCode::FAILURE;
    }
    match app::dispatch::open(cli::Cli::read()) {
        Ok(code) => code,
        Err(e) => {
            eprintln!("parkir: {e:#}");
            ExitCode::FAILURE
        }
    }
}
