//! A camera on the network that is none: a listener that answers any GET with a picture, well or badly, with or
//! without a login. For tests, `parkir sim camera` and the demonstration; it shuts down when dropped.

pub mod display;
pub mod printer;

use super::camera::{PhotoRequest, Side, drawn};
use super::digest::{self, Algorithm, Challenge, Login, Use};
use data_encoding::{BASE64, HEXLOWER};
use jiff::Zoned;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How the camera behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    pub picture: Picture,
    pub fault: Option<Fault>,
    pub auth: Auth,
    /// Waited before every answer.
    pub slow: Duration,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Picture {
    /// A lane with a vehicle, another one and the time of now at each question.
    #[default]
    Lane,
    /// The first of them again and again.
    Frozen,
    /// Lens cap on.
    Black,
    /// These bytes.
    Given(Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Takes the question and says nothing until the asker hangs up or the camera is dropped.
    Silent,
    /// Announces a picture and breaks off in its middle.
    Torn,
    /// 200 and a page of words.
    Garbage,
    /// This status, and no picture.
    Status(u16),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    #[default]
    None,
    Basic {
        user: String,
        password: String,
    },
    Digest {
        user: String,
        password: String,
        algorithm: Algorithm,
        /// A nonce is good for so many photos, then it is stale.
        uses: u32,
    },
}

impl Scene {
    /// A camera in order that shows these bytes.
    pub fn showing(jpeg: Vec<u8>) -> Self {
        Self { picture: Picture::Given(jpeg), ..Self::default() }
    }

    #[must_use]
    pub fn with(self, fault: Fault) -> Self {
        Self { fault: Some(fault), ..self }
    }
}

/// Pixels of a drawn picture.
const SIZE: (u32, u32) = (1280, 720);
const REALM: &str = "parkir sim";

/// Told of every question: when it was answered, and how.
type Told = Box<dyn Fn(&str) + Send + Sync>;

struct Shared {
    scene: Mutex<Scene>,
    /// The nonce in force, and the highest count used with it.
    nonce: Mutex<(String, u32)>,
    frozen: Mutex<Option<Vec<u8>>>,
    stop: AtomicBool,
    asked: AtomicUsize,
    refused: AtomicUsize,
    drawn: AtomicU64,
    told: Option<Told>,
}

pub struct HttpCamera {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpCamera {
    /// On a free port of the loopback.
    pub fn start(scene: Scene) -> io::Result<Self> {
        Self::listen((Ipv4Addr::LOCALHOST, 0).into(), scene, None)
    }

    /// Port 0 takes a free one.
    pub fn listen(address: SocketAddr, scene: Scene, told: Option<Told>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            scene: Mutex::new(scene),
            nonce: Mutex::default(),
            frozen: Mutex::default(),
            stop: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            drawn: AtomicU64::new(0),
            told,
        });
        let inside = Arc::clone(&shared);
        let thread = thread::Builder::new().name("http-camera".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                if inside.stop.load(Ordering::Acquire) {
                    break;
                }
                let inside = Arc::clone(&inside);
                let _ = thread::Builder::new().spawn(move || inside.answer(stream));
            }
        })?;
        Ok(Self { address, shared, listener: Some(thread) })
    }

    pub fn url(&self) -> String {
        format!("http://{}/snapshot.jpg", self.address)
    }

    /// From the next question on.
    pub fn behave(&self, scene: Scene) {
        *hold(&self.shared.scene) = scene;
    }

    /// Questions taken so far, and how many of them were answered with 401.
    pub fn asked(&self) -> (usize, usize) {
        (self.shared.asked.load(Ordering::Acquire), self.shared.refused.load(Ordering::Acquire))
    }
}

