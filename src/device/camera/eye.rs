//! The far end of a camera: what its thread owns, one shot at a time, and what is thought of it.

use super::looks::{Looks, Tones};
use super::trouble::Trouble;
use super::{
    CameraKind, CameraOptions, GRACE, Job, PhotoRequest, PhotoState, PhotoTaken, Side, TOO_LATE, drawing, http,
    rtsp, store, v4l2,
};
use crate::device::patience::{Patience, Waited};
use crate::device::{files, jpeg};
use crate::domain::view::DeviceState;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

pub(super) struct Eye {
    options: Arc<CameraOptions>,
    snapshots: Arc<http::Snapshots>,
    patience: Patience,
    looks: Looks,
}

/// A picture, whole, and what was made of it.
struct Shot {
    jpeg: Vec<u8>,
    thumbnail: Vec<u8>,
    tones: Tones,
    size: (u16, u16),
}

/// One real capture, for who tries a camera out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub bytes: usize,
    pub width: u16,
    pub height: u16,
    pub took: Duration,
    /// The picture came, but there is nothing to be seen on it.
    pub doubt: Option<Untried>,
}

/// What is wrong, and what to do about it, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untried {
    pub what: String,
    pub todo: &'static str,
}

/// Takes one picture and throws it away. Waits for as long as the camera's limit.
pub fn try_out(options: CameraOptions) -> Result<Tried, Untried> {
    let english = options.english;
    let told = |t: Trouble| Untried { what: t.told(english), todo: t.todo(english) };
    let begun = Instant::now();
    let shot = Eye::new(options).see(None).map_err(told)?;
    let doubt = shot.tones.doubt().map(told);
    Ok(Tried { bytes: shot.jpeg.len(), width: shot.size.0, height: shot.size.1, took: begun.elapsed(), doubt })
}

impl Eye {
    pub fn new(options: CameraOptions) -> Self {
        let (snapshots, patience, looks) = (Arc::default(), Patience::default(), Looks::default());
        Self { options: Arc::new(options), snapshots, patience, looks }
    }

    pub fn work(&mut self, job: Job, waited: Duration, results: &UnboundedSender<PhotoTaken>) -> DeviceState {
        let request = match job {
            Job::Probe if self.options.kind == CameraKind::Sim => return DeviceState::Ready,
            Job::Probe => {
                let seen = self.see(None);
                return self.state_after(seen.map_or_else(Some, |shot| shot.tones.doubt()));
            }
            Job::Snap(request) => *request,
        };
        let late = waited > TOO_LATE.max(self.options.timeout * 2);
        let taken = if late { Err(Trouble::TooLate) } else { self.take(&request) };
        let (state, trouble) = match taken {
            Ok((state, doubt)) => (state, doubt),
            Err(t) => (PhotoState::Missing { reason: t.told(self.options.english) }, Some(t)),
        };
        let _ = results.send(PhotoTaken { stay: request.stay, side: request.side, state });
        self.state_after(trouble)
    }

    fn state_after(&self, trouble: Option<Trouble>) -> DeviceState {
        match trouble {
            None | Some(Trouble::TooLate) => DeviceState::Ready,
            Some(t) => DeviceState::Failed(t.told(self.options.english)),
        }
    }

    /// The photo as it is recorded, and what is to be doubted of the camera all the same.
    fn take(&mut self, request: &PhotoRequest) -> Result<(PhotoState, Option<Trouble>), Trouble> {
        let shot = self.see(Some(request.clone()))?;
        let file = store(&self.options.data_dir, request, &shot.jpeg).map_err(Trouble::Folder)?;
        let digest = ring::digest::digest(&ring::digest::SHA256, &shot.jpeg);
        let sha256 = data_encoding::HEXLOWER.encode(digest.as_ref());
        let mark: [u8; 32] = digest.as_ref().try_into().unwrap_or_default();
        let doubt = self.looks.judge(mark, shot.tones);
        let bytes = shot.jpeg.len() as u64;
        Ok((PhotoState::Ok { file, sha256, bytes, thumbnail: shot.thumbnail }, doubt))
    }

    /// One shot and its thumbnail, waited for only so long. Without a request there is no thumbnail.
    fn see(&self, request: Option<PhotoRequest>) -> Result<Shot, Trouble> {
        let (options, snapshots) = (Arc::clone(&self.options), Arc::clone(&self.snapshots));
        let shot = move || {
            let jpeg = match options.kind {
                CameraKind::None => return Err(Trouble::NotThere),
                CameraKind::Sim => drawing::shot(request.as_ref(), options.width, options.height)?,
                CameraKind::Http => snapshots.shot(&options)?,
                CameraKind::Rtsp => rtsp::shot(&options)?,
                CameraKind::V4l2 => v4l2::shot(&options.device, options.width, options.height, options.timeout)?,
            };
            let picture = jpeg::decode(&jpeg).map_err(Trouble::Picture)?;
            let thumbnail = match request {
                Some(_) => jpeg::thumbnail(&picture).map_err(Trouble::Picture)?,
                None => Vec::new(),
            };
            let (tones, size) = (Tones::of(&picture), (picture.width, picture.height));
            Ok(Shot { jpeg, thumbnail, tones, size })
        };
        self.patience.call("camera-shot", self.options.timeout + GRACE, shot).unwrap_or_else(|waited| {
            Err(match waited {
                Waited::StillBusy | Waited::TimedOut => Trouble::Slow,
                Waited::Died => Trouble::Driver("panic".to_owned()),
            })
        })
    }

    pub fn sweep(&self) {
        for side in [Side::In, Side::Out] {
            files::sweep(&self.options.data_dir.join(side.folder()));
        }
    }
}
