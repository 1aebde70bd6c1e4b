//! Cameras, printers and barriers: the only room that touches a lane's devices.
//!
//! Each device has a thread of its own (`lane`) and is asked without waiting; what came of it arrives on a channel,
//! exactly once for every question. A device may be slow, hang or die: none of it reaches the caller. It may not
//! know any other room but `domain`; what to do with a photo or a failed print is decided by `app`.

pub mod barrier;
pub mod camera;
pub mod digest;
pub mod display;
mod escpos;
mod files;
pub mod jpeg;
mod lane;
mod outcome;
mod patience;
pub mod payment;
pub mod photos;
pub mod picture;
pub mod printer;
pub mod roll;
pub mod scanner;
pub mod serial;
pub mod sim;
pub mod slip;
mod slip_shift;
pub mod sound;
pub mod typist;
mod wire;

pub use outcome::Outcome;

use crate::domain::view::Devices;

/// All three as the screen shows them.
pub fn devices(
    camera: &camera::CameraHandle,
    printer: &printer::PrinterHandle,
    barrier: &barrier::BarrierHandle,
) -> Devices {
    Devices { printer: printer.state(), barrier: barrier.state(), camera: camera.state() }
}

/// Picks the operator's language.
fn say<'a>(english: bool, indonesian: &'a str, in_english: &'a str) -> &'a str {
    if english { in_english } else { indonesian }
}
