//! A printer that is none, on a real socket or a real terminal line: it reads ESC/POS, answers `DLE EOT` and `GS r`, hands
//! over the slips it got, and can misbehave. It stops when dropped.

use crate::device::roll::{Read as Got, Roll, Slip};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How it misbehaves; the default is a good printer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manners {
    /// Says that there is none, and prints nothing.
    pub paper_out: bool,
    /// Prints, and never says anything.
    pub silent: bool,
    /// Answers each question with bytes that mean nothing.
    pub garbage: bool,
    /// Tells its state at once, and never answers behind what it printed (`GS r`).
    pub hasty: bool,
    /// So long over each slip.
    pub slow: Duration,
    /// The line breaks behind so many bytes.
    pub cut_after: Option<usize>,
}

/// All bits well.
const WELL: u8 = 0x12;
const NO_PAPER: u8 = 0x60;
/// Looks whether it shall stop, so often.
const BREATH: Duration = Duration::from_millis(20);

struct Shared {
    manners: Mutex<Manners>,
    stop: AtomicBool,
    slips: Sender<Slip>,
}

impl Shared {
    fn manners(&self) -> Manners {
        *self.manners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where it can be reached, and its thread.
pub struct PrinterSim {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    address: Option<SocketAddr>,
    path: Option<PathBuf>,
}

impl PrinterSim {
    /// Port 9100 of the trade, or any other; port 0 is a free one. Slips go to `slips` as they are cut.
    pub fn tcp(listen: impl ToSocketAddrs, manners: Manners, slips: Sender<Slip>) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let mut sim = Self::new(manners, slips);
        sim.address = Some(address);
        sim.spawn(move |shared| {
            while !shared.stop.load(Ordering::Acquire) {
                match listener.accept() {
                    // One at a time, as those printers do.
                    Ok((stream, _)) => {
                        let _ = stream.set_nodelay(true);
                        if stream.set_nonblocking(true).is_ok() {
                            serve(shared, File::from(OwnedFd::from(stream)));
                        }
                    }
                    Err(_) => {
                        ready(listener.as_fd(), BREATH);
                    }
                }
            }
        })?;
        Ok(sim)
    }

    /// A pseudo-terminal, for the kinds `file` and `serial`.
    pub fn pty(manners: Manners, slips: Sender<Slip>) -> io::Result<Self> {
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&near)?;
        unlockpt(&near)?;
        let name = ptsname(&near, Vec::new())?;
        let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())).to_owned();
        rustix::io::ioctl_fionbio(&near, true)?;
        // Held open, so that a far side that closes is no hang-up; raw, so that bytes stay as they are.
        let far = OpenOptions::new().read(true).write(true).custom_flags(0o400).open(&path)?;
        let mut line = tcgetattr(&far)?;
        line.make_raw();
        tcsetattr(&far, OptionalActions::Now, &line)?;
        let mut sim = Self::new(manners, slips);
        sim.path = Some(path);
        sim.spawn(move |shared| {
            let near = File::from(near);
            while !shared.stop.load(Ordering::Acquire) {
                let Ok(line) = near.try_clone() else { return };
                serve(shared, line);
            }
            drop(far);
        })?;
        Ok(sim)
    }

    fn new(manners: Manners, slips: Sender<Slip>) -> Self {
        let shared = Shared { manners: Mutex::new(manners), stop: AtomicBool::new(false), slips };
        Self { shared: Arc::new(shared), threads: Vec::new(), address: None, path: None }
    }

    fn spawn(&mut self, work: impl FnOnce(&Shared) + Send + 'static) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new().name("printer-sim".to_owned()).spawn(move || work(&shared))?;
        self.threads.push(thread);
        Ok(())
    }

    /// `None` for a terminal line.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// `None` for a socket.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// From the next bytes on.
    pub fn behave(&self, manners: Manners) {
        *self.shared.manners.lock().unwrap_or_else(PoisonError::into_inner) = manners;
    }
}

impl Drop for PrinterSim {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Whether there is something to read.
fn ready(fd: std::os::fd::BorrowedFd<'_>, wait: Duration) -> bool {
    let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.subsec_nanos()) };
    poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&wait)).is_ok_and(|count| count > 0)
}

/// One line, until the other side hangs up, or this printer does.
fn serve(shared: &Shared, mut line: File) {
    let mut machine = Machine::default();
    let mut bytes = [0; 4096];
    while !shared.stop.load(Ordering::Acquire) {
        let count = match line.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => count,
            Err(e) if e.kind() == ErrorKind::WouldBlock => {
                ready(line.as_fd(), BREATH);
                continue;
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let manners = shared.manners();
        let mut taken = &bytes[..count];
        let broken = manners.cut_after.is_some_and(|most| machine.taken + count > most);
        if let Some(most) = manners.cut_after.filter(|_| broken) {
            taken = &taken[..most.saturating_sub(machine.taken).min(count)];
        }
        machine.taken += taken.len();
        let at_once = machine.at_once(taken, manners);
        if line.write_all(&at_once).is_err() {
            break;
        }
        let (slips, answers) = machine.process(manners);
        for slip in slips {
            thread::sleep(manners.slow);
            let _ = shared.slips.send(slip);
        }
        if line.write_all(&answers).is_err() || broken {
            break;
        }
    }
    if let Some(slip) = machine.roll.torn() {
        let _ = shared.slips.send(slip);
    }
}

/// The printer's own mind.
#[derive(Default)]
struct Machine {
    roll: Roll,
    /// What waits for paper.
    waiting: Vec<u8>,
    taken: usize,
}

impl Machine {
    /// `DLE EOT` is heard ahead of everything that waits.
    fn at_once(&mut self, bytes: &[u8], manners: Manners) -> Vec<u8> {
        self.waiting.extend_from_slice(bytes);
        let mut answers = Vec::new();
        let mut rest = std::mem::take(&mut self.waiting).into_iter().peekable();
        while let Some(byte) = rest.next() {
            if byte == 0x10 && rest.peek() == Some(&4) {
                rest.next();
                let asked = rest.next().unwrap_or(1);
                answers.extend(Self::status(asked, manners));
                continue;
            }
            self.waiting.push(byte);
        }
        answers
    }

    fn status(asked: u8, manners: Manners) -> Vec<u8> {
        let answer = match (asked, manners.paper_out) {
            (1, true) => WELL | 0x08,
            (2, true) => WELL | 0x20,
            (4, true) => WELL | NO_PAPER,
            _ => WELL,
        };
        Self::say(answer, manners)
    }

    fn say(answer: u8, manners: Manners) -> Vec<u8> {
        match (manners.silent, manners.garbage) {
            (true, _) => Vec::new(),
            (_, true) => b"\xFF?sampah\xFF".to_vec(),
            _ => vec![answer],
        }
    }

    /// Slips, and what is answered behind them.
    fn process(&mut self, manners: Manners) -> (Vec<Slip>, Vec<u8>) {
        if manners.paper_out {
            return (Vec::new(), Vec::new());
        }
        let (mut slips, mut answers) = (Vec::new(), Vec::new());
        for got in self.roll.take(&std::mem::take(&mut self.waiting)) {
            match got {
                Got::Slip(slip) => slips.push(slip),
                Got::AskedPaper if manners.hasty => {}
                Got::AskedPaper => answers.extend(Self::say(0, manners)),
            }
        }
        (slips, answers)
    }
}
