//! What is asked and answered at a gate's desk: the same words for the cashier's screen and the headless face.

use super::capacity::Room;
use super::charge::Charge;
use super::concession::Concession;
use super::lost::{LostClaim, LostNote};
use super::member::Seen;
use super::money::Rupiah;
use super::operator::Denial;
use super::paper::Paper;
use super::payment::{Method, Payment, Unpaid};
use super::prepaid::{Due, Prepaid, Upfront};
use super::stay::Stay;
use super::tariff::Fee;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A vehicle stands at the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnterRequest {
    /// As typed; `None` at a push-button entry without a plate.
    pub plate: Option<String>,
    pub class: String,
    /// `operator`, `button` or `manual`.
    pub source: String,
    pub upfront: Upfront,
}

/// It is in, durably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnterAnswer {
    pub stay: Stay,
    /// The text of the QR.
    pub qr: String,
    pub at: Zoned,
    pub warnings: Vec<Warning>,
    pub prepaid: Option<Box<Prepaid>>,
}

/// What a cashier should look at; nothing of it stops a vehicle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Another stay with this plate is inside.
    PlateInside {
        ticket: String,
        entered_at: Timestamp,
    },
    /// A vehicle that is to leave without data: the newest stay with its plate is inside, with data.
    StatedInside {
        ticket: String,
        entered_at: Timestamp,
    },
    PlateUnusual,
    /// The same QR was used at another exit, as that one says; neither this one nor the centre knows of it.
    QrElsewhere {
        gate: String,
        left_at: Timestamp,
    },
    /// Another terminal says it is out already; neither this one nor the centre knows of it.
    MaybeOut {
        gate: String,
        left_at: Timestamp,
    },
    /// Nothing proves that its ticket ever came out of the printer: no fine for a lost one.
    TicketUnproven,
    /// The stay is known by its QR only.
    QrOnly,
    /// The frozen tariff version is not known here; the newest was used.
    TariffUnknown,
    /// Only one of journal and spool could be written.
    OneStoreOnly,
    /// This machine's clock jumped or disagrees with the server's.
    ClockDoubtful,
    /// A member's plate, or the card that was shown; anything but a valid one pays as everybody does.
    Member(Seen),
    /// This member is inside already, with this plate.
    MemberInside {
        plate: String,
        entered_at: Timestamp,
    },
    /// Nothing is known of this member's entry.
    MemberNoEntry,
    /// The card that was shown is not of this plate.
    MemberOtherPlate,
    /// Its tariff says it is paid on the way in; whether it was is not known here.
    PrepaidUnknown,
    /// The same, and nothing was paid.
    PrepaidUnpaid,
    /// What was paid on the way in is so much more than the class it is now costs.
    PrepaidMore(Rupiah),
    /// A mark of this limit was passed, or it is full; `as_heard`: by a count that may be old.
    Filling {
        room: Room,
        as_heard: bool,
    },
    /// An earlier try was recorded, paid by this method; nothing else stands in the books.
    RecordedBy(Method),
    /// This paper ticket's number is in the books already; when that vehicle came in, where it is known.
    PaperTwice {
        number: String,
        entered_at: Option<Timestamp>,
    },
}

/// How an exit names a stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StayKey {
    /// What was typed or scanned: a ticket number, a QR or a plate.
    Typed(String),
    Ticket(String),
    Qr(String),
    Stay(Uuid),
}

impl StayKey {
    /// Whether a code was scanned, rather than a number typed.
    pub fn is_qr(&self) -> bool {
        match self {
            Self::Qr(_) => true,
            Self::Ticket(text) | Self::Typed(text) => super::qr::looks_like(text),
            Self::Stay(_) => false,
        }
    }
}

/// What a stay costs now; changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub stay: Stay,
    pub fee: Fee,
    /// The moment it was reckoned for.
    pub as_of: Zoned,
    /// `replica`, `qr` or `stated`.
    pub known: String,
    pub warnings: Vec<Warning>,
    /// It was charged without cash already, and perhaps paid.
    pub charge: Option<Charge>,
}

/// How long a shown fee is honoured before it is reckoned anew, in seconds.
pub const QUOTE_HONOURED_SECONDS: i64 = 600;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaveRequest {
    pub key: StayKey,
    pub payment: Payment,
    /// The quote on the screen, by the moment it was reckoned for; `None` reckons now.
    pub as_of: Option<Timestamp>,
    /// The stay and the fee that were looked at and are paid; any other is refused (`QuoteTooOld`). `None` takes what it is.
    pub shown: Option<(Uuid, Rupiah)>,
    /// The ticket is lost.
    pub lost: Option<LostClaim>,
    pub more: Box<Concession>,
}

