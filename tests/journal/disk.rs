//! A full disk, and one that has become read-only, on small file systems of their own. They need root and mounts.

use crate::rig::{Folder, enter, key, open, settled, try_enter, waiting};
use parkir::journal::{JournalError, verify};
use std::path::Path;
use std::process::Command;
use uuid::Uuid;

struct Mount(Folder);

impl Mount {
    fn tmpfs(mib: u32) -> Option<Self> {
        let folder = Folder::new();
        let size = format!("size={mib}m");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&folder.0).output();
        if done.is_ok_and(|d| d.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("SKIPPED: mounting a tmpfs needs root");
        None
    }

    fn dir(&self) -> &Path {
        &self.0.0
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0.0).output();
    }
}

fn fill(dir: &Path) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(dir.join("penuh")).unwrap();
    let mut size = 1 << 20;
    while size >= 512 {
        if file.write_all(&vec![1; size]).is_err() {
            size /= 2;
        }
    }
}

#[tokio::test]
async fn on_a_full_disk_the_ballast_goes_photos_stop_and_sales_go_on_until_there_is_room_again() {
    let Some(disk) = Mount::tmpfs(48) else { return };
    let journal = open(disk.dir());
    journal.set_link(false, true);
    enter(&journal, "B0").await;
    let ballast = disk.dir().join("cadangan-ruang");
    settled(async || ballast.exists()).await;
    assert!(!journal.counts().disk_low());
    fill(disk.dir());
    let mut sold = Vec::new();
    for i in 0..60 {
        sold.push(enter(&journal, &format!("B{i}")).await.sealed.fact.id());
    }
    assert!(!ballast.exists(), "it went");
    assert!(journal.counts().disk_low(), "photos stop");
    assert_eq!(journal.counts().failed(), (false, false), "sales go on in both stores");

    // Nothing is left at all: nothing is shown as saved.
    fill(disk.dir());
    let mut refused = None;
    for i in 0..3000 {
        fill(disk.dir());
        match try_enter(&journal, Uuid::now_v7(), &format!("C{i}")).await {
            Ok(recorded) => sold.push(recorded.sealed.fact.id()),
            Err(e) => {
                refused = Some(e);
                break;
            }
        }
    }
    assert!(matches!(refused, Some(JournalError::NoStore(_))), "{refused:?}");
    assert_eq!(journal.counts().failed(), (true, true));

    std::fs::remove_file(disk.dir().join("penuh")).unwrap();
    settled(async || ballast.exists() && !journal.counts().disk_low()).await;
    assert_eq!(journal.counts().failed(), (false, false), "noticed without a sale");
    sold.push(enter(&journal, "B9").await.sealed.fact.id());
    drop(journal);
    let journal = open(disk.dir());
    settled(async || {
        let rows = waiting(&journal).await;
        sold.iter().all(|id| rows.iter().any(|r| r.contains(&id.to_string())))
    })
    .await;
    drop(journal);
    assert_eq!(verify(disk.dir(), Some(&key().public())).unwrap().faults, vec![]);
}
