//! Promises of the journal: durable then shown, exactly one writer, nothing lost between journal and spool, an edit is
//! found. Real files in a folder of their own.

#![allow(clippy::unwrap_used, clippy::panic)]

mod books;
mod disk;
mod lost;
mod odd;
mod old_system;
mod pruning;
mod rig;

use parkir::domain::fact::Sealed;
use parkir::domain::kinds::Event;
use parkir::domain::stay::{State, Stay};
use parkir::domain::view::Printed;
use parkir::journal::{Begun, Draft, JournalError, Outcome, Scope, Source, Stores, verify};
use rig::{Folder, enter, key, left, open, origin, record, settled, spool, stamp, try_open, voided};
use uuid::Uuid;

#[tokio::test]
async fn a_second_process_on_the_same_journal_is_refused() {
    let folder = Folder::new();
    let first = open(&folder.0);
    let second = try_open(&folder.0).err().unwrap();
    assert!(matches!(second, JournalError::AlreadyRunning(_)), "{second}");
    assert!(second.to_string().contains("sudah berjalan"));
    drop(first);
    open(&folder.0);
}

#[tokio::test]
async fn tickets_of_one_gate_never_repeat_over_restarts_and_the_chain_holds() {
    let folder = Folder::new();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..4 {
        let journal = open(&folder.0);
        for _ in 0..20 {
            assert!(seen.insert(enter(&journal, "B1").await.ticket.unwrap()));
        }
    }
    let report = verify(&folder.0, Some(&key().public())).unwrap();
    assert_eq!((report.facts, report.epochs, report.faults), (84, 4, vec![]));
}

#[tokio::test]
async fn with_the_link_down_every_fact_has_its_file_before_it_is_shown_and_none_after_the_ack() {
    let folder = Folder::new();
    let journal = open(&folder.0);
    journal.set_link(false, true);
    let recorded = enter(&journal, "B1234XYZ").await;
    let id = recorded.sealed.fact.id();
    let mine = |n: &String| n.starts_with("parking_entry_") && n.ends_with(&format!("_{id}.json"));
    let name = spool(&folder.0).into_iter().find(mine).unwrap();
    let text = std::fs::read_to_string(folder.0.join(&name)).unwrap();
    assert_eq!(serde_json::from_str::<Sealed>(&text).unwrap(), recorded.sealed);
    let ask = journal.outage().await.unwrap().ask.unwrap();
    assert_eq!((ask.entries, ask.exits), (1, 0));
    let rows = journal.waiting(Scope::All, i64::MIN, 500).await.unwrap();
    assert_eq!(rows.len(), 2, "started and entered");
    journal.settle(rows.into_iter().map(|r| (r, Outcome::Acked)).collect()).await.unwrap();
    settled(async || journal.counts().pending() == 0).await;
    assert!(!spool(&folder.0).iter().any(mine), "nothing waits, and a file is still there");
}

#[tokio::test]
async fn a_lost_journal_is_refilled_from_the_spool_with_the_same_ids() {
    let folder = Folder::new();
    let mut ids = Vec::new();
    {
        let journal = open(&folder.0);
        journal.set_link(false, true);
        for i in 0..30 {
            ids.push(enter(&journal, &format!("B{i}")).await.sealed.fact.id());
        }
    }
    for tail in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.0.join(format!("journal.db{tail}")));
    }
    let journal = open(&folder.0);
    settled(async || {
        let rows = journal.waiting(Scope::All, i64::MIN, 500).await.unwrap();
        let have = |id: &Uuid| rows.iter().any(|r| r.envelope.contains(&id.to_string()));
        ids.iter().all(have)
    })
    .await;
    assert_eq!(journal.counts().pending(), 32, "30 entries and two starts");
}

#[tokio::test]
async fn a_zeroed_journal_stands_aside_whole_and_sales_go_on() {
    let folder = Folder::new();
    {
        let journal = open(&folder.0);
        journal.set_link(false, true);
        enter(&journal, "B1").await;
    }
    std::fs::write(folder.0.join("journal.db"), vec![0_u8; 8192]).unwrap();
    // Whatever the close did not write back would make it whole again.
    for tail in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.0.join(format!("journal.db{tail}")));
    }
    let journal = open(&folder.0);
    enter(&journal, "B2").await;
    assert_eq!(journal.counts().begun(), Begun::Replaced);
    let aside = |e: std::fs::DirEntry| e.file_name().to_string_lossy().starts_with("journal.db.corrupt-");
    assert!(std::fs::read_dir(&folder.0).unwrap().any(|e| aside(e.unwrap())));
    settled(async || journal.counts().pending() == 4).await;
}

