//! `[camera]`: which camera hangs on this gate (`printer` and `lane` have the others). "none" is the default.

use super::words;
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Camera {
    pub kind: CameraKind,
    /// For v4l2.
    pub device: PathBuf,
    /// For http and rtsp: an address without name and password in it.
    #[serde(deserialize_with = "words::camera_url")]
    pub url: Option<String>,
    /// The path behind the address, where url has none.
    pub model: Option<CameraModel>,
    pub auth: CameraAuth,
    /// For https: who vouches for the camera.
    pub ca_file: Option<PathBuf>,
    /// For https; false: the camera's certificate is not looked at.
    pub tls_verify: bool,
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
            model: None,
            auth: CameraAuth::Auto,
            ca_file: None,
            tls_verify: true,
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
    Rtsp,
    V4l2,
}

/// Whose paths a network camera has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CameraModel {
    Dahua,
    Hikvision,
}

/// How an http camera is given user and password; "auto" is as it asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CameraAuth {
    #[default]
    Auto,
    Basic,
    Digest,
}

impl Camera {
    /// The key that is missing for this kind, and the words for it.
    pub(super) fn missing(&self) -> Option<(&'static str, String)> {
        let url = self.url.as_deref();
        let is_rtsp = url.is_some_and(|url| url.starts_with("rtsp:"));
        match (self.kind, url) {
            (CameraKind::Http, None) => {
                Some(("kind", "kamera \"http\" memerlukan url, misalnya \"http://10.0.0.9/snapshot.jpg\"".into()))
            }
            (CameraKind::Rtsp, None) => {
                Some(("kind", "kamera \"rtsp\" memerlukan url, misalnya \"rtsp://10.0.0.9/stream\"".into()))
            }
            (CameraKind::Http, _) if is_rtsp => Some(("url", "url rtsp:// memerlukan kind = \"rtsp\"".into())),
            (CameraKind::Rtsp, _) if !is_rtsp => {
                Some(("url", "kamera \"rtsp\" memerlukan url yang diawali rtsp://".into()))
            }
            (CameraKind::Http, Some(url))
                if url.starts_with("https:") && self.tls_verify && self.ca_file.is_none() =>
            {
                Some((
                    "url",
                    "https memerlukan ca_file (sertifikat yang menjamin kamera), atau tls_verify = false".into(),
                ))
            }
            _ => None,
        }
    }

    /// The address to ask, with the model's path where none was given. Empty without one.
    pub fn address(&self) -> String {
        let url = self.url.clone().unwrap_or_default();
        let behind = url.split_once("://").map_or("", |(_, rest)| rest).trim_end_matches('/');
        let path = match (self.kind, self.model) {
            _ if behind.contains(['/', '?']) => return url,
            (_, None) => return url,
            (CameraKind::Rtsp, Some(CameraModel::Dahua)) => "/cam/realmonitor?channel=1&subtype=1",
            (CameraKind::Rtsp, Some(CameraModel::Hikvision)) => "/Streaming/Channels/102",
            (_, Some(CameraModel::Dahua)) => "/cgi-bin/snapshot.cgi?channel=1",
            (_, Some(CameraModel::Hikvision)) => "/ISAPI/Streaming/channels/101/picture",
        };
        format!("{}{path}", url.trim_end_matches('/'))
    }
}
