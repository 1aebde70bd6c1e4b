//! What the screen asks (`Cmd`) and what it is told (`Msg`). The screen does nothing itself.

use crate::domain::cash::Count;
use crate::domain::charge::Charge;
use crate::domain::concession::Concession;
use crate::domain::desk::{
    EnterAnswer, EnterRequest, LeaveAnswer, LeaveRequest, NoDataRequest, OpenRequest, Priced, Quote, Refusal,
    Warning,
};
use crate::domain::duplicates::{Found, Group};
use crate::domain::duty::{Duty, Reckoned};
use crate::domain::lost::RefundRequest;
use crate::domain::money::Rupiah;
use crate::domain::operator::{Denial, Granted};
use crate::domain::paper::PaperRequest;
use crate::domain::payment::{Payment, Receipt};
use crate::domain::secret::Secret;
use crate::domain::shift_slip::ShiftSlip;
use crate::domain::stay::Stay;
use crate::domain::undo::{LastExit, MethodRequest, TakeBackRequest, TakenBack, Undone, VoidRequest};
use crate::domain::vehicle::Class;
use crate::domain::view::{
    Check, Devices, LaneNews, LinkView, LogLine, Occupancy, Overview, PhotoView, Recent, ServerView, StayRow,
    SyncAsk, SyncProgress, SyncSummary, TerminalRow,
};
use crate::tui::dialog::lost::Wanted;
use jiff::{Timestamp, Zoned};
use uuid::Uuid;

/// What a screen asks for. Answers come back as `Msg`, never as a return value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cmd {
    /// -> `Entered` or `Refused`.
    Enter(EnterRequest),
    /// A paper ticket is keyed in -> `Keyed` or `Refused`.
    KeyIn(PaperRequest),
    /// Is this plate inside? -> `PlateSeen`.
    LookPlate(String),
    /// Ticket number, QR, plate or a fragment of either -> `Found`.
    Find(String),
    /// -> `Quoted` or `NotQuoted` with the same number; the exit photo is taken at the same time -> `Photo`.
    Quote { number: u32, of: Box<Priced>, more: Box<Concession> },
    /// -> `Left` or `NotLeft`.
    Leave(LeaveRequest),
    /// -> `Left` or `NotLeft`.
    LeaveNoData { request: NoDataRequest, payment: Payment, as_of: Timestamp },
    /// Charges a fee without cash, by this terminal's program -> `Charge`, until one of its ends.
    Charge(Box<Charge>),
    /// The customer changed his mind; the end still comes.
    CancelCharge,
    /// The class of a stay that is inside was taken down wrongly -> `Corrected` or `Refused`.
    CorrectClass { stay: Uuid, class: String },
    /// Vehicles inside whose ticket may be lost -> `LostFound`.
    FindLost(Wanted),
    /// A stay's entry photo -> `Photo`.
    LookAt(Uuid),
    /// The exits that may be put right here -> `Exits` or `Refused`.
    LoadExits,
    /// -> `Undone` or `Refused`.
    VoidExit(VoidRequest),
    /// -> `TakenBack` or `Refused`.
    TakeBack(TakeBackRequest),
    /// -> `Undone` or `Refused`.
    CorrectMethod(MethodRequest),
    /// -> `PaidBack` or `Refused`.
    Refund(RefundRequest),
    /// The text of a stay's QR again -> `Qr`.
    ShowQr(Uuid),
    /// Open the barrier by hand -> `Lane(Ordered)` or `Refused`.
    OpenBarrier(OpenRequest),
    /// This gate's last ticket, or its last receipt, once more -> `Notice`.
    Reprint { receipt: bool },
    /// Somebody takes his place here -> `Duty`, or `Denied`.
    Login { name: String, pin: Secret },
    /// A new PIN for who stands here -> `Duty`, or `Denied`.
    NewPin(Secret),
    /// Nobody stands here any more; the shift stays open -> `Duty`.
    Lock,
    /// With this float, or this much accepted of who was here before -> `Duty`, or `Refused`.
    OpenShift(Rupiah),
    /// A blind count, taken down before its answer -> `Reckoned`, or `Refused`.
    CountCash(Count),
    /// With the count that was taken down -> `ShiftClosed`, or `Refused`.
    CloseShift { reason: String },
    /// Is this a supervisor? -> `Granted`, or `Denied`.
    CheckSupervisor { name: String, pin: Secret },
    /// Send what waits, the deferred too -> `SyncProgress`…, `SyncSummary`.
    SyncNow,
    /// The outage's facts become deferred.
    SyncLater,
    /// Put the set-aside facts back into the queue and send -> as `SyncNow`.
    SyncRetry,
    /// -> `Overview`, or `AdminOffline`.
    LoadOverview,
    /// Newest first, at most 500, filtered by a fragment of plate or ticket -> `Stays`, or `AdminOffline`.
    LoadStays(String),
    /// -> `Terminals`, or `AdminOffline`.
    LoadTerminals,
    /// Groups of the last two days -> `Duplicates`, or `AdminOffline`.
    LoadDuplicates,
    /// Lines of this machine's sync logs -> `Way`.
    LoadWay { group: Uuid, since: Timestamp, facts: Vec<Uuid> },
    /// Sets all but the kept one aside -> `Notice`, `Duplicates`.
    RemoveDuplicates { group: Box<Group>, reason: String },
    /// -> `Notice`, `Duplicates`.
    UndoDuplicates(Uuid),
    /// Lines of the log -> `Log`.
    LoadLog,
    /// Run all checks -> `Checks`, step by step.
    RunChecks,
    /// Leave this screen and open a component of the main menu.
    Open(Component),
    /// Leave this screen for the n-th terminal's.
    Terminal(usize),
    /// End this screen (the main menu comes back, or the program ends).
    Quit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    GateIn,
    GateOut,
    Admin,
    Server,
    Sync,
    Doctor,
}

