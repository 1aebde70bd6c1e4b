//! A small, believable car park: who drove in and who left again, through the headless face of real terminals.

use super::children::Terminal;
use super::papers::Papers;
use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// How many of each class drive in, and how many of them leave again.
const DRIVE_IN: [(&str, usize); 4] = [("motor", 22), ("mobil", 13), ("truk", 3), ("bus", 2)];
const LEAVE: usize = 15;

/// Drivers who lost their ticket: plate, class, and how many hours ago they say they came.
const WITHOUT_TICKET: [(&str, &str, i64); 3] =
    [("B 2217 KZA", "motor", 3), ("F 1804 BH", "mobil", 5), ("D 9120 AAE", "truk", 2)];

/// Where plates of a site near Jakarta come from: most from there, some from all over Java and Bali.
const REGIONS: [&str; 12] = ["B", "B", "B", "B", "B", "D", "F", "AB", "H", "L", "AD", "DK"];

/// Drives them in and some of them out; how many each.
pub fn drive(papers: &Papers) -> Result<(usize, usize)> {
    let vehicles = vehicles();
    // Alone, one gate takes all of them, in and out, one terminal after the other: a journal has one holder.
    let lanes: &[&str] = if papers.central { &["A1", "A2"] } else { &["A1"] };
    let mut tickets = Vec::new();
    for (i, lane) in lanes.iter().enumerate() {
        let mut terminal = Terminal::open("in", &papers.file(lane))?;
        for (plate, class) in vehicles.iter().skip(i).step_by(lanes.len()) {
            let answer = terminal.ask(&json!({"cmd": "enter", "plate": plate, "class": class}))?;
            tickets.push(answer["qr"].as_str().context("jawaban tanpa QR")?.to_owned());
        }
        hand_in(&mut terminal, papers)?;
        terminal.close();
    }
    let exit = if papers.central { "B1" } else { "A1" };
    let mut terminal = Terminal::open("out", &papers.file(exit))?;
    // By their signed QR: the exit need not have heard of them yet.
    for qr in tickets.iter().step_by(tickets.len() / LEAVE).take(LEAVE) {
        let fee = terminal.ask(&json!({"cmd": "quote", "qr": qr}))?["fee"].as_i64().unwrap_or_default();
        let tendered = [fee, 10_000, 50_000, 100_000].into_iter().find(|sum| *sum >= fee).unwrap_or(fee);
        terminal.ask(&json!({"cmd": "leave", "qr": qr, "method": "tunai", "tendered": tendered}))?;
    }
    // Everybody else has been inside for seconds only: these make the day's first revenue.
    for (plate, class, hours) in WITHOUT_TICKET {
        let entered_at = Timestamp::now() - SignedDuration::from_hours(hours);
        terminal.ask(&json!({"cmd": "leave_no_data", "plate": plate, "class": class, "method": "tunai",
            "entered_at": entered_at.to_string(), "reason": "tiket hilang", "tendered": 100_000}))?;
    }
    hand_in(&mut terminal, papers)?;
    terminal.close();
    Ok((tickets.len(), LEAVE + WITHOUT_TICKET.len()))
}

/// Waits until the centre has all of it, so that every screen of the demo shows the same car park at once.
fn hand_in(terminal: &mut Terminal, papers: &Papers) -> Result<()> {
    if papers.central {
        terminal.ask(&json!({"cmd": "sync"}))?;
    }
    Ok(())
}

/// Always the same ones, well mixed; one came in by the push button, without a plate.
fn vehicles() -> Vec<(Value, &'static str)> {
    let mut dice = 20_261_122_u32;
    let mut roll = move |sides: usize| {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (dice >> 8) as usize % sides
    };
    let mut classes: Vec<&str> = DRIVE_IN.iter().flat_map(|(class, count)| vec![*class; *count]).collect();
    for i in (1..classes.len()).rev() {
        classes.swap(i, roll(i + 1));
    }
    let mut vehicles = Vec::new();
    for (i, class) in classes.into_iter().enumerate() {
        let mut letter = || char::from(b'A' + roll(26) as u8);
        let tail: String = [letter(), letter(), letter()].iter().collect();
        let plate = format!("{} {} {}", REGIONS[roll(REGIONS.len())], 1000 + roll(9000), tail);
        vehicles.push((if i == 7 { Value::Null } else { plate.into() }, class));
    }
    vehicles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_vehicles_of_all_classes_with_plates_of_their_own() {
        let vehicles = vehicles();
        assert_eq!(vehicles.len(), 40);
        let mut plates: Vec<String> = vehicles.iter().map(|(plate, _)| plate.to_string()).collect();
        plates.sort();
        plates.dedup();
        assert_eq!(plates.len(), 40);
        for (class, count) in DRIVE_IN {
            assert_eq!(vehicles.iter().filter(|(_, c)| *c == class).count(), count, "{class}");
        }
    }
}
