//! Thumbnails, and when they are let go.

use super::*;
use jiff::Timestamp;
use parkir::device::jpeg;
use parkir::device::photos::PhotoStore;

#[test]
fn a_thumbnail_waits_until_the_centre_has_it_and_can_still_be_shown() {
    let folder = Folder::new();
    let store = PhotoStore::open(&folder.0);
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(store.pending_uploads().unwrap(), []);
    let hash = "ab".repeat(32);
    store.save_thumb(second, Side::Out, &hash, b"out").unwrap();
    store.save_thumb(first, Side::In, &hash, b"in").unwrap();
    store.keep_thumb(second, Side::In, b"from the centre").unwrap();

    // A new process sees the same, without what a crash left.
    let half = folder.0.join("offline_data/photos/waiting/.x.jpg.part");
    fs::write(&half, "half").unwrap();
    let store = PhotoStore::open(&folder.0);
    assert!(!half.exists());
    let pending = store.pending_uploads().unwrap();
    let seen: Vec<_> = pending.iter().map(|p| (p.stay, p.side, p.sha256.as_str())).collect();
    assert_eq!(seen, [(first, Side::In, hash.as_str()), (second, Side::Out, hash.as_str())]);

    for _ in 0..2 {
        store.mark_uploaded(first, Side::In).unwrap();
        assert_eq!(store.load_thumb(first, Side::In).unwrap().as_deref(), Some(&b"in"[..]));
    }
    assert_eq!(store.pending_uploads().unwrap().len(), 1);
    assert_eq!(store.load_thumb(second, Side::Out).unwrap().as_deref(), Some(&b"out"[..]));
    assert_eq!(store.load_thumb(second, Side::In).unwrap().as_deref(), Some(&b"from the centre"[..]));
    assert_eq!(store.load_thumb(first, Side::Out).unwrap(), None);
    assert!(store.save_thumb(first, Side::In, &hash, &vec![0; jpeg::THUMBNAIL_MOST + 1]).is_err());

    let tomorrow = Timestamp::now() + Duration::from_secs(86_400);
    assert_eq!(store.prune_thumbs(Timestamp::UNIX_EPOCH).unwrap(), 0);
    assert_eq!(store.prune_thumbs(tomorrow).unwrap(), 2);
    assert_eq!(store.load_thumb(first, Side::In).unwrap(), None);
    assert_eq!(store.pending_uploads().unwrap().len(), 1, "what waits is never pruned");
}

#[test]
fn an_old_original_goes_only_when_the_centre_has_its_thumbnail() {
    let folder = Folder::new();
    let store = PhotoStore::open(&folder.0);
    let put = |side: &str, name: &str, days: u64| {
        let path = folder.0.join("Images").join(side).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, name).unwrap();
        let written = std::time::SystemTime::now() - Duration::from_secs(days * 86_400);
        fs::File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
        path
    };
    let hash = |name: &str| {
        let digest = ring::digest::digest(&ring::digest::SHA256, name.as_bytes());
        data_encoding::HEXLOWER.encode(digest.as_ref())
    };
    let (old, waits, lost, young) = (
        put("Masuk", "old.jpg", 40),
        put("Keluar", "waits.jpg", 50),
        put("Masuk", "lost.jpg", 60),
        put("Masuk", "young.jpg", 3),
    );
    for name in ["old.jpg", "young.jpg"] {
        let stay = Uuid::now_v7();
        store.save_thumb(stay, Side::In, &hash(name), b"small").unwrap();
        store.mark_uploaded(stay, Side::In).unwrap();
    }
    store.save_thumb(Uuid::now_v7(), Side::Out, &hash("waits.jpg"), b"small").unwrap();
    let days_ago = |days: u64| Timestamp::now() - Duration::from_secs(days * 86_400);
    assert_eq!(store.prune_originals(days_ago(45)).unwrap(), 0);
    assert_eq!(store.prune_originals(days_ago(35)).unwrap(), 1);
    let left = [&old, &waits, &lost, &young].map(|path| path.exists());
    assert_eq!(left, [false, true, true, true], "never confirmed, or not old enough");
    assert_eq!(store.prune_originals(days_ago(1)).unwrap(), 1);
    assert!(!young.exists() && waits.exists() && lost.exists());
}
