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
use std::sync::{Arc, Mutex, PoisonError};
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
    looks: Mutex<HashMap<Uuid, jiff::Timestamp>>,
    fresh: Notify,
}

impl Photos {
    pub fn new(data_dir: &Path) -> Self {
        Self { store: PhotoStore::open(data_dir), looks: Mutex::default(), fresh: Notify::new() }
    }

    /// Whether this stay's exit has not been photographed just now.
    pub fn first_look(&self, stay: Uuid, at: &Zoned) -> bool {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let now = at.timestamp();
        looks.retain(|_, seen| now.as_second() - seen.as_second() <= SAME_LOOK_SECONDS);
        looks.insert(stay, now).is_none()
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
