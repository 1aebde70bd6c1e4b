//! A backlog as an outage leaves it.
#![allow(clippy::unwrap_used)]

use parkir::app::gate::clock::{Clock, fresh_id};
use parkir::app::kit::Kit;
use parkir::domain::fact::Origin;
use parkir::domain::ids::GateId;
use parkir::domain::kinds::{Entered, Event};
use parkir::domain::stay::{State, Stay};
use parkir::journal::{Draft, Journal, Options};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Vehicles inside at a time.
const INSIDE: usize = 400;

fn stay_of(gate: &str, id: Uuid, plate: &str, at: jiff::Timestamp) -> Stay {
    Stay {
        stay: id,
        ticket: String::new(),
        plate: Some(plate.to_owned()),
        class: "mobil".into(),
        entered_at: at,
        entered_gate: gate.into(),
        operator: "budi".into(),
        tariff: 1,
        prepaid: None,
        state: State::Inside,
        version: 1,
    }
}

/// A journal with `facts` entries and exits of an outage, their spool files beside it. Made in memory, where a
/// thousand fsyncs cost nothing; recorded by the real keeper.
pub async fn outage(dir: &Path, gate: &str, kit: &Kit, facts: usize) {
    let clock = Clock::new(jiff::tz::TimeZone::get("Asia/Jakarta").unwrap());
    let origin = Origin {
        site: kit.site.clone(),
        gate: GateId::parse(gate).unwrap(),
        terminal: "pc-uji".into(),
        operator: "budi".into(),
        shift: None,
        tariff: 1,
        config: 1,
    };
    let stamp = clock.stamp();
    let journal = Journal::open(Options {
        dir: dir.to_owned(),
        key: kit.key.clone().unwrap(),
        origin: origin.clone(),
        epoch: fresh_id(&stamp),
        started: fresh_id(&stamp),
        stamp,
    })
    .unwrap();
    journal.set_link(false, true);
    let mut inside = VecDeque::new();
    for n in 0..facts {
        let stamp = clock.stamp();
        let id = fresh_id(&stamp);
        let plate = format!("B{}XYZ", 1000 + n % 9000);
        let gone = if inside.len() > INSIDE && n % 2 == 0 { inside.pop_front() } else { None };
        let (event, stay) = match gone {
            Some(stay) => (crate::support::left(stay, 5000), None),
            None => {
                inside.push_back(id);
                let (ticket, source) = (String::new(), "operator".to_owned());
                let entered =
                    Entered { ticket, class: "mobil".into(), source, tariff: 1, paper: None, prepaid: None };
                (Event::Entered(entered), Some(stay_of(gate, id, &plate, stamp.at.timestamp())))
            }
        };
        let personal = vec![("plate", plate.clone()), ("typed", plate)];
        journal.record(Draft { id, origin: origin.clone(), stamp, event, personal, stay }).await.unwrap();
    }
}

/// From memory to the disk, flushed.
pub fn bring(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let done = std::process::Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status().unwrap();
    assert!(done.success());
    std::process::Command::new("sync").status().unwrap();
}

pub fn memory() -> PathBuf {
    let shm = PathBuf::from("/dev/shm");
    if shm.is_dir() { shm } else { std::env::temp_dir() }
}
