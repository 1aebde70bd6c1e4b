//! Periksa (`parkir doctor`): every part a terminal leans on, tried one after the other, from its own disk outwards.
//!
//! Each step says what was tried, how it ended and what to do. It changes nothing that anybody would miss, and it may
//! run beside a working terminal: the journal's lock is looked at, never taken; the hub is asked whether it knows the
//! token without opening a session. Steps go into a channel as they end, so that a screen can show them one by one.

mod camera;
mod customer;
mod database;
mod hub;
mod lane;
mod machine;
mod printer;

use crate::app::kit::Kit;
use crate::config::{Config, Lang};
use crate::domain::view::{Check, Verdict};
use crate::tui::glyphs::clean;
use anyhow::Result;
use std::io::Write;
use std::process::ExitCode;
use tokio::sync::mpsc;

/// Runs every step and sends each as it ends; a closed channel ends it early.
pub async fn checks(config: Config, out: mpsc::Sender<Check>) {
    let tongue = Tongue(config.site.language);
    let steps = Steps { out };
    steps.tell(machine::configuration(&config, tongue)).await;
    let disk = tokio::task::spawn_blocking({
        let config = config.clone();
        move || (machine::local(&config, tongue), machine::kit(&config, tongue))
    });
    // It only fails when the runtime is going away.
    let Ok((local, (kit_step, kit))) = disk.await else { return };
    for check in local.into_iter().chain([kit_step]) {
        steps.tell(check).await;
    }
    let lane = tokio::task::spawn_blocking({
        let config = config.clone();
        move || lane::steps(&config, tongue)
    });
    for check in lane.await.unwrap_or_default() {
        steps.tell(check).await;
    }
    if let Ok(Some(check)) = tokio::task::spawn_blocking({
        let config = config.clone();
        move || printer::step(&config, tongue)
    })
    .await
    {
        steps.tell(check).await;
    }
    let customer = tokio::task::spawn_blocking({
        let config = config.clone();
        move || customer::steps(&config, tongue)
    });
    for check in customer.await.unwrap_or_default() {
        steps.tell(check).await;
    }
    let seen = tokio::task::spawn_blocking({
        let config = config.clone();
        move || camera::step(&config, tongue)
    });
    if let Ok(Some(check)) = seen.await {
        steps.tell(check).await;
    }
    database::steps(&config, kit.as_ref(), tongue, &steps).await;
    hub::steps(&config, kit.as_ref(), tongue, &steps).await;
}

/// The command: a line a step, or one JSON array. 0 if nothing failed.
pub fn run(config: &Config, json: bool) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        let (out, mut told) = mpsc::channel(8);
        let trying = tokio::spawn(checks(config.clone(), out));
        let mut done = Vec::new();
        while let Some(check) = told.recv().await {
            if !json {
                // A reader that went away does not stop the rest from being tried.
                let _ = write!(std::io::stdout(), "{}", line(&check));
            }
            done.push(check);
        }
        trying.await.map(|()| done)
    })?;
    if json {
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&done)?)?;
    }
    let failed = done.iter().any(|check| check.verdict == Verdict::Fail);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A step for people: verdict, name, detail; what to do stands on a line of its own.
fn line(check: &Check) -> String {
    let word = match check.verdict {
        Verdict::Ok => "√ ok     ",
        Verdict::Warn => "! awas   ",
        Verdict::Fail => "X gagal  ",
        Verdict::Skipped => "- lewat  ",
    };
    let todo = if check.todo.is_empty() { String::new() } else { format!("{:29}-> {}\n", "", clean(&check.todo)) };
    // A detail may be what a device said: it steers no terminal.
    format!("{word} {:<18} {}\n{todo}", check.name, clean(&check.detail))
}

/// Where steps go.
struct Steps {
    out: mpsc::Sender<Check>,
}

impl Steps {
    async fn tell(&self, check: Check) {
        // Nobody listens any more: the screen was left.
        let _ = self.out.send(check).await;
    }
}

/// The language steps are told in.
#[derive(Clone, Copy)]
struct Tongue(Lang);

impl Tongue {
    fn say(self, id: &str, en: &str) -> String {
        match self.0 {
            Lang::Id => id.to_owned(),
            Lang::En => en.to_owned(),
        }
    }
}

/// What went wrong, in words, and the system's own in brackets.
fn trouble(error: &std::io::Error, tongue: Tongue) -> String {
    use std::io::ErrorKind as Kind;
    let words = match error.kind() {
        Kind::ConnectionRefused => tongue.say("tidak ada program yang menjawab", "no program answers there"),
        Kind::TimedOut => tongue.say("tidak menjawab", "no answer"),
        Kind::HostUnreachable | Kind::NetworkUnreachable => {
            tongue.say("jaringan tak terjangkau", "network not reachable")
        }
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => {
            tongue.say("sambungan diputus", "connection cut")
        }
        Kind::PermissionDenied => tongue.say("tidak diizinkan", "not allowed"),
        Kind::NotFound => tongue.say("tidak ada", "not there"),
        Kind::NotADirectory => tongue.say("bukan folder", "not a folder"),
        Kind::StorageFull => tongue.say("disk penuh", "disk full"),
        Kind::ReadOnlyFilesystem => tongue.say("disk hanya bisa dibaca", "disk is read-only"),
        _ => tongue.say("gagal", "failed"),
    };
    format!("{words} ({error})")
}

fn check(name: String, verdict: Verdict, detail: impl Into<String>, todo: impl Into<String>) -> Check {
    Check { name, verdict, detail: detail.into(), todo: todo.into() }
}

fn well(name: String, detail: impl Into<String>) -> Check {
    check(name, Verdict::Ok, detail, "")
}

fn skipped(name: String, tongue: Tongue) -> Check {
    check(
        name,
        Verdict::Skipped,
        tongue.say("tidak dicoba: langkah sebelumnya gagal", "not tried: an earlier step failed"),
        "",
    )
}

/// What the kit step found: its line, and the kit if it can be used.
type KitFound = (Check, Option<Kit>);