/// "Keluar tanpa data": no ticket, no record, and yet nobody is trapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoDataRequest {
    /// As typed; may be empty.
    pub plate: String,
    pub class: String,
    /// The time the driver states.
    pub entered_at: Timestamp,
    pub reason: String,
    /// The ticket is lost, and the stay was not found.
    pub lost: Option<LostClaim>,
    pub more: Box<Concession>,
    /// A paper ticket of a power cut that nobody keyed in.
    pub paper: Option<Paper>,
    /// What its first quote named it: what is charged for it stays one charge.
    pub stay: Option<Uuid>,
}

/// What a price is asked for; the payment names the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Priced {
    Key(StayKey),
    NoData(NoDataRequest),
    /// Of this stay the ticket is lost.
    Lost(Uuid, LostClaim),
}

/// The barrier is to be opened by hand: nothing that is not paid goes without a reason and a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// One of `OPEN_REASONS`.
    pub why: String,
    /// In words; must be there for `other`.
    pub text: String,
    /// Who allows it.
    pub supervisor: String,
    /// Somebody checked that it is he (his PIN); else the fact is flagged `unproven_supervisor`.
    pub proven: bool,
}

/// Why a barrier is opened by hand: emergency, a device that fails, paid and yet closed, official or guest, service, other.
/// Nobody waits for a PIN then.
pub const URGENT: &str = "emergency";
pub const OPEN_REASONS: [&str; 6] = [URGENT, "device", "paid", "official", "service", "other"];

impl OpenRequest {
    pub fn is_complete(&self) -> bool {
        let text = !self.text.trim().is_empty() || self.why != "other";
        OPEN_REASONS.contains(&self.why.as_str()) && text && !self.supervisor.trim().is_empty()
    }
}

/// It is paid and out, durably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaveAnswer {
    /// The exit fact's id.
    pub fact: Uuid,
    pub stay: Stay,
    pub fee: Fee,
    pub payment: Payment,
    pub tendered: Rupiah,
    pub change: Rupiah,
    pub at: Zoned,
    pub warnings: Vec<Warning>,
    /// What was taken for a lost ticket, and how it is paid back.
    pub lost: Option<LostNote>,
}

/// Why a request was not carried out. Nothing was written, unless it is `OutcomeUnknown`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the plate is empty")]
    PlateEmpty,
    #[error("class {0:?} is not known")]
    ClassUnknown(String),
    #[error("nothing is known of {0:?}")]
    TicketUnknown(String),
    #[error("ticket {} is already out", .0.ticket)]
    AlreadyOut(Box<Stay>),
    #[error("several stays fit: choose one")]
    Ambiguous(Vec<Stay>),
    #[error("not a ticket of this system")]
    QrNotATicket,
    #[error("a ticket of another site")]
    QrForeign,
    #[error("forged: signed by nobody this site knows")]
    QrForged,
    /// No key here fits, and the site's newest keys cannot be asked for now.
    #[error("signed by nobody known here, and the centre cannot be asked")]
    QrKeyUnknown,
    #[error("altered or forged: the signature does not fit")]
    QrAltered,
    #[error("the key that signed it was revoked")]
    QrRevoked,
    /// Its stay is over: one of two tickets is a copy.
    #[error("this QR was used to leave already")]
    QrUsed(Box<Stay>),
    #[error("{tendered} is less than the fee {fee}")]
    TenderedShort { fee: Rupiah, tendered: Rupiah },
    #[error("{0} is more than anyone hands over")]
    TenderedTooMuch(Rupiah),
    #[error("{} is due on the way in", .0.amount)]
    PrepaymentDue(Box<Due>),
    #[error("payment method {0:?} is not known")]
    MethodUnknown(String),
    #[error("a payment without cash needs the number on its proof")]
    ReferenceMissing,
    #[error("no member has the card {0:?}")]
    MemberUnknown(String),
    #[error("{0:?} is no voucher's number")]
    VoucherUnread(String),
    #[error("the voucher {reference} was taken here already")]
    VoucherUsed { reference: String, at: Timestamp },
    #[error("free of charge needs a reason")]
    FreeReasonMissing,
    #[error("the quote is too old: the fee was reckoned anew")]
    QuoteTooOld,
    #[error("entry and exit time do not fit: {0}")]
    TimeImplausible(String),
    #[error("this gate does not do that")]
    WrongGate,
    #[error("this gate has no barrier")]
    NoBarrier,
    #[error("an opening by hand needs a reason and a supervisor")]
    ReasonMissing,
    #[error("nobody has logged in, or no shift is open")]
    NotOnDuty,
    #[error("the shift is being closed, and nobody knows whether it is closed already")]
    ClosingBegun,
    #[error("no shift is open")]
    NoShift,
    #[error("a supervisor has to allow it: {0}")]
    NotAllowed(Denial),
    #[error("{paid} was paid and {fee} is due")]
    PaidOther { fee: Rupiah, paid: Rupiah },
    #[error("no exit of this gate's open shift: {0:?}")]
    ExitUnknown(String),
    #[error("no entry of this gate's open shift that is inside: {0:?}")]
    EntryUnknown(String),
    #[error("{0:?} is no code of a fine")]
    ClaimUnknown(String),
    #[error("nobody here knows this fine: the amount on the receipt is needed")]
    AmountNeeded,
    #[error("the fine was paid back already, at {gate} at {at}")]
    PaidBack { gate: String, at: String },
    #[error("the fine could be paid back until {0}")]
    ClaimOver(String),
    #[error("the exit that took the fine was taken back")]
    ClaimVoided,
    #[error("{} is full: {} of {}", .0.name, .0.inside, .0.places)]
    Full(Box<Room>),
    #[error("a paper ticket needs its book and a number of up to six digits")]
    PaperNumber,
    #[error("the time on the paper ticket has not come yet")]
    PaperFuture,
    #[error("the paper ticket is more than {0} days old")]
    PaperTooOld(u16),
    #[error("neither journal nor spool can be written: {0}")]
    Storage(String),
    #[error("it is not known whether it was written: {0}")]
    OutcomeUnknown(String),
}

