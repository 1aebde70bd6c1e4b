//! From a scan to the fee, with 5 000 vehicles inside and 100 000 members in the replica: what the desk asks the journal's
//! thread for, and the reckoning. Prints milliseconds; the budget is 20.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use jiff::Timestamp;
use jiff::civil::date;
use parkir::app::gate::Gate;
use parkir::config::Config;
use parkir::domain::concession::Concession;
use parkir::domain::desk::StayKey;
use parkir::domain::member::Member;
use parkir::domain::stay::{State, Stay};
use parkir::journal::Source;
use std::time::Instant;
use uuid::Uuid;

const MEMBERS: usize = 100_000;
const INSIDE: usize = 5_000;
const SCANS: usize = 2_000;

fn member(n: usize) -> Member {
    Member {
        card: format!("K{n:06}"),
        name: format!("Anggota nomor {n}"),
        group: "karyawan".into(),
        plates: vec![format!("B{n}AA"), format!("D{n}BB")],
        from: Some(date(2026, 1, 1)),
        until: Some(date(2030, 12, 31)),
        active: true,
    }
}

fn stay(n: usize) -> Stay {
    Stay {
        stay: Uuid::now_v7(),
        ticket: format!("A1XX{n:06}"),
        plate: Some(format!("B{}AA", n * 7)),
        class: "mobil".into(),
        entered_at: Timestamp::now() - jiff::SignedDuration::from_mins(90),
        entered_gate: "A1".into(),
        operator: "budi".into(),
        tariff: 0,
        prepaid: None,
        state: State::Inside,
        version: 1,
    }
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or_default()
}

fn main() {
    let dir = std::env::temp_dir().join(format!("parkir-bench-members-{}", Uuid::now_v7()));
    std::fs::create_dir_all(&dir).unwrap();
    let mut config = Config { data_dir: dir.clone(), ..Config::default() };
    config.gate.id = parkir::domain::ids::GateId::parse("B1").ok();
    let gate = Gate::open(&config, true).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stays: Vec<Stay> = (0..INSIDE).map(stay).collect();
    let desk = gate.desk.clone();
    let mut times: Vec<f64> = runtime.block_on(async {
        let before = resident_kib();
        let begun = Instant::now();
        for part in (0..MEMBERS).collect::<Vec<_>>().chunks(200) {
            desk.journal.hear_members(part.iter().map(|n| member(*n)).collect(), 1).await.unwrap();
        }
        println!(
            "{MEMBERS} members taken in: {:.1} s, {} KiB more resident",
            begun.elapsed().as_secs_f64(),
            resident_kib().saturating_sub(before)
        );
        for part in stays.chunks(200) {
            desk.journal.hear(part.to_vec(), Source::Hub).await.unwrap();
        }
        let mut times = Vec::new();
        for n in 0..SCANS {
            let key = StayKey::Stay(stays[n * 37 % INSIDE].stay);
            let begun = Instant::now();
            let quote = desk.quote_with(&key, None, &Concession::default()).await.unwrap();
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            assert!(!quote.warnings.is_empty(), "every plate here is a member's");
        }
        times
    });
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    println!(
        "scan to fee, {INSIDE} inside, {MEMBERS} members: median {:.3} ms, p99 {:.3} ms, worst {:.3} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    );
    drop(desk);
    gate.close();
    std::fs::remove_dir_all(&dir).unwrap();
}
