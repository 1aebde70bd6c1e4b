//! Where a screen meets what serves it: takes the terminal, runs the loop, gives the terminal back, whatever happens.

use crate::config::{self, Config};
use crate::domain::concession::FREE_REASONS;
use crate::domain::payment::Offer;
use crate::domain::vehicle::Class;
use crate::tui::msg::{Cmd, Msg};
use crate::tui::shell::Entry;
use crate::tui::{self, Exit, Lang, Screen, Setup, terminal};
use anyhow::{Context, Result};
use futures_util::FutureExt;
use jiff::Timestamp;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
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
    in_tongue(config.site.language)
}

pub fn in_tongue(language: config::Lang) -> Lang {
    match language {
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
        offers: offers(config),
        free_reasons: free_reasons(config),
        look: terminal::look(|name| std::env::var(name).ok()),
        components,
    }
}

/// What the site names, else the built-in ones.
pub fn free_reasons(config: &Config) -> Vec<String> {
    let named = config.gate.free_reasons.clone();
    named.unwrap_or_else(|| FREE_REASONS.map(str::to_owned).to_vec())
}

fn offers(config: &Config) -> Vec<Offer> {
    let offer = |method| Offer { method, charged: config.payment.adapter(method).is_some() };
    config.payment.offered().into_iter().map(offer).collect()
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
        let mut signals = Signals::take().context("sinyal")?;
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
        let shown = tui::run(&mut seat.terminal, &mut screen, keys, inbox, cmds, stop.clone());
        let exit = tokio::select! {
            biased;
            () = signals.come() => Ok(Exit::Ended),
            exit = shown => exit,
        };
        stop.cancel();
        serving.await.context("layar")?;
        drop(seat);
        // A terminal that went away may be noticed before its SIGHUP is.
        let exit = if signals.come().now_or_never().is_some() { Ok(Exit::Ended) } else { exit };
        signals.keep();
        let served = served.borrow_mut().take().context("layar")?;
        Ok((exit?, served?))
    })
}

/// SIGTERM and SIGHUP leave cleanly; SIGINT too, for whoever sends it from outside (the keyboard's is a key here).
///
/// They are listened to from the first screen to the end of the process, and between two screens they lie here: one
/// that comes then is not forgotten, and ends the next screen at once.
pub struct Signals([Signal; 3]);

static BETWEEN_SCREENS: Mutex<Option<Signals>> = Mutex::new(None);

impl Signals {
    /// Begins to listen, or goes on with it. Must be called within a runtime.
    pub fn take() -> std::io::Result<Self> {
        if let Some(kept) = BETWEEN_SCREENS.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(kept);
        }
        let [term, hangup, interrupt] =
            [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()].map(signal);
        Ok(Self([term?, hangup?, interrupt?]))
    }

    /// Puts them down for the next screen.
    pub fn keep(self) {
        *BETWEEN_SCREENS.lock().unwrap_or_else(PoisonError::into_inner) = Some(self);
    }

    async fn come(&mut self) {
        let [term, hangup, interrupt] = &mut self.0;
        tokio::select! {
            _ = term.recv() => {}
            _ = hangup.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}
