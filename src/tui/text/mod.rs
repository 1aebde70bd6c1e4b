//! Every word a person reads, in two languages: two structs, so that a missing word does not compile.
//!
//! Words are plain ASCII; shapes come from the glyph sets. Indonesian has no plural and neither do these sentences.

mod admin;
pub mod charge;
pub mod duplicates;
pub mod duty;
mod en;
pub mod facts;
pub mod flags;
pub mod floor;
mod id;
pub mod lane;
pub mod log;
pub mod lost;
pub mod member;
mod say_en;
mod say_id;
pub mod when;

pub use admin::Admin;

use crate::domain::desk::{Refusal, Warning};
use crate::domain::link::DownReason;
use crate::domain::tariff::FeeLine;
use crate::domain::view::Trouble;
use jiff::tz::TimeZone;

/// The language of the screens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    Id,
    En,
}

impl Lang {
    pub fn words(self) -> &'static Words {
        match self {
            Self::Id => &id::WORDS,
            Self::En => &en::WORDS,
        }
    }
}

/// Footer word (empty: not in the footer) and help sentence.
pub type Pair = (&'static str, &'static str);

/// What the keys do.
pub struct KeyWords {
    pub none: Pair,
    pub help: Pair,
    pub enter_in: Pair,
    pub enter_out: Pair,
    pub plate: Pair,
    pub ticket: Pair,
    pub find: Pair,
    pub no_data: Pair,
    pub method: Pair,
    pub special: Pair,
    pub lost: Pair,
    pub correct: Pair,
    pub paper: Pair,
    pub qr: Pair,
    pub reprint_ticket: Pair,
    pub reprint_receipt: Pair,
    pub send: Pair,
    pub no_plate: Pair,
    pub save: Pair,
    pub barrier: Pair,
    pub pay: Pair,
    pub menu: Pair,
    pub shift: Pair,
    pub field: Pair,
    pub field_back: Pair,
    pub back: Pair,
    pub page_home: Pair,
    pub page_stays: Pair,
    pub page_terminals: Pair,
    pub page_log: Pair,
    pub page_duplicates: Pair,
    pub undo: Pair,
    pub set_aside: Pair,
    pub swap: Pair,
    pub filter: Pair,
    pub detail: Pair,
    pub refresh: Pair,
    pub next_page: Pair,
    pub previous_page: Pair,
    pub row_up: Pair,
    pub row_down: Pair,
    pub page_up: Pair,
    pub page_down: Pair,
    pub row_first: Pair,
    pub row_last: Pair,
    pub pick: Pair,
    pub terminal: Pair,
    pub open: Pair,
    pub quit: Pair,
    pub again: Pair,
}

