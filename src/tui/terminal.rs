//! The real terminal: taken once, given back exactly once, whatever happens.
//!
//! Only the thread that took it gives it back: a panic elsewhere is logged, and the screen lives on.

use super::glyphs;
use super::shell::{Colours, Look};
use super::theme::Theme;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste, Event, EventStream};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, style};
use futures_util::{Stream, StreamExt, stream};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{self, Stdout, stdout};
use std::panic;
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};
use tokio::signal::unix::{SignalKind, signal};

/// Who holds the terminal now, if anybody.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);

fn owner() -> std::sync::MutexGuard<'static, Option<ThreadId>> {
    OWNER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The taken terminal; dropping it gives it back.
pub struct Seat {
    pub terminal: Terminal<CrosstermBackend<Stdout>>,
    _guard: Guard,
}

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Raw mode, alternate screen, bracketed paste. Errors where standard output is no terminal.
pub fn take() -> io::Result<Seat> {
    install_panic_hook();
    // crossterm 0.29 under NO_COLOR resets bold and reverse too; the mono theme needs them and has no colours.
    style::force_color_output(true);
    enable_raw_mode()?;
    *owner() = Some(thread::current().id());
    let guard = Guard;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    Ok(Seat { terminal: Terminal::new(CrosstermBackend::new(stdout()))?, _guard: guard })
}

fn give_back() {
    if owner().take().is_none() {
        return;
    }
    // Nobody is left to tell that the terminal went away.
    let _ = execute!(stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let holder = *owner();
            match holder {
                Some(holder) if holder != thread::current().id() => {
                    tracing::error!(target: "panic", "{info}");
                }
                _ => {
                    give_back();
                    tracing::error!(target: "panic", "{info}");
                    before(info);
                }
            }
        }));
    });
}

/// Keys, pastes and resizes of the real terminal. After a stop and continue (SIGCONT) the terminal is taken again
/// and a resize asks for the whole picture. Must be called within a runtime.
pub fn keys() -> io::Result<impl Stream<Item = io::Result<Event>> + Unpin> {
    let continued = signal(SignalKind::from_raw(CONTINUED))?;
    let resumed = stream::unfold(continued, |mut continued| async move {
        continued.recv().await?;
        Some((resume(), continued))
    });
    Ok(stream::select(EventStream::new(), Box::pin(resumed)).boxed_local())
}

/// SIGCONT on Linux.
const CONTINUED: i32 = 18;

fn resume() -> io::Result<Event> {
    disable_raw_mode()?;
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    let (columns, rows) = crossterm::terminal::size()?;
    Ok(Event::Resize(columns, rows))
}

/// What this terminal can show, from its environment: `TERM`, the locale, `NO_COLOR`, `COLORTERM`.
pub fn look(env: impl Fn(&str) -> Option<String>) -> Look {
    let get = |name: &str| env(name).filter(|v| !v.is_empty());
    let locale = get("LC_ALL").or_else(|| get("LC_CTYPE")).or_else(|| get("LANG")).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    let term = get("TERM").unwrap_or_default();
    let utf8 = locale.contains("utf-8") || locale.contains("utf8");
    let glyphs = if utf8 { &glyphs::CONSOLE } else { &glyphs::ASCII };
    if get("NO_COLOR").is_some() || term == "dumb" {
        return Look { theme: Theme::mono(), glyphs, colours: Colours::Mono };
    }
    let colours = match (term.as_str(), get("COLORTERM").as_deref()) {
        ("linux", _) => Colours::Sixteen,
        (_, Some("truecolor" | "24bit")) => Colours::True,
        (term, _) if term.contains("256color") => Colours::Indexed,
        _ => Colours::Sixteen,
    };
    Look { theme: Theme::colour(), glyphs, colours }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(vars: &[(&str, &str)]) -> (Look, bool) {
        let look = look(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()));
        let ascii = std::ptr::eq(look.glyphs, &glyphs::ASCII);
        (look, ascii)
    }

    #[test]
    fn the_environment_decides_shapes_and_colours() {
        let (look, ascii) = seen(&[("TERM", "linux"), ("LANG", "id_ID.UTF-8"), ("COLORTERM", "truecolor")]);
        assert_eq!((look.colours, ascii), (Colours::Sixteen, false));
        let (look, ascii) = seen(&[("TERM", "xterm-256color"), ("LC_ALL", "C"), ("LANG", "id_ID.UTF-8")]);
        assert_eq!((look.colours, ascii), (Colours::Indexed, true));
        let (look, _) = seen(&[("TERM", "xterm"), ("LANG", "C.utf8"), ("NO_COLOR", "1")]);
        assert_eq!((look.colours, look.theme), (Colours::Mono, Theme::mono()));
    }
}
