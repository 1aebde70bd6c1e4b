//! A pole display that is none: reads the CD5220 commands on a pseudo-terminal and tells what would stand on it.

use crate::domain::display::COLUMNS;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::thread;

/// What stands on it, each time the lower line was written.
pub type Screenful = [String; 2];

pub struct DisplaySim {
    path: PathBuf,
    /// Held open, so that a gate that closes it is no hang-up.
    _far: File,
}

impl DisplaySim {
    /// Lives as long as the process; screenfuls go to `told`.
    pub fn start(told: Sender<Screenful>) -> io::Result<Self> {
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&near)?;
        unlockpt(&near)?;
        let name = ptsname(&near, Vec::new())?;
        let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes())).to_owned();
        let far = OpenOptions::new().read(true).write(true).custom_flags(0o400).open(&path)?;
        let mut line = tcgetattr(&far)?;
        line.make_raw();
        tcsetattr(&far, OptionalActions::Now, &line)?;
        thread::Builder::new().name("display-sim".into()).spawn(move || {
            let (mut near, mut glass, mut bytes) = (File::from(near), Glass::default(), [0; 256]);
            while let Ok(count) = near.read(&mut bytes) {
                for shown in bytes[..count].iter().filter_map(|byte| glass.take(*byte)) {
                    if told.send(shown).is_err() {
                        return;
                    }
                }
            }
        })?;
        Ok(Self { path, _far: far })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[derive(Default)]
struct Glass {
    lines: [String; 2],
    /// `ESC`, `ESC Q`, or the row that is being written.
    begun: Vec<u8>,
}

impl Glass {
    fn take(&mut self, byte: u8) -> Option<Screenful> {
        match (self.begun.as_slice(), byte) {
            ([], 0x0C) => self.lines = Screenful::default(),
            ([], 0x1B) => self.begun = vec![0x1B],
            ([], _) => {}
            ([0x1B], b'@') => {
                self.lines = Screenful::default();
                self.begun.clear();
            }
            ([0x1B], b'Q') => self.begun.push(b'Q'),
            ([0x1B, b'Q'], b'A' | b'B') => {
                self.lines[usize::from(byte == b'B')].clear();
                self.begun.push(byte);
            }
            ([0x1B, b'Q', row], b'\r') => {
                let whole = *row == b'B';
                self.begun.clear();
                return whole.then(|| self.lines.clone());
            }
            ([0x1B, b'Q', row], _) => {
                let line = &mut self.lines[usize::from(*row == b'B')];
                if line.len() < COLUMNS {
                    line.push(char::from(byte));
                }
            }
            _ => self.begun.clear(),
        }
        None
    }
}
