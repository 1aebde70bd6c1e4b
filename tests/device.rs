//! A lane's devices, on real sockets and real files: what they do well, badly, late or never, and that each question
//! is answered exactly once without the asker ever waiting.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use jiff::{Timestamp, Zoned};
use parkir::device::Outcome;
use parkir::device::barrier::{BarrierDone, BarrierHandle, BarrierKind, BarrierOptions};
use parkir::device::camera::{
    CameraHandle, CameraKind, CameraOptions, PhotoRequest, PhotoState, PhotoTaken, Side,
};
use parkir::device::jpeg;
use parkir::device::photos::PhotoStore;
use parkir::device::picture::picture;
use parkir::device::printer::{PrintDone, PrintJob, PrinterHandle, PrinterKind, PrinterOptions, Slip};
use parkir::device::sim::{HttpCamera, Mode};
use parkir::device::slip::{Receipt, Ticket};
use parkir::domain::money::Rupiah;
use parkir::domain::secret::Secret;
use parkir::domain::tariff::{FeeLine, LineKind};
use parkir::domain::view::DeviceState;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
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

#[test]
fn an_http_camera_gives_its_own_bytes_and_the_hash_is_the_files() {
    let (folder, jpeg) = (Folder::new(), sample(1280, 720));
    let server = HttpCamera::start(Mode::Ok(jpeg.clone())).unwrap();
    let (camera, mut answers) = camera(CameraOptions { url: server.url(), ..options(&folder, CameraKind::Http) });
    for side in [Side::In, Side::Out] {
        let asked = request(side, "A17K0042XR");
        assert!(camera.snap(asked.clone()));
        let taken = wait(&mut answers);
        assert_eq!((taken.stay, taken.side), (asked.stay, side));
        let PhotoState::Ok { file, sha256: hash, bytes, thumbnail } = taken.state else { panic!("{taken:?}") };
        let place = if side == Side::In { "Masuk" } else { "Keluar" };
        assert_eq!(file, format!("Images/{place}/A17K0042XR_20261122_141502.jpg"));
        let kept = fs::read(folder.0.join(file)).unwrap();
        assert_eq!(kept, jpeg);
        assert_eq!((hash, bytes), (sha256(&kept), kept.len() as u64));
        assert!(thumbnail.len() <= jpeg::THUMBNAIL_MOST, "{}", thumbnail.len());
        let small = picture(&thumbnail, 38, 30, "A17K0042XR").unwrap();
        assert_eq!((small.width, small.height), (38, 21));
    }
    wait_for(|| camera.state(), |s| *s == DeviceState::Ready);
}

#[test]
fn a_camera_that_stays_silent_is_missing_and_comes_back() {
    let (folder, jpeg) = (Folder::new(), sample(320, 240));
    let server = HttpCamera::start(Mode::Silent).unwrap();
    let limit = Duration::from_millis(300);
    let (camera, mut answers) =
        camera(CameraOptions { url: server.url(), timeout: limit, ..options(&folder, CameraKind::Http) });
    wait_for(|| camera.state(), |s| matches!(s, DeviceState::Failed(_)));
    camera.snap(request(Side::In, "A1"));
    assert_eq!(missing(wait(&mut answers)), "kamera tidak menjawab");
    assert!(folder.files("Images/Masuk").is_empty());
    server.become_(Mode::Ok(jpeg));
    // The machine may be slow today: asked again until the camera made it within its limit.
    let back = (0..50).any(|_| {
        camera.snap(request(Side::In, "A1"));
        matches!(wait(&mut answers).state, PhotoState::Ok { .. })
    });
    assert!(back);
}

#[test]
fn what_is_no_whole_picture_is_missing_with_its_reason() {
    let (folder, jpeg) = (Folder::new(), sample(320, 240));
    let server = HttpCamera::start(Mode::Garbage).unwrap();
    let (camera, mut answers) = camera(CameraOptions { url: server.url(), ..options(&folder, CameraKind::Http) });
    let mut liar = jpeg.clone();
    liar[20..200].fill(0x55);
    for mode in [Mode::Garbage, Mode::Torn(jpeg), Mode::Ok(Vec::new()), Mode::Ok(liar)] {
        server.become_(mode.clone());
        camera.snap(request(Side::In, "A1"));
        let reason = missing(wait(&mut answers));
        assert!(reason.starts_with("gambar kamera rusak") || reason.starts_with("penggerak kamera"), "{reason}");
        assert!(folder.files("Images/Masuk").is_empty(), "{mode:?}");
    }
}

