//! What stands at a lane, over sockets.

use crate::support::face::{GUARD, Head, parkir};
use parkir::device::barrier::sim::{At, BarrierSim, Do, Manners, News};
use parkir::device::roll::Slip;
use parkir::device::sim::printer::{Manners as PaperManners, PrinterSim};
use parkir::domain::dialect::table;
use parkir::domain::lane::Side;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// `parkir sim camera`: snapshots over HTTP.
pub struct Camera {
    child: Child,
    pub section: String,
}

impl Camera {
    pub fn start() -> Self {
        let mut child =
            parkir().args(["sim", "camera", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("Kamera tiruan: ").unwrap();
        Self { child, section: format!("[camera]\nkind = \"http\"\nurl = \"{url}\"\n") }
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A printer at port 9100 and a controller with loops, each at one end of a real socket.
pub struct Lane {
    pub barrier: BarrierSim,
    pub printer: PrinterSim,
    slips: Receiver<Slip>,
    news: Receiver<News>,
}

impl Lane {
    pub fn new(side: Side) -> Self {
        let (tell, slips) = channel();
        let printer = PrinterSim::tcp("127.0.0.1:0", PaperManners::default(), tell).unwrap();
        let (tell, news) = channel();
        let dialect = table::named("C").unwrap().read(side, 1).unwrap();
        let at = At::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let barrier = BarrierSim::start(dialect, &at, Manners::default(), tell).unwrap();
        Self { barrier, printer, slips, news }
    }

    pub fn section(&self) -> String {
        format!(
            "[printer]\nkind = \"tcp\"\naddress = \"{}\"\n\
             [barrier]\nkind = \"tcp\"\naddress = \"{}\"\ndialect = \"C\"\n",
            self.printer.address().unwrap(),
            self.barrier.endpoint()
        )
    }

    /// The terminal listens: what is done to the controller from now on is heard.
    pub fn connected(&self) {
        while self.news.recv_timeout(GUARD).unwrap() != News::Connected {}
    }

    /// Waits until the arm is up, and drives through: the passage as the gate told it.
    pub fn through(&self, gate: &mut Head) -> Value {
        event(gate, "barrier");
        self.barrier.act(Do::Drive);
        event(gate, "passed")
    }

    /// Waits until the arm is told to open, whoever has the line, and drives through.
    pub fn opened_and_through(&self) {
        while !matches!(self.news.recv_timeout(GUARD).unwrap(), News::Got(got, _) if got.starts_with(b"OPEN")) {}
        self.barrier.act(Do::Drive);
    }

    pub fn paper_out(&self, out: bool) {
        self.printer.behave(PaperManners { paper_out: out, ..PaperManners::default() });
    }

    /// All slips so far, as a person reads them.
    pub fn papers(&self) -> Vec<String> {
        self.slips.try_iter().map(|slip| slip.text(32)).collect()
    }
}

/// The oldest event of this name, waited for.
pub fn event(gate: &mut Head, name: &str) -> Value {
    let begun = std::time::Instant::now();
    loop {
        if let Some(at) = gate.events.iter().position(|e| e["event"] == name) {
            return gate.events.remove(at).unwrap();
        }
        assert!(begun.elapsed() < GUARD, "never came: {name}");
        gate.status();
    }
}
