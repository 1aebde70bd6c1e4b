//! Bytes to and from a device that may be slow, silent or gone: every wait has an end. A socket, a serial line and a
//! device's node are all the same here.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// What one wait for a byte brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Byte(u8),
    Nothing,
    /// The other side hung up, or cannot be read at all.
    Closed,
}

/// A write that broke off: how many bytes had gone, and why.
#[derive(Debug)]
pub(super) struct Broken {
    pub sent: usize,
    pub error: io::Error,
}

pub(super) struct Wire(File);

impl Wire {
    /// The file must not block.
    pub fn new(file: File) -> Self {
        Self(file)
    }

    pub fn tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self(File::from(OwnedFd::from(stream))))
    }

    /// Whether it became ready before `until`.
    fn ready(&self, what: PollFlags, until: Instant) -> io::Result<bool> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let wait = Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: i64::from(left.subsec_nanos()),
            };
            match poll(&mut [PollFd::new(&self.0, what)], Some(&wait)) {
                Ok(count) => return Ok(count > 0),
                Err(rustix::io::Errno::INTR) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    pub fn write_all(&mut self, bytes: &[u8], until: Instant) -> Result<(), Broken> {
        let mut sent = 0;
        while sent < bytes.len() {
            match self.0.write(&bytes[sent..]) {
                Ok(0) => return Err(Broken { sent, error: ErrorKind::WriteZero.into() }),
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => match self.ready(PollFlags::OUT, until) {
                    Ok(true) => {}
                    Ok(false) => return Err(Broken { sent, error: ErrorKind::TimedOut.into() }),
                    Err(error) => return Err(Broken { sent, error }),
                },
                Err(error) => return Err(Broken { sent, error }),
            }
        }
        Ok(())
    }

    pub fn byte(&mut self, until: Instant) -> Heard {
        let mut byte = [0];
        loop {
            match self.0.read(&mut byte) {
                Ok(0) => return Heard::Closed,
                Ok(_) => return Heard::Byte(byte[0]),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => match self.ready(PollFlags::IN, until) {
                    Ok(true) => {}
                    Ok(false) => return Heard::Nothing,
                    Err(_) => return Heard::Closed,
                },
                Err(_) => return Heard::Closed,
            }
        }
    }

    /// Throws away what stands there unread; at most a kilobyte, from a device that never stops talking.
    pub fn drain(&mut self) {
        for _ in 0..1024 {
            if !matches!(self.byte(Instant::now() + Duration::ZERO), Heard::Byte(_)) {
                return;
            }
        }
    }
}
