//! Payments that a program of the site's own charges (QRIS, e-money, a card terminal): the amount goes out, the result
//! comes in. parkir knows no bank; what does is started for each charge and speaks one JSON object a line.
//!
//! ```text
//! to it    {"v":1,"id":"…","method":"qris","amount":9000,"site":"S1","gate":"B1"}
//!          {"cancel":"…"}
//! from it  {"status":"show","qr":"000201…"}            the customer scans this; may come again
//!          {"status":"paid","reference":"8841 2290"}    one of these three ends it
//!          {"status":"refused","reason":"saldo kurang"}
//!          {"status":"unknown","reason":"bank diam"}
//! ```
//!
//! `id` is the same whenever the same fee of the same stay is charged, so that a provider asked twice, also after a
//! power cut, books once. Silence, nonsense and an end without a result are `Unknown`: the customer may have paid.

use super::{outcome, say};
use crate::domain::money::Rupiah;
use crate::domain::payment::Method;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// How long a program that was told to cancel may take to say what became of it.
const PARTING: Duration = Duration::from_secs(3);
/// No line of a result is longer.
const LONGEST_LINE: u64 = 8 * 1024;

#[derive(Clone, Debug, Default)]
pub struct PaymentOptions {
    /// The program and its arguments; none means that the cashier looks at the customer's proof.
    pub command: Vec<String>,
    /// For one charge, all in all.
    pub timeout: Duration,
    pub english: bool,
}

/// What is to be charged, as the program reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChargeOrder {
    pub id: String,
    pub method: Method,
    pub amount: Rupiah,
    pub site: String,
    pub gate: String,
}

/// What the program said of a charge. One of the last three comes, once, as the last.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Said {
    /// The customer scans this.
    Show {
        qr: String,
    },
    Paid {
        reference: String,
    },
    /// Certainly not paid.
    Refused {
        #[serde(default)]
        reason: String,
    },
    /// Nobody knows.
    Unknown {
        #[serde(default)]
        reason: String,
    },
    /// This time nobody was asked: it says nothing of an earlier time.
    #[serde(skip)]
    NotStarted {
        reason: String,
    },
}

impl Said {
    pub fn is_end(&self) -> bool {
        !matches!(self, Self::Show { .. })
    }
}

/// What is said of which charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeSaid {
    pub id: String,
    pub said: Said,
}

enum Event {
    Line(String),
    /// The program closed its output, or said what nobody can read.
    End(&'static str),
    Cancel,
}

/// A charge under way. Dropping it cancels it.
pub struct Charging {
    events: Sender<Event>,
}

impl Charging {
    /// Starts the program; what it says goes to `results`. Never blocks, and exactly one end comes.
    pub fn begin(options: PaymentOptions, charge: ChargeOrder, results: UnboundedSender<ChargeSaid>) -> Self {
        let (events, happened) = mpsc::channel();
        let (lines, id, english) = (events.clone(), charge.id.clone(), options.english);
        let tell = results.clone();
        let spawned = thread::Builder::new().name("payment".into()).spawn(move || {
            let id = charge.id.clone();
            let end = run(&options, &charge, lines, &happened, &|said| {
                let _ = tell.send(ChargeSaid { id: id.clone(), said });
            });
            let _ = tell.send(ChargeSaid { id, said: end });
        });
        if let Err(e) = spawned {
            let said = Said::NotStarted { reason: outcome::trouble(english, &e) };
            let _ = results.send(ChargeSaid { id, said });
        }
        Self { events }
    }

