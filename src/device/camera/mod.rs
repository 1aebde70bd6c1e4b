//! A lane's camera: asked for a photo of a stay, answers exactly once, later, and never makes a ticket wait.
//!
//! The original is kept as the camera's own JPEG; a thumbnail of at most 32 KiB comes with the answer. Every shot
//! opens its camera anew: an unplugged one comes back by itself, and no frame is older than the question.

mod drawing;
mod eye;
mod font;
mod frame;
mod http;
mod looks;
mod rtsp;
mod trouble;
mod v4l2;

use super::lane::Lane;
use super::{files, say};
use crate::domain::secret::Secret;
use crate::domain::view::DeviceState;
use jiff::Zoned;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use uuid::Uuid;

/// The simulated camera's picture; none if it cannot be drawn. `dark` as with a cap on the lens.
pub(super) fn drawn(request: Option<&PhotoRequest>, (width, height): (u32, u32), dark: bool) -> Vec<u8> {
    let drawn = if dark { drawing::black(width, height) } else { drawing::shot(request, width, height) };
    drawn.unwrap_or_default()
}

use eye::Eye;
pub use eye::{Tried, Untried, try_out};

/// A shot asked for longer ago than this (or twice the camera's own limit) would show the next vehicle: it is not
/// taken.
const TOO_LATE: Duration = Duration::from_secs(4);
/// Grace beyond the camera's own limit before its call is left behind.
const GRACE: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CameraKind {
    #[default]
    None,
    /// Draws what it would see.
    Sim,
    /// Snapshot over HTTP, one GET a photo.
    Http,
    /// One picture of a stream, by a child ffmpeg.
    Rtsp,
    V4l2,
}

/// How an HTTP camera is given user and password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CameraAuth {
    /// As it asks, digest before basic; never basic once it asked for digest.
    #[default]
    Auto,
    Basic,
    /// Never in the clear.
    Digest,
}

#[derive(Clone, Debug)]
pub struct CameraOptions {
    pub kind: CameraKind,
    /// V4L2: `/dev/video0`.
    pub device: PathBuf,
    /// HTTP: `http://192.168.1.64/snapshot.jpg`; RTSP: `rtsp://192.168.1.64/…`.
    pub url: String,
    /// Empty: without a login.
    pub user: String,
    pub password: Secret,
    pub auth: CameraAuth,
    /// HTTPS: who vouches for the camera (PEM).
    pub ca_file: Option<PathBuf>,
    /// HTTPS: whether the camera's certificate is looked at.
    pub verify: bool,
    /// RTSP: the program.
    pub ffmpeg: PathBuf,
    /// Pixels asked for; the camera has the last word.
    pub width: u32,
    pub height: u32,
    /// From question to picture, all in all.
    pub timeout: Duration,
    /// `Images/Masuk` and `Images/Keluar` lie here.
    pub data_dir: PathBuf,
    pub english: bool,
}

impl Default for CameraOptions {
    fn default() -> Self {
        Self {
            kind: CameraKind::None,
            device: PathBuf::from("/dev/video0"),
            url: String::new(),
            user: String::new(),
            password: Secret::default(),
            auth: CameraAuth::Auto,
            ca_file: None,
            verify: true,
            ffmpeg: PathBuf::from("ffmpeg"),
            width: 1280,
            height: 720,
            timeout: Duration::from_millis(1500),
            data_dir: PathBuf::from("."),
            english: false,
        }
    }
}

/// Entry or exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    In,
    Out,
}

impl Side {
    /// As facts and the centre say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::In, Self::Out].into_iter().find(|s| s.as_str() == text)
    }

    /// Below `data_dir`.
    pub fn folder(self) -> &'static str {
        match self {
            Self::In => "Images/Masuk",
            Self::Out => "Images/Keluar",
        }
    }
}

/// Take a photo of this stay, now.
#[derive(Clone, Debug)]
pub struct PhotoRequest {
    pub stay: Uuid,
    pub side: Side,
    pub ticket: String,
    pub at: Zoned,
    /// What the simulated camera is to see; a real one does not look at them.
    pub plate: Option<String>,
    pub class: String,
}

