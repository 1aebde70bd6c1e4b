//! Golden bytes both ways, from the controllers' own papers.

use super::*;
use proptest::prelude::*;

fn dialect(name: &str, side: Side) -> Dialect {
    table::named(name).unwrap().read(side, 1).unwrap()
}

#[test]
fn every_dialect_sends_exactly_these_bytes() {
    use Side::{In, Out};
    // Name, side; open, release, close, ping.
    type Row = (&'static str, Side, [&'static [u8]; 4]);
    let golden: &[Row] = &[
        ("A", In, [b"OPEN_GATE\n", b"", b"CLOSE_GATE\n", b"PING\n"]),
        ("B", In, [b"OPEN_ENTRY\n", b"", b"CLOSE_ENTRY\n", b"STATUS\n"]),
        ("B", Out, [b"OPEN_EXIT\n", b"", b"CLOSE_EXIT\n", b"STATUS\n"]),
        ("C", In, [b"OPEN:\n", b"", b"CLOSE:\n", b"STATUS:\n"]),
        ("D", In, [b"OPEN\n", b"", b"CLOSE\n", b""]),
        ("E", In, [b"", b"", b"", b""]),
        ("F", In, [b"\xA6TRIG1\xA9", b"", b"", b"\xA6STAT\xA9"]),
        ("G", In, [b"AAA\n", b"", b"", b""]),
        ("H", Out, [b"*OUT1ON#", b"*OUT1OFF#", b"", b""]),
        ("I", In, [b"\xA0\x01\x01\xA2", b"\xA0\x01\x00\xA1", b"", b""]),
        ("enet", In, [b":OPEN1;", b"", b"", b":INFO;"]),
        ("modbus", In, [b"\x01\x05\x00\x00\xFF\x00\x8C\x3A", b"\x01\x05\x00\x00\x00\x00\xCD\xCA", b"", b""]),
        ("usbrelay", In, [b"\0\xFF\x01\0\0\0\0\0\0", b"\0\xFD\x01\0\0\0\0\0\0", b"", b""]),
        ("ch551g", In, [b"\xA0\x01\x01\xA2", b"\xA0\x01\x00\xA1", b"", b""]),
    ];
    for (name, side, words) in golden {
        let d = dialect(name, *side);
        assert_eq!([&d.open[..], &d.release[..], &d.close[..], &d.ping[..]], *words, "{name}");
    }
    let seen: std::collections::HashSet<&str> = golden.iter().map(|row| row.0).collect();
    assert!(table::names().all(|name| seen.contains(name)), "a row without golden bytes");
    assert_eq!(table::named("I").unwrap().read(In, 4).unwrap().open, b"\xA0\x04\x01\xA5");
    assert_eq!(table::named("modbus").unwrap().read(In, 2).unwrap().open, b"\x01\x05\x00\x01\xFF\x00\xDD\xFA");
}

