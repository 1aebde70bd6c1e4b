//! A controller that is none: speaks any dialect over TCP or a pseudo-terminal, well or badly. For tests, and for
//! `parkir sim barrier`; it is gone when dropped.

use super::port::Open;
use crate::device::serial::{self, SerialOptions};
use crate::domain::dialect::Dialect;
use crate::domain::lane::{Arm, Signal, Spot};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Where it is to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    Tcp(SocketAddr),
    Pty,
}

/// How it misbehaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manners {
    /// Hears and says nothing.
    pub silent: bool,
    /// Answers only after so long.
    pub slow: Duration,
    /// Answers in no dialect.
    pub garbage: bool,
    /// The arm does not move.
    pub stuck: bool,
}

/// What happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Bytes that came, and what they ask for; nothing: no dialect of ours.
    Got(Vec<u8>, Option<Asked>),
    Said(Vec<u8>),
    State(Standing),
    Connected,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Open,
    Release,
    Close,
    Status,
    Ping,
}

/// Arm and loops as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub up: bool,
    pub presence: bool,
    pub safety: bool,
}

/// What a person does to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Do {
    Press,
    Help,
    Loop(Spot, bool),
    /// A vehicle drives through, over every loop there is.
    Drive,
    Behave(Manners),
    /// As if the cable were pulled; it can be plugged in again at once.
    Cut,
}

pub struct BarrierSim {
    endpoint: String,
    tell: Option<Sender<Do>>,
    bell: PipeWriter,
    thread: Option<JoinHandle<()>>,
}

enum Face {
    Tcp(TcpListener, Option<Open>),
    /// The controller's end; and the other one, held so that the line stays while nobody has it open.
    Pty(File, #[allow(dead_code, reason = "held, not used")] File),
}

impl BarrierSim {
    pub fn start(dialect: Dialect, at: &At, manners: Manners, news: Sender<News>) -> io::Result<Self> {
        let (face, endpoint) = match at {
            At::Tcp(address) => {
                let listener = TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                let endpoint = listener.local_addr()?.to_string();
                (Face::Tcp(listener, None), endpoint)
            }
            At::Pty => {
                let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
                grantpt(&near)?;
                unlockpt(&near)?;
                let path = ptsname(&near, Vec::new())?.to_string_lossy().into_owned();
                rustix::io::ioctl_fionbio(&near, true)?;
                let far = serial::open(&SerialOptions { path: PathBuf::from(&path), ..SerialOptions::default() })?;
                (Face::Pty(File::from(near), far), path)
            }
        };
        let (rung, bell) = io::pipe()?;
        let (tell, told) = channel();
        let controller = Controller::new(dialect, manners);
        let work = Work { face, controller, told, rung, news, due: VecDeque::new() };
        let thread = thread::Builder::new().name("barrier-sim".into()).spawn(move || work.run())?;
        Ok(Self { endpoint, tell: Some(tell), bell, thread: Some(thread) })
    }

    /// `address:port`, or the path of the pseudo-terminal.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub fn act(&self, what: Do) {
        if let Some(tell) = &self.tell {
            let _ = tell.send(what);
            let _ = (&self.bell).write(&[1]);
        }
    }
}

impl Drop for BarrierSim {
    fn drop(&mut self) {
        self.tell = None;
        let _ = (&self.bell).write(&[1]);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    face: Face,
    controller: Controller,
    told: Receiver<Do>,
    rung: PipeReader,
    news: Sender<News>,
    due: VecDeque<(Instant, Vec<u8>)>,
}

impl Work {
    fn run(mut self) {
        loop {
            let wait = self.due.front().map(|(at, _)| at.saturating_duration_since(Instant::now()));
            let (rang, knocked, bytes) = match self.wait(wait) {
                Ok(seen) => seen,
                Err(_) => return,
            };
            if rang && !self.hands() {
                return;
            }
            if knocked && let Face::Tcp(listener, peer) = &mut self.face {
                // One line: who comes last has it.
                if let Ok(open) = listener.accept().and_then(|(stream, _)| Open::stream(stream)) {
                    *peer = Some(open);
                    let _ = self.news.send(News::Connected);
                }
            }
            if bytes {
                self.hear();
            }
            while self.due.front().is_some_and(|(at, _)| *at <= Instant::now()) {
                if let Some((_, bytes)) = self.due.pop_front() {
                    self.say(bytes);
                }
            }
        }
    }

