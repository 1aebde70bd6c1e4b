//! Duplicates: what people of the centre ask and decide, by the command line and by the admin's screen. A decision is
//! a set of facts of gate PUSAT, made once; an answer that never came is asked for again with the same facts.

mod commands;

pub use commands::run;

use super::gate::clock::{Clock, fresh_id};
use super::gate::{machine_name, target};
use super::kit::Kit;
use crate::central::{Central, CentralError, ErrorClass, Recorded, Target};
use crate::config::Config;
use crate::domain::duplicates::{self, Found, Group, Search};
use crate::domain::fact::{FactError, Origin};
use crate::domain::ids::GateId;
use crate::domain::kinds::Event;
use crate::domain::link::DownReason;
use jiff::{Timestamp, ToSpan};
use std::time::Duration;
use uuid::Uuid;

const LIMIT: Duration = Duration::from_secs(4);
/// A search over months takes a while; the server gives up after thirty.
const SEARCH: Duration = Duration::from_secs(32);
const TRIES: u32 = 3;
const AGAIN: Duration = Duration::from_millis(500);

/// Who decides, and where.
pub struct Clerk {
    target: Target,
    origin: Origin,
    clock: Clock,
}

/// Why nothing was decided, or why nobody knows.
#[derive(Debug)]
pub enum Trouble {
    /// The centre cannot be asked.
    Down(DownReason),
    /// It says no, and why.
    Refused(String),
    /// It was asked and no answer came.
    Unknown,
}

impl Trouble {
    fn of(error: &CentralError) -> Self {
        match error.class() {
            ErrorClass::Data { message, .. } => Self::Refused(message),
            _ => Self::Down(error.reason()),
        }
    }
}

impl From<FactError> for Trouble {
    fn from(error: FactError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// The last two days and what bears tomorrow's date.
pub fn recent(now: Timestamp) -> Search {
    Search {
        from: now.saturating_sub(48.hours()).unwrap_or(now),
        to: now.saturating_add(24.hours()).unwrap_or(now),
        class: None,
        filter: String::new(),
        limit: 100,
        group: String::new(),
    }
}

/// The centre itself, and the person who speaks for it.
pub(super) fn centre_origin(config: &Config, kit: &Kit) -> Result<Origin, crate::domain::ids::BadGateId> {
    let named = config.gate.operator.trim();
    let person = std::env::var("USER").ok().filter(|_| named.is_empty()).unwrap_or_else(|| named.to_owned());
    let operator = if person.is_empty() { kit.login.clone() } else { person };
    Ok(Origin {
        site: kit.site.clone(),
        gate: GateId::parse(GateId::CENTRE)?,
        terminal: machine_name(),
        operator: operator.chars().take(64).collect(),
        shift: None,
        tariff: 0,
        config: 0,
    })
}

impl Clerk {
    pub fn new(config: &Config, kit: &Kit) -> Result<Self, crate::domain::ids::BadGateId> {
        let origin = centre_origin(config, kit)?;
        Ok(Self { target: target(config, kit), origin, clock: Clock::new(config.site.timezone.clone()) })
    }

    async fn connect(&self) -> Result<Central, CentralError> {
        Central::connect(&self.target, "parkir-duplicates", LIMIT).await
    }

    pub async fn find(&self, search: &Search) -> Result<Found, Trouble> {
        let central = self.connect().await.map_err(|e| Trouble::of(&e))?;
        central.duplicates(search, SEARCH).await.map_err(|e| Trouble::of(&e))
    }

    /// Sets aside all of a group but the kept one, or those chosen.
    pub async fn remove(&self, group: &Group, chosen: &[Uuid], reason: &str) -> Result<Recorded, Removal> {
        let events = group.removal(chosen, reason).map_err(Removal::Refused)?;
        self.decide(false, &events).await.map_err(Removal::Trouble)
    }

    /// Takes back what sets a group aside. Nothing does: nothing recorded.
    pub async fn undo(&self, group: Uuid, reason: &str) -> Result<Recorded, Trouble> {
        let central = self.connect().await.map_err(|e| Trouble::of(&e))?;
        let standing = central.duplicate_facts(group, LIMIT).await.map_err(|e| Trouble::of(&e))?;
        if standing.is_empty() {
            return Ok(Recorded { inserted: 0, already: 0 });
        }
        self.decide(true, &duplicates::undoing(&standing, reason)).await
    }

    async fn decide(&self, undo: bool, events: &[Event]) -> Result<Recorded, Trouble> {
        let stamp = self.clock.stamp();
        let ids: Vec<Uuid> = events.iter().map(|_| fresh_id(&stamp)).collect();
        let facts = duplicates::facts(events, &ids, fresh_id(&stamp), &self.origin, &stamp)?;
        let mut sent = false;
        for again in 0..TRIES {
            if again > 0 {
                tokio::time::sleep(AGAIN).await;
            }
            let central = match self.connect().await {
                Ok(central) => central,
                Err(error) if !sent => return Err(Trouble::of(&error)),
                Err(_) => continue,
            };
            sent = true;
            match central.decide(undo, &facts, LIMIT).await {
                Ok(recorded) => return Ok(recorded),
                Err(error) if error.class() == ErrorClass::Connection => {
                    tracing::warn!(target: "admin", %error, "keputusan duplikat dikirim lagi");
                }
                Err(error) => return Err(Trouble::of(&error)),
            }
        }
        Err(Trouble::Unknown)
    }
}

/// Why a group was not set aside.
#[derive(Debug)]
pub enum Removal {
    Refused(duplicates::Refused),
    Trouble(Trouble),
}
