//! Files of the old system: adopted wherever they are found, the same facts everywhere, and nothing is deleted.

use crate::rig::{Folder, ack_all, open, options, settled, spool, waiting};
use parkir::journal::Books;
use std::path::Path;

pub const NAME: &str = "parking_entry_20231225_153045_A123BC.json";
pub const ENTRY: &str = r#"{"transaction_id":"T123456","vehicle_number":"A123BC","entry_time":"2023-12-25T15:30:45",
  "vehicle_type":"CAR","image_path":"Images/Masuk/A123BC_20231225_153045.jpg","sync_status":"PENDING"}"#;
pub const EXIT: &str = r#"{"transaction_id":"T123456","vehicle_number":"A123BC","entry_time":"2023-12-25T15:30:45",
  "exit_time":"2023-12-25T17:30:45","vehicle_type":"CAR","total_payment":5000,"sync_status":"PENDING"}"#;

pub fn lay(dir: &Path) {
    std::fs::create_dir_all(dir.join("ParkingIN")).unwrap();
    std::fs::create_dir_all(dir.join("ParkingOut")).unwrap();
    std::fs::write(dir.join("ParkingIN").join(NAME), ENTRY).unwrap();
    std::fs::write(dir.join("ParkingOut/parking_exit_20231225_173045_A123BC.json"), EXIT).unwrap();
}

fn stays(envelopes: &[String]) -> Vec<String> {
    let mut old: Vec<String> = envelopes.iter().filter(|e| e.contains("sistem lama")).cloned().collect();
    old.sort();
    old
}

#[tokio::test]
async fn the_old_systems_files_become_the_same_facts_on_every_pc_and_twice_changes_nothing() {
    let (one, two) = (Folder::new(), Folder::new());
    let mut found = Vec::new();
    for folder in [&one, &two] {
        lay(&folder.0);
        std::fs::write(
            folder.0.join("parking_exit_20231226_080000_B1.json"),
            EXIT.replace("12-25T17", "12-26T08"),
        )
        .unwrap();
        let journal = open(&folder.0);
        settled(async || stays(&waiting(&journal).await).len() == 3 && journal.counts().pending() == 4).await;
        let witnesses: Vec<_> = spool(&folder.0).into_iter().filter(|n| !n.contains("_event_")).collect();
        assert_eq!(witnesses.len(), 3, "{witnesses:?}");
        assert!(folder.0.join("sistem-lama").join(NAME).exists(), "kept, not deleted");
        assert!(journal.find_inside("A123BC".into()).await.unwrap().is_empty(), "it left");
        found.push(stays(&waiting(&journal).await));
    }
    assert_eq!(found[0], found[1], "byte for byte");
    lay(&one.0);
    let journal = open(&one.0);
    settled(async || !one.0.join("ParkingIN").join(NAME).exists() && journal.counts().pending() == 5).await;
    assert_eq!(stays(&waiting(&journal).await).len(), 3, "the second start's `started` alone is new");
    ack_all(&journal).await;
    drop(journal);
    lay(&one.0);
    let journal = open(&one.0);
    settled(async || !one.0.join("ParkingOut/parking_exit_20231225_173045_A123BC.json").exists()).await;
    settled(async || journal.counts().pending() == 1).await;
}

#[tokio::test]
async fn a_malformed_old_file_is_set_aside_with_its_reason_and_one_the_old_server_had_is_not_sent_again() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.0.join("ParkingOut")).unwrap();
    let bad = "parking_exit_20231225_173045_X.json";
    std::fs::write(folder.0.join("ParkingOut").join(bad), EXIT.replace("total_payment", "lain")).unwrap();
    std::fs::write(folder.0.join(NAME), ENTRY.replace("PENDING", "SYNCED")).unwrap();
    let journal = open(&folder.0);
    let reason = folder.0.join("karantina").join(format!("{bad}.sebab.txt"));
    settled(async || reason.exists() && folder.0.join("sistem-lama").join(NAME).exists()).await;
    assert!(std::fs::read_to_string(reason).unwrap().contains("biaya"));
    assert!(folder.0.join("karantina").join(bad).exists());
    settled(async || journal.counts().pending() == 1).await;
    drop(journal);
    // Another bad file of that name does not push the first one out.
    std::fs::write(folder.0.join("ParkingOut").join(bad), "{").unwrap();
    let journal = open(&folder.0);
    settled(async || folder.0.join("karantina").join(format!("{bad}.1")).exists()).await;
    assert!(folder.0.join("karantina").join(bad).exists());
    drop(journal);
}

#[test]
fn an_import_takes_a_stick_and_leaves_it_as_it_is() {
    let (stick, pc) = (Folder::new(), Folder::new());
    let data = stick.0.join("offline_data");
    std::fs::create_dir_all(&data).unwrap();
    lay(&data);
    std::fs::write(data.join("parking_entry_20260101_000000_x.json"), "{\"setengah\":").unwrap();
    for (adopted, known) in [(2, 0), (0, 2)] {
        let told = Books::open(&options(&pc.0)).unwrap().import(std::slice::from_ref(&stick.0)).unwrap();
        assert_eq!((told.adopted, told.old_system, told.known), (adopted, adopted, known), "{told:?}");
        assert_eq!(told.aside.len(), 1);
    }
    assert!(data.join("ParkingIN").join(NAME).exists());
    assert!(data.join("parking_entry_20260101_000000_x.json").exists());
    assert_eq!(std::fs::read_dir(pc.0.join("karantina")).unwrap().count(), 2, "one copy and its reason");
    assert_eq!(spool(&pc.0).len(), 2);
}
