//! The camera's step: one real capture, with what came of it and how long it took.

use super::{Tongue, check, well};
use crate::config::{CameraKind, Config};
use crate::device::camera::{Untried, try_out};
use crate::domain::view::{Check, Verdict};

/// A photo has so long; a camera that needs most of it will miss some cars.
const SLOW_MS: u128 = 1_000;

/// `None` where this gate has no camera.
pub fn step(config: &Config, tongue: Tongue) -> Option<Check> {
    let name = tongue.say("Kamera", "Camera");
    let place = match config.camera.kind {
        CameraKind::None => return None,
        CameraKind::Sim => tongue.say("tiruan", "simulated"),
        CameraKind::V4l2 => config.camera.device.display().to_string(),
        // Never with a login in it: the configuration refuses one.
        CameraKind::Http | CameraKind::Rtsp => config.camera.address(),
    };
    if let Some(path) = &config.camera.password_file
        && let Err(e) = std::fs::File::open(path)
    {
        let todo = tongue.say(
            "beri pengguna ini hak baca, atau betulkan [camera] password_file",
            "let this user read it, or correct [camera] password_file",
        );
        let detail = format!("{}: {}", path.display(), super::trouble(&e, tongue));
        return Some(check(name, Verdict::Fail, detail, todo));
    }
    Some(match try_out(crate::app::camera::options(config)) {
        Err(Untried { what, todo }) => check(name, Verdict::Fail, format!("{place}: {what}"), todo),
        Ok(tried) => {
            let took = tried.took.as_millis();
            let detail = format!(
                "{place}: {} x {}, {} KiB, {took} ms",
                tried.width,
                tried.height,
                tried.bytes.div_ceil(1024)
            );
            match tried.doubt {
                Some(Untried { what, todo }) => check(name, Verdict::Warn, format!("{detail}; {what}"), todo),
                None if took > SLOW_MS => {
                    let todo = tongue.say(
                        "kamera lambat: foto yang lewat 1,5 detik tidak ada; perkecil gambarnya atau pakai kind = \"http\"",
                        "a slow camera: photos after 1.5 s are missing; make its picture smaller or use kind = \"http\"",
                    );
                    check(name, Verdict::Warn, detail, todo)
                }
                None => well(name, detail),
            }
        }
    })
}
