//! Paper: what is printed once a fact is durable, how that ended as a fact of its own, and who waits for it.
//!
//! A ticket is proven before the barrier opens, or it is on record as unproven before the barrier opens: then the exit is
//! told, and nobody is fined for a ticket that never was. A receipt holds up nothing: its money is in the books.

use super::desk::{Desk, Paid};
use super::others::Peer;
use crate::device::Outcome;
use crate::device::printer::{PrintDone, PrintJob, PrinterHandle, PrinterOptions, Slip};
use crate::device::slip::{Claim, Receipt, Ticket};
use crate::domain::desk::EnterAnswer;
use crate::domain::kinds::{Event, Printed};
use crate::domain::lost::LostNote;
use crate::domain::plate;
use crate::domain::shift_slip::ShiftSlip;
use crate::domain::stay::{State, Stay};
use crate::domain::ticket;
use crate::domain::view::DeviceState;
use crate::hub::Outgoing;
use jiff::Zoned;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A car waits so long for its ticket to be proven; what is known later corrects the record.
const CAR_WAITS: Duration = Duration::from_secs(3);
/// So many tickets may have been on their way to the printer when a program ended.
const IN_FLIGHT: usize = 5;

/// Why nothing is printed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReprint {
    NoPrinter,
    /// No such ticket is known here, or nothing was printed yet.
    Nothing,
    /// Two vehicles with this number are inside.
    Ambiguous,
}

impl NoReprint {
    pub fn words(self, english: bool) -> &'static str {
        match (self, english) {
            (Self::NoPrinter, false) => "gerbang ini tanpa pencetak",
            (Self::NoPrinter, true) => "this gate has no printer",
            (Self::Ambiguous, false) => "ada dua kendaraan dengan nomor itu: sebutkan stay",
            (Self::Ambiguous, true) => "two vehicles have this number: name the stay",
            (Self::Nothing, false) => "tidak ada yang dapat dicetak ulang",
            (Self::Nothing, true) => "nothing to print again",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::NoPrinter => "no_printer",
            Self::Nothing => "nothing_to_reprint",
            Self::Ambiguous => "ambiguous",
        }
    }
}

#[derive(Default)]
struct Memory {
    /// Who is told when a stay's ticket is on record.
    waiting: HashMap<Uuid, oneshot::Sender<()>>,
    /// Copies sent to the printer and not on record yet.
    copies: HashMap<(Uuid, &'static str), u32>,
    ticket: Option<Uuid>,
    receipt: Option<Box<Receipt>>,
}

pub struct Paper {
    printer: PrinterHandle,
    desk: Arc<Desk>,
    hub: mpsc::Sender<Outgoing>,
    english: bool,
    memory: Mutex<Memory>,
}

fn word(slip: Slip) -> &'static str {
    match slip {
        Slip::Ticket => "ticket",
        Slip::Receipt => "receipt",
        Slip::Shift => "shift",
    }
}

/// How the fine of a lost ticket is paid back, where one was taken.
fn claim(lost: &LostNote, at: &Zoned) -> Option<Claim> {
    let until = lost.until.as_deref()?.parse::<jiff::Timestamp>().ok()?;
    let code = crate::domain::lost::spaced(lost.claim.as_deref()?);
    Some(Claim { code, fine: lost.fine, until: until.to_zoned(at.time_zone().clone()) })
}

impl Paper {
    /// The printer, and what its answers come on.
    pub fn start(
        options: PrinterOptions,
        desk: Arc<Desk>,
        hub: mpsc::Sender<Outgoing>,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<PrintDone>) {
        let (prints, printed) = mpsc::unbounded_channel();
        let english = options.english;
        let printer = PrinterHandle::start(options, prints);
        (Arc::new(Self { printer, desk, hub, english, memory: Mutex::default() }), printed)
    }

