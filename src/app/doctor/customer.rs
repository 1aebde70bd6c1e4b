//! What the customer sees, and the scanner: opened, and the display shown its welcome.

use super::{Tongue, check, trouble, well};
use crate::app::gate::audience;
use crate::config::Config;
use crate::device::display;
use crate::domain::display::Shown;
use crate::domain::view::{Check, Verdict};

/// Nothing of what this machine does not have.
pub(super) fn steps(config: &Config, tongue: Tongue) -> Vec<Check> {
    let mut steps = Vec::new();
    if let Some(options) = audience::display(config) {
        let name = tongue.say("Layar pelanggan", "Customer display");
        steps.push(match display::show(&options, &Shown::Welcome) {
            // It never answers: whether it shows anything, somebody has to see.
            Ok(()) => well(
                name,
                tongue.say("teks sambutan dikirim: lihat apakah tampil", "welcome sent: see whether it shows"),
            ),
            Err(e) => check(
                name,
                Verdict::Fail,
                trouble(&e, tongue),
                tongue.say(
                    "periksa kabel, daya, dan [display] path atau address",
                    "check cable, power, and [display] path or address",
                ),
            ),
        });
    }
    if let Some(program) = config.sound.command.first() {
        let name = tongue.say("Suara", "Sound");
        let there = program.contains('/').then(|| std::fs::metadata(program).err()).flatten();
        steps.push(match there {
            None => well(name, program.clone()),
            Some(e) => check(
                name,
                Verdict::Fail,
                format!("{program}: {}", trouble(&e, tongue)),
                tongue.say("periksa [sound] command", "check [sound] command"),
            ),
        });
    }
    steps
}