    fn wait(&self, span: Option<Duration>) -> io::Result<(bool, bool, bool)> {
        let span = span.and_then(|s| Timespec::try_from(s + Duration::from_millis(1)).ok());
        let mut fds = vec![PollFd::from_borrowed_fd(self.rung.as_fd(), PollFlags::IN)];
        let (mut listens, mut hears) = (None, None);
        match &self.face {
            Face::Tcp(listener, peer) => {
                listens = Some(fds.len());
                fds.push(PollFd::from_borrowed_fd(listener.as_fd(), PollFlags::IN));
                if let Some(peer) = peer {
                    hears = Some(fds.len());
                    fds.push(PollFd::from_borrowed_fd(peer.fd(), PollFlags::IN));
                }
            }
            Face::Pty(near, _) => {
                hears = Some(fds.len());
                fds.push(PollFd::from_borrowed_fd(near.as_fd(), PollFlags::IN));
            }
        }
        poll(&mut fds, span.as_ref())?;
        let seen = |at: Option<usize>| at.and_then(|at| fds.get(at)).is_some_and(|fd| !fd.revents().is_empty());
        Ok((seen(Some(0)), seen(listens), seen(hears)))
    }

    /// What a person did; `false` when nobody can any more.
    fn hands(&mut self) -> bool {
        let mut bells = [0; 64];
        let _ = self.rung.read(&mut bells);
        loop {
            match self.told.try_recv() {
                Ok(Do::Cut) => {
                    if let Face::Tcp(_, peer) = &mut self.face {
                        *peer = None;
                        self.due.clear();
                    }
                }
                Ok(what) => {
                    let said = self.controller.done(what);
                    self.answer(said);
                }
                Err(std::sync::mpsc::TryRecvError::Empty) => return true,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn hear(&mut self) {
        let mut buffer = [0; 256];
        let read = match &mut self.face {
            Face::Tcp(_, peer) => match peer.as_mut().map(|p| p.read(&mut buffer)) {
                Some(Ok(bytes)) => bytes.map(<[u8]>::to_vec).unwrap_or_default(),
                _ => {
                    *peer = None;
                    self.due.clear();
                    let _ = self.news.send(News::Gone);
                    return;
                }
            },
            Face::Pty(near, _) => near.read(&mut buffer).map(|n| buffer[..n].to_vec()).unwrap_or_default(),
        };
        for (bytes, asked) in self.controller.take(&read) {
            let _ = self.news.send(News::Got(bytes.clone(), asked));
            let said = asked.map(|asked| self.controller.asked(asked, &bytes)).unwrap_or_default();
            self.answer(said);
        }
    }

    fn answer(&mut self, said: Vec<Vec<u8>>) {
        let at = Instant::now() + self.controller.manners.slow;
        self.due.extend(said.into_iter().map(|bytes| (at, bytes)));
        let _ = self.news.send(News::State(self.controller.standing));
    }

    fn say(&mut self, bytes: Vec<u8>) {
        let bytes = if self.controller.manners.garbage { b"\xF3\x7Fz?\n".to_vec() } else { bytes };
        let written = match &mut self.face {
            Face::Tcp(_, Some(peer)) => peer.write(&bytes),
            Face::Tcp(_, None) => return,
            Face::Pty(near, _) => near.write_all(&bytes),
        };
        if written.is_ok() {
            let _ = self.news.send(News::Said(bytes));
        }
    }
}

/// What it knows and does, without any line.
struct Controller {
    dialect: Dialect,
    manners: Manners,
    standing: Standing,
    buffer: Vec<u8>,
}

impl Controller {
    fn new(dialect: Dialect, manners: Manners) -> Self {
        Self { dialect, manners, standing: Standing::default(), buffer: Vec::new() }
    }

    /// Orders off what came, and what is none.
    fn take(&mut self, bytes: &[u8]) -> Vec<(Vec<u8>, Option<Asked>)> {
        self.buffer.extend_from_slice(bytes);
        let d = &self.dialect;
        let words = [
            (&d.open, Asked::Open),
            (&d.release, Asked::Release),
            (&d.close, Asked::Close),
            (&d.status, Asked::Status),
            (&d.ping, Asked::Ping),
        ];
        let mut found: Vec<(Vec<u8>, Option<Asked>)> = Vec::new();
        while !self.buffer.is_empty() {
            let known = words.iter().filter(|(word, _)| !word.is_empty());
            if let Some((word, asked)) = known.clone().find(|(word, _)| self.buffer.starts_with(word)) {
                found.push((self.buffer.drain(..word.len()).collect(), Some(*asked)));
            } else if known.clone().any(|(word, _)| word.starts_with(&self.buffer)) {
                break;
            } else {
                let odd = self.buffer.remove(0);
                match found.last_mut() {
                    Some((bytes, None)) => bytes.push(odd),
                    _ => found.push((vec![odd], None)),
                }
            }
        }
        found
    }

    fn asked(&mut self, asked: Asked, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut said = Vec::new();
        if self.dialect.echoes {
            said.push(bytes.to_vec());
        }
        match asked {
            Asked::Open if self.manners.stuck => {}
            Asked::Open => self.arm(true, &mut said),
            Asked::Close if self.standing.presence || self.standing.safety => {
                said.extend(self.dialect.word_for(&Signal::Fault(String::new())));
            }
            Asked::Close => self.arm(false, &mut said),
            Asked::Status | Asked::Ping => {
                said.extend(self.dialect.word_for(&Signal::Alive));
                if asked == Asked::Status || self.dialect.status.is_empty() {
                    let (presence, safety) = (self.standing.presence, self.standing.safety);
                    for (spot, on) in [(Spot::Presence, presence), (Spot::Safety, safety)] {
                        let passes = !on && self.ends_passage(spot);
                        said.extend(self.dialect.word_for(&Signal::Loop(spot, on)).filter(|_| !passes));
                    }
                }
            }
            Asked::Release => {}
        }
        self.politely(said)
    }

    /// Whether "free" is said with the words for "passed".
    fn ends_passage(&self, spot: Spot) -> bool {
        let word = self.dialect.word_for(&Signal::Loop(spot, false));
        word.is_some() && word == self.dialect.word_for(&Signal::Passed)
    }

    fn arm(&mut self, up: bool, said: &mut Vec<Vec<u8>>) {
        self.standing.up = up;
        let way = if up { [Arm::Opening, Arm::Open] } else { [Arm::Closing, Arm::Closed] };
        said.extend(way.into_iter().filter_map(|arm| self.dialect.word_for(&Signal::Arm(arm))));
    }

    fn done(&mut self, what: Do) -> Vec<Vec<u8>> {
        let mut said = Vec::new();
        match what {
            Do::Press => said.extend(self.dialect.word_for(&Signal::Button)),
            Do::Help => said.extend(self.dialect.word_for(&Signal::Help)),
            Do::Loop(spot, on) => self.occupy(spot, on, &mut said),
            Do::Drive => {
                self.occupy(Spot::Presence, true, &mut said);
                self.occupy(Spot::Safety, true, &mut said);
                self.occupy(Spot::Presence, false, &mut said);
                self.occupy(Spot::Safety, false, &mut said);
                let passed = self.dialect.word_for(&Signal::Passed).filter(|word| !said.contains(word));
                said.extend(passed);
                if self.standing.up {
                    self.arm(false, &mut said);
                }
            }
            Do::Behave(manners) => self.manners = manners,
            Do::Cut => {}
        }
        self.politely(said)
    }

    fn occupy(&mut self, spot: Spot, on: bool, said: &mut Vec<Vec<u8>>) {
        match spot {
            Spot::Presence => self.standing.presence = on,
            Spot::Safety => self.standing.safety = on,
        }
        said.extend(self.dialect.word_for(&Signal::Loop(spot, on)));
    }

    fn politely(&self, said: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        if self.manners.silent { Vec::new() } else { said }
    }
}
