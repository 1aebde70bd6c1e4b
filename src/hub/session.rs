//! One client, from its welcome to its goodbye. One task, one bounded queue, every wait under a limit.

use super::limits::Goodbye;
use super::pace::Pace;
use super::seats::{CatchUp, Joined, Kick};
use super::socket;
use super::switchboard::Hub;
use super::tokens::TokenHash;
use super::wire::{self, Heard, Place, Text, kind};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message, error::CapacityError, protocol::Role};
use tokio_util::sync::CancellationToken;

/// Events read from the ring at a time while a client catches up.
const CHUNK: usize = 64;

struct Session<S> {
    hub: Hub,
    ws: WebSocketStream<S>,
    seat: u64,
    kick: Kick,
    /// From where the ring is still to be told; `None` once live.
    cursor: Option<Place>,
    pace: Pace,
    nonsense: u32,
    heard: Instant,
}

/// Serves one upgraded connection until it ends.
pub async fn run<S>(hub: Hub, io: S, gate: String, token: TokenHash, address: SocketAddr, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = hub.limits().clone();
    let ws = WebSocketStream::from_raw_socket(io, Role::Server, Some(socket::config(limits.message))).await;
    let Joined { seat, mut queue, kick, welcome, place } = hub.join(&gate, token, address);
    let pace = Pace::new(limits.inbound_rate, limits.inbound_burst, Instant::now());
    let mut session =
        Session { hub: hub.clone(), ws, seat, kick, cursor: None, pace, nonsense: 0, heard: Instant::now() };
    let why = match session.serve(&mut queue, welcome, place, &stop).await {
        Ok(()) => Goodbye::Gone,
        Err(why) => why,
    };
    hub.leave(seat, why);
    if why == Goodbye::Shutdown {
        let notice = wire::write(kind::SERVER_SHUTDOWN, "hub", json!({"reason": "shutdown"}));
        let _ = timeout(limits.linger, session.ws.send(Message::Text(notice))).await;
    }
    socket::close(session.ws, why, limits.linger).await;
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    async fn serve(
        &mut self,
        queue: &mut tokio::sync::mpsc::Receiver<Text>,
        welcome: Text,
        place: Place,
        stop: &CancellationToken,
    ) -> Result<(), Goodbye> {
        self.send(vec![Message::Text(welcome)]).await?;
        let limits = self.hub.limits().clone();
        let mut ping = interval(limits.ping_every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.tick().await;
        let patience = sleep(limits.hello);
        let (pong_due, mut pinged) = (sleep(limits.pong_within), None);
        tokio::pin!(patience, pong_due);
        let mut greeted = false;
        let kick = self.kick.clone();
        let mut waiting = Vec::with_capacity(CHUNK);
        loop {
            tokio::select! {
                () = stop.cancelled() => return Err(Goodbye::Shutdown),
                why = kick.wait() => return Err(why),
                message = self.ws.next() => {
                    let Some(message) = message else { return Ok(()) };
                    self.heard = Instant::now();
                    let said_hello = self.take(message.map_err(|e| verdict(&e))?).await?;
                    if said_hello {
                        greeted = true;
                    }
                }
                got = queue.recv_many(&mut waiting, CHUNK) => {
                    if got == 0 { return Ok(()) }
                    let batch = waiting.drain(..).map(Message::Text).collect();
                    self.send(batch).await?;
                }
                _ = ping.tick() => {
                    let beat = wire::write(kind::HEARTBEAT, "hub", json!({}));
                    self.send(vec![Message::Ping(Vec::new().into()), Message::Text(beat)]).await?;
                    if pinged.is_none() {
                        pinged = Some(Instant::now());
                        pong_due.as_mut().reset(tokio::time::Instant::now() + limits.pong_within);
                    }
                }
                () = &mut pong_due, if pinged.is_some() => {
                    if pinged.take().is_some_and(|pinged| self.heard < pinged) {
                        return Err(Goodbye::NoPong);
                    }
                }
                () = &mut patience, if !greeted => {
                    // An old client never says hello: it hears everything since its welcome.
                    greeted = true;
                    self.cursor = Some(place);
                }
                () = std::future::ready(()), if self.cursor.is_some() => self.tell_more().await?,
            }
        }
    }

    /// Tells the next events of the ring to a client that catches up.
    async fn tell_more(&mut self) -> Result<(), Goodbye> {
        let Some(place) = self.cursor else { return Ok(()) };
        match self.hub.catch_up(self.seat, place, CHUNK) {
            CatchUp::Live => self.cursor = None,
            CatchUp::Events(texts, next) => {
                self.cursor = Some(next);
                self.send(texts.into_iter().map(Message::Text).collect()).await?;
            }
            CatchUp::Lost => {
                let (place, text) = self.hub.skip(self.seat);
                self.cursor = Some(place);
                self.send(vec![Message::Text(text)]).await?;
            }
        }
        Ok(())
    }

    /// Takes one frame; `true` when it was a hello.
    async fn take(&mut self, message: Message) -> Result<bool, Goodbye> {
        if !self.pace.take(Instant::now()) {
            return Err(Goodbye::Rate);
        }
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Err(Goodbye::Gone),
            Message::Binary(_) => return self.nonsense("not_json").await.map(|()| false),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(false),
        };
        let heard = match wire::read(&text) {
            Ok(heard) => heard,
            Err(error) if error.is_forgiven() => {
                self.reply(wire::write_error(&error.to_string())).await?;
                return Ok(false);
            }
            Err(error) => return self.nonsense(&error.to_string()).await.map(|()| false),
        };
        self.answer(heard).await
    }

    async fn answer(&mut self, heard: Heard) -> Result<bool, Goodbye> {
        match heard {
            Heard::Hello { last, instance, beat } => {
                self.hub.heard(self.seat, beat);
                let (place, text) = self.hub.hello(self.seat, last, instance);
                self.cursor = Some(place);
                self.reply(text).await?;
                let status = self.hub.status_text();
                self.reply(status).await?;
                return Ok(true);
            }
            Heard::SyncRequest => {
                let (place, text) = self.hub.hello(self.seat, None, None);
                self.cursor = Some(place);
                self.reply(text).await?;
                return Ok(true);
            }
            Heard::Heartbeat(beat) => {
                self.hub.heard(self.seat, beat);
                self.reply(wire::write(kind::HEARTBEAT_ACK, "hub", json!({}))).await?;
            }
            Heard::Ping => self.reply(wire::write(kind::PONG, "hub", json!({}))).await?,
            Heard::GetStatus => {
                let status = self.hub.status_text();
                self.reply(status).await?;
            }
            Heard::Stay { kind, id, stay } => {
                if let Err(code) = self.hub.gossip(self.seat, kind, id, *stay) {
                    self.reply(wire::write_error(code)).await?;
                }
            }
            Heard::Paper { id, stay, outcome } => self.hub.paper(self.seat, id, stay, &outcome),
            Heard::Notice { kind, id, data } => self.hub.notice(self.seat, kind, id, data),
            Heard::Nothing => {}
        }
        Ok(false)
    }

    async fn reply(&mut self, text: Text) -> Result<(), Goodbye> {
        self.send(vec![Message::Text(text)]).await
    }

    async fn nonsense(&mut self, code: &str) -> Result<(), Goodbye> {
        self.nonsense += 1;
        self.reply(wire::write_error(code)).await?;
        if self.nonsense >= self.hub.limits().nonsense { Err(Goodbye::Protocol) } else { Ok(()) }
    }

    /// Writes messages out, within the limit, unless the client is shown out meanwhile.
    async fn send(&mut self, messages: Vec<Message>) -> Result<(), Goodbye> {
        let kick = self.kick.clone();
        let limit = self.hub.limits().send;
        let ws = &mut self.ws;
        let write = async move {
            for message in messages {
                ws.feed(message).await?;
            }
            ws.flush().await
        };
        tokio::select! {
            why = kick.wait() => Err(why),
            written = timeout(limit, write) => match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(verdict(&error)),
                Err(_) => Err(Goodbye::Slow),
            }
        }
    }
}

fn verdict(error: &Error) -> Goodbye {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => Goodbye::TooBig,
        Error::Protocol(tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            Goodbye::Gone
        }
        Error::Protocol(_) | Error::Utf8(_) | Error::Capacity(_) => Goodbye::Protocol,
        _ => Goodbye::Gone,
    }
}
