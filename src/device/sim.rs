//! A camera on the network that is none: a listener that answers `GET /snapshot.jpg`, well or badly. For tests and
//! for the demonstration; it shuts down when dropped.

pub mod printer;

use data_encoding::BASE64;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How the camera behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// These bytes, as `image/jpeg`.
    Ok(Vec<u8>),
    /// Takes the question and says nothing until the asker hangs up or the camera is dropped.
    Silent,
    /// Announces a picture and breaks off in its middle.
    Torn(Vec<u8>),
    /// 200 and a page of words.
    Garbage,
    /// 401 unless asked with this user and password.
    Login { user: String, password: String, jpeg: Vec<u8> },
}

struct Shared {
    mode: Mutex<Mode>,
    stop: AtomicBool,
    asked: AtomicUsize,
}

pub struct HttpCamera {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl HttpCamera {
    /// On a free port of the loopback.
    pub fn start(mode: Mode) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let mode = Mutex::new(mode);
        let shared = Arc::new(Shared { mode, stop: AtomicBool::new(false), asked: AtomicUsize::new(0) });
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
    pub fn behave(&self, mode: Mode) {
        *self.shared.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    /// Questions taken so far.
    pub fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::Acquire)
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
        let mode = self.mode.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let _ = match mode {
            Mode::Ok(jpeg) => reply(&mut stream, "200 OK", "image/jpeg", &jpeg, jpeg.len()),
            Mode::Torn(jpeg) => reply(&mut stream, "200 OK", "image/jpeg", &jpeg[..jpeg.len() / 2], jpeg.len()),
            Mode::Garbage => reply(&mut stream, "200 OK", "image/jpeg", b"<html>busy</html>", 17),
            Mode::Silent => self.stay_silent(&mut stream),
            Mode::Login { user, password, jpeg } => {
                let pair = BASE64.encode(format!("{user}:{password}").as_bytes());
                if head.lines().any(|l| l.eq_ignore_ascii_case(&format!("authorization: Basic {pair}"))) {
                    reply(&mut stream, "200 OK", "image/jpeg", &jpeg, jpeg.len())
                } else {
                    reply(&mut stream, "401 Unauthorized", "text/plain", b"", 0)
                }
            }
        };
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

fn reply(stream: &mut TcpStream, status: &str, kind: &str, body: &[u8], length: usize) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(body)?;
    stream.flush()
}
