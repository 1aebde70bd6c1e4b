//! Who stands at the desk, and whose shift it is: logins by PIN from what was heard last, with or without the centre;
//! shifts opened, counted and closed as facts.

use super::clock::fresh_id;
use super::desk::{Desk, Done};
use super::lockout::Lockout;
use super::tries::Thing;
use crate::central::{Central, Target};
use crate::config;
use crate::domain::cash::Count;
use crate::domain::desk::Refusal;
use crate::domain::duty::{Duty, Reckoned};
use crate::domain::fact::{Origin, Stamp};
use crate::domain::kinds::{Event, ShiftOpened, kind};
use crate::domain::money::Rupiah;
use crate::domain::operator::{self, Denial, Granted, Operator, Role};
use crate::domain::secret::Secret;
use crate::domain::shift::{CASH_COUNTED, Closing, Handed, OpenShift, Totals, standing};
use crate::domain::shift_slip::ShiftSlip;
use crate::journal::{Draft, Recorded};
use argon2::{PasswordHash, PasswordVerifier};
use jiff::Timestamp;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

const PIN_LIMIT: Duration = Duration::from_secs(4);

/// Who proved himself at which journal of this process: who goes from one screen to another is not asked again.
static PROVEN: Mutex<Option<(PathBuf, Granted)>> = Mutex::new(None);

#[derive(Default)]
struct State {
    /// The one whose name facts bear.
    operator: String,
    proven: Option<Granted>,
    shift: Option<OpenShift>,
    handed: Option<Handed>,
    /// What was counted, and when: the closing holds this and nothing else.
    counted: Option<Count>,
    /// The outcome of a closing is not known: it is asked for again before anything is sold.
    closing: bool,
    /// A PIN that was changed here, by its owner and the version it replaced; until the settings say so too.
    changed: Option<(String, u32)>,
}

/// The desk's memory of who works at it.
pub struct Post {
    dir: PathBuf,
    target: Option<Target>,
    /// Machines do not log in.
    pub(super) headless: bool,
    /// `[gate] shifts`.
    pub(super) shifts: Option<bool>,
    /// One opening or closing at a time.
    turn: tokio::sync::Mutex<()>,
    /// Read while something is sold, written while a shift ends (`turn`).
    pub(super) books: tokio::sync::RwLock<()>,
    state: Mutex<State>,
    lockout: Lockout,
}

impl Post {
    /// `dir` is `offline_data`. Whom the configuration names is trusted until somebody logs in.
    pub fn new(dir: &Path, gate: &config::Gate, target: Option<Target>, headless: bool) -> Self {
        let proven = PROVEN.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let proven = proven.filter(|(at, _)| at == dir).map(|(_, granted)| granted);
        let operator = proven.as_ref().map_or_else(|| gate.operator.clone(), |granted| granted.name.clone());
        let state = State { operator, proven, ..State::default() };
        let lockout = Lockout::open(dir);
        Self {
            dir: dir.to_owned(),
            target,
            headless,
            shifts: gate.shifts,
            turn: tokio::sync::Mutex::default(),
            books: tokio::sync::RwLock::default(),
            state: Mutex::new(state),
            lockout,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, granted: Option<Granted>) {
        let kept = granted.clone().map(|granted| (self.dir.clone(), granted));
        *PROVEN.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        let mut state = self.lock();
        if let Some(granted) = &granted {
            state.operator.clone_from(&granted.name);
        }
        (state.proven, state.counted) = (granted, None);
    }

    /// Who proved himself here.
    pub(super) fn proven(&self) -> Option<Granted> {
        self.lock().proven.clone()
    }

    /// Where the centre is; none before enrolment.
    pub(super) fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }

    pub fn operator(&self) -> String {
        self.lock().operator.clone()
    }

    pub fn shift(&self) -> Option<OpenShift> {
        self.lock().shift.clone()
    }

    /// The shift that facts name now: none while nobody knows whether it is closed.
    pub(super) fn shift_of_facts(&self) -> Option<Uuid> {
        let state = self.lock();
        state.shift.as_ref().filter(|_| !state.closing).map(|shift| shift.id)
    }

    pub(super) fn is_closing(&self) -> bool {
        self.lock().closing
    }
}

/// Whether a PIN is the one a hash was made from; runs for a tenth of a second or more.
fn verifies(hash: &str, pin: &Secret) -> Result<bool, Denial> {
    let hash = PasswordHash::new(hash).map_err(|_| Denial::Unreadable)?;
    Ok(argon2::Argon2::default().verify_password(pin.reveal().as_bytes(), &hash).is_ok())
}

/// The same on a thread of its own: no screen waits for it.
async fn verify(person: &Operator, pin: Secret) -> Result<bool, Denial> {
    let hash = person.pin.phc().to_owned();
    tokio::task::spawn_blocking(move || verifies(&hash, &pin)).await.map_err(|_| Denial::Unreadable)?
}

