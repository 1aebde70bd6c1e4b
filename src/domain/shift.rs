//! Shifts: which facts make one, what they sum up to; and which business day's books a moment belongs to.
//!
//! A shift is named after the fact that opened it, and every fact recorded meanwhile names it in its envelope: midnight,
//! clocks and restarts make no difference. A sale belongs to the shift in which it was paid.

use super::cash::{self, Count};
use super::fact::Content;
use super::kinds::{ShiftClosed, kind};
use super::lane;
use super::money::Rupiah;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The method whose money lies in the drawer.
pub const CASH: &str = "tunai";

/// What a `note` says that holds a blind count.
pub const CASH_COUNTED: &str = "cash_counted";

/// A float above this is asked about: more is a slip of the finger.
pub const ODD_FLOAT: Rupiah = Rupiah(5_000_000);

/// The business day of a moment: the calendar day of the site's zone, begun `cutoff_minutes` after midnight.
pub fn business_day(at: Timestamp, zone: &TimeZone, cutoff_minutes: u16) -> Date {
    let shifted = at.checked_sub(i64::from(cutoff_minutes).minutes()).unwrap_or(at);
    shifted.to_zoned(zone.clone()).date()
}

/// Whether a shift that was opened then belongs to another business day than `now`. By a clock that is doubted (`.1`) no shift
/// ends; one that such a clock began ends as soon as the right one is known, also where it lies ahead.
pub fn is_of_another_day(opened: Timestamp, now: (Timestamp, bool), zone: &TimeZone, cutoff_minutes: u16) -> bool {
    let day = |at| business_day(at, zone, cutoff_minutes);
    !now.1 && day(opened) != day(now.0)
}

/// How many and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub count: u32,
    pub sum: Rupiah,
}

impl Line {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, sum: Rupiah) {
        self.count += 1;
        self.sum += sum;
    }
}

/// What a shift's facts come to. Of the exits that stand each is counted once among `regular`, `lost`, `members` and
/// `free`; the fines in them stand apart, so that those four sums and the fines are the revenue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    pub regular: Line,
    /// Without ticket or data.
    pub lost: Line,
    /// Exits with a fine, and the fines alone.
    pub fines: Line,
    pub members: Line,
    /// Vouchers, and free of charge.
    pub free: Line,
    /// Entries and exits of this shift that were taken back in it; their sum is in no other line.
    pub voids: Line,
    /// The revenue by method of payment.
    pub methods: BTreeMap<String, Line>,
    pub entries: u32,
    /// The barrier raised by hand.
    pub openings: u32,
    /// Vehicles that passed and belong to no ticket.
    pub orphans: u32,
    /// How often the cash was counted.
    pub counts: u32,
    /// Fines that went back in cash: out of the drawer, and in no line above.
    #[serde(skip_serializing_if = "Line::is_nothing")]
    pub refunds: Line,
    /// Paid on the way in, by entries that stand: revenue beside those four and the fines.
    #[serde(skip_serializing_if = "Line::is_nothing")]
    pub prepaid: Line,
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn has_flag(body: &Value, wanted: &[&str]) -> bool {
    let flags = body.get("flags").and_then(Value::as_array);
    flags.is_some_and(|flags| flags.iter().filter_map(Value::as_str).any(|flag| wanted.contains(&flag)))
}

/// Lines of a fee whose kind is one of these.
fn of_kind(body: &Value, wanted: &[&str]) -> Option<Rupiah> {
    let lines = body.get("lines").and_then(Value::as_array)?;
    let mut sums = lines
        .iter()
        .filter(|line| wanted.contains(&text(line, "kind")))
        .filter_map(|line| line.get("amount").and_then(Value::as_i64))
        .peekable();
    sums.peek()?;
    Some(sums.map(Rupiah).sum())
}

/// Words of `tariff::LineKind`, and flags of an exit.
const FINES: &[&str] = &["lost_fine"];
const LOST: &[&str] = &["no_data", "lost", "lost_fee", "lost_fine"];
const MEMBER: &[&str] = &["member"];
const FREE: &[&str] = &["voucher", "free"];

