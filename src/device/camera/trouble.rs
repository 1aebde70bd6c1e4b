//! Why there is no photo, in words for the log and for the operator.

use crate::device::jpeg::BadPicture;
use crate::device::outcome::trouble;
use crate::device::say;
use std::io;

#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("the shot waited until it would have shown another vehicle")]
    TooLate,
    #[error("no answer within the limit")]
    Slow,
    #[error("no camera there")]
    NotThere,
    #[error("the camera wants another user or password")]
    Login,
    #[error("the camera answered {0}")]
    Status(u16),
    #[error("not a picture: {0}")]
    Picture(#[source] BadPicture),
    #[error("a picture without end")]
    Torn,
    #[error("pixel format {0} is not understood")]
    Format(String),
    #[error("cannot be asked: {0}")]
    Setup(String),
    #[error("driver: {0}")]
    Driver(String),
    #[error("camera: {0}")]
    Device(#[source] io::Error),
    #[error("photo folder: {0}")]
    Folder(#[source] io::Error),
}

impl Trouble {
    /// For people: Indonesian, or English.
    pub fn told(&self, english: bool) -> String {
        let e = english;
        match self {
            Self::TooLate => say(e, "kamera terlambat", "camera too late").to_owned(),
            Self::Slow => say(e, "kamera tidak menjawab", "camera does not answer").to_owned(),
            Self::NotThere => say(e, "kamera tidak ada", "no camera there").to_owned(),
            Self::Login => say(e, "nama atau sandi kamera salah", "camera refuses user or password").to_owned(),
            Self::Status(code) => format!("{} {code}", say(e, "kamera menjawab", "camera answered")),
            Self::Picture(_) | Self::Torn => say(e, "gambar kamera rusak", "damaged picture").to_owned(),
            Self::Format(format) => {
                format!("{} {format}", say(e, "format kamera tidak dikenal:", "unknown camera format:"))
            }
            Self::Setup(what) => format!("{} {what}", say(e, "setelan kamera salah:", "wrong camera setting:")),
            Self::Driver(what) => format!("{} {what}", say(e, "penggerak kamera:", "camera driver:")),
            Self::Device(error) => format!("{} {}", say(e, "kamera:", "camera:"), trouble(e, error)),
            Self::Folder(error) => format!("{} {}", say(e, "folder foto:", "photo folder:"), trouble(e, error)),
        }
    }
}
