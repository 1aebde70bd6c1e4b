//! A whole gate with a printer: the real program, a real socket. The barrier waits for the ticket, or for the record that
//! nobody knows of one; the exit is told; a reprint is counted, marked and makes it good.

use super::*;
use parkir::device::sim::printer::{Manners, PrinterSim};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::channel;

struct Gate {
    folder: Folder,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Gate {
    fn start(address: &str) -> Self {
        Self::start_in(Folder::new(), address)
    }

    fn start_in(folder: Folder, address: &str) -> Self {
        let config = folder.0.join("config.toml");
        let text = format!(
            "data_dir = {:?}\n[gate]\nid = \"A1\"\noperator = \"sari\"\n[central]\nhost = \"/nowhere\"\n\
             [printer]\nkind = \"tcp\"\naddress = \"{address}\"\n[barrier]\nkind = \"sim\"\n",
            folder.0
        );
        fs::write(&config, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_parkir"));
        command.arg("in").arg("--headless").arg("--config").arg(&config).stderr(Stdio::null());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { folder, child, stdin, stdout }
    }

    fn ask(&mut self, line: &str) -> Value {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
        loop {
            let mut told = String::new();
            assert!(self.stdout.read_line(&mut told).unwrap() > 0, "the gate ended");
            let told: Value = serde_json::from_str(&told).unwrap();
            if told.get("ok").is_some() {
                return told;
            }
        }
    }

    fn enter(&mut self, plate: &str) -> Value {
        let entered = self.ask(&format!(r#"{{"cmd":"enter","plate":"{plate}","class":"mobil"}}"#));
        assert_eq!(entered["event"], "entered", "{entered}");
        entered
    }

    fn warnings(&mut self, ticket: &Value) -> Value {
        self.ask(&format!(r#"{{"cmd":"quote","ticket":{ticket}}}"#))["warnings"].clone()
    }

    fn opened(&self) -> usize {
        let text = fs::read_to_string(self.folder.0.join("logs/barrier_sim.txt")).unwrap_or_default();
        text.lines().filter(|line| line.contains("open entered")).count()
    }

    fn wait_opened(&self, count: usize) {
        let end = Instant::now() + Duration::from_secs(60);
        while self.opened() < count {
            assert!(Instant::now() < end, "the barrier stays down");
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(self.opened(), count);
    }

    /// Bodies of the `printed` facts, oldest first, and of the exits.
    fn facts(&self, kind: &str) -> Vec<Value> {
        let config = self.folder.0.join("config.toml");
        let file = self.folder.0.join(format!("export-{}.jsonl", Uuid::now_v7()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_parkir"));
        command.args(["journal", "export", "--out"]).arg(&file).arg("--config").arg(config);
        assert!(command.stdout(Stdio::null()).status().unwrap().success());
        let lines = fs::read_to_string(&file).unwrap();
        let facts = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        facts.filter(|fact| fact["kind"] == kind).map(|fact| fact["body"].clone()).collect()
    }

    fn end(mut self) -> Folder {
        self.stdin = None;
        self.child.wait().unwrap();
        let taken = Folder(self.folder.0.clone());
        std::mem::forget(self);
        taken
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.stdin = None;
        let _ = self.child.wait();
    }
}

/// research/domain.md 1.10-5: "gate opened though print unverified".
#[test]
fn defect_5_the_barrier_waits_until_the_ticket_is_proven() {
    let printer = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut gate = Gate::start(&printer.local_addr().unwrap().to_string());
    gate.enter("B 1 A");
    let (mut line, _) = printer.accept().unwrap();
    let (mut page, mut byte) = (Vec::new(), [0]);
    while !page.ends_with(b"\x1Dr\x01") {
        line.read_exact(&mut byte).unwrap();
        page.push(byte[0]);
    }
    // The whole ticket is out, and nothing is proven: long enough for a barrier that does not wait.
    thread::sleep(Duration::from_millis(300));
    assert_eq!((gate.opened(), gate.facts("printed").len()), (0, 0));
    line.write_all(&[0]).unwrap();
    gate.wait_opened(1);
    let printed = gate.facts("printed");
    assert_eq!((printed.len(), &printed[0]["outcome"], &printed[0]["copy"]), (1, &"ok".into(), &1.into()));
}

#[test]
fn defect_5_a_ticket_that_nobody_can_prove_is_on_record_before_the_barrier_opens() {
    let printer = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut gate = Gate::start(&printer.local_addr().unwrap().to_string());
    let ticket = gate.enter("B 1 A")["ticket"].clone();
    // It takes everything and never says a word.
    gate.wait_opened(1);
    assert_eq!(gate.facts("printed")[0]["outcome"], "unknown");
    assert!(gate.warnings(&ticket).to_string().contains("ticket_unproven"));
}

#[test]
fn a_jammed_ticket_is_shown_at_the_exit_and_made_good_by_a_counted_reprint() {
    let (slips, got) = channel();
    let sim = PrinterSim::tcp("127.0.0.1:0", Manners { paper_out: true, ..Manners::default() }, slips).unwrap();
    let mut gate = Gate::start(&sim.address().unwrap().to_string());
    let (first, second) = (gate.enter("B 1 A")["ticket"].clone(), gate.enter("B 2 A")["ticket"].clone());
    gate.wait_opened(2);
    for ticket in [&first, &second] {
        assert_eq!(gate.warnings(ticket), serde_json::json!(["ticket_unproven"]));
    }
    assert_eq!(gate.facts("printed")[0]["reason"], "kertas habis");

    sim.behave(Manners::default());
    for copy in [2, 3] {
        let again = gate.ask(&format!(r#"{{"cmd":"reprint","ticket":{second},"ref":7}}"#));
        let expected =
            serde_json::json!({"ok": true, "event": "reprinting", "ticket": second, "copy": copy, "ref": 7});
        assert_eq!(again, expected);
        let paper = got.recv_timeout(Duration::from_secs(60)).unwrap().text(32);
        assert!(paper.contains(&format!("C E T A K   U L A N G   {}", copy - 1)), "{paper}");
    }
    let end = Instant::now() + Duration::from_secs(60);
    while gate.facts("printed").len() < 4 {
        assert!(Instant::now() < end, "{:?}", gate.facts("printed"));
    }
    assert_eq!(gate.warnings(&second), serde_json::json!([]));
    assert_eq!(gate.ask(r#"{"cmd":"reprint","ticket":"A1ZZ00000Z"}"#)["error"]["code"], "nothing_to_reprint");

    let left = gate.ask(&format!(r#"{{"cmd":"leave","ticket":{first},"tendered":100000}}"#));
    assert_eq!(left["warnings"], serde_json::json!(["ticket_unproven"]), "{left}");
    let receipt = got.recv_timeout(Duration::from_secs(60)).unwrap().text(32);
    assert!(receipt.contains("STRUK PARKIR") && receipt.contains("Rp 100.000"), "{receipt}");
    assert_eq!(gate.facts("left")[0]["flags"], serde_json::json!(["ticket_unproven"]));
}

#[test]
fn a_ticket_on_its_way_to_the_printer_when_the_program_died_is_on_record_as_unproven() {
    let printer = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = printer.local_addr().unwrap().to_string();
    let mut gate = Gate::start(&address);
    let ticket = gate.enter("B 1 A")["ticket"].clone();
    let (line, _) = printer.accept().unwrap();
    gate.child.kill().unwrap();
    drop(line);
    let folder = gate.end();
    let mut gate = Gate::start_in(folder, &address);
    gate.ask(r#"{"cmd":"status"}"#);
    let end = Instant::now() + Duration::from_secs(60);
    while gate.facts("printed").is_empty() {
        assert!(Instant::now() < end, "nothing on record");
    }
    assert!(gate.warnings(&ticket).to_string().contains("ticket_unproven"));
}

/// Whatever ends the terminal: a car whose entry was answered has its barrier, once, and that is on record.
#[test]
fn who_was_let_in_has_a_barrier_also_where_the_terminal_is_left_at_that_moment() {
    for end in ["stdin ends", "SIGTERM", "quit"] {
        let (slips, _got) = channel();
        let slow = Manners { slow: Duration::from_millis(700), ..Manners::default() };
        let sim = PrinterSim::tcp("127.0.0.1:0", slow, slips).unwrap();
        let mut gate = Gate::start(&sim.address().unwrap().to_string());
        gate.enter("B 1 END");
        match end {
            "quit" => writeln!(gate.stdin.as_mut().unwrap(), r#"{{"cmd":"quit"}}"#).unwrap(),
            "SIGTERM" => {
                let pid = rustix::process::Pid::from_child(&gate.child);
                rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
            }
            _ => drop(gate.stdin.take()),
        }
        let mut rest = String::new();
        gate.stdout.read_to_string(&mut rest).unwrap();
        assert!(gate.child.wait().unwrap().success(), "{end}");
        assert_eq!((gate.opened(), gate.facts("barrier_opened").len()), (1, 1), "{end}");
    }
}
