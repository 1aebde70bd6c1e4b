//! Finding a vehicle at a gate, through the real binary: a list in a fixed order, and no car that was only similar is
//! ever taken for the one that was meant.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use support::face::Head;

fn gate(folder: &std::path::Path) -> Head {
    let config = folder.join("config.toml");
    let data = folder.join("data");
    let text = format!("data_dir = {data:?}\n[gate]\nid = \"A1\"\n[central]\nhost = \"/nowhere\"\n");
    std::fs::write(&config, text).unwrap();
    Head::start("in", &config)
}

fn found(gate: &mut Head, query: &str) -> Vec<(String, String)> {
    let answer = gate.yes(&json!({"cmd": "find", "query": query}));
    let word = |stay: &Value, name: &str| stay[name].as_str().unwrap_or("-").to_owned();
    answer["stays"].as_array().unwrap().iter().map(|s| (word(s, "plate"), word(s, "why"))).collect()
}

#[test]
fn a_gate_answers_exact_prefix_fragment_and_look_alike_in_this_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut gate = gate(folder.path());
    for plate in ["81234XY", "AB 1234 XY", "B 1234 XYZ", "B 1234 XY"] {
        gate.enter(plate, "motor");
    }
    let tickets = gate.yes(&json!({"cmd": "find", "query": "B1234XYZ"}));
    let number = tickets["stays"][0]["ticket"].as_str().unwrap().to_owned();
    let pairs: Vec<(String, String)> = found(&mut gate, "b-1234-xy");
    let expected =
        [("B1234XY", "exact"), ("B1234XYZ", "prefix"), ("AB1234XY", "fragment"), ("81234XY", "look_alike")];
    assert_eq!(pairs, expected.map(|(plate, why)| (plate.to_owned(), why.to_owned())));
    // A torn ticket: its last four characters, whatever else holds them.
    assert_eq!(found(&mut gate, &number[6..])[0], ("B1234XYZ".to_owned(), "ticket_end".to_owned()));
    assert_eq!(found(&mut gate, "QQQQ"), []);
}

/// research/domain.md 1.10-5: a plate search with Contains picked the wrong car.
#[test]
fn defect_5_an_exit_by_plate_takes_a_car_only_when_it_fits_exactly_and_no_other_fits() {
    let folder = tempfile::tempdir().unwrap();
    let mut gate = gate(folder.path());
    for plate in ["B 1234 XYZ", "D 77 AA"] {
        gate.enter(plate, "motor");
    }
    let leave = |query: &str| json!({"cmd": "leave", "query": query, "method": "tunai", "tendered": 100_000});
    for part in ["1234", "B1234XY", "D77A", "81234XYZ"] {
        let refused = gate.ask(&leave(part));
        assert_eq!(refused["error"]["code"], "ambiguous", "{part}: {refused}");
        assert_eq!(refused["error"]["stays"].as_array().unwrap().len(), 1, "{part}: a list, even of one");
    }
    gate.enter("B 1234 XYZA", "motor");
    assert_eq!(gate.no(&leave("B 1234 XYZ")), "ambiguous", "exact, but another fits too");
    assert_eq!(gate.yes(&leave("d 77 aa"))["plate"], "D77AA");
    assert_eq!(gate.no(&leave("D 77 AA")), "ticket_unknown", "it left");
}
