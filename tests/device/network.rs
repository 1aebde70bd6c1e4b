//! Network cameras as they are sold: digest logins whose nonces grow stale, certificates of their own, streams behind
//! ffmpeg; and cameras that give pictures but see nothing any more.

use super::*;
use parkir::device::camera::{CameraAuth, try_out};
use parkir::device::digest::Algorithm;
use parkir::device::sim::{Auth, Fault, HttpCamera, Picture, Scene};
use parkir::domain::secret::Secret;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

fn digest(algorithm: Algorithm, uses: u32) -> Auth {
    Auth::Digest { user: "admin".into(), password: "rahasia\"1\\".into(), algorithm, uses }
}

fn with_login(folder: &Folder, url: String) -> CameraOptions {
    let (user, password) = ("admin".to_owned(), Secret::new("rahasia\"1\\"));
    CameraOptions { url, user, password, ..options(folder, CameraKind::Http) }
}

fn photo(camera: &CameraHandle, answers: &mut UnboundedReceiver<PhotoTaken>) -> PhotoState {
    assert!(camera.snap(request(Side::In, "A1")));
    wait(answers).state
}

fn is_ok(state: &PhotoState) -> bool {
    matches!(state, PhotoState::Ok { .. })
}

#[test]
fn a_digest_login_costs_one_round_trip_a_photo_until_its_nonce_is_stale() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let folder = Folder::new();
        let server = HttpCamera::start(Scene { auth: digest(algorithm, 4), ..Scene::default() }).unwrap();
        let (camera, mut answers) = camera(with_login(&folder, server.url()));
        wait_for(|| camera.state(), |s| *s == DeviceState::Ready);
        assert_eq!(server.asked(), (2, 1), "the first is asked twice");
        for _ in 0..3 {
            assert!(is_ok(&photo(&camera, &mut answers)));
        }
        assert_eq!(server.asked(), (5, 1), "the nonce goes on");
        assert!(is_ok(&photo(&camera, &mut answers)));
        assert_eq!(server.asked(), (7, 2), "the stale nonce is replaced within the photo");
    }
}

#[test]
fn a_camera_restarted_with_another_nonce_is_answered_within_the_photo() {
    let folder = Folder::new();
    let server = HttpCamera::start(Scene { auth: digest(Algorithm::Md5, 9), ..Scene::default() }).unwrap();
    let (camera, mut answers) = camera(with_login(&folder, server.url()));
    assert!(is_ok(&photo(&camera, &mut answers)));
    server.behave(Scene { auth: digest(Algorithm::Sha256, 9), ..Scene::default() });
    assert!(is_ok(&photo(&camera, &mut answers)));
}

#[test]
fn a_refused_password_is_told_and_not_tried_again_with_every_car() {
    let folder = Folder::new();
    let server = HttpCamera::start(Scene { auth: digest(Algorithm::Md5, 9), ..Scene::default() }).unwrap();
    let wrong = CameraOptions { password: Secret::new("x"), ..with_login(&folder, server.url()) };
    let (camera, mut answers) = camera(wrong);
    for _ in 0..5 {
        camera.snap(request(Side::In, "A1"));
        assert_eq!(missing(wait(&mut answers)), "nama atau sandi kamera salah");
    }
    assert_eq!(server.asked(), (2, 2), "the camera would lock the account");
}

#[test]
fn a_password_is_not_sent_in_the_clear_where_digest_is_wished_or_was_asked_for() {
    let folder = Folder::new();
    let basic = Auth::Basic { user: "admin".into(), password: "rahasia\"1\\".into() };
    let server = HttpCamera::start(Scene { auth: basic.clone(), ..Scene::default() }).unwrap();
    let pinned = CameraOptions { auth: CameraAuth::Digest, ..with_login(&folder, server.url()) };
    let (camera_pinned, mut answers) = camera(pinned);
    camera_pinned.snap(request(Side::In, "A1"));
    assert_eq!(missing(wait(&mut answers)), "nama atau sandi kamera salah");
    assert_eq!(server.asked().0, 1);
    let server = HttpCamera::start(Scene { auth: digest(Algorithm::Md5, 9), ..Scene::default() }).unwrap();
    let (camera, mut answers) = camera(with_login(&folder, server.url()));
    assert!(is_ok(&photo(&camera, &mut answers)));
    server.behave(Scene { auth: basic, ..Scene::default() });
    camera.snap(request(Side::In, "A1"));
    assert_eq!(missing(wait(&mut answers)), "nama atau sandi kamera salah");
}