impl Refusal {
    /// The machine's word for it, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PlateEmpty => "plate_empty",
            Self::ClassUnknown(_) => "class_unknown",
            Self::TicketUnknown(_) => "ticket_unknown",
            Self::AlreadyOut(_) => "already_out",
            Self::Ambiguous(_) => "ambiguous",
            Self::QrNotATicket => "qr_not_a_ticket",
            Self::QrForeign => "qr_foreign",
            Self::QrForged => "qr_forged",
            Self::QrKeyUnknown => "qr_key_unknown",
            Self::QrAltered => "qr_altered",
            Self::QrRevoked => "qr_revoked",
            Self::QrUsed(_) => "qr_used",
            Self::TenderedShort { .. } => "tendered_short",
            Self::TenderedTooMuch(_) => "tendered_too_much",
            Self::PrepaymentDue(_) => "prepayment_due",
            Self::MethodUnknown(_) => "method_unknown",
            Self::ReferenceMissing => "reference_missing",
            Self::MemberUnknown(_) => "member_unknown",
            Self::VoucherUnread(_) => "voucher_unread",
            Self::VoucherUsed { .. } => "voucher_used",
            Self::FreeReasonMissing => "reason_missing",
            Self::QuoteTooOld => "quote_too_old",
            Self::TimeImplausible(_) => "time_implausible",
            Self::WrongGate => "wrong_gate",
            Self::NoBarrier => "no_barrier",
            Self::ReasonMissing => "reason_missing",
            Self::NotOnDuty => "not_on_duty",
            Self::ClosingBegun => "closing_begun",
            Self::NoShift => "no_shift",
            Self::NotAllowed(_) => "not_allowed",
            Self::PaidOther { .. } => "paid_other",
            Self::ExitUnknown(_) => "exit_unknown",
            Self::EntryUnknown(_) => "entry_unknown",
            Self::ClaimUnknown(_) => "claim_unknown",
            Self::AmountNeeded => "amount_needed",
            Self::PaidBack { .. } => "paid_back",
            Self::ClaimOver(_) => "claim_over",
            Self::ClaimVoided => "claim_voided",
            Self::Full(_) => "full",
            Self::PaperNumber => "paper_number",
            Self::PaperFuture => "paper_future",
            Self::PaperTooOld(_) => "paper_too_old",
            Self::Storage(_) => "storage",
            Self::OutcomeUnknown(_) => "outcome_unknown",
        }
    }
}

impl From<Unpaid> for Refusal {
    fn from(why: Unpaid) -> Self {
        match why {
            Unpaid::Short { fee, tendered } => Self::TenderedShort { fee, tendered },
            Unpaid::TooMuch(tendered) => Self::TenderedTooMuch(tendered),
            Unpaid::Reference => Self::ReferenceMissing,
            Unpaid::Other { fee, paid } => Self::PaidOther { fee, paid },
        }
    }
}
