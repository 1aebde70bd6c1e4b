//! English sentences for what happened: each says what to do next.

use super::Lang;
use super::when::clock_at;
use super::{charge, floor};
use crate::domain::desk::{Refusal, Warning};
use crate::domain::link::DownReason;
use crate::domain::money::MOST_TENDERED;
use crate::domain::stay::{State, Stay};
use crate::domain::tariff::{FeeLine, LineKind};
use crate::domain::view::Trouble;
use jiff::Timestamp;
use jiff::tz::TimeZone;

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    clock_at(Lang::En.words(), at, zone)
}

fn day_clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%d/%m %H:%M").to_string()
}

pub fn refusal(why: &Refusal, zone: &TimeZone) -> String {
    match why {
        Refusal::PlateEmpty => "The plate is empty. Type it, or F8 to enter without a plate.".into(),
        Refusal::ClassUnknown(class) => format!("Class \"{class}\" is not known. Choose another."),
        Refusal::TicketUnknown(_) => "Ticket not known. F3 find; Ctrl+L lost ticket; F4 no data.".into(),
        Refusal::AlreadyOut(stay) => already_out(stay, zone),
        Refusal::Ambiguous(_) => "Several vehicles fit. Choose one from the list.".into(),
        Refusal::QrNotATicket => "This QR is no parking ticket. F3 finds by plate, F4 without data.".into(),
        Refusal::QrForeign => "This ticket is of another car park. F3 finds by plate.".into(),
        Refusal::QrForged => "FORGED QR: not made by our gates. Call the supervisor; F3 finds by plate.".into(),
        Refusal::QrKeyUnknown => {
            "This QR can't be checked offline. Call the supervisor; F3 finds by plate.".into()
        }
        Refusal::QrAltered => "ALTERED or forged QR. Call the supervisor; F3 finds by plate.".into(),
        Refusal::QrRevoked => "QR of a gate whose key was revoked. Call the supervisor; F3 finds.".into(),
        Refusal::QrUsed(stay) => used(stay, zone),
        Refusal::TenderedShort { fee, tendered } => {
            format!("{} short of the fee {fee}. Type what was received.", *fee - *tendered)
        }
        Refusal::TenderedTooMuch(sum) => format!("{sum} is too much (limit {MOST_TENDERED}). Count the zeros."),
        Refusal::PrepaymentDue(due) => format!("Prepaid: {}. Take the money first, then F9.", due.amount),
        Refusal::MethodUnknown(_) => "Payment method not known. Take cash, or call the supervisor.".into(),
        Refusal::ReferenceMissing => {
            "Type the number on the customer's proof of payment (4 characters or more).".into()
        }
        Refusal::MemberUnknown(card) => format!("No member with card \"{card}\" is known here. Check the number."),
        Refusal::VoucherUnread(_) => "A voucher's number: 3 to 32 letters, digits or dashes.".into(),
        Refusal::VoucherUsed { reference, at } => {
            format!("Voucher {reference} WAS USED here {}. Ask for another.", clock(*at, zone))
        }
        Refusal::FreeReasonMissing => "Choose why it is free of charge first.".into(),
        Refusal::QuoteTooOld => "The fee stood here too long. Reckoned anew; check, then F9.".into(),
        Refusal::TimeImplausible(_) => {
            "Entry and exit time do not fit. Check the clock; call a supervisor.".into()
        }
        Refusal::NoBarrier => "This gate has no barrier of its own to open.".into(),
        Refusal::ReasonMissing => "Choose a reason and name the supervisor.".into(),
        Refusal::WrongGate => "This gate does not do that. Use the right terminal.".into(),
        Refusal::NotOnDuty => "Nobody has logged in, or no shift is open. Log in with a PIN first.".into(),
        Refusal::NoShift => "No shift is open.".into(),
        Refusal::NotAllowed(_)
        | Refusal::ExitUnknown(_)
        | Refusal::EntryUnknown(_)
        | Refusal::ClaimUnknown(_)
        | Refusal::AmountNeeded
        | Refusal::PaidBack { .. }
        | Refusal::ClaimOver(_)
        | Refusal::ClaimVoided => super::lost::refusal(Lang::En, why, zone),
        Refusal::ClosingBegun => {
            "The shift is perhaps closed already. Close it again (F12) before selling.".into()
        }
        Refusal::PaperNumber => "Fill in the paper ticket's book and its number (up to 6 digits).".into(),
        Refusal::PaperFuture => "That time has not come yet. Check the ticket and the clock.".into(),
        Refusal::PaperTooOld(days) => {
            format!("That ticket is more than {days} days old. Check its date; call a supervisor.")
        }
        Refusal::Full(room) => format!("{}: this vehicle was not let in.", floor::EN.room(room)),
        Refusal::Storage(_) => {
            "PERHAPS NOT SAVED: the disk cannot be written. Repeat; call the technician.".into()
        }
        Refusal::PaidOther { fee, paid } => (charge::EN.paid_other)(&paid.to_string(), &fee.to_string()),
        Refusal::OutcomeUnknown(_) => "NOT SURE it was saved. Look at the latest list before repeating.".into(),
    }
}

