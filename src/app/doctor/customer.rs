//! What the customer sees, and the scanner: opened, and the display shown its welcome.

use super::{Tongue, check, trouble, well};
use crate::app::gate::audience;
use crate::config::Config;
use crate::device::{display, scanner};
use crate::domain::display::Shown;
use crate::domain::view::{Check, Verdict};
use std::io::ErrorKind;

/// Nothing of what this machine does not have.
pub(super) fn steps(config: &Config, tongue: Tongue) -> Vec<Check> {
    let mut steps = Vec::new();
    if let Some(options) = audience::display(config).filter(|options| options.at.is_some()) {
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
    if let Some(path) = &config.scanner.device {
        let name = tongue.say("Pemindai", "Scanner");
        steps.push(match scanner::try_it(path) {
            Ok(()) => well(name, format!("{}: OK", path.display())),
            // By a terminal at work, most likely: then all is well.
            Err(e) if e.kind() == ErrorKind::ResourceBusy => {
                well(name, tongue.say("dipakai terminal yang sedang berjalan", "in use by a terminal at work"))
            }
            Err(e) => {
                let todo = match e.kind() {
                    ErrorKind::PermissionDenied => tongue.say(
                        "masukkan pengguna ini ke grup input: sudo usermod -aG input NAMA, lalu masuk lagi",
                        "put this user into the group input: sudo usermod -aG input NAME, then log in again",
                    ),
                    _ => tongue.say(
                        "colokkan pemindai; namanya ada di: ls /dev/input/by-id",
                        "plug the scanner in; its name stands in: ls /dev/input/by-id",
                    ),
                };
                check(name, Verdict::Fail, format!("{}: {}", path.display(), trouble(&e, tongue)), todo)
            }
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