#[test]
fn a_camera_with_a_login_is_asked_with_it_and_a_wrong_one_is_told() {
    let (folder, jpeg) = (Folder::new(), sample(320, 240));
    let (user, password) = ("admin".to_owned(), "rahasia:1".to_owned());
    let server = HttpCamera::start(Mode::Login { user: user.clone(), password: password.clone(), jpeg }).unwrap();
    let right = CameraOptions {
        url: server.url(),
        user,
        password: Secret::new(password),
        ..options(&folder, CameraKind::Http)
    };
    assert!(!format!("{right:?}").contains("rahasia"));
    let wrong = CameraOptions { password: Secret::new("x"), english: true, ..right.clone() };
    let (good, mut answers) = camera(right);
    good.snap(request(Side::In, "A1"));
    assert!(matches!(wait(&mut answers).state, PhotoState::Ok { .. }));
    let (bad, mut answers) = camera(wrong);
    bad.snap(request(Side::In, "A2"));
    assert_eq!(missing(wait(&mut answers)), "camera refuses user or password");
    wait_for(|| bad.state(), |s| *s == DeviceState::Failed("camera refuses user or password".into()));
}

#[test]
fn nobody_at_the_cameras_address_is_missing() {
    let folder = Folder::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (kind, url) in [
        (CameraKind::Http, format!("http://{free}/snapshot.jpg")),
        (CameraKind::Http, "not an address".to_owned()),
        (CameraKind::Http, "https://127.0.0.1/snapshot.jpg".to_owned()),
        (CameraKind::V4l2, String::new()),
    ] {
        let device = folder.0.join("video0");
        let (camera, mut answers) = camera(CameraOptions { url, device, ..options(&folder, kind) });
        camera.snap(request(Side::Out, "A1"));
        assert!(!missing(wait(&mut answers)).is_empty());
        wait_for(|| camera.state(), |s| matches!(s, DeviceState::Failed(_)));
    }
}

/// Runs `behind_the_fake_driver` of this very program with the fake preloaded: what it printed, and its complaints.
fn with_fake_driver(folder: &Folder, mode: &str) -> (String, String) {
    let library = folder.0.join("fake_v4l2.so");
    if !library.exists() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/fake_v4l2.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-w", "-o"]).arg(&library).arg(source).arg("-ldl");
        let built = cc.output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "behind_the_fake_driver", "--ignored", "--nocapture"])
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
    let Some(data_dir) = std::env::var_os("PARKIR_TEST_FOLDER").map(PathBuf::from) else { return };
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

#[test]
fn a_lane_without_a_camera_says_at_once_that_no_photo_comes() {
    let folder = Folder::new();
    let (camera, mut answers) = camera(options(&folder, CameraKind::None));
    assert!(!camera.snap(request(Side::In, "A1")));
    assert_eq!(camera.state(), DeviceState::None);
    assert!(answers.try_recv().is_err());
}

#[test]
fn twenty_questions_at_once_get_twenty_answers_and_the_asker_never_waits() {
    let folder = Folder::new();
    let server = HttpCamera::start(Mode::Silent).unwrap();
    let limit = Duration::from_millis(200);
    let (camera, mut answers) =
        camera(CameraOptions { url: server.url(), timeout: limit, ..options(&folder, CameraKind::Http) });
    let mut asked: Vec<Uuid> = Vec::new();
    for _ in 0..20 {
        let request = request(Side::In, "A1");
        asked.push(request.stay);
        assert!(camera.snap(request));
    }
    // The silent camera has had no time to be given up twenty times: the queue handed the rest back.
    let mut seen: Vec<Uuid> = Vec::new();
    let mut busy = 0;
    for _ in 0..20 {
        let taken = wait(&mut answers);
        seen.push(taken.stay);
        busy += usize::from(missing(taken) == "kamera sibuk");
    }
    seen.sort();
    asked.sort();
    assert_eq!(seen, asked);
    assert!(busy >= 10, "{busy}");
    assert!(answers.try_recv().is_err());
}

