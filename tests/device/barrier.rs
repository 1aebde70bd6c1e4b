//! Barriers on real lines: TCP on the loopback, and pseudo-terminals in place of serial ports; the simulator at the other
//! end speaks every dialect.

use super::*;
use parkir::device::Outcome;
use parkir::device::barrier::engine::Ways;
use parkir::device::barrier::port::Port;
use parkir::device::barrier::sim::{At, BarrierSim, Do, Manners, News};
use parkir::device::barrier::{
    BarrierDone, BarrierHandle, BarrierKind, BarrierOptions, Heard, Order, WireOptions,
};
use parkir::device::serial::SerialOptions;
use parkir::domain::dialect::{Dialect, table};
use parkir::domain::lane::{Arm, Passages, Side as Way, Signal, Spot};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

/// Long: a busy machine must not make an answer late.
const PATIENT: Duration = Duration::from_secs(20);

struct Rig {
    sim: BarrierSim,
    news: Receiver<News>,
    barrier: BarrierHandle,
    done: UnboundedReceiver<BarrierDone>,
    heard: UnboundedReceiver<Heard>,
}

fn dialect(name: &str) -> Dialect {
    table::named(name).unwrap().read(Way::In, 1).unwrap()
}

fn loopback() -> At {
    At::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}

fn port(at: &At, name: &str, endpoint: &str) -> Port {
    match (at, table::HID.iter().find(|(hid, ..)| *hid == name)) {
        (At::Tcp(_), _) => Port::Tcp(endpoint.to_owned()),
        (At::Pty, Some((_, vendor, product))) => {
            Port::Hid { path: Some(endpoint.into()), vendor: *vendor, product: *product }
        }
        (At::Pty, None) => Port::Serial(SerialOptions { path: endpoint.into(), ..SerialOptions::default() }),
    }
}

fn wired(port: Port, dialect: Dialect, timeout: Duration) -> BarrierOptions {
    let pulse = Duration::from_millis(50);
    let ways = Ways { dialect, timeout, pulse, close_after: None, english: false };
    BarrierOptions { kind: BarrierKind::Wire(Box::new(WireOptions { port, ways })), ..BarrierOptions::default() }
}

fn start(options: BarrierOptions) -> (BarrierHandle, UnboundedReceiver<BarrierDone>, UnboundedReceiver<Heard>) {
    let (results, done) = unbounded_channel();
    let (signals, heard) = unbounded_channel();
    (BarrierHandle::start(options, results, signals), done, heard)
}

fn rig_with(name: &str, at: &At, manners: Manners, timeout: Duration) -> Rig {
    let (tell, news) = channel();
    let sim = BarrierSim::start(dialect(name), at, manners, tell).unwrap();
    let (barrier, done, heard) = start(wired(port(at, name, sim.endpoint()), dialect(name), timeout));
    let rig = Rig { sim, news, barrier, done, heard };
    if matches!(at, At::Tcp(_)) {
        rig.until(|n| *n == News::Connected);
    }
    rig
}

fn rig(name: &str, at: &At) -> Rig {
    let rig = rig_with(name, at, Manners::default(), PATIENT);
    wait_for(|| rig.barrier.state(), |s| *s == DeviceState::Ready);
    rig
}

impl Rig {
    fn until(&self, wanted: impl Fn(&News) -> bool) -> News {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let news = self.news.recv_timeout(left).unwrap();
            if wanted(&news) {
                return news;
            }
        }
    }

    /// The next orders that came over the line, pings and questions left out.
    fn got(&self, count: usize) -> Vec<Vec<u8>> {
        let mut got = Vec::new();
        while got.len() < count {
            let asks = |n: &News| {
                use parkir::device::barrier::sim::Asked::{Ping, Status};
                matches!(n, News::Got(_, asked) if !matches!(asked, Some(Ping | Status)))
            };
            let News::Got(bytes, _) = self.until(asks) else { unreachable!() };
            got.push(bytes);
        }
        got
    }

    fn signal(&mut self) -> Signal {
        loop {
            if let Heard::Signal(signal) = wait(&mut self.heard) {
                return signal;
            }
        }
    }
}

impl Rig {
    fn until_heard(&mut self, wanted: &Signal) {
        while self.signal() != *wanted {}
    }
}

fn order(reason: &str) -> Order {
    Order { id: Uuid::now_v7(), reason: reason.into(), stay: Some(Uuid::now_v7()) }
}

