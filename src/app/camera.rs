//! The camera as the configuration has it, for a gate and for who tries it out.

use crate::config::{self, Config};
use crate::device::camera::{CameraAuth, CameraKind, CameraOptions};
use crate::domain::secret::Secret;

/// Opens the password's file: it is used now.
pub fn options(config: &Config) -> CameraOptions {
    let c = &config.camera;
    let password = c.password_file.as_ref().and_then(|path| match std::fs::read_to_string(path) {
        Ok(text) => Some(Secret::new(text.trim())),
        Err(e) => {
            tracing::warn!(target: "gate", path = %path.display(), error = %e, "sandi kamera tidak terbaca");
            None
        }
    });
    CameraOptions {
        kind: match c.kind {
            config::CameraKind::None => CameraKind::None,
            config::CameraKind::Sim => CameraKind::Sim,
            config::CameraKind::Http => CameraKind::Http,
            config::CameraKind::Rtsp => CameraKind::Rtsp,
            config::CameraKind::V4l2 => CameraKind::V4l2,
        },
        device: c.device.clone(),
        url: c.address(),
        user: c.user.clone().unwrap_or_default(),
        password: password.unwrap_or_default(),
        auth: match c.auth {
            config::CameraAuth::Auto => CameraAuth::Auto,
            config::CameraAuth::Basic => CameraAuth::Basic,
            config::CameraAuth::Digest => CameraAuth::Digest,
        },
        ca_file: c.ca_file.clone(),
        verify: c.tls_verify,
        width: c.width,
        height: c.height,
        data_dir: config.data_dir.clone(),
        english: config.site.language == config::Lang::En,
        ..CameraOptions::default()
    }
}
