//! The one port's front door: health, metrics, and every check before a connection becomes a WebSocket.

use super::metrics;
use super::server::{Door, Pass};
use super::session;
use super::switchboard::Hub;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub type Answer = Response<Full<Bytes>>;

/// What every request is judged by.
pub struct FrontDoor {
    pub hub: Hub,
    /// Web pages allowed to connect; terminals send no Origin.
    pub origins: Vec<String>,
    pub sessions: Arc<Door>,
    pub tracker: TaskTracker,
    pub stop: CancellationToken,
}

impl FrontDoor {
    pub fn answer(self: &Arc<Self>, request: Request<Incoming>, peer: SocketAddr) -> Answer {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/healthz") => self.health(request.headers(), peer),
            (&Method::GET, "/metrics") => plain(StatusCode::OK, metrics::page(&self.hub)),
            (&Method::GET, "/parking" | "/parking/") => match self.upgrade(request, peer) {
                Ok(answer) => answer,
                Err((status, words)) => {
                    self.hub.refused(peer.to_string(), status.as_u16());
                    refusal(status, words)
                }
            },
            (_, "/healthz" | "/metrics" | "/parking" | "/parking/") => {
                plain(StatusCode::METHOD_NOT_ALLOWED, "GET only\n")
            }
            _ => plain(StatusCode::NOT_FOUND, "not here\n"),
        }
    }

    /// Whoever shows a token with it is told whether that would be let in, without a session being opened.
    fn health(&self, headers: &HeaderMap, peer: SocketAddr) -> Answer {
        let Some(token) = bearer(headers) else { return plain(StatusCode::OK, "ok\n") };
        if self.hub.knows_nobody() {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "no tokens known yet\n");
        }
        if self.hub.gate_of(token).is_some() {
            return plain(StatusCode::OK, "ok\n");
        }
        self.hub.refused(peer.to_string(), StatusCode::UNAUTHORIZED.as_u16());
        refusal(StatusCode::UNAUTHORIZED, "token expected\n")
    }

    fn upgrade(
        self: &Arc<Self>,
        mut request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Answer, (StatusCode, &'static str)> {
        let headers = request.headers();
        if let Some(origin) = headers.get(header::ORIGIN)
            && !self.origins.iter().any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
        {
            return Err((StatusCode::FORBIDDEN, "origin not allowed\n"));
        }
        let refused = (StatusCode::UNAUTHORIZED, "token expected\n");
        let token = bearer(headers).ok_or(refused)?;
        if self.hub.knows_nobody() {
            // Just started, and PostgreSQL not reached yet: that is no verdict on anyone's token.
            return Err((StatusCode::SERVICE_UNAVAILABLE, "no tokens known yet\n"));
        }
        let (gate, token) = self.hub.gate_of(token).ok_or(refused)?;
        let Some(pass) = self.sessions.enter(peer.ip()) else {
            return Err((StatusCode::SERVICE_UNAVAILABLE, "too many connections\n"));
        };
        let accept = handshake(&request)?;
        let upgrade = hyper::upgrade::on(&mut request);
        let (door, limit) = (Arc::clone(self), self.hub.limits().handshake);
        self.tracker.spawn(async move {
            let _pass: Pass = pass;
            if let Ok(Ok(io)) = timeout(limit, upgrade).await {
                let io = TokioIo::new(io);
                session::run(door.hub.clone(), io, gate, token, peer, door.stop.clone()).await;
            }
        });
        let mut answer = plain(StatusCode::SWITCHING_PROTOCOLS, "");
        let fields = answer.headers_mut();
        fields.remove(header::CONTENT_TYPE);
        fields.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        fields.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        fields.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        Ok(answer)
    }
}

/// RFC 6455 4.2.1: what a request must carry to become a WebSocket.
fn handshake(request: &Request<Incoming>) -> Result<HeaderValue, (StatusCode, &'static str)> {
    let headers = request.headers();
    let asks = request.version() == Version::HTTP_11
        && names(headers, &header::CONNECTION, "upgrade")
        && names(headers, &header::UPGRADE, "websocket");
    if !asks || headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|v| v.as_bytes() != b"13") {
        return Err((StatusCode::UPGRADE_REQUIRED, "a WebSocket of version 13 expected\n"));
    }
    let bad = (StatusCode::BAD_REQUEST, "bad Sec-WebSocket-Key\n");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).ok_or(bad)?;
    let bytes = data_encoding::BASE64.decode(key.as_bytes()).map_err(|_| bad)?;
    if bytes.len() != 16 {
        return Err(bad);
    }
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| bad)
}

fn names(headers: &HeaderMap, field: &HeaderName, word: &str) -> bool {
    let lines = headers.get_all(field).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn plain(status: StatusCode, words: impl Into<String>) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(words.into())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

fn refusal(status: StatusCode, words: &str) -> Answer {
    let mut answer = plain(status, words);
    let fields = answer.headers_mut();
    fields.insert(header::CONNECTION, HeaderValue::from_static("close"));
    match status {
        StatusCode::UNAUTHORIZED => {
            fields.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::UPGRADE_REQUIRED => {
            fields.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            fields.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        _ => {}
    }
    answer
}