/// The one answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoTaken {
    pub stay: Uuid,
    pub side: Side,
    pub state: PhotoState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhotoState {
    Ok {
        /// Below `data_dir`: `Images/Masuk/A17K0042XR_20261122_141502.jpg`.
        file: String,
        /// Lower-case hex SHA-256 of the file.
        sha256: String,
        bytes: u64,
        /// At most 32 KiB.
        thumbnail: Vec<u8>,
    },
    /// For people, in the operator's language.
    Missing { reason: String },
}

enum Job {
    Snap(Box<PhotoRequest>),
    /// Is the camera there at all? Asked once at the start.
    Probe,
}

/// Clones share one camera.
#[derive(Clone)]
pub struct CameraHandle {
    lane: Option<Lane<Job>>,
    results: UnboundedSender<PhotoTaken>,
    paused: Arc<AtomicBool>,
    fallback: DeviceState,
    english: bool,
}

impl CameraHandle {
    /// Starts the camera's thread (none for kind `None`). Answers go to `results`.
    pub fn start(options: CameraOptions, results: UnboundedSender<PhotoTaken>) -> Self {
        let english = options.english;
        let paused = Arc::default();
        if options.kind == CameraKind::None {
            return Self { lane: None, results, paused, fallback: DeviceState::None, english };
        }
        let mut eye = Eye::new(options);
        eye.sweep();
        let answers = results.clone();
        match Lane::start("camera", DeviceState::Busy, move |job, waited| eye.work(job, waited, &answers)) {
            Ok(lane) => {
                let _ = lane.put(Job::Probe);
                Self { lane: Some(lane), results, paused, fallback: DeviceState::None, english }
            }
            Err(e) => Self { lane: None, results, paused, fallback: DeviceState::Failed(e.to_string()), english },
        }
    }

    /// Never blocks. `true`: exactly one `PhotoTaken` will come. `false`: this gate has no camera and none comes.
    pub fn snap(&self, request: PhotoRequest) -> bool {
        let (stay, side) = (request.stay, request.side);
        let reason = match &self.lane {
            None if self.fallback == DeviceState::None => return false,
            None => say(self.english, "kamera tidak jalan", "camera not running"),
            Some(_) if self.paused.load(Ordering::Relaxed) => {
                say(self.english, "disk hampir penuh", "disk almost full")
            }
            Some(lane) => match lane.put(Job::Snap(Box::new(request))) {
                Ok(()) => return true,
                Err(_) => say(self.english, "kamera sibuk", "camera busy"),
            },
        };
        let state = PhotoState::Missing { reason: reason.to_owned() };
        let _ = self.results.send(PhotoTaken { stay, side, state });
        true
    }

    /// Photos stop first when the disk runs full; sales go on.
    pub fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    pub fn state(&self) -> DeviceState {
        self.lane.as_ref().map_or_else(|| self.fallback.clone(), Lane::state)
    }

    /// Changes when the state does; `None` where there is no camera.
    pub fn watch(&self) -> Option<watch::Receiver<DeviceState>> {
        self.lane.as_ref().map(Lane::watch)
    }
}

/// Writes the original under the seed's name, `{ticket}_{yyyyMMdd_HHmmss}.jpg`; where that is taken the stay's last
/// characters make it unique. Nothing is ever overwritten. Returns the name below `data_dir`.
fn store(data_dir: &Path, request: &PhotoRequest, jpeg: &[u8]) -> std::io::Result<String> {
    let folder = data_dir.join(request.side.folder());
    let at = request.at.strftime("%Y%m%d_%H%M%S").to_string();
    let base = format!("{}_{at}", files::safe(&request.ticket));
    let stay = request.stay.simple().to_string();
    let names = std::iter::once(format!("{base}.jpg"))
        .chain((0..100).map(|n| format!("{base}_{}_{n}.jpg", stay.get(24..).unwrap_or_default())));
    let name = names.into_iter().find(|n| !folder.join(n).exists());
    let name = name.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::AlreadyExists))?;
    files::replace(&folder, &name, jpeg)?;
    Ok(format!("{}/{name}", request.side.folder()))
}
