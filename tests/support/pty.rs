//! The real binary on a real terminal, with somebody's eyes and fingers: what the picture says, and what is typed.

use super::face::{GUARD, until};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const ENTER: &str = "\r";
pub const ESC: &str = "\x1b";
pub const F1: &str = "\x1bOP";
pub const F4: &str = "\x1bOS";
pub const F6: &str = "\x1b[17~";
pub const F7: &str = "\x1b[18~";
pub const F8: &str = "\x1b[19~";
pub const F9: &str = "\x1b[20~";
pub const F10: &str = "\x1b[21~";

/// Slower than any scanner.
const FINGER: Duration = Duration::from_millis(60);
/// How long somebody looks whether a key did anything before pressing it again.
const LOOK: Duration = Duration::from_millis(1500);

/// What a terminal is set to, comparable.
type Manners = String;

pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    // Held so that the settings can be looked at after the program is gone.
    _slave: Box<dyn SlavePty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    picture: Arc<Mutex<vt100::Parser>>,
    before: Manners,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

impl Pty {
    /// 80x24.
    pub fn start(arguments: &[&str], config: &Path) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_parkir"));
        command.args(arguments);
        command.arg("--config");
        command.arg(config);
        Self::run(command, 80, 24)
    }

    pub fn run(mut command: CommandBuilder, columns: u16, rows: u16) -> Self {
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        command.env_remove("NO_COLOR");
        command.env_remove("COLORTERM");
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let before = manners(pair.master.as_ref());
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let picture = Arc::new(Mutex::new(vt100::Parser::new(cells(rows), cells(columns), 0)));
        let drawn = picture.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                drawn.lock().unwrap().process(&bytes[..n]);
            }
        });
        Self { master: pair.master, _slave: pair.slave, child, keys, picture, before }
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        self.picture.lock().unwrap().set_size(cells(rows), cells(columns));
        self.master.resize(size(columns, rows)).unwrap();
    }

    pub fn text(&self) -> String {
        self.picture.lock().unwrap().screen().contents()
    }

    /// Line 1, right: the badge's words.
    pub fn top(&self) -> String {
        self.text().lines().next().unwrap_or_default().to_owned()
    }

    /// The colour of this word's first letter on line 1.
    pub fn colour_on_top(&self, word: &str) -> Option<vt100::Color> {
        let picture = self.picture.lock().unwrap();
        let top = picture.screen().contents().lines().next()?.to_owned();
        let column = top.find(word).map(|at| top[..at].chars().count())?;
        picture.screen().cell(0, u16::try_from(column).ok()?).map(vt100::Cell::fgcolor)
    }

    /// Waits until the picture says all of this.
    pub fn shows(&self, words: &[&str]) -> String {
        self.shows_when(&format!("{words:?}"), |text| words.iter().all(|word| text.contains(word)))
    }

    pub fn shows_when(&self, what: &str, wished: impl Fn(&str) -> bool) -> String {
        let begun = std::time::Instant::now();
        loop {
            let text = self.text();
            if wished(&text) {
                return text;
            }
            assert!(begun.elapsed() < GUARD, "never shown: {what}; it stands at\n{text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.keys.write_all(bytes).and_then(|()| self.keys.flush()).unwrap();
    }

    /// As a person types.
    pub fn types(&mut self, text: &str) {
        for letter in text.chars() {
            self.send(letter.to_string().as_bytes());
            std::thread::sleep(FINGER);
        }
    }

    /// Presses a key until the picture says so: a dialog that just came does not take keys at once.
    pub fn press_until(&mut self, key: &str, what: &str, wished: impl Fn(&str) -> bool) -> String {
        until(&format!("{what} after {key:?}; it stands at\n{}", self.text()), || {
            self.send(key.as_bytes());
            let pressed = std::time::Instant::now();
            while pressed.elapsed() < LOOK {
                let text = self.text();
                if wished(&text) {
                    return Some(text);
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            None
        })
    }

    pub fn press_to_see(&mut self, key: &str, words: &str) -> String {
        self.press_until(key, words, |text| text.contains(words))
    }

    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.process_id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    pub fn alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end of the program; the terminal must be as it was before. Gives the exit code.
    pub fn ends(mut self) -> u32 {
        let what = format!("the end of the program; it stands at\n{}", self.text());
        let status = until(&what, || self.child.try_wait().unwrap());
        until("the terminal as it was", || {
            let picture = self.picture.lock().unwrap();
            let screen = picture.screen();
            let left = !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste();
            (left && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None).then_some(())
        });
        assert_eq!(manners(self.master.as_ref()), self.before, "the terminal's settings are not as before");
        status.exit_code()
    }

    /// As `ends`, and what then stands on the plain terminal, which must say this.
    pub fn ends_saying(self, words: &str) -> (String, u32) {
        let picture = self.picture.clone();
        let code = self.ends();
        let text = until(words, || {
            let text = picture.lock().unwrap().screen().contents();
            text.contains(words).then_some(text)
        });
        (text, code)
    }

    /// F10, and yes where it asks.
    pub fn goes_back(&mut self, to: &str) {
        let text =
            self.press_until(F10, "a question, or the way out", |text| text.contains("[Y]") || text.contains(to));
        if text.contains("[Y]") {
            self.press_to_see("y", to);
        }
    }

    /// F10, and yes where it asks: to the end of the program.
    pub fn leaves(mut self) -> u32 {
        until("the end of the program after F10 and Y", || {
            let key = if self.text().contains("[Y]") { "y" } else { F10 };
            // The program may have ended just now.
            let _ = self.keys.write_all(key.as_bytes()).and_then(|()| self.keys.flush());
            std::thread::sleep(Duration::from_millis(500));
            self.child.try_wait().unwrap()
        });
        self.ends()
    }

    /// Whether a program holds the terminal now, as full screens do.
    pub fn taken(&self) -> bool {
        self.picture.lock().unwrap().screen().alternate_screen() && manners(self.master.as_ref()) != self.before
    }
}

fn manners(master: &(dyn MasterPty + Send)) -> Manners {
    let t = master.get_termios().unwrap();
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        t.input_flags, t.output_flags, t.control_flags, t.local_flags, t.control_chars
    )
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