/// Words used by more than one screen.
pub struct Everywhere {
    pub checking: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub waiting: &'static str,
    pub plate: &'static str,
    pub class: &'static str,
    pub ticket: &'static str,
    pub entered: &'static str,
    pub left: &'static str,
    pub gate: &'static str,
    pub operator: &'static str,
    pub no_plate: &'static str,
    pub inside: &'static str,
    pub today: &'static str,
    pub sent: &'static str,
    pub unsent: &'static str,
    pub printed: &'static str,
    pub print_unproven: &'static str,
    pub print_failed: &'static str,
    pub printer: &'static str,
    pub barrier: &'static str,
    pub camera: &'static str,
    pub device_none: &'static str,
    pub device_ready: &'static str,
    pub device_busy: &'static str,
    pub day: &'static str,
    pub hour: &'static str,
    pub minute: &'static str,
    pub months: [&'static str; 12],
    /// Between hours and minutes.
    pub clock: char,
    pub too_small: &'static str,
    pub any_key: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub choose: &'static str,
    pub cancel: &'static str,
    pub close: &'static str,
    pub photo_waiting: &'static str,
    pub photo_not_arrived: &'static str,
    pub photo_missing: &'static str,
    pub photo_none: &'static str,
    pub back_up: &'static str,
    pub ctrl_c: &'static str,
    pub answer_first: &'static str,
}

pub struct GateIn {
    pub place: &'static str,
    pub form: &'static str,
    pub hint_plate: &'static str,
    pub hint_class: &'static str,
    pub hint_saving: &'static str,
    pub hint_no_plate: &'static str,
    pub unusual: &'static str,
    pub unusual_region: &'static str,
    pub unusual_long: &'static str,
    pub already_inside: &'static str,
    pub recent: &'static str,
    pub recent_empty: &'static str,
    pub saved: &'static str,
    pub saved_title: &'static str,
    pub saved_keys: &'static str,
    pub plate_filled: &'static str,
    pub no_ticket_yet: &'static str,
    pub correct_title: &'static str,
    pub correct_pick: &'static str,
    pub correct_now: &'static str,
    pub correct_hint: &'static str,
    pub corrected: fn(&str, &str) -> String,
    pub inside_title: &'static str,
    pub inside_ask: &'static str,
    pub inside_yes: &'static str,
    pub class_unknown_key: &'static str,
}

pub struct GateOut {
    pub place: &'static str,
    pub ticket_panel: &'static str,
    pub prompt: &'static str,
    pub hint_scan: &'static str,
    pub hint_find: &'static str,
    pub hint_none: &'static str,
    pub asking: &'static str,
    pub photo_in: &'static str,
    pub photo_out: &'static str,
    pub by: &'static str,
    pub lasted: &'static str,
    pub no_ticket: &'static str,
    pub ticket_by_qr: &'static str,
    pub known_qr: &'static str,
    pub known_stated: &'static str,
    pub fee: &'static str,
    pub tariff: &'static str,
    pub total: &'static str,
    pub tax: &'static str,
    pub cash: &'static str,
    pub received: &'static str,
    pub exact: &'static str,
    pub change: &'static str,
    pub short: &'static str,
    pub check_then_pay: &'static str,
    pub clock_title: &'static str,
    pub clock_entered: &'static str,
    pub clock_now: &'static str,
    pub clock_compare: &'static str,
    pub inside_title: &'static str,
    pub inside_instead: &'static str,
    pub inside_ask: &'static str,
    pub inside_yes: &'static str,
    pub clock_ask: &'static str,
    pub clock_yes: &'static str,
    pub press_enter: &'static str,
    pub press_pay: &'static str,
    pub amount_first: &'static str,
    pub no_quote: &'static str,
    pub paying: &'static str,
    pub paid_title: &'static str,
    pub out: &'static str,
    pub already_out: &'static str,
    pub void: &'static str,
    pub digits_only: &'static str,
    pub requoted: &'static str,
    pub ticket_empty: &'static str,
    pub nothing_found: &'static str,
    pub misread: &'static str,
    pub pay_by: fn(&str) -> String,
    pub proof: &'static str,
    pub proof_hint: &'static str,
    pub charge_hint: fn(&str) -> String,
    pub charging: &'static str,
    pub cancelling: &'static str,
    pub not_charged: fn(&str, &str) -> String,
    pub maybe_charged: fn(&str) -> String,
    pub maybe_hint: &'static str,
    pub recent: &'static str,
}

pub struct Dialogs {
    pub sync_title: &'static str,
    /// entries, exits, from, to
    pub sync_what: fn(u64, u64, &str, &str) -> [String; 2],
    pub sync_ask: &'static str,
    pub sync_now: &'static str,
    pub sync_later: &'static str,
    pub progress_title: &'static str,
    pub progress_counts: fn(u64, u64, u64) -> String,
    pub progress_now: &'static str,
    pub progress_hide: &'static str,
    pub summary_title: &'static str,
    pub sent: &'static str,
    pub sent_note: &'static str,
    pub already: &'static str,
    pub already_note: &'static str,
    pub parked: &'static str,
    pub parked_note: &'static str,
    pub stopped: &'static str,
    pub stopped_here: &'static str,
    pub detail_in: &'static str,
    pub retry: &'static str,
    pub summary_line: fn(u64, u64, u64) -> String,
    pub sync_deferred: &'static str,
    pub sync_nothing: &'static str,
    pub sync_no_link: &'static str,
    pub leave_title: &'static str,
    pub leave_ask: fn(&str) -> String,
    pub leave_typed: &'static str,
    pub leave_yes: &'static str,
    pub find_title: &'static str,
    pub choose_title: &'static str,
    pub find_field: &'static str,
    pub find_hint: &'static str,
    pub find_searching: &'static str,
    pub find_none: &'static str,
    /// In the order of `domain::search::Why`.
    pub find_why: [&'static str; 6],
    pub no_data_title: &'static str,
    pub no_data_time: &'static str,
    pub no_data_time_hint: &'static str,
    pub no_data_time_bad: &'static str,
    pub no_data_time_future: &'static str,
    pub no_data_reason: &'static str,
    pub no_data_reason_hint: &'static str,
    pub no_data_reason_empty: &'static str,
    pub no_data_go: &'static str,
    pub no_data_flagged: &'static str,
    pub qr_caption: &'static str,
    pub qr_too_small: &'static str,
    pub help_title: &'static str,
    pub help_more: &'static str,
    pub help_scroll: &'static str,
    pub detail_title: &'static str,
}

pub struct Others {
    pub menu_title: &'static str,
    pub menu: [&'static str; 6],
    pub not_here: &'static str,
    pub server: &'static str,
    pub server_down: &'static str,
    pub listens: &'static str,
    pub since: &'static str,
    pub database: &'static str,
    pub clients: &'static str,
    pub no_clients: &'static str,
    pub address: &'static str,
    pub queued: &'static str,
    pub events: &'static str,
    pub no_events: &'static str,
    pub doctor: &'static str,
    pub checks: &'static str,
    pub running: &'static str,
    pub verdicts: [&'static str; 4],
    pub more_rows: fn(usize) -> String,
    pub done_ok: &'static str,
    pub done_bad: fn(usize) -> String,
    pub sync_place: &'static str,
    pub sync_state: &'static str,
    pub sync_waiting: &'static str,
    pub sync_deferred: &'static str,
    pub sync_deferred_note: &'static str,
    pub sync_parked: &'static str,
    pub sync_terminals: &'static str,
    pub sync_here: &'static str,
    pub sync_go: &'static str,
    pub sync_none: &'static str,
    pub quit_title: &'static str,
    pub quit_ask: &'static str,
    pub quit_yes: &'static str,
    pub stop_title: &'static str,
    pub stop_what: &'static str,
    pub stop_ask: &'static str,
    pub stop_yes: &'static str,
}

/// Sentences that depend on what happened. Times are told in the zone given.
pub struct Say {
    pub refusal: fn(&Refusal, &TimeZone) -> String,
    pub warning: fn(&Warning, &TimeZone) -> String,
    pub down: fn(DownReason) -> &'static str,
    /// The same in a few words, for logs and checks.
    pub why: fn(DownReason) -> &'static str,
    pub trouble: fn(Trouble) -> &'static str,
    pub fee_line: fn(&FeeLine) -> String,
}

pub struct Words {
    pub keys: KeyWords,
    pub common: Everywhere,
    pub gate_in: GateIn,
    pub gate_out: GateOut,
    pub dialogs: Dialogs,
    pub admin: Admin,
    pub duplicates: &'static duplicates::Duplicates,
    pub lane: &'static lane::Lane,
    pub charge: &'static charge::ChargeWords,
    pub floor: &'static floor::Floor,
    pub duty: &'static duty::DutyWords,
    pub lost: &'static lost::LostWords,
    pub members: &'static member::Members,
    pub others: Others,
    pub say: Say,
}
