//! The customer's pole display: two lines of twenty characters in the CD5220 commands, which nearly all of them know.
//! It has a thread of its own and shows only the newest: a display that hangs or is unplugged holds up nobody.

use super::serial::{self, SerialOptions};
use super::wire::Wire;
use crate::domain::display::{Shown, Told};
use std::fs::OpenOptions;
use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// One screenful, and a connection.
const LIMIT: Duration = Duration::from_secs(2);
/// A line that failed is tried again.
const AGAIN: Duration = Duration::from_secs(3);
/// So long stands what was paid, and so long a fee that nobody pays.
const PAID: Duration = Duration::from_secs(15);
const TOTAL: Duration = Duration::from_secs(300);

/// A second screen hears at least this often what stands.
const ALIVE: Duration = Duration::from_secs(2);

const ESC: u8 = 0x1B;
const CLR: u8 = 0x0C;
const O_NONBLOCK: i32 = 0o4000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    Serial(SerialOptions),
    /// A device's node, or a FIFO.
    File(PathBuf),
    /// `address:port`.
    Tcp(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayOptions {
    /// The pole display; none where there is only a second screen.
    pub at: Option<At>,
    /// The socket of a second screen.
    pub screen: Option<PathBuf>,
    /// The site's two lines while nobody stands there.
    pub welcome: Vec<String>,
    pub english: bool,
}

/// One screenful: clear, upper line, lower line.
pub fn page(lines: &[String; 2]) -> Vec<u8> {
    let mut out = vec![CLR];
    for (row, line) in [b'A', b'B'].into_iter().zip(lines) {
        out.extend([ESC, b'Q', row]);
        out.extend(line.bytes());
        out.push(b'\r');
    }
    out
}

/// Opens it and shows one thing. Errors: it is not there, or does not take the bytes.
pub fn show(options: &DisplayOptions, shown: &Shown) -> io::Result<()> {
    match &options.at {
        Some(at) => put(&mut begin(at)?, options, shown),
        None => Ok(()),
    }
}

/// Tells the second screen, if somebody looks at one.
fn mirror(options: &DisplayOptions, shown: &Shown) {
    let Some(path) = &options.screen else { return };
    let told = Told { shown: shown.clone(), welcome: options.welcome.clone(), english: options.english };
    if let (Ok(socket), Ok(text)) = (UnixDatagram::unbound(), serde_json::to_vec(&told)) {
        let _ = socket.set_nonblocking(true);
        let _ = socket.send_to(&text, path);
    }
}

/// Initialised: whatever mode it was left in.
fn begin(at: &At) -> io::Result<Wire> {
    let mut wire = match at {
        At::Serial(line) => Wire::new(serial::open(line)?),
        At::File(path) => Wire::new(OpenOptions::new().write(true).custom_flags(O_NONBLOCK).open(path)?),
        At::Tcp(address) => {
            let all = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
            Wire::tcp(TcpStream::connect_timeout(&all, LIMIT)?)?
        }
    };
    wire.write_all(&[ESC, b'@'], Instant::now() + LIMIT).map_err(|broken| broken.error)?;
    Ok(wire)
}

fn put(wire: &mut Wire, options: &DisplayOptions, shown: &Shown) -> io::Result<()> {
    let bytes = page(&shown.lines(&options.welcome, options.english));
    wire.write_all(&bytes, Instant::now() + LIMIT).map_err(|broken| broken.error)
}

/// Tells the display, and never waits for it. Clones speak to the same one.
#[derive(Clone, Debug)]
pub struct DisplayHandle(Option<Sender<Shown>>);

impl DisplayHandle {
    /// `None`: there is none.
    pub fn start(options: Option<DisplayOptions>) -> Self {
        let Some(options) = options else { return Self(None) };
        let (tell, told) = channel();
        let begun = thread::Builder::new().name("display".into()).spawn(move || run(&options, &told));
        Self(begun.ok().map(|_| tell))
    }

    pub fn show(&self, shown: Shown) {
        if let Some(tell) = &self.0 {
            let _ = tell.send(shown);
        }
    }
}

/// Until the last handle is gone; the welcome stays behind.
fn run(options: &DisplayOptions, told: &Receiver<Shown>) {
    let (mut wire, mut failing) = (None, false);
    let (mut shown, mut stands) = (Shown::Welcome, false);
    let mut until: Option<Instant> = None;
    loop {
        mirror(options, &shown);
        if let (false, Some(at)) = (stands, &options.at) {
            let opened = match wire.take() {
                Some(wire) => Ok(wire),
                None => begin(at),
            };
            let done = opened.and_then(|mut open| put(&mut open, options, &shown).map(|()| open));
            match done {
                Ok(open) => {
                    if failing {
                        tracing::info!(target: "gate", "layar pelanggan kembali");
                    }
                    (wire, stands, failing) = (Some(open), true, false);
                }
                Err(error) => {
                    if !failing {
                        tracing::warn!(target: "gate", %error, "layar pelanggan");
                    }
                    failing = true;
                }
            }
        }
        let wait = match until {
            _ if !stands && options.at.is_some() => AGAIN,
            Some(until) => until.saturating_duration_since(Instant::now()),
            None => Duration::from_secs(3600),
        };
        let wait = if options.screen.is_some() { wait.min(ALIVE) } else { wait };
        match told.recv_timeout(wait) {
            Ok(next) => {
                // Only the newest is news.
                shown = told.try_iter().last().unwrap_or(next);
                stands = false;
                until = match shown {
                    Shown::Welcome => None,
                    Shown::Total { .. } => Some(Instant::now() + TOTAL),
                    Shown::Paid { .. } => Some(Instant::now() + PAID),
                };
            }
            Err(RecvTimeoutError::Timeout) if until.is_some_and(|until| Instant::now() >= until) => {
                (shown, stands, until) = (Shown::Welcome, false, None);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                mirror(options, &Shown::Welcome);
                if let Some(mut wire) = wire {
                    let _ = put(&mut wire, options, &Shown::Welcome);
                }
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screenful_in_the_trades_commands() {
        let lines = ["A".repeat(20), "B".repeat(20)];
        let mut wished = b"\x0c\x1bQA".to_vec();
        wished.extend("A".repeat(20).bytes());
        wished.extend(b"\r\x1bQB");
        wished.extend("B".repeat(20).bytes());
        wished.push(b'\r');
        assert_eq!(page(&lines), wished);
    }
}