#[tokio::test]
async fn a_damaged_spool_file_is_set_aside_with_its_reason_and_never_deleted() {
    let folder = Folder::new();
    let bad = "parking_entry_20261122_140405_x.json";
    std::fs::write(folder.0.join(bad), "{\"half\": ").unwrap();
    let journal = open(&folder.0);
    settled(async || folder.0.join("karantina").join(bad).exists()).await;
    assert!(folder.0.join("karantina").join(format!("{bad}.sebab.txt")).exists());
    settled(async || journal.counts().pending() == 1).await;
}

#[tokio::test]
async fn facts_cannot_be_changed_and_an_edit_past_the_trigger_is_found() {
    let folder = Folder::new();
    {
        let journal = open(&folder.0);
        for _ in 0..3 {
            enter(&journal, "B1").await;
        }
    }
    let conn = rusqlite::Connection::open(folder.0.join("journal.db")).unwrap();
    assert!(conn.execute("UPDATE fact SET envelope = '{}'", []).is_err());
    assert!(conn.execute("DELETE FROM fact", []).is_err());
    conn.execute_batch("DROP TRIGGER fact_is_immutable").unwrap();
    let edit = "UPDATE fact SET envelope = replace(envelope, '\"operator\":\"budi\"', '\"operator\":\"tono\"') WHERE seq = 2";
    assert_eq!(conn.execute(edit, []).unwrap(), 1);
    drop(conn);
    let report = verify(&folder.0, Some(&key().public())).unwrap();
    assert_eq!(report.faults.len(), 1);
    assert_eq!(report.faults[0].seq, 2);
}