#[test]
fn every_dialect_opens_over_tcp_and_over_a_serial_line() {
    let open: &[(&str, &[u8], Outcome)] = &[
        ("A", b"OPEN_GATE\n", Outcome::Ok),
        ("B", b"OPEN_ENTRY\n", Outcome::Unknown),
        ("C", b"OPEN:\n", Outcome::Ok),
        ("D", b"OPEN\n", Outcome::Unknown),
        ("F", b"\xA6TRIG1\xA9", Outcome::Unknown),
        ("G", b"AAA\n", Outcome::Unknown),
        ("H", b"*OUT1ON#", Outcome::Unknown),
        ("I", b"\xA0\x01\x01\xA2", Outcome::Unknown),
        ("enet", b":OPEN1;", Outcome::Unknown),
        ("modbus", b"\x01\x05\x00\x00\xFF\x00\x8C\x3A", Outcome::Ok),
        ("usbrelay", b"\0\xFF\x01\0\0\0\0\0\0", Outcome::Unknown),
        ("ch551g", b"\xA0\x01\x01\xA2", Outcome::Unknown),
    ];
    for (name, bytes, outcome) in open {
        for at in [loopback(), At::Pty] {
            let mut rig = rig(name, &at);
            let release = dialect(name).release;
            // A relay is let go first: it may have been held when the line was cut.
            let before = usize::from(!release.is_empty());
            assert!(rig.barrier.open(order("left")));
            assert_eq!(wait(&mut rig.done).outcome, *outcome, "{name} {at:?}");
            let got = rig.got(1 + 2 * before);
            assert_eq!(got[before], *bytes, "{name} {at:?}");
            assert!(before == 0 || (got[0] == release && got[2] == release), "{name} {at:?} {got:?}");
        }
    }
}

#[test]
fn a_relay_is_let_go_when_the_terminal_is_left_in_the_middle_of_its_pulse() {
    let (tell, news) = channel();
    let sim = BarrierSim::start(dialect("I"), &At::Pty, Manners::default(), tell).unwrap();
    let mut options = wired(port(&At::Pty, "I", sim.endpoint()), dialect("I"), PATIENT);
    if let BarrierKind::Wire(wire) = &mut options.kind {
        wire.ways.pulse = Duration::from_secs(600);
    }
    let (barrier, mut done, heard) = start(options);
    wait_for(|| barrier.state(), |s| *s == DeviceState::Ready);
    barrier.open(order("left"));
    wait(&mut done);
    let rig = Rig { sim, news, barrier, done, heard };
    assert_eq!(rig.got(2)[1], b"\xA0\x01\x01\xA2");
    let Rig { sim, news, barrier, done, heard } = rig;
    drop(barrier);
    let (barrier, ..) = start(BarrierOptions::default());
    assert_eq!(Rig { sim, news, barrier, done, heard }.got(1), [b"\xA0\x01\x00\xA1"]);
}

#[test]
fn a_button_is_heard_in_every_dialect_that_has_one() {
    for name in ["B", "C", "E", "F", "G", "H"] {
        for at in [loopback(), At::Pty] {
            let mut rig = rig(name, &at);
            rig.sim.act(Do::Press);
            rig.until_heard(&Signal::Button);
        }
    }
}

#[test]
fn a_vehicle_that_drives_through_is_one_passage_of_the_opening_it_had() {
    for name in ["A", "C", "F", "H"] {
        for at in [loopback(), At::Pty] {
            let mut rig = rig(name, &at);
            let mut passages = Passages::new(dialect(name).passage_by());
            let begun = Instant::now();
            let mine = order("left");
            passages.opened(begun.elapsed(), parkir::domain::lane::Opening { id: mine.id, stay: mine.stay });
            rig.barrier.open(mine.clone());
            wait(&mut rig.done);
            rig.got(1 + usize::from(name == "H"));
            rig.sim.act(Do::Drive);
            let passage = loop {
                let signal = rig.signal();
                if let Some(passage) = passages.heard(begun.elapsed(), &signal) {
                    break passage;
                }
            };
            assert_eq!(passage.opening.map(|o| o.stay), Some(mine.stay), "{name} {at:?}");
        }
    }
}

#[test]
fn silence_shows_in_the_barriers_state_and_is_over_when_it_speaks() {
    let silent = Manners { silent: true, ..Manners::default() };
    let mut rig = rig_with("A", &loopback(), silent, PATIENT);
    wait_for(|| rig.barrier.state(), |s| *s == DeviceState::Failed("tidak menjawab".into()));
    rig.barrier.open(order("left"));
    assert_ne!(wait(&mut rig.done).outcome, Outcome::Ok);
    rig.sim.act(Do::Behave(Manners::default()));
    wait_for(|| rig.barrier.state(), |s| *s == DeviceState::Ready);
}

#[test]
fn what_it_does_not_understand_is_told_as_such() {
    let garbage = Manners { garbage: true, ..Manners::default() };
    let rig = rig_with("A", &At::Pty, garbage, PATIENT);
    let not = DeviceState::Failed("jawaban tidak dikenal (dialek, baud?)".into());
    wait_for(|| rig.barrier.state(), |s| *s == not);
}

