//! A sound for what happened: the site's own program, or the terminal's bell. On a thread of its own; one that plays too
//! long is ended, and what comes meanwhile is not queued up.

use rustix::process::{Pid, Signal, kill_process_group};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

const LONGEST: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    Paid,
    Refused,
    Warning,
}

impl Sound {
    /// The program's last argument.
    pub fn word(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Refused => "refused",
            Self::Warning => "warning",
        }
    }

    fn rings(self) -> usize {
        match self {
            Self::Paid => 1,
            Self::Warning => 2,
            Self::Refused => 3,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoundOptions {
    /// With the sound's word behind it; empty: none.
    pub command: Vec<String>,
    /// The terminal's bell: once, twice, three times.
    pub bell: bool,
}

#[derive(Clone, Debug)]
pub struct SoundHandle(Option<SyncSender<Sound>>);

impl SoundHandle {
    pub fn start(options: SoundOptions) -> Self {
        if options.command.is_empty() && !options.bell {
            return Self(None);
        }
        let (tell, told) = sync_channel(1);
        let begun = thread::Builder::new().name("sound".into()).spawn(move || run(&options, &told));
        Self(begun.ok().map(|_| tell))
    }

    pub fn play(&self, sound: Sound) {
        if let Some(tell) = &self.0 {
            let _ = tell.try_send(sound);
        }
    }
}

fn run(options: &SoundOptions, told: &Receiver<Sound>) {
    for sound in told {
        if options.bell
            && let Ok(mut terminal) = OpenOptions::new().write(true).open("/dev/tty")
        {
            for ring in 0..sound.rings() {
                if ring > 0 {
                    thread::sleep(Duration::from_millis(150));
                }
                let _ = terminal.write_all(b"\x07");
            }
        }
        if let Some((program, arguments)) = options.command.split_first()
            && let Err(error) = play(program, arguments, sound)
        {
            tracing::warn!(target: "gate", %error, program, "suara");
        }
    }
}

fn play(program: &str, arguments: &[String], sound: Sound) -> std::io::Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).arg(sound.word()).process_group(0);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let begun = Instant::now();
    while child.try_wait()?.is_none() {
        if begun.elapsed() > LONGEST {
            let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
            child.wait()?;
            break;
        }
        thread::sleep(LOOK);
    }
    Ok(())
}
