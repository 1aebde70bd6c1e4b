//! The scanner the kernel knows, from its thread to the face.

use super::others::Peer;
use crate::config::Config;
use crate::device::scanner::{Heard, ScannerHandle};
use crate::domain::lane::Side;
use std::sync::mpsc::channel;
use std::thread;
use tokio::sync::mpsc::Sender;

/// Nothing where none is configured, and at a screen of no side.
pub fn start(config: &Config, side: Option<Side>, peers: Sender<Peer>) -> Option<ScannerHandle> {
    let (told, heard) = channel();
    let device = config.scanner.device.clone().filter(|_| side.is_some());
    let scanner = ScannerHandle::start(device, told)?;
    let begun = thread::Builder::new().name("scanned".into()).spawn(move || {
        for said in heard {
            let peer = match said {
                Heard::Line(line) => Peer::Scanned(line),
                Heard::Gone(why) => {
                    tracing::warn!(target: "gate", %why, "pemindai tidak dapat dipakai");
                    Peer::Scanner(false)
                }
                Heard::Back => {
                    tracing::info!(target: "gate", "pemindai kembali");
                    Peer::Scanner(true)
                }
            };
            if peers.blocking_send(peer).is_err() {
                return;
            }
        }
    });
    begun.ok().map(|_| scanner)
}
