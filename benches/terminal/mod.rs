//! What the benches share: the real binary at the other end of a pipe, a folder on a real disk, and figures.
#![allow(dead_code)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

pub mod backlog;
pub mod seat;

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

pub const PARKIR: &str = env!("CARGO_BIN_EXE_parkir");

/// A folder below `target`, on the disk the program is built on (a `/tmp` may be memory), removed at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A child that is asked a line and answers one.
pub struct Piped {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Piped {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, stdin, stdout }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.stdout.read_line(&mut line).unwrap() > 0, "the child ended");
        line
    }

    /// Sends a line and waits for the answer to it; what is told unasked goes by. The time it took.
    pub fn ask(&mut self, line: &str) -> (Duration, String) {
        let text = format!("{line}\n");
        let asked = Instant::now();
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
        loop {
            let line = self.line();
            if line.starts_with("ok") || line.contains("\"ok\":") {
                return (asked.elapsed(), line);
            }
        }
    }

    /// From now on that no more is worked: the start's comparison of journal and spool is through. CPU seconds so far.
    pub fn rests(&self) -> f64 {
        let process = proc(self.pid());
        let mut worked = f64::NAN;
        while cpu(&process) != worked {
            worked = cpu(&process);
            std::thread::sleep(Duration::from_millis(700));
        }
        worked
    }

    /// Asks for `status` until `done` says so.
    pub fn wait(&mut self, mut done: impl FnMut(&Value) -> bool) -> Value {
        loop {
            let (_, line) = self.ask(r#"{"cmd":"status"}"#);
            let status: Value = serde_json::from_str(&line).unwrap();
            if done(&status) {
                return status;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn wait_link(&mut self, word: &str) {
        self.wait(|status| status["link"] == word);
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        self.stdin = None;
        let _ = self.child.wait();
    }
}

/// A terminal's folder with its configuration.
pub struct Desk {
    pub data: PathBuf,
    pub config: PathBuf,
}

impl Desk {
    /// Enrolled with `kit` at `host:port`, or alone.
    pub fn new(data: &Path, gate: &str, centre: Option<(&Path, &str, u16)>) -> Self {
        fs::create_dir_all(data).unwrap();
        let mut text = format!("data_dir = {data:?}\n");
        if let Some((kit, _, _)) = centre {
            text += &format!("kit = {kit:?}\n");
        }
        text += &format!("[gate]\nid = \"{gate}\"\noperator = \"budi\"\n");
        if let Some((_, host, port)) = centre {
            text += &format!("[central]\nhost = {host:?}\nport = {port}\n");
        }
        // Nobody listens there: a terminal without a hub.
        text += "[hub]\nurl = \"ws://127.0.0.1:9/parking\"\n";
        let config = data.join("config.toml");
        fs::write(&config, text).unwrap();
        Self { data: data.to_owned(), config }
    }

    /// The same with a word changed in its configuration.
    pub fn changed(self, from: &str, to: &str) -> Self {
        let text = fs::read_to_string(&self.config).unwrap();
        assert!(text.contains(from), "{from:?} stands not in {text}");
        fs::write(&self.config, text.replacen(from, to, 1)).unwrap();
        self
    }

    pub fn command(&self, side: &str) -> Command {
        let mut command = Command::new(PARKIR);
        command.arg(side).arg("--config").arg(&self.config);
        command
    }

    pub fn headless(&self, side: &str) -> Piped {
        Piped::start(self.command(side).arg("--headless"))
    }
}

/// The values of a `/proc/PID/status` field, in the kernel's own unit.
pub fn status(path: &Path, field: &str) -> u64 {
    let text = fs::read_to_string(path.join("status")).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

pub fn proc(pid: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}"))
}

/// CPU time a process has used, in seconds.
pub fn cpu(process: &Path) -> f64 {
    let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
    let after: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |i: usize| after.get(i).and_then(|t| t.parse::<u32>().ok()).unwrap_or_default();
    f64::from(ticks(11) + ticks(12)) / 100.0
}

/// CPU time of all processes that work in this folder (a cluster's), in seconds.
pub fn cpu_in(folder: &Path) -> f64 {
    let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    all.filter(|p| fs::read_link(p.join("cwd")).is_ok_and(|cwd| cwd == folder)).map(|p| cpu(&p)).sum()
}

/// Times of one scenario.
pub struct Times(Vec<Duration>);

impl Times {
    pub fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// `part` of a hundred take no longer.
    pub fn percentile(&self, part: usize) -> f64 {
        let at = (self.0.len() * part).div_ceil(100).clamp(1, self.0.len()) - 1;
        self.0[at].as_secs_f64() * 1000.0
    }
}

/// How busy the machine was: the load of the last minute.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("?").to_owned()
}

/// Whether a budget is held, in words.
pub fn held(yes: bool) -> &'static str {
    if yes { "ok" } else { "MISSED" }
}