impl Desk {
    /// Takes up what the journal says: a power cut ends no shift.
    pub async fn resume_shift(&self) {
        match self.journal.shift_marks().await {
            Ok(marks) => {
                let mut state = self.post.lock();
                (state.shift, state.handed) = standing(&marks);
                if let Some(shift) = &state.shift
                    && state.proven.is_none()
                    && !self.post.headless
                {
                    state.operator = shift.operator.clone();
                }
            }
            Err(e) => tracing::warn!(target: "gate", error = %e, "shift tidak terbaca dari jurnal"),
        }
    }

    /// What the screen has to know of people and shifts.
    pub fn duty(&self) -> Duty {
        let people = self.settings().operators;
        let up = self.sync.link.borrow().link.is_up();
        let state = self.post.lock();
        let proven = state.proven.as_ref().and_then(|granted| operator::named(&people, &granted.name));
        let due = proven.is_some_and(|person| {
            person.must_change && state.changed != Some((person.name.clone(), person.version))
        });
        Duty {
            people: people.iter().map(|person| (person.name.clone(), person.role)).collect(),
            operator: state.operator.clone(),
            locked: !self.post.headless && !people.is_empty() && proven.is_none(),
            change_pin: due && up && self.post.target.is_some(),
            shift: state.shift.clone(),
            handed: state.handed.clone(),
        }
    }

    /// Who it is, by what this terminal heard last. Every wrong PIN counts, also behind a restart.
    async fn prove(&self, name: &str, pin: Secret) -> Result<Granted, Denial> {
        let settings = self.settings();
        let person = operator::named(&settings.operators, name).ok_or(Denial::Unknown)?;
        self.post.lockout.begin(&person.name).map_err(|wait| Denial::TooSoon { wait })?;
        if !verify(person, pin).await? {
            let wait = self.post.lockout.wait(&person.name);
            tracing::warn!(target: "gate", name = person.name, wait, "PIN salah");
            return Err(Denial::WrongPin { wait });
        }
        self.post.lockout.right(&person.name);
        let offline = !self.sync.link.borrow().link.is_up();
        Ok(Granted { name: person.name.clone(), role: person.role, offline, must_change: person.must_change })
    }

    /// Somebody takes his place here.
    pub async fn login(&self, name: &str, pin: Secret) -> Result<Granted, Denial> {
        let granted = self.prove(name, pin).await?;
        tracing::info!(target: "gate", name = granted.name, role = granted.role.word(), offline = granted.offline,
            "petugas masuk");
        self.post.remember(Some(granted.clone()));
        self.sync.works_here(&granted.name);
        Ok(granted)
    }

    /// Whether this is a supervisor, for what only one may allow; the operator at the desk stays who he is.
    pub async fn check_supervisor(&self, name: &str, pin: Secret) -> Result<Granted, Denial> {
        let granted = self.prove(name, pin).await?;
        if granted.role < Role::Supervisor {
            return Err(Denial::NotSupervisor);
        }
        Ok(granted)
    }

    /// The screen is locked; the shift stays open.
    pub fn lock(&self) {
        self.post.remember(None);
    }

    /// A new PIN instead of one that a revoked gate held. The centre has to take it.
    pub async fn change_pin(&self, pin: Secret) -> Result<(), Denial> {
        let settings = self.settings();
        let proven = self.post.lock().proven.clone().ok_or(Denial::Unknown)?;
        let person = operator::named(&settings.operators, &proven.name).ok_or(Denial::Unknown)?;
        if !operator::pin_is_fit(pin.reveal()) || verify(person, pin.clone()).await? {
            return Err(Denial::NewPinUnfit);
        }
        let hash = tokio::task::spawn_blocking(move || crate::app::pin::hash(&pin)).await;
        let hash = hash.ok().and_then(Result::ok).ok_or(Denial::Unreadable)?;
        let target = self.post.target.as_ref().ok_or(Denial::NewPinNotTaken)?;
        let taken = async {
            let central = Central::connect(target, "parkir-pin", PIN_LIMIT).await?;
            central.change_pin(&person.name, person.version, &hash, PIN_LIMIT).await
        };
        match taken.await {
            Ok(true) => {
                self.post.lock().changed = Some((person.name.clone(), person.version));
                self.sync.pull();
                Ok(())
            }
            Ok(false) => Err(Denial::NewPinNotTaken),
            Err(e) => {
                tracing::warn!(target: "gate", error = %e, "PIN baru belum diterima pusat");
                Err(Denial::NewPinNotTaken)
            }
        }
    }

    fn draft(&self, shift: Uuid, stamp: Stamp, id: Uuid, event: Event) -> Draft {
        let tariff = self.with_book(|_, book| book.at(stamp.at.timestamp()).version);
        let origin = Origin { shift: Some(shift), ..self.origin(tariff) };
        Draft { id, origin, stamp, event, personal: Vec::new(), stay: None }
    }

    async fn record_mark(&self, thing: Thing, shift: Option<Uuid>, event: Event) -> Result<Recorded, Refusal> {
        let tried = self.tries.take(&thing);
        let stamp = tried.as_ref().map_or_else(|| self.clock.stamp(), |first| first.stamp.clone());
        let id = tried.as_ref().map_or_else(|| fresh_id(&stamp), |first| first.id);
        let draft = self.draft(shift.unwrap_or(id), stamp, id, event);
        self.write(thing, tried, draft, &mut Vec::new()).await
    }