fn already_out(stay: &Stay, zone: &TimeZone) -> String {
    match &stay.state {
        State::Left { left_at, left_gate, .. } => format!(
            "Ticket {} LEFT ALREADY at {}, gate {left_gate}. F3 find, F4 no data.",
            stay.ticket,
            clock(*left_at, zone)
        ),
        State::Void => format!("Ticket {} was voided. F3 finds by plate, F4 without data.", stay.ticket),
        State::Inside => format!("Ticket {} left already. F3 find, F4 no data.", stay.ticket),
    }
}

fn used(stay: &Stay, zone: &TimeZone) -> String {
    let whence = match &stay.state {
        State::Left { left_at, left_gate, .. } => format!(" at {}, gate {left_gate}", clock(*left_at, zone)),
        State::Void | State::Inside => String::new(),
    };
    format!("COPIED TICKET: This QR left already{whence}. Call the supervisor.")
}

pub fn warning(what: &Warning, zone: &TimeZone) -> String {
    match what {
        Warning::PlateInside { ticket, entered_at } => {
            format!("This plate is inside: {ticket} since {}. Compare the plate.", clock(*entered_at, zone))
        }
        Warning::StatedInside { ticket, entered_at } => {
            format!("This plate is STILL INSIDE: {ticket} since {}. Use F3, not F4.", day_clock(*entered_at, zone))
        }
        Warning::MaybeOut { gate, left_at } => {
            format!("Gate {gate} reports it left at {}. Ask there first.", clock(*left_at, zone))
        }
        Warning::Member(seen) => super::member::seen_en(seen),
        Warning::MemberInside { plate, entered_at } => {
            format!("This member is INSIDE ALREADY since {} ({plate}). Ask.", clock(*entered_at, zone))
        }
        Warning::PrepaidUnknown => {
            "Prepaid class: look for LUNAS on the ticket; a supervisor decides (F8).".into()
        }
        Warning::PrepaidMore(by) => format!("Swap the ticket. Overpaid by {by}: F4, F8 take it back; enter anew."),
        Warning::PrepaidUnpaid => "Not paid on the way in: all of it is due here.".into(),
        Warning::MemberNoEntry => "No entry of this member is known. Ask first.".into(),
        Warning::MemberOtherPlate => "The card is not of this plate. Compare person and card.".into(),
        Warning::QrElsewhere { gate, left_at } => {
            format!(
                "COPIED TICKET: Gate {gate} reports this QR left at {}. Call the supervisor.",
                clock(*left_at, zone)
            )
        }
        Warning::PlateUnusual => "Unusual plate. Compare it with the vehicle.".into(),
        Warning::TicketUnproven => "Its ticket is not proven printed. No lost-ticket fine.".into(),
        Warning::QrOnly => "Known by its QR only. Compare plate and vehicle.".into(),
        Warning::TariffUnknown => "The tariff of its entry is not here; the newest was used.".into(),
        Warning::OneStoreOnly => "Saved in one place only. Call the technician today.".into(),
        Warning::ClockDoubtful => "This computer's clock is doubtful. Call the supervisor.".into(),
        Warning::RecordedBy(method) => (charge::EN.recorded_by)(method.name()),
        Warning::PaperTwice { number, entered_at: Some(at) } => {
            format!("Ticket {number} is in the books already, entered at {}. Check the number.", clock(*at, zone))
        }
        Warning::PaperTwice { number, .. } => {
            format!("Ticket {number} is in the books already. Check the number.")
        }
        Warning::Filling { room, as_heard: false } => format!("{}.", floor::EN.room(room)),
        Warning::Filling { room, .. } => format!("{} ({}).", floor::EN.room(room), floor::EN.as_heard),
    }
}

