//! Outcomes nobody knows: an I/O error at the commit, planted at the one place where SQLite would say it.

use super::open::{self, Options};
use super::store::Plant;
use super::{JournalError, keeper::*, verify};
use crate::domain::fact::{Origin, Sealed, Stamp};
use crate::domain::ids::GateId;
use crate::domain::kinds::{Entered, Event};
use crate::domain::seal::GateKey;
use jiff::Zoned;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn folder() -> Folder {
    let path = std::env::temp_dir().join(format!("parkir-outcome-{}", Uuid::now_v7()));
    std::fs::create_dir_all(&path).unwrap();
    Folder(path)
}

fn origin() -> Origin {
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

fn stamp() -> Stamp {
    Stamp { at: Zoned::now(), mono_ms: 1, boot: Uuid::nil(), clock: None }
}

fn begun(dir: &Path) -> Keeper {
    let key = Arc::new(GateKey::from_seed(&[9; 32]).unwrap());
    let (epoch, started) = (Uuid::now_v7(), Uuid::now_v7());
    let mut keeper =
        open::keeper(&Options { dir: dir.to_owned(), key, origin: origin(), stamp: stamp(), epoch, started })
            .unwrap();
    keeper.begin_epoch(started, origin(), stamp(), None).unwrap();
    keeper
}

fn entry(id: Uuid) -> Draft {
    let (ticket, class, source) = (String::new(), "mobil".into(), "operator".into());
    let event = Event::Entered(Entered { ticket, class, source, tariff: 0, paper: None, prepaid: None });
    Draft { id, origin: origin(), stamp: stamp(), event, personal: vec![], stay: None }
}

fn faults(dir: &Path) -> Vec<super::Fault> {
    verify(dir, Some(&GateKey::from_seed(&[9; 32]).unwrap().public())).unwrap().faults
}

#[test]
fn a_commit_that_was_reported_as_failed_and_is_there_is_found_by_its_id() {
    let folder = folder();
    let mut keeper = begun(&folder.0);
    let (id, before) = (Uuid::now_v7(), keeper.chain.epoch);
    keeper.store.as_mut().unwrap().plant = Plant::After;
    let recorded = keeper.record(entry(id)).unwrap();
    assert_eq!((recorded.stores, recorded.sealed.seq), (Stores::All, 2));
    let next = keeper.record(entry(Uuid::now_v7())).unwrap();
    assert_eq!((next.sealed.epoch, next.sealed.seq), (before, 3), "nothing was unknown in the end");
    assert_eq!(faults(&folder.0), vec![]);
}

#[test]
fn a_commit_that_failed_is_tried_once_more_with_the_same_id() {
    let folder = folder();
    let mut keeper = begun(&folder.0);
    keeper.store.as_mut().unwrap().plant = Plant::Before;
    let id = Uuid::now_v7();
    let recorded = keeper.record(entry(id)).unwrap();
    assert_eq!((recorded.stores, recorded.sealed.fact.id(), recorded.sealed.seq), (Stores::All, id, 2));
    assert_eq!(faults(&folder.0), vec![]);
}

/// Neither the journal nor a spool file can be opened any more.
fn block(dir: &Path, keeper: &mut Keeper) -> PathBuf {
    let real = keeper.path.clone();
    // No folder can be made where a file is.
    std::fs::write(dir.join("berkas"), "").unwrap();
    keeper.path = dir.join("berkas/journal.db");
    keeper.spool = super::spool::Spool::new(&dir.join("berkas"));
    real
}

/// The fact as it was sealed for a try that was refused.
fn refused(told: Result<Recorded, JournalError>) -> Sealed {
    match told {
        Err(JournalError::Unsaved(sealed, _)) => *sealed,
        other => panic!("{other:?}: nothing is shown as saved"),
    }
}

#[test]
fn an_outcome_that_stays_unknown_closes_the_epoch_and_the_retry_is_the_same_fact() {
    for (plant, between) in [Plant::After, Plant::Before].into_iter().flat_map(|p| [(p, false), (p, true)]) {
        let folder = folder();
        let mut keeper = begun(&folder.0);
        let (id, first) = (Uuid::now_v7(), keeper.chain.epoch);
        keeper.store.as_mut().unwrap().plant = plant;
        let real = block(&folder.0, &mut keeper);
        let refused = refused(keeper.record(entry(id)));
        let again = keeper.record_again(entry(id), Some(&refused));
        assert!(matches!(again, Err(JournalError::Unsaved(..))), "{again:?}: nothing is shown as saved");
        keeper.path = real;
        keeper.spool = super::spool::Spool::new(&folder.0);
        // Others come between, and begin an epoch: whose the id is does not depend on that.
        if between {
            assert_ne!(keeper.record(entry(Uuid::now_v7())).unwrap().sealed.epoch, first);
        }
        let again = keeper.record_again(entry(id), Some(&refused)).unwrap();
        let kept = matches!(plant, Plant::After);
        assert_eq!((again.sealed.fact.id(), again.again), (id, kept));
        assert_eq!(again.sealed.epoch == first, kept, "what was written is what happened; else a new epoch");
        let number = again.sealed.fact.content.body["ticket"].as_str().map(str::to_owned);
        assert_eq!(again.ticket, number, "one number, whenever it was given");
        let next = keeper.record(entry(Uuid::now_v7())).unwrap();
        assert_ne!(next.sealed.epoch, first);
        drop(keeper);
        let audit = verify(&folder.0, None).unwrap();
        assert_eq!((audit.faults, audit.epochs), (vec![], 2));
    }
}

#[test]
fn while_the_journal_cannot_say_the_next_try_is_the_very_fact_that_may_stand_there() {
    for plant in [Plant::After, Plant::Before] {
        let folder = folder();
        let mut keeper = begun(&folder.0);
        let id = Uuid::now_v7();
        keeper.store.as_mut().unwrap().plant = plant;
        let real = block(&folder.0, &mut keeper);
        let first = refused(keeper.record(entry(id)));
        keeper.spool = super::spool::Spool::new(&folder.0);
        let again = keeper.record_again(entry(id), Some(&first)).unwrap();
        assert_eq!((again.stores, &again.sealed), (Stores::SpoolOnly, &first));
        // The journal comes back, with the row or without it.
        keeper.path = real;
        keeper.reopen_at = std::time::Instant::now();
        keeper.bring_in_strays();
        let stored = keeper.store.as_ref().unwrap().envelope(id).unwrap().unwrap();
        assert_eq!(serde_json::from_str::<Sealed>(&stored).unwrap(), first);
        assert_eq!(keeper.counts.pending(), 2, "it, and what began the epoch");
        drop(keeper);
        assert_eq!(faults(&folder.0), vec![]);
    }
}

#[test]
fn what_only_came_to_life_is_durable_before_it_is_told() {
    let folder = folder();
    let mut keeper = begun(&folder.0);
    let id = Uuid::now_v7();
    // Somebody reads the WAL, so that it cannot be written back, and no file can be written either.
    let reader = rusqlite::Connection::open(&keeper.path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM fact").unwrap();
    keeper.store.as_mut().unwrap().plant = Plant::After;
    let real = block(&folder.0, &mut keeper);
    let first = refused(keeper.record(entry(id)));
    keeper.path = real;
    let again = keeper.record_again(entry(id), Some(&first));
    assert!(matches!(again, Err(JournalError::Unsaved(..))), "{again:?}");
    // A file is enough; so is the WAL written back.
    keeper.spool = super::spool::Spool::new(&folder.0);
    assert_eq!(keeper.record_again(entry(id), Some(&first)).unwrap().stores, Stores::All);
    assert!(keeper.spool.holds(&first) && keeper.wal_in_doubt);
    drop(reader);
    assert_eq!(keeper.record_again(entry(id), Some(&first)).unwrap().sealed, first);
    assert!(!keeper.wal_in_doubt);
}

#[test]
fn no_file_leaves_while_a_power_cut_could_take_its_row() {
    let folder = folder();
    let mut keeper = begun(&folder.0);
    let reader = rusqlite::Connection::open(&keeper.path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM fact").unwrap();
    let id = Uuid::now_v7();
    keeper.store.as_mut().unwrap().plant = Plant::After;
    let sealed = keeper.record(entry(id)).unwrap().sealed;
    assert!(keeper.wal_in_doubt && keeper.spool.holds(&sealed), "the file is all that is certain");
    // The centre has it.
    keeper.leaving.push_back(super::spool::Spool::name(&sealed));
    let now = |keeper: &mut Keeper| {
        keeper.reopen_at = std::time::Instant::now();
        keeper.remove_some(64, std::time::Duration::MAX)
    };
    assert_eq!((now(&mut keeper), keeper.spool.holds(&sealed)), (0, true));
    drop(reader);
    assert_eq!((now(&mut keeper), keeper.spool.holds(&sealed)), (1, false));
    assert!(!keeper.wal_in_doubt);
}

/// A comparison must not make a recording wait: its epochs are found over the index, however many facts there are.
#[test]
fn epochs_are_found_without_reading_every_row() {
    let folder = folder();
    let mut keeper = begun(&folder.0);
    let mut epochs = vec![keeper.chain.epoch];
    for _ in 0..3 {
        keeper.record(entry(Uuid::now_v7())).unwrap();
        keeper.chain.broken = true;
        keeper.record(entry(Uuid::now_v7())).unwrap();
        epochs.push(keeper.chain.epoch);
    }
    let conn = &keeper.store.as_ref().unwrap().conn;
    let plan = format!("EXPLAIN QUERY PLAN {}", super::ranges::NEXT_EPOCHS);
    let mut plan = conn.prepare(&plan).unwrap();
    let steps: Vec<String> =
        plan.query_map([vec![0; 16], vec![]], |r| r.get(3)).unwrap().map(Result::unwrap).collect();
    let facts: Vec<&String> = steps.iter().filter(|s| s.contains(" fact") || s.contains(" f ")).collect();
    assert!(facts.len() >= 5 && facts.iter().all(|s| s.starts_with("SEARCH")), "{steps:#?}");
    drop(plan);

    // One adopted fact in an epoch of its own is nobody's range.
    let adopted = Uuid::now_v7();
    let sql = "INSERT INTO fact (epoch, seq, id, kind, own, link, envelope)
        SELECT ?1, 1, ?1, kind, 0, link, envelope FROM fact LIMIT 1";
    conn.execute(sql, [adopted.as_bytes().as_slice()]).unwrap();
    epochs.sort();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let found = keeper.epochs(after).unwrap();
        let Some(last) = found.last() else { break };
        after = Some(last.0);
        seen.extend(found);
    }
    let own: Vec<Uuid> = seen.iter().filter(|(_, bounds)| bounds.is_some()).map(|(epoch, _)| *epoch).collect();
    assert_eq!((own, seen.len()), (epochs, 5));
    assert!(seen.iter().all(|(epoch, bounds)| (*epoch == adopted) == bounds.is_none()));
    assert!(seen.iter().any(|(_, bounds)| *bounds == Some((1, 2))), "{seen:?}");
}

/// Another life of the centre is remembered only when what was adopted waits again.
#[test]
fn a_restore_is_not_forgotten_with_a_journal_that_could_not_be_written() {
    let folder = folder();
    let mut keeper = begun(&folder.0);
    let conn = &keeper.store.as_ref().unwrap().conn;
    let sql = "INSERT INTO fact (epoch, seq, id, kind, own, link, envelope)
        SELECT ?1, 1, ?1, kind, 0, link, envelope FROM fact LIMIT 1";
    conn.execute(sql, [Uuid::now_v7().as_bytes().as_slice()]).unwrap();
    let acked = |keeper: &Keeper| keeper.store.as_ref().unwrap().conn.execute("DELETE FROM outbox", []).unwrap();
    assert_eq!(keeper.reopen_adopted("first", None).unwrap(), 1);
    acked(&keeper);
    assert_eq!(keeper.reopen_adopted("first", None).unwrap(), 0);
    let store = keeper.store.take();
    assert!(keeper.reopen_adopted("restored", None).is_err());
    keeper.store = store;
    // With the replica gone meanwhile, too.
    keeper.replica = super::replica::Replica::open(&folder.0.join("another.db")).unwrap();
    assert_eq!(keeper.reopen_adopted("restored", None).unwrap(), 1);
    acked(&keeper);
    assert_eq!(keeper.reopen_adopted("restored", None).unwrap(), 0);
}
