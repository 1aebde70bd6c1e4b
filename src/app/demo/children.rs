//! The demo's own processes: the same program, started as anybody would start it, and stopped for certain.

use crate::cli::SUPERUSER_ENV;
use crate::domain::secret::Secret;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long a process may take to end when asked to.
const GOODBYE: Duration = Duration::from_secs(10);

/// How long an answer of the headless face may take; an ordinary one takes milliseconds.
const ANSWER: Duration = Duration::from_secs(20);

fn program(arguments: &[&str], config: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("berkas program ini tidak ditemukan")?);
    command.args(arguments).arg("--config").arg(config);
    Ok(command)
}

/// A command that ends by itself, and what it said; `superuser` goes through the environment, where `ps` shows it to nobody.
pub fn command(arguments: &[&str], out: &Path, config: &Path, superuser: &Secret) -> Result<String> {
    let mut command = program(arguments, config)?;
    command.arg("--out").arg(out).env(SUPERUSER_ENV, superuser.reveal()).env_remove("PGPASSWORD");
    let done = command.stdin(Stdio::null()).output()?;
    if !done.status.success() {
        bail!("parkir {}: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// A process that runs until it is dropped.
pub struct Service {
    child: Child,
    told: PathBuf,
}

impl Service {
    /// Starts it; what it says goes into the file `told`.
    pub fn start(arguments: &[&str], config: &Path, told: &Path) -> Result<Self> {
        let file = File::create(told).with_context(|| told.display().to_string())?;
        let mut command = program(arguments, config)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        Ok(Self { child: command.spawn()?, told: told.to_owned() })
    }

    /// What it last said, if it has ended.
    pub fn ended(&mut self) -> Result<Option<String>> {
        let Some(status) = self.child.try_wait()? else { return Ok(None) };
        let text = std::fs::read_to_string(&self.told).unwrap_or_default();
        Ok(Some(text.lines().last().map_or_else(|| status.to_string(), str::to_owned)))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// SIGTERM, patience, and then SIGKILL.
fn end(child: &mut Child) {
    let begin = Instant::now();
    let asked = Pid::from_raw(child.id().cast_signed()).map(|pid| kill_process(pid, Signal::TERM));
    while matches!(asked, Some(Ok(()))) && begin.elapsed() < GOODBYE {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Ok(Some(_)) | Err(_) => return,
        }
    }
    // Ended meanwhile: nothing to do either way.
    let _ = child.kill();
    let _ = child.wait();
}

/// A headless terminal.
pub struct Terminal {
    child: Child,
    commands: Option<ChildStdin>,
    answers: Receiver<String>,
}

impl Terminal {
    /// `side` is `in` or `out`.
    pub fn open(side: &str, config: &Path) -> Result<Self> {
        let mut command = program(&[side, "--headless"], config)?;
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (commands, out) = (child.stdin.take(), child.stdout.take());
        let (tell, answers) = channel();
        if let Some(out) = out {
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    if tell.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Self { child, commands, answers })
    }

    /// One command and its answer; lines nobody asked for are passed over. A refusal is an error.
    pub fn ask(&mut self, command: &Value) -> Result<Value> {
        let Some(commands) = &mut self.commands else { bail!("terminal sudah ditutup") };
        writeln!(commands, "{command}")?;
        commands.flush()?;
        loop {
            let line =
                self.answers.recv_timeout(ANSWER).with_context(|| format!("tidak ada jawaban atas {command}"))?;
            let answer: Value = serde_json::from_str(&line).with_context(|| line.clone())?;
            match answer.get("ok").and_then(Value::as_bool) {
                Some(true) => return Ok(answer),
                Some(false) => bail!("{command}: {}", answer["error"]["message"]),
                None => {}
            }
        }
    }

    /// Ends it in order: end of input, and patience.
    pub fn close(mut self) {
        self.commands = None;
        let begin = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && begin.elapsed() < GOODBYE {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            end(&mut self.child);
        }
    }
}
