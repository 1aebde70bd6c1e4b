//! `parkir server`: the hub at its port, the database behind it, and what people see of both.
//!
//! ```text
//! PostgreSQL ── doorbell, feed ──> follower ── publish ──> Hub <──> terminals
//!                                     │                     │
//!                    tokens (kept for an outage)        happenings ──> log, ServerView
//! ```

pub mod couriered;
mod follower;
pub mod screen;
mod tokens;
mod words;

use crate::central::Target;
use crate::config::Lang;
use crate::domain::link::{DownReason, Link};
use crate::domain::view::{LinkView, ServerView};
use crate::hub::{Happening, Hub, HubOptions, Limits, ServerTls, server};
use anyhow::{Context, Result};
use jiff::Timestamp;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::{TcpListener, lookup_host};
use tokio::sync::{broadcast, watch};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Events kept for the screen.
const EVENTS: usize = 100;

#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// `address:port`.
    pub listen: String,
    /// `hub_tokens.json` lies here.
    pub offline_data: PathBuf,
    /// The hub's login; without it only those tokens open the door that were learnt before.
    pub central: Option<Target>,
    /// Origins of web pages that may connect.
    pub origins: Vec<String>,
    pub tls: Option<ServerTls>,
    pub language: Lang,
    pub version: String,
}

/// Serves until `stop`, which the caller trips on SIGTERM and SIGINT. An error means it could not begin.
pub async fn run(options: ServerOptions, stop: CancellationToken, view: watch::Sender<ServerView>) -> Result<()> {
    let listener = bind(&options.listen, options.language).await?;
    serve(listener, options, stop, view).await
}

/// The same at a port already taken.
pub async fn serve(
    listener: TcpListener,
    options: ServerOptions,
    stop: CancellationToken,
    view: watch::Sender<ServerView>,
) -> Result<()> {
    let address = listener.local_addr().context("alamat server")?;
    let hub = Hub::new(Limits::default(), &options.version);
    let happenings = hub.subscribe();
    let cache = tokens::Cache::new(&options.offline_data);
    hub.set_tokens(cache.load());
    tracing::info!(target: "hub", %address, version = %options.version, "server mulai");

    let follower = follower::Follower { hub: hub.clone(), cache, stop: stop.clone() };
    let follow = async {
        match &options.central {
            Some(target) => follower.run(target).await,
            None => {
                hub.set_database(Link::Down, Some(DownReason::NotEnrolled));
                stop.cancelled().await;
            }
        }
    };
    let hub_options = HubOptions { origins: options.origins.clone(), tls: options.tls.clone() };
    let shown = Shown { hub: hub.clone(), language: options.language, view, database: LinkView::default() };
    let (served, ..) = tokio::join!(
        async {
            let served = server::run(listener, hub_options, hub.clone(), stop.clone()).await;
            // Without its port the rest has no use.
            stop.cancel();
            served
        },
        follow,
        shown.keep(address.to_string(), happenings, stop.clone()),
    );
    tracing::info!(target: "hub", "server berhenti");
    served.context("TLS")
}

async fn bind(listen: &str, language: Lang) -> Result<TcpListener> {
    let mut addresses = lookup_host(listen).await.with_context(|| words::bad_listen(language, listen))?;
    let address: SocketAddr = addresses.next().with_context(|| words::bad_listen(language, listen))?;
    server::bind(address).with_context(|| words::port_taken(language, &address))
}

/// Keeps the screen's picture and the log.
struct Shown {
    hub: Hub,
    language: Lang,
    view: watch::Sender<ServerView>,
    database: LinkView,
}

impl Shown {
    async fn keep(
        mut self,
        listen: String,
        mut happenings: broadcast::Receiver<(Timestamp, Happening)>,
        stop: CancellationToken,
    ) {
        let started = Timestamp::now();
        self.view.send_modify(|view| {
            view.listen = listen;
            view.started = Some(started);
        });
        let mut tick = interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let happened = tokio::select! {
                () = stop.cancelled() => break,
                happened = happenings.recv() => match happened {
                    Ok(happened) => Some(happened),
                    Err(broadcast::error::RecvError::Lagged(_)) => None,
                    Err(broadcast::error::RecvError::Closed) => break,
                },
                _ = tick.tick() => None,
            };
            self.refresh(happened);
        }
    }

    fn refresh(&mut self, happened: Option<(Timestamp, Happening)>) {
        let (clients, status) = (self.hub.clients(), self.hub.status());
        let counted = !matches!(&happened, None | Some((_, Happening::Refused { .. })));
        let words = happened.map(|(at, what)| {
            words::log(&what);
            (at, words::of(&what, self.language))
        });
        self.database = LinkView {
            link: status.database.link,
            reason: status.database.reason,
            pending: status.waiting,
            hub: true,
            ..LinkView::default()
        };
        let database = self.database.clone();
        self.view.send_if_modified(|view| {
            let changed = view.clients != clients || view.database != database || words.is_some();
            view.clients = clients;
            view.database = database;
            if let Some(words) = words {
                view.events.push(words);
                view.events_total += u64::from(counted);
                if view.events.len() > EVENTS {
                    view.events.remove(0);
                }
            }
            changed
        });
    }
}
