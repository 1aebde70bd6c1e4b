//! The admin component: asks the centre with the administrators' login, keeps what was loaded when the centre is gone,
//! and says so.

use super::duplicates::{self, Clerk, Removal, Trouble};
use super::gate::target;
use super::kit::Kit;
use super::stage::{self, Ends};
use crate::central::{Central, CentralError, Recorded, Target};
use crate::config::Config;
use crate::domain::link::{DownReason, Link};
use crate::domain::vehicle;
use crate::domain::view::LinkView;
use crate::log::{self, Log};
use crate::tui::msg::{Cmd, Level, Msg};
use crate::tui::text::Words;
use crate::tui::{Exit, Screen};
use anyhow::Result;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use std::path::PathBuf;
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
    Duplicates,
}

struct Office {
    target: Option<Target>,
    central: Option<Central>,
    link: Option<LinkView>,
    screen: mpsc::Sender<Msg>,
    log: Log,
    logs: PathBuf,
    zone: TimeZone,
    page: Page,
    clerk: Option<Clerk>,
    words: &'static Words,
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
    let kit = config.kit.as_ref().and_then(|path| match Kit::open(path) {
        Ok(kit) => Some(kit),
        Err(e) => {
            tracing::error!(target: "admin", error = %format!("{e:#}"), "kit tidak terbaca");
            None
        }
    });
    let target = kit.as_ref().map(|kit| target(config, kit));
    let clerk = kit.as_ref().and_then(|kit| Clerk::new(config, kit).ok());
    let words = setup.lang.words();
    let (log, logs, zone) = (log.clone(), config.logs(), config.site.timezone.clone());
    let (exit, ()) = stage::play(Screen::admin(setup), async move |ends: Ends| {
        let screen = ends.screen.clone();
        let page = Page::Overview;
        let office = Office { target, central: None, link: None, screen, log, logs, zone, page, clerk, words };
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
            Cmd::LoadDuplicates => Page::Duplicates,
            Cmd::LoadWay { group, since, facts } => {
                let (folder, zone) = (self.logs.clone(), self.zone.clone());
                let read = tokio::task::spawn_blocking(move || log::ways(&folder, &zone, since, &facts));
                // It only fails when the runtime is going away.
                let lines = read.await.unwrap_or_default();
                let _ = self.screen.send(Msg::Way { group, lines }).await;
                return;
            }
            Cmd::RemoveDuplicates { group, reason } => {
                let done = match &self.clerk {
                    Some(clerk) => clerk.remove(&group, &[], &reason).await,
                    None => Err(Removal::Trouble(Trouble::Down(DownReason::NotEnrolled))),
                };
                let words = self.words.duplicates;
                let done = done.map_err(|why| match why {
                    Removal::Refused(why) => (words.refused)(why).to_owned(),
                    Removal::Trouble(why) => self.said(why),
                });
                self.decided(done, words.removed).await;
                Page::Duplicates
            }
            Cmd::UndoDuplicates(group) => {
                let done = match &self.clerk {
                    Some(clerk) => clerk.undo(group, "").await,
                    None => Err(Trouble::Down(DownReason::NotEnrolled)),
                };
                let done = done.map_err(|why| self.said(why));
                self.decided(done, self.words.duplicates.undone).await;
                Page::Duplicates
            }
            _ => return,
        };
        self.load().await;
    }

    fn said(&self, why: Trouble) -> String {
        let words = self.words.duplicates;
        match why {
            Trouble::Down(reason) => (words.offline)((self.words.say.down)(reason)),
            Trouble::Refused(text) => text,
            Trouble::Unknown => words.unknown.to_owned(),
        }
    }

    async fn decided(&self, done: Result<Recorded, String>, said: fn(u32) -> String) {
        let (level, text) = match done {
            Ok(done) if done.inserted > 0 => (Level::Info, said(done.inserted)),
            Ok(_) => (Level::Info, self.words.duplicates.already.to_owned()),
            Err(why) => (Level::Error, why),
        };
        let _ = self.screen.send(Msg::Notice { level, text }).await;
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
            Page::Overview => match central.overview(ASK_LIMIT).await {
                Ok(mut overview) => {
                    // A centre of before knows no places.
                    let places = central.capacity(ASK_LIMIT).await.map(|p| p.rooms()).unwrap_or_default();
                    overview.rooms = places;
                    Ok(Some(Msg::Overview { as_of, overview: Box::new(overview) }))
                }
                Err(e) => Err(e),
            },
            Page::Stays(filter) => central
                .stays(filter, ASK_LIMIT)
                .await
                .map(|rows| Some(Msg::Stays { as_of, filter: filter.clone(), rows })),
            Page::Terminals => central.terminals(ASK_LIMIT).await.map(|rows| Some(Msg::Terminals { as_of, rows })),
            Page::Duplicates => central
                .duplicates(&duplicates::recent(as_of.timestamp()), ASK_LIMIT)
                .await
                .map(|found| Some(Msg::Duplicates { as_of, found: Box::new(found) })),
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