impl Totals {
    /// Sums up the facts of one shift, in any order; one that comes twice counts once. Bodies are read as tolerantly as
    /// they will be written: what a later version adds is another line or none, never an error.
    pub fn of<'a>(facts: impl IntoIterator<Item = &'a Content>) -> Self {
        let facts: BTreeMap<Uuid, &Content> = facts.into_iter().map(|fact| (fact.id, fact)).collect();
        let (taken_back, corrected) = (taken_back(&facts), corrected(&facts));
        let mut totals = Self::default();
        for (id, fact) in &facts {
            let body = &fact.body;
            match fact.kind.as_str() {
                kind::ENTERED => totals.entry(body, taken_back.contains(id)),
                kind::LEFT => totals.exit(body, corrected.get(id).copied(), taken_back.contains(id)),
                kind::REFUNDED => totals.refunds.add(amount(body)),
                kind::BARRIER_OPENED if text(body, "reason") == lane::MANUAL => totals.openings += 1,
                kind::PASSED if body.get("opening").is_none_or(Value::is_null) => totals.orphans += 1,
                kind::NOTE if text(body, "what") == CASH_COUNTED => totals.counts += 1,
                _ => {}
            }
        }
        totals
    }

    fn entry(&mut self, body: &Value, taken_back: bool) {
        let paid = body.get("prepaid").filter(|paid| paid.is_object());
        if taken_back {
            self.voids.add(paid.map(amount).unwrap_or_default());
            return;
        }
        self.entries += 1;
        if let Some(paid) = paid {
            self.prepaid.add(amount(paid));
            self.methods.entry(text(paid, "method").to_owned()).or_default().add(amount(paid));
        }
    }

    fn exit(&mut self, body: &Value, paid_by: Option<&str>, taken_back: bool) {
        let fee = Rupiah(body.get("fee").and_then(Value::as_i64).unwrap_or_default());
        if taken_back {
            self.voids.add(fee);
            return;
        }
        let fine = of_kind(body, FINES);
        if let Some(fine) = fine {
            self.fines.add(fine);
        }
        let method = paid_by.unwrap_or_else(|| text(body, "method"));
        let member = has_flag(body, MEMBER) || of_kind(body, MEMBER).is_some();
        let line = if has_flag(body, LOST) || of_kind(body, LOST).is_some() {
            &mut self.lost
        } else if member {
            &mut self.members
        } else if has_flag(body, FREE) || of_kind(body, FREE).is_some() {
            &mut self.free
        } else {
            &mut self.regular
        };
        line.add(fee - fine.unwrap_or_default());
        self.methods.entry(method.to_owned()).or_default().add(fee);
    }

    /// What was paid, at exits and on the way in.
    pub fn revenue(&self) -> Rupiah {
        self.methods.values().map(|line| line.sum).sum()
    }

    /// What must lie in the drawer that began with `float`.
    pub fn expected(&self, float: Rupiah) -> Rupiah {
        float + self.methods.get(CASH).map_or(Rupiah::ZERO, |line| line.sum) - self.refunds.sum
    }
}

fn amount(body: &Value) -> Rupiah {
    Rupiah(body.get("amount").and_then(Value::as_i64).unwrap_or_default())
}

/// How exits were paid after all, as facts of the same shift say; of several the newest holds.
pub(super) fn corrected<'a>(facts: &BTreeMap<Uuid, &'a Content>) -> BTreeMap<Uuid, &'a str> {
    let corrections = facts.values().filter(|fact| fact.kind == kind::CORRECTED);
    let read = |fact: &&'a Content| {
        let method = text(&fact.body, "method");
        Some((text(&fact.body, "target").parse().ok()?, method)).filter(|_| !method.is_empty())
    };
    // Ids grow: the last one stays.
    corrections.filter_map(read).collect()
}

/// What was taken back by facts of the same shift; a void that was itself taken back takes nothing back.
pub(super) fn taken_back(facts: &BTreeMap<Uuid, &Content>) -> BTreeSet<Uuid> {
    let target = |fact: &Content| text(&fact.body, "target").parse::<Uuid>().ok();
    let voids: BTreeMap<Uuid, Uuid> = facts
        .values()
        .filter(|fact| fact.kind == kind::VOIDED)
        .filter_map(|fact| Some((fact.id, target(fact)?)))
        .collect();
    let undone: BTreeSet<Uuid> = voids.values().copied().filter(|target| voids.contains_key(target)).collect();
    voids.iter().filter(|(id, _)| !undone.contains(id)).map(|(_, target)| *target).collect()
}

