//! A scanner the kernel knows: taken for this terminal alone (EVIOCGRAB), so that what it reads comes from any focus and
//! never reaches a shell or another program. Unplugged, it is waited for. A FIFO that carries the kernel's own records
//! stands for one in tests and for `parkir sim scanner --events`.

use super::typist::key;
use evdev::KeyCode;
use evdev::raw_stream::RawDevice;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

/// Scanners that end with no Enter have ended after this silence.
const SILENCE: Duration = Duration::from_millis(120);
/// How often is looked whether it is still the one that is plugged in.
const LOOK: Duration = Duration::from_millis(500);
/// So often in a row before anybody is told.
const MISSES: u32 = 3;
/// No code is longer.
const LONGEST: usize = 512;
/// Shorter ones without an Enter are somebody's finger.
const SHORTEST: usize = 4;
const O_NONBLOCK: i32 = 0o4000;

/// `struct input_event`: a time of two words, type, code, value.
const TIME: usize = 2 * size_of::<usize>();
const RECORD: usize = TIME + 8;
const SYN: u16 = 0;
const KEY: u16 = 1;
const SYN_DROPPED: u16 = 3;

/// What a scanner said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// What was read, without its Enter.
    Line(String),
    /// It cannot be used: why, by the system's word. Told once.
    Gone(String),
    /// It can be used again.
    Back,
}

/// One record as the kernel writes it.
pub fn record(kind: u16, code: u16, value: i32) -> [u8; RECORD] {
    let mut bytes = [0; RECORD];
    bytes[TIME..TIME + 2].copy_from_slice(&kind.to_ne_bytes());
    bytes[TIME + 2..TIME + 4].copy_from_slice(&code.to_ne_bytes());
    bytes[TIME + 4..].copy_from_slice(&value.to_ne_bytes());
    bytes
}

/// A key pressed and let go, with shift where it needs it, each behind its SYN.
pub fn press(code: KeyCode, shift: bool) -> Vec<u8> {
    let shift = shift.then_some(KeyCode::KEY_LEFTSHIFT);
    let steps = [(shift, 1), (Some(code), 1), (Some(code), 0), (shift, 0)];
    let steps = steps.into_iter().filter_map(|(code, value)| Some((code?, value)));
    steps.flat_map(|(code, value)| [record(KEY, code.code(), value), record(SYN, 0, 0)].concat()).collect()
}

/// Keys become lines: pure.
#[derive(Debug, Default)]
pub struct Keys {
    line: String,
    shift: bool,
    /// The kernel lost some: what is there is torn, until the next Enter.
    torn: bool,
}

impl Keys {
    /// Takes one record; a line when it ended.
    pub fn take(&mut self, kind: u16, code: u16, value: i32) -> Option<String> {
        match (kind, code) {
            (SYN, SYN_DROPPED) => self.torn = true,
            (KEY, code) if [KeyCode::KEY_LEFTSHIFT.code(), KeyCode::KEY_RIGHTSHIFT.code()].contains(&code) => {
                self.shift = value != 0;
            }
            // Only when it goes down: held keys repeat.
            (KEY, _) if value != 1 => {}
            (KEY, code) if [KeyCode::KEY_ENTER.code(), KeyCode::KEY_KPENTER.code()].contains(&code) => {
                let torn = std::mem::take(&mut self.torn);
                let line = std::mem::take(&mut self.line);
                return Some(line).filter(|line| !torn && !line.trim().is_empty());
            }
            (KEY, code) => {
                if let Some(c) = character(code, self.shift).filter(|_| self.line.len() < LONGEST) {
                    self.line.push(c);
                }
            }
            _ => {}
        }
        None
    }

    /// It fell silent without an Enter.
    pub fn silence(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        let torn = std::mem::take(&mut self.torn);
        (!torn && line.len() >= SHORTEST).then_some(line)
    }

    fn waits(&self) -> bool {
        !self.line.is_empty() || self.torn
    }
}

/// The character of a US key, as scanners press them.
fn character(code: u16, shift: bool) -> Option<char> {
    const PAD: [KeyCode; 10] = [
        KeyCode::KEY_KP0,
        KeyCode::KEY_KP1,
        KeyCode::KEY_KP2,
        KeyCode::KEY_KP3,
        KeyCode::KEY_KP4,
        KeyCode::KEY_KP5,
        KeyCode::KEY_KP6,
        KeyCode::KEY_KP7,
        KeyCode::KEY_KP8,
        KeyCode::KEY_KP9,
    ];
    if let Some(digit) = PAD.iter().position(|key| key.code() == code) {
        return char::from_digit(u32::try_from(digit).ok()?, 10);
    }
    (b' '..=b'~').map(char::from).find(|c| key(*c).is_some_and(|(k, s)| k.code() == code && s == shift))
}

enum Source {
    Device(Box<RawDevice>),
    Pipe(File),
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Device(device) => device.as_fd(),
            Self::Pipe(pipe) => pipe.as_fd(),
        }
    }
}

/// Which node it is now: another one has other numbers.
fn identity(path: &Path) -> io::Result<(u64, u64, u64)> {
    let meta = std::fs::metadata(path)?;
    Ok((meta.dev(), meta.ino(), meta.rdev()))
}

fn open(path: &Path) -> io::Result<Source> {
    if std::fs::metadata(path)?.file_type().is_fifo() {
        // Written to as well, so that a writer that goes away is no end.
        let pipe = OpenOptions::new().read(true).write(true).custom_flags(O_NONBLOCK).open(path)?;
        return Ok(Source::Pipe(pipe));
    }
    let mut device = RawDevice::open(path)?;
    rustix::io::ioctl_fionbio(&device, true)?;
    device.grab()?;
    Ok(Source::Device(Box::new(device)))
}

