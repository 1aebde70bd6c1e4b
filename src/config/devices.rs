//! `[camera]`, `[printer]`: which device hangs on this gate (`lane` has barrier and button). Each has a `kind`; "none" is the default.

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

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Printer {
    pub kind: PrinterKind,
    /// For file: the device or file that ESC/POS bytes are appended to.
    pub path: Option<PathBuf>,
    /// For tcp: `address:port`, usually port 9100.
    #[serde(deserialize_with = "words::address")]
    pub address: Option<String>,
    /// Characters on a line: 32 for 58 mm paper, 42 or 48 for 80 mm.
    #[serde(deserialize_with = "words::columns")]
    pub columns: u8,
}

impl Default for Printer {
    fn default() -> Self {
        Self { kind: PrinterKind::None, path: None, address: None, columns: 32 }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrinterKind {
    #[default]
    None,
    Sim,
    File,
    Tcp,
}

impl Camera {
    /// The key that is missing for this kind, and the words for it.
    pub(super) fn missing(&self) -> Option<(&'static str, String)> {
        let needs_url = self.kind == CameraKind::Http && self.url.is_none();
        needs_url
            .then(|| ("kind", "kamera \"http\" memerlukan url, misalnya \"http://10.0.0.9/snapshot.jpg\"".into()))
    }
}

impl Printer {
    pub(super) fn missing(&self) -> Option<(&'static str, String)> {
        match self.kind {
            PrinterKind::File if self.path.is_none() => {
                Some(("kind", "printer \"file\" memerlukan path, misalnya \"/dev/usb/lp0\"".into()))
            }
            PrinterKind::Tcp if self.address.is_none() => {
                Some(("kind", "printer \"tcp\" memerlukan address, misalnya \"10.0.0.8:9100\"".into()))
            }
            _ => None,
        }
    }
}
