//! Journals that are damaged, old, copied or gone: each ends in a gate that sells, with nothing lost that was shown,
//! and with a word on the screen.

use crate::rig::{
    Folder, ack_all, enter, key, left, open, options, origin, record, settled, spool, stamp, voided, waiting,
};
use parkir::domain::fact::{Origin, Sealed};
use parkir::domain::kinds::Event;
use parkir::journal::{Begun, Books, Draft, Journal, Keep, verify};
use std::path::Path;
use uuid::Uuid;

fn parts(dir: &Path) -> [std::path::PathBuf; 3] {
    ["", "-wal", "-shm"].map(|tail| dir.join(format!("journal.db{tail}")))
}

/// Twenty entries while the link is down, and the process ends as a crash leaves it: the WAL is not written back.
async fn twenty(dir: &Path) -> Vec<Uuid> {
    let journal = open(dir);
    journal.set_link(false, true);
    let mut ids = Vec::new();
    for i in 0..20 {
        ids.push(enter(&journal, &format!("B{i}")).await.sealed.fact.id());
    }
    let look = || parts(dir).map(|p| std::fs::read(&p).unwrap_or_default());
    // When nothing is being written back.
    let mut copy = look();
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        if copy == look() {
            break;
        }
        copy = look();
    }
    drop(journal);
    for (path, bytes) in parts(dir).into_iter().zip(copy) {
        std::fs::write(path, bytes).unwrap();
    }
    ids
}

/// The gate runs: it sells, and everything shown before waits or has been sent.
async fn all_there(dir: &Path, ids: &[Uuid]) -> Journal {
    let journal = open(dir);
    settled(async || {
        let rows = waiting(&journal).await;
        ids.iter().all(|id| rows.iter().any(|r| r.contains(&id.to_string())))
    })
    .await;
    for row in waiting(&journal).await {
        serde_json::from_str::<Sealed>(&row).unwrap().check().unwrap();
    }
    enter(&journal, "BARU").await;
    journal
}

type Damage = fn(&mut Vec<u8>);

#[tokio::test]
async fn a_zeroed_header_a_cut_file_and_a_flipped_page_end_in_a_running_gate() {
    let damages: [(&str, Damage); 3] = [
        ("zeroed header", |b| b[..100].fill(0)),
        ("cut in the middle", |b| b.truncate(b.len() / 2 - 100)),
        ("page in the middle", |b| {
            // Every leaf's header: whichever page the tables stand on.
            for page in b.chunks_mut(4096).skip(1) {
                page[..16].fill(0xff);
            }
        }),
    ];
    for (name, damage) in damages {
        let folder = Folder::new();
        let ids = twenty(&folder.0).await;
        // Written back into one file, as after some hours.
        let conn = rusqlite::Connection::open(folder.0.join("journal.db")).unwrap();
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        drop(conn);
        let path = folder.0.join("journal.db");
        let mut bytes = std::fs::read(&path).unwrap();
        damage(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        let journal = all_there(&folder.0, &ids).await;
        assert_eq!(journal.counts().begun(), Begun::Replaced, "{name}");
        drop(journal);
        assert_eq!(verify(&folder.0, Some(&key().public())).unwrap().faults, vec![], "{name}");
        let aside = |e: std::fs::DirEntry| e.file_name().to_string_lossy().starts_with("journal.db.corrupt-");
        assert!(std::fs::read_dir(&folder.0).unwrap().any(|e| aside(e.unwrap())), "{name}: moved aside whole");
    }
}

#[tokio::test]
async fn a_deleted_journal_a_deleted_wal_and_a_deleted_shm_end_in_a_running_gate() {
    for (name, tails, said) in [
        ("journal.db", vec!["", "-wal", "-shm"], Some(Begun::Missing)),
        ("journal.db alone", vec![""], Some(Begun::Missing)),
        ("-wal", vec!["-wal"], None),
        ("-shm", vec!["-shm"], Some(Begun::Whole)),
    ] {
        let folder = Folder::new();
        let ids = twenty(&folder.0).await;
        for tail in tails {
            std::fs::remove_file(folder.0.join(format!("journal.db{tail}"))).unwrap();
        }
        let journal = all_there(&folder.0, &ids).await;
        match said {
            Some(said) => assert_eq!(journal.counts().begun(), said, "{name}"),
            None => {
                assert_ne!(journal.counts().begun(), Begun::Whole, "{name}: rows were lost and nobody was told")
            }
        }
        drop(journal);
        assert_eq!(verify(&folder.0, Some(&key().public())).unwrap().faults, vec![], "{name}");
    }
}

#[tokio::test]
async fn last_weeks_journal_copied_over_is_refilled_from_the_newer_spool_and_told() {
    let folder = Folder::new();
    drop(open(&folder.0));
    // With its WAL: the check of the indexes may have looked on when it was closed, and then it is not written back.
    let week = parts(&folder.0).map(|path| std::fs::read(path).unwrap_or_default());
    let ids = twenty(&folder.0).await;
    for (path, bytes) in parts(&folder.0).into_iter().zip(week) {
        std::fs::write(path, bytes).unwrap();
    }
    let journal = all_there(&folder.0, &ids).await;
    assert_eq!(journal.counts().begun(), Begun::Older);
    drop(journal);
    assert_eq!(verify(&folder.0, Some(&key().public())).unwrap().faults, vec![]);
}

async fn parent_named(journal: &Journal) -> (Uuid, String) {
    let epoch = journal.epoch();
    let facts = waiting(journal).await.into_iter().map(|row| serde_json::from_str::<Sealed>(&row).unwrap());
    let started = facts.filter(|f| f.epoch == epoch).find(|f| f.seq == 1).unwrap();
    let Event::Started(started) = started.fact.event().unwrap() else { panic!("an epoch begins with `started`") };
    (epoch, serde_json::to_string(&started.parent.unwrap()).unwrap())
}

#[tokio::test]
async fn a_cloned_folder_opens_two_epochs_that_name_the_same_parent() {
    let (one, two) = (Folder::new(), Folder::new());
    twenty(&one.0).await;
    for entry in std::fs::read_dir(&one.0).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, two.0.join(path.file_name().unwrap())).unwrap();
    }
    let (a, b) = (open(&one.0), open(&two.0));
    let ((a_epoch, a_parent), (b_epoch, b_parent)) = (parent_named(&a).await, parent_named(&b).await);
    assert_ne!(a_epoch, b_epoch, "no seq is used twice");
    assert_eq!(a_parent, b_parent, "the centre sees the fork");
}

