//! The hub over real sockets: what its clients are promised, and what nobody may do to it.
//! Waits are hang guards only; nothing here asserts a time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

use data_encoding::HEXLOWER;
use futures_util::{SinkExt, StreamExt};
use jiff::Timestamp;
use parkir::domain::link::Link;
use parkir::domain::money::Rupiah;
use parkir::domain::secret::Secret;
use parkir::domain::stay::{State, Stay};
use parkir::hub::{ClientOptions, Hub, HubOptions, Incoming, Limits, News, Outgoing, client, server};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// No step of any test takes this long unless it hangs.
const GUARD: Duration = Duration::from_secs(30);

struct Site {
    hub: Hub,
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

fn tokens() -> Vec<(String, String)> {
    let hash =
        |token: &str| HEXLOWER.encode(ring::digest::digest(&ring::digest::SHA256, token.as_bytes()).as_ref());
    [("A1", "token-a1"), ("B1", "token-b1"), ("C1", "token-c1")].map(|(g, t)| (g.to_owned(), hash(t))).into()
}

async fn open(limits: Limits) -> Site {
    open_at("127.0.0.1:0".parse().unwrap(), limits).await
}

async fn open_at(address: SocketAddr, limits: Limits) -> Site {
    let listener = server::bind(address).unwrap();
    let address = listener.local_addr().unwrap();
    let hub = Hub::new(limits, "test");
    hub.set_tokens(tokens());
    let stop = CancellationToken::new();
    let (world, token) = (hub.clone(), stop.clone());
    let options = HubOptions { origins: vec!["https://parkir.example".into()], tls: None };
    let task = tokio::spawn(async move { server::run(listener, options, world, token).await.unwrap() });
    Site { hub, address, stop, task }
}

fn quick() -> Limits {
    let linger = Duration::from_millis(300);
    Limits { pull_jitter: Duration::ZERO, status_gather: Duration::ZERO, linger, ..Limits::default() }
}

impl Site {
    async fn close(self) {
        self.stop.cancel();
        timeout(GUARD, self.task).await.unwrap().unwrap();
    }

    fn publish(&self, kind: &str, stay: &Stay) {
        self.hub.publish(News::Stay { kind: kind.into(), gate: "A1".into(), stay: Box::new(stay.clone()) });
    }

