//! The proxy by itself: that it does to the byte what the scenarios say it did.

use crate::proxy::{Proxy, Rule, Way};
use crate::support::face::until;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::time::Duration;

struct Echo(PathBuf);

/// Answers every byte with itself.
fn echo() -> (Echo, Proxy) {
    let path = std::env::temp_dir().join(format!("parkir-gema-{}", uuid::Uuid::now_v7()));
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let (mut from, mut to) = (&stream, &stream);
                let _ = std::io::copy(&mut from, &mut to);
            });
        }
    });
    let proxy = Proxy::start(&path);
    (Echo(path), proxy)
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn dial(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// What comes back until the end, and whether the end was a reset.
fn rest(stream: &mut TcpStream) -> (Vec<u8>, bool) {
    let mut got = Vec::new();
    let mut byte = [0];
    loop {
        match stream.read(&mut byte) {
            Ok(0) => return (got, false),
            Ok(_) => got.push(byte[0]),
            Err(e) if e.kind() == ErrorKind::ConnectionReset => return (got, true),
            Err(e) => panic!("{e}"),
        }
    }
}

fn round(stream: &mut TcpStream, text: &[u8]) {
    stream.write_all(text).unwrap();
    let mut back = vec![0; text.len()];
    stream.read_exact(&mut back).unwrap();
    assert_eq!(back, text);
}

#[test]
fn the_cable_cuts_after_exactly_so_many_bytes_and_passes_again() {
    let (_echo, proxy) = echo();
    let text: Vec<u8> = (0..100).collect();
    for n in [0, 1, 2, 50, 99] {
        let mut stream = dial(&proxy);
        round(&mut stream, b"before");
        proxy.set(Rule::Cut(Way::Reply, n));
        stream.write_all(&text).unwrap();
        assert_eq!(rest(&mut stream), (text[..n as usize].to_vec(), false));
        let mut stream = dial(&proxy);
        proxy.set(Rule::Cut(Way::Request, n));
        stream.write_all(&text).unwrap();
        let (back, _) = rest(&mut stream);
        assert!(back.len() as u64 <= n && text.starts_with(&back), "{n}: {back:?}");
        round(&mut dial(&proxy), b"after");
    }
    assert_eq!(proxy.fell(), 10);
    until("no connection left", || (proxy.open() == 0).then_some(()));
}

#[test]
fn the_cable_stalls_one_way_resets_trickles_delays_and_refuses() {
    let (_echo, proxy) = echo();
    let mut stream = dial(&proxy);
    for way in [Way::Reply, Way::Request] {
        let before = proxy.carried(Way::Request);
        proxy.set(Rule::Stall(way));
        stream.write_all(b"xyz").unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        assert!(stream.read(&mut [0]).is_err(), "{way:?} is not stalled");
        let went = proxy.carried(Way::Request) - before;
        assert_eq!(went, if way == Way::Reply { 3 } else { 0 });
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        proxy.set(Rule::Pass);
        let mut back = [0; 3];
        stream.read_exact(&mut back).unwrap();
        assert_eq!(&back, b"xyz");
    }
    for rule in [Rule::Trickle(3), Rule::Delay(Duration::from_millis(5))] {
        proxy.set(rule);
        round(&mut stream, &[7; 100]);
    }
    proxy.set(Rule::Reset(Way::Reply, 4));
    stream.write_all(b"123456").unwrap();
    let (back, reset) = rest(&mut stream);
    assert!(reset && b"1234".starts_with(&back[..]), "{back:?} {reset}");
    let mut stream = dial(&proxy);
    round(&mut stream, b"again");
    proxy.set(Rule::Refuse);
    assert_eq!(rest(&mut stream).0, b"");
    assert_eq!(rest(&mut dial(&proxy)).0, b"");
    proxy.set(Rule::Pass);
    round(&mut dial(&proxy), b"again");
}
