//! The scanner the kernel knows. This machine's own tests have no /dev/uinput: a FIFO carries the very records a device
//! would (`struct input_event`), so that everything but EVIOCGRAB itself is the real thing.

use crate::customer::Alone;
use crate::support::face::{Head, once, parkir, until};
use crate::support::own_folder;
use serde_json::{Value, json};
use std::path::Path;

fn scan(fifo: &Path, code: &str) -> bool {
    let mut command = parkir();
    command.args(["sim", "scanner", "--slow", "1", "--events"]).arg(fifo).arg(code);
    command.output().unwrap().status.success()
}

fn mkfifo(path: &Path) {
    rustix::fs::mknodat(
        rustix::fs::CWD,
        path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
}

fn event(gate: &mut Head, wished: impl Fn(&Value) -> bool) -> Value {
    until("an event", || {
        gate.status();
        gate.events.iter().position(&wished).and_then(|at| gate.events.remove(at))
    })
}

#[test]
fn what_it_reads_reaches_the_gate_and_a_pulled_cable_is_survived() {
    let folder = own_folder();
    std::fs::create_dir_all(&folder).unwrap();
    let fifo = folder.join("pemindai");
    mkfifo(&fifo);
    let (_alone, config) = Alone::new(&format!("[scanner]\ndevice = \"{}\"", fifo.display()));
    let mut gate = Head::start("out", &config);
    let car = gate.enter("B 4411 KZA", "mobil");
    let qr = car["qr"].as_str().unwrap();
    // A FIFO nobody reads yet refuses its writer.
    until("the scanner's reader", || scan(&fifo, qr).then_some(()));
    let read = event(&mut gate, |e| e["event"] == "scanned");
    assert_eq!(read["text"], qr);
    let quote = gate.yes(&json!({"cmd": "quote", "qr": read["text"]}));
    assert_eq!(quote["stay"], car["stay"]);

    std::fs::remove_file(&fifo).unwrap();
    event(&mut gate, |e| e["event"] == "scanner" && e["there"] == false);
    let (_, out, _) = once(&["doctor"], &config);
    assert!(out.contains("Pemindai") && out.contains("ls /dev/input/by-id"), "{out}");
    mkfifo(&fifo);
    event(&mut gate, |e| e["event"] == "scanner" && e["there"] == true);
    assert!(scan(&fifo, "A17K0042XR"));
    assert_eq!(event(&mut gate, |e| e["event"] == "scanned")["text"], "A17K0042XR");
    gate.quit();
    std::fs::remove_dir_all(&folder).unwrap();
}
