//! The desk: every decision of a gate, from local state only. The cashier's screen and the headless face both stand in
//! front of it. It answers when a fact is durable, never before, and never waits for the network.

use super::charged::Charged;
use super::clock::{Clock, fresh_id};
use super::duty::Post;
use super::tries::{Thing, Tries, Try};
use crate::domain::desk::{EnterAnswer, Refusal, Warning};
use crate::domain::fact::{Origin, Stamp};
use crate::domain::ids::GateId;
use crate::domain::kinds::Event;
use crate::domain::lost::LostNote;
use crate::domain::money::Rupiah;
use crate::domain::qr::{self, Claim, SiteKey};
use crate::domain::seal::GateKey;
use crate::domain::settings::Settings;
use crate::domain::shift_slip::ShiftSlip;
use crate::domain::stay::Stay;
use crate::domain::tariff::{Calendar, FeeLine, TariffBook, TaxSplit};
use crate::journal::{Draft, Journal, JournalError, Recorded, Stores};
use crate::sync::Sync;
use jiff::tz::TimeZone;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Mutex, broadcast};
use uuid::Uuid;

/// What others (hub, camera, printer, barrier) do after a fact is durable.
#[derive(Clone, Debug)]
pub enum Done {
    Entered(Box<EnterAnswer>),
    /// A paper ticket was keyed in: no ticket, no barrier.
    Keyed(Box<EnterAnswer>),
    /// Another class, and a new ticket for it.
    Corrected(Box<EnterAnswer>),
    Left {
        stay: Box<Stay>,
        at: jiff::Zoned,
        paid: Box<Paid>,
    },
    /// An exit was taken back or corrected: the stay as it is now.
    Undone {
        stay: Box<Stay>,
        kind: String,
    },
    /// A shift was closed: its slip.
    Closed(Box<ShiftSlip>),
}

/// What a receipt says of the money.
#[derive(Clone, Debug)]
pub struct Paid {
    pub lines: Vec<FeeLine>,
    pub fee: Rupiah,
    pub tax: Option<TaxSplit>,
    /// `tunai`, …
    pub method: String,
    pub tendered: Rupiah,
    pub change: Rupiah,
    /// Of a lost ticket: what was fined, and the code for it.
    pub lost: Option<LostNote>,
}

/// The centre's settings as they stand here, and what follows from them.
struct Rules {
    settings: Settings,
    book: TariffBook,
    calendar: Calendar,
}

impl Rules {
    /// `own` is this terminal's zone: the site's until the centre told it.
    fn new(settings: Settings, own: &TimeZone) -> Self {
        let told = (settings.version > 0).then(|| TimeZone::get(&settings.zone).ok()).flatten();
        let holidays = settings.holidays.iter().map(|h| h.date).collect();
        let calendar = Calendar { zone: told.unwrap_or_else(|| own.clone()), holidays };
        Self { book: settings.book(), calendar, settings }
    }
}

pub struct Desk {
    pub gate: GateId,
    pub journal: Journal,
    pub sync: Sync,
    pub clock: Clock,
    pub(super) key: Arc<GateKey>,
    /// Keys of the kit, and this gate's own: valid before the first settings arrive.
    pub(super) kit_keys: Vec<SiteKey>,
    pub(super) site: String,
    pub(super) done: broadcast::Sender<Done>,
    /// One exit at a time: two hands at one desk must not take one stay out twice.
    pub(super) exits: Mutex<()>,
    pub(super) tries: Tries,
    pub(super) charged: Charged,
    pub(super) post: Post,
    /// A lost ticket's fine is paid back within so many days; 0: never.
    pub(super) refund_days: u16,
    /// So many days back a paper ticket may be keyed in.
    pub(super) paper_days: u16,
    terminal: String,
    rules: RwLock<Arc<Rules>>,
}

/// Who stands at the desk and with what.
pub struct Place {
    pub gate: GateId,
    pub site: String,
    pub terminal: String,
    pub key: Arc<GateKey>,
    pub kit_keys: Vec<SiteKey>,
    pub post: Post,
    pub refund_days: u16,
    pub paper_days: u16,
}

impl Desk {
    pub fn new(place: Place, journal: Journal, sync: Sync, clock: Clock, settings: Settings) -> Self {
        let rules = Rules::new(settings, clock.zone());
        Self {
            gate: place.gate,
            journal,
            sync,
            clock,
            key: place.key,
            kit_keys: place.kit_keys,
            site: place.site,
            done: broadcast::channel(256).0,
            exits: Mutex::new(()),
            tries: Tries::default(),
            charged: Charged::default(),
            terminal: place.terminal,
            post: place.post,
            refund_days: place.refund_days,
            paper_days: place.paper_days,
            rules: RwLock::new(Arc::new(rules)),
        }
    }

    /// What happens after facts are durable.
    pub fn watch(&self) -> broadcast::Receiver<Done> {
        self.done.subscribe()
    }

    /// Whose name facts bear now; may be empty.
    pub fn operator(&self) -> String {
        self.post.operator()
    }

    fn rules(&self) -> Arc<Rules> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn settings(&self) -> Settings {
        self.rules().settings.clone()
    }

