//! The real binary as a child: a headless gate that is talked to, a server, and what a command says.

use super::LIMIT;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Nothing takes this long unless it hangs.
pub const GUARD: Duration = Duration::from_secs(60);

pub fn parkir() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parkir"));
    command.env_remove("NO_COLOR").env("LC_ALL", "C.UTF-8").env("RUST_BACKTRACE", "0");
    command
}

/// Runs one command to its end: exit code, stdout, stderr.
pub fn once(arguments: &[&str], config: &Path) -> (i32, String, String) {
    let output = parkir().args(arguments).arg("--config").arg(config).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Tries until it gives something; `what` says what was missed when it never does.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < GUARD, "never came: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn end(child: &mut Child) -> ExitStatus {
    until("the end of the process", || child.try_wait().unwrap())
}

/// A gate without a screen.
pub struct Head {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    /// Lines nobody asked for, oldest first.
    pub events: VecDeque<Value>,
}

impl Head {
    pub fn start(side: &str, config: &Path) -> Self {
        Self::start_with(side, config, &[])
    }

    /// The same with more in its environment.
    pub fn start_with(side: &str, config: &Path, environment: &[(String, String)]) -> Self {
        let mut command = parkir();
        command.args([side, "--headless", "--config"]).arg(config).stderr(Stdio::inherit());
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (told, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take();
        Self { child, stdin, lines, events: VecDeque::new() }
    }

    /// Writes bytes as they are, whatever they are.
    pub fn write(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(bytes).and_then(|()| stdin.flush()).unwrap();
    }

    /// The next answer; what comes unasked is kept in `events`.
    pub fn answer(&mut self) -> Value {
        loop {
            let line = self.lines.recv_timeout(GUARD).expect("no answer");
            let value: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{line:?} is no JSON: {e}"));
            if value.get("ok").is_some() {
                return value;
            }
            assert!(value["event"].is_string(), "{value}");
            self.events.push_back(value);
        }
    }

    /// What the process said without being answered yet; `None` once it has ended.
    pub fn answer_if_alive(&mut self) -> Option<Value> {
        loop {
            let value: Value = serde_json::from_str(&self.lines.recv_timeout(GUARD).ok()?).ok()?;
            if value.get("ok").is_some() {
                return Some(value);
            }
        }
    }

    pub fn ask(&mut self, command: &Value) -> Value {
        self.write(format!("{command}\n").as_bytes());
        self.answer()
    }

    /// An answer that must be a yes.
    pub fn yes(&mut self, command: &Value) -> Value {
        let answer = self.ask(command);
        assert_eq!(answer["ok"], true, "{command} -> {answer}");
        answer
    }

    /// The code of a refusal.
    pub fn no(&mut self, command: &Value) -> String {
        let answer = self.ask(command);
        assert_eq!(answer["ok"], false, "{command} -> {answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|m| !m.is_empty()), "{answer}");
        answer["error"]["code"].as_str().unwrap().to_owned()
    }

    pub fn enter(&mut self, plate: &str, class: &str) -> Value {
        self.yes(&json!({"cmd": "enter", "plate": plate, "class": class}))
    }

    pub fn status(&mut self) -> Value {
        self.yes(&json!({"cmd": "status"}))
    }

    /// Asks until the answer is as wished.
    pub fn asks_until(&mut self, command: &Value, wished: impl Fn(&Value) -> bool) -> Value {
        until(&format!("the answer to {command}"), || Some(self.ask(command)).filter(|answer| wished(answer)))
    }

    pub fn link(&mut self, word: &str) -> Value {
        self.asks_until(&json!({"cmd": "status"}), |answer| answer["link"] == word)
    }

    /// Nothing waits any more, and the link is up.
    pub fn settled(&mut self) -> Value {
        self.asks_until(&json!({"cmd": "status"}), |answer| answer["link"] == "up" && answer["pending"] == 0)
    }

    /// Whether it knows this ticket as inside, asked until it does.
    pub fn knows(&mut self, ticket: &Value) -> Value {
        let found = self.asks_until(&json!({"cmd": "find", "query": ticket}), |a| a["stays"][0].is_object());
        found["stays"][0].clone()
    }

    pub fn quit(mut self) {
        assert_eq!(self.yes(&json!({"cmd": "quit"}))["event"], "bye");
        assert_eq!(end(&mut self.child).code(), Some(0));
    }

    /// Nothing more will be asked.
    pub fn hang_up(&mut self) {
        self.stdin = None;
    }

    /// How it ended, by itself.
    pub fn ended(&mut self) -> ExitStatus {
        end(&mut self.child)
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        end(&mut self.child);
    }

    /// Kills it from another thread while somebody here talks to it.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Writes, and does not mind that nobody reads any more.
    pub fn write_if_alive(&mut self, command: &Value) -> bool {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(format!("{command}\n").as_bytes()).and_then(|()| stdin.flush()).is_ok()
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `parkir server` as a service.
pub struct Service {
    child: Child,
}

impl Service {
    /// Runs when it answers at its port.
    pub fn start(config: &Path, address: &str) -> Self {
        let mut command = parkir();
        command.args(["server", "--config"]).arg(config);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until("the server's port", || std::net::TcpStream::connect(address).ok());
        Self { child }
    }

    /// SIGTERM: it shuts down cleanly.
    pub fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert_eq!(end(&mut self.child).code(), Some(0), "the server's end");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a page of the server's port says.
pub fn http(address: &str, path: &str) -> std::io::Result<String> {
    let mut socket = std::net::TcpStream::connect(address)?;
    socket.set_read_timeout(Some(LIMIT))?;
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    socket.read_to_string(&mut text)?;
    Ok(text)
}