#[tokio::test]
async fn a_fact_the_disk_altered_is_put_right_from_its_file_and_without_one_does_not_go_out() {
    let folder = Folder::new();
    let ids = twenty(&folder.0).await;
    let conn = rusqlite::Connection::open(folder.0.join("journal.db")).unwrap();
    conn.execute_batch("DROP TRIGGER fact_is_immutable").unwrap();
    let flip =
        "UPDATE fact SET envelope = replace(envelope, '\"class\":\"mobil\"', '\"class\":\"mobij\"') WHERE id = ?1";
    for id in &ids[3..5] {
        assert_eq!(conn.execute(flip, [id.as_bytes()]).unwrap(), 1);
    }
    // The trigger as it was: repairs put it back.
    conn.execute_batch(
        "CREATE TRIGGER fact_is_immutable BEFORE UPDATE ON fact BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    .unwrap();
    drop(conn);
    let gone = spool(&folder.0).into_iter().find(|n| n.contains(&ids[4].to_string())).unwrap();
    std::fs::remove_file(folder.0.join(gone)).unwrap();
    let journal = open(&folder.0);
    settled(async || journal.counts().parked() == 1).await;
    let rows = waiting(&journal).await;
    assert!(rows.iter().all(|row| !row.contains("mobij")));
    assert!(rows.iter().any(|row| row.contains(&ids[3].to_string())));
    drop(journal);
    let faults = verify(&folder.0, Some(&key().public())).unwrap().faults;
    assert_eq!(faults.len(), 1, "{faults:?}");
    let conn = rusqlite::Connection::open(folder.0.join("journal.db")).unwrap();
    assert!(conn.execute("UPDATE fact SET envelope = '{}'", []).is_err(), "immutable again");
}

#[tokio::test]
async fn an_offline_void_survives_the_loss_of_the_journal() {
    let folder = Folder::new();
    let (target, void) = (Uuid::now_v7(), Uuid::now_v7());
    let journal = open(&folder.0);
    journal.set_link(false, true);
    let stay = enter(&journal, "B1").await.sealed.fact.id();
    record(&journal, target, left(stay, 5_000)).await;
    record(&journal, void, voided(stay, target)).await;
    drop(journal);
    let file = |n: &String| n.starts_with("parking_event_") && n.contains(&void.to_string());
    assert!(spool(&folder.0).iter().any(file));
    for path in parts(&folder.0) {
        let _ = std::fs::remove_file(path);
    }
    let journal = all_there(&folder.0, &[stay, target, void]).await;
    let row = waiting(&journal).await.into_iter().find(|r| r.contains("\"voided\"")).unwrap();
    assert_eq!(serde_json::from_str::<Sealed>(&row).unwrap().fact.id(), void);
    assert!(spool(&folder.0).iter().any(file), "until it is acked");
    journal.keep_for(Keep::default()).await.unwrap();
    ack_all(&journal).await;
    assert!(spool(&folder.0).is_empty());
}

#[tokio::test]
async fn what_only_an_unreadable_journal_held_is_read_out_of_it_as_far_as_it_goes() {
    let folder = Folder::new();
    let ids = twenty(&folder.0).await;
    for name in spool(&folder.0) {
        std::fs::remove_file(folder.0.join(name)).unwrap();
    }
    // An index is enough for SQLite to call it corrupt; the rows are whole.
    let path = folder.0.join("journal.db");
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let root: usize = conn
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_fact_2'", [], |r| r.get(0))
        .unwrap();
    drop(conn);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[(root - 1) * 4096..(root - 1) * 4096 + 64].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let journal = all_there(&folder.0, &ids).await;
    assert_eq!(journal.counts().begun(), Begun::Replaced);
}

/// One bit of a waiting fact's text turns over, and it is no text any more.
#[tokio::test]
async fn a_waiting_fact_that_is_no_text_any_more_is_put_right_from_its_file_and_can_be_looked_at() {
    let folder = Folder::new();
    let ids = twenty(&folder.0).await;
    let conn = rusqlite::Connection::open(folder.0.join("journal.db")).unwrap();
    let sql = "SELECT sql FROM sqlite_schema WHERE name = 'fact_is_immutable'";
    let trigger: String = conn.query_row(sql, [], |r| r.get(0)).unwrap();
    let damage = |id: &Uuid| {
        conn.execute_batch("DROP TRIGGER fact_is_immutable").unwrap();
        let sql =
            "UPDATE fact SET envelope = CAST(replace(CAST(envelope AS BLOB), x'22', x'a2') AS TEXT) WHERE id = ?1";
        assert_eq!(conn.execute(sql, [id.as_bytes()]).unwrap(), 1);
        conn.execute_batch(&trigger).unwrap();
    };
    damage(&ids[3]);
    // What looks at it says so, and does not fall over.
    assert_eq!(verify(&folder.0, Some(&key().public())).unwrap().faults.len(), 1);
    assert_eq!(parkir::journal::list(&folder.0, None, 100).unwrap().len(), 21);
    assert_eq!(parkir::journal::status(&folder.0).unwrap().pending, 21);
    let mut out = Vec::new();
    assert_eq!(parkir::journal::export(&folder.0, &mut out).unwrap(), 21);
    // The start alone does it, before anything is sent.
    let journal = open(&folder.0);
    settled(async || verify(&folder.0, Some(&key().public())).unwrap().faults.is_empty()).await;
    assert_eq!(parkir::journal::status(&folder.0).unwrap().parked, 0);
    drop(journal);
    all_there(&folder.0, &ids).await;
}

/// One bit of an index turns over: the rows are whole, and the index says of one that it is elsewhere.
#[tokio::test]
async fn an_index_that_says_other_than_its_rows_is_made_anew_at_start_or_by_repair() {
    for at_start in [true, false] {
        let folder = Folder::new();
        let ids = twenty(&folder.0).await;
        let path = folder.0.join("journal.db");
        let conn = rusqlite::Connection::open(&path).unwrap();
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_fact_1'";
        let page: usize = conn.query_row(root, [], |r| r.get::<_, i64>(0)).unwrap().try_into().unwrap();
        drop(conn);
        let mut bytes = std::fs::read(&path).unwrap();
        let id = ids[7].as_bytes();
        let index = &bytes[(page - 1) * 4096..page * 4096];
        let at = (page - 1) * 4096 + index.windows(16).position(|window| window == id).unwrap();
        bytes[at + 12] ^= 4;
        std::fs::write(&path, bytes).unwrap();
        let faults = verify(&folder.0, Some(&key().public())).unwrap().faults;
        assert!(matches!(&faults[..], [one] if one.what.contains("berkas jurnal rusak")), "{faults:?}");
        if at_start {
            let journal = open(&folder.0);
            settled(async || verify(&folder.0, Some(&key().public())).unwrap().faults.is_empty()).await;
            assert_eq!(spool(&folder.0).iter().filter(|n| n.contains("rusak")).count(), 0);
            drop(journal);
        } else {
            let told = Books::open(&options(&folder.0)).unwrap().repair(&[]).unwrap();
            assert!(told.reindexed && told.aside.is_none(), "{told:?}");
            assert_eq!(verify(&folder.0, Some(&key().public())).unwrap().faults, vec![]);
        }
        all_there(&folder.0, &ids).await;
        assert_eq!(verify(&folder.0, Some(&key().public())).unwrap().faults, vec![]);
    }
}

/// The place of a fact in the chain is no part of its hash. One digit of it turns over, and of the epoch it would begin a
/// chain of its own at the centre.
#[tokio::test]
async fn a_waiting_fact_whose_place_turned_over_goes_as_its_file_says() {
    let folder = Folder::new();
    let ids = twenty(&folder.0).await;
    let conn = rusqlite::Connection::open(folder.0.join("journal.db")).unwrap();
    let sql = "SELECT sql FROM sqlite_schema WHERE name = 'fact_is_immutable'";
    let trigger: String = conn.query_row(sql, [], |r| r.get(0)).unwrap();
    conn.execute_batch("DROP TRIGGER fact_is_immutable").unwrap();
    for (id, from, to) in [(&ids[3], "\"epoch\":\"0", "\"epoch\":\"1"), (&ids[5], "\"prev\":\"", "\"prev\":\"0")] {
        let sql = "UPDATE fact SET envelope = CASE length(?2) < length(?3) WHEN 1
                       THEN replace(envelope, substr(envelope, instr(envelope, ?2), length(?3)), ?3)
                       ELSE replace(envelope, ?2, ?3) END WHERE id = ?1";
        assert_eq!(conn.execute(sql, rusqlite::params![id.as_bytes(), from, to]).unwrap(), 1);
    }
    conn.execute_batch(&trigger).unwrap();
    assert!(!verify(&folder.0, Some(&key().public())).unwrap().faults.is_empty());
    let journal = all_there(&folder.0, &ids).await;
    for row in waiting(&journal).await {
        serde_json::from_str::<Sealed>(&row).unwrap().verify(&key().public()).unwrap();
    }
}

#[tokio::test]
async fn whatever_waits_has_its_file_again_after_a_start_also_the_starts_before() {
    let folder = Folder::new();
    let first = {
        let journal = open(&folder.0);
        journal.set_link(false, true);
        enter(&journal, "B1").await;
        waiting(&journal)
            .await
            .iter()
            .map(|e| serde_json::from_str::<Sealed>(e).unwrap().fact.id())
            .collect::<Vec<_>>()
    };
    for name in spool(&folder.0) {
        std::fs::remove_file(folder.0.join(name)).unwrap();
    }
    let journal = open(&folder.0);
    let filed = |id: &Uuid| spool(&folder.0).iter().any(|name| name.contains(&id.to_string()));
    settled(async || first.iter().all(filed)).await;
    assert_eq!((first.len(), journal.counts().pending()), (2, 3), "a start and an entry, and this start");
}

#[tokio::test]
async fn a_shift_is_summed_up_from_facts_whose_files_came_back_in_any_order() {
    let folder = Folder::new();
    let shift = Uuid::now_v7();
    let in_shift = |id: Uuid, event: Event| Draft {
        id,
        origin: Origin { shift: Some(shift), ..origin() },
        stamp: stamp(),
        event,
        personal: vec![],
        stay: None,
    };
    let opened = Event::Other { kind: "shift_opened".into(), body: serde_json::json!({"float": 0}) };
    let mut ids = vec![shift];
    {
        let journal = open(&folder.0);
        journal.set_link(false, true);
        enter(&journal, "SEBELUM").await;
        journal.record(in_shift(shift, opened)).await.unwrap();
        for fee in [5000, 7000] {
            let id = Uuid::now_v7();
            journal.record(in_shift(id, left(Uuid::now_v7(), fee))).await.unwrap();
            ids.push(id);
        }
    }
    // The opening's file is read last: what was paid stands before it in the journal made anew.
    let last = spool(&folder.0).into_iter().find(|name| name.contains(&shift.to_string())).unwrap();
    for part in parts(&folder.0) {
        let _ = std::fs::remove_file(part);
    }
    let aside = folder.0.join("nanti");
    std::fs::rename(folder.0.join(&last), &aside).unwrap();
    {
        let journal = open(&folder.0);
        settled(async || journal.shift_facts(shift).await.unwrap().len() == 2).await;
    }
    std::fs::rename(&aside, folder.0.join(&last)).unwrap();
    let journal = open(&folder.0);
    settled(async || journal.shift_facts(shift).await.unwrap().len() == 3).await;
    let mut found: Vec<Uuid> = journal.shift_facts(shift).await.unwrap().into_iter().map(|fact| fact.id).collect();
    found.sort();
    ids.sort();
    assert_eq!(found, ids);
}