    async fn http(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(GUARD, stream.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn try_raw(&self, token: &str, origin: Option<&str>) -> Result<Raw, u16> {
        let mut request = format!("ws://{}/parking", self.address).into_client_request().unwrap();
        if !token.is_empty() {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let stream = TcpStream::connect(self.address).await.unwrap();
        match timeout(GUARD, client_async(request, stream)).await.unwrap() {
            Ok((ws, _)) => Ok(Raw(ws)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    async fn raw(&self, token: &str) -> Raw {
        self.try_raw(token, None).await.unwrap()
    }
}

/// A client that speaks the wire by hand.
struct Raw(WebSocketStream<TcpStream>);

impl Raw {
    async fn say(&mut self, message: Value) {
        self.0.send(Message::Text(message.to_string().into())).await.unwrap();
    }

    async fn frame(&mut self) -> Option<Result<Message, Error>> {
        timeout(GUARD, self.0.next()).await.expect("the hub hangs")
    }

    /// The next message of one of these types.
    async fn next_of(&mut self, kinds: &[&str]) -> Value {
        loop {
            let Some(Ok(frame)) = self.frame().await else { panic!("closed while waiting for {kinds:?}") };
            let Message::Text(text) = frame else { continue };
            let message: Value = serde_json::from_str(&text).unwrap();
            if kinds.contains(&message["type"].as_str().unwrap()) {
                return message;
            }
        }
    }

    async fn next(&mut self, kind: &str) -> Value {
        self.next_of(&[kind]).await
    }

    async fn close_code(&mut self) -> u16 {
        loop {
            match self.frame().await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("no close frame: {other:?}"),
            }
        }
    }

    /// Says hello and takes the answer.
    async fn greet(&mut self, last: Value) -> Value {
        self.say(json!({"v": 1, "type": "hello", "data": {"last": last}})).await;
        self.next_of(&["resume", "reset"]).await
    }
}

fn stay(number: u128, gate: &str) -> Stay {
    Stay {
        stay: Uuid::from_u128(number),
        ticket: format!("A17K{number:05}X"),
        plate: Some(format!("B{number}XYZ")),
        class: "mobil".into(),
        entered_at: Timestamp::UNIX_EPOCH,
        entered_gate: gate.into(),
        operator: "budi".into(),
        tariff: 1,
        prepaid: None,
        state: State::Inside,
        version: 1,
    }
}

fn left(number: u128, gate: &str) -> Stay {
    let state = State::Left { left_at: Timestamp::UNIX_EPOCH, left_gate: gate.into(), fee: Rupiah(5000) };
    Stay { state, version: 2, ..stay(number, "A1") }
}

struct Terminal {
    outgoing: mpsc::Sender<Outgoing>,
    incoming: mpsc::Receiver<Incoming>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Terminal {
    fn start(address: SocketAddr, gate: &str) -> Self {
        let token = Secret::new(format!("token-{}", gate.to_lowercase()));
        let options = ClientOptions::new(format!("ws://{address}/parking"), token, gate, "test");
        let (outgoing, out) = mpsc::channel(64);
        let (inc, incoming) = mpsc::channel(64);
        let stop = CancellationToken::new();
        let task = tokio::spawn(client::run(options, out, inc, stop.clone()));
        Self { outgoing, incoming, stop, task }
    }

    async fn hears(&mut self, what: impl Fn(&Incoming) -> bool) -> Incoming {
        loop {
            let heard = timeout(GUARD, self.incoming.recv()).await.expect("the client hangs").unwrap();
            if what(&heard) {
                return heard;
            }
        }
    }

    async fn end(self) {
        self.stop.cancel();
        timeout(GUARD, self.task).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_entry_is_seen_by_every_client_with_the_whole_stay() {
    let site = open(quick()).await;
    let (mut one, mut two) = (site.raw("token-a1").await, site.raw("token-b1").await);
    let welcome = one.next("welcome").await;
    assert_eq!((welcome["v"].as_u64(), welcome["src"].as_str()), (Some(1), Some("hub")));
    assert_eq!(welcome["data"]["gate"], "A1");
    one.greet(Value::Null).await;
    two.greet(Value::Null).await;
    site.publish("entered", &stay(1, "A1"));
    for client in [&mut one, &mut two] {
        let entry = client.next("parking_entry").await;
        assert_eq!(serde_json::from_value::<Stay>(entry["data"].clone()).unwrap(), stay(1, "A1"));
        assert_eq!((entry["data"]["gate"].as_str(), entry["data"]["hint"].as_bool()), (Some("A1"), Some(false)));
        assert!(entry["id"].as_str().unwrap().parse::<Uuid>().is_ok());
        assert!(entry["ts"].as_str().unwrap().parse::<Timestamp>().is_ok());
    }
    site.close().await;
}

#[tokio::test]
async fn who_comes_back_hears_what_it_missed_and_each_event_once() {
    let site = open(quick()).await;
    let mut first = site.raw("token-a1").await;
    let place = first.greet(Value::Null).await["data"].clone();
    site.publish("entered", &stay(1, "A1"));
    let seen = first.next("parking_entry").await["offset"].as_u64().unwrap();
    drop(first);
    for number in 2..=300 {
        site.publish("entered", &stay(number, "A1"));
    }
    let mut again = site.raw("token-a1").await;
    let answer = again.greet(json!({"epoch": place["epoch"], "offset": seen})).await;
    assert_eq!(answer["type"], "resume");
    site.publish("left", &left(1, "B1"));
    for offset in seen + 1..=seen + 299 {
        assert_eq!(again.next_of(&["parking_entry", "parking_exit"]).await["offset"], offset);
    }
    let exit = again.next_of(&["parking_entry", "parking_exit"]).await;
    assert_eq!((exit["type"].as_str(), exit["offset"].as_u64()), (Some("parking_exit"), Some(seen + 300)));
    site.close().await;
}

#[tokio::test]
async fn a_gap_and_a_foreign_epoch_are_told_to_ask_the_centre() {
    let site = open(Limits { ring: 4, ..quick() }).await;
    for number in 1..=9 {
        site.publish("entered", &stay(number, "A1"));
    }
    let epoch = site.hub.status().server.epoch;
    for (last, answer) in [
        (json!({"epoch": epoch, "offset": 5}), "resume"),
        (json!({"epoch": epoch, "offset": 4}), "reset"),
        (json!({"epoch": epoch, "offset": 10}), "reset"),
        (json!({"epoch": Uuid::nil(), "offset": 9}), "reset"),
        (Value::Null, "reset"),
    ] {
        let mut client = site.raw("token-a1").await;
        assert_eq!(client.greet(last.clone()).await["type"], answer, "{last}");
    }
    let mut client = site.raw("token-a1").await;
    client.greet(Value::Null).await;
    client.say(json!({"type": "ping"})).await;
    client.next("pong").await;
    site.hub.reset();
    let reset = client.next("reset").await;
    assert_ne!(reset["data"]["epoch"], json!(epoch));
    site.publish("entered", &stay(10, "A1"));
    assert_eq!(client.next("parking_entry").await["offset"], 1);
    site.close().await;
}

#[tokio::test]
async fn a_terminals_own_words_go_to_all_others_as_hints_in_its_own_name_only() {
    let site = open(quick()).await;
    let (mut one, mut two) = (site.raw("token-a1").await, site.raw("token-b1").await);
    one.greet(Value::Null).await;
    two.greet(Value::Null).await;
    let id = Uuid::now_v7();
    one.say(json!({"v": 1, "type": "parking_entry", "id": id, "src": "B1", "data": stay(1, "A1")})).await;
    let ack = one.next_of(&["ack", "parking_entry"]).await;
    assert_eq!((ack["type"].as_str(), ack["id"].clone()), (Some("ack"), json!(id)));
    let heard = two.next("parking_entry").await;
    assert_eq!((heard["src"].as_str(), heard["data"]["hint"].as_bool()), (Some("A1"), Some(true)));

    // In another gate's name: refused, and nobody hears it.
    one.say(json!({"type": "parking_entry", "data": stay(2, "B1")})).await;
    assert_eq!(one.next("error").await["data"]["code"], "not_your_gate");
    one.say(json!({"type": "parking_exit", "data": left(1, "B1")})).await;
    assert_eq!(one.next("error").await["data"]["code"], "not_your_gate");

    // The centre confirms the same: no second entry, a confirmation; and what the centre said, gossip adds nothing to.
    site.publish("entered", &stay(1, "A1"));
    site.publish("entered", &stay(1, "A1"));
    one.say(json!({"type": "parking_entry", "data": stay(1, "A1")})).await;
    one.say(json!({"type": "parking_exit", "data": left(1, "A1")})).await;
    let news = ["parking_entry", "parking_exit", "stay_changed"];
    let confirmed = two.next_of(&news).await;
    assert_eq!(
        (confirmed["type"].as_str(), confirmed["data"]["hint"].as_bool()),
        (Some("stay_changed"), Some(false))
    );
    assert_eq!(two.next_of(&news).await["type"], "parking_exit");
    site.close().await;
}

#[tokio::test]
async fn without_its_token_or_from_a_foreign_page_nobody_is_upgraded() {
    let site = open(quick()).await;
    assert_eq!(site.try_raw("", None).await.err(), Some(401));
    assert_eq!(site.try_raw("token-x9", None).await.err(), Some(401));
    assert_eq!(site.try_raw("token-a1", Some("https://evil.example")).await.err(), Some(403));
    assert!(site.try_raw("token-a1", Some("https://parkir.example")).await.is_ok());
    let mut revoked = site.raw("token-b1").await;
    revoked.next("welcome").await;
    site.hub.set_tokens(tokens().into_iter().filter(|(gate, _)| gate != "B1"));
    assert_eq!(revoked.close_code().await, 4001);
    assert_eq!(site.try_raw("token-b1", None).await.err(), Some(401));
    site.close().await;
}

#[tokio::test]
async fn more_sessions_than_allowed_are_refused_and_a_place_comes_free_again() {
    let site = open(Limits { sessions: 2, ..quick() }).await;
    let (mut one, _two) = (site.raw("token-a1").await, site.raw("token-b1").await);
    assert_eq!(site.try_raw("token-c1", None).await.err(), Some(503));
    one.0.close(None).await.unwrap();
    while let Some(Ok(_)) = one.frame().await {}
    drop(one);
    let free = async {
        while site.try_raw("token-c1", None).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(GUARD, free).await.unwrap();
    site.close().await;
}

#[tokio::test]
async fn whoever_breaks_the_limits_is_shown_out_with_the_right_code() {
    let site = open(Limits { linger: Duration::from_secs(5), ..quick() }).await;
    let mut big = site.raw("token-a1").await;
    // 65 MiB announced in one frame; it may notice the goodbye before it has written all.
    let _ = big.0.send(Message::Text("x".repeat(65 << 20).into())).await;
    assert_eq!(big.close_code().await, 4009);

    let mut nonsense = site.raw("token-a1").await;
    for text in ["not json", "[]", "{\"no\":\"type\"}"] {
        nonsense.0.send(Message::Text(text.into())).await.unwrap();
    }
    assert_eq!(nonsense.close_code().await, 4011);

    let mut flood = site.raw("token-a1").await;
    for _ in 0..5_000 {
        if flood.0.send(Message::Text(r#"{"type":"ping"}"#.into())).await.is_err() {
            break;
        }
    }
    assert_eq!(flood.close_code().await, 4010);

    // Not masked, as RFC 6455 5.1 demands of every client.
    let head = "GET /parking HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token-a1\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let mut bare = TcpStream::connect(site.address).await.unwrap();
    bare.write_all(&[head.as_bytes(), &[0x81, 2, b'{', b'}']].concat()).await.unwrap();
    let mut answer = Vec::new();
    timeout(GUARD, bare.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 101"));
    let code = 4011_u16.to_be_bytes();
    assert!(answer.windows(2).any(|bytes| bytes == code), "{answer:?}");
    drop(bare);

    // A newer client's words are answered, not punished.
    let mut newer = site.raw("token-a1").await;
    for _ in 0..5 {
        newer.say(json!({"type": "teleport"})).await;
        assert_eq!(newer.next("error").await["data"]["code"], "unknown_type");
    }
    drop((big, nonsense, flood, newer));
    site.close().await;
}

#[tokio::test]
async fn a_stuck_reader_is_kicked_while_the_others_hear_everything() {
    let site = open(Limits { queue: 16, send: GUARD * 2, ..quick() }).await;
    let mut stuck = site.raw("token-a1").await;
    stuck.greet(Value::Null).await;
    let mut healthy = site.raw("token-b1").await;
    healthy.greet(Value::Null).await;
    let long = "y".repeat(30_000);
    let mut number = 0;
    let kicked = async {
        while site.hub.clients().iter().any(|client| client.gate == "A1") {
            number += 1;
            site.publish("entered", &Stay { operator: long.clone(), ..stay(number, "A1") });
            assert_eq!(healthy.next("parking_entry").await["offset"], number as u64);
        }
    };
    timeout(GUARD, kicked).await.unwrap();
    assert!(
        site.http("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .await
            .contains("parkir_hub_queue_kicks_total 1")
    );
    site.close().await;
}

#[tokio::test]
async fn a_request_that_never_ends_is_hung_up_on() {
    let site = open(Limits { handshake: Duration::from_millis(50), ..quick() }).await;
    for head in ["", "GET /parking HTTP/1.1\r\nHost: x\r\n"] {
        let mut idle = TcpStream::connect(site.address).await.unwrap();
        idle.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(GUARD, idle.read_to_end(&mut answer)).await.expect("still open");
    }
    assert!(site.hub.clients().is_empty());
    site.close().await;
}

#[tokio::test]
async fn a_burst_of_the_feed_makes_nobody_too_slow() {
    let site = open(Limits { queue: 128, ..quick() }).await;
    let mut client = site.raw("token-a1").await;
    client.greet(Value::Null).await;
    client.say(json!({"type": "ping"})).await;
    client.next("pong").await;
    let news = (1..=3_000).map(|number| News::Stay {
        kind: "entered".into(),
        gate: "A1".into(),
        stay: Box::new(stay(number, "A1")),
    });
    let hear = async {
        for offset in 1..=3_000 {
            assert_eq!(client.next("parking_entry").await["offset"], offset);
        }
    };
    tokio::join!(site.hub.publish_all(news), hear);
    site.close().await;
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_let_go() {
    let site = open(Limits {
        ping_every: Duration::from_millis(30),
        pong_within: Duration::from_millis(60),
        linger: Duration::from_millis(50),
        ..quick()
    })
    .await;
    let silent = site.raw("token-a1").await;
    let mut alive = site.raw("token-b1").await;
    let gone = async {
        while site.hub.clients().iter().any(|client| client.gate == "A1") {
            alive.next("heartbeat").await;
        }
    };
    timeout(GUARD, gone).await.unwrap();
    drop(silent);
    site.close().await;
}

#[tokio::test]
async fn the_old_systems_words_are_understood_and_answered() {
    let site = open(quick()).await;
    let (mut old, mut new) = (site.raw("token-a1").await, site.raw("token-b1").await);
    new.greet(Value::Null).await;
    old.say(json!({"type": "ping"})).await;
    old.next("pong").await;
    old.say(json!({"type": "heartbeat", "timestamp": "2023-12-25T15:30:45"})).await;
    old.next("heartbeat_ack").await;
    site.hub.set_database(Link::Up, None);
    old.say(json!({"type": "get_status"})).await;
    let status = old.next("system_status").await;
    assert_eq!(status["data"]["database"]["link"], "up");
    old.say(json!({"type": "sync_request"})).await;
    old.next("reset").await;
    old.say(json!({"type": "vehicle_entry", "licensePlate": "B1234XYZ", "vehicleType": "mobil", "ticketNumber": "TICKET_1"})).await;
    let entry = new.next("parking_entry").await;
    assert_eq!((entry["data"]["plate"].as_str(), entry["data"]["hint"].as_bool()), (Some("B1234XYZ"), Some(true)));
    old.say(json!({"type": "vehicle_exit", "data": {"plate_number": "B1234XYZ"}, "error": null})).await;
    assert_eq!(new.next("parking_exit").await["data"]["kind"], "left");
    // One that never says hello hears what happens all the same.
    let mut mute = site.raw("token-c1").await;
    mute.next("welcome").await;
    site.publish("entered", &stay(7, "A1"));
    assert_eq!(mute.next("parking_entry").await["data"]["ticket"], stay(7, "A1").ticket);
    site.close().await;
}

#[tokio::test]
async fn a_shutdown_is_announced_before_the_line_closes() {
    let site = open(quick()).await;
    let mut client = site.raw("token-a1").await;
    client.greet(Value::Null).await;
    site.stop.cancel();
    client.next("server_shutdown").await;
    assert_eq!(client.close_code().await, 1001);
    drop(client);
    site.close().await;
}

#[tokio::test]
async fn health_and_metrics_answer_on_the_same_port_and_nothing_else_does() {
    let site = open(quick()).await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let health = site.http(&get("/healthz")).await;
    assert!(health.starts_with("HTTP/1.1 200") && health.ends_with("ok\n"), "{health}");
    // A terminal may ask whether its token holds, and nobody takes that for an attack.
    let shown =
        |token: &str| get("/healthz").replace("\r\n\r\n", &format!("\r\nAuthorization: Bearer {token}\r\n\r\n"));
    let mut happenings = site.hub.subscribe();
    assert!(site.http(&shown("token-a1")).await.starts_with("HTTP/1.1 200"));
    assert!(happenings.try_recv().is_err());
    assert!(site.http(&shown("token-xx")).await.starts_with("HTTP/1.1 401"));
    assert!(happenings.try_recv().is_ok());
    let mut terminal = site.raw("token-a1").await;
    terminal.say(json!({"type": "heartbeat", "data": {"pending": 7, "operator": "budi", "link": "down"}})).await;
    terminal.next("heartbeat_ack").await;
    site.hub.set_database(Link::Up, None);
    site.publish("entered", &stay(1, "A1"));
    let metrics = site.http(&get("/metrics")).await;
    for line in
        ["parkir_hub_clients 1", "parkir_hub_ring_offset 1", "parkir_database_up 1", "parkir_facts_waiting 7"]
    {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    assert!(!metrics.contains("XYZ"), "no plates here: {metrics}");
    assert!(site.http(&get("/")).await.starts_with("HTTP/1.1 404"));
    assert!(site.http(&get("/parking")).await.starts_with("HTTP/1.1 401"));
    assert!(site.http("nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    site.close().await;
}

#[tokio::test]
async fn a_status_goes_out_when_a_terminals_state_changes() {
    let site = open(quick()).await;
    let mut watcher = site.raw("token-b1").await;
    watcher.greet(Value::Null).await;
    let mut terminal = Terminal::start(site.address, "A1");
    terminal.hears(|i| *i == Incoming::Up).await;
    let beat = Outgoing::Heartbeat { link: Link::Down, pending: 3, operator: "sari".into() };
    terminal.outgoing.send(beat).await.unwrap();
    loop {
        let status = watcher.next("system_status").await["data"].clone();
        let row = status["terminals"].as_array().unwrap().iter().find(|t| t["gate"] == "A1").unwrap().clone();
        if row["pending"] == 3 {
            assert_eq!(
                (&row["connected"], &row["operator"], &row["link"]),
                (&json!(true), &json!("sari"), &json!("down"))
            );
            assert_eq!(status["waiting"], 3);
            break;
        }
    }
    terminal.end().await;
    site.close().await;
}

#[tokio::test]
async fn a_terminal_finds_back_after_the_server_was_gone_and_pulls_once() {
    let site = open(quick()).await;
    let address = site.address;
    let mut terminal = Terminal::start(address, "A1");
    terminal.hears(|i| *i == Incoming::Up).await;
    terminal.hears(|i| *i == Incoming::Pull).await;
    site.publish("entered", &stay(1, "B1"));
    assert_eq!(terminal.hears(|i| matches!(i, Incoming::Stay(_))).await, Incoming::Stay(stay(1, "B1")));
    site.close().await;
    terminal.hears(|i| *i == Incoming::Down).await;

    // What it says while nobody listens is kept for the others.
    let own = Outgoing::Stay { stay: Box::new(stay(2, "A1")), kind: "entered".into() };
    terminal.outgoing.send(own).await.unwrap();
    let site = open_at(address, quick()).await;
    let mut other = Terminal::start(address, "B1");
    terminal.hears(|i| *i == Incoming::Up).await;
    terminal.hears(|i| *i == Incoming::Pull).await;
    assert_eq!(other.hears(|i| matches!(i, Incoming::Hint(_) | Incoming::Pull)).await, Incoming::Pull);
    site.publish("left", &left(1, "B1"));
    assert_eq!(terminal.hears(|i| matches!(i, Incoming::Stay(_))).await, Incoming::Stay(left(1, "B1")));
    terminal.end().await;
    other.end().await;
    site.close().await;
}

#[tokio::test]
async fn gossip_reaches_the_other_terminals_as_a_hint_and_never_comes_back() {
    let site = open(quick()).await;
    let (mut one, mut two) = (Terminal::start(site.address, "A1"), Terminal::start(site.address, "B1"));
    one.hears(|i| *i == Incoming::Pull).await;
    two.hears(|i| *i == Incoming::Pull).await;
    one.outgoing.send(Outgoing::Stay { stay: Box::new(stay(1, "A1")), kind: "entered".into() }).await.unwrap();
    let is_news = |i: &Incoming| matches!(i, Incoming::Hint(_) | Incoming::Stay(_) | Incoming::Pull);
    assert_eq!(two.hears(is_news).await, Incoming::Hint(stay(1, "A1")));
    two.outgoing.send(Outgoing::Stay { stay: Box::new(left(1, "B1")), kind: "left".into() }).await.unwrap();
    // The first thing the speaker hears is the other's answer, without a gap before it.
    assert_eq!(one.hears(is_news).await, Incoming::Hint(left(1, "B1")));
    one.end().await;
    two.end().await;
    site.close().await;
}

#[tokio::test]
async fn how_a_ticket_came_out_is_told_to_the_others_in_the_speakers_own_name() {
    let site = open(quick()).await;
    let (mut one, mut two) = (Terminal::start(site.address, "A1"), Terminal::start(site.address, "B1"));
    one.hears(|i| *i == Incoming::Pull).await;
    two.hears(|i| *i == Incoming::Pull).await;
    let paper = |stay| Outgoing::Paper { stay, outcome: "failed".into() };
    one.outgoing.send(paper(Uuid::from_u128(1))).await.unwrap();
    let is_paper = |i: &Incoming| matches!(i, Incoming::Paper { .. });
    let expected = Incoming::Paper { stay: Uuid::from_u128(1), gate: "A1".into(), outcome: "failed".into() };
    assert_eq!(two.hears(is_paper).await, expected);
    // Another gate's name in the data changes nothing, and nonsense is refused.
    let mut raw = site.raw("token-c1").await;
    raw.greet(Value::Null).await;
    let data = |outcome: &str| json!({"stay": Uuid::from_u128(2), "gate": "A1", "outcome": outcome});
    raw.say(json!({"v": 1, "type": "ticket_paper", "data": data("torn")})).await;
    assert_eq!(raw.next("error").await["data"]["code"], "bad_data");
    raw.say(json!({"v": 1, "type": "ticket_paper", "data": data("ok")})).await;
    let expected = Incoming::Paper { stay: Uuid::from_u128(2), gate: "C1".into(), outcome: "ok".into() };
    assert_eq!(two.hears(is_paper).await, expected);
    one.end().await;
    two.end().await;
    site.close().await;
}
