//! Barrier and button: is the line there, does anything answer, and is what was configured possible. Nothing is opened.

use super::{Tongue, check, machine, trouble, well};
use crate::app::gate::lane;
use crate::config::Config;
use crate::device::barrier::{BarrierHandle, BarrierKind, BarrierOptions, Heard, WireOptions};
use crate::domain::dialect::Dialect;
use crate::domain::lane::{Side, Signal, Spot};
use crate::domain::tariff::TariffBook;
use crate::domain::view::{Check, DeviceState, Verdict};
use jiff::Timestamp;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::unbounded_channel;

/// Longer than any dialect may be silent.
const PATIENCE: Duration = Duration::from_millis(6500);
/// After its first word it is listened to for so long: what goes wrong is said then.
const LISTENS: Duration = Duration::from_millis(1500);
const LOOK: Duration = Duration::from_millis(20);

/// A step for each line that is configured.
pub fn steps(config: &Config, tongue: Tongue) -> Vec<Check> {
    let name =
        |button: bool| if button { tongue.say("Tombol", "Button") } else { tongue.say("Palang", "Barrier") };
    let options = match lane::options(config, Some(Side::In)) {
        Ok(options) => options,
        Err(e) => return vec![check(name(false), Verdict::Fail, format!("{e:#}"), "")],
    };
    let mut checks = Vec::new();
    match &options.kind {
        BarrierKind::Wire(wire) => checks.push(step(config, name(false), wire, false, tongue)),
        BarrierKind::File => checks.push(file(name(false), &options.device, tongue)),
        BarrierKind::None | BarrierKind::Sim => {}
    }
    if let Some(wire) = &options.button {
        checks.push(step(config, name(true), wire, true, tongue));
    }
    checks.extend(class(config, options.button.is_some(), name(true), tongue));
    checks
}

/// What the button takes a vehicle for has to be a class of this site, or no ticket comes; and where that class is paid on the
/// way in, nobody stands there to take the money.
fn class(config: &Config, of_its_own: bool, name: String, tongue: Tongue) -> Option<Check> {
    let settings = crate::app::stays::settings(config);
    let known = &settings.classes;
    let class = match config.button.class.trim() {
        "" if of_its_own => &known.first()?.id,
        "" => return None,
        class => class,
    };
    if known.iter().any(|known| known.id == class) {
        let book = TariffBook::new(settings.tariffs.clone());
        return book.at(Timestamp::now()).is_prepaid(class).then(|| unpaid(name, class, tongue));
    }
    let all = known.iter().map(|class| class.id.as_str()).collect::<Vec<_>>().join(", ");
    let detail = tongue
        .say(&format!("class {class:?} tidak ada di situs ini"), &format!("class {class:?} is none of this site"));
    let todo = tongue.say(
        &format!("isi [button] class dengan salah satu: {all}"),
        &format!("put one of these into [button] class: {all}"),
    );
    Some(check(name, Verdict::Fail, detail, todo))
}

fn unpaid(name: String, class: &str, tongue: Tongue) -> Check {
    let detail = tongue.say(
        &format!("{class} bayar di depan: yang masuk lewat tombol belum bayar"),
        &format!("{class} is paid on the way in: by the button nobody pays"),
    );
    let todo = tongue.say(
        "biarkan (semuanya ditagih di pintu keluar), atau pilih [button] class lain",
        "leave it (the exit asks for all of it), or choose another [button] class",
    );
    check(name, Verdict::Warn, detail, todo)
}

/// Whether it can be written; nothing is.
fn file(name: String, device: &Path, tongue: Tongue) -> Check {
    match OpenOptions::new().append(true).open(device) {
        Ok(_) => well(name, format!("{}: {}", device.display(), tongue.say("dapat ditulis", "can be written"))),
        Err(e) => check(
            name,
            Verdict::Fail,
            format!("{}: {}", device.display(), trouble(&e, tongue)),
            missing(&e, tongue),
        ),
    }
}

