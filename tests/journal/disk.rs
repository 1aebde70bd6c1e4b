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
    assert!(matches!(refused, Some(JournalError::NoStore(_) | JournalError::Unsaved(..))), "{refused:?}");
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

/// An ext4 in a file, which becomes read-only at its first error, as a failing disk's does.
struct Loop {
    folder: Folder,
    mounted: std::path::PathBuf,
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|o| o.status.success())
}

impl Loop {
    fn new() -> Option<Self> {
        let folder = Folder::new();
        let mounted = folder.0.join("disk");
        std::fs::create_dir(&mounted).unwrap();
        let image = folder.0.join("image").display().to_string();
        let made = run("truncate", &["-s", "64M", &image]) && run("mkfs.ext4", &["-q", &image]);
        let it = Self { folder, mounted };
        if made && it.mount(&image) {
            return Some(it);
        }
        eprintln!("SKIPPED: a loop mount needs root and mkfs.ext4");
        None
    }

    fn mount(&self, image: &str) -> bool {
        run("mount", &["-o", "loop,errors=remount-ro", image, &self.mounted.display().to_string()])
    }

    /// The kernel's own way to say that this disk failed.
    fn fail(&self) -> bool {
        let found = Command::new("findmnt").args(["-no", "SOURCE"]).arg(&self.mounted).output().unwrap();
        let source = String::from_utf8_lossy(&found.stdout).trim().replace("/dev/", "");
        let done = std::fs::write(format!("/sys/fs/ext4/{source}/trigger_fs_error"), "1");
        if let Err(e) = &done {
            eprintln!("SKIPPED: this kernel's ext4 cannot be told to fail: {e}");
        }
        done.is_ok()
    }

    /// What was on it, on a disk that works.
    fn replace(&self) {
        let (old, new) = (self.folder.0.join("image"), self.folder.0.join("copy"));
        std::fs::copy(old, &new).unwrap();
        assert!(run("umount", &["-l", &self.mounted.display().to_string()]));
        assert!(self.mount(&new.display().to_string()));
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = run("umount", &["-l", &self.mounted.display().to_string()]);
    }
}

#[tokio::test]
async fn on_a_read_only_disk_nothing_is_shown_as_saved_and_it_is_over_without_a_restart() {
    let Some(disk) = Loop::new() else { return };
    let journal = open(&disk.mounted);
    journal.set_link(false, true);
    let mut sold = Vec::new();
    for i in 0..5 {
        sold.push(enter(&journal, &format!("B{i}")).await.sealed.fact.id());
    }
    if !disk.fail() {
        return;
    }
    let before = journal.epoch();
    for _ in 0..3 {
        let refused = try_enter(&journal, Uuid::now_v7(), "C1").await;
        assert!(matches!(refused, Err(JournalError::NoStore(_) | JournalError::Unsaved(..))), "{refused:?}");
    }
    assert_eq!(journal.counts().failed(), (true, true), "the red banner");
    assert_eq!(journal.inside_by_plate("B3".into()).await.unwrap().len(), 1, "reads work");
    assert_eq!(waiting(&journal).await.len(), 6, "reads work");
    disk.replace();
    settled(async || journal.counts().failed() == (false, false)).await;
    sold.push(enter(&journal, "B9").await.sealed.fact.id());
    assert_ne!(journal.epoch(), before, "what nobody knows of closed the epoch");
    let rows = waiting(&journal).await;
    assert!(sold.iter().all(|id| rows.iter().any(|r| r.contains(&id.to_string()))));
    drop(journal);
    assert_eq!(verify(&disk.mounted, Some(&key().public())).unwrap().faults, vec![]);
}
