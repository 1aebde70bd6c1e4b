//! `parkir sim camera`: a real HTTP server that shows a drawn lane, and a line for every question it got.

use crate::cli::{SimAuth, SimCamera};
use crate::device::digest::Algorithm;
use crate::device::sim::{Auth, Fault, HttpCamera, Picture, Scene};
use anyhow::{Context, Result};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Runs until SIGINT or SIGTERM.
pub fn run(asked: &SimCamera) -> Result<ExitCode> {
    let scene = scene(asked);
    let camera = HttpCamera::listen(asked.listen, scene, Some(Box::new(tell)))
        .with_context(|| format!("tidak dapat mendengarkan di {}", asked.listen))?;
    tell(&format!("Kamera tiruan: {}", camera.url()));
    if asked.auth != SimAuth::None {
        tell(&format!("Login: {} {}, sandi {}", asked.auth.word(), asked.user, asked.password));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    runtime.block_on(async {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        anyhow::Ok(())
    })?;
    drop(camera);
    Ok(ExitCode::SUCCESS)
}

/// A reader that went away stops nothing.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn scene(asked: &SimCamera) -> Scene {
    let (user, password) = (asked.user.clone(), asked.password.clone());
    let faults = [
        (asked.silent, Fault::Silent),
        (asked.garbage, Fault::Garbage),
        (asked.truncate, Fault::Torn),
        (asked.status.is_some(), Fault::Status(asked.status.unwrap_or_default())),
    ];
    Scene {
        picture: match (asked.frozen, asked.black) {
            (true, _) => Picture::Frozen,
            (_, true) => Picture::Black,
            _ => Picture::Lane,
        },
        fault: faults.into_iter().find_map(|(wished, fault)| wished.then_some(fault)),
        auth: match asked.auth {
            SimAuth::None => Auth::None,
            SimAuth::Basic => Auth::Basic { user, password },
            SimAuth::Digest => Auth::Digest { user, password, algorithm: Algorithm::Md5, uses: 20 },
            SimAuth::DigestSha256 => Auth::Digest { user, password, algorithm: Algorithm::Sha256, uses: 20 },
        },
        slow: Duration::from_millis(asked.slow),
    }
}
