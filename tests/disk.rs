//! A disk that fills up beneath a running gate: photos stop first, sales go on, and it is over by itself.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::face::{Head, until};
use support::site::files;

/// A small file system of its own; gone with the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where one may not mount.
    fn mount() -> Option<Self> {
        let folder = support::own_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"]).arg(&folder).output();
        if done.is_ok_and(|done| done.status.success()) {
            return Some(Self(folder));
        }
        let _ = std::fs::remove_dir(&folder);
        None
    }

    fn filler(&self) -> PathBuf {
        self.0.join("penuh")
    }

    /// Leaves so many bytes free: below an eighth of the disk, far above nothing.
    fn leave(&self, free: u64) {
        let stat = rustix::fs::statvfs(&self.0).unwrap();
        let room = stat.f_bavail * stat.f_frsize;
        let mut file = std::fs::File::create(self.filler()).unwrap();
        file.write_all(&vec![1; usize::try_from(room - free).unwrap()]).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// What the journal says of a stay's photo, `ok` or `missing`, once it says anything.
fn photo_of(data: &Path, stay: &str) -> String {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    until("the photo's fact", || {
        let journal = Connection::open_with_flags(data.join("offline_data/journal.db"), flags).ok()?;
        let mut statement = journal.prepare("SELECT envelope FROM fact WHERE kind = 'photo'").ok()?;
        let facts: Vec<String> = statement.query_map([], |row| row.get(0)).ok()?.filter_map(Result::ok).collect();
        let mut bodies =
            facts.iter().filter_map(|fact| Some(serde_json::from_str::<Value>(fact).ok()?["body"].clone()));
        Some(bodies.find(|body| body["stay"] == stay)?["state"].as_str()?.to_owned())
    })
}

#[test]
fn on_a_disk_that_is_nearly_full_photos_stop_first_and_tickets_go_on_until_there_is_room_again() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: only root may mount the small disk this needs");
        return;
    };
    let config = disk.0.join("config.toml");
    let text = format!("data_dir = \"{}\"\n[gate]\nid = \"A1\"\n[camera]\nkind = \"sim\"\n", disk.0.display());
    std::fs::write(&config, text).unwrap();
    let mut head = Head::start("in", &config);
    let mut cars = 0;
    let mut enter = |head: &mut Head| {
        cars += 1;
        let answer = head.enter(&format!("B {cars} UJI"), "mobil");
        (answer["stay"].as_str().unwrap().to_owned(), answer["ticket"].as_str().unwrap().to_owned())
    };
    let photos = || files(&disk.0.join("Images/Masuk"));
    let (stay, ticket) = enter(&mut head);
    assert_eq!(photo_of(&disk.0, &stay), "ok");
    assert!(photos().iter().any(|name| name.starts_with(&ticket)), "{:?}", photos());

    let ballast = disk.0.join("offline_data/cadangan-ruang");
    until("the ballast", || ballast.exists().then_some(()));
    disk.leave(5 * 1024 * 1024);
    until("photos to stop", || {
        std::thread::sleep(Duration::from_secs(1));
        let (stay, _) = enter(&mut head);
        (photo_of(&disk.0, &stay) == "missing").then_some(())
    });
    let before = photos();
    for _ in 0..20 {
        let (stay, _) = enter(&mut head);
        assert_eq!(photo_of(&disk.0, &stay), "missing");
    }
    assert_eq!(photos(), before, "no photo takes the room that is left for sales");
    assert!(ballast.exists(), "the ballast is for worse days");
    let waits = head.status()["pending"].as_u64().unwrap();
    assert!(waits > 20, "every ticket stands in the journal: {waits}");

    std::fs::remove_file(disk.filler()).unwrap();
    until("photos again", || {
        std::thread::sleep(Duration::from_secs(1));
        let (stay, _) = enter(&mut head);
        (photo_of(&disk.0, &stay) == "ok").then_some(())
    });
    assert!(photos().len() > before.len());
    let inside = head.yes(&json!({"cmd": "find", "query": "UJI"}));
    assert!(!inside["stays"].as_array().unwrap().is_empty());
    head.quit();
}
