//! Photos around a desk: kept where they were taken, a thumbnail to the centre when the link allows, the entry's photo
//! back at the exit. A photo is a fact of its own and never delays money.

use super::desk::Desk;
use super::others::Peer;
use crate::device::camera::{PhotoState, PhotoTaken, Side};
use crate::device::photos::PhotoStore;
use crate::device::picture::picture;
use crate::domain::kinds::{Event, Photo};
use crate::domain::view::PhotoView;
use crate::sync::Upload;
use jiff::Zoned;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Pixels a screen is given; its widget picks from them.
const WIDTH: u16 = 96;
const HEIGHT: u16 = 64;
/// A second look at the same stay within this many seconds shows the same photo.
const SAME_LOOK_SECONDS: i64 = 60;
/// So long a photo that was refused is left alone.
const REFUSED_FOR: std::time::Duration = std::time::Duration::from_secs(60 * 60);
const A_DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

pub struct Photos {
    store: PhotoStore,
    /// Whose exit was photographed last, and when.
    last_look: Mutex<Option<(Uuid, jiff::Timestamp)>>,
    fresh: Notify,
}

impl Photos {
    pub fn new(data_dir: &Path) -> Self {
        Self { store: PhotoStore::open(data_dir), last_look: Mutex::default(), fresh: Notify::new() }
    }

    fn last_look(&self) -> MutexGuard<'_, Option<(Uuid, jiff::Timestamp)>> {
        self.last_look.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the exit is to be photographed for this stay: not again within a minute, unless another vehicle's was
    /// looked at in between. Then what stands before the camera may be another one.
    pub fn first_look(&self, stay: Uuid, at: &Zoned) -> bool {
        let mut last = self.last_look();
        let now = at.timestamp();
        let just = |then: jiff::Timestamp| (0..=SAME_LOOK_SECONDS).contains(&(now.as_second() - then.as_second()));
        if last.is_some_and(|(known, then)| known == stay && just(then)) {
            return false;
        }
        *last = Some((stay, now));
        true
    }

    /// There is no photo of this look: the next one tries again.
    fn look_again(&self, stay: Uuid) {
        let mut last = self.last_look();
        if last.is_some_and(|(known, _)| known == stay) {
            *last = None;
        }
    }

    pub async fn entry(&self, desk: &Desk, stay: Uuid) -> PhotoView {
        let jpeg = match self.store.load_thumb(stay, Side::In) {
            Ok(Some(jpeg)) => Some(jpeg),
            _ => {
                let fetched = desk.sync.get_photo(stay, Side::In.as_str()).await;
                if let Some(jpeg) = &fetched
                    && let Err(e) = self.store.keep_thumb(stay, Side::In, jpeg)
                {
                    tracing::warn!(target: "gate", error = %e, "foto tidak tersimpan di sini");
                }
                fetched
            }
        };
        jpeg.map_or(PhotoView::NotArrived, |jpeg| show(&jpeg, ""))
    }
}

fn show(jpeg: &[u8], caption: &str) -> PhotoView {
    match picture(jpeg, WIDTH, HEIGHT, caption) {
        Ok(picture) => PhotoView::Here(picture),
        Err(e) => {
            tracing::warn!(target: "gate", error = %e, "foto tidak terbaca");
            PhotoView::Missing
        }
    }
}

