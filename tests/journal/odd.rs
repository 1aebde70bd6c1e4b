//! What stands in the folder, or is taken out of it, that nobody reckoned with: the gate sells, and nothing is lost.

use crate::rig::{Folder, ack_all, enter, key, open, settled, spool, try_open, waiting};
use parkir::domain::fact::Sealed;
use parkir::journal::{Begun, Books, Journal, JournalError, Stores, verify};
use std::fs;
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

fn take_away(dir: &Path, tails: &[&str]) {
    for tail in tails {
        fs::remove_file(dir.join(format!("journal.db{tail}"))).unwrap();
    }
}

/// All of these stand in the journal that a new start finds.
async fn found_again(dir: &Path, ids: &[Uuid]) {
    let journal = open(dir);
    settled(async || {
        let rows = waiting(&journal).await;
        let held: Vec<Uuid> = rows.iter().map(|r| serde_json::from_str::<Sealed>(r).unwrap().fact.id()).collect();
        ids.iter().all(|id| held.contains(id))
    })
    .await;
    drop(journal);
    assert_eq!(verify(dir, Some(&key().public())).unwrap().faults, vec![]);
}

#[tokio::test]
async fn a_journal_taken_away_under_a_running_gate_is_put_back_before_the_next_ticket_is_shown() {
    for tails in [&["", "-wal", "-shm"][..], &["-wal"], &["-shm"], &[""]] {
        let folder = Folder::new();
        let journal = open(&folder.0);
        journal.set_link(true, false);
        let mut ids = vec![enter(&journal, "B1").await.sealed.fact.id()];
        take_away(&folder.0, tails);
        let second = enter(&journal, "B2").await;
        ids.push(second.sealed.fact.id());
        assert_eq!(second.stores, Stores::All, "{tails:?}");
        assert_eq!(journal.counts().begun(), Begun::Refilled, "{tails:?}: it is told");
        ids.push(enter(&journal, "B3").await.sealed.fact.id());
        // As kill -9 leaves it: what stands there now, copied.
        let copy = Folder::new();
        for entry in fs::read_dir(&folder.0).unwrap().flatten().filter(|e| e.path().is_file()) {
            fs::copy(entry.path(), copy.0.join(entry.file_name())).unwrap();
        }
        for name in spool(&copy.0) {
            fs::remove_file(copy.0.join(name)).unwrap();
        }
        found_again(&copy.0, &ids).await;
        drop(journal);
        found_again(&folder.0, &ids).await;
    }
}

#[tokio::test]
async fn a_folder_taken_away_whole_comes_back_with_everything_and_nobody_else_may_sell_in_it() {
    let folder = Folder::new();
    let journal = open(&folder.0);
    journal.set_link(false, true);
    let mut ids = vec![enter(&journal, "B1").await.sealed.fact.id()];
    fs::remove_dir_all(&folder.0).unwrap();
    let next = enter(&journal, "B2").await;
    ids.push(next.sealed.fact.id());
    assert_eq!(next.stores, Stores::All);
    assert!(matches!(try_open(&folder.0), Err(JournalError::AlreadyRunning(_))));
    settled(async || spool(&folder.0).len() >= 2).await;
    drop(journal);
    found_again(&folder.0, &ids).await;
}

/// Another journal lies under the name: it is moved aside, not written over.
#[tokio::test]
async fn a_journal_put_in_place_of_the_running_one_is_kept_aside() {
    let (folder, other) = (Folder::new(), Folder::new());
    let strange = open(&other.0);
    enter(&strange, "B9").await;
    drop(strange);
    let journal = open(&folder.0);
    let first = enter(&journal, "B1").await.sealed.fact.id();
    fs::copy(other.0.join("journal.db"), folder.0.join("baru")).unwrap();
    fs::rename(folder.0.join("baru"), folder.0.join("journal.db")).unwrap();
    let second = enter(&journal, "B2").await.sealed.fact.id();
    drop(journal);
    found_again(&folder.0, &[first, second]).await;
    let aside = |e: fs::DirEntry| e.file_name().to_string_lossy().starts_with("journal.db.lain-");
    assert!(fs::read_dir(&folder.0).unwrap().flatten().any(aside));
}

