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
    #[error("ffmpeg is not installed")]
    NoFfmpeg,
    #[error("the camera's certificate is not trusted")]
    Certificate,
    #[error("the last {0} pictures are the very same bytes")]
    Frozen(u32),
    #[error("the picture is black")]
    Dark,
    #[error("the picture is of one colour")]
    Blank,
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
            Self::NoFfmpeg => {
                say(e, "ffmpeg belum dipasang (perlu untuk rtsp)", "ffmpeg is not installed (rtsp needs it)")
                    .to_owned()
            }
            Self::Certificate => {
                say(e, "sertifikat kamera tidak dipercaya", "the camera's certificate is not trusted").to_owned()
            }
            Self::Frozen(n) if e => format!("picture stands still: {n} photos alike"),
            Self::Frozen(n) => format!("gambar diam: {n} foto sama persis"),
            Self::Dark => say(e, "gambar gelap", "black picture").to_owned(),
            Self::Blank => say(e, "gambar kosong, satu warna", "empty picture, one colour").to_owned(),
            Self::Driver(what) => format!("{} {what}", say(e, "penggerak kamera:", "camera driver:")),
            Self::Device(error) => format!("{} {}", say(e, "kamera:", "camera:"), trouble(e, error)),
            Self::Folder(error) => format!("{} {}", say(e, "folder foto:", "photo folder:"), trouble(e, error)),
        }
    }
    /// What to do, in one line.
    pub fn todo(&self, english: bool) -> &'static str {
        let pair = match self {
            Self::TooLate | Self::Slow => (
                "periksa kabel, daya dan beban jaringan kamera; pakai alur gambar yang lebih kecil",
                "look at the camera's cable, power and network load; use a smaller picture",
            ),
            Self::NotThere => (
                "nyalakan kamera, lalu periksa alamatnya di [camera]: ping alamat itu dari mesin ini",
                "turn the camera on, then check its address in [camera]: ping it from this machine",
            ),
            Self::Login => (
                "betulkan [camera] user dan password_file; kamera mengunci akun setelah beberapa kali salah",
                "correct [camera] user and password_file; cameras lock an account after a few wrong tries",
            ),
            Self::Status(_) => (
                "periksa bagian url di belakang alamat, atau isi model = \"dahua\" atau \"hikvision\"",
                "check the part of url behind the address, or set model = \"dahua\" or \"hikvision\"",
            ),
            Self::Picture(_) | Self::Torn | Self::Format(_) | Self::Driver(_) => (
                "cabut lalu pasang lagi kamera, atau nyalakan ulang; ganti bila tetap begini",
                "unplug the camera and plug it in again, or restart it; replace it if that does not help",
            ),
            Self::Setup(_) => ("betulkan [camera] di config.toml", "correct [camera] in config.toml"),
            Self::NoFfmpeg => (
                "pasang: sudo apt install ffmpeg, atau pakai kind = \"http\"",
                "install it: sudo apt install ffmpeg, or use kind = \"http\"",
            ),
            Self::Certificate => (
                "isi [camera] ca_file dengan sertifikat yang menjamin kamera, atau tls_verify = false",
                "give [camera] ca_file the certificate that vouches for the camera, or tls_verify = false",
            ),
            Self::Frozen(_) => ("nyalakan ulang kamera", "restart the camera"),
            Self::Dark | Self::Blank => (
                "lihat lensa, penutup dan lampu kamera; arahkan lagi ke jalur",
                "look at the camera's lens, cap and light; point it at the lane again",
            ),
            Self::Device(error) => match error.kind() {
                io::ErrorKind::NotFound => (
                    "pasang kamera USB; yang ada: ls /dev/video*, lalu isi [camera] device",
                    "plug the USB camera in; which there are: ls /dev/video*, then set [camera] device",
                ),
                io::ErrorKind::PermissionDenied => (
                    "beri hak: sudo usermod -aG video NAMA, lalu masuk lagi",
                    "give the right: sudo usermod -aG video NAME, then log in again",
                ),
                io::ErrorKind::ResourceBusy => (
                    "program lain memakai kamera ini; tutup program itu",
                    "another program uses this camera; close it",
                ),
                _ => ("periksa kabel dan daya kamera", "look at the camera's cable and power"),
            },
            Self::Folder(_) => (
                "beri pengguna ini hak tulis di folder Images, dan periksa sisa disk",
                "let this user write in the folder Images, and check the disk's room",
            ),
        };
        say(english, pair.0, pair.1)
    }
}