impl Drop for HttpCamera {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(thread) = self.listener.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) {
        let Some(head) = head(&mut stream) else { return };
        self.asked.fetch_add(1, Ordering::AcqRel);
        let begun = Instant::now();
        let scene = hold(&self.scene).clone();
        // What the asker hears or not is its own affair.
        let how = self.reply(&mut stream, &head, &scene).unwrap_or_else(|e| e.to_string());
        if let Some(told) = &self.told {
            let asked = head.lines().next().unwrap_or_default();
            let asker = stream.peer_addr().map(|a| a.ip().to_string()).unwrap_or_default();
            told(&format!("{asker}  {asked}  {how}  {} ms", begun.elapsed().as_millis()));
        }
    }

    fn reply(&self, stream: &mut TcpStream, head: &str, scene: &Scene) -> io::Result<String> {
        let end = Instant::now() + scene.slow;
        while Instant::now() < end && !self.stop.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(20).min(end.saturating_duration_since(Instant::now())));
        }
        if let Some(challenge) = self.refusal(head, &scene.auth) {
            self.refused.fetch_add(1, Ordering::AcqRel);
            let more = format!("WWW-Authenticate: {challenge}\r\n");
            send(stream, "401 Unauthorized", "text/plain", &more, b"", 0)?;
            return Ok("401".to_owned());
        }
        match scene.fault {
            Some(Fault::Silent) => self.stay_silent(stream).map(|()| "-".to_owned()),
            Some(Fault::Garbage) => {
                let page = b"<html>busy</html>";
                send(stream, "200 OK", "image/jpeg", "", page, page.len())?;
                Ok("200 <html>".to_owned())
            }
            Some(Fault::Status(code)) => {
                send(stream, &format!("{code} Sim"), "text/plain", "", b"", 0)?;
                Ok(code.to_string())
            }
            Some(Fault::Torn) => {
                let jpeg = self.picture(&scene.picture);
                send(stream, "200 OK", "image/jpeg", "", &jpeg[..jpeg.len() / 2], jpeg.len())?;
                Ok(format!("200 {} / {} B", jpeg.len() / 2, jpeg.len()))
            }
            None => {
                let jpeg = self.picture(&scene.picture);
                send(stream, "200 OK", "image/jpeg", "", &jpeg, jpeg.len())?;
                Ok(format!("200 {} B", jpeg.len()))
            }
        }
    }

    fn picture(&self, picture: &Picture) -> Vec<u8> {
        match picture {
            Picture::Given(jpeg) => jpeg.clone(),
            Picture::Lane => self.lane(),
            Picture::Black => drawn(None, SIZE, true),
            Picture::Frozen => hold(&self.frozen).get_or_insert_with(|| self.lane()).clone(),
        }
    }

    /// The next vehicle, with a plate of its own.
    fn lane(&self) -> Vec<u8> {
        let n = self.drawn.fetch_add(1, Ordering::AcqRel);
        let class = ["mobil", "motor", "truk", "bus"][usize::try_from(n % 4).unwrap_or(0)];
        let letter = |k: u64| char::from(b'A' + u8::try_from(k % 26).unwrap_or(0));
        let plate = format!("B {} {}{}{}", 1000 + n * 37 % 9000, letter(n), letter(n / 3), letter(n / 7));
        let request = PhotoRequest {
            stay: Uuid::from_u128(u128::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            side: Side::In,
            ticket: String::new(),
            at: Zoned::now(),
            plate: Some(plate),
            class: class.to_owned(),
        };
        drawn(Some(&request), SIZE, false)
    }

    /// The challenge to answer with; `None` lets it through.
    fn refusal(&self, head: &str, auth: &Auth) -> Option<String> {
        let given = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("authorization").then(|| value.trim())
        });
        match auth {
            Auth::None => None,
            Auth::Basic { user, password } => {
                let right = format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes()));
                (given != Some(right.as_str())).then(|| format!("Basic realm=\"{REALM}\""))
            }
            Auth::Digest { user, password, algorithm, uses } => {
                let mut nonce = hold(&self.nonce);
                let challenge = challenge(*algorithm, &nonce.0);
                let login = Login { user, password };
                let count = given.and_then(|given| checked(given, head, &challenge, login));
                if count.is_some_and(|count| count > nonce.1 && count <= *uses) {
                    nonce.1 = count.unwrap_or_default();
                    return None;
                }
                *nonce = (fresh_nonce(), 0);
                let stale = if count.is_some() { ", stale=true" } else { "" };
                let (name, nonce) = (algorithm.name(), &nonce.0);
                Some(format!("Digest realm=\"{REALM}\", qop=\"auth\", algorithm={name}, nonce=\"{nonce}\"{stale}"))
            }
        }
    }

    fn stay_silent(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_millis(50)))?;
        let mut byte = [0; 1];
        while !self.stop.load(Ordering::Acquire) {
            match stream.read(&mut byte) {
                Ok(0) => break,
                Ok(_) => {}
                Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

fn challenge(algorithm: Algorithm, nonce: &str) -> Challenge {
    let (realm, nonce) = (REALM.to_owned(), nonce.to_owned());
    Challenge { algorithm, session: false, realm, nonce, opaque: None, qop: true, stale: false, userhash: false }
}

fn fresh_nonce() -> String {
    HEXLOWER.encode(Uuid::now_v7().as_bytes())
}

/// The count of an answer that is right for this challenge; its nonce may be an older one's.
fn checked(given: &str, head: &str, challenge: &Challenge, login: Login) -> Option<u32> {
    let sent = digest::parameters(given)?;
    let value = |name: &str| sent.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let mut line = head.lines().next().unwrap_or_default().split(' ');
    let (method, uri) = (line.next()?, line.next()?);
    let count = u32::from_str_radix(value("nc")?, 16).ok()?;
    let known = value("nonce")? == challenge.nonce;
    let challenge = Challenge { nonce: value("nonce")?.to_owned(), ..challenge.clone() };
    let used = Use { method, uri, count, cnonce: value("cnonce")? };
    let right = value("username") == Some(login.user)
        && value("uri") == Some(uri)
        && value("response") == Some(digest::response(&challenge, login, used).as_str());
    // Right, but of a nonce that is not in force: stale.
    right.then_some(if known { count } else { u32::MAX })
}

/// Everything up to the empty line, at most 8 KiB.
fn head(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut head = Vec::new();
    let mut part = [0; 512];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") && head.len() < 8192 {
        match stream.read(&mut part) {
            Ok(n) if n > 0 => head.extend_from_slice(&part[..n]),
            _ => return None,
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

fn send(
    stream: &mut TcpStream,
    status: &str,
    kind: &str,
    more: &str,
    body: &[u8],
    length: usize,
) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}Connection: close\r\n\r\n"
    )?;
    stream.write_all(body)?;
    stream.flush()
}