#[test]
fn a_stuck_or_slow_barrier_leaves_the_outcome_unknown_and_the_next_order_on_its_way() {
    let soon = Duration::from_millis(50);
    for manners in [
        Manners { stuck: true, ..Manners::default() },
        Manners { slow: Duration::from_secs(3), ..Manners::default() },
    ] {
        let mut rig = rig_with("A", &At::Pty, manners, soon);
        rig.barrier.open(order("left"));
        assert_eq!(wait(&mut rig.done).outcome, Outcome::Unknown);
        rig.sim.act(Do::Behave(Manners::default()));
        rig.barrier.open(order("left"));
        assert_eq!(rig.got(2), [b"OPEN_GATE\n", b"OPEN_GATE\n"]);
        wait(&mut rig.done);
    }
}

#[test]
fn a_line_that_is_cut_is_taken_up_again_and_loops_are_told_anew() {
    let mut rig = rig("F", &loopback());
    rig.sim.act(Do::Loop(Spot::Presence, true));
    let on = Signal::Loop(Spot::Presence, true);
    rig.until_heard(&on);
    rig.sim.act(Do::Cut);
    while wait(&mut rig.heard) != Heard::Cut {}
    // It was occupied before: nothing but being told anew after the cut can be news of it.
    rig.until_heard(&on);
}

#[test]
fn nobody_at_the_address_is_a_failure_at_once_and_no_order_waits_for_a_later_day() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (barrier, mut done, _heard) = start(wired(Port::Tcp(free.to_string()), dialect("A"), PATIENT));
    barrier.open(order("left"));
    assert_eq!(wait(&mut done).outcome, Outcome::Failed("sambungan ditolak".into()));
    wait_for(|| barrier.state(), |s| matches!(s, DeviceState::Failed(_)));
    let (tell, news) = channel();
    let _sim = BarrierSim::start(dialect("A"), &At::Tcp(free), Manners::default(), tell).unwrap();
    wait_for(|| barrier.state(), |s| *s == DeviceState::Ready);
    let got: Vec<News> = news.try_iter().collect();
    let opened = |n: &News| matches!(n, News::Got(bytes, _) if bytes.starts_with(b"OPEN"));
    assert!(!got.iter().any(opened), "{got:?}");
}

#[test]
fn a_site_that_asks_for_it_closes_behind_the_vehicle_and_not_over_it() {
    let (tell, news) = channel();
    let sim = BarrierSim::start(dialect("A"), &At::Pty, Manners::default(), tell).unwrap();
    let mut options = wired(port(&At::Pty, "A", sim.endpoint()), dialect("A"), PATIENT);
    if let BarrierKind::Wire(wire) = &mut options.kind {
        wire.ways.close_after = Some(Duration::from_millis(100));
    }
    let (barrier, done, heard) = start(options);
    let mut rig = Rig { sim, news, barrier, done, heard };
    wait_for(|| rig.barrier.state(), |s| *s == DeviceState::Ready);
    rig.sim.act(Do::Loop(Spot::Presence, true));
    rig.until_heard(&Signal::Loop(Spot::Presence, true));
    rig.barrier.open(order("left"));
    rig.until_heard(&Signal::Arm(Arm::Open));
    rig.sim.act(Do::Loop(Spot::Presence, false));
    assert_eq!(rig.got(2), [&b"OPEN_GATE\n"[..], b"CLOSE_GATE\n"]);
}

#[test]
fn a_barrier_opens_by_one_line_and_says_what_it_knows() {
    let folder = Folder::new();
    let device = folder.0.join("ttyUSB0");
    let timeout = PATIENT;
    let file =
        BarrierOptions { kind: BarrierKind::File, device: device.clone(), timeout, ..BarrierOptions::default() };
    let (wire, mut answers, _) = start(file.clone());
    let mine = order("left");
    assert!(wire.open(order("entered")));
    assert_eq!(wait(&mut answers).outcome, Outcome::Failed("perangkat tidak ada".into()));
    fs::write(&device, "").unwrap();
    wire.open(mine.clone());
    let done = wait(&mut answers);
    assert_eq!(
        (done.id, done.stay, done.reason.as_str(), done.outcome),
        (mine.id, mine.stay, "left", Outcome::Ok)
    );
    assert_eq!(fs::read_to_string(&device).unwrap(), "OPEN_GATE\n");

    let (wire, mut answers, _) = start(BarrierOptions { device: "/dev/null".into(), ..file.clone() });
    wire.open(order("left"));
    assert_eq!(wait(&mut answers).outcome, Outcome::Unknown);

    let sim = BarrierOptions { kind: BarrierKind::Sim, data_dir: folder.0.clone(), ..file };
    let (sim, mut answers, _) = start(sim);
    sim.open(order("manual"));
    assert_eq!(wait(&mut answers).outcome, Outcome::Ok);
    assert!(fs::read_to_string(folder.0.join("logs/barrier_sim.txt")).unwrap().contains("open manual"));

    let (none, _answers, _) = start(BarrierOptions::default());
    assert!(!none.open(order("left")));
}
