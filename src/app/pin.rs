//! A PIN from a person at a terminal, or one made up for him.
//!
//! While it is typed nothing of it is shown, and Ctrl-C is a key like others: the terminal is given back as it was
//! before anybody hears that it was pressed. A signal that ends the program gives it back too.

use super::kit;
use crate::domain::operator::{DIGITS, pin_is_fit};
use crate::domain::secret::Secret;
use anyhow::{Context, Result, anyhow, bail};
use argon2::password_hash::PasswordHasher;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use std::io::{Stdin, Write, stdin};
use std::sync::{Mutex, PoisonError};
use tokio::signal::unix::{SignalKind, signal};

const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const CTRL_U: u8 = 0x15;
const CTRL_BACKSLASH: u8 = 0x1c;

const CANCELLED: &str = "dibatalkan, tidak ada yang diubah; ulangi perintahnya bila siap";

/// How the terminal was, while it shows nothing.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// The hash of a PIN: argon2id, 19 MiB and two passes (OWASP's least). A gate PC of 2012 takes about a quarter of a
/// second for it, and whoever stole its disk a year for a million PINs.
pub fn hash(pin: &Secret) -> Result<String> {
    let hash = argon2::Argon2::default().hash_password(pin.reveal().as_bytes());
    Ok(hash.map_err(|e| anyhow!("PIN tidak dapat disandikan: {e}"))?.to_string())
}

/// Asks until the same PIN was typed twice; `whose` stands in the question.
pub fn ask(whose: &str) -> Result<Secret> {
    watch_signals()?;
    loop {
        let first = hidden_line(&format!("PIN untuk {whose} ({DIGITS} angka atau lebih): "))?;
        if !pin_is_fit(&String::from_utf8_lossy(&first)) {
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

/// From here on a signal ends the program as it would have, but not before the terminal is as it was.
fn watch_signals() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().context("runtime")?;
    let entered = runtime.enter();
    let (mut terminate, mut hang_up, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?, signal(SignalKind::interrupt())?);
    drop(entered);
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        if give_back() {
            let _ = writeln!(std::io::stderr(), "parkir: {CANCELLED}");
        }
        std::process::exit(1);
    })?;
    Ok(())
}

/// The terminal as it was; whether it was not.
fn give_back() -> bool {
    let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() else { return false };
    let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
    let _ = writeln!(std::io::stdout());
    true
}

/// The terminal while it shows nothing; dropped, it is as before.
struct Quiet {
    terminal: Stdin,
}

impl Quiet {
    fn begin() -> Result<Self> {
        let terminal = stdin();
        let before = tcgetattr(&terminal).context("terminal")?;
        let mut quiet = before.clone();
        quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        // What was typed before the question was no answer to it.
        tcsetattr(&terminal, OptionalActions::Flush, &quiet).context("terminal")?;
        Ok(Self { terminal })
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
        give_back();
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
                bail!(CANCELLED)
            }
            Some(other) => line.push(other),
        }
    }
}
