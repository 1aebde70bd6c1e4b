//! What one client may cost the hub, and the words with which it is shown out.

use std::time::Duration;

/// The hub's limits. The defaults are those of the field; tests shorten the waits.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one message and of one frame.
    pub message: usize,
    /// Messages queued for one client before it is closed as too slow.
    pub queue: usize,
    /// Events kept for those who come back.
    pub ring: usize,
    /// Sessions in all.
    pub sessions: usize,
    /// Sessions and connections from one address; the loopback has only the limit in all.
    pub per_address: usize,
    /// TLS handshake and request head.
    pub handshake: Duration,
    /// How long a client may keep silent before `hello`; then it is served from its welcome on.
    pub hello: Duration,
    pub ping_every: Duration,
    /// After a ping, until anything at all is heard.
    pub pong_within: Duration,
    /// One write, until the kernel takes it.
    pub send: Duration,
    /// Frames a second from one client, and how many at once.
    pub inbound_rate: f64,
    pub inbound_burst: f64,
    /// Nonsense forgiven before a client is closed.
    pub nonsense: u32,
    /// A closed client's bytes are read and thrown away this long, so that the reason for closing reaches it.
    pub linger: Duration,
    /// Changes of the status are gathered this long before they are told.
    pub status_gather: Duration,
    /// The widest delay advised before a pull, so that a restart is no stampede.
    pub pull_jitter: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 64 * 1024,
            queue: 256,
            ring: 10_000,
            sessions: 1_000,
            per_address: 8,
            handshake: Duration::from_secs(5),
            hello: Duration::from_secs(1),
            ping_every: Duration::from_secs(15),
            pong_within: Duration::from_secs(10),
            send: Duration::from_secs(5),
            inbound_rate: 50.0,
            inbound_burst: 200.0,
            nonsense: 3,
            linger: Duration::from_secs(2),
            status_gather: Duration::from_millis(500),
            pull_jitter: Duration::from_secs(2),
        }
    }
}

/// Why a client is closed, as its close code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goodbye {
    /// The other side left, or its line broke: nobody is there to be told.
    Gone,
    /// 4001: its token is not valid any more.
    Auth,
    /// 4008
    Slow,
    /// 4009
    TooBig,
    /// 4010
    Rate,
    /// 4011
    Protocol,
    /// 4012
    NoPong,
    /// 1001
    Shutdown,
}

impl Goodbye {
    pub fn code(self) -> u16 {
        match self {
            Self::Gone => 1000,
            Self::Shutdown => 1001,
            Self::Auth => 4001,
            Self::Slow => 4008,
            Self::TooBig => 4009,
            Self::Rate => 4010,
            Self::Protocol => 4011,
            Self::NoPong => 4012,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Shutdown => "shutdown",
            Self::Auth => "token_revoked",
            Self::Slow => "too_slow",
            Self::TooBig => "too_big",
            Self::Rate => "too_many",
            Self::Protocol => "protocol",
            Self::NoPong => "no_pong",
        }
    }
}