    pub fn printer(&self) -> PrinterHandle {
        self.printer.clone()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn class(&self, id: &str) -> String {
        self.desk.settings().class(id).map_or_else(|| id.to_owned(), |class| class.name.clone())
    }

    /// Prints the ticket of an entry. The receiver hears when it is on record how that went; `None`: no printer.
    pub fn ticket(&self, answer: &EnterAnswer) -> Option<oneshot::Receiver<()>> {
        let stay = &answer.stay;
        let (proof, proven) = oneshot::channel();
        {
            let mut memory = self.memory();
            memory.ticket = Some(stay.stay);
            memory.waiting.insert(stay.stay, proof);
        }
        let ticket = self.ticket_of(stay, answer.qr.clone(), answer.at.clone(), 1);
        if self.printer.print(PrintJob::Ticket(Box::new(ticket))) {
            return Some(proven);
        }
        self.memory().waiting.remove(&stay.stay);
        None
    }

    fn ticket_of(&self, stay: &Stay, qr: String, at: Zoned, copy: u32) -> Ticket {
        Ticket {
            stay: stay.stay,
            ticket: stay.ticket.clone(),
            qr,
            plate: stay.plate.as_deref().map(plate::spaced),
            class: self.class(&stay.class),
            at,
            gate: stay.entered_gate.clone(),
            copy,
            prepaid: stay.prepaid,
        }
    }

    /// Prints the receipt of an exit.
    pub fn receipt(&self, stay: &Stay, at: &Zoned, paid: &Paid) {
        let receipt = Box::new(Receipt {
            stay: stay.stay,
            ticket: (!stay.ticket.is_empty()).then(|| stay.ticket.clone()),
            plate: stay.plate.as_deref().map(plate::spaced),
            class: self.class(&stay.class),
            entered_at: stay.entered_at.to_zoned(at.time_zone().clone()),
            left_at: at.clone(),
            lines: paid.lines.clone(),
            fee: paid.fee,
            tax: paid.tax,
            method: paid.method.clone(),
            tendered: paid.tendered,
            change: paid.change,
            gate: self.desk.gate.to_string(),
            operator: self.desk.operator().to_owned(),
            copy: 1,
            claim: paid.lost.as_ref().and_then(|lost| claim(lost, at)),
            prepaid: stay.prepaid,
        });
        self.memory().receipt = Some(receipt.clone());
        self.printer.print(PrintJob::Receipt(receipt));
    }

    /// Prints the slip of a shift that was closed.
    pub fn shift(&self, slip: &ShiftSlip) {
        self.printer.print(PrintJob::Shift(Box::new(slip.clone())));
    }

    /// Waits until a ticket is on record, whatever became of it: after a while as unknown.
    pub async fn on_record(&self, stay: Uuid, proven: oneshot::Receiver<()>) {
        // Who took it out of the list is writing it down now.
        if tokio::time::timeout(CAR_WAITS, proven).await.is_err() && self.memory().waiting.remove(&stay).is_some()
        {
            self.record(PrintDone { stay, slip: Slip::Ticket, copy: 1, outcome: Outcome::Unknown }).await;
        }
    }

    /// Writes how each print ended, until stopped.
    pub async fn note(
        self: Arc<Self>,
        mut printed: mpsc::UnboundedReceiver<PrintDone>,
        peers: mpsc::Sender<Peer>,
        stop: CancellationToken,
    ) {
        self.note_lost().await;
        while let Some(Some(done)) = stop.run_until_cancelled(printed.recv()).await {
            let stay = done.stay;
            let waiting = (done.slip == Slip::Ticket).then(|| self.memory().waiting.remove(&stay)).flatten();
            self.record(done).await;
            if let Some(waiting) = waiting {
                let _ = waiting.send(());
            }
            // "Terakhir" reads it from the journal.
            let _ = peers.try_send(Peer::Heard);
        }
    }

    async fn record(&self, done: PrintDone) {
        let (what, outcome) = (word(done.slip), done.outcome.word().to_owned());
        let reason = match done.outcome {
            Outcome::Failed(why) => why,
            Outcome::Ok | Outcome::Unknown => String::new(),
        };
        let PrintDone { stay, slip, copy, .. } = done;
        let fact = Printed { stay, what: what.to_owned(), outcome: outcome.clone(), copy, reason };
        if let Err(e) = self.desk.record_event(Event::Printed(fact)).await {
            tracing::warn!(target: "gate", error = %e, "cetakan tidak tercatat");
        }
        // A first print that went well is what everybody takes for granted.
        if slip == Slip::Ticket && (outcome != "ok" || copy > 1) {
            let _ = self.hub.try_send(Outgoing::Paper { stay, outcome });
        }
    }

    /// What was on its way to the printer when this program last ended is on record as unknown.
    async fn note_lost(&self) {
        if self.printer.state() == DeviceState::None {
            return;
        }
        for stay in self.desk.journal.unprinted(IN_FLIGHT).await.unwrap_or_default() {
            // One that was keyed in from paper never was on its way to a printer.
            if ticket::read(&stay.ticket).is_some() {
                let done = PrintDone { stay: stay.stay, slip: Slip::Ticket, copy: 1, outcome: Outcome::Unknown };
                self.record(done).await;
            }
        }
    }

    async fn next_copy(&self, stay: Uuid, slip: Slip) -> u32 {
        let what = word(slip);
        let recorded = self.desk.journal.copies(stay, what).await.unwrap_or(0).max(1);
        let mut memory = self.memory();
        let sent = memory.copies.entry((stay, what)).or_insert(recorded);
        *sent = recorded.max(*sent) + 1;
        *sent
    }

    /// Prints a ticket again, marked and counted. What was sent: the ticket's number and the copy's.
    pub async fn reprint_ticket(&self, stay: Uuid) -> Result<(String, u32), NoReprint> {
        if self.printer.state() == DeviceState::None {
            return Err(NoReprint::NoPrinter);
        }
        let known = self.desk.journal.by_stay(stay).await.ok().flatten();
        let known = known.filter(|stay| stay.state != State::Void).ok_or(NoReprint::Nothing)?;
        let (number, qr) = self.desk.qr_of(stay).await.ok_or(NoReprint::Nothing)?;
        let copy = self.next_copy(stay, Slip::Ticket).await;
        let at = known.entered_at.to_zoned(self.desk.clock.zone().clone());
        self.printer.print(PrintJob::Ticket(Box::new(self.ticket_of(&known, qr, at, copy))));
        Ok((number, copy))
    }

    /// The newest ticket of this gate again.
    pub async fn reprint_last_ticket(&self) -> Result<(String, u32), NoReprint> {
        let last = self.memory().ticket;
        let stay = match last {
            Some(stay) => stay,
            None => {
                let rows = self.desk.journal.recent(IN_FLIGHT * 4).await.unwrap_or_default();
                let here = self.desk.gate.to_string();
                rows.iter().find(|r| r.fee.is_none() && r.gate == here).ok_or(NoReprint::Nothing)?.stay
            }
        };
        self.reprint_ticket(stay).await
    }

    /// The last receipt since this program began, again.
    pub async fn reprint_receipt(&self) -> Result<(String, u32), NoReprint> {
        if self.printer.state() == DeviceState::None {
            return Err(NoReprint::NoPrinter);
        }
        let last = self.memory().receipt.clone();
        let mut receipt = last.ok_or(NoReprint::Nothing)?;
        receipt.copy = self.next_copy(receipt.stay, Slip::Receipt).await;
        let told = (receipt.ticket.clone().unwrap_or_default(), receipt.copy);
        self.printer.print(PrintJob::Receipt(receipt));
        Ok(told)
    }

    /// `{"cmd":"reprint"}`: the newest ticket, the one of `stay` or `ticket`, or with `"what":"receipt"` the last receipt.
    pub async fn asked(&self, line: &[u8]) -> Value {
        let asked: Value = serde_json::from_slice(line).unwrap_or_default();
        let text = |name: &str| asked.get(name).and_then(Value::as_str);
        let done = match (text("what"), text("stay"), text("ticket")) {
            (Some("receipt"), ..) => self.reprint_receipt().await,
            (_, Some(stay), _) => match stay.parse() {
                Ok(stay) => self.reprint_ticket(stay).await,
                Err(_) => Err(NoReprint::Nothing),
            },
            (_, None, Some(number)) => {
                let number = crate::domain::ticket::read(number).unwrap_or_default();
                let stays = self.desk.journal.by_ticket(number).await.unwrap_or_default();
                // Inside first; of two that are, nobody guesses.
                match stays.first() {
                    _ if stays.iter().filter(|stay| stay.is_inside()).count() > 1 => Err(NoReprint::Ambiguous),
                    Some(stay) => self.reprint_ticket(stay.stay).await,
                    None => Err(NoReprint::Nothing),
                }
            }
            _ => self.reprint_last_ticket().await,
        };
        let mut answer = match done {
            Ok((ticket, copy)) => json!({"ok": true, "event": "reprinting", "ticket": ticket, "copy": copy}),
            Err(why) => {
                json!({"ok": false, "error": {"code": why.code(), "message": why.words(self.english)}})
            }
        };
        if let Some(reference) = asked.get("ref") {
            answer["ref"] = reference.clone();
        }
        answer
    }

    /// What a screen says of it.
    pub fn told(&self, done: Result<(String, u32), NoReprint>) -> Result<String, String> {
        match done {
            Ok((ticket, copy)) if self.english => Ok(format!("{ticket}: reprint {} sent", copy - 1)),
            Ok((ticket, copy)) => Ok(format!("{ticket}: cetak ulang {} dikirim", copy - 1)),
            Err(why) => Err(why.words(self.english).to_owned()),
        }
    }
}
