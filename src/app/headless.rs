//! The headless face: one JSON command a line in, one JSON object a line out, through the very same desk as the screen.
//! Stdout carries nothing else. A line that is not a command is answered with an error, and the process lives on.
//!
//! Answers come in the order of the commands, but for `sync`: no car waits for the network, so its answer comes when the
//! sending is through, behind those of commands that came later. `ref` tells them apart. At the end of stdin the answers
//! that are due are still given; `quit` and signals end at once.

mod conceding;
mod entering;
mod keyed;
mod lane;
mod leaving;
mod status;
mod undoing;

use super::dispatch::Side;
use super::gate::desk::Desk;
use super::gate::others::Others;
use super::gate::unopened::Unopened;
use super::gate::{Gate, own_shift, screen};
use super::stage;
use crate::config::Config;
use crate::domain::desk::{Refusal, StayKey};
use crate::domain::fact::wall_time;
use crate::domain::link::DownReason;
use crate::domain::payment::Proof;
use crate::domain::search;
use crate::domain::stay::Stay;
use crate::sync::Event;
use crate::tui::Lang;
use crate::tui::text::Words;
use anyhow::{Context, Result};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A command, as loosely as machines write them; each one checks what it needs.
#[derive(Debug, Deserialize)]
struct Command {
    cmd: String,
    #[serde(default)]
    plate: Field,
    #[serde(default)]
    class: Option<String>,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    ticket: Option<String>,
    #[serde(default)]
    qr: Option<String>,
    #[serde(default)]
    stay: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    tendered: Option<Value>,
    /// The number on the proof of a payment without cash, and whether its provider confirmed it.
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    proof: Option<Proof>,
    #[serde(default)]
    entered_at: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    /// `open`: beside the reason's code, and who allows it.
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    supervisor: Option<String>,
    #[serde(flatten)]
    more: undoing::More,
    #[serde(flatten)]
    given: conceding::Given,
    /// A paper ticket: `{book, serial}`, to be keyed in with `plate, class, entered_at`.
    #[serde(default)]
    paper: Option<keyed::Ticket>,
    /// `sync`: also what was set aside.
    #[serde(default)]
    retry: bool,
}

/// Absent, `null` and a text are three different things for a plate.
#[derive(Debug, Default)]
struct Field(Option<Option<String>>);

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self(Some(Option::deserialize(d)?)))
    }
}

/// Why a command was not carried out.
enum Refused {
    ByDesk(Refusal),
    Here { code: &'static str, message: String },
}

impl Refused {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self::Here { code, message: message.into() }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::ByDesk(refusal)
    }
}