/// What a screen is told.
#[derive(Clone, Debug)]
pub enum Msg {
    /// Key, paste or resize.
    Term(crossterm::event::Event),
    /// The clock, once a second; a screen that shows minutes changes once a minute.
    Tick(Zoned),
    Link(LinkView),
    Classes(Vec<Class>),
    Occupancy(Occupancy),
    /// Newest first.
    Recent(Vec<Recent>),
    Devices(Devices),
    /// Read by a scanner of this terminal's own, whatever has the focus.
    Scanned(String),
    /// That scanner is gone, or there again.
    Scanner(bool),
    Lane(LaneNews),
    Entered(Box<EnterAnswer>),
    Keyed(Box<EnterAnswer>),
    /// It is of another class now, and has a new QR.
    Corrected(Box<EnterAnswer>),
    Left(Box<LeaveAnswer>),
    Quoted {
        number: u32,
        quote: Box<Quote>,
    },
    NotQuoted {
        number: u32,
        why: Refusal,
    },
    NotLeft(Refusal),
    Charge(ChargeView),
    Refused(Refusal),
    /// The answer to `LookPlate`: the plate's key and the stay that is inside with it.
    PlateSeen {
        plate: String,
        inside: Option<Box<Stay>>,
    },
    /// Whose the plate is that `LookPlate` asked for, where it is a member's.
    MemberSeen {
        plate: String,
        told: Vec<Warning>,
    },
    Found {
        query: String,
        stays: Vec<Stay>,
    },
    LostFound {
        wanted: Wanted,
        stays: Vec<Stay>,
    },
    Exits(Vec<LastExit>),
    Undone(Box<Undone>),
    TakenBack(Box<TakenBack>),
    PaidBack {
        code: String,
        amount: Rupiah,
        /// Nobody here could say that it was ever taken.
        unverified: bool,
    },
    Qr {
        ticket: String,
        text: String,
    },
    /// Entry photo (`out == false`) or exit photo of a stay.
    Photo {
        stay: Uuid,
        out: bool,
        photo: PhotoView,
    },
    /// Who may log in here, who did, and whose shift it is.
    Duty(Box<Duty>),
    Denied(Denial),
    /// A supervisor said yes.
    Granted(Granted),
    Reckoned(Reckoned),
    ShiftClosed(Box<ShiftSlip>),
    SyncAsk(SyncAsk),
    SyncProgress(SyncProgress),
    SyncSummary(SyncSummary),
    Overview {
        as_of: Zoned,
        overview: Box<Overview>,
    },
    Stays {
        as_of: Zoned,
        filter: String,
        rows: Vec<StayRow>,
    },
    Terminals {
        as_of: Zoned,
        rows: Vec<TerminalRow>,
    },
    Duplicates {
        as_of: Zoned,
        found: Box<Found>,
    },
    Way {
        group: Uuid,
        lines: Vec<LogLine>,
    },
    /// The centre cannot be asked; what was loaded stays, with its time.
    AdminOffline,
    Log(Vec<LogLine>),
    Checks {
        checks: Vec<Check>,
        done: bool,
    },
    Server(Box<ServerView>),
    /// A line for the message row; an error stays until Esc or the next transaction.
    Notice {
        level: Level,
        text: String,
    },
}

/// How a charge without cash stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeView {
    /// The customer scans this.
    Show(String),
    Paid(Receipt),
    /// The program was not even asked.
    NotBegun(Refusal),
    /// Of a vehicle nobody knows, from before a start: perhaps, or certainly, paid.
    Adrift(Box<Charge>),
    /// Certainly not paid; why, for people.
    Refused(String),
    /// Nobody knows; why, for people.
    Unknown(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Info,
    Warning,
    Error,
}
