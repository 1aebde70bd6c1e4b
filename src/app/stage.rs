//! Where a screen meets what serves it: takes the terminal, runs the loop, gives the terminal back, whatever happens.

use crate::config::{self, Config};
use crate::domain::vehicle::Class;
use crate::tui::msg::{Cmd, Msg};
use crate::tui::shell::Entry;
use crate::tui::{self, Exit, Lang, Screen, Setup, terminal};
use anyhow::{Context, Result};
use jiff::Timestamp;
use std::cell::RefCell;
use std::rc::Rc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;

/// The two ends of a screen that its server holds.
pub struct Ends {
    pub asked: mpsc::Receiver<Cmd>,
    pub screen: mpsc::Sender<Msg>,
    /// Tripped when the screen was left; tripping it leaves the screen.
    pub stop: CancellationToken,
}

/// The operators' language.
pub fn lang(config: &Config) -> Lang {
    match config.site.language {
        config::Lang::Id => Lang::Id,
        config::Lang::En => Lang::En,
    }
}

/// What every screen of this configuration begins with.
pub fn setup(config: &Config, gate: String, classes: Vec<Class>, components: Vec<Entry>) -> Setup {
    let zone = config.site.timezone.clone();
    Setup {
        gate,
        operator: config.gate.operator.clone(),
        site_name: config.site.name.clone(),
        lang: lang(config),
        now: Timestamp::now().to_zoned(zone.clone()),
        zone,
        classes,
        look: terminal::look(|name| std::env::var(name).ok()),
        components,
    }
}

/// Shows `screen` until it is left, with `serve` behind it. Both run on this thread; `serve` ends when the screen
/// does. The first picture is drawn before `serve` is polled.
pub fn play<T: 'static>(
    mut screen: Screen,
    serve: impl AsyncFnOnce(Ends) -> Result<T> + 'static,
) -> Result<(Exit, T)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    let local = LocalSet::new();
    local.block_on(&runtime, async move {
        // Before the terminal is taken: a signal at the first picture must give it back too.
        let signals = signals().context("sinyal")?;
        let mut seat = terminal::take().context("layar tidak dapat dipakai; jalankan di terminal")?;
        let keys = terminal::keys().context("papan ketik")?;
        let (screen_end, inbox) = mpsc::channel(256);
        let (cmds, asked) = mpsc::channel(64);
        let stop = CancellationToken::new();
        let ends = Ends { asked, screen: screen_end, stop: stop.clone() };
        let served: Rc<RefCell<Option<Result<T>>>> = Rc::default();
        let (result, ended) = (served.clone(), stop.clone());
        let serving = tokio::task::spawn_local(async move {
            let outcome = serve(ends).await;
            *result.borrow_mut() = Some(outcome);
            ended.cancel();
        });
        let leaving = tokio::task::spawn_local(leave_on_signal(signals, stop.clone()));
        let exit = tui::run(&mut seat.terminal, &mut screen, keys, inbox, cmds, stop.clone()).await;
        stop.cancel();
        let told = leaving.is_finished();
        leaving.abort();
        serving.await.context("layar")?;
        drop(seat);
        let served = served.borrow_mut().take().context("layar")?;
        Ok((if told { Exit::Ended } else { exit? }, served?))
    })
}

/// SIGTERM and SIGHUP leave cleanly; SIGINT too, for whoever sends it from outside (the keyboard's is a key here).
fn signals() -> std::io::Result<[Signal; 3]> {
    let [term, hangup, interrupt] =
        [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()].map(signal);
    Ok([term?, hangup?, interrupt?])
}

async fn leave_on_signal([mut term, mut hangup, mut interrupt]: [Signal; 3], stop: CancellationToken) {
    tokio::select! {
        _ = term.recv() => {}
        _ = hangup.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.cancel();
}
