//! Pruning: only what PostgreSQL has and is old enough goes, and the chain can be verified from where it was cut.

use crate::rig::{Folder, ack_all, enter, key, open, settled, try_enter};
use parkir::journal::{Keep, Outcome, Scope, status, verify};
use uuid::Uuid;

/// An id of `days` ago.
fn id_of(days: u64) -> Uuid {
    let ms = jiff::Timestamp::now().as_millisecond() as u64 - days * 86_400_000;
    let random: [u8; 10] = Uuid::now_v7().as_bytes()[6..].try_into().unwrap();
    uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid()
}

#[tokio::test]
async fn old_acked_facts_go_and_what_waits_stays_and_the_chain_still_holds() {
    let folder = Folder::new();
    let parked = id_of(90);
    {
        // As an old PC would: the first epoch of weeks ago.
        let mut options = crate::rig::options(&folder.0);
        options.started = id_of(100);
        let journal = parkir::journal::Journal::open(options).unwrap();
        for _ in 0..300 {
            try_enter(&journal, id_of(80), "B1").await.unwrap();
        }
        ack_all(&journal).await;
        try_enter(&journal, parked, "B2").await.unwrap();
        let row = journal.waiting(Scope::All, i64::MIN, 1).await.unwrap().remove(0);
        let why = Outcome::Parked { code: "x".into(), reason: "y".into() };
        journal.settle(vec![(row, why)]).await.unwrap();
        for _ in 0..20 {
            try_enter(&journal, id_of(40), "B3").await.unwrap();
        }
        try_enter(&journal, id_of(36), "B4").await.unwrap();
    }
    let journal = open(&folder.0);
    for _ in 0..10 {
        enter(&journal, "B5").await;
    }
    let rows = journal.waiting(Scope::All, i64::MIN, 5000).await.unwrap();
    let but_one = rows.into_iter().filter(|r| !r.envelope.contains("\"B4\"")).map(|r| (r, Outcome::Acked));
    journal.settle(but_one.collect()).await.unwrap();
    assert_eq!(status(&folder.0).unwrap().facts, 1 + 300 + 1 + 21 + 1 + 10);
    journal.keep_for(Keep { days: 35, least: 5 }).await.unwrap();
    settled(async || status(&folder.0).unwrap().facts == 1 + 1 + 1 + 10).await;
    let report = status(&folder.0).unwrap();
    assert_eq!((report.parked, report.pending), (1, 1), "what waits stays, however old");
    assert_eq!(verify(&folder.0, Some(&key().public())).unwrap().faults, vec![]);
    assert_eq!(journal.parked(5).await.unwrap().len(), 1);

    // Acked in the end, the stragglers go too.
    journal.retry_parked().await.unwrap();
    ack_all(&journal).await;
    journal.keep_for(Keep { days: 35, least: 5 }).await.unwrap();
    settled(async || status(&folder.0).unwrap().facts == 11).await;
    drop(journal);
    let journal = open(&folder.0);
    enter(&journal, "B6").await;
    drop(journal);
    assert_eq!(verify(&folder.0, Some(&key().public())).unwrap().faults, vec![]);

    // A gap behind the cut is found all the same.
    let conn = rusqlite::Connection::open(folder.0.join("journal.db")).unwrap();
    assert!(conn.execute("DELETE FROM fact WHERE seq = 4", []).is_err(), "younger facts cannot be deleted");
    conn.execute_batch("DROP TRIGGER fact_stays; DELETE FROM fact WHERE seq = 4").unwrap();
    drop(conn);
    let faults = verify(&folder.0, Some(&key().public())).unwrap().faults;
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].what.contains("nomor 4 hilang"), "{faults:?}");
}

#[tokio::test]
async fn the_newest_facts_stay_whatever_their_clock_said() {
    let folder = Folder::new();
    let journal = open(&folder.0);
    for _ in 0..30 {
        try_enter(&journal, id_of(9_000), "B1").await.unwrap();
    }
    ack_all(&journal).await;
    journal.keep_for(Keep { days: 35, least: 2_000 }).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert_eq!(status(&folder.0).unwrap().facts, 31);
}
