//! A lane's devices, on real sockets and real files: what they do well, badly, late or never, and that each question
//! is answered exactly once without the asker ever waiting.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod barrier;
mod camera;
mod gate;
mod golden;
mod network;
mod paper;
mod photos;
mod transports;
mod v4l2;

use jiff::Zoned;
use parkir::device::camera::{
    CameraHandle, CameraKind, CameraOptions, PhotoRequest, PhotoState, PhotoTaken, Side,
};
use parkir::domain::view::DeviceState;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, error::TryRecvError, unbounded_channel};
use uuid::Uuid;

/// A folder of its own, removed with its contents.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("parkir-device-{}", Uuid::now_v7()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn files(&self, below: &str) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.0.join(below)) else { return Vec::new() };
        entries.flatten().map(|e| e.path()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Waits without a runtime; a minute means never.
fn wait<T>(answers: &mut UnboundedReceiver<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        match answers.try_recv() {
            Ok(answer) => return answer,
            Err(TryRecvError::Empty) if Instant::now() < end => thread::sleep(Duration::from_millis(2)),
            Err(e) => panic!("no answer: {e}"),
        }
    }
}

fn wait_for(state: impl Fn() -> DeviceState, wanted: impl Fn(&DeviceState) -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !wanted(&state()) {
        assert!(Instant::now() < end, "state stays {:?}", state());
        thread::sleep(Duration::from_millis(2));
    }
}

fn at(time: &str) -> Zoned {
    format!("2026-11-22T{time}+07:00[Asia/Jakarta]").parse().unwrap()
}

fn request(side: Side, ticket: &str) -> PhotoRequest {
    let (stay, at) = (Uuid::now_v7(), at("14:15:02"));
    PhotoRequest { stay, side, ticket: ticket.into(), at, plate: Some("B 1234 XYZ".into()), class: "mobil".into() }
}

fn options(folder: &Folder, kind: CameraKind) -> CameraOptions {
    let timeout = Duration::from_secs(20);
    CameraOptions { kind, data_dir: folder.0.clone(), timeout, width: 320, height: 240, ..Default::default() }
}

fn camera(options: CameraOptions) -> (CameraHandle, UnboundedReceiver<PhotoTaken>) {
    let (results, answers) = unbounded_channel();
    (CameraHandle::start(options, results), answers)
}

/// What the simulated camera makes of a request: a real JPEG to serve.
fn sample(width: u32, height: u32) -> Vec<u8> {
    let folder = Folder::new();
    let (camera, mut answers) = camera(CameraOptions { width, height, ..options(&folder, CameraKind::Sim) });
    assert!(camera.snap(request(Side::In, "SAMPLE")));
    let PhotoState::Ok { file, .. } = wait(&mut answers).state else { panic!("no sample") };
    fs::read(folder.0.join(file)).unwrap()
}

fn missing(taken: PhotoTaken) -> String {
    match taken.state {
        PhotoState::Missing { reason } => reason,
        PhotoState::Ok { file, .. } => panic!("a photo in {file}"),
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    data_encoding::HEXLOWER.encode(digest.as_ref())
}