/// Runs until `quit`, the end of stdin, SIGTERM or SIGINT.
pub fn run(config: &Config, side: Side) -> Result<ExitCode> {
    let gate = Gate::open(config, true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    let ended = runtime.block_on(serve(gate, config, side));
    // The thread that reads stdin may still wait for a line: it is not waited for.
    runtime.shutdown_background();
    ended
}

async fn serve(mut gate: Gate, config: &Config, side: Side) -> Result<ExitCode> {
    let desk = gate.desk.clone();
    let words = stage::lang(config).words();
    let (others, mut peers) = Others::start(&gate, config, Some(screen::way(side)));
    let ends = CancellationToken::new();
    let _ends = ends.clone().drop_guard();
    gate.net().spawn(own_shift::keep(desk.clone(), ends));
    let mut done = desk.watch();
    let mut link = desk.sync.link.clone();
    let mut lines = BufReader::new(tokio::io::stdin()).split(b'\n');
    let mut listening = true;
    let enough = CancellationToken::new();
    let mut syncs = FuturesUnordered::new();
    for Unopened { stay, leaves } in others.unopened(desk.clock.now().timestamp()).await {
        let mut told = found(&desk, &stay);
        (told["event"], told["leaves"]) = (json!("unopened"), json!(leaves));
        if say(&told).is_err() {
            return Ok(ExitCode::SUCCESS);
        }
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let code = loop {
        tokio::select! {
            line = lines.next_segment(), if listening => {
                let Some(line) = line.context("stdin")? else {
                    listening = false;
                    if syncs.is_empty() {
                        break ExitCode::SUCCESS;
                    }
                    continue;
                };
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                if is(&line, "sync") {
                    syncs.push(beside(&desk, &others, words, line, &enough));
                    continue;
                }
                if is(&line, "reprint") {
                    // The first copy of what was just sold goes first.
                    while let Ok(fact) = done.try_recv() {
                        others.after(&fact);
                    }
                    if say(&others.paper.asked(&line).await).is_err() {
                        break ExitCode::SUCCESS;
                    }
                    continue;
                }
                if is(&line, "quit") {
                    enough.cancel();
                    while let Some(answer) = syncs.next().await {
                        let _ = say(&answer);
                    }
                }
                let (answer, quit) = answer(&desk, &others, words, &line).await;
                if say(&answer).is_err() || quit {
                    break ExitCode::SUCCESS;
                }
            }
            Some(answer) = syncs.next(), if !syncs.is_empty() => {
                if say(&answer).is_err() || !listening && syncs.is_empty() {
                    break ExitCode::SUCCESS;
                }
            }
            changed = link.changed() => {
                if changed.is_err() {
                    break ExitCode::FAILURE;
                }
                let state = *link.borrow_and_update();
                if say(&json!({"event": "link", "link": state.link.word(), "reason": state.reason})).is_err() {
                    break ExitCode::SUCCESS;
                }
            }
            event = gate.events.recv() => match event {
                Some(event) => tell(&desk, event)?,
                None => break ExitCode::FAILURE,
            },
            fact = done.recv() => if let Ok(fact) = fact { others.after(&fact) },
            peer = peers.recv() => if let Some(told) = peer.and_then(|peer| lane::around(&desk, words, peer))
                && say(&told).is_err()
            {
                break ExitCode::SUCCESS;
            },
            _ = terminate.recv() => break ExitCode::SUCCESS,
            _ = interrupt.recv() => break ExitCode::SUCCESS,
        }
    };
    drop(syncs);
    others.finish(&mut done).await;
    drop((desk, link, others));
    tokio::task::spawn_blocking(move || gate.close()).await?;
    Ok(code)
}

fn is(line: &[u8], cmd: &str) -> bool {
    serde_json::from_slice::<Value>(line).is_ok_and(|value| value["cmd"] == cmd)
}

/// The answer to a `sync`, whenever it comes; when it is `enough`, at once.
async fn beside(desk: &Desk, others: &Others, words: &Words, line: Vec<u8>, enough: &CancellationToken) -> Value {
    if let Some((answer, _)) = enough.run_until_cancelled(answer(desk, others, words, &line)).await {
        return answer;
    }
    let reference = serde_json::from_slice::<Value>(&line).ok().and_then(|value| value.get("ref").cloned());
    refused(desk, words, &Refused::new("stopped", "sinkronisasi berhenti"), reference)
}

/// One line, whole, at once.
fn say(value: &Value) -> std::io::Result<()> {
    let mut line = value.to_string();
    line.push('\n');
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.flush()
}

fn tell(desk: &Desk, event: Event) -> Result<()> {
    match event {
        Event::Settings(settings) => desk.adopt(*settings),
        Event::Summary(s) => {
            say(&json!({"event": "synced", "sent": s.sent, "already": s.already, "parked": s.parked}))?;
        }
        Event::Ask(_) | Event::Progress(_) | Event::Heard | Event::Settled | Event::Greeted { .. } => {}
    }
    Ok(())
}

/// The answer to one line, and whether it was `quit`.
async fn answer(desk: &Desk, others: &Others, words: &Words, line: &[u8]) -> (Value, bool) {
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(e) => {
            let refusal = Refused::new("bad_json", format!("baris ini bukan JSON: {e}"));
            return (refused(desk, words, &refusal, None), false);
        }
    };
    let reference = value.get("ref").cloned();
    let command = match serde_json::from_value::<Command>(value) {
        Ok(command) => command,
        Err(e) => {
            let refusal = Refused::new("bad_request", format!("perintah tidak lengkap: {e}"));
            return (refused(desk, words, &refusal, reference), false);
        }
    };
    if command.cmd == "quit" {
        return (with_ref(json!({"ok": true, "event": "bye"}), reference), true);
    }
    match carry_out(desk, others, command).await {
        Ok(answer) => (with_ref(answer, reference), false),
        Err(refusal) => {
            if let Refused::ByDesk(why) = &refusal {
                others.audience.refused(why);
            }
            (refused(desk, words, &refusal, reference), false)
        }
    }
}

fn with_ref(mut answer: Value, reference: Option<Value>) -> Value {
    if let Some(reference) = reference {
        answer["ref"] = reference;
    }
    answer
}

/// The desk's refusals in the same words the cashier's screen uses.
fn refused(desk: &Desk, words: &Words, refusal: &Refused, reference: Option<Value>) -> Value {
    let error = match refusal {
        Refused::Here { code, message } => json!({"code": code, "message": message}),
        Refused::ByDesk(refusal) => {
            let message = (words.say.refusal)(refusal, desk.clock.zone());
            let mut error = json!({"code": refusal.code(), "message": message});
            if let Refusal::Ambiguous(stays) = refusal {
                error["stays"] = stays.iter().map(|s| found(desk, s)).collect();
            }
            if let Refusal::PrepaymentDue(due) = refusal {
                (error["amount"], error["lines"]) = (json!(due.amount), json!(due.lines));
            }
            if let Refusal::PaidOther { fee, paid } = refusal {
                (error["fee"], error["paid"]) = (json!(fee), json!(paid));
            }
            error
        }
    };
    with_ref(json!({"ok": false, "error": error}), reference)
}

async fn carry_out(desk: &Desk, others: &Others, command: Command) -> Result<Value, Refused> {
    match command.cmd.as_str() {
        "enter" | "entry" if command.paper.is_some() => keyed::entry(desk, command).await,
        "enter" => entering::enter(desk, command).await,
        "find" => {
            let query = command.query.ok_or_else(|| Refused::new("bad_request", "query kurang"))?;
            let stays = desk.find(&query).await?;
            Ok(
                json!({"ok": true, "event": "found", "stays": stays.iter().map(|s| hit(desk, &query, s)).collect::<Vec<_>>()}),
            )
        }
        "quote" => {
            let lost = undoing::claim(desk, &command).await?;
            let more = conceding::concession(desk, &command, false).await?;
            let quote = desk.quote_with(&key(&command)?, lost.as_ref(), &more).await?;
            others.audience.quoted(&quote);
            Ok(json!({
                "ok": true, "event": "quoted", "stay": quote.stay.stay, "ticket": quote.stay.ticket,
                "plate": quote.stay.plate, "class": quote.stay.class, "entered_at": local(desk, quote.stay.entered_at),
                "fee": quote.fee.total, "lines": quote.fee.lines, "tariff": quote.fee.version,
                "seconds": quote.fee.seconds, "known": quote.known, "warnings": quote.warnings,
                "as_of": local(desk, quote.as_of.timestamp()), "charge": quote.charge,
            }))
        }
        "correct" => entering::correct(desk, command).await,
        "leave" => leaving::leave(desk, command).await,
        "leave_no_data" => leaving::leave_no_data(desk, command).await,
        "open" => lane::open(others, command).await,
        "exits" | "void" | "take_back" | "correct_method" | "refund" | "find_lost" => {
            undoing::run(desk, command).await
        }
        "shift_close" => Ok(own_shift::close(desk, command.reason.as_deref().unwrap_or_default()).await?),
        "status" => Ok(status::status(desk).await),
        "sync" => {
            let summary = desk.sync.send_and_wait(command.retry).await;
            let summary = summary.ok_or_else(|| Refused::new("stopped", "sinkronisasi berhenti"))?;
            if let Some(why) = summary.stopped {
                let known = DownReason::named(&why).map(Lang::Id.words().say.why);
                let why = known.unwrap_or(&why);
                return Err(Refused::new("link_down", format!("belum terkirim semua: {why}")));
            }
            Ok(json!({"ok": true, "event": "synced", "sent": summary.sent, "already": summary.already,
                "parked": desk.journal.counts().parked(), "pending": desk.journal.counts().pending()}))
        }
        other => Err(Refused::new("unknown_command", format!("perintah {other:?} tidak dikenal"))),
    }
}

fn found(desk: &Desk, stay: &Stay) -> Value {
    json!({"stay": stay.stay, "ticket": stay.ticket, "plate": stay.plate, "class": stay.class,
        "entered_at": local(desk, stay.entered_at), "gate": stay.entered_gate})
}

/// The same with the reason why it fits: `exact`, `ticket_end`, `prefix`, `fragment`, `ticket_part`, `look_alike`, or
/// `null` of a scanned code.
fn hit(desk: &Desk, query: &str, stay: &Stay) -> Value {
    let mut value = found(desk, stay);
    value["why"] = json!(search::why(query, &stay.ticket, stay.plate.as_deref()));
    value
}

fn local(desk: &Desk, at: Timestamp) -> String {
    wall_time(&at.to_zoned(desk.clock.zone().clone()))
}

fn key(command: &Command) -> Result<StayKey, Refused> {
    if let Some(stay) = &command.stay {
        let id: Uuid = stay.parse().map_err(|_| Refused::new("ticket_unknown", "stay bukan UUID"))?;
        return Ok(StayKey::Stay(id));
    }
    match (&command.qr, &command.ticket, &command.query) {
        (Some(qr), ..) => Ok(StayKey::Qr(qr.clone())),
        (None, Some(ticket), _) => Ok(StayKey::Ticket(ticket.clone())),
        (None, None, Some(typed)) => Ok(StayKey::Typed(typed.clone())),
        (None, None, None) => Err(Refused::new("bad_request", "ticket, qr, stay atau query kurang")),
    }
}