/// Whether it can be taken now, and is let go again. Errors: as the system says; `ResourceBusy` where another program has it.
pub fn try_it(path: &Path) -> io::Result<()> {
    open(path).map(drop)
}

/// Stops the thread when it is dropped.
pub struct ScannerHandle(Arc<AtomicBool>);

impl ScannerHandle {
    /// Lines go to `told`, until the handle or the receiver is gone. `None`: there is none.
    pub fn start(path: Option<PathBuf>, told: Sender<Heard>) -> Option<Self> {
        let path = path?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let begun = thread::Builder::new().name("scanner".into()).spawn(move || run(&path, &told, &stopped));
        begun.ok().map(|_| Self(stop))
    }
}

impl Drop for ScannerHandle {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn run(path: &Path, told: &Sender<Heard>, stop: &AtomicBool) {
    let (mut gone, mut misses) = (false, 0);
    while !stop.load(Ordering::Acquire) {
        let which = identity(path);
        let ended = match which.and_then(|which| Ok((which, open(path)?))) {
            Ok((which, source)) => {
                misses = 0;
                if std::mem::take(&mut gone) && told.send(Heard::Back).is_err() {
                    return;
                }
                listen(&source, path, which, told, stop)
            }
            Err(e) => Ended::Gone(e.to_string()),
        };
        match ended {
            Ended::Stopped => return,
            Ended::Gone(why) => {
                misses += 1;
                // The screen before may just be letting it go.
                if misses >= MISSES && !std::mem::replace(&mut gone, true) && told.send(Heard::Gone(why)).is_err()
                {
                    return;
                }
                thread::sleep(LOOK);
            }
        }
    }
}

enum Ended {
    Stopped,
    Gone(String),
}

fn listen(source: &Source, path: &Path, which: (u64, u64, u64), told: &Sender<Heard>, stop: &AtomicBool) -> Ended {
    let (mut keys, mut bytes, mut rest) = (Keys::default(), [0; RECORD * 64], Vec::new());
    let mut looked = Instant::now();
    while !stop.load(Ordering::Acquire) {
        let wait = if keys.waits() { SILENCE } else { LOOK };
        let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.subsec_nanos()) };
        let ready = poll(&mut [PollFd::new(source, PollFlags::IN)], Some(&wait));
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            match identity(path) {
                Ok(now) if now == which => {}
                Ok(_) => return Ended::Gone("diganti".into()),
                Err(e) => return Ended::Gone(e.to_string()),
            }
        }
        let mut lines = Vec::new();
        match ready {
            Ok(0) => lines.extend(keys.silence()),
            Ok(_) => match rustix::io::read(source, &mut bytes) {
                Ok(0) => return Ended::Gone("terputus".into()),
                Ok(count) => {
                    rest.extend_from_slice(&bytes[..count]);
                    let whole = rest.len() / RECORD * RECORD;
                    for event in rest[..whole].chunks_exact(RECORD) {
                        let short = |at: usize| u16::from_ne_bytes([event[TIME + at], event[TIME + at + 1]]);
                        let value = [event[TIME + 4], event[TIME + 5], event[TIME + 6], event[TIME + 7]];
                        lines.extend(keys.take(short(0), short(2), i32::from_ne_bytes(value)));
                    }
                    rest.drain(..whole);
                }
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
                Err(e) => return Ended::Gone(io::Error::from(e).to_string()),
            },
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Ended::Gone(io::Error::from(e).to_string()),
        }
        for line in lines {
            if told.send(Heard::Line(line)).is_err() {
                return Ended::Stopped;
            }
        }
    }
    Ended::Stopped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &mut Keys, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for c in text.chars() {
            let (code, shift) = key(c).unwrap();
            for event in press(code, shift).chunks_exact(RECORD) {
                let short = |at: usize| u16::from_ne_bytes([event[TIME + at], event[TIME + at + 1]]);
                let value = i32::from_ne_bytes(event[TIME + 4..].try_into().unwrap());
                lines.extend(keys.take(short(0), short(2), value));
            }
        }
        lines
    }

    #[test]
    fn keys_become_the_line_that_was_scanned() {
        let mut keys = Keys::default();
        assert_eq!(typed(&mut keys, "A17K0042XR\nb 12-x\n\n"), ["A17K0042XR", "b 12-x"]);
        assert_eq!(typed(&mut keys, "no enter"), Vec::<String>::new());
        assert_eq!(keys.silence().as_deref(), Some("no enter"));
        typed(&mut keys, "ab");
        assert_eq!(keys.silence(), None, "a finger");
    }

    #[test]
    fn a_held_key_is_one_and_the_pad_has_digits() {
        let mut keys = Keys::default();
        let a = key('a').unwrap().0.code();
        for value in [1, 2, 2, 2, 0] {
            keys.take(KEY, a, value);
        }
        keys.take(KEY, KeyCode::KEY_KP7.code(), 1);
        assert_eq!(keys.take(KEY, KeyCode::KEY_KPENTER.code(), 1).as_deref(), Some("a7"));
    }

    #[test]
    fn what_the_kernel_lost_makes_no_torn_code() {
        let mut keys = Keys::default();
        typed(&mut keys, "A17K0");
        keys.take(SYN, SYN_DROPPED, 0);
        assert_eq!(typed(&mut keys, "042XR\n"), Vec::<String>::new());
        assert_eq!(typed(&mut keys, "A17K0042XR\n"), ["A17K0042XR"]);
    }

    #[test]
    fn every_character_that_can_be_typed_is_read_back() {
        let mut keys = Keys::default();
        for c in (b' '..=b'~').map(char::from).filter(|c| key(*c).is_some()) {
            assert_eq!(typed(&mut keys, &format!("x{c}x\n")), [format!("x{c}x")]);
        }
    }
}
