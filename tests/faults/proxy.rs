//! A cable that does as it is told, to the byte: between a terminal and PostgreSQL, re-armed while it runs. The kernel's
//! own emulation of bad networks is not to be had everywhere, and it cannot cut after the n-th byte.

use socket2::SockRef;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often a pump that has nothing to carry looks whether it was re-armed.
const LOOK: Duration = Duration::from_millis(5);
/// A stream that takes nothing for so long is dead.
const WRITE_LIMIT: Duration = Duration::from_secs(30);

/// What the terminal sends is the request, what PostgreSQL sends is the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Request,
    Reply,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Pass,
    /// Every piece waits this long.
    Delay(Duration),
    /// Lets n more bytes through on this way, then ends the connection in order. Once: then it passes again.
    Cut(Way, u64),
    /// The same with a reset in place of an end.
    Reset(Way, u64),
    /// Carries nothing on this way; the other one flows. What came meanwhile is carried when it is re-armed.
    Stall(Way),
    /// At most so many bytes in a piece, a millisecond apart.
    Trickle(usize),
    /// Takes every connection and ends it.
    Refuse,
    /// Carries nothing at all, and takes connections as a frozen host's kernel does.
    Dead,
}

#[derive(Debug)]
struct Arm {
    rule: Rule,
    /// What a cut still lets through.
    left: u64,
}

#[derive(Debug)]
struct Shared {
    arm: Mutex<Arm>,
    /// How often a cut or reset fell.
    fell: AtomicU64,
    carried: [AtomicU64; 2],
    open: AtomicUsize,
    ended: AtomicBool,
    upstream: PathBuf,
}

impl Shared {
    fn arm(&self) -> MutexGuard<'_, Arm> {
        self.arm.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listening port whose connections go to a unix socket. Dropping it ends them all.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    port: u16,
}

/// Both ends of one connection. The streams close when the last pump lets go, so that a reset is one.
struct Line {
    client: TcpStream,
    server: UnixStream,
    dead: AtomicBool,
    shared: Arc<Shared>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.shared.open.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Proxy {
    pub fn start(upstream: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            arm: Mutex::new(Arm { rule: Rule::Pass, left: 0 }),
            fell: AtomicU64::new(0),
            carried: [AtomicU64::new(0), AtomicU64::new(0)],
            open: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            upstream: upstream.to_owned(),
        });
        let all = shared.clone();
        std::thread::spawn(move || {
            while !all.ended.load(Ordering::Acquire) {
                match listener.accept() {
                    Ok((client, _)) => take(client, &all),
                    Err(_) => std::thread::sleep(LOOK),
                }
            }
        });
        Self { shared, port }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on, for connections that stand too.
    pub fn set(&self, rule: Rule) {
        let left = match rule {
            Rule::Cut(_, n) | Rule::Reset(_, n) => n,
            _ => 0,
        };
        *self.shared.arm() = Arm { rule, left };
    }

    /// How often a cut or reset fell so far.
    pub fn fell(&self) -> u64 {
        self.shared.fell.load(Ordering::Acquire)
    }

    /// Bytes carried so far on a way.
    pub fn carried(&self, way: Way) -> u64 {
        self.shared.carried[way as usize].load(Ordering::Acquire)
    }

    /// Connections that stand now.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::Acquire)
    }

    /// Ends every connection that stands, and lets new ones through.
    pub fn break_all(&self) {
        self.set(Rule::Refuse);
        while self.open() > 0 {
            std::thread::sleep(LOOK);
        }
        self.set(Rule::Pass);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
    }
}

fn take(client: TcpStream, shared: &Arc<Shared>) {
    if shared.arm().rule == Rule::Refuse {
        return;
    }
    let Ok(server) = UnixStream::connect(&shared.upstream) else { return };
    client.set_nonblocking(false).unwrap();
    client.set_nodelay(true).unwrap();
    for limit in [client.set_read_timeout(Some(LOOK)), server.set_read_timeout(Some(LOOK))] {
        limit.unwrap();
    }
    let _ = (client.set_write_timeout(Some(WRITE_LIMIT)), server.set_write_timeout(Some(WRITE_LIMIT)));
    shared.open.fetch_add(1, Ordering::AcqRel);
    let line = Arc::new(Line { client, server, dead: AtomicBool::new(false), shared: shared.clone() });
    for way in [Way::Request, Way::Reply] {
        let line = line.clone();
        std::thread::spawn(move || {
            pump(&line, way);
            line.dead.store(true, Ordering::Release);
        });
    }
}

/// What may go on now: how many bytes, after what wait, and what falls behind them.
enum Leave {
    Wait,
    Go { most: usize, pause: Duration },
    End { reset: bool },
}

fn leave(arm: &Arm, way: Way) -> Leave {
    let go = |most, pause| Leave::Go { most, pause };
    match arm.rule {
        Rule::Pass => go(usize::MAX, Duration::ZERO),
        Rule::Delay(pause) => go(usize::MAX, pause),
        Rule::Trickle(most) => go(most.max(1), Duration::from_millis(1)),
        Rule::Refuse => Leave::End { reset: false },
        Rule::Dead => Leave::Wait,
        Rule::Stall(which) if which == way => Leave::Wait,
        Rule::Cut(which, _) if which == way && arm.left == 0 => Leave::End { reset: false },
        Rule::Reset(which, _) if which == way && arm.left == 0 => Leave::End { reset: true },
        Rule::Cut(which, _) | Rule::Reset(which, _) if which == way => {
            go(usize::try_from(arm.left).unwrap(), Duration::ZERO)
        }
        Rule::Stall(_) | Rule::Cut(..) | Rule::Reset(..) => go(usize::MAX, Duration::ZERO),
    }
}

fn pump(line: &Line, way: Way) {
    let (mut from, mut to): (Box<dyn Read + '_>, Box<dyn Write + '_>) = match way {
        Way::Request => (Box::new(&line.client), Box::new(&line.server)),
        Way::Reply => (Box::new(&line.server), Box::new(&line.client)),
    };
    let (mut buffer, mut begin, mut end) = (vec![0; 16 * 1024], 0, 0);
    let mut closed = false;
    while !line.dead.load(Ordering::Acquire) && !line.shared.ended.load(Ordering::Acquire) {
        // A cut falls only where there is a byte that would have gone on.
        if begin == end && !closed {
            match from.read(&mut buffer) {
                Ok(0) => closed = true,
                Ok(n) => (begin, end) = (0, n),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => closed = true,
            }
        }
        let mut arm = line.shared.arm();
        if begin == end && arm.rule != Rule::Refuse {
            drop(arm);
            if closed {
                break;
            }
            continue;
        }
        match leave(&arm, way) {
            Leave::Wait => {
                drop(arm);
                std::thread::sleep(LOOK);
            }
            Leave::End { reset } => {
                if arm.rule != Rule::Refuse {
                    arm.rule = Rule::Pass;
                    line.shared.fell.fetch_add(1, Ordering::AcqRel);
                }
                drop(arm);
                if reset {
                    let _ = SockRef::from(&line.client).set_linger(Some(Duration::ZERO));
                }
                break;
            }
            Leave::Go { most, pause } => {
                let n = most.min(end - begin);
                if matches!(arm.rule, Rule::Cut(..) | Rule::Reset(..)) && most < usize::MAX {
                    arm.left -= n as u64;
                }
                drop(arm);
                std::thread::sleep(pause);
                if to.write_all(&buffer[begin..begin + n]).is_err() {
                    break;
                }
                line.shared.carried[way as usize].fetch_add(n as u64, Ordering::AcqRel);
                begin += n;
            }
        }
    }
}