#[tokio::test]
async fn later_is_kept_over_a_restart_and_newer_facts_flow() {
    let folder = Folder::new();
    {
        let journal = open(&folder.0);
        journal.set_link(false, true);
        enter(&journal, "B1").await;
        journal.defer().await.unwrap();
    }
    let journal = open(&folder.0);
    journal.set_link(true, false);
    enter(&journal, "B2").await;
    assert_eq!(journal.counts().deferred(), 1);
    let flowing = journal.waiting(Scope::Pending, i64::MIN, 500).await.unwrap();
    assert_eq!(flowing.len(), 3, "two starts and the newer entry");
    journal.undefer().await.unwrap();
    assert_eq!(journal.waiting(Scope::Pending, i64::MIN, 500).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_hint_never_reopens_a_stay_that_left() {
    let folder = Folder::new();
    let journal = open(&folder.0);
    let entered = enter(&journal, "B1234XYZ").await;
    let id = entered.sealed.fact.id();
    let inside = journal.by_stay(id).await.unwrap().unwrap();
    let mut left = inside.clone();
    left.version = 2;
    left.state = State::Left {
        left_at: inside.entered_at,
        left_gate: "B1".into(),
        fee: parkir::domain::money::Rupiah(5_000),
    };
    assert_eq!(journal.hear(vec![left.clone()], Source::Hub).await.unwrap(), 1);
    assert_eq!(journal.hear(vec![inside], Source::Hub).await.unwrap(), 0);
    assert_eq!(journal.by_stay(id).await.unwrap().unwrap(), left);
    assert!(journal.find_inside("1234".into()).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_exact_plate_stands_before_fragments_and_look_alikes() {
    let folder = Folder::new();
    let journal = open(&folder.0);
    for plate in ["B1234XYZ", "B1234XY", "AB1234CD", "D77AA"] {
        enter(&journal, plate).await;
    }
    let find = async |query: &str| {
        let stays = journal.find_inside(query.to_owned()).await.unwrap();
        stays.into_iter().filter_map(|s| s.plate).collect::<Vec<_>>()
    };
    assert_eq!(find("b 1234 xy").await, ["B1234XY", "B1234XYZ"]);
    assert_eq!(find("81234xyz").await, ["B1234XYZ"]);
    assert_eq!(find("d77").await, ["D77AA"]);
    let digits = find("1234").await;
    assert_eq!((digits.len(), digits[0].as_str()), (3, "B1234XY"), "the shortest of three that hold it");
    assert!(find("ZZZ").await.is_empty());
    assert!(find("%").await.is_empty());
}

#[tokio::test]
async fn with_the_journal_unwritable_the_spool_holds_the_sale_and_the_journal_takes_it_up_later() {
    let folder = Folder::new();
    let journal = open(&folder.0);
    journal.set_link(true, false);
    enter(&journal, "B1").await;
    let other = rusqlite::Connection::open(folder.0.join("journal.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let recorded = enter(&journal, "B2").await;
    assert_eq!(recorded.stores, Stores::SpoolOnly);
    assert!(spool(&folder.0).iter().any(|n| n.contains(&recorded.sealed.fact.id().to_string())));
    assert_eq!(journal.counts().pending(), 3);
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    settled(async || journal.waiting(Scope::Pending, i64::MIN, 500).await.unwrap().len() == 3).await;
    assert_eq!(journal.counts().pending(), 3);
    drop(journal);
    let report = verify(&folder.0, Some(&key().public())).unwrap();
    assert_eq!((report.facts, report.faults), (3, vec![]));
}

#[tokio::test]
async fn a_hint_can_be_one_fact_ahead_at_most_and_the_centre_has_the_last_word() {
    let folder = Folder::new();
    let journal = open(&folder.0);
    let entered = enter(&journal, "B1234XYZ").await;
    let id = entered.sealed.fact.id();
    let inside = journal.by_stay(id).await.unwrap().unwrap();
    let mut lie = inside.clone();
    lie.version = 1_000_000;
    lie.state =
        State::Left { left_at: inside.entered_at, left_gate: "Z9".into(), fee: parkir::domain::money::Rupiah(0) };
    assert_eq!(journal.hear(vec![lie], Source::Hint).await.unwrap(), 1);
    assert!(journal.is_hint(id).await.unwrap(), "an exit that rests on it must not be refused");
    assert_eq!(journal.by_stay(id).await.unwrap().unwrap().version, 2);
    let mut truth = inside.clone();
    truth.version = 2;
    truth.class = "truk".into();
    assert_eq!(journal.hear(vec![truth.clone()], Source::Centre { round: 1 }).await.unwrap(), 1);
    assert!(!journal.is_hint(id).await.unwrap());
    assert_eq!(journal.by_stay(id).await.unwrap().unwrap(), truth);
}

#[tokio::test]
async fn how_a_ticket_was_printed_is_known_after_a_restart() {
    let folder = Folder::new();
    let journal = open(&folder.0);
    let outcomes = [Some("ok"), Some("failed"), Some("unknown"), None];
    for (plate, outcome) in ["B1", "B2", "B3", "B4"].into_iter().zip(outcomes) {
        let stay = enter(&journal, plate).await.sealed.fact.id();
        let Some(outcome) = outcome else { continue };
        // A first copy that failed, then the one that counts; a receipt says nothing about the ticket.
        for (what, outcome) in [("ticket", "failed"), ("ticket", outcome), ("receipt", "failed")] {
            let body = serde_json::json!({"stay": stay, "what": what, "outcome": outcome, "copy": 1});
            let event = Event::Other { kind: "printed".into(), body };
            let personal = Vec::new();
            let id = Uuid::now_v7();
            let draft = Draft { id, origin: origin(), stamp: stamp(), event, personal, stay: None };
            journal.record(draft).await.unwrap();
        }
    }
    drop(journal);
    let rows = open(&folder.0).recent(9).await.unwrap();
    let mut printed: Vec<_> = rows.into_iter().map(|r| (r.plate.unwrap(), r.printed)).collect();
    printed.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [Printed::Ok, Printed::Failed, Printed::Unproven, Printed::None];
    assert_eq!(printed.into_iter().map(|(_, p)| p).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn another_gates_word_on_its_own_tickets_paper_counts_and_on_others_does_not() {
    let folder = Folder::new();
    let journal = open(&folder.0);
    let id = Uuid::now_v7();
    let mut stay = Stay::of(&enter(&journal, "B1").await.sealed.fact).unwrap();
    (stay.stay, stay.entered_gate) = (id, "C1".into());
    assert_eq!(journal.paper_of(&stay).await.unwrap(), Printed::None);
    journal.hear_paper(id, "D1".into(), "failed".into()).await.unwrap();
    assert_eq!(journal.paper_of(&stay).await.unwrap(), Printed::None, "not D1's ticket");
    for (word, expected) in [("unknown", Printed::Unproven), ("failed", Printed::Failed), ("ok", Printed::Ok)] {
        journal.hear_paper(id, "C1".into(), word.into()).await.unwrap();
        assert_eq!(journal.paper_of(&stay).await.unwrap(), expected);
    }
    assert_eq!(journal.copies(id, "ticket").await.unwrap(), 0);
    for copy in [1, 2] {
        let body = serde_json::json!({"stay": id, "what": "ticket", "outcome": "failed", "copy": copy});
        record(&journal, Uuid::now_v7(), Event::read("printed", &body).unwrap()).await;
    }
    assert_eq!(journal.copies(id, "ticket").await.unwrap(), 2);
    assert_eq!(journal.paper_of(&stay).await.unwrap(), Printed::Failed, "its own books come first");
    drop(journal);
    let journal = open(&folder.0);
    assert_eq!(journal.paper_of(&stay).await.unwrap(), Printed::Failed);
}

#[tokio::test]
async fn what_was_paid_is_known_as_paid_after_a_crash_that_took_the_replica_along() {
    let folder = Folder::new();
    let (paid, taken_back, inside) = {
        let journal = open(&folder.0);
        journal.set_link(false, true);
        let mut stays = Vec::new();
        for plate in ["B1", "B2", "B3"] {
            stays.push(enter(&journal, plate).await.sealed.fact.id());
        }
        let mut exit = Uuid::nil();
        for stay in &stays[..2] {
            exit = record(&journal, Uuid::now_v7(), left(*stay, 5000)).await.sealed.fact.id();
        }
        record(&journal, Uuid::now_v7(), voided(stays[1], exit)).await;
        (stays[0], stays[1], stays[2])
    };
    for tail in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.0.join(format!("replica.db{tail}")));
    }
    let journal = open(&folder.0);
    let stay = |id| journal.by_stay(id);
    assert!(!stay(paid).await.unwrap().unwrap().is_inside(), "paid, and it would be paid again");
    assert!(stay(inside).await.unwrap().unwrap().is_inside());
    assert!(stay(taken_back).await.unwrap().unwrap().is_inside(), "its exit was taken back");
    let rows = journal.recent(10).await.unwrap();
    let exit = rows.iter().find(|row| row.fee.is_some()).unwrap();
    assert!(!exit.sent, "it waits, and says so");
}

#[tokio::test]
async fn charges_of_an_exit_that_was_recorded_are_settled_also_where_it_was_taken_back() {
    let folder = Folder::new();
    let journal = open(&folder.0);
    let (mut paid, mut open_one) = (Uuid::nil(), Uuid::nil());
    for (plate, stay) in [("B1", &mut paid), ("B2", &mut open_one)] {
        *stay = enter(&journal, plate).await.sealed.fact.id();
    }
    let note = |stay: Uuid, state: &str| Event::Other {
        kind: "note".into(),
        body: serde_json::json!({"what": "charge", "state": state, "stay": stay}),
    };
    record(&journal, Uuid::now_v7(), note(paid, "begun")).await;
    record(&journal, Uuid::now_v7(), note(open_one, "begun")).await;
    record(&journal, Uuid::now_v7(), note(paid, "paid")).await;
    let exit = record(&journal, Uuid::now_v7(), left(paid, 5000)).await.sealed.fact.id();
    record(&journal, Uuid::now_v7(), voided(paid, exit)).await;
    let told = async || {
        let notes = journal.charge_notes().await.unwrap();
        notes.iter().map(|note| (note.body["stay"].clone(), note.body["state"].clone())).collect::<Vec<_>>()
    };
    let of = |stay: Uuid, state: &str| (serde_json::json!(stay), serde_json::json!(state));
    assert_eq!(told().await, [of(open_one, "begun")]);
    // Charged anew after that: its own.
    record(&journal, Uuid::now_v7(), note(paid, "begun")).await;
    assert_eq!(told().await, [of(open_one, "begun"), of(paid, "begun")]);
}
