//! `parkir sim scanner`: types tickets as a keyboard-wedge scanner does, into whatever is named.

use crate::cli::SimScanner;
use crate::device::typist::Typist;
use anyhow::{Context, Result};
use std::io::BufRead;
use std::process::ExitCode;
use std::time::Duration;

/// Types every code given, or every line of stdin.
pub fn run(asked: &SimScanner) -> Result<ExitCode> {
    let mut typist = open(asked)?;
    if let Some(node) = typist.node() {
        eprintln!("Pemindai tiruan: {}", node.display());
    }
    let mut scan = |code: &str| {
        let code = if asked.garbage { garbled(code) } else { code.to_owned() };
        for _ in 0..if asked.double { 2 } else { 1 } {
            typist.types(&code, Duration::from_millis(asked.slow), !asked.no_enter).context("pemindai tiruan")?;
        }
        anyhow::Ok(())
    };
    for code in &asked.codes {
        scan(code)?;
    }
    if asked.codes.is_empty() {
        for line in std::io::stdin().lock().lines() {
            scan(line.context("stdin")?.trim())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn open(asked: &SimScanner) -> Result<Typist> {
    if asked.uinput {
        return Typist::keyboard().context(
            "/dev/uinput tidak dapat dibuka: sudo modprobe uinput, dan beri pengguna ini hak tulis; atau pakai --tmux atau --tty",
        );
    }
    if let Some(path) = &asked.events {
        let told = || format!("{}: FIFO itu tidak ada atau tidak dibaca siapa pun", path.display());
        return Typist::events(path).with_context(told);
    }
    match (&asked.tty, &asked.tmux) {
        (Some(path), _) => Typist::line(path)
            .with_context(|| format!("{} tidak dapat ditulisi sebagai perangkat tty", path.display())),
        (None, Some(pane)) => Ok(Typist::Pane(pane.clone())),
        (None, None) => Ok(Typist::Out(std::io::stdout())),
    }
}

/// A torn code: every third character unreadable.
fn garbled(code: &str) -> String {
    code.chars().enumerate().map(|(i, c)| if i % 3 == 2 { '?' } else { c }).collect()
}