#[test]
fn every_word_of_a_controller_is_understood() {
    use Signal::{Alive, Button, Card, Fault, Help, Passed};
    let (on, off) = (Signal::Loop(Spot::Presence, true), Signal::Loop(Spot::Presence, false));
    let under = |on| Signal::Loop(Spot::Safety, on);
    let fault = |text: &str| Fault(text.to_owned());
    let golden: Vec<(&str, &str, Vec<Signal>)> = vec![
        ("A", "PARKING_CONTROLLER_READY", vec![Alive]),
        ("A", "PONG", vec![Alive]),
        ("A", "VEHICLE_DETECTED", vec![on.clone()]),
        ("A", "NO_VEHICLE", vec![off.clone()]),
        ("A", "GATE_STATUS:OPENING", vec![Signal::Arm(Arm::Opening), Signal::Ack]),
        ("A", "GATE_STATUS:OPEN", vec![Signal::Arm(Arm::Open), Signal::Ack]),
        ("A", "GATE_STATUS:CLOSING", vec![Signal::Arm(Arm::Closing)]),
        ("A", "GATE_STATUS:CLOSED", vec![Signal::Arm(Arm::Closed)]),
        ("A", "GATE_ERROR:VEHICLE_DETECTED", vec![fault("GATE_ERROR:VEHICLE_DETECTED"), on.clone()]),
        ("A", "STATUS:VEHICLE=NO,GATE=CLOSED", vec![Alive, off.clone(), Signal::Arm(Arm::Closed)]),
        ("A", "STATUS:VEHICLE=1,GATE=OPEN", vec![Alive, on.clone(), Signal::Arm(Arm::Open)]),
        ("B", "IN:0007", vec![Button]),
        ("B", "OUT:3", vec![Alive]),
        ("B", "STATUS:BUSY", vec![Alive]),
        ("B", "ERROR:12", vec![fault("ERROR:12")]),
        ("C", "EVENT:BUTTON_PRESS", vec![Button]),
        ("C", "EVENT:VEHICLE_PASSED", vec![off.clone(), Passed]),
        ("C", "OK:GATE_OPENED", vec![Signal::Arm(Arm::Open), Signal::Ack, Alive]),
        ("C", "ERR:UNKNOWN", vec![fault("ERR:UNKNOWN")]),
        ("C", "STATUS:OPEN:VEHICLE_PRESENT", vec![Alive, Signal::Arm(Arm::Open), on.clone()]),
        ("E", "1", vec![Button]),
        ("E", "20418", vec![Button]),
        ("E", "1x", vec![]),
        ("F", "IN1ON", vec![on.clone(), Alive]),
        ("F", "IN2ON", vec![Button, Alive]),
        ("F", "IN3OFF", vec![under(false), Passed, Alive]),
        ("F", "IN4ON", vec![Help, Alive]),
        ("F", "W00A1B2C3", vec![Card("W00A1B2C3".into()), Alive]),
        ("G", "LOOP1", vec![on.clone()]),
        ("G", "STRUK", vec![Button]),
        ("G", "EMRGN", vec![Help]),
        ("H", "IN1OFF", vec![off, Alive]),
        ("H", "IN3", vec![under(true), Alive]),
        ("A", "OPEN_GATE", vec![]),
    ];
    for (name, said, wanted) in golden {
        assert_eq!(dialect(name, Side::In).understand(said), wanted, "{name} {said}");
    }
}

#[test]
fn a_site_describes_a_dialect_of_its_own() {
    let own = Written {
        open: "BUKA {ch}!{0D}{0A}".into(),
        hears: vec![("TOMBOL*".into(), "presence on, button".into())],
        ..Written::default()
    };
    let read = own.read(Side::In, 0x31).unwrap();
    assert_eq!(read.open, b"BUKA 1!\r\n");
    assert_eq!(read.understand("TOMBOL 2"), [Signal::Loop(Spot::Presence, true), Signal::Button]);
    let wrong = |own: Written| own.read(Side::In, 1).unwrap_err();
    assert_eq!(wrong(Written { open: "{G1}".into(), ..own.clone() }), Unusable::Code("G1".into()));
    assert_eq!(wrong(Written { open: "{0A".into(), ..own.clone() }), Unusable::Code("0A".into()));
    let hears = vec![("X".into(), "jump".into())];
    assert_eq!(wrong(Written { hears, ..own }), Unusable::Meaning("jump".into()));
}

#[test]
fn a_passage_is_known_by_the_best_the_dialect_has() {
    for (name, by) in [
        ("A", PassageBy::Presence),
        ("B", PassageBy::Nothing),
        ("C", PassageBy::Passed),
        ("F", PassageBy::Passed),
        ("G", PassageBy::Nothing),
        ("H", PassageBy::Passed),
        ("I", PassageBy::Nothing),
    ] {
        assert_eq!(dialect(name, Side::In).passage_by(), by, "{name}");
    }
}

#[test]
fn what_a_simulator_says_is_understood_as_what_it_meant() {
    let all = MEANINGS.iter().filter_map(|(_, signal)| signal.clone()).chain([Signal::Fault(String::new())]);
    for signal in all {
        for name in table::names() {
            let d = dialect(name, Side::In);
            let Some(bytes) = d.word_for(&signal) else { continue };
            let inner = &bytes[d.begins.len()..bytes.len() - d.ends.len()];
            let said = String::from_utf8(inner.to_vec()).unwrap();
            let heard = d.understand(&said);
            let same = |h: &Signal| *h == signal || matches!((h, &signal), (Signal::Fault(_), Signal::Fault(_)));
            assert!(heard.iter().any(same), "{name} {signal:?} {said:?}");
        }
    }
}

proptest! {
    #[test]
    fn no_message_breaks_a_pattern(pattern in "[A*#:1]{0,8}", message in "\\PC{0,12}") {
        let _ = fits(&pattern, &message);
        prop_assert!(fits("*", &message));
        prop_assert!(fits(&message.replace(['*', '#'], "x"), &message.replace(['*', '#'], "x")));
    }
}