/// A shift that is open, as its opening says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenShift {
    pub id: Uuid,
    pub operator: String,
    pub opened_at: Timestamp,
    pub float: Rupiah,
    /// What the shift before said it left; `float` is what was found of it.
    pub left: Option<Rupiah>,
}

/// Cash that the last shift left behind and nobody has accepted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    pub shift: Uuid,
    pub operator: String,
    pub left: Rupiah,
}

/// Where a terminal stands, by the openings and closings it recorded, the newest first: the last shift nobody closed, else
/// what the one closed last left behind. By their order and not by their ids, which a wrong clock may have made.
pub fn standing(marks: &[Content]) -> (Option<OpenShift>, Option<Handed>) {
    let closed: BTreeMap<Uuid, &Content> = marks
        .iter()
        .filter(|mark| mark.kind == kind::SHIFT_CLOSED)
        .filter_map(|mark| Some((text(&mark.body, "shift").parse().ok()?, mark)))
        .collect();
    let openings = || marks.iter().filter(|mark| mark.kind == kind::SHIFT_OPENED);
    let open = openings().find(|mark| !closed.contains_key(&mark.id)).and_then(|mark| {
        Some(OpenShift {
            id: mark.id,
            operator: mark.operator.clone(),
            opened_at: mark.at.parse().ok()?,
            float: Rupiah(mark.body.get("float").and_then(Value::as_i64).unwrap_or_default()),
            left: mark.body.get("left").and_then(Value::as_i64).map(Rupiah),
        })
    });
    if open.is_some() {
        return (open, None);
    }
    let accepted = |shift: &Uuid| openings().any(|mark| text(&mark.body, "from_shift") == shift.to_string());
    let last = marks.iter().find(|mark| mark.kind == kind::SHIFT_CLOSED);
    let handed = last.and_then(|mark| {
        let shift: Uuid = text(&mark.body, "shift").parse().ok()?;
        let left = mark.body.get("left").and_then(Value::as_i64).filter(|left| *left > 0)?;
        (!accepted(&shift)).then(|| Handed { shift, operator: mark.operator.clone(), left: Rupiah(left) })
    });
    (None, handed)
}

/// What a closing is made of.
pub struct Closing<'a> {
    pub shift: &'a OpenShift,
    pub totals: Totals,
    /// None where nobody counts: a gate without people.
    pub count: Option<Count>,
    pub reason: &'a str,
    /// `counted`, `headless` or `cutoff`.
    pub how: &'a str,
    /// When it is closed, in the site's zone.
    pub at: &'a jiff::Zoned,
    pub gate: &'a str,
    /// Facts that had not reached the centre.
    pub waiting: u64,
}

impl Closing<'_> {
    /// The fact's body: counted less expected is the variance, and what stays and what is paid in are what was counted.
    pub fn body(self) -> ShiftClosed {
        let Self { shift, totals, count, reason, how, at, gate, waiting } = self;
        let expected = totals.expected(shift.float);
        let counted = count.as_ref().map(Count::total);
        // What nobody counted stays where it is.
        let parted = counted.map(|counted| cash::part(counted, shift.float));
        ShiftClosed {
            shift: shift.id,
            opened_at: super::fact::wall_time(&shift.opened_at.to_zoned(at.time_zone().clone())),
            opened_by: shift.operator.clone(),
            how: how.to_owned(),
            float: shift.float,
            handed: shift.left.filter(|left| *left != shift.float),
            pieces: count.unwrap_or_default(),
            counted,
            expected,
            variance: counted.map(|counted| counted - expected),
            reason: reason.trim().to_owned(),
            deposit: parted.map_or(Rupiah::ZERO, |p| p.deposit),
            deposit_number: deposit_number(gate, at, shift.id),
            left: parted.map_or(Rupiah::ZERO, |p| p.left),
            totals,
            waiting,
        }
    }
}

/// `SB1-261122-2205-7K3`: gate, day and minute of the closing, and three characters of the shift, so that two shifts of
/// one minute have two numbers.
fn deposit_number(gate: &str, at: &jiff::Zoned, shift: Uuid) -> String {
    let tail = shift.as_u128();
    let readable = super::ids::READABLE;
    let mark: String = (0..3).map(|i| char::from(readable[(tail >> (5 * i) & 31) as usize])).collect();
    format!("S{gate}-{}-{mark}", at.strftime("%y%m%d-%H%M"))
}

#[cfg(test)]
#[path = "shift/tests.rs"]
mod tests;
