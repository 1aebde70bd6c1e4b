//! A V4L2 camera, behind a driver that is preloaded instead of the kernel's.

use super::*;
use parkir::device::jpeg;
use std::path::Path;
use std::process::Command;

/// Runs `behind_the_fake_driver` of this very program with the fake preloaded: what it printed, and its complaints.
fn with_fake_driver(folder: &Folder, mode: &str) -> (String, String) {
    let library = folder.0.join("fake_v4l2.so");
    if !library.exists() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/device/fake_v4l2.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-w", "-o"]).arg(&library).arg(source).arg("-ldl");
        let built = cc.output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "v4l2::behind_the_fake_driver", "--ignored", "--nocapture"])
        .env("LD_PRELOAD", &library)
        .env("FAKE_V4L2_PATH", "/dev/video-fake")
        .env("FAKE_V4L2_MODE", mode)
        .env("FAKE_V4L2_JPEG", folder.0.join("frame.jpg"))
        .env("PARKIR_TEST_FOLDER", &folder.0)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
#[ignore = "run by the tests that preload a fake driver"]
fn behind_the_fake_driver() {
    let data_dir = PathBuf::from(std::env::var_os("PARKIR_TEST_FOLDER").expect("run by itself, it has no driver"));
    let hangs = std::env::var("FAKE_V4L2_MODE").unwrap() == "hang";
    let timeout = if hangs { Duration::from_millis(300) } else { Duration::from_secs(20) };
    let device = PathBuf::from("/dev/video-fake");
    let options = CameraOptions { kind: CameraKind::V4l2, device, timeout, data_dir, ..Default::default() };
    let (camera, mut answers) = camera(options);
    for _ in 0..2 {
        camera.snap(request(Side::In, "A1"));
        match wait(&mut answers).state {
            PhotoState::Ok { file, sha256, .. } => println!("OK {file} {sha256}"),
            PhotoState::Missing { reason } => println!("MISSING {reason}"),
        }
    }
}

#[test]
fn a_v4l2_camera_gives_its_own_jpeg_and_a_failing_stream_is_opened_anew() {
    let folder = Folder::new();
    let jpeg = sample(640, 360);
    fs::write(folder.0.join("frame.jpg"), &jpeg).unwrap();
    for mode in ["mjpg", "late", "offerr"] {
        let (said, complaints) = with_fake_driver(&folder, mode);
        let photos = said.lines().filter(|l| l.contains("OK Images/Masuk/") && l.ends_with(&sha256(&jpeg)));
        assert_eq!(photos.count(), 2, "{mode}: {said}{complaints}");
        assert!(!complaints.contains("panicked"), "{mode}: {complaints}");
    }
}

#[test]
fn a_v4l2_camera_that_knows_yuyv_only_is_encoded_and_one_that_hangs_is_missing() {
    let folder = Folder::new();
    let (said, complaints) = with_fake_driver(&folder, "yuyv");
    assert_eq!(said.matches("OK Images/Masuk/").count(), 2, "{said}{complaints}");
    for file in folder.files("Images/Masuk") {
        let seen = jpeg::decode(&fs::read(file).unwrap()).unwrap();
        assert_eq!((seen.width, seen.height), (64, 48));
        assert!(seen.pixels.iter().all(|p| p.abs_diff(128) < 6), "not grey");
    }
    let (said, complaints) = with_fake_driver(&folder, "hang");
    assert_eq!(said.matches("MISSING kamera tidak menjawab").count(), 2, "{said}{complaints}");
}