fn lay_odd_things(dir: &Path) {
    use std::os::unix::ffi::OsStrExt;
    fs::create_dir_all(dir).unwrap();
    fs::create_dir(dir.join("parkir_")).unwrap();
    fs::create_dir(dir.join("parking_entry_folder.json")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", dir.join("parking_entry_nol.json")).unwrap();
    std::os::unix::fs::symlink("tidak-ada", dir.join("parking_exit_kosong.json")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        dir.join("parking_entry_pipa.json"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let huge = fs::File::create(dir.join("parking_entry_besar.json")).unwrap();
    huge.set_len(300 << 20).unwrap();
    fs::write(dir.join("ParkingIN"), "bukan folder").unwrap();
    let record = r#"{"transaction_id":"T-1","vehicle_number":"B 1 TUA","vehicle_type":"Motor","entry_time":"2026-01-02 03:04:05"}"#;
    let name = std::ffi::OsStr::from_bytes(b"parking_entry_\xff\xfe.json");
    fs::write(dir.join(name), [b"\xef\xbb\xbf".as_slice(), record.as_bytes()].concat()).unwrap();
}

#[tokio::test]
async fn folders_pipes_links_and_names_that_are_no_text_hold_nobody_up() {
    let folder = Folder::new();
    lay_odd_things(&folder.0);
    let journal = open(&folder.0);
    enter(&journal, "B1").await;
    // `started`, the entry, and the record of the old system under its impossible name.
    settled(async || waiting(&journal).await.len() == 3).await;
    ack_all(&journal).await;
    settled(async || journal.counts().pending() == 0).await;
    let aside = fs::read_to_string(folder.0.join("karantina/parking_entry_besar.json.sebab.txt")).unwrap();
    assert!(aside.contains("terlalu besar"), "{aside}");
    drop(journal);
    assert_eq!(verify(&folder.0, Some(&key().public())).unwrap().faults, vec![]);
    // And from elsewhere: what cannot be read is told, and keeps nothing else away.
    let (from, here) = (Folder::new(), Folder::new());
    lay_odd_things(&from.0);
    let mut books = Books::open(&crate::rig::options(&here.0)).unwrap();
    let told = books.import(std::slice::from_ref(&from.0)).unwrap();
    assert_eq!((told.adopted, told.old_system), (1, 1), "{told:?}");
    assert!(told.aside.iter().any(|(name, _)| name.ends_with("pipa.json")), "{told:?}");
}

fn strange_database(path: &Path, sql: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn whatever_stands_in_the_place_of_a_store_the_gate_starts_and_sells() {
    type Lay = fn(&Path);
    let states: [(&str, Lay); 9] = [
        ("replica.db is a folder", |d| fs::create_dir_all(d.join("replica.db/x")).unwrap()),
        ("replica.db-wal is a folder", |d| fs::create_dir_all(d.join("replica.db-wal/x")).unwrap()),
        ("journal.db is a folder", |d| fs::create_dir_all(d.join("journal.db/x")).unwrap()),
        ("journal.db is a link to nowhere", |d| {
            std::os::unix::fs::symlink("/tidak/ada", d.join("journal.db")).unwrap();
        }),
        ("journal.db-wal is a folder", |d| fs::create_dir_all(d.join("journal.db-wal/x")).unwrap()),
        ("journal.lock is a folder", |d| fs::create_dir_all(d.join("journal.lock/x")).unwrap()),
        ("journal.lock is a link to nowhere", |d| {
            std::os::unix::fs::symlink("/tidak/ada", d.join("journal.lock")).unwrap();
        }),
        ("a stranger's tables", |d| strange_database(&d.join("journal.db"), "CREATE TABLE fact (x)")),
        ("no tables of ours", |d| {
            strange_database(&d.join("journal.db"), "CREATE TABLE x (y); PRAGMA user_version = 4");
        }),
    ];
    for (name, lay) in states {
        let folder = Folder::new();
        fs::create_dir_all(&folder.0).unwrap();
        lay(&folder.0);
        let journal: Journal = try_open(&folder.0).unwrap_or_else(|e| panic!("{name}: {e}"));
        let recorded = enter(&journal, "B1").await;
        assert_eq!(
            recorded.stores,
            Stores::All,
            "{name}: {:?}",
            fs::read_dir(&folder.0).unwrap().collect::<Vec<_>>()
        );
        drop(journal);
        found_again(&folder.0, &[recorded.sealed.fact.id()]).await;
    }
}

#[tokio::test]
async fn a_table_taken_out_of_the_journal_is_a_journal_that_cannot_be_read() {
    for table in ["outbox", "meta", "anchor", "fact"] {
        let folder = Folder::new();
        let journal = open(&folder.0);
        journal.set_link(false, true);
        let id = enter(&journal, "B1").await.sealed.fact.id();
        drop(journal);
        strange_database(&folder.0.join("journal.db"), &format!("PRAGMA foreign_keys = OFF; DROP TABLE {table}"));
        assert!(!verify(&folder.0, None).is_ok_and(|audit| audit.faults.is_empty()), "{table}");
        found_again(&folder.0, &[id]).await;
    }
}

#[tokio::test]
async fn with_no_store_at_all_the_gate_runs_refuses_and_sells_as_soon_as_there_is_one() {
    let folder = Folder::new();
    fs::create_dir_all(folder.0.parent().unwrap()).unwrap();
    // A file where the folder should be: neither store can be made.
    let journal = open(&folder.0);
    let first = enter(&journal, "B1").await.sealed.fact.id();
    drop(journal);
    let away = folder.0.with_extension("pindah");
    let journal = open(&folder.0);
    fs::rename(&folder.0, &away).unwrap();
    fs::write(&folder.0, "bukan folder").unwrap();
    let refused = crate::rig::try_enter(&journal, Uuid::now_v7(), "B2").await;
    assert!(refused.is_err(), "shown as saved: {refused:?}");
    fs::remove_file(&folder.0).unwrap();
    fs::rename(&away, &folder.0).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let next = enter(&journal, "B3").await.sealed.fact.id();
    drop(journal);
    found_again(&folder.0, &[first, next]).await;
}