#[test]
fn two_photos_of_one_ticket_in_one_second_are_two_files() {
    let folder = Folder::new();
    let (camera, mut answers) = camera(options(&folder, CameraKind::Sim));
    let mut files = Vec::new();
    for _ in 0..3 {
        camera.snap(request(Side::In, "A1"));
        let PhotoState::Ok { file, sha256: hash, .. } = wait(&mut answers).state else { panic!() };
        files.push((file, hash));
    }
    for (file, hash) in &files {
        assert_eq!(*hash, sha256(&fs::read(folder.0.join(file)).unwrap()), "{file}");
    }
    assert_eq!(folder.files("Images/Masuk").len(), 3);
}

#[test]
fn no_ticket_number_leads_out_of_the_photo_folder() {
    let folder = Folder::new();
    let (camera, mut answers) = camera(options(&folder, CameraKind::Sim));
    for ticket in ["../../escaped", "/etc/passwd", "a\0b", "", "..", "x/../../y", &"9".repeat(5000)] {
        camera.snap(request(Side::In, ticket));
        let PhotoState::Ok { file, .. } = wait(&mut answers).state else { panic!("{ticket}") };
        assert_eq!(Path::new(&file).parent(), Some(Path::new("Images/Masuk")), "{file}");
        assert!(!file.contains(".."));
    }
    assert_eq!(folder.files("Images/Masuk").len(), 7);
    assert_eq!(folder.files("").len(), 1);
}

#[test]
fn a_folder_that_cannot_be_written_is_missing_and_a_pause_saves_the_disk() {
    let folder = Folder::new();
    fs::write(folder.0.join("Images"), "a file where the folder should be").unwrap();
    let (camera, mut answers) = camera(options(&folder, CameraKind::Sim));
    camera.snap(request(Side::In, "A1"));
    let reason = missing(wait(&mut answers));
    assert!(reason.starts_with("folder foto: "), "{reason}");
    fs::remove_file(folder.0.join("Images")).unwrap();
    camera.pause(true);
    assert!(camera.snap(request(Side::In, "A1")));
    assert_eq!(missing(wait(&mut answers)), "disk hampir penuh");
    camera.pause(false);
    camera.snap(request(Side::In, "A1"));
    assert!(matches!(wait(&mut answers).state, PhotoState::Ok { .. }));
}

#[test]
fn what_a_crash_left_half_written_is_swept_at_the_start() {
    let folder = Folder::new();
    let masuk = folder.0.join("Images/Masuk");
    fs::create_dir_all(&masuk).unwrap();
    fs::write(masuk.join(".A1_20261122_141502.jpg.part"), "half").unwrap();
    fs::write(masuk.join("whole.jpg"), "whole").unwrap();
    let (_camera, _answers) = camera(options(&folder, CameraKind::Sim));
    assert_eq!(folder.files("Images/Masuk"), [masuk.join("whole.jpg")]);
}

fn ticket() -> PrintJob {
    PrintJob::Ticket(Box::new(Ticket {
        stay: Uuid::now_v7(),
        ticket: "A17K0042XR".into(),
        qr: "P1QRTEXT".into(),
        plate: Some("B 1234 XYZ".into()),
        class: "Mobil".into(),
        at: at("14:15:02"),
        gate: "A1".into(),
    }))
}

fn receipt() -> PrintJob {
    let line = FeeLine {
        kind: LineKind::First,
        count: 1,
        minutes: 60,
        amount: Rupiah(12_000),
        text: "Jam pertama".into(),
    };
    PrintJob::Receipt(Box::new(Receipt {
        stay: Uuid::now_v7(),
        ticket: Some("A17K0042XR".into()),
        plate: None,
        class: "Mobil".into(),
        entered_at: at("12:00:00"),
        left_at: at("12:59:00"),
        lines: vec![line],
        fee: Rupiah(12_000),
        method: "tunai".into(),
        tendered: Rupiah(20_000),
        change: Rupiah(8_000),
        gate: "B1".into(),
        operator: "sari".into(),
    }))
}

