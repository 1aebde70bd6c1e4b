//! `[camera]`, `[barrier]`: which device hangs on this gate. Each has a `kind`; "none" is the default.

use super::words;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Camera {
    pub kind: CameraKind,
    /// For v4l2.
    pub device: PathBuf,
    /// For http: a snapshot address, without name and password in it.
    #[serde(deserialize_with = "words::http_url")]
    pub url: Option<String>,
    pub user: Option<String>,
    /// One line; opened when a picture is taken.
    pub password_file: Option<PathBuf>,
    /// Pixels asked for; a camera may give others.
    #[serde(deserialize_with = "words::pixels")]
    pub width: u32,
    #[serde(deserialize_with = "words::pixels")]
    pub height: u32,
    /// How many days an original stays here once the centre has its thumbnail; 0: for ever.
    pub keep_days: u16,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            kind: CameraKind::None,
            device: "/dev/video0".into(),
            url: None,
            user: None,
            password_file: None,
            width: 1280,
            height: 720,
            keep_days: 35,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CameraKind {
    #[default]
    None,
    Sim,
    Http,
    V4l2,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Barrier {
    pub kind: BarrierKind,
    /// For file: what the word to open is appended to.
    pub path: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BarrierKind {
    #[default]
    None,
    Sim,
    File,
}

impl Camera {
    /// The key that is missing for this kind, and the words for it.
    pub(super) fn missing(&self) -> Option<(&'static str, String)> {
        let needs_url = self.kind == CameraKind::Http && self.url.is_none();
        needs_url
            .then(|| ("kind", "kamera \"http\" memerlukan url, misalnya \"http://10.0.0.9/snapshot.jpg\"".into()))
    }
}

impl Barrier {
    pub(super) fn missing(&self) -> Option<(&'static str, String)> {
        let needs_path = self.kind == BarrierKind::File && self.path.is_none();
        needs_path.then(|| ("kind", "palang \"file\" memerlukan path, misalnya \"/dev/ttyUSB0\"".into()))
    }
}