fn step(config: &Config, name: String, wire: &WireOptions, button: bool, tongue: Tongue) -> Check {
    let dialect = &wire.ways.dialect;
    if machine::in_use(config) {
        let why = tongue.say(
            "dipakai terminal yang sedang berjalan: keadaannya ada di layar itu",
            "used by the terminal that runs: its screen shows how it is",
        );
        return check(name, Verdict::Skipped, why, "");
    }
    if let Err(e) = wire.port.open() {
        return check(name, Verdict::Fail, trouble(&e, tongue), missing(&e, tongue));
    }
    let (said, fault) = talk(wire);
    let spoken = tongue.say(&format!("dialek {}", dialect.name), &format!("dialect {}", dialect.name));
    match said {
        _ if fault.is_some() => {
            let said = fault.unwrap_or_default();
            let todo = tongue.say(
                "pengendali melapor gangguan: lihat buku petunjuknya, periksa motor, sensor dan lengannya",
                "the controller reports a fault: see its manual, check motor, sensors and arm",
            );
            check(name, Verdict::Fail, format!("{spoken}: {said}"), todo)
        }
        DeviceState::Failed(why) => {
            let todo = tongue.say(
                "periksa daya dan kabel pengendali, lalu dialect dan baud di config.toml",
                "check the controller's power and cable, then dialect and baud in config.toml",
            );
            check(name, Verdict::Fail, format!("{spoken}: {why}"), todo)
        }
        _ => match warning(config, dialect, button, tongue) {
            Some(todo) => check(name, Verdict::Warn, spoken, todo),
            None if dialect.ping.is_empty() => well(
                name,
                format!(
                    "{spoken}: {}",
                    tongue.say("tersambung, tidak pernah menjawab", "connected, never answers")
                ),
            ),
            None => well(name, format!("{spoken}: {}", tongue.say("menjawab", "answers"))),
        },
    }
}

/// How the line is once it has said something and was listened to, or has been silent for long enough; and the last fault
/// it told of.
fn talk(wire: &WireOptions) -> (DeviceState, Option<String>) {
    let (results, _done) = unbounded_channel();
    let (signals, mut heard) = unbounded_channel();
    let kind = BarrierKind::Wire(Box::new(wire.clone()));
    let barrier = BarrierHandle::start(BarrierOptions { kind, ..BarrierOptions::default() }, results, signals);
    let begun = Instant::now();
    while barrier.state() == DeviceState::Busy && begun.elapsed() < PATIENCE {
        std::thread::sleep(LOOK);
    }
    if barrier.state() == DeviceState::Ready {
        std::thread::sleep(LISTENS);
    }
    let state = barrier.state();
    let mut fault = None;
    while let Ok(said) = heard.try_recv() {
        if let Heard::Signal(Signal::Fault(said)) = said {
            fault = Some(said);
        }
    }
    (state, fault)
}

fn missing(error: &io::Error, tongue: Tongue) -> String {
    match error.kind() {
        ErrorKind::NotFound => tongue.say(
            "colokkan perangkatnya, atau betulkan path; yang ada: ls /dev/serial/by-id",
            "plug it in, or put path right; what is there: ls /dev/serial/by-id",
        ),
        ErrorKind::PermissionDenied => tongue.say(
            "masukkan pengguna ini ke grup dialout (sudo usermod -aG dialout NAMA), lalu masuk lagi",
            "put this user into the group dialout (sudo usermod -aG dialout NAME), then log in again",
        ),
        ErrorKind::InvalidInput => {
            tongue.say("betulkan baud, data_bits dan stop_bits", "put baud, data_bits and stop_bits right")
        }
        _ => tongue.say(
            "nyalakan pengendali, periksa kabel, lalu address atau path",
            "turn the controller on, check the cable, then address or path",
        ),
    }
}

/// What works and is still not right.
fn warning(config: &Config, dialect: &Dialect, button: bool, tongue: Tongue) -> Option<String> {
    if button {
        return (!dialect.tells_of_button()).then(|| {
            tongue.say(
                "dialek ini tidak mengenal tombol; ubah [button] dialect",
                "this dialect knows no button; change [button] dialect",
            )
        });
    }
    let loops = dialect.tells_of(Spot::Presence) || dialect.tells_of(Spot::Safety);
    if dialect.open.is_empty() {
        Some(tongue.say(
            "dialek ini tidak dapat membuka; ubah [barrier] dialect",
            "this dialect cannot open; change [barrier] dialect",
        ))
    } else if dialect.closes_blindly {
        Some(tongue.say(
            "menutup sendiri tanpa melihat loop: pasang sensor pengaman di palangnya",
            "closes by itself without looking at its loop: fit a safety sensor to the barrier",
        ))
    } else if config.barrier.close_after_s.is_some() && (dialect.close.is_empty() || !loops) {
        Some(tongue.say(
            "close_after_s tidak berlaku: dialek ini tidak punya kata tutup atau loop",
            "close_after_s does nothing: this dialect has no word to close or no loop",
        ))
    } else {
        None
    }
}