fn printer(folder: &Folder, kind: PrinterKind, target: &str) -> (PrinterHandle, UnboundedReceiver<PrintDone>) {
    let (results, answers) = unbounded_channel();
    let options = PrinterOptions {
        kind,
        target: target.to_owned(),
        timeout: Duration::from_secs(20),
        data_dir: folder.0.clone(),
        site_name: "Parkir Pasar Baru".into(),
        english: false,
    };
    (PrinterHandle::start(options, results), answers)
}

/// A network printer that takes one page and answers its question so; none means it hangs up in silence.
fn network_printer(status: Option<u8>) -> (String, thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap().to_string();
    let paper = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut page = Vec::new();
        let mut byte = [0; 1];
        while !page.ends_with(b"\x1Dr\x01") && stream.read_exact(&mut byte).is_ok() {
            page.push(byte[0]);
        }
        if let Some(status) = status {
            stream.write_all(&[status]).unwrap();
        }
        page
    });
    (target, paper)
}

#[test]
fn a_network_printer_is_believed_only_when_it_answers() {
    let folder = Folder::new();
    for (status, expected) in
        [(Some(0), Outcome::Ok), (Some(0x0C), Outcome::Failed("kertas habis".into())), (None, Outcome::Unknown)]
    {
        let (target, paper) = network_printer(status);
        let (printer, mut answers) = printer(&folder, PrinterKind::File, &target);
        assert!(printer.print(receipt()));
        let done = wait(&mut answers);
        assert_eq!((done.slip, done.outcome), (Slip::Receipt, expected));
        let page = String::from_utf8_lossy(&paper.join().unwrap()).into_owned();
        for text in ["Parkir Pasar Baru", "STRUK PARKIR", "Rp 12.000", "Lama    : 59 menit"] {
            assert!(page.contains(text), "{text}");
        }
    }
}

#[test]
fn nobody_at_the_printers_address_is_a_failure_and_shows_as_one() {
    let folder = Folder::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (printer, mut answers) = printer(&folder, PrinterKind::File, &free);
    printer.print(ticket());
    assert_eq!(wait(&mut answers).outcome, Outcome::Failed("sambungan ditolak".into()));
    wait_for(|| printer.state(), |s| matches!(s, DeviceState::Failed(_)));
}

#[test]
fn a_ticket_in_a_file_carries_text_code39_and_qr() {
    let folder = Folder::new();
    let path = folder.0.join("lp0");
    let target = path.to_str().unwrap();
    let (printer, mut answers) = printer(&folder, PrinterKind::File, target);
    printer.print(ticket());
    // A printer that was unplugged is not made up as a file.
    assert_eq!(wait(&mut answers).outcome, Outcome::Failed("perangkat tidak ada".into()));
    assert!(!path.exists());
    fs::write(&path, "").unwrap();
    printer.print(ticket());
    assert_eq!(wait(&mut answers).outcome, Outcome::Ok);
    let page = fs::read(&path).unwrap();
    for part in [&b"B 1234 XYZ"[..], b"\x1Dk\x04A17K0042XR\0", b"1P0P1QRTEXT", b"\x1DVB\0"] {
        assert!(page.windows(part.len()).any(|w| w == part), "{part:?}");
    }
}

#[test]
fn a_device_that_swallows_bytes_proves_nothing() {
    let folder = Folder::new();
    let (printer, mut answers) = printer(&folder, PrinterKind::File, "/dev/null");
    printer.print(ticket());
    let outcome = wait(&mut answers).outcome;
    assert_eq!((outcome.word(), outcome), ("unknown", Outcome::Unknown));
}

#[test]
fn the_simulated_printer_writes_what_a_person_would_read() {
    let folder = Folder::new();
    let (printer, mut answers) = printer(&folder, PrinterKind::Sim, "");
    printer.print(ticket());
    printer.print(receipt());
    assert_eq!(wait(&mut answers).slip, Slip::Ticket);
    assert_eq!(wait(&mut answers).outcome, Outcome::Ok);
    let read = fs::read_to_string(folder.0.join("logs/printer_sim.txt")).unwrap();
    assert!(read.contains("[CODE39 A17K0042XR]") && read.contains("Kembali                 Rp 8.000"), "{read}");
    assert!(read.lines().all(|l| l.chars().count() <= 32), "{read}");
    let (none, _answers) = self::printer(&folder, PrinterKind::None, "");
    assert!(!none.print(ticket()));
}

