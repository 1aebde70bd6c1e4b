//! The printer: reached, and asked how it is. Nothing is printed (`parkir printer test` does that).

use super::{Tongue, check, well};
use crate::app::slips;
use crate::config::{Config, PrinterKind};
use crate::device::printer::{self, Health};
use crate::domain::view::{Check, Verdict};
use std::path::Path;

/// `None` where this machine has no printer and nothing to say of one.
pub(super) fn step(config: &Config, tongue: Tongue) -> Option<Check> {
    let name = tongue.say("Printer", "Printer");
    if let Some(why) = config.printer.forbidden() {
        let todo = tongue.say(
            "sampai dihapus, slip memakai kata-kata bawaan; lihat: parkir printer check",
            "until it is gone slips bear the usual words; see: parkir printer check",
        );
        return Some(check(name, Verdict::Fail, why, todo));
    }
    let options = slips::options(config);
    let to = match config.printer.kind {
        PrinterKind::None => return None,
        PrinterKind::Sim => {
            return Some(well(
                name,
                tongue.say("tiruan: logs/printer_sim.txt", "simulated: logs/printer_sim.txt"),
            ));
        }
        _ => options.target.clone(),
    };
    let plain = config.printer.kind == PrinterKind::File && Path::new(&to).is_file();
    let try_it = tongue.say("coba: parkir printer test", "try: parkir printer test");
    Some(match printer::ask(&options) {
        Ok(Health::Well { paper_low: false }) => well(name, format!("{to}: OK")),
        Ok(Health::Silent) if plain => well(name, tongue.say(&format!("berkas {to}"), &format!("file {to}"))),
        Ok(Health::Well { paper_low: true }) => {
            let detail = tongue.say("kertas hampir habis", "paper is low");
            check(
                name,
                Verdict::Warn,
                format!("{to}: {detail}"),
                tongue.say("siapkan gulungan baru", "have a new roll ready"),
            )
        }
        Ok(Health::Ill(ill)) => {
            check(name, Verdict::Fail, format!("{to}: {}", ill.words(options.english)), try_it)
        }
        Ok(Health::Silent | Health::Garbled) => {
            let detail = tongue.say(
                "UNKNOWN: tidak menjawab DLE EOT; tiketnya tercatat \"tak terbukti\"",
                "UNKNOWN: does not answer DLE EOT; its tickets stand as unproven",
            );
            check(name, Verdict::Warn, format!("{to}: {detail}"), try_it)
        }
        Err(why) => {
            let todo = tongue.say(
                "periksa kabel, daya, dan [printer] path atau address",
                "check cable, power, and [printer] path or address",
            );
            check(name, Verdict::Fail, format!("{to}: {why}"), todo)
        }
    })
}
