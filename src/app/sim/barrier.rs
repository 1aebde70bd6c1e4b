//! `parkir sim barrier`: shows what a controller gets and how it stands, and does by letters what drivers do. Ends with
//! `q` or at the end of stdin.

use crate::cli::BarrierSim as Options;
use crate::device::barrier::sim::{Asked, At, BarrierSim, Do, Manners, News, Standing};
use crate::domain::dialect::{shown, table};
use crate::domain::lane::{Side, Spot};
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{BufRead, Write};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

const HELP: &str =
    "b tombol, h bantuan, l/L loop depan terisi/kosong, s/S loop bawah palang terisi/kosong, p kendaraan lewat,
d diam/bicara, m macet/lancar, g sampah/benar, x putuskan sambungan (TCP), q selesai";

/// A name for the line that is gone with it.
struct Link(Option<PathBuf>);

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

pub fn run(options: Options) -> Result<ExitCode> {
    let Some(written) = table::named(&options.dialect) else {
        let known: Vec<&str> = table::names().collect();
        bail!("dialek {:?} tidak dikenal; yang ada: {}", options.dialect, known.join(", "))
    };
    let dialect = written.read(if options.exit { Side::Out } else { Side::In }, 1)?;
    let mut manners = Manners {
        silent: options.silent,
        slow: Duration::from_millis(options.slow),
        garbage: options.garbage,
        stuck: options.stuck,
    };
    let at = options.tcp.map_or(At::Pty, At::Tcp);
    let (tell, news) = channel();
    let sim = BarrierSim::start(dialect, &at, manners.clone(), tell).context("alamat itu tidak dapat dipakai")?;
    if let Some(path) = &options.link {
        if path.is_symlink() {
            fs::remove_file(path)?;
        }
        symlink(sim.endpoint(), path).with_context(|| path.display().to_string())?;
    }
    let _link = Link(options.link);
    println!("Palang tiruan, dialek {}, di {}", written.name, sim.endpoint());
    println!("{HELP}");
    let show = thread::Builder::new().name("news".into()).spawn(move || {
        let mut seen = Seen::default();
        for news in news {
            if let Some(line) = seen.tell(&news) {
                // Nobody has to look.
                let _ = writeln!(std::io::stdout(), "{line}");
            }
        }
    })?;
    for line in std::io::stdin().lock().lines() {
        for letter in line.context("stdin")?.chars().filter(|c| !c.is_whitespace()) {
            match letter {
                'b' => sim.act(Do::Press),
                'h' => sim.act(Do::Help),
                'l' | 'L' => sim.act(Do::Loop(Spot::Presence, letter == 'l')),
                's' | 'S' => sim.act(Do::Loop(Spot::Safety, letter == 's')),
                'p' => sim.act(Do::Drive),
                'x' => sim.act(Do::Cut),
                'd' | 'm' | 'g' => {
                    let what = match letter {
                        'd' => &mut manners.silent,
                        'm' => &mut manners.stuck,
                        _ => &mut manners.garbage,
                    };
                    *what = !*what;
                    sim.act(Do::Behave(manners.clone()));
                }
                'q' => return end(sim, show),
                _ => println!("{HELP}"),
            }
        }
    }
    end(sim, show)
}

fn end(sim: BarrierSim, show: thread::JoinHandle<()>) -> Result<ExitCode> {
    drop(sim);
    let _ = show.join();
    Ok(ExitCode::SUCCESS)
}

/// What is shown, and what nobody wants to read every two seconds: being asked how it is, and saying so.
#[derive(Default)]
struct Seen {
    stood: Option<Standing>,
    asked: bool,
    quiet: bool,
}

impl Seen {
    fn tell(&mut self, news: &News) -> Option<String> {
        let asked = std::mem::take(&mut self.asked);
        Some(match news {
            News::Got(_, Some(Asked::Ping)) => {
                self.asked = true;
                return None;
            }
            News::Got(bytes, asked) => {
                let asked = match asked {
                    Some(Asked::Open) => "buka",
                    Some(Asked::Close) => "tutup",
                    Some(Asked::Release) => "lepas relai",
                    Some(Asked::Status | Asked::Ping) => "tanya",
                    None => "TIDAK DIKENAL",
                };
                format!("< {:<24} {asked}", shown(bytes))
            }
            News::Said(_) if self.quiet => return None,
            News::Said(bytes) => format!("> {}", shown(bytes)),
            News::State(now) => {
                self.quiet = asked;
                if self.stood.replace(*now) == Some(*now) {
                    return None;
                }
                let loop_ = |on: bool| if on { "terisi" } else { "kosong" };
                let arm = if now.up { "NAIK" } else { "turun" };
                format!("  palang {arm}, loop depan {}, bawah palang {}", loop_(now.presence), loop_(now.safety))
            }
            News::Connected => "  tersambung".to_owned(),
            News::Gone => "  sambungan putus".to_owned(),
        })
    }
}