    /// A shift begins. Cash that the last one left is accepted with it: `float` is what was found.
    pub async fn open_shift(&self, float: Rupiah) -> Result<(), Refusal> {
        let _one_at_a_time = self.post.turn.lock().await;
        let _nothing_is_sold = self.post.books.write().await;
        self.open_now(float).await
    }

    async fn open_now(&self, float: Rupiah) -> Result<(), Refusal> {
        let trust = {
            let state = self.post.lock();
            if state.shift.is_some() {
                return Ok(());
            }
            match &state.proven {
                None => "config",
                Some(granted) if granted.must_change => "pin_due",
                Some(_) => "pin",
            }
        };
        let handed = self.post.lock().handed.clone();
        let event = Event::ShiftOpened(ShiftOpened {
            float,
            trust: trust.into(),
            from_shift: handed.as_ref().map(|handed| handed.shift),
            accepted: handed.as_ref().map(|_| float),
            left: handed.map(|handed| handed.left),
        });
        let recorded = self.record_mark(Thing::ShiftOpened, None, event).await?;
        let marks = [recorded.sealed.fact.content];
        let mut state = self.post.lock();
        (state.shift, state.handed) = (standing(&marks).0, None);
        Ok(())
    }

    fn open(&self) -> Result<OpenShift, Refusal> {
        self.post.shift().ok_or(Refusal::NoShift)
    }

    async fn totals(&self, shift: Uuid) -> Result<Totals, Refusal> {
        let facts = self.journal.shift_facts(shift).await;
        Ok(Totals::of(&facts.map_err(|e| Refusal::Storage(e.to_string()))?))
    }

    /// Takes a blind count down, and only then tells how much it should be. A count is a fact of its own: whoever counts
    /// again has counted twice.
    pub async fn count_cash(&self, count: Count) -> Result<Reckoned, Refusal> {
        let shift = self.open()?;
        let body = json!({"what": CASH_COUNTED, "counted": count.total(), "pieces": count});
        let event = Event::Other { kind: kind::NOTE.into(), body };
        self.record_event(event).await?;
        let expected = self.totals(shift.id).await?.expected(shift.float);
        let counted = count.total();
        self.post.lock().counted = Some(count);
        Ok(Reckoned { counted, expected })
    }

    /// Closes the shift that is open: with the count that was taken down, or without one where nobody counts.
    pub async fn close_shift(&self, reason: &str, how: &str) -> Result<ShiftSlip, Refusal> {
        let _one_at_a_time = self.post.turn.lock().await;
        let _nothing_is_sold = self.post.books.write().await;
        self.close_now(reason, how).await
    }

    /// The same, and the next one begins with what is left: nothing is sold between them.
    pub async fn next_shift(&self, reason: &str, how: &str) -> Result<ShiftSlip, Refusal> {
        let _one_at_a_time = self.post.turn.lock().await;
        let _nothing_is_sold = self.post.books.write().await;
        let slip = self.close_now(reason, how).await?;
        let float = self.post.lock().handed.as_ref().map_or(Rupiah::ZERO, |handed| handed.left);
        if let Err(e) = self.open_now(float).await {
            tracing::warn!(target: "gate", error = %e, "shift belum dibuka");
        }
        Ok(slip)
    }

    async fn close_now(&self, reason: &str, how: &str) -> Result<ShiftSlip, Refusal> {
        let shift = self.open()?;
        let count = self.post.lock().counted.clone();
        let now = self.clock.now();
        let closing = Closing {
            totals: self.totals(shift.id).await?,
            shift: &shift,
            count,
            reason,
            how,
            at: &now,
            gate: self.gate.as_str(),
            waiting: self.journal.counts().pending(),
        };
        let event = Event::ShiftClosed(Box::new(closing.body()));
        let recorded = self.record_mark(Thing::ShiftClosed(shift.id), Some(shift.id), event).await;
        self.post.lock().closing = recorded.is_err();
        let recorded = recorded?;
        let fact = &recorded.sealed.fact;
        let Ok(Event::ShiftClosed(closed)) = fact.event() else {
            return Err(Refusal::OutcomeUnknown(fact.kind().to_owned()));
        };
        let zone = self.clock.zone().clone();
        let slip = ShiftSlip {
            site: self.settings().site_name,
            gate: self.gate.to_string(),
            closed_by: fact.content.operator.clone(),
            opened_at: shift.opened_at.to_zoned(zone.clone()),
            closed_at: fact.at().unwrap_or_else(|_| Timestamp::now()).to_zoned(zone),
            closed: *closed,
            seal: recorded.sealed.link().hex(),
        };
        let mark = fact.content.clone();
        {
            let mut state = self.post.lock();
            (state.shift, state.handed) = standing(&[mark]);
            state.counted = None;
        }
        if !self.post.headless {
            self.lock();
        }
        let _ = self.done.send(Done::Closed(Box::new(slip.clone())));
        Ok(slip)
    }
}