    /// The customer changed his mind. The end says whether he had paid all the same.
    pub fn cancel(&self) {
        let _ = self.events.send(Event::Cancel);
    }
}

impl Drop for Charging {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// The program and everything it started: gone when this is.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

fn run(
    options: &PaymentOptions,
    charge: &ChargeOrder,
    lines: Sender<Event>,
    happened: &Receiver<Event>,
    tell: &dyn Fn(Said),
) -> Said {
    let english = options.english;
    let unknown = |indonesian, in_english| Said::Unknown { reason: say(english, indonesian, in_english).into() };
    let (mut running, mut input) = match start(options, lines) {
        Ok(started) => started,
        Err(e) => return Said::NotStarted { reason: outcome::trouble(english, &e) },
    };
    let mut order = json!({"v": 1});
    if let (Some(order), Ok(serde_json::Value::Object(charge))) =
        (order.as_object_mut(), serde_json::to_value(charge))
    {
        order.extend(charge);
    }
    let mut deadline = Instant::now() + options.timeout;
    // An order it could not read whole is no order: the pipe breaks before it acts, or it ends.
    let _ = writeln!(input, "{order}");
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match happened.recv_timeout(left) {
            Ok(Event::Line(line)) => match serde_json::from_str::<Said>(&line) {
                Ok(said) if said.is_end() => return said,
                Ok(said) => tell(said),
                Err(_) => {
                    return unknown(
                        "jawaban alat bayar tidak terbaca",
                        "the payment program's answer is unreadable",
                    );
                }
            },
            Ok(Event::End(why)) => {
                // What never took the order charged nothing, but nobody can tell that from here.
                tracing::warn!(target: "payment", why, status = ?running.0.try_wait(), "alat bayar");
                return unknown(
                    "alat bayar berhenti tanpa jawaban",
                    "the payment program ended without an answer",
                );
            }
            Ok(Event::Cancel) => {
                let _ = writeln!(input, "{}", json!({"cancel": charge.id}));
                deadline = deadline.min(Instant::now() + PARTING);
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return unknown("alat bayar tidak menjawab", "the payment program does not answer");
            }
        }
    }
}

fn start(options: &PaymentOptions, lines: Sender<Event>) -> std::io::Result<(Running, ChildStdin)> {
    let (program, arguments) =
        options.command.split_first().ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let running = Running(child);
    let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
    let (input, output) = (input.ok_or_else(broken)?, output.ok_or_else(broken)?);
    thread::Builder::new().name("payment-out".into()).spawn(move || {
        let mut output = BufReader::new(output);
        loop {
            let mut line = String::new();
            let event = match (&mut output).take(LONGEST_LINE).read_line(&mut line) {
                Ok(0) => Event::End("end"),
                Ok(_) if !line.ends_with('\n') && line.len() as u64 >= LONGEST_LINE => Event::End("too long"),
                Ok(_) if line.trim().is_empty() => continue,
                Ok(_) => Event::Line(line),
                Err(_) => Event::End("unreadable"),
            };
            let ended = matches!(event, Event::End(_));
            if lines.send(event).is_err() || ended {
                return;
            }
        }
    })?;
    Ok((running, input))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of a charge by a shell script; `$order` is the first line it was given.
    fn ends(script: &str, timeout: u64, cancel: bool) -> Vec<Said> {
        let script = format!("read -r order; {script}");
        let options = PaymentOptions {
            command: vec!["/bin/sh".into(), "-c".into(), script],
            timeout: Duration::from_millis(timeout),
            english: false,
        };
        let charge = ChargeOrder {
            id: "c1".into(),
            method: Method::Qris,
            amount: Rupiah(9_000),
            site: "S1".into(),
            gate: "B1".into(),
        };
        let (results, mut said) = tokio::sync::mpsc::unbounded_channel();
        let charging = Charging::begin(options, charge, results);
        if cancel {
            charging.cancel();
        }
        let mut all = Vec::new();
        while let Some(one) = said.blocking_recv() {
            assert_eq!(one.id, "c1");
            all.push(one.said);
        }
        all
    }

    const LONG: u64 = 20_000;

    #[test]
    fn the_amount_goes_out_and_the_result_comes_in() {
        let show = r#"echo '{"status":"show","qr":"0002"}';"#;
        let paid = ends(
            &format!(
                r#"{show} case "$order" in *'"amount":9000'*'"method":"qris"'*) echo '{{"status":"paid","reference":"88 41"}}';; esac"#
            ),
            LONG,
            false,
        );
        assert_eq!(paid, [Said::Show { qr: "0002".into() }, Said::Paid { reference: "88 41".into() }]);
        let refused = ends(r#"echo '{"status":"refused","reason":"saldo kurang"}'"#, LONG, false);
        assert_eq!(refused, [Said::Refused { reason: "saldo kurang".into() }]);
    }

    #[test]
    fn silence_nonsense_and_an_early_end_say_that_nobody_knows() {
        for (script, timeout) in
            [("sleep 60", 200), ("echo ya", LONG), ("exit 3", LONG), ("echo '{\"status\":\"lunas\"}'", LONG)]
        {
            let said = ends(script, timeout, false);
            assert!(matches!(said[..], [Said::Unknown { .. }]), "{script}: {said:?}");
        }
    }

    #[test]
    fn a_program_that_is_not_there_charged_nothing() {
        let options = PaymentOptions { command: vec!["/tidak/ada".into()], ..PaymentOptions::default() };
        let charge = ChargeOrder {
            id: "c".into(),
            method: Method::Qris,
            amount: Rupiah(1),
            site: String::new(),
            gate: String::new(),
        };
        let (results, mut said) = tokio::sync::mpsc::unbounded_channel();
        let _charging = Charging::begin(options, charge, results);
        let said = said.blocking_recv().unwrap().said;
        assert_eq!(said, Said::NotStarted { reason: "perangkat tidak ada".into() });
    }

    #[test]
    fn who_cancels_is_told_whether_it_was_paid_all_the_same() {
        let paid = ends(r#"read -r cancel; echo '{"status":"paid","reference":"8841"}'"#, LONG, true);
        assert_eq!(paid, [Said::Paid { reference: "8841".into() }]);
        let not = ends(r#"read -r cancel; echo '{"status":"refused"}'"#, LONG, true);
        assert_eq!(not, [Said::Refused { reason: String::new() }]);
    }
}
