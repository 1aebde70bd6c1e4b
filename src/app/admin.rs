//! The admin component: asks the centre with the administrators' login, keeps what was loaded when the centre is gone,
//! and says so.

use super::gate::target;
use super::kit::Kit;
use super::stage::{self, Ends};
use crate::central::{Central, CentralError, Target};
use crate::config::Config;
use crate::domain::link::{DownReason, Link};
use crate::domain::vehicle;
use crate::domain::view::LinkView;
use crate::log::Log;
use crate::tui::msg::{Cmd, Msg};
use crate::tui::{Exit, Screen};
use anyhow::Result;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

const CONNECT_LIMIT: Duration = Duration::from_secs(4);
const ASK_LIMIT: Duration = Duration::from_secs(3);
/// The link is looked at, and the page that is open loaded anew, this often.
const EVERY: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_secs(3);

/// What the open page shows, so that it can be loaded anew by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Page {
    Overview,
    Stays(String),
    Terminals,
    Log,
}

struct Office {
    target: Option<Target>,
    central: Option<Central>,
    link: Option<LinkView>,
    screen: mpsc::Sender<Msg>,
    log: Log,
    zone: TimeZone,
    page: Page,
}

pub fn run(config: &Config, log: &Log) -> Result<ExitCode> {
    match play(config, log)? {
        Exit::Ended => Ok(ExitCode::SUCCESS),
        Exit::Quit | Exit::Terminal(_) => super::menu::go_on(config, log, None),
        Exit::Open(component) => super::menu::go_on(config, log, Some(component)),
    }
}

/// Runs the admin screen until it is left.
pub fn play(config: &Config, log: &Log) -> Result<Exit> {
    let setup = stage::setup(config, String::new(), vehicle::built_in(), Vec::new());
    let target = config.kit.as_ref().and_then(|path| match Kit::open(path) {
        Ok(kit) => Some(target(config, &kit)),
        Err(e) => {
            tracing::error!(target: "admin", error = %format!("{e:#}"), "kit tidak terbaca");
            None
        }
    });
    let (log, zone) = (log.clone(), config.site.timezone.clone());
    let (exit, ()) = stage::play(Screen::admin(setup), async move |ends: Ends| {
        let screen = ends.screen.clone();
        let office = Office { target, central: None, link: None, screen, log, zone, page: Page::Overview };
        office.serve(ends).await;
        Ok(())
    })?;
    Ok(exit)
}

impl Office {
    async fn serve(mut self, mut ends: Ends) {
        self.tell_link(Link::Checking, None).await;
        let mut next = Instant::now();
        loop {
            tokio::select! {
                () = ends.stop.cancelled() => return,
                cmd = ends.asked.recv() => match cmd {
                    Some(cmd) => self.carry_out(cmd).await,
                    None => return,
                },
                () = sleep_until(next) => {
                    self.load().await;
                    next = Instant::now() + if self.central.is_some() { EVERY } else { AGAIN };
                }
            }
        }
    }

    async fn carry_out(&mut self, cmd: Cmd) {
        self.page = match cmd {
            Cmd::LoadOverview => Page::Overview,
            Cmd::LoadStays(filter) => Page::Stays(filter),
            Cmd::LoadTerminals => Page::Terminals,
            Cmd::LoadLog => Page::Log,
            _ => return,
        };
        self.load().await;
    }

    fn now(&self) -> Zoned {
        Timestamp::now().to_zoned(self.zone.clone())
    }

    /// Loads the open page; where the centre cannot be asked, what was loaded stays and says how old it is.
    async fn load(&mut self) {
        if self.page == Page::Log {
            let _ = self.screen.send(Msg::Log(self.log.lines())).await;
        }
        match self.ask().await {
            Ok(msg) => {
                self.tell_link(Link::Up, None).await;
                if let Some(msg) = msg {
                    let _ = self.screen.send(msg).await;
                }
            }
            Err(reason) => {
                self.central = None;
                self.tell_link(Link::Down, Some(reason)).await;
                let _ = self.screen.send(Msg::AdminOffline).await;
            }
        }
    }

    async fn ask(&mut self) -> Result<Option<Msg>, DownReason> {
        if self.central.as_ref().is_none_or(Central::is_closed) {
            let target = self.target.as_ref().ok_or(DownReason::NotEnrolled)?;
            let connected = Central::connect(target, "parkir-admin", CONNECT_LIMIT).await;
            self.central = Some(connected.map_err(|e| self.note(&e))?);
        }
        let Some(central) = &self.central else { return Err(DownReason::Unreachable) };
        let as_of = self.now();
        let asked = match &self.page {
            Page::Overview => central
                .overview(ASK_LIMIT)
                .await
                .map(|overview| Some(Msg::Overview { as_of, overview: Box::new(overview) })),
            Page::Stays(filter) => central
                .stays(filter, ASK_LIMIT)
                .await
                .map(|rows| Some(Msg::Stays { as_of, filter: filter.clone(), rows })),
            Page::Terminals => central.terminals(ASK_LIMIT).await.map(|rows| Some(Msg::Terminals { as_of, rows })),
            // Only whether it answers.
            Page::Log => central.terminals(ASK_LIMIT).await.map(|_| None),
        };
        asked.map_err(|e| self.note(&e))
    }

    fn note(&self, error: &CentralError) -> DownReason {
        tracing::warn!(target: "admin", error = %error, "pusat");
        error.reason()
    }

    async fn tell_link(&mut self, link: Link, reason: Option<DownReason>) {
        let view = LinkView { link, reason, ..LinkView::default() };
        if self.link.as_ref() != Some(&view) {
            let _ = self.screen.send(Msg::Link(view.clone())).await;
            self.link = Some(view);
        }
    }
}