fn barrier(options: BarrierOptions) -> (BarrierHandle, UnboundedReceiver<BarrierDone>) {
    let (results, answers) = unbounded_channel();
    (BarrierHandle::start(options, results), answers)
}

#[test]
fn a_barrier_opens_by_one_line_and_says_what_it_knows() {
    let folder = Folder::new();
    let device = folder.0.join("ttyUSB0");
    let timeout = Duration::from_secs(20);
    let file =
        BarrierOptions { kind: BarrierKind::File, device: device.clone(), timeout, ..BarrierOptions::default() };
    let (wire, mut answers) = barrier(file.clone());
    let stay = Some(Uuid::now_v7());
    assert!(wire.open("entered", stay));
    assert_eq!(wait(&mut answers).outcome, Outcome::Failed("perangkat tidak ada".into()));
    fs::write(&device, "").unwrap();
    wire.open("left", stay);
    let done = wait(&mut answers);
    assert_eq!((done.stay, done.reason.as_str(), done.outcome), (stay, "left", Outcome::Ok));
    assert_eq!(fs::read_to_string(&device).unwrap(), "OPEN_GATE\n");

    let (wire, mut answers) = barrier(BarrierOptions { device: "/dev/null".into(), ..file.clone() });
    wire.open("left", stay);
    assert_eq!(wait(&mut answers).outcome, Outcome::Unknown);

    let sim = BarrierOptions { kind: BarrierKind::Sim, data_dir: folder.0.clone(), ..file };
    let (sim, mut answers) = barrier(sim);
    sim.open("tombol darurat", None);
    assert_eq!(wait(&mut answers).outcome, Outcome::Ok);
    assert!(fs::read_to_string(folder.0.join("logs/barrier_sim.txt")).unwrap().contains("open tombol darurat"));

    let (none, _answers) = barrier(BarrierOptions::default());
    assert!(!none.open("left", stay));
}

#[test]
fn a_thumbnail_waits_until_the_centre_has_it_and_can_still_be_shown() {
    let folder = Folder::new();
    let store = PhotoStore::open(&folder.0);
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    assert_eq!(store.pending_uploads().unwrap(), []);
    let hash = "ab".repeat(32);
    store.save_thumb(second, Side::Out, &hash, b"out").unwrap();
    store.save_thumb(first, Side::In, &hash, b"in").unwrap();
    store.keep_thumb(second, Side::In, b"from the centre").unwrap();

    // A new process sees the same, without what a crash left.
    let half = folder.0.join("offline_data/photos/waiting/.x.jpg.part");
    fs::write(&half, "half").unwrap();
    let store = PhotoStore::open(&folder.0);
    assert!(!half.exists());
    let pending = store.pending_uploads().unwrap();
    let seen: Vec<_> = pending.iter().map(|p| (p.stay, p.side, p.sha256.as_str())).collect();
    assert_eq!(seen, [(first, Side::In, hash.as_str()), (second, Side::Out, hash.as_str())]);

    for _ in 0..2 {
        store.mark_uploaded(first, Side::In).unwrap();
        assert_eq!(store.load_thumb(first, Side::In).unwrap().as_deref(), Some(&b"in"[..]));
    }
    assert_eq!(store.pending_uploads().unwrap().len(), 1);
    assert_eq!(store.load_thumb(second, Side::Out).unwrap().as_deref(), Some(&b"out"[..]));
    assert_eq!(store.load_thumb(second, Side::In).unwrap().as_deref(), Some(&b"from the centre"[..]));
    assert_eq!(store.load_thumb(first, Side::Out).unwrap(), None);
    assert!(store.save_thumb(first, Side::In, &hash, &vec![0; jpeg::THUMBNAIL_MOST + 1]).is_err());

    let tomorrow = Timestamp::now() + Duration::from_secs(86_400);
    assert_eq!(store.prune_thumbs(Timestamp::UNIX_EPOCH).unwrap(), 0);
    assert_eq!(store.prune_thumbs(tomorrow).unwrap(), 2);
    assert_eq!(store.load_thumb(first, Side::In).unwrap(), None);
    assert_eq!(store.pending_uploads().unwrap().len(), 1, "what waits is never pruned");
}
