//! A barcode scanner that is none: types a code character by character, at a scanner's speed, as a serial line, a
//! tmux pane or a real input device of this machine gets it. For `parkir sim scanner`.

use evdev::uinput::VirtualDevice;
use evdev::{AttributeSet, EventType, InputEvent, KeyCode};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Programs that look for keyboards find a new one within this time.
const NOTICED: Duration = Duration::from_millis(800);

/// What is typed into.
pub enum Typist {
    /// Standard output, for a pipe: Enter is a line feed.
    Out(io::Stdout),
    /// The device of a serial line, or the far end of a pair of pseudo terminals: Enter is a carriage return.
    Line(File),
    /// A pane of tmux: its program sees keys as from a keyboard.
    Pane(String),
    /// A FIFO that stands for an input device: the kernel's own records.
    Events(File),
    /// A keyboard the kernel knows: goes wherever a keyboard's keys go.
    Keyboard(Box<VirtualDevice>),
}

impl Typist {
    pub fn line(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).open(path)?;
        if file.metadata()?.file_type().is_char_device() || file.metadata()?.file_type().is_fifo() {
            return Ok(Self::Line(file));
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a terminal device"))
    }

    /// For `[scanner] device`, where there is no uinput.
    pub fn events(path: &Path) -> io::Result<Self> {
        // Not waited for: a FIFO nobody reads says so.
        let file = OpenOptions::new().write(true).custom_flags(0o4000).open(path)?;
        if file.metadata()?.file_type().is_fifo() {
            return Ok(Self::Events(file));
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a FIFO"))
    }

    /// Makes the device; keys go out once the programs of this machine had time to see it.
    pub fn keyboard() -> io::Result<Self> {
        let mut keys = AttributeSet::<KeyCode>::new();
        (0_u8..128).filter_map(|c| key(char::from(c))).for_each(|(code, _)| keys.insert(code));
        keys.insert(KeyCode::KEY_LEFTSHIFT);
        let device = VirtualDevice::builder()?.name("parkir sim scanner").with_keys(&keys)?.build()?;
        thread::sleep(NOTICED);
        Ok(Self::Keyboard(Box::new(device)))
    }

    /// The device's own path, where it has one.
    pub fn node(&mut self) -> Option<PathBuf> {
        match self {
            Self::Keyboard(device) => device.enumerate_dev_nodes_blocking().ok()?.flatten().next(),
            _ => None,
        }
    }

    /// Types `text`, `gap` after each character, and Enter if wished.
    pub fn types(&mut self, text: &str, gap: Duration, enter: bool) -> io::Result<()> {
        for c in text.chars().chain(enter.then_some('\n')) {
            self.press(c)?;
            thread::sleep(gap);
        }
        Ok(())
    }

    fn press(&mut self, c: char) -> io::Result<()> {
        let mut bytes = [0; 4];
        match self {
            Self::Out(out) => {
                out.write_all(c.encode_utf8(&mut bytes).as_bytes())?;
                out.flush()
            }
            Self::Line(file) => {
                let c = if c == '\n' { '\r' } else { c };
                file.write_all(c.encode_utf8(&mut bytes).as_bytes())?;
                file.flush()
            }
            Self::Events(file) => {
                let unknown = || io::Error::new(io::ErrorKind::InvalidInput, format!("no key for {c:?}"));
                let (code, shift) = key(c).ok_or_else(unknown)?;
                file.write_all(&super::scanner::press(code, shift))
            }
            Self::Pane(pane) => {
                let mut tmux = Command::new("tmux");
                tmux.args(["send-keys", "-t", pane]);
                match c {
                    '\n' => tmux.arg("Enter"),
                    c => tmux.arg("-l").arg("--").arg(c.to_string()),
                };
                let told = tmux.stdin(Stdio::null()).output()?;
                let words = String::from_utf8_lossy(&told.stderr).trim().to_owned();
                if told.status.success() { Ok(()) } else { Err(io::Error::other(format!("tmux: {words}"))) }
            }
            Self::Keyboard(device) => {
                let unknown = || io::Error::new(io::ErrorKind::InvalidInput, format!("no key for {c:?}"));
                let (code, shift) = key(c).ok_or_else(unknown)?;
                let press = |code: KeyCode, down: i32| InputEvent::new(EventType::KEY.0, code.code(), down);
                let shifted = shift.then_some(KeyCode::KEY_LEFTSHIFT);
                for events in [
                    shifted.map(|s| press(s, 1)),
                    Some(press(code, 1)),
                    Some(press(code, 0)),
                    shifted.map(|s| press(s, 0)),
                ] {
                    device.emit(events.as_slice())?;
                }
                Ok(())
            }
        }
    }
}

/// The key of a US keyboard, and whether shift is held: what scanners pretend to be.
pub(super) fn key(c: char) -> Option<(KeyCode, bool)> {
    use KeyCode as K;
    const LETTERS: [KeyCode; 26] = [
        K::KEY_A,
        K::KEY_B,
        K::KEY_C,
        K::KEY_D,
        K::KEY_E,
        K::KEY_F,
        K::KEY_G,
        K::KEY_H,
        K::KEY_I,
        K::KEY_J,
        K::KEY_K,
        K::KEY_L,
        K::KEY_M,
        K::KEY_N,
        K::KEY_O,
        K::KEY_P,
        K::KEY_Q,
        K::KEY_R,
        K::KEY_S,
        K::KEY_T,
        K::KEY_U,
        K::KEY_V,
        K::KEY_W,
        K::KEY_X,
        K::KEY_Y,
        K::KEY_Z,
    ];
    const DIGITS: [KeyCode; 10] =
        [K::KEY_0, K::KEY_1, K::KEY_2, K::KEY_3, K::KEY_4, K::KEY_5, K::KEY_6, K::KEY_7, K::KEY_8, K::KEY_9];
    let at = |base: u8| usize::from((c as u32 as u8).wrapping_sub(base));
    Some(match c {
        'a'..='z' => (*LETTERS.get(at(b'a'))?, false),
        'A'..='Z' => (*LETTERS.get(at(b'A'))?, true),
        '0'..='9' => (*DIGITS.get(at(b'0'))?, false),
        '\n' => (K::KEY_ENTER, false),
        ' ' => (K::KEY_SPACE, false),
        '-' => (K::KEY_MINUS, false),
        '.' => (K::KEY_DOT, false),
        '/' => (K::KEY_SLASH, false),
        '?' => (K::KEY_SLASH, true),
        '*' => (K::KEY_8, true),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_a_ticket_and_a_qr_has_a_key_of_its_own() {
        let all: Vec<char> = ('A'..='Z').chain('0'..='9').chain("-*? \n".chars()).collect();
        let mut keys: Vec<_> = all.iter().map(|c| key(*c).unwrap()).map(|(k, shift)| (k.code(), shift)).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all.len());
        assert_eq!(key('q'), Some((KeyCode::KEY_Q, false)));
        assert_eq!(key('Q'), Some((KeyCode::KEY_Q, true)));
        assert_eq!(key('é'), None);
    }

    #[test]
    fn a_file_that_is_no_device_is_not_typed_into() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tty");
        std::fs::write(&path, "x").unwrap();
        assert!(Typist::line(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
        assert!(Typist::line(Path::new("/dev/null")).is_ok());
    }
}