/// One answer over TLS, by a certificate for 127.0.0.1 that signed itself.
fn over_tls(jpeg: Vec<u8>, photos: usize) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let pem = made.cert.pem();
    let key = rustls_pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/snapshot.jpg", listener.local_addr().unwrap());
    thread::spawn(move || {
        for socket in listener.incoming().flatten().take(photos) {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(session, socket);
            let mut asked = [0; 1024];
            if stream.read(&mut asked).is_err() {
                continue;
            }
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", jpeg.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&jpeg));
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (url, pem)
}

#[test]
fn an_https_camera_is_believed_by_its_certificate_only_unless_the_configuration_says_otherwise() {
    let folder = Folder::new();
    let (url, pem) = over_tls(sample(320, 240), 3);
    let ca_file = folder.0.join("camera.pem");
    fs::write(&ca_file, pem).unwrap();
    let base = CameraOptions { url, ..options(&folder, CameraKind::Http) };
    let trusted = CameraOptions { ca_file: Some(ca_file), ..base.clone() };
    assert_eq!(try_out(trusted).map(|t| (t.width, t.height)), Ok((320, 240)));
    let unknown = try_out(base.clone()).unwrap_err();
    assert_eq!(unknown.what, "sertifikat kamera tidak dipercaya");
    assert!(unknown.todo.contains("ca_file"), "{}", unknown.todo);
    assert!(try_out(CameraOptions { verify: false, ..base }).is_ok());
}

#[test]
fn a_camera_that_shows_the_same_bytes_or_nothing_at_all_is_told_and_its_photos_are_kept() {
    let folder = Folder::new();
    let server = HttpCamera::start(Scene { picture: Picture::Frozen, ..Scene::default() }).unwrap();
    let (camera, mut answers) = camera(CameraOptions { url: server.url(), ..options(&folder, CameraKind::Http) });
    for _ in 0..3 {
        assert!(is_ok(&photo(&camera, &mut answers)));
    }
    wait_for(|| camera.state(), |s| *s == DeviceState::Failed("gambar diam: 3 foto sama persis".into()));
    server.behave(Scene::default());
    assert!(is_ok(&photo(&camera, &mut answers)));
    wait_for(|| camera.state(), |s| *s == DeviceState::Ready);
    server.behave(Scene { picture: Picture::Black, ..Scene::default() });
    assert!(is_ok(&photo(&camera, &mut answers)), "black, and kept");
    wait_for(|| camera.state(), |s| *s == DeviceState::Failed("gambar gelap".into()));
    assert_eq!(folder.files("Images/Masuk").len(), 5);
}

#[test]
fn one_limit_holds_for_the_whole_capture_however_many_round_trips_it_takes() {
    let folder = Folder::new();
    // Two round trips at 400 ms are within their own limits, but not within the capture's.
    let slow = Duration::from_millis(400);
    let scene = Scene { auth: digest(Algorithm::Md5, 9), slow, ..Scene::showing(sample(320, 240)) };
    let server = HttpCamera::start(scene).unwrap();
    let timeout = Duration::from_millis(600);
    let tried = try_out(CameraOptions { timeout, ..with_login(&folder, server.url()) });
    assert_eq!(tried.unwrap_err().what, "kamera tidak menjawab");
    let status = HttpCamera::start(Scene::default().with(Fault::Status(500))).unwrap();
    let tried = try_out(CameraOptions { url: status.url(), ..options(&folder, CameraKind::Http) });
    assert_eq!(tried.unwrap_err().what, "kamera menjawab 500");
}

/// A program in ffmpeg's place.
fn ffmpeg(folder: &Folder, script: &str) -> PathBuf {
    let path = folder.0.join("ffmpeg");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}

fn stream(folder: &Folder, script: &str) -> CameraOptions {
    let (url, ffmpeg) = ("rtsp://10.0.0.9/stream".to_owned(), ffmpeg(folder, script));
    CameraOptions { url, ffmpeg, ..options(folder, CameraKind::Rtsp) }
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

#[test]
fn an_rtsp_picture_comes_through_ffmpeg_asked_for_over_tcp() {
    let folder = Folder::new();
    let (picture, asked) = (folder.0.join("frame.jpg"), folder.0.join("asked"));
    fs::write(&picture, sample(320, 240)).unwrap();
    let script = format!("echo \"$@\" > {}; cat {}", quoted(&asked), quoted(&picture));
    let tried = try_out(stream(&folder, &script)).unwrap();
    assert_eq!((tried.width, tried.height), (320, 240));
    let asked = fs::read_to_string(asked).unwrap();
    assert!(asked.contains("-rtsp_transport tcp -i rtsp://10.0.0.9/stream -frames:v 1"), "{asked}");
}

#[test]
fn an_ffmpeg_that_hangs_is_killed_with_everything_it_started() {
    let folder = Folder::new();
    let pid = folder.0.join("pid");
    let script = format!("sleep 1000 & echo $! > {p}.part; mv {p}.part {p}; sleep 1000", p = quoted(&pid));
    let hanging = CameraOptions { timeout: Duration::from_secs(2), ..stream(&folder, &script) };
    assert_eq!(try_out(hanging).unwrap_err().what, "kamera tidak menjawab");
    let grandchild: i32 = fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    // Gone, or dead and not yet fetched by whoever inherited it.
    let dead = || {
        let status = fs::read_to_string(format!("/proc/{grandchild}/stat"));
        status.map_or(true, |s| s.contains(") Z "))
    };
    while !dead() {
        assert!(Instant::now() < end, "process {grandchild} lives on");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_ffmpeg_complains_of_is_told_by_what_would_mend_it_and_never_with_its_own_words() {
    let folder = Folder::new();
    for (script, told) in [
        ("echo '[rtsp] method DESCRIBE failed: 401 Unauthorized' >&2; exit 1", "nama atau sandi kamera salah"),
        ("echo 'rtsp://a:b@10.0.0.9: Connection refused' >&2; exit 1", "kamera tidak ada"),
        ("echo 'rtsp://admin:rahasia@10.0.0.9: odd' >&2; exit 1", "penggerak kamera: ffmpeg"),
        ("echo not a picture", "gambar kamera rusak"),
    ] {
        assert_eq!(try_out(stream(&folder, script)).unwrap_err().what, told, "{script}");
    }
    let absent = CameraOptions { ffmpeg: folder.0.join("nowhere"), ..stream(&folder, "") };
    let untried = try_out(absent).unwrap_err();
    assert_eq!(untried.what, "ffmpeg belum dipasang (perlu untuk rtsp)");
    assert!(untried.todo.contains("apt install ffmpeg"));
}