/// Takes what the camera gives: thumbnail kept, fact recorded, screen told.
pub async fn keep(
    photos: Arc<Photos>,
    desk: Arc<Desk>,
    mut taken: mpsc::UnboundedReceiver<PhotoTaken>,
    peers: mpsc::Sender<Peer>,
    stop: CancellationToken,
) {
    while let Some(Some(PhotoTaken { stay, side, state })) = stop.run_until_cancelled(taken.recv()).await {
        let mut fact = Photo {
            stay,
            side: side.as_str().to_owned(),
            state: "missing".into(),
            sha256: String::new(),
            bytes: 0,
            file: String::new(),
        };
        let view = match state {
            PhotoState::Ok { file, sha256, bytes, thumbnail } => {
                if let Err(e) = photos.store.save_thumb(stay, side, &sha256, &thumbnail) {
                    tracing::warn!(target: "gate", error = %e, "foto kecil tidak tersimpan");
                }
                let view = show(&thumbnail, &desk.clock.now().strftime("%H.%M.%S").to_string());
                fact = Photo { state: "ok".into(), sha256, bytes, file, ..fact };
                view
            }
            PhotoState::Missing { reason } => {
                photos.look_again(stay);
                tracing::warn!(target: "gate", stay = %stay, reason, "foto tidak ada");
                PhotoView::Missing
            }
        };
        let _ = peers.try_send(Peer::Photo { stay, out: side == Side::Out, photo: view });
        if let Err(e) = desk.record_event(Event::Photo(fact)).await {
            tracing::warn!(target: "gate", error = %e, "foto tidak tercatat");
        }
        photos.fresh.notify_one();
    }
}

/// Brings thumbnails to the centre whenever the link is up and some wait. One the centre refuses holds up no other; it is
/// tried again after a while.
pub async fn upload(photos: Arc<Photos>, desk: Arc<Desk>, stop: CancellationToken) {
    let mut link = desk.sync.link.clone();
    let mut refused: HashMap<(Uuid, &'static str), Instant> = HashMap::new();
    loop {
        refused.retain(|_, at| at.elapsed() < REFUSED_FOR);
        let up = link.borrow_and_update().link.is_up();
        if up {
            for waiting in photos.store.pending_uploads().unwrap_or_default() {
                let side = waiting.side.as_str();
                if refused.contains_key(&(waiting.stay, side)) {
                    continue;
                }
                let Ok(Some(jpeg)) = photos.store.load_thumb(waiting.stay, waiting.side) else { continue };
                match desk.sync.put_photo(waiting.stay, side, &waiting.sha256, jpeg).await {
                    Upload::Done => {}
                    Upload::Refused => {
                        tracing::warn!(target: "gate", stay = %waiting.stay, side, "foto ditolak pusat: dicoba lagi nanti");
                        refused.insert((waiting.stay, side), Instant::now());
                        continue;
                    }
                    Upload::NotNow => break,
                }
                if let Err(e) = photos.store.mark_uploaded(waiting.stay, waiting.side) {
                    tracing::warn!(target: "gate", error = %e, "foto terkirim tetapi tidak tercatat");
                    break;
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = photos.fresh.notified() => {}
            changed = link.changed() => if changed.is_err() { return },
        }
    }
}

/// Removes originals that are `days` old and confirmed at the centre, now and once a day; 0 days keep all of them.
pub async fn tidy(photos: Arc<Photos>, days: u16, stop: CancellationToken) {
    if days == 0 {
        return;
    }
    loop {
        let store = photos.store.clone();
        let done = tokio::task::spawn_blocking(move || {
            let before = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * i64::from(days));
            store.prune_originals(before)
        });
        match done.await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(removed)) => tracing::info!(target: "gate", removed, days, "foto lama dihapus"),
            Ok(Err(e)) => tracing::warn!(target: "gate", error = %e, "foto lama belum dihapus"),
        }
        if stop.run_until_cancelled(tokio::time::sleep(A_DAY)).await.is_none() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_vehicle_in_between_or_no_photo_at_all_means_a_new_one() {
        let folder = std::env::temp_dir().join(format!("parkir-looks-{}", Uuid::now_v7()));
        let photos = Photos::new(&folder);
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let at = |second: i64| {
            jiff::Timestamp::from_second(1_795_000_000 + second).unwrap().to_zoned(jiff::tz::TimeZone::UTC)
        };
        let looks: Vec<bool> = [(b, 0), (a, 5), (b, 20), (b, 40), (b, 79), (b, 81)]
            .iter()
            .map(|(s, t)| photos.first_look(*s, &at(*t)))
            .collect();
        assert_eq!(looks, [true, true, true, false, false, true], "not renewed by looking");
        photos.look_again(a);
        assert!(!photos.first_look(b, &at(90)), "that was another's");
        photos.look_again(b);
        assert!(photos.first_look(b, &at(91)));
        let _ = std::fs::remove_dir_all(folder);
    }
}
