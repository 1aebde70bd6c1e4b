//! The binary at a pseudo-terminal, somebody's fingers, and the moment at which each picture stood.
#![allow(dead_code)]
#![allow(clippy::unwrap_used)]

use super::{Desk, PARKIR};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const ROWS: u16 = 24;
const COLUMNS: u16 = 80;
/// Nothing is answered so late unless it hangs.
const GUARD: Duration = Duration::from_secs(60);

/// What stood on the screen behind some bytes.
pub struct Picture {
    pub at: Instant,
    pub text: String,
}

pub struct Seat {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    pub drawn: Receiver<Picture>,
    pub begun: Instant,
    _pair: portable_pty::PtyPair,
}

impl Seat {
    pub fn take(desk: &Desk) -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(PARKIR);
        command.args(["in", "--config"]);
        command.arg(&desk.config);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let (tell, drawn) = channel();
        let begun = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        std::thread::spawn(move || {
            let cells = |n| NonZeroU16::new(n).unwrap();
            let mut screen = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0);
            let mut buffer = [0; 65536];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                let at = Instant::now();
                screen.process(&buffer[..read]);
                let _ = tell.send(Picture { at, text: screen.screen().contents() });
            }
        });
        Self { child, keys, drawn, begun, _pair: pair }
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// When a picture first stood of which this is true.
    pub fn shows(&self, wished: impl Fn(&str) -> bool) -> Instant {
        loop {
            let picture = self.drawn.recv_timeout(GUARD).unwrap();
            if wished(&picture.text) {
                return picture.at;
            }
        }
    }

    /// From the start to the first whole line with the badge in it.
    pub fn first_frame(&self) -> Duration {
        self.shows(|text| text.lines().next().is_some_and(|l| l.contains("Koneksi"))) - self.begun
    }

    /// Presses a key and waits for the picture that answers it, which must not stand yet. What stands in the first
    /// line then.
    pub fn press(&mut self, key: &[u8], wished: impl Fn(&str) -> bool) -> (Duration, String) {
        while self.drawn.try_recv().is_ok() {}
        let pressed = Instant::now();
        self.keys.write_all(key).and_then(|()| self.keys.flush()).unwrap();
        loop {
            let picture = self.drawn.recv_timeout(GUARD).unwrap();
            if wished(&picture.text) {
                return (picture.at - pressed, picture.text.lines().next().unwrap_or_default().to_owned());
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(pid) = self.child.process_id() {
            let _ = std::process::Command::new("kill").arg(pid.to_string()).status();
        }
        let _ = self.child.wait();
    }
}
