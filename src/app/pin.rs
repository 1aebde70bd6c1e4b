//! A PIN from a person at a terminal, or one made up for him.
//!
//! While it is typed nothing of it is shown, and Ctrl-C is a key like others: the terminal is given back as it was
//! before anybody hears that it was pressed.

use super::kit;
use crate::domain::secret::Secret;
use anyhow::{Context, Result, bail};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use std::io::{Stdin, Write, stdin};

/// The fewest digits of a PIN: gate PCs hold PIN hashes, and shorter ones are guessed from a stolen disk.
const DIGITS: usize = 6;

const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const CTRL_U: u8 = 0x15;
const CTRL_BACKSLASH: u8 = 0x1c;

/// Asks until the same PIN was typed twice.
pub fn ask() -> Result<Secret> {
    loop {
        let first = hidden_line(&format!("PIN untuk admin ({DIGITS} angka atau lebih): "))?;
        if first.len() < DIGITS || !first.iter().all(u8::is_ascii_digit) {
            println!("PIN harus {DIGITS} angka atau lebih.");
        } else if hidden_line("Sekali lagi: ")? == first {
            return Ok(Secret::new(String::from_utf8(first).context("PIN")?));
        } else {
            println!("Keduanya tidak sama.");
        }
    }
}

/// Eight digits nobody chose.
pub fn made_up() -> Result<Secret> {
    let bytes = kit::random_bytes()?;
    // Sixteen bits a digit: the bias of `% 10` is below one in a thousand.
    let digit = |pair: &[u8]| {
        char::from(b'0' + u8::try_from((u16::from(pair[0]) << 8 | u16::from(pair[1])) % 10).unwrap_or(0))
    };
    Ok(Secret::new(bytes.chunks(2).take(8).map(digit).collect::<String>()))
}

/// The terminal while it shows nothing; dropped, it is as before.
struct Quiet {
    terminal: Stdin,
    before: Termios,
}

impl Quiet {
    fn begin() -> Result<Self> {
        let terminal = stdin();
        let before = tcgetattr(&terminal).context("terminal")?;
        let mut quiet = before.clone();
        quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        // What was typed before the question was no answer to it.
        tcsetattr(&terminal, OptionalActions::Flush, &quiet).context("terminal")?;
        Ok(Self { terminal, before })
    }

    fn key(&self) -> Result<Option<u8>> {
        let mut byte = [0];
        loop {
            match rustix::io::read(&self.terminal, &mut byte) {
                Ok(0) => return Ok(None),
                Ok(_) => return Ok(Some(byte[0])),
                Err(rustix::io::Errno::INTR) => {}
                Err(e) => return Err(e).context("terminal"),
            }
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        println!();
    }
}

/// Reads a line without showing it.
fn hidden_line(question: &str) -> Result<Vec<u8>> {
    let quiet = Quiet::begin()?;
    print!("{question}");
    std::io::stdout().flush()?;
    let mut line = Vec::new();
    loop {
        match quiet.key()? {
            Some(b'\r' | b'\n') => return Ok(line),
            Some(0x08 | 0x7f) => drop(line.pop()),
            Some(CTRL_U) => line.clear(),
            None | Some(CTRL_C | CTRL_D | CTRL_BACKSLASH) => {
                bail!("dibatalkan, tidak ada yang diubah; jalankan parkir db init lagi bila siap")
            }
            Some(other) => line.push(other),
        }
    }
}
