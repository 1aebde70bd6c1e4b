//! The screens: for people at a gate, on an 80x24 console, in their language.
//!
//! One loop for all of them. A screen is told things (`Msg`), says what it wants done (`Cmd`), and is drawn only
//! when what it shows changed. It knows no journal, no database, no device; it reads no clock but the loop's.
//!
//! ```text
//! msg       what is asked and told            shell    what all screens share
//! terminal  the real terminal                 layer    the stack of dialogs
//! keys      key tables: dispatch, footer, help    scan  scanner or person
//! theme, glyphs, text   colours, shapes, words    widget, dialog, screen   what is drawn
//! ```

pub mod customer;
pub mod dialog;
pub mod glyphs;
pub mod keys;
pub mod layer;
pub mod msg;
pub mod scan;
pub mod screen;
pub mod shell;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod widget;

pub use screen::{Screen, Update};
pub use shell::{Colours, Entry, Look, Setup, Waits};
pub use text::Lang;

use anyhow::{Context, Result};
use crossterm::event::Event;
use futures_util::{Stream, StreamExt};
use jiff::{Timestamp, Zoned};
use msg::{Cmd, Component, Msg};
use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::layout::Rect;
use shell::Moment;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// No two pictures closer together than this, but for one that answers a key.
const FRAME: Duration = Duration::from_millis(16);

/// Messages may come so fast that none is the last; then the picture does not wait longer than this.
const OVERDUE: Duration = Duration::from_millis(100);

/// How a screen ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Quit,
    /// Told from outside to end: nothing else is opened after it.
    Ended,
    Open(Component),
    /// The same screen, of the n-th terminal on this computer.
    Terminal(usize),
}

/// Runs a screen until it is left, the keys end or `stop` is cancelled.
///
/// The first picture is drawn before anything is awaited. Commands that find `cmds` full wait in order; keys never
/// wait for them. Errors: the terminal cannot be written or read, or nobody takes commands any more.
pub async fn run<B: Backend>(
    terminal: &mut Terminal<B>,
    screen: &mut Screen,
    mut keys: impl Stream<Item = io::Result<Event>> + Unpin,
    mut inbox: mpsc::Receiver<Msg>,
    cmds: mpsc::Sender<Cmd>,
    stop: CancellationToken,
) -> Result<Exit>
where
    B::Error: Send + Sync + 'static,
{
    let begun = Instant::now();
    let mut clock = Clock::new(screen);
    let mut waiting: VecDeque<Cmd> = VecDeque::new();
    let started = screen.start();
    if let Some(exit) = sort(started, &mut waiting) {
        return Ok(exit);
    }
    let mut drawn = draw(terminal, screen)?;
    let mut dirty: Option<Instant> = None;
    // What changed is the answer to a key.
    let mut pressed = false;
    loop {
        let due = screen.next_wake().map(|at| begun + at);
        let wake = due.map_or(clock.next, |due| due.min(clock.next));
        let frame = drawn + FRAME;
        let overdue = dirty.is_some_and(|since| since.elapsed() >= OVERDUE);
        let update = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(Exit::Quit),
            () = sleep_until(frame), if overdue => {
                drawn = draw(terminal, screen)?;
                (dirty, pressed) = (None, false);
                continue;
            }
            key = keys.next() => match key {
                Some(event) => {
                    pressed = true;
                    let event = event.context("read the keyboard")?;
                    if matches!(event, Event::Resize(..)) {
                        // Not `clear`: it asks the terminal where the cursor is and waits for the answer among the keys.
                        let size = terminal.size().context("measure the terminal")?;
                        terminal.resize(Rect::from(size)).context("clear the terminal")?;
                    }
                    screen.update(Msg::Term(event), moment(begun))
                }
                None => return Ok(Exit::Quit),
            },
            () = sleep_until(wake) => {
                pressed = true;
                let mut update = screen.wake(moment(begun));
                if Instant::now() >= clock.next {
                    let ticked = screen.update(Msg::Tick(clock.tick()), moment(begun));
                    update.changed |= ticked.changed;
                    update.cmds.extend(ticked.cmds);
                }
                update
            }
            permit = cmds.reserve(), if !waiting.is_empty() => {
                let permit = permit.context("the other half of the screen has ended")?;
                if let Some(cmd) = waiting.pop_front() {
                    permit.send(cmd);
                }
                continue;
            }
            // Behind what it asks for and every key that is there already, before what others tell.
            () = std::future::ready(()), if pressed && dirty.is_some() => {
                drawn = draw(terminal, screen)?;
                (dirty, pressed) = (None, false);
                continue;
            }
            Some(msg) = inbox.recv() => screen.update(msg, moment(begun)),
            () = sleep_until(frame), if dirty.is_some() => {
                drawn = draw(terminal, screen)?;
                (dirty, pressed) = (None, false);
                continue;
            }
        };
        // A key that changed nothing has had its answer, and what comes later waits its turn.
        pressed = pressed && (update.changed || dirty.is_some());
        if update.changed && dirty.is_none() {
            dirty = Some(Instant::now());
        }
        if let Some(exit) = sort(update.cmds, &mut waiting) {
            return Ok(exit);
        }
    }
}

fn moment(begun: Instant) -> Moment {
    begun.elapsed()
}

fn draw<B: Backend>(terminal: &mut Terminal<B>, screen: &Screen) -> Result<Instant>
where
    B::Error: Send + Sync + 'static,
{
    terminal.draw(|frame| screen.view(frame)).context("draw the screen")?;
    Ok(Instant::now())
}

/// Commands that end the loop end it; the others queue up.
fn sort(cmds: Vec<Cmd>, waiting: &mut VecDeque<Cmd>) -> Option<Exit> {
    for cmd in cmds {
        match cmd {
            Cmd::Quit => return Some(Exit::Quit),
            Cmd::Open(component) => return Some(Exit::Open(component)),
            Cmd::Terminal(at) => return Some(Exit::Terminal(at)),
            other => waiting.push_back(other),
        }
    }
    None
}

/// Wakes the screen when the minute it shows is over, not every second.
struct Clock {
    zone: jiff::tz::TimeZone,
    next: Instant,
}

impl Clock {
    fn new(screen: &Screen) -> Self {
        let mut clock = Self { zone: screen.zone().clone(), next: Instant::now() };
        clock.tick();
        clock
    }

    /// The time now, and the next wake-up just after the minute's end.
    fn tick(&mut self) -> Zoned {
        let now = Timestamp::now();
        let into = u64::try_from(now.as_millisecond().rem_euclid(60_000)).unwrap_or(0);
        self.next = Instant::now() + Duration::from_millis(60_000 - into + 5);
        now.to_zoned(self.zone.clone())
    }
}
