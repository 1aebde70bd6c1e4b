//! A journal in a folder of its own, and facts to put into it.

use jiff::Zoned;
use parkir::domain::fact::{Origin, Stamp};
use parkir::domain::ids::GateId;
use parkir::domain::kinds::{Entered, Event, Left, Voided};
use parkir::domain::money::Rupiah;
use parkir::domain::seal::GateKey;
use parkir::domain::stay::{State, Stay};
use parkir::journal::{Draft, Journal, JournalError, Options, Outcome, Recorded, Scope};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("parkir-journal-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn key() -> Arc<GateKey> {
    Arc::new(GateKey::from_seed(&[9; 32]).unwrap())
}

pub fn origin() -> Origin {
    Origin {
        site: "S1".into(),
        gate: GateId::parse("A1").unwrap(),
        terminal: "pc".into(),
        operator: "budi".into(),
        shift: None,
        tariff: 0,
        config: 0,
    }
}

pub fn stamp() -> Stamp {
    Stamp { at: Zoned::now(), mono_ms: 1, boot: Uuid::nil(), clock: None }
}

pub fn options(dir: &Path) -> Options {
    Options {
        dir: dir.to_owned(),
        key: key(),
        origin: origin(),
        stamp: stamp(),
        epoch: Uuid::now_v7(),
        started: Uuid::now_v7(),
    }
}

pub fn try_open(dir: &Path) -> Result<Journal, JournalError> {
    Journal::open(options(dir))
}

/// A child that another test of this process starts holds its parent's locks until it is a program of its own.
pub fn open(dir: &Path) -> Journal {
    for _ in 0..200 {
        match try_open(dir) {
            Err(JournalError::AlreadyRunning(_)) => std::thread::sleep(std::time::Duration::from_millis(10)),
            opened => return opened.unwrap(),
        }
    }
    panic!("{} is still held", dir.display());
}

pub async fn enter(journal: &Journal, plate: &str) -> Recorded {
    try_enter(journal, Uuid::now_v7(), plate).await.unwrap()
}

pub async fn try_enter(journal: &Journal, id: Uuid, plate: &str) -> Result<Recorded, JournalError> {
    let stamp = stamp();
    let event = Event::Entered(Entered {
        ticket: String::new(),
        class: "mobil".into(),
        source: "operator".into(),
        tariff: 0,
        paper: None,
        prepaid: None,
    });
    let stay = Stay {
        stay: id,
        ticket: String::new(),
        plate: Some(plate.into()),
        class: "mobil".into(),
        entered_at: stamp.at.timestamp(),
        entered_gate: "A1".into(),
        operator: "budi".into(),
        tariff: 0,
        prepaid: None,
        state: State::Inside,
        version: 1,
    };
    let personal = vec![("plate", plate.to_owned())];
    journal.record(Draft { id, origin: origin(), stamp, event, personal, stay: Some(stay) }).await
}

/// Any fact without a stay for the replica.
pub async fn record(journal: &Journal, id: Uuid, event: Event) -> Recorded {
    let draft = Draft { id, origin: origin(), stamp: stamp(), event, personal: vec![], stay: None };
    journal.record(draft).await.unwrap()
}

pub fn left(stay: Uuid, fee: i64) -> Event {
    Event::Left(Left {
        stay,
        ticket: None,
        class: "mobil".into(),
        entered_at: "2026-11-22T07:00:00.000000+07:00".into(),
        entered_gate: Some("A1".into()),
        known: "replica".into(),
        fee: Rupiah(fee),
        lines: vec![],
        method: "tunai".into(),
        tendered: Rupiah(fee),
        change: Rupiah(0),
        receipt: None,
        tariff: 0,
        tax: None,
        lost: None,
        more: Default::default(),
        flags: vec![],
    })
}

pub fn voided(stay: Uuid, target: Uuid) -> Event {
    Event::Voided(Voided { stay, target, target_gate: "A1".into(), reason: "salah".into(), by: None })
}

/// Every waiting fact is acked.
pub async fn ack_all(journal: &Journal) {
    let rows = journal.waiting(Scope::All, i64::MIN, 5000).await.unwrap();
    journal.settle(rows.into_iter().map(|r| (r, Outcome::Acked)).collect()).await.unwrap();
    journal.files_gone().await.unwrap();
}

/// The envelopes that wait, as they would be sent.
pub async fn waiting(journal: &Journal) -> Vec<String> {
    let rows = journal.waiting(Scope::All, i64::MIN, 5000).await.unwrap();
    rows.into_iter().map(|r| r.envelope).collect()
}

pub fn spool(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|n| n.starts_with("parking_")).collect();
    names.sort();
    names
}

/// Waits until the comparison of the stores, which runs behind the first commands, has come to `done`.
pub async fn settled(mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if done().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the stores were not brought together");
}