pub fn down(why: DownReason) -> &'static str {
    match why {
        DownReason::NotEnrolled => "Terminal not enrolled; data is kept here. Call the admin.",
        DownReason::Unreachable => "Server not reachable. Work on; data is safe here.",
        DownReason::Silent => "Server does not answer. Work on; data is safe here.",
        DownReason::Tls => "Secure connection refused. Work on; call the admin.",
        DownReason::Refused => "Server refuses this terminal. Work on; call the admin.",
        DownReason::Schema => "Database version does not fit. Work on; call the admin.",
    }
}

pub fn why(why: DownReason) -> &'static str {
    match why {
        DownReason::NotEnrolled => "terminal not enrolled",
        DownReason::Unreachable => "server not reachable",
        DownReason::Silent => "server does not answer",
        DownReason::Tls => "secure connection refused",
        DownReason::Refused => "server refuses this login",
        DownReason::Schema => "database version does not fit",
    }
}

pub fn trouble(what: Trouble) -> &'static str {
    match what {
        Trouble::JournalOnly => "Spool files cannot be written; journal works. Go on; call the technician.",
        Trouble::SpoolOnly => "Journal cannot be written; spool files work. Go on; call the technician.",
        Trouble::NoStore => "DISK CANNOT BE WRITTEN: NOT SAVED. Write on paper; call the technician.",
        Trouble::JournalReplaced => "The damaged journal was set aside, a new one is used. Go on; tell the admin.",
        Trouble::JournalMissing => "The journal was gone, filled again from spool files. Go on; tell the admin.",
        Trouble::JournalOlder => "This journal is an old copy, not the last one. Go on; tell the admin.",
        Trouble::JournalRefilled => "The journal had gaps, filled from spool files. Go on; tell the admin.",
        Trouble::DiskLow => "The disk is nearly full: photos stop, tickets go on. Call the technician.",
        Trouble::Clock => "This computer's clock is doubtful. Compare it; call the supervisor.",
    }
}

pub fn fee_line(line: &FeeLine) -> String {
    let block = |minutes: u32| match minutes {
        60 => "hour".to_owned(),
        m if m % 60 == 0 => format!("{} hours", m / 60),
        m => format!("{m} minutes"),
    };
    let each = line.amount.0 / i64::from(line.count.max(1));
    let each = crate::domain::money::Rupiah(each).plain();
    let text = match line.kind {
        LineKind::Grace => "Free: short stay".into(),
        LineKind::First if line.count == 1 => format!("First {}", block(line.minutes)),
        LineKind::First => format!("First {} x {} x {each}", block(line.minutes), line.count),
        LineKind::Next => format!("Next {} x {} x {each}", block(line.minutes), line.count),
        LineKind::Cap => format!("Daily cap x {}", line.count),
        LineKind::FreeMinutes => format!("First {} minutes free", line.minutes),
        LineKind::Flat => "Flat price".into(),
        LineKind::Overnight => format!("Nights x {} x {each}", line.count),
        LineKind::LostFee => "Lost ticket, time not proven".into(),
        LineKind::LostFine if line.amount.0 == 0 => "Lost ticket, fine let off".into(),
        LineKind::LostFine => "Lost ticket, fine".into(),
        LineKind::Rounding => "Rounding".into(),
        LineKind::Prepaid => "Paid on the way in".into(),
        LineKind::Special | LineKind::Member | LineKind::Voucher | LineKind::Free | LineKind::Other => {
            line.text.clone()
        }
    };
    // A special time's name stands before its blocks.
    match line.text.split_once(": ") {
        Some((name, _)) if matches!(line.kind, LineKind::First | LineKind::Next) => format!("{name}: {text}"),
        _ => text,
    }
}