    pub(super) fn with_book<T>(&self, f: impl FnOnce(&Settings, &TariffBook) -> T) -> T {
        let rules = self.rules();
        f(&rules.settings, &rules.book)
    }

    /// The tariffs, and the site's calendar that they are reckoned with.
    pub(super) fn with_tariffs<T>(&self, f: impl FnOnce(&TariffBook, &Calendar) -> T) -> T {
        let rules = self.rules();
        f(&rules.book, &rules.calendar)
    }

    /// The centre's newer settings hold from now on.
    pub fn adopt(&self, settings: Settings) {
        let rules = Rules::new(settings, self.clock.zone());
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// The site's code; empty before the first enrolment.
    pub(super) fn site_code(&self) -> String {
        if self.site.is_empty() { self.rules().settings.site.clone() } else { self.site.clone() }
    }

    pub(super) fn origin(&self, tariff: u32) -> Origin {
        Origin {
            site: self.site_code(),
            gate: self.gate.clone(),
            terminal: self.terminal.clone(),
            operator: self.operator(),
            shift: self.post.shift_of_facts(),
            tariff,
            config: self.rules().settings.version,
        }
    }

    /// Writes what a request asks for; the answer comes when it is durable. `tried` is its earlier try, whose id the draft
    /// bears: what that one wrote is what happened, and the answer's fact is it.
    pub(super) async fn record(
        &self,
        thing: Thing,
        tried: Option<Try>,
        mut draft: Draft,
        warnings: &mut Vec<Warning>,
    ) -> Result<Recorded, Refusal> {
        let selling = match self.selling().await {
            Ok(selling) => selling,
            Err(why) => {
                // Its earlier try is still open.
                tried.into_iter().for_each(|open| self.tries.keep(thing.clone(), open));
                return Err(why);
            }
        };
        self.of_this_shift(&selling, &mut draft);
        self.write(thing, tried, draft, warnings).await
    }

    /// The same for what opens and closes shifts.
    pub(super) async fn write(
        &self,
        thing: Thing,
        tried: Option<Try>,
        draft: Draft,
        warnings: &mut Vec<Warning>,
    ) -> Result<Recorded, Refusal> {
        let this = tried.clone().unwrap_or_else(|| Try::new(draft.id, draft.stamp.clone()));
        let written = match tried {
            None => self.journal.record(draft).await,
            Some(earlier) => self.journal.record_again(draft, earlier.refused).await,
        };
        self.settle(thing, this, written, warnings)
    }

    /// Keeps a try whose outcome nobody knows, and says what became of it.
    pub(super) fn settle(
        &self,
        thing: Thing,
        this: Try,
        written: Result<Recorded, JournalError>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Recorded, Refusal> {
        if let Err(e) = &written
            && let Some(open) = this.after(e)
        {
            self.tries.keep(thing, open);
        }
        self.told(written, warnings)
    }

    pub(super) fn told(
        &self,
        written: Result<Recorded, JournalError>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Recorded, Refusal> {
        match written {
            Ok(recorded) => {
                if recorded.stores != Stores::All {
                    warnings.push(Warning::OneStoreOnly);
                }
                self.sync.wake();
                Ok(recorded)
            }
            Err(JournalError::Gone) => Err(Refusal::OutcomeUnknown("jurnal berhenti".into())),
            Err(e) => {
                tracing::error!(target: "gate", error = %e, "tidak tersimpan");
                Err(Refusal::Storage(e.to_string()))
            }
        }
    }

    /// A fact that belongs to no request (a photo, a note).
    pub async fn record_event(&self, event: Event) -> Result<Recorded, Refusal> {
        let stamp = self.clock.stamp();
        self.record_as(fresh_id(&stamp), stamp, event).await
    }

    /// As `record_event`, under an id that was made before.
    pub(super) async fn record_as(&self, id: Uuid, stamp: Stamp, event: Event) -> Result<Recorded, Refusal> {
        let tariff = self.with_book(|_, book| book.version_at(stamp.at.timestamp()));
        let origin = self.origin(tariff);
        let mut draft = Draft { id, origin, stamp, event, personal: Vec::new(), stay: None };
        // No sale: it is written also while nobody knows whether the shift is closed.
        let open = self.post.books.read().await;
        self.of_this_shift(&open, &mut draft);
        let written = self.journal.record(draft).await;
        self.told(written, &mut Vec::new())
    }

    /// The QR of a stay again: the same claim, signed by this gate.
    pub async fn qr_of(&self, stay: Uuid) -> Option<(String, String)> {
        let stay = self.journal.by_stay(stay).await.ok().flatten()?;
        let claim = self.with_book(|settings, _| claim_of(&stay, settings));
        Some((stay.ticket, qr::write(&self.site_code(), &self.key, &claim)))
    }
}

/// What a stay's QR says of it.
pub(super) fn claim_of(stay: &Stay, settings: &Settings) -> Claim {
    Claim {
        stay: stay.stay,
        class: qr::class_place(&settings.classes, &stay.class),
        tariff: u16::try_from(stay.tariff).unwrap_or(u16::MAX),
        plate: stay.plate.clone(),
    }
}
